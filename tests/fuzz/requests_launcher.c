/* The launcher for tests/fuzz/requests.c: this process is it. child_start.c begins a process for it
 * by posix_spawn, which the linker (--wrap) leads to here; nothing is started. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/env.h"
#include "keeper/launch.h"
#include "tests/fuzz/requests.h"

enum { LONG_OUTPUT = 16 * 1024 - 150 }; /* so that what came before it is cut in its middle */

static struct {
    int given_socket, given_commands; /* what the process would have been started with */
    int socket;                       /* -1: not there */
    char *rows;
    size_t length;
} launcher = {-1, -1, -1, NULL, 0};

int __real_posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions, int fd, int to);
int __wrap_posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions, int fd, int to);
int __wrap_posix_spawn(pid_t *ret_pid, const char *path, const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *attributes, char *const words[],
                       char *const environment[]);

/* --- being started -----------------------------------------------------------------------*/

int __wrap_posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions, int fd, int to)
{
    if (to == LAUNCH_SOCKET_FD)
        launcher.given_socket = fd;
    else if (to == LAUNCH_COMMANDS_FD)
        launcher.given_commands = fd;
    return __real_posix_spawn_file_actions_adddup2(actions, fd, to);
}

/* What may be run: the scope, and where a profile's credentials come from. */
static bool may_run(const char *row)
{
    static const char *const rows[] = {"w" COMMAND_TARGET, "w" COMMAND_VERIFY, "s" COMMAND_TEST,
                                       "w" COMMAND_PROCESS};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(row, rows[i]) == 0)
            return true;
    return false;
}

int __wrap_posix_spawn(pid_t *ret_pid, const char *path, const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *attributes, char *const words[],
                       char *const environment[])
{
    (void)path, (void)actions, (void)attributes, (void)environment;
    CHECK(words[1] != NULL && strcmp(words[1], "--launcher") == 0 && words[2] == NULL);
    world_launcher_end();
    if (world_answer() == 'x')
        return EAGAIN;
    CHECK(env_read(launcher.given_commands, &launcher.rows, &launcher.length, NULL));
    for (const char *at = launcher.rows; at < launcher.rows + launcher.length; at += strlen(at) + 1)
        CHECK(may_run(at));
    launcher.socket = fcntl(launcher.given_socket, F_DUPFD_CLOEXEC, 3);
    CHECK(launcher.socket >= 0);
    *ret_pid = getpid(); /* nobody's child: waiting for it ends at once */
    return 0;
}

void world_launcher_end(void)
{
    if (launcher.socket >= 0)
        close(launcher.socket);
    launcher.socket = -1;
    env_free(launcher.rows, launcher.length);
    launcher.rows = NULL;
    launcher.length = 0;
}

/* --- running -----------------------------------------------------------------------------*/

struct packet {
    struct launch_request request;
    char variables[LAUNCH_VARIABLES_SIZE];
};

static bool receive(struct packet *packet, int fds[3])
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(3 * sizeof(int))] = {0};
    struct iovec part = {packet, sizeof *packet};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    ssize_t length = recvmsg(launcher.socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (length <= 0)
        return false;
    CHECK((size_t)length == sizeof packet->request + packet->request.length);
    const struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    CHECK((packet->request.verb == LAUNCH_RUN) == (head != NULL));
    if (head != NULL)
        memcpy(fds, CMSG_DATA(head), 3 * sizeof(int));
    return true;
}

static const char *command_of(uint32_t number)
{
    const char *at = launcher.rows;
    while (number > 0 && at < launcher.rows + launcher.length) {
        at += strlen(at) + 1;
        number--;
    }
    CHECK(at < launcher.rows + launcher.length);
    return at;
}

static void say(int fd, const char *text)
{
    CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

/* Whatever the command was given comes back: nobody forbids it to print that. */
static void echo(const struct packet *packet, int fds[3], int to)
{
    char bytes[4096];
    ssize_t length = read(fds[0], bytes, sizeof bytes);
    CHECK(length >= 0 && write(to, bytes, (size_t)length) == length);
    for (uint32_t at = 0; at < packet->request.length;
         at += (uint32_t)strlen(packet->variables + at) + 1) {
        say(to, packet->variables + at);
        say(to, "\n");
    }
}

/* 'l' prints so much that the beginning is lost, 'd' and 'k' fail with the secret as their last
 * word. */
static int run(const struct packet *packet, int fds[3], const char *row, char letter)
{
    static char filler[LONG_OUTPUT];
    bool fails = letter == 'd' || letter == 'k';
    if (strcmp(row, "w" COMMAND_PROCESS) == 0 && !fails) {
        say(fds[1], "{\"Version\": 1, \"AccessKeyId\": \"AKIAPROCPROCPROC0006\", "
                    "\"SecretAccessKey\": \"" SECRET("proc") "\"}");
        return 0;
    }
    echo(packet, fds, fds[fails ? 2 : 1]);
    if (letter == 'l') {
        memset(filler, 'x', sizeof filler);
        CHECK(write(fds[1], filler, sizeof filler) == (ssize_t)sizeof filler);
    }
    if (!fails)
        say(fds[1], "\033[31m" NEW_KEY " " OLD_KEY "\n");
    return letter == 'd' ? 3 << 8 : letter == 'k' ? SIGKILL : 0;
}

static void start(const struct packet *packet, int fds[3])
{
    const char *row = command_of(packet->request.command);
    struct launch_reply reply = {.id = packet->request.id};
    char letter = world_answer();
    CHECK(may_run(row));
    /* A secret in the environment is for tests only. */
    CHECK((row[0] == LAUNCH_SHELL) == (packet->request.environment == LAUNCH_BARE));
    CHECK(row[0] == LAUNCH_SHELL || packet->request.length == 0);
    if (letter == 'n')
        reply.failed = ENOENT;
    else
        reply.status = run(packet, fds, row, letter);
    for (int i = 0; i < 3; i++)
        close(fds[i]);
    if (letter == 'x')
        world_launcher_end();
    else
        CHECK(send(launcher.socket, &reply, sizeof reply, MSG_NOSIGNAL) >= 0);
}

void world_launcher_serve(void)
{
    static struct packet packet;
    int fds[3] = {-1, -1, -1};
    while (launcher.socket >= 0 && receive(&packet, fds))
        if (packet.request.verb == LAUNCH_RUN)
            start(&packet, fds);
    explicit_bzero(&packet, sizeof packet);
}
