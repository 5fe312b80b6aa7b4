#include "config.h"

#include "keeper/launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "base/env.h"
#include "base/words.h"
#include "keeper/launch.h"

extern char **environ;

enum { VARIABLES_MAX = 32 };

struct run {
    pid_t pid; /* and process group; 0: the place is free */
    uint32_t id;
};

struct packet {
    struct launch_request request;
    char variables[LAUNCH_VARIABLES_SIZE];
};

struct launcher {
    size_t count;
    const char **commands; /* into what was read once */
    struct run runs[LAUNCH_RUNS_MAX];
    struct packet packet; /* locked into memory: the variables can be secret */
    int fds[3];           /* that came with it; -1 for none */
};

/* --- what it begins with -----------------------------------------------------------------------*/

static bool read_commands(struct launcher *launcher)
{
    char *bytes = NULL;
    size_t length = 0;
    fcntl(LAUNCH_SOCKET_FD, F_SETFD, FD_CLOEXEC); /* no command speaks to us */
    if (!env_read(LAUNCH_COMMANDS_FD, &bytes, &length, NULL) || length == 0)
        return false;
    close(LAUNCH_COMMANDS_FD);
    launcher->commands = calloc(LAUNCH_COMMANDS_MAX, sizeof *launcher->commands);
    if (launcher->commands == NULL)
        return false;
    for (const char *at = bytes; at < bytes + length && launcher->count < LAUNCH_COMMANDS_MAX;
         at += strlen(at) + 1)
        launcher->commands[launcher->count++] = at;
    return true;
}

static void wake(int number)
{
    (void)number; /* it has ended a wait; that is all */
}

/* Signals are the keeper's business. SIGCHLD comes only while we wait. */
static void watch_signals(sigset_t *ret_waiting)
{
    static const int ignored[] = {SIGINT, SIGHUP, SIGQUIT, SIGTERM, SIGPIPE};
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
        signal(ignored[i], SIG_IGN);
    sigset_t blocked;
    sigemptyset(ret_waiting);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGCHLD);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    struct sigaction action = {.sa_handler = wake, .sa_flags = SA_NOCLDSTOP};
    sigemptyset(&action.sa_mask);
    sigaction(SIGCHLD, &action, NULL);
}

static void hide(struct launcher *launcher)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    /* Where the limit forbids it, the variables of a --test could reach the swap for the moment
     * that they are here, as they could from the command itself. */
    (void)!mlock(&launcher->packet, sizeof launcher->packet);
#ifdef __linux__
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    prctl(PR_SET_NAME, "kw-launcher", 0, 0, 0);
#endif
}

/* --- environments ------------------------------------------------------------------------------*/

static bool names_one(const char *entry, const char *const *names)
{
    for (; *names != NULL; names++)
        if (strncmp(entry, *names, strlen(*names)) == 0)
            return true;
    return false;
}

static char **clean_environment(void)
{
    static const char *const secret[] = {"AWS_ACCESS_KEY_ID=",
                                         "AWS_SECRET_ACCESS_KEY=",
                                         "AWS_SESSION_TOKEN=",
                                         "AWS_SECURITY_TOKEN=",
                                         "AWS_SECRET_KEY=",
                                         "AWS_ACCESS_KEY=",
                                         "AWS_BEARER_TOKEN_",
                                         "AWS_CREDENTIAL_EXPIRATION=",
                                         "AWS_CONTAINER_AUTHORIZATION_TOKEN=",
                                         NULL};
    size_t count = 0, kept = 0;
    while (environ[count] != NULL)
        count++;
    char **clean = calloc(count + 1, sizeof *clean);
    for (size_t i = 0; clean != NULL && i < count; i++)
        if (!names_one(environ[i], secret))
            clean[kept++] = environ[i];
    return clean;
}

/* Only these are taken from a request: what names libraries to load or programs to run, such as
 * LD_PRELOAD or PATH, would be a way out of the keeper's cage. */
static char **bare_environment(struct packet *packet)
{
    static const char *const inherited[] = {
        "PATH=", "HOME=", "LANG=", "LC_ALL=", "TMPDIR=", "USER=", NULL};
    static const char *const given[] = {"AWS_ACCESS_KEY_ID=",    "AWS_SECRET_ACCESS_KEY=",
                                        "AWS_SESSION_TOKEN=",    "AWS_REGION=",
                                        "AWS_DEFAULT_REGION=",   "AWS_ENDPOINT_URL=",
                                        "AWS_ENDPOINT_URL_IAM=", "AWS_ENDPOINT_URL_STS=",
                                        "AWS_CA_BUNDLE=",        NULL};
    char **bare = calloc(VARIABLES_MAX + 1, sizeof *bare);
    size_t count = 0;
    if (bare == NULL)
        return NULL;
    for (char **entry = environ; *entry != NULL && count < 8; entry++)
        if (names_one(*entry, inherited))
            bare[count++] = *entry;
    bare[count++] = (char *)"TERM=dumb";
    char *end = packet->variables + packet->request.length;
    for (char *at = packet->variables; at < end && count < VARIABLES_MAX; at += strlen(at) + 1)
        if (names_one(at, given))
            bare[count++] = at;
    return bare;
}

/* --- starting ----------------------------------------------------------------------------------*/

static int spawn_with(struct launcher *launcher, char *const *words, char *const *environment,
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
    /* Ours are close-on-exec and above 2, and of others there are none. */
    for (int i = 0; i < 3 && failed == 0; i++)
        failed = posix_spawn_file_actions_adddup2(actions, launcher->fds[i], i);
    if (failed == 0)
        failed = posix_spawnp(ret_pid, words[0], actions, attributes, words, environment);
    return failed;
}

static int spawn(struct launcher *launcher, char *const *words, char *const *environment,
                 pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return ENOMEM;
    if (posix_spawnattr_init(&attributes) != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return ENOMEM;
    }
    int failed = spawn_with(launcher, words, environment, &actions, &attributes, ret_pid);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return failed;
}

static int start_words(struct launcher *launcher, char *const *words, pid_t *ret_pid)
{
    char **made = NULL;
    switch ((enum launch_environment)launcher->packet.request.environment) {
    case LAUNCH_INHERIT:
        return spawn(launcher, words, environ, ret_pid);
    case LAUNCH_CLEAN:
        made = clean_environment();
        break;
    case LAUNCH_BARE:
        made = bare_environment(&launcher->packet);
        break;
    }
    int failed = made == NULL ? ENOMEM : spawn(launcher, words, made, ret_pid);
    free(made);
    return failed;
}

static int start(struct launcher *launcher, pid_t *ret_pid)
{
    const char *command = launcher->commands[launcher->packet.request.command];
    if (command[0] == LAUNCH_SHELL) {
        char *const words[] = {(char *)"/bin/sh", (char *)"-c", (char *)command + 1, NULL};
        return start_words(launcher, words, ret_pid);
    }
    char **words = NULL;
    if (!words_split(command + 1, &words, NULL))
        return EINVAL;
    int failed = start_words(launcher, words, ret_pid);
    words_free(words);
    return failed;
}

/* --- requests ----------------------------------------------------------------------------------*/

static void reply(uint32_t id, int failed, int status)
{
    struct launch_reply packet = {.id = id, .failed = failed, .status = status};
    while (send(LAUNCH_SOCKET_FD, &packet, sizeof packet, MSG_NOSIGNAL) < 0 && errno == EINTR)
        ;
}

static struct run *find_run(struct launcher *launcher, bool free_one, uint32_t id)
{
    for (size_t i = 0; i < LAUNCH_RUNS_MAX; i++) {
        struct run *run = &launcher->runs[i];
        if (free_one ? run->pid == 0 : run->pid != 0 && run->id == id)
            return run;
    }
    return NULL;
}

static bool may_be_run(const struct launcher *launcher)
{
    const struct launch_request *request = &launcher->packet.request;
    bool ended = request->length == 0 || launcher->packet.variables[request->length - 1] == '\0';
    return request->command < launcher->count && request->environment <= LAUNCH_BARE && ended &&
           launcher->fds[0] >= 0 && launcher->fds[1] >= 0 && launcher->fds[2] >= 0;
}

static void run(struct launcher *launcher)
{
    uint32_t id = launcher->packet.request.id;
    struct run *place = find_run(launcher, true, 0);
    int failed = place == NULL                           ? EBUSY
                 : find_run(launcher, false, id) != NULL ? EINVAL
                 : may_be_run(launcher)                  ? start(launcher, &place->pid)
                                                         : EINVAL;
    if (failed == 0) {
        place->id = id;
        return;
    }
    if (place != NULL)
        place->pid = 0;
    reply(id, failed, 0);
}

static void obey(struct launcher *launcher)
{
    const struct launch_request *request = &launcher->packet.request;
    struct run *place = NULL;
    if (request->verb == LAUNCH_RUN)
        run(launcher);
    else if (request->verb == LAUNCH_SIGNAL)
        place = find_run(launcher, false, request->id);
    if (place != NULL)
        kill(-place->pid, request->signal);
}

static void take_descriptors(struct launcher *launcher, struct msghdr *message)
{
    size_t taken = 0;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL;
         part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
            if (taken < 3)
                launcher->fds[taken++] = fd;
            else
                close(fd);
        }
    }
}

/* One request. False when the keeper is gone. */
static bool receive(struct launcher *launcher)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(3 * sizeof(int))];
    struct iovec bytes = {.iov_base = &launcher->packet, .iov_len = sizeof launcher->packet};
    struct msghdr message = {.msg_iov = &bytes,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    ssize_t length = recvmsg(LAUNCH_SOCKET_FD, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (length < 0)
        return errno == EINTR || errno == EAGAIN;
    if (length == 0)
        return false;
    take_descriptors(launcher, &message);
    size_t head = sizeof launcher->packet.request;
    if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0 && (size_t)length >= head &&
        launcher->packet.request.length == (size_t)length - head)
        obey(launcher);
    explicit_bzero(&launcher->packet, (size_t)length);
    for (int i = 0; i < 3; i++) {
        if (launcher->fds[i] >= 0)
            close(launcher->fds[i]);
        launcher->fds[i] = -1;
    }
    return true;
}

/* --- ends --------------------------------------------------------------------------------------*/

/* What a command left in the background holds its output, and perhaps a secret in its environment.
 * The group is killed before the command is collected, while its number is still its own. */
static void collect(struct launcher *launcher, bool all)
{
    for (size_t i = 0; i < LAUNCH_RUNS_MAX; i++) {
        struct run *run = &launcher->runs[i];
        siginfo_t info = {0};
        if (run->pid == 0)
            continue;
        bool ended = waitid(P_PID, (id_t)run->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
                     info.si_pid == run->pid;
        if (!ended && !all)
            continue;
        int status = 0;
        kill(-run->pid, SIGKILL);
        while (waitpid(run->pid, &status, 0) < 0 && errno == EINTR)
            ;
        if (!all)
            reply(run->id, 0, status);
        run->pid = 0;
    }
}

int launcher_main(void)
{
    static struct launcher launcher = {.fds = {-1, -1, -1}};
    sigset_t waiting;
    hide(&launcher);
    if (!read_commands(&launcher))
        return 1;
    watch_signals(&waiting);
    for (bool there = true; there;) {
        struct pollfd socket = {.fd = LAUNCH_SOCKET_FD, .events = POLLIN};
        if (ppoll(&socket, 1, NULL, &waiting) > 0)
            there = receive(&launcher);
        collect(&launcher, !there);
    }
    return 0;
}
