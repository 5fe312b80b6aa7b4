#include "config.h"

#include "keeper/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/error.h"
#include "base/harden.h"
#include "keeper/dispatch.h"
#include "keeper/request.h"
#include "keeper/screen.h"
#include "keeper/signer.h"

enum { FDS_MAX = 3 + CHILDREN_FDS_MAX, WAIT_MAX_MS = 60000 };

/* A handler has no other way in than globals. */
static volatile sig_atomic_t told_to_end;
static int wake_pipe[2] = {-1, -1};

static void wake(int number)
{
    int saved = errno;
    if (number == SIGTERM)
        told_to_end = 1;
    ssize_t written = write(wake_pipe[1], "", 1);
    (void)written;
    errno = saved;
}

static void do_nothing(int number)
{
    (void)number;
}

bool loop_watch_signals(struct error *err)
{
    static const int idle[] = {SIGINT, SIGTSTP, SIGPIPE, SIGHUP, SIGQUIT, SIGTTIN, SIGTTOU};
    if (pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
        return error_set_errno(err, ERROR_IO, errno, "preparing for signals");
    struct sigaction action = {.sa_handler = wake, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    action.sa_flags |= SA_NOCLDSTOP;
    sigaction(SIGCHLD, &action, NULL);
    struct sigaction nothing = {.sa_handler = do_nothing, .sa_flags = SA_RESTART};
    sigemptyset(&nothing.sa_mask);
    for (size_t i = 0; i < sizeof idle / sizeof idle[0]; i++)
        sigaction(idle[i], &nothing, NULL);
    return true;
}

static void empty_wake_pipe(void)
{
    char bytes[64];
    while (read(wake_pipe[0], bytes, sizeof bytes) > 0)
        ;
}

/* Of two times, -1 for none. */
static int sooner(int a, int b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* Wait for the door, the terminal, signals, commands and, when calls are under way, the network. */
static bool wait_for_something(struct context *context, struct error *err)
{
    struct pollfd fds[FDS_MAX] = {{.fd = wake_pipe[0], .events = POLLIN}};
    size_t count = 1;
    if (!context->ending)
        fds[count++] = (struct pollfd){
            .fd = door_fd(context->door),
            .events = (short)(POLLIN | (door_wants_write(context->door) ? POLLOUT : 0)),
        };
    struct pollfd terminal = screen_pollfd(context->screen);
    if (terminal.fd >= 0)
        fds[count++] = terminal;
    count += children_pollfds(context->children, fds + count, FDS_MAX - count);
    int timeout = sooner(children_due_ms(context->children), screen_due_ms(context->screen));
    bool calls = context->client != NULL && aws_client_pending(context->client) > 0;
    if (calls)
        return aws_client_run(context->client, fds, count,
                              timeout < 0 || timeout > WAIT_MAX_MS ? WAIT_MAX_MS : timeout, err);
    if (poll(fds, count, timeout) < 0 && errno != EINTR)
        return error_set_errno(err, ERROR_IO, errno, "waiting");
    return true;
}

/* Read and write the door. False when the front is gone; `err` says how. */
static bool serve_door(struct dispatch *dispatch, struct context *context, struct error *err)
{
    struct error unsent = {0};
    bool flushed = door_flush(context->door, &unsent);
    if (!dispatch_receive(dispatch, context, err))
        return false;
    if (!flushed)
        *err = unsent;
    return flushed;
}

/* What is still in hand when the program is told to end has no end of its own any more. */
static void drop_requests(struct context *context)
{
    context->ending = true;
    screen_cancel(context->screen);
    context_forget_client(context); /* calls back, which ends what waited for calls */
    children_free(context->children);
    context->children = NULL;
    signer_free(context);
    while (context->requests != NULL)
        request_free(context->requests);
}

int loop_run(struct context *context)
{
    CLEANUP(dispatch_release) struct dispatch dispatch = {0};
    struct error err = {0};
    int status = 0;
    while (!told_to_end && !(context->ending && context->request_count == 0)) {
        if (!wait_for_something(context, &err)) {
            status = 1;
            break;
        }
        empty_wake_pipe();
        children_run(context->children);
        screen_run(context->screen);
        if (!context->ending && !serve_door(&dispatch, context, &err)) {
            status = err.code == ERROR_KEEPER_GONE ? 0 : 1;
            context->ending = true;
            screen_cancel(context->screen); /* nobody waits for it, and others write there now */
            dispatch_release(&dispatch);
        }
        harden_wipe_traces();
        if (!context->ending)
            dispatch_begin(&dispatch, context);
    }
    drop_requests(context);
    return told_to_end ? 128 + SIGTERM : status;
}
