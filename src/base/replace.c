#include "config.h"

#include "base/file_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#ifdef HAVE_SYS_XATTR_H
#include <sys/xattr.h>
#endif

#include "base/guarded.h"

enum {
    MAXIMUM = 4 << 20, /* bytes; callers have lower limits of their own */
    MOST_ROUNDS = 5
};

struct content {
    char *bytes;
    size_t length;
};

static void content_release(struct content *content)
{
    file_bytes_free(content->bytes, content->length);
    *content = (struct content){0};
}

static bool content_is(const struct content *content, const char *bytes, size_t length)
{
    return content->length == length && (length == 0 || memcmp(content->bytes, bytes, length) == 0);
}

/* --- the new file ------------------------------------------------------------------------------*/

static void copy_attributes(int from, int to)
{
#ifdef HAVE_SYS_XATTR_H
    enum { ROOM = 64 * 1024 };
    CLEANUP(content_release) struct content names = {guarded_new(ROOM), ROOM};
    CLEANUP(content_release) struct content value = {guarded_new(ROOM), ROOM};
    if (names.bytes == NULL || value.bytes == NULL)
        return;
    ssize_t length = flistxattr(from, names.bytes, ROOM);
    for (ssize_t at = 0; at < length; at += (ssize_t)strlen(names.bytes + at) + 1) {
        ssize_t got = fgetxattr(from, names.bytes + at, value.bytes, ROOM);
        if (got >= 0 && fsetxattr(to, names.bytes + at, value.bytes, (size_t)got, 0) != 0)
            continue; /* best effort: what the kernel keeps for itself cannot be set */
    }
#else
    (void)from, (void)to;
#endif
}

static const char *fill_part(const struct file_target *target, int fd, const char *bytes,
                             size_t length)
{
    const struct stat *as = &target->status;
    struct stat made;
    if (fstat(fd, &made) != 0)
        return "making a file beside";
    if ((made.st_uid != as->st_uid || made.st_gid != as->st_gid) &&
        fchown(fd, as->st_uid, as->st_gid) != 0)
        return "keeping the owner and group of";
    copy_attributes(target->fd, fd);
    if (fchmod(fd, as->st_mode & 07777) != 0)
        return "keeping the mode of";
    if (!file_write_synced(fd, bytes, length))
        return "writing the new content of";
    return NULL;
}

/* `.NAME.keywright-part`, complete, with owner, mode and attributes of the target. ret_fd holds a
 * lock on it and is read-only: we must not look like a writer to file_await_writers. */
static bool write_part(const struct file_target *target, const char *bytes, size_t length,
                       char part[NAME_MAX + 1], int *ret_fd, struct error *err)
{
    const struct file_place *place = &target->place;
    if (snprintf(part, NAME_MAX + 1, ".%s.keywright-part", place->name) > NAME_MAX)
        return file_fail(err, ENAMETOOLONG, "making a file beside", place->path);
    CLEANUP(file_close)
    int fd =
        openat(place->directory, part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return file_fail(err, errno, "making a file beside", place->path);
    CLEANUP(file_close)
    int locked = openat(place->directory, part, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    const char *what = NULL;
    if (locked < 0 || flock(locked, LOCK_EX | LOCK_NB) != 0)
        what = "locking a file beside";
    else
        what = fill_part(target, fd, bytes, length);
    if (what != NULL) {
        int sys = errno;
        unlinkat(place->directory, part, 0);
        return file_fail(err, sys, what, place->path);
    }
    *ret_fd = locked;
    locked = -1;
    return true;
}

static bool name_complete(const struct file_target *target, int fd, const char *part,
                          char name[NAME_MAX + 1], struct error *err)
{
    const struct file_place *place = &target->place;
    struct stat status;
    const struct stat *old = &target->status;
    int sys = 0;
    if (fstat(fd, &status) != 0)
        sys = errno;
    else if (snprintf(name, NAME_MAX + 1, ".%s.keywright-%llx.%llx.%llx.%lx", place->name,
                      (unsigned long long)status.st_ino, (unsigned long long)old->st_size,
                      (unsigned long long)old->st_mtim.tv_sec,
                      (unsigned long)old->st_mtim.tv_nsec) > NAME_MAX)
        sys = ENAMETOOLONG;
    else if (renameat(place->directory, part, place->directory, name) != 0)
        sys = errno;
    if (sys == 0)
        return true;
    unlinkat(place->directory, part, 0);
    return file_fail(err, sys, "naming the new content of", place->path);
}

/* RENAME_EXCHANGE, or the nearest thing: the old file gets a second name first, so that it stays
 * in reach after the rename. */
static int exchange(const struct file_place *place, const char *with)
{
    if (file_rename_flags(place->directory, with, place->name, FILE_RENAME_EXCHANGE) == 0)
        return 0;
    if (errno != ENOSYS && errno != EINVAL)
        return -1;
    char second[NAME_MAX + 1];
    if (snprintf(second, sizeof second, "%s~", with) > NAME_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    unlinkat(place->directory, second, 0);
    if (linkat(place->directory, place->name, place->directory, second, 0) != 0)
        return -1;
    if (renameat(place->directory, with, place->directory, place->name) != 0) {
        int sys = errno;
        unlinkat(place->directory, second, 0);
        errno = sys;
        return -1;
    }
    return renameat(place->directory, second, place->directory, with);
}

/* --- replacing ---------------------------------------------------------------------------------*/

static bool read_beside(const struct file_target *target, const char *name,
                        struct content *ret_content, struct error *err)
{
    const struct file_place *place = &target->place;
    CLEANUP(file_close)
    int fd = openat(place->directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return file_fail(err, errno, "reading what was displaced from", place->path);
    file_await_writers(fd);
    return file_read_open(fd, place->path, MAXIMUM, &ret_content->bytes, &ret_content->length, err);
}

static bool discard(const struct file_place *place, const char *name, struct error *err)
{
    if (unlinkat(place->directory, name, 0) != 0 && errno != ENOENT)
        return file_fail(err, errno, "removing what was displaced from", place->path);
    if (fsync(place->directory) != 0)
        return file_fail(err, errno, "syncing the directory of", place->path);
    return true;
}

enum outcome { REPLACED, EDITED, FAILED };

/* Exchange, unless the file is not what it was any more (EDITED), which is the better moment to
 * find it: between an exchange and its undoing others can read a file without that edit. */
static enum outcome exchange_if_same(const struct file_target *target, const struct content *base,
                                     const char *name, struct error *err)
{
    const struct file_place *place = &target->place;
    CLEANUP(content_release) struct content now = {0};
    bool leased = file_lease_take(target->fd);
    struct stat named;
    bool read = file_read_open(target->fd, place->path, MAXIMUM, &now.bytes, &now.length, err);
    bool same = read && content_is(&now, base->bytes, base->length) &&
                fstatat(place->directory, place->name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
                named.st_ino == target->status.st_ino &&
                (!leased || file_lease_undisturbed(target->fd));
    bool exchanged = same && exchange(place, name) == 0;
    int sys = errno;
    if (leased)
        file_lease_drop(target->fd);
    if (exchanged)
        return REPLACED;
    unlinkat(place->directory, name, 0);
    if (same)
        file_fail(err, sys, "exchanging", place->path);
    return same || !read ? FAILED : EDITED;
}

/* One exchange. EDITED: the file held something else than `base`; that stands there (again). */
static enum outcome replace_once(const struct file_target *target, const struct content *base,
                                 const char *bytes, size_t length, struct error *err)
{
    const struct file_place *place = &target->place;
    char part[NAME_MAX + 1];
    char name[NAME_MAX + 1];
    CLEANUP(file_close) int fd = -1;
    CLEANUP(content_release) struct content displaced = {0};
    CLEANUP(content_release) struct content returned = {0};
    if (!write_part(target, bytes, length, part, &fd, err) ||
        !name_complete(target, fd, part, name, err))
        return FAILED;
    enum outcome outcome = exchange_if_same(target, base, name, err);
    if (outcome != REPLACED)
        return outcome;
    if (!read_beside(target, name, &displaced, err))
        return FAILED;
    if (content_is(&displaced, base->bytes, base->length))
        return discard(place, name, err) ? REPLACED : FAILED;
    if (exchange(place, name) != 0) {
        file_fail(err, errno, "putting an edit back into", place->path);
        return FAILED;
    }
    if (!read_beside(target, name, &returned, err))
        return FAILED;
    if (!content_is(&returned, bytes, length)) {
        file_keep_edit(target, name, err); /* edited again, between the two exchanges */
        return FAILED;
    }
    return discard(place, name, err) ? EDITED : FAILED;
}

bool file_replace_try(const char *path, size_t length, struct error *err)
{
    CLEANUP(file_target_release) struct file_target target = {.fd = -1, .place.directory = -1};
    if (!file_target_prepare(path, &target, err))
        return false;
    CLEANUP(content_release) struct content content = {guarded_new(length + 1), length};
    if (content.bytes == NULL)
        return error_set(err, ERROR_MEMORY, "no room for %zu bytes", length);
    char part[NAME_MAX + 1];
    char name[NAME_MAX + 1];
    CLEANUP(file_close) int fd = -1;
    return write_part(&target, content.bytes, length, part, &fd, err) &&
           name_complete(&target, fd, part, name, err) && discard(&target.place, name, err);
}

bool file_replace(const char *path, const char *expected, size_t expected_length, const char *bytes,
                  size_t length, file_merge *merge, void *context, struct error *err)
{
    CLEANUP(content_release) struct content merged = {0};
    for (int round = 0; round < MOST_ROUNDS; round++) {
        CLEANUP(file_target_release) struct file_target target = {.fd = -1, .place.directory = -1};
        CLEANUP(content_release) struct content now = {0};
        if (!file_target_prepare(path, &target, err) ||
            !file_read_open(target.fd, path, MAXIMUM, &now.bytes, &now.length, err))
            return false;
        if (!content_is(&now, expected, expected_length)) {
            struct content next = {0};
            struct error cause = {0};
            if (!merge(context, now.bytes, now.length, &next.bytes, &next.length, &cause))
                return error_set(err, ERROR_CHANGED, "%s was changed meanwhile: %s", path,
                                 cause.text[0] == '\0' ? "it is left as it is" : cause.text);
            content_release(&merged);
            merged = next;
            bytes = merged.bytes;
            length = merged.length;
        }
        enum outcome outcome = replace_once(&target, &now, bytes, length, err);
        if (outcome != EDITED)
            return outcome == REPLACED;
    }
    return error_set(err, ERROR_CHANGED, "%s is changed by another program again and again", path);
}
