#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/safe.h"
#include "journal/schema.h"
#include "journal/store.h"

bool journal_default_path(const char *named, struct text *ret_path, struct error *err)
{
    const char *set = getenv("KEYWRIGHT_JOURNAL");
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    text_clear(ret_path);
    if (named != NULL)
        text_append(ret_path, named);
    else if (set != NULL && set[0] != '\0')
        text_append(ret_path, set);
    else if (state != NULL && state[0] == '/') /* a relative one is to be ignored: XDG */
        text_appendf(ret_path, "%s/keywright/journal.db", state);
    else if (home != NULL && home[0] == '/')
        text_appendf(ret_path, "%s/.local/state/keywright/journal.db", home);
    else
        return error_set(err, ERROR_USAGE, "no place for the journal: HOME is not set");
    if (!text_ok(ret_path, err))
        return false;
    if (ret_path->length == 0)
        return error_set(err, ERROR_USAGE, "the name of the journal is empty");
    return true;
}

/* --- the file ----------------------------------------------------------------------------------*/

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

static bool make_directory_of(const char *path, struct error *err)
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

/* Make the file, empty and private, or look at the one that is there. */
static bool prepare_file(const char *path, bool writing, struct error *err)
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

/* --- the database ------------------------------------------------------------------------------*/

static bool execute(struct journal *journal, const char *sql, struct error *err)
{
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
    if (!store_prepare(journal, sql, &statement, err) || !store_step(journal, statement, &row, err))
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
    if (!store_prepare(journal,
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

/* Bring the tables up to date, all versions in one transaction. The version is read again inside:
 * another process may have been faster. */
static bool migrate(struct journal *journal, struct error *err)
{
    CLEANUP(transaction_cleanup) struct transaction transaction = {0};
    int64_t version;
    if (!transaction_begin(journal, &transaction, err) || !read_version(journal, &version, err))
        return false;
    for (size_t at = (size_t)version; at < schema_version; at++)
        if (!execute(journal, schema_migrations[at], err))
            return false;
    char sql[96];
    sqlite3_snprintf(sizeof sql, sql, "PRAGMA application_id = %lld; PRAGMA user_version = %lld",
                     (long long)SCHEMA_APPLICATION, (long long)schema_version);
    return execute(journal, sql, err) && transaction_commit(&transaction, err);
}

/* SQLite does not wait when two processes turn a new file to WAL at the same time. */
static bool use_wal(struct journal *journal, struct error *err)
{
    for (int tries = 0;; tries++) {
        struct error failure = {0};
        if (execute(journal, "PRAGMA journal_mode = WAL", &failure))
            return true;
        if (failure.code != ERROR_JOURNAL_BUSY || tries == BUSY_MILLISECONDS / 50) {
            *err = failure;
            return false;
        }
        nanosleep(&(struct timespec){.tv_nsec = 50 * 1000 * 1000}, NULL);
    }
}

/* Statements go first: one that is left would keep the connection open, and would be taken for one
 * of the next. */
static void disconnect(struct journal *journal)
{
    for (int i = 0; i < STATEMENT_COUNT; i++)
        store_finalize(&journal->statements[i]);
    sqlite3_close(journal->db);
    journal->db = NULL;
}

/* A run that was killed before its first event leaves an empty file: a journal of no events, which
 * reads as such. Its tables stand in memory, since nothing may be written here; or, for a file that
 * is still to be made, not yet. */
static bool stand_in(struct journal *journal, struct error *err)
{
    disconnect(journal);
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
        return stand_in(journal, err);
    if (!journal->writable)
        return execute(journal, "PRAGMA query_only = ON", err);
    return use_wal(journal, err) && (version == (int64_t)schema_version || migrate(journal, err));
}

static bool connect(struct journal *journal, const char *name, int flags, struct error *err)
{
    disconnect(journal);
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
    good = good && connect(journal, name.bytes, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);
    text_release(&name);
    return good;
}

/* What can be known of a file that is still to be made. */
static bool check_directory_of(const char *path, struct error *err)
{
    char directory[PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (slash == NULL || !text_copy(directory, sizeof directory, path))
        return true;
    directory[slash == path ? 1 : slash - path] = '\0';
    return access(directory, W_OK | X_OK) == 0 || refuse(path, errno, true, err);
}

bool store_be_born(struct journal *journal, bool make, struct error *err)
{
    if (!journal->unborn || (!make && access(journal->path, F_OK) != 0))
        return true;
    journal->unborn = false;
    if (prepare_file(journal->path, true, err) &&
        connect(journal, journal->path, SQLITE_OPEN_READWRITE, err))
        return true;
    struct error ignored;
    bool good = stand_in(journal, &ignored);
    (void)good;
    journal->unborn = true;
    return false;
}

static bool connect_for_reading(struct journal *journal, struct error *err)
{
    /* With the right to write, so that a log left by a crash can be taken in. */
    struct error first = {0};
    if (access(journal->path, W_OK) == 0 &&
        connect(journal, journal->path, SQLITE_OPEN_READWRITE, &first))
        return true;
    if (first.code != ERROR_NONE && first.code != ERROR_JOURNAL_READONLY) {
        *err = first;
        return false;
    }
    if (connect(journal, journal->path, SQLITE_OPEN_READONLY, &first))
        return true;
    if (first.code == ERROR_JOURNAL_READONLY)
        return connect_immutable(journal, err);
    *err = first;
    return false;
}

bool journal_open(const char *path, enum journal_mode mode, struct journal **ret_journal,
                  struct error *err)
{
    char resolved[PATH_MAX];
    struct error ignored;
    err = err != NULL ? err : &ignored;
    bool writing = mode == JOURNAL_WRITE;
    if (writing && !make_directory_of(path, err))
        return false;
    /* Two names of one file must meet at one lock, and no name may mean ":memory:" to SQLite. */
    if (!file_resolve(path, resolved, sizeof resolved, err)) {
        if (writing)
            err->code = ERROR_JOURNAL_READONLY;
        return error_wrap(err, "opening the journal");
    }
    bool unborn = writing && access(resolved, F_OK) != 0 && errno == ENOENT;
    if (unborn ? !check_directory_of(resolved, err) : !prepare_file(resolved, writing, err))
        return false;
    CLEANUP(journal_cleanup) struct journal *journal = calloc(1, sizeof *journal);
    if (journal == NULL || (journal->path = strdup(resolved)) == NULL)
        return error_set(err, ERROR_MEMORY, "opening the journal");
    text_init(&journal->scratch, CANONICAL_MAX);
    journal->writable = writing;
    bool good = unborn    ? stand_in(journal, err)
                : writing ? connect(journal, resolved, SQLITE_OPEN_READWRITE, err)
                          : connect_for_reading(journal, err);
    if (!good)
        return false;
    journal->unborn = unborn;
    *ret_journal = journal;
    journal = NULL;
    return true;
}

void journal_free(struct journal *journal)
{
    if (journal == NULL)
        return;
    disconnect(journal);
    for (size_t i = 0; i < journal->claim_count; i++)
        close(journal->claims[i].fd);
    free(journal->claims);
    text_release(&journal->scratch);
    free(journal->path);
    free(journal);
}

void journal_cleanup(struct journal **journal)
{
    journal_free(*journal);
    *journal = NULL;
}

const char *journal_path(const struct journal *journal)
{
    return journal->path;
}
