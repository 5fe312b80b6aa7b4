/* status: open rotations, what each waits for, and the one next command. */
#include <string.h>

#include "base/when.h"
#include "cli/connect.h"
#include "cli/drive.h"
#include "cli/open.h"
#include "cli/print.h"

struct status {
    const struct cli *cli;
    struct journal *journal;
    size_t open, failed;
};

static void print_open(const struct status *status, const struct rotation_row *row)
{
    char opened[WHEN_TEXT_SIZE], updated[WHEN_TEXT_SIZE], for_long[DURATION_TEXT_SIZE];
    struct text command CLEANUP(text_release);
    text_init(&command, TEXT_SIZE * 8);
    outcome_command(status->cli, "resume", row->id, &command);
    print_line(stdout, "rotation %s  account %s  user %s", row->id, row->account, row->user);
    print_line(stdout, "  old key   %s", row->old_key);
    print_line(stdout, "  new key   %s", row->new_key[0] != '\0' ? row->new_key : "not made yet");
    print_line(stdout, "  step      %s (%s)", step_name(rotation_state_step(row->state)),
               rotation_state_name(row->state));
    print_line(stdout, "  waits for %s%s",
               row->waiting_for[0] != '\0' ? row->waiting_for : "a resume",
               row->failed ? " (the last act failed)" : "");
    print_line(stdout, "  opened    %s, last change %s (%s ago)",
               when_format(row->opened_at, opened), when_format(row->updated_at, updated),
               duration_format(when_now() - row->updated_at, for_long));
    print_line(stdout, "  next      %s", command.bytes);
}

static bool visit(void *context, int64_t number, const struct rotation_row *row)
{
    struct status *status = context;
    struct rotation *rotation CLEANUP(open_rotation_cleanup) = NULL;
    struct error err = {0};
    (void)number;
    if (row->closed_at != 0)
        return true;
    status->open++;
    status->failed += row->failed;
    if (!open_load(status->journal, row->id, &rotation, &err))
        report_damage(&err);
    if (option_given(&status->cli->options, OPTION_JSON))
        print_rotation_json(row);
    else
        print_open(status, row);
    return true;
}

int command_status(struct cli *cli)
{
    struct error err = {0};
    struct journal *journal CLEANUP(journal_cleanup) = NULL;
    struct status status = {.cli = cli};
    const char *name = cli->options.argument_count > 0 ? cli->options.arguments[0] : NULL;
    if (!connect_confine(cli, NULL, &err) || !connect_journal_if_any(cli, &journal, &err))
        return report_error(&err, NULL);
    status.journal = journal;
    if (journal == NULL && name != NULL)
        return report_problem(1, "see 'keywright history'",
                              "there is no rotation %s: no journal yet", name);
    if (journal != NULL && name != NULL) {
        struct rotation_row row;
        if (!journal_find(journal, name, &row, &err))
            return report_error(&err, "see 'keywright history'");
        if (row.closed_at != 0 && option_given(&cli->options, OPTION_JSON))
            print_rotation_json(&row);
        else if (row.closed_at != 0)
            print_line(stdout, "rotation %s is closed: %s", row.id, rotation_state_name(row.state));
        (void)visit(&status, 0, &row);
    } else if (journal != NULL) {
        struct rotation_filter filter = {.open_only = true,
                                         .user = option_string(&cli->options, OPTION_USER),
                                         .limit = OPEN_MAX};
        if (!journal_rotations(journal, &filter, visit, &status, &err))
            return report_error(&err, NULL);
    }
    const char *user = option_string(&cli->options, OPTION_USER);
    bool told = status.open > 0 || name != NULL || option_given(&cli->options, OPTION_JSON);
    if (!told && user != NULL)
        print_line(stdout, "no rotation of user %s is open", user);
    else if (!told)
        print_line(stdout, "no rotation is open; 'keywright rotate' begins one");
    return status.open == 0 ? 0 : status.failed == status.open ? 1 : 3;
}
