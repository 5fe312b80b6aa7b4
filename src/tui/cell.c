#include "config.h"

#include "tui/cell.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/safe.h"

/* Longer text than this has no place on a screen; it is cut before it is measured. */
enum { STRING_MAX = 4096 };

enum line { LINE_ACROSS, LINE_DOWN, LINE_TOP_LEFT, LINE_TOP_RIGHT, LINE_END_LEFT, LINE_END_RIGHT };

static const uint32_t lines[2][6] = {
    {'-', '|', '+', '+', '+', '+'},
    {0x2500, 0x2502, 0x250c, 0x2510, 0x2514, 0x2518},
};

static int clamp(int value, int least, int most)
{
    return value < least ? least : value > most ? most : value;
}

bool grid_init(struct grid *grid, int rows, int columns, bool unicode, struct error *err)
{
    rows = clamp(rows, 1, GRID_ROWS_MAX);
    columns = clamp(columns, 1, GRID_COLUMNS_MAX);
    struct cell *cells = calloc((size_t)rows * (size_t)columns, sizeof *cells);
    if (cells == NULL)
        return error_set(err, ERROR_MEMORY, "a screen of %d by %d", columns, rows);
    *grid = (struct grid){.rows = rows, .columns = columns, .unicode = unicode, .cells = cells};
    grid_clear(grid);
    return true;
}

void grid_release(struct grid *grid)
{
    free(grid->cells);
    *grid = (struct grid){0};
}

static struct cell *at(const struct grid *grid, int row, int column)
{
    return &grid->cells[(size_t)row * (size_t)grid->columns + (size_t)column];
}

const struct cell *grid_at(const struct grid *grid, int row, int column)
{
    return at(grid, row, column);
}

static void blank(struct cell *cell)
{
    *cell = (struct cell){.points = {' '}, .width = 1};
}

void grid_clear(struct grid *grid)
{
    for (int i = 0; i < grid->rows * grid->columns; i++)
        blank(&grid->cells[i]);
    grid->cursor_row = grid->cursor_column = 0;
}

void grid_cursor(struct grid *grid, int row, int column)
{
    grid->cursor_row = clamp(row, 0, grid->rows - 1);
    grid->cursor_column = clamp(column, 0, grid->columns - 1);
}

/* A wide character of which one half is written over loses the other half too. */
static void make_room(struct grid *grid, int row, int column)
{
    struct cell *cell = at(grid, row, column);
    if (cell->width == 0 && column > 0)
        blank(cell - 1);
    if (cell->width == 2 && column + 1 < grid->columns)
        blank(cell + 1);
    blank(cell);
}

static void set(struct grid *grid, int row, int column, uint32_t point, int width, unsigned look)
{
    make_room(grid, row, column);
    if (width == 2)
        make_room(grid, row, column + 1);
    struct cell *cell = at(grid, row, column);
    *cell = (struct cell){.points = {point}, .look = (uint8_t)look, .width = (uint8_t)width};
    if (width == 2)
        cell[1] = (struct cell){.look = (uint8_t)look};
}

/* Next character of valid UTF-8 (safe_copy has seen to that); 0 at the end. */
static uint32_t next_point(const char **string)
{
    const unsigned char *byte = (const unsigned char *)*string;
    if (byte[0] == '\0')
        return 0;
    int length = byte[0] < 0x80 ? 1 : byte[0] < 0xe0 ? 2 : byte[0] < 0xf0 ? 3 : 4;
    uint32_t point = length == 1 ? byte[0] : byte[0] & (0x7fu >> length);
    for (int i = 1; i < length; i++)
        point = point << 6 | (byte[i] & 0x3fu);
    *string += length;
    return point;
}

/* What is drawn for a character, and how many columns it takes. */
static int shown(const struct grid *grid, uint32_t *point)
{
    if (*point < 0x7f)
        return 1;
    int width = grid->unicode ? wcwidth((wchar_t)*point) : -1;
    if (width >= 0 && width <= 2)
        return width;
    *point = '?';
    return 1;
}

static void combine(struct grid *grid, int row, int column, uint32_t point)
{
    struct cell *cell = at(grid, row, column);
    if (cell->width == 0 && column > 0)
        cell--;
    for (int i = 1; i < CELL_POINTS; i++) {
        if (cell->points[i] != 0)
            continue;
        cell->points[i] = point;
        return;
    }
}

/* grid_put for text that is safe already. */
static int put(struct grid *grid, int row, int column, int limit, unsigned look, const char *string)
{
    limit = limit < grid->columns ? limit : grid->columns;
    if (row < 0 || row >= grid->rows || column < 0 || column >= limit)
        return column;
    int start = column;
    for (uint32_t point; (point = next_point(&string)) != 0;) {
        int width = shown(grid, &point);
        if (width == 0) {
            if (column > start)
                combine(grid, row, column - 1, point);
            continue;
        }
        if (column + width > limit) {
            set(grid, row, limit - 1, grid->unicode ? 0x2026 : '~', 1, look);
            return limit;
        }
        set(grid, row, column, point, width, look);
        column += width;
    }
    return column;
}

int grid_put(struct grid *grid, int row, int column, int limit, unsigned look, const char *string)
{
    char safe[STRING_MAX];
    return put(grid, row, column, limit, look, safe_copy(safe, sizeof safe, string));
}

int grid_putf(struct grid *grid, int row, int column, int limit, unsigned look, const char *format,
              ...)
{
    char string[STRING_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(string, sizeof string, format, args);
    va_end(args);
    return grid_put(grid, row, column, limit, look, string);
}

/* Length in bytes of the first line of `string` that fits into `columns`, broken at a blank where
 * there is one; *ret_next is where the following line begins. */
static size_t first_line(const struct grid *grid, int columns, const char *string,
                         const char **ret_next)
{
    const char *walk = string;
    const char *space = NULL;
    int used = 0;
    for (;;) {
        const char *before = walk;
        uint32_t point = next_point(&walk);
        if (point == 0) {
            *ret_next = before;
            return (size_t)(before - string);
        }
        if (point == ' ')
            space = before;
        used += shown(grid, &point);
        if (used <= columns)
            continue;
        if (space != NULL && space > string) {
            *ret_next = space + 1;
            return (size_t)(space - string);
        }
        /* A single character may be wider than the room: it is taken, to get on. */
        *ret_next = before > string ? before : walk;
        return (size_t)(*ret_next - string);
    }
}

int grid_wrap(struct grid *grid, int row, int column, int limit, int rows, unsigned look,
              const char *string)
{
    char safe[STRING_MAX];
    char line[STRING_MAX];
    const char *from = safe_copy(safe, sizeof safe, string);
    limit = limit < grid->columns ? limit : grid->columns;
    int used = 0;
    while (*from != '\0' && used < rows && column < limit) {
        if (used == rows - 1) {
            put(grid, row + used++, column, limit, look, from);
            break;
        }
        const char *next;
        size_t length = first_line(grid, limit - column, from, &next);
        memcpy(line, from, length);
        line[length] = '\0';
        put(grid, row + used++, column, limit, look, line);
        from = next;
    }
    return used;
}

int grid_wrap_rows(const struct grid *grid, int columns, const char *string)
{
    char safe[STRING_MAX];
    const char *from = safe_copy(safe, sizeof safe, string);
    int used = 0;
    while (*from != '\0' && columns > 0) {
        first_line(grid, columns, from, &from);
        used++;
    }
    return used;
}

int grid_width(const struct grid *grid, const char *string)
{
    char safe[STRING_MAX];
    const char *walk = safe_copy(safe, sizeof safe, string);
    int width = 0;
    for (uint32_t point; (point = next_point(&walk)) != 0;)
        width += shown(grid, &point);
    return width;
}

void grid_look(struct grid *grid, int row, int column, int width, unsigned look)
{
    if (row < 0 || row >= grid->rows)
        return;
    for (int i = column < 0 ? 0 : column; i < column + width && i < grid->columns; i++)
        at(grid, row, i)->look |= (uint8_t)look;
}

void grid_fade(struct grid *grid)
{
    for (int i = 0; i < grid->rows * grid->columns; i++)
        grid->cells[i].look = LOOK_DIM;
}

void grid_rule(struct grid *grid, int row, int column, int limit, unsigned look)
{
    if (row < 0 || row >= grid->rows)
        return;
    for (int i = column < 0 ? 0 : column; i < limit && i < grid->columns; i++)
        set(grid, row, i, lines[grid->unicode][LINE_ACROSS], 1, look);
}

static void draw(struct grid *grid, int row, int column, enum line line, unsigned look)
{
    if (row >= 0 && row < grid->rows && column >= 0 && column < grid->columns)
        set(grid, row, column, lines[grid->unicode][line], 1, look);
}

void grid_box(struct grid *grid, int top, int left, int rows, int columns, unsigned look)
{
    int bottom = top + rows - 1;
    int right = left + columns - 1;
    for (int row = top; row <= bottom; row++) {
        for (int column = left; column <= right; column++)
            if (row >= 0 && row < grid->rows && column >= 0 && column < grid->columns)
                set(grid, row, column, ' ', 1, LOOK_PLAIN);
        draw(grid, row, left, LINE_DOWN, look);
        draw(grid, row, right, LINE_DOWN, look);
    }
    grid_rule(grid, top, left, right, look);
    grid_rule(grid, bottom, left, right, look);
    draw(grid, top, left, LINE_TOP_LEFT, look);
    draw(grid, top, right, LINE_TOP_RIGHT, look);
    draw(grid, bottom, left, LINE_END_LEFT, look);
    draw(grid, bottom, right, LINE_END_RIGHT, look);
}

static void append_point(struct text *text, uint32_t point)
{
    if (point < 0x80) {
        text_append_char(text, (char)point);
    } else if (point < 0x800) {
        text_append_char(text, (char)(0xc0 | point >> 6));
        text_append_char(text, (char)(0x80 | (point & 0x3f)));
    } else {
        if (point < 0x10000) {
            text_append_char(text, (char)(0xe0 | point >> 12));
        } else {
            text_append_char(text, (char)(0xf0 | point >> 18));
            text_append_char(text, (char)(0x80 | (point >> 12 & 0x3f)));
        }
        text_append_char(text, (char)(0x80 | (point >> 6 & 0x3f)));
        text_append_char(text, (char)(0x80 | (point & 0x3f)));
    }
}

void grid_write(const struct grid *grid, struct text *text)
{
    for (int row = 0; row < grid->rows; row++) {
        int end = grid->columns;
        while (end > 0 && at(grid, row, end - 1)->points[0] == ' ')
            end--;
        for (int column = 0; column < end; column++)
            for (int i = 0; i < CELL_POINTS && at(grid, row, column)->points[i] != 0; i++)
                append_point(text, at(grid, row, column)->points[i]);
        text_append_char(text, '\n');
    }
}
