/* The new key works, as read back from each target that can be read (DESIGN 4, 2). */
#include "rotation/choose.h"

#include <string.h>

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
