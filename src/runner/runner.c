#include "runner/internal.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/when.h"
#include "runner/outcome.h"
#include "runner/translate.h"

/* --- effects in hand ------------------------------------------------------------------------------ */

/* What the rotation waits for is for `status`; it changes seldom, and only then is it written. */
static void set_waiting(struct runner *runner, const char *text)
{
    struct error err;
    if (strcmp(runner->waiting_for, text) == 0)
        return;
    text_copy(runner->waiting_for, sizeof runner->waiting_for, text);
    if (!journal_set_waiting(runner->journal, runner->id, text, &err))
        runner_fail(runner, &err);
}

/* The terminal is the keeper's while it shows something there. */
static void lend_screen(struct runner *runner, bool lent, const struct error *err)
{
    const struct effect *effect = &runner->effect;
    if (effect->kind == EFFECT_DELIVER && runner->screen != NULL &&
        target_is_shown(&runner->rotation.plan.targets[effect->target]))
        runner->screen(runner->screen_context, lent, err);
}

static void effect_answered(void *context, struct json_object *body, const struct error *reply_error,
                            int64_t date)
{
    struct runner *runner = context;
    struct event event;
    struct error err;
    runner->waiting_for_reply = false;
    memset(&runner->mfa, 0, sizeof runner->mfa);
    lend_screen(runner, false, reply_error);
    if (!translate_reply(&runner->effect, &runner->rotation, body, reply_error, date, &event, &err) ||
        !runner_record(runner, &event, NULL, &err)) {
        runner_fail(runner, &err);
        return;
    }
    if (event.kind == EVENT_CREATED && !runner_prepare(runner, &err))
        runner_fail(runner, &err);
}

/* The run cannot go on: `status` is to show it. What keeps the journal from being written is told by
 * the run alone. */
static void record_failure(struct runner *runner, const struct error *why)
{
    static const struct effect none = {.kind = EFFECT_NONE};
    struct event event = {0};
    struct error ignored;
    if (runner->failure_recorded || runner->phase != PHASE_RUNNING || runner->id[0] == '\0' ||
        rotation_closed(&runner->rotation) || why->code == ERROR_INTERRUPTED)
        return;
    runner->failure_recorded = true;
    outcome_fail(&none, why, &event);
    (void)!runner_record(runner, &event, NULL, &ignored);
}

/* --- the loop ------------------------------------------------------------------------------------ */

/* Journal the intent, then send. If the intent cannot be written, the act is not done. */
static bool carry_out(struct runner *runner, struct error *err)
{
    struct event event;
    enum message_kind kind;
    struct json_object *body = NULL;
    if (outcome_record(&runner->effect, &event)) {
        bool recorded = runner_record(runner, &event, NULL, err);
        return recorded && (event.kind != EVENT_ADOPTED || runner_prepare(runner, err));
    }
    if (effect_intent(&runner->effect, &runner->rotation, &event) &&
        !runner_record(runner, &event, NULL, err))
        return false;
    if (!translate_request(&runner->effect, &runner->rotation, &runner->mfa, &kind, &body))
        return error_set(err, ERROR_INTERNAL, "'%s' cannot be carried out",
                         effect_name(runner->effect.kind));
    lend_screen(runner, true, NULL);
    if (runner_ask(runner, kind, body, effect_answered, err))
        return true;
    lend_screen(runner, false, err);
    return false;
}

static enum runner_status rest(struct runner *runner)
{
    switch (runner->effect.kind) {
    case EFFECT_WAIT:
        if (runner->effect.long_wait)
            set_waiting(runner, runner->effect.text);
        return RUNNER_WAITING;
    case EFFECT_ASK:
        set_waiting(runner, runner->effect.text);
        return RUNNER_ASKING;
    case EFFECT_BLOCKED:
        set_waiting(runner, runner->effect.text);
        return RUNNER_BLOCKED;
    case EFFECT_NONE:
        set_waiting(runner, "");
        return RUNNER_CLOSED;
    case EFFECT_IDENTIFY:
    case EFFECT_TAKE_SESSION:
    case EFFECT_FIND_DEVICE:
    case EFFECT_TRY_TARGET:
    case EFFECT_LIST_KEYS:
    case EFFECT_READ_LAST_USED:
    case EFFECT_SEEK_KEY:
    case EFFECT_CREATE:
    case EFFECT_ADOPT:
    case EFFECT_DELIVER:
    case EFFECT_CHECK_TARGET:
    case EFFECT_PROBE_KEY:
    case EFFECT_DECLARE_LOST:
    case EFFECT_SWITCH:
    case EFFECT_DELETE:
    case EFFECT_RUN_TEST:
    case EFFECT_CONCLUDE_TEST:
    case EFFECT_RESTORE:
    case EFFECT_REMOVE_BACKUP:
    case EFFECT_CLOSE:
        break;
    }
    return RUNNER_BUSY;
}

enum runner_status runner_advance(struct runner *runner, int64_t now)
{
    struct error err;
    while (!runner->failed && !runner->waiting_for_reply && runner->phase == PHASE_RUNNING) {
        bool waited = runner->effect.kind == EFFECT_WAIT && now >= runner->effect.until;
        if (!runner->poked && !waited)
            break;
        runner->poked = false;
        rotation_next(&runner->rotation, now, &runner->effect);
        enum runner_status status = rest(runner);
        if (status != RUNNER_BUSY)
            break;
        set_waiting(runner, "");
        if (!carry_out(runner, &err))
            runner_fail(runner, &err);
    }
    if (runner->failed) {
        record_failure(runner, &runner->error);
        return RUNNER_FAILED;
    }
    if (runner->waiting_for_reply)
        return RUNNER_BUSY;
    if (runner->phase == PHASE_OPENING)
        return runner->opening->asking ? RUNNER_ASKING : RUNNER_BUSY;
    return rest(runner);
}

/* --- begin and end -------------------------------------------------------------------------------- */

static struct runner *runner_new(struct journal *journal, struct keeper *keeper, const char *actor,
                                 struct error *err)
{
    struct runner *runner = calloc(1, sizeof *runner);
    if (runner == NULL) {
        error_set(err, ERROR_MEMORY, "starting a rotation");
        return NULL;
    }
    runner->journal = journal;
    runner->keeper = keeper;
    text_copy(runner->actor, sizeof runner->actor, actor);
    rotation_init(&runner->rotation);
    return runner;
}

bool runner_open(struct journal *journal, struct keeper *keeper, const struct runner_request *request,
                 const char *actor, struct runner **ret_runner, struct error *err)
{
    struct runner *runner = runner_new(journal, keeper, actor, err);
    if (runner == NULL)
        return false;
    if (!opening_begin(runner, request, err)) {
        runner_free(runner);
        return false;
    }
    *ret_runner = runner;
    return true;
}

bool runner_resume(struct journal *journal, struct keeper *keeper, const char *id, const char *actor,
                   struct runner **ret_runner, struct error *err)
{
    struct runner *runner = runner_new(journal, keeper, actor, err);
    struct event event = {.kind = EVENT_RESUMED};
    struct error why = {0};
    if (runner == NULL)
        return false;
    bool claimed = journal_claim(journal, id, err);
    if (claimed)
        text_copy(runner->id, sizeof runner->id, id);
    runner->phase = PHASE_RUNNING;
    bool good = claimed && journal_load(journal, id, &runner->rotation, err) &&
                (rotation_closed(&runner->rotation) ||
                 runner_record(runner, &event, runner->actor, err));
    if (good && keeper != NULL && !rotation_closed(&runner->rotation) &&
        !runner_prepare(runner, &why)) {
        record_failure(runner, &why);
        *err = why;
        good = false;
    }
    if (!good) {
        runner_free(runner);
        return false;
    }
    runner->poked = true;
    *ret_runner = runner;
    return true;
}

void runner_could_not(struct journal *journal, const char *id, const char *actor,
                      const struct error *why)
{
    struct runner *runner = NULL;
    struct error ignored;
    if (!runner_resume(journal, NULL, id, actor, &runner, &ignored))
        return;
    record_failure(runner, why);
    runner_free(runner);
}

void runner_free(struct runner *runner)
{
    if (runner == NULL)
        return;
    if (runner->id[0] != '\0')
        journal_unclaim(runner->journal, runner->id);
    memset(&runner->mfa, 0, sizeof runner->mfa);
    free(runner->opening);
    free(runner);
}

const char *runner_id(const struct runner *runner)
{
    return runner->id;
}

const char *runner_account_alias(const struct runner *runner)
{
    return runner->account_alias;
}

const struct rotation *runner_rotation(const struct runner *runner)
{
    return &runner->rotation;
}

const struct effect *runner_effect(const struct runner *runner)
{
    return &runner->effect;
}

const struct error *runner_error(const struct runner *runner)
{
    return &runner->error;
}

const char *runner_waiting_for(const struct runner *runner)
{
    return runner->waiting_for;
}

void runner_on_event(struct runner *runner,
                     void (*told)(void *, const struct rotation *, const struct event *), void *context)
{
    runner->told = told;
    runner->told_context = context;
}

void runner_on_screen(struct runner *runner,
                      void (*screen)(void *, bool lent, const struct error *), void *context)
{
    runner->screen = screen;
    runner->screen_context = context;
}

/* --- the operator's part --------------------------------------------------------------------------- */

static size_t number_of(const char *answer)
{
    return answer[0] >= '1' && answer[0] <= '9' && answer[1] == '\0' ? (size_t)(answer[0] - '0') : 0;
}

static bool answer_fits(struct runner *runner, const char *answer, struct error *err)
{
    const struct effect *effect = &runner->effect;
    char serial[TEXT_SIZE];
    size_t length = strlen(effect->key);
    bool fits = false;
    switch (effect->question) {
    case QUESTION_CREATE:
    case QUESTION_ORPHAN:
    case QUESTION_DEACTIVATE:
    case QUESTION_RECEIPT:
        fits = strcmp(answer, "yes") == 0;
        break;
    case QUESTION_TWO_KEYS:
        fits = strcmp(answer, "adopt") == 0 || strcmp(answer, "retire") == 0;
        break;
    case QUESTION_DELETE:
        fits = length >= 4 && strcmp(answer, effect->key + length - 4) == 0;
        break;
    case QUESTION_MFA:
        fits = mfa_is_code(answer);
        break;
    case QUESTION_DEVICE:
        fits = mfa_device_at(&runner->rotation, number_of(answer), serial);
        break;
    case QUESTION_NONE:
    case QUESTION_COUNT:
        break;
    }
    if (fits)
        return true;
    return error_set(err, ERROR_USAGE, "that is not an answer to '%s'",
                     question_name(effect->question));
}

static bool is_asked(const struct runner *runner, struct error *err)
{
    if (runner->failed || runner->waiting_for_reply || runner->effect.kind != EFFECT_ASK)
        return error_set(err, ERROR_USAGE, "nothing is asked");
    return true;
}

static bool record_answer(struct runner *runner, const char *answer, struct error *err)
{
    const struct effect *effect = &runner->effect;
    struct event event = {.kind = EVENT_ANSWERED};
    text_copy(event.question, sizeof event.question, question_name(effect->question));
    text_copy(event.answer, sizeof event.answer, answer);
    text_copy(event.key, sizeof event.key, effect->key);
    if (effect->question == QUESTION_DEVICE)
        (void)mfa_device_at(&runner->rotation, number_of(answer), event.text);
    return runner_record(runner, &event, runner->actor, err);
}

/* The code itself is not journalled. */
static bool code_given(struct runner *runner, struct error *err)
{
    return runner->phase == PHASE_OPENING ? opening_take_code(runner, err)
                                          : record_answer(runner, "given", err);
}

bool runner_answer(struct runner *runner, const char *answer, struct error *err)
{
    if (!is_asked(runner, err) || !answer_fits(runner, answer, err))
        return false;
    if (runner->effect.question != QUESTION_MFA)
        return record_answer(runner, answer, err);
    memset(&runner->mfa, 0, sizeof runner->mfa);
    text_copy(runner->mfa.code, sizeof runner->mfa.code, answer);
    return code_given(runner, err);
}

bool runner_answer_by_command(struct runner *runner, const char *command, struct error *err)
{
    if (!is_asked(runner, err))
        return false;
    if (runner->effect.question != QUESTION_MFA)
        return error_set(err, ERROR_USAGE, "no MFA code is asked for");
    memset(&runner->mfa, 0, sizeof runner->mfa);
    if (!text_copy(runner->mfa.command, sizeof runner->mfa.command, command))
        return error_set(err, ERROR_USAGE, "--mfa-command is too long");
    return code_given(runner, err);
}

static bool decide(struct runner *runner, struct event *event, const char *text, struct error *err)
{
    if (runner->waiting_for_reply || runner->phase == PHASE_OPENING)
        return error_set(err, ERROR_BUSY, "an effect is in hand; wait for its outcome");
    text_copy(event->text, sizeof event->text, text != NULL ? text : "");
    return runner_record(runner, event, runner->actor, err);
}

bool runner_override(struct runner *runner, enum gate_id gate, const char *reason, struct error *err)
{
    struct event event = {.kind = EVENT_OVERRIDDEN};
    if (!gate_overridable(gate))
        return error_set(err, ERROR_USAGE, "the gate '%s' cannot be overridden", gate_name(gate));
    if (reason == NULL || reason[0] == '\0')
        return error_set(err, ERROR_USAGE, "an override needs a reason");
    text_copy(event.gate, sizeof event.gate, gate_name(gate));
    return decide(runner, &event, reason, err);
}

bool runner_retry(struct runner *runner, struct error *err)
{
    struct event event = {.kind = EVENT_RETRIED};
    return decide(runner, &event, "", err);
}

bool runner_rollback(struct runner *runner, const char *reason, struct error *err)
{
    struct event event = {.kind = EVENT_ROLLBACK_CHOSEN};
    if (runner->rotation.old_key.gone || runner->rotation.state == ROTATION_DELETING)
        return error_set(err, ERROR_USAGE, "the old key is deleted or may be: nothing can be undone");
    return decide(runner, &event, reason, err);
}

bool runner_abandon(struct runner *runner, const char *reason, struct error *err)
{
    struct event event = {.kind = EVENT_ABANDONED};
    return decide(runner, &event, reason, err);
}

/* --- what is left where ----------------------------------------------------------------------------- */

static void key_left(const struct key_state *key, const char *what, struct text *lines)
{
    if (key->id[0] != '\0' && !key->gone)
        text_appendf(lines, "%s %s is %s in IAM\n", what, key->id, key_status_name(key->status));
}

void runner_leftovers(const struct rotation *rotation, const char *id, struct text *ret_lines)
{
    (void)id;
    key_left(&rotation->old_key, "the old key", ret_lines);
    key_left(&rotation->new_key, "the new key", ret_lines);
    key_left(&rotation->other, "the key", ret_lines);
    const struct key_seen *bystanders[KEYS_MAX];
    size_t count = rotation_bystanders(rotation, bystanders);
    for (size_t i = 0; i < count; i++)
        text_appendf(ret_lines, "another key of the user, %s, was %s when it was last listed\n",
                     bystanders[i]->id, key_status_name(bystanders[i]->status));
    if (rotation->pending == ACT_CREATE)
        text_append(ret_lines, "a create was not answered: IAM may hold a key whose secret is lost\n");
    for (size_t i = 0; i < rotation->plan.target_count; i++) {
        const struct target_state *target = &rotation->targets[i];
        if (!rotation->plan.targets[i].readable && (target->restored || target->received_any))
            text_appendf(ret_lines, "%s was handed %s, not read back\n", rotation->plan.targets[i].spec,
                         target->restored                   ? rotation->old_key.id
                         : rotation->new_key.id[0] != '\0' ? rotation->new_key.id
                                                           : rotation->other.id);
        else if (target->found[0] != '\0')
            text_appendf(ret_lines, "%s held %s when it was last read\n",
                         rotation->plan.targets[i].spec, target->found);
        else if (target->received_any)
            text_appendf(ret_lines, "%s was handed the new key\n", rotation->plan.targets[i].spec);
        if (target->backup[0] != '\0')
            text_appendf(ret_lines, "the old pair is kept in %s; remove it when it is not needed\n",
                         target->backup);
    }
}
