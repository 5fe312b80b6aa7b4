/* Gathering what an audit needs: the credential report, made anew when AWS has none that is young enough, and
 * the lists beside it; then ListAccessKeys of those users for whom the report may be out of date. For
 * programs without a screen: it waits. */
#ifndef KEYWRIGHT_RUNNER_INVENTORY_H
#define KEYWRIGHT_RUNNER_INVENTORY_H

#include "audit/facts.h"
#include "runner/keeper.h"

struct inventory;

/* `say` (may be NULL) is told what is waited for. The keeper must be freed before the inventory. */
bool inventory_new(struct keeper *keeper, void (*say)(void *context, const char *what),
                   void *context, struct inventory **ret_inventory, struct error *err) MUST_USE;
void inventory_free(struct inventory *inventory);
void inventory_cleanup(struct inventory **inventory); /* for CLEANUP() */

/* Everything. What could not be read is noted in the facts; false only when nobody can be asked: no identity,
 * KEEPER_GONE, INTERRUPTED. `user`: only this one's keys are looked at live; NULL for all; `selection`, which
 * is borrowed, likewise. */
bool inventory_gather(struct inventory *inventory, const char *user,
                      const struct access_selection *selection, struct error *err) MUST_USE;

const struct facts *inventory_facts(const struct inventory *inventory);
const char *inventory_arn(const struct inventory *inventory); /* who asked */
/* Why keys were not looked at live though that was wanted; NULL when they were. */
const struct error *inventory_live_failure(const struct inventory *inventory);

#endif
