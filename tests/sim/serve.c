/* Keeper and AWS, as they are when nothing goes wrong. */
#include <string.h>

#include "world.h"

static void put(char *to, const char *from)
{
    memcpy(to, from, strlen(from) + 1);
}

static int living(const struct world *world)
{
    int count = 0;
    for (int i = 0; i < world->key_count; i++)
        count += world->keys[i].exists ? 1 : 0;
    return count;
}

static void fill_list(struct world *world, struct event *event)
{
    bool stale = world_chance(world, 30);
    int64_t server = world_server(world);
    bool differs = false;
    event->kind = EVENT_KEYS_LISTED;
    for (int i = 0; i < world->key_count; i++) {
        const struct world_key *k = &world->keys[i];
        bool young = stale && server < k->created + world->list_lag && k->exists;
        bool shown = (k->exists && !young) || (stale && !k->exists && server < k->gone_from);
        differs = differs || young || (shown && !k->exists);
        if (!shown || event->keys.count == KEYS_MAX)
            continue;
        struct key_seen *seen = &event->keys.keys[event->keys.count++];
        memcpy(seen->id, k->id, 21);
        seen->created = k->created;
        bool old_news = stale && server < k->change_from;
        differs = differs || old_news;
        seen->status = !old_news                        ? k->status
                       : k->status == KEY_STATUS_ACTIVE ? KEY_STATUS_INACTIVE
                                                        : KEY_STATUS_ACTIVE;
    }
    if (differs)
        world_fault(world, FAULT_STALE);
}

static void refuse(struct event *event, const struct effect *effect)
{
    event->kind = effect->kind == EFFECT_DELIVER   ? EVENT_DELIVER_FAILED
                  : effect->kind == EFFECT_RESTORE ? EVENT_RESTORE_FAILED
                  : effect->kind == EFFECT_SWITCH  ? EVENT_STATUS_FAILED
                                                   : EVENT_CHECK_FAILED;
    put(event->error, effect->kind == EFFECT_SWITCH ? "NOT_FOUND" : "NO_CREDENTIALS");
    put(event->text, event->error);
}

static void serve_create(struct world *world, struct event *event)
{
    if (living(world) >= 2) {
        event->kind = EVENT_CREATE_REFUSED;
        put(event->aws_code, "LimitExceeded");
        put(event->error, "AWS");
        put(event->text, "LimitExceeded");
        event->http = 409;
        return;
    }
    int key = world_make_key(world, true);
    world->made_last = key;
    event->kind = EVENT_CREATED;
    memcpy(event->key, world->keys[key].id, sizeof event->key);
    event->created = world->keys[key].created;
}

static void serve_switch(struct world *world, const struct effect *effect, struct event *event)
{
    int key = world_find(world, effect->key);
    if (key == NONE || !world->keys[key].exists) {
        refuse(event, effect);
        return;
    }
    struct world_key *k = &world->keys[key];
    if (k->status != effect->status)
        k->change_from = world_server(world) + world->delay;
    k->status = effect->status;
    k->switched_off = effect->status == KEY_STATUS_INACTIVE;
    event->kind = EVENT_STATUS_SET;
    world_check_switch(world, key, effect->status);
}

static void serve_delete(struct world *world, const struct effect *effect, struct event *event)
{
    int key = world_find(world, effect->key);
    event->kind = EVENT_DELETED;
    if (key == NONE || !world->keys[key].exists)
        return;
    world_check_delete(world, effect, key);
    world->keys[key].exists = false;
    world->keys[key].gone_from = world_server(world) + world->list_lag;
}

static void serve_deliver(struct world *world, const struct effect *effect, struct event *event)
{
    int key = world_find(world, effect->key);
    size_t i = (size_t)effect->target;
    bool readable = world->plan.targets[i].readable;
    if (!world_pair_found(world, key)) {
        refuse(event, effect);
        return;
    }
    /* The old pair is put beside the file once, before it is displaced. */
    if (readable && world->target_key[i] == OLD)
        world->backup[i] = true;
    /* Not everybody writes it down at once. */
    if (!world_shows(world, i) || world_chance(world, 80))
        world->target_key[i] = key;
    event->kind = EVENT_DELIVERED;
    if (world->backup[i])
        put(event->place, "back-up");
}

static void serve_check(struct world *world, const struct effect *effect, struct event *event)
{
    int key = world->target_key[effect->target];
    event->kind = EVENT_TARGET_CHECKED;
    if (!world->plan.targets[effect->target].readable) {
        event->verdict = VERDICT_UNREADABLE;
        event->date = 0; /* nobody at AWS was asked */
        return;
    }
    bool wanted = key != NONE && strcmp(world->keys[key].id, effect->key) == 0;
    event->verdict = !wanted                   ? VERDICT_UNKNOWN
                     : world_works(world, key) ? VERDICT_WORKS
                                               : VERDICT_REFUSED;
    if (key != NONE)
        memcpy(event->found, world->keys[key].id, sizeof event->found);
    event->count = effect->count;
}

static void serve_restore(struct world *world, const struct effect *effect, struct event *event)
{
    size_t i = (size_t)effect->target;
    bool readable = world->plan.targets[i].readable;
    /* Where the old pair stands already nothing is done. */
    if (world->target_key[i] != OLD && readable && !world->backup[i]) {
        refuse(event, effect);
        return;
    }
    world->target_key[i] = OLD;
    event->kind = EVENT_RESTORED;
}

static void serve_probe(struct world *world, const struct effect *effect, struct event *event)
{
    int key = world_find(world, effect->key);
    if (!world_pair_found(world, key)) {
        refuse(event, effect);
        return;
    }
    event->kind = EVENT_KEY_PROBED;
    event->verdict = world_works(world, key) ? VERDICT_WORKS : VERDICT_REFUSED;
    event->count = effect->count;
    event->in_iam = effect->in_iam;
}

static void serve_last_used(struct world *world, const struct effect *effect, struct event *event)
{
    int key = world_find(world, effect->key);
    event->kind = EVENT_LAST_USED_READ;
    put(event->user, world->plan.user);
    if (key != NONE)
        event->used_at = world->keys[key].used_at;
}

static void serve_identity(struct world *world, struct event *event)
{
    event->kind = EVENT_IDENTITY_SEEN;
    put(event->account, world->plan.account);
    put(event->arn, world->plan.self ? world->plan.user_arn : world->plan.signer_arn);
    put(event->user, world->plan.user);
    if (world->source_old)
        put(event->source, world->plan.old_key);
    event->skew = world->skew;
}

/* Two that give codes now and then: the operator says which. The device of a refused code is the user's, and
 * was tried too often; or it is not. */
static void serve_devices(struct world *world, struct event *event)
{
    static const char *const devices[] = {"arn:aws:iam::123456789012:u2f/user/alice/key",
                                          "arn:aws:iam::123456789012:mfa/spare",
                                          "arn:aws:iam::123456789012:mfa/alice"};
    const struct rotation *rotation = world->rotation;
    bool refused = rotation->failed && rotation->failure.kind == EVENT_SESSION_REFUSED;
    size_t count = !world->has_device ? 1 : world_chance(world, 80) ? 2 : 3;
    mfa_devices_seen(devices, count, "", refused ? rotation->plan.mfa_serial : "", event);
}

void world_serve(struct world *world, const struct effect *effect, struct event *event)
{
    bool asks_aws = effect->kind != EFFECT_TRY_TARGET && effect->kind != EFFECT_SEEK_KEY &&
                    effect->kind != EFFECT_DELIVER && effect->kind != EFFECT_RESTORE &&
                    effect->kind != EFFECT_REMOVE_BACKUP && effect->kind != EFFECT_RUN_TEST;
    event->date = asks_aws ? world_server(world) : 0;
    switch (effect->kind) {
    case EFFECT_IDENTIFY:
        serve_identity(world, event);
        break;
    case EFFECT_TRY_TARGET:
        event->kind = EVENT_TARGET_TRIED;
        break;
    case EFFECT_LIST_KEYS:
        fill_list(world, event);
        break;
    case EFFECT_READ_LAST_USED:
        serve_last_used(world, effect, event);
        break;
    case EFFECT_SEEK_KEY:
        event->kind = EVENT_KEY_SOUGHT;
        for (size_t i = 0; i < world->target_count; i++)
            event->count += world->plan.targets[i].readable && world->target_key[i] != NONE &&
                            strcmp(world->keys[world->target_key[i]].id, effect->key) == 0;
        break;
    case EFFECT_CREATE:
        serve_create(world, event);
        break;
    case EFFECT_DELIVER:
        serve_deliver(world, effect, event);
        break;
    case EFFECT_CHECK_TARGET:
        serve_check(world, effect, event);
        break;
    case EFFECT_PROBE_KEY:
        serve_probe(world, effect, event);
        break;
    case EFFECT_SWITCH:
        serve_switch(world, effect, event);
        break;
    case EFFECT_DELETE:
        serve_delete(world, effect, event);
        break;
    case EFFECT_RUN_TEST:
        event->kind = EVENT_TEST_FINISHED;
        event->count = world->test_broken ? 1 : 0;
        if (world->test_broken)
            world_fault(world, FAULT_TEST_FAILED);
        break;
    case EFFECT_RESTORE:
        serve_restore(world, effect, event);
        break;
    case EFFECT_REMOVE_BACKUP:
        world->backup[effect->target] = false;
        event->kind = EVENT_BACKUP_REMOVED;
        break;
    case EFFECT_TAKE_SESSION:
        event->kind = EVENT_SESSION_TAKEN;
        memcpy(world->session_key, effect->signer, sizeof world->session_key);
        memcpy(event->key, effect->signer, sizeof event->key);
        world->session_ends = world_server(world) + 3600;
        event->count = world->session_ends;
        break;
    case EFFECT_FIND_DEVICE:
        serve_devices(world, event);
        break;
    case EFFECT_ADOPT:
    case EFFECT_DECLARE_LOST:
    case EFFECT_CONCLUDE_TEST:
    case EFFECT_CLOSE:
    case EFFECT_NONE:
    case EFFECT_ASK:
    case EFFECT_WAIT:
    case EFFECT_BLOCKED:
        world_broken(world, "an effect that is not one was sent");
        break;
    }
}
