#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "base/file.h"
#include "base/safe.h"
#include "journal/store.h"

static void close_database(sqlite3 **db)
{
    sqlite3_close(*db);
}

static bool copy(struct journal *journal, const char *path, struct error *err)
{
    CLEANUP(close_database) sqlite3 *to = NULL;
    int result = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (result != SQLITE_OK)
        return store_fail(to, path, result, "writing", err);
    sqlite3_extended_result_codes(to, 1);
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", journal->db, "main");
    if (backup == NULL)
        return store_fail(to, path, sqlite3_errcode(to), "writing", err);
    sqlite3_backup_step(backup, -1);
    result = sqlite3_backup_finish(backup);
    /* One file, without a log beside it: a backup is carried away. */
    if (result == SQLITE_OK)
        result = sqlite3_exec(to, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
    if (result != SQLITE_OK)
        return store_fail(to, path, result, "writing the backup of", err);
    return true;
}

bool journal_backup(struct journal *journal, const char *path, struct error *err)
{
    char resolved[PATH_MAX];
    char shown[256];
    safe_copy(shown, sizeof shown, path);
    if (!file_resolve(path, resolved, sizeof resolved, err))
        return error_wrap(err, "writing the backup");
    int fd = open(resolved, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return error_set(err, ERROR_USAGE, "%s exists already; a backup goes to a new file", shown);
    if (fd < 0)
        return error_set_errno(err, errno == ENOSPC ? ERROR_JOURNAL_FULL : ERROR_IO, errno,
                               "making the backup %s", shown);
    close(fd);
    if (copy(journal, resolved, err))
        return true;
    unlink(resolved);
    return false;
}
