/* Names of effects and questions, and the event that records an intent. */
#include "rotation/rotation.h"

#include <string.h>

static const char *const effect_names[] = {
    [EFFECT_NONE] = "none",
    [EFFECT_IDENTIFY] = "identify",
    [EFFECT_TAKE_SESSION] = "take_session",
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

bool effect_intent(const struct effect *effect, const struct rotation *rotation, struct event *ret_event)
{
    struct event event = {.target = effect->target, .test = effect->test};
    switch (effect->kind) {
    case EFFECT_CREATE:
        event.kind = EVENT_CREATE_INTENDED;
        break;
    case EFFECT_DELIVER:
        event.kind = EVENT_DELIVER_INTENDED;
        break;
    case EFFECT_SWITCH:
        event.kind = EVENT_STATUS_INTENDED;
        event.status = effect->status;
        break;
    case EFFECT_DELETE:
        event.kind = EVENT_DELETE_INTENDED;
        break;
    case EFFECT_RUN_TEST:
        event.kind = EVENT_TEST_INTENDED;
        memcpy(event.text, rotation->plan.tests[effect->test], sizeof event.text);
        break;
    case EFFECT_RESTORE:
        event.kind = EVENT_RESTORE_INTENDED;
        break;
    case EFFECT_NONE:
    case EFFECT_IDENTIFY:
    case EFFECT_TAKE_SESSION:
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
        return false;
    }
    /* What the journal does not keep must not be folded either. */
    if ((event_fields(event.kind) & F(KEY)) != 0)
        memcpy(event.key, effect->key, sizeof event.key);
    if ((event_fields(event.kind) & F(SIGNER)) != 0)
        memcpy(event.signer, effect->signer, sizeof event.signer);
    *ret_event = event;
    return true;
}
