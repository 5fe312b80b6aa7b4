#include "tui/app.h"

#include <stdlib.h>
#include <string.h>

#include "tui/screens.h"

bool app_init(struct app *app, bool unicode, struct error *err)
{
    struct key_row *keys = calloc(KEY_ROWS_MAX, sizeof *keys);
    struct rotation_row *rows = calloc(PAGE_MAX, sizeof *rows);
    struct event_line *lines = calloc(PAGE_MAX, sizeof *lines);
    if (keys == NULL || rows == NULL || lines == NULL) {
        free(keys);
        free(rows);
        free(lines);
        return error_set(err, ERROR_MEMORY, "the lists of the screens");
    }
    memset(app, 0, sizeof *app);
    app->unicode = unicode;
    app->resume_command = "keywright resume";
    app->rotate_command = "keywright rotate";
    app->given_to = "";
    app->rows = 24;
    app->columns = 80;
    app->home.keys = keys;
    app->history.rows = rows;
    app->events.lines = lines;
    text_init(&app->findings.pool, FINDINGS_TEXT_MAX);
    text_init(&app->findings.changes, CHANGES_MAX * LINE_SIZE);
    rotation_init(&app->rotation.state);
    return true;
}

void app_release(struct app *app)
{
    free(app->home.keys);
    free(app->history.rows);
    free(app->events.lines);
    findings_release(&app->findings);
    memset(app, 0, sizeof *app);
}

static void help_command(struct app *app, enum command command)
{
    size_t count = keymap_count(app->screen);
    size_t page = app->rows > 6 ? (size_t)app->rows - 6 : 1;
    size_t last = count > page ? count - page : 0;
    size_t step = command == COMMAND_UP || command == COMMAND_DOWN ? 1 : page / 2 + 1;
    bool up = command == COMMAND_UP || command == COMMAND_PAGE_UP || command == COMMAND_SCROLL_UP;
    bool down =
        command == COMMAND_DOWN || command == COMMAND_PAGE_DOWN || command == COMMAND_SCROLL_DOWN;
    if (up)
        app->help_top -= app->help_top < step ? app->help_top : step;
    if (down)
        app->help_top = app->help_top + step < last ? app->help_top + step : last;
    if (command == COMMAND_TOP)
        app->help_top = 0;
    if (command == COMMAND_BOTTOM)
        app->help_top = last;
    if (command == COMMAND_BACK || command == COMMAND_CLOSE || command == COMMAND_HELP)
        app->help = false;
}

/* Commands that are the same on every screen, dialogs and input lines included. True when it was
 * one of them. */
static bool everywhere(enum command command, struct wishes *wishes)
{
    if (command == COMMAND_LEAVE)
        wishes_add(wishes, WISH_INTERRUPT);
    else if (command == COMMAND_SUSPEND)
        wishes_add(wishes, WISH_SUSPEND);
    else if (command == COMMAND_REPAINT)
        wishes_add(wishes, WISH_REPAINT);
    else
        return false;
    return true;
}

static void screen_command(struct app *app, enum command command, struct wishes *wishes)
{
    switch (app->screen) {
    case SCREEN_HOME:
        home_command(app, command, wishes);
        break;
    case SCREEN_ROTATION:
        rotation_command(app, command, wishes);
        break;
    case SCREEN_HISTORY:
        history_command(app, command, wishes);
        break;
    case SCREEN_EVENTS:
        events_command(app, command, wishes);
        break;
    case SCREEN_AUDIT:
        findings_command(app, command, wishes);
        break;
    case SCREEN_COUNT:
        break;
    }
}

/* --- keys --------------------------------------------------------------------------------------*/

/* Where the mark of the list on screen is; NULL: there is no list. */
static const size_t *mark_of(const struct app *app)
{
    switch (app->screen) {
    case SCREEN_HOME:
        return &app->home.at;
    case SCREEN_HISTORY:
        return &app->history.at;
    case SCREEN_EVENTS:
        return &app->events.at;
    case SCREEN_AUDIT:
        return &app->findings.at;
    case SCREEN_ROTATION:
    case SCREEN_COUNT:
        break;
    }
    return NULL;
}

static bool moves(enum command command)
{
    return command >= COMMAND_UP && command <= COMMAND_SCROLL_DOWN;
}

static void dispatch(struct app *app, struct key key, enum command command, struct wishes *wishes)
{
    if (app->help)
        help_command(app, command);
    else if (app->dialog.kind != DIALOG_NONE)
        question_key(app, key, wishes);
    else if (app->screen == SCREEN_HISTORY && app->history.filtering)
        history_key(app, key, wishes);
    else if (app->screen == SCREEN_AUDIT && app->findings.filtering)
        findings_key(app, key);
    else if (command == COMMAND_HELP) {
        app->help = true;
        app->help_top = 0;
    } else
        screen_command(app, command, wishes);
}

static void update_key(struct app *app, struct key key, struct wishes *wishes)
{
    enum command command = keymap_find(app->screen, app_when(app), key);
    const size_t *mark = mark_of(app);
    size_t before = mark != NULL ? *mark : 0;
    app->notice.text[0] = '\0';
    if (everywhere(command, wishes))
        return;
    dispatch(app, key, command, wishes);
    if (!moves(command) || mark != mark_of(app))
        app->moving = false;
    else if (mark != NULL && *mark != before && !app->moving) {
        app->moving = true;
        app->rest_at = before;
    }
}

static void update_size(struct app *app, const struct app_message *message, struct wishes *wishes)
{
    app->rows = message->rows;
    app->columns = message->columns;
    if (app->screen == SCREEN_HISTORY)
        history_reload(app, wishes);
    if (app->screen == SCREEN_EVENTS)
        events_reload(app, wishes);
}


void app_update(struct app *app, const struct app_message *message, struct wishes *ret_wishes)
{
    ret_wishes->count = 0;
    /* Rows may be others then. */
    if (message->kind != TO_APP_KEY && message->kind != TO_APP_CLOCK)
        app->moving = false;
    switch (message->kind) {
    case TO_APP_KEY:
        update_key(app, message->key, ret_wishes);
        break;
    case TO_APP_SIZE:
        update_size(app, message, ret_wishes);
        break;
    case TO_APP_CLOCK:
        app->now = message->now;
        break;
    case TO_APP_REST:
        break;
    case TO_APP_OPEN_BEGIN:
    case TO_APP_OPEN_ROW:
    case TO_APP_SURVEY:
    case TO_APP_REGION:
    case TO_APP_SURVEY_FAILED:
        home_message(app, message);
        break;
    case TO_APP_PLACE:
        home_message(app, message);
        start_place(app, message);
        break;
    case TO_APP_WARNINGS:
        text_copy(app->warnings, sizeof app->warnings, message->text);
        text_copy(app->home.surprise, sizeof app->home.surprise, message->place != NULL ? message->place : "");
        break;
    case TO_APP_ROTATION:
    case TO_APP_EVENT:
    case TO_APP_RUN_ENDED:
        rotation_message(app, message, ret_wishes);
        break;
    case TO_APP_HISTORY_BEGIN:
    case TO_APP_HISTORY_ROW:
    case TO_APP_HISTORY_END:
        history_message(app, message);
        break;
    case TO_APP_EVENTS_BEGIN:
    case TO_APP_EVENTS_ROW:
    case TO_APP_EVENTS_END:
        events_message(app, message);
        break;
    case TO_APP_AUDIT_BEGUN:
    case TO_APP_AUDIT_PROGRESS:
    case TO_APP_AUDIT_RESULT:
    case TO_APP_AUDIT_FINDING:
    case TO_APP_AUDIT_SO_FAR:
    case TO_APP_AUDIT_REPORT:
    case TO_APP_AUDIT_END:
    case TO_APP_AUDIT_CHANGES:
    case TO_APP_AUDIT_CHANGE:
    case TO_APP_AUDIT_ABOUT:
    case TO_APP_ENROLLED:
    case TO_APP_AUDIT_FAILED:
        findings_message(app, message);
        break;
    case TO_APP_CODE:
        code_wanted(app, message);
        break;
    case TO_APP_NOTICE:
        app_notice(app, message->flag, message->text);
        break;
    case TO_APP_REQUEST:
        start_open(app, message->text, message->place, ret_wishes);
        break;
    }
    code_ask(app, ret_wishes);
}
