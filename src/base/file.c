#include "config.h" /* first: it asks for F_OFD_SETLK */

#include "base/file_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

#include "base/guarded.h"
#include "base/text.h"

bool file_fail(struct error *err, int sys, const char *what, const char *path)
{
    enum error_code code = ERROR_IO;
    if (sys == ENOENT || sys == ENOTDIR)
        code = ERROR_NOT_FOUND;
    else if (sys == EACCES || sys == EPERM || sys == EROFS)
        code = ERROR_PERMISSION;
    return error_set_errno(err, code, sys, "%s %s", what, path);
}

void file_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

bool file_place_open(const char *path, struct file_place *ret_place, struct error *err)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return error_set(err, ERROR_IO, "%s does not name a file", path);
    struct file_place place = {.path = path, .directory = -1};
    if (!text_copy(place.name, sizeof place.name, name))
        return file_fail(err, ENAMETOOLONG, "opening", path);
    char parent[PATH_MAX] = ".";
    if (slash != NULL) {
        size_t length = slash == path ? 1 : (size_t)(slash - path);
        if (length >= sizeof parent)
            return file_fail(err, ENAMETOOLONG, "opening", path);
        memcpy(parent, path, length);
        parent[length] = '\0';
    }
    place.directory = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (place.directory < 0)
        return file_fail(err, errno, "opening the directory of", path);
    *ret_place = place;
    return true;
}

void file_place_close(struct file_place *place)
{
    file_close(&place->directory);
}

int file_rename_flags(int directory, const char *from, const char *to, unsigned flags)
{
#ifdef SYS_renameat2
    return (int)syscall(SYS_renameat2, directory, from, directory, to, flags);
#else
    (void)directory, (void)from, (void)to, (void)flags;
    errno = ENOSYS;
    return -1;
#endif
}

bool file_write_synced(int fd, const char *bytes, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t wrote = write(fd, bytes + done, length - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return false;
        done += (size_t)wrote;
    }
    return fsync(fd) == 0;
}

/* realloc would leave a copy of the content behind. */
static char *grown(char *bytes, size_t length, size_t size)
{
    char *more = guarded_new(size);
    if (more != NULL && length > 0)
        memcpy(more, bytes, length);
    file_bytes_free(bytes, length);
    return more;
}

bool file_read_open(int fd, const char *path, size_t maximum, char **ret_bytes, size_t *ret_length,
                    struct error *err)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return file_fail(err, errno, "reading", path);
    if (!S_ISREG(status.st_mode))
        return error_set(err, ERROR_IO, "%s is not a regular file", path);
    if ((uintmax_t)status.st_size > maximum)
        return error_set(err, ERROR_LIMIT, "%s is larger than %zu bytes", path, maximum);
    size_t size = (size_t)status.st_size + 2;
    size_t length = 0;
    char *bytes = guarded_new(size);
    while (bytes != NULL) {
        ssize_t got = pread(fd, bytes + length, size - length - 1, (off_t)length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            int sys = errno;
            file_bytes_free(bytes, length);
            return file_fail(err, sys, "reading", path);
        }
        if (got == 0) {
            bytes[length] = '\0';
            *ret_bytes = bytes;
            *ret_length = length;
            return true;
        }
        length += (size_t)got;
        if (length > maximum) {
            file_bytes_free(bytes, length);
            return error_set(err, ERROR_LIMIT, "%s is larger than %zu bytes", path, maximum);
        }
        if (length + 1 == size) { /* it grew since fstat */
            size *= 2;
            bytes = grown(bytes, length, size);
        }
    }
    return error_set(err, ERROR_MEMORY, "no room to read %s", path);
}

bool file_read(const char *path, size_t maximum, char **ret_bytes, size_t *ret_length,
               struct error *err)
{
    /* O_NONBLOCK: a named pipe must not hang us before we see that it is one. */
    CLEANUP(file_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return file_fail(err, errno, "opening", path);
    return file_read_open(fd, path, maximum, ret_bytes, ret_length, err);
}

void file_bytes_free(char *bytes, size_t length)
{
    (void)length; /* all of it is wiped */
    guarded_free(bytes);
}

/* --- names -------------------------------------------------------------------------------------*/

static bool resolve_parent(const char *path, char *buffer, size_t size, struct error *err)
{
    char parent[PATH_MAX];
    if (!text_copy(parent, sizeof parent, path))
        return file_fail(err, ENAMETOOLONG, "resolving", path);
    char *slash = strrchr(parent, '/');
    const char *name = slash == NULL ? path : path + (slash - parent) + 1;
    if (name[0] == '\0')
        return error_set(err, ERROR_IO, "%s does not name a file", path);
    if (slash == NULL)
        text_copy(parent, sizeof parent, ".");
    else
        slash[slash == parent ? 1 : 0] = '\0';
    char directory[PATH_MAX];
    if (realpath(parent, directory) == NULL)
        return file_fail(err, errno, "resolving the directory of", path);
    const char *separator = strcmp(directory, "/") == 0 ? "" : "/";
    if ((size_t)snprintf(buffer, size, "%s%s%s", directory, separator, name) >= size)
        return file_fail(err, ENAMETOOLONG, "resolving", path);
    return true;
}

static bool give(const char *found, const char *path, char *buffer, size_t size, struct error *err)
{
    if (strlen(found) >= size)
        return file_fail(err, ENAMETOOLONG, "resolving", path);
    strcpy(buffer, found);
    return true;
}

bool file_resolve(const char *path, char *buffer, size_t size, struct error *err)
{
    enum { MOST_LINKS = 40 }; /* as the kernel */
    char here[PATH_MAX];
    char found[PATH_MAX];
    if (!text_copy(here, sizeof here, path))
        return file_fail(err, ENAMETOOLONG, "resolving", path);
    for (int links = 0; links < MOST_LINKS; links++) {
        if (realpath(here, found) != NULL)
            return give(found, path, buffer, size, err);
        if (errno != ENOENT)
            return file_fail(err, errno, "resolving", path);
        if (!resolve_parent(here, found, sizeof found, err))
            return false;
        char to[PATH_MAX];
        ssize_t length = readlink(found, to, sizeof to - 1);
        if (length < 0) /* it is just not there yet */
            return give(found, path, buffer, size, err);
        to[length] = '\0';
        /* A link to a file that is missing: that is where a new one belongs. */
        char *slash = strrchr(found, '/');
        slash[1] = '\0';
        bool absolute = to[0] == '/';
        if ((size_t)snprintf(here, sizeof here, "%s%s", absolute ? "" : found, to) >= sizeof here)
            return file_fail(err, ENAMETOOLONG, "resolving", path);
    }
    return file_fail(err, ELOOP, "resolving", path);
}

/* A file that is synced is lost with its folder when the folder's own name was not. Who may write to
 * a directory but not read it cannot sync it, and has to do without. */
static bool keep_name(const char *path, struct error *err)
{
    CLEANUP(file_place_close) struct file_place place = {.directory = -1};
    struct error cause = {0};
    if (!file_place_open(path, &place, &cause)) {
        if (cause.code == ERROR_PERMISSION)
            return true;
        if (err != NULL)
            *err = cause;
        return false;
    }
    return fsync(place.directory) == 0 || file_fail(err, errno, "syncing the directory of", path);
}

static bool make_one(const char *path, struct error *err)
{
    if (mkdir(path, 0700) == 0)
        return keep_name(path, err);
    int sys = errno;
    struct stat status;
    if (stat(path, &status) != 0)
        return file_fail(err, sys, "making the directory", path);
    if (!S_ISDIR(status.st_mode))
        return error_set(err, ERROR_IO, "%s is not a directory", path);
    return true;
}

bool file_make_directory(const char *path, struct error *err)
{
    char part[PATH_MAX];
    if (path[0] == '\0' || !text_copy(part, sizeof part, path))
        return file_fail(err, path[0] == '\0' ? ENOENT : ENAMETOOLONG, "making the directory",
                         path);
    for (char *at = part + 1; *at != '\0'; at++) {
        if (*at != '/' || at[-1] == '/')
            continue;
        *at = '\0';
        if (!make_one(part, err))
            return false;
        *at = '/';
    }
    return make_one(part, err);
}

/* --- small private files -----------------------------------------------------------------------*/

/* What stands there already: success when it is just this content. */
static bool same_private(const struct file_place *place, const char *bytes, size_t length,
                         struct error *err)
{
    CLEANUP(file_close)
    int fd = openat(place->directory, place->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return file_fail(err, errno, "opening", place->path);
    char *there = NULL;
    size_t there_length = 0;
    if (!file_read_open(fd, place->path, length, &there, &there_length, err) &&
        err->code != ERROR_LIMIT)
        return false;
    bool same = there != NULL && there_length == length && memcmp(there, bytes, length) == 0;
    file_bytes_free(there, there_length);
    if (!same)
        return error_set(err, ERROR_CHANGED, "%s exists already with other content", place->path);
    if (fchmod(fd, 0600) != 0 || fsync(fd) != 0 || fsync(place->directory) != 0)
        return file_fail(err, errno, "syncing", place->path);
    return true;
}

bool file_create_private(const char *path, const char *bytes, size_t length, struct error *err)
{
    CLEANUP(file_place_close) struct file_place place = {.directory = -1};
    struct error ignored;
    if (err == NULL)
        err = &ignored;
    if (!file_place_open(path, &place, err))
        return false;
    struct stat status;
    if (fstatat(place.directory, place.name, &status, AT_SYMLINK_NOFOLLOW) == 0)
        return same_private(&place, bytes, length, err);
    /* Written under another name first, so that a crash leaves no half a file under this one. */
    char temporary[NAME_MAX + 1];
    if ((size_t)snprintf(temporary, sizeof temporary, ".%s.new", place.name) >= sizeof temporary)
        return file_fail(err, ENAMETOOLONG, "making", path);
    unlinkat(place.directory, temporary, 0);
    CLEANUP(file_close)
    int fd = openat(place.directory, temporary,
                    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return file_fail(err, errno, "making", path);
    bool made = fchmod(fd, 0600) == 0 && file_write_synced(fd, bytes, length);
    if (made) {
        made =
            file_rename_flags(place.directory, temporary, place.name, FILE_RENAME_NOREPLACE) == 0;
        if (!made && (errno == ENOSYS || errno == EINVAL))
            made = linkat(place.directory, temporary, place.directory, place.name, 0) == 0;
    }
    int sys = errno;
    unlinkat(place.directory, temporary, 0);
    if (!made)
        return file_fail(err, sys, "making", path);
    if (fsync(place.directory) != 0)
        return file_fail(err, errno, "syncing the directory of", path);
    return true;
}

bool file_remove(const char *path, struct error *err)
{
    CLEANUP(file_place_close) struct file_place place = {.directory = -1};
    struct error cause;
    if (!file_place_open(path, &place, &cause)) {
        if (cause.code == ERROR_NOT_FOUND)
            return true;
        if (err != NULL)
            *err = cause;
        return false;
    }
    if (unlinkat(place.directory, place.name, 0) != 0)
        return errno == ENOENT || file_fail(err, errno, "removing", path);
    if (fsync(place.directory) != 0)
        return file_fail(err, errno, "syncing the directory of", path);
    return true;
}

bool file_lock_byte(const char *path, off_t byte, int *ret_fd, struct error *err)
{
    CLEANUP(file_close) int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return file_fail(err, errno, "opening", path);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
#ifdef F_OFD_SETLK
    int command = F_OFD_SETLK;
#else
    int command = F_SETLK;
#endif
    int result;
    do
        result = fcntl(fd, command, &lock);
    while (result != 0 && errno == EINTR);
    if (result != 0 && (errno == EAGAIN || errno == EACCES))
        return error_set(err, ERROR_BUSY, "%s is locked by another process", path);
    if (result != 0)
        return file_fail(err, errno, "locking", path);
    *ret_fd = fd;
    fd = -1;
    return true;
}
