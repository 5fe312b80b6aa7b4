/* Names of effects and questions, and the event that records an intent. */
#include "rotation/rotation.h"

#include <string.h>

static const char *const effect_names[] = {
    [EFFECT_NONE] = "none",
    [EFFECT_IDENTIFY] = "identify",
    [EFFECT_TAKE_SESSION] = "take_session",
    [EFFECT_FIND_DEVICE] = "find_device",
    [EFFECT_TRY_TARGET] = "try_target",
    [EFFECT_LIST_KEYS] = "list_keys",
    [EFFECT_READ_LAST_USED] = "read_last_used",
    [EFFECT_SEEK_KEY] = "seek_key",
    [EFFECT_CREATE] = "create_key",
    [EFFECT_ADOPT] = "adopt_key",
    [EFFECT_DELIVER] = "deliver",
    [EFFECT_CHECK_TARGET] = "check_target",
    [EFFECT_PROBE_KEY] = "probe_key",
    [EFFECT_DECLARE_LOST] = "declare_lost",
    [EFFECT_SWITCH] = "switch_key",
    [EFFECT_DELETE] = "delete_key",
    [EFFECT_RUN_TEST] = "run_test",
    [EFFECT_CONCLUDE_TEST] = "conclude_test",
    [EFFECT_RESTORE] = "restore",
    [EFFECT_REMOVE_BACKUP] = "remove_backup",
    [EFFECT_CLOSE] = "close",
    [EFFECT_ASK] = "ask",
    [EFFECT_WAIT] = "wait",
    [EFFECT_BLOCKED] = "blocked",
};

static const char *const question_names[QUESTION_COUNT] = {
    [QUESTION_NONE] = "",
    [QUESTION_CREATE] = "create",
    [QUESTION_TWO_KEYS] = "two_keys",
    [QUESTION_ORPHAN] = "orphan",
    [QUESTION_DEACTIVATE] = "deactivate",
    [QUESTION_DELETE] = "delete",
    [QUESTION_RECEIPT] = "receipt",
    [QUESTION_MFA] = "mfa",
    [QUESTION_DEVICE] = "device",
};

const char *effect_name(enum effect_kind kind)
{
    return effect_names[kind];
}

const char *question_name(enum question question)
{
    return question_names[question];
}

enum question question_from_name(const char *name)
{
    for (int i = 0; name != NULL && i < QUESTION_COUNT; i++)
        if (strcmp(question_names[i], name) == 0)
            return (enum question)i;
    return QUESTION_NONE;
}

/* The event that records the intent of such an effect; EVENT_COUNT for one that is not an act. */
static enum event_kind intent_of(enum effect_kind kind)
{
    switch (kind) {
    case EFFECT_CREATE:
        return EVENT_CREATE_INTENDED;
    case EFFECT_DELIVER:
        return EVENT_DELIVER_INTENDED;
    case EFFECT_SWITCH:
        return EVENT_STATUS_INTENDED;
    case EFFECT_DELETE:
        return EVENT_DELETE_INTENDED;
    case EFFECT_RUN_TEST:
        return EVENT_TEST_INTENDED;
    case EFFECT_RESTORE:
        return EVENT_RESTORE_INTENDED;
    case EFFECT_NONE:
    case EFFECT_IDENTIFY:
    case EFFECT_TAKE_SESSION:
    case EFFECT_FIND_DEVICE:
    case EFFECT_TRY_TARGET:
    case EFFECT_LIST_KEYS:
    case EFFECT_READ_LAST_USED:
    case EFFECT_SEEK_KEY:
    case EFFECT_ADOPT:
    case EFFECT_CHECK_TARGET:
    case EFFECT_PROBE_KEY:
    case EFFECT_DECLARE_LOST:
    case EFFECT_CONCLUDE_TEST:
    case EFFECT_REMOVE_BACKUP:
    case EFFECT_CLOSE:
    case EFFECT_ASK:
    case EFFECT_WAIT:
    case EFFECT_BLOCKED:
        break;
    }
    return EVENT_COUNT;
}

bool effect_intent(const struct effect *effect, const struct rotation *rotation, struct event *ret_event)
{
    enum event_kind kind = intent_of(effect->kind);
    if (kind == EVENT_COUNT)
        return false;
    memset(ret_event, 0, sizeof *ret_event);
    ret_event->kind = kind;
    ret_event->target = effect->target;
    ret_event->test = effect->test;
    ret_event->status = effect->status;
    memcpy(ret_event->key, effect->key, sizeof ret_event->key);
    memcpy(ret_event->signer, effect->signer, sizeof ret_event->signer);
    if (kind == EVENT_TEST_INTENDED)
        memcpy(ret_event->text, rotation->plan.tests[effect->test], sizeof ret_event->text);
    /* What the journal does not keep must not be folded either. */
    event_keep_carried(ret_event);
    return true;
}
