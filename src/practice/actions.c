#include "practice/actions.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "practice/analyzers.h"
#include "practice/details.h"
#include "practice/reply.h"
#include "practice/trail.h"

/* What an action has to work with. */
struct work {
    struct account *account;
    const struct account_call *call;
    const struct request *request;
    struct text *reply; /* what stands inside <ActionResult> */
    struct account_refusal *refusal;
};

static const char *field(const struct work *work, const char *name)
{
    return request_field(work->request, name);
}

static bool needed(const struct work *work, const char *name, const char **ret_value)
{
    *ret_value = field(work, name);
    if (*ret_value != NULL)
        return true;
    return account_refuse(work->refusal, 400, "ValidationError", "field-missing",
                          "1 validation error detected: Value null at '%s' failed to satisfy "
                          "constraint: Member must not be null",
                          name);
}

/* An absent number is 0. */
static bool number(const struct work *work, const char *name, int64_t *ret_value)
{
    const char *value = field(work, name);
    char *end = NULL;
    *ret_value = 0;
    if (value == NULL)
        return true;
    errno = 0;
    long long read = strtoll(value, &end, 10);
    if (errno == 0 && end != value && *end == '\0' && read != 0) {
        *ret_value = read;
        return true;
    }
    return account_refuse(work->refusal, 400, "MalformedInput", "bad-parameter",
                          "'%.30s' is not a number that %s can have", value, name);
}

static void page_end(const struct work *work, const struct account_page *page)
{
    reply_element(work->reply, "IsTruncated", page->truncated ? "true" : "false");
    if (page->truncated)
        reply_element(work->reply, "Marker", page->marker);
}

static bool create_access_key(const struct work *work)
{
    struct account_new_key made;
    if (!account_create_access_key(work->account, work->call, field(work, "UserName"), &made,
                                   work->refusal))
        return false;
    text_append(work->reply, "<AccessKey>");
    reply_element(work->reply, "UserName", made.key.user);
    reply_element(work->reply, "AccessKeyId", made.key.id);
    reply_element(work->reply, "Status", "Active");
    reply_element(work->reply, "SecretAccessKey", made.secret);
    reply_time(work->reply, "CreateDate", made.key.created);
    text_append(work->reply, "</AccessKey>");
    return true;
}

static bool update_access_key(const struct work *work)
{
    const char *key, *status;
    return needed(work, "AccessKeyId", &key) && needed(work, "Status", &status) &&
           account_update_access_key(work->account, work->call, field(work, "UserName"), key,
                                     status, work->refusal);
}

static bool delete_access_key(const struct work *work)
{
    const char *key;
    return needed(work, "AccessKeyId", &key) &&
           account_delete_access_key(work->account, work->call, field(work, "UserName"), key,
                                     work->refusal);
}

static bool list_access_keys(const struct work *work)
{
    int64_t most;
    struct account_key_page page;
    if (!number(work, "MaxItems", &most) ||
        !account_list_access_keys(work->account, work->call, field(work, "UserName"),
                                  field(work, "Marker"), most, &page, work->refusal))
        return false;
    text_append(work->reply, "<AccessKeyMetadata>");
    for (size_t i = 0; i < page.count; i++) {
        text_append(work->reply, "<member>");
        reply_element(work->reply, "UserName", page.keys[i].user);
        reply_element(work->reply, "AccessKeyId", page.keys[i].id);
        reply_element(work->reply, "Status", page.keys[i].active ? "Active" : "Inactive");
        reply_time(work->reply, "CreateDate", page.keys[i].created);
        text_append(work->reply, "</member>");
    }
    text_append(work->reply, "</AccessKeyMetadata>");
    page_end(work, &page.page);
    return true;
}

static bool get_access_key_last_used(const struct work *work)
{
    const char *key;
    struct account_last_used used;
    if (!needed(work, "AccessKeyId", &key) ||
        !account_get_access_key_last_used(work->account, work->call, key, &used, work->refusal))
        return false;
    reply_element(work->reply, "UserName", used.user);
    text_append(work->reply, "<AccessKeyLastUsed>");
    if (used.at != 0)
        reply_time(work->reply, "LastUsedDate", used.at);
    reply_element(work->reply, "ServiceName", used.service);
    reply_element(work->reply, "Region", used.region);
    text_append(work->reply, "</AccessKeyLastUsed>");
    return true;
}

static void user_fields(struct text *reply, const struct account_user *user)
{
    reply_element(reply, "Path", "/");
    reply_element(reply, "UserName", user->name);
    reply_element(reply, "UserId", user->id);
    reply_element(reply, "Arn", user->arn);
    reply_time(reply, "CreateDate", user->created);
}

static bool get_user(const struct work *work)
{
    const struct account_user *user;
    if (!account_get_user(work->account, work->call, field(work, "UserName"), &user, work->refusal))
        return false;
    text_append(work->reply, "<User>");
    user_fields(work->reply, user);
    text_append(work->reply, "</User>");
    return true;
}

/* All users have the path "/", so that another prefix matches none. */
static bool list_users(const struct work *work)
{
    int64_t most;
    struct account_user_page page;
    const char *prefix = field(work, "PathPrefix");
    if (!number(work, "MaxItems", &most) ||
        !account_list_users(work->account, work->call, field(work, "Marker"), most, &page,
                            work->refusal))
        return false;
    if (prefix != NULL && strcmp(prefix, "/") != 0)
        page = (struct account_user_page){.count = 0};
    text_append(work->reply, "<Users>");
    for (size_t i = 0; i < page.count; i++) {
        text_append(work->reply, "<member>");
        user_fields(work->reply, &page.users[i]);
        text_append(work->reply, "</member>");
    }
    text_append(work->reply, "</Users>");
    page_end(work, &page.page);
    return true;
}

static bool list_mfa_devices(const struct work *work)
{
    int64_t most;
    struct account_device_page page;
    if (!number(work, "MaxItems", &most) ||
        !account_list_mfa_devices(work->account, work->call, field(work, "UserName"),
                                  field(work, "Marker"), most, &page, work->refusal))
        return false;
    text_append(work->reply, "<MFADevices>");
    for (size_t i = 0; i < page.count; i++) {
        text_append(work->reply, "<member>");
        reply_element(work->reply, "UserName", page.devices[i].user);
        reply_element(work->reply, "SerialNumber", page.devices[i].serial);
        reply_time(work->reply, "EnableDate", page.devices[i].enabled);
        text_append(work->reply, "</member>");
    }
    text_append(work->reply, "</MFADevices>");
    page_end(work, &page.page);
    return true;
}

/* --- what an audit asks for --- */

static bool generate_credential_report(const struct work *work)
{
    const char *state;
    if (!account_generate_report(work->account, work->call, &state, work->refusal))
        return false;
    reply_element(work->reply, "State", state);
    if (strcmp(state, "STARTED") == 0)
        reply_element(work->reply, "Description",
                      "No report exists. Starting a new report generation task");
    return true;
}

static bool get_credential_report(const struct work *work)
{
    const char *csv;
    int64_t generated;
    if (!account_get_report(work->account, work->call, &csv, &generated, work->refusal))
        return false;
    size_t length = strlen(csv);
    unsigned char *base64 = malloc(length / 3 * 4 + 5);
    if (base64 == NULL)
        return account_refuse(work->refusal, 500, "ServiceFailure", "no-memory", "No memory.");
    EVP_EncodeBlock(base64, (const unsigned char *)csv, (int)length);
    reply_element(work->reply, "Content", (const char *)base64);
    free(base64);
    reply_element(work->reply, "ReportFormat", "text/csv");
    reply_time(work->reply, "GeneratedTime", generated);
    return true;
}

static void summary_entry(const struct work *work, const char *name, int64_t value)
{
    text_append(work->reply, "<entry>");
    reply_element(work->reply, "key", name);
    text_appendf(work->reply, "<value>%lld</value></entry>", (long long)value);
}

static bool get_account_summary(const struct work *work)
{
    struct account_summary summary;
    if (!account_get_summary(work->account, work->call, &summary, work->refusal))
        return false;
    text_append(work->reply, "<SummaryMap>");
    summary_entry(work, "Users", summary.users);
    summary_entry(work, "MFADevices", summary.mfa_devices);
    summary_entry(work, "AccountMFAEnabled", summary.root_mfa);
    summary_entry(work, "AccountAccessKeysPresent", summary.root_keys);
    text_append(work->reply, "</SummaryMap>");
    return true;
}

static bool get_account_password_policy(const struct work *work)
{
    return account_may_read(work->account, work->call, "GetAccountPasswordPolicy",
                            work->refusal) &&
           account_refuse(work->refusal, 404, "NoSuchEntity", "no-password-policy",
                          "The Password Policy with domain name %s cannot be found.",
                          ACCOUNT_NUMBER);
}

static bool list_virtual_devices(const struct work *work)
{
    int64_t most;
    struct account_device_page page;
    if (!number(work, "MaxItems", &most) ||
        !account_list_virtual_devices(work->account, work->call, field(work, "AssignmentStatus"),
                                      field(work, "Marker"), most, &page, work->refusal))
        return false;
    text_append(work->reply, "<VirtualMFADevices>");
    for (size_t i = 0; i < page.count; i++) {
        const struct account_device *device = &page.devices[i];
        text_append(work->reply, "<member>");
        reply_element(work->reply, "SerialNumber", device->serial);
        if (device->user[0] != '\0') {
            text_append(work->reply, "<User>");
            reply_element(work->reply, "UserName", device->user);
            reply_element(work->reply, "Arn", device->arn);
            text_append(work->reply, "</User>");
            reply_time(work->reply, "EnableDate", device->enabled);
        }
        text_append(work->reply, "</member>");
    }
    text_append(work->reply, "</VirtualMFADevices>");
    page_end(work, &page.page);
    return true;
}

static bool get_account_authorization_details(const struct work *work)
{
    int64_t most;
    struct account_user_page page;
    if (!number(work, "MaxItems", &most) ||
        !account_list_details(work->account, work->call, field(work, "Marker"), most, &page,
                              work->refusal))
        return false;
    details_append(work->account, &page, account_settings(work->account)->flawed_policies == 1,
                   work->request, work->reply);
    page_end(work, &page.page);
    return true;
}

static bool list_entities_for_policy(const struct work *work)
{
    const char *policy;
    if (!needed(work, "PolicyArn", &policy) ||
        !account_may_read(work->account, work->call, "ListEntitiesForPolicy", work->refusal))
        return false;
    text_append(work->reply, "<PolicyGroups/><PolicyUsers/><PolicyRoles/>");
    reply_element(work->reply, "IsTruncated", "false");
    return true;
}

static bool list_server_certificates(const struct work *work)
{
    if (!account_may_read(work->account, work->call, "ListServerCertificates", work->refusal))
        return false;
    text_append(work->reply, "<ServerCertificateMetadataList/>");
    reply_element(work->reply, "IsTruncated", "false");
    return true;
}

/* Blobs are base64 in this protocol, and the seed is one although it is text. */
static bool create_virtual_device(const struct work *work)
{
    const char *name;
    struct account_new_device made;
    unsigned char coded[2 * ACCOUNT_BASE32_SIZE];
    if (!needed(work, "VirtualMFADeviceName", &name) ||
        !account_create_virtual_device(work->account, work->call, name, &made, work->refusal))
        return false;
    EVP_EncodeBlock(coded, (const unsigned char *)made.seed, (int)strlen(made.seed));
    text_append(work->reply, "<VirtualMFADevice>");
    reply_element(work->reply, "SerialNumber", made.serial);
    reply_element(work->reply, "Base32StringSeed", (const char *)coded);
    text_append(work->reply, "</VirtualMFADevice>");
    return true;
}

static bool enable_device(const struct work *work)
{
    const char *serial, *first, *second;
    return needed(work, "SerialNumber", &serial) && needed(work, "AuthenticationCode1", &first) &&
           needed(work, "AuthenticationCode2", &second) &&
           account_enable_device(work->account, work->call, field(work, "UserName"), serial, first,
                                 second, work->refusal);
}

static bool delete_virtual_device(const struct work *work)
{
    const char *serial;
    return needed(work, "SerialNumber", &serial) &&
           account_delete_virtual_device(work->account, work->call, serial, work->refusal);
}

static bool get_caller_identity(const struct work *work)
{
    reply_element(work->reply, "UserId", work->call->caller->subject);
    reply_element(work->reply, "Account", ACCOUNT_NUMBER);
    reply_element(work->reply, "Arn", work->call->caller->arn);
    return true;
}

static void credentials_fields(struct text *reply, const struct account_temporary *made)
{
    text_append(reply, "<Credentials>");
    reply_element(reply, "AccessKeyId", made->key_id);
    reply_element(reply, "SecretAccessKey", made->secret);
    reply_element(reply, "SessionToken", made->token);
    reply_time(reply, "Expiration", made->expires);
    text_append(reply, "</Credentials>");
}

static bool get_session_token(const struct work *work)
{
    int64_t duration;
    struct account_temporary made;
    if (!number(work, "DurationSeconds", &duration) ||
        !account_get_session_token(work->account, work->call, duration, field(work, "SerialNumber"),
                                   field(work, "TokenCode"), &made, work->refusal))
        return false;
    credentials_fields(work->reply, &made);
    return true;
}

static bool assume_role(const struct work *work)
{
    int64_t duration;
    const char *role, *name;
    struct account_temporary made;
    if (!needed(work, "RoleArn", &role) || !needed(work, "RoleSessionName", &name) ||
        !number(work, "DurationSeconds", &duration) ||
        !account_assume_role(work->account, work->call, role, name, duration,
                             field(work, "SerialNumber"), field(work, "TokenCode"), &made,
                             work->refusal))
        return false;
    credentials_fields(work->reply, &made);
    text_append(work->reply, "<AssumedRoleUser>");
    reply_element(work->reply, "AssumedRoleId", made.role_subject);
    reply_element(work->reply, "Arn", made.role_arn);
    text_append(work->reply, "</AssumedRoleUser>");
    return true;
}

static bool list_account_aliases(const struct work *work)
{
    if (!account_list_aliases(work->account, work->call, work->refusal))
        return false;
    text_append(work->reply, "<AccountAliases>");
    reply_element(work->reply, "member", ACCOUNT_ALIAS);
    text_append(work->reply, "</AccountAliases>");
    reply_element(work->reply, "IsTruncated", "false");
    return true;
}

static const struct {
    const char *name;
    const char *service;
    bool result; /* the reply has an <ActionResult> */
    bool (*perform)(const struct work *work);
} table[ACTIONS_COUNT] = {
    {"CreateAccessKey", "iam", true, create_access_key},
    {"UpdateAccessKey", "iam", false, update_access_key},
    {"DeleteAccessKey", "iam", false, delete_access_key},
    {"ListAccessKeys", "iam", true, list_access_keys},
    {"GetAccessKeyLastUsed", "iam", true, get_access_key_last_used},
    {"GetUser", "iam", true, get_user},
    {"ListUsers", "iam", true, list_users},
    {"ListMFADevices", "iam", true, list_mfa_devices},
    {"GenerateCredentialReport", "iam", true, generate_credential_report},
    {"GetCredentialReport", "iam", true, get_credential_report},
    {"GetAccountSummary", "iam", true, get_account_summary},
    {"GetAccountPasswordPolicy", "iam", true, get_account_password_policy},
    {"GetAccountAuthorizationDetails", "iam", true, get_account_authorization_details},
    {"ListVirtualMFADevices", "iam", true, list_virtual_devices},
    {"ListEntitiesForPolicy", "iam", true, list_entities_for_policy},
    {"ListServerCertificates", "iam", true, list_server_certificates},
    {"CreateVirtualMFADevice", "iam", true, create_virtual_device},
    {"EnableMFADevice", "iam", false, enable_device},
    {"DeleteVirtualMFADevice", "iam", false, delete_virtual_device},
    {"GetCallerIdentity", "sts", true, get_caller_identity},
    {"GetSessionToken", "sts", true, get_session_token},
    {"AssumeRole", "sts", true, assume_role},
    {"ListAccountAliases", "iam", true, list_account_aliases},
    {"ListAnalyzers", ANALYZERS_SERVICE, false, NULL}, /* analyzers_perform */
    {"ListFindingsV2", ANALYZERS_SERVICE, false, NULL},
    {"ValidatePolicy", ANALYZERS_SERVICE, false, NULL},
    {"LookupEvents", TRAIL_SERVICE, false, NULL}, /* trail_perform */
    {"DescribeTrails", TRAIL_SERVICE, false, NULL},
    {"GetTrailStatus", TRAIL_SERVICE, false, NULL},
    {"GetEventSelectors", TRAIL_SERVICE, false, NULL},
};

int actions_find(const char *name)
{
    for (int i = 0; i < ACTIONS_COUNT; i++)
        if (strcmp(table[i].name, name) == 0)
            return i;
    return -1;
}

const char *actions_name(int number)
{
    return table[number].name;
}

/* A form names the version; in JSON the target does, with the action; REST has none. */
static bool is_version(const char *service, const char *version)
{
    if (strcmp(service, TRAIL_SERVICE) == 0 || strcmp(service, ANALYZERS_SERVICE) == 0)
        return version == NULL;
    return version != NULL &&
           strcmp(version, strcmp(service, "sts") == 0 ? "2011-06-15" : "2010-05-08") == 0;
}

bool actions_perform(struct account *account, const struct account_call *call, const char *service,
                     const char *region, const struct request *request, const char *request_id,
                     int *ret_number, struct text *ret_reply, struct account_refusal *refusal)
{
    const char *action = request_field(request, "Action");
    const char *version = request_field(request, "Version");
    int found = action == NULL ? -1 : actions_find(action);
    *ret_number = found;
    if (action == NULL)
        return account_refuse(refusal, 400, "MissingAction", "no-action",
                              "The request must contain the parameter Action.");
    if (found < 0 || strcmp(table[found].service, service) != 0 || !is_version(service, version))
        return account_refuse(refusal, 400, "InvalidAction", "unknown-action",
                              "Could not find operation %.60s for version %.20s", action,
                              version == NULL ? "NO_VERSION_SPECIFIED" : version);
    bool may = table[found].perform != NULL ||
               account_session_may(call->caller, service, action, refusal);
    if (!may)
        return false;
    if (strcmp(service, TRAIL_SERVICE) == 0)
        return trail_perform(account, call, region, request, ret_reply, refusal);
    if (strcmp(service, ANALYZERS_SERVICE) == 0)
        return analyzers_perform(account, call, region, request, ret_reply, refusal);
    struct work work = {account, call, request, ret_reply, refusal};
    reply_open(ret_reply, service, action, table[found].result);
    if (!account_session_may(call->caller, service, action, refusal) ||
        !table[found].perform(&work)) {
        text_clear(ret_reply);
        return false;
    }
    reply_close(ret_reply, action, table[found].result, request_id);
    return true;
}
