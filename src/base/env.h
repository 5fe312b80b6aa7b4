/* Secrets that came in the environment, on their way past the front to the keeper.
 *
 * The first act of the front's main is env_seal_secrets: every AWS_* variable (and what goes with
 * them: the proxy variables and HOME) is written into a sealed memory file, straight from where the
 * kernel put it, and the bytes of the secret ones are overwritten in place, so that neither
 * /proc/PID/environ nor the memory of the front shows them. The keeper gets the descriptor and
 * reads the file; the front never does.
 *
 * The file is a row of "NAME=VALUE" strings, each ended by a NUL.
 */
#ifndef KEYWRIGHT_BASE_ENV_H
#define KEYWRIGHT_BASE_ENV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Seal and overwrite. The variables that are overwritten and removed: AWS_SECRET_ACCESS_KEY,
 * AWS_SECRET_KEY, AWS_SESSION_TOKEN, AWS_SECURITY_TOKEN, AWS_CONTAINER_AUTHORIZATION_TOKEN and
 * AWS_BEARER_TOKEN_*. ret_fd is close-on-exec and the caller's, -1 when no such variable exists.
 * On an error (IO) the secret variables are overwritten all the same. */
bool env_seal_secrets(int *ret_fd, struct error *err) MUST_USE;

/* Any other bytes into such a file, which nobody can change any more. ret_fd is close-on-exec and the
 * caller's. IO. */
bool env_seal_bytes(const char *bytes, size_t length, int *ret_fd, struct error *err) MUST_USE;

/* The home directory: $HOME when it is an absolute path, else that of the user database, as for a
 * service that is started without the variable; NULL when there is neither. Borrowed until the next
 * look into that database. */
const char *env_home(void);

/* The content of such a file, for the keeper. fd is borrowed; -1 reads as empty. The bytes are
 * secret; env_free wipes them and gives them back. IO, LIMIT (over 4 MiB), MEMORY, SYNTAX. */
bool env_read(int fd, char **ret_bytes, size_t *ret_length, struct error *err) MUST_USE;
void env_free(char *bytes, size_t length); /* NULL is fine */

/* The value of a variable, borrowed from bytes; NULL when it is not there. */
const char *env_find(const char *bytes, size_t length, const char *name);

#endif
