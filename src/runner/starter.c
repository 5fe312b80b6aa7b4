#include "config.h"

#include "runner/starter.h"

#include <errno.h>
#include <fcntl.h>
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

#include "wire/scope.h"

struct starter {
    pid_t pid;
    int socket;
};

/* With the door as its descriptor, when code is NONE. */
struct answer {
    enum error_code code;
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

static void serve(int socket, int environment_fd, int scope_fd, int terminal_fd)
{
    char request;
    for (;;) {
        ssize_t length = recv(socket, &request, 1, 0);
        if (length < 0 && errno == EINTR)
            continue;
        if (length != 1)
            return;
        struct error err = {0};
        struct answer answer = {.code = ERROR_NONE};
        int door = -1;
        pid_t pid = 0;
        if (!start_keeper(environment_fd, scope_fd, terminal_fd, &door, &pid, &err)) {
            answer.code = err.code;
            answer.sys = err.sys;
            memcpy(answer.text, err.text, sizeof answer.text);
        }
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
        set_apart(sockets[1], environment_fd, scope_fd, terminal_fd);
        serve(sockets[1], environment_fd, scope_fd, terminal_fd);
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

bool starter_start(struct starter *starter, int *ret_socket, struct error *err)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {0};
    struct answer answer = {.code = ERROR_NONE};
    struct iovec bytes = {.iov_base = &answer, .iov_len = sizeof answer};
    struct msghdr message = {.msg_iov = &bytes,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    ssize_t length = send(starter->socket, "", 1, MSG_NOSIGNAL);
    while (length == 1 || (length < 0 && errno == EINTR))
        length = recvmsg(starter->socket, &message, MSG_CMSG_CLOEXEC);
    if (length != sizeof answer)
        return error_set(err, ERROR_KEEPER_GONE, "what starts the keeper has ended");
    if (answer.code != ERROR_NONE) {
        answer.text[sizeof answer.text - 1] = '\0';
        error_set(err, answer.code, "%s", answer.text);
        if (err != NULL)
            err->sys = answer.sys;
        return false;
    }
    struct cmsghdr *part = CMSG_FIRSTHDR(&message);
    if (part == NULL || part->cmsg_type != SCM_RIGHTS || part->cmsg_len != CMSG_LEN(sizeof(int)))
        return error_set(err, ERROR_KEEPER_GONE, "no door to the keeper came");
    memcpy(ret_socket, CMSG_DATA(part), sizeof *ret_socket);
    return true;
}
