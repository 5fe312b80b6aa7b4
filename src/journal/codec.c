#include "journal/codec.h"

#include "journal/codec_table.h"
#include "journal/json_out.h"

static void write_keys(struct text *text, const char *name, const struct key_list *list)
{
    json_out_open(text, name, '[');
    for (size_t i = 0; i < list->count; i++) {
        json_out_open(text, NULL, '{');
        json_out_string(text, "key", list->keys[i].id);
        json_out_string(text, "status", key_status_name(list->keys[i].status));
        json_out_time(text, "created_at", list->keys[i].created);
        text_append_char(text, '}');
    }
    text_append_char(text, ']');
}

static void write_plan(struct text *text, const char *name, const struct plan *plan);

/* One member of a struct, of any type. */
static void write_member(struct text *text, const char *name, enum codec_type type, const void *at)
{
    const char *string = at;
    switch (type) {
    case CODEC_STRING:
        json_out_string(text, name, string);
        return;
    case CODEC_KEY:
        if (string[0] == '\0')
            json_out_null(text, name);
        else
            json_out_string(text, name, string);
        return;
    case CODEC_TIME:
        json_out_time(text, name, *(const int64_t *)at);
        return;
    case CODEC_NUMBER:
        json_out_number(text, name, *(const int64_t *)at);
        return;
    case CODEC_BOOL:
        json_out_bool(text, name, *(const bool *)at);
        return;
    case CODEC_STATUS:
        json_out_string(text, name, key_status_name(*(const enum key_status *)at));
        return;
    case CODEC_VERDICT:
        json_out_string(text, name, verdict_name(*(const enum verdict *)at));
        return;
    case CODEC_KEYS:
        write_keys(text, name, at);
        return;
    case CODEC_PLAN:
        write_plan(text, name, *(struct plan *const *)at);
        return;
    }
}

/* A plan is acted on again after a resume, so none of its strings may change on the way. */
static bool plan_is_exact(const struct plan *plan, struct error *err)
{
    for (size_t i = 0; i < codec_plan_field_count; i++) {
        const struct codec_field *field = &codec_plan_fields[i];
        bool is_string = field->type == CODEC_STRING || field->type == CODEC_KEY;
        if (is_string && !json_out_is_exact((const char *)plan + field->offset))
            return error_set(err, ERROR_SYNTAX, "the plan's '%s' is not UTF-8", field->name);
    }
    for (size_t i = 0; i < plan->target_count; i++)
        if (!json_out_is_exact(plan->targets[i].spec) || !json_out_is_exact(plan->targets[i].path))
            return error_set(err, ERROR_SYNTAX, "the name of target %zu is not UTF-8", i + 1);
    for (size_t i = 0; i < plan->test_count; i++)
        if (!json_out_is_exact(plan->tests[i]))
            return error_set(err, ERROR_SYNTAX, "test %zu is not UTF-8", i + 1);
    return true;
}

static void write_plan(struct text *text, const char *name, const struct plan *plan)
{
    json_out_open(text, name, '{');
    for (size_t i = 0; i < codec_plan_field_count; i++) {
        const struct codec_field *field = &codec_plan_fields[i];
        write_member(text, field->name, field->type, (const char *)plan + field->offset);
    }
    json_out_open(text, "targets", '[');
    for (size_t i = 0; i < plan->target_count; i++) {
        json_out_open(text, NULL, '{');
        json_out_string(text, "spec", plan->targets[i].spec);
        json_out_string(text, "path", plan->targets[i].path);
        json_out_bool(text, "readable", plan->targets[i].readable);
        text_append_char(text, '}');
    }
    text_append_char(text, ']');
    json_out_open(text, "tests", '[');
    for (size_t i = 0; i < plan->test_count; i++)
        json_out_string(text, NULL, plan->tests[i]);
    text_append(text, "]}");
}

bool codec_write_detail(const struct event *event, struct text *text, struct error *err)
{
    uint32_t carried = event_fields(event->kind);
    if ((carried & F(PLAN)) != 0) {
        if (event->plan == NULL)
            return error_set(err, ERROR_INTERNAL, "an event '%s' without its plan",
                             event_name(event->kind));
        if (!plan_is_exact(event->plan, err))
            return false;
    }
    text_append_char(text, '{');
    for (int i = 0; i < EVENT_FIELDS_END; i++) {
        const struct codec_field *field = &codec_event_fields[i];
        if ((carried & 1u << i) == 0)
            continue;
        write_member(text, field->name, codec_event_type((enum event_field)i),
                     (const char *)event + field->offset);
    }
    text_append_char(text, '}');
    return text_ok(text, err);
}
