/* The painter: grids onto the terminal, keys from it. The one place that knows curses.
 *
 * While it is started the terminal is in raw mode on the alternate screen; Ctrl-C and Ctrl-Z arrive as
 * keys. paint_stop gives the terminal back as it was, and so does a crash: a handler for the fatal
 * signals writes the terminal's own reset strings and then lets the signal have its way. Mouse
 * reporting is never switched on, so the terminal's own selection works.
 */
#ifndef KEYWRIGHT_TUI_PAINT_H
#define KEYWRIGHT_TUI_PAINT_H

#include "tui/cell.h"
#include "tui/keymap.h"

struct painter;

/* USAGE when standard input or output is no terminal, or one that cannot place its cursor. `colour`:
 * use colours where the terminal has them. */
bool paint_start(bool colour, struct painter **ret_painter, struct error *err) MUST_USE;
/* NULL is fine. */
void paint_stop(struct painter *painter);

/* The locale shows characters beyond ASCII. */
bool paint_unicode(void);
void paint_size(const struct painter *painter, int *ret_rows, int *ret_columns);
/* Write what differs from the last grid. */
void paint_grid(struct painter *painter, const struct grid *grid);
/* Write everything at the next paint_grid. */
void paint_anew(struct painter *painter);
void paint_bell(struct painter *painter);

enum paint_input { PAINT_NOTHING, PAINT_KEY, PAINT_RESIZED, PAINT_HANGUP };

/* What has come in; never waits (but for the 25 ms that tell Esc from an arrow key). */
enum paint_input paint_input(struct painter *painter, struct key *ret_key);

/* Give the terminal back for somebody else to write; the next paint_grid takes it again, and writes
 * everything. */
void paint_lend(struct painter *painter);

/* Give the terminal back, stop this process group, and take the terminal again when continued. */
void paint_suspend(struct painter *painter);

#endif
