/* resume, rollback and abandon: going on with what the journal holds. */
#include <stdlib.h>
#include <string.h>

#include "cli/begin.h"
#include "cli/connect.h"
#include "cli/dryrun.h"
#include "cli/open.h"
#include "cli/print.h"
#include "runner/confine.h"
#include "runner/speaker.h"
#include "runner/starter.h"
#include "wire/scope.h"

/* Who we are and where we talk to: as it was when the rotation was opened. Borrows from *speaker,
 * which is set. */
static struct keeper_options planned_keeper(const struct cli *cli, const struct plan *plan,
                                            struct speaker *speaker)
{
    struct keeper_options options = {
        .timeout = option_number(&cli->options, OPTION_TIMEOUT, plan->timeout),
        .notes = option_given(&cli->options, OPTION_VERBOSE),
        .environment_fd = cli->environment_fd,
    };
    speaker_of_plan(plan, speaker);
    speaker_put(speaker, &options);
    return options;
}

static bool go_on(struct begun *begun, struct cli *cli, struct journal *journal,
                  const struct plan *plan, const char *id, struct error *err)
{
    struct speaker speaker;
    struct keeper_options options = planned_keeper(cli, plan, &speaker);
    CLEANUP(text_release) struct text scope;
    text_init(&scope, SCOPE_MAXIMUM);
    front_scope_plan(plan, &scope);
    scope_add(&scope, SCOPE_MFA, option_string(&cli->options, OPTION_MFA_COMMAND));
    options.scope = &scope;
    options.terminal = front_scope_shows(&scope) && connect_can_show(&cli->options, NULL);
    options.starter = cli->starter;
    char actor[WORD_SIZE];
    connect_actor(actor, sizeof actor);
    if (!keeper_start(&options, &begun->keeper, err)) {
        runner_could_not(journal, id, actor, err);
        return false;
    }
    if ((cli->starter == NULL && !connect_confine(cli, NULL, err)) ||
        !runner_resume(journal, begun->keeper, id, actor, &begun->runner, err))
        return false;
    return begin_drive(cli, journal, begun, err);
}

/* Another account than expected is no matter of leaving out what was meant as a guard. */
static int report_conflict(const struct error *err, const char *remedy)
{
    return report_error(err, err->code == ERROR_ACCOUNT ? NULL : remedy);
}

static int resume_one(struct cli *cli, struct journal *journal, const char *id)
{
    struct error err = {0};
    struct rotation *rotation CLEANUP(open_rotation_cleanup) = NULL;
    if (!open_load(journal, id, &rotation, &err))
        return report_error(&err, NULL);
    if (!open_conflicts(&cli->options, &rotation->plan, id, &err))
        return report_conflict(&err, "leave the option out: a resume takes it from the journal");
    if (option_given(&cli->options, OPTION_DRY_RUN))
        return dryrun_open(cli, rotation, id, false);
    struct begun begun CLEANUP(begin_release) = {0};
    if (!go_on(&begun, cli, journal, &rotation->plan, id, &err)) {
        report_error(&err, NULL);
        return outcome_status(&err, true);
    }
    begun.drive->undoing = rotation->state == ROTATION_ROLLING_BACK;
    return drive_run(begun.drive);
}

static int resume_on_screen(struct cli *cli, const char *id)
{
    struct error err = {0};
    struct journal *journal CLEANUP(journal_cleanup) = NULL;
    struct rotation *rotation CLEANUP(open_rotation_cleanup) = NULL;
    if (!connect_journal(cli, JOURNAL_READ, &journal, &err) ||
        !open_load(journal, id, &rotation, &err))
        return report_error(&err, NULL);
    if (!open_conflicts(&cli->options, &rotation->plan, id, &err))
        return report_conflict(&err, "leave the option out: a resume takes it from the journal");
    struct speaker speaker;
    struct keeper_options keeper = planned_keeper(cli, &rotation->plan, &speaker);
    return begin_screen(cli, NULL, id, &keeper);
}

/* 3 if any waits, else 1 if one failed, else what else there was. */
static int combine(int a, int b)
{
    static const int order[] = {130, 3, 1, 5, 2};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        if (a == order[i] || b == order[i])
            return order[i];
    return 0;
}

/* Each has its own keeper: so there is a starter, and the cage is closed before the first. */
static bool prepare_for_many(struct cli *cli, struct journal *journal, struct starter **ret_starter,
                             struct error *err)
{
    CLEANUP(text_release) struct text scope;
    text_init(&scope, SCOPE_MAXIMUM);
    if (!front_scope_open(journal, &scope, err))
        return false;
    scope_add(&scope, SCOPE_MFA, option_string(&cli->options, OPTION_MFA_COMMAND));
    bool terminal = front_scope_shows(&scope) && connect_can_show(&cli->options, NULL);
    if (!starter_new(cli->environment_fd, &scope, terminal, ret_starter, err))
        return false;
    cli->starter = *ret_starter;
    return connect_confine(cli, NULL, err);
}

static int resume_all(struct cli *cli, struct journal *journal)
{
    struct error err = {0};
    CLEANUP(starter_cleanup) struct starter *starter = NULL;
    struct open_list list;
    if (!open_collect(journal, &list, &err))
        return report_error(&err, NULL);
    if (list.count == 0)
        print_line(stderr, "no rotation is open");
    if (list.count == 1 && begin_wants_screen(cli) && !option_given(&cli->options, OPTION_DRY_RUN))
        return resume_on_screen(cli, list.ids[0]);
    if (list.count > 1 && !prepare_for_many(cli, journal, &starter, &err))
        return report_error(&err, NULL);
    int exit_status = 0;
    for (size_t i = 0; i < list.count && !connect_interrupted(); i++)
        exit_status = combine(exit_status, resume_one(cli, journal, list.ids[i]));
    return exit_status;
}

static int tell_closed(const struct cli *cli, const struct rotation_row *row,
                       enum rotation_state wanted)
{
    struct text remedy CLEANUP(text_release);
    text_init(&remedy, TEXT_SIZE * 8);
    const char *state = rotation_state_name(row->state);
    if (option_given(&cli->options, OPTION_JSON))
        print_rotation_json(row);
    if (row->state == wanted) {
        print_line(stderr, "rotation %s is closed: %s", row->id, state);
        return 0;
    }
    outcome_command(cli, "history", row->id, &remedy);
    text_append(&remedy, " tells how that came");
    return report_problem(1, remedy.bytes, "rotation %s is closed: %s", row->id, state);
}

/* Find an open one. A closed one is said, and ret_exit_status set: what was asked for holds when it
 * ended as `wanted`. */
static bool find_open(const struct cli *cli, struct journal *journal, enum rotation_state wanted,
                      struct rotation_row *ret_row, int *ret_exit_status)
{
    struct error err = {0};
    const char *name = cli->options.arguments[0];
    if (!journal_find(journal, name, ret_row, &err)) {
        *ret_exit_status = report_error(&err, "see 'keywright history'");
        return false;
    }
    if (ret_row->closed_at == 0)
        return true;
    *ret_exit_status = tell_closed(cli, ret_row, wanted);
    return false;
}

/* To write in, but only one that is there: nothing is made where there is nothing to go on with. */
static bool open_journal(struct cli *cli, struct journal **ret_journal, int *ret_exit_status)
{
    struct error err = {0};
    struct journal *journal = NULL;
    if (!connect_journal(cli, JOURNAL_READ, &journal, &err)) {
        bool none = err.code == ERROR_NOT_FOUND;
        const char *id = cli->options.argument_count > 0 ? cli->options.arguments[0] : NULL;
        if (none && id == NULL)
            print_line(stderr, "no rotation is open");
        *ret_exit_status = !none ? report_error(&err, NULL)
                           : id == NULL
                               ? 0
                               : report_problem(1, "see 'keywright journal path'",
                                                "there is no rotation %s: no journal yet", id);
        return false;
    }
    if (!option_given(&cli->options, OPTION_DRY_RUN)) {
        journal_free(journal);
        if (!connect_journal(cli, JOURNAL_WRITE, &journal, &err)) {
            *ret_exit_status = report_error(&err, NULL);
            return false;
        }
    }
    *ret_journal = journal;
    return true;
}

int command_resume(struct cli *cli)
{
    struct error err = {0};
    struct runner_request request;
    struct rotation_row row;
    struct journal *journal CLEANUP(journal_cleanup) = NULL;
    int exit_status = 1;
    if (!begin_request(&cli->options, &request, &err) || !begin_check(&cli->options, &err))
        return report_error(&err, "see 'keywright resume --help'");
    if (!open_journal(cli, &journal, &exit_status))
        return exit_status;
    if (cli->options.argument_count == 0)
        return resume_all(cli, journal);
    if (!find_open(cli, journal, ROTATION_DONE, &row, &exit_status))
        return exit_status;
    if (begin_wants_screen(cli) && !option_given(&cli->options, OPTION_DRY_RUN))
        return resume_on_screen(cli, row.id);
    return resume_one(cli, journal, row.id);
}

/* Before there is anything that could be undone by Ctrl-C alone. */
static bool confirm_revival(struct cli *cli, const struct rotation *rotation, const char *id)
{
    struct drive drive = {.cli = cli,
                          .out = option_given(&cli->options, OPTION_JSON) ? stderr : stdout};
    connect_catch_signals(&drive.wait_mask);
    if (ask_revival(&drive, rotation))
        return true;
    print_line(drive.out, "nothing was done; rotation %s stays open", id);
    return false;
}

int command_rollback(struct cli *cli)
{
    struct error err = {0};
    struct rotation_row row;
    struct journal *journal CLEANUP(journal_cleanup) = NULL;
    struct rotation *rotation CLEANUP(open_rotation_cleanup) = NULL;
    int exit_status = 1;
    if (!begin_check(&cli->options, &err))
        return report_error(&err, "see 'keywright rollback --help'");
    if (!open_journal(cli, &journal, &exit_status) ||
        !find_open(cli, journal, ROTATION_ROLLED_BACK, &row, &exit_status))
        return exit_status;
    if (!open_load(journal, row.id, &rotation, &err))
        return report_error(&err, NULL);
    if (!open_conflicts(&cli->options, &rotation->plan, row.id, &err))
        return report_conflict(&err, "leave the option out: a rollback takes it from the journal");
    if (option_given(&cli->options, OPTION_DRY_RUN))
        return dryrun_open(cli, rotation, row.id, true);
    if (!confirm_revival(cli, rotation, row.id))
        return connect_interrupted() ? 130 : 3;
    struct begun begun CLEANUP(begin_release) = {0};
    const char *reason = option_string(&cli->options, OPTION_REASON);
    if (!go_on(&begun, cli, journal, &rotation->plan, row.id, &err)) {
        report_error(&err, NULL);
        return outcome_status(&err, true);
    }
    begun.drive->rollback = reason != NULL ? reason : "";
    return drive_run(begun.drive);
}

/* Without a keeper: neither AWS nor files are touched, and it may be the keeper that fails. */
static bool abandon(struct cli *cli, struct journal *journal, const char *id, const char *actor,
                    struct error *err)
{
    const char *reason = option_string(&cli->options, OPTION_REASON);
    struct runner *runner = NULL;
    if (!runner_resume(journal, NULL, id, actor, &runner, err))
        return false;
    bool good = runner_abandon(runner, reason, err);
    runner_free(runner);
    return good;
}

static void tell_left(FILE *out, const char *id, const char *what, const struct text *left)
{
    print_line(out, "rotation %s %s; what is left:", id, what);
    open_print_lines(out, left->bytes);
}

/* Nothing brings an abandoned rotation back, so it is asked for, with what is left in sight. */
static int confirm_abandon(struct cli *cli, FILE *out, const char *id, const struct text *left)
{
    struct drive drive = {.cli = cli, .out = out};
    if (option_given(&cli->options, OPTION_YES))
        return 0;
    if (!connect_has_terminal())
        return report_problem(2, "give --yes",
                              "there is no terminal to confirm at that rotation %s is abandoned; "
                              "nothing was done",
                              id);
    connect_catch_signals(&drive.wait_mask);
    tell_left(out, id, "would be abandoned for good", left);
    if (ask_yes(&drive, "Abandon it? [y/N] "))
        return 0;
    print_line(out, "nothing was done; rotation %s stays open", id);
    return connect_interrupted() ? 130 : 3;
}

static int abandon_open(struct cli *cli, struct journal *journal, struct rotation_row *row,
                        const char *actor)
{
    struct error err = {0};
    struct rotation *rotation CLEANUP(open_rotation_cleanup) = NULL;
    bool json = option_given(&cli->options, OPTION_JSON);
    FILE *out = json ? stderr : stdout;
    struct text left CLEANUP(text_release);
    text_init(&left, 64 * 1024);
    if (!open_load(journal, row->id, &rotation, &err))
        return report_error(&err, NULL);
    runner_leftovers(rotation, row->id, &left);
    bool dry = option_given(&cli->options, OPTION_DRY_RUN);
    int exit_status = dry ? 0 : confirm_abandon(cli, out, row->id, &left);
    if (exit_status != 0)
        return exit_status;
    if (!dry && !abandon(cli, journal, row->id, actor, &err)) {
        report_error(&err, NULL);
        return outcome_status(&err, true);
    }
    tell_left(out, row->id, dry ? "would be abandoned" : "is abandoned", &left);
    if (json && !journal_find(journal, row->id, row, &err))
        return report_error(&err, NULL);
    if (json)
        print_rotation_json(row);
    return 0;
}

int command_abandon(struct cli *cli)
{
    struct error err = {0};
    struct rotation_row row;
    struct journal *journal CLEANUP(journal_cleanup) = NULL;
    int exit_status = 1;
    if (!open_journal(cli, &journal, &exit_status) ||
        !find_open(cli, journal, ROTATION_ABANDONED, &row, &exit_status))
        return exit_status;
    char actor[WORD_SIZE];
    connect_actor(actor, sizeof actor);
    if (!connect_confine(cli, NULL, &err))
        return report_error(&err, NULL);
    return abandon_open(cli, journal, &row, actor);
}
