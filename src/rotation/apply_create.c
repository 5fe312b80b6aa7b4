/* CreateAccessKey and what became of it: see apply.h. */
#include "rotation/apply.h"

#include <string.h>

void apply_create_intended(struct rotation *rotation, const struct event *event)
{
    if (!rotation->create_doubt) {
        rotation->preimage = rotation->list;
        rotation->preimage_date = rotation->list_date;
    }
    if (rotation->pending == ACT_CREATE)
        rotation->creates_unanswered++;
    fold_act_begun(rotation, ACT_CREATE, event);
    rotation->listed = false;
    rotation->absent_since = rotation->absent_last = 0;
    /* Until an outcome says otherwise, the key may exist. */
    rotation->create_doubt = true;
    rotation->state = ROTATION_CREATING;
}

static void new_key(struct rotation *rotation, const struct event *event)
{
    fold_key_init(&rotation->new_key, event->key);
    rotation->new_key.status = KEY_STATUS_ACTIVE;
    rotation->new_key.created = event->created;
    fold_key_init(&rotation->second, "");
    rotation->pending = ACT_NONE;
    rotation->create_doubt = false;
    rotation->listed = false;
    rotation->state = ROTATION_CREATED;
    rotation->iam_works = false;
    rotation->proven_at_hand_over = rotation->pair_nowhere = rotation->new_cannot_sign = false;
    /* What is known of a target is about the new key before this one. */
    for (size_t i = 0; i < rotation->plan.target_count; i++) {
        struct target_state *target = &rotation->targets[i];
        target->shown = false;
        target->delivered = target->checked = false;
        target->deliveries = 0;
        target->delivered_date = target->delivered_by = target->current_since = 0;
        target->works_since = target->works_last = target->works_count = 0;
        target->fails_since = 0;
    }
}

void apply_created(struct rotation *rotation, const struct event *event)
{
    new_key(rotation, event);
    rotation->acts_unanswered = rotation->creates_unanswered = rotation->acts_failed = 0;
    rotation->secret_held = true;
    rotation->adopted = false;
}

void apply_adopted(struct rotation *rotation, const struct event *event)
{
    enum key_status first = rotation->second.first_status;
    new_key(rotation, event);
    rotation->new_key.first_status = first;
    rotation->adopted = true;
}

void apply_create_refused(struct rotation *rotation, const struct event *event)
{
    bool limit = strcmp(event->aws_code, "LimitExceeded") == 0;
    if (limit && rotation->creates_unanswered > 0) {
        fold_unanswered(rotation, event);
        return;
    }
    rotation->pending = ACT_NONE;
    if (rotation->creates_unanswered == 0) {
        rotation->create_doubt = false;
        rotation->state = ROTATION_OPENED;
    }
    fold_failure(rotation, event);
}

void apply_secret_lost(struct rotation *rotation, const struct event *event)
{
    bool received = false;
    for (size_t i = 0; i < rotation->plan.target_count; i++) {
        /* A hand-over that was begun may have ended, whether its outcome is known or not. */
        received = received || (!rotation->plan.targets[i].readable && rotation->targets[i].intended);
        rotation->targets[i].delivered = false;
        rotation->targets[i].checked = false;
        rotation->targets[i].shown = false;
    }
    rotation->other = rotation->new_key;
    rotation->other_kind = OTHER_REPLACED;
    rotation->other_received = received;
    rotation->other_since = fold_date_known(rotation, event->at);
    rotation->other_by = 0;
    rotation->other_confirmed = true;
    fold_forget_overrides(rotation);
    fold_key_init(&rotation->new_key, "");
    rotation->state = ROTATION_CREATING;
}

void apply_sought(struct rotation *rotation, const struct event *event)
{
    const struct key_seen *orphan = rotation_orphan(rotation);
    if (rotation->pending == ACT_CREATE && orphan != NULL && strcmp(orphan->id, event->key) == 0) {
        fold_key_init(&rotation->other, event->key);
        rotation->other.status = orphan->status;
        rotation->other.created = orphan->created;
        rotation->other_kind = OTHER_ORPHAN;
        fold_forget_overrides(rotation);
        rotation->other_received = false;
        rotation->other_confirmed = false;
        rotation->pending = ACT_NONE;
    }
    if (strcmp(event->key, rotation->other.id) == 0) {
        rotation->other_sought = true;
        rotation->other_found = event->count;
    }
}
