/* Gathering what an audit needs: the credential report, made anew when AWS has none that is young enough, and
 * the lists beside it; then ListAccessKeys of those users for whom the report may be out of date.
 *
 * The lists are asked for beside each other, and then the keys of several users, never more than PACE_MOST requests at
 * a time; where AWS throttles, fewer (runner/pace.h). What is found does not depend on the order of the answers.
 *
 * It never blocks: it goes on from answer to answer while the keeper runs. Between two looks at a report in
 * the making, and when it was throttled, it sleeps, and goes on with inventory_advance.
 *
 *     inventory_begin();
 *     loop:  poll(keeper_pollfd, ..., until inventory_wake);  keeper_run();  inventory_advance();
 *     until inventory_finished
 *
 * inventory_gather_lists and inventory_gather_keys do all that, for programs without a screen. */
#ifndef KEYWRIGHT_RUNNER_INVENTORY_H
#define KEYWRIGHT_RUNNER_INVENTORY_H

#include "audit/facts.h"
#include "runner/keeper.h"

struct inventory;

/* `say` (may be NULL) is told what is waited for; by what gathers also with NULL, when there may be progress. */
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
/* All but the keys is there, and changes no more: what a check says that is not about keys is its last word. */
bool inventory_listed(const struct inventory *inventory);
bool inventory_finished(const struct inventory *inventory);
/* Why it ended without all: no identity, KEEPER_GONE, want of memory. NULL while all is well. What could not be
 * read is no failure: it is noted in the facts. */
const struct error *inventory_failure(const struct inventory *inventory);
/* Once all but the keys is there: neither the report nor the lists of users and of what policies allow may be read,
 * and for want of what permission. NULL when one of them is there, or lacks for another reason. */
const struct error *inventory_denied(struct inventory *inventory);
/* Things asked for and had, of how many; users count while their keys are looked at. */
void inventory_progress(const struct inventory *inventory, size_t *ret_done, size_t *ret_total);

/* inventory_begin and all but the keys, waited for; then the keys. False with inventory_failure's error, or INTERRUPTED
 * by a signal. */
bool inventory_gather_lists(struct inventory *inventory, const char *user,
                            const struct access_selection *selection, struct error *err) MUST_USE;
bool inventory_gather_keys(struct inventory *inventory, struct error *err) MUST_USE;

const struct facts *inventory_facts(const struct inventory *inventory);
const char *inventory_arn(const struct inventory *inventory); /* who asked */
/* The credential report as AWS gave it; NULL when there is none that could be read. */
const char *inventory_csv(const struct inventory *inventory);
/* Why keys were not looked at live though that was wanted; NULL when they were. */
const struct error *inventory_live_failure(const struct inventory *inventory);

#endif
