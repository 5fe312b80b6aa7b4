/* The scope of a keeper: what it may be asked for in its life beside AWS and the AWS files.
 *
 * The front writes it, from the command line and from the plans of the journal, before it has read
 * anything from the network, and hands it to the keeper as a sealed memory file (descriptor 5). The
 * keeper makes its cage from it, and lets its launcher learn the commands, before it talks to
 * anybody. After that neither a front nor a keeper that was taken over can add to it: a command that is typed
 * on the screen is in the scope of a new keeper once the operator has said yes to the starter (runner/allow.h).
 *
 * A row of strings "KIND=VALUE", each ended by a NUL.
 */
#ifndef KEYWRIGHT_WIRE_SCOPE_H
#define KEYWRIGHT_WIRE_SCOPE_H

#include "base/text.h"

enum scope_kind {
    SCOPE_TARGET, /* a target's specification, "file:PATH" or "command:CMD" */
    SCOPE_VERIFY, /* a --verify command */
    SCOPE_TEST,   /* a --test command */
    SCOPE_MFA,    /* a --mfa-command */
    SCOPE_NOTIFY, /* a --notify command */
};

enum { SCOPE_MAXIMUM = 4 << 20 }; /* bytes; what is over it fails the text */

/* Append a row, unless it is there. An empty value is none. */
void scope_add(struct text *scope, enum scope_kind kind, const char *value);
/* The next row from *at on (0 at first) as its kind and value, which is borrowed. False at the end.
 * Rows of another form are passed over. */
bool scope_next(const struct text *scope, size_t *at, enum scope_kind *ret_kind,
                const char **ret_value);

/* Is there this row? */
bool scope_has(const struct text *scope, enum scope_kind kind, const char *value);

/* Into a memory file that cannot be changed. ret_fd is close-on-exec and the caller's, -1 for an
 * empty scope. IO, LIMIT. */
bool scope_seal(const struct text *scope, int *ret_fd, struct error *err) MUST_USE;
/* Read it back into ret_scope, which the caller has made by text_init. fd is borrowed. */
bool scope_read(int fd, struct text *ret_scope, struct error *err) MUST_USE;

#endif
