/* The alternate screen of a terminal, for something that must not stay on it: what stood there is
 * overwritten in place, row by row, before the screen is cleared, so that a terminal that keeps
 * what it clears keeps nothing of it. Sequences: ECMA-48, and xterm's 1049 (alternate screen) and
 * ED 3 (saved lines), which every terminal in use either knows or ignores.
 *
 * The descriptor is borrowed and may be non-blocking. Writing waits for a terminal that does not
 * take anything for two seconds, then fails.
 */
#ifndef KEYWRIGHT_BASE_ALTERNATE_H
#define KEYWRIGHT_BASE_ALTERNATE_H

#include <stdbool.h>
#include <stddef.h>

/* How a terminal takes keys and writes text: a struct termios, which is alternate.c's and the
 * painter's alone. */
struct alternate_modes {
    _Alignas(max_align_t) unsigned char kept[128];
};

/* How large it is; false, and nothing set, when nobody knows. */
bool alternate_size(int fd, int *ret_columns, int *ret_rows);

/* The modes as they are. False when it is no terminal. */
bool alternate_modes_read(int fd, struct alternate_modes *ret_modes);

/* Enter it, empty: keys come at once and are not shown, Ctrl-C and Ctrl-Z are keys too, what was
 * typed ahead is thrown away. ret_before: the modes as they were. False when it is no terminal or
 * cannot be written. */
bool alternate_enter(int fd, struct alternate_modes *ret_before);
/* Write as it is; a newline begins the next row. */
bool alternate_write(int fd, const char *bytes, size_t length);
/* Throw away what was typed and not read. */
void alternate_drop_keys(int fd);
/* Overwrite every row, clear the screen and the saved lines. False when the terminal did not take
 * it. */
bool alternate_wipe(int fd);
/* Wipe, go back to the main screen, and to these modes (NULL: leave them). Never fails: a terminal
 * that is gone shows nothing. */
void alternate_leave(int fd, const struct alternate_modes *before);

#endif
