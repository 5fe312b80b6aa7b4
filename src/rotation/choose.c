#include "rotation/choose.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ANSWER_FRESH = 600 }; /* seconds that a yes counts */

/* --- who signs (DESIGN 5) ---------------------------------------------------------------------- */

static bool new_key_signs(const struct rotation *rotation)
{
    switch (rotation->state) {
    case ROTATION_PROVEN:
        return !rotation_old_key_steps_in(rotation);
    case ROTATION_DEACTIVATED:
    case ROTATION_TESTED:
    case ROTATION_DELETING:
        return true;
    case ROTATION_ROLLING_BACK:
        /* Until the old key is on again only the new one can switch it. */
        return rotation->old_key.maybe_off && !rotation_old_key_steps_in(rotation);
    case ROTATION_OPENED:
    case ROTATION_CREATING:
    case ROTATION_CREATED:
    case ROTATION_DELIVERING:
    case ROTATION_PROVING:
    case ROTATION_DONE:
    case ROTATION_ROLLED_BACK:
    case ROTATION_ABANDONED:
    case ROTATION_STATE_COUNT:
        return false;
    }
    return false;
}

static void sign(struct choice *choice)
{
    const struct rotation *rotation = choice->rotation;
    struct effect *effect = choice->effect;
    if (!rotation->plan.self) {
        effect->role = SIGNER_ADMIN;
        memcpy(effect->signer, rotation->plan.signer_key, sizeof effect->signer);
    } else if (new_key_signs(rotation)) {
        effect->role = SIGNER_NEW;
        memcpy(effect->signer, rotation->new_key.id, sizeof effect->signer);
    } else {
        effect->role = SIGNER_OLD;
        memcpy(effect->signer, rotation->old_key.id, sizeof effect->signer);
    }
    effect->session = rotation->plan.mfa_serial[0] != '\0';
}

/* --- effects ----------------------------------------------------------------------------------- */

bool choose(struct choice *choice, enum effect_kind kind)
{
    choice->effect->kind = kind;
    choice->effect->step = rotation_state_step(choice->rotation->state);
    choice->effect->gate = GATE_COUNT;
    sign(choice);
    return true;
}

bool choose_for_key(struct choice *choice, enum effect_kind kind, const char *key)
{
    memset(choice->effect->key, 0, sizeof choice->effect->key);
    memcpy(choice->effect->key, key, strnlen(key, KEY_ID_SIZE - 1));
    return choose(choice, kind);
}

bool choose_for_target(struct choice *choice, enum effect_kind kind, size_t target)
{
    choice->effect->target = (int64_t)target;
    /* With no settle time, three probes at once. */
    choice->effect->count = choice->rotation->plan.settle == 0 ? 3 : 1;
    return choose_for_key(choice, kind, choice->rotation->new_key.id);
}

bool choose_switch(struct choice *choice, const struct key_state *key, enum key_status status)
{
    choice->effect->status = status;
    return choose_for_key(choice, EFFECT_SWITCH, key->id);
}

bool choose_delete(struct choice *choice, const struct key_state *key)
{
    return choose_for_key(choice, EFFECT_DELETE, key->id);
}

#define SAY(choice, format)                                                                        \
    do {                                                                                           \
        va_list args;                                                                              \
        va_start(args, format);                                                                    \
        vsnprintf((choice)->effect->text, sizeof(choice)->effect->text, format, args);             \
        va_end(args);                                                                              \
    } while (0)

bool choose_wait(struct choice *choice, int64_t seconds, const char *format, ...)
{
    SAY(choice, format);
    choice->effect->until = choice->now + (seconds > 0 ? seconds : 1);
    return choose(choice, EFFECT_WAIT);
}

bool choose_ask(struct choice *choice, enum question question, const char *key, const char *format, ...)
{
    SAY(choice, format);
    choice->effect->question = question;
    return choose_for_key(choice, EFFECT_ASK, key);
}

bool choose_blocked(struct choice *choice, bool needs_operator, const char *format, ...)
{
    SAY(choice, format);
    choice->effect->needs_operator = needs_operator;
    return choose(choice, EFFECT_BLOCKED);
}

bool choose_nothing(struct choice *choice)
{
    memset(choice->effect, 0, sizeof *choice->effect);
    return false;
}

bool ensure_answer(struct choice *choice, enum question question, const char *key, const char *format, ...)
{
    const struct rotation *rotation = choice->rotation;
    int64_t age = choice->now - rotation->answered_at;
    bool same = rotation->answered == question && strcmp(rotation->answered_key, key) == 0;
    if (same && age >= 0 && age <= ANSWER_FRESH)
        return false;
    SAY(choice, format);
    choice->effect->question = question;
    return choose_for_key(choice, EFFECT_ASK, key);
}
