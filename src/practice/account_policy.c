/* Who may do what: five kinds of policy instead of policy documents. */
#include "practice/inside.h"

#include <string.h>

static const char *const names[ACCOUNT_POLICY_COUNT] = {
#define X(code, name) [ACCOUNT_##code] = name,
    ACCOUNT_POLICY_TABLE(X)
#undef X
};

bool account_policy_from_name(const char *name, enum account_policy *ret_policy)
{
    for (int i = 0; i < ACCOUNT_POLICY_COUNT; i++)
        if (strcmp(names[i], name) == 0) {
            *ret_policy = (enum account_policy)i;
            return true;
        }
    return false;
}

const char *account_policy_name(enum account_policy policy)
{
    return names[policy];
}

static bool one_of(const char *action, const char *const *actions)
{
    for (; *actions != NULL; actions++)
        if (strcmp(action, *actions) == 0)
            return true;
    return false;
}

static bool policy_allows(enum account_policy policy, const char *action, bool own, bool mfa)
{
    static const char *const self[] = {
        "CreateAccessKey",      "UpdateAccessKey", "DeleteAccessKey", "ListAccessKeys",
        "GetAccessKeyLastUsed", "GetUser",         "ListMFADevices",  NULL};
    static const char *const without_mfa[] = {"GetUser", "ListMFADevices", NULL};
    static const char *const enrol[] = {"CreateVirtualMFADevice", "EnableMFADevice",
                                        "DeleteVirtualMFADevice", NULL};
    static const char *const audit[] = {
        "ListAccessKeys", "GetAccessKeyLastUsed", "GetUser", "ListUsers", "ListMFADevices",
        "ListAccountAliases", "GenerateCredentialReport", "GetCredentialReport", "GetAccountSummary",
        "GetAccountPasswordPolicy", "GetAccountAuthorizationDetails", "ListVirtualMFADevices",
        "ListEntitiesForPolicy", "ListServerCertificates", "LookupEvents", "ListAnalyzers",
        "ListFindingsV2", "ValidatePolicy", "DescribeTrails", "GetTrailStatus", "GetEventSelectors", NULL};
    bool enrols = policy == ACCOUNT_SELF || policy == ACCOUNT_MFA;
    if (enrols && ((own && one_of(action, enrol)) || strcmp(action, "ListVirtualMFADevices") == 0))
        return true;
    switch (policy) {
    case ACCOUNT_ADMIN:
        return true;
    case ACCOUNT_SELF:
        return own && one_of(action, self);
    case ACCOUNT_MFA:
        return own && one_of(action, mfa ? self : without_mfa);
    case ACCOUNT_AUDIT:
        return one_of(action, audit);
    case ACCOUNT_NONE:
    case ACCOUNT_POLICY_COUNT:
        return false;
    }
    return false;
}

bool account_allowed(const struct account *account, const struct account_caller *caller,
                     const char *action, size_t user, struct account_refusal *refusal)
{
    bool own = caller->kind != ACCOUNT_CALLER_ROLE && user == caller->owner;
    if (policy_allows(caller->policy, action, own, caller->mfa))
        return true;
    static const char *const trail[] = {"LookupEvents", "DescribeTrails", "GetTrailStatus",
                                        "GetEventSelectors", NULL};
    static const char *const analyzer[] = {"ListAnalyzers", "ListFindingsV2", "ValidatePolicy", NULL};
    const char *service = strcmp(action, "AssumeRole") == 0 ? "sts"
                          : one_of(action, trail)           ? "cloudtrail"
                          : one_of(action, analyzer)        ? "access-analyzer"
                                                            : "iam";
    return account_refuse(
        refusal, 403, "AccessDenied", "policy",
        "User: %s is not authorized to perform: %s:%s on resource: %s%s because no "
        "identity-based policy allows the %s:%s action",
        caller->arn, service, action, user == SIZE_MAX ? "*" : "user ",
        user == SIZE_MAX ? "" : account->users[user].name, service, action);
}

bool account_session_may(const struct account_caller *caller, const char *service,
                         const char *action, struct account_refusal *refusal)
{
    if (caller->kind == ACCOUNT_CALLER_USER)
        return true;
    bool sts = strcmp(service, "sts") == 0;
    if (sts && strcmp(action, "GetSessionToken") == 0)
        return account_refuse(refusal, 403, "AccessDenied", "session-from-session",
                              "Cannot call GetSessionToken with session credentials");
    if (strcmp(service, "iam") != 0 || caller->kind == ACCOUNT_CALLER_ROLE || caller->mfa)
        return true;
    return account_refuse_token(refusal, "iam-with-session-without-mfa");
}
