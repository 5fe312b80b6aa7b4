/* White space for Python, and so for botocore, which is none for the other SDKs: what a copy from a web
 * page leaves behind a key. Source: Python's str.isspace. */
#include "profile/parts.h"

#include <string.h>

size_t profile_odd_space(const char *at, const char *end)
{
    static const char *const wide[] = {"\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80",
                                       "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf",
                                       "\xe2\x81\x9f", "\xe3\x80\x80"};
    size_t left = (size_t)(end - at);
    if (left == 0)
        return 0;
    if (*at == '\v' || *at == '\f' || *at == '\r' || (*at >= 0x1c && *at <= 0x1f))
        return 1;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (left >= strlen(wide[i]) && memcmp(at, wide[i], strlen(wide[i])) == 0)
            return strlen(wide[i]);
    bool spaces = left >= 3 && memcmp(at, "\xe2\x80", 2) == 0 && (unsigned char)at[2] >= 0x80 &&
                  (unsigned char)at[2] <= 0x8a;
    return spaces ? 3 : 0;
}

size_t profile_odd_space_before(const char *start, const char *end)
{
    for (size_t length = 1; length <= 3 && length <= (size_t)(end - start); length++)
        if (profile_odd_space(end - length, end) == length)
            return length;
    return 0;
}
