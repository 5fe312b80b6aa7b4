/* due: access keys that are due for rotation, as AWS lists them now. */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "cli/connect.h"
#include "cli/due.h"
#include "cli/look.h"
#include "cli/mfa.h"
#include "cli/print.h"
#include "runner/reminder.h"

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

/* What shells show. Of an answer that is not whole, or narrowed, nothing is kept. */
static void keep_reminder(const struct cli *cli, const struct survey *survey, int64_t now)
{
    struct text path CLEANUP(text_release);
    int64_t max_age = option_number(&cli->options, OPTION_MAX_AGE, INT64_C(90) * 86400);
    size_t count, due = 0;
    const struct survey_row *rows = survey_rows(survey, &count);
    struct reminder_key *keys = calloc(count + 1, sizeof *keys);
    bool all = option_given(&cli->options, OPTION_ALL_USERS);
    const char *user = option_string(&cli->options, OPTION_USER);
    text_init(&path, TEXT_SIZE * 8);
    for (size_t i = 0; keys != NULL && i < count; i++)
        if (survey_due(&rows[i], now, max_age))
            keys[due++] = (struct reminder_key){rows[i].user, rows[i].key};
    user = user != NULL ? user : count > 0 ? rows[0].user : NULL;
    if (keys != NULL && (all || user != NULL) && connect_journal_path(cli, &path, NULL))
        reminder_put(path.bytes, survey_account(survey), all ? NULL : user, keys, due);
    free(keys);
}

static bool good_options(const struct options *options, struct error *err)
{
    const char *ical = option_string(options, OPTION_ICAL);
    if (option_given(options, OPTION_USER) && option_given(options, OPTION_ALL_USERS))
        return error_set(err, ERROR_USAGE, "--user and --all-users exclude each other");
    if (option_given(options, OPTION_PROMPT) + option_given(options, OPTION_TIMER) +
            option_given(options, OPTION_ICAL) > 1)
        return error_set(err, ERROR_USAGE, "one of --prompt, --timer and --ical at a time");
    if (ical != NULL && strcmp(ical, "-") == 0 && option_given(options, OPTION_JSON))
        return error_set(err, ERROR_USAGE, "--ical - and --json both want standard output");
    return true;
}

/* What AWS said, in every form that was asked for. Exit status. */
static int tell(const struct cli *cli, const struct survey *survey, bool narrowed,
                const struct error *failure)
{
    const char *ical = option_string(&cli->options, OPTION_ICAL);
    int64_t now = when_now() - survey_skew(survey);
    int64_t max_age = option_number(&cli->options, OPTION_MAX_AGE, INT64_C(90) * 86400);
    struct error err = {0};
    size_t due = 0, count;
    survey_rows(survey, &count);
    bool seen = failure == NULL || count > 0;
    if (seen && (ical == NULL || strcmp(ical, "-") != 0))
        due = print_rows(cli, survey, narrowed, now);
    /* What was not seen may be due: then the list is not the answer. */
    if (failure != NULL)
        return report_error(failure, NULL);
    if (!narrowed && !option_given(&cli->options, OPTION_DRY_RUN))
        keep_reminder(cli, survey, now);
    if (ical != NULL && !due_write_ical(survey, now, max_age, ical, &err))
        return report_error(&err, NULL);
    const struct survey_row *rows = survey_rows(survey, &count);
    for (size_t i = 0; due == 0 && i < count; i++)
        due += survey_due(&rows[i], now, max_age);
    return due > 0 ? 4 : 0;
}

int command_due(struct cli *cli)
{
    struct error err = {0};
    struct journal *journal CLEANUP(journal_cleanup) = NULL;
    struct keeper *keeper CLEANUP(connect_keeper_cleanup) = NULL;
    struct narrowing narrowing CLEANUP(narrow_release) = {0};
    struct survey *survey = NULL;
    const char *user = option_string(&cli->options, OPTION_USER);
    const char *ical = option_string(&cli->options, OPTION_ICAL);
    bool all = option_given(&cli->options, OPTION_ALL_USERS);
    if (!good_options(&cli->options, &err))
        return report_error(&err, "see 'keywright due --help'");
    if (option_given(&cli->options, OPTION_PROMPT))
        return due_print_prompt(cli);
    if (option_given(&cli->options, OPTION_TIMER))
        return due_print_timer(cli, option_string(&cli->options, OPTION_TIMER));
    connect_catch_signals(NULL);
    if (!option_given(&cli->options, OPTION_DRY_RUN))
        connect_make_folder(cli);
    if (!narrow_init(&cli->options, &narrowing, &err) || !connect_keeper(cli, &keeper, &err) ||
        !connect_confine(cli, ical != NULL && strcmp(ical, "-") != 0 ? ical : NULL, &err) ||
        !mfa_begin_look(cli, keeper, &err) || !connect_journal_if_any(cli, &journal, &err))
        return report_error(&err, NULL);
    const struct look look = {cli, keeper, journal, &narrowing, user, .all_users = all, .skip_uses = true};
    bool good = look_at_keys(&look, &survey, &err);
    bool nothing = survey == NULL || (!good && err.code == ERROR_INTERRUPTED);
    int exit_status = nothing ? report_error(&err, NULL)
                              : tell(cli, survey, narrowing.wanted, good ? NULL : &err);
    survey_free(survey);
    return exit_status;
}
