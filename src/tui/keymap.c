#include "tui/keymap.h"

#define ON(screen) (1u << SCREEN_##screen)
#define CHAR(c) {PRESS_CHAR, c}
#define PRESS(name) {PRESS_##name, 0}

static const struct binding table[] = {
    {COMMAND_ANSWER, ON(ROTATION), WHEN_ASKED, {PRESS(ENTER)}, "Enter", "answer",
     "answer the question that the rotation waits for"},
    {COMMAND_OPEN, ON(HOME) | ON(HISTORY), 0, {PRESS(ENTER)}, "Enter", "open",
     "open what is marked: rotate a key, go on with a rotation, read its events"},
    {COMMAND_OPEN, ON(AUDIT), 0, {PRESS(ENTER)}, "Enter", "fix",
     "fix what is marked: rotate its key, or show the message or remedy"},
    {COMMAND_MARK, ON(AUDIT), 0, {CHAR(' ')}, "Space", "mark",
     "mark a finding about a key; Enter then takes them one after the other"},
    {COMMAND_EXPLAIN, ON(AUDIT), 0, {CHAR('e')}, "e", "explain",
     "why the check matters and what to do"},
    {COMMAND_PASSED, ON(AUDIT), 0, {CHAR('p')}, "p", "passed",
     "show what passed too, or hide it"},
    {COMMAND_USERS, ON(AUDIT), 0, {CHAR('u')}, "u", "users",
     "whom the audit is about: all, a user, a group, a path, a tag"},
    {COMMAND_CHANGES, ON(AUDIT), 0, {CHAR('c')}, "c", "changes",
     "what changed since the audit before"},
    {COMMAND_RETRY, ON(ROTATION), WHEN_BLOCKED | WHEN_FAILED, {CHAR('r')}, "r", "try again",
     "look again at what failed and go on"},
    {COMMAND_OVERRIDE, ON(ROTATION), WHEN_BLOCKED, {CHAR('o')}, "o", "override",
     "pass the marked gate with a reason, which is journalled"},
    {COMMAND_ROLLBACK, ON(ROTATION), WHEN_UNDOABLE, {CHAR('b')}, "b", "roll back",
     "undo: old key Active again, targets as before, new key removed"},
    {COMMAND_ABANDON, ON(ROTATION), WHEN_BLOCKED | WHEN_FAILED, {CHAR('a')}, "a", "abandon",
     "close the rotation without touching AWS or files"},
    {COMMAND_EVENTS, ON(ROTATION), 0, {CHAR('e')}, "e", "events",
     "read all events of this rotation"},
    {COMMAND_HISTORY, ON(HOME), 0, {CHAR('H')}, "H", "history",
     "list all rotations, open and closed"},
    {COMMAND_AUDIT, ON(HOME), 0, {CHAR('a')}, "a", "audit",
     "findings about MFA, access keys and the account"},
    {COMMAND_FILTER, ON(HISTORY) | ON(AUDIT), 0, {CHAR('/')}, "/", "filter",
     "show only rows with this text; empty shows all"},
    {COMMAND_REFRESH, ON(HOME) | ON(HISTORY) | ON(EVENTS) | ON(AUDIT), 0, {CHAR('R')}, "R",
     "refresh", "ask AWS and the journal again"},
    {COMMAND_BACK, EVERY_SCREEN, 0, {PRESS(ESC)}, "Esc", NULL,
     "back one level; never quits"},
    {COMMAND_CLOSE, ON(HOME), 0, {CHAR('q')}, "q", "quit",
     "quit; says how to resume what is open"},
    {COMMAND_CLOSE, EVERY_SCREEN & ~ON(HOME), 0, {CHAR('q')}, "q", "close", "close this screen"},
    {COMMAND_HELP, EVERY_SCREEN, 0, {CHAR('?')}, "?", "help", "this page"},
    {COMMAND_UP, EVERY_SCREEN, 0, {PRESS(UP), CHAR('k'), CHAR('h'), PRESS(LEFT)}, "Up k", NULL,
     "one row up"},
    {COMMAND_DOWN, EVERY_SCREEN, 0, {PRESS(DOWN), CHAR('j'), CHAR('l'), PRESS(RIGHT)}, "Down j",
     NULL, "one row down"},
    {COMMAND_NEXT, EVERY_SCREEN, 0, {PRESS(TAB), PRESS(BACKTAB)}, "Tab", NULL,
     "next list, field or button"},
    {COMMAND_TOP, EVERY_SCREEN, 0, {CHAR('g'), PRESS(HOME)}, "g Home", NULL, "first row"},
    {COMMAND_BOTTOM, EVERY_SCREEN, 0, {CHAR('G'), PRESS(END)}, "G End", NULL,
     "last row of the page, then the next page"},
    {COMMAND_PAGE_UP, EVERY_SCREEN, 0, {PRESS(PAGE_UP)}, "PgUp", NULL, "one page up"},
    {COMMAND_PAGE_DOWN, EVERY_SCREEN, 0, {PRESS(PAGE_DOWN)}, "PgDn", NULL, "one page down"},
    {COMMAND_SCROLL_UP, EVERY_SCREEN, 0, {PRESS(CTRL_U)}, "Ctrl-U", NULL, "half a page up"},
    {COMMAND_SCROLL_DOWN, EVERY_SCREEN, 0, {PRESS(CTRL_D)}, "Ctrl-D", NULL, "half a page down"},
    {COMMAND_REPAINT, EVERY_SCREEN, 0, {PRESS(CTRL_L)}, "Ctrl-L", NULL, "paint the screen anew"},
    {COMMAND_SUSPEND, EVERY_SCREEN, 0, {PRESS(CTRL_Z)}, "Ctrl-Z", NULL,
     "suspend; 'fg' comes back"},
    {COMMAND_LEAVE, EVERY_SCREEN, 0, {PRESS(CTRL_C)}, "Ctrl-C", NULL,
     "leave from anywhere; nothing is lost, 'resume' goes on"},
};

const struct binding *keymap_table(size_t *ret_count)
{
    *ret_count = sizeof table / sizeof *table;
    return table;
}

bool keymap_is_on(const struct binding *binding, enum tui_screen screen)
{
    return (binding->screens & 1u << screen) != 0;
}

size_t keymap_count(enum tui_screen screen)
{
    size_t count = 0;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        count += keymap_is_on(&table[i], screen);
    return count;
}

static bool bound(const struct binding *binding, struct key key)
{
    for (size_t i = 0; i < sizeof binding->keys / sizeof *binding->keys; i++) {
        const struct key *one = &binding->keys[i];
        if (one->press != PRESS_NONE && one->press == key.press && one->point == key.point)
            return true;
    }
    return false;
}

enum command keymap_find(enum tui_screen screen, unsigned when, struct key key)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct binding *row = &table[i];
        if (keymap_is_on(row, screen) && (row->when == 0 || (row->when & when) != 0) &&
            bound(row, key))
            return row->command;
    }
    return COMMAND_NONE;
}
