#include "rotation/apply.h"

#include <string.h>

void rotation_init(struct rotation *rotation)
{
    memset(rotation, 0, sizeof *rotation);
    rotation->state = ROTATION_OPENED;
}

/* --- what cannot follow ----------------------------------------------------------------------- */

static bool target_known(const struct rotation *rotation, const struct event *event)
{
    return event->target >= 0 && (size_t)event->target < rotation->plan.target_count;
}

static bool test_known(const struct rotation *rotation, const struct event *event)
{
    return event->test >= 0 && (size_t)event->test < rotation->plan.test_count;
}

static bool can_follow(const struct rotation *rotation, const struct event *event)
{
    uint32_t fields = event_fields(event->kind);
    bool begun = rotation->last_seq > 0;
    if (begun == (event->kind == EVENT_OPENED) || rotation_closed(rotation))
        return false;
    if (event->kind == EVENT_OPENED)
        return event->plan != NULL && event->plan->target_count <= TARGETS_MAX &&
               event->plan->test_count <= TESTS_MAX;
    if (event->kind == EVENT_CHECK_FAILED)
        return true;
    if ((fields & F(TARGET)) != 0 && !target_known(rotation, event))
        return false;
    return (fields & F(TEST)) == 0 || test_known(rotation, event);
}

/* --- groups of events ------------------------------------------------------------------------- */

/* The new pair was to be probed and is nowhere here, as after a hand-over to targets that cannot be read
 * back. Whoever signs by another key goes on with what is known from the hand-over. */
static bool pair_not_needed(struct rotation *rotation, const struct event *event)
{
    bool nowhere = event->kind == EVENT_CHECK_FAILED && rotation->new_key.id[0] != '\0' &&
                   strcmp(event->key, rotation->new_key.id) == 0 &&
                   error_from_name(event->error) == ERROR_NO_CREDENTIALS;
    if (!nowhere || rotation->plan.self)
        return false;
    rotation->pair_nowhere = true;
    return rotation_proof_delivered(rotation);
}

static void opened(struct rotation *rotation, const struct event *event)
{
    rotation->plan = *event->plan;
    rotation->opened_at = event->at;
    rotation->opened_date = event->date;
    fold_key_init(&rotation->old_key, rotation->plan.old_key);
    /* It signs, so it is Active, whatever a list that lags says. */
    if (rotation->plan.self)
        rotation->old_key.first_status = KEY_STATUS_ACTIVE;
    if (rotation->plan.retire_key[0] != '\0') {
        fold_key_init(&rotation->other, rotation->plan.retire_key);
        rotation->other_kind = OTHER_RETIRE;
    }
}

/* What happened while AWS's clock was not known is counted from the first time that it tells; and what was
 * reckoned by a clock of ours that was set cannot lie ahead of it, nor be known to lie before. */
static void learn_date(struct rotation *rotation, const struct event *event)
{
    rotation->server_date = event->date;
    rotation->server_at = event->at;
    if (rotation->other_kind == OTHER_REPLACED &&
        (rotation->other_since == 0 || rotation->other_since > event->date))
        rotation->other_since = event->date;
    if (rotation->other_kind == OTHER_REPLACED && rotation->other_by == 0)
        rotation->other_by = event->date;
    for (size_t i = 0; i < rotation->plan.target_count; i++) {
        struct target_state *target = &rotation->targets[i];
        if (target->delivered && (target->delivered_date == 0 || target->delivered_date > event->date))
            target->delivered_date = event->date;
        if (target->delivered && target->delivered_by == 0)
            target->delivered_by = event->date;
    }
}

static void deleted(struct rotation *rotation, const struct event *event)
{
    rotation->pending = ACT_NONE;
    rotation->acts_unanswered = rotation->acts_failed = 0;
    struct key_state *key = fold_key(rotation, event->key);
    if (key == NULL)
        return;
    rotation->deleted_date = event->date;
    key->gone = true;
    key->status = KEY_STATUS_UNKNOWN;
    if (key == &rotation->other)
        fold_other_gone(rotation);
}

/* Refused for certain: unless an earlier delete may have got through, the key is there, and all that
 * could be done before can be done again, a rollback too. */
static void delete_failed(struct rotation *rotation, const struct event *event, struct key_state *key)
{
    rotation->pending = ACT_NONE;
    if (key != NULL)
        key->delete_tried = rotation->pending_was_tried;
    if (key == &rotation->old_key && !key->delete_tried && rotation->state == ROTATION_DELETING)
        rotation->state = ROTATION_TESTED;
    fold_failure(rotation, event);
}

static void last_used(struct rotation *rotation, const struct event *event)
{
    if (strcmp(event->key, rotation->old_key.id) == 0 && event->user[0] != '\0')
        memcpy(rotation->owner, event->user, sizeof rotation->owner);
    struct key_state *key = fold_key(rotation, event->key);
    if (key == NULL)
        return;
    key->used_read = true;
    key->used_at = event->used_at;
    key->used_date = event->date;
    key->used_read_at = event->at;
    memcpy(key->used_service, event->used_service, sizeof key->used_service);
    memcpy(key->used_region, event->used_region, sizeof key->used_region);
}

static void answered(struct rotation *rotation, const struct event *event)
{
    enum question question = question_from_name(event->question);
    rotation->answered = question;
    rotation->answered_at = event->at;
    memcpy(rotation->answered_key, event->key, sizeof rotation->answered_key);
    memcpy(rotation->answer, event->answer, sizeof rotation->answer);
    if (question == QUESTION_CREATE)
        rotation->create_confirmed = true;
    if (question == QUESTION_ORPHAN)
        rotation->other_confirmed = true;
    if (question == QUESTION_RECEIPT)
        apply_receipt(rotation, event);
    if (question == QUESTION_DEVICE)
        apply_device_chosen(rotation, event);
    if (question != QUESTION_TWO_KEYS || strcmp(event->key, rotation->second.id) != 0)
        return;
    if (strcmp(event->answer, "adopt") == 0) {
        memcpy(rotation->plan.adopt_key, event->key, sizeof rotation->plan.adopt_key);
    } else if (strcmp(event->answer, "retire") == 0) {
        memcpy(rotation->plan.retire_key, event->key, sizeof rotation->plan.retire_key);
        rotation->other = rotation->second;
        rotation->other_kind = OTHER_RETIRE;
        fold_forget_overrides(rotation);
    }
}

static void overridden(struct rotation *rotation, const struct event *event)
{
    enum gate_id gate;
    if (!gate_from_name(event->gate, &gate) || !gate_overridable(gate))
        return;
    rotation->overrides[gate].given = true;
    memcpy(rotation->overrides[gate].reason, event->text, sizeof event->text);
    rotation->failed = false;
}

static void tried_again(struct rotation *rotation)
{
    rotation->failed = false;
    rotation->failures = rotation->looks_failed = 0;
    rotation->identity_seen = false;
    rotation->listed = false;
    rotation->acts_unanswered = rotation->acts_failed = 0;
    rotation->pair_nowhere = rotation->new_cannot_sign = false;
    rotation->devices_sought = rotation->device_rests = false;
    rotation->codes_refused = 0;
    rotation->old_key.used_read = false;
    rotation->other.used_read = false;
    rotation->old_key.probe_began = 0;
    rotation->new_key.probe_began = 0;
    rotation->new_key.fails_since = 0;
    fold_forget_probes(&rotation->second);
    for (size_t i = 0; i < rotation->plan.target_count; i++) {
        rotation->targets[i].checked = rotation->targets[i].shown = false;
        rotation->targets[i].deliveries = 0;
        rotation->targets[i].fails_since = 0;
    }
    if (rotation->state == ROTATION_DEACTIVATED)
        memset(rotation->tests_done, 0, sizeof rotation->tests_done);
}

static void close_rotation(struct rotation *rotation, enum rotation_state state, const struct event *event)
{
    rotation->state = state;
    rotation->closed_at = event->at;
    rotation->pending = ACT_NONE;
    rotation->failed = false;
    if (event->text[0] != '\0')
        memcpy(rotation->close_reason, event->text, sizeof rotation->close_reason);
}

/* --- the fold --------------------------------------------------------------------------------- */

/* NOLINTNEXTLINE(readability-function-size): one case an event, and all of them in one place */
static void apply(struct rotation *rotation, const struct event *event)
{
    bool of_target = (event_fields(event->kind) & F(TARGET)) != 0 && target_known(rotation, event);
    struct target_state *target = &rotation->targets[of_target ? event->target : 0];
    struct key_state *key = fold_key(rotation, event->key);
    switch (event->kind) {
    case EVENT_OPENED:
        opened(rotation, event);
        break;
    case EVENT_RESUMED:
        fold_resumed(rotation);
        break;
    case EVENT_IDENTITY_SEEN:
        apply_identity(rotation, event);
        break;
    case EVENT_CHECK_FAILED:
        if (!pair_not_needed(rotation, event) && !apply_old_key_looks(rotation, event))
            fold_failure(rotation, event);
        break;
    case EVENT_TARGET_UNFIT:
        fold_failure(rotation, event);
        break;
    case EVENT_SESSION_REFUSED:
        apply_session_refused(rotation, event);
        break;
    case EVENT_DEVICES_SEEN:
        apply_devices_seen(rotation, event);
        break;
    case EVENT_DEVICES_UNKNOWN:
        /* What made us look is still what stands in the way. */
        rotation->devices_sought = true;
        rotation->device_count = -1;
        break;
    case EVENT_TARGET_TRIED:
        target->tried = true;
        memcpy(target->place, event->place, sizeof target->place);
        break;
    case EVENT_KEYS_LISTED:
        fold_list(rotation, event);
        break;
    case EVENT_LAST_USED_READ:
        last_used(rotation, event);
        break;
    case EVENT_KEY_SOUGHT:
        apply_sought(rotation, event);
        break;
    case EVENT_CREATE_INTENDED:
        apply_create_intended(rotation, event);
        break;
    case EVENT_CREATED:
        apply_created(rotation, event);
        break;
    case EVENT_CREATE_REFUSED:
        apply_create_refused(rotation, event);
        break;
    case EVENT_CREATE_UNANSWERED:
        rotation->creates_unanswered++;
        fold_unanswered(rotation, event);
        break;
    case EVENT_ADOPTED:
        apply_adopted(rotation, event);
        break;
    case EVENT_DELIVER_INTENDED:
        fold_act_begun(rotation, ACT_DELIVER, event);
        rotation->pending_was_intended = target->intended;
        target->intended = true;
        target->deliveries++;
        rotation->state = ROTATION_DELIVERING;
        break;
    case EVENT_DELIVERED:
        if (target_is_shown(&rotation->plan.targets[event->target]))
            apply_shown(rotation, event);
        else
            apply_delivered(rotation, event);
        break;
    case EVENT_TARGET_CHECKED:
        fold_target_checked(rotation, event);
        break;
    case EVENT_KEY_PROBED:
        fold_key_probed(rotation, event);
        break;
    case EVENT_SECRET_LOST:
        apply_secret_lost(rotation, event);
        break;
    case EVENT_STATUS_INTENDED:
        fold_act_begun(rotation, ACT_SWITCH, event);
        rotation->pending_was_off = key != NULL && key->maybe_off;
        if (key != NULL && event->status == KEY_STATUS_INACTIVE)
            key->maybe_off = true;
        break;
    case EVENT_STATUS_SET:
        rotation->pending = ACT_NONE;
        if (key != NULL)
            fold_switched(rotation, key, event->status, event->date);
        break;
    case EVENT_DELETE_INTENDED:
        fold_act_begun(rotation, ACT_DELETE, event);
        rotation->pending_was_tried = key != NULL && key->delete_tried;
        if (key != NULL)
            key->delete_tried = true;
        if (key == &rotation->old_key)
            rotation->state = ROTATION_DELETING;
        break;
    case EVENT_STATUS_UNANSWERED:
    case EVENT_DELETE_UNANSWERED:
        fold_unanswered(rotation, event);
        break;
    case EVENT_DELETED:
        deleted(rotation, event);
        break;
    case EVENT_STATUS_FAILED:
        /* Refused for certain: what could be said before can be said again. */
        if (key != NULL)
            key->maybe_off = rotation->pending_was_off;
        rotation->pending = ACT_NONE;
        fold_failure(rotation, event);
        break;
    case EVENT_DELETE_FAILED:
        delete_failed(rotation, event, key);
        break;
    case EVENT_DELIVER_FAILED:
        apply_deliver_failed(rotation, event);
        break;
    case EVENT_RESTORE_FAILED:
        rotation->pending = ACT_NONE;
        fold_failure(rotation, event);
        break;
    case EVENT_TEST_INTENDED:
        fold_act_begun(rotation, ACT_TEST, event);
        break;
    case EVENT_TEST_FINISHED:
        rotation->pending = ACT_NONE;
        rotation->tests_done[event->test] = true;
        rotation->tests_status[event->test] = event->count;
        break;
    case EVENT_TEST_CONCLUDED:
        rotation->tests_concluded = true;
        rotation->state = ROTATION_TESTED;
        break;
    case EVENT_RESTORE_INTENDED:
        fold_act_begun(rotation, ACT_RESTORE, event);
        break;
    case EVENT_RESTORED:
        rotation->pending = ACT_NONE;
        target->restored = true;
        target->delivered = false;
        memcpy(target->found, rotation->old_key.id, sizeof target->found);
        apply_source_may_change(rotation);
        break;
    case EVENT_BACKUP_REMOVED:
        target->backup[0] = '\0';
        target->backup_settled = true;
        break;
    case EVENT_BACKUP_KEPT:
        target->backup_settled = true;
        break;
    case EVENT_SESSION_TAKEN:
        apply_session_taken(rotation, event);
        break;
    case EVENT_ANSWERED:
        answered(rotation, event);
        break;
    case EVENT_OVERRIDDEN:
        overridden(rotation, event);
        break;
    case EVENT_RETRIED:
        tried_again(rotation);
        break;
    case EVENT_ROLLBACK_CHOSEN:
        tried_again(rotation);
        rotation->answered = QUESTION_NONE;
        rotation->state = ROTATION_ROLLING_BACK;
        memcpy(rotation->close_reason, event->text, sizeof rotation->close_reason);
        break;
    case EVENT_ABANDONED:
        close_rotation(rotation, ROTATION_ABANDONED, event);
        break;
    case EVENT_CLOSED:
        close_rotation(rotation,
                       rotation->state == ROTATION_ROLLING_BACK ? ROTATION_ROLLED_BACK : ROTATION_DONE,
                       event);
        break;
    case EVENT_COUNT:
        break;
    }
}

/* A failure is over when something else succeeded. */
static bool ends_failure(const struct event *event)
{
    enum event_kind kind = event->kind;
    uint32_t fields = event_fields(kind);
    /* A code is an answer to the failure, not its end: the session is. */
    if (kind == EVENT_ANSWERED && question_from_name(event->question) == QUESTION_MFA)
        return false;
    return (fields & F(ERROR)) == 0 && kind != EVENT_DEVICES_SEEN && kind != EVENT_STATUS_INTENDED &&
           kind != EVENT_DELETE_INTENDED && kind != EVENT_CREATE_INTENDED &&
           kind != EVENT_DELIVER_INTENDED && kind != EVENT_RESTORE_INTENDED;
}

/* States that follow from facts rather than from an act. */
static void advance(struct rotation *rotation)
{
    /* Another program put something else into a target while the old key was waited for: it is handed
     * the new key again, as before the proof. Once the old key may be off, only the operator goes on. */
    if (rotation->state == ROTATION_PROVEN && rotation->pending == ACT_NONE &&
        !rotation->old_key.maybe_off && !rotation->overrides[GATE_TARGETS_CURRENT].given)
        for (size_t i = 0; i < rotation->plan.target_count; i++)
            if (!rotation->targets[i].delivered)
                rotation->state = ROTATION_DELIVERING;
    if (rotation->state == ROTATION_CREATED || rotation->state == ROTATION_DELIVERING) {
        bool all = rotation->pending == ACT_NONE;
        for (size_t i = 0; i < rotation->plan.target_count; i++)
            all = all && rotation->targets[i].delivered;
        if (all)
            rotation->state = ROTATION_PROVING;
    }
    if (rotation->state == ROTATION_PROVING) {
        bool all = true;
        for (size_t i = 0; i < rotation->plan.target_count; i++)
            all = all && rotation->targets[i].delivered;
        bool settled = rotation_proof_settled(rotation);
        if (!all)
            rotation->state = ROTATION_DELIVERING;
        else if (settled || rotation->overrides[GATE_NEW_KEY_PROVEN].given)
            rotation->state = ROTATION_PROVEN;
        rotation->proven_at_hand_over = all && settled;
    }
    /* A compromised key went off before there was a new one: there is nothing to be switched. */
    if (rotation->state == ROTATION_PROVEN && rotation->plan.compromised &&
        rotation->old_key.deactivated_by_us)
        rotation->state = ROTATION_DEACTIVATED;
}

bool rotation_apply(struct rotation *rotation, const struct event *event, struct error *err)
{
    if (!can_follow(rotation, event))
        return error_set(err, ERROR_JOURNAL_DAMAGED, "event '%s' cannot follow in state '%s'",
                         event_name(event->kind), rotation_state_name(rotation->state));
    if (ends_failure(event)) {
        rotation->failed = false;
        rotation->failures = 0;
    }
    if (event->date != 0 && (event_fields(event->kind) & F(DATE)) != 0)
        learn_date(rotation, event);
    apply(rotation, event);
    advance(rotation);
    rotation->last_seq = event->seq != 0 ? event->seq : rotation->last_seq + 1;
    rotation->updated_at = event->at;
    return true;
}
