/* What each event changes in a rotation, called by the switch of apply.c. An event is a fact: nothing here
 * refuses it or decides what comes next. Inside rotation/ only. Pure.
 */
#ifndef KEYWRIGHT_ROTATION_APPLY_H
#define KEYWRIGHT_ROTATION_APPLY_H

#include "rotation/fold.h"

/* --- apply_create.c: CreateAccessKey and what became of it --------------------------------------- */

void apply_create_intended(struct rotation *rotation, const struct event *event);
void apply_created(struct rotation *rotation, const struct event *event);
/* A refusal proves that nothing was made now; but "limit exceeded" after an unanswered create
 * means that the earlier one made a key after all, so the doubt stays. */
void apply_create_refused(struct rotation *rotation, const struct event *event);
/* The second key that was found is the new key from now on; its secret never was ours. */
void apply_adopted(struct rotation *rotation, const struct event *event);
/* The new key's secret ended with its keeper: the key is to be removed, and another to be created. */
void apply_secret_lost(struct rotation *rotation, const struct event *event);
/* Our files were searched for a key: whether its secret could be in one of them. */
void apply_sought(struct rotation *rotation, const struct event *event);

/* --- apply_hand_over.c: the new pair and its targets --------------------------------------------- */

/* A target has the new pair. */
void apply_delivered(struct rotation *rotation, const struct event *event);
/* It stood on the screen, and may have been copied. */
void apply_shown(struct rotation *rotation, const struct event *event);
/* What was to be shown and was not is known to nobody, unless it was shown before. */
void apply_deliver_failed(struct rotation *rotation, const struct event *event);
/* The operator says that a target which cannot be read back has the new key. */
void apply_receipt(struct rotation *rotation, const struct event *event);
/* A role is assumed with the pair that its source profile holds, which may be in a target: whose
 * session signs from now on is looked at anew. */
void apply_source_may_change(struct rotation *rotation);

/* --- apply_signer.c: who signs, and the sessions that MFA asks for -------------------------------- */

void apply_identity(struct rotation *rotation, const struct event *event);
/* The new key was to sign and its pair is nowhere here: while the old key is not known to be off, it
 * looks. True when it does. */
bool apply_old_key_looks(struct rotation *rotation, const struct event *event);
void apply_session_taken(struct rotation *rotation, const struct event *event);
void apply_session_refused(struct rotation *rotation, const struct event *event);
/* A code that was refused because of its device: the device is the user's, and rests; or another one is
 * taken, whose code is still to be given. */
void apply_devices_seen(struct rotation *rotation, const struct event *event);
void apply_device_chosen(struct rotation *rotation, const struct event *event);

#endif
