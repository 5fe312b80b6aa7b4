/* Step 1, create-new: the new key is made, or adopted, and handed over. */
#include "rotation/choose.h"

#include <string.h>

enum { DELIVERIES_MAX = 3 /* hand-overs of one target in one run */ };

static bool targets_tried(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    for (size_t i = 0; i < rotation->plan.target_count; i++)
        if (!rotation->targets[i].tried)
            return choose_for_target(choice, EFFECT_TRY_TARGET, i);
    return false;
}

/* The user has a second key, and nobody has said yet what is to become of it: nothing is removed by
 * itself. What is decided here decides what the operator is then asked to confirm. */
static bool second_key_undecided(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    const struct key_state *second = &rotation->second;
    if (second->id[0] == '\0' || rotation->other.id[0] != '\0' ||
        strcmp(rotation->plan.adopt_key, second->id) == 0)
        return false;
    if (ensure_last_used(choice, &rotation->old_key) || ensure_last_used(choice, second))
        return true;
    return choose_ask(choice, QUESTION_TWO_KEYS, second->id,
                      "%s has two keys: adopt %s as the new key, or retire it first?",
                      rotation->plan.user, second->id);
}

static bool ensure_create_confirmed(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    const struct plan *plan = &rotation->plan;
    if (rotation->create_confirmed)
        return false;
    if (plan->adopt_key[0] != '\0')
        return choose_ask(
            choice, QUESTION_CREATE, rotation->old_key.id,
            "take %s as the new key of %s in account %s and hand it over to %zu target(s)?",
            plan->adopt_key, plan->user, plan->account, plan->target_count);
    return choose_ask(choice, QUESTION_CREATE, rotation->old_key.id,
                      "make a new key for %s in account %s and hand it over to %zu target(s)?",
                      plan->user, plan->account, plan->target_count);
}

static bool second_key_adopted(struct choice *choice)
{
    const struct key_state *second = &choice->rotation->second;
    if (second->id[0] == '\0')
        return false;
    if (second->works_since != 0)
        return choose_for_key(choice, EFFECT_ADOPT, second->id);
    if (second->refused_count > 0)
        return choose_blocked(choice, false, "%s cannot be adopted: AWS refuses it", second->id);
    choice->effect->count = 1;
    return choose_for_key(choice, EFFECT_PROBE_KEY, second->id);
}

static bool old_key_listed(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    if (rotation->plan.adopt_key[0] != '\0' && rotation->second.id[0] != '\0' &&
        strcmp(rotation->plan.adopt_key, rotation->second.id) != 0)
        return choose_blocked(choice, false, "%s is not a key of %s", rotation->plan.adopt_key,
                              rotation->plan.user);
    if (rotation->old_key.missing_since == 0)
        return false;
    return choose_blocked(choice, false, "%s is not among the keys of %s", rotation->old_key.id,
                          rotation->plan.user);
}

/* Which keys the user has, and what is to become of each of them. */
static bool keys_undecided(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    const struct plan *plan = &rotation->plan;
    if (ensure_list(choice) || old_key_listed(choice))
        return true;
    if (plan->adopt_key[0] != '\0' && rotation->second.id[0] == '\0')
        return choose_blocked(choice, false, "%s is not a key of %s", plan->adopt_key, plan->user);
    return second_key_undecided(choice);
}

/* A key in wrong hands is switched off before anything else is done, a target that is not fit or a gate of
 * another key included. One that a list shows as Inactive is switched, too: a list may lag, and only what
 * was switched here counts for the delete (DESIGN 4.3). */
static bool compromised_key_on(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    const struct key_state *old = &rotation->old_key;
    if (!rotation->plan.compromised)
        return false;
    if (keys_undecided(choice))
        return true;
    if (old->deactivated_by_us)
        return ensure_inactive(choice, old);
    return ensure_answer(choice, QUESTION_DEACTIVATE, old->id,
                         "switch off %s of %s in account %s now%s, before there is a new key? %s", old->id,
                         rotation->plan.user, rotation->plan.account,
                         old->status == KEY_STATUS_INACTIVE ? " (a list shows it Inactive)" : "",
                         "Whatever uses it stops at once, whoever holds it") ||
           choose_switch(choice, old, KEY_STATUS_INACTIVE);
}

bool next_create(struct choice *choice)
{
    return ensure_identity(choice) || compromised_key_on(choice) || targets_tried(choice) ||
           keys_undecided(choice) || ensure_create_confirmed(choice) || next_remove_other(choice) ||
           second_key_adopted(choice) || choose_for_key(choice, EFFECT_CREATE, "");
}

/* The pair is with the keeper of this run, or in a target that was read back. */
static bool pair_available(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    if (rotation->secret_held || rotation->adopted)
        return true;
    for (size_t i = 0; i < rotation->plan.target_count; i++)
        if (rotation->targets[i].checked &&
            strcmp(rotation->targets[i].found, rotation->new_key.id) == 0)
            return true;
    return false;
}

/* Of what was shown nobody else can tell. */
static bool ask_receipt(struct choice *choice, size_t target)
{
    const struct rotation *rotation = choice->rotation;
    choice->effect->target = (int64_t)target;
    return choose_ask(choice, QUESTION_RECEIPT, rotation->new_key.id,
                      "%s was shown. Was it received, and is it kept where it is used? It is not shown "
                      "again once this is answered", rotation->new_key.id);
}

bool next_deliver(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    for (size_t i = 0; i < rotation->plan.target_count; i++)
        if (!rotation->secret_held && rotation->targets[i].intended && !rotation->targets[i].checked)
            return choose_for_target(choice, EFFECT_CHECK_TARGET, i);
    if (!pair_available(choice))
        return choose_for_key(choice, EFFECT_DECLARE_LOST, rotation->new_key.id);
    for (size_t i = 0; i < rotation->plan.target_count; i++) {
        const struct target_state *target = &rotation->targets[i];
        if (target->delivered)
            continue;
        if (target->shown)
            return ask_receipt(choice, i);
        if (target->deliveries >= DELIVERIES_MAX)
            return choose_blocked(choice, false, "target %zu holds %s again after %d hand-overs", i + 1,
                                  target->found[0] != '\0' ? target->found : "neither key",
                                  DELIVERIES_MAX);
        return choose_for_target(choice, EFFECT_DELIVER, i);
    }
    return false;
}
