#include "audit/report.h"

#include <stdlib.h>
#include <string.h>

#include <csv.h>

#include "base/safe.h"
#include "base/text.h"

/* Names and values of a row stand one after the other in one text, ended by a NUL each; the pointers
 * are set when the row is whole, since the text moves as it grows. */
struct fields {
    struct text text;
    size_t starts[REPORT_COLUMNS_MAX];
    const char *pointers[REPORT_COLUMNS_MAX];
    size_t count;
};

struct parsing {
    struct csv_parser csv;
    struct fields header, row;
    bool has_header, stopped, failed;
    size_t line;  /* where the row that is being read begins */
    bool between; /* no row is being read */
    bool (*visit)(void *, const struct report_row *);
    void *context;
    struct error *err;
};

static void fail(struct parsing *parsing, enum error_code code, const char *what)
{
    if (!parsing->failed)
        error_set(parsing->err, code, "the credential report, line %zu: %s", parsing->line, what);
    parsing->failed = true;
}

static void fields_init(struct fields *fields)
{
    text_init(&fields->text, (size_t)REPORT_COLUMNS_MAX * (REPORT_FIELD_MAX + 1));
    fields->count = 0;
}

static void fields_clear(struct fields *fields)
{
    text_clear(&fields->text);
    fields->count = 0;
}

static void fields_point(struct fields *fields)
{
    for (size_t i = 0; i < fields->count; i++)
        fields->pointers[i] = fields->text.bytes + fields->starts[i];
}

/* Valid UTF-8 without a NUL. What a terminal must be spared is made safe where it is shown. */
static bool is_text(const char *bytes, size_t length)
{
    char field[REPORT_FIELD_MAX + 1];
    struct safe_walk walk = {.at = field};
    struct safe_piece piece;
    memcpy(field, bytes, length);
    field[length] = '\0';
    while (safe_next(&walk, &piece))
        if (!piece.valid)
            return false;
    return walk.at == field + length;
}

static void on_field(void *bytes, size_t length, void *context)
{
    struct parsing *parsing = context;
    struct fields *fields = parsing->has_header ? &parsing->row : &parsing->header;
    if (parsing->failed || parsing->stopped)
        return;
    if (fields->count == REPORT_COLUMNS_MAX || length > REPORT_FIELD_MAX) {
        fail(parsing, ERROR_LIMIT, "a field or the header is too long");
    } else if (!is_text(bytes, length)) {
        fail(parsing, ERROR_SYNTAX, "a field is not UTF-8 text");
    } else {
        fields->starts[fields->count++] = fields->text.length;
        text_append_bytes(&fields->text, bytes, length);
        text_append_char(&fields->text, '\0');
    }
}

static void end_of_header(struct parsing *parsing)
{
    const struct fields *header = &parsing->header;
    bool user = false, arn = false;
    for (size_t i = 0; i < header->count; i++) {
        const char *name = header->pointers[i];
        user = user || strcmp(name, "user") == 0;
        arn = arn || strcmp(name, "arn") == 0;
        if (name[0] == '\0')
            fail(parsing, ERROR_SYNTAX, "a column has no name");
        for (size_t j = 0; j < i; j++)
            if (strcmp(header->pointers[j], name) == 0)
                fail(parsing, ERROR_SYNTAX, "two columns have the same name");
    }
    if (!user || !arn)
        fail(parsing, ERROR_SYNTAX, "this is no header of a report: it lacks 'user' or 'arn'");
    parsing->has_header = true;
}

static void on_row(int terminator, void *context)
{
    (void)terminator;
    struct parsing *parsing = context;
    struct fields *fields = parsing->has_header ? &parsing->row : &parsing->header;
    if (parsing->failed || parsing->stopped)
        return;
    if (!text_ok(&fields->text, NULL)) {
        fail(parsing, ERROR_MEMORY, "no room for the row");
        return;
    }
    fields_point(fields);
    if (!parsing->has_header) {
        end_of_header(parsing);
    } else if (fields->count != parsing->header.count) {
        fail(parsing, ERROR_SYNTAX, "the row has not as many fields as the header");
    } else {
        struct report_row row = {parsing->line, fields->count, parsing->header.pointers,
                                 fields->pointers};
        parsing->stopped = !parsing->visit(parsing->context, &row);
    }
    fields_clear(&parsing->row);
    parsing->between = true;
}

/* Spaces are content: user names have none, but what stands there is shown as it is. */
static int is_space(unsigned char byte)
{
    (void)byte;
    return 0;
}

static int is_end(unsigned char byte)
{
    return byte == '\n' || byte == '\r';
}

/* Line by line, so that a failure knows its line; a quoted field may hold line ends of its own. */
static void feed(struct parsing *parsing, const char *bytes, size_t length)
{
    for (size_t line = 1; length > 0 && !parsing->failed && !parsing->stopped; line++) {
        if (parsing->between)
            parsing->line = line;
        parsing->between = false;
        const char *end = memchr(bytes, '\n', length);
        size_t part = end != NULL ? (size_t)(end - bytes) + 1 : length;
        if (csv_parse(&parsing->csv, bytes, part, on_field, on_row, parsing) != part)
            fail(parsing, csv_error(&parsing->csv) == CSV_EPARSE ? ERROR_SYNTAX : ERROR_MEMORY,
                 csv_strerror(csv_error(&parsing->csv)));
        bytes += part;
        length -= part;
    }
    if (!parsing->failed && !parsing->stopped &&
        csv_fini(&parsing->csv, on_field, on_row, parsing) != 0)
        fail(parsing, ERROR_SYNTAX, "a quote is left open");
    if (!parsing->failed && !parsing->has_header)
        fail(parsing, ERROR_SYNTAX, "it is empty");
}

bool report_parse(const char *bytes, size_t length,
                  bool (*visit)(void *, const struct report_row *), void *context,
                  struct error *err)
{
    struct parsing *parsing = calloc(1, sizeof *parsing);
    if (parsing == NULL || csv_init(&parsing->csv, CSV_STRICT | CSV_STRICT_FINI) != 0) {
        free(parsing);
        return error_set(err, ERROR_MEMORY, "reading a credential report");
    }
    csv_set_space_func(&parsing->csv, is_space);
    csv_set_term_func(&parsing->csv, is_end);
    parsing->line = 1;
    parsing->between = true;
    parsing->visit = visit;
    parsing->context = context;
    parsing->err = err;
    fields_init(&parsing->header);
    fields_init(&parsing->row);
    size_t mark = length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    feed(parsing, bytes + mark, length - mark);
    bool good = !parsing->failed;
    text_release(&parsing->header.text);
    text_release(&parsing->row.text);
    csv_free(&parsing->csv);
    free(parsing);
    return good;
}

const char *report_value(const struct report_row *row, const char *name)
{
    for (size_t i = 0; i < row->count; i++)
        if (strcmp(row->names[i], name) == 0)
            return row->values[i];
    return NULL;
}
