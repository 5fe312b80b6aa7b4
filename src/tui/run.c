#include "tui/run.h"

#include <string.h>

#include "base/when.h"
#include "tui/code.h"
#include "tui/lists.h"
#include "tui/paint.h"

static void on_event(void *context, const struct rotation *after, const struct event *event)
{
    (void)after;
    struct loop *loop = context;
    loop->survey_old = true;
    loop_tell(loop, &(struct app_message){.kind = TO_APP_EVENT, .event = event});
}

/* The painter leaves while the keeper shows a secret. */
static void on_screen(void *context, bool lent, const struct error *err)
{
    struct loop *loop = context;
    if (lent) {
        paint_lend(loop->painter);
        lend_out(&loop->lend);
    } else {
        lend_back(&loop->lend, err);
        loop->dirty = true;
    }
}

/* No reply is owed to the runner in hand. */
bool run_can_start(struct loop *loop)
{
    if (loop->runner == NULL || loop->status != RUNNER_BUSY || loop->keeper_gone)
        return true;
    loop_notice(loop, false, "A request of the other rotation is in hand. Try again in a moment.");
    return false;
}

static void let_go(struct loop *loop, const char *key, const char *user)
{
    if (loop->keeper_gone) {
        loop_release(loop);
        loop->keeper_gone = false;
    }
    if (loop->runner != NULL)
        code_keep(loop, runner_rotation(loop->runner));
    runner_free(loop->runner);
    loop->runner = NULL;
    loop_tell(loop, &(struct app_message){
                        .kind = TO_APP_RUN_ENDED, .text = key, .place = user, .flag = true});
}

static void begun(struct loop *loop)
{
    runner_on_event(loop->runner, on_event, loop);
    runner_on_screen(loop->runner, on_screen, loop);
    loop->status = RUNNER_BUSY;
    loop->told_seq = -1;
}

/* It could not even begin: the screen shows why, as it does for a run that failed. */
static void not_begun(struct loop *loop, const char *id, const struct error *error)
{
    struct effect none = {.kind = EFFECT_NONE, .gate = GATE_COUNT};
    struct app_message message = {.kind = TO_APP_ROTATION,
                                  .text = id,
                                  .status = RUNNER_FAILED,
                                  .rotation = &loop->app->rotation.state,
                                  .effect = &none,
                                  .error = error};
    loop_tell(loop, &message);
    loop->status = RUNNER_FAILED;
}

void run_start(struct loop *loop, const struct runner_request *request)
{
    struct error err = {0};
    struct speaker speaker;
    struct runner_request with_session = *request;
    if (!run_can_start(loop))
        return;
    loop_speaker(loop, &speaker);
    let_go(loop, request->key != NULL ? request->key : "",
           request->user != NULL ? request->user : "");
    bool good = loop_keeper(loop, &speaker, &err);
    with_session.session = code_session(loop);
    if (!good || !runner_open(loop->journal, loop->keeper, &with_session, loop->actor, &loop->runner, &err)) {
        not_begun(loop, "", &err);
        return;
    }
    begun(loop);
}

/* A rotation of another account than the one that is expected is not gone on with from home either. */
static bool is_expected(const struct loop *loop, const char *account, struct error *err)
{
    const struct runner_request *defaults = loop->options->defaults;
    const char *expected = defaults != NULL ? defaults->expect_account : NULL;
    if (expected == NULL || strcmp(expected, account) == 0)
        return true;
    return error_set(err, ERROR_ACCOUNT, "account %s is expected, and the rotation is of account %s",
                     expected, account);
}

void run_resume(struct loop *loop, const char *id)
{
    struct error err = {0};
    struct speaker speaker;
    bool same = loop->runner != NULL && strcmp(runner_id(loop->runner), id) == 0;
    if (same && loop->status != RUNNER_FAILED) {
        loop->app->screen = SCREEN_ROTATION;
        loop->told_seq = -1;
        return;
    }
    if (!run_can_start(loop))
        return;
    let_go(loop, "", "");
    /* The pane's own place serves to fold it: it is told right after. */
    struct rotation *rotation = &loop->app->rotation.state;
    bool good = journal_load(loop->journal, id, rotation, &err) &&
                is_expected(loop, rotation->plan.account, &err);
    if (good) {
        speaker_of_plan(&rotation->plan, &speaker);
        lists_recent(loop, id, rotation->last_seq);
        good = loop_keeper(loop, &speaker, &err);
        if (!good)
            runner_could_not(loop->journal, id, loop->actor, &err);
        good = good && runner_resume(loop->journal, loop->keeper, id, loop->actor, &loop->runner, &err);
    }
    if (!good) {
        not_begun(loop, id, &err);
        return;
    }
    begun(loop);
}

static void tell_run(struct loop *loop, enum runner_status status)
{
    const struct rotation *rotation = runner_rotation(loop->runner);
    struct text leftovers CLEANUP(text_release);
    text_init(&leftovers, LEFTOVERS_SIZE - 1);
    if (status == RUNNER_CLOSED)
        runner_leftovers(rotation, runner_id(loop->runner), &leftovers);
    struct app_message message = {.kind = TO_APP_ROTATION,
                                  .text = runner_id(loop->runner),
                                  .status = status,
                                  .rotation = rotation,
                                  .effect = runner_effect(loop->runner),
                                  .error = status == RUNNER_FAILED ? runner_error(loop->runner) : NULL,
                                  .leftovers = leftovers.bytes,
                                  .alias = runner_account_alias(loop->runner)};
    loop_tell(loop, &message);
    loop->status = status;
    loop->told_seq = rotation->last_seq;
    loop->told_effect = *runner_effect(loop->runner);
}

/* The options answer before a person is asked, but for a code that the command's last one was refused for.
 * WAITING until the command can print the next code. */
static enum runner_status answer_by_option(struct loop *loop)
{
    const struct rotation *rotation = runner_rotation(loop->runner);
    const struct tui_options *options = loop->options;
    int64_t now = when_now(), until = runner_effect(loop->runner)->until;
    bool opening = runner_id(loop->runner)[0] == '\0';
    bool refused = rotation->failed && rotation->failure.kind == EVENT_SESSION_REFUSED;
    struct error err = {0};
    if (loop->code_used || refused)
        return RUNNER_ASKING;
    if (options->mfa_command != NULL && until > now && until - now <= 60)
        return RUNNER_WAITING;
    /* Before there is a rotation nothing tells of a refusal: once is enough. */
    loop->code_used = options->mfa_command == NULL || opening;
    bool good = options->mfa_command != NULL
                    ? runner_answer_by_command(loop->runner, options->mfa_command, &err)
                    : runner_answer(loop->runner, options->mfa_code, &err);
    if (!good)
        loop_notice_error(loop, &err);
    return good ? runner_advance(loop->runner, now) : RUNNER_ASKING;
}

void run_advance(struct loop *loop)
{
    if (loop->runner == NULL)
        return;
    enum runner_status status = runner_advance(loop->runner, when_now());
    bool by_option = loop->options->mfa_code != NULL || loop->options->mfa_command != NULL;
    if (by_option && status == RUNNER_ASKING &&
        runner_effect(loop->runner)->question == QUESTION_MFA)
        status = answer_by_option(loop);
    const struct effect *effect = runner_effect(loop->runner);
    if (status != loop->status || runner_rotation(loop->runner)->last_seq != loop->told_seq ||
        memcmp(effect, &loop->told_effect, sizeof *effect) != 0)
        tell_run(loop, status);
}

bool run_open(const struct loop *loop)
{
    return loop->runner != NULL && runner_id(loop->runner)[0] != '\0' &&
           !rotation_closed(runner_rotation(loop->runner));
}

int run_exit_status(const struct loop *loop)
{
    const struct rotation_pane *pane = &loop->app->rotation;
    if (!pane->present)
        return 0;
    switch (pane->status) {
    case RUNNER_CLOSED:
        return 0;
    case RUNNER_BUSY:
    case RUNNER_WAITING:
    case RUNNER_ASKING:
        return 3;
    case RUNNER_BLOCKED:
        return pane->effect.needs_operator ? 3 : pane->effect.gate != GATE_COUNT ? 5 : 1;
    case RUNNER_FAILED:
        return error_exit_status(pane->error.code);
    }
    return 1;
}
