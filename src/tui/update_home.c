/* The home screen: open rotations, then keys. */
#include <string.h>

#include "tui/screens.h"

/* What is marked is remembered by name, so that rows that come in do not move the mark. */
static void remember(struct app *app)
{
    struct home *home = &app->home;
    const struct rotation_row *row = app_marked_rotation(app);
    const struct key_row *key = app_marked_key(app);
    home->marked_key = key != NULL;
    text_copy(home->marked, sizeof home->marked,
              row != NULL   ? row->id
              : key != NULL ? key->survey.key
                            : "");
}

static void mark_again(struct app *app)
{
    struct home *home = &app->home;
    size_t total = home->open_count + home->key_count;
    for (size_t i = 0; home->marked[0] != '\0' && i < total; i++) {
        bool is_key = i >= home->open_count;
        const char *name = is_key ? home->keys[i - home->open_count].survey.key : home->open[i].id;
        if (is_key == home->marked_key && strcmp(name, home->marked) == 0) {
            home->at = i;
            return;
        }
    }
    if (home->at >= total)
        home->at = total > 0 ? total - 1 : 0;
}

static void move(struct app *app, long by)
{
    struct home *home = &app->home;
    long last = (long)(home->open_count + home->key_count) - 1;
    long at = (long)home->at + by;
    home->at = at < 0 || last < 0 ? 0 : at > last ? (size_t)last : (size_t)at;
}

static void open_marked(struct app *app, struct wishes *wishes)
{
    const struct rotation_row *row = app_marked_rotation(app);
    const struct key_row *key = app_marked_key(app);
    if (key != NULL && key->survey.rotation[0] != '\0') {
        struct wish *wish = wishes_add(wishes, WISH_RESUME);
        text_copy(wish->id, sizeof wish->id, key->survey.rotation);
    } else if (row != NULL) {
        struct wish *wish = wishes_add(wishes, WISH_RESUME);
        text_copy(wish->id, sizeof wish->id, row->id);
    } else if (key != NULL) {
        start_open(app, key->survey.key, key->survey.user, wishes);
    } else if (app->home.finished) {
        /* The list could not be read (an MFA policy forbids it, say): what the profile holds can be
         * rotated all the same. */
        start_open(app, "", "", wishes);
    }
}

/* Tab goes from one list to the other. */
static void other_list(struct app *app)
{
    struct home *home = &app->home;
    bool in_open = home->at < home->open_count;
    if (in_open && home->key_count > 0)
        home->at = home->open_count;
    else if (!in_open && home->open_count > 0)
        home->at = 0;
}

void home_command(struct app *app, enum command command, struct wishes *wishes)
{
    long page = app->rows > 10 ? app->rows - 8 : 2;
    bool up = command == COMMAND_UP || command == COMMAND_PAGE_UP || command == COMMAND_SCROLL_UP ||
              command == COMMAND_TOP;
    long step = 0;
    if (command == COMMAND_UP || command == COMMAND_DOWN)
        step = 1;
    else if (command == COMMAND_PAGE_UP || command == COMMAND_PAGE_DOWN)
        step = page;
    else if (command == COMMAND_SCROLL_UP || command == COMMAND_SCROLL_DOWN)
        step = page / 2;
    else if (command == COMMAND_TOP || command == COMMAND_BOTTOM)
        step = OPEN_ROWS_MAX + KEY_ROWS_MAX;
    if (step > 0)
        move(app, up ? -step : step);
    else if (command == COMMAND_NEXT)
        other_list(app);
    else if (command == COMMAND_OPEN)
        open_marked(app, wishes);
    else if (command == COMMAND_HISTORY)
        history_open(app, wishes);
    else if (command == COMMAND_AUDIT)
        findings_open(app, wishes);
    else if (command == COMMAND_REFRESH)
        wishes_add(wishes, WISH_REFRESH);
    else if (command == COMMAND_CLOSE)
        wishes_add(wishes, WISH_QUIT);
    if (step > 0 || command == COMMAND_NEXT || command == COMMAND_OPEN)
        remember(app);
}

/* Where a key is held is told apart from the list: it is kept over a fresh one. */
static void keep_place(const struct key_row *keys, size_t count, struct key_row *row)
{
    row->held = HELD_UNKNOWN;
    row->place[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        if (strcmp(keys[i].survey.key, row->survey.key) != 0)
            continue;
        row->held = keys[i].held;
        text_copy(row->place, sizeof row->place, keys[i].place);
        return;
    }
}

static void take_survey(struct home *home, const struct app_message *message)
{
    size_t count = message->survey_count < KEY_ROWS_MAX ? message->survey_count : KEY_ROWS_MAX;
    /* Places come by themselves: they are kept over a fresh list, from the back, since rows only move
     * back while a survey fills in. */
    for (size_t i = count; i-- > 0;) {
        struct key_row row = {.survey = message->survey[i]};
        keep_place(home->keys, home->key_count, &row);
        home->keys[i] = row;
    }
    home->key_count = count;
    home->keys_cut = message->survey_count > KEY_ROWS_MAX;
    home->asked = true;
    home->finished = message->flag;
    home->skew = message->skew;
    text_copy(home->account, sizeof home->account, message->account);
    text_copy(home->arn, sizeof home->arn, message->arn);
    home->error = message->error != NULL ? *message->error : (struct error){0};
}

static void take_place(struct home *home, const struct app_message *message)
{
    for (size_t i = 0; i < home->key_count; i++)
        if (strcmp(home->keys[i].survey.key, message->text) == 0) {
            home->keys[i].held = message->flag ? HELD_HERE : HELD_NOWHERE;
            text_copy(home->keys[i].place, sizeof home->keys[i].place, message->place);
        }
}

void home_message(struct app *app, const struct app_message *message)
{
    struct home *home = &app->home;
    if (message->kind == TO_APP_OPEN_BEGIN)
        home->open_count = 0;
    else if (message->kind == TO_APP_OPEN_ROW && home->open_count < OPEN_ROWS_MAX)
        home->open[home->open_count++] = *message->row;
    else if (message->kind == TO_APP_SURVEY)
        take_survey(home, message);
    else if (message->kind == TO_APP_REGION)
        text_copy(home->region, sizeof home->region, message->text);
    else if (message->kind == TO_APP_PLACE)
        take_place(home, message);
    else if (message->kind == TO_APP_SURVEY_FAILED) {
        home->asked = home->finished = true;
        home->error = *message->error;
    }
    mark_again(app);
}
