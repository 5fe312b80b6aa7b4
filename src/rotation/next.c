/* What comes next: the four steps and what guards them, to be read from top to bottom. */
#include "rotation/choose.h"

#include <string.h>

#include "base/when.h"

enum {
    SOFT_FAILURES_MAX = 5, /* looks that failed in a row before the operator is asked */
    LOOKS_FAILED_MAX = 40, /* looks that failed among others that did not, before the same */
    UNANSWERED_MAX = 4     /* acts that were not answered before the operator is asked */
};

/* --- step 2: deactivate-old -------------------------------------------------------------------- */

/* Hours are waited for before a session is taken: it would end before they do. The estimate opens
 * nothing; when it is over, AWS is asked. */
static bool long_wait_before_session(struct choice *choice, enum gate_id id, int64_t opens)
{
    const struct rotation *rotation = choice->rotation;
    char when_text[WHEN_TEXT_SIZE];
    int64_t left = opens - rotation_server_now(rotation, choice->now);
    if (!session_missing(choice) || opens == 0 || left <= LOOK_FRESH || rotation->overrides[id].given)
        return choose_nothing(choice);
    choose_nothing(choice);
    choose_wait(choice, left, "%s until %s: %s", gate_name(id), when_format(opens, when_text),
                gate_says(id));
    choice->effect->gate = id;
    choice->effect->long_wait = true;
    return true;
}

static bool quiet_waits_before_session(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    struct gate quiet;
    gate_evaluate(rotation, choice->now, GATE_OLD_KEY_QUIET, false, &quiet);
    return quiet.verdict == GATE_WAITS &&
           long_wait_before_session(choice, GATE_OLD_KEY_QUIET, quiet.opens_date);
}

static bool next_deactivate(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    /* The proof needs no signer, and shows first when the pair that would sign is no longer there. */
    return quiet_waits_before_session(choice) || ensure_proof(choice) || ensure_identity(choice) ||
           ensure_last_used(choice, &rotation->old_key) || ensure_gates(choice) ||
           ensure_answer(choice, QUESTION_DEACTIVATE, rotation->old_key.id,
                         "switch off %s? It can be switched on again at once", rotation->old_key.id) ||
           choose_switch(choice, &rotation->old_key, KEY_STATUS_INACTIVE);
}

/* --- step 3: test ------------------------------------------------------------------------------ */

/* In STS the targets' pairs are probed by ensure_proof; here the new key is asked in IAM as well. */
static bool new_key_in_iam(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    const struct key_state *key = &rotation->new_key;
    if (rotation->iam_works || rotation_proof_delivered(rotation))
        return false;
    if (key->probed_at != 0 && choice->now >= key->probed_at &&
        choice->now - key->probed_at < PROBE_PAUSE)
        return choose_wait(choice, PROBE_PAUSE, "the new key is being probed in IAM");
    if (key->probe_began != 0 &&
        rotation_server_now(rotation, choice->now) - key->probe_began > PROPAGATION_MAX) {
        choose_blocked(choice, false, "the new key does not work in IAM");
        choice->effect->gate = GATE_TESTS_PASSED;
        return true;
    }
    choice->effect->count = 1;
    choice->effect->in_iam = true;
    return choose_for_key(choice, EFFECT_PROBE_KEY, key->id);
}

static bool old_key_refused(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    const struct key_state *old = &rotation->old_key;
    if (!rotation->plan.pair_held) {
        if (old->inactive_seen >= 2)
            return false;
        int64_t off = rotation_server_now(rotation, choice->now) - old->inactive_date;
        if (rotation->listed && off > PROPAGATION_MAX + rotation->plan.settle) {
            choose_blocked(choice, false, "the old key is not shown as Inactive %lld s after it was "
                           "switched off", (long long)off);
            choice->effect->gate = GATE_TESTS_PASSED;
            return true;
        }
        if (rotation->listed && choice->now == rotation->list_at)
            return choose_wait(choice, PROBE_PAUSE, "the old key is being seen as Inactive twice");
        return choose(choice, EFFECT_LIST_KEYS);
    }
    /* Our own probes show as uses, so the last use is read first. */
    if (ensure_last_used(choice, old))
        return true;
    if (rotation_refusal_settled(rotation))
        return false;
    if (rotation_refusal_overdue(rotation)) {
        /* While lists may lag it is not known yet whether somebody else switched it on. */
        if (ensure_inactive(choice, old))
            return true;
        choose_blocked(choice, false, "the old key still answers %d s after it was switched off",
                       REFUSAL_MAX);
        choice->effect->gate = GATE_TESTS_PASSED;
        return true;
    }
    if (old->probed_at != 0 && choice->now >= old->probed_at &&
        choice->now - old->probed_at < PROBE_PAUSE)
        return choose_wait(choice, PROBE_PAUSE, "waiting until the old key is refused everywhere");
    choice->effect->count = rotation->plan.settle == 0 ? 3 : 1;
    return choose_for_key(choice, EFFECT_PROBE_KEY, old->id);
}

static bool operator_tests(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    for (size_t i = 0; i < rotation->plan.test_count; i++) {
        if (!rotation->tests_done[i] && rotation_proof_delivered(rotation)) {
            choose_blocked(choice, false, "test %zu needs the secret of %s, which was delivered, not read "
                           "back; run it where the key is: %.200s", i + 1, rotation->new_key.id,
                           rotation->plan.tests[i]);
            choice->effect->gate = GATE_TESTS_PASSED;
            return true;
        }
        if (!rotation->tests_done[i]) {
            choice->effect->test = (int64_t)i;
            return choose_for_key(choice, EFFECT_RUN_TEST, rotation->new_key.id);
        }
        if (rotation->tests_status[i] != 0) {
            choose_blocked(choice, false, "test %zu ended with status %lld: %.200s", i + 1,
                           (long long)rotation->tests_status[i], rotation->plan.tests[i]);
            choice->effect->gate = GATE_TESTS_PASSED;
            return true;
        }
    }
    return false;
}

/* The journal says what the end of the step rests on. */
static void say_what_was_not_read_back(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    struct gate proof;
    if (!rotation_proof_delivered(rotation))
        return;
    gate_evaluate(rotation, choice->now, GATE_NEW_KEY_PROVEN, true, &proof);
    memcpy(choice->effect->text, proof.evidence, sizeof choice->effect->text);
}

static bool next_test(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    if (ensure_proof(choice) || ensure_identity(choice) || ensure_list(choice) ||
        stop_for_another_hand(choice))
        return true;
    if (!rotation->overrides[GATE_TESTS_PASSED].given &&
        (new_key_in_iam(choice) || old_key_refused(choice) || operator_tests(choice)))
        return true;
    say_what_was_not_read_back(choice);
    return choose_for_key(choice, EFFECT_CONCLUDE_TEST, rotation->new_key.id);
}

/* --- step 4: delete ---------------------------------------------------------------------------- */

/* The soak is waited for before the proof is renewed, so that a long wait does not end with an old
 * proof. */
static bool soak_waits(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    struct gate soak;
    if (ensure_list(choice) || stop_for_another_hand(choice))
        return true;
    gate_evaluate(rotation, choice->now, GATE_SOAK_OVER, true, &soak);
    int64_t left = soak.opens_date - rotation_server_now(rotation, choice->now);
    if (soak.verdict != GATE_WAITS || left <= 0)
        return false;
    choose_wait(choice, left, "soak: %s", soak.evidence);
    choice->effect->gate = GATE_SOAK_OVER;
    choice->effect->long_wait = left > LOOK_FRESH;
    return true;
}

static bool next_delete(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    const struct key_state *old = &rotation->old_key;
    if (long_wait_before_session(choice, GATE_SOAK_OVER, old->inactive_date + rotation->plan.soak) ||
        ensure_identity(choice))
        return true;
    /* A delete whose answer was lost: asked for again, NoSuchEntity is its success. */
    if (old->delete_tried && rotation->listed && old->missing_since != 0)
        return choose_delete(choice, old);
    return soak_waits(choice) || ensure_proof(choice) || ensure_gates(choice) ||
           ensure_answer(choice, QUESTION_DELETE, old->id,
                         "delete %s for good? Type its last four characters", old->id) ||
           choose_delete(choice, old);
}

/* --- failures ---------------------------------------------------------------------------------- */

/* By AWS's clock. One that lies ahead was reckoned by a clock of ours that was set: it does not count, or a
 * refusal would be waited out until then. */
static bool just_now(int64_t server, int64_t when)
{
    return when != 0 && when <= server + CLOCK_TOLERANCE && server - when <= PROPAGATION_MAX;
}

/* AWS takes a while to know a key that was just made or switched (DESIGN 5). */
static bool may_be_propagation(const struct rotation *rotation, int64_t now)
{
    int64_t server = rotation_server_now(rotation, now);
    return just_now(server, rotation->new_key.created) ||
           just_now(server, rotation->old_key.inactive_date) ||
           (rotation->state == ROTATION_ROLLING_BACK && just_now(server, rotation->pending_date));
}

/* IAM may count a key for a while after we have deleted it. */
static bool room_may_come(const struct rotation *rotation, int64_t now)
{
    return rotation->failure.kind == EVENT_CREATE_REFUSED && rotation->deleted_date != 0 &&
           rotation_server_now(rotation, now) - rotation->deleted_date <= PROPAGATION_MAX;
}

static bool failure_passes(const struct rotation *rotation, int64_t now)
{
    enum error_code code = error_from_name(rotation->failure.error);
    bool look = rotation->failure.kind == EVENT_CHECK_FAILED;
    if (code == ERROR_KEY_REFUSED)
        return may_be_propagation(rotation, now);
    if (strcmp(rotation->failure.aws_code, "LimitExceeded") == 0)
        return room_may_come(rotation, now);
    bool soft = code == ERROR_THROTTLED || code == ERROR_NETWORK || code == ERROR_TIMEOUT ||
                code == ERROR_UNANSWERED || (code == ERROR_AWS && rotation->failure.http >= 500);
    bool nothing_done = code == ERROR_THROTTLED || code == ERROR_NETWORK;
    return soft && (look || nothing_done) && rotation->failures < SOFT_FAILURES_MAX &&
           rotation->acts_failed < SOFT_FAILURES_MAX &&
           rotation->looks_failed < LOOKS_FAILED_MAX;
}

/* The gate that cannot be checked because of the failure: a key that was to be probed is held nowhere
 * here, as after a hand-over to a target that cannot be read back. */
static enum gate_id gate_unchecked(const struct rotation *rotation)
{
    const struct event *failure = &rotation->failure;
    if (failure->kind != EVENT_CHECK_FAILED || rotation->new_key.id[0] == '\0' ||
        error_from_name(failure->error) != ERROR_NO_CREDENTIALS)
        return GATE_COUNT;
    char remedy[TEXT_SIZE];
    /* The new key signs, too: with the gate overridden it still could not. */
    if (rotation_remedy(rotation, remedy))
        return GATE_COUNT;
    bool tests = rotation->state == ROTATION_DEACTIVATED;
    if (strcmp(failure->key, rotation->new_key.id) == 0)
        return tests && rotation->overrides[GATE_NEW_KEY_PROVEN].given ? GATE_TESTS_PASSED
                                                                       : GATE_NEW_KEY_PROVEN;
    return tests && strcmp(failure->key, rotation->old_key.id) == 0 ? GATE_TESTS_PASSED : GATE_COUNT;
}

/* What failed is waited out, asked about, or shown. */
static bool next_after_failure(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    const struct event *failure = &rotation->failure;
    if (!rotation->failed)
        return false;
    if (failure_passes(rotation, rotation->updated_at)) {
        int64_t row = rotation->failures > rotation->acts_failed ? rotation->failures
                                                                 : rotation->acts_failed;
        int64_t pause = row < 4 ? row * 2 : 10;
        if (error_from_name(failure->error) == ERROR_KEY_REFUSED)
            pause = 2;
        if (strcmp(failure->aws_code, "LimitExceeded") == 0)
            pause = 5;
        int64_t left = failure->at + pause - choice->now;
        return left > 0 && left <= pause && choose_wait(choice, left, "trying again: %.400s", failure->text);
    }
    if (next_after_mfa_failure(choice))
        return true;
    bool of_target = failure->kind == EVENT_DELIVER_FAILED || failure->kind == EVENT_TARGET_UNFIT;
    /* Nothing was shown, and somebody has to be there when it is. */
    if (of_target && target_is_shown(&rotation->plan.targets[failure->target]))
        return choose_blocked(choice, true, "%.500s", failure->text);
    if (failure->kind == EVENT_DELIVER_FAILED && !rotation->plan.targets[failure->target].readable) {
        choice->effect->target = failure->target;
        return choose_ask(choice, QUESTION_RECEIPT, rotation->new_key.id,
                          "target %lld failed: %.400s. Was the new key received all the same?",
                          (long long)failure->target + 1, failure->text);
    }
    choose_blocked(choice, false, "%.500s", failure->text);
    choice->effect->gate = gate_unchecked(rotation);
    return true;
}

/* --- all ---------------------------------------------------------------------------------------- */

static bool next_step(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    switch (rotation->state) {
    case ROTATION_OPENED:
    case ROTATION_CREATING:
        return next_create(choice);
    case ROTATION_CREATED:
    case ROTATION_DELIVERING:
        return next_deliver(choice);
    case ROTATION_PROVING:
        return ensure_proof(choice);
    case ROTATION_PROVEN:
        return next_deactivate(choice);
    case ROTATION_DEACTIVATED:
        return next_test(choice);
    case ROTATION_TESTED:
        return next_delete(choice);
    case ROTATION_DELETING:
        return rotation->old_key.gone ? next_clean_up(choice) : next_delete(choice);
    case ROTATION_ROLLING_BACK:
        return next_rollback(choice);
    case ROTATION_DONE:
    case ROTATION_ROLLED_BACK:
    case ROTATION_ABANDONED:
    case ROTATION_STATE_COUNT:
        return false;
    }
    return false;
}

/* What holds of every act, whoever chose it. */
static void restrain(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    const struct effect *effect = choice->effect;
    bool removes = effect->kind == EFFECT_DELETE ||
                   (effect->kind == EFFECT_SWITCH && effect->status == KEY_STATUS_INACTIVE);
    bool acts = removes || effect->kind == EFFECT_SWITCH || effect->kind == EFFECT_CREATE;
    char key[KEY_ID_SIZE];
    memcpy(key, effect->key, sizeof key);
    bool own_end = strcmp(key, effect->signer) == 0 ||
                   (!rotation->plan.self && strcmp(key, rotation->identity_source) == 0);
    if (removes && own_end)
        choose_blocked(choice, true, "%s would sign its own removal; another identity must sign (--as)",
                       key);
    else if (acts && rotation->acts_unanswered >= UNANSWERED_MAX)
        choose_blocked(choice, false, "asked %lld times, never answered: %.400s",
                       (long long)rotation->acts_unanswered, rotation->failure.text);
}

static void choose_next(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    if (next_after_failure(choice) || next_reconcile(choice))
        return;
    /* A key that the operator picked is removed only once the targets were tried: see next_create. */
    bool removing = rotation->state == ROTATION_CREATING && next_remove_other(choice);
    if (removing || next_step(choice))
        return;
    choose_blocked(choice, false, "there is nothing that can be done in state '%s'",
                   rotation_state_name(rotation->state));
}

void rotation_next(const struct rotation *rotation, int64_t now, struct effect *ret_effect)
{
    memset(ret_effect, 0, sizeof *ret_effect);
    ret_effect->gate = GATE_COUNT;
    struct choice choice = {.rotation = rotation, .now = now, .effect = ret_effect};
    if (rotation_closed(rotation) || rotation->last_seq == 0)
        return;
    choose_next(&choice);
    restrain(&choice);
}
