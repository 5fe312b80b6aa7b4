#include "runner/granted.h"

#include <json-c/json.h>
#include <string.h>

#include "wire/message.h"

static bool add_words(struct access_words *words, struct json_object *list, struct error *err)
{
    size_t count = body_count(list);
    for (size_t i = 0; i < count; i++) {
        const char *word = json_object_get_string(json_object_array_get_idx(list, i));
        if (word != NULL && !access_add_word(words, word, err))
            return false;
    }
    return true;
}

static bool add_tags(struct access_words *words, struct json_object *list, struct error *err)
{
    size_t count = body_count(list);
    for (size_t i = 0; i < count; i++) {
        struct json_object *tag = json_object_array_get_idx(list, i);
        if (!access_add_word(words, body_string(tag, "key"), err) ||
            !access_add_word(words, body_string(tag, "value"), err))
            return false;
    }
    return true;
}

static bool add_holder(struct access *access, enum access_kind kind, struct json_object *item,
                       struct error *err)
{
    struct access_holder *holder =
        access_add_holder(access, kind, body_string(item, "name"), body_string(item, "arn"),
                          body_string(item, "path"), err);
    return holder != NULL && access_set_boundary(holder, body_string(item, "boundary"), err) &&
           add_words(&holder->groups, body_array(item, "groups"), err) &&
           add_words(&holder->attached, body_array(item, "attached"), err) &&
           add_tags(&holder->tags, body_array(item, "tags"), err);
}

static bool add_item(struct access *access, struct json_object *item, struct error *err)
{
    const char *kind = body_string(item, "kind"), *name = body_string(item, "name");
    const char *document = body_string(item, "document");
    if (strcmp(kind, "user") == 0)
        return add_holder(access, ACCESS_USER, item, err);
    if (strcmp(kind, "group") == 0)
        return add_holder(access, ACCESS_GROUP, item, err);
    if (strcmp(kind, "role") == 0)
        return add_holder(access, ACCESS_ROLE, item, err);
    if (strcmp(kind, "inline") == 0 && access->count == 0)
        return error_set(err, ERROR_REPLY, "a policy of nobody");
    if (strcmp(kind, "inline") == 0)
        return access_add_policy(&access->list[access->count - 1].inlines, name, "", document,
                                 err) != NULL;
    struct access_policy *policy =
        access_add_policy(&access->managed, name, body_string(item, "arn"), document, err);
    if (policy == NULL)
        return false;
    policy->attachments = body_number(item, "attachments");
    policy->boundaries = body_number(item, "boundaries");
    return true;
}

bool granted_add(struct access *access, struct json_object *items, struct error *err)
{
    size_t count = body_count(items);
    for (size_t i = 0; i < count; i++)
        if (!add_item(access, json_object_array_get_idx(items, i), err))
            return false;
    return true;
}
