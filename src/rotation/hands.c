/* Another hand switched a key: the rotation stops (DESIGN 3). What it was for only people know. */
#include "rotation/choose.h"

#include "base/when.h"

/* We switched it off, and a list that was made when every change shows says that it is on. */
static bool switched_on(const struct rotation *rotation, const struct key_state *key)
{
    return key->deactivated_by_us && !key->gone && key->missing_since == 0 &&
           key->status == KEY_STATUS_ACTIVE &&
           rotation->list_date - key->inactive_date >= PROPAGATION_MAX;
}

/* The key that is to stay was made Active, and we never meant to switch it off. */
static bool switched_off(const struct key_state *key)
{
    return key->id[0] != '\0' && !key->gone && key->missing_since == 0 &&
           key->status == KEY_STATUS_INACTIVE && !key->deactivated_by_us && !key->maybe_off;
}

static bool stop_at(struct choice *choice, enum gate_id gate)
{
    choice->effect->gate = gate;
    return true;
}

bool stop_for_another_hand(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    const struct key_state *const cut[] = {&rotation->old_key, &rotation->new_key, &rotation->other};
    char since[WHEN_TEXT_SIZE];
    if (!rotation->listed)
        return false;
    for (size_t i = 0; i < sizeof cut / sizeof cut[0]; i++) {
        if (!switched_on(rotation, cut[i]))
            continue;
        choose_blocked(choice, true,
                       "%s, which was switched off here at %s, is Active: somebody else switched it on. "
                       "Find out who needs it; then switch it off in IAM and resume%s",
                       cut[i]->id, when_format(cut[i]->inactive_date, since),
                       rotation->plan.compromised ? "" : ", or roll back");
        return stop_at(choice, GATE_STILL_INACTIVE);
    }
    if (!switched_off(&rotation->new_key))
        return false;
    choose_blocked(choice, true,
                   "%s, the new key, is Inactive: somebody else switched it off. Find out why; then switch "
                   "it on in IAM and resume, or roll back",
                   rotation->new_key.id);
    return stop_at(choice, GATE_NOT_LAST_KEY);
}

/* A refusal says more than no answer: AWS has no such key, or it is off. */
static bool refused_everywhere(const struct rotation *rotation)
{
    bool any_readable = false;
    for (size_t i = 0; i < rotation->plan.target_count; i++) {
        const struct target_state *target = &rotation->targets[i];
        any_readable = any_readable || rotation->plan.targets[i].readable;
        if (target->checked && target->fails_since != 0 && target->verdict != VERDICT_REFUSED)
            return false;
    }
    return any_readable || rotation->new_key.refused_count > 0;
}

bool stop_for_dead_new_key(struct choice *choice, int64_t seconds)
{
    const struct rotation *rotation = choice->rotation;
    bool worked = rotation->state != ROTATION_PROVING;
    /* Before the proof the old key signs, so that a list can be had. */
    if (!worked && (ensure_identity(choice) || ensure_list(choice)))
        return true;
    if (stop_for_another_hand(choice))
        return true;
    if (!worked || !refused_everywhere(rotation))
        return false;
    choose_blocked(choice, true,
                   "AWS has refused %s, the new key, for %lld s, and it worked before: somebody else "
                   "switched it off or deleted it. Switch it on in IAM and resume, or roll back",
                   rotation->new_key.id, (long long)seconds);
    return stop_at(choice, GATE_NEW_KEY_PROVEN);
}
