/* The journal: an append-only store of events in SQLite (WAL, synchronous=FULL), one hash chain
 * over all rotations, and projections for lists that are updated in the same transaction.
 *
 * An append that returned true is on the disk. Rows are never updated or removed. The chain's hash
 * of an event is SHA-256 over the previous hash and the canonical text of the event, so that a
 * changed, removed or reordered event is found by journal_verify; a cut tail is found against a
 * head that was saved elsewhere.
 *
 * Two runs never act on the same rotation: journal_claim takes a kernel lock (an open file
 * description lock on a byte of NAME-lock beside the database) that ends with the process.
 *
 * This is the only room that includes sqlite3.h.
 */
#ifndef KEYWRIGHT_JOURNAL_JOURNAL_H
#define KEYWRIGHT_JOURNAL_JOURNAL_H

#include "base/error.h"
#include "base/text.h"
#include "rotation/event.h"
#include "rotation/rotation.h"

struct journal;

/* $KEYWRIGHT_JOURNAL, else $XDG_STATE_HOME/keywright/journal.db, else ~/.local/state/keywright/
 * journal.db. `named` (--journal) wins when not NULL. */
bool journal_default_path(const char *named, struct text *ret_path, struct error *err) MUST_USE;

enum journal_mode {
    JOURNAL_READ, /* must exist already; one in a read-only place opens too, unless a log (-wal)
                     lies beside it that SQLite cannot take in there */
    JOURNAL_WRITE /* makes the directory (0700) when missing, migrates the schema; a file that is
                     missing (0600) is made by journal_begin, and until somebody makes it the
                     journal reads as one of no events */
};

/* Errors: NOT_FOUND (READ and there is none), JOURNAL_BUSY, JOURNAL_NEWER, JOURNAL_DAMAGED,
 * JOURNAL_FULL, JOURNAL_READONLY, PERMISSION. Caller frees with journal_free. */
bool journal_open(const char *path, enum journal_mode mode, struct journal **ret_journal,
                  struct error *err) MUST_USE;
void journal_free(struct journal *journal);
void journal_cleanup(struct journal **journal); /* for CLEANUP() */
const char *journal_path(const struct journal *journal);

/* Make a rotation: its first event (`opened`, event->plan set, seq and step set here, at too when
 * it is 0) is appended and its ID (such as "20261124-k7f3") written to ret_id. ROTATION_OPEN with
 * the other's ID in err->text when the user of this account has an open rotation already. The new
 * rotation is claimed. */
bool journal_begin(struct journal *journal, struct event *opened, char ret_id[ID_SIZE],
                   struct error *err) MUST_USE;

/* Claim a rotation for this process (BUSY when another one holds it), or give it back. Claiming
 * twice is one claim. The lock is the kernel's and ends with the process; on NFS it needs a server
 * and mount that carry locks, and SQLite's WAL wants a local file system anyway. */
bool journal_claim(struct journal *journal, const char *id, struct error *err) MUST_USE;
void journal_unclaim(struct journal *journal, const char *id);

/* Append one event of a claimed rotation and update its projections from `after`, the state with
 * the event applied. Sets event->seq and event->step (and event->at when it is 0). On disk when it
 * returns true; nothing has happened when it returns false. CHANGED when `after` is not one event
 * further than the journal, or the rotation is closed there. */
bool journal_append(struct journal *journal, const char *id, struct event *event,
                    const struct rotation *after, struct error *err) MUST_USE;

/* Fold all events of a rotation, to act on them. NOT_FOUND. JOURNAL_DAMAGED when one of them is not what
 * was written, or the list of rotations or the end of the journal (journal_check_end) tells something else. */
bool journal_load(struct journal *journal, const char *id, struct rotation *ret_rotation,
                  struct error *err) MUST_USE;

/* The same without those checks: to show what there is. */
bool journal_fold(struct journal *journal, const char *id, struct rotation *ret_rotation,
                  struct error *err) MUST_USE;

/* The end of the journal is as it was written: none of the last events is missing, and the last one
 * follows from the one before it; else JOURNAL_DAMAGED. journal_begin and journal_load look at it, so that
 * nothing is acted on then; who only reads may go on, and should say so. */
bool journal_check_end(struct journal *journal, struct error *err) MUST_USE;

/* One row of the list of rotations: the projection. */
struct rotation_row {
    char id[ID_SIZE];
    char account[ACCOUNT_SIZE];
    char partition[WORD_SIZE];
    char user[USER_SIZE];
    char old_key[KEY_ID_SIZE];
    char new_key[KEY_ID_SIZE]; /* "" until made */
    enum rotation_state state;
    char waiting_for[TEXT_SIZE]; /* "" for nothing */
    bool failed;                 /* the last thing that happened was a failure */
    int64_t opened_at;
    int64_t updated_at;
    int64_t closed_at; /* 0 while open */
    char reason[TEXT_SIZE]; /* rotation_reason */
    char ticket[WORD_SIZE * 2];
};

struct rotation_filter {
    bool open_only;
    const char *text;      /* part of a user, account, key, ID, reason or ticket; NULL for any */
    const char *account;   /* exact; NULL for any */
    const char *user;      /* exact; NULL for any */
    int64_t before_number; /* keyset paging: `number` of the last row seen; 0 from the newest */
    size_t limit;
};

/* Newest first; open ones are not put on top here. `limit` 0: all. `visit` returns false to stop;
 * it may read the journal, but not append. */
bool journal_rotations(struct journal *journal, const struct rotation_filter *filter,
                       bool (*visit)(void *context, int64_t number, const struct rotation_row *row),
                       void *context, struct error *err) MUST_USE;

/* Find one by its ID or by a unique beginning of it. NOT_FOUND, or USAGE when several match. */
bool journal_find(struct journal *journal, const char *id, struct rotation_row *ret_row,
                  struct error *err) MUST_USE;

/* What the rotation waits for, as the runner last knew it: shown by status, not an event. */
bool journal_set_waiting(struct journal *journal, const char *id, const char *waiting_for,
                         struct error *err) MUST_USE;

/* Events of one rotation (id), those after `after_seq`, or of all (NULL), those after the first
 * `after_seq` of the journal, in order. `detail` is the JSON object of the event, `hash` its chain
 * hash in hex. Borrowed during the visit, as is event->plan. */
bool journal_events(struct journal *journal, const char *id, int64_t after_seq,
                    bool (*visit)(void *context, const char *id, const struct event *event,
                                  const char *detail, const char *hash),
                    void *context, struct error *err) MUST_USE;

/* Walk the whole chain, fold every rotation, compare the lists. False with JOURNAL_DAMAGED and the
 * first bad event and its rotation in err->text. `saved_head` ("NUMBER:HASH", as journal_head
 * writes it; USAGE when it is not that) finds a cut tail; NULL for none. */
bool journal_verify(struct journal *journal, const char *saved_head, int64_t *ret_events,
                    struct error *err) MUST_USE;
bool journal_head(struct journal *journal, struct text *ret_head, struct error *err) MUST_USE;
/* A consistent copy in a new file of mode 0600 (SQLite's backup). USAGE when the file exists; on
 * other failures the file is removed again. */
bool journal_backup(struct journal *journal, const char *path, struct error *err) MUST_USE;

#endif
