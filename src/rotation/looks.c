/* What must be known before anything else: who signs, and which keys there are. */
#include "rotation/choose.h"

#include <string.h>

static bool identity_unfit(struct choice *choice, const char *why)
{
    choose_blocked(choice, false, "%s", why);
    choice->effect->gate = GATE_IDENTITY;
    return true;
}

/* A plan that its own key would sign, though it is compromised: not even who it is gets asked. The opening
 * refuses such a plan. */
static bool signer_refused_by_plan(struct choice *choice)
{
    const struct plan *plan = &choice->rotation->plan;
    char why[TEXT_SIZE];
    return !plan_signer_fits(plan, plan->signer_key, plan->signer_arn, plan->signer_key, why) &&
           identity_unfit(choice, why);
}

bool ensure_identity(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    struct gate gate;
    if (signer_refused_by_plan(choice) || session_missing(choice))
        return true;
    choose_for_key(choice, EFFECT_IDENTIFY, rotation->old_key.id);
    bool other_signer = rotation->plan.self && !choice->effect->session &&
                        strcmp(rotation->identity_signer, choice->effect->signer) != 0;
    if (!rotation->identity_seen || other_signer)
        return true;
    gate_evaluate(rotation, choice->now, GATE_IDENTITY, false, &gate);
    if (gate.verdict == GATE_PASSES)
        return choose_nothing(choice);
    gate_evaluate(rotation, choice->now, GATE_IDENTITY, true, &gate);
    return identity_unfit(choice, gate.evidence);
}

bool ensure_list(struct choice *choice)
{
    return !rotation_list_fresh(choice->rotation, choice->now) && choose(choice, EFFECT_LIST_KEYS);
}

bool ensure_last_used(struct choice *choice, const struct key_state *key)
{
    return !key->used_read && choose_for_key(choice, EFFECT_READ_LAST_USED, key->id);
}
