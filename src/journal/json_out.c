#include "journal/json_out.h"

#include <inttypes.h>
#include <string.h>

#include "base/when.h"

/* Length of the character at `at`, or 0 when it is not valid UTF-8 (RFC 3629, table 3-7 of Unicode:
 * neither overlong forms nor surrogates). */
static size_t character_length(const unsigned char *at)
{
    size_t length = at[0] < 0x80                     ? 1
                    : at[0] >= 0xc2 && at[0] <= 0xdf ? 2
                    : at[0] >= 0xe0 && at[0] <= 0xef ? 3
                    : at[0] >= 0xf0 && at[0] <= 0xf4 ? 4
                                                     : 0;
    for (size_t i = 1; i < length; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
        (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
        return 0;
    return length;
}

bool json_out_is_exact(const char *value)
{
    const unsigned char *at = (const unsigned char *)value;
    while (*at != '\0') {
        size_t length = character_length(at);
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}

static void quote(struct text *text, const char *value)
{
    text_append_char(text, '"');
    const unsigned char *at = (const unsigned char *)value;
    while (*at != '\0') {
        size_t length = character_length(at);
        if (length == 0)
            text_append_char(text, '?');
        else if (*at == '"' || *at == '\\')
            text_appendf(text, "\\%c", *at);
        else if (*at == '\n')
            text_append(text, "\\n");
        else if (*at < 0x20 || *at == 0x7f)
            text_appendf(text, "\\u%04x", *at);
        else
            text_append_bytes(text, at, length);
        at += length == 0 ? 1 : length;
    }
    text_append_char(text, '"');
}

static void start(struct text *text, const char *name)
{
    char last = text->length > 0 ? text->bytes[text->length - 1] : '{';
    if (last != '{' && last != '[')
        text_append_char(text, ',');
    if (name != NULL) {
        quote(text, name);
        text_append_char(text, ':');
    }
}

void json_out_string(struct text *text, const char *name, const char *value)
{
    start(text, name);
    quote(text, value);
}

void json_out_number(struct text *text, const char *name, int64_t value)
{
    start(text, name);
    text_appendf(text, "%" PRId64, value);
}

void json_out_bool(struct text *text, const char *name, bool value)
{
    start(text, name);
    text_append(text, value ? "true" : "false");
}

void json_out_null(struct text *text, const char *name)
{
    start(text, name);
    text_append(text, "null");
}

void json_out_time(struct text *text, const char *name, int64_t time)
{
    char buffer[WHEN_TEXT_SIZE];
    if (when_format(time, buffer)[0] == '\0')
        json_out_null(text, name);
    else
        json_out_string(text, name, buffer);
}

void json_out_open(struct text *text, const char *name, char bracket)
{
    start(text, name);
    text_append_char(text, bracket);
}
