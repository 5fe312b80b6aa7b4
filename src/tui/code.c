#include "tui/code.h"

#include "base/when.h"
#include "tui/audit.h"

static struct code *code_of(struct loop *loop)
{
    if (loop->code.keeper == NULL)
        code_begin(&loop->code, loop->keeper);
    return &loop->code;
}

void code_of_survey(struct loop *loop, const struct error *why)
{
    if (loop->keeper == NULL || loop->keeper_gone || !code_seek(code_of(loop), why))
        return;
    loop->code_for_survey = true;
    code_follow(loop);
}

void code_of_audit(struct loop *loop, const struct error *why)
{
    if (loop->keeper == NULL || loop->keeper_gone || !code_seek(code_of(loop), why))
        return;
    loop->code_for_audit = true;
    code_follow(loop);
}

void code_given(struct loop *loop, const char *digits)
{
    struct code *code = code_of(loop);
    if (loop->keeper_gone || code->state != CODE_WANTED)
        return;
    code_take(code, digits, "");
    code_follow(loop);
}

/* The options answer before a person is asked: a code once, a command as long as what it printed was good. */
static bool option_answers(const struct loop *loop, const struct code *code)
{
    const struct tui_options *options = loop->options;
    if (code->why.code != ERROR_MFA_NEEDED && code->why.code != ERROR_DENIED)
        return false;
    return options->mfa_command != NULL ? code_session(loop) == NULL
                                        : options->mfa_code != NULL && !loop->code_used;
}

static void ask(struct loop *loop, struct code *code)
{
    const struct tui_options *options = loop->options;
    const char *command = options->mfa_command != NULL ? options->mfa_command : "";
    if (option_answers(loop, code)) {
        loop->code_used = loop->code_used || command[0] == '\0';
        code_take(code, command[0] == '\0' ? options->mfa_code : "", command);
        code_follow(loop);
        return;
    }
    loop_tell(loop, &(struct app_message){.kind = TO_APP_CODE, .text = code->serial, .error = &code->why});
}

static void look_again(struct loop *loop)
{
    bool survey = loop->code_for_survey, audit = loop->code_for_audit;
    loop->code_for_survey = loop->code_for_audit = false;
    if (survey) {
        survey_free(loop->survey);
        loop->survey = NULL;
        loop_survey(loop);
    }
    if (audit)
        audit_begin(loop);
}

static void say_failure(struct loop *loop, const struct error *why)
{
    if (loop->code_for_survey)
        loop_tell(loop, &(struct app_message){.kind = TO_APP_SURVEY_FAILED, .error = why});
    else
        loop_notice_error(loop, why);
    loop->code_for_survey = loop->code_for_audit = false;
}

void code_follow(struct loop *loop)
{
    struct code *code = &loop->code;
    if (!code->news)
        return;
    code->news = false;
    switch (code->state) {
    case CODE_WANTED:
        ask(loop, code);
        break;
    case CODE_HELD:
        look_again(loop);
        break;
    case CODE_FAILED:
        say_failure(loop, &code->why);
        break;
    case CODE_NONE:
    case CODE_SEEKING:
    case CODE_TAKING:
        break;
    }
}

void code_forget(struct loop *loop)
{
    code_begin(&loop->code, NULL);
    loop->code_for_survey = loop->code_for_audit = false;
}

void code_keep(struct loop *loop, const struct rotation *rotation)
{
    bool of_role = rotation->session_held && rotation->plan.mfa_serial[0] == '\0';
    if (of_role && !loop->keeper_gone)
        code_of(loop)->session =
            (struct runner_session){.date = rotation->session_taken, .expires = rotation->session_ends};
}

const struct runner_session *code_session(const struct loop *loop)
{
    const struct code *code = &loop->code;
    const struct runner_session *session = &code->session;
    bool held = code->keeper != NULL && !loop->keeper_gone && session->date != 0;
    return held && (session->expires == 0 || session->expires > when_now() + 60) ? session : NULL;
}
