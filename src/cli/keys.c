/* keys: access keys with status, age, last use, and who holds them here. */
#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

#include "base/when.h"
#include "cli/connect.h"
#include "cli/look.h"
#include "cli/mfa.h"
#include "cli/print.h"
#include "runner/survey.h"
#include "wire/message.h"

static const char *used_name(enum used_state used)
{
    switch (used) {
    case USED_UNKNOWN:
        return "unknown";
    case USED_NONE_RECORDED:
        return "none_recorded";
    case USED_AT:
        return "used";
    }
    return "unknown";
}

/* Calls `visit` with each place of the key, out of the places of all keys. */
static void visit_places(struct json_object *places, const char *key, void *context,
                         void (*visit)(void *context, struct json_object *place))
{
    size_t count = body_count(places);
    for (size_t i = 0; i < count; i++) {
        struct json_object *place = json_object_array_get_idx(places, i);
        if (strcmp(body_string(place, "key"), key) == 0)
            visit(context, place);
    }
}

static void append_place(void *context, struct json_object *place)
{
    struct text *text = context;
    const char *profile = body_string(place, "profile");
    text_appendf(text, "%s%s", text->length > 0 ? ", " : "",
                 profile[0] != '\0' ? profile : body_string(place, "place"));
}

static void add_place(void *context, struct json_object *place)
{
    struct json_object *object = json_object_new_object();
    json_add_string(object, "place", body_string(place, "place"));
    json_add_text(object, "path", body_string(place, "path"));
    json_add_text(object, "profile", body_string(place, "profile"));
    body_append(context, object);
}

static void print_row(const struct survey_row *row, struct json_object *places, int64_t now,
                      int64_t max_age)
{
    struct json_object *object = json_object_new_object();
    json_add_string(object, "user", row->user);
    json_add_string(object, "key", row->key);
    json_add_string(object, "status", key_status_name(row->status));
    json_add_time(object, "created_at", row->created);
    json_add_number(object, "age_days", survey_age_days(row, now));
    json_add_time(object, "last_used_at", row->used == USED_AT ? row->used_at : 0);
    json_add_string(object, "last_used_state", used_name(row->used));
    json_add_text(object, "last_used_service", row->used == USED_AT ? row->used_service : NULL);
    json_add_text(object, "last_used_region", row->used == USED_AT ? row->used_region : NULL);
    json_add_bool(object, "due", survey_due(row, now, max_age));
    json_add_text(object, "rotation", row->rotation);
    struct json_object *where = json_object_new_array();
    visit_places(places, row->key, where, add_place);
    body_put(object, "where", where);
    print_json(object);
}

static void add_row(struct table *table, const struct survey_row *row, struct json_object *places,
                    int64_t now, int64_t max_age)
{
    struct text where CLEANUP(text_release);
    text_init(&where, 4096);
    visit_places(places, row->key, &where, append_place);
    char age[32], used[WHEN_TEXT_SIZE], mark[ID_SIZE + 32];
    snprintf(age, sizeof age, "%" PRId64 "d", survey_age_days(row, now));
    snprintf(mark, sizeof mark, "%s%s%s%s", survey_due(row, now, max_age) ? "due" : "",
             row->is_signer ? " signs" : "", row->rotation[0] != '\0' ? " rotation " : "",
             row->rotation);
    const char *const cells[] = {row->user,
                                 row->key,
                                 key_status_name(row->status),
                                 age,
                                 row->used == USED_AT              ? when_format(row->used_at, used)
                                 : row->used == USED_NONE_RECORDED ? "none recorded"
                                                                   : "not known",
                                 row->used == USED_AT ? row->used_service : "",
                                 row->used == USED_AT ? row->used_region : "",
                                 where.length > 0 ? where.bytes : "",
                                 mark[0] == ' ' ? mark + 1 : mark};
    table_add(table, cells);
}

static void print_rows(struct cli *cli, const struct survey *survey, struct json_object *places)
{
    static const char *const headings[] = {"USER",    "KEY",    "STATUS", "AGE", "LAST USED",
                                           "SERVICE", "REGION", "HELD BY", "NOTE", NULL};
    int64_t now = when_now();
    int64_t max_age = option_number(&cli->options, OPTION_MAX_AGE, INT64_C(90) * 86400);
    bool json = option_given(&cli->options, OPTION_JSON);
    size_t count = 0;
    const struct survey_row *rows = survey_rows(survey, &count);
    struct table *table = json || count == 0 ? NULL : table_new(headings);
    for (size_t i = 0; i < count; i++) {
        if (json)
            print_row(&rows[i], places, now, max_age);
        else
            add_row(table, &rows[i], places, now, max_age);
    }
    if (!json && survey_account(survey)[0] != '\0')
        print_line(stdout, "account %s, signed in as %s", survey_account(survey),
                   survey_arn(survey));
    if (!json && count == 0 && survey_error(survey) == NULL)
        print_line(stdout, "no access keys");
    table_print(table, stdout);
}

int command_keys(struct cli *cli)
{
    struct error err = {0};
    struct journal *journal CLEANUP(journal_cleanup) = NULL;
    struct keeper *keeper CLEANUP(connect_keeper_cleanup) = NULL;
    struct narrowing narrowing CLEANUP(narrow_release) = {0};
    struct survey *survey = NULL;
    const char *user = option_string(&cli->options, OPTION_USER);
    bool all = option_given(&cli->options, OPTION_ALL_USERS);
    if (user != NULL && all)
        return report_problem(2, "see 'keywright keys --help'",
                              "--user and --all-users exclude each other");
    connect_catch_signals(NULL);
    if (!narrow_init(&cli->options, &narrowing, &err) || !connect_keeper(cli, &keeper, &err) || !connect_confine(cli, NULL, &err) ||
        !mfa_begin_look(cli, keeper, &err) || !connect_journal_if_any(cli, &journal, &err))
        return report_error(&err, NULL);
    const struct look look = {cli, keeper, journal, &narrowing, .user = user, .all_users = all};
    bool good = look_at_keys(&look, &survey, &err);
    struct json_object *body = json_object_new_object(), *reply = NULL;
    /* Where a key stands is a help beside it: files that cannot be read are told of elsewhere. */
    if (err.code == ERROR_INTERRUPTED || !connect_ask(keeper, MESSAGE_SEEK_KEY, &body, &reply, NULL))
        reply = NULL;
    if (survey != NULL && err.code != ERROR_INTERRUPTED)
        print_rows(cli, survey, reply != NULL ? body_array(reply, "places") : NULL);
    json_object_put(body);
    json_object_put(reply);
    survey_free(survey);
    return good ? 0 : report_error(&err, NULL);
}
