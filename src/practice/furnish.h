/* What stands in a practice account when it opens: users, keys, roles, a device. */
#ifndef KEYWRIGHT_PRACTICE_FURNISH_H
#define KEYWRIGHT_PRACTICE_FURNISH_H

#include "practice/home.h"
#include "practice/options.h"

/* Fill the account as the options say: the user with one or two keys, an administrator `admin`, more
 * users, and the roles `rotation` and `rotation-mfa` that the user may assume. ret_home gets all
 * but the endpoint; its strings are borrowed from the options. USAGE when a name or
 * setting cannot be. */
bool furnish(struct practice *practice, const struct options *options, struct home *ret_home,
             struct error *err) MUST_USE;

#endif
