/* From a finding to what is to be done about it. Pure. */
#ifndef KEYWRIGHT_AUDIT_REMEDY_H
#define KEYWRIGHT_AUDIT_REMEDY_H

#include "audit/judge.h"
#include "base/text.h"

enum audit_fix {
    AUDIT_FIX_ADVICE, /* the remedy of the catalogue, for a person to follow */
    AUDIT_FIX_ROTATE, /* rotate a key: *ret_key */
    AUDIT_FIX_ENROLL  /* the user has to register an MFA device */
};

/* A failed finding about keys is fixed by rotating the oldest key at fault, one about MFA of a user by
 * registering a device. `user`: whom it is about, NULL for nobody. *ret_key: NULL, or borrowed from
 * `user`; its id is "" when only the report was read, which has none. */
enum audit_fix audit_fix_of(const struct facts *facts, const struct fact_user *user,
                            const struct audit_finding *finding, const struct fact_key **ret_key);

/* The user of a finding of scope "user", NULL for another one. *seek is where the last one was found: findings
 * come in the order of users. Set it to 0 at first. */
const struct fact_user *audit_user_of(const struct facts *facts, const struct audit_finding *finding,
                                      size_t *seek);

/* What to tell a user who has no MFA device: a message of a few lines, ready to be sent. */
void audit_ask_for_mfa(const char *account, const char *user, struct text *text);

#endif
