/* Rollback: until delete, the old key returns to its first status, the old pair to wherever the new
 * one stands, and the new key is switched off and removed (DESIGN 4.8). */
#include "rotation/choose.h"

#include <string.h>

enum {
    UNDO_PAUSE = 1, /* seconds between probes of the old key */
    LOOK_PAUSE = 2  /* and between lists */
};

/* A list that does not show yet what it should is read again, after a pause. */
static bool look_again(struct choice *choice, const char *key, const char *what)
{
    const struct rotation *rotation = choice->rotation;
    int64_t age = choice->now - rotation->list_at;
    if (rotation->listed && age >= 0 && age < LOOK_PAUSE)
        return choose_wait(choice, LOOK_PAUSE - age, "%s is not %s", key, what);
    return choose(choice, EFFECT_LIST_KEYS);
}

/* A switch-off or a delete that was not answered may arrive after the switch-on, and undo it or take a key
 * that is in use: its time must be over. */
static bool switch_on(struct choice *choice, const struct key_state *key)
{
    const struct rotation *rotation = choice->rotation;
    int64_t left = rotation->in_flight - rotation_server_now(rotation, choice->now);
    if (rotation->in_flight != 0 && left > 0)
        return choose_wait(choice, left, "a change of %s was not answered and may still take place",
                           key->id);
    return choose_switch(choice, key, KEY_STATUS_ACTIVE);
}

/* A key that the operator had picked for retirement gets its status back; an orphan or a lost key of
 * ours is removed as always. */
static bool undo_other(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    const struct key_state *other = &rotation->other;
    if (other->id[0] == '\0')
        return false;
    if (rotation->other_kind != OTHER_RETIRE)
        return next_remove_other(choice);
    bool off = other->maybe_off && other->first_status == KEY_STATUS_ACTIVE;
    if (!off && !other->delete_tried)
        return false;
    if (ensure_identity(choice) || ensure_list(choice))
        return true;
    if (other->delete_tried && other->missing_since != 0)
        return choose_delete(choice, other);
    return off && (other_sought_in_lists(choice) || switch_on(choice, other));
}

/* Lists are read until the old key is in them, Active; one that is not for longer than a change takes
 * was switched off or removed by somebody else. What is neither missing nor Inactive (Expired, say) is
 * no change of ours that a list lags behind. */
static bool old_key_active(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    const struct key_state *old = &rotation->old_key;
    bool active = old->status == KEY_STATUS_ACTIVE && old->missing_since == 0;
    if (active || old->first_status != KEY_STATUS_ACTIVE)
        return false;
    int64_t since = old->missing_since != 0 ? old->missing_since : old->inactive_date;
    if (since == 0 || rotation->server_date - since > PROPAGATION_MAX)
        return choose_blocked(choice, true, "%s is not Active: the new key stays", old->id);
    return look_again(choice, old->id, "yet shown as Active");
}

/* Switched on again, the old key must work as a new one must: unbroken for the settle time. */
static bool undo_old_key(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    const struct key_state *old = &rotation->old_key;
    if (old->gone)
        return choose_blocked(choice, true, "%s was deleted: there is nothing to go back to", old->id);
    /* Nothing of it was touched: nothing has to be asked, not even who we are. */
    bool made = rotation->new_key.id[0] != '\0' && !rotation->new_key.gone;
    if (!old->maybe_off && !made)
        return false;
    if (ensure_identity(choice))
        return true;
    if (old->maybe_off && old->first_status == KEY_STATUS_ACTIVE)
        return switch_on(choice, old);
    if (!made || old->first_status != KEY_STATUS_ACTIVE)
        return false;
    /* A probe may still be answered by what was before the switch-off: the list is asked too. */
    if (ensure_list(choice) || old_key_active(choice))
        return true;
    if (!rotation->plan.pair_held || rotation_key_settled(rotation, old))
        return false;
    if (old->probed_at != 0 && choice->now >= old->probed_at &&
        choice->now - old->probed_at < UNDO_PAUSE)
        return choose_wait(choice, UNDO_PAUSE, "the old key is being proven again");
    int64_t age = rotation_server_now(rotation, choice->now) - old->probe_began;
    if (old->probe_began != 0 && age > PROPAGATION_MAX + rotation->plan.settle)
        return choose_blocked(choice, true, "%s does not work after %lld s: the new key stays", old->id,
                              (long long)age);
    choice->effect->count = rotation->plan.settle == 0 ? 3 : 1;
    return choose_for_key(choice, EFFECT_PROBE_KEY, old->id);
}

static bool undo_targets(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    for (size_t i = 0; i < rotation->plan.target_count; i++) {
        const struct target_state *target = &rotation->targets[i];
        if (target_is_shown(&rotation->plan.targets[i]))
            continue;
        if (!target->intended || target->restored)
            continue;
        choose_for_target(choice, EFFECT_RESTORE, i);
        return choose_for_key(choice, EFFECT_RESTORE, rotation->old_key.id);
    }
    return false;
}

/* The new key is in no list: not visible yet, until lists have agreed for the consistency time. */
static bool new_key_visible(struct choice *choice, bool *ret_gone)
{
    const struct rotation *rotation = choice->rotation;
    const struct key_state *key = &rotation->new_key;
    *ret_gone = key->missing_since != 0 &&
                key->missing_last - key->missing_since >= rotation->plan.consistency &&
                rotation->list_date - key->created > PROPAGATION_MAX;
    if (key->missing_since == 0 || *ret_gone)
        return false;
    return look_again(choice, key->id, "in the list of keys");
}

/* The old key must be seen Active before the new one is switched off. */
static bool undo_new_key(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    const struct key_state *key = &rotation->new_key;
    if (key->id[0] == '\0' || key->gone || rotation->adopted)
        return false;
    if (ensure_list(choice))
        return true;
    if (key->delete_tried && key->missing_since != 0)
        return choose_delete(choice, key);
    bool gone = false;
    if (old_key_active(choice) || new_key_visible(choice, &gone))
        return true;
    if (gone)
        return false;
    if (ensure_inactive(choice, key) || ensure_last_used(choice, key))
        return true;
    bool used_since = key->used_at > key->inactive_date + CLOCK_TOLERANCE;
    return !used_since && choose_delete(choice, key);
}

bool next_clean_up(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    for (size_t i = 0; i < rotation->plan.target_count; i++)
        if (rotation->plan.targets[i].readable && rotation->targets[i].intended &&
            !rotation->targets[i].backup_settled)
            return choose_for_target(choice, EFFECT_REMOVE_BACKUP, i);
    return choose(choice, EFFECT_CLOSE);
}

bool next_rollback(struct choice *choice)
{
    /* A compromised key went off before another one was removed: the other way round it comes back first. */
    return undo_old_key(choice) || undo_other(choice) || undo_targets(choice) ||
           undo_new_key(choice) || next_clean_up(choice);
}
