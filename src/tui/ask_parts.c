#include "tui/ask_parts.h"

#include <stdarg.h>
#include <stdio.h>

void ask_say(struct dialog_spec *spec, unsigned look, const char *format, ...)
{
    if (spec->line_count == DIALOG_LINES)
        return;
    struct dialog_line *line = &spec->lines[spec->line_count++];
    line->look = look;
    va_list args;
    va_start(args, format);
    vsnprintf(line->text, sizeof line->text, format, args);
    va_end(args);
}

void ask_buttons(struct dialog_spec *spec, const char *title, const char *first,
                 const char *second)
{
    snprintf(spec->title, sizeof spec->title, "%s", title);
    spec->buttons[0] = "Cancel";
    spec->buttons[1] = first;
    spec->buttons[2] = second;
    spec->button_count = second != NULL ? 3 : 2;
}
