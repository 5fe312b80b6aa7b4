#include "audit/remedy.h"

#include <string.h>

static bool is_about_a_user(const struct audit_finding *finding)
{
    return strcmp(finding->check->scope, "user") == 0;
}

const struct fact_user *audit_user_of(const struct facts *facts, const struct audit_finding *finding,
                                      size_t *seek)
{
    if (!is_about_a_user(finding))
        return NULL;
    for (size_t i = 0; i < facts->user_count; i++) {
        size_t at = (*seek + i) % facts->user_count;
        if (strcmp(facts->list[at].name, finding->resource) != 0)
            continue;
        *seek = at;
        return &facts->list[at];
    }
    return NULL;
}

static bool asks_for_mfa(const struct audit_check *check)
{
    static const char *const ids[] = {"console_user_mfa", "all_user_mfa", "admin_mfa"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        if (strcmp(ids[i], check->id) == 0)
            return true;
    return false;
}

enum audit_fix audit_fix_of(const struct facts *facts, const struct fact_user *user,
                            const struct audit_finding *finding, const struct fact_key **ret_key)
{
    *ret_key = NULL;
    if (user == NULL || finding->status != AUDIT_FAIL)
        return AUDIT_FIX_ADVICE;
    if (asks_for_mfa(finding->check))
        return AUDIT_FIX_ENROLL;
    *ret_key = audit_key_at_fault(facts, user, finding->check);
    return *ret_key != NULL ? AUDIT_FIX_ROTATE : AUDIT_FIX_ADVICE;
}

void audit_ask_for_mfa(const char *account, const char *user, struct text *text)
{
    text_appendf(text,
                 "Your user %s in the AWS account %s has no MFA device. Please register one: sign in to "
                 "the AWS console, open the menu with your name, Security credentials, Assign MFA "
                 "device. With Keywright and your access key: keywright mfa enroll",
                 user, account);
}
