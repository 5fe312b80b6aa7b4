/* The one table of all AWS actions that Keywright can perform. A user's policy, the dry run, the
 * retry rules and the read-only mode are read from it. */
#ifndef KEYWRIGHT_AWS_ACTION_H
#define KEYWRIGHT_AWS_ACTION_H

#include <stdbool.h>

enum aws_service {
    AWS_IAM,
    AWS_STS,
    AWS_SSO, /* the portal of IAM Identity Center: asked by aws_fetch, not by an action */
    AWS_CLOUDTRAIL,
    AWS_ACCESS_ANALYZER,
    AWS_SERVICE_COUNT
};

/* How requests and replies of a service are written (the service's model: "protocol"). */
enum aws_protocol {
    AWS_QUERY,   /* a form; XML comes back */
    AWS_JSON_1_1, /* a JSON document, the action in a header; JSON comes back */
    AWS_REST_JSON /* a path, asked for with GET or, with a JSON document, POST; JSON comes back, the code of
                   * an error in a header */
};

/* X(code, service, name, writes, repeatable, IAM permission or "" when none is needed) */
#define AWS_ACTION_TABLE(X)                                                                        \
    X(CREATE_ACCESS_KEY, IAM, "CreateAccessKey", true, false, "iam:CreateAccessKey")               \
    X(UPDATE_ACCESS_KEY, IAM, "UpdateAccessKey", true, true, "iam:UpdateAccessKey")                \
    X(DELETE_ACCESS_KEY, IAM, "DeleteAccessKey", true, true, "iam:DeleteAccessKey")                \
    X(LIST_ACCESS_KEYS, IAM, "ListAccessKeys", false, true, "iam:ListAccessKeys")                  \
    X(GET_ACCESS_KEY_LAST_USED, IAM, "GetAccessKeyLastUsed", false, true,                          \
      "iam:GetAccessKeyLastUsed")                                                                  \
    X(GET_USER, IAM, "GetUser", false, true, "iam:GetUser")                                        \
    X(LIST_USERS, IAM, "ListUsers", false, true, "iam:ListUsers")                                  \
    X(LIST_MFA_DEVICES, IAM, "ListMFADevices", false, true, "iam:ListMFADevices")                  \
    X(GENERATE_CREDENTIAL_REPORT, IAM, "GenerateCredentialReport", false, true,                    \
      "iam:GenerateCredentialReport")                                                              \
    X(GET_CREDENTIAL_REPORT, IAM, "GetCredentialReport", false, true, "iam:GetCredentialReport")   \
    X(GET_ACCOUNT_SUMMARY, IAM, "GetAccountSummary", false, true, "iam:GetAccountSummary")         \
    X(GET_ACCOUNT_PASSWORD_POLICY, IAM, "GetAccountPasswordPolicy", false, true,                   \
      "iam:GetAccountPasswordPolicy")                                                              \
    X(LIST_VIRTUAL_MFA_DEVICES, IAM, "ListVirtualMFADevices", false, true,                         \
      "iam:ListVirtualMFADevices")                                                                 \
    X(LIST_ENTITIES_FOR_POLICY, IAM, "ListEntitiesForPolicy", false, true,                         \
      "iam:ListEntitiesForPolicy")                                                                 \
    X(LIST_SERVER_CERTIFICATES, IAM, "ListServerCertificates", false, true,                        \
      "iam:ListServerCertificates")                                                                \
    X(CREATE_VIRTUAL_MFA_DEVICE, IAM, "CreateVirtualMFADevice", true, false,                       \
      "iam:CreateVirtualMFADevice")                                                                \
    X(ENABLE_MFA_DEVICE, IAM, "EnableMFADevice", true, false, "iam:EnableMFADevice")               \
    X(DELETE_VIRTUAL_MFA_DEVICE, IAM, "DeleteVirtualMFADevice", true, true,                        \
      "iam:DeleteVirtualMFADevice")                                                                \
    X(GET_CALLER_IDENTITY, STS, "GetCallerIdentity", false, true, "")                              \
    X(GET_SESSION_TOKEN, STS, "GetSessionToken", false, false, "")                                 \
    X(ASSUME_ROLE, STS, "AssumeRole", false, false, "sts:AssumeRole")                              \
    X(ASSUME_ROLE_WITH_WEB_IDENTITY, STS, "AssumeRoleWithWebIdentity", false, true, "")  \
    X(LIST_ACCOUNT_ALIASES, IAM, "ListAccountAliases", false, true, "iam:ListAccountAliases")      \
    X(LOOKUP_EVENTS, CLOUDTRAIL, "LookupEvents", false, true, "cloudtrail:LookupEvents")           \
    X(GET_ACCOUNT_AUTHORIZATION_DETAILS, IAM, "GetAccountAuthorizationDetails", false, true,       \
      "iam:GetAccountAuthorizationDetails")                                                        \
    X(LIST_ANALYZERS, ACCESS_ANALYZER, "ListAnalyzers", false, true,                               \
      "access-analyzer:ListAnalyzers")                                                             \
    X(LIST_FINDINGS_V2, ACCESS_ANALYZER, "ListFindingsV2", false, true,                            \
      "access-analyzer:ListFindings")                                                              \
    X(VALIDATE_POLICY, ACCESS_ANALYZER, "ValidatePolicy", false, true,                             \
      "access-analyzer:ValidatePolicy")                                                            \
    X(DESCRIBE_TRAILS, CLOUDTRAIL, "DescribeTrails", false, true, "cloudtrail:DescribeTrails")     \
    X(GET_TRAIL_STATUS, CLOUDTRAIL, "GetTrailStatus", false, true, "cloudtrail:GetTrailStatus")    \
    X(GET_EVENT_SELECTORS, CLOUDTRAIL, "GetEventSelectors", false, true,                           \
      "cloudtrail:GetEventSelectors")

enum aws_action {
#define X(code, service, name, writes, repeatable, permission) AWS_##code,
    AWS_ACTION_TABLE(X)
#undef X
        AWS_ACTION_COUNT
};

struct aws_action_row {
    enum aws_service service;
    const char *name; /* "CreateAccessKey" */
    bool writes;
    bool repeatable;        /* may be sent again when its outcome is not known */
    const char *permission; /* "iam:CreateAccessKey", or "" */
};

/* A request that shows who asks by a token in it carries no signature. */
static inline bool aws_action_signed(enum aws_action action)
{
    return action != AWS_ASSUME_ROLE_WITH_WEB_IDENTITY;
}

/* The row of an action. Borrowed for ever. */
const struct aws_action_row *aws_action(enum aws_action action);
/* "iam", "sts": the signing name and the first word of the host. */
const char *aws_service_name(enum aws_service service);
/* The API version that goes into Version= ("2010-05-08"). */
const char *aws_service_version(enum aws_service service);
enum aws_protocol aws_service_protocol(enum aws_service service);
/* What stands before the action's name in X-Amz-Target, with its full stop; NULL: no such header. */
const char *aws_service_target(enum aws_service service);
/* What follows the endpoint: "/analyzer"; "" for all but REST. */
const char *aws_action_path(enum aws_action action);
/* Asked for with GET, which has no body. */
bool aws_action_gets(enum aws_action action);
/* The Content-Type of a request; NULL for one without a body. */
const char *aws_action_content(enum aws_action action);

#endif
