#include "base/safe.h"

#include <stdio.h>
#include <string.h>

#include "base/marks.h"

/* Decode one character at `at`. Returns its length, or 0 when it is not valid UTF-8. */
static size_t decode(const unsigned char *at, uint32_t *ret_point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = at[0] < 0x80         ? 1
                    : at[0] >> 5 == 0x6  ? 2
                    : at[0] >> 4 == 0xe  ? 3
                    : at[0] >> 3 == 0x1e ? 4
                                         : 0;
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

/* Characters that move the cursor, change direction or hide: safe.h has the rule. Source: Unicode
 * Character Database 14.0, and its property Default_Ignorable_Code_Point. */
static bool harmful(uint32_t point)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x0, 0x1f},         {0x7f, 0x9f},       {0xad, 0xad},       {0x34f, 0x34f},
        {0x600, 0x605},      {0x61c, 0x61c},     {0x6dd, 0x6dd},     {0x70f, 0x70f},
        {0x890, 0x891},      {0x8e2, 0x8e2},     {0x115f, 0x1160},   {0x17b4, 0x17b5},
        {0x180b, 0x180f},    {0x200b, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x206f},
        {0x2800, 0x2800},    {0x3164, 0x3164},   {0xfdd0, 0xfdef},   {0xfe00, 0xfe0f},
        {0xfeff, 0xfeff},    {0xffa0, 0xffa0},   {0xfff0, 0xfffb},   {0x110bd, 0x110bd},
        {0x110cd, 0x110cd},  {0x13430, 0x1345f}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
        {0xe0000, 0xe0fff},
    };
    if ((point & 0xfffe) == 0xfffe)
        return true;
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges && point >= ranges[i].first; i++)
        if (point <= ranges[i].last)
            return true;
    return false;
}

bool safe_next(struct safe_walk *walk, struct safe_piece *ret_piece)
{
    const unsigned char *at = (const unsigned char *)walk->at;
    if (*at == '\0')
        return false;
    uint32_t point = *at;
    size_t length = decode(at, &point);
    struct safe_piece piece = {.bytes = walk->at,
                               .length = length > 0 ? length : 1,
                               .point = point,
                               .valid = length > 0};
    bool mark = piece.valid && marks_contain(piece.point);
    if (mark && !walk->begun)
        walk->marks = SAFE_MARKS;
    walk->marks = mark ? walk->marks + 1 : 0;
    walk->begun = true;
    walk->at += piece.length;
    piece.shown = piece.valid && walk->marks <= SAFE_MARKS && !harmful(piece.point);
    *ret_piece = piece;
    return true;
}

size_t safe_show(const struct safe_piece *piece, char shown[SAFE_SHOWN])
{
    if (!piece->shown)
        return (size_t)snprintf(shown, SAFE_SHOWN, piece->point < 0x100 ? "\\x%02x" : "\\u{%04x}",
                                (unsigned)piece->point);
    memcpy(shown, piece->bytes, piece->length);
    shown[piece->length] = '\0';
    return piece->length;
}

const char *safe_copy(char *buffer, size_t size, const char *string)
{
    struct safe_walk walk = {.at = string};
    struct safe_piece piece;
    char shown[SAFE_SHOWN];
    size_t used = 0;
    buffer[0] = '\0';
    while (safe_next(&walk, &piece)) {
        size_t length = safe_show(&piece, shown);
        if (used + length >= size)
            break;
        memcpy(buffer + used, shown, length + 1);
        used += length;
    }
    return buffer;
}
