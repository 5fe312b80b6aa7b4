/* Loaded before the C library into the programs under test (LD_PRELOAD): ends one of them, as
 * SIGKILL does, at the N-th of a kind of call. Without its variables it changes nothing.
 *
 *     KILLSHIM_PROGRAM  short name of the process that is to die
 *     KILLSHIM_CALLS    sync: fsync, fdatasync     name: rename, renameat, renameat2, link, unlink
 *                       net:  send and receive on an internet socket
 *                       door: send on a local socket
 *     KILLSHIM_AT       which one, from 1; the process dies right after the call has succeeded
 *     KILLSHIM_MARK     a file that is made empty at the beginning (later the program may be in its
 *                       cage) and written to just before the end
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
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static long calls; /* the programs make these calls from one thread each */

static bool counts(const char *kind)
{
    const char *program = getenv("KILLSHIM_PROGRAM");
    const char *wanted = getenv("KILLSHIM_CALLS");
    return program != NULL && wanted != NULL && strcmp(wanted, kind) == 0 &&
           strcmp(program, program_invocation_short_name) == 0;
}

static int mark = -1;

__attribute__((constructor)) static void begin(void)
{
    const char *name = getenv("KILLSHIM_MARK"), *program = getenv("KILLSHIM_PROGRAM");
    if (name == NULL || program == NULL || strcmp(program, program_invocation_short_name) != 0)
        return;
    int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    mark = fcntl(fd, F_DUPFD_CLOEXEC, 200); /* out of the way of what the programs number */
    close(fd);
}

/* By number: this file stands before the wrappers. */
static void die(void)
{
    syscall(SYS_write, mark, "killed\n", (long)7);
    kill(getpid(), SIGKILL);
}

/* A call that failed will be made again, or was none that matters. */
static void after(const char *kind, bool succeeded)
{
    const char *at = getenv("KILLSHIM_AT");
    if (succeeded && counts(kind) && at != NULL && ++calls == atol(at))
        die();
}

/* "net", "door", or NULL for any other descriptor. */
static const char *kind_of(int fd)
{
    int domain;
    socklen_t length = sizeof domain;
    int saved = errno;
    bool known = getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0;
    errno = saved;
    if (!known)
        return NULL;
    return domain == AF_UNIX ? "door" : domain == AF_INET || domain == AF_INET6 ? "net" : NULL;
}

#define REAL(name, type)                                                                           \
    static type *real;                                                                             \
    if (real == NULL)                                                                              \
    real = (type *)dlsym(RTLD_NEXT, #name)

#define WRAPPED(result_type, name, kind, parameters, arguments)                                    \
    result_type name parameters;                                                                   \
    result_type name parameters                                                                    \
    {                                                                                              \
        typedef result_type type parameters;                                                       \
        REAL(name, type);                                                                          \
        const char *counted = kind;                                                                \
        if (counted == NULL)                                                                       \
            return real arguments;                                                                 \
        result_type result = real arguments;                                                       \
        int saved = errno;                                                                         \
        after(counted, result >= 0);                                                               \
        errno = saved;                                                                             \
        return result;                                                                             \
    }

static const char *reading(int fd)
{
    const char *kind = kind_of(fd);
    return kind != NULL && strcmp(kind, "net") == 0 ? kind : NULL;
}

WRAPPED(int, fsync, "sync", (int fd), (fd))
WRAPPED(int, fdatasync, "sync", (int fd), (fd))
WRAPPED(int, rename, "name", (const char *from, const char *to), (from, to))
WRAPPED(int, renameat, "name", (int a, const char *from, int b, const char *to), (a, from, b, to))
WRAPPED(int, renameat2, "name", (int a, const char *from, int b, const char *to, unsigned flags),
        (a, from, b, to, flags))
WRAPPED(int, link, "name", (const char *from, const char *to), (from, to))
WRAPPED(int, linkat, "name", (int a, const char *from, int b, const char *to, int flags),
        (a, from, b, to, flags))
WRAPPED(int, unlink, "name", (const char *path), (path))
WRAPPED(int, unlinkat, "name", (int directory, const char *path, int flags),
        (directory, path, flags))
WRAPPED(ssize_t, send, kind_of(fd), (int fd, const void *bytes, size_t length, int flags),
        (fd, bytes, length, flags))
WRAPPED(ssize_t, sendto, kind_of(fd),
        (int fd, const void *bytes, size_t length, int flags, const struct sockaddr *to,
         socklen_t to_length),
        (fd, bytes, length, flags, to, to_length))
WRAPPED(ssize_t, sendmsg, kind_of(fd), (int fd, const struct msghdr *message, int flags),
        (fd, message, flags))
WRAPPED(ssize_t, write, kind_of(fd), (int fd, const void *bytes, size_t length),
        (fd, bytes, length))
WRAPPED(ssize_t, writev, kind_of(fd), (int fd, const struct iovec *parts, int count),
        (fd, parts, count))
WRAPPED(ssize_t, recv, reading(fd), (int fd, void *bytes, size_t length, int flags),
        (fd, bytes, length, flags))

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
        long result = real(number, a, b, c, d, e, f);
        int saved = errno;
        after("name", result >= 0);
        errno = saved;
        return result;
    }
#endif
    return real(number, a, b, c, d, e, f);
}
