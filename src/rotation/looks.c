/* What must be known before anything else: who signs, and which keys there are. */
#include "rotation/choose.h"

#include <string.h>

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
