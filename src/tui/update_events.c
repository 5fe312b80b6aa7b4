/* The events of one rotation. They are numbered from 1 without gaps, so a page is known by the number
 * before its first. */
#include <string.h>

#include "tui/screens.h"

static void wish_page(struct app *app, struct wishes *wishes)
{
    struct wish *wish = wishes_add(wishes, WISH_EVENTS);
    text_copy(wish->id, sizeof wish->id, app->events.id);
    wish->number = app->events.after;
    wish->limit = app_events_rows(app);
}

void events_open(struct app *app, const char *id, struct wishes *wishes)
{
    struct events *events = &app->events;
    events->from = app->screen;
    app->screen = SCREEN_EVENTS;
    text_copy(events->id, sizeof events->id, id);
    events->count = events->at = 0;
    events->after = 0;
    events->at_end = false;
    wish_page(app, wishes);
}

void events_reload(struct app *app, struct wishes *wishes)
{
    wish_page(app, wishes);
}

static void next_page(struct app *app, struct wishes *wishes)
{
    struct events *events = &app->events;
    if (!events->more || events->count == 0)
        return;
    events->after = events->lines[events->count - 1].seq;
    events->at = 0;
    wish_page(app, wishes);
}

static void previous_page(struct app *app, bool at_end, struct wishes *wishes)
{
    struct events *events = &app->events;
    if (events->after == 0)
        return;
    int64_t rows = (int64_t)app_events_rows(app);
    events->after = events->after > rows ? events->after - rows : 0;
    events->at = 0;
    events->at_end = at_end;
    wish_page(app, wishes);
}

static void step(struct app *app, bool up, size_t by, struct wishes *wishes)
{
    struct events *events = &app->events;
    if (up && events->at == 0)
        previous_page(app, true, wishes);
    else if (up)
        events->at -= events->at < by ? events->at : by;
    else if (events->at + 1 >= events->count)
        next_page(app, wishes);
    else
        events->at = events->at + by < events->count ? events->at + by : events->count - 1;
}

void events_command(struct app *app, enum command command, struct wishes *wishes)
{
    struct events *events = &app->events;
    size_t half = app_events_rows(app) / 2 + 1;
    if (command == COMMAND_UP || command == COMMAND_DOWN)
        step(app, command == COMMAND_UP, 1, wishes);
    else if (command == COMMAND_SCROLL_UP || command == COMMAND_SCROLL_DOWN)
        step(app, command == COMMAND_SCROLL_UP, half, wishes);
    else if (command == COMMAND_PAGE_DOWN)
        next_page(app, wishes);
    else if (command == COMMAND_PAGE_UP)
        previous_page(app, false, wishes);
    else if (command == COMMAND_BOTTOM)
        step(app, false, PAGE_MAX, wishes);
    else if (command == COMMAND_TOP) {
        events->after = 0;
        events->at = 0;
        wish_page(app, wishes);
    } else if (command == COMMAND_REFRESH)
        events_reload(app, wishes);
    else if (command == COMMAND_BACK || command == COMMAND_CLOSE)
        app->screen = events->from;
}

void events_message(struct app *app, const struct app_message *message)
{
    struct events *events = &app->events;
    if (message->kind == TO_APP_EVENTS_BEGIN) {
        events->count = 0;
        events->more = false;
    } else if (message->kind == TO_APP_EVENTS_ROW && events->count < PAGE_MAX) {
        event_line_set(&events->lines[events->count++], message->event, message->text);
    } else if (message->kind == TO_APP_EVENTS_END) {
        events->more = message->flag;
        events->error = message->error != NULL ? *message->error : (struct error){0};
        if (events->count > 0 && (events->at_end || events->at >= events->count))
            events->at = events->count - 1;
        events->at_end = false;
    }
}
