#include "journal/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/safe.h"
#include "journal/codec.h"

static const char *const statement_sql[] = {
#define X(code, sql) [STATEMENT_##code] = sql,
    STATEMENT_TABLE(X)
#undef X
};

bool store_must_be_writable(const struct journal *journal, struct error *err)
{
    if (journal->writable)
        return true;
    return error_set(err, ERROR_JOURNAL_READONLY, "the journal %s was opened to be read",
                     journal->path);
}

bool store_prepare(struct journal *journal, const char *sql, sqlite3_stmt **ret_statement,
                   struct error *err)
{
    return store_be_born(journal, false, err) && store_prepare_now(journal, sql, ret_statement, err);
}

bool store_statement(struct journal *journal, enum statement which, sqlite3_stmt **ret_statement,
                     struct error *err)
{
    sqlite3_stmt **kept = &journal->statements[which];
    if (!store_be_born(journal, false, err))
        return false;
    if (*kept == NULL) {
        int result = sqlite3_prepare_v3(journal->db, statement_sql[which], -1,
                                        SQLITE_PREPARE_PERSISTENT, kept, NULL);
        if (result != SQLITE_OK)
            return store_fail(journal->db, journal->path, result, "reading", err);
    }
    sqlite3_reset(*kept);
    sqlite3_clear_bindings(*kept);
    *ret_statement = *kept;
    return true;
}

bool store_run(struct journal *journal, enum statement which, struct error *err)
{
    CLEANUP(store_reset) sqlite3_stmt *statement = NULL;
    bool row;
    return store_statement(journal, which, &statement, err) &&
           store_step(journal, statement, &row, err);
}

bool transaction_begin(struct journal *journal, struct transaction *ret_transaction,
                       struct error *err)
{
    if (!store_run(journal, STATEMENT_BEGIN, err))
        return false;
    ret_transaction->journal = journal;
    return true;
}

bool transaction_commit(struct transaction *transaction, struct error *err)
{
    if (!store_run(transaction->journal, STATEMENT_COMMIT, err))
        return false;
    transaction->journal = NULL;
    return true;
}

void transaction_cleanup(struct transaction *transaction)
{
    /* After some failures SQLite has rolled back by itself; then this one does nothing. */
    if (transaction->journal != NULL)
        sqlite3_exec(transaction->journal->db, "ROLLBACK", NULL, NULL, NULL);
    transaction->journal = NULL;
}

bool snapshot_begin(struct journal *journal, sqlite3 **ret_snapshot, struct error *err)
{
    *ret_snapshot = NULL;
    if (!sqlite3_get_autocommit(journal->db))
        return true;
    int result = sqlite3_exec(journal->db, "BEGIN", NULL, NULL, NULL);
    if (result != SQLITE_OK)
        return store_fail(journal->db, journal->path, result, "reading", err);
    *ret_snapshot = journal->db;
    return true;
}

void snapshot_end(sqlite3 **snapshot)
{
    if (*snapshot != NULL)
        sqlite3_exec(*snapshot, "COMMIT", NULL, NULL, NULL);
}

bool store_head(struct journal *journal, int64_t *ret_number, struct chain_hash *ret_hash,
                struct error *err)
{
    CLEANUP(store_reset) sqlite3_stmt *statement = NULL;
    bool row;
    if (!store_statement(journal, STATEMENT_HEAD, &statement, err) ||
        !store_step(journal, statement, &row, err))
        return false;
    if (row && sqlite3_column_bytes(statement, 1) != CHAIN_HASH_SIZE)
        return error_set(err, ERROR_JOURNAL_DAMAGED, "the last event has no hash");
    int64_t number = 0;
    struct chain_hash hash = {0};
    if (row) {
        number = sqlite3_column_int64(statement, 0);
        memcpy(hash.bytes, sqlite3_column_blob(statement, 1), CHAIN_HASH_SIZE);
    }
    *ret_number = number;
    *ret_hash = hash;
    return true;
}

static enum step step_from_name(const char *name)
{
    for (int i = 0; i < STEP_COUNT; i++)
        if (strcmp(step_name((enum step)i), name) == 0)
            return (enum step)i;
    return STEP_NONE;
}

bool store_read_event(sqlite3_stmt *statement, int first, struct event *ret_event,
                      struct error *err)
{
    struct event event = {0};
    const char *kind = store_column(statement, first + 2);
    if (!event_kind_from_name(kind, &event.kind)) {
        char shown[64];
        return error_set(err, ERROR_JOURNAL_DAMAGED, "there is no event of kind '%s'",
                         safe_copy(shown, sizeof shown, kind));
    }
    event.seq = sqlite3_column_int64(statement, first);
    event.at = sqlite3_column_int64(statement, first + 1);
    event.step = step_from_name(store_column(statement, first + 3));
    text_copy(event.actor, sizeof event.actor, store_column(statement, first + 4));
    if (!codec_read_detail(store_column(statement, first + 5), &event, err))
        return false;
    *ret_event = event;
    return true;
}
