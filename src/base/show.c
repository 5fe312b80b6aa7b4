#include "config.h"

#include "base/show.h"

#include <langinfo.h>
#include <locale.h>
#include <string.h>
#include <wchar.h>

#include "base/safe.h"

enum { LINE_SIZE = 4096, LINE_SAFE_MAX = 16 * LINE_SIZE };

bool show_utf8(void)
{
    static bool asked, utf8;
    if (!asked) {
        setlocale(LC_CTYPE, "");
        utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
        asked = true;
    }
    return utf8;
}

static bool is_ascii(const char *string)
{
    for (; *string != '\0'; string++)
        if ((unsigned char)*string >= 0x80)
            return false;
    return true;
}

void show_append(struct text *text, const char *string)
{
    if (is_ascii(string) || show_utf8()) {
        text_append_safe(text, string);
        return;
    }
    struct safe_walk walk = {.at = string};
    struct safe_piece piece;
    while (safe_next(&walk, &piece))
        if (piece.shown && piece.point < 0x80)
            text_append_bytes(text, piece.bytes, piece.length);
        else
            text_appendf(text, piece.point < 0x100 ? "\\x%02x" : "\\u{%04x}",
                         (unsigned)piece.point);
}

size_t show_columns(const char *safe)
{
    if (is_ascii(safe))
        return strlen(safe);
    struct safe_walk walk = {.at = safe};
    struct safe_piece piece;
    size_t columns = 0;
    bool utf8 = show_utf8();
    while (safe_next(&walk, &piece)) {
        int width = piece.point >= 0x80 && utf8 ? wcwidth((wchar_t)piece.point) : 1;
        columns += width < 0 ? 1 : (size_t)width;
    }
    return columns;
}

/* Without memory: what is not plain ASCII is '?'. */
static void print_plain(FILE *stream, const char *line)
{
    for (; *line != '\0'; line++)
        putc(*line >= ' ' && *line <= '~' ? *line : '?', stream);
    putc('\n', stream);
}

void show_line_va(FILE *stream, const char *format, va_list args)
{
    char line[LINE_SIZE];
    vsnprintf(line, sizeof line, format, args);
    struct text safe CLEANUP(text_release);
    text_init(&safe, LINE_SAFE_MAX);
    show_append(&safe, line);
    if (safe.failed) /* the line may be the one that says so */
        print_plain(stream, line);
    else
        fprintf(stream, "%s\n", safe.bytes);
}

void show_line(FILE *stream, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    show_line_va(stream, format, args);
    va_end(args);
}
