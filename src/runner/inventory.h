/* Gathering what an audit needs: the credential report, made anew when AWS has none that is young enough, and
 * the lists beside it; and, once it is known who there is, ListAccessKeys and ListMFADevices of those users for whom
 * the report may be out of date.
 *
 * The lists are asked for beside each other, and several users are looked at, never more than PACE_MOST requests at
 * a time; where AWS throttles, fewer (runner/pace.h). What is found does not depend on the order of the answers, and what
 * a check says can be told as soon as what it rests on is there, however long the rest takes (runner/reveal.h).
 *
 * It never blocks: it goes on from answer to answer while the keeper runs. Between two looks at a report in
 * the making, and when it was throttled, it sleeps, and goes on with inventory_advance.
 *
 *     inventory_begin();
 *     loop:  poll(keeper_pollfd, ..., until inventory_wake);  keeper_run();  inventory_advance();
 *     until inventory_finished
 *
 * inventory_wait is the inside of that loop, for programs without a screen. */
#ifndef KEYWRIGHT_RUNNER_INVENTORY_H
#define KEYWRIGHT_RUNNER_INVENTORY_H

#include "audit/judge.h"
#include "runner/keeper.h"

struct inventory;

/* `say` (may be NULL) is told what is waited for. */
bool inventory_new(struct keeper *keeper, void (*say)(void *context, const char *what),
                   void *context, struct inventory **ret_inventory, struct error *err) MUST_USE;
/* At any time: answers that are still owed find it. NULL is fine. */
void inventory_free(struct inventory *inventory);
void inventory_cleanup(struct inventory **inventory); /* for CLEANUP() */

/* Before it is begun: Access Analyzer is to validate each policy, too, which takes a call each. */
void inventory_validate(struct inventory *inventory);

/* Ask the first thing. `user`: only this one's keys are looked at live; NULL for all; `selection` likewise.
 * Both are borrowed until it is finished. */
bool inventory_begin(struct inventory *inventory, const char *user,
                     const struct access_selection *selection, struct error *err) MUST_USE;
/* When inventory_advance is to be called, in monotonic milliseconds; -1: there are answers to come first. */
int64_t inventory_wake(const struct inventory *inventory);
/* Go on when it is time; otherwise nothing happens. */
void inventory_advance(struct inventory *inventory);
/* It is known who there is, and who of them is meant. */
bool inventory_has_users(const struct inventory *inventory);
/* Is what this check says its last word, of everybody? */
bool inventory_settled(const struct inventory *inventory, const struct audit_check *check);
/* Is it that, of the first inventory_users_settled users of the facts? */
bool inventory_settles_by_user(const struct inventory *inventory, const struct audit_check *check);
size_t inventory_users_settled(const struct inventory *inventory);
bool inventory_finished(const struct inventory *inventory);
/* Why it ended without all: no identity, KEEPER_GONE, want of memory. NULL while all is well. What could not be
 * read is no failure: it is noted in the facts. */
const struct error *inventory_failure(const struct inventory *inventory);
/* Neither the report nor the lists of users and of what policies allow may be read, and for want of what permission.
 * NULL when one of them is there, lacks for another reason, or is still waited for: whether that is over, too. */
const struct error *inventory_denied(struct inventory *inventory);
bool inventory_may_read(const struct inventory *inventory);
/* Things asked for and had, of how many; and users. */
struct inventory_progress {
    size_t listed, lists;
    size_t looked, users;
    bool looks; /* users are looked at: how many there are is known */
};
void inventory_progress(const struct inventory *inventory, struct inventory_progress *ret_progress);

/* Wait for the next answer, or until it is time to ask on, or until then (monotonic milliseconds, -1 for no such
 * time). False with inventory_failure's error, or INTERRUPTED by a signal. */
bool inventory_wait(struct inventory *inventory, int64_t until, struct error *err) MUST_USE;

const struct facts *inventory_facts(const struct inventory *inventory);
const char *inventory_arn(const struct inventory *inventory); /* who asked */
/* The credential report as AWS gave it; NULL when there is none that could be read. */
const char *inventory_csv(const struct inventory *inventory);
/* Why keys were not looked at live though that was wanted; NULL when they were. */
const struct error *inventory_live_failure(const struct inventory *inventory);
/* The same of MFA devices. */
const struct error *inventory_devices_failure(const struct inventory *inventory);

#endif
