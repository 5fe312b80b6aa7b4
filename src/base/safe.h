/* Text from outside on its way to a terminal (ARCHITECTURE: statement 10).
 * Every name, message and file content that we did not write ourselves passes here, once, at the
 * point where it is shown; a second time changes nothing. Pure.
 *
 * Not shown are: controls (C0, DEL, C1; a tab and a newline too); characters that turn the direction
 * of others or cannot be seen (general categories Cf, Zl, Zp; variation selectors; fillers);
 * noncharacters; marks that open a text, so that they would stand on what we wrote before it, or
 * that are more than SAFE_MARKS on one character (such piles cover the lines above); and bytes that
 * are not valid UTF-8, overlong forms and surrogates among them (RFC 3629). A backslash stays as it
 * is. */
#ifndef KEYWRIGHT_BASE_SAFE_H
#define KEYWRIGHT_BASE_SAFE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SAFE_MARKS = 4, /* as many as the scripts that write with marks need */
    SAFE_SHOWN = 16 /* bytes for what is shown of one character, with its NUL */
};

/* `string` into a fixed buffer with what is not shown written as an escape: a byte, or a character below
 * U+0100, as \xNN, other characters as \u{NNNN}. Cut at a character's end when it does not fit. Returns
 * buffer. text_append_safe does the same without a limit. */
const char *safe_copy(char *buffer, size_t size, const char *string);

/* The same, piece by piece, for who writes other escapes. Begin with {.at = string}. */
struct safe_walk {
    const char *at;
    unsigned marks; /* in a row, up to here */
    bool begun;
};
struct safe_piece {
    const char *bytes; /* borrowed from the string */
    size_t length;
    uint32_t point; /* the character; of a byte that is not UTF-8 its value */
    bool valid;     /* UTF-8 */
    bool shown;     /* as it is */
};
/* False at the end of the string. */
bool safe_next(struct safe_walk *walk, struct safe_piece *ret_piece);
/* A piece as safe_copy writes it, terminated. Returns its length. */
size_t safe_show(const struct safe_piece *piece, char shown[SAFE_SHOWN]);

#endif
