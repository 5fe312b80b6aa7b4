#include "audit/base64.h"

#include <stdint.h>
#include <string.h>

static int value_of(char letter)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = letter != '\0' ? strchr(alphabet, letter) : NULL;
    return found != NULL ? (int)(found - alphabet) : -1;
}

/* Four letters, of which the last `padding` are '='. */
static void append_group(struct text *text, uint32_t bits, size_t padding)
{
    char bytes[3] = {(char)(bits >> 16 & 0xff), (char)(bits >> 8 & 0xff), (char)(bits & 0xff)};
    text_append_bytes(text, bytes, 3 - padding);
}

bool base64_decode(const char *base64, size_t length, struct text *text, struct error *err)
{
    uint32_t bits = 0;
    size_t letters = 0, padding = 0;
    for (size_t i = 0; i < length; i++) {
        char letter = base64[i];
        if (letter == '\n' || letter == '\r' || letter == ' ' || letter == '\t')
            continue;
        int value = letter == '=' ? 0 : value_of(letter);
        padding += letter == '=';
        if (value < 0 || padding > 2 || (padding > 0 && letter != '='))
            return error_set(err, ERROR_SYNTAX, "the text is not base64");
        bits = bits << 6 | (uint32_t)value;
        if (++letters % 4 != 0)
            continue;
        append_group(text, bits, padding);
        bits = 0;
    }
    if (letters % 4 != 0)
        return error_set(err, ERROR_SYNTAX, "the base64 text is cut");
    return text_ok(text, err);
}
