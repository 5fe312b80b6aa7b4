/* Questions about a rotation whose answers follow from its state. */
#include "rotation/rotation.h"

#include <stdio.h>
#include <string.h>

bool rotation_closed(const struct rotation *rotation)
{
    return rotation->state == ROTATION_DONE || rotation->state == ROTATION_ROLLED_BACK ||
           rotation->state == ROTATION_ABANDONED;
}

const char *rotation_reason(const struct rotation *rotation)
{
    return rotation->plan.reason[0] != '\0' ? rotation->plan.reason : rotation->close_reason;
}

static bool takes_part(const struct rotation *rotation, const char *key)
{
    return strcmp(key, rotation->old_key.id) == 0 || strcmp(key, rotation->new_key.id) == 0 ||
           strcmp(key, rotation->other.id) == 0 || strcmp(key, rotation->removed[0]) == 0 ||
           strcmp(key, rotation->removed[1]) == 0;
}

size_t rotation_bystanders(const struct rotation *rotation, const struct key_seen *ret_keys[KEYS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < rotation->list.count && i < KEYS_MAX; i++)
        if (!takes_part(rotation, rotation->list.keys[i].id))
            ret_keys[count++] = &rotation->list.keys[i];
    return count;
}

const struct key_state *rotation_subject(const struct rotation *rotation)
{
    return rotation->other.id[0] != '\0' ? &rotation->other : &rotation->old_key;
}

const struct key_state *rotation_remaining(const struct rotation *rotation)
{
    return rotation->other.id[0] != '\0' || rotation->new_key.id[0] == '\0' ? &rotation->old_key
                                                                            : &rotation->new_key;
}

int64_t rotation_server_now(const struct rotation *rotation, int64_t now)
{
    if (rotation->server_date == 0)
        return now;
    int64_t gone_by = now - rotation->server_at;
    return rotation->server_date + (gone_by > 0 ? gone_by : 0);
}

const struct key_seen *rotation_orphan(const struct rotation *rotation)
{
    int64_t from = rotation->preimage_date - CLOCK_TOLERANCE;
    /* One timeout for the request, one for the answer whose Date pending_date is counted from: it may
     * have been as long on its way. */
    int64_t to = rotation->pending_date + 2 * rotation->plan.timeout + CLOCK_TOLERANCE;
    for (size_t i = 0; i < rotation->list.count; i++) {
        const struct key_seen *seen = &rotation->list.keys[i];
        bool known = strcmp(seen->id, rotation->old_key.id) == 0;
        for (size_t j = 0; j < rotation->preimage.count; j++)
            known = known || strcmp(seen->id, rotation->preimage.keys[j].id) == 0;
        if (!known && seen->created >= from && seen->created <= to)
            return seen;
    }
    return NULL;
}

static bool row_settled(int64_t since, int64_t last, int64_t count, int64_t settle)
{
    if (since == 0)
        return false;
    return settle > 0 ? last - since >= settle : count >= 3;
}

bool rotation_proof_settled(const struct rotation *rotation)
{
    const struct plan *plan = &rotation->plan;
    bool any_readable = false;
    for (size_t i = 0; i < plan->target_count; i++) {
        const struct target_state *target = &rotation->targets[i];
        if (!plan->targets[i].readable)
            continue;
        any_readable = true;
        if (!target->checked || !row_settled(target->works_since, target->works_last,
                                             target->works_count, plan->settle))
            return false;
    }
    return any_readable || rotation_key_settled(rotation, &rotation->new_key);
}

bool rotation_proof_delivered(const struct rotation *rotation)
{
    for (size_t i = 0; i < rotation->plan.target_count; i++)
        if (rotation->plan.targets[i].readable || !rotation->targets[i].delivered)
            return false;
    return rotation->plan.target_count > 0 && rotation->pair_nowhere && rotation->proven_at_hand_over;
}

bool rotation_old_key_steps_in(const struct rotation *rotation)
{
    const struct key_state *old = &rotation->old_key;
    return rotation->plan.self && rotation->new_cannot_sign && old->maybe_off && !old->deactivated_by_us;
}

int64_t rotation_switch_decided(const struct rotation *rotation)
{
    return rotation->in_flight + PROPAGATION_MAX;
}

bool rotation_rollback_revives(const struct rotation *rotation)
{
    const struct key_state *old = &rotation->old_key;
    return rotation->plan.compromised && old->maybe_off && !old->gone &&
           old->first_status == KEY_STATUS_ACTIVE && rotation->state != ROTATION_ROLLING_BACK;
}

bool rotation_list_fresh(const struct rotation *rotation, int64_t now)
{
    int64_t age = now - rotation->list_at;
    bool old_by_aws = rotation->list_date != 0 && rotation->server_date - rotation->list_date > LOOK_FRESH;
    return rotation->listed && age >= 0 && age <= LOOK_FRESH && !old_by_aws;
}

bool rotation_key_settled(const struct rotation *rotation, const struct key_state *key)
{
    return row_settled(key->works_since, key->works_last, key->works_count, rotation->plan.settle);
}

bool rotation_refusal_settled(const struct rotation *rotation)
{
    const struct key_state *key = &rotation->old_key;
    return row_settled(key->refused_since, key->refused_last, key->refused_count,
                       rotation->plan.settle);
}

bool rotation_refusal_overdue(const struct rotation *rotation)
{
    const struct key_state *key = &rotation->old_key;
    return rotation->plan.pair_held && key->probe_began != 0 && !rotation_refusal_settled(rotation) &&
           rotation_server_now(rotation, rotation->updated_at) - key->probe_began >
               REFUSAL_MAX + rotation->plan.settle;
}

bool rotation_remedy(const struct rotation *rotation, char ret_text[TEXT_SIZE])
{
    const struct event *failure = &rotation->failure;
    const char *new_key = rotation->new_key.id;
    bool about_new = new_key[0] != '\0' && (strcmp(failure->key, new_key) == 0 ||
                                           strcmp(failure->signer, new_key) == 0);
    ret_text[0] = '\0';
    /* Its secret is with the keeper of this run alone. */
    if (rotation->failed && failure->kind == EVENT_DELIVER_FAILED &&
        target_is_shown(&rotation->plan.targets[failure->target]))
        snprintf(ret_text, TEXT_SIZE,
                 "try again now, or resume later: a key whose secret nobody has is replaced then");
    /* Only whoever received the pair can sign now. */
    if (rotation->failed && rotation->plan.self && about_new &&
        error_from_name(failure->error) == ERROR_NO_CREDENTIALS)
        snprintf(ret_text, TEXT_SIZE,
                 "export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of %s, the new key, and resume", new_key);
    /* The switch-off took place after all, and the old key cannot tell. */
    if (rotation->failed && rotation_old_key_steps_in(rotation) &&
        error_from_name(failure->error) == ERROR_KEY_REFUSED)
        snprintf(ret_text, TEXT_SIZE,
                 "export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of %s, the new key, or switch %s on in "
                 "IAM; then resume", new_key, rotation->old_key.id);
    /* AWS does not say it when a policy wants MFA. */
    bool no_device = rotation->plan.mfa_serial[0] == '\0' &&
                     (error_from_name(failure->error) == ERROR_DENIED ||
                      (error_from_name(failure->error) == ERROR_MFA_NEEDED &&
                       failure->kind == EVENT_SESSION_REFUSED));
    if (rotation->failed && no_device)
        snprintf(ret_text, TEXT_SIZE,
                 "have the named action allowed; or, if its policy wants MFA, add mfa_serial to the profile; "
                 "then resume");
    if (rotation->failed &&
        (rotation->device_rests || error_from_name(failure->error) == ERROR_MFA_RESTS))
        snprintf(ret_text, TEXT_SIZE, "wait five minutes, then resume with a code that was not used");
    return ret_text[0] != '\0';
}

/* The last of the hand-overs; of what cannot be read back as known, or no earlier than it was. */
static int64_t handed_over(const struct rotation *rotation, bool no_earlier)
{
    int64_t last = 0;
    for (size_t i = 0; i < rotation->plan.target_count; i++) {
        const struct target_state *target = &rotation->targets[i];
        int64_t since = rotation->plan.targets[i].readable ? target->current_since
                        : no_earlier                       ? target->delivered_by
                                                           : target->delivered_date;
        if (since == 0)
            return 0;
        if (since > last)
            last = since;
    }
    return last;
}

int64_t rotation_handed_over(const struct rotation *rotation)
{
    return handed_over(rotation, false);
}

int64_t rotation_quiet_since(const struct rotation *rotation)
{
    bool lost = rotation->other_kind == OTHER_REPLACED;
    if (rotation_subject(rotation) != &rotation->other)
        return handed_over(rotation, true);
    return lost ? rotation->other_by : rotation_picked(rotation);
}

int64_t rotation_picked(const struct rotation *rotation)
{
    /* By AWS's clock: ours may have been set since. */
    return rotation->other_since != 0   ? rotation->other_since
           : rotation->opened_date != 0 ? rotation->opened_date
                                        : rotation->opened_at - rotation->skew;
}
