#include "tests/fuzz/screen.h"

#include <locale.h>
#include <langinfo.h>
#include <string.h>

bool screen_locale(void)
{
    return (setlocale(LC_CTYPE, "C.UTF-8") != NULL || setlocale(LC_CTYPE, "en_US.UTF-8") != NULL) &&
           strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static void take_line(struct feed *feed, char *to, size_t size)
{
    feed_line(feed, to, size);
}

static void tell_survey(struct app *app, struct feed *feed)
{
    struct survey_row row = {.status = KEY_STATUS_ACTIVE, .used = USED_AT, .used_at = 1768480000};
    char arn[ARN_SIZE], account[ACCOUNT_SIZE];
    struct wishes wishes;
    struct error err;
    row.created = 1768480000 - 86400 * (int64_t)feed_byte(feed);
    take_line(feed, row.user, sizeof row.user);
    take_line(feed, row.key, sizeof row.key);
    take_line(feed, row.used_service, sizeof row.used_service);
    take_line(feed, row.used_region, sizeof row.used_region);
    take_line(feed, account, sizeof account);
    take_line(feed, arn, sizeof arn);
    char why[sizeof err.text];
    take_line(feed, why, sizeof why);
    error_set(&err, ERROR_DENIED, "%s", why);
    app_update(app,
               &(struct app_message){.kind = TO_APP_SURVEY, .survey = &row, .survey_count = 1,
                                     .account = account, .arn = arn, .flag = true,
                                     .error = why[0] != '\0' ? &err : NULL},
               &wishes);
    app_update(app, &(struct app_message){.kind = TO_APP_PLACE, .text = row.key, .place = arn},
               &wishes);
    app_update(app, &(struct app_message){.kind = TO_APP_REGION, .text = row.used_region}, &wishes);
}

static void take_row(struct feed *feed, struct rotation_row *row)
{
    *row = (struct rotation_row){.opened_at = 1768480000, .updated_at = 1768480496};
    row->state = (enum rotation_state)(feed_byte(feed) % ROTATION_STATE_COUNT);
    take_line(feed, row->id, sizeof row->id);
    take_line(feed, row->user, sizeof row->user);
    take_line(feed, row->old_key, sizeof row->old_key);
    take_line(feed, row->waiting_for, sizeof row->waiting_for);
    take_line(feed, row->reason, sizeof row->reason);
}

static void tell_rows(struct app *app, struct feed *feed, bool history)
{
    struct rotation_row row;
    struct wishes wishes;
    take_row(feed, &row);
    app_update(app,
               &(struct app_message){.kind = history ? TO_APP_HISTORY_BEGIN : TO_APP_OPEN_BEGIN},
               &wishes);
    app_update(app,
               &(struct app_message){.kind = history ? TO_APP_HISTORY_ROW : TO_APP_OPEN_ROW,
                                     .row = &row, .number = 7},
               &wishes);
    if (history)
        app_update(app, &(struct app_message){.kind = TO_APP_HISTORY_END}, &wishes);
}

static void take_event(struct feed *feed, struct event *event)
{
    *event = (struct event){.kind = (enum event_kind)(feed_byte(feed) % EVENT_COUNT), .seq = 1,
                            .at = 1768480496, .target = (int64_t)feed_byte(feed) - 1};
    take_line(feed, event->key, sizeof event->key);
    take_line(feed, event->arn, sizeof event->arn);
    take_line(feed, event->text, sizeof event->text);
    take_line(feed, event->aws_code, sizeof event->aws_code);
    take_line(feed, event->place, sizeof event->place);
    take_line(feed, event->used_service, sizeof event->used_service);
}

static void tell_event(struct app *app, struct feed *feed, bool list)
{
    struct event event;
    struct wishes wishes;
    take_event(feed, &event);
    app_update(app,
               &(struct app_message){.kind = list ? TO_APP_EVENTS_ROW : TO_APP_EVENT,
                                     .event = &event, .text = event.key},
               &wishes);
}

static void tell_rotation(struct app *app, struct feed *feed)
{
    static struct rotation rotation;
    static struct effect effect;
    struct wishes wishes;
    char leftovers[1024];
    rotation_init(&rotation);
    rotation.state = (enum rotation_state)(feed_byte(feed) % ROTATION_STATE_COUNT);
    rotation.plan.target_count = feed_byte(feed) % (TARGETS_MAX + 1);
    take_line(feed, rotation.plan.user, USER_SIZE);
    take_line(feed, rotation.plan.targets[0].spec, TEXT_SIZE);
    take_line(feed, rotation.plan.mfa_serial, ARN_SIZE);
    take_line(feed, rotation.identity_arn, sizeof rotation.identity_arn);
    take_line(feed, rotation.failure.text, sizeof rotation.failure.text);
    take_line(feed, leftovers, sizeof leftovers);
    rotation.identity_seen = rotation.failed = true;
    rotation.last_seq = 3;
    text_copy(rotation.old_key.id, KEY_ID_SIZE, "AKIAOLDOLDOLDOLD0001");
    effect = (struct effect){.kind = (enum effect_kind)(feed_byte(feed) % (EFFECT_BLOCKED + 1)),
                             .gate = (enum gate_id)(feed_byte(feed) % (GATE_COUNT + 1)),
                             .until = 1768490000};
    effect.question = (enum question)(feed_byte(feed) % QUESTION_COUNT);
    take_line(feed, effect.text, sizeof effect.text);
    text_copy(effect.key, KEY_ID_SIZE, rotation.old_key.id);
    app->screen = SCREEN_ROTATION;
    app_update(app,
               &(struct app_message){.kind = TO_APP_ROTATION, .text = "20260115-k7f3",
                                     .status = (enum runner_status)(feed_byte(feed) % 6),
                                     .rotation = &rotation, .effect = &effect,
                                     .leftovers = leftovers},
               &wishes);
}

static void tell_findings(struct app *app, struct feed *feed)
{
    struct wishes wishes;
    struct error err;
    size_t count;
    const struct audit_check *checks = audit_checks(&count);
    struct audit_finding finding = {.check = &checks[feed_byte(feed) % count],
                                    .status = (enum audit_status)(feed_byte(feed) % 3)};
    enum audit_fix fix = (enum audit_fix)(feed_byte(feed) % 3);
    char key[KEY_ID_SIZE];
    take_line(feed, finding.resource, sizeof finding.resource);
    take_line(feed, finding.detail, sizeof finding.detail);
    take_line(feed, key, sizeof key);
    error_set(&err, ERROR_DENIED, "%.100s", finding.detail);
    static const struct inventory_progress progress = {.listed = 1, .lists = 2};
    app_update(app, &(struct app_message){.kind = TO_APP_AUDIT_BEGUN}, &wishes);
    app_update(app,
               &(struct app_message){.kind = TO_APP_AUDIT_PROGRESS, .text = key, .progress = &progress},
               &wishes);
    if (feed_byte(feed) % 4 == 0) {
        app_update(app, &(struct app_message){.kind = TO_APP_AUDIT_FAILED, .error = &err}, &wishes);
        return;
    }
    app_update(app, &(struct app_message){.kind = TO_APP_AUDIT_RESULT, .account = key}, &wishes);
    app_update(app,
               &(struct app_message){.kind = TO_APP_AUDIT_REPORT, .text = finding.detail,
                                     .number = feed_byte(feed), .error = &err},
               &wishes);
    for (int i = 0; i < 3; i++)
        app_update(app,
                   &(struct app_message){.kind = TO_APP_AUDIT_FINDING, .finding = &finding, .fix = fix,
                                         .text = key},
                   &wishes);
    app_update(app, &(struct app_message){.kind = TO_APP_AUDIT_SO_FAR}, &wishes);
    app->screen = SCREEN_AUDIT;
    if (feed_byte(feed) % 4 == 0)
        return;
    app_update(app, &(struct app_message){.kind = TO_APP_AUDIT_END}, &wishes);
}

static void press(struct app *app, struct feed *feed)
{
    struct wishes wishes;
    unsigned code = feed_byte(feed);
    struct key key = {.press = (enum press)(code % PRESS_COUNT)};
    if (key.press == PRESS_CHAR)
        key.point = feed_byte(feed) | feed_byte(feed) << 8 | (feed_byte(feed) & 0x1fu) << 16;
    app_update(app, &(struct app_message){.kind = TO_APP_KEY, .key = key}, &wishes);
}

static void tell_text(struct app *app, struct feed *feed)
{
    struct wishes wishes;
    char text[TEXT_SIZE];
    take_line(feed, text, sizeof text);
    bool ask = feed_byte(feed) % 2 == 0;
    app_update(app,
               &(struct app_message){.kind = ask ? TO_APP_REQUEST : TO_APP_NOTICE, .text = text,
                                     .place = text, .flag = true},
               &wishes);
}

void screen_act(struct app *app, struct feed *feed)
{
    struct wishes wishes;
    app_update(app, &(struct app_message){.kind = TO_APP_CLOCK, .now = 1768480496}, &wishes);
    for (int acts = 0; feed->left > 0 && acts < 64; acts++)
        switch (feed_byte(feed) % 9) {
        case 0:
            tell_survey(app, feed);
            break;
        case 1:
            tell_rows(app, feed, false);
            break;
        case 2:
            tell_rows(app, feed, true);
            break;
        case 3:
            tell_event(app, feed, false);
            break;
        case 4:
            tell_event(app, feed, true);
            break;
        case 5:
            tell_rotation(app, feed);
            break;
        case 6:
            tell_text(app, feed);
            break;
        case 8:
            tell_findings(app, feed);
            break;
        default:
            press(app, feed);
            break;
        }
}

void screen_check_grid(const struct grid *grid)
{
    for (int row = 0; row < grid->rows; row++)
        for (int column = 0; column < grid->columns; column++) {
            const struct cell *cell = grid_at(grid, row, column);
            CHECK(cell->width <= 2);
            /* The right half of a wide character, and only that, is empty. */
            bool is_half = column > 0 && grid_at(grid, row, column - 1)->width == 2;
            CHECK((cell->width == 0) == is_half && (cell->points[0] == 0) == is_half);
            CHECK(cell->width != 2 || column + 1 < grid->columns);
            CHECK(grid->unicode || cell->points[0] < 0x7f);
        }
    struct text text CLEANUP(text_release);
    text_init(&text, (size_t)grid->rows * (size_t)(grid->columns * CELL_POINTS * 4 + 1));
    grid_write(grid, &text);
    CHECK(text_ok(&text, NULL));
    for (char *line = text.bytes, *end; *line != '\0'; line = end + 1) {
        end = strchr(line, '\n');
        CHECK(end != NULL);
        *end = '\0';
        CHECK(fuzz_is_safe(line));
    }
    CHECK(grid->cursor_row >= 0 && grid->cursor_row < grid->rows);
    CHECK(grid->cursor_column >= 0 && grid->cursor_column < grid->columns);
}
