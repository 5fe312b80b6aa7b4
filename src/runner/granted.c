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

static bool add_items(struct access *access, struct json_object *items, struct error *err)
{
    size_t count = body_count(items);
    for (size_t i = 0; i < count; i++)
        if (!add_item(access, json_object_array_get_idx(items, i), err))
            return false;
    return true;
}

/* --- pages -------------------------------------------------------------------------------------*/

enum { MARKER_SIZE = 2048, PAGES_MOST = 10000 };

/* The next items of the page behind this marker. */
static bool ask(struct keeper *keeper, const char *marker, int64_t offset,
                struct json_object **ret_reply, struct error *err)
{
    struct json_object *body = json_object_new_object();
    body_set_string(body, "marker", marker);
    body_set_number(body, "offset", offset);
    return question_ask(keeper, MESSAGE_READ_ACCESS, &body, ret_reply, err);
}

/* One page, in as many messages as it takes. ret_marker: of the next one. */
static bool read_page(struct keeper *keeper, struct access *access, const char *marker,
                      char ret_marker[MARKER_SIZE], int64_t *ret_date, struct error *err)
{
    int64_t next = 0, total = 0;
    do {
        struct json_object *reply = NULL;
        if (!ask(keeper, marker, next, &reply, err))
            return false;
        struct json_object *items = body_array(reply, "items");
        size_t count = body_count(items);
        bool good = add_items(access, items, err);
        total = body_number(reply, "total");
        next += (int64_t)count;
        if (good && count == 0 && next < total)
            good = error_set(err, ERROR_REPLY, "a page of policies that does not end");
        text_copy(ret_marker, MARKER_SIZE, body_string(reply, "marker"));
        *ret_date = body_number(reply, "date");
        json_object_put(reply);
        if (!good)
            return false;
    } while (next < total);
    return true;
}

bool granted_read(struct keeper *keeper, struct access *ret_access, int64_t *ret_date,
                  struct error *err)
{
    struct access access CLEANUP(access_release) = {0};
    char marker[MARKER_SIZE] = "", next[MARKER_SIZE] = "";
    for (int page = 0; page < PAGES_MOST; page++) {
        if (!read_page(keeper, &access, marker, next, ret_date, err))
            return false;
        if (*next == '\0') {
            access_sort(&access);
            *ret_access = access;
            access = (struct access){0};
            return true;
        }
        if (strcmp(marker, next) == 0)
            break;
        text_copy(marker, sizeof marker, next);
    }
    return error_set(err, ERROR_REPLY, "a list of policies from AWS does not end");
}
