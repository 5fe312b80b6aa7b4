/* From cells to the terminal: two grids one after the other, painted with curses onto a pseudo-terminal
 * with a strict terminal (terminal.h) at its other end. Input: as for view.c, in two halves. What the
 * terminal shows must be the grid, and no sequence may be there that ncurses does not write by itself. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tests/fuzz/screen.h"
#include "tests/fuzz/terminal.h"
#include "tui/paint.h"

enum { ROWS = 24, COLUMNS = 80 };

static struct {
    bool tried, usable;
    int master;
    int input, output; /* what standard input and output were */
    int slave;
} line;

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct terminal terminal;
} shared = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

/* The other end of the line, read all the time: it holds no more than a few pages. */
static void *read_line(void *context)
{
    char bytes[4096];
    (void)context;
    for (ssize_t got; (got = read(line.master, bytes, sizeof bytes)) > 0 || errno == EINTR;) {
        pthread_mutex_lock(&shared.lock);
        terminal_write(&shared.terminal, bytes, got > 0 ? (size_t)got : 0);
        pthread_cond_signal(&shared.changed);
        pthread_mutex_unlock(&shared.lock);
    }
    return NULL;
}

static void open_line(void)
{
    struct winsize size = {.ws_row = ROWS, .ws_col = COLUMNS};
    pthread_t thread;
    line.tried = true;
    unsetenv("LINES");
    unsetenv("COLUMNS");
    if (!screen_locale() || setenv("TERM", "xterm-256color", 1) != 0 ||
        openpty(&line.master, &line.slave, NULL, NULL, &size) != 0) {
        fputs("paint: not run: there is no UTF-8 locale or no pseudo-terminal here\n", stderr);
        return;
    }
    line.input = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    line.output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    line.usable = pthread_create(&thread, NULL, read_line, NULL) == 0;
}

/* Standard input and output are the line while we paint, and only then: the fuzzer prints too. */
static void take_over(bool on)
{
    fflush(stdout);
    dup2(on ? line.slave : line.input, STDIN_FILENO);
    dup2(on ? line.slave : line.output, STDOUT_FILENO);
}

/* All that was written has arrived: a bell comes last. */
static void await_bell(struct painter *painter, size_t bells)
{
    paint_bell(painter);
    fflush(stdout);
    pthread_mutex_lock(&shared.lock);
    while (shared.terminal.bells < bells && shared.terminal.complaint[0] == '\0')
        pthread_cond_wait(&shared.changed, &shared.lock);
    pthread_mutex_unlock(&shared.lock);
}

static void compare(const struct grid *grid)
{
    const struct terminal *terminal = &shared.terminal;
    if (terminal->complaint[0] != '\0')
        fprintf(stderr, "the terminal got %s\n", terminal->complaint);
    CHECK(terminal->complaint[0] == '\0');
    for (int row = 0; row < grid->rows; row++)
        for (int column = 0; column < grid->columns; column++) {
            const struct cell *meant = grid_at(grid, row, column);
            const struct terminal_cell *is = &terminal->cells[row][column];
            if (meant->width != is->width ||
                memcmp(meant->points, is->points, sizeof meant->points) != 0)
                fprintf(stderr, "row %d column %d: meant %x %x %x, is %x %x %x\n", row, column,
                        meant->points[0], meant->points[1], meant->points[2], is->points[0],
                        is->points[1], is->points[2]);
            CHECK(meant->width == is->width);
            CHECK(memcmp(meant->points, is->points, sizeof meant->points) == 0);
            CHECK(is->points[CELL_POINTS] == 0);
        }
    CHECK(terminal->row == grid->cursor_row && terminal->column == grid->cursor_column);
}

static void paint_both(struct painter *painter, struct app *app, struct feed *halves)
{
    struct grid grid CLEANUP(grid_release);
    struct wishes wishes;
    struct error err = {0};
    CHECK(grid_init(&grid, ROWS, COLUMNS, true, &err));
    app_update(app, &(struct app_message){.kind = TO_APP_SIZE, .rows = ROWS, .columns = COLUMNS},
               &wishes);
    for (size_t i = 0; i < 2; i++) {
        screen_act(app, &halves[i]);
        grid_clear(&grid);
        view(app, &grid);
        paint_grid(painter, &grid);
        await_bell(painter, i + 1);
        take_over(false);
        compare(&grid);
        take_over(true);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feed halves[2] = {{data, size / 2}, {data + size / 2, size - size / 2}};
    struct painter *painter = NULL;
    struct error err = {0};
    struct app app CLEANUP(app_release);
    if (!line.tried)
        open_line();
    CHECK(app_init(&app, true, &err));
    if (!line.usable)
        return 0;
    pthread_mutex_lock(&shared.lock);
    terminal_init(&shared.terminal, ROWS, COLUMNS);
    pthread_mutex_unlock(&shared.lock);
    take_over(true);
    bool started = paint_start(true, &painter, &err);
    if (started) {
        paint_both(painter, &app, halves);
        paint_stop(painter);
    }
    take_over(false);
    CHECK(started);
    return 0;
}
