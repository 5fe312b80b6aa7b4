#include "config.h"

#include "tui/view.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/when.h"
#include "tui/views.h"

void view_header(struct grid *grid, const char *left, const char *right)
{
    int width = grid_width(grid, right);
    int column = grid_put(grid, 0, 1, grid->columns, LOOK_BOLD | LOOK_ACCENT, "Keywright");
    grid_put(grid, 0, column + 2, grid->columns - width - 2, LOOK_PLAIN, left);
    grid_put(grid, 0, grid->columns - width - 1, grid->columns, LOOK_PLAIN, right);
}

void view_heading(struct grid *grid, int row, const char *text)
{
    grid_put(grid, row, 1, grid->columns - 1, LOOK_BOLD, text);
}

int view_error(struct grid *grid, int row, int rows, const struct error *error)
{
    char line[1024];
    const char *sentence = error_sentence(error->code);
    bool said = strncmp(error->text, sentence, strlen(sentence)) == 0;
    snprintf(line, sizeof line, "%s%s%s", said ? "" : sentence,
             said || error->text[0] == '\0' ? "" : ": ", error->text);
    if (line[0] >= 'a' && line[0] <= 'z')
        line[0] = (char)(line[0] - 'a' + 'A');
    int limit = grid->columns - 1;
    int used = grid_wrap(grid, row, 3, limit, rows > 2 ? rows - 1 : rows, LOOK_BAD, line);
    if (used < rows && error_remedy(error->code)[0] != '\0') {
        snprintf(line, sizeof line, "What to do: %s.", error_remedy(error->code));
        used += grid_wrap(grid, row + used, 3, limit, rows - used, LOOK_PLAIN, line);
    }
    return used;
}

void view_mark(struct grid *grid, int row)
{
    grid_put(grid, row, 1, 2, LOOK_BOLD, ">");
    grid_look(grid, row, 0, grid->columns, LOOK_REVERSE);
    grid_cursor(grid, row, 1);
}

size_t view_top(size_t at, size_t count, size_t rows)
{
    if (count <= rows || at < rows / 2)
        return 0;
    size_t top = at - rows / 2;
    return top + rows > count ? count - rows : top;
}

const char *view_moment(int64_t time, int64_t now, char buffer[MOMENT_SIZE])
{
    time_t then = (time_t)time, today = (time_t)now;
    struct tm local, utc, present;
    buffer[0] = '\0';
    if (localtime_r(&then, &local) == NULL || gmtime_r(&then, &utc) == NULL ||
        localtime_r(&today, &present) == NULL)
        return buffer;
    bool same_day = local.tm_yday == present.tm_yday && local.tm_year == present.tm_year;
    size_t used = strftime(buffer, MOMENT_SIZE, same_day ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &local);
    if (local.tm_gmtoff == 0)
        snprintf(buffer + used, MOMENT_SIZE - used, " UTC");
    else
        strftime(buffer + used, MOMENT_SIZE - used, " %Z (%H:%M:%S UTC)", &utc);
    return buffer;
}

const char *view_minute(int64_t time, char buffer[MOMENT_SIZE])
{
    char when[WHEN_TEXT_SIZE];
    snprintf(buffer, MOMENT_SIZE, "%.16s", when_format(time, when));
    if (buffer[0] != '\0')
        buffer[10] = ' ';
    return buffer;
}

/* Help and close stay at the right end; the others fill the room that is left. */
static void status_bar(const struct app *app, struct grid *grid)
{
    int row = grid->rows - 1;
    size_t count;
    const struct binding *table = keymap_table(&count);
    char end[64];
    snprintf(end, sizeof end, "? help   q %s", app->screen == SCREEN_HOME ? "quit" : "close");
    int limit = grid->columns - (int)strlen(end) - 2;
    int column = 1;
    unsigned when = app_when(app);
    for (size_t i = 0; i < count; i++) {
        const struct binding *one = &table[i];
        bool now = (one->screens & 1u << app->screen) != 0 &&
                   (one->when == 0 || (one->when & when) != 0);
        bool at_end = one->command == COMMAND_HELP || one->command == COMMAND_CLOSE;
        if (!now || at_end || one->word == NULL)
            continue;
        int width = (int)(strlen(one->label) + 1 + strlen(one->word));
        if (column + width > limit)
            break;
        column = grid_put(grid, row, column, limit, LOOK_BOLD, one->label) + 1;
        column = grid_put(grid, row, column, limit, LOOK_PLAIN, one->word) + 3;
    }
    grid_put(grid, row, grid->columns - (int)strlen(end) - 1, grid->columns, LOOK_DIM, end);
}

static void notice(const struct app *app, struct grid *grid)
{
    int row = grid->rows - 2;
    if (app->notice.text[0] == '\0')
        return;
    for (int i = 0; i < grid->columns; i++)
        grid_put(grid, row, i, grid->columns, LOOK_PLAIN, " ");
    grid_put(grid, row, 1, grid->columns - 1, LOOK_BOLD | (app->notice.bad ? LOOK_BAD : LOOK_PLAIN),
             app->notice.text);
}

static void too_small(const struct app *app, struct grid *grid)
{
    char text[128];
    snprintf(text, sizeof text, "Keywright needs %dx%d. This is %dx%d. Work goes on.",
             VIEW_COLUMNS_MIN, VIEW_ROWS_MIN, app->columns, app->rows);
    grid_wrap(grid, 0, 0, grid->columns, grid->rows, LOOK_PLAIN, text);
}

void view(const struct app *app, struct grid *grid)
{
    grid_clear(grid);
    if (grid->rows < VIEW_ROWS_MIN || grid->columns < VIEW_COLUMNS_MIN) {
        too_small(app, grid);
        return;
    }
    if (app->help) {
        view_help(app, grid);
        return;
    }
    status_bar(app, grid);
    switch (app->screen) {
    case SCREEN_HOME:
        view_home(app, grid);
        break;
    case SCREEN_ROTATION:
        view_rotation(app, grid);
        break;
    case SCREEN_HISTORY:
        view_history(app, grid);
        break;
    case SCREEN_EVENTS:
        view_events(app, grid);
        break;
    case SCREEN_COUNT:
        break;
    }
    notice(app, grid);
    if (app->dialog.kind != DIALOG_NONE)
        view_dialog(app, grid);
}
