/* JSON written member by member into a struct text, without spaces. What comes out is always valid
 * UTF-8: a byte that is not part of a valid character is written as '?'. Failures are
 * the text's. */
#ifndef KEYWRIGHT_JOURNAL_JSON_OUT_H
#define KEYWRIGHT_JOURNAL_JSON_OUT_H

#include <stdint.h>

#include "base/text.h"

/* Each writes `"name":value`, after a comma unless it follows an opening bracket; name NULL for an
 * element of an array. */
void json_out_string(struct text *text, const char *name, const char *value);
void json_out_number(struct text *text, const char *name, int64_t value);
void json_out_bool(struct text *text, const char *name, bool value);
void json_out_null(struct text *text, const char *name);
/* RFC 3339, null for 0. */
void json_out_time(struct text *text, const char *name, int64_t time);
/* `bracket` is '{' or '['; close it with text_append_char. */
void json_out_open(struct text *text, const char *name, char bracket);

/* False when json_out_string would change the string. */
bool json_out_is_exact(const char *value);

#endif
