/* Following an account from one audit to the next: what an audit saw is stored in the journal and can be compared
 * with what an earlier one saw (audit/changes.h). */
#ifndef KEYWRIGHT_RUNNER_FOLLOW_H
#define KEYWRIGHT_RUNNER_FOLLOW_H

#include "audit/changes.h"
#include "journal/reports.h"

/* An earlier audit. */
struct followed {
    bool have;
    struct state state;
    struct stored_report row;
};

struct follow {
    struct state now;
    struct stored_report row;  /* number 0: it was not stored */
    struct followed before; /* the last one before this */
    struct error failure;   /* why it was not stored, or not compared with the one before */
};

/* For CLEANUP() too. */
void followed_release(struct followed *followed);
void follow_release(struct follow *follow);

/* Compare facts with the last audit of the account and, unless `store` is false, store them. `csv` is the credential
 * report, NULL for none; `journal` may be NULL, and `unopened` says why, with NONE where there just is none.
 * What could not be done is in ret_follow->failure, and the rest is done all the same; false only for want of
 * memory. */
bool follow_facts(struct journal *journal, const struct error *unopened, const struct facts *facts,
                  const char *csv, bool store, struct follow *ret_follow,
                  struct error *err) MUST_USE;

/* A change in words: "alice lost MFA". */
void follow_describe(const struct change *change, struct text *text);

/* Can --since be this? USAGE. */
bool follow_since_is_good(const char *since, struct error *err) MUST_USE;
/* Another audit of the account to compare with. `since` is its number; or a time ago (7d), a time (RFC 3339) or a day (2026-01-15),
 * and then it is the last one before, else the oldest that is kept. USAGE when it is neither, NOT_FOUND when there is none,
 * with what is kept in err->text; SYNTAX when what is stored cannot be read. */
bool follow_since(struct journal *journal, const struct facts *facts, const char *since,
                  struct followed *ret_followed, struct error *err) MUST_USE;
/* The last one whose changes were told to --notify. NOT_FOUND, SYNTAX. */
bool follow_notified(struct journal *journal, const struct facts *facts,
                     struct followed *ret_followed, struct error *err) MUST_USE;

#endif
