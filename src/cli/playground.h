/* The practice account with a throw-away home: a directory of its own that is removed at the end,
 * the account's program, and an environment in which nothing of the operator's own AWS set-up is
 * left. */
#ifndef KEYWRIGHT_CLI_PLAYGROUND_H
#define KEYWRIGHT_CLI_PLAYGROUND_H

#include <stddef.h>

#include "base/error.h"
#include "cli/options.h"

struct playground;

/* The account's program: $KEYWRIGHT_PRACTICE, else beside this one, else where it is installed. */
void playground_program(char *path, size_t size);

/* An argument list of the account's program: room for its own options and for every --fault. */
enum { PLAYGROUND_ARGUMENTS = 8 + 2 * LIST_MAX + 1 };
/* Add --fault SPEC for each, behind what stands in the list. */
void playground_add_faults(char *arguments[PLAYGROUND_ARGUMENTS], const char *const *faults,
                           size_t count);

/* Make the home, start the account and wait until it is ready (10 seconds at most). `faults` are
 * passed on to the account's program. USAGE when it does not know one of them, IO when it does not
 * start for another reason; what it said stands on standard error. */
bool playground_new(const char *const *faults, size_t fault_count,
                    struct playground **ret_playground, struct error *err) MUST_USE;
/* End the account and remove the home. NULL is fine. */
void playground_free(struct playground *playground);
void playground_cleanup(struct playground **playground); /* for CLEANUP() */

const char *playground_endpoint(const struct playground *playground);
const char *playground_user(const struct playground *playground);
const char *playground_key(const struct playground *playground);
const char *playground_journal(const struct playground *playground);
/* For execve; borrowed. */
char *const *playground_environment(const struct playground *playground);

#endif
