/* Starting the keeper's program at the other end of a door. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "runner/starter.h"

extern char **environ;

enum {
    DOOR_FD = 3,
    ENVIRONMENT_FD = 4,
    SCOPE_FD = 5,
    TERMINAL_FD = 6,
    CLEAR_FD = 16 /* above what the child's table is made of */
};

static void program_path(char path[4096])
{
    const char *named = getenv("KEYWRIGHT_KEEPER");
    if (named != NULL && named[0] != '\0' && text_copy(path, 4096, named))
        return;
    static const char name[] = "keywright-keeper";
    ssize_t length = readlink("/proc/self/exe", path, 4096 - sizeof name);
    char *slash = NULL;
    if (length > 0) {
        path[length] = '\0';
        slash = strrchr(path, '/');
    }
    if (slash != NULL) {
        memcpy(slash + 1, name, sizeof name);
        if (access(path, X_OK) == 0)
            return;
    }
    text_copy(path, 4096, KEEPER_PATH);
}

/* What the child's descriptors are made of. They are moved out of the way first, so that making one
 * of 0 to 6 never overwrites the source of another. */
struct descriptors {
    int door;
    int environment, scope, terminal; /* -1 for none */
};

static void descriptors_close(struct descriptors *descriptors)
{
    const int fds[] = {descriptors->door, descriptors->environment, descriptors->scope,
                       descriptors->terminal};
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

/* `source` as `fd`, or nothing there. */
static int plan_descriptor(posix_spawn_file_actions_t *actions, int source, int fd)
{
    return source >= 0 ? posix_spawn_file_actions_adddup2(actions, source, fd)
                       : posix_spawn_file_actions_addclose(actions, fd);
}

static int plan_child(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes,
                      const struct descriptors *descriptors)
{
    int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
#ifdef POSIX_SPAWN_SETSID
    flags |= POSIX_SPAWN_SETSID;
#endif
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(attributes, &all);
    posix_spawnattr_setsigmask(attributes, &none);
    int failed = posix_spawnattr_setflags(attributes, (short)flags);
    for (int fd = 0; fd <= 2 && failed == 0; fd++)
        if (fd != 2 || getenv("KEYWRIGHT_DEBUG") == NULL)
            failed = posix_spawn_file_actions_addopen(actions, fd, "/dev/null", O_RDWR, 0);
    if (failed == 0)
        failed = plan_descriptor(actions, descriptors->door, DOOR_FD);
    if (failed == 0)
        failed = plan_descriptor(actions, descriptors->environment, ENVIRONMENT_FD);
    if (failed == 0)
        failed = plan_descriptor(actions, descriptors->scope, SCOPE_FD);
    if (failed == 0)
        failed = plan_descriptor(actions, descriptors->terminal, TERMINAL_FD);
#ifdef HAVE_POSIX_SPAWN_FILE_ACTIONS_ADDCLOSEFROM_NP
    /* All of ours are close-on-exec; this is for what somebody else left open in us. */
    if (failed == 0)
        failed = posix_spawn_file_actions_addclosefrom_np(actions, TERMINAL_FD + 1);
#endif
    return failed;
}

static bool spawn(const struct descriptors *descriptors, pid_t *ret_pid, struct error *err)
{
    char path[4096];
    program_path(path);
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return error_set(err, ERROR_MEMORY, "starting the keeper");
    if (posix_spawnattr_init(&attributes) != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return error_set(err, ERROR_MEMORY, "starting the keeper");
    }
    char *const arguments[] = {(char *)"keywright-keeper", NULL};
    int failed = plan_child(&actions, &attributes, descriptors);
    if (failed == 0)
        failed = posix_spawn(ret_pid, path, &actions, &attributes, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (failed == 0)
        return true;
    enum error_code code = failed == ENOENT   ? ERROR_NOT_FOUND
                           : failed == EACCES ? ERROR_PERMISSION
                                              : ERROR_IO;
    return error_set_errno(err, code, failed, "starting the keeper, %s", path);
}

static bool move_up(int fd, int *ret_moved)
{
    *ret_moved = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, CLEAR_FD);
    return fd < 0 || *ret_moved >= 0;
}

int start_terminal(void)
{
    enum { FLAGS = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC };
    int fd = open("/dev/tty", FLAGS);
    char name[PATH_MAX] = "";
    if (fd < 0 && ttyname_r(STDOUT_FILENO, name, sizeof name) == 0)
        fd = open(name, FLAGS);
    return fd;
}

bool start_keeper(int environment_fd, int scope_fd, int terminal_fd, int *ret_socket,
                  pid_t *ret_pid, struct error *err)
{
    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
        return error_set_errno(err, ERROR_IO, errno, "making the door to the keeper");
    CLEANUP(descriptors_close) struct descriptors descriptors = {-1, -1, -1, -1};
    bool good = move_up(sockets[1], &descriptors.door) &&
                move_up(environment_fd, &descriptors.environment) &&
                move_up(scope_fd, &descriptors.scope) &&
                move_up(terminal_fd, &descriptors.terminal);
    int sys = errno;
    close(sockets[1]);
    if (!good)
        error_set_errno(err, ERROR_IO, sys, "making the door to the keeper");
    if (!good || !spawn(&descriptors, ret_pid, err)) {
        close(sockets[0]);
        return false;
    }
    *ret_socket = sockets[0];
    return true;
}
