/* What can happen to an effect on its way to its place, there, and back. */
#include <string.h>

#include "runner/outcome.h"
#include "world.h"

static bool records_only(enum effect_kind kind)
{
    return kind == EFFECT_ADOPT || kind == EFFECT_DECLARE_LOST || kind == EFFECT_CONCLUDE_TEST ||
           kind == EFFECT_CLOSE;
}

/* At a place of this machine rather than at AWS. */
static bool at_place(enum effect_kind kind)
{
    return kind == EFFECT_DELIVER || kind == EFFECT_RESTORE || kind == EFFECT_REMOVE_BACKUP ||
           kind == EFFECT_TRY_TARGET || kind == EFFECT_SEEK_KEY || kind == EFFECT_RUN_TEST;
}

static bool is_signed(enum effect_kind kind)
{
    return kind == EFFECT_IDENTIFY || kind == EFFECT_LIST_KEYS || kind == EFFECT_READ_LAST_USED ||
           kind == EFFECT_CREATE || kind == EFFECT_SWITCH || kind == EFFECT_DELETE;
}

static bool changes_aws(enum effect_kind kind)
{
    return kind == EFFECT_CREATE || kind == EFFECT_SWITCH || kind == EFFECT_DELETE;
}

static void fail(const struct effect *effect, enum error_code code, int http, struct event *event)
{
    struct error error;
    memset(&error, 0, offsetof(struct error, text));
    error.code = code;
    error.http = http;
    memcpy(error.text, error_name(code), strlen(error_name(code)) + 1);
    event->kind = EVENT_COUNT;
    outcome_begin(effect, 0, event);
    outcome_fail(effect, &error, event);
}

/* --- before it gets there -------------------------------------------------------------------------- */

static bool signer_accepted(const struct world *world, const struct effect *effect)
{
    if (effect->role == SIGNER_ADMIN)
        return true;
    int key = world_find(world, effect->signer);
    return world_pair_found(world, key) && world_works(world, key);
}

/* A session of the signer is asked for exactly when a device is known: named in the plan, or found. */
static bool session_held(struct world *world, const struct effect *effect)
{
    if (effect->session != world->told.device)
        world_broken(world, "a call was to be signed without its MFA session");
    return !effect->session || (strcmp(world->session_key, effect->signer) == 0 &&
                                world_server(world) < world->session_ends);
}

/* What the policy keeps from a key without MFA; STS answers all. */
static bool asks_iam(enum effect_kind kind)
{
    return changes_aws(kind) || kind == EFFECT_LIST_KEYS || kind == EFFECT_READ_LAST_USED;
}

static bool refused(struct world *world, const struct effect *effect, struct event *event)
{
    bool takes_session = effect->kind == EFFECT_TAKE_SESSION;
    enum error_code code = ERROR_NONE;
    if ((is_signed(effect->kind) || takes_session) && !signer_accepted(world, effect))
        code = effect->role != SIGNER_ADMIN && !world_pair_found(world, world_find(world, effect->signer))
                   ? ERROR_NO_CREDENTIALS
                   : ERROR_KEY_REFUSED;
    else if (is_signed(effect->kind) && !session_held(world, effect))
        code = ERROR_MFA_NEEDED;
    else if (world->wants_mfa && !effect->session && asks_iam(effect->kind))
        code = ERROR_DENIED; /* AWS does not say that it is for want of MFA */
    else if (takes_session && world_chance(world, 20))
        code = world_chance(world, 75) ? ERROR_MFA_REFUSED : ERROR_MFA_DEVICE;
    if (code == ERROR_NONE)
        return false;
    world_fault(world, FAULT_REFUSED);
    fail(effect, code, 403, event);
    event->date = world_server(world);
    return true;
}

static void fail_before(struct world *world, const struct effect *effect, struct event *event)
{
    static const enum error_code net[] = {ERROR_NETWORK, ERROR_NETWORK, ERROR_THROTTLED, ERROR_DENIED};
    static const enum error_code place[] = {ERROR_IO, ERROR_PERMISSION, ERROR_COMMAND, ERROR_CHANGED};
    size_t which = (size_t)world_below(world, 4);
    bool here = at_place(effect->kind);
    fail(effect, here ? place[which] : net[which], here || which < 2 ? 0 : 400, event);
    world_fault(world, FAULT_BEFORE);
}

/* --- after it took effect --------------------------------------------------------------------------- */

static void lose_answer(struct world *world, const struct effect *effect, struct event *event)
{
    static const enum error_code net[] = {ERROR_UNANSWERED, ERROR_TIMEOUT, ERROR_REPLY, ERROR_AWS};
    size_t which = (size_t)world_below(world, 4);
    *event = (struct event){.kind = EVENT_COUNT};
    world->now += which == 1 ? world->plan.timeout : 0;
    fail(effect, at_place(effect->kind) ? ERROR_TIMEOUT : net[which], which == 3 ? 503 : 0, event);
}

static void note_secret(struct world *world, const struct event *event)
{
    if (event->kind == EVENT_CREATED)
        world->keys[world_find(world, event->key)].held = true;
}

static void serve_twice(struct world *world, const struct effect *effect, struct event *event)
{
    struct event second = {.kind = EVENT_COUNT};
    world_serve(world, effect, event);
    outcome_begin(effect, 0, &second);
    world_serve(world, effect, &second);
    /* There was room for two keys: of one of them nobody is told. */
    if (event->kind == EVENT_CREATED && second.kind == EVENT_CREATED) {
        world->keys[world_find(world, event->key)].doubtful = true;
        world->keys[world_find(world, second.key)].doubtful = true;
        world->excused = true;
    }
    /* Of a switch and a delete both answers are success (runner/outcome.c: NOT_FOUND of a delete is). */
    if (!world_chance(world, 50))
        return;
    if (effect->kind == EFFECT_CREATE && world->made_last != NONE && event->kind == EVENT_CREATED) {
        world->keys[world->made_last].doubtful = true;
        world->excused = true;
    }
    *event = second;
}

/* --- wrong answers ----------------------------------------------------------------------------------- */

static void lie_about_identity(struct world *world, struct event *event)
{
    switch (world_below(world, 3)) {
    case 0:
        memcpy(event->account, "999999999999", 13);
        break;
    case 1:
        memcpy(event->arn, "arn:aws:iam::123456789012:user/mallory", 39);
        break;
    default:
        memcpy(event->user, "mallory", 8);
        break;
    }
}

static void lie_about_list(struct world *world, struct event *event)
{
    struct key_list *list = &event->keys;
    int64_t what = world_below(world, 3);
    if (what == 2 && list->count < KEYS_MAX) {
        struct key_seen *seen = &list->keys[list->count++];
        memcpy(seen->id, "AKIANOBODYSKEY000000", 21);
        seen->status = KEY_STATUS_ACTIVE;
        seen->created = world_server(world) - 1;
        world->ghost = true;
    } else if (list->count > 0) {
        size_t i = (size_t)world_below(world, (unsigned)list->count);
        struct key_seen *seen = &list->keys[i];
        world->keys[world_find(world, seen->id)].doubtful = true;
        /* Nobody can keep a working key for whom AWS says that another works. */
        world->excused = world->excused || what == 1;
        world->cut_by_other = world->cut_by_other || what == 1;
        if (what == 1)
            seen->status = seen->status == KEY_STATUS_ACTIVE ? KEY_STATUS_INACTIVE : KEY_STATUS_ACTIVE;
        else
            *seen = list->keys[--list->count];
    }
}

static void lie_about_act(struct world *world, const struct effect *effect, struct event *event)
{
    bool done = world_chance(world, 50);
    int key = world_find(world, effect->key);
    world->excused = true;
    /* With a stale list and a probe that is stale too there is nothing left that tells the truth. */
    world->cut_by_other = world->cut_by_other || effect->kind == EFFECT_SWITCH;
    if (done) { /* refused by something on the way, after all */
        world_serve(world, effect, event);
        if (event->kind == EVENT_CREATED)
            key = world->made_last;
        fail(effect, ERROR_DENIED, 403, event);
        memset(event->key, 0, sizeof event->key);
        memcpy(event->key, effect->key, sizeof event->key);
        event->date = world_server(world);
    } else if (effect->kind == EFFECT_CREATE) { /* a key that never comes to be */
        world_serve(world, effect, event);
        if (event->kind != EVENT_CREATED)
            return;
        key = world->made_last;
        world->keys[key].exists = false;
    } else {
        event->kind = effect->kind == EFFECT_SWITCH ? EVENT_STATUS_SET : EVENT_DELETED;
        event->date = world_server(world);
    }
    if (key != NONE)
        world->keys[key].doubtful = true;
}

static void lie(struct world *world, const struct effect *effect, struct event *event)
{
    static const enum verdict worse[] = {VERDICT_UNKNOWN, VERDICT_REFUSED, VERDICT_UNREADABLE};
    if (changes_aws(effect->kind)) {
        lie_about_act(world, effect, event);
        return;
    }
    world_serve(world, effect, event);
    if (event->kind == EVENT_IDENTITY_SEEN)
        lie_about_identity(world, event);
    else if (event->kind == EVENT_KEYS_LISTED)
        lie_about_list(world, event);
    else if (event->kind == EVENT_TARGET_CHECKED && world->plan.targets[effect->target].readable)
        event->verdict = worse[world_below(world, 3)];
    else if (event->kind == EVENT_KEY_PROBED)
        event->verdict = worse[world_below(world, 2)];
    else if (event->kind == EVENT_LAST_USED_READ)
        event->used_at = event->used_at != 0 ? 0 : world_server(world);
}

/* --- all ---------------------------------------------------------------------------------------------- */

static enum fault choose_fault(struct world *world, const struct effect *effect)
{
    static const enum fault kinds[] = {FAULT_BEFORE,        FAULT_UNANSWERED,   FAULT_DIED_AFTER,
                                       FAULT_ANSWERED_LATE, FAULT_ARRIVED_LATE, FAULT_TWICE,
                                       FAULT_ANSWERED_TWICE, FAULT_WRONG};
    if (!world_chance(world, world->fault_percent))
        return FAULT_COUNT;
    enum fault fault = kinds[world_below(world, 8)];
    bool late = fault == FAULT_ARRIVED_LATE && (!changes_aws(effect->kind) || world->late.due);
    /* A place does what it says; what another program does to it is in hands.c. */
    bool wrong = fault == FAULT_WRONG && (at_place(effect->kind) || effect->kind == EFFECT_TAKE_SESSION);
    /* The keeper says that it was shown as soon as a part of it was. */
    bool shown = effect->kind == EFFECT_DELIVER && world_shows(world, (size_t)effect->target);
    enum fault chosen = late || wrong ? FAULT_UNANSWERED : fault;
    return shown && chosen == FAULT_UNANSWERED ? FAULT_COUNT : chosen;
}

bool world_carry_out(struct world *world, const struct effect *effect, struct event *event,
                     bool *ret_again)
{
    if (records_only(effect->kind))
        return outcome_record(effect, event);
    world_late(world);
    if (refused(world, effect, event))
        return true;
    enum fault fault = choose_fault(world, effect);
    if (fault == FAULT_BEFORE) {
        fail_before(world, effect, event);
        return true;
    }
    if (fault != FAULT_COUNT)
        world_fault(world, fault);
    if (fault == FAULT_ARRIVED_LATE) {
        world->late = (struct late){true, world_server(world) + 1 +
                                    world_below(world, (unsigned)world->plan.timeout), *effect};
        lose_answer(world, effect, event);
        return true;
    }
    outcome_begin(effect, 0, event);
    if (fault == FAULT_TWICE)
        serve_twice(world, effect, event);
    else if (fault == FAULT_WRONG)
        lie(world, effect, event);
    else
        world_serve(world, effect, event);
    if (fault == FAULT_DIED_AFTER)
        return false;
    if (fault == FAULT_UNANSWERED) {
        lose_answer(world, effect, event);
        return true;
    }
    note_secret(world, event);
    world->now += world_below(world, 2);
    if (fault == FAULT_ANSWERED_LATE) {
        world->now += 1 + world_below(world, (unsigned)world->plan.timeout);
        world_hands(world);
    }
    *ret_again = fault == FAULT_ANSWERED_TWICE;
    return true;
}

void world_late(struct world *world)
{
    if (!world->late.due || world_server(world) < world->late.at)
        return;
    static struct event nobody_hears;
    int64_t now = world->now;
    world->late.due = false;
    nobody_hears = (struct event){.kind = EVENT_COUNT};
    world->now = world->late.at + world->skew;
    world_serve(world, &world->late.effect, &nobody_hears);
    world->now = now;
}
