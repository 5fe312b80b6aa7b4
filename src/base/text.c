#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/safe.h"

static char nothing[1] = "";

void text_init(struct text *text, size_t maximum)
{
    *text = (struct text){.bytes = nothing, .maximum = maximum};
}

void text_release(struct text *text)
{
    if (text->capacity > 0)
        free(text->bytes);
    text_init(text, text->maximum);
}

void text_clear(struct text *text)
{
    text->length = 0;
    text->failed = text->starved = false;
    if (text->capacity > 0)
        text->bytes[0] = '\0';
}

static bool reserve(struct text *text, size_t more)
{
    if (text->failed)
        return false;
    if (more > text->maximum - text->length) {
        text->failed = true;
        return false;
    }
    size_t needed = text->length + more + 1;
    if (needed <= text->capacity)
        return true;
    size_t capacity = text->capacity < 64 ? 64 : text->capacity;
    while (capacity < needed)
        capacity *= 2;
    char *bytes = realloc(text->capacity > 0 ? text->bytes : NULL, capacity);
    if (bytes == NULL) {
        text->failed = text->starved = true;
        return false;
    }
    text->bytes = bytes;
    text->capacity = capacity;
    return true;
}

void text_append_bytes(struct text *text, const void *bytes, size_t length)
{
    if (length == 0 || !reserve(text, length))
        return;
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void text_append(struct text *text, const char *string)
{
    text_append_bytes(text, string, strlen(string));
}

void text_append_char(struct text *text, char c)
{
    text_append_bytes(text, &c, 1);
}

void text_append_safe(struct text *text, const char *string)
{
    struct safe_walk walk = {.at = string};
    struct safe_piece piece;
    char shown[SAFE_SHOWN];
    while (safe_next(&walk, &piece))
        text_append_bytes(text, shown, safe_show(&piece, shown));
}

void text_appendf(struct text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length <= 0 || !reserve(text, (size_t)length))
        return;
    va_start(args, format);
    vsnprintf(text->bytes + text->length, (size_t)length + 1, format, args);
    va_end(args);
    text->length += (size_t)length;
}

bool text_ok(const struct text *text, struct error *err)
{
    if (!text->failed)
        return true;
    if (text->starved)
        return error_set(err, ERROR_MEMORY, "no room for text");
    return error_set(err, ERROR_LIMIT, "text of more than %zu bytes", text->maximum);
}

char *text_steal(struct text *text)
{
    if (text->failed)
        return NULL;
    char *bytes = text->capacity > 0 ? text->bytes : strdup("");
    text_init(text, text->maximum);
    return bytes;
}

bool text_copy(char *to, size_t size, const char *string)
{
    size_t length = strlen(string);
    size_t fits = length < size ? length : size - 1;
    memcpy(to, string, fits);
    to[fits] = '\0';
    return fits == length;
}
