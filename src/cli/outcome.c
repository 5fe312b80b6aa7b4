/* How a run ended: what is printed, what `status` will show, and the exit status. */
#include <string.h>

#include "base/when.h"
#include "cli/connect.h"
#include "cli/drive.h"
#include "cli/open.h"
#include "cli/print.h"

/* A word as a POSIX shell reads it back. */
static void append_quoted(struct text *text, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "%+,-./:=@_";
    if (*word != '\0' && word[strspn(word, plain)] == '\0') {
        text_append(text, word);
        return;
    }
    text_append_char(text, '\'');
    for (; *word != '\0'; word++) {
        if (*word == '\'')
            text_append(text, "'\\''");
        else
            text_append_char(text, *word);
    }
    text_append_char(text, '\'');
}

void outcome_command(const struct cli *cli, const char *verb, const char *id, struct text *text)
{
    text_appendf(text, "keywright %s", verb);
    const char *journal = option_string(&cli->options, OPTION_JOURNAL);
    if (journal != NULL) {
        text_append(text, " --journal ");
        append_quoted(text, journal);
    }
    text_appendf(text, "%s%s", id[0] != '\0' ? " " : "", id);
}

void outcome_rotate_command(const struct cli *cli, struct text *text)
{
    static const struct {
        enum option option;
        const char *name;
    } kept[] = {{OPTION_PROFILE, "--profile"}, {OPTION_AS, "--as"}, {OPTION_REGION, "--region"},
                {OPTION_ENDPOINT_URL, "--endpoint-url"}};
    outcome_command(cli, "rotate", "", text);
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        const char *value = option_string(&cli->options, kept[i].option);
        if (value == NULL)
            continue;
        text_appendf(text, " %s ", kept[i].name);
        append_quoted(text, value);
    }
}

void outcome_ways_on(const struct cli *cli, const char *id, struct text *text)
{
    outcome_command(cli, "resume", id, text);
    text_append(text, " to go on with it, or ");
    outcome_command(cli, "rollback", id, text);
    text_append(text, " to undo it");
    if (option_given(&cli->options, OPTION_COMPROMISED))
        text_append(text, ". To have the key off soon, resume with --override old_key_quiet=compromised, or "
                          "abandon it and begin anew");
}

/* With --json: the rotation as it now stands. */
static void print_row(struct drive *drive)
{
    struct rotation_row row;
    const char *id = runner_id(drive->runner);
    if (!option_given(&drive->cli->options, OPTION_JSON) || id[0] == '\0')
        return;
    struct error err;
    if (journal_find(drive->journal, id, &row, &err))
        print_rotation_json(&row);
    else
        report_error(&err, NULL);
}

static void print_leftovers(struct drive *drive)
{
    struct text lines CLEANUP(text_release);
    text_init(&lines, 64 * 1024);
    runner_leftovers(runner_rotation(drive->runner), runner_id(drive->runner), &lines);
    open_print_lines(drive->out, lines.bytes);
}

/* After a rotation that is done only a back-up that could not be removed is worth a word. */
static bool leftovers_matter(const struct rotation *rotation)
{
    for (size_t i = 0; i < rotation->plan.target_count; i++)
        if (rotation->targets[i].backup[0] != '\0')
            return true;
    return rotation->state != ROTATION_DONE;
}

int outcome_closed(struct drive *drive)
{
    const struct rotation *rotation = runner_rotation(drive->runner);
    const struct plan *plan = &rotation->plan;
    const char *id = runner_id(drive->runner);
    bool asked_rollback = drive->undoing || strcmp(drive->cli->options.command, "rollback") == 0;
    int exit_status = 0;
    if (rotation->state == ROTATION_DONE) {
        print_line(drive->out,
                   "done: user %s of account %s now uses %s; %s is deleted (rotation %s)",
                   plan->user, plan->account, rotation->new_key.id, plan->old_key, id);
    } else if (rotation->state == ROTATION_ROLLED_BACK) {
        print_line(drive->out, "rolled back: user %s of account %s uses %s as before (rotation %s)",
                   plan->user, plan->account, plan->old_key, id);
        exit_status = asked_rollback ? 0 : 1;
    } else {
        print_line(drive->out, "%s (rotation %s)%s%s", rotation_state_name(rotation->state), id,
                   rotation->close_reason[0] != '\0' ? ": " : "", rotation->close_reason);
        exit_status = 1;
    }
    if (leftovers_matter(rotation))
        print_leftovers(drive);
    print_row(drive);
    return exit_status;
}

/* What `status` is to show, and how to go on. */
static void leave(struct drive *drive, const char *waiting_for)
{
    const char *id = runner_id(drive->runner);
    if (id[0] == '\0')
        return;
    struct error err;
    if (!journal_set_waiting(drive->journal, id, waiting_for, &err))
        report_error(&err, NULL);
    struct text command CLEANUP(text_release);
    text_init(&command, TEXT_SIZE * 8);
    outcome_command(drive->cli, "resume", id, &command);
    print_line(drive->out, "rotation %s stays open; go on with:", id);
    print_line(drive->out, "  %s", command.bytes);
    print_row(drive);
}

int outcome_open(struct drive *drive, int exit_status, const char *what)
{
    if (runner_id(drive->runner)[0] == '\0') {
        print_line(drive->out, "%s; nothing was done", what[0] != '\0' ? what : "stopped");
        return exit_status;
    }
    const char *waits = runner_waiting_for(drive->runner);
    print_line(drive->out, "%s: %s", exit_status == 130 ? "stopped" : "waiting",
               what[0] != '\0' ? what : "an answer");
    leave(drive, waits[0] != '\0'     ? waits
                 : exit_status == 130 ? "a resume; the last run was interrupted"
                                      : what);
    return exit_status;
}

/* Two keys and no choice: nothing was made, so the rotation is closed again and the next `rotate`
 * begins anew with a choice. */
static int two_keys(struct drive *drive, const struct effect *effect)
{
    const struct rotation *rotation = runner_rotation(drive->runner);
    const char *other = effect->key;
    for (size_t i = 0; i < rotation->list.count && i < KEYS_MAX && other[0] == '\0'; i++)
        if (strcmp(rotation->list.keys[i].id, rotation->plan.old_key) != 0)
            other = rotation->list.keys[i].id;
    report_two_keys(rotation->plan.user, rotation->plan.old_key, other);
    struct error err = {0};
    if (!drive->fresh)
        leave(drive, runner_waiting_for(drive->runner));
    else if (!runner_abandon(drive->runner, "two keys and no choice; nothing was changed", &err))
        report_error(&err, NULL);
    else
        print_row(drive);
    return 5;
}

int outcome_blocked(struct drive *drive, const struct effect *effect)
{
    if (effect->kind == EFFECT_ASK && effect->question == QUESTION_TWO_KEYS)
        return two_keys(drive, effect);
    const struct rotation *rotation = runner_rotation(drive->runner);
    int exit_status = 1;
    char known_remedy[TEXT_SIZE];
    bool known = rotation_remedy(rotation, known_remedy);
    if (effect->needs_operator) {
        exit_status = report_problem(
            3, known ? known_remedy : "look at it, then resume the rotation, or roll it back",
            "the rotation needs its operator: %s", effect->text);
    } else if (effect->gate != GATE_COUNT) {
        char remedy[160];
        snprintf(remedy, sizeof remedy, "mend it and resume%s%s%s",
                 gate_overridable(effect->gate) ? ", or resume with --override " : "",
                 gate_overridable(effect->gate) ? gate_name(effect->gate) : "",
                 gate_overridable(effect->gate) ? "=REASON" : "; this gate cannot be overridden");
        exit_status = report_problem(5, remedy, "the gate %s does not open: %s",
                                     gate_name(effect->gate), effect->text);
    } else if (rotation->failed) {
        struct error err = {.code = error_from_name(rotation->failure.error),
                            .http = (int)rotation->failure.http};
        text_copy(err.aws_code, sizeof err.aws_code, rotation->failure.aws_code);
        text_copy(err.request_id, sizeof err.request_id, rotation->failure.request_id);
        text_copy(err.text, sizeof err.text,
                  effect->text[0] != '\0' ? effect->text : rotation->failure.text);
        exit_status = report_error(&err, known ? known_remedy : NULL) == 3 ? 3 : 1;
    } else {
        report_problem(1, "mend it and resume the rotation", "%s", effect->text);
    }
    const char *waits = runner_waiting_for(drive->runner);
    leave(drive, waits[0] != '\0' ? waits : effect->text);
    return exit_status;
}

int outcome_status(const struct error *err, bool opened)
{
    /* Another run has it: that will pass. 2 says that nothing was
     * done, which does not hold of a rotation that is open. */
    int exit_status = error_exit_status(err->code);
    return err->code == ERROR_BUSY                            ? 3
           : opened && (exit_status == 2 || exit_status == 0) ? 1
                                                              : exit_status;
}

/* Nothing was begun, since another rotation is open: that one is told. */
static int in_the_way(const struct drive *drive, const struct error *err,
                      const struct rotation_row *row)
{
    struct text remedy CLEANUP(text_release);
    text_init(&remedy, TEXT_SIZE * 16);
    outcome_ways_on(drive->cli, row->id, &remedy);
    int exit_status = report_error(err, remedy.bytes);
    if (option_given(&drive->cli->options, OPTION_JSON))
        print_rotation_json(row);
    return exit_status;
}

int outcome_failed(struct drive *drive, const struct error *err)
{
    struct rotation_row row;
    bool opened = runner_id(drive->runner)[0] != '\0';
    if (err->code == ERROR_INTERRUPTED)
        return outcome_open(drive, 130, "interrupted");
    if (runner_in_the_way(drive->runner, &row))
        return in_the_way(drive, err, &row);
    report_error(err, NULL);
    if (opened)
        leave(drive, runner_waiting_for(drive->runner));
    return outcome_status(err, opened);
}
