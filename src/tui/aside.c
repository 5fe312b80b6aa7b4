#include "tui/aside.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "audit/remedy.h"
#include "base/alternate.h"
#include "base/show.h"
#include "runner/starter.h"
#include "tui/audit.h"
#include "tui/paint.h"
#include "tui/signals.h"

/* A signal ends the wait too; it is acted on in the loop. */
static void wait_for_enter(void)
{
    struct pollfd line = {.fd = STDIN_FILENO, .events = POLLIN};
    char bytes[256];
    show_line(stdout, " ");
    show_line(stdout, "Enter: back to the screen.");
    fflush(stdout);
    if (poll(&line, 1, -1) > 0)
        (void)!read(STDIN_FILENO, bytes, sizeof bytes);
}

static void take_back(struct loop *loop)
{
    alternate_drop_keys(STDIN_FILENO);
    paint_anew(loop->painter);
    loop->dirty = true;
}

void aside_message(struct loop *loop, const char *user)
{
    struct text message CLEANUP(text_release);
    text_init(&message, TEXT_SIZE * 8);
    audit_ask_for_mfa(loop->app->findings.account, user, &message);
    paint_lend(loop->painter);
    show_line(stdout, "%s", message.bytes);
    wait_for_enter();
    take_back(loop);
}

void aside_enroll(struct loop *loop)
{
    const struct tui_options *options = loop->options;
    int number = 0;
    if (loop->runner != NULL && loop->status == RUNNER_BUSY) {
        loop_notice(loop, false, "A request of the rotation is in hand. Try again in a moment.");
        return;
    }
    if (options->enroll == NULL) {
        loop_notice(loop, false, "This screen has no enrolment: keywright mfa enroll");
        return;
    }
    paint_lend(loop->painter);
    int status = options->enroll(options->enroll_context, loop->starter, loop->actor, &number);
    signals_again();
    if (number == 0)
        wait_for_enter();
    take_back(loop);
    if (status == 0)
        loop_tell(loop, &(struct app_message){.kind = TO_APP_ENROLLED});
    loop_notice(loop, status != 0, status == 0 ? "The device is enrolled."
                                               : "No device was enrolled; Enter tries again.");
    if (number != 0 && number != SIGINT) {
        loop->by_signal = number;
        loop_leave(loop, true);
    }
}

bool aside_allow(struct loop *loop, const char *target)
{
    struct error err = {0};
    bool allowed = false;
    paint_lend(loop->painter);
    bool good = starter_allow(loop->starter, target, signals_fd(), &allowed, &err);
    take_back(loop);
    if (!good)
        loop_notice_error(loop, &err);
    else if (!allowed)
        loop_notice(loop, false, "Nothing was begun: the command may not be run.");
    if (!good || !allowed)
        return false;
    audit_stop(loop);
    loop->keeper_gone = true;
    return true;
}
