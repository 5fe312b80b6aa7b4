/* The help page, made from the table of commands. */
#include <string.h>

#include "tui/views.h"

void view_help(const struct app *app, struct grid *grid)
{
    size_t count;
    const struct binding *table = keymap_table(&count);
    view_header(grid, "help", "Esc closes");
    grid_rule(grid, 1, 0, grid->columns, LOOK_DIM);
    int row = 3;
    for (size_t i = app->help_top; i < count && row < grid->rows - 2; i++) {
        grid_put(grid, row, 3, 13, LOOK_BOLD, table[i].label);
        row += grid_wrap(grid, row, 14, grid->columns - 1, grid->rows - 2 - row, LOOK_PLAIN,
                         table[i].says);
    }
    grid_put(grid, grid->rows - 1, 1, grid->columns - 1, LOOK_DIM,
             "In dialogs: Tab moves, Enter chooses, Esc cancels.");
    grid_cursor(grid, 3, 3);
}
