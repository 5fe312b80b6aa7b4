#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal/store.h"
#include "journal/verify.h"

static void plan_cleanup(struct plan **plan)
{
    free(*plan);
}

static void rotation_free(struct rotation **rotation)
{
    free(*rotation);
}

/* --- the chain ---------------------------------------------------------------------------------*/

struct saved_head {
    int64_t number;
    char hex[CHAIN_HEX_SIZE];
};

static bool parse_head(const char *string, struct saved_head *ret_head, struct error *err)
{
    int end = 0;
    struct saved_head head = {0};
    if (strlen(string) > 100 ||
        sscanf(string, "%18" SCNd64 ":%64[0-9a-f]%n", &head.number, head.hex, &end) != 2 ||
        string[end] != '\0' || strlen(head.hex) != CHAIN_HEX_SIZE - 1 || head.number < 0)
        return error_set(err, ERROR_USAGE, "'%.100s' is no saved head: NUMBER:HASH", string);
    *ret_head = head;
    return true;
}

static bool damaged(const struct chain_event *row, const char *what, struct error *err)
{
    return error_set(err, ERROR_JOURNAL_DAMAGED,
                     "event %" PRId64 " (rotation %.40s, seq %" PRId64 ") %s", row->number,
                     row->rotation, row->seq, what);
}

/* One row (number, rotation, seq, at, kind, step, actor, detail, hash) against what the row before it
 * demands; moves `number` and `hash` on. */
static bool check_link(struct journal *journal, sqlite3_stmt *statement, int64_t *number,
                       struct chain_hash *hash, struct error *err)
{
    const struct chain_event row = {.number = sqlite3_column_int64(statement, 0),
                                    .rotation = store_column(statement, 1),
                                    .seq = sqlite3_column_int64(statement, 2),
                                    .at = sqlite3_column_int64(statement, 3),
                                    .kind = store_column(statement, 4),
                                    .step = store_column(statement, 5),
                                    .actor = store_column(statement, 6),
                                    .detail = store_column(statement, 7)};
    if (row.number != *number + 1)
        return error_set(err, ERROR_JOURNAL_DAMAGED,
                         "event %" PRId64 " is missing: event %" PRId64
                         " (rotation %.40s) follows %" PRId64,
                         *number + 1, row.number, row.rotation, *number);
    struct chain_hash demanded;
    if (!chain_next(hash, &row, &journal->scratch, &demanded, err))
        return err->code == ERROR_LIMIT
                   ? damaged(&row, "is longer than any that was ever written", err)
                   : false;
    if (sqlite3_column_bytes(statement, 8) != CHAIN_HASH_SIZE ||
        memcmp(sqlite3_column_blob(statement, 8), demanded.bytes, CHAIN_HASH_SIZE) != 0)
        return damaged(&row, "is not what was written, or is not where it was written", err);
    *number = row.number;
    *hash = demanded;
    return true;
}

static bool check_saved(const struct saved_head *saved, int64_t number,
                        const struct chain_hash *hash, struct error *err)
{
    char hex[CHAIN_HEX_SIZE];
    if (saved == NULL || saved->number != number || strcmp(chain_hex(hash, hex), saved->hex) == 0)
        return true;
    return error_set(err, ERROR_JOURNAL_DAMAGED,
                     "event %" PRId64 " is another one than when the head was saved", number);
}

static bool check_chain(struct journal *journal, const struct saved_head *saved,
                        int64_t *ret_events, struct error *err)
{
    CLEANUP(store_finalize) sqlite3_stmt *statement = NULL;
    int64_t number = 0;
    struct chain_hash hash = {0};
    if (!store_prepare(journal,
                       "SELECT number, rotation, seq, at, kind, step, actor, detail, hash"
                       " FROM event ORDER BY number",
                       &statement, err) ||
        !check_saved(saved, number, &hash, err))
        return false;
    for (;;) {
        bool more;
        if (!store_step(journal, statement, &more, err))
            return false;
        if (!more)
            break;
        if (!check_link(journal, statement, &number, &hash, err) ||
            !check_saved(saved, number, &hash, err))
            return false;
    }
    if (saved != NULL && saved->number > number)
        return error_set(err, ERROR_JOURNAL_DAMAGED,
                         "event %" PRId64
                         " is missing: the end of the chain was cut off, the saved "
                         "head is event %" PRId64,
                         number + 1, saved->number);
    *ret_events = number;
    return true;
}

/* SQLite remembers the highest number that it ever gave: a cheap witness of a cut tail. */
static bool check_highest(struct journal *journal, int64_t events, struct error *err)
{
    CLEANUP(store_finalize) sqlite3_stmt *statement = NULL;
    bool found;
    if (!store_prepare(journal, "SELECT seq FROM sqlite_sequence WHERE name = 'event'", &statement,
                       err) ||
        !store_step(journal, statement, &found, err))
        return false;
    int64_t highest = found ? sqlite3_column_int64(statement, 0) : 0;
    if (highest != events)
        return error_set(err, ERROR_JOURNAL_DAMAGED,
                         "event %" PRId64 " is missing: there were %" PRId64 " events once",
                         events + 1, highest);
    return true;
}

/* The hash of the event before this one, in that column; zeros before the first. */
static bool hash_before(sqlite3_stmt *statement, int column, int64_t number, struct chain_hash *ret_hash,
                        struct error *err)
{
    *ret_hash = (struct chain_hash){0};
    if (number <= 1)
        return true;
    if (sqlite3_column_bytes(statement, column) != CHAIN_HASH_SIZE)
        return error_set(err, ERROR_JOURNAL_DAMAGED, "event %" PRId64 " is missing", number - 1);
    memcpy(ret_hash->bytes, sqlite3_column_blob(statement, column), CHAIN_HASH_SIZE);
    return true;
}

/* Each row of a query, whose column 9 is the hash of the event before it, against that one. */
static bool check_links(struct journal *journal, sqlite3_stmt *statement, struct error *err)
{
    for (;;) {
        bool more;
        struct chain_hash hash;
        if (!store_step(journal, statement, &more, err))
            return false;
        if (!more)
            return true;
        int64_t before = sqlite3_column_int64(statement, 0) - 1;
        if (!hash_before(statement, 9, before + 1, &hash, err) ||
            !check_link(journal, statement, &before, &hash, err))
            return false;
    }
}

#define LINKED_EVENT                                                                               \
    "SELECT number, rotation, seq, at, kind, step, actor, detail, hash,"                           \
    " (SELECT hash FROM event AS before WHERE before.number = event.number - 1) FROM event"

bool verify_links(struct journal *journal, const char *id, struct error *err)
{
    CLEANUP(store_finalize) sqlite3_stmt *statement = NULL;
    if (!store_prepare(journal, LINKED_EVENT " WHERE rotation = ?1 ORDER BY seq", &statement, err))
        return false;
    store_bind(statement, 1, id);
    return check_links(journal, statement, err);
}

bool journal_check_end(struct journal *journal, struct error *err)
{
    CLEANUP(snapshot_end) sqlite3 *snapshot = NULL;
    CLEANUP(store_finalize) sqlite3_stmt *statement = NULL;
    struct chain_hash hash;
    int64_t number;
    return snapshot_begin(journal, &snapshot, err) && store_head(journal, &number, &hash, err) && check_highest(journal, number, err) &&
           store_prepare(journal, LINKED_EVENT " ORDER BY number DESC LIMIT 1", &statement, err) &&
           check_links(journal, statement, err);
}

/* --- what the chain says -----------------------------------------------------------------------*/

/* The rotation that is being folded. */
struct folding {
    struct rotation *rotation;
    char id[ID_SIZE];
    int64_t last; /* chain number of its last event */
};

bool verify_list(struct journal *journal, const char *id, const struct rotation *rotation,
                 struct error *err)
{
    CLEANUP(store_finalize) sqlite3_stmt *statement = NULL;
    bool found;
    if (!store_prepare(journal,
                       "SELECT state, new_key, old_key, user, last_seq, closed_at IS NOT NULL"
                       " FROM rotation WHERE id = ?1",
                       &statement, err))
        return false;
    store_bind(statement, 1, id);
    if (!store_step(journal, statement, &found, err))
        return false;
    if (found && strcmp(store_column(statement, 0), rotation_state_name(rotation->state)) == 0 &&
        strcmp(store_column(statement, 1), rotation->new_key.id) == 0 &&
        strcmp(store_column(statement, 2), rotation->plan.old_key) == 0 &&
        strcmp(store_column(statement, 3), rotation->plan.user) == 0 &&
        sqlite3_column_int64(statement, 4) == rotation->last_seq &&
        (sqlite3_column_int(statement, 5) != 0) == rotation_closed(rotation))
        return true;
    return error_set(err, ERROR_JOURNAL_DAMAGED,
                     "the list of rotations does not say what the %" PRId64
                     " events of rotation %s say",
                     rotation->last_seq, id);
}

static bool check_list(struct journal *journal, const struct folding *folding, struct error *err)
{
    if (folding->id[0] == '\0' || verify_list(journal, folding->id, folding->rotation, err))
        return true;
    return error_wrap(err, "after event %" PRId64, folding->last);
}

static bool fold_one(struct journal *journal, sqlite3_stmt *statement, struct folding *folding,
                     struct error *err)
{
    struct event event;
    const char *id = store_column(statement, 1);
    int64_t number = sqlite3_column_int64(statement, 0);
    if (strcmp(id, folding->id) != 0) {
        if (!check_list(journal, folding, err))
            return false;
        rotation_init(folding->rotation);
        text_copy(folding->id, sizeof folding->id, id);
    }
    if (!store_read_event(statement, 2, &event, err))
        return error_wrap(err, "event %" PRId64 " (rotation %.40s)", number, id);
    CLEANUP(plan_cleanup) struct plan *plan = event.plan;
    const struct chain_event row = {.number = number, .rotation = id, .seq = event.seq};
    if (event.seq != folding->rotation->last_seq + 1)
        return damaged(&row, "does not follow the event before it in its rotation", err);
    if (!rotation_apply(folding->rotation, &event, err))
        return error_wrap(err, "event %" PRId64 " (rotation %.40s, seq %" PRId64 ")", number, id,
                          event.seq);
    folding->last = number;
    (void)plan;
    return true;
}

/* Rotation after rotation, so that one is held in memory at a time. */
static bool check_rotations(struct journal *journal, struct error *err)
{
    CLEANUP(rotation_free) struct rotation *rotation = malloc(sizeof *rotation);
    CLEANUP(store_finalize) sqlite3_stmt *statement = NULL;
    if (rotation == NULL)
        return error_set(err, ERROR_MEMORY, "verifying the journal");
    rotation_init(rotation);
    struct folding folding = {.rotation = rotation};
    if (!store_prepare(journal,
                       "SELECT number, rotation, seq, at, kind, step, actor, detail"
                       " FROM event ORDER BY rotation, seq",
                       &statement, err))
        return false;
    for (;;) {
        bool more;
        if (!store_step(journal, statement, &more, err))
            return false;
        if (!more)
            return check_list(journal, &folding, err);
        if (!fold_one(journal, statement, &folding, err))
            return false;
    }
}

static bool check_eventless(struct journal *journal, struct error *err)
{
    CLEANUP(store_finalize) sqlite3_stmt *statement = NULL;
    bool found;
    if (!store_prepare(journal,
                       "SELECT id FROM rotation WHERE NOT EXISTS"
                       " (SELECT 1 FROM event WHERE rotation = rotation.id) LIMIT 1",
                       &statement, err) ||
        !store_step(journal, statement, &found, err))
        return false;
    if (found)
        return error_set(err, ERROR_JOURNAL_DAMAGED, "rotation %.40s has lost all its events",
                         store_column(statement, 0));
    return true;
}

static bool check_pages(struct journal *journal, struct error *err)
{
    CLEANUP(store_finalize) sqlite3_stmt *statement = NULL;
    bool found;
    if (!store_prepare(journal, "PRAGMA integrity_check(1)", &statement, err) ||
        !store_step(journal, statement, &found, err))
        return false;
    const char *said = store_column(statement, 0);
    if (strcmp(said, "ok") != 0)
        return error_set(err, ERROR_JOURNAL_DAMAGED, "the file is damaged: %.300s", said);
    return true;
}

bool journal_verify(struct journal *journal, const char *saved_head, int64_t *ret_events,
                    struct error *err)
{
    struct error ignored;
    struct saved_head saved = {0};
    int64_t events;
    err = err != NULL ? err : &ignored;
    if (saved_head != NULL && !parse_head(saved_head, &saved, err))
        return false;
    CLEANUP(snapshot_end) sqlite3 *snapshot = NULL;
    if (!snapshot_begin(journal, &snapshot, err))
        return false;
    if (!check_chain(journal, saved_head != NULL ? &saved : NULL, &events, err) ||
        !check_highest(journal, events, err) || !check_rotations(journal, err) ||
        !check_eventless(journal, err) || !check_pages(journal, err))
        return error_wrap(err, "%s", journal->path);
    *ret_events = events;
    return true;
}

bool journal_head(struct journal *journal, struct text *ret_head, struct error *err)
{
    int64_t number;
    struct chain_hash hash;
    char hex[CHAIN_HEX_SIZE];
    if (!store_head(journal, &number, &hash, err))
        return false;
    text_clear(ret_head);
    text_appendf(ret_head, "%" PRId64 ":%s", number, chain_hex(&hash, hex));
    return text_ok(ret_head, err);
}
