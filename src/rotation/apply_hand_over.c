/* The hand-over of the new pair to a target: see apply.h. */
#include "rotation/apply.h"

#include <string.h>

void apply_source_may_change(struct rotation *rotation)
{
    if (!rotation->plan.self && strcmp(rotation->identity_source, rotation->identity_signer) != 0)
        rotation->identity_seen = false;
}

void apply_delivered(struct rotation *rotation, const struct event *event)
{
    struct target_state *target = &rotation->targets[event->target];
    rotation->pending = ACT_NONE;
    rotation->acts_failed = 0;
    rotation->proven_at_hand_over = false;
    target->delivered = true;
    target->received_any = true;
    target->shown = false;
    target->checked = false; /* what was read before is no longer what it holds */
    target->delivered_date = event->date != 0 ? event->date : fold_date_known(rotation, event->at);
    target->delivered_by = event->date;
    target->works_since = target->works_last = target->works_count = 0;
    target->fails_since = 0;
    if (event->place[0] != '\0')
        memcpy(target->backup, event->place, sizeof target->backup);
    apply_source_may_change(rotation);
}

void apply_shown(struct rotation *rotation, const struct event *event)
{
    struct target_state *target = &rotation->targets[event->target];
    rotation->pending = ACT_NONE;
    rotation->acts_failed = 0;
    target->shown = target->received_any = true;
}

/* The target whose receipt is asked for: one that was shown, or that cannot be read back and whose
 * hand-over failed. -1 for none. */
static int64_t receipt_target(const struct rotation *rotation)
{
    const struct event *failure = &rotation->failure;
    for (size_t i = 0; i < rotation->plan.target_count; i++)
        if (rotation->targets[i].shown)
            return (int64_t)i;
    bool failed = failure->kind == EVENT_DELIVER_FAILED &&
                  !target_is_shown(&rotation->plan.targets[failure->target]);
    return failed ? failure->target : -1;
}

void apply_receipt(struct rotation *rotation, const struct event *event)
{
    int64_t target = receipt_target(rotation);
    if (target < 0 || strcmp(event->key, rotation->new_key.id) != 0)
        return;
    struct event receipt = {.kind = EVENT_DELIVERED, .target = target, .at = event->at};
    apply_delivered(rotation, &receipt);
}

void apply_deliver_failed(struct rotation *rotation, const struct event *event)
{
    if (target_is_shown(&rotation->plan.targets[event->target]))
        rotation->targets[event->target].intended = rotation->pending_was_intended;
    rotation->pending = ACT_NONE;
    fold_failure(rotation, event);
}
