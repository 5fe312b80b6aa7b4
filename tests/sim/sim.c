/* The core against a simulated world: every effect may fail before or after it took effect, replies are
 * lost, lists are stale, the process dies between any two events, the operator turns back at random.
 * After every event and every act the statements of ARCHITECTURE.md that concern the core are checked.
 *
 *     tests/sim/sim [--seeds N] [--seed S] [--trace]
 *
 * One seed is one rotation from opening to its end. A failing seed prints its history and the command
 * that replays it. Prints TAP. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

/* --- the run -------------------------------------------------------------------------------------- */

static void trace(const struct world *world, const struct event *event)
{
    if (world->trace)
        printf("# %4zu %6" PRId64 " %-20s %-12s %s %s %s\n", world->event_count,
               event->at - world->events[0].at, event_name(event->kind),
               rotation_state_name(world->rotation.state), event->key, event->text,
               event->found);
}

static void record(struct world *world, struct event *event)
{
    struct error err;
    event->at = world->now;
    event->seq = (int64_t)world->event_count + 1;
    if (world->event_count >= EVENTS_MAX) {
        world_broken(world, "the rotation does not end");
        return;
    }
    event_keep_carried(event);
    world->events[world->event_count++] = *event;
    if (!rotation_apply(&world->rotation, event, &err))
        world_broken(world, "an event could not be applied");
    trace(world, event);
}

/* A new process reads the journal back. Its keeper knows nothing. */
static void die_and_resume(struct world *world)
{
    static struct rotation before;
    struct error err;
    before = world->rotation;
    memset(&before.failure, 0, sizeof before.failure);
    world->session_key[0] = '\0';
    for (int i = 0; i < world->key_count; i++)
        world->keys[i].held = false;
    world->now += (int64_t)(world_roll(world) % 40);
    rotation_init(&world->rotation);
    for (size_t i = 0; i < world->event_count; i++)
        if (!rotation_apply(&world->rotation, &world->events[i], &err))
            world_broken(world, "7: the journal cannot be read back");
    memset(&world->rotation.failure, 0, sizeof world->rotation.failure);
    if (memcmp(&before, &world->rotation, sizeof before) != 0)
        world_broken(world, "7: the journal reads back as another state");
    struct event event = {.kind = EVENT_RESUMED};
    record(world, &event);
}

static void answer(struct world *world, const struct effect *effect)
{
    struct event event = {.kind = EVENT_ANSWERED};
    const char *question = question_name(effect->question);
    const char *says = "yes";
    if (effect->question == QUESTION_TWO_KEYS) {
        says = "retire";
        memcpy(world->plan.retire_key, effect->key, sizeof effect->key);
    }
    memcpy(event.question, question, strlen(question) + 1);
    memcpy(event.answer, says, strlen(says) + 1);
    memcpy(event.key, effect->key, sizeof event.key);
    world->now += (int64_t)(world_roll(world) % 30);
    record(world, &event);
}

static void unblock(struct world *world, const struct effect *effect)
{
    struct event event = {.kind = EVENT_RETRIED};
    const struct rotation *rotation = &world->rotation;
    /* What another program turned back is set right by hand; what nothing can show is overridden. */
    for (size_t i = 0; i < world->target_count; i++)
        if (effect->gate == GATE_TARGETS_CURRENT && world->meddled_at[i] != 0)
            world->target_key[i] = world_find(world, rotation->new_key.id);
    bool unseen = rotation->failed && strcmp(rotation->failure.error, "NO_CREDENTIALS") == 0;
    if (unseen && effect->gate != GATE_COUNT) {
        event.kind = EVENT_OVERRIDDEN;
        memcpy(event.gate, gate_name(effect->gate), strlen(gate_name(effect->gate)) + 1);
        memcpy(event.text, "delivered", sizeof "delivered");
    }
    world->now += 5 + (int64_t)(world_roll(world) % 60);
    /* In the end faults stop, or nothing could ever be finished. */
    if (world->fault_percent > 0 && world_chance(world, 30))
        world->fault_percent = 0;
    record(world, &event);
}

/* The operator looks at a doubtful orphan, finds that it is nobody's, and removes it by hand. */
static void remove_by_hand(struct world *world)
{
    struct event again = {.kind = EVENT_RETRIED};
    int key = world_find(world, world->rotation.other.id);
    if (key != NONE)
        world->keys[key].exists = false;
    record(world, &again);
}

/* An effect that rests with the operator or the clock. */
static bool rest(struct world *world, const struct effect *effect)
{
    if (effect->kind == EFFECT_WAIT) {
        if (effect->until <= world->now)
            world_broken(world, "a wait for the past");
        world->now = effect->until;
        if (world_chance(world, 2))
            die_and_resume(world);
    } else if (effect->kind == EFFECT_ASK) {
        answer(world, effect);
    } else if (effect->kind == EFFECT_BLOCKED) {
        if (effect->needs_operator && world->rotation.other_kind == OTHER_ORPHAN)
            remove_by_hand(world);
        else
            unblock(world, effect);
    } else {
        return effect->kind == EFFECT_NONE;
    }
    return true;
}

/* Another program, which knows only the old pair, writes a target. */
static void meddle(struct world *world)
{
    const struct rotation *rotation = &world->rotation;
    size_t i = world_roll(world) % world->target_count;
    bool in_use = rotation->state >= ROTATION_PROVING && rotation->state <= ROTATION_TESTED;
    if (!world->meddler || !in_use || rotation->pending != ACT_NONE || !world_chance(world, 3) ||
        !world->plan.targets[i].readable || world->meddled_at[i] != 0)
        return;
    /* What destroys the only copy of the key that signs is beyond help. */
    size_t copies = 0;
    for (size_t j = 0; j < world->target_count; j++)
        copies += world->plan.targets[j].readable && world->target_key[j] != 0 ? 1 : 0;
    if (world->plan.self && copies < 2)
        return;
    world->target_key[i] = 0;
    world->meddled_at[i] = world->now;
}

static void turn(struct world *world)
{
    struct effect effect;
    struct event intent, outcome = {0};
    rotation_next(&world->rotation, world->now, &effect);
    if (rest(world, &effect))
        return;
    if (effect_intent(&effect, &world->rotation, &intent)) {
        record(world, &intent);
        if (world_chance(world, world->fault_percent / 4)) {
            die_and_resume(world);
            return;
        }
    }
    if (world_carry_out(world, &effect, &outcome))
        record(world, &outcome);
    else
        die_and_resume(world);
    if (!rotation_closed(&world->rotation) && world_chance(world, world->fault_percent / 8))
        die_and_resume(world);
}

static void maybe_roll_back(struct world *world, unsigned percent)
{
    const struct rotation *rotation = &world->rotation;
    if (world->rolled_back || rotation->old_key.gone || rotation->state == ROTATION_DELETING ||
        rotation_closed(rotation) || !world_chance(world, percent))
        return;
    struct event event = {.kind = EVENT_ROLLBACK_CHOSEN};
    world->rolled_back = true;
    record(world, &event);
}

/* --- beginning and end ---------------------------------------------------------------------------- */

static void text(char *to, const char *from)
{
    memcpy(to, from, strlen(from) + 1);
}

static void begin(struct world *world)
{
    struct plan *plan = &world->plan;
    world->now = 1768480496;
    world->skew = (int64_t)(world_roll(world) % 7) - 3;
    world->delay = (int64_t)(world_roll(world) % 12);
    world->fault_percent = (unsigned)(world_roll(world) % 4) * 8;
    world->target_count = 1 + world_roll(world) % 3;
    int old = world_make_key(world, false);
    world->keys[old].works_from = 0;
    world->keys[old].created -= 120 * 86400;
    if (world_chance(world, 15)) {
        int second = world_make_key(world, false);
        world->keys[second].works_from = 0;
        world->keys[second].created -= 30 * 86400;
    }
    text(plan->account, "123456789012");
    text(plan->partition, "aws");
    text(plan->user, "alice");
    text(plan->user_arn, "arn:aws:iam::123456789012:user/alice");
    text(plan->old_key, world->keys[old].id);
    plan->self = world_chance(world, 60);
    text(plan->signer_arn, plan->self ? plan->user_arn : "arn:aws:iam::123456789012:user/admin");
    text(plan->signer_key, plan->self ? plan->old_key : "AKIASIMULATEDADMIN00");
    plan->pair_held = world_chance(world, 80);
    plan->target_count = world->target_count;
    world->keys[old].kept = plan->pair_held;
    plan->test_count = world_roll(world) % 2;
    for (size_t i = 0; i < plan->target_count; i++) {
        /* Nobody but an administrator can end what no target gives back. */
        plan->targets[i].readable = !world_chance(world, 25) || (plan->self && i == 0);
        world->target_key[i] = old;
        world->keys[old].kept = world->keys[old].kept && !plan->targets[i].readable;
    }
    plan->settle = (int64_t)(world_roll(world) % 3) * 5;
    plan->quiet = world_chance(world, 50) ? 0 : 3600;
    plan->soak = world_chance(world, 50) ? 0 : 7200;
    plan->consistency = 10 + (int64_t)(world_roll(world) % 50);
    plan->timeout = 30;
    world->list_lag = (int64_t)(world_roll(world) % (uint64_t)plan->consistency);
    world->meddler = world_chance(world, 15);
    if (plan->self && world_chance(world, 20))
        text(plan->mfa_serial, "arn:aws:iam::123456789012:mfa/alice");
    if (world->key_count == 2 && world_chance(world, 50)) {
        text(plan->adopt_key, world->keys[1].id);
        world->keys[1].kept = true;
    }
    struct event event = {.kind = EVENT_OPENED, .plan = plan, .date = world_server(world)};
    static struct plan journalled;
    journalled = *plan;
    event.plan = &journalled;
    rotation_init(&world->rotation);
    record(world, &event);
}

static void check_end(struct world *world)
{
    const struct rotation *rotation = &world->rotation;
    bool undone = rotation->state == ROTATION_ROLLED_BACK;
    int stays = undone ? 0 : world_find(world, rotation->new_key.id);
    for (int i = 0; i < world->key_count; i++) {
        const struct world_key *key = &world->keys[i];
        bool bystander = !key->ours && i != 0;
        if (i == stays && (!key->exists || key->status != KEY_STATUS_ACTIVE))
            world_broken(world, "8: the key that should stay is not Active");
        else if (i != stays && key->exists && !bystander)
            world_broken(world, "an orphan was left");
        if (bystander && undone && key->exists && key->status != KEY_STATUS_ACTIVE)
            world_broken(world, "8: a key that was to be retired was left switched off");
    }
    for (size_t i = 0; i < world->target_count; i++) {
        if (world->target_key[i] != stays &&
            (world->meddled_at[i] == 0 || world->meddled_at[i] < rotation->targets[i].checked_at))
            world_broken(world, "8: a target does not hold the key that stays");
        if (world->backup[i])
            world_broken(world, "5: a back-up was left");
    }
}

static void run(struct world *world, uint64_t seed, bool with_trace)
{
    memset(world, 0, offsetof(struct world, events));
    memset((char *)world + offsetof(struct world, event_count), 0,
           sizeof *world - offsetof(struct world, event_count));
    world->seed = world->random = seed;
    world->trace = with_trace;
    begin(world);
    unsigned turning_back = world_chance(world, 40) ? 2 : 0;
    for (int i = 0; i < EVENTS_MAX * 4 && world->broken == NULL; i++) {
        turn(world);
        meddle(world);
        maybe_roll_back(world, turning_back);
        if (rotation_closed(&world->rotation))
            break;
    }
    if (world->broken == NULL && !rotation_closed(&world->rotation))
        world_broken(world, "the rotation does not end");
    if (world->broken == NULL)
        check_end(world);
}

int main(int argc, char **argv)
{
    static struct world world;
    uint64_t seeds = 20000, first = 1;
    bool with_trace = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--seeds") == 0 && i + 1 < argc)
            seeds = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
            first = strtoull(argv[++i], NULL, 10);
            seeds = 1;
        } else if (strcmp(argv[i], "--trace") == 0)
            with_trace = true;
        else {
            fprintf(stderr, "usage: sim [--seeds N] [--seed S] [--trace]\n");
            return 2;
        }
    }
    uint64_t events = 0, done = 0, undone = 0;
    printf("1..1\n");
    for (uint64_t seed = first; seed < first + seeds; seed++) {
        run(&world, seed, with_trace);
        if (world.broken != NULL) {
            const char *what = world.broken;
            if (!with_trace)
                run(&world, seed, true);
            printf("not ok 1 - seed %" PRIu64 ": %s\n# replay: tests/sim/sim --seed %" PRIu64
                   " --trace\n", seed, what, seed);
            return 1;
        }
        events += world.event_count;
        done += world.rotation.state == ROTATION_DONE ? 1 : 0;
        undone += world.rotation.state == ROTATION_ROLLED_BACK ? 1 : 0;
    }
    printf("# %" PRIu64 " rotations, %" PRIu64 " done, %" PRIu64 " rolled back, %" PRIu64 " events\n",
           seeds, done, undone, events);
    printf("ok 1 - the statements hold in every simulated rotation\n");
    return 0;
}
