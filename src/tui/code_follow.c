/* What comes of an MFA code: code.c has what is known of it. */
#include "tui/audit.h"
#include "tui/code.h"

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

static void follow(struct loop *loop, struct code *code)
{
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

void code_follow(struct loop *loop)
{
    while (loop->code.news)
        follow(loop, &loop->code);
}
