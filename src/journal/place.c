/* The place of the journal's file: its folder and its modes. */
#include "journal/connect.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/safe.h"
#include "base/text.h"

static bool refuse(const char *path, int sys, bool writing, struct error *err)
{
    char shown[256];
    enum error_code code = sys == ENOSPC || sys == EDQUOT ? ERROR_JOURNAL_FULL
                           : writing                      ? ERROR_JOURNAL_READONLY
                           : sys == ENOENT                ? ERROR_NOT_FOUND
                           : sys == EACCES                ? ERROR_PERMISSION
                                                          : ERROR_IO;
    return error_set_errno(err, code, sys, "opening the journal %s",
                           safe_copy(shown, sizeof shown, path));
}

/* Nobody else may read what is ours, whatever the file was before. Never opened for this: closing a
 * descriptor would drop the locks of another connection of this process (POSIX). */
static void keep_private(const char *path, const char *suffix)
{
    char name[PATH_MAX + sizeof "-lock"];
    struct stat status;
    snprintf(name, sizeof name, "%s%s", path, suffix);
    if (stat(name, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
        (status.st_mode & 077) != 0)
        chmod(name, status.st_mode & 0700);
}

bool place_make_directory(const char *path, struct error *err)
{
    char directory[PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (slash == NULL || slash == path)
        return true;
    if (!text_copy(directory, sizeof directory, path))
        return error_set(err, ERROR_LIMIT, "the name of the journal is too long");
    directory[slash - path] = '\0';
    struct error cause = {0};
    if (access(directory, F_OK) == 0 || file_make_directory(directory, &cause))
        return true;
    return refuse(path, cause.sys == ENOENT ? EACCES : cause.sys, true, err);
}

bool place_prepare(const char *path, bool writing, struct error *err)
{
    if (writing) {
        int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0 && errno != EEXIST)
            return refuse(path, errno, true, err);
        if (fd >= 0)
            close(fd);
    }
    struct stat status;
    if (stat(path, &status) < 0)
        return refuse(path, errno, writing, err);
    if (S_ISDIR(status.st_mode))
        return refuse(path, EISDIR, true, err);
    if (!S_ISREG(status.st_mode))
        return error_set(err, ERROR_JOURNAL_DAMAGED, "the journal %s is no regular file", path);
    static const char *const suffixes[] = {"", "-wal", "-shm", "-lock"};
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
        keep_private(path, suffixes[i]);
    return true;
}

bool place_check_directory(const char *path, struct error *err)
{
    char directory[PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (slash == NULL || !text_copy(directory, sizeof directory, path))
        return true;
    directory[slash == path ? 1 : slash - path] = '\0';
    return access(directory, W_OK | X_OK) == 0 || refuse(path, errno, true, err);
}
