/* What the screens share: header, headings, failures, marks and moments. */
#include "config.h"

#include "tui/views.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/when.h"

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

void view_filter(struct grid *grid, int row, const struct field *filter, bool filtering)
{
    if (!filtering && filter->text[0] == '\0')
        return;
    int column = grid_put(grid, row, 1, grid->columns - 1, LOOK_BOLD, "Filter: ");
    int width = grid_width(grid, filter->text);
    int room = grid->columns - 2 - column;
    const char *tail = filter->text;
    while (width > room && *tail != '\0')
        width = grid_width(grid, ++tail);
    column = grid_put(grid, row, column, grid->columns - 1, LOOK_PLAIN, tail);
    if (filtering)
        grid_cursor(grid, row, column);
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
    grid_look(grid, row, 0, MARK_COLUMNS, LOOK_BOLD | LOOK_REVERSE | LOOK_ACCENT);
    grid_cursor(grid, row, 1);
}

size_t view_top(size_t at, size_t count, size_t rows)
{
    size_t step = rows / 2;
    if (count <= rows || at < rows)
        return 0;
    size_t top = step > 0 ? (at / step - 1) * step : at;
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
