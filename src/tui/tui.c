#include "config.h"

#include "tui/tui.h"

#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/show.h"
#include "base/when.h"
#include "runner/confine.h"
#include "runner/starter.h"
#include "tui/act.h"
#include "tui/audit.h"
#include "tui/code.h"
#include "tui/lists.h"
#include "tui/paint.h"
#include "tui/run.h"
#include "tui/signals.h"
#include "tui/view.h"
#include "wire/scope.h"

/* After this long without a key what is told of the marked row follows the mark. */
enum { REST_MS = 80 };

/* --- one turn of the loop
 * -------------------------------------------------------------------------- */

static void tell_size(struct loop *loop)
{
    struct app_message message = {.kind = TO_APP_SIZE};
    paint_size(loop->painter, &message.rows, &message.columns);
    loop_tell(loop, &message);
}

static void show(struct loop *loop)
{
    struct error err;
    struct grid grid CLEANUP(grid_release) = {0};
    if (!loop->dirty || loop->lend.out ||
        !grid_init(&grid, loop->app->rows, loop->app->columns, loop->app->unicode, &err))
        return;
    view(loop->app, &grid);
    paint_grid(loop->painter, &grid);
    loop->dirty = false;
}

static int64_t milliseconds_of_second(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_nsec / 1000000;
}

/* The shorter of two sleeps, one of them until a monotonic time; -1 is for ever. */
static int64_t sooner(int64_t sleep, int64_t until)
{
    int64_t left = until - when_monotonic_ms();
    left = left > 0 ? left : 0;
    return sleep < 0 || left < sleep ? left : sleep;
}

/* How long to sleep: for ever, unless a wait ends, seconds are shown, or we are leaving. */
static int sleep_for(const struct loop *loop)
{
    int64_t sleep = -1;
    if (loop->runner != NULL && loop->status == RUNNER_WAITING) {
        int64_t left = runner_effect(loop->runner)->until - when_now();
        sleep = left > 0 ? left * 1000 - milliseconds_of_second() + 1 : 0;
        if (app_counts(loop->app) && sleep > 1000)
            sleep = 1001 - milliseconds_of_second();
    }
    if (loop->leaving)
        sleep = sooner(sleep, loop->leave_by);
    if (loop->app->moving)
        sleep = sooner(sleep, loop->rest_at);
    if (audit_wake(loop) >= 0)
        sleep = sooner(sleep, audit_wake(loop));
    return sleep < 0 ? -1 : sleep > 3600000 ? 3600000 : (int)sleep;
}

static void take_input(struct loop *loop)
{
    struct key key;
    while (!loop->lend.out) {
        switch (paint_input(loop->painter, &key)) {
        case PAINT_NOTHING:
            return;
        case PAINT_HANGUP:
            loop->by_signal = SIGHUP;
            loop->done = true;
            return;
        case PAINT_RESIZED:
            tell_size(loop);
            break;
        case PAINT_KEY:
            loop->rest_at = when_monotonic_ms() + REST_MS;
            if (key.press != PRESS_NONE)
                loop_tell(loop, &(struct app_message){.kind = TO_APP_KEY, .key = key});
            break;
        }
        act_on_wishes(loop);
        if (loop->done)
            return;
    }
}

static void take_signals(struct loop *loop)
{
    for (int number; (number = signals_next()) != 0;) {
        if (number == SIGCONT) {
            paint_anew(loop->painter);
            loop->dirty = true;
        } else {
            loop->by_signal = number;
            loop_leave(loop, true);
        }
    }
}

static void take_replies(struct loop *loop)
{
    struct error err = {0};
    if (loop->keeper == NULL || loop->keeper_gone)
        return;
    if (!keeper_run(loop->keeper, &err)) {
        loop->keeper_gone = true;
        loop_notice_error(loop, &err);
    }
    loop_survey_progress(loop);
    audit_follow(loop);
}

/* Coming home, what happened meanwhile is looked at. */
static void follow_screen(struct loop *loop, enum tui_screen before)
{
    if (loop->app->screen != SCREEN_HOME || before == SCREEN_HOME)
        return;
    lists_open(loop);
    bool old = loop->survey_old || loop->survey == NULL;
    if (old && !loop->keeper_gone)
        loop_survey(loop);
}

static void turn(struct loop *loop, int signal_fd)
{
    enum tui_screen before = loop->app->screen;
    if (!loop->leaving)
        run_advance(loop);
    code_follow(loop);
    act_on_wishes(loop);
    follow_screen(loop, before);
    bool counts = app_counts(loop->app);
    if (loop->app->now != when_now()) {
        bool dirty = loop->dirty;
        loop_tell(loop, &(struct app_message){.kind = TO_APP_CLOCK, .now = when_now()});
        loop->dirty = dirty || counts;
    }
    show(loop);
    struct pollfd lines[] = {
        {.fd = STDIN_FILENO, .events = POLLIN}, {.fd = signal_fd, .events = POLLIN}, {.fd = -1}};
    if (loop->keeper != NULL && !loop->keeper_gone)
        lines[2] = keeper_pollfd(loop->keeper);
    if (loop->lend.out)
        lines[0].fd = -1; /* the keys are the keeper's */
    if (poll(lines, 3, sleep_for(loop)) < 0 && errno != EINTR)
        loop->done = true;
    before = loop->app->screen;
    take_signals(loop);
    take_input(loop);
    if (lines[2].revents != 0)
        take_replies(loop);
    if (audit_wake(loop) >= 0)
        audit_follow(loop);
    if (loop->app->moving && when_monotonic_ms() >= loop->rest_at)
        loop_tell(loop, &(struct app_message){.kind = TO_APP_REST});
    follow_screen(loop, before);
    bool settled = loop->keeper_gone || keeper_pending(loop->keeper) == 0;
    if (loop->leaving && (settled || when_monotonic_ms() >= loop->leave_by))
        loop->done = true;
}

/* --- begin and end
 * --------------------------------------------------------------------------------- */

static void copy_or_empty(char *to, size_t size, const char *from)
{
    text_copy(to, size, from != NULL ? from : "");
}

static void tell_audience(struct loop *loop)
{
    const struct tui_options *options = loop->options;
    struct audience audience = {.user = ""};
    copy_or_empty(audience.user, sizeof audience.user, options->user);
    if (options->selection != NULL) {
        copy_or_empty(audience.group, sizeof audience.group, options->selection->group);
        copy_or_empty(audience.path, sizeof audience.path, options->selection->path);
        copy_or_empty(audience.tag, sizeof audience.tag, options->selection->tag);
    }
    loop_tell(loop, &(struct app_message){.kind = TO_APP_AUDIT_ABOUT, .audience = &audience});
}

static void begin(struct loop *loop)
{
    const struct tui_options *options = loop->options;
    tell_size(loop);
    tell_audience(loop);
    loop_tell(loop, &(struct app_message){.kind = TO_APP_CLOCK, .now = when_now()});
    lists_open(loop);
    show(loop);
    const struct runner_request *request = options->request;
    if (options->resume != NULL)
        run_resume(loop, options->resume);
    else if (request != NULL && !options->ask_plan)
        run_start(loop, request);
    else
        loop_survey(loop);
    if (request != NULL && options->ask_plan)
        loop_tell(loop, &(struct app_message){.kind = TO_APP_REQUEST,
                                              .text = request->key != NULL ? request->key : "",
                                              .place = request->user != NULL ? request->user : ""});
    act_on_wishes(loop);
}

static bool name_open(void *context, int64_t number, const struct rotation_row *row)
{
    (void)number;
    const struct loop *loop = context;
    show_line(stdout, "Rotation %s (%s, user %s) is open: %s.", row->id, row->old_key, row->user,
               rotation_state_name(row->state));
    show_line(stdout, "Go on with: %s %s", loop->app->resume_command, row->id);
    return true;
}

/* On the way out, with the terminal given back. */
static void say_goodbye(struct loop *loop)
{
    struct error err;
    struct rotation_filter filter = {.open_only = true, .limit = 5};
    if (!journal_rotations(loop->journal, &filter, name_open, loop, &err))
        show_line(stderr, "keywright: %s", err.text);
    fflush(stdout);
}

static int exit_status(const struct loop *loop)
{
    if (loop->by_signal != 0 && loop->by_signal != SIGINT)
        return 128 + loop->by_signal;
    bool asked = loop->options->request != NULL || loop->options->resume != NULL;
    if (loop->interrupted && run_open(loop))
        return 130;
    return asked ? run_exit_status(loop) : 0;
}

static void look_up_actor(struct loop *loop)
{
    const struct passwd *who = loop->options->actor == NULL ? getpwuid(getuid()) : NULL;
    const char *name = loop->options->actor;
    text_copy(loop->actor, sizeof loop->actor,
              name != NULL  ? name
              : who != NULL ? who->pw_name
                            : "unknown");
}

static bool run(struct loop *loop, struct error *err)
{
    int signal_fd;
    if (!paint_start(!loop->options->no_color, &loop->painter, err))
        return false;
    if (!signals_start(&signal_fd, err)) {
        paint_stop(loop->painter);
        return false;
    }
    begin(loop);
    while (!loop->done)
        turn(loop, signal_fd);
    paint_stop(loop->painter);
    signals_stop();
    return true;
}

/* Keepers are started later, perhaps several, by whoever still may; and what they may do is all
 * that the command line and the open rotations name. */
static bool confine(struct loop *loop, struct error *err)
{
    CLEANUP(text_release) struct text scope;
    text_init(&scope, SCOPE_MAXIMUM);
    if (loop->options->request != NULL)
        front_scope_request(loop->options->request, &scope);
    scope_add(&scope, SCOPE_MFA, loop->options->mfa_command);
    if (loop->options->defaults != NULL)
        front_scope_request(loop->options->defaults, &scope);
    /* It can be chosen for each rotation that is begun here. */
    scope_add(&scope, SCOPE_TARGET, "show");
    return front_scope_open(loop->journal, &scope, err) &&
           starter_new(loop->options->keeper.environment_fd, &scope, front_scope_shows(&scope),
                       &loop->starter, err) &&
           front_confine(loop->options->journal_path, NULL, NULL, err);
}

/* "command:CMD, file:ops": what `given` stands for in the dialog before a rotation. */
static void name_given(const struct tui_options *options, struct text *text)
{
    const struct runner_request *request =
        options->request != NULL ? options->request : options->defaults;
    for (size_t i = 0; request != NULL && i < request->to_count; i++)
        text_appendf(text, "%s%s", i > 0 ? ", " : "", request->to[i]);
}

bool tui_run(const struct tui_options *options, int *ret_exit_status, struct error *err)
{
    struct loop *loop = calloc(1, sizeof *loop);
    struct app *app = calloc(1, sizeof *app);
    bool good = loop != NULL && app != NULL;
    struct text given CLEANUP(text_release);
    text_init(&given, TEXT_SIZE * (TARGETS_MAX + 1));
    name_given(options, &given);
    if (!good)
        error_set(err, ERROR_MEMORY, "starting the screen");
    struct journal *journal CLEANUP(journal_cleanup) = NULL;
    good = good && journal_open(options->journal_path, JOURNAL_WRITE, &journal, err) &&
           app_init(app, paint_unicode(), err);
    if (good) {
        loop->options = options;
        loop->app = app;
        loop->journal = journal;
        if (options->resume_command != NULL)
            app->resume_command = options->resume_command;
        if (options->rotate_command != NULL)
            app->rotate_command = options->rotate_command;
        if (given.length > 0)
            app->given_to = given.bytes;
        app->given_compromised = options->request != NULL && options->request->compromised;
        look_up_actor(loop);
        good = confine(loop, err) && run(loop, err);
        int status = exit_status(loop);
        /* Replies that are owed are recorded while the journal is open. */
        loop_release(loop);
        if (good) {
            say_goodbye(loop);
            *ret_exit_status = status;
        }
        starter_free(loop->starter);
        app_release(app);
    }
    free(app);
    free(loop);
    return good;
}
