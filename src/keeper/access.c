/* Who has which policies: GetAccountAuthorizationDetails, page by page, as items of a few kinds. What AWS's
 * own policies allow is not asked for: they are long, have many versions, and are known by name. */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "keeper/handlers.h"
#include "keeper/signer.h"

enum { PART_MOST = 512 * 1024 }; /* bytes of items in one message, and of one document */

/* --- the parts of a page -----------------------------------------------------------------------*/

static void copy_string(struct json_object *item, const char *name, struct json_object *from,
                        const char *element)
{
    body_set_string(item, name, body_string(from, element));
}

static struct json_object *new_item(const char *kind)
{
    struct json_object *item = json_object_new_object();
    body_set_string(item, "kind", kind);
    return item;
}

/* A document that no policy can have goes without: an empty one is not understood. */
static void put_document(struct json_object *item, const char *document)
{
    body_set_string(item, "document", strlen(document) > PART_MOST ? "" : document);
}

static void add_inlines(struct json_object *items, struct json_object *policies)
{
    for (size_t i = 0; i < body_count(policies); i++) {
        struct json_object *policy = json_object_array_get_idx(policies, i);
        struct json_object *item = new_item("inline");
        copy_string(item, "name", policy, "PolicyName");
        put_document(item, body_string(policy, "PolicyDocument"));
        body_append(items, item);
    }
}

static void put_attached(struct json_object *item, struct json_object *policies)
{
    struct json_object *list = body_put_list(item, "attached");
    for (size_t i = 0; i < body_count(policies); i++)
        body_append(list, json_object_new_string(body_string(
                              json_object_array_get_idx(policies, i), "PolicyArn")));
}

static void put_tags(struct json_object *item, struct json_object *tags)
{
    struct json_object *list = body_put_list(item, "tags");
    for (size_t i = 0; i < body_count(tags); i++) {
        struct json_object *tag = json_object_new_object();
        copy_string(tag, "key", json_object_array_get_idx(tags, i), "Key");
        copy_string(tag, "value", json_object_array_get_idx(tags, i), "Value");
        body_append(list, tag);
    }
}

static void put_groups(struct json_object *item, struct json_object *groups)
{
    struct json_object *list = body_put_list(item, "groups");
    for (size_t i = 0; i < body_count(groups); i++) {
        struct json_object *group = json_object_array_get_idx(groups, i);
        if (json_object_is_type(group, json_type_string))
            body_append(list, json_object_new_string(json_object_get_string(group)));
    }
}

/* Names of AWS's elements for one kind of holder. */
struct holder_names {
    const char *kind, *list, *name, *inlines;
};

static void add_holders(struct json_object *items, struct json_object *page,
                        const struct holder_names *names)
{
    struct json_object *holders = body_array(page, names->list);
    for (size_t i = 0; i < body_count(holders); i++) {
        struct json_object *holder = json_object_array_get_idx(holders, i), *boundary = NULL;
        struct json_object *item = new_item(names->kind);
        copy_string(item, "name", holder, names->name);
        copy_string(item, "arn", holder, "Arn");
        copy_string(item, "path", holder, "Path");
        (void)!json_object_object_get_ex(holder, "PermissionsBoundary", &boundary);
        copy_string(item, "boundary", boundary, "PermissionsBoundaryArn");
        put_groups(item, body_array(holder, "GroupList"));
        put_attached(item, body_array(holder, "AttachedManagedPolicies"));
        put_tags(item, body_array(holder, "Tags"));
        body_append(items, item);
        add_inlines(items, body_array(holder, names->inlines));
    }
}

/* Of the version that counts; "" when AWS does not say which one that is. */
static const char *default_document(struct json_object *policy)
{
    struct json_object *versions = body_array(policy, "PolicyVersionList");
    const char *id = body_string(policy, "DefaultVersionId");
    for (size_t i = 0; i < body_count(versions); i++) {
        struct json_object *version = json_object_array_get_idx(versions, i);
        bool is_it = id[0] != '\0' ? strcmp(body_string(version, "VersionId"), id) == 0
                                   : strcmp(body_string(version, "IsDefaultVersion"), "true") == 0;
        if (is_it)
            return body_string(version, "Document");
    }
    return "";
}

static void copy_number(struct json_object *item, const char *name, struct json_object *from,
                        const char *element)
{
    body_set_number(item, name, strtoll(body_string(from, element), NULL, 10));
}

static void add_policies(struct json_object *items, struct json_object *page)
{
    struct json_object *policies = body_array(page, "Policies");
    for (size_t i = 0; i < body_count(policies); i++) {
        struct json_object *policy = json_object_array_get_idx(policies, i);
        struct json_object *item = new_item("policy");
        copy_string(item, "name", policy, "PolicyName");
        copy_string(item, "arn", policy, "Arn");
        copy_number(item, "attachments", policy, "AttachmentCount");
        copy_number(item, "boundaries", policy, "PermissionsBoundaryUsageCount");
        put_document(item, default_document(policy));
        body_append(items, item);
    }
}

static struct json_object *new_items(struct json_object *page)
{
    static const struct holder_names kinds[] = {
        {"user", "UserDetailList", "UserName", "UserPolicyList"},
        {"group", "GroupDetailList", "GroupName", "GroupPolicyList"},
        {"role", "RoleDetailList", "RoleName", "RolePolicyList"},
    };
    struct json_object *items = json_object_new_array();
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        add_holders(items, page, &kinds[i]);
    add_policies(items, page);
    return items;
}

/* --- read_access -------------------------------------------------------------------------------*/

/* From this item on, as many as go into a message. */
static void reply_items(struct request *request, int64_t offset, int64_t date)
{
    struct error err = {0};
    const struct access_page *page = &request->context->access;
    size_t total = body_count(page->items), next = (size_t)offset;
    CLEANUP(text_release) struct text size;
    text_init(&size, 2 * PART_MOST);
    if (page->items == NULL || offset < 0 || next > total) {
        error_set(&err, ERROR_USAGE, "there is no page to read on in");
        request_fail(request, &err, 0);
        return;
    }
    struct json_object *items = body_put_list(request->reply, "items");
    for (; next < total; next++) {
        struct json_object *item = json_object_array_get_idx(page->items, next);
        bool first = size.length == 0;
        json_write(item, &size);
        if (!first && (size.failed || size.length > PART_MOST))
            break;
        body_append(items, json_object_get(item));
    }
    body_set_number(request->reply, "next", (int64_t)next);
    body_set_number(request->reply, "total", (int64_t)total);
    body_set_string(request->reply, "marker", page->marker);
    body_set_number(request->reply, "date", date);
    request_reply(request);
}

static void access_read(void *context, const struct aws_reply *reply, const struct error *err,
                        int64_t date)
{
    struct request *request = context;
    struct access_page *page = &request->context->access;
    struct error failure = {0};
    if (err != NULL) {
        request_fail(request, err, date);
        return;
    }
    struct json_object *items = new_items(reply->tree);
    if (!body_whole(items)) {
        json_object_put(items);
        error_set(&failure, ERROR_MEMORY, "keeping what policies allow");
        request_fail(request, &failure, date);
        return;
    }
    json_object_put(page->items);
    page->items = items;
    text_copy(page->marker, sizeof page->marker, reply->truncated ? reply->marker : "");
    reply_items(request, 0, date);
}

/* So many that five versions of each of as many policies are still within what an answer may hold. */
static void ask_access(struct request *request)
{
    struct call_params params = {0};
    call_params_add(&params, "Filter.member.1", "User");
    call_params_add(&params, "Filter.member.2", "Group");
    call_params_add(&params, "Filter.member.3", "Role");
    call_params_add(&params, "Filter.member.4", "LocalManagedPolicy");
    call_params_add(&params, "MaxItems", "500");
    call_params_add(&params, "Marker", body_string(request->body, "marker"));
    request_call(request, AWS_GET_ACCOUNT_AUTHORIZATION_DETAILS, &params, access_read);
}

void handle_read_access(struct request *request)
{
    int64_t offset = body_number(request->body, "offset");
    if (offset != 0)
        reply_items(request, offset, context_server_now(request->context));
    else
        signer_resolve(request, ask_access);
}
