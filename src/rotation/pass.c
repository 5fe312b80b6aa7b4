/* All gates of a state pass before its act: wait, look again, or stop. Which gates there are and what each
 * says is in gate.c. */
#include "rotation/choose.h"

#include "base/when.h"

enum { LIST_PAUSE = 2 }; /* seconds between lists that wait for something */

bool missing_for_long(const struct rotation *rotation)
{
    const struct key_state *key = rotation_subject(rotation);
    const struct key_state *stays = rotation_remaining(rotation);
    int64_t span = rotation->plan.consistency;
    return (key->missing_since != 0 && key->missing_last - key->missing_since >= span) ||
           (stays->missing_since != 0 && stays->missing_last - stays->missing_since >= span);
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

bool look_paced(struct choice *choice, const struct gate *gate)
{
    const struct rotation *rotation = choice->rotation;
    int64_t age = choice->now - rotation->list_at;
    if (gate->id != GATE_OLD_KEY_QUIET && rotation->listed && age >= 0 && age < LIST_PAUSE)
        return choose_wait(choice, LIST_PAUSE - age, "%s", gate->evidence);
    return look_again(choice, gate);
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
