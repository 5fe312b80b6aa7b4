/* The view: what an app looks like. Fills the grid, whose size is the app's, and places the cursor on
 * what has the focus (screen readers and braille displays follow it). Pure. */
#ifndef KEYWRIGHT_TUI_VIEW_H
#define KEYWRIGHT_TUI_VIEW_H

#include "tui/cell.h"
#include "tui/state.h"

enum { VIEW_ROWS_MIN = 15, VIEW_COLUMNS_MIN = 60 };

void view(const struct app *app, struct grid *grid);

#endif
