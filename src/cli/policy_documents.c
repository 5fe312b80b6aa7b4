#include "cli/policy_documents.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/when.h"
#include "cli/permissions.h"
#include "wire/message.h"

enum { DOCUMENT_MAX = 64 * 1024, RESOURCE_SIZE = 256 };

static const struct policy_document documents[] = {
    {"self", "iam", "a user replaces its own access keys", true},
    {"admin", "iam", "an administrator replaces those of others (--as) and lists all users", true},
    {"audit", "iam", "looks at keys, MFA devices and policies of the account; changes nothing",
     false},
    {"mfa", "iam", "a user lists and sets up its own MFA devices", true},
    {"require-mfa", "iam", "without MFA nothing but to set up one's own MFA device", false},
    {"revoke-sessions", "iam", "no session that was taken before now: for the user, and the roles, of a stolen key",
     false},
    {"scp-deny-root", "scp", "nothing by the root users of member accounts", false},
    {"scp-deny-create-key", "scp",
     "new access keys only by who has the tag keywright-may-create-keys, or by the role "
     "keywright-key-maker",
     false},
    {"scp-require-mfa", "scp", "IAM users without MFA: nothing but to set up an MFA device", false},
    {"config-rules", "cloudformation", "rules of AWS Config on access keys and MFA", false},
    {"guardduty", "cloudformation", "tells of GuardDuty's findings about access keys", false},
};

/* Made of data/policy/. They are written for the partition aws. */
static const struct {
    const char *name, *text;
} fixed[] = {
#include "data/policies.h"
};

const struct policy_document *policy_documents(size_t *ret_count)
{
    *ret_count = sizeof documents / sizeof documents[0];
    return documents;
}

const struct policy_document *policy_document_seek(const char *name)
{
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++)
        if (strcmp(documents[i].name, name) == 0)
            return &documents[i];
    return NULL;
}

const char *policy_partition(const char *region)
{
    static const struct {
        const char *prefix, *name;
    } partitions[] = {
        {"cn-", "aws-cn"},       {"us-gov-", "aws-us-gov"}, {"eusc-", "aws-eusc"},
        {"us-iso-", "aws-iso"},  {"us-isob-", "aws-iso-b"}, {"eu-isoe-", "aws-iso-e"},
        {"us-isof-", "aws-iso-f"},
    };
    for (size_t i = 0; i < sizeof partitions / sizeof partitions[0]; i++) {
        size_t prefix = strlen(partitions[i].prefix), name = strlen(partitions[i].name);
        if (strncmp(region, partitions[i].prefix, prefix) == 0 ||
            (strncmp(region, partitions[i].name, name) == 0 &&
             (region[name] == '\0' || strcmp(region + name, "-global") == 0)))
            return partitions[i].name;
    }
    return "aws";
}

/* --- documents from the table of permissions --------------------------------------------------- */

static void append(struct json_object *list, const char *value)
{
    body_append(list, json_object_new_string(value));
}

/* The user's ARN as a pattern. A user may have a path, which stands before the name; a name is there only
 * once in an account, whatever its path. */
static struct json_object *user_resources(const char *partition, const char *user)
{
    struct json_object *list = json_object_new_array();
    char arn[RESOURCE_SIZE];
    snprintf(arn, sizeof arn, "arn:%s:iam::*:user/%s", partition, user);
    append(list, arn);
    snprintf(arn, sizeof arn, "arn:%s:iam::*:user/*/%s", partition, user);
    if (strcmp(user, "*") != 0)
        append(list, arn);
    return list;
}

static struct json_object *device_resources(const char *partition)
{
    struct json_object *list = json_object_new_array();
    char arn[RESOURCE_SIZE];
    snprintf(arn, sizeof arn, "arn:%s:iam::*:mfa/*", partition);
    append(list, arn);
    return list;
}

/* Nothing is added for a scope that no permission has. */
static void add_statement(struct json_object *statements, const char *sid,
                          enum permission_scope scope, const struct permission *list, size_t count,
                          struct json_object *resources)
{
    struct json_object *object = json_object_new_object(), *actions = json_object_new_array();
    bool any = false;
    for (size_t i = 0; i < count; i++)
        if (list[i].scope == scope) {
            append(actions, list[i].name);
            any = true;
        }
    body_set_string(object, "Sid", sid);
    body_set_string(object, "Effect", "Allow");
    body_put(object, "Action", actions);
    body_put(object, "Resource", resources);
    if (any)
        body_append(statements, object);
    else
        json_object_put(object);
}

static const char *user_statement(enum permission_holder holder)
{
    return holder == HOLDER_SELF  ? "OnesOwnKeys"
           : holder == HOLDER_MFA ? "OnesOwnDevices"
                                  : "KeysOfUsers";
}

static struct json_object *make_allowance(enum permission_holder holder, const char *partition,
                                          const char *user)
{
    struct permission list[PERMISSIONS_MAX];
    size_t count = permissions_of(holder, list);
    struct json_object *document = json_object_new_object();
    struct json_object *statements = json_object_new_array(), *all = json_object_new_array();
    append(all, "*");
    add_statement(statements, user_statement(holder), SCOPE_USER, list, count,
                  user_resources(partition, user));
    add_statement(statements, "DevicesOfAnyName", SCOPE_DEVICE, list, count,
                  device_resources(partition));
    add_statement(statements, "TheAccountAsAWhole", SCOPE_ACCOUNT, list, count, all);
    body_set_string(document, "Version", "2012-10-17");
    body_put(document, "Statement", statements);
    return document;
}

/* --- documents that are the same for everybody ------------------------------------------------- */

/* A time in them is that of the printing. */
static void put_time(const char *at, struct text *text)
{
    static const char never[] = "1970-01-01T00:00:00Z";
    char now[WHEN_TEXT_SIZE];
    const char *found = strstr(at, never);
    if (found == NULL) {
        text_append(text, at);
        return;
    }
    text_append_bytes(text, at, (size_t)(found - at));
    text_append(text, when_format(when_now(), now));
    text_append(text, found + sizeof never - 1);
}

/* All ARNs in them are of the partition aws. */
static bool make_fixed(const char *name, const char *partition, struct json_object **ret_json,
                       struct error *err)
{
    static const char prefix[] = "arn:aws:";
    struct text text CLEANUP(text_release);
    text_init(&text, DOCUMENT_MAX);
    const char *at = NULL;
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        if (strcmp(fixed[i].name, name) == 0)
            at = fixed[i].text;
    if (at == NULL)
        return error_set(err, ERROR_INTERNAL, "the document '%s' is not in this build", name);
    for (const char *next; (next = strstr(at, prefix)) != NULL; at = next + sizeof prefix - 1) {
        text_append_bytes(&text, at, (size_t)(next - at));
        text_appendf(&text, "arn:%s:", partition);
    }
    put_time(at, &text);
    if (!text_ok(&text, err))
        return false;
    *ret_json = json_tokener_parse(text.bytes);
    return true;
}

bool policy_document_make(const struct policy_document *document, const char *partition,
                          const char *user, struct json_object **ret_json, struct error *err)
{
    struct json_object *made = NULL;
    const char *all = user != NULL ? user : "*";
    const char *own = user != NULL ? user : "${aws:username}";
    if (strcmp(document->name, "self") == 0)
        made = make_allowance(HOLDER_SELF, partition, own);
    else if (strcmp(document->name, "mfa") == 0)
        made = make_allowance(HOLDER_MFA, partition, own);
    else if (strcmp(document->name, "admin") == 0)
        made = make_allowance(HOLDER_ADMIN, partition, all);
    else if (strcmp(document->name, "audit") == 0)
        made = make_allowance(HOLDER_AUDIT, partition, all);
    else if (!make_fixed(document->name, partition, &made, err))
        return false;
    if (!body_whole(made)) {
        json_object_put(made);
        return error_set(err, ERROR_MEMORY, "making the document '%s'", document->name);
    }
    *ret_json = made;
    return true;
}
