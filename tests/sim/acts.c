/* Before an act goes out: may it, by what the core was told? */
#include <string.h>

#include "statements.h"

static void check_create(struct world *world)
{
    need_list(world);
    if (world->plan.compromised)
        need_old_off(world);
    if (!world->told.may_create)
        world_broken(world, "ask: a key is to be made and the operator was not asked");
    if (world_new_key(world) != NONE)
        world_broken(world, "a second new key is to be made");
    for (int i = 0; i < world->key_count; i++)
        if (world->keys[i].ours && world->keys[i].exists && !world->keys[i].doubtful && !world->ghost)
            world_broken(world, "7: create is repeated while a key that it made is there");
    if (world->told.blind)
        world_broken(world, "7: create is repeated blindly");
}

/* A pair that is nowhere cannot be handed over: its key is replaced. */
static void check_deliver(struct world *world, const struct effect *effect)
{
    int key = world_find(world, effect->key);
    bool meddled = false;
    for (size_t i = 0; i < world->target_count; i++)
        meddled = meddled || world->meddled_at[i] != 0;
    if (key != NONE && !meddled && !world_pair_found(world, key))
        world_broken(world, "7: a key is to be handed over whose secret is lost");
}

/* Rollback: the new key goes only when the old one is back. */
static void check_undo_new(struct world *world)
{
    const struct key_seen *old = told_listed(world, OLD);
    need_list(world);
    if (world->told.old_first != KEY_STATUS_ACTIVE)
        return;
    if (old == NULL || old->status != KEY_STATUS_ACTIVE)
        world_broken(world, "8: the new key is to go, and the old one was not seen Active");
    if (world->plan.pair_held && !told_settled(world, &world->evidence.old_key))
        world_broken(world, "8: the new key is to go, and the old one was not seen to work");
    for (size_t i = 0; i < world->target_count; i++)
        if (world->told.may_hold_new[i] && !world->told.restored[i] && !world_shows(world, i))
            world_broken(world, "8: the new key is to go, and a target was not put back");
}

/* While a compromised key is off, another one that works may not go. */
static void need_off_already(struct world *world, int key)
{
    const struct key_seen *seen = told_listed(world, key);
    need_list(world);
    if (seen == NULL || seen->status != KEY_STATUS_INACTIVE)
        world_broken(world, "1: a key that works is to go while the compromised one is off");
}

/* A key besides the two: what was made here and received by nobody, or what the operator picked. */
static void check_other(struct world *world, int key, bool deletes)
{
    const struct world_key *k = &world->keys[key];
    int64_t since = world->told.lost_at[key] != 0 ? world->told.lost_at[key] : world->told.opened_at;
    bool unreceived = k->ours && (!world->told.sent_blind[key] || world->told.lost_at[key] == 0);
    if (!unreceived || k->picked) {
        if (!k->picked && !k->ours && !k->doubtful)
            world_broken(world, "3: a key that nobody picked is to be cut");
    }
    if (deletes)
        need_inactive(world, key);
    if (unreceived || world->told.confirmed_orphan[key])
        return;
    if (world->plan.compromised && world->rotation->old_key.maybe_off)
        need_off_already(world, key);
    else
        need_other_key(world, OLD);
    /* One that was said to be deleted and comes back was Inactive when it was picked anew. */
    if (world->told.first_seen[key] != KEY_STATUS_INACTIVE && !k->doubtful)
        need_quiet(world, key, since);
    need_yes(world, deletes ? QUESTION_DELETE : QUESTION_DEACTIVATE, k->id);
    if (deletes)
        need_soak(world, key);
}

static void check_switch(struct world *world, const struct effect *effect)
{
    bool undoing = world->rotation->state == ROTATION_ROLLING_BACK;
    int key = world_find(world, effect->key);
    if (effect->status == KEY_STATUS_ACTIVE) {
        if (!undoing)
            world_broken(world, "8: a key is to be switched on outside a rollback");
        return;
    }
    if (strcmp(effect->signer, effect->key) == 0)
        world_broken(world, "1: a key is to switch itself off");
    if (key == NONE)
        return;
    /* One that was said to be deleted and comes back is picked anew. */
    if (world->told.on_again[key] && !(world->keys[key].doubtful && world->keys[key].picked))
        world_broken(world, "3: a key that somebody else switched on is to be switched off again");
    if (key == OLD) {
        if (undoing)
            world_broken(world, "8: a rollback switches the old key off");
        if (world->plan.compromised) {
            need_list(world);
        } else {
            need_proof(world);
            need_current(world);
            need_other_key(world, world_new_key(world));
            need_quiet(world, OLD, told_handed_over(world));
        }
        need_yes(world, QUESTION_DEACTIVATE, effect->key);
    } else if (key == world_new_key(world)) {
        if (!undoing)
            world_broken(world, "1: the new key is to be switched off");
        check_undo_new(world);
    } else {
        check_other(world, key, false);
    }
}

static void check_delete(struct world *world, const struct effect *effect)
{
    int key = world_find(world, effect->key);
    if (strcmp(effect->signer, effect->key) == 0)
        world_broken(world, "3: a key is to delete itself");
    if (key == NONE)
        return;
    /* What was asked to be deleted once, and lists do not show, is asked again: the answer is the look. */
    if (world->told.delete_sent[key] && world->evidence.listed_at != 0 && told_listed(world, key) == NULL)
        return;
    if (key == OLD) {
        need_proof(world);
        need_current(world);
        need_other_key(world, world_new_key(world));
        need_tests(world, true);
        need_inactive(world, OLD);
        need_soak(world, OLD);
        need_yes(world, QUESTION_DELETE, effect->key);
    } else if (key == world_new_key(world)) {
        check_undo_new(world);
        need_inactive(world, key);
        if (world->evidence.used_read_at[key] < world->told.off_at[key] - SLACK ||
            world->evidence.used_read_at[key] == 0)
            world_broken(world, "8: the new key is to be deleted, and its last use was not read");
        if (world->evidence.used_at[key] > world->told.off_at[key] + SLACK)
            world_broken(world, "8: the new key is to be deleted, and it was used since");
    } else {
        check_other(world, key, true);
    }
}

/* 7: every act has its intent in the journal before it. */
static void check_intent(struct world *world, const struct effect *effect)
{
    const struct event *last = &world->events[world->event_count - 1];
    enum event_kind kind = effect->kind == EFFECT_CREATE    ? EVENT_CREATE_INTENDED
                           : effect->kind == EFFECT_DELIVER ? EVENT_DELIVER_INTENDED
                           : effect->kind == EFFECT_SWITCH  ? EVENT_STATUS_INTENDED
                           : effect->kind == EFFECT_DELETE  ? EVENT_DELETE_INTENDED
                           : effect->kind == EFFECT_RESTORE ? EVENT_RESTORE_INTENDED
                                                            : EVENT_TEST_INTENDED;
    bool same = last->kind == kind && (kind != EVENT_STATUS_INTENDED || last->status == effect->status) &&
                (kind == EVENT_CREATE_INTENDED || kind == EVENT_TEST_INTENDED ||
                 strcmp(last->key, effect->key) == 0) &&
                last->target == ((event_fields(kind) & F(TARGET)) != 0 ? effect->target : 0);
    if (!same)
        world_broken(world, "7: an act whose intent is not in the journal");
}

void world_check_act(struct world *world, const struct effect *effect)
{
    bool acts = effect->kind == EFFECT_CREATE || effect->kind == EFFECT_SWITCH ||
                effect->kind == EFFECT_DELETE;
    bool looks = effect->kind == EFFECT_IDENTIFY || effect->kind == EFFECT_LIST_KEYS ||
                 effect->kind == EFFECT_READ_LAST_USED;
    if (acts || effect->kind == EFFECT_DELIVER || effect->kind == EFFECT_RESTORE ||
        effect->kind == EFFECT_RUN_TEST)
        check_intent(world, effect);
    if (acts)
        need_identity(world, effect);
    if (acts || looks)
        need_signer(world, effect);
    if (world->plan.compromised && (acts || looks || effect->kind == EFFECT_TAKE_SESSION))
        need_clean_signer(world, effect);
    if (effect->kind == EFFECT_CREATE)
        check_create(world);
    else if (effect->kind == EFFECT_SWITCH)
        check_switch(world, effect);
    else if (effect->kind == EFFECT_DELETE)
        check_delete(world, effect);
    else if (effect->kind == EFFECT_DELIVER)
        check_deliver(world, effect);
    else if (effect->kind == EFFECT_CONCLUDE_TEST)
        need_tests(world, false);
    else if (effect->kind == EFFECT_REMOVE_BACKUP && world->rotation->state != ROTATION_ROLLING_BACK &&
             !world->rotation->old_key.gone)
        world_broken(world, "8: a back-up is to be removed while it may be needed");
}
