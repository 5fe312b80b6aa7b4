/* The rotation screen: what is rotated, the four steps, the gates before the next dangerous act, and
 * what comes next. */
#include <stdio.h>
#include <string.h>

#include "base/when.h"
#include "tui/views.h"

static const struct {
    enum step step;
    const char *says;
} steps[] = {
    {STEP_CREATE_NEW, "make the new key, hand it over, see it work"},
    {STEP_DEACTIVATE_OLD, "switch the old key off; can be undone"},
    {STEP_TEST, "see everything work without the old key"},
    {STEP_DELETE, "delete the old key for ever"},
    {STEP_ROLLBACK, "put everything back as it was"},
};

enum { NEXT_ROWS = 3, STEPS = 4, STEPS_WITH_ROLLBACK = 5 };

/* "[x]", "[>]", "[ ]", and "[-]" for what will not come any more. */
static const char *step_mark(const struct rotation *rotation, enum step step)
{
    enum rotation_state state = rotation->state;
    enum step now = rotation_state_step(state);
    bool off_first = rotation->plan.compromised && rotation->old_key.deactivated_by_us;
    if (state == ROTATION_DONE)
        return "[x]";
    if (step == STEP_ROLLBACK)
        return state == ROTATION_ROLLED_BACK ? "[x]" : "[>]";
    if (now == STEP_ROLLBACK || now == STEP_NONE)
        return "[-]";
    if (off_first && step == STEP_DEACTIVATE_OLD)
        return "[x]";
    return step < now ? "[x]" : step == now ? "[>]" : "[ ]";
}

static unsigned mark_look(const char *mark)
{
    return mark[1] == 'x' ? LOOK_GOOD : mark[1] == '>' ? LOOK_BOLD | LOOK_ACCENT : LOOK_DIM;
}

/* A step a row where there is room for what it means, else all in one. */
static int draw_steps(const struct rotation *state, struct grid *grid, int row, bool tall)
{
    int column = 1;
    bool undone = state->state == ROTATION_ROLLING_BACK || state->state == ROTATION_ROLLED_BACK;
    int count = undone ? STEPS_WITH_ROLLBACK : STEPS;
    /* In one row there is no room for what will not come any more. */
    for (int i = undone && !tall ? STEPS : 0; i < count; i++) {
        const char *mark = step_mark(state, steps[i].step);
        unsigned look = mark_look(mark);
        char text[40];
        if (!tall) {
            bool wide = grid->columns >= 78;
            if (wide && !undone)
                snprintf(text, sizeof text, "%s %d %s", mark, i + 1, step_name(steps[i].step));
            else
                snprintf(text, sizeof text, "%s %s", mark, step_name(steps[i].step));
            column = grid_put(grid, row, column, grid->columns, look, text) + (wide ? 4 : 2);
            continue;
        }
        snprintf(text, sizeof text, "%s %d %-15s", mark, i + 1, step_name(steps[i].step));
        column = grid_put(grid, row + i, 1, grid->columns, look, text);
        grid_put(grid, row + i, column + 1, grid->columns - 1, LOOK_PLAIN, steps[i].says);
    }
    return tall ? count : 1;
}

static int draw_key(struct grid *grid, int row, int column, const char *label,
                    const struct key_state *key, const char *id)
{
    column = grid_put(grid, row, column, grid->columns - 1, LOOK_DIM, label) + 1;
    column = grid_put(grid, row, column, grid->columns - 1, LOOK_BOLD, id) + 1;
    const char *status = key->gone                           ? "deleted"
                         : key->status != KEY_STATUS_UNKNOWN ? key_status_name(key->status)
                                                             : "";
    unsigned look = key->status == KEY_STATUS_ACTIVE && !key->gone ? LOOK_GOOD : LOOK_WARN;
    return grid_put(grid, row, column, grid->columns, look, status);
}

/* For how long the MFA session of this run still is. Returns the column behind it. */
static int draw_session(const struct rotation *state, int64_t now, struct grid *grid, int column)
{
    char left[DURATION_TEXT_SIZE], text[DURATION_TEXT_SIZE + 32];
    int64_t seconds = state->session_ends - rotation_server_now(state, now);
    if (!state->session_held || state->session_ends == 0 || seconds <= 0)
        return column;
    snprintf(text, sizeof text, "MFA session ends in %s", duration_format(seconds, left));
    return grid_put(grid, 1, column, grid->columns - 1, LOOK_PLAIN, text) + 3;
}

/* Whole or not at all: what is left of a name could be taken for another. */
static void draw_alias(const char *alias, struct grid *grid, int column)
{
    char text[WORD_SIZE + 16];
    int length = snprintf(text, sizeof text, "alias %s", alias);
    if (alias[0] != '\0' && column + length < grid->columns)
        grid_put(grid, 1, column, grid->columns - 1, LOOK_PLAIN, text);
}

/* What a key in wrong hands asks for besides. Returns the rows. */
static int draw_compromised(const struct rotation *state, struct grid *grid, int row)
{
    if (!state->plan.compromised)
        return 0;
    grid_put(grid, row, 1, grid->columns - 1, LOOK_WARN,
             state->old_key.maybe_off
                 ? "compromised: sessions of it go on: see 'keywright policy revoke-sessions'"
                 : "compromised: the old key is switched off before a new one is made");
    return 1;
}

static int draw_top(const struct app *app, struct grid *grid)
{
    const struct rotation_pane *pane = &app->rotation;
    const struct rotation *state = &pane->state;
    const struct plan *plan = &state->plan;
    char text[USER_SIZE + 64];
    snprintf(text, sizeof text, "rotation %s", pane->id);
    view_header(grid, text, rotation_state_name(state->state));
    snprintf(text, sizeof text, "account %s   user %s", plan->account, plan->user);
    int end = grid_put(grid, 1, 1, grid->columns - 1, LOOK_PLAIN, text);
    draw_alias(pane->alias, grid, draw_session(state, app->now, grid, end + 3));
    int row = 2;
    int column = draw_key(grid, row, 1, "old key", &state->old_key, plan->old_key) + 3;
    if (state->new_key.id[0] != '\0') {
        int width = 8 + (int)strlen(state->new_key.id) + 9;
        if (column + width > grid->columns) {
            row++;
            column = 1;
        }
        draw_key(grid, row, column, "new key", &state->new_key, state->new_key.id);
    }
    row += draw_compromised(state, grid, row + 1);
    grid_rule(grid, row + 1, 0, grid->columns, LOOK_DIM);
    return row + 2;
}

static unsigned verdict_look(enum gate_verdict verdict)
{
    switch (verdict) {
    case GATE_PASSES:
        return LOOK_GOOD;
    case GATE_WAITS:
    case GATE_OVERRULED:
        return LOOK_WARN;
    case GATE_FAILS:
        return LOOK_BAD | LOOK_BOLD;
    case GATE_UNCHECKED:
    case GATE_WAIVED:
        return LOOK_DIM;
    }
    return LOOK_PLAIN;
}

enum { EVIDENCE_COLUMN = 31 };

static const char *evidence_of(const struct gate *gate)
{
    return gate->evidence[0] != '\0' ? gate->evidence : gate_says(gate->id);
}

/* One gate, its evidence over at most `rows` rows. */
static int draw_gate(const struct gate *gate, struct grid *grid, int row, int rows, bool marked)
{
    char text[64];
    int column = EVIDENCE_COLUMN;
    snprintf(text, sizeof text, "%-10s", gate_verdict_name(gate->verdict));
    grid_put(grid, row, 3, grid->columns, verdict_look(gate->verdict), text);
    grid_put(grid, row, 14, grid->columns, LOOK_PLAIN, gate_name(gate->id));
    int used = grid_wrap(grid, row, column, grid->columns - 1, rows, LOOK_PLAIN, evidence_of(gate));
    if (marked)
        view_mark(grid, row);
    return used > 0 ? used : 1;
}

static const char *gates_title(const struct rotation *state, const enum gate_id *ids, size_t count)
{
    bool other = state->other.id[0] != '\0';
    for (size_t i = 0; i < count; i++)
        if (ids[i] == GATE_SOAK_OVER)
            return other ? "Gates before the other key is deleted"
                         : "Gates before the old key is deleted";
    if (other)
        return "Gates before the other key is switched off";
    return count == 1 ? "Gate before the new key is made" : "Gates before the old key is switched off";
}

/* Rows that all evidence would take. */
static int gate_rows(const struct gate *gates, const enum gate_id *ids, size_t count,
                     const struct grid *grid)
{
    int rows = 0;
    for (size_t i = 0; i < count; i++)
        rows += grid_wrap_rows(grid, grid->columns - 1 - EVIDENCE_COLUMN, evidence_of(&gates[ids[i]]));
    return rows;
}

static int draw_gates(const struct app *app, struct grid *grid, int row, int room)
{
    const struct rotation_pane *pane = &app->rotation;
    enum gate_id ids[GATE_COUNT];
    struct gate gates[GATE_COUNT];
    size_t count = gates_for_state(&pane->state, ids);
    if (count == 0 || room < 2)
        return 0;
    gates_evaluate(&pane->state, app->now, gates);
    int used = 0;
    if (room > (int)count)
        view_heading(grid, row + used++, gates_title(&pane->state, ids, count));
    /* Without room for all evidence in full, the marked gate has it. */
    bool all = gate_rows(gates, ids, count, grid) <= room - used;
    for (size_t i = 0; i < count && used < room; i++) {
        bool marked = pane->on_gates && i == pane->gate_at;
        int left = room - used - (int)(count - 1 - i);
        int rows = !all && !marked ? 1 : left < 3 ? left : 3;
        used += draw_gate(&gates[ids[i]], grid, row + used, rows < 1 ? 1 : rows, marked);
    }
    return used;
}

static void draw_events(const struct rotation_pane *pane, struct grid *grid, int row, int rows)
{
    if (rows < 2 || pane->line_count == 0)
        return;
    view_heading(grid, row, "Events");
    size_t shown = (size_t)(rows - 1) < pane->line_count ? (size_t)(rows - 1) : pane->line_count;
    for (size_t i = 0; i < shown; i++) {
        const struct event_line *line = &pane->lines[pane->line_count - shown + i];
        char text[64], when[WHEN_TEXT_SIZE];
        when_format(line->at, when);
        snprintf(text, sizeof text, "%4lld  %.9s", (long long)line->seq,
                 when[0] != '\0' ? when + 11 : "");
        int column = grid_put(grid, row + 1 + (int)i, 1, grid->columns, LOOK_DIM, text) + 2;
        grid_put(grid, row + 1 + (int)i, column, grid->columns - 1, LOOK_DIM, line->sentence);
    }
}

/* What this screen cannot ask for, a command can: a key that no file here holds is shown, to be handed over. */
static void draw_command(const struct app *app, struct grid *grid, int row)
{
    struct text command CLEANUP(text_release);
    text_init(&command, TEXT_SIZE * 8);
    app_rotate_command(app, app->rotation.user, app->rotation.key, &command);
    text_append(&command, " --to show");
    grid_put(grid, row, 3, grid->columns - 1, LOOK_PLAIN,
             "To show the new key once on a terminal instead, and hand it over:");
    grid_wrap(grid, row + 1, 3, grid->columns - 1, 3, LOOK_BOLD, command.bytes);
}

/* Before there is an ID: the runner looks around, or has failed to open. */
static void draw_opening(const struct app *app, struct grid *grid)
{
    const struct rotation_pane *pane = &app->rotation;
    view_header(grid, "new rotation", "");
    grid_rule(grid, 1, 0, grid->columns, LOOK_DIM);
    view_heading(grid, 3, pane->key[0] != '\0' ? pane->key : "The key that the profile holds");
    grid_cursor(grid, 5, 3);
    if (pane->present && pane->status == RUNNER_FAILED) {
        int used = view_error(grid, 5, 6, &pane->error);
        grid_put(grid, 6 + used, 3, grid->columns - 1, LOOK_PLAIN,
                 "Nothing was made or changed. r tries again, Esc goes back.");
        if (pane->error.code == ERROR_USAGE)
            draw_command(app, grid, 8 + used);
        return;
    }
    if (pane->present && pane->status == RUNNER_ASKING) {
        int used = grid_wrap(grid, 5, 3, grid->columns - 1, 4, LOOK_BOLD, pane->effect.text);
        grid_put(grid, 6 + used, 3, grid->columns - 1, LOOK_PLAIN,
                 "Your answer is needed: press Enter. Nothing was made or changed.");
        return;
    }
    grid_put(grid, 5, 3, grid->columns - 1, LOOK_PLAIN,
             "Looking for the key, the places that hold it, and who we are...");
}

void view_rotation(const struct app *app, struct grid *grid)
{
    const struct rotation_pane *pane = &app->rotation;
    if (!pane->present || pane->id[0] == '\0') {
        draw_opening(app, grid);
        return;
    }
    bool tall = grid->rows >= 30;
    bool airy = grid->rows >= 22;
    int end = grid->rows - (airy ? 2 : 1);
    int row = draw_top(app, grid);
    row += draw_steps(&pane->state, grid, row, tall) + airy;
    int gates = draw_gates(app, grid, row, end - row - (airy ? 5 : 3));
    row += gates + (airy && gates > 0);
    bool titled = end - row > 3;
    if (titled)
        view_heading(grid, row++, "Next");
    int next = row;
    int used = view_next(app, grid, row, end - row > 6 ? 6 : end - row);
    /* What comes below keeps its place while this grows and shrinks. */
    row += airy && used < NEXT_ROWS ? NEXT_ROWS : used;
    if (!pane->on_gates) {
        grid_put(grid, next, 1, 2, LOOK_BOLD, ">");
        grid_cursor(grid, next, 1);
    }
    row += airy;
    draw_events(pane, grid, row, end - row);
}
