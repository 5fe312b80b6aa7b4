/* One rotation in the world: the loop of the runner, an operator of moods, and deaths. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "world.h"

enum {
    DULL_TURNS_MAX = 700, /* without an operator's word or a death: then it is stuck */
    PATIENCE = 14,        /* how often an operator goes on with what is blocked */
    TURNS_MAX = EVENTS_MAX * 4
};

static void put(char *to, const char *from)
{
    memcpy(to, from, strlen(from) + 1);
}

/* --- the journal ------------------------------------------------------------------------------------ */

static void trace(const struct world *world, const struct event *event)
{
    if (world->trace)
        printf("# %4zu %6" PRId64 " %-18s %-12s %s %s %s %s\n", world->event_count,
               event->at - world->events[0].at, event_name(event->kind),
               rotation_state_name(world->rotation->state), event->key, event->text, event->found,
               event->question);
}

#define EMPTY_STRING(member) event->member[0] = '\0'
#define EMPTY_TIME(member) event->member = 0
#define EMPTY_NUMBER(member) event->member = 0
#define EMPTY_STATUS(member) event->member = KEY_STATUS_UNKNOWN
#define EMPTY_VERDICT(member) event->member = VERDICT_UNKNOWN
#define EMPTY_KEYS(member) event->member.count = 0
#define EMPTY_PLAN(member) event->member = NULL

/* The place of the next event, empty. Field by field: most of an event's bytes are room in strings. */
static struct event *event_new(struct world *world, enum event_kind kind)
{
    struct event *event = &world->events[world->event_count];
    event->kind = kind;
#define X(code, name, member, type) EMPTY_##type(member);
    EVENT_FIELD_TABLE(X)
#undef X
    return event;
}

/* As runner_record: journalled and applied are the same. */
static void record(struct world *world)
{
    struct error err;
    struct event *event = &world->events[world->event_count];
    event->at = world->now;
    event->seq = (int64_t)world->event_count + 1;
    event_keep_carried(event);
    if (!rotation_apply(world->rotation, event, &err))
        world_broken(world, "an event could not be applied");
    world->event_count++;
    if (world->event_count >= EVENTS_MAX)
        world_broken(world, "the rotation does not end");
    trace(world, event);
    world_check_event(world, event);
}

/* What a rotation of few targets and tests can write. The rest is most of its bytes, and stays zero. */
static const size_t spans[][2] = {
    {0, offsetof(struct rotation, plan.targets[WORLD_TARGETS])},
    {offsetof(struct rotation, plan.test_count), offsetof(struct rotation, plan.tests[1])},
    {offsetof(struct rotation, plan.verify), offsetof(struct rotation, targets[WORLD_TARGETS])},
    {offsetof(struct rotation, tests_done), sizeof(struct rotation)},
};

static bool same_state(const struct rotation *a, const struct rotation *b)
{
    const char *x = (const char *)a, *y = (const char *)b;
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++)
        if (memcmp(x + spans[i][0], y + spans[i][0], spans[i][1] - spans[i][0]) != 0)
            return false;
    return true;
}

/* As rotation_init: a world is zero before its first history. */
static void state_new(struct rotation *state)
{
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++)
        memset((char *)state + spans[i][0], 0, spans[i][1] - spans[i][0]);
    state->state = ROTATION_OPENED;
}

/* The journal is read back: as far as it had been read before, and then on. */
static void check_journal(struct world *world)
{
    struct error err;
    struct rotation *again = &world->states[world->rotation == &world->states[0] ? 1 : 0];
    for (; world->read_back < world->event_count; world->read_back++)
        if (!rotation_apply(again, &world->events[world->read_back], &err))
            world_broken(world, "7: the journal cannot be read back");
    if (!same_state(again, world->rotation))
        world_broken(world, "7: the journal reads back as another state");
    world->rotation = again;
}

/* A new process reads the journal back. Its keeper knows nothing, it was told nothing. */
static void die_and_resume(struct world *world)
{
    world->session_key[0] = '\0';
    for (int i = 0; i < world->key_count; i++)
        world->keys[i].held = false;
    world->now += world_below(world, 40);
    check_journal(world);
    world_forget(world);
    world->dull_turns = 0;
    /* A profile that was changed in between. */
    if (world->plan.compromised && world_chance(world, 2))
        world->source_old = world->excused = true;
    event_new(world, EVENT_RESUMED);
    record(world);
}

/* --- the operator ------------------------------------------------------------------------------------- */

static bool may_roll_back(const struct world *world)
{
    const struct rotation *rotation = world->rotation;
    return !world->rolled_back && !rotation->old_key.gone && rotation->state != ROTATION_DELETING &&
           !rotation_closed(rotation);
}

static void roll_back(struct world *world)
{
    world->rolled_back = true;
    world_fault(world, FAULT_TURNED_BACK);
    event_new(world, EVENT_ROLLBACK_CHOSEN);
    record(world);
}

/* Mostly at once, sometimes after lunch. */
static void think(struct world *world)
{
    world->now += world_below(world, 30);
    if (world_chance(world, 3))
        world->now += 700 + world_below(world, 9000);
}

static const char *answer_two_keys(struct world *world, const struct effect *effect)
{
    int key = world_find(world, effect->key);
    if (key != NONE && world->keys[key].kept && world_chance(world, 50))
        return "adopt";
    if (key != NONE)
        world->keys[key].picked = true;
    return "retire";
}

static void try_again(struct world *world)
{
    world_fault(world, FAULT_RETRIED);
    event_new(world, EVENT_RETRIED);
    record(world);
}

static void answer(struct world *world, const struct effect *effect)
{
    const char *says = "yes";
    int key = world_find(world, effect->key);
    think(world);
    if (world_chance(world, 1) && may_roll_back(world)) {
        roll_back(world);
        return;
    }
    /* Only what was seen to have arrived is confirmed. */
    if (effect->question == QUESTION_RECEIPT && world->target_key[effect->target] != key) {
        try_again(world);
        return;
    }
    if (effect->question == QUESTION_ORPHAN) {
        /* Whoever knows that it is not of this rotation does not say yes. */
        if (key == NONE || !world->keys[key].ours) {
            world->over = world->excused = true;
            return;
        }
        world->told.confirmed_orphan[key] = true;
    }
    if (effect->question == QUESTION_TWO_KEYS)
        says = answer_two_keys(world, effect);
    struct event *event = event_new(world, EVENT_ANSWERED);
    put(event->question, question_name(effect->question));
    put(event->answer, says);
    put(event->key, effect->key);
    if (effect->question == QUESTION_DEVICE &&
        !mfa_device_at(world->rotation, 1 + (size_t)world_below(world, 2), event->text))
        world_broken(world, "mfa: asked for one of several devices that are not there");
    record(world);
}

static void override(struct world *world, enum gate_id gate)
{
    world_fault(world, FAULT_OVERRODE);
    /* Whoever goes on without the only copy of the key that signs has only the rollback left. */
    int new_key = world_new_key(world);
    if (gate == GATE_TARGETS_CURRENT && world->plan.self && new_key != NONE && !world_pair_found(world, new_key))
        world->excused = true;
    struct event *event = event_new(world, EVENT_OVERRIDDEN);
    put(event->gate, gate_name(gate));
    put(event->text, "seen");
    record(world);
}

/* What the operator sets right with their own hands before going on. */
static void mend(struct world *world, const struct effect *effect)
{
    int other = world_find(world, world->rotation->other.id);
    int new_key = world_new_key(world);
    for (size_t i = 0; i < world->target_count; i++)
        if (effect->gate == GATE_TARGETS_CURRENT && world->meddled_at[i] != 0 && new_key != NONE)
            world->target_key[i] = new_key;
    world->test_broken = world->test_broken && world_chance(world, 50);
    world->source_old = world->source_old && (effect->gate != GATE_IDENTITY || world_chance(world, 50));
    /* As the gate says: what nobody needs is switched off by hand. */
    if (world->plan.compromised && effect->gate == GATE_NOT_LAST_KEY && other != NONE &&
        world->keys[other].exists) {
        world_touch(world, other, KEY_STATUS_INACTIVE, false);
        world->cut_by_other = true;
    }
    /* What another hand switched is switched back, by hand as well. */
    if (effect->needs_operator && effect->gate == GATE_STILL_INACTIVE && world->told.on_again[OLD] &&
        world->keys[OLD].exists)
        world_touch(world, OLD, KEY_STATUS_INACTIVE, false);
    bool new_off = effect->gate == GATE_NOT_LAST_KEY || effect->gate == GATE_NEW_KEY_PROVEN;
    if (effect->needs_operator && new_off && new_key != NONE && world->keys[new_key].exists)
        world_touch(world, new_key, KEY_STATUS_ACTIVE, false);
    /* Nobody is left to sign: the old key is off, and the pair of the new one was destroyed. */
    if (world->plan.self && new_key != NONE && !world_pair_found(world, new_key) &&
        world->keys[OLD].exists && world->keys[OLD].status == KEY_STATUS_INACTIVE)
        world_touch(world, OLD, KEY_STATUS_ACTIVE, false);
    bool orphan = world->rotation->other_kind == OTHER_ORPHAN;
    if (effect->needs_operator && orphan && other != NONE)
        world_touch(world, other, KEY_STATUS_INACTIVE, true);
}

static void unblock(struct world *world, const struct effect *effect)
{
    const struct rotation *rotation = world->rotation;
    bool unseen = rotation->failed && strcmp(rotation->failure.error, "NO_CREDENTIALS") == 0;
    bool gate = effect->gate != GATE_COUNT;
    if (effect->text[0] == '\0')
        world_broken(world, "liveness: blocked without a reason");
    if (world->trace)
        printf("#      %6" PRId64 " ! blocked: %.90s\n", world->now - world->events[0].at, effect->text);
    mend(world, effect);
    world->now += 5 + world_below(world, 60);
    /* In the end faults stop, or nothing could ever be finished. */
    if (world_chance(world, 30) || world->patience < PATIENCE * 2 / 3)
        world->fault_percent = 0;
    /* What another hand did may be beyond mending from here; it is not gone on with for ever. */
    world->patience -= world->excused ? 3 : 1;
    if (world->patience <= 0)
        world->over = true;
    else if (gate && gate_overridable(effect->gate) && (unseen || world_chance(world, 15) || world->patience < PATIENCE / 2))
        override(world, effect->gate);
    else if (world_chance(world, 3))
        override(world, (enum gate_id)world_below(world, GATE_COUNT));
    else if ((world_chance(world, 2) || (world->excused && world->patience < PATIENCE / 2)) &&
             may_roll_back(world))
        roll_back(world);
    else
        try_again(world);
}

/* --- the runner's loop ---------------------------------------------------------------------------------- */

/* An effect that rests with the operator or the clock. */
static bool rest(struct world *world, const struct effect *effect)
{
    if (effect->kind == EFFECT_WAIT) {
        if (effect->until <= world->now)
            world_broken(world, "a wait for the past");
        if (effect->text[0] == '\0')
            world_broken(world, "liveness: a wait without a reason");
        world->now = effect->until;
        if (world_chance(world, 2)) {
            world_fault(world, FAULT_DIED_BETWEEN);
            die_and_resume(world);
        }
    } else if (effect->kind == EFFECT_ASK) {
        world->dull_turns = 0;
        answer(world, effect);
    } else if (effect->kind == EFFECT_BLOCKED) {
        world->dull_turns = 0;
        unblock(world, effect);
    } else {
        return effect->kind == EFFECT_NONE;
    }
    return true;
}

static void act(struct world *world, const struct effect *effect)
{
    bool again = false;
    world_check_act(world, effect);
    struct event *outcome = event_new(world, EVENT_COUNT);
    if (!world_carry_out(world, effect, outcome, &again)) {
        die_and_resume(world);
        return;
    }
    record(world);
    /* A second answer has no request: the front lets such a keeper go (runner/keeper.c), and starts
     * anew. */
    if (again && !rotation_closed(world->rotation))
        die_and_resume(world);
}

static void turn(struct world *world)
{
    struct effect *effect = &world->effect;
    rotation_next(world->rotation, world->now, effect);
    if (rest(world, effect))
        return;
    if (effect_intent(effect, world->rotation, &world->events[world->event_count])) {
        record(world);
        if (world_chance(world, world->fault_percent / 4)) {
            world_fault(world, FAULT_DIED_BEFORE);
            die_and_resume(world);
            return;
        }
    }
    act(world, effect);
    if (!rotation_closed(world->rotation) && world_chance(world, world->fault_percent / 8)) {
        world_fault(world, FAULT_DIED_BETWEEN);
        die_and_resume(world);
    }
}

/* --- beginning and end ---------------------------------------------------------------------------------- */

static void begin_keys(struct world *world)
{
    int old = world_make_key(world, false);
    world->keys[old].works_from = 0;
    world->keys[old].created -= 120 * 86400;
    world->keys[old].used_at = world_chance(world, 50) ? world_server(world) - 5000 : 0;
    if (world_chance(world, 15)) {
        int second = world_make_key(world, false);
        world->keys[second].works_from = 0;
        world->keys[second].created -= 30 * 86400;
        world->keys[second].kept = world_chance(world, 50);
    }
}

/* Mostly of an administrator. What the opening refuses, the core refuses too: the key itself, or a session of
 * it. */
static void begin_compromised(struct world *world)
{
    struct plan *plan = &world->plan;
    plan->compromised = world_chance(world, plan->self ? 1 : 15);
    if (!plan->compromised)
        return;
    world->source_old = !plan->self && world_chance(world, 5);
    world->excused = plan->self || world->source_old;
}

static void begin_plan(struct world *world)
{
    struct plan *plan = &world->plan;
    put(plan->account, "123456789012");
    put(plan->partition, "aws");
    put(plan->user, "alice");
    put(plan->user_arn, "arn:aws:iam::123456789012:user/alice");
    put(plan->old_key, world->keys[OLD].id);
    plan->self = world_chance(world, 60);
    put(plan->signer_arn, plan->self ? plan->user_arn : "arn:aws:iam::123456789012:user/admin");
    put(plan->signer_key, plan->self ? plan->old_key : "AKIASIMULATEDADMIN00");
    begin_compromised(world);
    if (!plan->self && world_chance(world, 5)) {
        world->keys[OLD].status = KEY_STATUS_INACTIVE;
        world->keys[OLD].picked = true;
        /* The only key that works may then be one whose secret was lost: that is for the operator. */
        world->excused = true;
    }
    plan->pair_held = !world_chance(world, 20);
    plan->target_count = world->target_count;
    world->keys[OLD].kept = plan->pair_held;
    plan->test_count = world_chance(world, 50) ? 1 : 0;
    world->test_broken = world_chance(world, 20);
    for (size_t i = 0; i < plan->target_count; i++) {
        /* Nobody but an administrator can end what no target gives back. */
        uint64_t kind = world_roll(world) % 100; /* a file for 75, a command for 13, else a person */
        plan->targets[i].readable = kind < 75 || (plan->self && i == 0);
        if (!plan->targets[i].readable && kind >= 88)
            put(plan->targets[i].spec, "show");
        world->target_key[i] = OLD;
        world->keys[OLD].kept = world->keys[OLD].kept && !plan->targets[i].readable;
    }
    plan->settle = 5 * world_below(world, 3);
    plan->quiet = world_chance(world, 50) ? 3600 : 0;
    plan->soak = world_chance(world, 50) ? 7200 : 0;
    plan->consistency = 10 + world_below(world, 50);
    plan->timeout = 30;
    if (plan->self && world_chance(world, 20))
        put(plan->mfa_serial, "arn:aws:iam::123456789012:mfa/alice");
    world->wants_mfa = plan->self && world_chance(world, 15);
    world->has_device = world->wants_mfa || plan->mfa_serial[0] != '\0' || world_chance(world, 10);
    world->told.device = plan->mfa_serial[0] != '\0';
    if (world->key_count == 2 && world->keys[1].kept && world_chance(world, 50))
        put(plan->adopt_key, world->keys[1].id);
    else if (world->key_count == 2 && world_chance(world, 30)) {
        put(plan->retire_key, world->keys[1].id);
        world->keys[1].picked = true;
    }
}

static void begin(struct world *world)
{
    world->now = 1768480496;
    world->skew = world_below(world, 7) - 3;
    world->delay = world_below(world, 12);
    world->fault_percent = (unsigned)world_below(world, 4) * 8;
    world->target_count = (size_t)(1 + world_below(world, WORLD_TARGETS));
    world->hands = world_chance(world, 35) ? (unsigned)world_roll(world) & 31U : 0;
    world->turning_back = world_chance(world, 40) ? 2 : 0;
    world->patience = PATIENCE;
    world->made_last = NONE;
    begin_keys(world);
    begin_plan(world);
    world->list_lag = world_below(world, (unsigned)world->plan.consistency);
    world_forget(world);
    struct event *event = event_new(world, EVENT_OPENED);
    event->plan = &world->plan;
    event->date = world_server(world);
    world->was_usable = world->keys[OLD].status == KEY_STATUS_ACTIVE;
    record(world);
}

static void finish(struct world *world)
{
    if (world->broken != NULL)
        return;
    check_journal(world);
    if (rotation_closed(world->rotation))
        world_check_end(world);
    else if (!world->over)
        world_broken(world, "liveness: the rotation does not end");
    else if (!world->excused)
        world_broken(world, "liveness: it stays blocked although nothing stands in its way");
}

void world_run(struct world *world, uint64_t seed, const uint8_t *only, uint64_t only_count, bool trace_it)
{
    memset(world, 0, offsetof(struct world, plan));
    world->event_count = 0;
    world->rotation = &world->states[0];
    state_new(&world->states[0]);
    state_new(&world->states[1]);
    memset(&world->plan, 0, offsetof(struct plan, targets[WORLD_TARGETS]));
    memset(&world->plan.test_count, 0,
           offsetof(struct plan, tests[1]) - offsetof(struct plan, test_count));
    memset(&world->plan.verify, 0, sizeof world->plan - offsetof(struct plan, verify));
    world->seed = seed;
    world->only = only;
    world->only_count = only_count;
    world->trace = trace_it;
    begin(world);
    for (int i = 0; i < TURNS_MAX && world->broken == NULL && !world->over; i++) {
        turn(world);
        world_late(world);
        world_hands(world);
        if (world->turning_back > 0 && may_roll_back(world) && world_chance(world, world->turning_back))
            roll_back(world);
        if (rotation_closed(world->rotation))
            break;
        if (++world->dull_turns > DULL_TURNS_MAX)
            world_broken(world, "liveness: it goes round without getting anywhere");
        if (i > TURNS_MAX / 8)
            world->fault_percent = 0;
    }
    finish(world);
}
