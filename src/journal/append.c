#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/safe.h"
#include "base/when.h"
#include "journal/claim.h"
#include "journal/codec.h"
#include "journal/store.h"

static void rotation_free(struct rotation **rotation)
{
    free(*rotation);
}

/* --- IDs ---------------------------------------------------------------------------------------*/

/* Day and four random characters, none of which looks like another. */
static bool make_id(int64_t at, char id[ID_SIZE], struct error *err)
{
    static const char alphabet[] = "23456789abcdefghijkmnpqrstuvwxyz";
    _Static_assert(sizeof alphabet == 33, "five bits of a byte choose a character");
    unsigned char random[4];
    char day[WHEN_TEXT_SIZE];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return error_set_errno(err, ERROR_INTERNAL, errno, "no random numbers are to be had");
    snprintf(id, ID_SIZE, "%.8s-%c%c%c%c", when_format_basic(at, day), alphabet[random[0] & 31],
             alphabet[random[1] & 31], alphabet[random[2] & 31], alphabet[random[3] & 31]);
    return true;
}

static bool is_taken(struct journal *journal, const char *id, bool *ret_taken, struct error *err)
{
    CLEANUP(store_reset) sqlite3_stmt *statement = NULL;
    if (!store_statement(journal, STATEMENT_HAS_ID, &statement, err))
        return false;
    store_bind(statement, 1, id);
    return store_step(journal, statement, ret_taken, err);
}

static bool choose_id(struct journal *journal, int64_t at, char id[ID_SIZE], struct error *err)
{
    bool taken = true;
    for (int tries = 0; taken && tries < 100; tries++)
        if (!make_id(at, id, err) || !is_taken(journal, id, &taken, err))
            return false;
    if (taken)
        return error_set(err, ERROR_LIMIT, "too many rotations were opened on one day");
    return true;
}

/* --- rows --------------------------------------------------------------------------------------*/

/* The event goes to the end of the chain. */
static bool add_event(struct journal *journal, const char *id, const struct event *event,
                      struct error *err)
{
    CLEANUP(text_release) struct text detail;
    text_init(&detail, DETAIL_MAX);
    struct chain_hash previous, hash;
    int64_t head;
    if (!codec_write_detail(event, &detail, err) || !store_head(journal, &head, &previous, err))
        return false;
    const struct chain_event row = {.number = head + 1,
                                    .rotation = id,
                                    .seq = event->seq,
                                    .at = event->at,
                                    .kind = event_name(event->kind),
                                    .step = step_name(event->step),
                                    .actor = event->actor,
                                    .detail = detail.bytes};
    CLEANUP(store_reset) sqlite3_stmt *statement = NULL;
    bool more;
    if (!chain_next(&previous, &row, &journal->scratch, &hash, err) ||
        !store_statement(journal, STATEMENT_ADD_EVENT, &statement, err))
        return false;
    sqlite3_bind_int64(statement, 1, row.number);
    store_bind(statement, 2, row.rotation);
    sqlite3_bind_int64(statement, 3, row.seq);
    sqlite3_bind_int64(statement, 4, row.at);
    store_bind(statement, 5, row.kind);
    store_bind(statement, 6, row.step);
    store_bind(statement, 7, row.actor);
    store_bind(statement, 8, row.detail);
    sqlite3_bind_blob(statement, 9, hash.bytes, CHAIN_HASH_SIZE, SQLITE_STATIC);
    return store_step(journal, statement, &more, err);
}

static bool add_rotation(struct journal *journal, const char *id, const struct event *opened,
                         int64_t *ret_number, struct error *err)
{
    const struct plan *plan = opened->plan;
    CLEANUP(store_reset) sqlite3_stmt *statement = NULL;
    bool more;
    if (!store_statement(journal, STATEMENT_ADD_ROTATION, &statement, err))
        return false;
    store_bind(statement, 1, id);
    store_bind(statement, 2, plan->account);
    store_bind(statement, 3, plan->partition);
    store_bind(statement, 4, plan->user);
    store_bind(statement, 5, plan->old_key);
    sqlite3_bind_int64(statement, 6, opened->at);
    store_bind(statement, 7, plan->reason);
    store_bind(statement, 8, plan->ticket);
    if (!store_step(journal, statement, &more, err))
        return false;
    *ret_number = sqlite3_last_insert_rowid(journal->db);
    return true;
}

static bool project(struct journal *journal, const char *id, const struct event *event,
                    const struct rotation *after, struct error *err)
{
    CLEANUP(store_reset) sqlite3_stmt *statement = NULL;
    bool more;
    if (!store_statement(journal, STATEMENT_PROJECT, &statement, err))
        return false;
    store_bind(statement, 1, id);
    store_bind(statement, 2, after->new_key.id);
    store_bind(statement, 3, rotation_state_name(after->state));
    sqlite3_bind_int(statement, 4, after->failed);
    sqlite3_bind_int64(statement, 5, event->at);
    sqlite3_bind_int64(statement, 6, event->seq);
    store_bind(statement, 7, rotation_reason(after));
    return store_step(journal, statement, &more, err);
}

/* Apart from project: naming closed_at, whatever its value, makes SQLite write two indexes anew. */
static bool close_rotation(struct journal *journal, const char *id, int64_t at, struct error *err)
{
    CLEANUP(store_reset) sqlite3_stmt *statement = NULL;
    bool more;
    if (!store_statement(journal, STATEMENT_CLOSE, &statement, err))
        return false;
    store_bind(statement, 1, id);
    sqlite3_bind_int64(statement, 2, at);
    return store_step(journal, statement, &more, err);
}

/* --- what the header promises ------------------------------------------------------------------*/

static bool user_is_free(struct journal *journal, const struct plan *plan, struct error *err)
{
    CLEANUP(store_reset) sqlite3_stmt *statement = NULL;
    bool found;
    if (!store_statement(journal, STATEMENT_OPEN_OF_USER, &statement, err))
        return false;
    store_bind(statement, 1, plan->account);
    store_bind(statement, 2, plan->partition);
    store_bind(statement, 3, plan->user);
    if (!store_step(journal, statement, &found, err))
        return false;
    if (found) {
        char user[USER_SIZE];
        return error_set(err, ERROR_ROTATION_OPEN, "rotation %s of user %s in account %s",
                         store_column(statement, 0), safe_copy(user, sizeof user, plan->user),
                         plan->account);
    }
    return true;
}

bool journal_begin(struct journal *journal, struct event *opened, char ret_id[ID_SIZE],
                   struct error *err)
{
    struct event event = *opened;
    CLEANUP(rotation_free) struct rotation *after = malloc(sizeof *after);
    CLEANUP(transaction_cleanup) struct transaction transaction = {0};
    char id[ID_SIZE];
    int64_t number;
    if (!store_must_be_writable(journal, err) || !store_be_born(journal, true, err))
        return false;
    if (after == NULL)
        return error_set(err, ERROR_MEMORY, "opening a rotation");
    if (event.kind != EVENT_OPENED || event.plan == NULL)
        return error_set(err, ERROR_INTERNAL, "a rotation begins with its plan");
    event.seq = 1;
    event.at = event.at != 0 ? event.at : when_now();
    rotation_init(after);
    event.step = rotation_state_step(after->state);
    if (!rotation_apply(after, &event, err) || !transaction_begin(journal, &transaction, err) ||
        !journal_check_end(journal, err) || !user_is_free(journal, event.plan, err) || !choose_id(journal, event.at, id, err) ||
        !add_rotation(journal, id, &event, &number, err) || !add_event(journal, id, &event, err) ||
        !project(journal, id, &event, after, err) || !claim_take(journal, id, number, err))
        return false;
    if (!transaction_commit(&transaction, err)) {
        journal_unclaim(journal, id);
        return false;
    }
    *opened = event;
    memcpy(ret_id, id, sizeof id);
    return true;
}

/* Where the rotation stands, by the journal. */
static bool read_standing(struct journal *journal, const char *id, enum rotation_state *ret_state,
                          int64_t *ret_last_seq, struct error *err)
{
    CLEANUP(store_reset) sqlite3_stmt *statement = NULL;
    bool found;
    if (!store_statement(journal, STATEMENT_STATE_OF, &statement, err))
        return false;
    store_bind(statement, 1, id);
    if (!store_step(journal, statement, &found, err))
        return false;
    if (!found)
        return error_set(err, ERROR_NOT_FOUND, "there is no rotation %.40s", id);
    if (sqlite3_column_int(statement, 2) != 0)
        return error_set(err, ERROR_CHANGED, "rotation %s is closed", id);
    if (!rotation_state_from_name(store_column(statement, 0), ret_state))
        return error_set(err, ERROR_JOURNAL_DAMAGED, "rotation %s is in no state that exists", id);
    *ret_last_seq = sqlite3_column_int64(statement, 1);
    return true;
}

bool journal_append(struct journal *journal, const char *id, struct event *event,
                    const struct rotation *after, struct error *err)
{
    CLEANUP(transaction_cleanup) struct transaction transaction = {0};
    struct event added = *event;
    enum rotation_state before;
    int64_t last_seq;
    if (!store_must_be_writable(journal, err))
        return false;
    if (!claim_held(journal, id))
        return error_set(err, ERROR_INTERNAL, "rotation %.40s is not claimed", id);
    if (!transaction_begin(journal, &transaction, err) ||
        !read_standing(journal, id, &before, &last_seq, err))
        return false;
    added.seq = last_seq + 1;
    added.at = added.at != 0 ? added.at : when_now();
    added.step = rotation_state_step(before);
    if (after->last_seq != added.seq)
        return error_set(err, ERROR_CHANGED, "rotation %s has %lld events in the journal, not %lld",
                         id, (long long)last_seq, (long long)after->last_seq - 1);
    if (!add_event(journal, id, &added, err) || !project(journal, id, &added, after, err) ||
        (rotation_closed(after) && !close_rotation(journal, id, added.at, err)) ||
        !transaction_commit(&transaction, err))
        return false;
    *event = added;
    return true;
}

bool journal_set_waiting(struct journal *journal, const char *id, const char *waiting_for,
                         struct error *err)
{
    CLEANUP(store_reset) sqlite3_stmt *statement = NULL;
    bool more;
    if (!store_must_be_writable(journal, err) ||
        !store_statement(journal, STATEMENT_SET_WAITING, &statement, err))
        return false;
    store_bind(statement, 1, id);
    store_bind(statement, 2, waiting_for);
    return store_step(journal, statement, &more, err);
}
