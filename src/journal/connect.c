/* From a path to a connection with tables of our version. */
#include "journal/connect.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/safe.h"
#include "base/text.h"
#include "base/when.h"
#include "journal/schema.h"

static bool execute(struct journal *journal, const char *sql, struct error *err)
{
    errno = 0; /* as store_step does */
    int result = sqlite3_exec(journal->db, sql, NULL, NULL, NULL);
    if (result != SQLITE_OK)
        return store_fail(journal->db, journal->path, result, "opening", err);
    return true;
}

/* Of a statement that always gives one row. */
static bool read_number(struct journal *journal, const char *sql, int64_t *ret_number,
                        struct error *err)
{
    CLEANUP(store_finalize) sqlite3_stmt *statement = NULL;
    bool row;
    if (!store_prepare_now(journal, sql, &statement, err) || !store_step(journal, statement, &row, err))
        return false;
    *ret_number = sqlite3_column_int64(statement, 0);
    return true;
}

static bool read_version(struct journal *journal, int64_t *ret_version, struct error *err)
{
    int64_t application, version, tables;
    char shown[256];
    safe_copy(shown, sizeof shown, journal->path);
    if (!read_number(journal, "PRAGMA application_id", &application, err) ||
        !read_number(journal, "PRAGMA user_version", &version, err) ||
        !read_number(journal, "SELECT count(*) FROM sqlite_master", &tables, err))
        return false;
    bool fresh = application == 0 && version == 0 && tables == 0;
    if (!fresh && (application != SCHEMA_APPLICATION || version < 1 || tables == 0))
        return error_set(err, ERROR_JOURNAL_DAMAGED,
                         "%s is a database, but no journal of keywright", shown);
    if (version > (int64_t)schema_version)
        return error_set(err, ERROR_JOURNAL_NEWER,
                         "the journal %s has version %lld of its tables; this program knows %zu",
                         shown, (long long)version, schema_version);
    *ret_version = version;
    return true;
}

/* Nothing in the file but what we made: a trigger could undo what we write, a view never end. */
static bool check_schema(struct journal *journal, struct error *err)
{
    CLEANUP(store_finalize) sqlite3_stmt *statement = NULL;
    char shown[256];
    if (!store_prepare_now(journal,
                       "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"
                       " AND sql <> 'CREATE TABLE sqlite_sequence(name,seq)'", /* SQLite's own */
                       &statement, err))
        return false;
    for (bool row = true; row;) {
        if (!store_step(journal, statement, &row, err))
            return false;
        if (row && !schema_knows(store_column(statement, 0)))
            return error_set(err, ERROR_JOURNAL_DAMAGED,
                             "%s has a table, view or trigger that is not keywright's",
                             safe_copy(shown, sizeof shown, journal->path));
    }
    return true;
}

/* The version is read again inside the transaction: another process may have been faster. */
static bool make_tables(struct journal *journal, struct error *err)
{
    int64_t version;
    if (!read_version(journal, &version, err))
        return false;
    for (size_t at = (size_t)version; at < schema_version; at++)
        if (!execute(journal, schema_migrations[at], err))
            return false;
    char sql[96];
    sqlite3_snprintf(sizeof sql, sql, "PRAGMA application_id = %lld; PRAGMA user_version = %lld",
                     (long long)SCHEMA_APPLICATION, (long long)schema_version);
    return execute(journal, sql, err);
}

/* Bring the tables up to date, all versions in one transaction. */
static bool migrate(struct journal *journal, struct error *err)
{
    if (!execute(journal, "BEGIN IMMEDIATE", err))
        return false;
    if (make_tables(journal, err) && execute(journal, "COMMIT", err))
        return true;
    sqlite3_exec(journal->db, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

/* SQLite does not wait when two processes turn a new file to WAL at the same time; where it does wait, for
 * locks that the file system refuses, once is enough. */
static bool use_wal(struct journal *journal, struct error *err)
{
    int64_t begun = when_monotonic_ms();
    for (;;) {
        struct error failure = {0};
        if (execute(journal, "PRAGMA journal_mode = WAL", &failure))
            return true;
        if (failure.code != ERROR_JOURNAL_BUSY || when_monotonic_ms() - begun >= BUSY_MILLISECONDS) {
            *err = failure;
            return false;
        }
        nanosleep(&(struct timespec){.tv_nsec = 50 * 1000 * 1000}, NULL);
    }
}

void connect_end(struct journal *journal)
{
    /* Statements go first: one that is left would keep the connection open, and would be taken for one of
     * the next. */
    for (int i = 0; i < STATEMENT_COUNT; i++)
        store_finalize(&journal->statements[i]);
    sqlite3_close(journal->db);
    journal->db = NULL;
}

bool connect_stand_in(struct journal *journal, struct error *err)
{
    connect_end(journal);
    int result = sqlite3_open(":memory:", &journal->db);
    if (result != SQLITE_OK)
        return store_fail(journal->db, journal->path, result, "opening", err);
    return migrate(journal, err) && execute(journal, "PRAGMA query_only = ON", err);
}

static bool set_up(struct journal *journal, struct error *err)
{
    sqlite3_extended_result_codes(journal->db, 1);
    sqlite3_busy_timeout(journal->db, BUSY_MILLISECONDS);
    sqlite3_db_config(journal->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(journal->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    int64_t version = 0;
    if (!execute(journal,
                 "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;"
                 "PRAGMA cell_size_check = ON",
                 err) ||
        !read_version(journal, &version, err) ||
        (version > 0 && !check_schema(journal, err)))
        return false;
    if (!journal->writable && version == 0)
        return connect_stand_in(journal, err);
    if (!journal->writable)
        return execute(journal, "PRAGMA query_only = ON", err);
    return use_wal(journal, err) && (version == (int64_t)schema_version || migrate(journal, err));
}

bool connect_to(struct journal *journal, const char *name, int flags, struct error *err)
{
    connect_end(journal);
    int result = sqlite3_open_v2(name, &journal->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (result != SQLITE_OK)
        return store_fail(journal->db, journal->path, result, "opening", err);
    return set_up(journal, err);
}

/* Read a file whose directory takes no -shm: only without a log that would have to be read too. */
static bool connect_immutable(struct journal *journal, struct error *err)
{
    struct text name;
    text_init(&name, 4 * PATH_MAX);
    text_append(&name, journal->path);
    text_append(&name, "-wal");
    struct stat status;
    bool has_log = !text_ok(&name, NULL) || (stat(name.bytes, &status) == 0 && status.st_size > 0);
    text_clear(&name);
    text_append(&name, "file:");
    for (const char *at = journal->path; *at != '\0'; at++)
        if (strchr("%?#", *at) != NULL)
            text_appendf(&name, "%%%02x", (unsigned char)*at);
        else
            text_append_char(&name, *at);
    text_append(&name, "?immutable=1");
    bool good = text_ok(&name, err);
    if (good && has_log)
        good =
            error_set(err, ERROR_JOURNAL_READONLY,
                      "the journal %s has a log (-wal) that cannot be read here: copy both files "
                      "to a directory that you can write to",
                      journal->path);
    good = good && connect_to(journal, name.bytes, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);
    text_release(&name);
    return good;
}

bool store_be_born(struct journal *journal, bool make, struct error *err)
{
    if (!journal->unborn || (!make && access(journal->path, F_OK) != 0))
        return true;
    journal->unborn = false;
    if (place_prepare(journal->path, true, err) &&
        connect_to(journal, journal->path, SQLITE_OPEN_READWRITE, err))
        return true;
    struct error ignored;
    bool good = connect_stand_in(journal, &ignored);
    (void)good;
    journal->unborn = true;
    return false;
}

bool connect_for_reading(struct journal *journal, struct error *err)
{
    /* With the right to write, so that a log left by a crash can be taken in. */
    struct error first = {0};
    if (access(journal->path, W_OK) == 0 &&
        connect_to(journal, journal->path, SQLITE_OPEN_READWRITE, &first))
        return true;
    if (first.code != ERROR_NONE && first.code != ERROR_JOURNAL_READONLY) {
        *err = first;
        return false;
    }
    if (connect_to(journal, journal->path, SQLITE_OPEN_READONLY, &first))
        return true;
    if (first.code == ERROR_JOURNAL_READONLY)
        return connect_immutable(journal, err);
    *err = first;
    return false;
}
