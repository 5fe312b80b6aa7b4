/* Who signs, and the sessions that MFA asks for: see apply.h. */
#include "rotation/apply.h"

#include <string.h>

bool apply_old_key_looks(struct rotation *rotation, const struct event *event)
{
    bool probed = event->kind == EVENT_CHECK_FAILED && strcmp(event->key, rotation->new_key.id) == 0;
    bool signs = rotation->new_key.id[0] != '\0' && !probed &&
                 strcmp(event->signer, rotation->new_key.id) == 0;
    bool may = rotation->state == ROTATION_PROVEN || rotation->state == ROTATION_ROLLING_BACK;
    if (!signs || !may || rotation->new_cannot_sign ||
        error_from_name(event->error) != ERROR_NO_CREDENTIALS)
        return false;
    rotation->new_cannot_sign = true;
    return rotation_old_key_steps_in(rotation);
}

void apply_identity(struct rotation *rotation, const struct event *event)
{
    rotation->identity_seen = true;
    memcpy(rotation->identity_account, event->account, sizeof rotation->identity_account);
    memcpy(rotation->identity_arn, event->arn, sizeof rotation->identity_arn);
    memcpy(rotation->identity_signer, event->signer, sizeof rotation->identity_signer);
    memcpy(rotation->identity_source, event->source, sizeof rotation->identity_source);
    if (event->user[0] != '\0' && strcmp(event->key, rotation->old_key.id) == 0)
        memcpy(rotation->owner, event->user, sizeof rotation->owner);
    rotation->skew = event->skew;
}

void apply_session_taken(struct rotation *rotation, const struct event *event)
{
    rotation->session_held = true;
    rotation->identity_seen = false;
    rotation->answered = QUESTION_NONE;
    rotation->session_ends = event->count;
    rotation->session_taken = rotation->code_spent =
        event->date != 0 ? event->date : rotation_server_now(rotation, event->at);
    rotation->codes_refused = 0;
    memcpy(rotation->session_key, event->key, sizeof rotation->session_key);
}

void apply_session_refused(struct rotation *rotation, const struct event *event)
{
    rotation->answered = QUESTION_NONE;
    rotation->devices_sought = rotation->device_rests = false;
    if (event->http != 0) {
        rotation->code_spent = event->date != 0 ? event->date : rotation_server_now(rotation, event->at);
        rotation->codes_refused++;
    }
    if (!apply_old_key_looks(rotation, event))
        fold_failure(rotation, event);
}

void apply_devices_seen(struct rotation *rotation, const struct event *event)
{
    bool refused = rotation->failed && rotation->failure.kind == EVENT_SESSION_REFUSED;
    rotation->devices_sought = true;
    rotation->device_count = event->count;
    memcpy(rotation->devices, event->text, sizeof rotation->devices);
    rotation->device_rests = refused && event->verdict == VERDICT_WORKS;
    if (rotation->device_rests)
        return;
    memcpy(rotation->plan.mfa_serial, event->arn, sizeof rotation->plan.mfa_serial);
    if (!refused && event->arn[0] != '\0') {
        rotation->failed = false;
        rotation->failures = 0;
    }
}

void apply_device_chosen(struct rotation *rotation, const struct event *event)
{
    memset(rotation->plan.mfa_serial, 0, sizeof rotation->plan.mfa_serial);
    memcpy(rotation->plan.mfa_serial, event->text, strnlen(event->text, sizeof event->text - 1));
    rotation->answered = QUESTION_NONE;
}
