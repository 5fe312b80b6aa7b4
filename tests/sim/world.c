#include "world.h"

#include <stdio.h>
#include <string.h>

/* splitmix64, public domain algorithm: small, and the same everywhere. */
uint64_t world_roll(struct world *world)
{
    uint64_t z = (world->random += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

bool world_chance(struct world *world, unsigned percent)
{
    return world_roll(world) % 100 < percent;
}

int64_t world_server(const struct world *world)
{
    return world->now - world->skew;
}

void world_broken(struct world *world, const char *what)
{
    if (world->broken == NULL)
        world->broken = what;
}

int world_find(const struct world *world, const char *id)
{
    for (int i = 0; i < world->key_count; i++)
        if (strcmp(world->keys[i].id, id) == 0)
            return i;
    return NONE;
}

bool world_works(const struct world *world, int key)
{
    if (key == NONE || !world->keys[key].exists)
        return false;
    const struct world_key *k = &world->keys[key];
    bool settled = world_server(world) >= k->change_from;
    bool active = settled ? k->status == KEY_STATUS_ACTIVE : k->status != KEY_STATUS_ACTIVE;
    return active && world_server(world) >= k->works_from;
}

int world_make_key(struct world *world, bool ours)
{
    int key = world->key_count++;
    struct world_key *k = &world->keys[key];
    snprintf(k->id, sizeof k->id, "AKIASIMULATED000%04d", key);
    k->exists = true;
    k->ours = ours;
    k->status = KEY_STATUS_ACTIVE;
    k->created = world_server(world);
    k->works_from = world_server(world) + world->delay;
    return key;
}

static int living(const struct world *world)
{
    int count = 0;
    for (int i = 0; i < world->key_count; i++)
        count += world->keys[i].exists ? 1 : 0;
    return count;
}

/* --- statements that must always hold ------------------------------------------------------------ */

/* 1: some Active key whose pair is held somewhere that outlives us. */
static void check_a_key_remains(struct world *world)
{
    for (size_t i = 0; i < world->target_count; i++) {
        int key = world->target_key[i];
        if (world->meddled_at[i] != 0)
            return;
        if (key != NONE && world->keys[key].exists && world->keys[key].status == KEY_STATUS_ACTIVE)
            return;
        /* What a target that cannot be read back holds, only its owner knows: the old key it had. */
        bool old_there = world->backup[i] || !world->plan.targets[i].readable;
        if (old_there && world->keys[0].exists && world->keys[0].status == KEY_STATUS_ACTIVE)
            return;
    }
    world_broken(world, "1: no working key is left in any target");
}

/* 2: the old key goes off, or away, only when every target holds a new key that works. */
static void check_handed_over(struct world *world)
{
    for (size_t i = 0; i < world->target_count; i++) {
        int key = world->target_key[i];
        /* Nobody can see what another program does between the last look and the act. */
        if (world->meddled_at[i] != 0 && world->meddled_at[i] >= world->rotation.targets[i].checked_at)
            continue;
        if (key == 0 || key == NONE || !world_works(world, key))
            world_broken(world, "2: the old key was cut while a target did not have a working new key");
    }
}

/* --- the world carries effects out --------------------------------------------------------------- */

static bool pair_found(const struct world *world, int key)
{
    bool held = key != NONE && (world->keys[key].held || world->keys[key].kept);
    for (size_t i = 0; i < world->target_count; i++)
        held = held || (world->plan.targets[i].readable && world->target_key[i] == key) ||
               (key == 0 && world->backup[i]);
    return held;
}

static bool signer_accepted(struct world *world, const struct effect *effect)
{
    if (effect->role == SIGNER_ADMIN)
        return true;
    int key = world_find(world, effect->signer);
    return pair_found(world, key) && world_works(world, key);
}

/* A session of the signer is asked for exactly when the plan names a device. */
static bool session_held(struct world *world, const struct effect *effect)
{
    if (effect->session != (world->plan.mfa_serial[0] != '\0'))
        world_broken(world, "a call was to be signed without its MFA session");
    return !effect->session || (strcmp(world->session_key, effect->signer) == 0 &&
                                world_server(world) < world->session_ends);
}

static void fill_list(struct world *world, struct event *event, bool stale)
{
    event->kind = EVENT_KEYS_LISTED;
    for (int i = 0; i < world->key_count; i++) {
        const struct world_key *k = &world->keys[i];
        if (!k->exists || (stale && k->ours && world_server(world) < k->created + world->list_lag))
            continue;
        struct key_seen *seen = &event->keys.keys[event->keys.count++];
        memcpy(seen->id, k->id, sizeof seen->id);
        seen->created = k->created;
        bool old_news = stale && world_server(world) < k->change_from;
        seen->status = !old_news                          ? k->status
                       : k->status == KEY_STATUS_ACTIVE   ? KEY_STATUS_INACTIVE
                                                          : KEY_STATUS_ACTIVE;
    }
}

static bool act_switch(struct world *world, const struct effect *effect)
{
    int key = world_find(world, effect->key);
    if (key == NONE || !world->keys[key].exists)
        return false;
    if (key == 0 && effect->status == KEY_STATUS_INACTIVE)
        check_handed_over(world);
    if (world->keys[key].status != effect->status)
        world->keys[key].change_from = world_server(world) + world->delay;
    world->keys[key].status = effect->status;
    check_a_key_remains(world);
    return true;
}

static bool act_delete(struct world *world, const struct effect *effect)
{
    int key = world_find(world, effect->key);
    if (key == NONE || !world->keys[key].exists)
        return false;
    if (world->keys[key].status != KEY_STATUS_INACTIVE)
        world_broken(world, "3: an Active key was deleted");
    if (strcmp(effect->signer, effect->key) == 0)
        world_broken(world, "3: a key deleted itself");
    if (key == 0)
        check_handed_over(world);
    if (!world->keys[key].ours && key != 0 && strcmp(world->plan.retire_key, effect->key) != 0)
        world_broken(world, "3: somebody else's key was deleted");
    world->keys[key].exists = false;
    check_a_key_remains(world);
    return true;
}

static void act_deliver(struct world *world, const struct effect *effect, struct event *event)
{
    int key = world_find(world, effect->key);
    bool readable = world->plan.targets[effect->target].readable;
    if (!pair_found(world, key)) {
        event->kind = EVENT_DELIVER_FAILED;
        memcpy(event->error, "NO_CREDENTIALS", sizeof "NO_CREDENTIALS");
        return;
    }
    world->backup[effect->target] = readable;
    world->target_key[effect->target] = key;
    event->kind = EVENT_DELIVERED;
    if (readable)
        memcpy(event->place, "back-up", sizeof "back-up");
}

static void look_target(struct world *world, const struct effect *effect, struct event *event)
{
    int key = world->target_key[effect->target];
    event->kind = EVENT_TARGET_CHECKED;
    if (!world->plan.targets[effect->target].readable) {
        event->verdict = VERDICT_UNREADABLE;
        return;
    }
    bool wanted = key == world_find(world, effect->key);
    event->verdict = !wanted                     ? VERDICT_UNKNOWN
                     : world_works(world, key) ? VERDICT_WORKS
                                                 : VERDICT_REFUSED;
    if (key != NONE)
        memcpy(event->found, world->keys[key].id, sizeof event->found);
    event->count = effect->count;
}

/* What happens when the effect reaches its place. Fills the true outcome. */
static void take_effect(struct world *world, const struct effect *effect, struct event *event)
{
    int key = world_find(world, effect->key);
    bool stale = world_chance(world, 30);
    event->date = world_server(world);
    event->target = effect->target;
    event->test = effect->test;
    event->status = effect->status;
    memcpy(event->key, effect->key, sizeof event->key);
    memcpy(event->signer, effect->signer, sizeof event->signer);
    switch (effect->kind) {
    case EFFECT_IDENTIFY:
        event->kind = EVENT_IDENTITY_SEEN;
        memcpy(event->account, world->plan.account, sizeof event->account);
        memcpy(event->arn, world->plan.self ? world->plan.user_arn : world->plan.signer_arn,
               sizeof event->arn);
        memcpy(event->user, world->plan.user, sizeof event->user);
        break;
    case EFFECT_TRY_TARGET:
        event->kind = EVENT_TARGET_TRIED;
        break;
    case EFFECT_LIST_KEYS:
        fill_list(world, event, stale);
        break;
    case EFFECT_READ_LAST_USED:
        event->kind = EVENT_LAST_USED_READ;
        break;
    case EFFECT_SEEK_KEY:
        event->kind = EVENT_KEY_SOUGHT;
        for (size_t i = 0; i < world->target_count; i++)
            event->count += world->target_key[i] == key && key != NONE ? 1 : 0;
        break;
    case EFFECT_CREATE:
        if (living(world) >= 2) {
            event->kind = EVENT_CREATE_REFUSED;
            memcpy(event->aws_code, "LimitExceeded", sizeof "LimitExceeded");
            memcpy(event->error, "AWS", sizeof "AWS");
            event->http = 409;
            break;
        }
        key = world_make_key(world, true);
        event->kind = EVENT_CREATED;
        memcpy(event->key, world->keys[key].id, sizeof event->key);
        event->created = world->keys[key].created;
        break;
    case EFFECT_DELIVER:
        act_deliver(world, effect, event);
        break;
    case EFFECT_CHECK_TARGET:
        look_target(world, effect, event);
        break;
    case EFFECT_PROBE_KEY:
        if (!pair_found(world, key)) {
            event->kind = EVENT_CHECK_FAILED;
            memcpy(event->error, "NO_CREDENTIALS", sizeof "NO_CREDENTIALS");
            break;
        }
        event->kind = EVENT_KEY_PROBED;
        event->verdict = world_works(world, key) ? VERDICT_WORKS : VERDICT_REFUSED;
        event->count = effect->count;
        event->in_iam = effect->in_iam;
        break;
    case EFFECT_SWITCH:
        event->kind = act_switch(world, effect) ? EVENT_STATUS_SET : EVENT_STATUS_FAILED;
        if (event->kind == EVENT_STATUS_FAILED)
            memcpy(event->error, "NOT_FOUND", sizeof "NOT_FOUND");
        break;
    case EFFECT_DELETE:
        act_delete(world, effect);
        event->kind = EVENT_DELETED;
        break;
    case EFFECT_RUN_TEST:
        event->kind = EVENT_TEST_FINISHED;
        break;
    case EFFECT_RESTORE:
        if (world->backup[effect->target] || !world->plan.targets[effect->target].readable)
            world->target_key[effect->target] = 0;
        event->kind = EVENT_RESTORED;
        break;
    case EFFECT_REMOVE_BACKUP:
        world->backup[effect->target] = false;
        event->kind = EVENT_BACKUP_REMOVED;
        break;
    case EFFECT_ADOPT:
        event->kind = EVENT_ADOPTED;
        break;
    case EFFECT_DECLARE_LOST:
        event->kind = EVENT_SECRET_LOST;
        break;
    case EFFECT_CONCLUDE_TEST:
        event->kind = EVENT_TEST_CONCLUDED;
        break;
    case EFFECT_CLOSE:
        event->kind = EVENT_CLOSED;
        break;
    case EFFECT_TAKE_SESSION:
        event->kind = EVENT_SESSION_TAKEN;
        memcpy(world->session_key, effect->signer, sizeof world->session_key);
        world->session_ends = world_server(world) + 3600;
        break;
    case EFFECT_NONE:
    case EFFECT_ASK:
    case EFFECT_WAIT:
    case EFFECT_BLOCKED:
        world_broken(world, "an effect that is not one was sent");
        break;
    }
}

/* The kind that says "failed" or "not known" of an effect. */
static enum event_kind failure_of(enum effect_kind kind, bool unknown)
{
    if (kind == EFFECT_CREATE)
        return unknown ? EVENT_CREATE_UNANSWERED : EVENT_CREATE_REFUSED;
    if (kind == EFFECT_SWITCH)
        return unknown ? EVENT_STATUS_UNANSWERED : EVENT_STATUS_FAILED;
    if (kind == EFFECT_DELETE)
        return unknown ? EVENT_DELETE_UNANSWERED : EVENT_DELETE_FAILED;
    if (kind == EFFECT_DELIVER)
        return EVENT_DELIVER_FAILED;
    if (kind == EFFECT_RESTORE)
        return EVENT_RESTORE_FAILED;
    if (kind == EFFECT_REMOVE_BACKUP)
        return EVENT_BACKUP_KEPT;
    if (kind == EFFECT_TAKE_SESSION)
        return EVENT_SESSION_REFUSED;
    return kind == EFFECT_TRY_TARGET ? EVENT_TARGET_UNFIT : EVENT_CHECK_FAILED;
}

static void say_error(struct event *event, const char *name)
{
    memcpy(event->error, name, strlen(name) + 1);
    memcpy(event->text, name, strlen(name) + 1);
}

static bool local(enum effect_kind kind)
{
    return kind == EFFECT_ADOPT || kind == EFFECT_DECLARE_LOST || kind == EFFECT_CONCLUDE_TEST ||
           kind == EFFECT_CLOSE || kind == EFFECT_SEEK_KEY || kind == EFFECT_TRY_TARGET ||
           kind == EFFECT_REMOVE_BACKUP;
}

static bool signed_effect(enum effect_kind kind)
{
    return kind == EFFECT_IDENTIFY || kind == EFFECT_LIST_KEYS || kind == EFFECT_READ_LAST_USED ||
           kind == EFFECT_CREATE || kind == EFFECT_SWITCH || kind == EFFECT_DELETE;
}

bool world_carry_out(struct world *world, const struct effect *effect, struct event *event)
{
    bool faulty = !local(effect->kind) && world_chance(world, world->fault_percent);
    unsigned how = (unsigned)(world_roll(world) % 4);
    bool of_signer = signed_effect(effect->kind) || effect->kind == EFFECT_TAKE_SESSION;
    const char *refusal = NULL;
    if (of_signer && !signer_accepted(world, effect))
        refusal = "KEY_REFUSED";
    else if (signed_effect(effect->kind) && !session_held(world, effect))
        refusal = "MFA_NEEDED";
    else if (effect->kind == EFFECT_TAKE_SESSION && world_chance(world, 20))
        refusal = "MFA_REFUSED";
    if (refusal != NULL) {
        event->kind = failure_of(effect->kind, false);
        event->target = effect->target;
        event->status = effect->status;
        memcpy(event->key, effect->key, sizeof event->key);
        event->date = world_server(world);
        say_error(event, refusal);
        event->http = 403;
        return true;
    }
    if (faulty && how == 0) { /* it never got there */
        event->kind = failure_of(effect->kind, false);
        event->target = effect->target;
        event->status = effect->status;
        memcpy(event->key, effect->key, sizeof event->key);
        say_error(event, "NETWORK");
        return true;
    }
    take_effect(world, effect, event);
    if (event->kind == EVENT_CREATED && !(faulty && how < 3))
        world->keys[world->key_count - 1].held = true;
    world->now += (int64_t)(world_roll(world) % 2);
    if (faulty && how == 1) { /* it happened, the answer was lost */
        struct event lost = {.kind = failure_of(effect->kind, true), .target = effect->target};
        memcpy(lost.key, effect->key, sizeof lost.key);
        lost.status = effect->status;
        say_error(&lost, "UNANSWERED");
        *event = lost;
        return true;
    }
    return !(faulty && how == 2); /* it happened, and we died */
}
