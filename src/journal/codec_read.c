#include "journal/codec.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/when.h"
#include "journal/codec_table.h"

enum { DEPTH_MAX = 8 };

static void object_cleanup(struct json_object **object)
{
    json_object_put(*object);
}

static void plan_cleanup(struct plan **plan)
{
    free(*plan);
}

static bool damaged(struct error *err, const char *name, const char *why)
{
    return error_set(err, ERROR_JOURNAL_DAMAGED, "the member '%s' of an event %s", name, why);
}

static bool read_string(struct json_object *value, const char *name, char *to, size_t size,
                        struct error *err)
{
    if (!json_object_is_type(value, json_type_string))
        return damaged(err, name, "is no string");
    const char *string = json_object_get_string(value);
    size_t length = (size_t)json_object_get_string_len(value);
    if (length >= size || strlen(string) != length)
        return damaged(err, name, "is longer than it can be");
    memcpy(to, string, length + 1);
    return true;
}

static bool read_time(struct json_object *value, const char *name, int64_t *to, struct error *err)
{
    if (!json_object_is_type(value, json_type_string) ||
        !when_parse(json_object_get_string(value), to, NULL))
        return damaged(err, name, "is no time");
    return true;
}

static bool read_number(struct json_object *value, const char *name, int64_t *to, struct error *err)
{
    if (!json_object_is_type(value, json_type_int))
        return damaged(err, name, "is no whole number");
    *to = json_object_get_int64(value);
    return true;
}

static bool read_bool(struct json_object *value, const char *name, bool *to, struct error *err)
{
    if (!json_object_is_type(value, json_type_boolean))
        return damaged(err, name, "is neither true nor false");
    *to = json_object_get_boolean(value);
    return true;
}

static bool read_plain(struct json_object *value, const struct codec_field *field,
                       enum codec_type type, void *to, struct error *err);

static bool read_keys(struct json_object *value, const char *name, struct key_list *to,
                      struct error *err)
{
    static const struct codec_field members[] = {
        {"key", CODEC_STRING, offsetof(struct key_seen, id), KEY_ID_SIZE},
        {"status", CODEC_STATUS, offsetof(struct key_seen, status), 0},
        {"created_at", CODEC_TIME, offsetof(struct key_seen, created), 0},
    };
    if (!json_object_is_type(value, json_type_array) || json_object_array_length(value) > KEYS_MAX)
        return damaged(err, name, "is no list of keys");
    for (size_t i = 0; i < json_object_array_length(value); i++) {
        struct json_object *key = json_object_array_get_idx(value, i);
        if (!json_object_is_type(key, json_type_object))
            return damaged(err, name, "is no list of keys");
        for (size_t m = 0; m < sizeof members / sizeof members[0]; m++)
            if (!read_plain(json_object_object_get(key, members[m].name), &members[m],
                            members[m].type, (char *)&to->keys[i] + members[m].offset, err))
                return false;
        to->count++;
    }
    return true;
}

/* null and a missing member leave what is there: empty. */
static bool read_plain(struct json_object *value, const struct codec_field *field,
                       enum codec_type type, void *to, struct error *err)
{
    char name[WORD_SIZE];
    if (value == NULL)
        return true;
    switch (type) {
    case CODEC_STRING:
    case CODEC_KEY:
        return read_string(value, field->name, to, field->size, err);
    case CODEC_TIME:
        return read_time(value, field->name, to, err);
    case CODEC_NUMBER:
        return read_number(value, field->name, to, err);
    case CODEC_BOOL:
        return read_bool(value, field->name, to, err);
    case CODEC_STATUS:
        if (!read_string(value, field->name, name, sizeof name, err))
            return false;
        *(enum key_status *)to = key_status_from_name(name);
        return true;
    case CODEC_VERDICT:
        if (!read_string(value, field->name, name, sizeof name, err))
            return false;
        *(enum verdict *)to = verdict_from_name(name);
        return true;
    case CODEC_KEYS:
        return read_keys(value, field->name, to, err);
    case CODEC_PLAN:
        break; /* read_plan */
    }
    return damaged(err, field->name, "cannot be read here");
}

/* A list of the plan: its length, when it is one of at most `most` elements. */
static bool read_list(struct json_object *plan, const char *name, size_t most,
                      struct json_object **ret_list, size_t *ret_count, struct error *err)
{
    struct json_object *list = json_object_object_get(plan, name);
    size_t count = 0;
    if (list != NULL) {
        if (!json_object_is_type(list, json_type_array) || json_object_array_length(list) > most)
            return damaged(err, name, "is no list, or is too long");
        count = json_object_array_length(list);
    }
    *ret_list = list;
    *ret_count = count;
    return true;
}

static bool read_lists(struct json_object *object, struct plan *plan, struct error *err)
{
    static const struct codec_field members[] = {
        {"spec", CODEC_STRING, offsetof(struct target, spec), TEXT_SIZE},
        {"path", CODEC_STRING, offsetof(struct target, path), TEXT_SIZE},
        {"readable", CODEC_BOOL, offsetof(struct target, readable), 0},
    };
    struct json_object *targets, *tests;
    if (!read_list(object, "targets", TARGETS_MAX, &targets, &plan->target_count, err) ||
        !read_list(object, "tests", TESTS_MAX, &tests, &plan->test_count, err))
        return false;
    for (size_t i = 0; i < plan->target_count; i++) {
        struct json_object *target = json_object_array_get_idx(targets, i);
        if (!json_object_is_type(target, json_type_object))
            return damaged(err, "targets", "is no list of objects");
        for (size_t m = 0; m < sizeof members / sizeof members[0]; m++)
            if (!read_plain(json_object_object_get(target, members[m].name), &members[m],
                            members[m].type, (char *)&plan->targets[i] + members[m].offset, err))
                return false;
    }
    for (size_t i = 0; i < plan->test_count; i++)
        if (!read_string(json_object_array_get_idx(tests, i), "tests", plan->tests[i], TEXT_SIZE,
                         err))
            return false;
    return true;
}

static bool read_plan(struct json_object *object, struct plan **ret_plan, struct error *err)
{
    if (!json_object_is_type(object, json_type_object))
        return damaged(err, "plan", "is no object");
    CLEANUP(plan_cleanup) struct plan *plan = calloc(1, sizeof *plan);
    if (plan == NULL)
        return error_set(err, ERROR_MEMORY, "reading the plan of a rotation");
    for (size_t i = 0; i < codec_plan_field_count; i++) {
        const struct codec_field *field = &codec_plan_fields[i];
        if (!read_plain(json_object_object_get(object, field->name), field, field->type,
                        (char *)plan + field->offset, err))
            return false;
    }
    if (!read_lists(object, plan, err))
        return false;
    *ret_plan = plan;
    plan = NULL;
    return true;
}

static bool parse(const char *detail, struct json_object **ret_object, struct error *err)
{
    struct error why = {0};
    return json_read(detail, strlen(detail), DEPTH_MAX, ret_object, &why) ||
           error_set(err, why.code == ERROR_MEMORY ? ERROR_MEMORY : ERROR_JOURNAL_DAMAGED,
                     "the detail of an event is no JSON object: %s", why.text);
}

static bool read_fields(struct json_object *object, struct event *event, struct plan **ret_plan,
                        struct error *err)
{
    uint32_t carried = event_fields(event->kind);
    for (int i = 0; i < EVENT_FIELDS_END; i++) {
        const struct codec_field *field = &codec_event_fields[i];
        if ((carried & 1u << i) == 0)
            continue;
        struct json_object *value = json_object_object_get(object, field->name);
        bool good = field->type == CODEC_PLAN
                        ? read_plan(value, ret_plan, err)
                        : read_plain(value, field, codec_event_type((enum event_field)i),
                                     (char *)event + field->offset, err);
        if (!good)
            return false;
    }
    return true;
}

bool codec_read_detail(const char *detail, struct event *event, struct error *err)
{
    CLEANUP(object_cleanup) struct json_object *object = NULL;
    if (!parse(detail, &object, err))
        return false;
    struct event read = {
        .kind = event->kind, .seq = event->seq, .at = event->at, .step = event->step};
    memcpy(read.actor, event->actor, sizeof read.actor);
    CLEANUP(plan_cleanup) struct plan *plan = NULL;
    if (!read_fields(object, &read, &plan, err))
        return false;
    read.plan = plan;
    plan = NULL;
    *event = read;
    return true;
}
