/* QR codes (ISO/IEC 18004) of text that is secret.
 *
 * libqrencode copies the text and frees the copies without wiping them. So it works in a process of
 * its own, which is forked while the keeper holds no secret yet, makes one code, and ends. */
#ifndef KEYWRIGHT_KEEPER_QR_H
#define KEYWRIGHT_KEEPER_QR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/secret.h"

enum { QR_TEXT_MOST = 512, QR_WIDTH_MOST = 93 /* version 19 */ };

struct qr_maker {
    int socket; /* -1: there is none, or it is used up */
    pid_t pid;
};

/* Begin the process. Before any secret is in this one, and before there are threads. IO. */
bool qr_maker_start(struct qr_maker *maker, struct error *err) MUST_USE;
void qr_maker_end(struct qr_maker *maker);

/* Have the one code made: ret_modules is width * width bytes, 1 for dark, of guarded_new. LIMIT for a
 * text over QR_TEXT_MOST bytes or a code wider than QR_WIDTH_MOST; INTERNAL when it was used before. */
bool qr_make(struct qr_maker *maker, const char *text, size_t length, unsigned char **ret_modules,
             size_t *ret_width, struct error *err) MUST_USE;

enum { QR_MARGIN = 2 };
/* Lines that the drawing has, and columns of each. */
size_t qr_rows(size_t width);
size_t qr_columns(size_t width);
/* Draw it with half blocks, two modules in a character, light on dark so that the dark modules are
 * the background: whatever colours the terminal has. Each line ends with a newline. Caller frees
 * with secret_free; there is room for `more` bytes after it. MEMORY, LIMIT. Pure. */
bool qr_draw(const unsigned char *modules, size_t width, size_t more, struct secret **ret_drawn,
             struct error *err) MUST_USE;

#endif
