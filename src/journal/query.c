#include <stdlib.h>
#include <string.h>

#include "journal/store.h"
#include "journal/verify.h"

static void plan_cleanup(struct plan **plan)
{
    free(*plan);
}

/* --- rotations ---------------------------------------------------------------------------------*/

#define ROW_COLUMNS                                                                                \
    "number, id, account, partition, user, old_key, new_key, state, waiting_for, failed,"          \
    " opened_at, updated_at, closed_at, reason, ticket"

static bool read_row(sqlite3_stmt *statement, struct rotation_row *ret_row, struct error *err)
{
    struct rotation_row row = {0};
    text_copy(row.id, sizeof row.id, store_column(statement, 1));
    text_copy(row.account, sizeof row.account, store_column(statement, 2));
    text_copy(row.partition, sizeof row.partition, store_column(statement, 3));
    text_copy(row.user, sizeof row.user, store_column(statement, 4));
    text_copy(row.old_key, sizeof row.old_key, store_column(statement, 5));
    text_copy(row.new_key, sizeof row.new_key, store_column(statement, 6));
    if (!rotation_state_from_name(store_column(statement, 7), &row.state))
        return error_set(err, ERROR_JOURNAL_DAMAGED, "rotation %s is in no state that exists",
                         row.id);
    text_copy(row.waiting_for, sizeof row.waiting_for, store_column(statement, 8));
    row.failed = sqlite3_column_int(statement, 9) != 0;
    row.opened_at = sqlite3_column_int64(statement, 10);
    row.updated_at = sqlite3_column_int64(statement, 11);
    row.closed_at = sqlite3_column_int64(statement, 12); /* 0 for NULL */
    text_copy(row.reason, sizeof row.reason, store_column(statement, 13));
    text_copy(row.ticket, sizeof row.ticket, store_column(statement, 14));
    *ret_row = row;
    return true;
}

/* The text as a pattern of LIKE that finds it anywhere. */
static void append_pattern(struct text *pattern, const char *string)
{
    text_append_char(pattern, '%');
    for (; *string != '\0'; string++) {
        if (strchr("%_\\", *string) != NULL)
            text_append_char(pattern, '\\');
        text_append_char(pattern, *string);
    }
    text_append_char(pattern, '%');
}

/* Only the conditions that are asked for, so that each kind of list finds its index. */
static bool prepare_list(struct journal *journal, const struct rotation_filter *filter,
                         const char *pattern, sqlite3_stmt **ret_statement, struct error *err)
{
    CLEANUP(text_release) struct text sql;
    text_init(&sql, 2048);
    text_append(&sql, "SELECT " ROW_COLUMNS " FROM rotation");
    if (filter->open_only)
        text_append(&sql, " INDEXED BY rotation_open_number WHERE closed_at IS NULL");
    else
        text_append(&sql, " WHERE 1");
    if (filter->account != NULL)
        text_append(&sql, " AND account = ?1");
    if (filter->user != NULL)
        text_append(&sql, " AND user = ?2");
    if (filter->text != NULL)
        text_append(&sql, " AND (user || char(10) || account || char(10) || old_key || char(10) ||"
                          " new_key || char(10) || id || char(10) || reason || char(10) || ticket)"
                          " LIKE ?3 ESCAPE '\\'");
    if (filter->before_number != 0)
        text_append(&sql, " AND number < ?4");
    text_append(&sql, " ORDER BY number DESC LIMIT ?5");
    if (!text_ok(&sql, err) || !store_prepare(journal, sql.bytes, ret_statement, err))
        return false;
    if (filter->account != NULL)
        store_bind(*ret_statement, 1, filter->account);
    if (filter->user != NULL)
        store_bind(*ret_statement, 2, filter->user);
    if (filter->text != NULL)
        store_bind(*ret_statement, 3, pattern);
    if (filter->before_number != 0)
        sqlite3_bind_int64(*ret_statement, 4, filter->before_number);
    sqlite3_bind_int64(*ret_statement, 5, filter->limit == 0 ? -1 : (int64_t)filter->limit);
    return true;
}

bool journal_rotations(struct journal *journal, const struct rotation_filter *filter,
                       bool (*visit)(void *context, int64_t number, const struct rotation_row *row),
                       void *context, struct error *err)
{
    CLEANUP(text_release) struct text pattern;
    text_init(&pattern, 4096);
    if (filter->text != NULL)
        append_pattern(&pattern, filter->text);
    if (!text_ok(&pattern, err))
        return false;
    CLEANUP(store_finalize) sqlite3_stmt *statement = NULL;
    if (!prepare_list(journal, filter, pattern.bytes, &statement, err))
        return false;
    for (;;) {
        bool more;
        struct rotation_row row;
        if (!store_step(journal, statement, &more, err))
            return false;
        if (!more)
            return true;
        if (!read_row(statement, &row, err))
            return false;
        if (!visit(context, sqlite3_column_int64(statement, 0), &row))
            return true;
    }
}

bool journal_find(struct journal *journal, const char *id, struct rotation_row *ret_row,
                  struct error *err)
{
    CLEANUP(store_finalize) sqlite3_stmt *statement = NULL;
    bool found = false, second = false;
    struct rotation_row row = {0};
    if (id[0] != '\0') {
        if (!store_prepare(journal,
                           "SELECT " ROW_COLUMNS " FROM rotation WHERE id >= ?1 AND"
                           " substr(id, 1, length(?1)) = ?1 ORDER BY id LIMIT 2",
                           &statement, err))
            return false;
        store_bind(statement, 1, id);
        if (!store_step(journal, statement, &found, err) ||
            (found && !read_row(statement, &row, err)))
            return false;
        bool whole = found && strcmp(row.id, id) == 0;
        if (found && !whole && !store_step(journal, statement, &second, err))
            return false;
    }
    if (!found)
        return error_set(err, ERROR_NOT_FOUND, "there is no rotation '%.40s' in the journal %s", id,
                         journal->path);
    if (second)
        return error_set(err, ERROR_USAGE, "more than one rotation begins with '%.40s': %s, %s", id,
                         row.id, store_column(statement, 1));
    *ret_row = row;
    return true;
}

/* --- events ------------------------------------------------------------------------------------*/

static bool visit_event(struct journal *journal, sqlite3_stmt *statement,
                        bool (*visit)(void *context, const char *id, const struct event *event,
                                      const char *detail, const char *hash),
                        void *context, bool *ret_more, struct error *err)
{
    char hex[CHAIN_HEX_SIZE] = "";
    struct event event;
    const char *id = store_column(statement, 0);
    if (!store_read_event(statement, 1, &event, err))
        return error_wrap(err, "%s: event %lld of rotation %s", journal->path,
                          (long long)sqlite3_column_int64(statement, 1), id);
    CLEANUP(plan_cleanup) struct plan *plan = event.plan;
    if (sqlite3_column_bytes(statement, 7) == CHAIN_HASH_SIZE) {
        struct chain_hash hash;
        memcpy(hash.bytes, sqlite3_column_blob(statement, 7), CHAIN_HASH_SIZE);
        chain_hex(&hash, hex);
    }
    *ret_more = visit(context, id, &event, store_column(statement, 6), hex);
    (void)plan;
    return true;
}

bool journal_events(struct journal *journal, const char *id, int64_t after_seq,
                    bool (*visit)(void *context, const char *id, const struct event *event,
                                  const char *detail, const char *hash),
                    void *context, struct error *err)
{
    CLEANUP(store_finalize) sqlite3_stmt *statement = NULL;
    const char *sql = id != NULL
                          ? "SELECT rotation, seq, at, kind, step, actor, detail, hash FROM event"
                            " WHERE rotation = ?1 AND seq > ?2 ORDER BY seq"
                          : "SELECT rotation, seq, at, kind, step, actor, detail, hash FROM event"
                            " WHERE number > ?2 ORDER BY number";
    if (!store_prepare(journal, sql, &statement, err))
        return false;
    if (id != NULL)
        store_bind(statement, 1, id);
    sqlite3_bind_int64(statement, 2, after_seq);
    for (bool more = true; more;) {
        if (!store_step(journal, statement, &more, err))
            return false;
        if (more && !visit_event(journal, statement, visit, context, &more, err))
            return false;
    }
    return true;
}

static void rotation_free(struct rotation **rotation)
{
    free(*rotation);
}

struct folding {
    struct rotation *rotation;
    int64_t count;
    struct error *err;
    bool failed;
};

static bool fold(void *context, const char *id, const struct event *event, const char *detail,
                 const char *hash)
{
    struct folding *folding = context;
    (void)detail;
    (void)hash;
    folding->count++;
    folding->failed = !rotation_apply(folding->rotation, event, folding->err);
    if (folding->failed)
        error_wrap(folding->err, "event %lld of rotation %s", (long long)event->seq, id);
    return !folding->failed;
}

bool journal_fold(struct journal *journal, const char *id, struct rotation *ret_rotation,
                  struct error *err)
{
    CLEANUP(rotation_free) struct rotation *rotation = malloc(sizeof *rotation);
    struct error ignored = {0};
    err = err != NULL ? err : &ignored;
    if (rotation == NULL)
        return error_set(err, ERROR_MEMORY, "loading rotation %.40s", id);
    rotation_init(rotation);
    struct folding folding = {.rotation = rotation, .err = err};
    if (!journal_events(journal, id, 0, fold, &folding, err) || folding.failed)
        return false;
    if (folding.count == 0)
        return error_set(err, ERROR_NOT_FOUND, "there is no rotation %.40s", id);
    *ret_rotation = *rotation;
    return true;
}

bool journal_load(struct journal *journal, const char *id, struct rotation *ret_rotation,
                  struct error *err)
{
    CLEANUP(rotation_free) struct rotation *rotation = malloc(sizeof *rotation);
    CLEANUP(snapshot_end) sqlite3 *snapshot = NULL;
    struct error ignored = {0};
    err = err != NULL ? err : &ignored;
    if (rotation == NULL)
        return error_set(err, ERROR_MEMORY, "loading rotation %.40s", id);
    if (!snapshot_begin(journal, &snapshot, err))
        return false;
    if (!journal_check_end(journal, err) || !verify_links(journal, id, err) ||
        !journal_fold(journal, id, rotation, err) || !verify_list(journal, id, rotation, err))
        return err->code == ERROR_JOURNAL_DAMAGED ? error_wrap(err, "rotation %.40s", id) : false;
    *ret_rotation = *rotation;
    return true;
}
