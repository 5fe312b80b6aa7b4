#include "config.h"

#include "cli/drive.h"

#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "base/when.h"
#include "cli/connect.h"
#include "cli/print.h"

/* Milliseconds from now until a time of our clock, between a tenth and 30 seconds, so that a clock
 * that jumps is noticed. */
static int until(int64_t time, int64_t now)
{
    int64_t seconds = time - now;
    return seconds <= 0 ? 100 : seconds > 30 ? 30000 : (int)seconds * 1000;
}

/* The runner takes a decision only between two effects. */
static bool roll_back(struct drive *drive, struct error *err)
{
    const char *reason = drive->rollback;
    if (reason == NULL || runner_rotation(drive->runner)->state == ROTATION_ROLLING_BACK)
        return true;
    while (!connect_interrupted() && drive->keeper != NULL && keeper_pending(drive->keeper) > 0)
        (void)drive_wait(drive, false, 1000);
    drive->rollback = NULL;
    return connect_interrupted() || runner_rollback(drive->runner, reason, err);
}

/* What is in the keeper's hands is let finish for a moment, so that its outcome gets into the
 * journal; after that it is left to the next run to look. */
static int interrupted(struct drive *drive)
{
    enum { MOMENT_MS = 2000 };
    int64_t end = when_monotonic_ms() + MOMENT_MS;
    lend_recall(&drive->lend, drive->keeper);
    while (drive->keeper != NULL && keeper_pending(drive->keeper) > 0 &&
           when_monotonic_ms() < end) {
        struct pollfd fd = keeper_pollfd(drive->keeper);
        struct error ignored;
        int ready = poll(&fd, 1, 100);
        if (ready > 0 && !keeper_run(drive->keeper, &ignored))
            drive->keeper = NULL;
    }
    lend_take(&drive->lend);
    return outcome_open(drive, 130, "interrupted");
}

static int after_answer(struct drive *drive, enum answer_result result, const struct effect *effect,
                        const struct error *err, bool *ret_go_on)
{
    *ret_go_on = false;
    switch (result) {
    case ANSWER_GIVEN:
        *ret_go_on = true;
        return 0;
    case ANSWER_STOP:
        return outcome_open(drive, 3, runner_waiting_for(drive->runner));
    case ANSWER_BLOCKED:
        return outcome_blocked(drive, effect);
    case ANSWER_INTERRUPTED:
        return interrupted(drive);
    case ANSWER_FAILED:
        return outcome_failed(drive, err);
    }
    return outcome_failed(drive, err);
}

/* A short wait is waited for; a long one ends the run, unless its gate is overridden. */
static int waiting(struct drive *drive, const struct effect *effect, bool *ret_go_on)
{
    struct error err = {0};
    int64_t now = when_now();
    *ret_go_on = true;
    if (!effect->long_wait) {
        progress_wait(drive, effect, now);
        (void)drive_wait(drive, false, until(effect->until, now));
        return 0;
    }
    enum answer_result result = ask_blocked(drive, effect, false, &err);
    if (result == ANSWER_BLOCKED)
        result = ANSWER_STOP;
    return after_answer(drive, result, effect, &err, ret_go_on);
}

static void lend_terminal(void *context, bool lent, const struct error *err)
{
    struct drive *drive = context;
    if (lent)
        lend_out(&drive->lend);
    else
        lend_back(&drive->lend, err);
}

int drive_run(struct drive *drive)
{
    struct error failure = {0};
    runner_on_event(drive->runner, progress_event, drive);
    runner_on_screen(drive->runner, lend_terminal, drive);
    keeper_on_note(drive->keeper, progress_note, drive);
    if (!roll_back(drive, &failure))
        return outcome_failed(drive, &failure);
    for (;;) {
        if (connect_interrupted())
            return interrupted(drive);
        enum runner_status status = runner_advance(drive->runner, when_now());
        const struct effect *effect = runner_effect(drive->runner);
        struct error err = {0};
        bool go_on = true;
        int exit_status = 0;
        switch (status) {
        case RUNNER_BUSY:
            (void)drive_wait(drive, false, 1000);
            break;
        case RUNNER_WAITING:
            exit_status = waiting(drive, effect, &go_on);
            break;
        case RUNNER_ASKING:
            exit_status =
                after_answer(drive, ask_question(drive, effect, &err), effect, &err, &go_on);
            break;
        case RUNNER_BLOCKED:
            exit_status = after_answer(drive, ask_blocked(drive, effect, !drive->unattended, &err),
                                       effect, &err, &go_on);
            break;
        case RUNNER_CLOSED:
            return outcome_closed(drive);
        case RUNNER_FAILED:
            return outcome_failed(drive, runner_error(drive->runner));
        }
        if (!go_on)
            return exit_status;
    }
}
