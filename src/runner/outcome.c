#include "runner/outcome.h"

#include "base/text.h"

static bool of_target(enum effect_kind kind)
{
    return kind == EFFECT_TRY_TARGET || kind == EFFECT_DELIVER || kind == EFFECT_CHECK_TARGET ||
           kind == EFFECT_RESTORE || kind == EFFECT_REMOVE_BACKUP;
}

void outcome_begin(const struct effect *effect, int64_t date, struct event *event)
{
    event->target = of_target(effect->kind) ? effect->target : -1;
    event->test = effect->test;
    event->status = effect->status;
    event->date = date;
    text_copy(event->key, sizeof event->key, effect->key);
    text_copy(event->signer, sizeof event->signer, effect->signer);
}

static void put_error(struct event *event, const struct error *error)
{
    text_copy(event->error, sizeof event->error, error_name(error->code));
    text_copy(event->aws_code, sizeof event->aws_code, error->aws_code);
    text_copy(event->request_id, sizeof event->request_id, error->request_id);
    text_copy(event->text, sizeof event->text, error->text);
    event->http = error->http;
}

/* May the act have taken place although no good answer came? */
static bool outcome_unknown(const struct error *error)
{
    switch (error->code) {
    case ERROR_UNANSWERED:
    case ERROR_TIMEOUT:
    case ERROR_REPLY:
    case ERROR_LIMIT:
    case ERROR_INTERNAL:
    case ERROR_MEMORY:
    case ERROR_INTERRUPTED:
        return true;
    case ERROR_AWS:
        return error->http >= 500 || error->http < 400;
    case ERROR_NONE:
    case ERROR_USAGE:
    case ERROR_SETTINGS:
    case ERROR_SYNTAX:
    case ERROR_IO:
    case ERROR_NOT_FOUND:
    case ERROR_PERMISSION:
    case ERROR_BUSY:
    case ERROR_ROTATION_OPEN:
    case ERROR_CHANGED:
    case ERROR_PROFILE_UNKNOWN:
    case ERROR_REGION_UNKNOWN:
    case ERROR_NO_CREDENTIALS:
    case ERROR_PAIR_HALF:
    case ERROR_PAIR_SPLIT:
    case ERROR_NETWORK:
    case ERROR_TLS:
    case ERROR_ENDPOINT:
    case ERROR_DENIED:
    case ERROR_THROTTLED:
    case ERROR_CLOCK:
    case ERROR_KEY_REFUSED:
    case ERROR_SIGNATURE:
    case ERROR_EXPIRED:
    case ERROR_MFA_NEEDED:
    case ERROR_MFA_REFUSED:
    case ERROR_MFA_USED:
    case ERROR_MFA_DEVICE:
    case ERROR_MFA_SERIAL:
    case ERROR_MFA_RESTS:
    case ERROR_MFA_NONE:
    case ERROR_IDENTITY:
    case ERROR_ACCOUNT:
    case ERROR_SIGNER:
    case ERROR_TARGET:
    case ERROR_COMMAND:
    case ERROR_JOURNAL_BUSY:
    case ERROR_JOURNAL_NEWER:
    case ERROR_JOURNAL_DAMAGED:
    case ERROR_JOURNAL_FULL:
    case ERROR_JOURNAL_READONLY:
    case ERROR_KEEPER_GONE:
    case ERROR_WAITING:
    case ERROR_GATE:
    case ERROR_ATTENTION:
    case ERROR_COUNT:
        return false;
    }
    return false;
}

void outcome_fail(const struct effect *effect, const struct error *error, struct event *event)
{
    bool unknown = outcome_unknown(error);
    switch (effect->kind) {
    case EFFECT_CREATE:
        event->kind = unknown ? EVENT_CREATE_UNANSWERED : EVENT_CREATE_REFUSED;
        break;
    case EFFECT_SWITCH:
        event->kind = unknown ? EVENT_STATUS_UNANSWERED : EVENT_STATUS_FAILED;
        break;
    case EFFECT_DELETE:
        event->kind = unknown                            ? EVENT_DELETE_UNANSWERED
                      : error->code == ERROR_NOT_FOUND   ? EVENT_DELETED
                                                         : EVENT_DELETE_FAILED;
        break;
    case EFFECT_TRY_TARGET:
        event->kind = EVENT_TARGET_UNFIT;
        break;
    case EFFECT_DELIVER:
        event->kind = EVENT_DELIVER_FAILED;
        break;
    case EFFECT_RESTORE:
        event->kind = EVENT_RESTORE_FAILED;
        break;
    case EFFECT_REMOVE_BACKUP:
        event->kind = EVENT_BACKUP_KEPT;
        break;
    case EFFECT_TAKE_SESSION:
        event->kind = EVENT_SESSION_REFUSED;
        break;
    case EFFECT_FIND_DEVICE:
        event->kind = EVENT_DEVICES_UNKNOWN;
        break;
    case EFFECT_RUN_TEST:
        event->kind = EVENT_TEST_FINISHED;
        event->count = 255;
        break;
    case EFFECT_IDENTIFY:
    case EFFECT_LIST_KEYS:
    case EFFECT_READ_LAST_USED:
    case EFFECT_SEEK_KEY:
    case EFFECT_CHECK_TARGET:
    case EFFECT_PROBE_KEY:
    case EFFECT_NONE:
    case EFFECT_ADOPT:
    case EFFECT_DECLARE_LOST:
    case EFFECT_CONCLUDE_TEST:
    case EFFECT_CLOSE:
    case EFFECT_ASK:
    case EFFECT_WAIT:
    case EFFECT_BLOCKED:
        event->kind = EVENT_CHECK_FAILED;
        break;
    }
    put_error(event, error);
}

bool outcome_record(const struct effect *effect, struct event *ret_event)
{
    struct event event = {0};
    text_copy(event.key, sizeof event.key, effect->key);
    switch (effect->kind) {
    case EFFECT_ADOPT:
        event.kind = EVENT_ADOPTED;
        break;
    case EFFECT_DECLARE_LOST:
        event.kind = EVENT_SECRET_LOST;
        break;
    case EFFECT_CONCLUDE_TEST:
        event.kind = EVENT_TEST_CONCLUDED;
        text_copy(event.text, sizeof event.text, effect->text);
        break;
    case EFFECT_CLOSE:
        event.kind = EVENT_CLOSED;
        break;
    case EFFECT_NONE:
    case EFFECT_IDENTIFY:
    case EFFECT_TAKE_SESSION:
    case EFFECT_FIND_DEVICE:
    case EFFECT_TRY_TARGET:
    case EFFECT_LIST_KEYS:
    case EFFECT_READ_LAST_USED:
    case EFFECT_SEEK_KEY:
    case EFFECT_CREATE:
    case EFFECT_DELIVER:
    case EFFECT_CHECK_TARGET:
    case EFFECT_PROBE_KEY:
    case EFFECT_SWITCH:
    case EFFECT_DELETE:
    case EFFECT_RUN_TEST:
    case EFFECT_RESTORE:
    case EFFECT_REMOVE_BACKUP:
    case EFFECT_ASK:
    case EFFECT_WAIT:
    case EFFECT_BLOCKED:
        return false;
    }
    *ret_event = event;
    return true;
}
