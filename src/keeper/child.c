#include "config.h"

#include "keeper/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/secret.h"
#include "base/when.h"

extern char **environ;

enum { GRACE_MS = 2000, DESCRIPTORS_MAX = 1024 };

struct child {
    pid_t pid; /* and process group; 0: the place is free */
    int output_fd;
    int wait_status;
    int64_t deadline; /* monotonic milliseconds: SIGTERM, and GRACE_MS later SIGKILL */
    bool timed_out, too_long, cut, keep_end;
    char *output;
    size_t length, room;
    child_done *done;
    void *context;
};

struct children {
    struct child places[CHILDREN_MAX];
};

bool children_new(struct children **ret_children, struct error *err)
{
    struct children *children = calloc(1, sizeof *children);
    if (children == NULL)
        return error_set(err, ERROR_MEMORY, "preparing to run commands");
    *ret_children = children;
    return true;
}

/* Give back what a child had. */
static void child_clear(struct child *child)
{
    if (child->output_fd >= 0)
        close(child->output_fd);
    if (child->output != NULL) {
        secret_wipe(child->output, child->room + 1);
        free(child->output);
    }
    *child = (struct child){.output_fd = -1};
}

void children_free(struct children *children)
{
    if (children == NULL)
        return;
    for (size_t i = 0; i < CHILDREN_MAX; i++) {
        struct child *child = &children->places[i];
        if (child->pid == 0)
            continue;
        kill(-child->pid, SIGKILL);
        while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
            ;
        child_clear(child);
    }
    free(children);
}

/* --- starting ----------------------------------------------------------------------------------*/

/* Libraries open descriptors too, and not all of them close on exec. */
static void close_all_on_exec(void)
{
    for (int fd = 3; fd < DESCRIPTORS_MAX; fd++)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static int spawn_with(const struct child_task *task, int output,
                      posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes,
                      pid_t *ret_pid)
{
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(attributes, &all);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setpgroup(attributes, 0);
    int failed = posix_spawnattr_setflags(
        attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    if (failed == 0)
        failed = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
    if (failed == 0)
        failed = posix_spawn_file_actions_adddup2(actions, output, 1);
    if (failed == 0)
        failed = task->with_errors
                     ? posix_spawn_file_actions_adddup2(actions, output, 2)
                     : posix_spawn_file_actions_addopen(actions, 2, "/dev/null", O_WRONLY, 0);
    if (failed != 0)
        return failed;
    close_all_on_exec();
    return posix_spawnp(ret_pid, task->words[0], actions, attributes, task->words,
                        task->environment != NULL ? task->environment : environ);
}

static int spawn(const struct child_task *task, int output, pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return ENOMEM;
    if (posix_spawnattr_init(&attributes) != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return ENOMEM;
    }
    int failed = spawn_with(task, output, &actions, &attributes, ret_pid);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return failed;
}

static struct child *free_place(struct children *children)
{
    for (size_t i = 0; i < CHILDREN_MAX; i++)
        if (children->places[i].pid == 0)
            return &children->places[i];
    return NULL;
}

/* Start into a place whose output buffer is there. */
static bool start(const struct child_task *task, struct child *child, struct error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_set_errno(err, ERROR_IO, errno, "starting a command");
    int failed = spawn(task, ends[1], &child->pid);
    close(ends[1]);
    if (failed != 0) {
        close(ends[0]);
        child->pid = 0;
        enum error_code code = failed == ENOENT   ? ERROR_NOT_FOUND
                               : failed == EACCES ? ERROR_PERMISSION
                                                  : ERROR_IO;
        return error_set_errno(err, code, failed, "the command cannot be started");
    }
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    child->output_fd = ends[0];
    return true;
}

bool children_start(struct children *children, const struct child_task *task, child_done *done,
                    void *context, struct error *err)
{
    struct child *child = free_place(children);
    if (child == NULL)
        return error_set(err, ERROR_BUSY, "%d commands run already", CHILDREN_MAX);
    *child = (struct child){
        .output_fd = -1,
        .keep_end = task->keep_end,
        .output = calloc(1, task->output_max + 1),
        .room = task->output_max,
        .done = done,
        .context = context,
        .deadline = when_monotonic_ms() + task->limit_ms,
    };
    if (child->output == NULL)
        return error_set(err, ERROR_MEMORY, "starting a command");
    if (start(task, child, err))
        return true;
    child_clear(child);
    return false;
}

/* --- running -----------------------------------------------------------------------------------*/

size_t children_pollfds(const struct children *children, struct pollfd *ret_fds, size_t room)
{
    size_t count = 0;
    for (size_t i = 0; i < CHILDREN_MAX && count < room; i++) {
        const struct child *child = &children->places[i];
        if (child->pid != 0 && child->output_fd >= 0)
            ret_fds[count++] = (struct pollfd){.fd = child->output_fd, .events = POLLIN};
    }
    return count;
}

int children_due_ms(const struct children *children)
{
    int64_t due = -1, now = when_monotonic_ms();
    for (size_t i = 0; i < CHILDREN_MAX; i++) {
        const struct child *child = &children->places[i];
        if (child->pid == 0)
            continue;
        int64_t left = child->deadline > now ? child->deadline - now : 0;
        if (due < 0 || left < due)
            due = left;
    }
    return due > INT_MAX ? INT_MAX : (int)due;
}

/* Keep what was read, within the room. */
static void keep(struct child *child, const char *bytes, size_t length)
{
    size_t fits = child->room - child->length;
    if (length > fits && !child->keep_end) {
        child->too_long = true;
        length = fits;
    }
    if (length > fits) {
        size_t drop = length - fits < child->length ? length - fits : child->length;
        memmove(child->output, child->output + drop, child->length - drop);
        child->length -= drop;
        child->cut = true;
        if (length > child->room) {
            bytes += length - child->room;
            length = child->room;
        }
    }
    memcpy(child->output + child->length, bytes, length);
    child->length += length;
    child->output[child->length] = '\0';
}

static void read_output(struct child *child)
{
    char bytes[4096];
    while (child->output_fd >= 0) {
        ssize_t length = read(child->output_fd, bytes, sizeof bytes);
        if (length > 0) {
            keep(child, bytes, (size_t)length);
        } else if (length == 0 || (errno != EINTR && errno != EAGAIN)) {
            close(child->output_fd);
            child->output_fd = -1;
        } else if (errno == EAGAIN) {
            break;
        }
    }
    secret_wipe(bytes, sizeof bytes);
}

static void enforce_limits(struct child *child)
{
    int64_t now = when_monotonic_ms();
    if (child->too_long && !child->timed_out) {
        kill(-child->pid, SIGKILL);
    } else if (now >= child->deadline) {
        kill(-child->pid, child->timed_out ? SIGKILL : SIGTERM);
        child->timed_out = true;
        child->deadline = now + GRACE_MS;
    }
}

/* True when it has ended; it is not collected yet, so that its number stays its own. */
static bool has_ended(const struct child *child)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == child->pid;
}

static void finish(struct child *child)
{
    /* What it left in the background holds the pipe, and perhaps a secret in its environment. */
    kill(-child->pid, SIGKILL);
    while (waitpid(child->pid, &child->wait_status, 0) < 0 && errno == EINTR)
        ;
    read_output(child);
    struct child ended = *child;
    *child = (struct child){.output_fd = -1};
    struct child_result result = {
        .status = WIFSIGNALED(ended.wait_status) ? 128 + WTERMSIG(ended.wait_status)
                                                 : WEXITSTATUS(ended.wait_status),
        .timed_out = ended.timed_out,
        .too_long = ended.too_long,
        .cut = ended.cut,
        .output = ended.output,
        .length = ended.length,
    };
    ended.done(ended.context, &result);
    child_clear(&ended);
}

void children_run(struct children *children)
{
    for (size_t i = 0; i < CHILDREN_MAX; i++) {
        struct child *child = &children->places[i];
        if (child->pid == 0)
            continue;
        read_output(child);
        if (has_ended(child))
            finish(child);
        else
            enforce_limits(child);
    }
}
