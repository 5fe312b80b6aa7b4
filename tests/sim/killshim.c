/* Loaded before the C library into the programs under test (LD_PRELOAD): ends one of them, as
 * SIGKILL does, before or after the N-th of a kind of call (kill.h). What tests/sim/kill uses where
 * ptrace is not permitted. Without its variables it changes nothing.
 *
 *     KILLSHIM_PROGRAM  short name of the process that is to die
 *     KILLSHIM_CALLS    changes, sends, receives
 *     KILLSHIM_SIDE     before, after
 *     KILLSHIM_AT       which one, from 1
 *     KILLSHIM_MARK     a file of one byte, which is set to 1 just before the end; it is mapped at
 * the start, when the program can still open what it likes
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

/* The programs make these calls from one thread each. */
static long calls, at;
static char kind[16];
static bool wants_after;
static volatile char *mark;

__attribute__((constructor)) static void begin(void)
{
    const char *program = getenv("KILLSHIM_PROGRAM"), *side = getenv("KILLSHIM_SIDE");
    const char *wanted = getenv("KILLSHIM_CALLS"), *number = getenv("KILLSHIM_AT");
    const char *file = getenv("KILLSHIM_MARK");
    if (program == NULL || side == NULL || wanted == NULL || number == NULL || file == NULL ||
        strcmp(program, program_invocation_short_name) != 0)
        return;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_CLOEXEC);
    void *map = fd < 0 ? MAP_FAILED : mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0)
        close(fd);
    if (map == MAP_FAILED)
        return;
    mark = map;
    at = atol(number);
    wants_after = strcmp(side, "after") == 0;
    strncpy(kind, wanted, sizeof kind - 1);
}

static void count(const char *what, bool is_after)
{
    if (mark == NULL || is_after != wants_after || strcmp(what, kind) != 0 || ++calls != at)
        return;
    *mark = 1;
    for (;;) {
        kill(getpid(), SIGKILL);
        __builtin_trap(); /* where a filter forbids kill */
    }
}

static bool is_socket(int fd)
{
    int saved = errno;
    struct stat status;
    bool socket = fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
    errno = saved;
    return socket;
}

#define REAL(name, type)                                                                           \
    static type *real;                                                                             \
    if (real == NULL)                                                                              \
    real = (type *)dlsym(RTLD_NEXT, #name)

/* Every call of these is counted, whatever comes of it. */
#define WRAPPED(result_type, name, what, parameters, arguments)                                    \
    result_type name parameters;                                                                   \
    result_type name parameters                                                                    \
    {                                                                                              \
        typedef result_type type parameters;                                                       \
        REAL(name, type);                                                                          \
        count(what, false);                                                                        \
        result_type result = real arguments;                                                       \
        int saved = errno;                                                                         \
        count(what, true);                                                                         \
        errno = saved;                                                                             \
        return result;                                                                             \
    }

/* Is there something to receive, or an end? */
static bool has_input(int fd)
{
    typedef ssize_t type(int, void *, size_t, int);
    char byte;
    REAL(recv, type);
    int saved = errno;
    bool found = real(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
    errno = saved;
    return found;
}

/* A receive that finds nothing is not counted. */
#define RECEIVING(name, parameters, arguments)                                                     \
    ssize_t name parameters;                                                                       \
    ssize_t name parameters                                                                        \
    {                                                                                              \
        typedef ssize_t type parameters;                                                           \
        REAL(name, type);                                                                          \
        bool counts = mark != NULL && is_socket(fd);                                               \
        if (counts && !wants_after && has_input(fd))                                               \
            count("receives", false);                                                              \
        ssize_t result = real arguments;                                                           \
        int saved = errno;                                                                         \
        if (counts && result >= 0)                                                                 \
            count("receives", true);                                                               \
        errno = saved;                                                                             \
        return result;                                                                             \
    }

#define CHANGES(name, parameters, arguments) WRAPPED(int, name, "changes", parameters, arguments)

CHANGES(fsync, (int fd), (fd))
CHANGES(fdatasync, (int fd), (fd))
CHANGES(ftruncate, (int fd, off_t length), (fd, length))
CHANGES(ftruncate64, (int fd, off64_t length), (fd, length))
CHANGES(rename, (const char *from, const char *to), (from, to))
CHANGES(renameat, (int a, const char *from, int b, const char *to), (a, from, b, to))
CHANGES(renameat2, (int a, const char *from, int b, const char *to, unsigned flags),
        (a, from, b, to, flags))
CHANGES(link, (const char *from, const char *to), (from, to))
CHANGES(linkat, (int a, const char *from, int b, const char *to, int flags),
        (a, from, b, to, flags))
CHANGES(unlink, (const char *path), (path))
CHANGES(unlinkat, (int directory, const char *path, int flags), (directory, path, flags))
CHANGES(mkdir, (const char *path, mode_t mode), (path, mode))
CHANGES(mkdirat, (int directory, const char *path, mode_t mode), (directory, path, mode))
CHANGES(rmdir, (const char *path), (path))
CHANGES(chmod, (const char *path, mode_t mode), (path, mode))
CHANGES(fchmod, (int fd, mode_t mode), (fd, mode))
CHANGES(fchown, (int fd, uid_t owner, gid_t group), (fd, owner, group))
WRAPPED(ssize_t, write, "changes", (int fd, const void *bytes, size_t length), (fd, bytes, length))
WRAPPED(ssize_t, writev, "changes", (int fd, const struct iovec *parts, int number),
        (fd, parts, number))
WRAPPED(ssize_t, pwrite, "changes", (int fd, const void *bytes, size_t length, off_t offset),
        (fd, bytes, length, offset))
WRAPPED(ssize_t, pwrite64, "changes", (int fd, const void *bytes, size_t length, off64_t offset),
        (fd, bytes, length, offset))
WRAPPED(ssize_t, send, "sends", (int fd, const void *bytes, size_t length, int flags),
        (fd, bytes, length, flags))
WRAPPED(ssize_t, sendto, "sends",
        (int fd, const void *bytes, size_t length, int flags, const struct sockaddr *to,
         socklen_t to_length),
        (fd, bytes, length, flags, to, to_length))
WRAPPED(ssize_t, sendmsg, "sends", (int fd, const struct msghdr *message, int flags),
        (fd, message, flags))
WRAPPED(int, connect, "sends", (int fd, const struct sockaddr *to, socklen_t length),
        (fd, to, length))
RECEIVING(recv, (int fd, void *bytes, size_t length, int flags), (fd, bytes, length, flags))
RECEIVING(recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags))
RECEIVING(read, (int fd, void *bytes, size_t length), (fd, bytes, length))
/* What the two become where the compiler knows the buffer's size. */
RECEIVING(__recv_chk, (int fd, void *bytes, size_t length, size_t size, int flags),
          (fd, bytes, length, size, flags))
RECEIVING(__read_chk, (int fd, void *bytes, size_t length, size_t size), (fd, bytes, length, size))

/* Opening is a change when it may make the file; then there is a mode. */
#define OPENING(name, parameters, arguments, arguments_mode)                                       \
    int name parameters;                                                                           \
    int name parameters                                                                            \
    {                                                                                              \
        typedef int type parameters;                                                               \
        REAL(name, type);                                                                          \
        if ((flags & O_CREAT) == 0)                                                                \
            return real arguments;                                                                 \
        va_list args;                                                                              \
        va_start(args, flags);                                                                     \
        mode_t mode = va_arg(args, mode_t);                                                        \
        va_end(args);                                                                              \
        count("changes", false);                                                                   \
        int result = real arguments_mode;                                                          \
        int saved = errno;                                                                         \
        count("changes", true);                                                                    \
        errno = saved;                                                                             \
        return result;                                                                             \
    }

OPENING(open, (const char *path, int flags, ...), (path, flags), (path, flags, mode))
OPENING(open64, (const char *path, int flags, ...), (path, flags), (path, flags, mode))
OPENING(openat, (int at_fd, const char *path, int flags, ...), (at_fd, path, flags),
        (at_fd, path, flags, mode))
OPENING(openat64, (int at_fd, const char *path, int flags, ...), (at_fd, path, flags),
        (at_fd, path, flags, mode))

/* A C library without a wrapper for renameat2 is asked by number. */
long syscall(long number, ...)
{
    typedef long type(long, ...);
    REAL(syscall, type);
    va_list args;
    va_start(args, number);
    long a = va_arg(args, long), b = va_arg(args, long), c = va_arg(args, long);
    long d = va_arg(args, long), e = va_arg(args, long), f = va_arg(args, long);
    va_end(args);
#ifdef SYS_renameat2
    if (number == SYS_renameat2) {
        count("changes", false);
        long result = real(number, a, b, c, d, e, f);
        int saved = errno;
        count("changes", true);
        errno = saved;
        return result;
    }
#endif
    return real(number, a, b, c, d, e, f);
}
