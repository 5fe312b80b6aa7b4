#include "config.h"

#include "tui/paint.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define NCURSES_WIDECHAR 1
#include <curses.h>

#include "base/when.h"

enum { PAIR_ACCENT = 1, PAIR_GOOD, PAIR_WARN, PAIR_BAD, STRAY_MS = 500, ESCAPE_MS = 25 };

struct painter {
    SCREEN *screen;
    struct cell *last; /* what is on the terminal; NULL: not known */
    int rows, columns; /* of last */
    bool colour;
    int64_t escaped_at; /* a lone Esc came then; 0 */
    bool in_sequence;   /* the late rest of an escape sequence is being dropped */
};

/* --- the terminal after a crash ------------------------------------------------------------------ */

/* A signal handler has no other way to its data. */
static struct {
    struct termios modes;
    char reset[256];
    size_t length;
} rescue;

static const int fatal[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};

/* SA_RESETHAND is set: raised again, the signal ends the program. */
static void on_fatal(int number)
{
    ssize_t written = write(STDOUT_FILENO, rescue.reset, rescue.length);
    (void)written;
    tcsetattr(STDIN_FILENO, TCSANOW, &rescue.modes);
    raise(number);
}

/* A capability without its padding marks ("$<5>"), which only tputs understands. */
static void add_reset(char *name)
{
    const char *string = tigetstr(name);
    if (string == NULL || string == (const char *)-1)
        return;
    for (; *string != '\0' && rescue.length < sizeof rescue.reset; string++) {
        if (string[0] == '$' && string[1] == '<') {
            while (*string != '\0' && *string != '>')
                string++;
            if (*string == '\0')
                return;
            continue;
        }
        rescue.reset[rescue.length++] = *string;
    }
}

static void prepare_rescue(void)
{
    static char sgr0[] = "sgr0", cnorm[] = "cnorm", rmkx[] = "rmkx", rmcup[] = "rmcup";
    rescue.length = 0;
    add_reset(sgr0);
    add_reset(cnorm);
    add_reset(rmkx);
    add_reset(rmcup);
    struct sigaction action = {.sa_handler = on_fatal, .sa_flags = SA_RESETHAND | SA_NODEFER};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++)
        sigaction(fatal[i], &action, NULL);
}

static void drop_rescue(void)
{
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++)
        signal(fatal[i], SIG_DFL);
}

/* --- start and stop ------------------------------------------------------------------------------ */

/* With 256 colours, tones that keep a contrast of about 4.5 on black and on white. */
static void start_colours(struct painter *painter)
{
    start_color();
    if (use_default_colors() == ERR || COLOR_PAIRS <= PAIR_BAD) {
        painter->colour = false;
        return;
    }
    bool many = COLORS >= 256;
    init_pair(PAIR_ACCENT, many ? 31 : COLOR_CYAN, -1);
    init_pair(PAIR_GOOD, many ? 28 : COLOR_GREEN, -1);
    init_pair(PAIR_WARN, many ? 130 : COLOR_MAGENTA, -1);
    init_pair(PAIR_BAD, many ? 160 : COLOR_RED, -1);
}

static bool usable_terminal(struct error *err)
{
    const char *term = getenv("TERM");
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return error_set(err, ERROR_USAGE,
                         "the screen needs a terminal; use --plain, or a command such as "
                         "'keywright status'");
    if (term == NULL || term[0] == '\0' || strcmp(term, "dumb") == 0)
        return error_set(err, ERROR_USAGE,
                         "the terminal (TERM=%.40s) cannot show a screen; use --plain",
                         term != NULL ? term : "");
    return true;
}

bool paint_start(bool colour, struct painter **ret_painter, struct error *err)
{
    if (!usable_terminal(err))
        return false;
    struct painter *painter = calloc(1, sizeof *painter);
    if (painter == NULL)
        return error_set(err, ERROR_MEMORY, "starting the screen");
    tcgetattr(STDIN_FILENO, &rescue.modes);
    painter->screen = newterm(NULL, stdout, stdin);
    if (painter->screen == NULL) {
        free(painter);
        return error_set(err, ERROR_USAGE, "the terminal (TERM=%.40s) is not known; use --plain",
                         getenv("TERM"));
    }
    prepare_rescue();
    set_escdelay(ESCAPE_MS);
    raw();
    noecho();
    nonl();
    keypad(stdscr, true);
    nodelay(stdscr, true);
    painter->colour = colour && has_colors();
    if (painter->colour)
        start_colours(painter);
    *ret_painter = painter;
    return true;
}

void paint_stop(struct painter *painter)
{
    if (painter == NULL)
        return;
    endwin();
    delscreen(painter->screen);
    drop_rescue();
    free(painter->last);
    free(painter);
}

bool paint_unicode(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

void paint_size(const struct painter *painter, int *ret_rows, int *ret_columns)
{
    (void)painter;
    *ret_rows = LINES;
    *ret_columns = COLS;
}

/* --- painting ------------------------------------------------------------------------------------ */

static attr_t attributes(const struct painter *painter, unsigned look, short *ret_pair)
{
    attr_t attributes = A_NORMAL;
    if ((look & LOOK_BOLD) != 0)
        attributes |= A_BOLD;
    if ((look & LOOK_DIM) != 0)
        attributes |= A_DIM;
    if ((look & LOOK_REVERSE) != 0)
        attributes |= A_REVERSE;
    bool coloured = painter->colour;
    *ret_pair = 0;
    if (coloured && (look & LOOK_ACCENT) != 0)
        *ret_pair = PAIR_ACCENT;
    if (coloured && (look & LOOK_GOOD) != 0)
        *ret_pair = PAIR_GOOD;
    if (coloured && (look & LOOK_WARN) != 0)
        *ret_pair = PAIR_WARN;
    if (coloured && (look & LOOK_BAD) != 0)
        *ret_pair = PAIR_BAD;
    if ((look & LOOK_REVERSE) != 0)
        attributes &= ~(attr_t)A_DIM;
    return attributes;
}

static void paint_cell(const struct painter *painter, int row, int column, const struct cell *cell)
{
    wchar_t points[CELL_POINTS + 1] = {0};
    for (int i = 0; i < CELL_POINTS; i++)
        points[i] = (wchar_t)cell->points[i];
    short pair;
    attr_t look = attributes(painter, cell->look, &pair);
    cchar_t shown;
    if (setcchar(&shown, points, look, pair, NULL) != ERR)
        mvadd_wch(row, column, &shown);
}

/* Room to remember a grid of this size; without memory every grid is painted whole. */
static void remember_size(struct painter *painter, const struct grid *grid)
{
    if (painter->last != NULL && painter->rows == grid->rows && painter->columns == grid->columns)
        return;
    free(painter->last);
    painter->last = calloc((size_t)grid->rows * (size_t)grid->columns, sizeof *painter->last);
    painter->rows = grid->rows;
    painter->columns = grid->columns;
    erase();
}

void paint_grid(struct painter *painter, const struct grid *grid)
{
    remember_size(painter, grid);
    for (int row = 0; row < grid->rows; row++) {
        for (int column = 0; column < grid->columns; column++) {
            const struct cell *cell = grid_at(grid, row, column);
            size_t place = (size_t)row * (size_t)grid->columns + (size_t)column;
            bool same = painter->last != NULL &&
                        memcmp(&painter->last[place], cell, sizeof *cell) == 0;
            if (same || cell->width == 0)
                continue;
            paint_cell(painter, row, column, cell);
        }
    }
    if (painter->last != NULL)
        memcpy(painter->last, grid->cells,
               (size_t)grid->rows * (size_t)grid->columns * sizeof *grid->cells);
    move(grid->cursor_row, grid->cursor_column);
    refresh();
}

void paint_anew(struct painter *painter)
{
    free(painter->last);
    painter->last = NULL;
    clearok(curscr, true);
}

void paint_bell(struct painter *painter)
{
    (void)painter;
    beep();
}

/* --- input --------------------------------------------------------------------------------------- */

static const struct {
    wint_t code;
    enum press press;
} function_keys[] = {
    {KEY_ENTER, PRESS_ENTER},   {KEY_BTAB, PRESS_BACKTAB}, {KEY_BACKSPACE, PRESS_BACKSPACE},
    {KEY_DC, PRESS_DELETE},     {KEY_UP, PRESS_UP},        {KEY_DOWN, PRESS_DOWN},
    {KEY_LEFT, PRESS_LEFT},     {KEY_RIGHT, PRESS_RIGHT},  {KEY_HOME, PRESS_HOME},
    {KEY_END, PRESS_END},       {KEY_FIND, PRESS_HOME},    {KEY_SELECT, PRESS_END},
    {KEY_PPAGE, PRESS_PAGE_UP}, {KEY_NPAGE, PRESS_PAGE_DOWN},
};

static const struct {
    wint_t code;
    enum press press;
} controls[] = {
    {'\r', PRESS_ENTER}, {'\n', PRESS_ENTER}, {27, PRESS_ESC},    {'\t', PRESS_TAB},
    {8, PRESS_BACKSPACE}, {127, PRESS_BACKSPACE}, {3, PRESS_CTRL_C}, {4, PRESS_CTRL_D},
    {12, PRESS_CTRL_L},  {21, PRESS_CTRL_U},  {26, PRESS_CTRL_Z},
};

static struct key function_key(wint_t code)
{
    for (size_t i = 0; i < sizeof function_keys / sizeof *function_keys; i++)
        if (function_keys[i].code == code)
            return (struct key){.press = function_keys[i].press};
    return (struct key){.press = PRESS_NONE};
}

static struct key plain_key(wint_t code)
{
    for (size_t i = 0; i < sizeof controls / sizeof *controls; i++)
        if (controls[i].code == code)
            return (struct key){.press = controls[i].press};
    if (code < 32)
        return (struct key){.press = PRESS_NONE};
    return (struct key){.press = PRESS_CHAR, .point = code};
}

/* Over a slow line the rest of an arrow key can come after its Esc has been taken for a lone one.
 * That rest ("[A", "OH") is dropped, so that it never becomes a command. */
static bool stray(struct painter *painter, wint_t code)
{
    int64_t since = when_monotonic_ms() - painter->escaped_at;
    if (painter->in_sequence) {
        painter->in_sequence = since < STRAY_MS && !(code >= 0x40 && code <= 0x7e);
        return since < STRAY_MS;
    }
    bool begins = painter->escaped_at != 0 && since < STRAY_MS && (code == '[' || code == 'O');
    if (begins)
        painter->in_sequence = true;
    else
        painter->escaped_at = 0;
    return begins;
}

enum paint_input paint_input(struct painter *painter, struct key *ret_key)
{
    wint_t code;
    int kind = get_wch(&code);
    if (kind == ERR) {
        struct pollfd line = {.fd = STDIN_FILENO, .events = POLLIN};
        bool gone = poll(&line, 1, 0) == 1 && (line.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
        return gone ? PAINT_HANGUP : PAINT_NOTHING;
    }
    *ret_key = (struct key){.press = PRESS_NONE};
    if (kind == KEY_CODE_YES && code == KEY_RESIZE) {
        free(painter->last);
        painter->last = NULL;
        return PAINT_RESIZED;
    }
    if (kind == KEY_CODE_YES)
        *ret_key = function_key(code);
    else if (!stray(painter, code))
        *ret_key = plain_key(code);
    if (ret_key->press == PRESS_ESC)
        painter->escaped_at = when_monotonic_ms();
    return PAINT_KEY;
}

void paint_lend(struct painter *painter)
{
    endwin();
    paint_anew(painter);
}

void paint_suspend(struct painter *painter)
{
    struct sigaction plain = {.sa_handler = SIG_DFL}, before;
    struct winsize size;
    endwin();
    sigaction(SIGTSTP, &plain, &before);
    kill(0, SIGTSTP);
    sigaction(SIGTSTP, &before, NULL);
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
        resizeterm(size.ws_row, size.ws_col);
    paint_anew(painter);
}
