/* A secret on the operator's terminal: the one way in which a person is shown one.
 *
 * The keeper has no terminal; the front hands over a descriptor of its own at the start, when
 * something may have to be shown, and stays away from it while a screen is at work (it sends
 * nothing else and reads no key until the request is answered). Everything is on the alternate
 * screen, in two pages: the first says what is about to be shown and asks whether the operator is
 * ready, the second is the secret, written once, unless it has two forms: then t changes between
 * them. Enter goes on, q and Ctrl-C say no; each page has a time limit. Then, and also when the
 * front, the terminal or the keeper's time has ended, the screen and the terminal's saved lines are
 * wiped and the terminal is as before.
 *
 * The text is written as it is: whoever makes it has passed what is not ours through base/safe.h.
 * Nothing here blocks, but for a terminal that takes no output (base/alternate.h).
 */
#ifndef KEYWRIGHT_KEEPER_SCREEN_H
#define KEYWRIGHT_KEEPER_SCREEN_H

#include <poll.h>
#include <stdint.h>

#include "base/secret.h"

struct screen;

enum screen_end {
    SCREEN_SEEN,       /* the operator has ended the second page with Enter */
    SCREEN_EXPIRED,    /* its time was over */
    SCREEN_DECLINED,   /* no, at either page */
    SCREEN_UNANSWERED, /* the time of the first page was over */
    SCREEN_LOST        /* the terminal, the front or the keeper is ending */
};

/* Told once for each screen_begin. `shown`: a part of the secret may have been seen. It may begin
 * another screen. */
typedef void screen_done(void *context, enum screen_end end, bool shown);

struct screen_pages {
    const char *ready;           /* first page; borrowed for the call */
    int64_t ready_ms;            /* its time limit */
    const struct secret *secret; /* second page: copied, and wiped as soon as it is written */
    const struct secret *other;  /* another form of it, NULL for none: copied, both are wiped at the end */
    int64_t shown_ms;
};

/* Takes over the descriptor of a terminal. MEMORY; the descriptor is the caller's then. */
bool screen_new(int fd, struct screen **ret_screen, struct error *err) MUST_USE;
void screen_free(struct screen *screen); /* after screen_cancel; NULL is fine */

/* Show. BUSY while another one is at work; IO when the terminal cannot be written: done is not
 * called then. */
bool screen_begin(struct screen *screen, const struct screen_pages *pages, screen_done *done,
                  void *context, struct error *err) MUST_USE;
/* End what is at work, as LOST. NULL is fine. */
void screen_cancel(struct screen *screen);

/* How large the terminal is; 80 columns and 24 rows when nobody knows. */
void screen_size(const struct screen *screen, int *ret_columns, int *ret_rows);

/* For the loop: the descriptor is -1 and the time -1 while nothing is at work (or for NULL). */
struct pollfd screen_pollfd(const struct screen *screen);
int screen_due_ms(const struct screen *screen);
void screen_run(struct screen *screen);

#endif
