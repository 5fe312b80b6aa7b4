/* The parts that view() is made of: one function a screen, and what they share. Each screen draws
 * between the first row and the status bar, both left free for it. */
#ifndef KEYWRIGHT_TUI_VIEWS_H
#define KEYWRIGHT_TUI_VIEWS_H

#include "tui/cell.h"
#include "tui/state.h"

void view_home(const struct app *app, struct grid *grid);
void view_rotation(const struct app *app, struct grid *grid);
/* What comes next, in at most `rows` rows; returns the rows used. */
int view_next(const struct app *app, struct grid *grid, int row, int rows);
void view_history(const struct app *app, struct grid *grid);
void view_events(const struct app *app, struct grid *grid);
void view_findings(const struct app *app, struct grid *grid);
void view_help(const struct app *app, struct grid *grid);
void view_dialog(const struct app *app, struct grid *grid);

/* The first row: the program's name, then `left`, and `right` at the end. */
void view_header(struct grid *grid, const char *left, const char *right);
/* A heading in a row of its own. */
void view_heading(struct grid *grid, int row, const char *text);
/* What rows are filtered by, while there is such a text. */
void view_filter(struct grid *grid, int row, const struct field *filter, bool filtering);
/* A failure in at most three rows: cause, then remedy. Returns the rows used. */
int view_error(struct grid *grid, int row, int rows, const struct error *error);
/* Mark a row as the focused one and put the cursor there: a block of three columns with ">" in it at its beginning.
 * What the row says stays as it is, so that a mark that moves costs a few bytes on a slow line, not two rows. */
void view_mark(struct grid *grid, int row);
/* The first row to show so that `at` of `count` is among `rows` shown. It stays for half of them, and then goes on by
 * half of them: a list that moved with its mark would be written anew for each key. */
size_t view_top(size_t at, size_t count, size_t rows);

enum { MOMENT_SIZE = 64, MARK_COLUMNS = 3 };
/* "14:05:10 CET (13:05:10 UTC)", with the day when it is not today's. Reads TZ. */
const char *view_moment(int64_t time, int64_t now, char buffer[MOMENT_SIZE]);
/* "2026-01-15 12:34" in UTC; "" for 0. */
const char *view_minute(int64_t time, char buffer[MOMENT_SIZE]);

#endif
