/* How a command comes to run: the launcher with all of them, and one of them at a time. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/auxv.h>
#endif

#include "base/env.h"
#include "base/guarded.h"
#include "base/when.h"
#include "keeper/child_parts.h"

extern char **environ;

enum {
    CLEAR_FD = 16, /* above what the launcher's table is made of */
    DESCRIPTORS_MAX = 1024,
    VARIABLES_MAX = 32,
};

/* --- commands ----------------------------------------------------------------------------------*/

/* The place of a command in the row; its length when it is not there. */
static uint32_t place_of(const struct text *rows, bool shell, const char *command, bool *ret_found)
{
    uint32_t place = 0;
    *ret_found = false;
    for (size_t at = 0; at < rows->length; at += strlen(rows->bytes + at) + 1, place++) {
        const char *row = rows->bytes + at;
        *ret_found =
            row[0] == (shell ? LAUNCH_SHELL : LAUNCH_WORDS) && strcmp(row + 1, command) == 0;
        if (*ret_found)
            break;
    }
    return place;
}

bool children_register(struct children *children, bool shell, const char *command,
                       struct error *err)
{
    bool found = false;
    if (children->launched)
        return error_set(err, ERROR_INTERNAL, "a command came too late");
    if (place_of(&children->rows, shell, command, &found) == LAUNCH_COMMANDS_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d commands", LAUNCH_COMMANDS_MAX);
    if (found)
        return true;
    text_append_char(&children->rows, shell ? LAUNCH_SHELL : LAUNCH_WORDS);
    text_append_bytes(&children->rows, command, strlen(command) + 1);
    return text_ok(&children->rows, err);
}

bool children_know(const struct children *children, bool shell, const char *command)
{
    bool found = false;
    place_of(&children->rows, shell, command, &found);
    return found;
}

/* --- the launcher ------------------------------------------------------------------------------*/

/* Libraries open descriptors too, and not all of them close on exec. */
static void close_all_on_exec(void)
{
    for (int fd = 3; fd < DESCRIPTORS_MAX; fd++)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/* The file that runs now, also when another version has taken its name since. */
static int spawn_self(pid_t *ret_pid, posix_spawn_file_actions_t *actions,
                      posix_spawnattr_t *attributes)
{
    char *const words[] = {(char *)"keywright-launcher", (char *)"--launcher", NULL};
    int failed = posix_spawn(ret_pid, "/proc/self/exe", actions, attributes, words, environ);
#ifdef __linux__
    const char *path = (const char *)(uintptr_t)getauxval(AT_EXECFN);
    if (failed == ENOENT && path != NULL)
        failed = posix_spawn(ret_pid, path, actions, attributes, words, environ);
#endif
    return failed;
}

static int spawn_launcher(int socket, int commands, pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    if (posix_spawn_file_actions_init(&actions) != 0)
        return ENOMEM;
    if (posix_spawnattr_init(&attributes) != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return ENOMEM;
    }
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    int failed =
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    if (failed == 0)
        failed = posix_spawn_file_actions_adddup2(&actions, socket, LAUNCH_SOCKET_FD);
    if (failed == 0)
        failed = posix_spawn_file_actions_adddup2(&actions, commands, LAUNCH_COMMANDS_FD);
    close_all_on_exec();
    if (failed == 0)
        failed = spawn_self(ret_pid, &actions, &attributes);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return failed;
}

/* The source of a descriptor out of the way of the launcher's. */
static int move_up(int fd)
{
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, CLEAR_FD);
    close(fd);
    return moved;
}

bool children_launch(struct children *children, struct error *err)
{
    int commands = -1, sockets[2];
    children->launched = true;
    if (children->rows.length == 0)
        return true;
    if (!env_seal_bytes(children->rows.bytes, children->rows.length, &commands, err))
        return false;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0) {
        close(commands);
        return error_set_errno(err, ERROR_IO, errno, "starting the launcher");
    }
    commands = move_up(commands);
    sockets[1] = move_up(sockets[1]);
    int failed = commands < 0 || sockets[1] < 0
                     ? EMFILE
                     : spawn_launcher(sockets[1], commands, &children->launcher);
    close(commands);
    close(sockets[1]);
    if (failed != 0) {
        close(sockets[0]);
        children->launcher = 0;
        return error_set_errno(err, ERROR_IO, failed, "starting the launcher");
    }
    fcntl(sockets[0], F_SETFL, O_NONBLOCK);
    children->socket = sockets[0];
    return true;
}

/* --- starting ----------------------------------------------------------------------------------*/

/* What the launcher is sent, and its ends here. */
struct ends {
    int theirs[3];
    int output, errors; /* ours, -1 for none */
};

static void ends_close_theirs(struct ends *ends)
{
    for (int i = 0; i < 3; i++) {
        if (ends->theirs[i] >= 0)
            close(ends->theirs[i]);
        ends->theirs[i] = -1;
    }
}

static void ends_release(struct ends *ends)
{
    ends_close_theirs(ends);
    if (ends->output >= 0)
        close(ends->output);
    if (ends->errors >= 0)
        close(ends->errors);
}

/* The input fits into the pipe, so it is written before there is a reader: no writing that could
 * block, and no SIGPIPE. */
static bool make_input(struct ends *ends, const struct secret *input, struct error *err)
{
    int fds[2];
    if (input == NULL) {
        ends->theirs[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
        return ends->theirs[0] >= 0 || error_set_errno(err, ERROR_IO, errno, "starting a command");
    }
    if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
        return error_set_errno(err, ERROR_IO, errno, "starting a command");
    ends->theirs[0] = fds[0];
    bool fits =
        secret_length(input) <= CHILD_INPUT_MAX &&
        write(fds[1], secret_bytes(input), secret_length(input)) == (ssize_t)secret_length(input);
    close(fds[1]);
    fcntl(fds[0], F_SETFL, 0); /* its reader expects to wait for more */
    return fits || error_set(err, ERROR_LIMIT, "the credentials are too long for a command");
}

/* A file, which is not full as a pipe can be. */
static bool make_text(struct ends *ends, const char *text, struct error *err)
{
    if (!env_seal_bytes(text, strlen(text), &ends->theirs[0], err))
        return false;
    return lseek(ends->theirs[0], 0, SEEK_SET) == 0 ||
           error_set_errno(err, ERROR_IO, errno, "starting a command");
}

static bool make_output(int *ret_ours, int *ret_theirs, struct error *err)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) < 0)
        return error_set_errno(err, ERROR_IO, errno, "starting a command");
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    *ret_ours = fds[0];
    *ret_theirs = fds[1];
    return true;
}

static bool make_ends(const struct child_task *task, struct ends *ends, struct error *err)
{
    if (!(task->text != NULL ? make_text(ends, task->text, err) : make_input(ends, task->input, err)) ||
        !make_output(&ends->output, &ends->theirs[1], err))
        return false;
    switch (task->errors) {
    case CHILD_ERRORS_APART:
        return make_output(&ends->errors, &ends->theirs[2], err);
    case CHILD_ERRORS_MIXED:
        ends->theirs[2] = fcntl(ends->theirs[1], F_DUPFD_CLOEXEC, 0);
        break;
    case CHILD_ERRORS_LOST:
        ends->theirs[2] = open("/dev/null", O_WRONLY | O_CLOEXEC);
        break;
    }
    return ends->theirs[2] >= 0 || error_set_errno(err, ERROR_IO, errno, "starting a command");
}

/* The variables go from where they are: a buffer would be one more copy of them. */
static bool send_run(struct children *children, const struct child_task *task, uint32_t command,
                     const struct ends *ends, struct error *err)
{
    struct launch_request request = {.verb = LAUNCH_RUN,
                                     .id = children->last_id,
                                     .command = command,
                                     .environment = (uint32_t)task->environment};
    struct iovec parts[1 + VARIABLES_MAX] = {{.iov_base = &request, .iov_len = sizeof request}};
    if (task->variable_count > VARIABLES_MAX)
        return error_set(err, ERROR_LIMIT, "too many variables for a command");
    size_t length = 0;
    for (size_t i = 0; i < task->variable_count; i++) {
        const struct secret *variable = task->variables[i];
        parts[1 + i] = (struct iovec){.iov_base = (char *)(uintptr_t)secret_bytes(variable),
                                      .iov_len = secret_length(variable) + 1};
        length += secret_length(variable) + 1;
    }
    if (length > LAUNCH_VARIABLES_SIZE)
        return error_set(err, ERROR_LIMIT, "the variables of a command are too long");
    request.length = (uint32_t)length;
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(3 * sizeof(int))] = {0};
    struct msghdr message = {.msg_iov = parts,
                             .msg_iovlen = 1 + task->variable_count,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    struct cmsghdr *part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(3 * sizeof(int));
    memcpy(CMSG_DATA(part), ends->theirs, 3 * sizeof(int));
    ssize_t sent;
    while ((sent = sendmsg(children->socket, &message, MSG_NOSIGNAL)) < 0 && errno == EINTR)
        ;
    return sent >= 0 || error_set_errno(err, ERROR_IO, errno, "asking the launcher");
}

static struct child *free_place(struct children *children)
{
    for (size_t i = 0; i < LAUNCH_RUNS_MAX; i++)
        if (!children->places[i].running)
            return &children->places[i];
    return NULL;
}

static bool stream_init(struct stream *stream, int *fd, size_t room, struct error *err)
{
    *stream = (struct stream){.fd = *fd, .bytes = guarded_new(room + 1), .room = room};
    *fd = -1;
    return stream->bytes != NULL || error_set(err, ERROR_MEMORY, "starting a command");
}

bool children_start(struct children *children, const struct child_task *task, child_done *done,
                    void *context, struct error *err)
{
    CLEANUP(ends_release) struct ends ends = {{-1, -1, -1}, -1, -1};
    CLEANUP(child_clear) struct child child = {.output.fd = -1, .errors.fd = -1};
    struct child *place = free_place(children);
    bool found = false;
    uint32_t command = place_of(&children->rows, task->shell, task->command, &found);
    if (!found)
        return error_set(err, ERROR_COMMAND,
                         "a command that was not known when keywright was "
                         "started is not run: leave it and start it again");
    if (children->socket < 0)
        return error_set(err, ERROR_COMMAND, "the launcher, which runs commands, has ended");
    if (place == NULL)
        return error_set(err, ERROR_BUSY, "%d commands run already", LAUNCH_RUNS_MAX);
    children->last_id++;
    if (!make_ends(task, &ends, err) ||
        !stream_init(&child.output, &ends.output, task->output_max, err) ||
        !stream_init(&child.errors, &ends.errors, task->output_max, err) ||
        !send_run(children, task, command, &ends, err))
        return false;
    child.running = true;
    child.id = children->last_id;
    child.excess = task->excess;
    child.done = done;
    child.context = context;
    child.deadline = when_monotonic_ms() + task->limit_ms;
    *place = child;
    child = (struct child){.output.fd = -1, .errors.fd = -1};
    return true;
}
