/* How the judges of a check say what they found. Private to audit/. */
#ifndef KEYWRIGHT_AUDIT_VERDICT_H
#define KEYWRIGHT_AUDIT_VERDICT_H

#include "audit/judge.h"

enum { AUDIT_DAY = 86400 };

/* Each sets status and detail of the finding. */
void audit_passes(struct audit_finding *finding, const char *format, ...) FORMAT_LIKE(2, 3);
void audit_fails(struct audit_finding *finding, const char *format, ...) FORMAT_LIKE(2, 3);
void audit_cannot_tell(struct audit_finding *finding, const char *format, ...) FORMAT_LIKE(2, 3);
/* True when the source was read; else the finding says that it was not, and why. */
bool audit_has(struct audit_finding *finding, const struct fact_source *source) MUST_USE;

typedef void audit_user_judge(const struct facts *facts, const struct fact_user *user,
                              struct audit_finding *finding);
/* judge_user.c */
audit_user_judge audit_console_user_mfa, audit_all_user_mfa, audit_no_initial_keys,
    audit_unused_45_days, audit_unused_90_days, audit_one_active_key, audit_key_rotated_90,
    audit_key_never_used;
/* The judge of a check about one user; NULL for a check of another scope. */
audit_user_judge *audit_user_judge_of(const char *id, bool *ret_about_keys);

typedef void audit_account_judge(const struct facts *facts, struct audit_finding *finding);
/* judge_account.c: the judge of a check of scope "account" or "root" that gives one finding. */
audit_account_judge *audit_account_judge_of(const char *id);

#endif
