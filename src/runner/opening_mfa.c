/* MFA codes before there is a rotation: a role of the identity wants one before it can be said who we are,
 * or an administrator's policy wants one before another user's keys can be listed. */
#include "runner/internal.h"

#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

void opening_ask_code(struct runner *runner, const struct error *why)
{
    struct effect *effect = &runner->effect;
    memset(effect, 0, sizeof *effect);
    effect->kind = EFFECT_ASK;
    effect->question = QUESTION_MFA;
    effect->gate = GATE_COUNT;
    snprintf(effect->text, sizeof effect->text, "%.400s%s", why->text,
             why->code == ERROR_MFA_REFUSED ? " (a wrong code, or one that was used already)" : "");
    text_copy(runner->waiting_for, sizeof runner->waiting_for, effect->text);
    runner->opening->asking = true;
    runner->poked = true;
}

static void code_taken(void *context, struct json_object *body, const struct error *err, int64_t date)
{
    struct runner *runner = context;
    struct event *session = &runner->opening->session;
    runner->waiting_for_reply = false;
    memset(&runner->mfa, 0, sizeof runner->mfa);
    if (err != NULL && (err->code == ERROR_MFA_REFUSED || err->code == ERROR_MFA_USED)) {
        opening_ask_code(runner, err);
    } else if (err != NULL) {
        runner_fail(runner, err);
    } else {
        session->kind = EVENT_SESSION_TAKEN;
        session->date = date;
        session->count = body_number(body, "expires");
        runner->waiting_for[0] = '\0';
        memset(&runner->effect, 0, sizeof runner->effect);
        runner->opening->after_code(runner);
    }
}

bool opening_take_code(struct runner *runner, struct error *err)
{
    struct opening *opening = runner->opening;
    struct json_object *body = json_object_new_object();
    opening->asking = false;
    body_set_string(body, "signer", "");
    body_set_string(body, "serial", opening->by_pair ? opening->plan.mfa_serial : "");
    body_set_string(body, "code", runner->mfa.code);
    body_set_string(body, "command", runner->mfa.command);
    body_set_bool(body, "explain", true);
    return runner_ask(runner, MESSAGE_TAKE_SESSION, body, code_taken, err);
}

static void devices_listed(void *context, struct json_object *body, const struct error *err, int64_t date)
{
    (void)date;
    struct runner *runner = context;
    struct opening *opening = runner->opening;
    struct event seen = {0};
    struct error wanted;
    runner->waiting_for_reply = false;
    if (err == NULL)
        translate_devices(body, "", &seen);
    if (seen.arn[0] != '\0') {
        opening->by_pair = true;
        text_copy(opening->plan.mfa_serial, sizeof opening->plan.mfa_serial, seen.arn);
        error_set(&wanted, ERROR_MFA_NEEDED,
                  "AWS denied to list the user's keys, perhaps for want of MFA: an MFA code of %s", seen.arn);
        opening_ask_code(runner, &wanted);
    } else if (seen.text[0] != '\0') {
        error_set(&wanted, ERROR_DENIED, "%.250s. If that is for want of MFA: name the device that gives the "
                  "code as mfa_serial in the profile (%.300s)", opening->denial.text, seen.text);
        runner_fail(runner, &wanted);
    } else {
        runner_fail(runner, &opening->denial);
    }
}

void opening_denied(struct runner *runner, const struct error *denial)
{
    struct opening *opening = runner->opening;
    char user[USER_SIZE];
    struct error err;
    mfa_user(&opening->plan, user);
    /* A role, or a session, has no device to give a code. */
    if (opening->by_pair || user[0] == '\0' || strncmp(opening->plan.signer_key, "ASIA", 4) == 0) {
        runner_fail(runner, denial);
        return;
    }
    opening->denial = *denial;
    struct json_object *body = json_object_new_object();
    body_set_string(body, "signer", "");
    body_set_string(body, "user", user);
    if (!runner_ask(runner, MESSAGE_LIST_MFA, body, devices_listed, &err))
        runner_fail(runner, &err);
}
