/* iCalendar (RFC 5545): all-day events with reminders, as a calendar program imports or subscribes to them. Pure. */
#ifndef KEYWRIGHT_CLI_ICAL_H
#define KEYWRIGHT_CLI_ICAL_H

#include <stdint.h>

#include "base/text.h"

struct ical_event {
    const char *uid; /* the same each time the event is written (section 3.8.4.7) */
    int64_t day;     /* any time of that day of UTC */
    const char *summary, *description;
    bool ahead; /* remind a week ahead too, not only on the day */
};

/* A calendar with its events between. `now`: DTSTAMP is when this was written (section 3.8.7.2). */
void ical_begin(struct text *text);
void ical_add(struct text *text, const struct ical_event *event, int64_t now);
void ical_end(struct text *text);

#endif
