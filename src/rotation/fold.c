#include "rotation/fold.h"

#include <string.h>

struct key_state *fold_key(struct rotation *rotation, const char *id)
{
    struct key_state *const keys[] = {&rotation->old_key, &rotation->new_key, &rotation->other,
                                      &rotation->second};
    for (size_t i = 0; id[0] != '\0' && i < sizeof keys / sizeof keys[0]; i++)
        if (strcmp(keys[i]->id, id) == 0)
            return keys[i];
    return NULL;
}

void fold_key_init(struct key_state *key, const char *id)
{
    memset(key, 0, sizeof *key);
    memcpy(key->id, id, strnlen(id, KEY_ID_SIZE - 1));
}

static const struct key_seen *in_list(const struct key_list *list, const char *id)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->keys[i].id, id) == 0)
            return &list->keys[i];
    return NULL;
}

void fold_switched(struct rotation *rotation, struct key_state *key, enum key_status status,
                   int64_t date)
{
    bool off = status == KEY_STATUS_INACTIVE;
    key->status = status;
    key->deactivated_by_us = off;
    key->maybe_off = off;
    key->inactive_date = off ? date : 0;
    key->inactive_seen = 0;
    key->used_read = false;
    key->refused_since = key->refused_last = key->refused_count = 0;
    key->works_since = key->works_last = key->works_count = 0;
    key->fails_since = 0;
    key->probe_began = 0;
    key->probed_at = 0;
    rotation->acts_unanswered = rotation->acts_failed = 0;
    /* What was listed before says nothing about what is now. */
    rotation->listed = false;
    if (key != &rotation->old_key || !off || rotation->state != ROTATION_PROVEN)
        return;
    rotation->state = ROTATION_DEACTIVATED;
    /* A target that worked while the old key was on may have worked by it: it is read anew. */
    for (size_t i = 0; i < rotation->plan.target_count; i++)
        rotation->targets[i].checked = false;
}

void fold_switch_in_flight(struct rotation *rotation)
{
    /* One timeout for the request, one for the answer whose Date pending_date is counted from (rotation_orphan). */
    if (rotation->pending == ACT_SWITCH || rotation->pending == ACT_DELETE)
        rotation->in_flight = rotation->pending_date + 2 * rotation->plan.timeout + CLOCK_TOLERANCE;
}

/* A list shows that a switch of ours, whose answer was lost, took place. */
static void fold_switched_seen(struct rotation *rotation, struct key_state *key, int64_t date)
{
    fold_switched(rotation, key, KEY_STATUS_INACTIVE, date);
    key->inactive_seen = 1;
    rotation->listed = true;
}

static void fold_listed_key(struct key_state *key, const struct key_list *list, int64_t date)
{
    const struct key_seen *seen = in_list(list, key->id);
    if (seen == NULL) {
        if (key->missing_since == 0)
            key->missing_since = date;
        key->missing_last = date;
        return;
    }
    key->missing_since = key->missing_last = 0;
    key->status = seen->status;
    if (key->created == 0)
        key->created = seen->created;
    if (key->first_status == KEY_STATUS_UNKNOWN)
        key->first_status = seen->status;
    if (seen->status != KEY_STATUS_INACTIVE)
        return;
    if (key->inactive_date == 0)
        key->inactive_date = date;
    key->inactive_seen++;
}

/* The list answers what a pending switch or delete left open. Inactive is believed, since the key was
 * Active before; Active is not, for a list that lags would say it too: the switch is asked for again,
 * which is harmless. A delete is never believed from one list: it is asked for again, and NoSuchEntity
 * is then its success. */
static void fold_list_settles(struct rotation *rotation, int64_t date)
{
    struct key_state *key = fold_key(rotation, rotation->pending_key);
    if (rotation->pending == ACT_SWITCH) {
        rotation->pending = ACT_NONE;
        if (key != NULL && key->missing_since == 0 && key->status == KEY_STATUS_INACTIVE &&
            rotation->pending_status == KEY_STATUS_INACTIVE)
            fold_switched_seen(rotation, key, date);
    } else if (rotation->pending == ACT_DELETE) {
        rotation->pending = ACT_NONE;
    }
}

/* A switch-off of the old key that was not answered did not take place: a list says Active that was made when
 * the request had ended and every change shows. */
static void fold_never_switched(struct rotation *rotation, int64_t date)
{
    struct key_state *old = &rotation->old_key;
    bool open = old->maybe_off && !old->deactivated_by_us && rotation->pending != ACT_SWITCH;
    if (open && old->missing_since == 0 && old->status == KEY_STATUS_ACTIVE && rotation->in_flight != 0 &&
        date > rotation_switch_decided(rotation))
        old->maybe_off = false;
}

static void fold_list_absence(struct rotation *rotation, const struct event *event)
{
    /* By both clocks: one of ours that jumped must not shorten the wait. One that was set back says
     * nothing, or it would be waited until it has caught up; AWS's is then taken with a margin. */
    bool set_back = event->at < rotation->pending_at;
    int64_t margin = set_back ? LOOK_FRESH : 0;
    bool too_early = (!set_back && event->at < rotation->pending_at + rotation->plan.timeout) ||
                     event->date < rotation->pending_date + rotation->plan.timeout + margin;
    if (rotation_orphan(rotation) != NULL || too_early) {
        rotation->absent_since = rotation->absent_last = 0;
        return;
    }
    if (rotation->absent_since == 0)
        rotation->absent_since = event->date;
    rotation->absent_last = event->date;
}

void fold_forget_overrides(struct rotation *rotation)
{
    memset(rotation->overrides, 0, sizeof rotation->overrides);
}

void fold_other_gone(struct rotation *rotation)
{
    memcpy(rotation->removed[1], rotation->removed[0], sizeof rotation->removed[1]);
    memcpy(rotation->removed[0], rotation->other.id, sizeof rotation->removed[0]);
    fold_key_init(&rotation->other, "");
    rotation->other_kind = OTHER_NONE;
    rotation->other_sought = rotation->other_confirmed = rotation->other_received = false;
    rotation->other_since = rotation->other_by = 0;
    fold_key_init(&rotation->second, "");
    rotation->listed = false;
    rotation->creates_unanswered = 0;
    rotation->create_doubt = false;
    fold_forget_overrides(rotation);
}

/* It was taken for the orphan and somebody else removed it: it may have been theirs, and ours is still to
 * come. */
static void fold_doubt_again(struct rotation *rotation)
{
    rotation->create_doubt = true;
    rotation->creates_unanswered = 1;
    rotation->pending = ACT_CREATE;
    rotation->absent_since = rotation->absent_last = 0;
}

/* Somebody else removed the key that was to be removed: lists that agree for the consistency time say
 * so. A key that was made a moment ago may only not be visible yet. */
static void fold_other_missing(struct rotation *rotation, int64_t date)
{
    const struct key_state *other = &rotation->other;
    bool was_there = other->first_status != KEY_STATUS_UNKNOWN || rotation->other_kind != OTHER_RETIRE;
    if (other->id[0] == '\0' || other->missing_since == 0 || other->delete_tried || !was_there)
        return;
    if (other->missing_last - other->missing_since >= rotation->plan.consistency &&
        date - other->created > PROPAGATION_MAX) {
        bool orphan = rotation->other_kind == OTHER_ORPHAN;
        fold_other_gone(rotation);
        rotation->listed = true;
        if (orphan)
            fold_doubt_again(rotation);
    }
}

/* The second key of the user: the one that is to be adopted, when it is there. */
static const struct key_seen *second_in_list(const struct rotation *rotation, const struct key_list *list)
{
    const struct key_seen *second = NULL;
    bool may_lag = rotation->deleted_date != 0 &&
                   rotation->list_date - rotation->deleted_date <= PROPAGATION_MAX;
    for (size_t i = 0; i < list->count; i++) {
        const struct key_seen *seen = &list->keys[i];
        bool ghost = may_lag && (strcmp(seen->id, rotation->removed[0]) == 0 ||
                                 strcmp(seen->id, rotation->removed[1]) == 0);
        if (strcmp(seen->id, rotation->old_key.id) == 0 || strcmp(seen->id, rotation->other.id) == 0 ||
            ghost)
            continue;
        if (second == NULL || strcmp(seen->id, rotation->plan.adopt_key) == 0)
            second = seen;
    }
    return second;
}

void fold_list(struct rotation *rotation, const struct event *event)
{
    rotation->listed = true;
    rotation->list = event->keys;
    rotation->list_at = event->at;
    rotation->list_date = event->date;
    struct key_state *const known[] = {&rotation->old_key, &rotation->new_key, &rotation->other};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i]->id[0] != '\0')
            fold_listed_key(known[i], &event->keys, event->date);
    /* While a create is in doubt a key that is not its orphan may be what left no room for it. */
    bool no_orphan = rotation->pending == ACT_CREATE && rotation_orphan(rotation) == NULL;
    if (rotation->new_key.id[0] == '\0' && (rotation->pending == ACT_NONE || no_orphan)) {
        const struct key_seen *second = second_in_list(rotation, &event->keys);
        if (second == NULL)
            fold_key_init(&rotation->second, "");
        else if (strcmp(second->id, rotation->second.id) != 0)
            fold_key_init(&rotation->second, second->id);
        if (second != NULL)
            fold_listed_key(&rotation->second, &event->keys, event->date);
    }
    fold_list_settles(rotation, event->date);
    fold_never_switched(rotation, event->date);
    fold_other_missing(rotation, event->date);
    if (rotation->pending == ACT_CREATE)
        fold_list_absence(rotation, event);
}

/* A row of equal verdicts: `since` its first, `last` its last, `count` its probes. */
static void extend(int64_t *since, int64_t *last, int64_t *count, const struct event *event)
{
    if (*since == 0)
        *since = event->date;
    *last = event->date;
    *count += event->count > 0 ? event->count : 1;
}

static void fold_target_pending(struct rotation *rotation, int64_t target, bool holds_old)
{
    struct target_state *state = &rotation->targets[target];
    bool ours = rotation->pending_target == target;
    if (rotation->pending == ACT_RESTORE && ours) {
        rotation->pending = ACT_NONE;
        state->restored = holds_old;
    } else if (rotation->pending == ACT_DELIVER && ours) {
        rotation->pending = ACT_NONE;
    }
}

void fold_target_checked(struct rotation *rotation, const struct event *event)
{
    struct target_state *target = &rotation->targets[event->target];
    bool current = rotation->new_key.id[0] != '\0' && strcmp(event->found, rotation->new_key.id) == 0;
    target->checked = true;
    target->checked_at = event->at;
    target->checked_date = event->date;
    target->verdict = event->verdict;
    memcpy(target->found, event->found, sizeof target->found);
    fold_target_pending(rotation, event->target,
                        strcmp(event->found, rotation->old_key.id) == 0);
    target->unreadable = event->verdict == VERDICT_UNREADABLE;
    if (target->unreadable && !rotation->plan.targets[event->target].readable)
        return;
    target->delivered = current;
    if (current) {
        target->received_any = true;
        rotation->new_cannot_sign = false;
    }
    if (!current)
        target->current_since = 0;
    else if (target->current_since == 0)
        target->current_since = event->date;
    if (current && event->verdict == VERDICT_WORKS) {
        extend(&target->works_since, &target->works_last, &target->works_count, event);
        target->fails_since = 0;
    } else {
        target->works_since = target->works_last = target->works_count = 0;
        if (target->fails_since == 0)
            target->fails_since = rotation_server_now(rotation, event->at);
    }
}

void fold_key_probed(struct rotation *rotation, const struct event *event)
{
    struct key_state *key = fold_key(rotation, event->key);
    if (key == NULL)
        return;
    key->probed_at = event->at;
    if (key->probe_began == 0)
        key->probe_began = rotation_server_now(rotation, event->at);
    if (event->verdict == VERDICT_WORKS) {
        extend(&key->works_since, &key->works_last, &key->works_count, event);
        key->fails_since = 0;
    } else {
        key->works_since = key->works_last = key->works_count = 0;
        if (key->fails_since == 0)
            key->fails_since = rotation_server_now(rotation, event->at);
    }
    if (event->verdict == VERDICT_REFUSED)
        extend(&key->refused_since, &key->refused_last, &key->refused_count, event);
    else
        key->refused_since = key->refused_last = key->refused_count = 0;
    if (key == &rotation->new_key && event->in_iam != 0 && event->verdict == VERDICT_WORKS)
        rotation->iam_works = true;
}

void fold_forget_probes(struct key_state *key)
{
    key->used_read = false;
    key->refused_since = key->refused_last = key->refused_count = 0;
    key->works_since = key->works_last = key->works_count = 0;
    key->fails_since = 0;
    key->probed_at = 0;
    key->probe_began = 0;
}

void fold_resumed(struct rotation *rotation)
{
    rotation->run++;
    fold_switch_in_flight(rotation);
    rotation->identity_seen = false;
    rotation->session_held = false;
    rotation->session_ends = rotation->codes_refused = 0;
    rotation->devices_sought = rotation->device_rests = false;
    rotation->pair_nowhere = rotation->new_cannot_sign = false;
    rotation->secret_held = false;
    rotation->listed = false;
    rotation->iam_works = false;
    rotation->failed = false;
    rotation->failures = rotation->looks_failed = 0;
    rotation->acts_unanswered = rotation->acts_failed = 0;
    rotation->answered = QUESTION_NONE;
    rotation->server_date = rotation->server_at = 0;
    rotation->absent_since = rotation->absent_last = 0;
    if (rotation->state == ROTATION_OPENED)
        rotation->create_confirmed = false;
    if (rotation->pending == ACT_TEST)
        rotation->pending = ACT_NONE;
    fold_forget_probes(&rotation->old_key);
    fold_forget_probes(&rotation->new_key);
    fold_forget_probes(&rotation->other);
    fold_forget_probes(&rotation->second);
    rotation->other_sought = false;
    for (size_t i = 0; i < rotation->plan.target_count; i++) {
        struct target_state *target = &rotation->targets[i];
        target->tried = false;
        target->checked = false;
        target->deliveries = 0;
        target->works_since = target->works_last = target->works_count = 0;
        target->shown = false;
        target->fails_since = 0;
    }
    if (rotation->state == ROTATION_DEACTIVATED)
        memset(rotation->tests_done, 0, sizeof rotation->tests_done);
}
