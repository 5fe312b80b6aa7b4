/* The last intent has no outcome: what the world says about it (DESIGN 3). */
#include "rotation/choose.h"

#include <string.h>

#include "base/when.h"

enum { RECONCILE_PAUSE = 2 /* seconds between lists */ };

/* A list that was made after the intent (which forgets the one before it), not more often than every
 * RECONCILE_PAUSE seconds. */
static bool list_anew(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    int64_t age = choice->now - rotation->list_at;
    if (!rotation->listed || age < 0 || age >= RECONCILE_PAUSE)
        return choose(choice, EFFECT_LIST_KEYS);
    return false;
}

/* True once "no key was made" may be believed. */
static bool absence_believed(const struct rotation *rotation)
{
    return rotation->absent_since != 0 &&
           rotation->absent_last - rotation->absent_since >= rotation->plan.consistency;
}

static bool reconcile_create(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    if (ensure_identity(choice))
        return true;
    const struct key_seen *orphan = rotation->listed ? rotation_orphan(rotation) : NULL;
    if (orphan != NULL)
        return choose_for_key(choice, EFFECT_SEEK_KEY, orphan->id);
    if (absence_believed(rotation))
        return false;
    if (list_anew(choice))
        return true;
    char left[DURATION_TEXT_SIZE];
    int64_t begins = rotation->pending_at + rotation->plan.timeout;
    int64_t ends = (choice->now > begins && rotation->absent_since != 0
                        ? choice->now - (rotation->absent_last - rotation->absent_since)
                        : begins) +
                   rotation->plan.consistency;
    return choose_wait(choice, RECONCILE_PAUSE,
                       "a create was not answered; looking for its key for another %s",
                       duration_format(ends > choice->now ? ends - choice->now : 0, left));
}

/* With a target that cannot be read back nothing can be learnt: the check says so, and the act is
 * done again, which is harmless. */
static bool reconcile_target(struct choice *choice)
{
    return choose_for_target(choice, EFFECT_CHECK_TARGET, (size_t)choice->rotation->pending_target);
}

/* The new pair is nowhere here, and the old key is not known to be off: if it never goes off, the rotation can
 * go back, or on with another new key. */
static bool reconcile_switch_off(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    const struct key_state *old = &rotation->old_key;
    if (!rotation_old_key_steps_in(rotation))
        return false;
    if (ensure_identity(choice) || list_anew(choice))
        return true;
    bool gone = old->missing_since != 0 && old->missing_last - old->missing_since >= rotation->plan.consistency;
    if (gone || old->status == KEY_STATUS_INACTIVE)
        return choose_blocked(choice, true,
                              "%s is %s, and the secret of %s, the new key, is nowhere here: export its "
                              "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY and resume, or switch %s on in IAM",
                              old->id, gone ? "gone" : "Inactive", rotation->new_key.id, old->id);
    int64_t left = rotation_switch_decided(rotation) + 1 - rotation_server_now(rotation, choice->now);
    return choose_wait(choice, left > RECONCILE_PAUSE ? left : RECONCILE_PAUSE,
                       "switching %s off was not answered and may still take place", old->id);
}

bool next_reconcile(struct choice *choice)
{
    switch (choice->rotation->pending) {
    case ACT_NONE:
        return reconcile_switch_off(choice);
    case ACT_TEST:
        return false;
    case ACT_CREATE:
        return reconcile_create(choice);
    case ACT_DELIVER:
    case ACT_RESTORE:
        return reconcile_target(choice);
    case ACT_SWITCH:
    case ACT_DELETE:
        return ensure_identity(choice) || choose(choice, EFFECT_LIST_KEYS);
    }
    return false;
}
