/* A key is to be removed out of turn: one that the operator picked, the orphan of an unanswered
 * create, or a key of ours whose secret was lost. */
#include "rotation/choose.h"

#include <string.h>

#include "base/when.h"

enum { LOOK_PAUSE = 2 /* seconds between lists */ };

/* Nobody can hold the secret of such a key: it needs no quiet time and no soak. */
static bool never_received(const struct rotation *rotation)
{
    return rotation->other_kind == OTHER_ORPHAN ||
           (rotation->other_kind == OTHER_REPLACED && !rotation->other_received);
}

/* The rule of DESIGN 3 for an orphan. What does not fit it is for the operator to look at. */
static bool orphan_doubtful(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    const struct key_state *other = &rotation->other;
    char made[WHEN_TEXT_SIZE];
    if (!rotation->other_sought)
        return choose_for_key(choice, EFFECT_SEEK_KEY, other->id);
    if (ensure_last_used(choice, other))
        return true;
    bool used = other->used_at != 0 && other->used_at + CLOCK_TOLERANCE >= other->created;
    bool old = choice->now - rotation->pending_at > ORPHAN_AGE_MAX;
    if (rotation->other_found == 0 && !used && !old)
        return false;
    return choose_blocked(choice, true,
                          "%s, made at %s, may be the key of the unanswered create, but %s; look at it "
                          "in IAM and remove it there if it is nobody's",
                          other->id, when_format(other->created, made),
                          rotation->other_found > 0 ? "it stands in a place known here"
                          : used                    ? "it has been used"
                                                    : "the create was more than an hour ago");
}

static bool remove_unreceived(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    const struct key_state *other = &rotation->other;
    if (rotation->other_kind == OTHER_ORPHAN && !rotation->other_confirmed) {
        if (orphan_doubtful(choice))
            return true;
        return choose_ask(choice, QUESTION_ORPHAN, other->id,
                          "%s was made by the unanswered create and its secret is lost: remove it?",
                          other->id);
    }
    return ensure_inactive(choice, other) || choose_delete(choice, other);
}

/* It was deleted by us or somebody else: a list that does not show it after a delete was tried. */
static bool seen_gone(const struct rotation *rotation)
{
    return rotation->listed && rotation->other.delete_tried && rotation->other.missing_since != 0;
}

static bool retire(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    const struct key_state *other = &rotation->other;
    if (!rotation->plan.self && strcmp(other->id, rotation->plan.signer_key) == 0)
        return choose_blocked(choice, true,
                              "%s signs here and cannot remove itself; another identity must (--as)",
                              other->id);
    if (ensure_list(choice))
        return true;
    if (other->missing_since != 0)
        return choose_blocked(choice, false, "%s is not among the keys of %s", other->id,
                              rotation->plan.user);
    if (ensure_last_used(choice, other) || ensure_gates(choice))
        return true;
    bool off = other->inactive_date != 0;
    if (!off)
        return ensure_answer(choice, QUESTION_DEACTIVATE, other->id,
                             "switch off %s, which is to be retired?", other->id) ||
               choose_switch(choice, other, KEY_STATUS_INACTIVE);
    return ensure_answer(choice, QUESTION_DELETE, other->id,
                         "delete %s for good? Type its last four characters", other->id) ||
           choose_delete(choice, other);
}

bool other_sought_in_lists(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    const struct key_state *other = &rotation->other;
    if (ensure_list(choice))
        return true;
    if (other->missing_since == 0)
        return false;
    int64_t age = choice->now - rotation->list_at;
    if (age < LOOK_PAUSE)
        return choose_wait(choice, LOOK_PAUSE - age, "%s is not in the list of keys", other->id);
    return choose(choice, EFFECT_LIST_KEYS);
}

bool next_remove_other(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    if (rotation->other.id[0] == '\0')
        return false;
    if (ensure_identity(choice))
        return true;
    if (seen_gone(rotation))
        return choose_delete(choice, &rotation->other);
    bool was_there = rotation->other.first_status != KEY_STATUS_UNKNOWN;
    if ((rotation->other_kind != OTHER_RETIRE || was_there) && other_sought_in_lists(choice))
        return true;
    return never_received(rotation) ? remove_unreceived(choice) : retire(choice);
}
