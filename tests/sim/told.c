/* What the core was told, as the world wrote it down: what may be relied on before an act. */
#include <string.h>

#include "statements.h"

enum {
    LISTS_MAX = 40,       /* in a row, in little more than as many seconds */
    LOOKS_FAILED_MAX = 12 /* in a row, before the operator is asked */
};

static void extend(struct row *row, const struct event *event, bool good)
{
    if (!good) {
        *row = (struct row){0};
        return;
    }
    if (row->since == 0)
        row->since = event->date;
    row->last = event->date;
    row->count += event->count > 0 ? event->count : 1;
}

static void see_target(struct world *world, const struct event *event)
{
    struct evidence *evidence = &world->evidence;
    size_t i = (size_t)event->target;
    if (!world->plan.targets[i].readable)
        return;
    int new_key = world_new_key(world);
    int found = event->found[0] == '\0' ? NONE : world_find(world, event->found);
    bool current = new_key != NONE && found == new_key;
    evidence->read_at[i] = event->date;
    evidence->holds[i] = found;
    if (!current)
        world->told.new_since[i] = 0;
    else if (world->told.new_since[i] == 0)
        world->told.new_since[i] = event->date;
    if (found == OLD)
        world->told.restored[i] = true;
    extend(&evidence->target[i], event, current && event->verdict == VERDICT_WORKS);
}

static void see_list(struct world *world, const struct event *event)
{
    world->evidence.list = event->keys;
    world->evidence.listed_at = event->date;
    world->told.fate_looked_at = true;
    for (int i = 0; i < world->key_count; i++) {
        const struct key_seen *seen = told_listed(world, i);
        world->told.on_again[i] = world->told.on_again[i] && seen != NULL;
        if (seen == NULL)
            continue;
        if (world->told.first_seen[i] == KEY_STATUS_UNKNOWN)
            world->told.first_seen[i] = seen->status;
        if (i == OLD && world->told.old_first == KEY_STATUS_UNKNOWN)
            world->told.old_first = seen->status;
        if (seen->status == KEY_STATUS_INACTIVE && world->told.off_at[i] == 0)
            world->told.off_at[i] = event->date;
        if (i == OLD && seen->status == KEY_STATUS_INACTIVE)
            world->told.seen_off++;
        world->told.on_again[i] = world->told.cut_at[i] != 0 && seen->status == KEY_STATUS_ACTIVE &&
                                  event->date - world->told.cut_at[i] > PROPAGATION_MAX;
    }
}

static void see_probe(struct world *world, const struct event *event)
{
    struct evidence *evidence = &world->evidence;
    int key = world_find(world, event->key);
    bool works = event->verdict == VERDICT_WORKS;
    if (key == OLD) {
        extend(&evidence->old_key, event, works);
        extend(&evidence->old_refused, event, event->verdict == VERDICT_REFUSED);
    } else if (key != NONE && key == world_new_key(world)) {
        extend(&evidence->new_key, event, works);
        evidence->in_iam = evidence->in_iam || (works && event->in_iam != 0);
        bool handed = true;
        for (size_t i = 0; i < world->target_count; i++)
            handed = handed && world->told.handed[i];
        world->told.proven_blind = world->told.proven_blind ||
                                   (handed && told_settled(world, &evidence->new_key));
    }
}

static void see_new_key(struct world *world)
{
    struct evidence *evidence = &world->evidence;
    for (size_t i = 0; i < world->target_count; i++) {
        evidence->target[i] = (struct row){0};
        evidence->read_at[i] = world->told.new_since[i] = 0;
        world->told.handed[i] = false;
    }
    evidence->new_key = (struct row){0};
    evidence->in_iam = false;
    world->told.proven_blind = world->told.new_unfound = false;
    world->told.fate_unknown = false;
}

static void see_switched(struct world *world, const struct event *event)
{
    int key = world_find(world, event->key);
    bool off = event->status == KEY_STATUS_INACTIVE;
    world->evidence.listed_at = 0;
    if (key == NONE)
        return;
    world->told.off_at[key] = world->told.cut_at[key] = off ? event->date : 0;
    world->told.on_again[key] = false;
    if (key != OLD)
        return;
    world->told.seen_off = 0;
    world->evidence.old_refused = world->evidence.old_key = (struct row){0};
}

static void see_identity(struct world *world, const struct event *event)
{
    const struct plan *plan = &world->plan;
    struct evidence *evidence = &world->evidence;
    evidence->identity = strcmp(event->account, plan->account) == 0 &&
                         strcmp(event->arn, plan->self ? plan->user_arn : plan->signer_arn) == 0 &&
                         strcmp(event->user, plan->user) == 0;
    evidence->by_old = strcmp(event->signer, plan->old_key) == 0 || strcmp(event->source, plan->old_key) == 0;
    memcpy(evidence->identity_signer, event->signer, sizeof evidence->identity_signer);
}

static void see_answer(struct world *world, const struct event *event)
{
    enum question question = question_from_name(event->question);
    if (question == QUESTION_RECEIPT && !rotation_closed(world->rotation)) {
        size_t i = (size_t)world->effect.target;
        world->told.handed[i] = true;
        world->told.new_since[i] = world_server(world);
    }
    world->told.device = world->told.device || question == QUESTION_DEVICE;
    world->told.may_create = world->told.may_create || question == QUESTION_CREATE;
    world->evidence.said_yes[question] = event->at;
    memcpy(world->evidence.yes_key[question], event->key, KEY_ID_SIZE);
}

static void see_intent(struct world *world, const struct event *event)
{
    int key = world_find(world, event->key);
    if (event->kind == EVENT_CREATE_INTENDED) {
        world->told.blind = world->told.fate_unknown && !world->told.fate_looked_at;
        world->told.fate_unknown = true;
        world->told.fate_looked_at = false;
    } else if (event->kind == EVENT_STATUS_INTENDED && key != NONE) {
        world->told.off_at[key] = 0; /* whatever a list said before */
    } else if (event->kind == EVENT_DELETE_INTENDED && key != NONE) {
        world->told.delete_sent[key] = true;
    } else if (event->kind == EVENT_DELIVER_INTENDED) {
        world->told.may_hold_new[event->target] = true;
        world->told.restored[event->target] = false;
        world->told.was_sent = key != NONE && world->told.sent_blind[key];
        if (key != NONE && !world->plan.targets[event->target].readable)
            world->told.sent_blind[key] = true;
    }
}

static void see_delivered(struct world *world, const struct event *event)
{
    size_t i = (size_t)event->target;
    /* That it was received is the operator's to say. */
    if (world_shows(world, i))
        return;
    world->told.handed[i] = true;
    world->evidence.target[i] = (struct row){0};
    if (!world->plan.targets[i].readable)
        world->told.new_since[i] = world_server(world);
}

/* AWS is not asked the same without a pause. */
static void see_pace(struct world *world, const struct event *event)
{
    /* A refusal of a key that was made or switched just now is waited out, by the second. */
    bool failed = event->kind == EVENT_CHECK_FAILED && strcmp(event->error, "KEY_REFUSED") != 0;
    world->told.looks_failed = failed ? world->told.looks_failed + 1 : 0;
    if (world->told.looks_failed > LOOKS_FAILED_MAX)
        world_broken(world, "liveness: a look that fails is repeated without end");
    if (event->kind != EVENT_KEYS_LISTED) {
        world->told.lists = 0;
        return;
    }
    if (world->told.lists++ == 0)
        world->told.lists_since = event->date;
    if (world->told.lists > LISTS_MAX && event->date - world->told.lists_since < LISTS_MAX * 5 / 4)
        world_broken(world, "liveness: AWS is asked for lists without a pause");
}

void told_see(struct world *world, const struct event *event)
{
    struct evidence *evidence = &world->evidence;
    int key = event->key[0] == '\0' ? NONE : world_find(world, event->key);
    enum gate_id gate;
    see_pace(world, event);
    if (event->kind == EVENT_OPENED) {
        world->told.opened_at = event->date;
        if (world->plan.self)
            world->told.old_first = KEY_STATUS_ACTIVE;
    } else if (event->kind == EVENT_IDENTITY_SEEN) {
        see_identity(world, event);
    } else if (event->kind == EVENT_KEYS_LISTED) {
        see_list(world, event);
    } else if (event->kind == EVENT_TARGET_CHECKED) {
        see_target(world, event);
    } else if (event->kind == EVENT_KEY_PROBED) {
        see_probe(world, event);
    } else if (event->kind == EVENT_LAST_USED_READ && key != NONE) {
        evidence->used_read_at[key] = event->date;
        evidence->used_at[key] = event->used_at;
    } else if (event->kind == EVENT_CREATED || event->kind == EVENT_ADOPTED) {
        see_new_key(world);
    } else if (event->kind == EVENT_CREATE_REFUSED) {
        world->told.fate_unknown = false;
    } else if (event->kind == EVENT_SECRET_LOST && key != NONE) {
        world->told.lost_at[key] = world_server(world);
        memset(world->told.overridden, 0, sizeof world->told.overridden);
    } else if (event->kind == EVENT_DELETED && key != OLD && key != world_new_key(world)) {
        /* What was overridden for that key says nothing of the old one. */
        memset(world->told.overridden, 0, sizeof world->told.overridden);
    } else if (event->kind == EVENT_STATUS_SET) {
        see_switched(world, event);
    } else if (event->kind == EVENT_ANSWERED) {
        see_answer(world, event);
    } else if (event->kind == EVENT_DELIVERED) {
        see_delivered(world, event);
    } else if (event->kind == EVENT_DELIVER_FAILED && world_new_key(world) != NONE &&
               world_shows(world, (size_t)event->target)) {
        world->told.sent_blind[world_new_key(world)] = world->told.was_sent; /* nobody saw it */
    } else if (event->kind == EVENT_RESTORED) {
        world->told.restored[event->target] = true;
    } else if (event->kind == EVENT_TEST_FINISHED) {
        evidence->tests_failed = event->count != 0;
        evidence->tests_passed += event->count == 0 ? 1 : 0;
    } else if (event->kind == EVENT_TEST_CONCLUDED) {
        world->told.concluded = true;
    } else if (event->kind == EVENT_OVERRIDDEN && gate_from_name(event->gate, &gate)) {
        world->told.overridden[gate] = gate_overridable(gate);
    } else if ((event->kind == EVENT_CHECK_FAILED || event->kind == EVENT_SESSION_REFUSED) &&
               strcmp(event->error, "NO_CREDENTIALS") == 0) {
        int signer = event->signer[0] == '\0' ? NONE : world_find(world, event->signer);
        world->told.new_unfound = world->told.new_unfound || (signer != NONE && signer != OLD);
    } else if (event->kind == EVENT_DEVICES_SEEN && event->verdict != VERDICT_WORKS) {
        world->told.device = event->arn[0] != '\0';
    } else if (event->kind == EVENT_BACKUP_KEPT) {
        world->backup_kept[event->target] = true;
    } else {
        see_intent(world, event);
    }
}

void world_forget(struct world *world)
{
    memset(&world->evidence, 0, sizeof world->evidence);
    for (size_t i = 0; i < world->target_count; i++)
        world->evidence.holds[i] = NONE;
}
