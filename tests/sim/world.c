#include "world.h"

#include <stdio.h>
#include <string.h>

static const char *const fault_names[] = {
#define X(code, name) [FAULT_##code] = name,
    FAULT_TABLE(X)
#undef X
};

const char *world_fault_name(enum fault fault)
{
    return fault_names[fault];
}

void world_fault(struct world *world, enum fault fault)
{
    world->faults[fault]++;
    if (world->trace)
        printf("#      %6lld ! %s\n", (long long)(world->now - world->events[0].at), fault_names[fault]);
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
    /* Its number stands at its end (world_make_key). */
    if (strnlen(id, 20) < 20)
        return NONE;
    int key = (id[18] - '0') * 10 + id[19] - '0';
    bool ours = key >= 0 && key < world->key_count && strcmp(world->keys[key].id, id) == 0;
    return ours ? key : NONE;
}

int world_new_key(const struct world *world)
{
    return world->rotation->new_key.id[0] == '\0' ? NONE
                                                  : world_find(world, world->rotation->new_key.id);
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
    if (world->key_count == WORLD_KEYS) {
        world_broken(world, "more keys were made than anybody could want");
        return WORLD_KEYS - 1;
    }
    int key = world->key_count++;
    struct world_key *k = &world->keys[key];
    /* What differs stands at the end, as in AWS's own. */
    memcpy(k->id, "AKIASIMULATED00000", 18);
    k->id[18] = (char)('0' + key / 10);
    k->id[19] = (char)('0' + key % 10);
    k->exists = true;
    k->ours = ours;
    k->status = KEY_STATUS_ACTIVE;
    k->created = world_server(world);
    k->works_from = world_server(world) + world->delay;
    return key;
}

bool world_shows(const struct world *world, size_t target)
{
    return strcmp(world->plan.targets[target].spec, "show") == 0;
}

bool world_pair_found(const struct world *world, int key)
{
    if (key == NONE)
        return false;
    bool held = world->keys[key].held || world->keys[key].kept;
    for (size_t i = 0; i < world->target_count; i++)
        held = held || (world->plan.targets[i].readable && world->target_key[i] == key) ||
               (key == OLD && world->backup[i]);
    return held;
}

void world_touch(struct world *world, int key, enum key_status status, bool remove)
{
    struct world_key *k = &world->keys[key];
    k->touched_at = world_server(world);
    k->switched_off = false;
    world->excused = true;
    if (remove) {
        k->exists = false;
        k->gone_from = world_server(world) + world->delay;
    } else if (k->status != status) {
        k->change_from = world_server(world) + world->delay;
        k->status = status;
    }
    if (world->trace)
        printf("#      %6lld ! %s %s by another hand\n", (long long)(world->now - world->events[0].at),
               k->id, remove ? "removed" : key_status_name(status));
}
