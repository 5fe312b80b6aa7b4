/* What the scanner looks for: every window of 8 bytes of known secrets, in the forms that a program
 * gives to a secret: as it is, in base64 (each of the three alignments), percent-encoded, with
 * JSON's escaped slash, in hex, UTF-16 and UTF-32 (both byte orders). */
#ifndef KEYWRIGHT_TESTS_NEEDLES_H
#define KEYWRIGHT_TESTS_NEEDLES_H

#include <stdbool.h>
#include <stddef.h>

enum { NEEDLES_WINDOW = 8, NEEDLES_OVERLAP = 4 * NEEDLES_WINDOW - 1 };

struct needles; /* opaque */

/* A run of windows. `at` and `length` are places of the bytes that were searched. */
struct hit {
    const char *name; /* of the secret */
    const char *form;
    size_t at, length;
    size_t of; /* where in the secret the run begins */
};

/* Read a file of lines "NAME SECRET"; a secret of fewer than 8 bytes or a file without any is
 * refused. NULL on failure, which is printed. Lives until the program ends. */
struct needles *needles_read(const char *path);

/* Read the file again when it has grown: whoever makes secrets appends them before telling them. */
void needles_refresh(struct needles *needles);

/* Call `tell` for each run found. Pieces of something longer have to overlap by NEEDLES_OVERLAP. */
void needles_search(const struct needles *needles, const unsigned char *bytes, size_t length,
                    void (*tell)(void *context, const struct hit *hit), void *context);

/* The secrets themselves, for the control processes: the I-th in a form ("raw", "utf-32le"...).
 * Returns its length in ret_bytes (at most `room`), 0 when there is none. */
size_t needles_form(const struct needles *needles, size_t i, const char *form,
                    unsigned char *ret_bytes, size_t room);

/* Wipe all that was read, so that a control process holds nothing but what it was told to. */
void needles_forget(struct needles *needles);

#endif
