/* What a key costs on the line: bytes that the painter writes for a mark that moves, a second that is counted down,
 * and a screen that stays. A slow line (9,600 baud is about a byte a millisecond) is what the bounds are for. */
#include "config.h"

#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/tui_fixtures.h"
#include "tui/paint.h"
#include "tui/view.h"

enum { ROWS = 24, COLUMNS = 80, KEY_BYTES = 64, MOVES = 6 };

struct line {
    int master, slave, input, output;
    struct painter *painter;
    struct app app;
};

/* Standard input and output are the line while the painter is at work: the test prints too. */
static void take_over(const struct line *line, bool on)
{
    fflush(stdout);
    dup2(on ? line->slave : line->input, STDIN_FILENO);
    dup2(on ? line->slave : line->output, STDOUT_FILENO);
}

/* All that was written is there: the painter has returned. */
static size_t drain(const struct line *line)
{
    char bytes[4096];
    size_t count = 0;
    struct pollfd end = {.fd = line->master, .events = POLLIN};
    while (poll(&end, 1, 20) > 0) {
        ssize_t got = read(line->master, bytes, sizeof bytes);
        if (got <= 0)
            break;
        count += (size_t)got;
    }
    return count;
}

static bool start(struct line *line, const char *term, bool colour)
{
    struct winsize size = {.ws_row = ROWS, .ws_col = COLUMNS};
    struct error err;
    memset(line, 0, sizeof *line);
    setenv("TERM", term, 1);
    assert_int_equal(openpty(&line->master, &line->slave, NULL, NULL, &size), 0);
    line->input = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    line->output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    take_over(line, true);
    bool started = paint_start(colour, &line->painter, &err);
    take_over(line, false);
    assert_true(app_init(&line->app, true, &err));
    return started;
}

static void stop(struct line *line)
{
    take_over(line, true);
    paint_stop(line->painter);
    take_over(line, false);
    app_release(&line->app);
    close(line->master);
    close(line->slave);
    close(line->input);
    close(line->output);
}

static size_t paint(struct line *line)
{
    struct error err;
    struct grid grid CLEANUP(grid_release) = {0};
    assert_true(grid_init(&grid, ROWS, COLUMNS, true, &err));
    view(&line->app, &grid);
    take_over(line, true);
    paint_grid(line->painter, &grid);
    take_over(line, false);
    return drain(line);
}

static void press(struct line *line, enum press press, char letter)
{
    struct key key = {.press = press, .point = press == PRESS_CHAR ? (uint32_t)letter : 0};
    fixture_update(&line->app, &(struct app_message){.kind = TO_APP_KEY, .key = key}, NULL);
}

/* --- the screens with a list -------------------------------------------------------------------*/

static void home(struct line *line)
{
    fixture_tell(&line->app, "survey");
    fixture_tell(&line->app, "open");
}

static void audit(struct line *line)
{
    fixture_tell(&line->app, "survey");
    fixture_tell(&line->app, "audit_many");
    press(line, PRESS_CHAR, 'a');
}

static void history(struct line *line)
{
    fixture_tell(&line->app, "survey");
    press(line, PRESS_CHAR, 'H');
}

static void events(struct line *line)
{
    history(line);
    press(line, PRESS_ENTER, 0);
}

static void check_moves(const char *term, bool colour, const char *name, void (*open)(struct line *line))
{
    struct line line;
    if (start(&line, term, colour)) {
        open(&line);
        size_t whole = paint(&line), most = 0;
        if (whole < 500)
            fail_msg("%s, %s: the whole screen in %zu bytes", term, name, whole);
        for (int i = 0; i < 2 * MOVES; i++) {
            press(&line, i < MOVES ? PRESS_DOWN : PRESS_UP, 0);
            size_t bytes = paint(&line);
            most = bytes > most ? bytes : most;
        }
        if (most > KEY_BYTES)
            fail_msg("%s, colour %d, %s: a key costs up to %zu bytes", term, colour, name, most);
        if (most == 0)
            fail_msg("%s, %s: the mark did not move", term, name);
        /* What is told of the row under the mark follows when the keys rest. */
        press(&line, PRESS_DOWN, 0);
        paint(&line);
        fixture_update(&line.app, &(struct app_message){.kind = TO_APP_REST}, NULL);
        size_t rest = paint(&line);
        if (rest > 500)
            fail_msg("%s, %s: at rest %zu bytes", term, name, rest);
        if (paint(&line) != 0)
            fail_msg("%s, %s: a screen that stays writes", term, name);
    } else {
        print_message("# %s is not known here\n", term);
    }
    stop(&line);
}

static void a_mark_that_moves_costs_few_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        void (*open)(struct line *line);
    } screens[] = {{"home", home}, {"audit", audit}, {"history", history}, {"events", events}};
    static const char *const terms[] = {"xterm-256color", "tmux-256color", "screen", "linux", "vt100"};
    for (size_t i = 0; i < sizeof screens / sizeof *screens; i++)
        for (size_t j = 0; j < sizeof terms / sizeof *terms; j++)
            for (int colour = 0; colour < 2; colour++)
                check_moves(terms[j], colour, screens[i].name, screens[i].open);
}

static void a_second_counted_down_costs_few_bytes(void **state)
{
    (void)state;
    struct line line;
    assert_true(start(&line, "xterm-256color", true));
    fixture_tell(&line.app, "run_quiet");
    paint(&line);
    for (int i = 1; i < 130; i++) {
        fixture_update(&line.app, &(struct app_message){.kind = TO_APP_CLOCK, .now = FIXTURE_NOW + i}, NULL);
        size_t bytes = paint(&line);
        if (bytes > KEY_BYTES)
            fail_msg("second %d costs %zu bytes", i, bytes);
    }
    stop(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mark_that_moves_costs_few_bytes),
        cmocka_unit_test(a_second_counted_down_costs_few_bytes),
    };
    unsetenv("LINES");
    unsetenv("COLUMNS");
    unsetenv("ESCDELAY");
    if (setlocale(LC_ALL, "C.UTF-8") == NULL) {
        puts("1..0 # SKIP there is no C.UTF-8 locale");
        return 0;
    }
    setenv("TZ", "UTC", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
