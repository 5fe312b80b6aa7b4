#define _GNU_SOURCE
#include "tests/sim/kill.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ARGUMENTS = 24, BODY_MAXIMUM = 64 * 1024 };

long world_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- files -------------------------------------------------------------------------------------*/

static bool join(char to[WORLD_PATH], const char *folder, const char *name)
{
    return (size_t)snprintf(to, WORLD_PATH, "%s/%s", folder, name) < WORLD_PATH;
}

static char *read_fd(int fd)
{
    char *bytes = malloc(BODY_MAXIMUM + 1);
    size_t length = 0;
    ssize_t count = 0;
    while (bytes != NULL && length < BODY_MAXIMUM &&
           (count = read(fd, bytes + length, BODY_MAXIMUM - length)) > 0)
        length += (size_t)count;
    if (bytes != NULL)
        bytes[length] = '\0';
    if (bytes != NULL && count >= 0)
        return bytes;
    free(bytes);
    return NULL;
}

char *world_read(const struct world *world, const char *name)
{
    char path[WORLD_PATH];
    int fd = join(path, world->home, name) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return NULL;
    char *bytes = read_fd(fd);
    close(fd);
    return bytes;
}

/* Call `each` for everything in a folder but . and ..; false when it or the folder fails. */
static bool for_each(const char *folder, const char *other,
                     bool (*each)(const char *path, const char *other, mode_t mode))
{
    char path[WORLD_PATH], beside[WORLD_PATH];
    struct stat kind;
    DIR *directory = opendir(folder);
    bool good = directory != NULL;
    struct dirent *entry;
    while (good && (entry = readdir(directory)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            good = join(path, folder, entry->d_name) && join(beside, other, entry->d_name) &&
                   lstat(path, &kind) == 0 && each(path, beside, kind.st_mode);
    if (directory != NULL)
        closedir(directory);
    return good;
}

static bool remove_one(const char *path, const char *other, mode_t mode)
{
    if (!S_ISDIR(mode))
        return unlink(path) == 0;
    return for_each(path, other, remove_one) && rmdir(path) == 0;
}

/* The copy keeps the mode. */
static bool copy_file(const char *from, const char *to, mode_t mode)
{
    char bytes[16 * 1024];
    ssize_t count = -1;
    int source = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int copy = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode & 07777);
    if (source >= 0 && copy >= 0)
        while ((count = read(source, bytes, sizeof bytes)) > 0)
            if (write(copy, bytes, (size_t)count) != count)
                break;
    if (source >= 0)
        close(source);
    if (copy >= 0)
        close(copy);
    return count == 0;
}

static bool copy_one(const char *path, const char *other, mode_t mode)
{
    if (!S_ISDIR(mode))
        return copy_file(path, other, mode);
    return mkdir(other, mode & 07777) == 0 && for_each(path, other, copy_one);
}

static bool copy_tree(const char *from, const char *to)
{
    struct stat kind;
    if (lstat(to, &kind) == 0 && !remove_one(to, to, kind.st_mode))
        return false;
    return mkdir(to, 0700) == 0 && for_each(from, to, copy_one);
}

/* --- the account -------------------------------------------------------------------------------*/

static int connect_to(int port)
{
    struct sockaddr_in there = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval limit = {.tv_sec = 20};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (connect(fd, (struct sockaddr *)&there, sizeof there) == 0)
        return fd;
    close(fd);
    return -1;
}

char *world_exchange(const struct world *world, const char *request)
{
    ssize_t length = (ssize_t)strlen(request);
    int fd = connect_to(world->port);
    char *answer = fd < 0 || write(fd, request, (size_t)length) != length ? NULL : read_fd(fd);
    if (fd >= 0)
        close(fd);
    return answer;
}

char *world_control(const struct world *world, const char *method, const char *page)
{
    char request[256];
    snprintf(request, sizeof request,
             "%s /practice/%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
             "Content-Length: 0\r\nConnection: close\r\n\r\n",
             method, page, world->port);
    char *answer = world_exchange(world, request);
    const char *body = answer == NULL ? NULL : strstr(answer, "\r\n\r\n");
    char *ret = body == NULL || strncmp(answer, "HTTP/1.1 200", 12) != 0 ? NULL : strdup(body + 4);
    free(answer);
    return ret;
}

static bool order(const struct world *world, const char *page)
{
    char *answer = world_control(world, "POST", page);
    free(answer);
    return answer != NULL;
}

bool world_save(struct world *world)
{
    return copy_tree(world->home, world->clean) && order(world, "save");
}

bool world_restore(struct world *world)
{
    int fd = open(world->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    close(fd);
    return copy_tree(world->clean, world->home) && order(world, "restore");
}

/* The server says on `ready` where it listens, and ends when `parent` is closed by us. */
static void serve(const struct world *world, int ready, int parent)
{
    char program[WORLD_PATH], ready_fd[16], parent_fd[16];
    snprintf(ready_fd, sizeof ready_fd, "%d", ready);
    snprintf(parent_fd, sizeof parent_fd, "%d", parent);
    int null = open("/dev/null", O_RDWR);
    if (!join(program, world->programs, "keywright-practice") || null < 0 || dup2(null, 0) < 0 ||
        dup2(null, 1) < 0 || dup2(null, 2) < 0)
        _exit(126);
    fcntl(ready, F_SETFD, 0);
    fcntl(parent, F_SETFD, 0);
    execl(program, program, "--home", world->home, "--ready-fd", ready_fd, "--parent-fd", parent_fd,
          "--new-key-delay", "0", "--status-delay", "0", (char *)NULL);
    _exit(127);
}

static bool start_server(struct world *world)
{
    int ready[2], parent[2];
    if (pipe2(ready, O_CLOEXEC) < 0 || pipe2(parent, O_CLOEXEC) < 0)
        return false;
    world->server = fork();
    if (world->server == 0)
        serve(world, ready[1], parent[0]);
    close(ready[1]);
    close(parent[0]);
    world->server_end = parent[1];
    char *line = world->server < 0 ? NULL : read_fd(ready[0]);
    close(ready[0]);
    const char *port = line == NULL ? NULL : strstr(line, "http://127.0.0.1:");
    world->port = port == NULL ? 0 : atoi(port + strlen("http://127.0.0.1:"));
    free(line);
    return world->port != 0;
}

bool world_open(struct world *world, const char *programs, const char *folder)
{
    const char *path = getenv("PATH");
    *world = (struct world){.programs = programs, .server_end = -1};
    if (!join(world->folder, folder, "") || !join(world->home, folder, "home") ||
        !join(world->clean, folder, "clean") || !join(world->output, folder, "output"))
        return false;
    snprintf(world->home_variable, sizeof world->home_variable, "HOME=%s", world->home);
    snprintf(world->path_variable, sizeof world->path_variable, "PATH=%s",
             path == NULL ? "/usr/bin:/bin" : path);
    world->environment[0] = world->home_variable;
    world->environment[1] = world->path_variable;
    world->environment[2] = (char *)"LC_ALL=C";
    if (mkdir(folder, 0700) == 0 && mkdir(world->home, 0700) == 0 && start_server(world))
        return true;
    fprintf(stderr, "kill: no practice account in %s: %s\n", folder, strerror(errno));
    return false;
}

void world_close(struct world *world)
{
    struct stat kind;
    if (world->server_end >= 0)
        close(world->server_end);
    if (world->server > 0)
        waitpid(world->server, NULL, 0);
    if (lstat(world->folder, &kind) == 0)
        (void)remove_one(world->folder, world->folder, kind.st_mode);
}

/* --- programs ----------------------------------------------------------------------------------*/

void world_arguments(const struct world *world, const char *const arguments[], char *program,
                     char *argv[])
{
    size_t count = 0;
    join(program, world->programs, "keywright");
    argv[count++] = program;
    for (size_t i = 0; arguments[i] != NULL && count < ARGUMENTS - 1; i++)
        argv[count++] = (char *)(intptr_t)arguments[i];
    argv[count] = NULL;
}

static pid_t start(const struct world *world, char *const argv[])
{
    pid_t pid = vfork();
    if (pid != 0)
        return pid;
    int null = open("/dev/null", O_RDONLY);
    int out = open(world->output, O_WRONLY | O_CREAT | O_APPEND, 0600);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (null >= 0 && out >= 0 && dup2(null, 0) == 0 && dup2(out, 1) == 1 && dup2(out, 2) == 2) {
        close(null);
        close(out);
        execve(argv[0], argv, world->environment);
    }
    _exit(127);
}

/* Wait for this child, or (0) for all, what others end meanwhile being collected too. Sleeps a
 * little longer each time, since there is no waiting with a limit. */
static long wait_for(pid_t wanted, long limit_ms, int *ret_status)
{
    long begun = world_now_ms();
    long pause_us = 200;
    for (;;) {
        int status = 0;
        pid_t pid = waitpid(-1, &status, WNOHANG | __WALL);
        if (pid > 0 && pid == wanted)
            *ret_status = status;
        if ((pid > 0 && pid == wanted) || (pid < 0 && errno == ECHILD))
            return world_now_ms() - begun;
        if (pid > 0)
            continue;
        if (world_now_ms() - begun > limit_ms)
            return -1;
        usleep((useconds_t)pause_us);
        pause_us = pause_us < 5000 ? pause_us * 3 / 2 : pause_us;
    }
}

int world_run(const struct world *world, const char *const arguments[])
{
    char program[WORLD_PATH];
    char *argv[ARGUMENTS];
    int status = 0;
    world_arguments(world, arguments, program, argv);
    pid_t pid = start(world, argv);
    if (pid < 0)
        return -1;
    if (wait_for(pid, KILL_LIMIT_MS, &status) < 0) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        return -1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The children of this process, as the kernel lists them. */
static void end_children(void)
{
    char path[64], pids[4096];
    snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)getpid());
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, pids, sizeof pids - 1);
    if (fd >= 0)
        close(fd);
    pids[length < 0 ? 0 : length] = '\0';
    for (char *word = strtok(pids, " "); word != NULL; word = strtok(NULL, " "))
        if (atol(word) > 1)
            kill((pid_t)atol(word), SIGKILL);
}

long world_wait_alone(long limit_ms)
{
    int status;
    long took = wait_for(0, limit_ms, &status);
    if (took < 0) {
        end_children();
        (void)wait_for(0, 5000, &status);
    }
    return took;
}
