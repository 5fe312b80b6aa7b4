/* A terminal that is strict: it knows the sequences that ncurses writes for xterm, tmux and vt100, and
 * holds everything else against who wrote it. What has been written so far can be compared with what
 * was meant.
 * Sources: ECMA-48; XTerm Control Sequences; terminfo(5). */
#ifndef KEYWRIGHT_TESTS_FUZZ_TERMINAL_H
#define KEYWRIGHT_TESTS_FUZZ_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TERMINAL_ROWS_MAX = 100, TERMINAL_COLUMNS_MAX = 300, TERMINAL_POINTS = 6, SEQUENCE_MAX = 64 };

struct terminal_cell {
    uint32_t points[TERMINAL_POINTS]; /* 0: none; a blank is a space */
    int width;                        /* 0: the right half of the wide character before it */
};

struct terminal {
    int rows, columns;
    struct terminal_cell cells[TERMINAL_ROWS_MAX][TERMINAL_COLUMNS_MAX];
    int row, column, saved_row, saved_column;
    int top, bottom;  /* of the scroll region */
    bool wrap;        /* the next character begins a new row */
    bool insert;
    uint32_t last;    /* for "repeat" */
    size_t bells;
    char sequence[SEQUENCE_MAX]; /* begun and not complete */
    size_t length;
    char complaint[160]; /* the first thing that should not be there; "" */
};

void terminal_init(struct terminal *terminal, int rows, int columns);
/* Takes bytes in any pieces. */
void terminal_write(struct terminal *terminal, const char *bytes, size_t length);

#endif
