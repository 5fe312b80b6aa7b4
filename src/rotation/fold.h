/* Parts of the fold that more than one kind of event needs. Inside rotation/ only. Pure. */
#ifndef KEYWRIGHT_ROTATION_FOLD_H
#define KEYWRIGHT_ROTATION_FOLD_H

#include "rotation/rotation.h"

/* The state of the key with this ID, or NULL when it is none of ours. Borrowed. */
struct key_state *fold_key(struct rotation *rotation, const char *id);
/* Start over as the key `id`. */
void fold_key_init(struct key_state *key, const char *id);

/* --- fold_acts.c: an act begins, is not answered, or fails ---------------------------------------- */

/* An act is about to be carried out. */
void fold_act_begun(struct rotation *rotation, enum act act, const struct event *event);
/* The last act's fate is not known: only a look that is made from now on counts. */
void fold_unanswered(struct rotation *rotation, const struct event *event);
/* Something failed for certain: it stands in the way until something else succeeds. */
void fold_failure(struct rotation *rotation, const struct event *event);
/* AWS's clock, or 0 when nothing of this run has told it yet, or ours was set back since: then the next Date
 * tells. */
int64_t fold_date_known(const struct rotation *rotation, int64_t now);

/* --- fold.c: what was seen ------------------------------------------------------------------------ */

/* ListAccessKeys: what it says of each key, of a pending switch or delete, of an unanswered create. */
void fold_list(struct rotation *rotation, const struct event *event);
/* A target was read back and probed. */
void fold_target_checked(struct rotation *rotation, const struct event *event);
/* A key was probed. */
void fold_key_probed(struct rotation *rotation, const struct event *event);
/* A key was switched by us, or seen to be: also advances proven to deactivated. */
void fold_switched(struct rotation *rotation, struct key_state *key, enum key_status status,
                   int64_t date);
/* The pending switch was not answered: it may still be on its way. */
void fold_switch_in_flight(struct rotation *rotation);
/* Gates are about another key from now on: of that one the operator has said nothing yet. */
void fold_forget_overrides(struct rotation *rotation);
/* The key that was removed out of turn is no more. */
void fold_other_gone(struct rotation *rotation);
/* What was learnt by probing the key, and its last use, is forgotten. */
void fold_forget_probes(struct key_state *key);
/* A new run: what only the last run knew is forgotten. */
void fold_resumed(struct rotation *rotation);

#endif
