#include "journal/reports.h"

#include "journal/store.h"

static bool run(struct journal *journal, sqlite3_stmt *statement, struct error *err)
{
    bool row;
    return store_step(journal, statement, &row, err);
}

static void bind_account(sqlite3_stmt *statement, const struct stored_report *row)
{
    store_bind(statement, 1, row->account);
    store_bind(statement, 2, row->partition);
}

static bool add_state(struct journal *journal, const struct stored_report *row, const char *state,
                      struct error *err)
{
    CLEANUP(store_finalize) sqlite3_stmt *statement = NULL;
    if (!store_prepare(journal,
                       "INSERT INTO account_state (account, partition, at, generated, notified, state)"
                       " VALUES (?1, ?2, ?3, nullif(?4, 0), ?5, ?6)",
                       &statement, err))
        return false;
    bind_account(statement, row);
    sqlite3_bind_int64(statement, 3, row->at);
    sqlite3_bind_int64(statement, 4, row->generated);
    sqlite3_bind_int(statement, 5, row->notified);
    store_bind(statement, 6, state);
    return run(journal, statement, err);
}

/* AWS gives the same one for four hours. */
static bool add_csv(struct journal *journal, const struct stored_report *row, const char *csv,
                    struct error *err)
{
    CLEANUP(store_finalize) sqlite3_stmt *statement = NULL;
    if (csv == NULL)
        return true;
    if (!store_prepare(journal,
                       "INSERT OR IGNORE INTO credential_report (account, partition, generated, csv)"
                       " VALUES (?1, ?2, ?3, ?4)",
                       &statement, err))
        return false;
    bind_account(statement, row);
    sqlite3_bind_int64(statement, 3, row->generated);
    store_bind(statement, 4, csv);
    return run(journal, statement, err);
}

/* `most`: what ?3 stands for; 0 where there is none. */
static bool remove_old(struct journal *journal, const struct stored_report *row, const char *sql,
                       int most, struct error *err)
{
    CLEANUP(store_finalize) sqlite3_stmt *statement = NULL;
    if (!store_prepare(journal, sql, &statement, err))
        return false;
    bind_account(statement, row);
    if (most != 0)
        sqlite3_bind_int(statement, 3, most);
    return run(journal, statement, err);
}

static bool keep_last(struct journal *journal, const struct stored_report *row, struct error *err)
{
    return remove_old(journal, row,
                      "DELETE FROM account_state WHERE account = ?1 AND partition = ?2"
                      " AND number NOT IN (SELECT number FROM account_state WHERE account = ?1"
                      " AND partition = ?2 ORDER BY number DESC LIMIT ?3)"
                      " AND number <> (SELECT ifnull(max(number), 0) FROM account_state"
                      " WHERE account = ?1 AND partition = ?2 AND notified)",
                      REPORTS_KEPT, err) &&
           remove_old(journal, row,
                      "DELETE FROM credential_report WHERE account = ?1 AND partition = ?2"
                      " AND generated NOT IN (SELECT generated FROM account_state"
                      " WHERE account = ?1 AND partition = ?2 AND generated IS NOT NULL)",
                      0, err);
}

bool journal_put_report(struct journal *journal, struct stored_report *row, const char *state,
                        const char *csv, struct error *err)
{
    CLEANUP(transaction_cleanup) struct transaction transaction = {0};
    if (!store_must_be_writable(journal, err) || !store_be_born(journal, true, err) ||
        !transaction_begin(journal, &transaction, err) || !journal_check_end(journal, err) ||
        !add_state(journal, row, state, err))
        return false;
    int64_t number = sqlite3_last_insert_rowid(journal->db);
    if (!add_csv(journal, row, csv, err) || !keep_last(journal, row, err) ||
        !transaction_commit(&transaction, err))
        return false;
    row->number = number;
    return true;
}

bool journal_find_report(struct journal *journal, const struct report_query *query,
                         struct stored_report *ret_row, struct text *ret_state, struct error *err)
{
    CLEANUP(store_finalize) sqlite3_stmt *statement = NULL;
    bool found;
    if (!store_prepare(journal,
                       "SELECT number, account, partition, at, generated, notified, state"
                       " FROM account_state WHERE account = ?1 AND partition = ?2"
                       " AND (?3 = 0 OR number = ?3) AND (?4 = 0 OR at <= ?4)"
                       " AND (NOT ?5 OR notified) ORDER BY iif(?6, -number, number) DESC LIMIT 1",
                       &statement, err))
        return false;
    store_bind(statement, 1, query->account);
    store_bind(statement, 2, query->partition);
    sqlite3_bind_int64(statement, 3, query->number);
    sqlite3_bind_int64(statement, 4, query->until);
    sqlite3_bind_int(statement, 5, query->notified);
    sqlite3_bind_int(statement, 6, query->oldest);
    if (!store_step(journal, statement, &found, err))
        return false;
    if (!found)
        return error_set(err, ERROR_NOT_FOUND, "no such audit of account %.20s is stored",
                         query->account);
    struct stored_report row = {
        .number = sqlite3_column_int64(statement, 0),
        .at = sqlite3_column_int64(statement, 3),
        .generated = sqlite3_column_int64(statement, 4), /* 0 for NULL */
        .notified = sqlite3_column_int(statement, 5) != 0,
    };
    text_copy(row.account, sizeof row.account, store_column(statement, 1));
    text_copy(row.partition, sizeof row.partition, store_column(statement, 2));
    if (ret_state != NULL) {
        text_clear(ret_state);
        text_append(ret_state, store_column(statement, 6));
        if (!text_ok(ret_state, err))
            return false;
    }
    *ret_row = row;
    return true;
}

bool journal_mark_notified(struct journal *journal, int64_t number, struct error *err)
{
    CLEANUP(store_finalize) sqlite3_stmt *statement = NULL;
    if (!store_must_be_writable(journal, err) ||
        !store_prepare(journal, "UPDATE account_state SET notified = 1 WHERE number = ?1",
                       &statement, err))
        return false;
    sqlite3_bind_int64(statement, 1, number);
    return run(journal, statement, err);
}
