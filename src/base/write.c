#include "config.h" /* first: it asks for mkostemp */

/* A file of ours that readers may have open: they see the old content or the new, whole. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/safe.h"

static bool write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0) {
            bytes += written;
            length -= (size_t)written;
        }
    }
    return true;
}

/* A rename by root would put a file in the place of /dev/null, or of /dev/stdout, which is a link to a descriptor. */
static bool may_replace(const char *path, mode_t *mode)
{
    static const char descriptors[] = "/proc/";
    char leads[sizeof descriptors] = "";
    struct stat there;
    if (lstat(path, &there) != 0)
        return true;
    if (S_ISREG(there.st_mode)) {
        *mode = there.st_mode & 0777;
        return true;
    }
    bool link = readlink(path, leads, sizeof leads - 1) > 0;
    return link && strcmp(leads, descriptors) != 0 &&
           (stat(path, &there) != 0 || S_ISREG(there.st_mode));
}

bool file_write(const char *path, const char *bytes, size_t length, mode_t mode, struct error *err)
{
    char name[PATH_MAX], shown[256];
    int made = snprintf(name, sizeof name, "%s.XXXXXX", path);
    if (made < 0 || (size_t)made >= sizeof name)
        return error_set(err, ERROR_LIMIT, "the name of a file is too long");
    if (!may_replace(path, &mode))
        return error_set(err, ERROR_IO, "writing %s: it is no regular file",
                         safe_copy(shown, sizeof shown, path));
    int fd = mkostemp(name, O_CLOEXEC);
    bool good = fd >= 0 && fchmod(fd, mode) == 0 && write_all(fd, bytes, length);
    int sys = errno;
    if (fd >= 0 && close(fd) < 0 && good) {
        good = false;
        sys = errno;
    }
    if (good && rename(name, path) == 0)
        return true;
    sys = good ? errno : sys;
    if (fd >= 0)
        unlink(name);
    return error_set_errno(err, sys == EACCES || sys == EPERM ? ERROR_PERMISSION : ERROR_IO, sys,
                           "writing %s", safe_copy(shown, sizeof shown, path));
}
