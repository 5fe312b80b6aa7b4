/* An act begins, is not answered, or fails: see fold.h. */
#include "rotation/fold.h"

#include <string.h>

enum {
    LOOKS_APART = 600, /* seconds without a failed look after which the next is not of the same row, */
    LOOK_ATTEMPTS = 3  /* besides those that it takes itself: so often a request is tried, for its timeout each */
};

void fold_failure(struct rotation *rotation, const struct event *event)
{
    if (event->kind == EVENT_CHECK_FAILED) {
        bool apart = event->at - rotation->failure.at >
                     LOOKS_APART + LOOK_ATTEMPTS * rotation->plan.timeout;
        rotation->looks_failed = rotation->failure.kind != EVENT_CHECK_FAILED || apart
                                     ? 1
                                     : rotation->looks_failed + 1;
    }
    /* A look that succeeds in between does not make an act pass that never does. */
    if (event->kind == EVENT_CREATE_REFUSED || event->kind == EVENT_STATUS_FAILED ||
        event->kind == EVENT_DELETE_FAILED || event->kind == EVENT_DELIVER_FAILED ||
        event->kind == EVENT_RESTORE_FAILED)
        rotation->acts_failed++;
    rotation->failed = true;
    rotation->failures++;
    rotation->failure = *event;
    rotation->failure.plan = NULL;
}

void fold_act_begun(struct rotation *rotation, enum act act, const struct event *event)
{
    rotation->pending = act;
    rotation->pending_unanswered = false;
    rotation->pending_at = event->at;
    rotation->pending_date = rotation_server_now(rotation, event->at);
    rotation->pending_target = event->target;
    rotation->pending_test = event->test;
    rotation->pending_status = event->status;
    memcpy(rotation->pending_key, event->key, sizeof rotation->pending_key);
    rotation->answered = QUESTION_NONE;
}

void fold_unanswered(struct rotation *rotation, const struct event *event)
{
    rotation->pending_unanswered = true;
    fold_switch_in_flight(rotation);
    rotation->listed = false;
    rotation->acts_unanswered++;
    rotation->failed = false;
    rotation->failure = *event;
    rotation->failure.plan = NULL;
}

int64_t fold_date_known(const struct rotation *rotation, int64_t now)
{
    bool set_back = now < rotation->server_at;
    return rotation->server_date != 0 && !set_back ? rotation_server_now(rotation, now) : 0;
}
