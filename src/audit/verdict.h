/* How the judges of a check say what they found. Private to audit/. */
#ifndef KEYWRIGHT_AUDIT_VERDICT_H
#define KEYWRIGHT_AUDIT_VERDICT_H

#include "audit/judge.h"

enum { AUDIT_DAY = 86400 };
/* The detail of what is known, and was too much for the memory that there is. */
#define AUDIT_NO_WORDS "there is no memory to tell what was seen"

/* A finding of this check about which nothing is said yet; its resource is the caller's to fill. */
void audit_begin_finding(struct audit_finding *finding, const struct audit_check *check);
/* Each sets status and detail of the finding. */
void audit_passes(struct audit_finding *finding, const char *format, ...) FORMAT_LIKE(2, 3);
void audit_fails(struct audit_finding *finding, const char *format, ...) FORMAT_LIKE(2, 3);
void audit_advises(struct audit_finding *finding, const char *format, ...) FORMAT_LIKE(2, 3);
void audit_cannot_tell(struct audit_finding *finding, const char *format, ...) FORMAT_LIKE(2, 3);
/* More of its detail, as far as there is room. Numbers and names of keys are in most findings of a large
 * account: printf would be a third of the time that it takes. */
void audit_add(struct audit_finding *finding, const char *string);
void audit_add_number(struct audit_finding *finding, uint64_t number);
/* True when the source was read; else the finding says that it was not, and why. */
bool audit_has(struct audit_finding *finding, const struct fact_source *source) MUST_USE;

/* It is in the report, and ListUsers does not know it any more. */
bool audit_is_gone(const struct facts *facts, const struct fact_user *user);
/* The row for this user is in the report that was read. */
bool audit_reported(const struct facts *facts, const struct fact_user *user,
                    struct audit_finding *finding) MUST_USE;

typedef void audit_user_judge(const struct facts *facts, const struct fact_user *user,
                              struct audit_finding *finding);
/* judge_mfa.c */
audit_user_judge audit_console_user_mfa, audit_all_user_mfa;
/* Where ListMFADevices and the report differ, that is said. */
void audit_say_mfa_stale(const struct facts *facts, const struct fact_user *user,
                         struct audit_finding *finding);
/* judge_user.c */
audit_user_judge audit_no_initial_keys, audit_unused_45_days, audit_unused_90_days, audit_one_active_key, audit_key_rotated_90,
    audit_key_never_used, audit_keys_or_roles;
/* judge_access.c */
audit_user_judge audit_perms_via_groups, audit_admin_mfa;
/* judge_services.c */
audit_user_judge audit_unused_access;

/* judge.c: the judge of a check about one user; NULL for a check of another scope. */
audit_user_judge *audit_user_judge_of(const char *id, enum audit_live *ret_live);

typedef void audit_account_judge(const struct facts *facts, struct audit_finding *finding);
/* judge_account.c: the judge of a check of scope "account" or "root" that gives one finding. */
audit_account_judge *audit_account_judge_of(const char *id);
/* judge_services.c */
audit_account_judge audit_cloudtrail_enabled;

struct judging {
    const struct facts *facts;
    void (*visit)(void *, const struct audit_finding *);
    void *context;
};
void audit_tell(const struct judging *judging, const struct audit_finding *finding);
/* What stands for the account: the ARN that IAM itself uses for it. */
void audit_account_arn(const struct facts *facts, char *buffer, size_t size);

/* Of scope "account", with a finding for each thing that is wrong, or one when none is. */
typedef void audit_list_judge(const struct judging *judging, const struct audit_check *check);
/* judge_access.c */
audit_list_judge audit_no_full_admin_policy, audit_no_service_wildcards, audit_no_full_admin_inline,
    audit_no_service_wildcards_inline;
/* judge_services.c */
audit_list_judge audit_unused_roles, audit_policy_errors, audit_policy_security,
    audit_policy_warnings, audit_policy_suggestions;

#endif
