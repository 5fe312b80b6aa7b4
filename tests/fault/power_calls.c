/* The recording half of power.h: the C library's calls, seen. */
#include "config.h"

#include "power.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "power_log.h"

/* The wrappers stand for functions that the C library has declared, under several names. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

#define REAL(name, type)                                                                           \
    static type *real;                                                                             \
    if (real == NULL)                                                                              \
    real = (type *)dlsym(RTLD_NEXT, #name)

static bool node_of_fd(int fd, size_t *ret_node)
{
    struct stat status;
    int saved = errno;
    bool found = power_recording && fstat(fd, &status) == 0 && power_find_node(&status, ret_node);
    errno = saved;
    return found;
}

/* The folder of a path as a node, and the name in it. False: not in ours. */
static bool place_of(int directory, const char *path, size_t *ret_folder,
                     char name[POWER_NAME_SIZE])
{
    char parent[PATH_MAX];
    struct stat status;
    const char *slash = strrchr(path, '/');
    if (!power_recording || strlen(path) >= sizeof parent || (slash && strlen(slash) > 255))
        return false;
    strcpy(parent, slash == path ? "/" : slash == NULL ? "." : path);
    if (slash != NULL && slash != path)
        parent[slash - path] = '\0';
    int saved = errno;
    bool found = fstatat(directory, parent, &status, 0) == 0 && power_find_node(&status, ret_folder);
    errno = saved;
    strcpy(name, slash == NULL ? path : slash + 1);
    return found;
}

/* --- data --------------------------------------------------------------------------------------*/

static ssize_t written(int fd, const void *bytes, off_t offset, ssize_t length)
{
    size_t node;
    int saved = errno;
    if (length > 0 && node_of_fd(fd, &node)) {
        power_add_bytes(node, bytes, (size_t)offset, (size_t)length);
        power_add_time(fd);
    }
    errno = saved;
    return length;
}

ssize_t write(int fd, const void *bytes, size_t length)
{
    typedef ssize_t type(int, const void *, size_t);
    REAL(write, type);
    off_t offset = power_recording ? lseek(fd, 0, SEEK_CUR) : 0;
    return written(fd, bytes, offset, real(fd, bytes, length));
}

#define PWRITE(name, offset_type)                                                                  \
    ssize_t name(int fd, const void *bytes, size_t length, offset_type offset)                     \
    {                                                                                              \
        typedef ssize_t type(int, const void *, size_t, offset_type);                              \
        REAL(name, type);                                                                          \
        return written(fd, bytes, (off_t)offset, real(fd, bytes, length, offset));                 \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

static int cut(int fd, off_t length, int result)
{
    size_t node;
    if (result == 0 && node_of_fd(fd, &node)) {
        power_add(CHANGE_LENGTH, node)->offset = (size_t)length;
        power_add_time(fd);
    }
    return result;
}

#define FTRUNCATE(name, offset_type)                                                               \
    int name(int fd, offset_type length)                                                           \
    {                                                                                              \
        typedef int type(int, offset_type);                                                        \
        REAL(name, type);                                                                          \
        return cut(fd, (off_t)length, real(fd, length));                                           \
    }
FTRUNCATE(ftruncate, off_t)
FTRUNCATE(ftruncate64, off64_t)

static int synced(int fd)
{
    size_t node;
    if (node_of_fd(fd, &node))
        power_add(CHANGE_SYNC, node);
    return 0;
}

int fsync(int fd)
{
    return synced(fd);
}

int fdatasync(int fd)
{
    return synced(fd);
}

/* --- names -------------------------------------------------------------------------------------*/

static bool there(int directory, const char *path)
{
    struct stat status;
    int saved = errno;
    bool found = fstatat(directory, path, &status, AT_SYMLINK_NOFOLLOW) == 0;
    errno = saved;
    return found;
}

/* After an open: a file that was not there is made, one that is emptied is cut. */
static int opened(int directory, const char *path, int flags, bool was_there, int fd)
{
    struct stat status;
    char name[POWER_NAME_SIZE];
    size_t folder, node;
    if (fd < 0 || !power_recording || (flags & (O_CREAT | O_TRUNC)) == 0 ||
        !place_of(directory, path, &folder, name) || fstat(fd, &status) != 0)
        return fd;
    if (!was_there)
        power_add_name(folder, name, power_new_node(&status));
    else if ((flags & O_TRUNC) != 0 && power_find_node(&status, &node))
        power_add(CHANGE_LENGTH, node)->offset = 0, power_add_time(fd);
    return fd;
}

#define OPEN(function, first, first_argument, at)                                                  \
    int function(first const char *path, int flags, ...)                                           \
    {                                                                                              \
        typedef int type(first const char *, int, ...);                                            \
        REAL(function, type);                                                                      \
        va_list args;                                                                              \
        va_start(args, flags);                                                                     \
        mode_t mode = (flags & O_CREAT) != 0 ? (mode_t)va_arg(args, int) : 0;                      \
        va_end(args);                                                                              \
        bool was_there = power_recording && there(at, path);                                             \
        return opened(at, path, flags, was_there, real(first_argument path, flags, mode));         \
    }
#define COMMA ,
OPEN(open, , , AT_FDCWD)
OPEN(open64, , , AT_FDCWD)
OPEN(openat, int directory COMMA, directory COMMA, directory)
OPEN(openat64, int directory COMMA, directory COMMA, directory)

static int moved(enum change_kind kind, int from_at, const char *from, int to_at, const char *to,
                 int result)
{
    char name[POWER_NAME_SIZE], other[POWER_NAME_SIZE];
    size_t folder, other_folder;
    int saved = errno;
    bool ours = place_of(from_at, from, &folder, name);
    bool other_ours = place_of(to_at, to, &other_folder, other);
    if (result == 0 && (ours || other_ours)) {
        if (!ours || !other_ours || folder != other_folder)
            power_die("a name that leaves its folder");
        struct change *change = power_add(kind, 0);
        change->folder = folder;
        strcpy(change->name, name);
        strcpy(change->other, other);
    }
    errno = saved;
    return result;
}

int renameat(int a, const char *from, int b, const char *to)
{
    typedef int type(int, const char *, int, const char *);
    REAL(renameat, type);
    return moved(CHANGE_RENAME, a, from, b, to, real(a, from, b, to));
}

int rename(const char *from, const char *to)
{
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

static int exchanged(int a, const char *from, int b, const char *to, unsigned flags, int result)
{
    return moved((flags & 2) != 0 ? CHANGE_EXCHANGE : CHANGE_RENAME, a, from, b, to, result);
}

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
    if (number == SYS_renameat2 && power_no_exchange) {
        errno = ENOSYS;
        return -1;
    }
    if (number == SYS_renameat2)
        return exchanged((int)a, (const char *)b, (int)c, (const char *)d, (unsigned)e,
                         (int)real(number, a, b, c, d, e, f));
#endif
    return real(number, a, b, c, d, e, f);
}

int linkat(int a, const char *from, int b, const char *to, int flags)
{
    typedef int type(int, const char *, int, const char *, int);
    REAL(linkat, type);
    int result = real(a, from, b, to, flags);
    char name[POWER_NAME_SIZE];
    struct stat status;
    size_t folder, node;
    if (result == 0 && power_recording && place_of(b, to, &folder, name) &&
        fstatat(b, to, &status, AT_SYMLINK_NOFOLLOW) == 0 && power_find_node(&status, &node))
        power_add_name(folder, name, node);
    return result;
}

int unlinkat(int directory, const char *path, int flags)
{
    typedef int type(int, const char *, int);
    REAL(unlinkat, type);
    typedef int mover(int, const char *, int, const char *);
    mover *move = (mover *)dlsym(RTLD_NEXT, "renameat");
    char name[POWER_NAME_SIZE], kept[PATH_MAX];
    struct stat status;
    size_t folder, node;
    bool ours = place_of(directory, path, &folder, name);
    bool keep = fstatat(directory, path, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                S_ISREG(status.st_mode) && status.st_nlink == 1 && power_find_node(&status, &node);
    int result = keep ? move(directory, path, AT_FDCWD, power_kept(node, kept))
                      : real(directory, path, flags);
    if (result == 0 && ours) {
        struct change *change = power_add(CHANGE_REMOVE, 0);
        change->folder = folder;
        strcpy(change->name, name);
    }
    return result;
}

int unlink(const char *path)
{
    return unlinkat(AT_FDCWD, path, 0);
}

int remove(const char *path)
{
    struct stat status;
    bool folder = lstat(path, &status) == 0 && S_ISDIR(status.st_mode);
    return unlinkat(AT_FDCWD, path, folder ? AT_REMOVEDIR : 0);
}

int mkdirat(int directory, const char *path, mode_t mode)
{
    typedef int type(int, const char *, mode_t);
    REAL(mkdirat, type);
    int result = real(directory, path, mode);
    char name[POWER_NAME_SIZE];
    struct stat status;
    size_t folder;
    if (result == 0 && place_of(directory, path, &folder, name) &&
        fstatat(directory, path, &status, AT_SYMLINK_NOFOLLOW) == 0)
        power_add_name(folder, name, power_new_node(&status));
    return result;
}

int mkdir(const char *path, mode_t mode)
{
    return mkdirat(AT_FDCWD, path, mode);
}
