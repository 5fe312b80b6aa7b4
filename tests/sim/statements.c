/* What must hold in truth: while the account changes, after every event, and at the end. */
#include <string.h>

#include "statements.h"

/* --- acts, by the truth ----------------------------------------------------------------------------------- */

/* Did another hand change it after it was last looked at? Nobody can see what happens then. */
static bool out_of_sight(const struct world *world, int key)
{
    return world->keys[key].doubtful || world->keys[key].touched_at != 0;
}

static bool meddled(const struct world *world, size_t i)
{
    return world->meddled_at[i] != 0 && world->meddled_at[i] + world->plan.timeout >= world->evidence.read_at[i];
}

/* 2: the old key goes off, or away, only when every target holds a new key that works. */
static void check_handed_over(struct world *world)
{
    for (size_t i = 0; i < world->target_count; i++) {
        int key = world->target_key[i];
        if (meddled(world, i) || (key != NONE && out_of_sight(world, key)))
            continue;
        bool current = key != OLD && key != NONE;
        if (!current && !world->told.overridden[GATE_TARGETS_CURRENT])
            world_broken(world, "2: the old key was cut while a target held it");
        if (current && !world_works(world, key) && !world->told.overridden[GATE_NEW_KEY_PROVEN])
            world_broken(world, "2: the old key was cut while a target did not have a working new key");
    }
}

void world_check_switch(struct world *world, int key, enum key_status status)
{
    if (status != KEY_STATUS_INACTIVE)
        return;
    bool arrived_late = world->late.at != 0;
    if (key == OLD && !arrived_late && !world->plan.compromised)
        check_handed_over(world);
    /* A lost key that a target may have which gives nothing back goes as an old key does: by the quiet
     * gate and the operator's yes (ARCHITECTURE.md, the core). */
    for (size_t i = 0; key != OLD && i < world->target_count; i++)
        if (world->target_key[i] == key && !meddled(world, i) && !world->keys[key].doubtful &&
            (world->plan.targets[i].readable || world->told.lost_at[key] == 0) &&
            !(world->rolled_back && world_shows(world, i)))
            world_broken(world, "1: a key was cut that stands in a target");
}

void world_check_delete(struct world *world, const struct effect *effect, int key)
{
    (void)effect;
    const struct world_key *k = &world->keys[key];
    if (k->status != KEY_STATUS_INACTIVE && !out_of_sight(world, key))
        world_broken(world, "3: an Active key was deleted");
    if (!k->switched_off && !out_of_sight(world, key) && !k->picked)
        world_broken(world, "3: a key was deleted that this rotation had not switched off");
    if (key == OLD && world->late.at == 0)
        check_handed_over(world);
    if (!k->ours && key != OLD && !k->picked && !k->doubtful)
        world_broken(world, "3: somebody else's key was deleted");
}

/* --- after every event -------------------------------------------------------------------------- */

/* A compromised key that we switched off counts as if it were on: that it was the last is what was asked for. */
static bool old_counts(const struct world *world)
{
    const struct world_key *old = &world->keys[OLD];
    return old->exists && (old->status == KEY_STATUS_ACTIVE || (world->plan.compromised && old->switched_off));
}

/* 1: some Active key whose pair stands somewhere that outlives us. */
static bool usable(const struct world *world)
{
    for (size_t i = 0; i < world->target_count; i++) {
        int key = world->target_key[i];
        if (world->meddled_at[i] != 0)
            return true;
        if (key != NONE && world->keys[key].exists && world->keys[key].status == KEY_STATUS_ACTIVE)
            return true;
        /* What a target that cannot be read back holds, only its owner knows: the old key it had. */
        bool old_there = world->backup[i] || !world->plan.targets[i].readable;
        if ((old_there || key == OLD) && old_counts(world))
            return true;
    }
    return false;
}

void world_check_event(struct world *world, const struct event *event)
{
    bool now = usable(world);
    told_see(world, event);
    bool by_operator = world->told.overridden[GATE_TARGETS_CURRENT] ||
                       world->told.overridden[GATE_NEW_KEY_PROVEN];
    /* A key that was off before is off again: that is what 8 asks for. */
    bool as_before = world->rolled_back && world->told.old_first == KEY_STATUS_INACTIVE;
    if (world->was_usable && !now && !world->cut_by_other && !by_operator && !as_before)
        world_broken(world, "1: no working key is left in any target");
    world->was_usable = now;
}

/* --- the end ---------------------------------------------------------------------------------------------------- */

static void check_keys_left(struct world *world, bool undone, int stays)
{
    enum key_status first = world->told.old_first;
    for (int i = 0; i < world->key_count; i++) {
        const struct world_key *key = &world->keys[i];
        bool bystander = !key->ours && i != OLD;
        bool said_used = undone && key->status == KEY_STATUS_INACTIVE &&
                         world->evidence.used_at[i] > world->told.off_at[i];
        if (key->doubtful || key->touched_at != 0 || (said_used && i != OLD))
            continue;
        if (i == stays && i == OLD && first != KEY_STATUS_UNKNOWN) {
            if (!key->exists || key->status != first)
                world_broken(world, "8: the old key has not the status that it had");
        } else if (i == stays && i != OLD && (!key->exists || key->status != KEY_STATUS_ACTIVE)) {
            world_broken(world, "1: the key that should stay is not Active");
        } else if (i != stays && key->exists && !bystander && !world->ghost) {
            world_broken(world, i == OLD ? "the old key was left" : "an orphan was left");
        }
        if (bystander && undone && key->exists && key->status != KEY_STATUS_ACTIVE)
            world_broken(world, "8: a key that was to be retired was left switched off");
    }
}

void world_check_end(struct world *world)
{
    const struct rotation *rotation = world->rotation;
    bool undone = rotation->state == ROTATION_ROLLED_BACK;
    int stays = undone ? OLD : world_new_key(world);
    if (rotation->state == ROTATION_ABANDONED)
        return;
    check_keys_left(world, undone, stays);
    for (size_t i = 0; i < world->target_count; i++) {
        int key = world->target_key[i];
        bool excused = meddled(world, i) || (undone && world_shows(world, i)) ||
                       (!undone && world->told.overridden[GATE_TARGETS_CURRENT]);
        if (key != stays && !excused)
            world_broken(world, "8: a target does not hold the key that stays");
        if (world->backup[i] && !world->backup_kept[i])
            world_broken(world, "5: a back-up was left");
    }
}
