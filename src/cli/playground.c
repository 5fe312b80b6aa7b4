#include "config.h"

#include "cli/playground.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <json-c/json.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "base/when.h"
#include "wire/message.h"

extern char **environ;

enum {
    PATH_SIZE = 4096,
    READY_MS = 10000,
    END_MS = 3000,
    READY_FD = 3, /* in the account's program */
    PARENT_FD = 4,
    CLEAR_FD = 16
};

struct playground {
    char home[PATH_SIZE];
    char journal[PATH_SIZE + 64];
    pid_t account;
    int parent_fd; /* the account ends when this is closed */
    struct json_object *ready;
    char **environment;
};

void playground_program(char *path, size_t size)
{
    static const char name[] = "keywright-practice";
    const char *named = getenv("KEYWRIGHT_PRACTICE");
    if (named != NULL && named[0] != '\0' && text_copy(path, size, named))
        return;
    ssize_t length = readlink("/proc/self/exe", path, size - sizeof name - 1);
    path[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(path, '/');
    if (slash != NULL) {
        memcpy(slash + 1, name, sizeof name);
        if (access(path, X_OK) == 0)
            return;
    }
    text_copy(path, size, PRACTICE_PATH);
}

void playground_add_faults(char *arguments[PLAYGROUND_ARGUMENTS], const char *const *faults,
                           size_t count)
{
    size_t at = 0;
    while (arguments[at] != NULL)
        at++;
    for (size_t i = 0; i < count; i++) {
        arguments[at++] = (char *)"--fault";
        arguments[at++] = (char *)faults[i];
    }
}

/* --- the home --------------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *at)
{
    (void)about, (void)kind, (void)at;
    return remove(path);
}

static bool make_home(struct playground *playground, struct error *err)
{
    const char *base = getenv("TMPDIR");
    int length = snprintf(playground->home, PATH_SIZE - 64, "%s/keywright-practice-XXXXXX",
                          base != NULL && base[0] == '/' ? base : "/tmp");
    if (length >= PATH_SIZE - 64 || mkdtemp(playground->home) == NULL) {
        int sys = errno;
        playground->home[0] = '\0';
        return error_set_errno(err, ERROR_IO, sys, "making a directory for practice");
    }
    snprintf(playground->journal, sizeof playground->journal, "%s/state/keywright/journal.db",
             playground->home);
    return true;
}

/* --- the environment -------------------------------------------------------------------------- */

/* Variables that would lead the program back to the operator's own account or files. */
static bool left_out(const char *variable)
{
    static const char *const prefixes[] = {
        "AWS_",         "HOME=",      "XDG_",        "KEYWRIGHT_JOURNAL=", "HTTP_PROXY=",
        "HTTPS_PROXY=", "ALL_PROXY=", "http_proxy=", "https_proxy=",       "all_proxy="};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (strncmp(variable, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return false;
}

static bool make_environment(struct playground *playground, struct error *err)
{
    const char *const additions[][2] = {
        {"HOME", ""},
        {"XDG_STATE_HOME", "/state"},
        {"XDG_CONFIG_HOME", "/settings"},
        {"AWS_SHARED_CREDENTIALS_FILE", "/.aws/credentials"},
        {"AWS_CONFIG_FILE", "/.aws/config"},
    };
    size_t count = 0, added = sizeof additions / sizeof additions[0];
    while (environ[count] != NULL)
        count++;
    playground->environment = calloc(count + added + 2, sizeof *playground->environment);
    bool good = playground->environment != NULL;
    size_t at = 0;
    for (size_t i = 0; good && i < count; i++)
        if (!left_out(environ[i]))
            good = (playground->environment[at++] = strdup(environ[i])) != NULL;
    for (size_t i = 0; good && i < added + 1; i++) {
        struct text line CLEANUP(text_release);
        text_init(&line, PATH_SIZE * 2);
        if (i < added)
            text_appendf(&line, "%s=%s%s", additions[i][0], playground->home, additions[i][1]);
        else
            text_appendf(&line, "AWS_ENDPOINT_URL=%s", playground_endpoint(playground));
        playground->environment[at] = text_steal(&line);
        good = playground->environment[at++] != NULL;
    }
    return good || error_set(err, ERROR_MEMORY, "making an environment for practice");
}

/* --- the account's program -------------------------------------------------------------------- */

/* One line, or nothing when the program ended or took too long. */
static bool read_ready(int fd, char *line, size_t size)
{
    size_t length = 0;
    int64_t end = when_monotonic_ms() + READY_MS;
    while (length + 1 < size) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        int64_t left = end - when_monotonic_ms();
        if (left <= 0 || poll(&ready, 1, (int)left) <= 0)
            return false;
        ssize_t got = read(fd, line + length, size - 1 - length);
        if (got <= 0)
            return false;
        length += (size_t)got;
        line[length] = '\0';
        if (line[length - 1] == '\n')
            return true;
    }
    return false;
}

/* In a group of its own, so that Ctrl-C on the terminal does not end the account under the program
 * that still talks to it. */
static int spawn(struct playground *playground, const char *const *faults, size_t fault_count,
                 int ready_fd, int parent_fd)
{
    char path[PATH_SIZE];
    playground_program(path, sizeof path);
    char *arguments[PLAYGROUND_ARGUMENTS] = {(char *)"keywright-practice",
                                             (char *)"--home",
                                             playground->home,
                                             (char *)"--ready-fd",
                                             (char *)"3",
                                             (char *)"--parent-fd",
                                             (char *)"4"};
    playground_add_faults(arguments, faults, fault_count);
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    int failed = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (failed == 0)
        failed = posix_spawn_file_actions_adddup2(&actions, ready_fd, READY_FD);
    if (failed == 0)
        failed = posix_spawn_file_actions_adddup2(&actions, parent_fd, PARENT_FD);
    if (failed == 0)
        failed = posix_spawn(&playground->account, path, &actions, &attributes, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return failed;
}

static void close_both(const int *fds)
{
    close(fds[0]);
    close(fds[1]);
}

/* A pipe out of the way of the descriptors that the child is given. */
static bool make_pipe(int fds[2])
{
    int made[2];
    if (pipe2(made, O_CLOEXEC) != 0)
        return false;
    fds[0] = fcntl(made[0], F_DUPFD_CLOEXEC, CLEAR_FD);
    fds[1] = fcntl(made[1], F_DUPFD_CLOEXEC, CLEAR_FD);
    close_both(made);
    return fds[0] >= 0 && fds[1] >= 0;
}

/* The status that it ended with; one that has ended by itself keeps its own. */
static int end_account(pid_t account)
{
    int64_t end = when_monotonic_ms() + END_MS;
    int status = 0;
    kill(account, SIGTERM);
    while (waitpid(account, &status, WNOHANG) == 0) {
        if (when_monotonic_ms() > end)
            kill(account, SIGKILL);
        (void)poll(NULL, 0, 20);
    }
    return status;
}

static bool start(struct playground *playground, const char *const *faults, size_t fault_count,
                  struct error *err)
{
    int ready[2], parent[2];
    char line[8192];
    if (!make_pipe(ready))
        return error_set_errno(err, ERROR_IO, errno, "making a pipe");
    if (!make_pipe(parent)) {
        close_both(ready);
        return error_set_errno(err, ERROR_IO, errno, "making a pipe");
    }
    int failed = spawn(playground, faults, fault_count, ready[1], parent[0]);
    close(ready[1]);
    close(parent[0]);
    playground->parent_fd = parent[1];
    bool got = failed == 0 && read_ready(ready[0], line, sizeof line);
    close(ready[0]);
    if (failed != 0) {
        playground->account = 0;
        return error_set_errno(err, failed == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, failed,
                               "starting keywright-practice");
    }
    if (got)
        playground->ready = json_tokener_parse(line);
    if (playground->ready != NULL)
        return true;
    int status = end_account(playground->account);
    playground->account = 0;
    bool usage = WIFEXITED(status) && WEXITSTATUS(status) == 2;
    return error_set(err, usage ? ERROR_USAGE : ERROR_IO,
                     usage ? "the practice account does not take --fault as it is given"
                           : "the practice account did not start");
}

bool playground_new(const char *const *faults, size_t fault_count,
                    struct playground **ret_playground, struct error *err)
{
    struct playground *playground = calloc(1, sizeof *playground);
    if (playground == NULL)
        return error_set(err, ERROR_MEMORY, "starting a practice account");
    playground->parent_fd = -1;
    if (!make_home(playground, err) || !start(playground, faults, fault_count, err) ||
        !make_environment(playground, err)) {
        playground_free(playground);
        return false;
    }
    *ret_playground = playground;
    return true;
}

void playground_free(struct playground *playground)
{
    if (playground == NULL)
        return;
    if (playground->parent_fd >= 0)
        close(playground->parent_fd);
    if (playground->account > 0)
        end_account(playground->account);
    if (playground->home[0] != '\0')
        (void)nftw(playground->home, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    for (size_t i = 0; playground->environment != NULL && playground->environment[i] != NULL; i++)
        free(playground->environment[i]);
    free(playground->environment);
    json_object_put(playground->ready);
    free(playground);
}

void playground_cleanup(struct playground **playground)
{
    playground_free(*playground);
}

const char *playground_endpoint(const struct playground *playground)
{
    return body_string(playground->ready, "endpoint");
}

const char *playground_user(const struct playground *playground)
{
    return body_string(playground->ready, "user");
}

const char *playground_key(const struct playground *playground)
{
    return body_string(playground->ready, "key");
}

const char *playground_journal(const struct playground *playground)
{
    return playground->journal;
}

char *const *playground_environment(const struct playground *playground)
{
    return playground->environment;
}
