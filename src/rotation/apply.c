#include "rotation/fold.h"

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

enum {
    LOOKS_APART = 600, /* seconds without a failed look after which the next is not of the same row, */
    LOOK_ATTEMPTS = 3  /* besides those that it takes itself: so often a request is tried, for its timeout each */
};

static void fail(struct rotation *rotation, const struct event *event)
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

/* The new key was to sign and its pair is nowhere here: while the old key is not known to be off, it looks. */
static bool old_key_looks(struct rotation *rotation, const struct event *event)
{
    bool probed = event->kind == EVENT_CHECK_FAILED && strcmp(event->key, rotation->new_key.id) == 0;
    bool signs = rotation->new_key.id[0] != '\0' && !probed &&
                 strcmp(event->signer, rotation->new_key.id) == 0;
    bool may = rotation->state == ROTATION_PROVEN || rotation->state == ROTATION_ROLLING_BACK;
    if (!signs || !may || rotation->new_cannot_sign ||
        error_from_name(event->error) != ERROR_NO_CREDENTIALS)
        return false;
    rotation->new_cannot_sign = true;
    return rotation_old_key_steps_in(rotation);
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

static void begin_act(struct rotation *rotation, enum act act, const struct event *event)
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

/* The last act's fate is not known: only a look that is made from now on counts. */
static void unanswered(struct rotation *rotation, const struct event *event)
{
    rotation->pending_unanswered = true;
    fold_switch_in_flight(rotation);
    rotation->listed = false;
    rotation->acts_unanswered++;
    rotation->failed = false;
    rotation->failure = *event;
    rotation->failure.plan = NULL;
}

static void create_intended(struct rotation *rotation, const struct event *event)
{
    if (!rotation->create_doubt) {
        rotation->preimage = rotation->list;
        rotation->preimage_date = rotation->list_date;
    }
    if (rotation->pending == ACT_CREATE)
        rotation->creates_unanswered++;
    begin_act(rotation, ACT_CREATE, event);
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
        target->delivered_date = target->current_since = 0;
        target->works_since = target->works_last = target->works_count = 0;
        target->fails_since = 0;
    }
}

static void created(struct rotation *rotation, const struct event *event)
{
    new_key(rotation, event);
    rotation->acts_unanswered = rotation->creates_unanswered = rotation->acts_failed = 0;
    rotation->secret_held = true;
    rotation->adopted = false;
}

static void adopted(struct rotation *rotation, const struct event *event)
{
    enum key_status first = rotation->second.first_status;
    new_key(rotation, event);
    rotation->new_key.first_status = first;
    rotation->adopted = true;
}

/* A refusal proves that nothing was made now; but "limit exceeded" after an unanswered create
 * means that the earlier one made a key after all, so the doubt stays. */
static void create_refused(struct rotation *rotation, const struct event *event)
{
    bool limit = strcmp(event->aws_code, "LimitExceeded") == 0;
    if (limit && rotation->creates_unanswered > 0) {
        unanswered(rotation, event);
        return;
    }
    rotation->pending = ACT_NONE;
    if (rotation->creates_unanswered == 0) {
        rotation->create_doubt = false;
        rotation->state = ROTATION_OPENED;
    }
    fail(rotation, event);
}

/* AWS's clock, or 0 when nothing of this run has told it yet: ours may have been set. */
static int64_t server_date_known(const struct rotation *rotation, int64_t now)
{
    return rotation->server_date != 0 ? rotation_server_now(rotation, now) : 0;
}

/* What happened while AWS's clock was not known is counted from the first time that it tells. */
static void learn_date(struct rotation *rotation, const struct event *event)
{
    rotation->server_date = event->date;
    rotation->server_at = event->at;
    if (rotation->other_kind == OTHER_REPLACED && rotation->other_since == 0)
        rotation->other_since = event->date;
    for (size_t i = 0; i < rotation->plan.target_count; i++)
        if (rotation->targets[i].delivered && rotation->targets[i].delivered_date == 0)
            rotation->targets[i].delivered_date = event->date;
}

static void secret_lost(struct rotation *rotation, const struct event *event)
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
    rotation->other_since = server_date_known(rotation, event->at);
    rotation->other_confirmed = true;
    fold_forget_overrides(rotation);
    fold_key_init(&rotation->new_key, "");
    rotation->state = ROTATION_CREATING;
}

static void sought(struct rotation *rotation, const struct event *event)
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

/* A role is assumed with the pair that its source profile holds, which may be in a target: whose
 * session signs from now on is looked at anew. */
static void source_may_change(struct rotation *rotation)
{
    if (!rotation->plan.self && strcmp(rotation->identity_source, rotation->identity_signer) != 0)
        rotation->identity_seen = false;
}

static void delivered(struct rotation *rotation, const struct event *event)
{
    struct target_state *target = &rotation->targets[event->target];
    rotation->pending = ACT_NONE;
    rotation->acts_failed = 0;
    rotation->proven_at_hand_over = false;
    target->delivered = true;
    target->received_any = true;
    target->shown = false;
    target->checked = false; /* what was read before is no longer what it holds */
    target->delivered_date = event->date != 0 ? event->date : server_date_known(rotation, event->at);
    target->works_since = target->works_last = target->works_count = 0;
    target->fails_since = 0;
    if (event->place[0] != '\0')
        memcpy(target->backup, event->place, sizeof target->backup);
    source_may_change(rotation);
}

/* It stood on the screen, and may have been copied. */
static void shown(struct rotation *rotation, const struct event *event)
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

/* The operator says that a target which cannot be read back has the new key. */
static void receipt_confirmed(struct rotation *rotation, const struct event *event)
{
    int64_t target = receipt_target(rotation);
    if (target < 0 || strcmp(event->key, rotation->new_key.id) != 0)
        return;
    struct event receipt = {.kind = EVENT_DELIVERED, .target = target, .at = event->at};
    delivered(rotation, &receipt);
}

/* What was to be shown and was not is known to nobody, unless it was shown before. */
static void deliver_failed(struct rotation *rotation, const struct event *event)
{
    if (target_is_shown(&rotation->plan.targets[event->target]))
        rotation->targets[event->target].intended = rotation->pending_was_intended;
    rotation->pending = ACT_NONE;
    fail(rotation, event);
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
    fail(rotation, event);
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

static void identity(struct rotation *rotation, const struct event *event)
{
    rotation->identity_seen = true;
    memcpy(rotation->identity_account, event->account, sizeof rotation->identity_account);
    memcpy(rotation->identity_arn, event->arn, sizeof rotation->identity_arn);
    memcpy(rotation->identity_signer, event->signer, sizeof rotation->identity_signer);
    memcpy(rotation->identity_source, event->source, sizeof rotation->identity_source);
    if (event->user[0] != '\0' && strcmp(event->key, rotation->old_key.id) == 0)
        memcpy(rotation->owner, event->user, sizeof rotation->owner);
    rotation->skew = event->skew;
}

static void session_taken(struct rotation *rotation, const struct event *event)
{
    rotation->session_held = true;
    rotation->identity_seen = false;
    rotation->answered = QUESTION_NONE;
    rotation->session_ends = event->count;
    rotation->session_taken = rotation->code_spent =
        event->date != 0 ? event->date : rotation_server_now(rotation, event->at);
    rotation->codes_refused = 0;
    memcpy(rotation->session_key, event->key, sizeof rotation->session_key);
}

static void session_refused(struct rotation *rotation, const struct event *event)
{
    rotation->answered = QUESTION_NONE;
    rotation->devices_sought = rotation->device_rests = false;
    if (event->http != 0) {
        rotation->code_spent = event->date != 0 ? event->date : rotation_server_now(rotation, event->at);
        rotation->codes_refused++;
    }
    if (!old_key_looks(rotation, event))
        fail(rotation, event);
}

/* A code that was refused because of its device: the device is the user's, and rests; or another one is
 * taken, whose code is still to be given. */
static void devices_seen(struct rotation *rotation, const struct event *event)
{
    bool refused = rotation->failed && rotation->failure.kind == EVENT_SESSION_REFUSED;
    rotation->devices_sought = true;
    rotation->device_count = event->count;
    memcpy(rotation->devices, event->text, sizeof rotation->devices);
    rotation->device_rests = refused && event->verdict == VERDICT_WORKS;
    if (rotation->device_rests)
        return;
    memcpy(rotation->plan.mfa_serial, event->arn, sizeof rotation->plan.mfa_serial);
    if (!refused && event->arn[0] != '\0') {
        rotation->failed = false;
        rotation->failures = 0;
    }
}

static void device_chosen(struct rotation *rotation, const struct event *event)
{
    memset(rotation->plan.mfa_serial, 0, sizeof rotation->plan.mfa_serial);
    memcpy(rotation->plan.mfa_serial, event->text, strnlen(event->text, sizeof event->text - 1));
    rotation->answered = QUESTION_NONE;
}

static void answered(struct rotation *rotation, const struct event *event)
{
    enum question question = question_from_name(event->question);
    rotation->answered = question;
    rotation->answered_at = event->at;
    memcpy(rotation->answer, event->answer, sizeof rotation->answer);
    if (question == QUESTION_CREATE)
        rotation->create_confirmed = true;
    if (question == QUESTION_ORPHAN)
        rotation->other_confirmed = true;
    if (question == QUESTION_RECEIPT)
        receipt_confirmed(rotation, event);
    if (question == QUESTION_DEVICE)
        device_chosen(rotation, event);
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
        identity(rotation, event);
        break;
    case EVENT_CHECK_FAILED:
        if (!pair_not_needed(rotation, event) && !old_key_looks(rotation, event))
            fail(rotation, event);
        break;
    case EVENT_TARGET_UNFIT:
        fail(rotation, event);
        break;
    case EVENT_SESSION_REFUSED:
        session_refused(rotation, event);
        break;
    case EVENT_DEVICES_SEEN:
        devices_seen(rotation, event);
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
        sought(rotation, event);
        break;
    case EVENT_CREATE_INTENDED:
        create_intended(rotation, event);
        break;
    case EVENT_CREATED:
        created(rotation, event);
        break;
    case EVENT_CREATE_REFUSED:
        create_refused(rotation, event);
        break;
    case EVENT_CREATE_UNANSWERED:
        rotation->creates_unanswered++;
        unanswered(rotation, event);
        break;
    case EVENT_ADOPTED:
        adopted(rotation, event);
        break;
    case EVENT_DELIVER_INTENDED:
        begin_act(rotation, ACT_DELIVER, event);
        rotation->pending_was_intended = target->intended;
        target->intended = true;
        target->deliveries++;
        rotation->state = ROTATION_DELIVERING;
        break;
    case EVENT_DELIVERED:
        if (target_is_shown(&rotation->plan.targets[event->target]))
            shown(rotation, event);
        else
            delivered(rotation, event);
        break;
    case EVENT_TARGET_CHECKED:
        fold_target_checked(rotation, event);
        break;
    case EVENT_KEY_PROBED:
        fold_key_probed(rotation, event);
        break;
    case EVENT_SECRET_LOST:
        secret_lost(rotation, event);
        break;
    case EVENT_STATUS_INTENDED:
        begin_act(rotation, ACT_SWITCH, event);
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
        begin_act(rotation, ACT_DELETE, event);
        rotation->pending_was_tried = key != NULL && key->delete_tried;
        if (key != NULL)
            key->delete_tried = true;
        if (key == &rotation->old_key)
            rotation->state = ROTATION_DELETING;
        break;
    case EVENT_STATUS_UNANSWERED:
    case EVENT_DELETE_UNANSWERED:
        unanswered(rotation, event);
        break;
    case EVENT_DELETED:
        deleted(rotation, event);
        break;
    case EVENT_STATUS_FAILED:
        /* Refused for certain: what could be said before can be said again. */
        if (key != NULL)
            key->maybe_off = rotation->pending_was_off;
        rotation->pending = ACT_NONE;
        fail(rotation, event);
        break;
    case EVENT_DELETE_FAILED:
        delete_failed(rotation, event, key);
        break;
    case EVENT_DELIVER_FAILED:
        deliver_failed(rotation, event);
        break;
    case EVENT_RESTORE_FAILED:
        rotation->pending = ACT_NONE;
        fail(rotation, event);
        break;
    case EVENT_TEST_INTENDED:
        begin_act(rotation, ACT_TEST, event);
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
        begin_act(rotation, ACT_RESTORE, event);
        break;
    case EVENT_RESTORED:
        rotation->pending = ACT_NONE;
        target->restored = true;
        target->delivered = false;
        memcpy(target->found, rotation->old_key.id, sizeof target->found);
        source_may_change(rotation);
        break;
    case EVENT_BACKUP_REMOVED:
        target->backup[0] = '\0';
        target->backup_settled = true;
        break;
    case EVENT_BACKUP_KEPT:
        target->backup_settled = true;
        break;
    case EVENT_SESSION_TAKEN:
        session_taken(rotation, event);
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
