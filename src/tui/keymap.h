/* Keys and commands. One table holds every command of the screens: which key it is on, where it
 * works, what the status bar and the help page say about it. Nothing else knows a key.
 *
 * After the habits of lazygit, tig and k9s users: Esc goes back and never quits; Ctrl-U and Ctrl-D
 * scroll and never delete; no command is on Ctrl-A or Ctrl-B, which terminal multiplexers take.
 */
#ifndef KEYWRIGHT_TUI_KEYMAP_H
#define KEYWRIGHT_TUI_KEYMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum press {
    PRESS_NONE,
    PRESS_CHAR, /* `point` is the character */
    PRESS_ENTER,
    PRESS_ESC,
    PRESS_TAB,
    PRESS_BACKTAB,
    PRESS_BACKSPACE,
    PRESS_DELETE,
    PRESS_UP,
    PRESS_DOWN,
    PRESS_LEFT,
    PRESS_RIGHT,
    PRESS_HOME,
    PRESS_END,
    PRESS_PAGE_UP,
    PRESS_PAGE_DOWN,
    PRESS_CTRL_C,
    PRESS_CTRL_D,
    PRESS_CTRL_L,
    PRESS_CTRL_U,
    PRESS_CTRL_Z,
    PRESS_COUNT
};

struct key {
    enum press press;
    uint32_t point; /* 0 unless CHAR */
};

enum tui_screen {
    SCREEN_HOME,
    SCREEN_ROTATION,
    SCREEN_HISTORY,
    SCREEN_EVENTS,
    SCREEN_AUDIT,
    SCREEN_COUNT
};

enum command {
    COMMAND_NONE,
    COMMAND_UP,
    COMMAND_DOWN,
    COMMAND_TOP,
    COMMAND_BOTTOM,
    COMMAND_PAGE_UP,
    COMMAND_PAGE_DOWN,
    COMMAND_SCROLL_UP,
    COMMAND_SCROLL_DOWN,
    COMMAND_OPEN,
    COMMAND_ANSWER,
    COMMAND_OVERRIDE,
    COMMAND_RETRY,
    COMMAND_ROLLBACK,
    COMMAND_ABANDON,
    COMMAND_EVENTS,
    COMMAND_HISTORY,
    COMMAND_AUDIT,
    COMMAND_MARK,
    COMMAND_EXPLAIN,
    COMMAND_PASSED,
    COMMAND_CHANGES,
    COMMAND_USERS,
    COMMAND_FILTER,
    COMMAND_REFRESH,
    COMMAND_BACK,
    COMMAND_CLOSE,
    COMMAND_NEXT,
    COMMAND_HELP,
    COMMAND_REPAINT,
    COMMAND_SUSPEND,
    COMMAND_LEAVE
};

/* When a command works, besides the screen: bits that the app works out. 0: always. */
enum when {
    WHEN_ASKED = 1,    /* the rotation waits for an answer */
    WHEN_BLOCKED = 2,  /* it is blocked: a gate, a failure */
    WHEN_FAILED = 4,   /* the run cannot go on by itself */
    WHEN_UNDOABLE = 8, /* open, and not being deleted or rolled back */
    WHEN_OPEN = 16     /* open at all */
};

struct binding {
    enum command command;
    unsigned screens; /* 1 << enum tui_screen, or EVERY_SCREEN */
    unsigned when;    /* any of these bits; 0: always */
    struct key keys[4];
    const char *label; /* how the keys are written: "Enter", "j Down" */
    const char *word;  /* for the status bar; NULL: not shown there */
    const char *says;  /* for the help page */
};

#define EVERY_SCREEN ((1u << SCREEN_COUNT) - 1)

/* The table, in the order of the help page. */
const struct binding *keymap_table(size_t *ret_count);
/* Does it work on this screen, at one time or another? */
bool keymap_is_on(const struct binding *binding, enum tui_screen screen);
/* How many do. */
size_t keymap_count(enum tui_screen screen);
/* The command on a key here and now, or NONE. */
enum command keymap_find(enum tui_screen screen, unsigned when, struct key key);

#endif
