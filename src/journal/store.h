/* What the files of this room share: the open database, its prepared statements, and the one place
 * where SQLite's results become errors. Nothing outside journal/ includes this. */
#ifndef KEYWRIGHT_JOURNAL_STORE_H
#define KEYWRIGHT_JOURNAL_STORE_H

#include <sqlite3.h>

#include "base/error.h"
#include "journal/chain.h"
#include "journal/journal.h"

/* Statements of the append path, prepared once when first needed. X(code, SQL) */
#define STATEMENT_TABLE(X)                                                                         \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                    \
    X(COMMIT, "COMMIT")                                                                            \
    X(OPEN_OF_USER, "SELECT id FROM rotation WHERE account = ?1 AND partition = ?2 AND user = ?3"  \
                    " AND closed_at IS NULL")                                                      \
    X(HAS_ID, "SELECT 1 FROM rotation WHERE id = ?1")                                              \
    X(STATE_OF, "SELECT state, last_seq, closed_at IS NOT NULL FROM rotation WHERE id = ?1")       \
    X(NUMBER_OF, "SELECT number FROM rotation WHERE id = ?1")                                      \
    X(HEAD, "SELECT number, hash FROM event ORDER BY number DESC LIMIT 1")                         \
    X(ADD_ROTATION,                                                                                \
      "INSERT INTO rotation (id, account, partition, user, old_key, new_key, state, waiting_for,"  \
      " failed, opened_at, updated_at, closed_at, reason, ticket, last_seq)"                       \
      " VALUES (?1, ?2, ?3, ?4, ?5, '', 'opened', '', 0, ?6, ?6, NULL, ?7, ?8, 0)")                \
    X(ADD_EVENT, "INSERT INTO event (number, rotation, seq, at, kind, step, actor, detail, hash)"  \
                 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")                                   \
    X(PROJECT, "UPDATE rotation SET new_key = ?2, state = ?3, failed = ?4, updated_at = ?5,"       \
               " last_seq = ?6, reason = ?7 WHERE id = ?1")                                        \
    X(CLOSE, "UPDATE rotation SET closed_at = ?2, waiting_for = '' WHERE id = ?1")                 \
    X(SET_WAITING, "UPDATE rotation SET waiting_for = ?2 WHERE id = ?1 AND waiting_for <> ?2")

enum statement {
#define X(code, sql) STATEMENT_##code,
    STATEMENT_TABLE(X)
#undef X
        STATEMENT_COUNT
};

struct claim {
    char id[ID_SIZE];
    int fd;
};

struct journal {
    sqlite3 *db;
    char *path;
    bool writable;
    bool unborn; /* no file yet: tables in memory stand in for it */
    sqlite3_stmt *statements[STATEMENT_COUNT];
    struct claim *claims;
    size_t claim_count;
    struct text scratch; /* canonical text */
};

enum { DETAIL_MAX = 1024 * 1024, CANONICAL_MAX = 2 * 1024 * 1024, BUSY_MILLISECONDS = 5000 };

/* --- sql.c: of whatever the journal is connected to ------------------------------------------------- */

/* Turn SQLite's last result into an error that names the path; always false. */
bool store_fail(sqlite3 *db, const char *path, int result, const char *doing, struct error *err);

/* A statement for CLEANUP(store_finalize). */
bool store_prepare_now(struct journal *journal, const char *sql, sqlite3_stmt **ret_statement,
                       struct error *err) MUST_USE;
void store_finalize(sqlite3_stmt **statement);
void store_reset(sqlite3_stmt **statement); /* for CLEANUP of a cached one: ends its read */

/* One step. ret_row false at the end. */
bool store_step(struct journal *journal, sqlite3_stmt *statement, bool *ret_row,
                struct error *err) MUST_USE;

void store_bind(sqlite3_stmt *statement, int place, const char *string); /* borrowed till reset */
/* A column's text, "" for NULL; of another type too: as SQLite converts it. */
const char *store_column(sqlite3_stmt *statement, int column);

/* --- connect.c ---------------------------------------------------------------------------------------- */

/* Go from the stand-in to the file once there is one, or make it. */
bool store_be_born(struct journal *journal, bool make, struct error *err) MUST_USE;

/* --- store.c: of the file, once there is one -------------------------------------------------------- */

/* JOURNAL_READONLY when it was opened to be read. */
bool store_must_be_writable(const struct journal *journal, struct error *err) MUST_USE;

/* A cached statement, reset and without bindings. Borrowed. */
bool store_statement(struct journal *journal, enum statement which, sqlite3_stmt **ret_statement,
                     struct error *err) MUST_USE;
/* The same of a statement of the caller's, for CLEANUP(store_finalize). */
bool store_prepare(struct journal *journal, const char *sql, sqlite3_stmt **ret_statement,
                   struct error *err) MUST_USE;
/* A whole cached statement that gives no rows. */
bool store_run(struct journal *journal, enum statement which, struct error *err) MUST_USE;

/* A write transaction; rolled back by its cleanup unless it was committed. */
struct transaction {
    struct journal *journal; /* NULL when it is over */
};
bool transaction_begin(struct journal *journal, struct transaction *ret_transaction,
                       struct error *err) MUST_USE;
bool transaction_commit(struct transaction *transaction, struct error *err) MUST_USE;
void transaction_cleanup(struct transaction *transaction);

/* A read transaction, in which several queries see one state of the file; none in another one. Ended by
 * CLEANUP(snapshot_end) on *ret_snapshot. */
bool snapshot_begin(struct journal *journal, sqlite3 **ret_snapshot, struct error *err) MUST_USE;
void snapshot_end(sqlite3 **snapshot);

/* Number and hash of the last event; 0 and zeros for none. */
bool store_head(struct journal *journal, int64_t *ret_number, struct chain_hash *ret_hash,
                struct error *err) MUST_USE;

/* An event out of the columns seq, at, kind, step, actor, detail, beginning at `first`. An `opened`
 * has a plan that the caller frees with free(). */
bool store_read_event(sqlite3_stmt *statement, int first, struct event *ret_event,
                      struct error *err) MUST_USE;

#endif
