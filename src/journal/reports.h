/* What audits saw of an account, so that a later one can say what changed. Not events: nothing here is hash-chained,
 * and of each account only the last REPORTS_KEPT are kept, beside the last one whose changes were told to
 * --notify. Nothing here is a secret. The tables are those of data/journal-2.sql. */
#ifndef KEYWRIGHT_JOURNAL_REPORTS_H
#define KEYWRIGHT_JOURNAL_REPORTS_H

#include "journal/journal.h"

/* A month of daily audits. With the 5,000 users that AWS allows an account, about 60 MB. */
enum { REPORTS_KEPT = 30 };

struct stored_report {
    int64_t number; /* its ID */
    char account[ACCOUNT_SIZE];
    char partition[WORD_SIZE];
    int64_t at;        /* when the audit was made, by AWS's clock */
    int64_t generated; /* when AWS made the credential report; 0: none was read */
    bool notified;     /* its changes were told */
};

/* Which one: the newest of those that fit, or the oldest. */
struct report_query {
    const char *account, *partition;
    int64_t number; /* this one; 0 for any */
    int64_t until;  /* made at this time or before; 0 for any */
    bool notified;  /* only one whose changes were told */
    bool oldest;
};

/* Store one, and remove what is too old; row->number is set here. `state` is opaque to the journal. `csv` is the
 * credential report of row->generated, NULL for none. All of it is on disk, or nothing happened. The errors of
 * journal_begin. */
bool journal_put_report(struct journal *journal, struct stored_report *row, const char *state,
                        const char *csv, struct error *err) MUST_USE;

/* ret_state, made by text_init by the caller, becomes what was stored; may be NULL. NOT_FOUND when none fits. */
bool journal_find_report(struct journal *journal, const struct report_query *query,
                         struct stored_report *ret_row, struct text *ret_state,
                         struct error *err) MUST_USE;

/* Note that the changes up to this one were told. */
bool journal_mark_notified(struct journal *journal, int64_t number, struct error *err) MUST_USE;

#endif
