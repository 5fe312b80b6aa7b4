#include "rotation/choose.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/when.h"

enum {
    ANSWER_FRESH = 600, /* seconds that a yes counts */
    LIST_PAUSE = 2      /* seconds between lists that wait for something */
};

/* --- who signs (DESIGN 5) ---------------------------------------------------------------------- */

static bool new_key_signs(const struct rotation *rotation)
{
    switch (rotation->state) {
    case ROTATION_PROVEN:
        return !rotation_old_key_steps_in(rotation);
    case ROTATION_DEACTIVATED:
    case ROTATION_TESTED:
    case ROTATION_DELETING:
        return true;
    case ROTATION_ROLLING_BACK:
        /* Until the old key is on again only the new one can switch it. */
        return rotation->old_key.maybe_off && !rotation_old_key_steps_in(rotation);
    case ROTATION_OPENED:
    case ROTATION_CREATING:
    case ROTATION_CREATED:
    case ROTATION_DELIVERING:
    case ROTATION_PROVING:
    case ROTATION_DONE:
    case ROTATION_ROLLED_BACK:
    case ROTATION_ABANDONED:
    case ROTATION_STATE_COUNT:
        return false;
    }
    return false;
}

static void sign(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    struct effect *effect = choice->effect;
    if (!rotation->plan.self) {
        effect->role = SIGNER_ADMIN;
        memcpy(effect->signer, rotation->plan.signer_key, sizeof effect->signer);
    } else if (new_key_signs(rotation)) {
        effect->role = SIGNER_NEW;
        memcpy(effect->signer, rotation->new_key.id, sizeof effect->signer);
    } else {
        effect->role = SIGNER_OLD;
        memcpy(effect->signer, rotation->old_key.id, sizeof effect->signer);
    }
    effect->session = rotation->plan.mfa_serial[0] != '\0';
}

/* --- effects ----------------------------------------------------------------------------------- */

bool choose(struct choice *choice, enum effect_kind kind)
{
    choice->effect->kind = kind;
    choice->effect->step = rotation_state_step(choice->rotation->state);
    choice->effect->gate = GATE_COUNT;
    sign(choice);
    return true;
}

bool choose_for_key(struct choice *choice, enum effect_kind kind, const char *key)
{
    memset(choice->effect->key, 0, sizeof choice->effect->key);
    memcpy(choice->effect->key, key, strnlen(key, KEY_ID_SIZE - 1));
    return choose(choice, kind);
}

bool choose_for_target(struct choice *choice, enum effect_kind kind, size_t target)
{
    choice->effect->target = (int64_t)target;
    /* With no settle time, three probes at once. */
    choice->effect->count = choice->rotation->plan.settle == 0 ? 3 : 1;
    return choose_for_key(choice, kind, choice->rotation->new_key.id);
}

bool choose_switch(struct choice *choice, const struct key_state *key, enum key_status status)
{
    choice->effect->status = status;
    return choose_for_key(choice, EFFECT_SWITCH, key->id);
}

bool choose_delete(struct choice *choice, const struct key_state *key)
{
    return choose_for_key(choice, EFFECT_DELETE, key->id);
}

#define SAY(choice, format)                                                                        \
    do {                                                                                           \
        va_list args;                                                                              \
        va_start(args, format);                                                                    \
        vsnprintf((choice)->effect->text, sizeof(choice)->effect->text, format, args);             \
        va_end(args);                                                                              \
    } while (0)

bool choose_wait(struct choice *choice, int64_t seconds, const char *format, ...)
{
    SAY(choice, format);
    choice->effect->until = choice->now + (seconds > 0 ? seconds : 1);
    return choose(choice, EFFECT_WAIT);
}

bool choose_ask(struct choice *choice, enum question question, const char *key, const char *format, ...)
{
    SAY(choice, format);
    choice->effect->question = question;
    return choose_for_key(choice, EFFECT_ASK, key);
}

bool choose_blocked(struct choice *choice, bool needs_operator, const char *format, ...)
{
    SAY(choice, format);
    choice->effect->needs_operator = needs_operator;
    return choose(choice, EFFECT_BLOCKED);
}

bool choose_nothing(struct choice *choice)
{
    memset(choice->effect, 0, sizeof *choice->effect);
    return false;
}

/* --- what must be known ------------------------------------------------------------------------ */

bool session_missing(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    choose(choice, EFFECT_TAKE_SESSION);
    bool held = rotation->session_held && strcmp(rotation->session_key, choice->effect->signer) == 0;
    bool ending = held && session_ending(choice);
    if (!choice->effect->session || (held && !ending))
        return choose_nothing(choice);
    memcpy(choice->effect->key, choice->effect->signer, sizeof choice->effect->key);
    if (rotation->answered == QUESTION_MFA)
        return true;
    return choose_code(choice, ending ? "the MFA session ends soon: an MFA code of %.200s"
                                      : "an MFA code of %.200s", rotation->plan.mfa_serial);
}

bool ensure_identity(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    if (session_missing(choice))
        return true;
    choose_for_key(choice, EFFECT_IDENTIFY, rotation->old_key.id);
    bool other_signer = rotation->plan.self && !choice->effect->session &&
                        strcmp(rotation->identity_signer, choice->effect->signer) != 0;
    if (!rotation->identity_seen || other_signer)
        return true;
    struct gate gate;
    gate_evaluate(rotation, choice->now, GATE_IDENTITY, false, &gate);
    if (gate.verdict == GATE_PASSES)
        return choose_nothing(choice);
    gate_evaluate(rotation, choice->now, GATE_IDENTITY, true, &gate);
    choose_blocked(choice, false, "%s", gate.evidence);
    choice->effect->gate = GATE_IDENTITY;
    return true;
}

bool ensure_list(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    int64_t age = choice->now - rotation->list_at;
    if (rotation->listed && age >= 0 && age <= LOOK_FRESH)
        return false;
    return choose(choice, EFFECT_LIST_KEYS);
}

bool ensure_last_used(struct choice *choice, const struct key_state *key)
{
    return !key->used_read && choose_for_key(choice, EFFECT_READ_LAST_USED, key->id);
}

bool ensure_inactive(struct choice *choice, const struct key_state *key)
{
    const struct rotation *rotation = choice->rotation;
    if (!key->deactivated_by_us)
        return choose_switch(choice, key, KEY_STATUS_INACTIVE);
    if (ensure_list(choice))
        return true;
    if (key->status == KEY_STATUS_INACTIVE)
        return false;
    /* Lists lag behind a switch; one that still says Active much later means another hand. */
    if (stop_for_another_hand(choice))
        return true;
    if (choice->now - rotation->list_at < LIST_PAUSE)
        return choose_wait(choice, LIST_PAUSE, "%s is not yet shown as Inactive", key->id);
    return choose(choice, EFFECT_LIST_KEYS);
}

/* The next probe of a row is due at `last` (our clock) plus the pause. */
static bool pause_over(const struct choice *choice, int64_t last)
{
    return choice->now >= last + PROBE_PAUSE || choice->now < last;
}

static bool proof_of_target(struct choice *choice, size_t i)
{
    const struct rotation *rotation = choice->rotation;
    const struct target_state *target = &rotation->targets[i];
    bool settled = target->checked && target->works_since != 0 &&
                   (rotation->plan.settle > 0
                        ? target->works_last - target->works_since >= rotation->plan.settle
                        : target->works_count >= 3);
    /* By both clocks: one of ours that was set back must not keep a proof fresh. */
    bool fresh = choice->now >= target->checked_at && choice->now - target->checked_at <= PROOF_FRESH / 2 &&
                 rotation->server_date - target->works_last <= PROOF_FRESH / 2;
    if (settled && fresh)
        return false;
    if (!target->checked || pause_over(choice, target->checked_at))
        return choose_for_target(choice, EFFECT_CHECK_TARGET, i);
    return choose_wait(choice, PROBE_PAUSE, "the new key is being probed in target %zu of %zu", i + 1,
                       rotation->plan.target_count);
}

static bool missing_for_long(const struct rotation *rotation);
static bool look_paced(struct choice *choice, const struct gate *gate);

/* The list is all that can be read of a key that was delivered and not read back. */
static bool proof_by_delivery(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    struct gate gate;
    if (ensure_identity(choice) || ensure_list(choice) || stop_for_another_hand(choice))
        return true;
    gate_evaluate(rotation, choice->now, GATE_NEW_KEY_PROVEN, true, &gate);
    if (gate.verdict == GATE_PASSES)
        return false;
    if (!missing_for_long(rotation))
        return look_paced(choice, &gate);
    choose_blocked(choice, false, "%s", gate.evidence);
    choice->effect->gate = GATE_NEW_KEY_PROVEN;
    return true;
}

static bool proof_of_key(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    const struct key_state *key = &rotation->new_key;
    if (rotation_proof_delivered(rotation))
        return proof_by_delivery(choice);
    bool fresh = choice->now >= key->probed_at && choice->now - key->probed_at <= PROOF_FRESH / 2 &&
                 rotation->server_date - key->works_last <= PROOF_FRESH / 2;
    if (rotation_proof_settled(rotation) && fresh)
        return false;
    if (!pause_over(choice, key->probed_at))
        return choose_wait(choice, PROBE_PAUSE, "the new key is being probed");
    choice->effect->count = rotation->plan.settle == 0 ? 3 : 1;
    return choose_for_key(choice, EFFECT_PROBE_KEY, key->id);
}

/* A key that has failed unbroken for longer than AWS takes to know a new one will not begin to work. */
static bool proof_hopeless(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    int64_t since = rotation->new_key.fails_since;
    for (size_t i = 0; i < rotation->plan.target_count; i++) {
        int64_t fails = rotation->targets[i].fails_since;
        if (fails != 0 && (since == 0 || fails < since))
            since = fails;
    }
    int64_t age = rotation_server_now(rotation, choice->now) - since;
    if (since == 0 || age <= PROPAGATION_MAX + rotation->plan.settle)
        return false;
    if (stop_for_dead_new_key(choice, age))
        return true;
    choose_blocked(choice, false, "the new key %s has not worked for %lld s", rotation->new_key.id,
                   (long long)age);
    choice->effect->gate = GATE_NEW_KEY_PROVEN;
    return true;
}

/* A target that was seen with something else than the new key proves nothing, however often it is
 * probed. */
static bool target_turned(struct choice *choice, size_t i)
{
    const struct rotation *rotation = choice->rotation;
    const struct target_state *target = &rotation->targets[i];
    if (!target->checked || target->unreadable || strcmp(target->found, rotation->new_key.id) == 0)
        return false;
    choose_blocked(choice, false, "target %zu holds %s, not the new key", i + 1,
                   target->found[0] != '\0' ? target->found : "neither key");
    choice->effect->gate = rotation->overrides[GATE_TARGETS_CURRENT].given ? GATE_NEW_KEY_PROVEN
                                                                           : GATE_TARGETS_CURRENT;
    return true;
}

/* No proof is asked for; what the targets hold is still to be known, as another gate asks for it. */
static bool targets_read_back(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    if (rotation->overrides[GATE_TARGETS_CURRENT].given)
        return false;
    for (size_t i = 0; i < rotation->plan.target_count; i++) {
        const struct target_state *target = &rotation->targets[i];
        int64_t age = choice->now - target->checked_at;
        bool fresh = target->checked && age >= 0 && age <= PROOF_FRESH / 2 &&
                     rotation->server_date - target->checked_date <= PROOF_FRESH / 2;
        if (rotation->plan.targets[i].readable && !fresh)
            return choose_for_target(choice, EFFECT_CHECK_TARGET, i);
    }
    return false;
}

/* A target only waits for its next probe; the check of one after it that is due now is chosen instead. */
static void check_due_target(struct choice *choice, size_t first)
{
    const struct rotation *rotation = choice->rotation;
    struct effect wait = *choice->effect;
    for (size_t i = first; i < rotation->plan.target_count; i++) {
        choose_nothing(choice);
        if (rotation->plan.targets[i].readable && proof_of_target(choice, i) &&
            choice->effect->kind == EFFECT_CHECK_TARGET)
            return;
    }
    *choice->effect = wait;
}

bool ensure_proof(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    if (rotation->overrides[GATE_NEW_KEY_PROVEN].given)
        return targets_read_back(choice);
    bool any_readable = false;
    for (size_t i = 0; i < rotation->plan.target_count; i++) {
        if (!rotation->plan.targets[i].readable)
            continue;
        any_readable = true;
        if (!proof_of_target(choice, i))
            continue;
        bool stops = target_turned(choice, i) || proof_hopeless(choice);
        if (!stops && choice->effect->kind == EFFECT_WAIT)
            check_due_target(choice, i + 1);
        return true;
    }
    return !any_readable && proof_of_key(choice) && (proof_hopeless(choice) || true);
}

static bool look_again(struct choice *choice, const struct gate *gate)
{
    const struct rotation *rotation = choice->rotation;
    switch (gate->id) {
    case GATE_OLD_KEY_QUIET:
        return choose_for_key(choice, EFFECT_READ_LAST_USED, rotation_subject(rotation)->id);
    case GATE_NOT_LAST_KEY:
    case GATE_SOAK_OVER:
    case GATE_STILL_INACTIVE:
        return choose(choice, EFFECT_LIST_KEYS);
    case GATE_NEW_KEY_PROVEN:
        return rotation_proof_delivered(rotation) && choose(choice, EFFECT_LIST_KEYS);
    case GATE_IDENTITY:
    case GATE_TARGETS_CURRENT:
    case GATE_TESTS_PASSED:
    case GATE_COUNT:
        return false;
    }
    return false;
}

/* A gate that waits: until AWS's clock, as well as we know it, says that it is time to look. */
static bool wait_for_gate(struct choice *choice, const struct gate *gate)
{
    const struct rotation *rotation = choice->rotation;
    char when_text[WHEN_TEXT_SIZE];
    int64_t left = gate->opens_date - rotation_server_now(rotation, choice->now);
    if (left <= 0 || gate->id == GATE_STILL_INACTIVE) {
        if (choice->now >= rotation->list_at && choice->now - rotation->list_at < LIST_PAUSE)
            return choose_wait(choice, LIST_PAUSE, "%s", gate->evidence);
        return gate->id == GATE_OLD_KEY_QUIET
                   ? choose_for_key(choice, EFFECT_READ_LAST_USED, rotation_subject(rotation)->id)
                   : choose(choice, EFFECT_LIST_KEYS);
    }
    choose_wait(choice, left, "%s until %s: %s", gate_name(gate->id),
                when_format(gate->opens_date, when_text), gate_says(gate->id));
    choice->effect->gate = gate->id;
    choice->effect->long_wait = left > LOOK_FRESH;
    return true;
}

/* The key that a list should show and does not: believed missing only when lists have agreed for the
 * consistency time (DESIGN 3). */
static bool missing_for_long(const struct rotation *rotation)
{
    const struct key_state *key = rotation_subject(rotation);
    const struct key_state *stays = rotation_remaining(rotation);
    int64_t span = rotation->plan.consistency;
    return (key->missing_since != 0 && key->missing_last - key->missing_since >= span) ||
           (stays->missing_since != 0 && stays->missing_last - stays->missing_since >= span);
}

/* Is another look worth it? A fact that fails is read again when it was read long ago; one that
 * could not be checked, until lists have agreed for long enough. */
static bool look_worth(const struct choice *choice, const struct gate *gate)
{
    const struct rotation *rotation = choice->rotation;
    bool of_list = gate->id != GATE_OLD_KEY_QUIET;
    if (gate->verdict == GATE_UNCHECKED)
        return !of_list || !rotation->listed || !missing_for_long(rotation);
    int64_t age = choice->now - (of_list ? rotation->list_at : rotation_subject(rotation)->used_read_at);
    return age < 0 || age > LOOK_FRESH;
}

static bool look_paced(struct choice *choice, const struct gate *gate)
{
    const struct rotation *rotation = choice->rotation;
    int64_t age = choice->now - rotation->list_at;
    if (gate->id != GATE_OLD_KEY_QUIET && rotation->listed && age >= 0 && age < LIST_PAUSE)
        return choose_wait(choice, LIST_PAUSE - age, "%s", gate->evidence);
    return look_again(choice, gate);
}

bool ensure_gates(struct choice *choice)
{
    enum gate_id ids[GATE_COUNT];
    struct gate gate;
    size_t count = gates_for_state(choice->rotation, ids);
    for (size_t i = 0; i < count; i++) {
        gate_evaluate(choice->rotation, choice->now, ids[i], false, &gate);
        bool good = gate.verdict == GATE_PASSES || gate.verdict == GATE_WAIVED ||
                    gate.verdict == GATE_OVERRULED;
        if (good)
            continue;
        gate_evaluate(choice->rotation, choice->now, ids[i], true, &gate);
        if (gate.verdict == GATE_WAITS)
            return wait_for_gate(choice, &gate);
        if (gate.stale && look_worth(choice, &gate) && look_paced(choice, &gate))
            return true;
        if (stop_for_another_hand(choice))
            return true;
        /* Another hand is at work (DESIGN 3): not a condition that will come to hold by itself. */
        bool other_hand = gate.id == GATE_STILL_INACTIVE && gate.verdict == GATE_FAILS;
        choose_blocked(choice, other_hand, "%s: %s", gate_name(gate.id), gate.evidence);
        choice->effect->gate = gate.id;
        return true;
    }
    /* The list is the last look before the act, so that its Date is of this moment. */
    return ensure_list(choice);
}

bool ensure_answer(struct choice *choice, enum question question, const char *key, const char *format, ...)
{
    const struct rotation *rotation = choice->rotation;
    int64_t age = choice->now - rotation->answered_at;
    if (rotation->answered == question && age >= 0 && age <= ANSWER_FRESH)
        return false;
    SAY(choice, format);
    choice->effect->question = question;
    return choose_for_key(choice, EFFECT_ASK, key);
}
