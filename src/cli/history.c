/* history: all rotations, or every event of one. */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "cli/connect.h"
#include "cli/drive.h"
#include "cli/export.h"
#include "cli/open.h"
#include "cli/print.h"

enum { PAGE = 500 };

struct rows {
    bool json;
    struct table *table;
    size_t seen;
    int64_t last_number;
};

static bool add_row(void *context, int64_t number, const struct rotation_row *row)
{
    struct rows *rows = context;
    char opened[WHEN_TEXT_SIZE], closed[WHEN_TEXT_SIZE];
    rows->seen++;
    rows->last_number = number;
    if (rows->json) {
        print_rotation_json(row);
        return true;
    }
    const char *const cells[] = {row->id,
                                 rotation_state_name(row->state),
                                 row->account,
                                 row->user,
                                 row->old_key,
                                 row->new_key,
                                 when_format(row->opened_at, opened),
                                 when_format(row->closed_at, closed),
                                 row->reason};
    table_add(rows->table, cells);
    return true;
}

static int list_rotations(struct cli *cli, struct journal *journal)
{
    static const char *const headings[] = {"ID",      "STATE",  "ACCOUNT", "USER",   "OLD KEY",
                                           "NEW KEY", "OPENED", "CLOSED",  "REASON", NULL};
    struct error err = {0};
    struct rows rows = {.json = option_given(&cli->options, OPTION_JSON)};
    struct rotation_filter filter = {.user = option_string(&cli->options, OPTION_USER),
                                     .limit = PAGE};
    bool good = true;
    if (!rows.json)
        rows.table = table_new(headings);
    do {
        rows.seen = 0;
        good = journal == NULL || journal_rotations(journal, &filter, add_row, &rows, &err);
        filter.before_number = rows.last_number;
    } while (good && rows.seen == PAGE);
    bool none = !rows.json && table_rows(rows.table) == 0;
    if (none && good && filter.user != NULL)
        print_line(stdout, "no rotation of user %s was ever opened here", filter.user);
    else if (none && good)
        print_line(stdout, "no rotation was ever opened here");
    else if (!none)
        table_print(rows.table, stdout);
    return good ? 0 : report_error(&err, NULL);
}

static bool print_event(void *context, const char *id, const struct event *event,
                        const char *detail, const char *hash)
{
    const struct rotation *rotation = context;
    char time[WHEN_TEXT_SIZE];
    struct text text CLEANUP(text_release);
    (void)id, (void)detail, (void)hash;
    text_init(&text, 8192);
    progress_describe(rotation, event, &text);
    print_line(stdout, "%5" PRId64 "  %s  %-14s  %-10s  %s", event->seq,
               when_format(event->at, time), step_name(event->step), event->actor, text.bytes);
    return true;
}

static int print_one(struct cli *cli, struct journal *journal, const char *name)
{
    struct error err = {0};
    struct rotation_row row;
    struct rotation *rotation CLEANUP(open_rotation_cleanup) = NULL;
    if (!journal_find(journal, name, &row, &err))
        return report_error(&err, "see 'keywright history'");
    if (option_given(&cli->options, OPTION_JSON))
        return journal_events(journal, row.id, 0, export_event, NULL, &err)
                   ? 0
                   : report_error(&err, NULL);
    /* The plan gives targets their names. */
    if (!open_read(journal, row.id, &rotation, &err))
        return report_error(&err, NULL);
    const struct plan *plan = &rotation->plan;
    print_line(stdout, "rotation %s: %s of user %s, account %s", row.id,
               rotation_state_name(row.state), row.user, row.account);
    print_line(stdout, "  old key %s, new key %s", row.old_key,
               row.new_key[0] != '\0' ? row.new_key : "not made");
    if (plan->reason[0] != '\0' || plan->ticket[0] != '\0')
        print_line(stdout, "  reason %s%s%s", plan->reason[0] != '\0' ? plan->reason : "not given",
                   plan->ticket[0] != '\0' ? ", ticket " : "", plan->ticket);
    if (!journal_events(journal, row.id, 0, print_event, rotation, &err))
        return report_error(&err, NULL);
    return 0;
}

int command_history(struct cli *cli)
{
    struct error err = {0};
    struct journal *journal CLEANUP(journal_cleanup) = NULL;
    const char *name = cli->options.argument_count > 0 ? cli->options.arguments[0] : NULL;
    if (!connect_confine(cli, NULL, &err) || !connect_journal_if_any(cli, &journal, &err))
        return report_error(&err, NULL);
    if (name == NULL)
        return list_rotations(cli, journal);
    if (journal == NULL)
        return report_problem(1, "see 'keywright journal path'",
                              "there is no rotation %s: no journal yet", name);
    return print_one(cli, journal, name);
}
