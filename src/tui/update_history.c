/* The history: a list of rotations by pages, newest first, and its filter. Only the page that is
 * shown is held; the keyset anchors of the pages before it lead back. */
#include <string.h>

#include "tui/screens.h"

static void wish_page(struct app *app, struct wishes *wishes)
{
    struct history *history = &app->history;
    struct wish *wish = wishes_add(wishes, WISH_HISTORY);
    wish->number = history->anchors[history->page];
    wish->limit = app_history_rows(app);
    text_copy(wish->text, sizeof wish->text, history->filter.text);
}

static void from_newest(struct app *app, struct wishes *wishes)
{
    app->history.page = 0;
    app->history.anchors[0] = 0;
    app->history.at = 0;
    wish_page(app, wishes);
}

void history_open(struct app *app, struct wishes *wishes)
{
    app->screen = SCREEN_HISTORY;
    app->history.filtering = false;
    field_clear(&app->history.filter);
    from_newest(app, wishes);
}

void history_reload(struct app *app, struct wishes *wishes)
{
    wish_page(app, wishes);
}

static void next_page(struct app *app, struct wishes *wishes)
{
    struct history *history = &app->history;
    if (!history->more || history->count == 0)
        return;
    if (history->page + 1 == PAGES_MAX) {
        app_notice(app, false, "That is far back. Use / to filter, or 'keywright history'.");
        return;
    }
    history->anchors[++history->page] = history->numbers[history->count - 1];
    history->at = 0;
    wish_page(app, wishes);
}

static void previous_page(struct app *app, bool at_end, struct wishes *wishes)
{
    struct history *history = &app->history;
    if (history->page == 0)
        return;
    history->page--;
    history->at = 0;
    history->at_end = at_end;
    wish_page(app, wishes);
}

static void step(struct app *app, bool up, size_t by, struct wishes *wishes)
{
    struct history *history = &app->history;
    if (up && history->at == 0)
        previous_page(app, true, wishes);
    else if (up)
        history->at -= history->at < by ? history->at : by;
    else if (history->at + 1 >= history->count)
        next_page(app, wishes);
    else
        history->at = history->at + by < history->count ? history->at + by : history->count - 1;
}

static void back(struct app *app, struct wishes *wishes)
{
    if (app->history.filter.text[0] != '\0') {
        field_clear(&app->history.filter);
        from_newest(app, wishes);
    } else {
        app->screen = SCREEN_HOME;
    }
}

void history_command(struct app *app, enum command command, struct wishes *wishes)
{
    struct history *history = &app->history;
    size_t half = app_history_rows(app) / 2 + 1;
    if (command == COMMAND_UP || command == COMMAND_DOWN)
        step(app, command == COMMAND_UP, 1, wishes);
    else if (command == COMMAND_SCROLL_UP || command == COMMAND_SCROLL_DOWN)
        step(app, command == COMMAND_SCROLL_UP, half, wishes);
    else if (command == COMMAND_PAGE_DOWN)
        next_page(app, wishes);
    else if (command == COMMAND_PAGE_UP)
        previous_page(app, false, wishes);
    else if (command == COMMAND_TOP)
        from_newest(app, wishes);
    else if (command == COMMAND_BOTTOM)
        step(app, false, PAGE_MAX, wishes);
    else if (command == COMMAND_FILTER)
        history->filtering = true;
    else if (command == COMMAND_REFRESH)
        history_reload(app, wishes);
    else if (command == COMMAND_OPEN && history->at < history->count)
        events_open(app, history->rows[history->at].id, wishes);
    else if (command == COMMAND_BACK)
        back(app, wishes);
    else if (command == COMMAND_CLOSE)
        app->screen = SCREEN_HOME;
}

void history_key(struct app *app, struct key key, struct wishes *wishes)
{
    struct history *history = &app->history;
    if (key.press == PRESS_ENTER || key.press == PRESS_TAB || key.press == PRESS_DOWN) {
        history->filtering = false;
    } else if (key.press == PRESS_ESC) {
        history->filtering = false;
        field_clear(&history->filter);
        from_newest(app, wishes);
    } else if (field_key(&history->filter, key)) {
        from_newest(app, wishes);
    }
}

void history_message(struct app *app, const struct app_message *message)
{
    struct history *history = &app->history;
    if (message->kind == TO_APP_HISTORY_BEGIN) {
        history->count = 0;
        history->more = false;
    } else if (message->kind == TO_APP_HISTORY_ROW && history->count < PAGE_MAX) {
        history->numbers[history->count] = message->number;
        history->rows[history->count++] = *message->row;
    } else if (message->kind == TO_APP_HISTORY_END) {
        history->more = message->flag;
        history->error = message->error != NULL ? *message->error : (struct error){0};
        if (history->count > 0 && (history->at_end || history->at >= history->count))
            history->at = history->count - 1;
        history->at_end = false;
    }
}
