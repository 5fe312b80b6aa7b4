#include "tui/act.h"

#include <string.h>

#include "tui/aside.h"
#include "tui/audit.h"
#include "tui/code.h"
#include "tui/lists.h"
#include "tui/paint.h"
#include "tui/run.h"

/* A request starts from the one on the command line, from the defaults, or from the keeper's options. */
static void start(struct loop *loop, const struct wish *wish)
{
    const struct tui_options *options = loop->options;
    struct runner_request request = {.profile = options->keeper.profile,
                                     .as_profile = options->keeper.as_profile,
                                     .region = options->keeper.region,
                                     .endpoint_url = options->keeper.endpoint_url,
                                     .timeout = options->keeper.timeout,
                                     .settle = 5,
                                     .consistency = 60};
    if (options->request != NULL || options->defaults != NULL)
        request = options->request != NULL ? *options->request : *options->defaults;
    if (wish->key[0] != '\0')
        request.key = wish->key;
    if (wish->user[0] != '\0')
        request.user = wish->user;
    if (strcmp(wish->text, "file") == 0) {
        request.to_count = 0; /* that is what none means */
    } else if (wish->text[0] != '\0') {
        request.to[0] = wish->text;
        request.to_count = 1;
    }
    request.quiet = wish->quiet;
    request.soak = wish->soak;
    request.compromised = wish->compromised;
    request.ask_alias = true;
    bool typed = strncmp(wish->text, "command:", strlen("command:")) == 0;
    if (!typed || (run_can_start(loop) && aside_allow(loop, wish->text)))
        run_start(loop, &request);
}

/* The operator's part of a run. A runner that has failed takes none: it is resumed instead. */
static void decide(struct loop *loop, const struct wish *wish)
{
    struct error err = {0};
    bool good = true;
    if (loop->runner == NULL)
        return;
    if (wish->kind == WISH_ANSWER)
        good = runner_answer(loop->runner, wish->text, &err);
    else if (wish->kind == WISH_OVERRIDE)
        good = runner_override(loop->runner, wish->gate, wish->text, &err);
    else if (wish->kind == WISH_RETRY)
        good = runner_retry(loop->runner, &err);
    else if (wish->kind == WISH_ROLLBACK)
        good = runner_rollback(loop->runner, wish->text, &err);
    else if (wish->kind == WISH_ABANDON)
        good = runner_abandon(loop->runner, wish->text, &err);
    if (!good)
        loop_notice_error(loop, &err);
    loop->told_seq = -1;
}

/* A run has its keeper, and gets another one when it is gone on with. */
static bool can_ask(struct loop *loop)
{
    if (!loop->keeper_gone || loop->runner == NULL)
        return true;
    loop_notice(loop, true, "The keeper has ended. Open the rotation and press r to go on.");
    return false;
}

static void refresh(struct loop *loop)
{
    if (!can_ask(loop))
        return;
    lists_open(loop);
    loop_survey(loop);
}

static void audit(struct loop *loop)
{
    if (can_ask(loop))
        audit_begin(loop);
}

static void act(struct loop *loop, const struct wish *wish)
{
    switch (wish->kind) {
    case WISH_QUIT:
    case WISH_INTERRUPT:
        loop_leave(loop, wish->kind == WISH_INTERRUPT);
        break;
    case WISH_SUSPEND:
        paint_suspend(loop->painter);
        break;
    case WISH_REPAINT:
        paint_anew(loop->painter);
        break;
    case WISH_BELL:
        paint_bell(loop->painter);
        break;
    case WISH_REFRESH:
        refresh(loop);
        break;
    case WISH_START:
        start(loop, wish);
        break;
    case WISH_PLACE:
        loop_place(loop, wish->key);
        break;
    case WISH_RESUME:
        run_resume(loop, wish->id);
        break;
    case WISH_ANSWER:
    case WISH_OVERRIDE:
    case WISH_RETRY:
    case WISH_ROLLBACK:
    case WISH_ABANDON:
        decide(loop, wish);
        break;
    case WISH_CODE:
        code_given(loop, wish->text);
        break;
    case WISH_HISTORY:
        lists_history(loop, wish);
        break;
    case WISH_EVENTS:
        lists_events(loop, wish);
        break;
    case WISH_AUDIT:
        audit(loop);
        break;
    case WISH_AUDIT_STOP:
        audit_stop(loop);
        break;
    case WISH_ENROLL:
        aside_enroll(loop);
        break;
    case WISH_MESSAGE:
        aside_message(loop, wish->user);
        break;
    }
}

void act_on_wishes(struct loop *loop)
{
    while (loop->queued > 0) {
        struct wish wish = loop->queue[0];
        memmove(loop->queue, loop->queue + 1, --loop->queued * sizeof wish);
        act(loop, &wish);
    }
}
