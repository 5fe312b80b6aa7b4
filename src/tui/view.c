#include "config.h"

#include "tui/view.h"

#include <stdio.h>
#include <string.h>

#include "tui/views.h"

/* Help and close stay at the right end; the others fill the room that is left. */
static void status_bar(const struct app *app, struct grid *grid)
{
    int row = grid->rows - 1;
    size_t count;
    const struct binding *table = keymap_table(&count);
    char end[64];
    snprintf(end, sizeof end, "? help   q %s", app->screen == SCREEN_HOME ? "quit" : "close");
    int limit = grid->columns - (int)strlen(end) - 2;
    int column = 1;
    unsigned when = app_when(app);
    for (size_t i = 0; i < count; i++) {
        const struct binding *one = &table[i];
        bool now = keymap_is_on(one, app->screen) &&
                   (one->when == 0 || (one->when & when) != 0);
        bool at_end = one->command == COMMAND_HELP || one->command == COMMAND_CLOSE;
        if (!now || at_end || one->word == NULL)
            continue;
        int width = (int)(strlen(one->label) + 1 + strlen(one->word));
        if (column + width > limit)
            break;
        column = grid_put(grid, row, column, limit, LOOK_BOLD, one->label) + 1;
        column = grid_put(grid, row, column, limit, LOOK_PLAIN, one->word) + 3;
    }
    grid_put(grid, row, grid->columns - (int)strlen(end) - 1, grid->columns, LOOK_DIM, end);
}

static void notice(const struct app *app, struct grid *grid)
{
    int row = grid->rows - 2;
    if (app->notice.text[0] == '\0')
        return;
    for (int i = 0; i < grid->columns; i++)
        grid_put(grid, row, i, grid->columns, LOOK_PLAIN, " ");
    grid_put(grid, row, 1, grid->columns - 1, LOOK_BOLD | (app->notice.bad ? LOOK_BAD : LOOK_PLAIN),
             app->notice.text);
}

static void too_small(const struct app *app, struct grid *grid)
{
    char text[128];
    snprintf(text, sizeof text, "Keywright needs %dx%d. This is %dx%d. Work goes on.",
             VIEW_COLUMNS_MIN, VIEW_ROWS_MIN, app->columns, app->rows);
    grid_wrap(grid, 0, 0, grid->columns, grid->rows, LOOK_PLAIN, text);
}

void view(const struct app *app, struct grid *grid)
{
    grid_clear(grid);
    if (grid->rows < VIEW_ROWS_MIN || grid->columns < VIEW_COLUMNS_MIN) {
        too_small(app, grid);
        return;
    }
    if (app->help) {
        view_help(app, grid);
        return;
    }
    status_bar(app, grid);
    switch (app->screen) {
    case SCREEN_HOME:
        view_home(app, grid);
        break;
    case SCREEN_ROTATION:
        view_rotation(app, grid);
        break;
    case SCREEN_HISTORY:
        view_history(app, grid);
        break;
    case SCREEN_EVENTS:
        view_events(app, grid);
        break;
    case SCREEN_AUDIT:
        view_findings(app, grid);
        break;
    case SCREEN_COUNT:
        break;
    }
    notice(app, grid);
    if (app->dialog.kind != DIALOG_NONE)
        view_dialog(app, grid);
}
