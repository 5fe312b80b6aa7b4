/* What comes next in a rotation: work in hand, a wait, a question, a stop, or the end. */
#include <stdio.h>
#include <string.h>

#include "base/when.h"
#include "tui/views.h"

/* What is in hand, while the keeper does it. */
static const char *in_hand(enum effect_kind kind)
{
    switch (kind) {
    case EFFECT_IDENTIFY:
        return "asking AWS who we are, and whose the key is";
    case EFFECT_TAKE_SESSION:
        return "taking an MFA session";
    case EFFECT_FIND_DEVICE:
        return "looking for the MFA device of the user";
    case EFFECT_TRY_TARGET:
        return "trying the targets, without changing them";
    case EFFECT_LIST_KEYS:
        return "listing the keys of the user";
    case EFFECT_READ_LAST_USED:
        return "reading when a key was last used";
    case EFFECT_SEEK_KEY:
        return "looking for a key in the places known here";
    case EFFECT_CREATE:
        return "creating the new key";
    case EFFECT_ADOPT:
        return "taking the other key as the new one";
    case EFFECT_DELIVER:
        return "handing the new key over";
    case EFFECT_CHECK_TARGET:
        return "reading a target back and probing the key it holds";
    case EFFECT_PROBE_KEY:
        return "probing a key";
    case EFFECT_DECLARE_LOST:
        return "the new key's secret is lost; it is replaced";
    case EFFECT_SWITCH:
        return "switching a key";
    case EFFECT_DELETE:
        return "deleting a key";
    case EFFECT_RUN_TEST:
        return "running the test";
    case EFFECT_CONCLUDE_TEST:
        return "the test step is complete";
    case EFFECT_RESTORE:
        return "putting the old pair back";
    case EFFECT_REMOVE_BACKUP:
        return "removing the back-up of the old pair";
    case EFFECT_CLOSE:
        return "closing the rotation";
    case EFFECT_NONE:
    case EFFECT_ASK:
    case EFFECT_WAIT:
    case EFFECT_BLOCKED:
        break;
    }
    return "working";
}

static int draw_failure(const struct rotation *state, struct grid *grid, int row, int rows)
{
    const struct event *failure = &state->failure;
    if (!state->failed || rows < 1)
        return 0;
    char text[TEXT_SIZE * 2];
    bool known = failure->error[0] != '\0';
    snprintf(text, sizeof text, "%s%s%s%s%s%s%s", event_sentence(failure->kind),
             failure->text[0] != '\0' ? ": " : "", failure->text,
             failure->aws_code[0] != '\0' ? " " : "", failure->aws_code,
             failure->request_id[0] != '\0' ? ", request " : "", failure->request_id);
    int used = grid_wrap(grid, row, 3, grid->columns - 1, rows > 1 ? rows - 1 : 1, LOOK_BAD, text);
    if (known && used < rows) {
        char remedy[TEXT_SIZE];
        snprintf(text, sizeof text, "What to do: %s.",
                 rotation_remedy(state, remedy) ? remedy : error_remedy(error_from_name(failure->error)));
        used += grid_wrap(grid, row + used, 3, grid->columns - 1, 1, LOOK_PLAIN, text);
    }
    return used;
}

/* Hours: until when, and how to come back. */
static int draw_long_wait(const struct app *app, struct grid *grid, int row, int rows)
{
    const struct rotation_pane *pane = &app->rotation;
    const struct effect *effect = &pane->effect;
    char moment[MOMENT_SIZE], left[DURATION_TEXT_SIZE], text[TEXT_SIZE + 128];
    int used = grid_wrap(grid, row, 3, grid->columns - 1, rows > 2 ? rows - 2 : 1, LOOK_BOLD,
                         effect->text);
    int64_t seconds = effect->until > app->now ? effect->until - app->now : 0;
    snprintf(text, sizeof text, "Until %s: %s from now.",
             view_moment(effect->until, app->now, moment), duration_format(seconds, left));
    if (used < rows)
        grid_put(grid, row + used++, 3, grid->columns - 1, LOOK_PLAIN, text);
    snprintf(text, sizeof text, "Safe to quit. Go on with: %.300s %s", app->resume_command, pane->id);
    if (used < rows)
        grid_put(grid, row + used++, 3, grid->columns - 1, LOOK_PLAIN, text);
    return used;
}

static int draw_closed(const struct rotation_pane *pane, struct grid *grid, int row, int rows)
{
    const struct rotation *state = &pane->state;
    const char *result = state->state == ROTATION_DONE
                             ? "Done: the old key is deleted and the new one is in its place."
                         : state->state == ROTATION_ROLLED_BACK
                             ? "Rolled back: the old key is in its place again."
                             : "Abandoned: everything stays where it was.";
    int used = grid_wrap(grid, row, 3, grid->columns - 1, rows, LOOK_BOLD | LOOK_GOOD, result);
    const char *from = pane->leftovers;
    while (*from != '\0' && used < rows) {
        size_t length = strcspn(from, "\n");
        char line[TEXT_SIZE * 2];
        snprintf(line, sizeof line, "%.*s", (int)length, from);
        used += grid_wrap(grid, row + used, 3, grid->columns - 1, rows - used, LOOK_PLAIN, line);
        from += length + (from[length] == '\n');
    }
    return used;
}

/* For how long what must go on without a break has gone on; 0 when nothing is being settled. */
static int64_t settled_for(const struct rotation *state, const char **ret_what)
{
    const struct plan *plan = &state->plan;
    *ret_what = NULL;
    if (state->state == ROTATION_DEACTIVATED && state->old_key.refused_since != 0) {
        *ret_what = "The old key has been refused";
        return state->old_key.refused_last - state->old_key.refused_since;
    }
    int64_t least = -1;
    for (size_t i = 0; state->state == ROTATION_PROVING && i < plan->target_count; i++) {
        const struct target_state *target = &state->targets[i];
        int64_t row = target->works_since != 0 ? target->works_last - target->works_since : 0;
        if (plan->targets[i].readable && (least < 0 || row < least))
            least = row;
    }
    if (least >= 0)
        *ret_what = "The new key has worked";
    return least;
}

/* Work, and the short pauses between two looks, which show the same. */
static int draw_work(const struct rotation_pane *pane, const char *text, struct grid *grid, int row,
                     int rows)
{
    const struct rotation *state = &pane->state;
    const char *what;
    char have[DURATION_TEXT_SIZE], need[DURATION_TEXT_SIZE], line[128];
    int used = grid_wrap(grid, row, 3, grid->columns - 1, rows > 1 ? rows - 1 : 1, LOOK_BOLD, text);
    int64_t settled = settled_for(state, &what);
    if (what == NULL || state->plan.settle == 0 || used >= rows)
        return used;
    snprintf(line, sizeof line, "%s for %s of %s, without a break.", what,
             duration_format(settled, have), duration_format(state->plan.settle, need));
    grid_put(grid, row + used, 3, grid->columns - 1, LOOK_PLAIN, line);
    return used + 1;
}

int view_next(const struct app *app, struct grid *grid, int row, int rows)
{
    const struct rotation_pane *pane = &app->rotation;
    const struct effect *effect = &pane->effect;
    bool next_code = pane->status == RUNNER_WAITING && effect->kind == EFFECT_ASK;
    const char *text = next_code                 ? "waiting for the next MFA code: each counts once"
                       : effect->text[0] != '\0' ? effect->text
                                                 : in_hand(effect->kind);
    int limit = grid->columns - 1;
    int used = 0;
    switch (pane->status) {
    case RUNNER_BUSY:
        return draw_work(pane, pane->pause[0] != '\0' ? pane->pause : text, grid, row, rows);
    case RUNNER_WAITING:
        return effect->long_wait ? draw_long_wait(app, grid, row, rows)
                                 : draw_work(pane, text, grid, row, rows);
    case RUNNER_ASKING:
        used = grid_wrap(grid, row, 3, limit, rows > 1 ? rows - 1 : 1, LOOK_BOLD, text);
        grid_put(grid, row + used, 3, limit, LOOK_PLAIN, "Your answer is needed: press Enter.");
        return used + 1;
    case RUNNER_BLOCKED:
        if (!pane->state.failed || strcmp(text, pane->state.failure.text) != 0)
            used = grid_wrap(grid, row, 3, limit, rows > 2 ? 2 : 1, LOOK_BOLD | LOOK_BAD, text);
        return used + draw_failure(&pane->state, grid, row + used, rows - used);
    case RUNNER_CLOSED:
        return draw_closed(pane, grid, row, rows);
    case RUNNER_FAILED:
        return view_error(grid, row, rows, &pane->error);
    }
    return used;
}
