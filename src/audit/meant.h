/* Which users an audit is about: the one rule behind --user, --group, --path and --tag, for the command line and
 * for the screen. Pure. */
#ifndef KEYWRIGHT_AUDIT_MEANT_H
#define KEYWRIGHT_AUDIT_MEANT_H

#include "audit/judge.h"

/* Nothing is asked for, so that everybody is meant. */
bool meant_everybody(const struct access_selection *selection);
/* Can it be asked for so? USAGE: an empty value, or a path without a slash before it. */
bool meant_is_good(const struct access_selection *selection, struct error *err) MUST_USE;

/* Does it mean anybody of these? NOT_FOUND: a mistyped name would pass for "all is well". `selection` NULL:
 * everybody. */
bool meant_exists(const struct access *access, const struct access_selection *selection,
                  struct error *err) MUST_USE;
/* The same of an account. DENIED or AWS when the list of who is in which group could not be read: without it
 * nobody can be told from anybody. */
bool meant_is_known(const struct facts *facts, const struct access_selection *selection,
                    struct error *err) MUST_USE;

/* There is such a user, as far as the account could be read. */
bool meant_user_exists(const struct facts *facts, const char *user);

/* Is this user meant? `user` (a name) and `selection` are NULL where they were not given. */
bool meant_user(const struct facts *facts, const char *user, const struct access_selection *selection,
                const char *name);
/* Is this finding about somebody who is meant? What is not about one user counts only when everybody is. */
bool meant_finding(const struct facts *facts, const char *user,
                   const struct access_selection *selection, const struct audit_finding *finding);

#endif
