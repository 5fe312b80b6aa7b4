#include "runner/translate.h"

#include <string.h>

#include <json-c/json.h>

#include "base/text.h"
#include "runner/outcome.h"

/* --- requests ----------------------------------------------------------------------------------- */

/* An administrator's identity is resolved by the keeper from the profile it was started with. */
static void put_signer(struct json_object *body, const struct effect *effect)
{
    body_set_string(body, "signer", effect->role == SIGNER_ADMIN ? "" : effect->signer);
    body_set_bool(body, "session", effect->session);
}

static void put_target(struct json_object *body, const struct effect *effect,
                       const struct rotation *rotation)
{
    body_set_string(body, "spec", rotation->plan.targets[effect->target].spec);
    body_set_string(body, "key", effect->key);
    body_set_string(body, "verify", rotation->plan.verify);
    body_set_string(body, "user", rotation->plan.user);
    body_set_number(body, "count", effect->count);
}

static bool kind_of(const struct effect *effect, enum message_kind *ret_kind)
{
    static const struct {
        enum effect_kind effect;
        enum message_kind message;
    } pairs[] = {
        {EFFECT_IDENTIFY, MESSAGE_IDENTIFY},
        {EFFECT_TAKE_SESSION, MESSAGE_TAKE_SESSION},
        {EFFECT_FIND_DEVICE, MESSAGE_LIST_MFA},
        {EFFECT_TRY_TARGET, MESSAGE_TRY_TARGET},
        {EFFECT_LIST_KEYS, MESSAGE_LIST_KEYS},
        {EFFECT_READ_LAST_USED, MESSAGE_READ_LAST_USED},
        {EFFECT_SEEK_KEY, MESSAGE_SEEK_KEY},
        {EFFECT_CREATE, MESSAGE_CREATE_KEY},
        {EFFECT_DELIVER, MESSAGE_DELIVER},
        {EFFECT_CHECK_TARGET, MESSAGE_CHECK_TARGET},
        {EFFECT_PROBE_KEY, MESSAGE_PROBE_KEY},
        {EFFECT_SWITCH, MESSAGE_SWITCH_KEY},
        {EFFECT_DELETE, MESSAGE_DELETE_KEY},
        {EFFECT_RUN_TEST, MESSAGE_RUN_TEST},
        {EFFECT_RESTORE, MESSAGE_RESTORE},
        {EFFECT_REMOVE_BACKUP, MESSAGE_REMOVE_BACKUP},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (pairs[i].effect == effect->kind) {
            *ret_kind = pairs[i].message;
            return true;
        }
    return false;
}

bool translate_request(const struct effect *effect, const struct rotation *rotation,
                       const struct mfa_answer *mfa, enum message_kind *ret_kind,
                       struct json_object **ret_body)
{
    const struct plan *plan = &rotation->plan;
    if (!kind_of(effect, ret_kind))
        return false;
    char user[USER_SIZE];
    struct json_object *body = json_object_new_object();
    switch (effect->kind) {
    case EFFECT_TRY_TARGET:
    case EFFECT_DELIVER:
    case EFFECT_CHECK_TARGET:
    case EFFECT_RESTORE:
    case EFFECT_REMOVE_BACKUP:
        put_target(body, effect, rotation);
        break;
    case EFFECT_SEEK_KEY:
        body_set_string(body, "key", effect->key);
        break;
    case EFFECT_PROBE_KEY:
        body_set_string(body, "key", effect->key);
        body_set_string(body, "user", plan->user);
        body_set_number(body, "count", effect->count);
        body_set_bool(body, "in_iam", effect->in_iam);
        break;
    case EFFECT_RUN_TEST:
        body_set_string(body, "command", plan->tests[effect->test]);
        body_set_string(body, "key", effect->key);
        break;
    case EFFECT_TAKE_SESSION:
        put_signer(body, effect);
        body_set_string(body, "serial", plan->mfa_serial);
        body_set_string(body, "code", mfa->code);
        body_set_string(body, "command", mfa->command);
        break;
    case EFFECT_FIND_DEVICE:
        put_signer(body, effect);
        mfa_user(plan, user);
        body_set_string(body, "user", user);
        break;
    case EFFECT_SWITCH:
        body_set_string(body, "status", key_status_name(effect->status));
        __attribute__((fallthrough));
    case EFFECT_IDENTIFY:
    case EFFECT_LIST_KEYS:
    case EFFECT_READ_LAST_USED:
    case EFFECT_CREATE:
    case EFFECT_DELETE:
        put_signer(body, effect);
        body_set_string(body, "user", plan->user);
        body_set_string(body, "key", effect->key);
        break;
    case EFFECT_NONE:
    case EFFECT_ADOPT:
    case EFFECT_DECLARE_LOST:
    case EFFECT_CONCLUDE_TEST:
    case EFFECT_CLOSE:
    case EFFECT_ASK:
    case EFFECT_WAIT:
    case EFFECT_BLOCKED:
        break;
    }
    *ret_body = body;
    return true;
}

struct json_object *translate_prepare(const struct rotation *rotation, const char *id)
{
    struct json_object *body = json_object_new_object();
    struct json_object *specs = json_object_new_array();
    for (size_t i = 0; i < rotation->plan.target_count; i++)
        body_append(specs, json_object_new_string(rotation->plan.targets[i].spec));
    body_set_string(body, "rotation", id);
    body_put(body, "specs", specs);
    body_set_string(body, "old_key", rotation->plan.old_key);
    body_set_string(body, "new_key", rotation->new_key.id);
    return body;
}

/* --- events ------------------------------------------------------------------------------------- */

static bool read_keys(struct json_object *body, struct key_list *ret_list, struct error *err)
{
    struct json_object *keys = body_array(body, "keys");
    size_t count = keys != NULL ? json_object_array_length(keys) : 0;
    if (count > KEYS_MAX)
        return error_set(err, ERROR_LIMIT, "the user has %zu keys, more than %d", count, KEYS_MAX);
    ret_list->count = count;
    for (size_t i = 0; i < count; i++) {
        struct json_object *key = json_object_array_get_idx(keys, i);
        struct key_seen *seen = &ret_list->keys[i];
        text_copy(seen->id, sizeof seen->id, body_string(key, "id"));
        seen->status = key_status_from_name(body_string(key, "status"));
        seen->created = body_number(key, "created");
    }
    return true;
}

static void read_identity(struct json_object *body, struct event *event)
{
    event->kind = EVENT_IDENTITY_SEEN;
    text_copy(event->signer, sizeof event->signer, body_string(body, "signer"));
    text_copy(event->source, sizeof event->source, body_string(body, "source"));
    text_copy(event->account, sizeof event->account, body_string(body, "account"));
    text_copy(event->arn, sizeof event->arn, body_string(body, "arn"));
    text_copy(event->user, sizeof event->user, body_string(body, "owner"));
    event->skew = body_number(body, "skew");
}

static void read_last_used(struct json_object *body, struct event *event)
{
    event->kind = EVENT_LAST_USED_READ;
    event->used_at = body_number(body, "used_at");
    text_copy(event->used_service, sizeof event->used_service, body_string(body, "service"));
    text_copy(event->used_region, sizeof event->used_region, body_string(body, "region"));
    text_copy(event->user, sizeof event->user, body_string(body, "user"));
}

static void read_places(struct json_object *body, struct event *event)
{
    struct json_object *places = body_array(body, "places");
    event->kind = EVENT_KEY_SOUGHT;
    event->count = places != NULL ? (int64_t)json_object_array_length(places) : 0;
    if (event->count > 0)
        text_copy(event->place, sizeof event->place,
                  body_string(json_object_array_get_idx(places, 0), "path"));
}

static void read_probe(struct json_object *body, struct event *event)
{
    event->verdict = verdict_from_name(body_string(body, "verdict"));
    event->count = body_number(body, "count");
    text_copy(event->found, sizeof event->found, body_string(body, "found"));
    text_copy(event->place, sizeof event->place, body_string(body, "place"));
    text_copy(event->text, sizeof event->text, body_string(body, "text"));
}

/* More than eight devices a user cannot have (IAM's quota). */
void translate_devices(struct json_object *body, const char *tried, struct event *event)
{
    enum { DEVICES_MAX = 16 };
    const char *serials[DEVICES_MAX];
    struct json_object *devices = body_array(body, "devices");
    size_t count = devices != NULL ? json_object_array_length(devices) : 0;
    if (count > DEVICES_MAX)
        count = DEVICES_MAX;
    for (size_t i = 0; i < count; i++)
        serials[i] = body_string(json_object_array_get_idx(devices, i), "serial");
    mfa_devices_seen(body_bool(body, "unlisted") ? NULL : serials, count,
                     body_string(body, "mfa_serial"), tried, event);
}

static void read_devices(const struct rotation *rotation, struct json_object *body, struct event *event)
{
    bool refused = rotation->failed && rotation->failure.kind == EVENT_SESSION_REFUSED;
    translate_devices(body, refused ? rotation->plan.mfa_serial : "", event);
}

static bool succeeded(const struct effect *effect, const struct rotation *rotation,
                      struct json_object *body, struct event *event, struct error *err)
{
    text_copy(event->place, sizeof event->place, body_string(body, "place"));
    switch (effect->kind) {
    case EFFECT_IDENTIFY:
        read_identity(body, event);
        break;
    case EFFECT_TAKE_SESSION:
        event->kind = EVENT_SESSION_TAKEN;
        event->count = body_number(body, "expires");
        break;
    case EFFECT_FIND_DEVICE:
        read_devices(rotation, body, event);
        break;
    case EFFECT_TRY_TARGET:
        event->kind = EVENT_TARGET_TRIED;
        break;
    case EFFECT_LIST_KEYS:
        event->kind = EVENT_KEYS_LISTED;
        return read_keys(body, &event->keys, err);
    case EFFECT_READ_LAST_USED:
        read_last_used(body, event);
        break;
    case EFFECT_SEEK_KEY:
        read_places(body, event);
        break;
    case EFFECT_CREATE:
        event->kind = EVENT_CREATED;
        text_copy(event->key, sizeof event->key, body_string(body, "key"));
        event->created = body_number(body, "created");
        if (event->key[0] == '\0')
            return error_set(err, ERROR_REPLY, "the new key has no ID");
        break;
    case EFFECT_DELIVER:
        event->kind = EVENT_DELIVERED;
        break;
    case EFFECT_CHECK_TARGET:
        read_probe(body, event);
        event->kind = EVENT_TARGET_CHECKED;
        break;
    case EFFECT_PROBE_KEY:
        read_probe(body, event);
        event->kind = EVENT_KEY_PROBED;
        event->in_iam = effect->in_iam ? 1 : 0;
        break;
    case EFFECT_SWITCH:
        event->kind = EVENT_STATUS_SET;
        break;
    case EFFECT_DELETE:
        event->kind = EVENT_DELETED;
        break;
    case EFFECT_RUN_TEST:
        event->kind = EVENT_TEST_FINISHED;
        event->count = body_number(body, "status");
        text_copy(event->text, sizeof event->text, body_string(body, "output"));
        break;
    case EFFECT_RESTORE:
        event->kind = EVENT_RESTORED;
        break;
    case EFFECT_REMOVE_BACKUP:
        event->kind = EVENT_BACKUP_REMOVED;
        break;
    case EFFECT_NONE:
    case EFFECT_ADOPT:
    case EFFECT_DECLARE_LOST:
    case EFFECT_CONCLUDE_TEST:
    case EFFECT_CLOSE:
    case EFFECT_ASK:
    case EFFECT_WAIT:
    case EFFECT_BLOCKED:
        return error_set(err, ERROR_INTERNAL, "'%s' has no reply", effect_name(effect->kind));
    }
    return true;
}

bool translate_reply(const struct effect *effect, const struct rotation *rotation,
                     struct json_object *body, const struct error *reply_error, int64_t date,
                     struct event *ret_event, struct error *err)
{
    if (reply_error != NULL && reply_error->code == ERROR_KEEPER_GONE) {
        *err = *reply_error;
        return false;
    }
    struct event event = {0};
    outcome_begin(effect, date, &event);
    struct error unfit;
    if (reply_error != NULL) {
        outcome_fail(effect, reply_error, &event);
    } else if (!succeeded(effect, rotation, body, &event, &unfit)) {
        /* Nothing stays of what was read before the reply turned out to be unfit. */
        event = (struct event){0};
        outcome_begin(effect, date, &event);
        outcome_fail(effect, &unfit, &event);
    }
    *ret_event = event;
    return true;
}
