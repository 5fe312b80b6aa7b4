#include "config.h"

#include "keeper/child.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/guarded.h"
#include "base/safe.h"
#include "base/when.h"
#include "keeper/child_parts.h"

enum {
    GRACE_MS = 2000,
    END_MS = 5000,
    ROWS_MAX = 1 << 20, /* bytes of commands */
};

bool children_new(struct children **ret_children, struct error *err)
{
    struct children *children = calloc(1, sizeof *children);
    if (children == NULL)
        return error_set(err, ERROR_MEMORY, "preparing to run commands");
    children->socket = -1;
    text_init(&children->rows, ROWS_MAX);
    for (size_t i = 0; i < LAUNCH_RUNS_MAX; i++)
        children->places[i] = (struct child){.output.fd = -1, .errors.fd = -1};
    *ret_children = children;
    return true;
}

static void stream_clear(struct stream *stream)
{
    if (stream->fd >= 0)
        close(stream->fd);
    guarded_free(stream->bytes); /* a credential_process prints a secret, and others may */
    *stream = (struct stream){.fd = -1};
}

void child_clear(struct child *child)
{
    stream_clear(&child->output);
    stream_clear(&child->errors);
    *child = (struct child){.output.fd = -1, .errors.fd = -1};
}

/* Its end is the end of what it started. It is waited for, so that nothing outlives us unseen; but
 * not for ever. */
static void end_launcher(struct children *children)
{
    if (children->socket >= 0)
        close(children->socket);
    children->socket = -1;
    int64_t end = when_monotonic_ms() + END_MS;
    while (children->launcher > 0 && waitpid(children->launcher, NULL, WNOHANG) == 0 &&
           when_monotonic_ms() < end)
        poll(NULL, 0, 5);
    children->launcher = 0;
}

void children_free(struct children *children)
{
    if (children == NULL)
        return;
    end_launcher(children);
    for (size_t i = 0; i < LAUNCH_RUNS_MAX; i++)
        child_clear(&children->places[i]);
    /* A credential_process can have a secret among its arguments. */
    secret_wipe(children->rows.bytes, children->rows.length);
    text_release(&children->rows);
    free(children);
}

bool child_not_started(const struct child_result *result, const char *name, struct error *err)
{
    char shown[256];
    enum error_code code = result->failed == ENOENT   ? ERROR_NOT_FOUND
                           : result->failed == EACCES ? ERROR_PERMISSION
                                                      : ERROR_COMMAND;
    if (result->failed == EPIPE)
        return error_set(err, ERROR_COMMAND,
                         "the launcher has ended; whether %s has done its work is not known",
                         safe_copy(shown, sizeof shown, name));
    return error_set_errno(err, code, result->failed, "the command %s%scannot be started",
                           safe_copy(shown, sizeof shown, name), name[0] != '\0' ? " " : "");
}

/* --- running -----------------------------------------------------------------------------------*/

static void add_stream(const struct stream *stream, struct pollfd *fds, size_t room, size_t *count)
{
    if (stream->fd >= 0 && *count < room)
        fds[(*count)++] = (struct pollfd){.fd = stream->fd, .events = POLLIN};
}

size_t children_pollfds(const struct children *children, struct pollfd *ret_fds, size_t room)
{
    size_t count = 0;
    if (children->socket >= 0 && room > 0)
        ret_fds[count++] = (struct pollfd){.fd = children->socket, .events = POLLIN};
    for (size_t i = 0; i < LAUNCH_RUNS_MAX; i++) {
        add_stream(&children->places[i].output, ret_fds, room, &count);
        add_stream(&children->places[i].errors, ret_fds, room, &count);
    }
    return count;
}

int children_due_ms(const struct children *children)
{
    int64_t due = -1, now = when_monotonic_ms();
    for (size_t i = 0; i < LAUNCH_RUNS_MAX; i++) {
        const struct child *child = &children->places[i];
        if (!child->running)
            continue;
        int64_t left = child->deadline > now ? child->deadline - now : 0;
        if (due < 0 || left < due)
            due = left;
    }
    return due > INT_MAX ? INT_MAX : (int)due;
}

/* Keep what was read, within the room. */
static void keep(struct stream *stream, enum child_excess excess, const char *bytes, size_t length)
{
    size_t fits = stream->room - stream->length;
    if (length > fits && excess != CHILD_EXCESS_LOSES_BEGINNING) {
        stream->too_long = true;
        length = fits;
    }
    if (length > fits) {
        size_t drop = length - fits < stream->length ? length - fits : stream->length;
        memmove(stream->bytes, stream->bytes + drop, stream->length - drop);
        stream->length -= drop;
        stream->cut = true;
        if (length > stream->room) {
            bytes += length - stream->room;
            length = stream->room;
        }
    }
    memcpy(stream->bytes + stream->length, bytes, length);
    stream->length += length;
    stream->bytes[stream->length] = '\0';
}

static void read_stream(struct stream *stream, enum child_excess excess)
{
    char bytes[4096];
    while (stream->fd >= 0) {
        ssize_t length = read(stream->fd, bytes, sizeof bytes);
        if (length > 0) {
            keep(stream, excess, bytes, (size_t)length);
        } else if (length == 0 || (errno != EINTR && errno != EAGAIN)) {
            close(stream->fd);
            stream->fd = -1;
        } else if (errno == EAGAIN) {
            break;
        }
    }
    secret_wipe(bytes, sizeof bytes);
}

/* A launcher that is gone is seen by its socket. */
static void send_signal(struct children *children, struct child *child, int number)
{
    struct launch_request request = {.verb = LAUNCH_SIGNAL, .id = child->id, .signal = number};
    if (children->socket >= 0)
        (void)!send(children->socket, &request, sizeof request, MSG_NOSIGNAL);
}

static void enforce_limits(struct children *children, struct child *child)
{
    int64_t now = when_monotonic_ms();
    bool too_long =
        child->excess == CHILD_EXCESS_ENDS_IT && (child->output.too_long || child->errors.too_long);
    if (too_long && !child->killed) {
        send_signal(children, child, SIGKILL);
        child->killed = true;
    } else if (now >= child->deadline) {
        send_signal(children, child, child->timed_out ? SIGKILL : SIGTERM);
        child->timed_out = true;
        child->deadline = now + GRACE_MS;
    }
}

static struct child_output output_of(const struct stream *stream)
{
    return (struct child_output){
        .bytes = stream->bytes, .length = stream->length, .cut = stream->cut};
}

static void finish(struct child *child, int failed, int status)
{
    read_stream(&child->output, child->excess);
    read_stream(&child->errors, child->excess);
    struct child ended = *child;
    *child = (struct child){.output.fd = -1, .errors.fd = -1};
    struct child_result result = {
        .failed = failed,
        .status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status),
        .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
        .timed_out = ended.timed_out,
        .too_long = ended.excess == CHILD_EXCESS_ENDS_IT &&
                    (ended.output.too_long || ended.errors.too_long),
        .output = output_of(&ended.output),
        .errors = output_of(&ended.errors),
    };
    ended.done(ended.context, &result);
    child_clear(&ended);
}

static void take_replies(struct children *children)
{
    struct launch_reply reply;
    while (children->socket >= 0) {
        ssize_t length = recv(children->socket, &reply, sizeof reply, 0);
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0 && errno == EAGAIN)
            return;
        if (length != sizeof reply) { /* it has ended */
            end_launcher(children);
            return;
        }
        for (size_t i = 0; i < LAUNCH_RUNS_MAX; i++)
            if (children->places[i].running && children->places[i].id == reply.id) {
                finish(&children->places[i], reply.failed, reply.status);
                break;
            }
    }
}

void children_run(struct children *children)
{
    bool was_there = children->socket >= 0;
    for (size_t i = 0; i < LAUNCH_RUNS_MAX; i++) {
        read_stream(&children->places[i].output, children->places[i].excess);
        read_stream(&children->places[i].errors, children->places[i].excess);
    }
    take_replies(children);
    for (size_t i = 0; i < LAUNCH_RUNS_MAX; i++) {
        struct child *child = &children->places[i];
        if (child->running && was_there && children->socket < 0)
            finish(child, EPIPE, 0);
        else if (child->running)
            enforce_limits(children, child);
    }
}
