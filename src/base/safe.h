/* Text from outside on its way to a terminal (DESIGN: statement 10).
 * Every name, message and file content that we did not write ourselves passes here, once, at the
 * point where it is shown. */
#ifndef KEYWRIGHT_BASE_SAFE_H
#define KEYWRIGHT_BASE_SAFE_H

#include "base/text.h"

/* Append `string` with every byte that a terminal could obey written as an escape: C0 controls,
 * DEL and C1 as \xNN, bidirectional and other invisible format characters as \u{NNNN}, bytes that
 * are not valid UTF-8 (overlong forms and surrogates too) as \xNN. A tab and a newline are controls.
 * A backslash stays as it is. */
void safe_append(struct text *text, const char *string);

/* The same into a fixed buffer, cut at a character's end when it does not fit. Returns buffer. */
const char *safe_copy(char *buffer, size_t size, const char *string);

#endif
