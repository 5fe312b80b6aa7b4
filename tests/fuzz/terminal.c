#include "config.h"

#include "tests/fuzz/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "tests/fuzz/fuzz.h"

static void clear(struct terminal *terminal, int row, int from, int to)
{
    for (int i = from; i < to; i++)
        terminal->cells[row][i] = (struct terminal_cell){.points = {' '}, .width = 1};
}

void terminal_init(struct terminal *terminal, int rows, int columns)
{
    memset(terminal, 0, sizeof *terminal);
    terminal->rows = rows;
    terminal->columns = columns;
    terminal->bottom = rows - 1;
    for (int row = 0; row < rows; row++)
        clear(terminal, row, 0, columns);
}

static void complain(struct terminal *terminal, const char *what)
{
    if (terminal->complaint[0] != '\0')
        return;
    int used = snprintf(terminal->complaint, sizeof terminal->complaint, "%s:", what);
    for (size_t i = 0; i < terminal->length && used + 4 < (int)sizeof terminal->complaint; i++)
        used += snprintf(terminal->complaint + used, sizeof terminal->complaint - (size_t)used,
                         " %02x", (unsigned char)terminal->sequence[i]);
}

/* --- moving ------------------------------------------------------------------------------------- */

static int within(int value, int most)
{
    return value < 0 ? 0 : value > most ? most : value;
}

static void go(struct terminal *terminal, int row, int column)
{
    terminal->row = within(row, terminal->rows - 1);
    terminal->column = within(column, terminal->columns - 1);
    terminal->wrap = false;
}

/* Rows from..bottom of the region move up (count > 0) or down; what comes in is blank. */
static void scroll(struct terminal *terminal, int from, int count)
{
    int height = terminal->bottom - from + 1;
    int distance = abs(count) < height ? abs(count) : height;
    for (int i = 0; i < height; i++) {
        int row = count > 0 ? from + i : terminal->bottom - i;
        int source = count > 0 ? row + distance : row - distance;
        if (i + distance < height)
            memcpy(terminal->cells[row], terminal->cells[source], sizeof terminal->cells[row]);
        else
            clear(terminal, row, 0, terminal->columns);
    }
}

static void line_feed(struct terminal *terminal)
{
    if (terminal->row == terminal->bottom)
        scroll(terminal, terminal->top, 1);
    else if (terminal->row < terminal->rows - 1)
        terminal->row++;
    terminal->wrap = false;
}

static void reverse_line_feed(struct terminal *terminal)
{
    if (terminal->row == terminal->top)
        scroll(terminal, terminal->top, -1);
    else if (terminal->row > 0)
        terminal->row--;
}

/* --- characters --------------------------------------------------------------------------------- */

static void shift(struct terminal *terminal, int from, int count)
{
    struct terminal_cell *row = terminal->cells[terminal->row];
    int room = terminal->columns - from;
    int distance = abs(count) < room ? abs(count) : room;
    size_t kept = (size_t)(room - distance) * sizeof *row;
    if (count > 0) {
        memmove(row + from + distance, row + from, kept);
        clear(terminal, terminal->row, from, from + distance);
    } else {
        memmove(row + from, row + from + distance, kept);
        clear(terminal, terminal->row, terminal->columns - distance, terminal->columns);
    }
}

/* Half of a wide character that is written over leaves no other half behind. */
static void split_wide(struct terminal *terminal, int row, int column)
{
    struct terminal_cell *cells = terminal->cells[row];
    if (cells[column].width == 0 && column > 0)
        clear(terminal, row, column - 1, column);
    if (cells[column].width == 2 && column + 1 < terminal->columns)
        clear(terminal, row, column + 1, column + 2);
}

static void combine(struct terminal *terminal, uint32_t point)
{
    int column = terminal->wrap ? terminal->column : terminal->column - 1;
    if (column < 0) {
        complain(terminal, "a mark at the beginning of a row");
        return;
    }
    if (terminal->cells[terminal->row][column].width == 0 && column > 0)
        column--;
    struct terminal_cell *cell = &terminal->cells[terminal->row][column];
    for (int i = 1; i < TERMINAL_POINTS; i++)
        if (cell->points[i] == 0) {
            cell->points[i] = point;
            return;
        }
    complain(terminal, "more marks than a cell holds");
}

static void put(struct terminal *terminal, uint32_t point)
{
    int width = point < 0x7f ? 1 : wcwidth((wchar_t)point);
    if (width == 0) {
        combine(terminal, point);
        return;
    }
    if (width < 0) {
        complain(terminal, "a character without a width");
        return;
    }
    if (terminal->wrap || terminal->column + width > terminal->columns) {
        terminal->column = 0;
        line_feed(terminal);
    }
    if (terminal->insert)
        shift(terminal, terminal->column, width);
    struct terminal_cell *cell = &terminal->cells[terminal->row][terminal->column];
    for (int i = 0; i < width; i++)
        split_wide(terminal, terminal->row, terminal->column + i);
    cell[0] = (struct terminal_cell){.points = {point}, .width = width};
    if (width == 2)
        cell[1] = (struct terminal_cell){.width = 0};
    terminal->last = point;
    terminal->column += width;
    terminal->wrap = terminal->column >= terminal->columns;
    if (terminal->wrap)
        terminal->column = terminal->columns - 1;
}

/* --- sequences ---------------------------------------------------------------------------------- */

static void erase_line(struct terminal *terminal, int how)
{
    clear(terminal, terminal->row, how == 0 ? terminal->column : 0,
          how == 1 ? terminal->column + 1 : terminal->columns);
}

static void erase_screen(struct terminal *terminal, int how)
{
    erase_line(terminal, how);
    for (int row = 0; row < terminal->rows; row++)
        if ((how != 1 && row > terminal->row) || (how != 0 && row < terminal->row))
            clear(terminal, row, 0, terminal->columns);
}

static void set_mode(struct terminal *terminal, const char *which, bool on)
{
    static const char *const known[] = {"?1", "?7", "?12", "?25", "?1049", "?12;25", "34", "4",
                                        "?69", "?3;4", "?4"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(which, known[i]) == 0) {
            if (strcmp(which, "4") == 0)
                terminal->insert = on;
            return;
        }
    complain(terminal, "a mode that nobody asked for");
}

static int parameter(const char *parameters, int index, int otherwise)
{
    for (; index > 0 && parameters != NULL; index--) {
        parameters = strchr(parameters, ';');
        parameters = parameters != NULL ? parameters + 1 : NULL;
    }
    if (parameters == NULL || *parameters < '0' || *parameters > '9')
        return otherwise;
    return atoi(parameters);
}

static void set_region(struct terminal *terminal, int top, int bottom)
{
    terminal->top = within(top - 1, terminal->rows - 1);
    terminal->bottom = within(bottom - 1, terminal->rows - 1);
    go(terminal, 0, 0);
}

static void edit(struct terminal *terminal, char final, int count)
{
    int from = terminal->row;
    if (final == '@')
        shift(terminal, terminal->column, count);
    else if (final == 'P')
        shift(terminal, terminal->column, -count);
    else if (final == 'X')
        clear(terminal, from, terminal->column,
              within(terminal->column + count, terminal->columns));
    else if (final == 'L' || final == 'M')
        scroll(terminal, from, final == 'M' ? count : -count);
    else if (final == 'S' || final == 'T')
        scroll(terminal, terminal->top, final == 'S' ? count : -count);
    else /* b */
        for (int i = 0; i < count && i < terminal->columns; i++)
            put(terminal, terminal->last);
}

static void obey_csi(struct terminal *terminal, const char *parameters, char final)
{
    int one = parameter(parameters, 0, 1);
    int row = terminal->row, column = terminal->column;
    if (final == 'h' || final == 'l')
        set_mode(terminal, parameters, final == 'h');
    else if (parameters[strspn(parameters, "0123456789;")] != '\0')
        complain(terminal, "a sequence that nobody asked for");
    else if (final == 'H')
        go(terminal, one - 1, parameter(parameters, 1, 1) - 1);
    else if (final == 'A' || final == 'B')
        go(terminal, row + (final == 'B' ? one : -one), column);
    else if (final == 'C' || final == 'D')
        go(terminal, row, column + (final == 'C' ? one : -one));
    else if (final == 'G')
        go(terminal, row, one - 1);
    else if (final == 'd')
        go(terminal, one - 1, column);
    else if (final == 'Z')
        go(terminal, row, (column - 1) / 8 * 8);
    else if (final == 'J')
        erase_screen(terminal, parameter(parameters, 0, 0));
    else if (final == 'K')
        erase_line(terminal, parameter(parameters, 0, 0));
    else if (final == 'r')
        set_region(terminal, one, parameter(parameters, 1, terminal->rows));
    else if (strchr("@PXLMSTb", final) != NULL)
        edit(terminal, final, one);
    else if (final == 't' && (strcmp(parameters, "22;0;0") == 0 || strcmp(parameters, "23;0;0") == 0))
        return; /* xterm's own, at the start and at the end: the title is kept */
    else if (final != 'm')
        complain(terminal, "a sequence that nobody asked for");
}

/* True when the sequence in hand is complete (and obeyed). */
static bool obey_escape(struct terminal *terminal)
{
    const char *sequence = terminal->sequence;
    char last = sequence[terminal->length - 1];
    if (terminal->length == 1)
        return false;
    if (sequence[1] == '[') {
        if (terminal->length == 2 || (last >= 0x20 && last < 0x40))
            return false;
        char parameters[SEQUENCE_MAX] = "";
        memcpy(parameters, sequence + 2, terminal->length - 3);
        obey_csi(terminal, parameters, last);
        return true;
    }
    if (sequence[1] == ']') { /* "the colours as they were", which ncurses writes at its end */
        static const char reset[] = "\033]104\a";
        if (terminal->length < sizeof reset - 1 &&
            memcmp(sequence, reset, terminal->length) == 0)
            return false;
        if (memcmp(sequence, reset, sizeof reset - 1) != 0)
            complain(terminal, "a command to the terminal");
        return true;
    }
    if (sequence[1] == '(' || sequence[1] == ')') {
        if (terminal->length == 2)
            return false;
        if (last != 'B' && last != '0')
            complain(terminal, "a character set that nobody asked for");
        return true;
    }
    if (sequence[1] == '7') {
        terminal->saved_row = terminal->row;
        terminal->saved_column = terminal->column;
    } else if (sequence[1] == '8')
        go(terminal, terminal->saved_row, terminal->saved_column);
    else if (sequence[1] == 'M')
        reverse_line_feed(terminal);
    else if (sequence[1] == 'E') {
        go(terminal, terminal->row, 0);
        line_feed(terminal);
    }
    else if (strchr("=>", sequence[1]) == NULL)
        complain(terminal, "a sequence that nobody asked for");
    return true;
}

static bool obey_control(struct terminal *terminal, char byte)
{
    if (byte == '\r')
        go(terminal, terminal->row, 0);
    else if (byte == '\n')
        line_feed(terminal);
    else if (byte == '\b')
        go(terminal, terminal->row, terminal->column - 1);
    else if (byte == '\t')
        go(terminal, terminal->row, terminal->column / 8 * 8 + 8);
    else if (byte == '\a')
        terminal->bells++;
    else if (byte != 14 && byte != 15)
        complain(terminal, "a control");
    return true;
}

/* One character of UTF-8, when it is complete. */
static bool take_character(struct terminal *terminal)
{
    unsigned char first = (unsigned char)terminal->sequence[0];
    size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (terminal->length < length)
        return false;
    terminal->sequence[terminal->length] = '\0';
    if (first == 0x7f || !fuzz_is_safe(terminal->sequence)) {
        complain(terminal, "bytes that no terminal should get");
        return true;
    }
    uint32_t point = length == 1 ? first : first & (0x7fu >> length);
    for (size_t i = 1; i < length; i++)
        point = point << 6 | ((unsigned char)terminal->sequence[i] & 0x3fu);
    put(terminal, point);
    return true;
}

void terminal_write(struct terminal *terminal, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        terminal->sequence[terminal->length++] = bytes[i];
        char first = terminal->sequence[0];
        bool complete = first == '\033'                ? obey_escape(terminal)
                        : first >= 0 && first < 0x20   ? obey_control(terminal, first)
                                                       : take_character(terminal);
        if (!complete && terminal->length + 1 == SEQUENCE_MAX) {
            complain(terminal, "a sequence without an end");
            complete = true;
        }
        if (complete)
            terminal->length = 0;
    }
}
