/* Two lists over the journal: rotations, and the events of one. */
#include <stdio.h>
#include <string.h>

#include "base/when.h"
#include "tui/views.h"

static void history_line(const struct rotation_row *row, struct grid *grid, int at)
{
    char when[MOMENT_SIZE], id[ID_SIZE + 2];
    snprintf(id, sizeof id, "%-14s", row->id);
    int column = grid_put(grid, at, 3, grid->columns, LOOK_PLAIN, id) + 2;
    grid_put(grid, at, column, column + 16, LOOK_PLAIN, view_minute(row->opened_at, when));
    bool closed = row->closed_at != 0;
    grid_put(grid, at, column + 18, column + 30, closed ? LOOK_PLAIN : LOOK_ACCENT,
             rotation_state_name(row->state));
    grid_put(grid, at, column + 32, grid->columns - 1, LOOK_PLAIN, row->user);
}

/* The marked row in full. */
static void history_detail(const struct rotation_row *row, struct grid *grid, int at)
{
    char text[TEXT_SIZE * 3];
    snprintf(text, sizeof text, "%s, %s%s%s%s%s%s%s", row->account, row->old_key,
             row->new_key[0] != '\0' ? " to " : "", row->new_key,
             row->ticket[0] != '\0' ? ", ticket " : "", row->ticket,
             row->reason[0] != '\0' ? ", " : "", row->reason);
    grid_wrap(grid, at, 3, grid->columns - 1, 2, LOOK_PLAIN, text);
}

void view_history(const struct app *app, struct grid *grid)
{
    const struct history *history = &app->history;
    char page[64];
    snprintf(page, sizeof page, "page %zu%s", history->page + 1, history->more ? ", more below" : "");
    view_header(grid, "history", page);
    grid_rule(grid, 1, 0, grid->columns, LOOK_DIM);
    grid_put(grid, 2, 3, grid->columns, LOOK_DIM,
             "Rotation        Opened (UTC)      State         User");
    int row = 3;
    size_t rows = app_history_rows(app);
    size_t first = view_top(history->at, history->count, rows);
    for (size_t i = first; i < history->count && i < first + rows; i++, row++) {
        history_line(&history->rows[i], grid, row);
        if (i == history->at)
            view_mark(grid, row);
    }
    if (history->error.code != ERROR_NONE) {
        view_error(grid, 4, 4, &history->error);
    } else if (history->count == 0) {
        grid_put(grid, 4, 3, grid->columns - 1, LOOK_PLAIN,
                 history->filter.text[0] != '\0' ? "No rotation has this text. Esc shows all."
                                                 : "No rotation yet.");
        grid_cursor(grid, 4, 3);
    }
    size_t told = app_told(app, history->at);
    if (told < history->count)
        history_detail(&history->rows[told], grid, grid->rows - 4);
    view_filter(grid, grid->rows - 2, &history->filter, history->filtering);
}

static void event_row(const struct event_line *line, struct grid *grid, int row)
{
    char text[64], when[WHEN_TEXT_SIZE];
    snprintf(text, sizeof text, "%4lld  %s", (long long)line->seq, when_format(line->at, when));
    int column = grid_put(grid, row, 3, grid->columns, LOOK_DIM, text) + 2;
    grid_put(grid, row, column, grid->columns - 1, LOOK_PLAIN, line->sentence);
}

void view_events(const struct app *app, struct grid *grid)
{
    const struct events *events = &app->events;
    char text[64];
    snprintf(text, sizeof text, "events of %s", events->id);
    view_header(grid, text, events->more ? "more below" : "");
    grid_rule(grid, 1, 0, grid->columns, LOOK_DIM);
    size_t rows = app_events_rows(app), told = app_told(app, events->at);
    size_t first = view_top(events->at, events->count, rows);
    int row = 2;
    for (size_t i = first; i < events->count && i < first + rows; i++, row++) {
        event_row(&events->lines[i], grid, row);
        if (i == events->at)
            view_mark(grid, row);
    }
    int bottom = 2 + (int)rows;
    grid_rule(grid, bottom, 0, grid->columns, LOOK_DIM);
    if (events->error.code != ERROR_NONE)
        view_error(grid, bottom + 1, 4, &events->error);
    else if (told < events->count) {
        const struct event_line *line = &events->lines[told];
        int room = grid->rows - 2 - bottom - 2;
        int used = grid_wrap(grid, bottom + 1, 3, grid->columns - 1, room, LOOK_PLAIN,
                             line->facts[0] != '\0' ? line->facts : "no further facts");
        snprintf(text, sizeof text, "hash %.48s", line->hash);
        grid_put(grid, bottom + 1 + used, 3, grid->columns - 1, LOOK_DIM, text);
    }
}
