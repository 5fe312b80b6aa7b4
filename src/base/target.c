#include "config.h" /* first: it asks for F_SETLEASE */

#include "base/file_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/when.h"

enum {
    LOCK_WAIT_MS = 10 * 1000,
    LOCK_PAUSE_MS = 20,
    WRITER_WAIT_MS = 2 * 1000,
    MOST_EXCHANGES = 5 /* by others, while we wait for the lock */
};

void file_target_release(struct file_target *target)
{
    file_close(&target->fd);
    file_place_close(&target->place);
}

static void pause_ms(long ms)
{
    struct timespec time = {.tv_nsec = ms * 1000000};
    nanosleep(&time, NULL);
}

/* --- the lock ----------------------------------------------------------------------------------*/

static bool lock_file(int fd, const char *path, struct error *err)
{
    int64_t limit = when_monotonic_ms() + LOCK_WAIT_MS;
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return file_fail(err, errno, "locking", path);
        if (when_monotonic_ms() >= limit)
            return error_set(err, ERROR_BUSY, "%s is locked by another program", path);
        pause_ms(LOCK_PAUSE_MS);
    }
    return true;
}

/* Open and lock what stands under the name, also when it was exchanged while we waited. */
static bool open_locked(const char *path, struct file_target *ret_target, struct error *err)
{
    CLEANUP(file_target_release) struct file_target target = {.fd = -1, .place.directory = -1};
    if (!file_place_open(path, &target.place, err))
        return false;
    for (int round = 0; round < MOST_EXCHANGES; round++) {
        file_close(&target.fd);
        target.fd = openat(target.place.directory, target.place.name,
                           O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (target.fd < 0)
            return errno == ELOOP ? error_set(err, ERROR_IO, "%s is a symbolic link", path)
                                  : file_fail(err, errno, "opening", path);
        struct stat named;
        if (fstat(target.fd, &target.status) != 0)
            return file_fail(err, errno, "reading", path);
        if (!S_ISREG(target.status.st_mode))
            return error_set(err, ERROR_IO, "%s is not a regular file", path);
        if (!lock_file(target.fd, path, err))
            return false;
        if (fstatat(target.place.directory, target.place.name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
            named.st_ino == target.status.st_ino && named.st_dev == target.status.st_dev) {
            *ret_target = target;
            target = (struct file_target){.fd = -1, .place.directory = -1};
            return true;
        }
    }
    return error_set(err, ERROR_BUSY, "%s is being replaced by another program again and again",
                     path);
}

bool file_lease_take(int fd)
{
#ifdef F_SETLEASE
    /* Who waits for us makes the kernel send a signal: not SIGIO, which would end the process, but
     * SIGURG, which is ignored. */
    if (fcntl(fd, F_SETSIG, SIGURG) != 0)
        return false;
    int64_t limit = when_monotonic_ms() + WRITER_WAIT_MS;
    while (fcntl(fd, F_SETLEASE, F_RDLCK) != 0) {
        if (errno != EAGAIN || when_monotonic_ms() >= limit)
            return false;
        pause_ms(1);
    }
    return true;
#else
    (void)fd;
    return false;
#endif
}

bool file_lease_undisturbed(int fd)
{
#ifdef F_SETLEASE
    return fcntl(fd, F_GETLEASE) == F_RDLCK;
#else
    (void)fd;
    return true;
#endif
}

void file_lease_drop(int fd)
{
#ifdef F_SETLEASE
    fcntl(fd, F_SETLEASE, F_UNLCK);
#else
    (void)fd;
#endif
}

void file_await_writers(int fd)
{
    if (file_lease_take(fd))
        file_lease_drop(fd);
}

/* --- what an interrupted run left --------------------------------------------------------------*/

bool file_keep_edit(const struct file_target *target, const char *name, struct error *err)
{
    const struct file_place *place = &target->place;
    char kept[NAME_MAX + 1];
    size_t length =
        (size_t)snprintf(kept, sizeof kept, "%s.edited-%lld", place->name, (long long)when_now());
    if (length >= sizeof kept)
        return file_fail(err, ENAMETOOLONG, "keeping an edit of", place->path);
    if (renameat(place->directory, name, place->directory, kept) != 0)
        return file_fail(err, errno, "keeping an edit of", place->path);
    return error_set(err, ERROR_CHANGED,
                     "another program edited %s at the moment when it was replaced; its version is "
                     "kept in %s beside it",
                     place->path, kept);
}

static bool recover_one(const struct file_target *target, const char *name, const char *numbers,
                        struct error *err)
{
    const struct file_place *place = &target->place;
    struct stat status;
    if (fstatat(place->directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT || file_fail(err, errno, "looking at", name);
    unsigned long long inode, size, seconds;
    unsigned long nanoseconds;
    bool displaced =
        sscanf(numbers, "%llx.%llx.%llx.%lx", &inode, &size, &seconds, &nanoseconds) == 4 &&
        status.st_ino != inode && status.st_ino != target->status.st_ino;
    bool edited = displaced && ((unsigned long long)status.st_size != size ||
                                (unsigned long long)status.st_mtim.tv_sec != seconds ||
                                (unsigned long)status.st_mtim.tv_nsec != nanoseconds);
    if (edited)
        return file_keep_edit(target, name, err);
    if (unlinkat(place->directory, name, 0) != 0 && errno != ENOENT)
        return file_fail(err, errno, "removing", name);
    return true;
}

static void close_directory(DIR **directory)
{
    if (*directory != NULL)
        closedir(*directory);
}

static bool recover(const struct file_target *target, struct error *err)
{
    char prefix[NAME_MAX + 32];
    snprintf(prefix, sizeof prefix, ".%s.keywright-", target->place.name);
    size_t length = strlen(prefix);
    int fd = openat(target->place.directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CLEANUP(close_directory) DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    if (directory == NULL) {
        int sys = errno;
        file_close(&fd);
        return file_fail(err, sys, "reading the directory of", target->place.path);
    }
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL)
        if (strncmp(entry->d_name, prefix, length) == 0 &&
            !recover_one(target, entry->d_name, entry->d_name + length, err))
            return false;
    return true;
}

/* Ready to be replaced: locked, nothing stale beside it, not more than one name. */
bool file_target_prepare(const char *path, struct file_target *ret_target, struct error *err)
{
    CLEANUP(file_target_release) struct file_target target = {.fd = -1, .place.directory = -1};
    if (!open_locked(path, &target, err) || !recover(&target, err))
        return false;
    file_await_writers(target.fd);
    if (fstat(target.fd, &target.status) != 0)
        return file_fail(err, errno, "reading", path);
    /* None is a file that was replaced or removed since it was locked, which the next look at its name
     * finds. */
    if (target.status.st_nlink > 1)
        return error_set(err, ERROR_IO,
                         "%s has %ju names (hard links); replacing it would part them, so leave it "
                         "one name or make the others symbolic links",
                         path, (uintmax_t)target.status.st_nlink);
    *ret_target = target;
    target = (struct file_target){.fd = -1, .place.directory = -1};
    return true;
}

bool file_replace_recover(const char *path, struct error *err)
{
    CLEANUP(file_target_release) struct file_target target = {.fd = -1, .place.directory = -1};
    return open_locked(path, &target, err) && recover(&target, err);
}
