/* The home screen: who we are, open rotations, keys. */
#include <stdio.h>
#include <string.h>

#include "base/when.h"
#include "tui/views.h"

/* The list as lines, of which a part is shown. */
enum line_kind { LINE_BLANK, LINE_OPEN_HEADING, LINE_OPEN, LINE_KEYS_HEADING, LINE_COLUMNS, LINE_KEY };

struct line {
    enum line_kind kind;
    size_t index;
};

enum { LINES_TOTAL = OPEN_ROWS_MAX + KEY_ROWS_MAX + 8, TOP_ROWS = 3 };

struct lines {
    size_t count;
    size_t marked;
    struct line items[LINES_TOTAL];
};

static void add(struct lines *lines, enum line_kind kind, size_t index, bool marked)
{
    if (marked)
        lines->marked = lines->count;
    lines->items[lines->count++] = (struct line){kind, index};
}

static void lay_out(const struct home *home, struct lines *ret_lines)
{
    ret_lines->count = ret_lines->marked = 0;
    if (home->open_count > 0)
        add(ret_lines, LINE_OPEN_HEADING, 0, false);
    for (size_t i = 0; i < home->open_count; i++)
        add(ret_lines, LINE_OPEN, i, home->at == i);
    if (home->open_count > 0)
        add(ret_lines, LINE_BLANK, 0, false);
    add(ret_lines, LINE_KEYS_HEADING, 0, false);
    if (home->key_count > 0)
        add(ret_lines, LINE_COLUMNS, 0, false);
    for (size_t i = 0; i < home->key_count; i++)
        add(ret_lines, LINE_KEY, i, home->at == home->open_count + i);
}

static void top(const struct app *app, struct grid *grid)
{
    const struct home *home = &app->home;
    char left[64] = "access keys";
    if (home->account[0] != '\0')
        snprintf(left, sizeof left, "account %s", home->account);
    view_header(grid, left, home->region);
    if (home->arn[0] != '\0')
        grid_put(grid, 1, 1, grid->columns - 1, LOOK_PLAIN, home->arn);
    else if (home->error.code == ERROR_NONE)
        grid_put(grid, 1, 1, grid->columns - 1, LOOK_DIM, "Asking AWS who we are...");
    else
        grid_put(grid, 1, 1, grid->columns - 1, LOOK_WARN, "Identity not known.");
    int64_t off = home->skew < 0 ? -home->skew : home->skew;
    if (off > 1) {
        char skew[64], time[DURATION_TEXT_SIZE];
        snprintf(skew, sizeof skew, "our clock is %s %s", duration_format(off, time),
                 home->skew > 0 ? "ahead" : "behind");
        int column = grid->columns - grid_width(grid, skew) - 1;
        if (column > grid_width(grid, home->arn) + 3)
            grid_put(grid, 1, column, grid->columns, LOOK_WARN, skew);
        else
            grid_put(grid, 0, 34, grid->columns - 20, LOOK_WARN, skew);
    }
    grid_rule(grid, 2, 0, grid->columns, LOOK_DIM);
}

static void open_line(const struct rotation_row *row, struct grid *grid, int at)
{
    char id[ID_SIZE + 2];
    snprintf(id, sizeof id, "%-14s", row->id);
    int column = grid_put(grid, at, 3, grid->columns, LOOK_PLAIN, id) + 2;
    grid_put(grid, at, column, column + 16, LOOK_PLAIN, row->user);
    grid_put(grid, at, column + 18, column + 30, row->failed ? LOOK_BAD : LOOK_ACCENT,
             rotation_state_name(row->state));
    grid_put(grid, at, column + 32, grid->columns - 1, LOOK_DIM,
             row->waiting_for[0] != '\0' ? row->waiting_for : row->failed ? "stopped by a failure" : "");
}

static int key_width(const struct home *home)
{
    size_t widest = 20;
    for (size_t i = 0; i < home->key_count; i++) {
        size_t length = strlen(home->keys[i].survey.key);
        widest = length > widest ? length : widest;
    }
    return widest < 44 ? (int)widest : 44;
}

static void columns_line(const struct home *home, struct grid *grid, int at)
{
    int column = 3 + key_width(home) + 2;
    grid_put(grid, at, 3, grid->columns, LOOK_DIM, "Key ID");
    grid_put(grid, at, column, grid->columns, LOOK_DIM, "Status      Age      Last used");
}

static void used_text(const struct survey_row *row, char *text, size_t size)
{
    char when[MOMENT_SIZE];
    switch (row->used) {
    case USED_UNKNOWN:
        snprintf(text, size, "not known");
        break;
    case USED_NONE_RECORDED:
        snprintf(text, size, "no use recorded");
        break;
    case USED_AT:
        snprintf(text, size, "%.10s %s %s", view_minute(row->used_at, when), row->used_service,
                 row->used_region);
        break;
    }
}

static void key_line(const struct app *app, const struct survey_row *row, struct grid *grid, int at)
{
    char text[TEXT_SIZE];
    int column = 3 + key_width(&app->home) + 2;
    bool due = survey_due(row, app->now, KEY_AGE_MAX);
    grid_put(grid, at, 3, column - 1, LOOK_PLAIN, row->key);
    grid_put(grid, at, column, grid->columns,
             row->status == KEY_STATUS_ACTIVE ? LOOK_GOOD : LOOK_WARN, key_status_name(row->status));
    snprintf(text, sizeof text, "%4lld d", (long long)survey_age_days(row, app->now));
    column = grid_put(grid, at, column + 9, grid->columns, LOOK_PLAIN, text) + 1;
    grid_put(grid, at, column, grid->columns, LOOK_BOLD | LOOK_WARN, due ? "due" : "");
    used_text(row, text, sizeof text);
    grid_put(grid, at, column + 5, grid->columns - 1, LOOK_PLAIN, text);
}

static void keys_heading(const struct home *home, struct grid *grid, int at)
{
    char text[USER_SIZE + 64] = "Access keys";
    if (home->key_count > 0)
        snprintf(text, sizeof text, "Access keys of %s", home->keys[0].survey.user);
    view_heading(grid, at, text);
    const char *state = "";
    if (home->error.code == ERROR_NONE && !home->finished)
        state = "loading...";
    else if (home->error.code == ERROR_NONE && home->key_count == 0)
        state = "none: this user has no access key";
    else if (home->keys_cut)
        state = "only the first are shown: see 'keywright keys'";
    grid_put(grid, at, 3 + grid_width(grid, text), grid->columns - 1, LOOK_DIM, state);
}

static void draw_line(const struct app *app, const struct line *line, struct grid *grid, int at)
{
    const struct home *home = &app->home;
    switch (line->kind) {
    case LINE_BLANK:
        break;
    case LINE_OPEN_HEADING:
        view_heading(grid, at, "Open rotations");
        break;
    case LINE_OPEN:
        open_line(&home->open[line->index], grid, at);
        break;
    case LINE_KEYS_HEADING:
        keys_heading(home, grid, at);
        break;
    case LINE_COLUMNS:
        columns_line(home, grid, at);
        break;
    case LINE_KEY:
        key_line(app, &home->keys[line->index].survey, grid, at);
        break;
    }
}

/* What there is to say about the marked row beyond its columns. */
static void marked_detail(const struct app *app, struct grid *grid, int row)
{
    size_t at = app_told(app, app->home.at);
    const struct rotation_row *open = app_rotation_at(app, at);
    const struct key_row *key = app_key_at(app, at);
    char text[TEXT_SIZE * 2] = "";
    if (open != NULL) {
        size_t length = strlen(open->waiting_for);
        bool asks = length > 0 && open->waiting_for[length - 1] == '?';
        snprintf(text, sizeof text, "%s%s%sOld key %s%s%s, account %s. Enter goes on with it.",
                 length > 0 ? "Waits: " : "", open->waiting_for,
                 length == 0 ? ""
                 : asks      ? " "
                             : ". ",
                 open->old_key, open->new_key[0] != '\0' ? ", new key " : "", open->new_key,
                 open->account);
    }
    if (key != NULL && key->survey.rotation[0] != '\0')
        snprintf(text, sizeof text, "Being rotated: %s. Enter goes on with it.", key->survey.rotation);
    else if (key != NULL)
        snprintf(text, sizeof text, "%s%s%s%sEnter rotates this key.",
                 key->survey.is_signer ? "Signs the requests. " : "",
                 key->place[0] != '\0' ? "Held in " : "", key->place,
                 key->place[0] != '\0'         ? ". "
                 : key->held == HELD_NOWHERE ? "No place known here. "
                                             : "");
    else if (open == NULL && app->home.finished)
        snprintf(text, sizeof text, "Enter rotates the key that the profile holds.");
    grid_wrap(grid, row, 3, grid->columns - 1, 3, LOOK_PLAIN, text);
}

void view_home(const struct app *app, struct grid *grid)
{
    const struct home *home = &app->home;
    struct lines lines;
    lay_out(home, &lines);
    top(app, grid);
    bool failed = home->error.code != ERROR_NONE;
    int cause = grid->rows < 20 ? 3 : 5;
    int noted = grid_wrap(grid, TOP_ROWS, 1, grid->columns - 1, 2, LOOK_WARN, home->surprise);
    int room = grid->rows - TOP_ROWS - noted - 1 - 4 - (failed ? cause + 1 : 0);
    size_t first = view_top(lines.marked, lines.count, (size_t)room);
    int row = TOP_ROWS + noted;
    for (size_t i = first; i < lines.count && row < TOP_ROWS + noted + room; i++, row++) {
        draw_line(app, &lines.items[i], grid, row);
        bool here = lines.items[i].kind == LINE_OPEN || lines.items[i].kind == LINE_KEY;
        if (here && i == lines.marked)
            view_mark(grid, row);
    }
    if (failed)
        view_error(grid, row + 1, cause, &home->error);
    if (home->open_count + home->key_count == 0)
        grid_cursor(grid, failed ? row + 1 : 1, failed ? 3 : 1);
    marked_detail(app, grid, grid->rows - 5);
}
