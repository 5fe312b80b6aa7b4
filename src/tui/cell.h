/* Cells: what a screen looks like, as a value. A view fills a grid; the painter, or a test, reads it.
 *
 * All text enters a grid through grid_put and grid_wrap, and both make it safe first (base/safe.h),
 * so that no view can forget it. Columns are counted with wcwidth: the locale must be set. Without
 * `unicode` (a C locale) a character that is not ASCII shows as '?', and lines are drawn in ASCII.
 * Rows and columns count from 0; drawing outside the grid is cut off, never an error.
 */
#ifndef KEYWRIGHT_TUI_CELL_H
#define KEYWRIGHT_TUI_CELL_H

#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

enum { GRID_ROWS_MAX = 300, GRID_COLUMNS_MAX = 500, CELL_POINTS = 3 };

/* May be combined. The last four are colours by meaning; a view never relies on them alone. */
enum look {
    LOOK_PLAIN = 0,
    LOOK_BOLD = 1,
    LOOK_DIM = 2,
    LOOK_REVERSE = 4,
    LOOK_ACCENT = 8,
    LOOK_GOOD = 16,
    LOOK_WARN = 32,
    LOOK_BAD = 64
};

struct cell {
    uint32_t points[CELL_POINTS]; /* a character and what combines with it; 0 for none */
    uint8_t look;
    uint8_t width; /* 1 or 2; 0 for the right half of the wide character before it */
};

struct grid {
    int rows, columns;
    bool unicode;
    struct cell *cells; /* owned */
    int cursor_row, cursor_column;
};

/* Sizes are clamped to 1 .. the maximum. MEMORY. */
bool grid_init(struct grid *grid, int rows, int columns, bool unicode, struct error *err) MUST_USE;
void grid_release(struct grid *grid); /* for CLEANUP() too */
void grid_clear(struct grid *grid);
const struct cell *grid_at(const struct grid *grid, int row, int column);
void grid_cursor(struct grid *grid, int row, int column); /* clamped */

/* Write in row from column, up to column `limit` (not included). What does not fit is cut and the cut
 * is marked. Returns the column after the text. */
int grid_put(struct grid *grid, int row, int column, int limit, unsigned look, const char *string);
int grid_putf(struct grid *grid, int row, int column, int limit, unsigned look, const char *format,
              ...) FORMAT_LIKE(6, 7);
/* The same, broken between words over at most `rows` rows. Returns the number of rows used. */
int grid_wrap(struct grid *grid, int row, int column, int limit, int rows, unsigned look,
              const char *string);
/* Rows that grid_wrap would use, given enough. */
int grid_wrap_rows(const struct grid *grid, int columns, const char *string);
/* Columns that `string` takes once it is safe. */
int grid_width(const struct grid *grid, const char *string);
/* Add to the look of cells that are there already. */
void grid_look(struct grid *grid, int row, int column, int width, unsigned look);

/* Everything that is there steps back behind what is drawn next. */
void grid_fade(struct grid *grid);

void grid_rule(struct grid *grid, int row, int column, int limit, unsigned look);
/* A frame with blank inside. */
void grid_box(struct grid *grid, int top, int left, int rows, int columns, unsigned look);

/* The characters as UTF-8, a line a row, blanks at line ends left out: for tests. */
void grid_write(const struct grid *grid, struct text *text);

#endif
