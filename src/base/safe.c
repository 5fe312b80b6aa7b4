#include "base/safe.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Decode one character at `at`. Returns its length, or 0 when it is not valid UTF-8. */
static size_t decode(const unsigned char *at, uint32_t *ret_point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = at[0] < 0x80 ? 1 : at[0] >> 5 == 6 ? 2 : at[0] >> 4 == 14 ? 3 : at[0] >> 3 == 30 ? 4 : 0;
    if (length == 0)
        return 0;
    uint32_t point = length == 1 ? at[0] : at[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        point = point << 6 | (at[i] & 0x3fu);
    }
    if (point < least[length] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
        return 0;
    *ret_point = point;
    return length;
}

/* Characters that move the cursor, change direction or hide (Unicode categories Cc, Cf, Zl, Zp). */
static bool harmful(uint32_t point)
{
    return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0xad || point == 0x61c ||
           point == 0x180e || (point >= 0x200b && point <= 0x200f) ||
           (point >= 0x2028 && point <= 0x202e) || (point >= 0x2060 && point <= 0x206f) ||
           point == 0xfeff || (point >= 0xfff9 && point <= 0xfffb) ||
           (point >= 0xe0000 && point <= 0xe0fff);
}

/* Write one shown character of `at` into piece; returns how many bytes of `at` it stands for. */
static size_t show(const unsigned char *at, char piece[16])
{
    uint32_t point;
    size_t length = decode(at, &point);
    if (length == 0 || (length == 1 && harmful(point))) {
        snprintf(piece, 16, "\\x%02x", at[0]);
        return 1;
    }
    if (harmful(point)) {
        snprintf(piece, 16, point < 0x100 ? "\\x%02x" : "\\u{%04x}", (unsigned)point);
        return length;
    }
    memcpy(piece, at, length);
    piece[length] = '\0';
    return length;
}

void safe_append(struct text *text, const char *string)
{
    const unsigned char *at = (const unsigned char *)string;
    char piece[16];
    while (*at != '\0') {
        at += show(at, piece);
        text_append(text, piece);
    }
}

const char *safe_copy(char *buffer, size_t size, const char *string)
{
    const unsigned char *at = (const unsigned char *)string;
    char piece[16];
    size_t used = 0;
    buffer[0] = '\0';
    while (*at != '\0') {
        at += show(at, piece);
        size_t length = strlen(piece);
        if (used + length >= size)
            break;
        memcpy(buffer + used, piece, length + 1);
        used += length;
    }
    return buffer;
}
