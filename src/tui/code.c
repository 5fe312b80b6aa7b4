#include "tui/code.h"

#include "base/when.h"

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
}

void code_of_audit(struct loop *loop, const struct error *why)
{
    if (loop->keeper == NULL || loop->keeper_gone || !code_seek(code_of(loop), why))
        return;
    loop->code_for_audit = true;
}

void code_given(struct loop *loop, const char *digits)
{
    struct code *code = code_of(loop);
    if (loop->keeper_gone || code->state != CODE_WANTED)
        return;
    code_take(code, digits, "");
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
