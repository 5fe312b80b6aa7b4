#include "config.h"

#include "cli/ical.h"

#include <stdio.h>
#include <string.h>

#include "base/safe.h"
#include "base/when.h"

enum { FOLD = 75, DAY = 86400 };

/* A content line: at most 75 octets, CRLF, and the rest after a blank (section 3.1). No character is parted. */
static void put_line(struct text *text, const char *line)
{
    size_t room = FOLD;
    while (strlen(line) > room) {
        size_t length = room;
        while (length > 1 && ((unsigned char)line[length] & 0xc0) == 0x80)
            length--;
        text_append_bytes(text, line, length);
        text_append(text, "\r\n ");
        line += length;
        room = FOLD - 1;
    }
    text_append(text, line);
    text_append(text, "\r\n");
}

/* A property of type TEXT (section 3.3.11), made safe first: no control may stand in one. */
static void put_text(struct text *text, const char *name, const char *value)
{
    struct text safe CLEANUP(text_release), line CLEANUP(text_release);
    text_init(&safe, 16384);
    text_init(&line, 65536);
    text_append_safe(&safe, value);
    text_append(&line, name);
    text_append_char(&line, ':');
    for (const char *at = safe.bytes; *at != '\0'; at++) {
        if (strchr("\\;,", *at) != NULL)
            text_append_char(&line, '\\');
        text_append_char(&line, *at);
    }
    put_line(text, line.bytes);
}

static void put_day(struct text *text, const char *name, int64_t day)
{
    char when[WHEN_TEXT_SIZE], line[64];
    snprintf(line, sizeof line, "%s;VALUE=DATE:%.8s", name, when_format_basic(day, when));
    put_line(text, line);
}

static void put_alarm(struct text *text, const char *trigger, const char *summary)
{
    put_line(text, "BEGIN:VALARM");
    put_line(text, "ACTION:DISPLAY");
    put_text(text, "DESCRIPTION", summary);
    put_text(text, "TRIGGER", trigger);
    put_line(text, "END:VALARM");
}

void ical_begin(struct text *text)
{
    put_line(text, "BEGIN:VCALENDAR");
    put_line(text, "VERSION:2.0");
    put_line(text, "PRODID:-//Keywright//keywright " PACKAGE_VERSION "//EN");
    put_line(text, "CALSCALE:GREGORIAN");
}

void ical_add(struct text *text, const struct ical_event *event, int64_t now)
{
    char when[WHEN_TEXT_SIZE], stamp[40];
    put_line(text, "BEGIN:VEVENT");
    put_text(text, "UID", event->uid);
    snprintf(stamp, sizeof stamp, "DTSTAMP:%s", when_format_basic(now, when));
    put_line(text, stamp);
    put_day(text, "DTSTART", event->day);
    put_day(text, "DTEND", event->day + DAY); /* the first day that is none of it */
    put_text(text, "SUMMARY", event->summary);
    put_text(text, "DESCRIPTION", event->description);
    put_line(text, "TRANSP:TRANSPARENT"); /* it keeps nobody busy */
    put_line(text, "CATEGORIES:Keywright");
    if (event->ahead)
        put_alarm(text, "-P7D", event->summary);
    put_alarm(text, "PT8H", event->summary);
    put_line(text, "END:VEVENT");
}

void ical_end(struct text *text)
{
    put_line(text, "END:VCALENDAR");
}
