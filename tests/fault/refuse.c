#include "config.h"

#include "refuse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The linker leads NAME to __wrap_NAME, and __real_NAME to NAME. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

static struct {
    const struct refusal *rows;
    size_t count;
    bool reached; /* the first of them */
    refuse_hook *hook;
    void *context;
    bool counting;
    int calls;
    int calls_of[REFUSE_COUNT];
    int mapped;
} now;

void refuse_begin(const struct refusal *rows, size_t count, refuse_hook *hook, void *context)
{
    int mapped = now.mapped;
    memset(&now, 0, sizeof now);
    now.rows = rows;
    now.count = count;
    now.hook = hook;
    now.context = context;
    now.mapped = mapped;
    now.counting = true;
}

bool refuse_end(void)
{
    now.counting = false;
    return now.count == 0 || now.reached;
}

int refuse_calls(void)
{
    return now.calls;
}

int refuse_mapped(void)
{
    return now.mapped;
}

const char *refuse_name(enum refuse_call call)
{
    static const char *const names[] = {
#define X(name) #name,
        REFUSE_TABLE(X)
#undef X
    };
    return names[call];
}

/* errno for this call, 0 for half of it, or -1: let it through. */
static int verdict(enum refuse_call call)
{
    if (!now.counting)
        return -1;
    now.calls++;
    now.calls_of[call]++;
    int saved = errno;
    if (now.hook != NULL) {
        now.counting = false;
        now.hook(now.context, call, now.calls);
        now.counting = true;
    }
    errno = saved;
    for (size_t i = 0; i < now.count; i++)
        if (now.rows[i].call == call &&
            (now.rows[i].number == 0 || now.rows[i].number == now.calls_of[call])) {
            now.reached = now.reached || i == 0;
            return now.rows[i].sys;
        }
    return -1;
}

static bool refused(enum refuse_call call)
{
    int sys = verdict(call);
    if (sys >= 0)
        errno = sys;
    return sys >= 0;
}

/* A wrapper that does nothing but fail or pass its arguments on. */
#define WRAP(type, name, failure, parameters, arguments)                                           \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        return refused(REFUSE_##name) ? (failure) : __real_##name arguments;                       \
    }

WRAP(int, fstat, -1, (int fd, struct stat *status), (fd, status))
WRAP(int, fstatat, -1, (int at, const char *path, struct stat *status, int flags),
     (at, path, status, flags))
WRAP(int, fchown, -1, (int fd, uid_t owner, gid_t group), (fd, owner, group))
WRAP(int, fchmod, -1, (int fd, mode_t mode), (fd, mode))
#ifdef HAVE_SYS_XATTR_H
WRAP(ssize_t, flistxattr, -1, (int fd, char *names, size_t size), (fd, names, size))
WRAP(ssize_t, fgetxattr, -1, (int fd, const char *name, void *value, size_t size),
     (fd, name, value, size))
WRAP(int, fsetxattr, -1, (int fd, const char *name, const void *value, size_t size, int flags),
     (fd, name, value, size, flags))
#endif
WRAP(int, flock, -1, (int fd, int operation), (fd, operation))
WRAP(int, renameat, -1, (int a, const char *from, int b, const char *to), (a, from, b, to))
WRAP(int, linkat, -1, (int a, const char *from, int b, const char *to, int flags),
     (a, from, b, to, flags))
WRAP(int, unlinkat, -1, (int at, const char *path, int flags), (at, path, flags))
WRAP(int, mprotect, -1, (void *start, size_t size, int access), (start, size, access))
WRAP(void *, malloc, NULL, (size_t size), (size))
WRAP(void *, calloc, NULL, (size_t count, size_t size), (count, size))
WRAP(void *, realloc, NULL, (void *bytes, size_t size), (bytes, size))
WRAP(char *, strdup, NULL, (const char *string), (string))

int __wrap_fsync(int fd)
{
    (void)fd;
    return refused(REFUSE_fsync) ? -1 : 0;
}

ssize_t __real_pread(int fd, void *bytes, size_t length, off_t offset);
ssize_t __wrap_pread(int fd, void *bytes, size_t length, off_t offset)
{
    int sys = verdict(REFUSE_pread);
    if (sys <= 0)
        return __real_pread(fd, bytes, sys == 0 ? (length + 1) / 2 : length, offset);
    errno = sys;
    return -1;
}

ssize_t __real_write(int fd, const void *bytes, size_t length);
ssize_t __wrap_write(int fd, const void *bytes, size_t length)
{
    int sys = verdict(REFUSE_write);
    if (sys <= 0)
        return __real_write(fd, bytes, sys == 0 ? (length + 1) / 2 : length);
    errno = sys;
    return -1;
}

static mode_t mode_of(int flags, va_list args)
{
    return (flags & O_CREAT) != 0 ? (mode_t)va_arg(args, int) : 0;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = mode_of(flags, args);
    va_end(args);
    return refused(REFUSE_open) ? -1 : __real_open(path, flags, mode);
}

int __real_openat(int at, const char *path, int flags, ...);
int __wrap_openat(int at, const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = mode_of(flags, args);
    va_end(args);
    return refused(REFUSE_openat) ? -1 : __real_openat(at, path, flags, mode);
}

int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...)
{
    va_list args;
    va_start(args, command);
    void *argument = va_arg(args, void *);
    va_end(args);
    return refused(REFUSE_fcntl) ? -1 : __real_fcntl(fd, command, argument);
}

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...)
{
    va_list args;
    va_start(args, number);
    long a = va_arg(args, long), b = va_arg(args, long), c = va_arg(args, long);
    long d = va_arg(args, long), e = va_arg(args, long), f = va_arg(args, long);
    va_end(args);
    return refused(REFUSE_syscall) ? -1 : __real_syscall(number, a, b, c, d, e, f);
}

void *__real_mmap(void *start, size_t size, int access, int flags, int fd, off_t offset);
void *__wrap_mmap(void *start, size_t size, int access, int flags, int fd, off_t offset)
{
    if (refused(REFUSE_mmap))
        return MAP_FAILED;
    void *mapping = __real_mmap(start, size, access, flags, fd, offset);
    now.mapped += mapping != MAP_FAILED;
    return mapping;
}

int __real_munmap(void *start, size_t size);
int __wrap_munmap(void *start, size_t size)
{
    now.mapped--;
    return __real_munmap(start, size);
}

/* As under an RLIMIT_MEMLOCK of 0, where guarded pieces stay unlocked, and are made much faster. */
int __wrap_mlock(const void *start, size_t size)
{
    (void)start, (void)size;
    errno = ENOMEM;
    return -1;
}
