/* due: access keys that are due for rotation, as AWS lists them now. */
#include <inttypes.h>
#include <json-c/json.h>

#include "base/when.h"
#include "cli/connect.h"
#include "cli/narrow.h"
#include "cli/print.h"
#include "runner/survey.h"

static void print_object(const struct survey_row *row, int64_t now)
{
    struct json_object *object = json_object_new_object();
    json_add_string(object, "user", row->user);
    json_add_string(object, "key", row->key);
    json_add_string(object, "status", key_status_name(row->status));
    json_add_time(object, "created_at", row->created);
    json_add_number(object, "age_days", survey_age_days(row, now));
    json_add_bool(object, "due", true);
    json_add_text(object, "rotation", row->rotation);
    print_json(object);
}

static void add_row(struct table *table, const struct survey_row *row, int64_t now)
{
    char age[32], made[WHEN_TEXT_SIZE];
    snprintf(age, sizeof age, "%" PRId64 "d", survey_age_days(row, now));
    const char *const cells[] = {row->user, row->key, age, when_format(row->created, made),
                                 row->rotation};
    table_add(table, cells);
}

/* Returns how many are due. */
static size_t print_rows(const struct cli *cli, const struct survey *survey, bool narrowed,
                         int64_t now)
{
    static const char *const headings[] = {"USER", "KEY", "AGE", "MADE", "ROTATION", NULL};
    int64_t max_age = option_number(&cli->options, OPTION_MAX_AGE, INT64_C(90) * 86400);
    bool json = option_given(&cli->options, OPTION_JSON);
    size_t count = 0, due = 0;
    const struct survey_row *rows = survey_rows(survey, &count);
    struct table *table = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!survey_due(&rows[i], now, max_age))
            continue;
        if (due++ == 0 && !json)
            table = table_new(headings);
        if (json)
            print_object(&rows[i], now);
        else
            add_row(table, &rows[i], now);
    }
    char age[DURATION_TEXT_SIZE];
    const char *user = option_string(&cli->options, OPTION_USER);
    const char *whose = narrowed                                        ? "the users meant"
                        : option_given(&cli->options, OPTION_ALL_USERS) ? "all users"
                        : user != NULL                                  ? user
                                                                        : "the signer";
    if (!json)
        print_line(stdout, "account %s, %s: %zu of %zu keys %s due (Active and over %s old)",
                   survey_account(survey), whose, due, count, due == 1 ? "is" : "are",
                   duration_format(max_age, age));
    table_print(table, stdout);
    if (due > 0 && !json)
        print_line(stdout, "do: keywright rotate --user USER --key KEY");
    return due;
}

int command_due(struct cli *cli)
{
    struct error err = {0};
    struct journal *journal CLEANUP(journal_cleanup) = NULL;
    struct keeper *keeper CLEANUP(connect_keeper_cleanup) = NULL;
    struct narrowing narrowing CLEANUP(narrow_release) = {0};
    struct survey *survey = NULL;
    const char *user = option_string(&cli->options, OPTION_USER);
    bool all = option_given(&cli->options, OPTION_ALL_USERS);
    if (user != NULL && all)
        return report_problem(2, "see 'keywright due --help'",
                              "--user and --all-users exclude each other");
    connect_catch_signals(NULL);
    if (!narrow_init(&cli->options, &narrowing, &err) || !connect_keeper(cli, &keeper, &err) || !connect_confine(cli, NULL, &err) ||
        !connect_journal_if_any(cli, &journal, &err) ||
        !narrow_read(&narrowing, keeper, &err) ||
        !survey_begin(keeper, journal, user, all || narrowing.wanted, &survey, &err))
        return report_error(&err, NULL);
    narrow_survey(&narrowing, survey);
    survey_skip_uses(survey);
    bool good = keeper_drain(keeper, &err);
    const struct error *failure = good ? survey_error(survey) : &err;
    size_t due = 0;
    if (good || err.code != ERROR_INTERRUPTED)
        due = print_rows(cli, survey, narrowing.wanted, when_now() - survey_skew(survey));
    /* What was not seen may be due: then the list is not the answer. */
    int exit_status = failure != NULL ? report_error(failure, NULL) : due > 0 ? 4 : 0;
    survey_free(survey);
    return exit_status;
}
