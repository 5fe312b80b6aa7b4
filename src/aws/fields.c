#include "aws/fields.h"

#include <stddef.h>

/* clang-format off */
#define SIZE_OF(type, member) sizeof(((type *)0)->member)
#define AT(type, member) offsetof(type, member), SIZE_OF(type, member)

/* Fields of the document, and of the item of a list. */
#define GROUP(path) {path, FIELD_GROUP, true, false, 0, 0}
#define TEXT(path, needed, member) {path, FIELD_TEXT, needed, false, AT(struct document, member)}
#define CUT(path, needed, member) {path, FIELD_CUT, needed, false, AT(struct document, member)}
#define TIME(path, needed, member) {path, FIELD_TIME, needed, false, AT(struct document, member)}
#define BOOL(path, needed, member) {path, FIELD_BOOL, needed, false, AT(struct document, member)}
#define NUMBER(path, needed, member) {path, FIELD_NUMBER, needed, false, AT(struct document, member)}
#define LONG(path) {path, FIELD_LONG, true, false, 0, 0}
#define SECRET(path) {path, FIELD_SECRET, true, false, 0, 0}
#define TOKEN(path) {path, FIELD_TOKEN, true, false, 0, 0}
#define ITEM(path) {path, FIELD_ITEM, false, false, 0, 0}
#define ITEM_TEXT(path, needed, type, member) {path, FIELD_TEXT, needed, true, AT(type, member)}
#define ITEM_CUT(path, type, member) {path, FIELD_CUT, OPTIONAL, true, AT(type, member)}
#define RECORD(path) {path, FIELD_RECORD, OPTIONAL, true, 0, 0}
#define ITEM_TIME(path, needed, type, member) {path, FIELD_TIME, needed, true, AT(type, member)}
#define ITEM_BOOL(path, needed, type, member) {path, FIELD_BOOL, needed, true, AT(type, member)}
#define ITEM_NUMBER(path, needed, type, member) {path, FIELD_NUMBER, needed, true, AT(type, member)}
#define REQUEST_ID CUT("ResponseMetadata/RequestId", OPTIONAL, reply.request_id)
#define LIST(type, array, number)                                                                  \
    .item_size = sizeof(type), .items = offsetof(struct document, reply.array),                    \
    .item_count = offsetof(struct document, reply.number)
/* clang-format on */

enum { OPTIONAL = false, NEEDED = true };

/* The pair of a temporary session, below "ActionResult". */
#define SESSION(result)                                                                            \
    GROUP(result "/Credentials"),                                                                  \
        TEXT(result "/Credentials/AccessKeyId", NEEDED, credentials.key_id),                       \
        SECRET(result "/Credentials/SecretAccessKey"), TOKEN(result "/Credentials/SessionToken"),  \
        TIME(result "/Credentials/Expiration", NEEDED, credentials.expires)

#define USER(path)                                                                                 \
    ITEM(path), ITEM_TEXT(path "/UserName", NEEDED, struct aws_user, name),                        \
        ITEM_TEXT(path "/Arn", NEEDED, struct aws_user, arn),                                      \
        ITEM_TIME(path "/CreateDate", NEEDED, struct aws_user, created),                           \
        ITEM_TIME(path "/PasswordLastUsed", OPTIONAL, struct aws_user, password_last_used)

#define PAGE(result)                                                                               \
    GROUP(result), BOOL(result "/IsTruncated", OPTIONAL, reply.truncated),                         \
        TEXT(result "/Marker", OPTIONAL, marker), REQUEST_ID

/* Source: the IAM, STS, CloudTrail and Access Analyzer API references; what is NEEDED is what the replies are worth nothing
 * without. */
static const struct field_table tables[AWS_ACTION_COUNT] = {
    [AWS_CREATE_ACCESS_KEY] =
        {.fields = {GROUP("CreateAccessKeyResult"), GROUP("CreateAccessKeyResult/AccessKey"),
                    TEXT("CreateAccessKeyResult/AccessKey/UserName", OPTIONAL, reply.user),
                    TEXT("CreateAccessKeyResult/AccessKey/AccessKeyId", NEEDED, reply.key.id),
                    TEXT("CreateAccessKeyResult/AccessKey/Status", NEEDED, reply.key.status),
                    TIME("CreateAccessKeyResult/AccessKey/CreateDate", OPTIONAL, reply.key.created),
                    SECRET("CreateAccessKeyResult/AccessKey/SecretAccessKey"), REQUEST_ID}},
    [AWS_UPDATE_ACCESS_KEY] = {.fields = {REQUEST_ID}},
    [AWS_DELETE_ACCESS_KEY] = {.fields = {REQUEST_ID}},
    [AWS_LIST_ACCESS_KEYS] =
        {.fields = {PAGE("ListAccessKeysResult"), GROUP("ListAccessKeysResult/AccessKeyMetadata"),
                    ITEM("ListAccessKeysResult/AccessKeyMetadata/member"),
                    ITEM_TEXT("ListAccessKeysResult/AccessKeyMetadata/member/AccessKeyId",
                              NEEDED, struct aws_key, id),
                    ITEM_TEXT("ListAccessKeysResult/AccessKeyMetadata/member/Status",
                              NEEDED, struct aws_key, status),
                    ITEM_TIME("ListAccessKeysResult/AccessKeyMetadata/member/CreateDate", OPTIONAL,
                              struct aws_key, created)},
         LIST(struct aws_key, keys, key_count)},
    [AWS_GET_ACCESS_KEY_LAST_USED] =
        {.fields = {GROUP("GetAccessKeyLastUsedResult"),
                    TEXT("GetAccessKeyLastUsedResult/UserName", OPTIONAL, reply.user),
                    GROUP("GetAccessKeyLastUsedResult/AccessKeyLastUsed"),
                    TIME("GetAccessKeyLastUsedResult/AccessKeyLastUsed/LastUsedDate", OPTIONAL,
                         reply.used_at),
                    TEXT("GetAccessKeyLastUsedResult/AccessKeyLastUsed/ServiceName",
                         NEEDED, reply.used_service),
                    TEXT("GetAccessKeyLastUsedResult/AccessKeyLastUsed/Region",
                         NEEDED, reply.used_region),
                    REQUEST_ID}},
    [AWS_GET_USER] = {.fields = {GROUP("GetUserResult"), USER("GetUserResult/User"), REQUEST_ID},
                      LIST(struct aws_user, users, user_count)},
    [AWS_LIST_USERS] = {.fields = {PAGE("ListUsersResult"), GROUP("ListUsersResult/Users"),
                                   USER("ListUsersResult/Users/member")},
                        LIST(struct aws_user, users, user_count)},
    [AWS_LIST_MFA_DEVICES] =
        {.fields = {PAGE("ListMFADevicesResult"), GROUP("ListMFADevicesResult/MFADevices"),
                    ITEM("ListMFADevicesResult/MFADevices/member"),
                    ITEM_TEXT("ListMFADevicesResult/MFADevices/member/SerialNumber",
                              NEEDED, struct aws_mfa_device, serial),
                    ITEM_TIME("ListMFADevicesResult/MFADevices/member/EnableDate",
                              NEEDED, struct aws_mfa_device, enabled)},
         LIST(struct aws_mfa_device, mfa, mfa_count)},
    [AWS_GENERATE_CREDENTIAL_REPORT] =
        {.fields = {GROUP("GenerateCredentialReportResult"),
                    TEXT("GenerateCredentialReportResult/State", NEEDED, reply.report_state),
                    REQUEST_ID}},
    [AWS_GET_CREDENTIAL_REPORT] =
        {.fields = {GROUP("GetCredentialReportResult"), LONG("GetCredentialReportResult/Content"),
                    TIME("GetCredentialReportResult/GeneratedTime", NEEDED, reply.generated),
                    REQUEST_ID}},
    [AWS_GET_ACCOUNT_SUMMARY] =
        {.fields = {GROUP("GetAccountSummaryResult"), GROUP("GetAccountSummaryResult/SummaryMap"),
                    ITEM("GetAccountSummaryResult/SummaryMap/entry"),
                    ITEM_TEXT("GetAccountSummaryResult/SummaryMap/entry/key", NEEDED,
                              struct aws_number, name),
                    ITEM_NUMBER("GetAccountSummaryResult/SummaryMap/entry/value", NEEDED,
                                struct aws_number, value),
                    REQUEST_ID},
         LIST(struct aws_number, numbers, number_count)},
    [AWS_GET_ACCOUNT_PASSWORD_POLICY] =
        {.fields = {GROUP("GetAccountPasswordPolicyResult"),
                    GROUP("GetAccountPasswordPolicyResult/PasswordPolicy"),
                    NUMBER("GetAccountPasswordPolicyResult/PasswordPolicy/MinimumPasswordLength",
                           OPTIONAL, reply.password_length),
                    NUMBER("GetAccountPasswordPolicyResult/PasswordPolicy/PasswordReusePrevention",
                           OPTIONAL, reply.password_reuse),
                    REQUEST_ID}},
    [AWS_GET_ACCOUNT_AUTHORIZATION_DETAILS] = {.tree = true},
    [AWS_LIST_VIRTUAL_MFA_DEVICES] =
        {.fields = {PAGE("ListVirtualMFADevicesResult"),
                    GROUP("ListVirtualMFADevicesResult/VirtualMFADevices"),
                    ITEM("ListVirtualMFADevicesResult/VirtualMFADevices/member"),
                    ITEM_TEXT("ListVirtualMFADevicesResult/VirtualMFADevices/member/SerialNumber",
                              NEEDED, struct aws_mfa_device, serial),
                    ITEM_TIME("ListVirtualMFADevicesResult/VirtualMFADevices/member/EnableDate",
                              OPTIONAL, struct aws_mfa_device, enabled),
                    ITEM_TEXT("ListVirtualMFADevicesResult/VirtualMFADevices/member/User/Arn",
                              OPTIONAL, struct aws_mfa_device, user_arn)},
         LIST(struct aws_mfa_device, mfa, mfa_count)},
    [AWS_LIST_ENTITIES_FOR_POLICY] =
        {.fields = {PAGE("ListEntitiesForPolicyResult"),
                    ITEM("ListEntitiesForPolicyResult/PolicyGroups/member"),
                    ITEM("ListEntitiesForPolicyResult/PolicyUsers/member"),
                    ITEM("ListEntitiesForPolicyResult/PolicyRoles/member"),
                    ITEM_TEXT("ListEntitiesForPolicyResult/PolicyGroups/member/GroupName", OPTIONAL,
                              struct aws_named, name),
                    ITEM_TEXT("ListEntitiesForPolicyResult/PolicyUsers/member/UserName", OPTIONAL,
                              struct aws_named, name),
                    ITEM_TEXT("ListEntitiesForPolicyResult/PolicyRoles/member/RoleName", OPTIONAL,
                              struct aws_named, name)},
         LIST(struct aws_named, named, named_count)},
    [AWS_LIST_SERVER_CERTIFICATES] =
        {.fields =
             {PAGE("ListServerCertificatesResult"),
              GROUP("ListServerCertificatesResult/ServerCertificateMetadataList"),
              ITEM("ListServerCertificatesResult/ServerCertificateMetadataList/member"),
              ITEM_TEXT("ListServerCertificatesResult/ServerCertificateMetadataList/member/Arn",
                        NEEDED, struct aws_named, arn),
              ITEM_TEXT("ListServerCertificatesResult/ServerCertificateMetadataList/member/"
                        "ServerCertificateName",
                        NEEDED, struct aws_named, name),
              ITEM_TIME("ListServerCertificatesResult/ServerCertificateMetadataList/member/Expiration",
                        OPTIONAL, struct aws_named, expires)},
         LIST(struct aws_named, named, named_count)},
    [AWS_CREATE_VIRTUAL_MFA_DEVICE] =
        {.fields = {GROUP("CreateVirtualMFADeviceResult"),
                    GROUP("CreateVirtualMFADeviceResult/VirtualMFADevice"),
                    TEXT("CreateVirtualMFADeviceResult/VirtualMFADevice/SerialNumber", NEEDED,
                         reply.mfa_serial),
                    SECRET("CreateVirtualMFADeviceResult/VirtualMFADevice/Base32StringSeed"),
                    REQUEST_ID}},
    [AWS_ENABLE_MFA_DEVICE] = {.fields = {REQUEST_ID}},
    [AWS_DELETE_VIRTUAL_MFA_DEVICE] = {.fields = {REQUEST_ID}},
    [AWS_GET_CALLER_IDENTITY] =
        {.fields = {GROUP("GetCallerIdentityResult"),
                    TEXT("GetCallerIdentityResult/Account", NEEDED, reply.account),
                    TEXT("GetCallerIdentityResult/Arn", NEEDED, reply.arn),
                    TEXT("GetCallerIdentityResult/UserId", NEEDED, reply.user_id), REQUEST_ID}},
    [AWS_GET_SESSION_TOKEN] = {.fields = {GROUP("GetSessionTokenResult"),
                                          SESSION("GetSessionTokenResult"), REQUEST_ID}},
    [AWS_ASSUME_ROLE] =
        {.fields = {GROUP("AssumeRoleResult"), SESSION("AssumeRoleResult"),
                    TEXT("AssumeRoleResult/AssumedRoleUser/Arn", OPTIONAL, reply.arn),
                    TEXT("AssumeRoleResult/AssumedRoleUser/AssumedRoleId", OPTIONAL, reply.user_id),
                    REQUEST_ID}},
    [AWS_ASSUME_ROLE_WITH_WEB_IDENTITY] =
        {.fields = {GROUP("AssumeRoleWithWebIdentityResult"),
                    SESSION("AssumeRoleWithWebIdentityResult"),
                    TEXT("AssumeRoleWithWebIdentityResult/AssumedRoleUser/Arn", OPTIONAL,
                         reply.arn),
                    REQUEST_ID}},
    [AWS_LIST_ACCOUNT_ALIASES] =
        {.fields = {PAGE("ListAccountAliasesResult"),
                    GROUP("ListAccountAliasesResult/AccountAliases"),
                    TEXT("ListAccountAliasesResult/AccountAliases/member", OPTIONAL,
                         reply.account_alias)}},
    [AWS_LIST_ANALYZERS] =
        {.fields = {GROUP("analyzers"), TEXT("nextToken", OPTIONAL, marker),
                    ITEM("analyzers/member"),
                    ITEM_TEXT("analyzers/member/name", NEEDED, struct aws_analyzer, name),
                    ITEM_TEXT("analyzers/member/arn", OPTIONAL, struct aws_analyzer, arn),
                    ITEM_NUMBER("analyzers/member/configuration/unusedAccess/unusedAccessAge",
                                OPTIONAL, struct aws_analyzer, unused_days),
                    ITEM_TEXT("analyzers/member/type", NEEDED, struct aws_analyzer, type),
                    ITEM_TEXT("analyzers/member/status", NEEDED, struct aws_analyzer, status)},
         LIST(struct aws_analyzer, analyzers, analyzer_count)},
    [AWS_LIST_FINDINGS_V2] =
        {.fields = {GROUP("findings"), TEXT("nextToken", OPTIONAL, marker), ITEM("findings/member"),
                    ITEM_TEXT("findings/member/findingType", OPTIONAL, struct aws_found, type),
                    ITEM_CUT("findings/member/resource", struct aws_found, resource),
                    ITEM_TEXT("findings/member/resourceOwnerAccount", NEEDED, struct aws_found,
                              owner)},
         LIST(struct aws_found, found, found_count)},
    [AWS_VALIDATE_POLICY] =
        {.fields = {GROUP("findings"), TEXT("nextToken", OPTIONAL, marker), ITEM("findings/member"),
                    ITEM_TEXT("findings/member/findingType", NEEDED, struct aws_flaw, type),
                    ITEM_TEXT("findings/member/issueCode", NEEDED, struct aws_flaw, code),
                    ITEM_CUT("findings/member/findingDetails", struct aws_flaw, details)},
         LIST(struct aws_flaw, flaws, flaw_count)},
    [AWS_DESCRIBE_TRAILS] =
        {.fields = {GROUP("trailList"), ITEM("trailList/member"),
                    ITEM_TEXT("trailList/member/TrailARN", NEEDED, struct aws_trail, arn),
                    ITEM_TEXT("trailList/member/HomeRegion", OPTIONAL, struct aws_trail,
                              home_region),
                    ITEM_BOOL("trailList/member/IsMultiRegionTrail", OPTIONAL, struct aws_trail,
                              multi_region)},
         LIST(struct aws_trail, trails, trail_count)},
    [AWS_GET_TRAIL_STATUS] = {.fields = {BOOL("IsLogging", NEEDED, reply.logging)}},
    [AWS_GET_EVENT_SELECTORS] = {.tree = true},
    [AWS_LOOKUP_EVENTS] =
        {.fields = {GROUP("Events"), TEXT("NextToken", OPTIONAL, marker), ITEM("Events/member"),
                    ITEM_CUT("Events/member/EventName", struct aws_event, name),
                    ITEM_CUT("Events/member/EventSource", struct aws_event, source),
                    ITEM_TIME("Events/member/EventTime", NEEDED, struct aws_event, at),
                    RECORD("Events/member/CloudTrailEvent")},
         LIST(struct aws_event, events, event_count)},
};

static const struct field_table errors = {.fields = {GROUP("Error"),
                                                     TEXT("Error/Code", NEEDED, code),
                                                     CUT("Error/Message", OPTIONAL, message),
                                                     CUT("RequestId", OPTIONAL, reply.request_id)}};

const struct field_table *fields_of_action(enum aws_action action)
{
    return &tables[action];
}

const struct field_table *fields_of_error(void)
{
    return &errors;
}
