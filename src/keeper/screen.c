#include "config.h"

#include "keeper/screen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alternate.h"
#include "base/when.h"

enum { CTRL_C = 3, CTRL_D = 4 };

enum page { PAGE_NONE, PAGE_READY, PAGE_SECRET };

struct screen {
    int fd;
    enum page page;
    struct alternate_modes before;
    struct secret *secret; /* until it is written; with `other`, what stands there now */
    struct secret *other;  /* what t shows; NULL for none */
    int64_t shown_ms;
    int64_t ends; /* monotonic milliseconds */
    screen_done *done;
    void *context;
};

bool screen_new(int fd, struct screen **ret_screen, struct error *err)
{
    struct screen *screen = calloc(1, sizeof *screen);
    if (screen == NULL)
        return error_set(err, ERROR_MEMORY, "taking the terminal");
    screen->fd = fd;
    *ret_screen = screen;
    return true;
}

static void forget(struct screen *screen)
{
    secret_free(screen->secret);
    secret_free(screen->other);
    screen->secret = screen->other = NULL;
}

static void finish(struct screen *screen, enum screen_end end)
{
    bool shown = screen->page == PAGE_SECRET;
    screen_done *done = screen->done;
    alternate_leave(screen->fd, &screen->before);
    forget(screen);
    screen->page = PAGE_NONE;
    done(screen->context, end, shown);
}

void screen_cancel(struct screen *screen)
{
    if (screen != NULL && screen->page != PAGE_NONE)
        finish(screen, SCREEN_LOST);
}

void screen_free(struct screen *screen)
{
    if (screen == NULL)
        return;
    screen_cancel(screen);
    close(screen->fd);
    free(screen);
}

bool screen_begin(struct screen *screen, const struct screen_pages *pages, screen_done *done,
                  void *context, struct error *err)
{
    CLEANUP(secret_cleanup) struct secret *secret = NULL, *other = NULL;
    struct alternate_modes before;
    if (screen->page != PAGE_NONE)
        return error_set(err, ERROR_BUSY, "something else is being shown");
    if (!secret_copy(pages->secret, &secret, err) ||
        (pages->other != NULL && !secret_copy(pages->other, &other, err)))
        return false;
    if (!alternate_enter(screen->fd, &before))
        return error_set(err, ERROR_IO, "the terminal cannot be written");
    if (!alternate_write(screen->fd, pages->ready, strlen(pages->ready))) {
        alternate_leave(screen->fd, &before);
        return error_set(err, ERROR_IO, "the terminal cannot be written");
    }
    screen->before = before;
    screen->secret = secret;
    screen->other = other;
    secret = other = NULL;
    screen->shown_ms = pages->shown_ms;
    screen->ends = when_monotonic_ms() + pages->ready_ms;
    screen->done = done;
    screen->context = context;
    screen->page = PAGE_READY;
    return true;
}

/* What has no other form is written once; from here on it is only on the terminal. */
static void write_secret(struct screen *screen)
{
    bool written =
        alternate_write(screen->fd, secret_bytes(screen->secret), secret_length(screen->secret));
    if (screen->other == NULL)
        forget(screen);
    if (!written)
        finish(screen, SCREEN_LOST);
}

static void reveal(struct screen *screen)
{
    if (!alternate_wipe(screen->fd)) {
        finish(screen, SCREEN_LOST);
        return;
    }
    alternate_drop_keys(screen->fd);
    screen->page = PAGE_SECRET;
    screen->ends = when_monotonic_ms() + screen->shown_ms;
    write_secret(screen);
}

static void change_form(struct screen *screen)
{
    struct secret *shown = screen->secret;
    screen->secret = screen->other;
    screen->other = shown;
    if (alternate_wipe(screen->fd))
        write_secret(screen);
    else
        finish(screen, SCREEN_LOST);
}

/* Other keys, those of an arrow too, say nothing. False when the page has changed: what was typed
 * before it was seen is not an answer to it. */
static bool take_key(struct screen *screen, char key)
{
    bool go_on = key == '\r' || key == '\n';
    bool no = key == 'q' || key == 'Q' || key == CTRL_C || key == CTRL_D;
    bool change = key == 't' && screen->page == PAGE_SECRET && screen->other != NULL;
    if (change)
        change_form(screen);
    else if (no)
        finish(screen, SCREEN_DECLINED);
    else if (go_on && screen->page == PAGE_SECRET)
        finish(screen, SCREEN_SEEN);
    else if (go_on)
        reveal(screen);
    return !change && !no && !go_on;
}

static void take_keys(struct screen *screen)
{
    char keys[64];
    ssize_t count = read(screen->fd, keys, sizeof keys);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count <= 0) {
        finish(screen, SCREEN_LOST);
        return;
    }
    for (ssize_t i = 0; i < count && take_key(screen, keys[i]); i++)
        ;
}

void screen_size(const struct screen *screen, int *ret_columns, int *ret_rows)
{
    *ret_columns = 80;
    *ret_rows = 24;
    (void)alternate_size(screen->fd, ret_columns, ret_rows);
}

struct pollfd screen_pollfd(const struct screen *screen)
{
    bool idle = screen == NULL || screen->page == PAGE_NONE;
    return (struct pollfd){.fd = idle ? -1 : screen->fd, .events = POLLIN};
}

int screen_due_ms(const struct screen *screen)
{
    if (screen == NULL || screen->page == PAGE_NONE)
        return -1;
    int64_t left = screen->ends - when_monotonic_ms();
    return left < 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

void screen_run(struct screen *screen)
{
    struct pollfd line = screen_pollfd(screen);
    if (line.fd < 0)
        return;
    if (poll(&line, 1, 0) > 0)
        take_keys(screen);
    else if (when_monotonic_ms() >= screen->ends)
        finish(screen, screen->page == PAGE_SECRET ? SCREEN_EXPIRED : SCREEN_UNANSWERED);
}
