/* A dialog over the screen. Its buttons are always in view; a body that is too long scrolls. */
#include <stdio.h>
#include <string.h>

#include "tui/ask.h"
#include "tui/views.h"

struct frame {
    int top, left, rows, columns;
    int body; /* rows for the body */
    bool tight; /* no room for it: of a choice without the focus only what is chosen is shown */
};

static bool choice_focused(const struct dialog *dialog, size_t which)
{
    return dialog->focus == FOCUS_CHOICE && dialog->choice == which;
}

/* Rows under the body: a blank, then choices or field, complaint or blank, the buttons. */
static int rows_below(const struct dialog *dialog, const struct dialog_spec *spec, bool tight)
{
    int rows = 2;
    for (size_t i = 0; i < spec->choice_count; i++)
        rows += tight && !choice_focused(dialog, i) ? 1 : (int)spec->choices[i].count;
    if (spec->choice_count > 0)
        rows++;
    if (spec->field_label != NULL)
        rows += 2;
    return rows;
}

static int body_rows(const struct grid *grid, const struct dialog_spec *spec, int columns)
{
    int rows = 0;
    for (size_t i = 0; i < spec->line_count; i++)
        rows += grid_wrap_rows(grid, columns, spec->lines[i].text);
    return rows;
}

static struct frame lay_out(const struct grid *grid, const struct dialog *dialog,
                            const struct dialog_spec *spec)
{
    struct frame frame;
    frame.columns = grid->columns < 78 ? grid->columns - 2 : 76;
    int wanted = body_rows(grid, spec, frame.columns - 4);
    frame.tight = wanted > grid->rows - 2 - rows_below(dialog, spec, false);
    int below = rows_below(dialog, spec, frame.tight);
    int room = grid->rows - 2 - below;
    frame.body = wanted < room ? wanted : room;
    frame.rows = frame.body + below + 2;
    frame.top = (grid->rows - frame.rows) / 2;
    frame.left = (grid->columns - frame.columns) / 2;
    return frame;
}

/* The body, from the dialog's scroll position on. */
static void draw_body(struct grid *grid, const struct dialog *dialog, const struct dialog_spec *spec,
                      const struct frame *frame)
{
    int left = frame->left + 2;
    int limit = frame->left + frame->columns - 2;
    int row = 0;
    size_t first = body_rows(grid, spec, limit - left) > frame->body ? dialog->scroll : 0;
    size_t i;
    for (i = first; i < spec->line_count && row < frame->body; i++)
        row += grid_wrap(grid, frame->top + 1 + row, left, limit, frame->body - row,
                         spec->lines[i].look, spec->lines[i].text);
    if (i < spec->line_count)
        grid_put(grid, frame->top + frame->body + 1, left, limit, LOOK_DIM,
                 dialog->focus == FOCUS_CHOICE ? "more below: PgDn" : "more below: Down");
}

/* What is typed, its end where it is longer than the room; the cursor behind it. */
static void draw_typed(struct grid *grid, const struct dialog *dialog, int row, int column, int limit,
                       bool focused)
{
    const char *tail = dialog->field.text;
    while (grid_width(grid, tail) > limit - column - 1 && *tail != '\0')
        tail++;
    column = grid_put(grid, row, column, limit, LOOK_BOLD, tail);
    if (focused)
        grid_cursor(grid, row, column);
}

static void draw_option(struct grid *grid, const struct dialog *dialog, const struct dialog_option *option,
                        bool chosen, bool focused, int row, int left, int limit)
{
    char text[256];
    snprintf(text, sizeof text, "(%c) %-7s  ", chosen ? '*' : ' ', option->word);
    unsigned look = chosen ? LOOK_BOLD : LOOK_PLAIN;
    int column = grid_put(grid, row, left, limit, look, text);
    column = grid_put(grid, row, column, limit, option->refusal != NULL ? LOOK_DIM : look, option->says);
    if (chosen && option->takes_text)
        draw_typed(grid, dialog, row, column + 1, limit, focused);
}

/* One choice, an option a row. Returns the rows. */
static int draw_choice(struct grid *grid, const struct dialog *dialog, const struct dialog_spec *spec,
                       size_t which, bool tight, int row, int left, int limit)
{
    enum { LABEL = 2, OPTION = 8 };
    const struct dialog_choice *choice = &spec->choices[which];
    bool focused = choice_focused(dialog, which);
    int rows = 0;
    grid_put(grid, row, left + LABEL, left + OPTION, LOOK_BOLD, choice->label);
    for (size_t i = 0; i < choice->count; i++) {
        const struct dialog_option *option = &choice->options[i];
        bool chosen = option == dialog_chosen(dialog, spec, which);
        if (tight && !focused && !chosen)
            continue;
        int at = row + rows++;
        if (chosen && focused) {
            grid_put(grid, at, left, limit, LOOK_BOLD, ">");
            grid_cursor(grid, at, left);
        }
        draw_option(grid, dialog, option, chosen, focused, at, left + OPTION, limit);
        if (chosen && focused)
            grid_look(grid, at, left + OPTION, limit - left - OPTION, LOOK_REVERSE);
    }
    return rows;
}

static void draw_choices(struct grid *grid, const struct dialog *dialog,
                         const struct dialog_spec *spec, bool tight, int row, int left, int limit)
{
    for (size_t i = 0; i < spec->choice_count; i++)
        row += draw_choice(grid, dialog, spec, i, tight, row, left, limit);
    if (dialog->complaint[0] != '\0')
        grid_put(grid, row, left + 2, limit, LOOK_BAD, dialog->complaint);
}

static void draw_field(struct grid *grid, const struct dialog *dialog, const struct dialog_spec *spec,
                       int row, int left, int limit)
{
    bool focused = dialog->focus == FOCUS_FIELD;
    int column = left;
    column = grid_put(grid, row, column, limit, LOOK_BOLD, focused ? "> " : "  ");
    column = grid_put(grid, row, column, limit, LOOK_BOLD, spec->field_label);
    column = grid_put(grid, row, column, limit, LOOK_BOLD, ": ");
    draw_typed(grid, dialog, row, column, limit, focused);
    if (dialog->complaint[0] != '\0')
        grid_put(grid, row + 1, left + 2, limit, LOOK_BAD, dialog->complaint);
    else if (focused && dialog->field.text[0] == '\0')
        grid_put(grid, row + 1, left + 2, limit, LOOK_DIM, "Enter without text cancels.");
}

static void draw_buttons(struct grid *grid, const struct dialog *dialog,
                         const struct dialog_spec *spec, int row, int left, int limit)
{
    int column = left;
    for (size_t i = 0; i < spec->button_count; i++) {
        bool focused = dialog->focus == FOCUS_BUTTONS && dialog->button == i;
        char text[64];
        snprintf(text, sizeof text, "%s[ %s ]", focused ? ">" : " ", spec->buttons[i]);
        int end = grid_put(grid, row, column, limit, focused ? LOOK_BOLD : LOOK_PLAIN, text);
        if (focused) {
            grid_look(grid, row, column, end - column, LOOK_REVERSE);
            grid_cursor(grid, row, column);
        }
        column = end + 3;
    }
    static const char hint[] = "Tab moves, Enter chooses, Esc cancels";
    if (column + (int)strlen(hint) <= limit)
        grid_put(grid, row, column, limit, LOOK_DIM, hint);
}

void view_dialog(const struct app *app, struct grid *grid)
{
    struct dialog_spec spec;
    ask_describe(app, &spec);
    const struct dialog *dialog = &app->dialog;
    struct frame frame = lay_out(grid, dialog, &spec);
    int left = frame.left + 2;
    int limit = frame.left + frame.columns - 2;
    /* Only whole rows of the screen show beside the dialog. */
    grid_fade(grid);
    for (int row = frame.top; row < frame.top + frame.rows; row++)
        for (int column = 0; column < grid->columns; column++)
            grid_put(grid, row, column, grid->columns, LOOK_PLAIN, " ");
    grid_box(grid, frame.top, frame.left, frame.rows, frame.columns, LOOK_PLAIN);
    char title[128];
    snprintf(title, sizeof title, " %s ", spec.title);
    grid_put(grid, frame.top, left, limit, LOOK_BOLD, title);
    draw_body(grid, dialog, &spec, &frame);
    int row = frame.top + 1 + frame.body + 1;
    if (spec.choice_count > 0)
        draw_choices(grid, dialog, &spec, frame.tight, row, left, limit);
    if (spec.field_label != NULL)
        draw_field(grid, dialog, &spec, row, left, limit);
    draw_buttons(grid, dialog, &spec, frame.top + frame.rows - 2, left, limit);
}
