#include "cli/print.h"

#include <stdlib.h>
#include <string.h>

#include "base/show.h"
#include "base/text.h"

struct table {
    size_t columns;
    size_t widths[TABLE_COLUMNS_MAX];
    size_t rows; /* the headings included */
    size_t capacity;
    char **cells;
};

static char *safe_cell(const char *cell)
{
    struct text text CLEANUP(text_release);
    text_init(&text, 8192);
    show_append(&text, cell);
    return text.length == 0 ? strdup("-") : text_steal(&text);
}

static bool grow(struct table *table)
{
    if ((table->rows + 1) * table->columns <= table->capacity)
        return true;
    size_t capacity = table->capacity == 0 ? 64 : table->capacity * 2;
    char **cells = realloc(table->cells, capacity * sizeof *cells);
    if (cells == NULL)
        return false;
    table->cells = cells;
    table->capacity = capacity;
    return true;
}

void table_add(struct table *table, const char *const *cells)
{
    if (table == NULL || !grow(table))
        return;
    for (size_t i = 0; i < table->columns; i++) {
        char *cell = safe_cell(cells[i]);
        table->cells[table->rows * table->columns + i] = cell;
        size_t width = cell != NULL ? show_columns(cell) : 0;
        if (width > table->widths[i])
            table->widths[i] = width;
    }
    table->rows++;
}

struct table *table_new(const char *const *headings)
{
    struct table *table = calloc(1, sizeof *table);
    if (table == NULL)
        return NULL;
    while (table->columns < TABLE_COLUMNS_MAX && headings[table->columns] != NULL)
        table->columns++;
    table_add(table, headings);
    return table;
}

size_t table_rows(const struct table *table)
{
    return table == NULL || table->rows == 0 ? 0 : table->rows - 1;
}

void table_print(struct table *table, FILE *stream)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->rows * table->columns; i++) {
        const char *cell = table->cells[i] != NULL ? table->cells[i] : "?";
        size_t column = i % table->columns;
        bool last = column + 1 == table->columns;
        fputs(cell, stream);
        for (size_t at = show_columns(cell); !last && at < table->widths[column] + 2; at++)
            fputc(' ', stream);
        if (last)
            fputc('\n', stream);
        free(table->cells[i]);
    }
    free(table->cells);
    free(table);
}
