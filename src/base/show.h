/* Safe text (base/safe.h) as the terminal of this process takes it. A terminal of another encoding than
 * UTF-8 takes the bytes of UTF-8 for characters of its own, or for C1 controls: there nothing beyond
 * ASCII is shown as it is. The locale (LC_CTYPE) is set from the environment when it is first needed. */
#ifndef KEYWRIGHT_BASE_SHOW_H
#define KEYWRIGHT_BASE_SHOW_H

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

/* The encoding is UTF-8. */
bool show_utf8(void);
/* Append `string` made safe for this terminal. */
void show_append(struct text *text, const char *string);
/* Columns that such a text takes. */
size_t show_columns(const char *safe);
/* A formatted line of at most 4,095 bytes, made safe, and a newline. Where there is no memory for that,
 * what is not printable ASCII is '?'. */
void show_line(FILE *stream, const char *format, ...) FORMAT_LIKE(2, 3);
void show_line_va(FILE *stream, const char *format, va_list args) FORMAT_LIKE(2, 0);

#endif
