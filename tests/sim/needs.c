/* What must have been told, and lately, before an act: one function a rule. */
#include <string.h>

#include "statements.h"

enum {
    TEN_MINUTES = 600,
    LIST_AGE_MAX = 60 + 30 + 30 + 5, /* LOOK_FRESH, an answer's way, a clock set back a little */
    YES_AGE_MAX = 600
};

bool told_settled(const struct world *world, const struct row *row)
{
    if (row->since == 0)
        return false;
    return world->plan.settle > 0 ? row->last - row->since >= world->plan.settle : row->count >= 3;
}

static bool recent(const struct world *world, int64_t when)
{
    return when != 0 && world_server(world) - when <= TEN_MINUTES;
}

bool told_delivered(const struct world *world)
{
    int key = world_new_key(world);
    for (size_t i = 0; i < world->target_count; i++)
        if (world->plan.targets[i].readable || !world->told.handed[i])
            return false;
    return !world->plan.self && key != NONE && !world_pair_found(world, key) && world->told.proven_blind;
}

/* 2, first half: the new key works, as read back from each target that can be read. */
void need_proof(struct world *world)
{
    const struct evidence *evidence = &world->evidence;
    bool any = false;
    if (world->told.overridden[GATE_NEW_KEY_PROVEN])
        return;
    for (size_t i = 0; i < world->target_count; i++) {
        if (!world->plan.targets[i].readable)
            continue;
        any = true;
        if (!told_settled(world, &evidence->target[i]))
            world_broken(world, "2: the new key was not seen to work in a target for the settle time");
        else if (!recent(world, evidence->target[i].last))
            world_broken(world, "2: the proof is older than ten minutes");
    }
    if (any)
        return;
    if (told_delivered(world))
        need_other_key(world, world_new_key(world));
    else if (!told_settled(world, &evidence->new_key))
        world_broken(world, "2: the new key was not seen to work for the settle time");
    else if (!recent(world, evidence->new_key.last))
        world_broken(world, "2: the proof of the new key is older than ten minutes");
}

/* 2, second half: no target holds the old key. */
void need_current(struct world *world)
{
    const struct evidence *evidence = &world->evidence;
    int new_key = world_new_key(world);
    if (world->told.overridden[GATE_TARGETS_CURRENT])
        return;
    for (size_t i = 0; i < world->target_count; i++) {
        if (!world->plan.targets[i].readable) {
            if (!world->told.handed[i])
                world_broken(world, "2: a target that cannot be read back was not handed the new key");
        } else if (!recent(world, evidence->read_at[i])) {
            world_broken(world, "4: a target was not read back in the last ten minutes");
        } else if (evidence->holds[i] != new_key || new_key == NONE) {
            world_broken(world, "2: a target was last seen with something else than the new key");
        }
    }
}

const struct key_seen *told_listed(const struct world *world, int key)
{
    const struct key_list *list = &world->evidence.list;
    for (size_t i = 0; key != NONE && i < list->count; i++)
        if (strcmp(list->keys[i].id, world->keys[key].id) == 0)
            return &list->keys[i];
    return NULL;
}

void need_list(struct world *world)
{
    int64_t at = world->evidence.listed_at;
    if (at == 0 || world_server(world) - at > LIST_AGE_MAX)
        world_broken(world, "4: the keys were not listed just before the act");
}

static bool all_targets_work(const struct world *world)
{
    bool any = false;
    for (size_t i = 0; i < world->target_count; i++) {
        bool readable = world->plan.targets[i].readable;
        any = any || readable;
        if (readable && !told_settled(world, &world->evidence.target[i]))
            return false;
    }
    return any;
}

/* 1: the key that is to stay was shown as Active (one too young for a list: it works). */
void need_other_key(struct world *world, int stays)
{
    const struct key_seen *seen = told_listed(world, stays);
    need_list(world);
    if (stays == NONE || (seen != NULL && seen->status != KEY_STATUS_ACTIVE))
        world_broken(world, "1: the key that is to stay was not seen Active");
    const struct row *probed = stays == OLD ? &world->evidence.old_key : &world->evidence.new_key;
    if (seen == NULL && probed->since == 0 && (stays == OLD || !all_targets_work(world)))
        world_broken(world, "1: the key that is to stay was not in the list");
}

void need_inactive(struct world *world, int key)
{
    const struct key_seen *seen = told_listed(world, key);
    need_list(world);
    if (seen == NULL || seen->status != KEY_STATUS_INACTIVE)
        world_broken(world, "3: a key is to be deleted that was not last seen Inactive");
    if (world->told.off_at[key] == 0)
        world_broken(world, "3: a key is to be deleted that this rotation did not switch off");
}

void need_soak(struct world *world, int key)
{
    int64_t off = world->told.off_at[key];
    if (!world->told.overridden[GATE_SOAK_OVER] && off != 0 && world_server(world) < off + world->plan.soak)
        world_broken(world, "soak: a key is to be deleted before the soak is over");
}

/* No use since `since`, read after the quiet time and lately. */
void need_quiet(struct world *world, int key, int64_t since)
{
    const struct evidence *evidence = &world->evidence;
    int64_t quiet = world->plan.quiet;
    if (quiet == 0 || world->told.overridden[GATE_OLD_KEY_QUIET])
        return;
    /* Of a hand-over and a loss AWS's clock is known by estimate. */
    if (world_server(world) < since + quiet - SLACK)
        world_broken(world, "quiet: a key is to be cut before the quiet time is over");
    else if (evidence->used_read_at[key] < since + quiet - SLACK)
        world_broken(world, "4: the last use was not read after the quiet time");
    else if (world_server(world) - evidence->used_read_at[key] > TEN_MINUTES + SLACK)
        world_broken(world, "4: the last use was read too long ago");
    else if (evidence->used_at[key] > since + SLACK)
        world_broken(world, "quiet: a key that is still used is to be cut");
}

int64_t told_handed_over(struct world *world)
{
    int64_t last = 0;
    for (size_t i = 0; i < world->target_count; i++) {
        int64_t since = world->told.new_since[i];
        if (since == 0 && world->plan.quiet > 0 && !world->told.overridden[GATE_OLD_KEY_QUIET])
            world_broken(world, "2: the hand-over is not complete");
        last = since > last ? since : last;
    }
    return last;
}

void need_yes(struct world *world, enum question question, const char *key)
{
    const struct evidence *evidence = &world->evidence;
    int64_t at = evidence->said_yes[question];
    if (at == 0 || strcmp(evidence->yes_key[question], key) != 0)
        world_broken(world, "ask: an act that the operator was not asked about");
    else if (world->now - at > YES_AGE_MAX)
        world_broken(world, "ask: the operator's yes is too old");
}

void need_identity(struct world *world, const struct effect *effect)
{
    const struct evidence *evidence = &world->evidence;
    if (!evidence->identity)
        world_broken(world, "sign: an act of a signer whose identity was not seen, or is another");
    else if (world->plan.self && !effect->session &&
             strcmp(evidence->identity_signer, effect->signer) != 0)
        world_broken(world, "sign: the identity that was seen is not that of the signer");
}

/* DESIGN 5: the old key signs nothing between the proof and its end, but for a rollback. */
void need_signer(struct world *world, const struct effect *effect)
{
    enum rotation_state state = world->rotation->state;
    bool after = state >= ROTATION_PROVEN && state <= ROTATION_DELETING;
    if (!world->plan.self)
        return;
    int signer = world_find(world, effect->signer);
    /* Where the new pair is nowhere the old key looks at what became of the switch-off. */
    bool looks = effect->kind == EFFECT_IDENTIFY || effect->kind == EFFECT_LIST_KEYS;
    bool steps_in = state == ROTATION_PROVEN && looks && world->told.new_unfound;
    if (after && signer == OLD && !steps_in)
        world_broken(world, "sign: the old key signs after the hand-over");
    if (state < ROTATION_PROVEN && signer != OLD)
        world_broken(world, "sign: the new key signs before it is proven");
}

void need_old_off(struct world *world)
{
    const struct key_seen *old = told_listed(world, OLD);
    need_list(world);
    if (world->told.cut_at[OLD] == 0 && world->told.off_at[OLD] == 0)
        world_broken(world, "compromised: an act while the old key is not known to be off");
    else if (old == NULL || old->status != KEY_STATUS_INACTIVE)
        world_broken(world, "compromised: an act while the old key was not seen to be off");
}

void need_clean_signer(struct world *world, const struct effect *effect)
{
    if (strcmp(effect->signer, world->plan.old_key) == 0)
        world_broken(world, "compromised: the old key signs");
    else if (effect->kind != EFFECT_IDENTIFY && effect->kind != EFFECT_TAKE_SESSION && world->evidence.by_old)
        world_broken(world, "compromised: a session of the old key signs");
}

void need_tests(struct world *world, bool at_delete)
{
    const struct evidence *evidence = &world->evidence;
    if (!at_delete && world->told.on_again[OLD])
        world_broken(world, "test: the step is to end although somebody else switched the old key on");
    if (world->told.overridden[GATE_TESTS_PASSED])
        return;
    if (at_delete) {
        if (!world->told.concluded)
            world_broken(world, "3: the old key is to be deleted before the test step is complete");
        return;
    }
    if (told_delivered(world)) {
        const struct key_seen *seen = told_listed(world, world_new_key(world));
        bool on = seen != NULL && seen->status == KEY_STATUS_ACTIVE;
        if (!on && !world->told.overridden[GATE_NEW_KEY_PROVEN])
            world_broken(world, "test: the step is to end and the new key was not seen Active");
    } else if (!evidence->in_iam)
        world_broken(world, "test: the new key was not seen to work in IAM");
    if (evidence->tests_failed || evidence->tests_passed < world->plan.test_count)
        world_broken(world, "test: an operator's test has not passed");
    if (world->plan.pair_held && !told_settled(world, &evidence->old_refused))
        world_broken(world, "test: the old key was not seen to be refused for the settle time");
    if (!world->plan.pair_held && world->told.seen_off < 2)
        world_broken(world, "test: the old key was not seen Inactive twice");
    for (size_t i = 0; i < world->target_count; i++)
        if (world->plan.targets[i].readable && !world->told.overridden[GATE_NEW_KEY_PROVEN] &&
            evidence->read_at[i] < world->told.off_at[OLD])
            world_broken(world, "test: a target was not read back since the old key is off");
}
