/* usage: who used a key: its last use, its events in CloudTrail, and what cannot be seen there. */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/when.h"
#include "cli/connect.h"
#include "cli/mfa.h"
#include "cli/print.h"
#include "runner/trail.h"

enum { EVENTS_DEFAULT = 1000 };

/* --- what is asked -----------------------------------------------------------------------------*/

/* "R,R": cut in place, in a copy that outlives the question. */
static bool split_regions(char *list, const char **regions, size_t *ret_count, struct error *err)
{
    size_t count = 0;
    for (char *at = list, *region; (region = strsep(&at, ",")) != NULL;) {
        if (region[0] == '\0')
            return error_set(err, ERROR_USAGE, "--regions is a list such as eu-west-1,us-east-2");
        if (count == TRAIL_REGIONS_MAX / 2)
            return error_set(err, ERROR_USAGE, "--regions names more than %d",
                             TRAIL_REGIONS_MAX / 2);
        regions[count++] = region;
    }
    *ret_count = count;
    return true;
}

static bool good_options(const struct options *options, struct trail_question *question,
                         struct error *err)
{
    const char *since = option_string(options, OPTION_SINCE);
    question->span = TRAIL_SPAN;
    if (since != NULL && !duration_parse(since, &question->span, err))
        return error_wrap(err, "--since");
    question->all_regions = option_given(options, OPTION_ALL_REGIONS);
    question->most = option_number(options, OPTION_LIMIT, EVENTS_DEFAULT);
    if (question->span < 60 || question->span > TRAIL_SPAN)
        return error_set(err, ERROR_USAGE,
                         "--since is from 1m to 90d: CloudTrail keeps its event history so long");
    return question->most > 0 || error_set(err, ERROR_USAGE, "--limit is at least 1");
}

/* --- JSON --------------------------------------------------------------------------------------*/

/* The last use is a row that names no event. */
static void print_last_use(const char *key, const struct trail *trail)
{
    struct json_object *object = json_object_new_object();
    json_add_string(object, "key", key);
    json_add_time(object, "at", trail->used_at);
    json_add_text(object, "service", trail->used == USED_AT ? trail->used_service : NULL);
    body_put_null(object, "event");
    json_add_text(object, "region", trail->used == USED_AT ? trail->used_region : NULL);
    body_put_null(object, "source_ip");
    body_put_null(object, "user_agent");
    body_put_null(object, "count");
    print_json(object);
}

static void print_row(const char *key, const struct usage_row *row)
{
    struct json_object *object = json_object_new_object();
    json_add_string(object, "key", key);
    json_add_time(object, "at", row->at);
    json_add_text(object, "service", row->service);
    json_add_text(object, "event", row->event);
    json_add_text(object, "region", row->region);
    json_add_text(object, "source_ip", row->source_ip);
    json_add_text(object, "user_agent", row->user_agent);
    json_add_number(object, "count", row->count);
    json_add_number(object, "refused", row->refused);
    print_json(object);
}

static void print_objects(const char *key, const struct trail *trail)
{
    if (trail->used != USED_UNKNOWN)
        print_last_use(key, trail);
    for (size_t i = 0; i < trail->usage.count; i++)
        print_row(key, &trail->usage.rows[i]);
    for (size_t i = 0; i < trail->blind_count; i++) {
        struct json_object *object = json_object_new_object();
        json_add_string(object, "blind_spot", trail->blind_spots[i]);
        print_json(object);
    }
}

/* --- text --------------------------------------------------------------------------------------*/

static void print_head(const char *key, const struct trail *trail)
{
    char when[WHEN_TEXT_SIZE], whose[USER_SIZE + 16] = "";
    if (trail->user[0] != '\0')
        snprintf(whose, sizeof whose, " of user %s", trail->user);
    print_line(stdout, "account %s, signed in as %s", trail->account, trail->arn);
    switch (trail->used) {
    case USED_AT:
        print_line(stdout, "%s%s: last used %s, %s in %s", key, whose,
                   when_format(trail->used_at, when), trail->used_service, trail->used_region);
        break;
    case USED_NONE_RECORDED:
        print_line(stdout, "%s%s: no use is recorded", key, whose);
        break;
    case USED_UNKNOWN:
        print_line(stdout, "%s: when it was last used is not known", key);
        break;
    }
}

static void print_text(const char *key, const struct trail *trail)
{
    static const char *const headings[] = {"LAST",   "COUNT",  "REFUSED",    "SERVICE", "EVENT",
                                           "REGION", "SOURCE", "USER AGENT", NULL};
    const struct usage *usage = &trail->usage;
    struct table *table = usage->count > 0 ? table_new(headings) : NULL;
    print_head(key, trail);
    if (usage->count == 0 && trail->regions_read > 0)
        print_line(stdout, "CloudTrail shows no event of it");
    for (size_t i = 0; i < usage->count; i++) {
        const struct usage_row *row = &usage->rows[i];
        char when[WHEN_TEXT_SIZE], count[24], refused[24] = "";
        snprintf(count, sizeof count, "%" PRId64, row->count);
        if (row->refused > 0)
            snprintf(refused, sizeof refused, "%" PRId64, row->refused);
        const char *const cells[] = {when_format(row->at, when), count,       refused,
                                     row->service,               row->event,  row->region,
                                     row->source_ip,             row->user_agent};
        table_add(table, cells);
    }
    table_print(table, stdout);
    print_line(stdout, "not seen:");
    for (size_t i = 0; i < trail->blind_count; i++)
        print_line(stdout, "- %s", trail->blind_spots[i]);
}

/* --- the command -------------------------------------------------------------------------------*/

static void say(void *context, const char *what)
{
    (void)context;
    print_line(stderr, "keywright: %s", what);
}

static bool saw_something(const struct trail *trail)
{
    return trail->used != USED_UNKNOWN || trail->regions_read > 0;
}

/* "Could not be seen" is not "was not used": keywright-usage(1). */
static int judged(const struct trail *trail)
{
    if (!saw_something(trail))
        return report_problem(1, "have the permissions allowed that are named above",
                              "nothing could be seen");
    return trail->partly ? 4 : 0;
}

static bool follow(struct cli *cli, const struct trail_question *question, struct trail *trail,
                   struct error *err)
{
    struct keeper *keeper CLEANUP(connect_keeper_cleanup) = NULL;
    struct error failure;
    if (!connect_keeper(cli, &keeper, err) || !connect_confine(cli, NULL, err) ||
        !mfa_begin_look(cli, keeper, err) || !trail_follow(keeper, question, say, NULL, trail, err))
        return false;
    if (trail->denial.code == ERROR_NONE || saw_something(trail))
        return true;
    if (!mfa_look_again(cli, keeper, &trail->denial, &failure)) {
        *err = failure;
        return failure.code == ERROR_DENIED; /* what was denied is told by what there is not */
    }
    trail_release(trail);
    return trail_follow(keeper, question, say, NULL, trail, err);
}

int command_usage(struct cli *cli)
{
    struct error err = {0};
    struct trail trail CLEANUP(trail_release);
    const char *regions[TRAIL_REGIONS_MAX];
    char list[TEXT_SIZE] = "";
    struct trail_question question = {.key = cli->options.arguments[0], .regions = regions};
    const char *wanted = option_string(&cli->options, OPTION_REGIONS);
    trail_init(&trail);
    if (!is_key_id(question.key))
        return report_no_key_id();
    text_copy(list, sizeof list, wanted != NULL ? wanted : "");
    connect_catch_signals(NULL);
    if (!good_options(&cli->options, &question, &err) ||
        (wanted != NULL && !split_regions(list, regions, &question.region_count, &err)) ||
        !follow(cli, &question, &trail, &err))
        return report_error(&err, NULL);
    if (option_given(&cli->options, OPTION_JSON))
        print_objects(question.key, &trail);
    else
        print_text(question.key, &trail);
    return judged(&trail);
}
