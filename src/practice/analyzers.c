#include "practice/analyzers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "practice/json.h"

enum { UNUSED_DAYS = 90, DAY = 86400 };

static const struct {
    const char *method, *path, *action;
} routes[] = {
    {"GET", "/analyzer", "ListAnalyzers"},
    {"POST", "/findingv2", "ListFindingsV2"},
    {"POST", "/policy/validation", "ValidatePolicy"},
};

static const char *action_of(const struct request *request)
{
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++)
        if (strcmp(request->method, routes[i].method) == 0 &&
            strcmp(request->path.bytes, routes[i].path) == 0)
            return routes[i].action;
    return NULL;
}

bool analyzers_is_rest(const struct request *request)
{
    return action_of(request) != NULL;
}

void analyzers_name_action(struct request *request)
{
    const char *action = action_of(request);
    if (action != NULL && request->field_count < REQUEST_FIELDS_MAXIMUM)
        request->fields[request->field_count++] = (struct request_field){"Action", action};
}

/* --- ListAnalyzers -----------------------------------------------------------------------------*/

static void name_analyzer(char *arn, size_t size, const char *region, const char *name)
{
    snprintf(arn, size, "arn:aws:access-analyzer:%s:" ACCOUNT_NUMBER ":analyzer/%s", region, name);
}

static struct json_object *new_analyzer(const char *region, int64_t now, const char *name,
                                        const char *type)
{
    char arn[160], at[WHEN_TEXT_SIZE];
    struct json_object *analyzer = json_object_new_object();
    name_analyzer(arn, sizeof arn, region, name);
    json_add_text(analyzer, "arn", arn);
    json_add_text(analyzer, "name", name);
    json_add_text(analyzer, "type", type);
    json_add_text(analyzer, "createdAt", when_format(now, at));
    json_add_text(analyzer, "status", "ACTIVE");
    return analyzer;
}

static void add_unused(struct json_object *list, const char *region, int64_t now)
{
    struct json_object *unused = json_object_new_object(), *access = json_object_new_object();
    struct json_object *analyzer = new_analyzer(region, now, "unused", "ACCOUNT_UNUSED_ACCESS");
    json_add_number(access, "unusedAccessAge", UNUSED_DAYS);
    json_object_object_add(unused, "unusedAccess", access);
    json_object_object_add(analyzer, "configuration", unused);
    json_object_array_add(list, analyzer);
}

static void list_analyzers(struct account *account, const char *region, int64_t now,
                           struct json_object *reply)
{
    struct json_object *list = json_object_new_array();
    if (account_has_analyzer(account))
        json_object_array_add(list, new_analyzer(region, now, "practice", "ACCOUNT"));
    if (account_settings(account)->unused_analyzer != 0)
        add_unused(list, region, now);
    json_object_object_add(reply, "analyzers", list);
}

/* --- ListFindingsV2 ----------------------------------------------------------------------------*/

static struct json_object *new_finding(size_t number, const char *type, const char *kind,
                                       const char *resource, int64_t now)
{
    char id[40], at[WHEN_TEXT_SIZE];
    struct json_object *finding = json_object_new_object();
    snprintf(id, sizeof id, "00000000-0000-4000-8000-%012zu", number);
    when_format(now, at);
    json_add_text(finding, "id", id);
    json_add_text(finding, "findingType", type);
    json_add_text(finding, "resource", resource);
    json_add_text(finding, "resourceType", kind);
    json_add_text(finding, "resourceOwnerAccount", ACCOUNT_NUMBER);
    json_add_text(finding, "status", "ACTIVE");
    json_add_text(finding, "analyzedAt", at);
    json_add_text(finding, "createdAt", at);
    json_add_text(finding, "updatedAt", at);
    return finding;
}

static const char *arn_of_user(const struct account *account, const char *name)
{
    for (size_t i = 0; i < account_user_count(account); i++)
        if (strcmp(account_user_at(account, i)->name, name) == 0)
            return account_user_at(account, i)->arn;
    return "";
}

/* The finding of this number: of the keys, then of the users, then of the roles. NULL when there is
 * nothing unused. *ret_more: there are higher numbers. */
static struct json_object *finding_at(const struct account *account, size_t number, int64_t now,
                                      bool *ret_more)
{
    size_t keys = account_key_count(account), users = account_user_count(account);
    struct account_role role;
    struct account_key key;
    *ret_more = true;
    if (number < keys) {
        bool idle = account_key_idle(account, number, now - (int64_t)UNUSED_DAYS * DAY);
        return idle && account_key_at(account, number, &key)
                   ? new_finding(number, "UnusedIAMUserAccessKey", "AWS::IAM::User",
                                 arn_of_user(account, key.user), now)
                   : NULL;
    }
    if (number < keys + users) {
        const struct account_user *user = account_user_at(account, number - keys);
        return user->policy == ACCOUNT_ADMIN
                   ? new_finding(number, "UnusedPermission", "AWS::IAM::User", user->arn, now)
                   : NULL;
    }
    *ret_more = account_role_at(account, number - keys - users, &role);
    return *ret_more ? new_finding(number, "UnusedIAMRole", "AWS::IAM::Role", role.arn, now) : NULL;
}

static bool list_findings(struct account *account, const char *region, int64_t now,
                          const struct request *request, struct json_object *reply,
                          struct account_refusal *refusal)
{
    char arn[160], token[24];
    const char *wanted = request_field(request, "analyzerArn");
    const char *from = request_field(request, "nextToken"),
               *most = request_field(request, "maxResults");
    name_analyzer(arn, sizeof arn, region, "unused");
    if (wanted == NULL || strcmp(wanted, arn) != 0 ||
        account_settings(account)->unused_analyzer == 0)
        return account_refuse(refusal, 404, "ResourceNotFoundException", "no-analyzer",
                              "There is no such analyzer.");
    struct json_object *list = json_object_new_array();
    int64_t room = most != NULL ? strtoll(most, NULL, 10) : 100;
    room =
        room < account_settings(account)->page_size ? room : account_settings(account)->page_size;
    size_t number = from != NULL ? (size_t)strtoull(from, NULL, 10) : 0;
    bool more = true;
    for (; more && room > 0; number++) {
        struct json_object *finding = finding_at(account, number, now, &more);
        if (finding == NULL)
            continue;
        json_object_array_add(list, finding);
        room--;
    }
    json_object_object_add(reply, "findings", list);
    snprintf(token, sizeof token, "%zu", number);
    if (more)
        json_add_text(reply, "nextToken", token);
    return true;
}

/* --- ValidatePolicy ----------------------------------------------------------------------------*/

static void add_flaw(struct json_object *list, const char *type, const char *code,
                     const char *details)
{
    struct json_object *flaw = json_object_new_object();
    json_add_text(flaw, "findingType", type);
    json_add_text(flaw, "issueCode", code);
    json_add_text(flaw, "findingDetails", details);
    json_add_text(flaw, "learnMoreLink", "https://docs.aws.amazon.com/IAM/latest/UserGuide/");
    json_object_object_add(flaw, "locations", json_object_new_array());
    json_object_array_add(list, flaw);
}

/* The few faults that policies of this account have (practice/details.c). */
static bool validate(const struct request *request, struct json_object *reply,
                     struct account_refusal *refusal)
{
    const char *document = request_field(request, "policyDocument");
    const char *type = request_field(request, "policyType");
    if (document == NULL || type == NULL || strcmp(type, "IDENTITY_POLICY") != 0)
        return account_refuse(refusal, 400, "ValidationException", "no-document",
                              "policyDocument and policyType are required.");
    struct json_object *list = json_object_new_array();
    if (strstr(document, "\"Version\"") == NULL)
        add_flaw(list, "WARNING", "MISSING_VERSION",
                 "We recommend that you specify the Version element to help you with debugging "
                 "permission issues.");
    if (strstr(document, "s3:GetObjekt") != NULL)
        add_flaw(list, "ERROR", "INVALID_ACTION", "The action s3:GetObjekt does not exist.");
    if (strstr(document, "iam:PassRole") != NULL && strstr(document, "\"Resource\":\"*\"") != NULL)
        add_flaw(list, "SECURITY_WARNING", "PASS_ROLE_WITH_STAR_IN_RESOURCE",
                 "Using the iam:PassRole action with wildcards (*) in the resource can be overly "
                 "permissive because it allows iam:PassRole permissions on multiple resources.");
    if (strstr(document, "\"s3:GetObject\",\"s3:GetObject\"") != NULL)
        add_flaw(list, "SUGGESTION", "REDUNDANT_ACTION",
                 "The action s3:GetObject is redundant because it is given twice.");
    json_object_object_add(reply, "findings", list);
    return true;
}

/* --- all of them -------------------------------------------------------------------------------*/

bool analyzers_perform(struct account *account, const struct account_call *call, const char *region,
                       const struct request *request, struct text *ret_reply,
                       struct account_refusal *refusal)
{
    const char *action = request_field(request, "Action");
    if (!account_may_read(account, call, action, refusal))
        return false;
    struct json_object *reply = json_object_new_object();
    bool done = true;
    if (strcmp(action, "ListAnalyzers") == 0)
        list_analyzers(account, region, call->now, reply);
    else if (strcmp(action, "ListFindingsV2") == 0)
        done = list_findings(account, region, call->now, request, reply, refusal);
    else
        done = validate(request, reply, refusal);
    if (done)
        json_finish(reply, ret_reply);
    else
        json_object_put(reply);
    return done;
}
