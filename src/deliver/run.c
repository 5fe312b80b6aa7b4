#include "config.h" /* first: it asks for pipe2 and environ */

#include "deliver/run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/safe.h"
#include "base/when.h"

enum { PAUSE_MS = 20, SHOWN_SIZE = 256 };

void run_output_release(struct run_output *output)
{
    if (output->bytes != NULL)
        secret_wipe(output->bytes, RUN_OUTPUT_MAXIMUM + 1);
    free(output->bytes);
    *output = (struct run_output){0};
}

/* --- finding it --------------------------------------------------------------------------------*/

static bool executable(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

bool run_find(const char *name, char *buffer, size_t size, struct error *err)
{
    char shown[SHOWN_SIZE], candidate[PATH_MAX];
    safe_copy(shown, sizeof shown, name);
    bool path_given = strchr(name, '/') != NULL;
    const char *path = path_given ? "" : getenv("PATH");
    if (path == NULL)
        path = "/usr/local/bin:/usr/bin:/bin";
    for (const char *at = path; at != NULL;) {
        size_t length = strcspn(at, ":");
        int made = path_given ? snprintf(candidate, sizeof candidate, "%s", name)
                   : length == 0
                       ? snprintf(candidate, sizeof candidate, "./%s", name)
                       : snprintf(candidate, sizeof candidate, "%.*s/%s", (int)length, at, name);
        if (made > 0 && (size_t)made < sizeof candidate && (size_t)made < size &&
            executable(candidate)) {
            strcpy(buffer, candidate);
            return true;
        }
        at = at[length] == ':' ? at + length + 1 : NULL;
    }
    if (path_given && access(name, F_OK) == 0)
        return error_set(err, ERROR_PERMISSION, "%s cannot be executed", shown);
    return error_set(err, ERROR_NOT_FOUND, "the command %s is not found%s", shown,
                     path_given ? "" : " in PATH");
}

/* --- starting it -------------------------------------------------------------------------------*/

static bool is_secret_variable(const char *entry)
{
    static const char *const names[] = {
        "AWS_ACCESS_KEY_ID=",
        "AWS_SECRET_ACCESS_KEY=",
        "AWS_SESSION_TOKEN=",
        "AWS_SECURITY_TOKEN=",
        "AWS_SECRET_KEY=",
        "AWS_ACCESS_KEY=",
        "AWS_CREDENTIAL_EXPIRATION=",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN=",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(entry, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

/* Our environment without secrets; the strings are borrowed. */
static char **clean_environment(void)
{
    size_t count = 0;
    while (environ[count] != NULL)
        count++;
    char **clean = calloc(count + 1, sizeof *clean);
    size_t kept = 0;
    for (size_t i = 0; clean != NULL && i < count; i++)
        if (!is_secret_variable(environ[i]))
            clean[kept++] = environ[i];
    return clean;
}

struct child {
    pid_t id;
    int ends[3][2]; /* pipes for 0, 1, 2; [0] is read from; -1 when closed */
    int status;
    bool ended;
};

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void child_release(struct child *child)
{
    for (int i = 0; i < 3; i++) {
        close_end(&child->ends[i][0]);
        close_end(&child->ends[i][1]);
    }
}

static int spawn(struct child *child, const char *program, char *const words[])
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    sigaddset(&usual, SIGINT);
    sigaddset(&usual, SIGHUP);
    sigaddset(&usual, SIGTERM);
    char **environment = clean_environment();
    int failed = environment == NULL ? ENOMEM : posix_spawn_file_actions_init(&actions);
    if (failed != 0) {
        free(environment);
        return failed;
    }
    failed = posix_spawnattr_init(&attributes);
    if (failed == 0) {
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                  POSIX_SPAWN_SETSIGDEF);
        posix_spawnattr_setpgroup(&attributes, 0);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setsigdefault(&attributes, &usual);
        int ours[3] = {child->ends[0][0], child->ends[1][1], child->ends[2][1]};
        for (int i = 0; failed == 0 && i < 3; i++)
            failed = posix_spawn_file_actions_adddup2(&actions, ours[i], i);
#if defined(__GLIBC__) && defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 34)
        if (failed == 0)
            failed = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
#endif
#endif
        if (failed == 0)
            failed = posix_spawn(&child->id, program, &actions, &attributes, words, environment);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    free(environment);
    return failed;
}

/* The input fits into the pipe (it is at most PIPE_BUF long), so it is written before there is a
 * child: no writing that could block, and no SIGPIPE. */
static bool start(struct child *child, const char *program, char *const words[],
                  const struct secret *input, struct error *err)
{
    for (int i = 0; i < 3; i++)
        if (pipe2(child->ends[i], O_CLOEXEC) != 0)
            return error_set_errno(err, ERROR_IO, errno, "starting a command");
    if (input != NULL && (secret_length(input) > RUN_INPUT_MAXIMUM ||
                          write(child->ends[0][1], secret_bytes(input), secret_length(input)) !=
                              (ssize_t)secret_length(input)))
        return error_set(err, ERROR_LIMIT, "the credentials are too long for a command");
    close_end(&child->ends[0][1]);
    int failed = spawn(child, program, words);
    char shown[SHOWN_SIZE];
    if (failed != 0)
        return error_set_errno(err, failed == ENOENT ? ERROR_NOT_FOUND : ERROR_PERMISSION, failed,
                               "starting %s", safe_copy(shown, sizeof shown, program));
    close_end(&child->ends[0][0]);
    close_end(&child->ends[1][1]);
    close_end(&child->ends[2][1]);
    fcntl(child->ends[1][0], F_SETFL, O_NONBLOCK);
    fcntl(child->ends[2][0], F_SETFL, O_NONBLOCK);
    return true;
}

/* --- waiting for it ----------------------------------------------------------------------------*/

static void drain(int *fd, struct run_output *output)
{
    char rest[4096];
    while (*fd >= 0) {
        size_t room = RUN_OUTPUT_MAXIMUM - output->length;
        char *to = room == 0 ? rest : output->bytes + output->length;
        ssize_t got = read(*fd, to, room == 0 ? sizeof rest : room);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            break;
        if (got <= 0) {
            close_end(fd);
            break;
        }
        if (room > 0)
            output->length += (size_t)got;
    }
    secret_wipe(rest, sizeof rest);
}

/* Until it has ended (what it started may live on and hold the pipes), or its time is over. */
static bool await(struct child *child, int64_t limit, struct run_output outputs[2])
{
    while (!child->ended) {
        struct pollfd fds[2] = {{.fd = child->ends[1][0], .events = POLLIN},
                                {.fd = child->ends[2][0], .events = POLLIN}};
        poll(fds, 2, PAUSE_MS);
        pid_t waited = waitpid(child->id, &child->status, WNOHANG);
        child->ended = waited == child->id;
        if (waited < 0 && errno == ECHILD) { /* somebody else collected it: not known is not well */
            child->ended = true;
            child->status = 127 << 8;
        }
        drain(&child->ends[1][0], &outputs[0]);
        drain(&child->ends[2][0], &outputs[1]);
        bool closed = child->ends[1][0] < 0 && child->ends[2][0] < 0;
        if (!child->ended && closed)
            poll(NULL, 0, PAUSE_MS);
        if (!child->ended && when_monotonic_ms() >= limit) {
            kill(-child->id, SIGKILL);
            while (waitpid(child->id, &child->status, 0) < 0 && errno == EINTR)
                continue;
            return false;
        }
    }
    return true;
}

/* --- what is said about it ---------------------------------------------------------------------*/

static bool holds(const struct run_output *output, const struct secret *hidden)
{
    return hidden != NULL && secret_length(hidden) > 0 &&
           memmem(output->bytes, output->length, secret_bytes(hidden), secret_length(hidden)) !=
               NULL;
}

/* The last line that is not empty, fit for a message; "" when it could show the secret. */
static void last_line(const struct run_output *errors, const struct secret *hidden,
                      char shown[SHOWN_SIZE])
{
    shown[0] = '\0';
    size_t end = errors->length;
    /* cut output could end in the middle of the secret */
    if (errors->length == RUN_OUTPUT_MAXIMUM || holds(errors, hidden))
        return;
    while (end > 0 && strchr(" \t\r\n", errors->bytes[end - 1]) != NULL)
        end--;
    errors->bytes[end] = '\0';
    size_t start = end;
    while (start > 0 && errors->bytes[start - 1] != '\n')
        start--;
    safe_copy(shown, SHOWN_SIZE, errors->bytes + start);
}

static bool judge(const struct child *child, const char *name, const struct run_output *errors,
                  const struct secret *hidden, struct error *err)
{
    if (WIFEXITED(child->status) && WEXITSTATUS(child->status) == 0)
        return true;
    char line[SHOWN_SIZE], shown[128];
    last_line(errors, hidden, line);
    safe_copy(shown, sizeof shown, name);
    const char *colon = line[0] == '\0' ? "" : ": ";
    if (WIFSIGNALED(child->status))
        return error_set(err, ERROR_COMMAND, "%s was ended by signal %d%s%s", shown,
                         WTERMSIG(child->status), colon, line);
    return error_set(err, ERROR_COMMAND, "%s ended with status %d%s%s", shown,
                     WEXITSTATUS(child->status), colon, line);
}

bool run_command(char *const words[], const struct secret *input, const struct secret *hidden,
                 int limit_ms, struct run_output *ret_output, struct error *err)
{
    char program[PATH_MAX];
    CLEANUP(child_release) struct child child = {.ends = {{-1, -1}, {-1, -1}, {-1, -1}}};
    CLEANUP(run_output_release) struct run_output output = {0};
    CLEANUP(run_output_release) struct run_output errors = {0};
    output.bytes = calloc(1, RUN_OUTPUT_MAXIMUM + 1);
    errors.bytes = calloc(1, RUN_OUTPUT_MAXIMUM + 1);
    if (output.bytes == NULL || errors.bytes == NULL)
        return error_set(err, ERROR_MEMORY, "no room for the output of a command");
    if (!run_find(words[0], program, sizeof program, err) ||
        !start(&child, program, words, input, err))
        return false;
    struct run_output both[2] = {output, errors};
    bool in_time = await(&child, when_monotonic_ms() + limit_ms, both);
    output.length = both[0].length;
    errors.length = both[1].length;
    char shown[SHOWN_SIZE];
    if (!in_time)
        return error_set(err, ERROR_TIMEOUT, "%s did not end within %d s and was killed",
                         safe_copy(shown, sizeof shown, words[0]), limit_ms / 1000);
    if (!judge(&child, words[0], &errors, hidden, err))
        return false;
    *ret_output = output;
    output = (struct run_output){0};
    return true;
}
