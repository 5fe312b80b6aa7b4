/* SQLite as it is: its results, statements and columns, of whatever the journal is connected to. */
#include "journal/store.h"

#include <errno.h>

#include "base/safe.h"

/* What the operating system said when SQLite only knows that reading or writing failed. SQLite
 * keeps errno for some calls and not for COMMIT; for that one store_step clears errno before the
 * step. */
static enum error_code code_of_system(int sys)
{
    if (sys == ENOSPC || sys == EDQUOT || sys == EFBIG)
        return ERROR_JOURNAL_FULL;
    if (sys == EROFS || sys == EACCES || sys == EPERM)
        return ERROR_JOURNAL_READONLY;
    return ERROR_IO;
}

static enum error_code code_of(sqlite3 *db, int result)
{
    switch (result & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL: /* of locks: they were refused for ten seconds */
        return ERROR_JOURNAL_BUSY;
    case SQLITE_FULL:
        return ERROR_JOURNAL_FULL;
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return ERROR_JOURNAL_READONLY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_ERROR: /* a table or column that is not there */
    case SQLITE_MISMATCH:
        return ERROR_JOURNAL_DAMAGED;
    case SQLITE_IOERR: {
        int sys = db != NULL ? sqlite3_system_errno(db) : 0;
        return code_of_system(sys != 0 ? sys : errno);
    }
    case SQLITE_NOMEM:
        return ERROR_MEMORY;
    default:
        return ERROR_INTERNAL;
    }
}

bool store_fail(sqlite3 *db, const char *path, int result, const char *doing, struct error *err)
{
    char shown[256];
    enum error_code code = code_of(db, result);
    return error_set(err, code, "%s the journal %s: %s", doing,
                     safe_copy(shown, sizeof shown, path),
                     db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(result));
}

bool store_prepare_now(struct journal *journal, const char *sql, sqlite3_stmt **ret_statement, struct error *err)
{
    int result = sqlite3_prepare_v2(journal->db, sql, -1, ret_statement, NULL);
    if (result != SQLITE_OK)
        return store_fail(journal->db, journal->path, result, "reading", err);
    return true;
}

void store_finalize(sqlite3_stmt **statement)
{
    sqlite3_finalize(*statement);
    *statement = NULL;
}

void store_reset(sqlite3_stmt **statement)
{
    sqlite3_reset(*statement);
}

bool store_step(struct journal *journal, sqlite3_stmt *statement, bool *ret_row, struct error *err)
{
    errno = 0;
    int result = sqlite3_step(statement);
    if (result != SQLITE_ROW && result != SQLITE_DONE) {
        bool reads = sqlite3_stmt_readonly(statement) && sqlite3_column_count(statement) > 0;
        store_fail(journal->db, journal->path, result, reads ? "reading" : "writing", err);
        sqlite3_reset(statement);
        return false;
    }
    *ret_row = result == SQLITE_ROW;
    return true;
}

void store_bind(sqlite3_stmt *statement, int place, const char *string)
{
    sqlite3_bind_text(statement, place, string, -1, SQLITE_STATIC);
}

const char *store_column(sqlite3_stmt *statement, int column)
{
    const char *string = (const char *)sqlite3_column_text(statement, column);
    return string != NULL ? string : "";
}
