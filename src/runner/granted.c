#include "runner/granted.h"

#include <json-c/json.h>
#include <string.h>

#include "base/text.h"
#include "runner/question.h"
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

/* A policy that was added, or not. */
static bool keep(struct access_policy *policy, bool wanted, const char *document, struct error *err)
{
    return policy != NULL && (!wanted || access_keep_document(policy, document, err));
}

static bool add_item(struct access *access, struct json_object *item, bool kept, struct error *err)
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
        return keep(access_add_policy(&access->list[access->count - 1].inlines, name, "", document,
                                      err), kept, document, err);
    struct access_policy *policy =
        access_add_policy(&access->managed, name, body_string(item, "arn"), document, err);
    if (!keep(policy, kept, document, err))
        return false;
    policy->attachments = body_number(item, "attachments");
    policy->boundaries = body_number(item, "boundaries");
    return true;
}

static bool add_items(struct access *access, struct json_object *items, bool kept,
                      struct error *err)
{
    size_t count = body_count(items);
    for (size_t i = 0; i < count; i++)
        if (!add_item(access, json_object_array_get_idx(items, i), kept, err))
            return false;
    return true;
}

/* --- pages -------------------------------------------------------------------------------------*/

enum { PAGES_MOST = 10000 };

void granted_fill(const struct granted_place *place, struct json_object *body)
{
    body_set_string(body, "marker", place->marker);
    body_set_number(body, "offset", place->offset);
}

static bool turn_page(struct granted_place *place, struct access *access, const char *next,
                      struct error *err)
{
    if (*next == '\0') {
        access_sort(access);
        place->at_end = true;
        return true;
    }
    if (++place->pages == PAGES_MOST || strcmp(place->marker, next) == 0)
        return error_set(err, ERROR_REPLY, "a list of policies from AWS does not end");
    text_copy(place->marker, sizeof place->marker, next);
    place->offset = 0;
    return true;
}

bool granted_take(struct granted_place *place, struct access *access, struct json_object *body,
                  struct error *err)
{
    struct json_object *items = body_array(body, "items");
    size_t count = body_count(items);
    if (!add_items(access, items, place->keep, err))
        return false;
    place->date = body_number(body, "date");
    place->offset += (int64_t)count;
    if (place->offset >= body_number(body, "total"))
        return turn_page(place, access, body_string(body, "marker"), err);
    if (count == 0)
        return error_set(err, ERROR_REPLY, "a page of policies that does not end");
    return true;
}

bool granted_read(struct keeper *keeper, struct access *ret_access, int64_t *ret_date,
                  struct error *err)
{
    struct access access CLEANUP(access_release) = {0};
    struct granted_place place = {.pages = 0};
    while (!place.at_end) {
        struct json_object *reply = NULL, *body = keeper_look(keeper);
        granted_fill(&place, body);
        if (!question_ask(keeper, MESSAGE_READ_ACCESS, &body, &reply, err))
            return false;
        bool good = granted_take(&place, &access, reply, err);
        json_object_put(reply);
        if (!good)
            return false;
    }
    *ret_date = place.date;
    *ret_access = access;
    access = (struct access){0};
    return true;
}
