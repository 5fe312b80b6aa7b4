/* Others who act on the same user while the rotation goes on. */
#include <stdio.h>
#include <string.h>

#include "world.h"

/* A program that knows only the old pair writes a target. */
static void tool(struct world *world)
{
    const struct rotation *rotation = world->rotation;
    size_t i = (size_t)world_below(world, (unsigned)world->target_count);
    bool in_use = rotation->state >= ROTATION_PROVING && rotation->state <= ROTATION_TESTED;
    bool between = rotation->pending == ACT_NONE ||
                   (rotation->pending == ACT_SWITCH && rotation->state == ROTATION_PROVEN);
    if (!in_use || !between || !world->plan.targets[i].readable ||
        world->meddled_at[i] != 0)
        return;
    /* What destroys the only copy of the key that signs is beyond help, unless the old one still works. */
    size_t copies = 0;
    for (size_t j = 0; j < world->target_count; j++)
        copies += world->plan.targets[j].readable && world->target_key[j] != OLD ? 1 : 0;
    bool old_signs = rotation->state == ROTATION_PROVEN && !world->told.overridden[GATE_TARGETS_CURRENT] &&
                     world_works(world, OLD) &&
                     world->keys[OLD].status == KEY_STATUS_ACTIVE && !world->late.due;
    if (world->plan.self && copies < 2 && !old_signs)
        return;
    world->target_key[i] = OLD;
    world->meddled_at[i] = world_server(world);
    world_fault(world, FAULT_OTHER_TOOL);
}

static void console(struct world *world)
{
    int new_key = world_new_key(world);
    int64_t what = world_below(world, 6);
    int key = what < 3 ? OLD : what < 5 ? new_key : world->key_count - 1;
    if (key == NONE || !world->keys[key].exists || (what == 5 && key == OLD))
        return;
    bool on = what == 0;
    if (on && world->keys[key].status == KEY_STATUS_ACTIVE)
        return;
    world_touch(world, key, on ? KEY_STATUS_ACTIVE : KEY_STATUS_INACTIVE, what == 2 || what >= 4);
    world_fault(world, FAULT_CONSOLE);
    world->cut_by_other = true;
    world->hands &= ~(unsigned)HAND_CONSOLE;
}

static void second_operator(struct world *world)
{
    int key = world_make_key(world, false);
    world->keys[key].kept = world_chance(world, 20);
    world->excused = true;
    world_fault(world, FAULT_SECOND_OPERATOR);
    world->hands &= ~(unsigned)HAND_OPERATOR;
}

static void clock_set(struct world *world)
{
    static const int64_t by[] = {30, -30, 4000, -4000, 90000, -90000};
    int64_t step = by[world_below(world, 6)];
    world->now += step;
    world->skew += step;
    world_fault(world, FAULT_CLOCK);
    world->hands &= ~(unsigned)HAND_CLOCK;
}

void world_hands(struct world *world)
{
    if (world->hands == 0 || !world_chance(world, 4))
        return;
    unsigned hand = 1U << world_below(world, 5);
    switch ((enum hand)(world->hands & hand)) {
    case HAND_TOOL:
        tool(world);
        break;
    case HAND_CONSOLE:
        console(world);
        break;
    case HAND_OPERATOR:
        second_operator(world);
        break;
    case HAND_USER:
        if (world_works(world, OLD)) {
            world->keys[OLD].used_at = world_server(world);
            world_fault(world, FAULT_USED);
        }
        break;
    case HAND_CLOCK:
        clock_set(world);
        break;
    }
}
