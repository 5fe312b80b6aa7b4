/* The help page of a screen, made from the table of commands. */
#include <string.h>

#include "tui/views.h"

void view_help(const struct app *app, struct grid *grid)
{
    static const char *const titles[] = {[SCREEN_HOME] = "keys of the home screen",
                                         [SCREEN_ROTATION] = "keys of the rotation screen",
                                         [SCREEN_HISTORY] = "keys of the history",
                                         [SCREEN_EVENTS] = "keys of the events",
                                         [SCREEN_AUDIT] = "keys of the audit",
                                         [SCREEN_COUNT] = ""};
    size_t count;
    const struct binding *table = keymap_table(&count);
    view_header(grid, titles[app->screen], "Esc closes");
    grid_rule(grid, 1, 0, grid->columns, LOOK_DIM);
    int row = 3;
    size_t before = 0;
    for (size_t i = 0; i < count && row < grid->rows - 2; i++) {
        if (!keymap_is_on(&table[i], app->screen) || before++ < app->help_top)
            continue;
        grid_put(grid, row, 3, 13, LOOK_BOLD, table[i].label);
        row += grid_wrap(grid, row, 14, grid->columns - 1, grid->rows - 2 - row, LOOK_PLAIN,
                         table[i].says);
    }
    grid_put(grid, grid->rows - 1, 1, grid->columns - 1, LOOK_DIM,
             "In dialogs: Tab moves, Enter chooses, Esc cancels.");
    grid_cursor(grid, 3, 3);
}
