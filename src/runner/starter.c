#include "config.h"

#include "runner/starter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "base/text.h"
#include "rotation/names.h"
#include "runner/allow.h"
#include "wire/scope.h"

/* A request is a packet: one of these, and for ALLOW a target, "command:CMD", with its NUL. All but WITHDRAW are
 * answered; that one takes an ALLOW back that is being asked about, and is nothing otherwise. */
enum ask { ASK_START, ASK_ALLOW, ASK_WITHDRAW };

enum { REQUEST_SIZE = TEXT_SIZE + 1 };

struct starter {
    pid_t pid;
    int socket;
};

/* To START with the door as its descriptor, when code is NONE. */
struct answer {
    enum error_code code;
    bool allowed;
    int sys;
    char text[sizeof((struct error *)NULL)->text];
};

/* --- the starter -------------------------------------------------------------------------------*/

static bool send_answer(int socket, const struct answer *answer, int door)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec bytes = {.iov_base = (void *)(uintptr_t)answer, .iov_len = sizeof *answer};
    struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1};
    if (door >= 0) {
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *part = CMSG_FIRSTHDR(&message);
        part->cmsg_level = SOL_SOCKET;
        part->cmsg_type = SCM_RIGHTS;
        part->cmsg_len = CMSG_LEN(sizeof door);
        memcpy(CMSG_DATA(part), &door, sizeof door);
    }
    ssize_t sent;
    while ((sent = sendmsg(socket, &message, MSG_NOSIGNAL)) < 0 && errno == EINTR)
        ;
    return sent >= 0;
}

/* Away from the terminal and its signals, with nothing of the front's but what is needed: an open
 * file of the journal would keep its lock. */
static void set_apart(int socket, int environment_fd, int scope_fd, int terminal_fd)
{
    const int kept[] = {socket, environment_fd, scope_fd, terminal_fd};

    static const int ignored[] = {SIGINT, SIGHUP, SIGQUIT, SIGTERM, SIGPIPE, SIGTSTP};
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
        signal(ignored[i], SIG_IGN);
    signal(SIGCHLD, SIG_IGN); /* keepers are collected by themselves */
    setsid();
#ifdef __linux__
    prctl(PR_SET_NAME, "kw-starter", 0, 0, 0);
#endif
    struct rlimit limit = {.rlim_cur = 1024};
    getrlimit(RLIMIT_NOFILE, &limit);
    int end = limit.rlim_cur < 4096 ? (int)limit.rlim_cur : 4096;
    for (int fd = 3; fd < end; fd++) {
        bool keep = false;
        for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
            keep = keep || fd == kept[i];
        if (!keep)
            close(fd);
    }
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd <= 2; fd++)
        if (null >= 0 && (fd != 2 || getenv("KEYWRIGHT_DEBUG") == NULL))
            dup2(null, fd);
}

/* What keepers are given. */
struct given {
    int environment_fd, scope_fd, terminal_fd;
    struct text scope; /* what scope_fd holds */
};

static void answer_error(struct answer *answer, const struct error *err)
{
    answer->code = err->code;
    answer->sys = err->sys;
    memcpy(answer->text, err->text, sizeof answer->text);
}

/* Keepers that are started from now on may hand keys over to it. */
static bool widen(struct given *given, const char *target, struct error *err)
{
    int scope_fd = -1;
    scope_add(&given->scope, SCOPE_TARGET, target);
    if (!scope_seal(&given->scope, &scope_fd, err))
        return false;
    if (given->scope_fd >= 0)
        close(given->scope_fd);
    given->scope_fd = scope_fd;
    return true;
}

/* What is in the scope already was named by the operator before, and is not asked about. */
static void allow(struct given *given, int socket, const char *target, struct answer *answer)
{
    static const char kind[] = "command:";
    struct error err = {0};
    const char *command = target + strlen(kind);
    bool known = scope_has(&given->scope, SCOPE_TARGET, target);
    bool good = true;
    if (strncmp(target, kind, strlen(kind)) != 0)
        good = error_set(&err, ERROR_USAGE, "only commands are asked about");
    else if (!known && given->terminal_fd < 0)
        good = error_set(&err, ERROR_USAGE, "there is no terminal to ask on");
    else
        good = known || allow_can_ask(command, &err);
    answer->allowed = good && (known || allow_ask(given->terminal_fd, socket, command));
    if (answer->allowed && !known)
        good = widen(given, target, &err);
    if (!good)
        answer_error(answer, &err);
}

static void start(const struct given *given, struct answer *answer, int *ret_door)
{
    struct error err = {0};
    pid_t pid = 0;
    if (!start_keeper(given->environment_fd, given->scope_fd, given->terminal_fd, ret_door, &pid, &err))
        answer_error(answer, &err);
}

static void serve(int socket, struct given *given)
{
    char request[REQUEST_SIZE];
    for (;;) {
        ssize_t length = recv(socket, request, sizeof request, 0);
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 1)
            return;
        struct answer answer = {.code = ERROR_NONE};
        int door = -1;
        if (request[0] == ASK_START)
            start(given, &answer, &door);
        else if (request[0] == ASK_ALLOW && length > 1 && request[length - 1] == '\0')
            allow(given, socket, request + 1, &answer);
        else if (request[0] == ASK_WITHDRAW)
            continue;
        else
            return;
        bool sent = send_answer(socket, &answer, door);
        if (door >= 0)
            close(door);
        if (!sent)
            return;
    }
}

/* --- the front's side --------------------------------------------------------------------------*/

bool starter_new(int environment_fd, const struct text *scope, bool terminal,
                 struct starter **ret_starter, struct error *err)
{
    int sockets[2], scope_fd = -1;
    struct starter *starter = calloc(1, sizeof *starter);
    if (starter == NULL)
        return error_set(err, ERROR_MEMORY, "preparing to start the keeper");
    if (scope != NULL && !scope_seal(scope, &scope_fd, err)) {
        free(starter);
        return false;
    }
    int terminal_fd = terminal ? start_terminal() : -1;
    bool good = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) == 0;
    if (good && (starter->pid = fork()) == 0) {
        struct given given = {environment_fd, scope_fd, terminal_fd, {0}};
        text_init(&given.scope, SCOPE_MAXIMUM);
        if (scope != NULL)
            text_append_bytes(&given.scope, scope->bytes, scope->length);
        set_apart(sockets[1], environment_fd, scope_fd, terminal_fd);
        serve(sockets[1], &given);
        _exit(0);
    }
    int sys = errno;
    if (scope_fd >= 0)
        close(scope_fd);
    if (terminal_fd >= 0)
        close(terminal_fd);
    if (good)
        close(sockets[1]);
    if (good && starter->pid < 0)
        close(sockets[0]);
    if (!good || starter->pid < 0) {
        free(starter);
        return error_set_errno(err, ERROR_IO, sys, "preparing to start the keeper");
    }
    starter->socket = sockets[0];
    *ret_starter = starter;
    return true;
}

void starter_free(struct starter *starter)
{
    if (starter == NULL)
        return;
    close(starter->socket);
    while (waitpid(starter->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    free(starter);
}

void starter_cleanup(struct starter **starter)
{
    starter_free(*starter);
}

/* The answer to what was sent. What may be readable on `wake_fd` (-1: nothing) takes an ALLOW back. */
static bool await(struct starter *starter, int wake_fd, struct answer *ret_answer, int *ret_door,
                  struct error *err)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec bytes = {.iov_base = ret_answer, .iov_len = sizeof *ret_answer};
    struct msghdr message = {.msg_iov = &bytes,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    struct pollfd lines[] = {{.fd = starter->socket, .events = POLLIN}, {.fd = wake_fd, .events = POLLIN}};
    const char withdraw = ASK_WITHDRAW;
    while (poll(lines, 2, -1) < 0 ? errno == EINTR : lines[0].revents == 0) {
        if (lines[1].revents == 0)
            continue;
        (void)!send(starter->socket, &withdraw, 1, MSG_NOSIGNAL);
        lines[1].fd = -1;
    }
    ssize_t length;
    while ((length = recvmsg(starter->socket, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
        ;
    if (length != sizeof *ret_answer)
        return error_set(err, ERROR_KEEPER_GONE, "what starts the keeper has ended");
    struct cmsghdr *part = CMSG_FIRSTHDR(&message);
    *ret_door = -1;
    if (part != NULL && part->cmsg_type == SCM_RIGHTS && part->cmsg_len == CMSG_LEN(sizeof(int)))
        memcpy(ret_door, CMSG_DATA(part), sizeof *ret_door);
    if (ret_answer->code == ERROR_NONE)
        return true;
    ret_answer->text[sizeof ret_answer->text - 1] = '\0';
    error_set(err, ret_answer->code, "%s", ret_answer->text);
    if (err != NULL)
        err->sys = ret_answer->sys;
    return false;
}

static bool ask(struct starter *starter, const char *request, size_t length, struct error *err)
{
    ssize_t sent;
    while ((sent = send(starter->socket, request, length, MSG_NOSIGNAL)) < 0 && errno == EINTR)
        ;
    return sent == (ssize_t)length ||
           error_set(err, ERROR_KEEPER_GONE, "what starts the keeper has ended");
}

bool starter_start(struct starter *starter, int *ret_socket, struct error *err)
{
    const char request = ASK_START;
    struct answer answer = {.code = ERROR_NONE};
    int door = -1;
    if (!ask(starter, &request, 1, err) || !await(starter, -1, &answer, &door, err))
        return false;
    if (door < 0)
        return error_set(err, ERROR_KEEPER_GONE, "no door to the keeper came");
    *ret_socket = door;
    return true;
}

bool starter_allow(struct starter *starter, const char *target, int wake_fd, bool *ret_allowed,
                   struct error *err)
{
    char request[REQUEST_SIZE] = {ASK_ALLOW};
    struct answer answer = {.code = ERROR_NONE};
    int door = -1;
    if (!text_copy(request + 1, sizeof request - 1, target))
        return error_set(err, ERROR_LIMIT, "a command of more than %d bytes", TEXT_SIZE - 1);
    if (!ask(starter, request, strlen(target) + 2, err) ||
        !await(starter, wake_fd, &answer, &door, err))
        return false;
    *ret_allowed = answer.allowed;
    return true;
}
