/* The parts of what must hold, by the numbers of ARCHITECTURE.md. Three views: what the core was told
 * before it acts (told.c, needs.c, acts.c), what is true in the account (statements.c), and what the user
 * has after every event (statements.c). None of them asks the core what it thinks; its state is read only
 * to know which act this is. */
#ifndef KEYWRIGHT_TESTS_SIM_STATEMENTS_H
#define KEYWRIGHT_TESTS_SIM_STATEMENTS_H

#include "world.h"

enum { SLACK = 90 /* AWS's clock is estimated between two answers */ };

/* told.c: an event was journalled. */
void told_see(struct world *world, const struct event *event);

/* needs.c: a row of good answers is as long as the plan asks for. */
bool told_settled(const struct world *world, const struct row *row);
/* No target gives the new key back, and its secret is nowhere: it counts as delivered, when it had worked for
 * the settle time after every hand-over. */
bool told_delivered(const struct world *world);
/* The key in the last list, or NULL. */
const struct key_seen *told_listed(const struct world *world, int key);
/* AWS's clock when the last target was seen with, or handed, the new key. */
int64_t told_handed_over(struct world *world);

/* Each says what is broken when it does not hold. */
void need_proof(struct world *world);
void need_current(struct world *world);
void need_list(struct world *world);
void need_other_key(struct world *world, int stays);
void need_inactive(struct world *world, int key);
void need_soak(struct world *world, int key);
void need_quiet(struct world *world, int key, int64_t since);
void need_yes(struct world *world, enum question question, const char *key);
void need_identity(struct world *world, const struct effect *effect);
void need_signer(struct world *world, const struct effect *effect);
/* In a compromised plan: the old key is known to be off; and neither it nor a session of it signs. */
void need_old_off(struct world *world);
void need_clean_signer(struct world *world, const struct effect *effect);
void need_tests(struct world *world, bool at_delete);

#endif
