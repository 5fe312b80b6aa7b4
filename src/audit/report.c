#include "audit/report.h"

#include <stdint.h>
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

struct report_reader {
    struct csv_parser csv;
    struct fields header, row;
    struct text rest; /* of what was fed: a line without its end */
    bool has_header, stopped, failed, begun;
    size_t line, next; /* where the row that is being read begins, and the number of the next line */
    bool between;      /* no row is being read */
    bool (*visit)(void *, const struct report_row *);
    void *context;
    struct error err;
};

static void fail(struct report_reader *reader, enum error_code code, const char *what)
{
    if (!reader->failed)
        error_set(&reader->err, code, "the credential report, line %zu: %s", reader->line, what);
    reader->failed = true;
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

/* Eight bytes at a time. */
static bool is_ascii(const char *bytes, size_t length)
{
    uint64_t bits = 0, word = 0;
    size_t i = 0;
    for (; length - i >= sizeof word; i += sizeof word) {
        memcpy(&word, bytes + i, sizeof word);
        bits |= word;
    }
    for (; i < length; i++)
        bits |= (unsigned char)bytes[i];
    return (bits & UINT64_C(0x8080808080808080)) == 0 && memchr(bytes, '\0', length) == NULL;
}

/* Valid UTF-8 without a NUL. What a terminal must be spared is made safe where it is shown. */
static bool is_text(const char *bytes, size_t length)
{
    if (is_ascii(bytes, length))
        return true;
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
    struct report_reader *reader = context;
    struct fields *fields = reader->has_header ? &reader->row : &reader->header;
    if (reader->failed || reader->stopped)
        return;
    if (fields->count == REPORT_COLUMNS_MAX || length > REPORT_FIELD_MAX) {
        fail(reader, ERROR_LIMIT, "a field or the header is too long");
    } else if (!is_text(bytes, length)) {
        fail(reader, ERROR_SYNTAX, "a field is not UTF-8 text");
    } else {
        fields->starts[fields->count++] = fields->text.length;
        text_append_bytes(&fields->text, bytes, length);
        text_append_char(&fields->text, '\0');
    }
}

static void end_of_header(struct report_reader *reader)
{
    const struct fields *header = &reader->header;
    bool user = false, arn = false;
    for (size_t i = 0; i < header->count; i++) {
        const char *name = header->pointers[i];
        user = user || strcmp(name, "user") == 0;
        arn = arn || strcmp(name, "arn") == 0;
        if (name[0] == '\0')
            fail(reader, ERROR_SYNTAX, "a column has no name");
        for (size_t j = 0; j < i; j++)
            if (strcmp(header->pointers[j], name) == 0)
                fail(reader, ERROR_SYNTAX, "two columns have the same name");
    }
    if (!user || !arn)
        fail(reader, ERROR_SYNTAX, "this is no header of a report: it lacks 'user' or 'arn'");
    reader->has_header = true;
}

/* All fields of a row are in reader->row, and point to their values. */
static void take_row(struct report_reader *reader)
{
    const struct fields *fields = &reader->row;
    if (fields->count != reader->header.count) {
        fail(reader, ERROR_SYNTAX, "the row has not as many fields as the header");
        return;
    }
    struct report_row row = {reader->line, fields->count, reader->header.pointers, fields->pointers};
    reader->stopped = !reader->visit(reader->context, &row);
}

static void on_row(int terminator, void *context)
{
    (void)terminator;
    struct report_reader *reader = context;
    struct fields *fields = reader->has_header ? &reader->row : &reader->header;
    if (reader->failed || reader->stopped)
        return;
    if (!text_ok(&fields->text, NULL)) {
        fail(reader, ERROR_MEMORY, "no room for the row");
        return;
    }
    fields_point(fields);
    if (!reader->has_header)
        end_of_header(reader);
    else
        take_row(reader);
    fields_clear(&reader->row);
    reader->between = true;
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

/* A line without a quote needs no parser: its fields are what stands between the commas. AWS's own reports
 * have no other lines. */
static void split_line(struct report_reader *reader, const char *bytes, size_t length)
{
    struct fields *row = &reader->row;
    text_append_bytes(&row->text, bytes, length);
    text_append_char(&row->text, '\0');
    if (!text_ok(&row->text, NULL)) {
        fail(reader, row->text.starved ? ERROR_MEMORY : ERROR_LIMIT, "no room for the row");
        return;
    }
    bool ascii = is_ascii(bytes, length);
    for (char *at = row->text.bytes, *end = at + length; at != NULL && !reader->failed;) {
        char *comma = memchr(at, ',', (size_t)(end - at));
        size_t size = (size_t)((comma != NULL ? comma : end) - at);
        if (row->count == REPORT_COLUMNS_MAX || size > REPORT_FIELD_MAX)
            fail(reader, ERROR_LIMIT, "a field or the header is too long");
        else if (!ascii && !is_text(at, size))
            fail(reader, ERROR_SYNTAX, "a field is not UTF-8 text");
        else
            row->pointers[row->count++] = at;
        at[size] = '\0';
        at = comma != NULL ? comma + 1 : NULL;
    }
    if (!reader->failed)
        take_row(reader);
    fields_clear(row);
}

static void parse(struct report_reader *reader, const char *bytes, size_t length)
{
    if (csv_parse(&reader->csv, bytes, length, on_field, on_row, reader) != length)
        fail(reader, csv_error(&reader->csv) == CSV_EPARSE ? ERROR_SYNTAX : ERROR_MEMORY,
             csv_strerror(csv_error(&reader->csv)));
}

/* One line with its end, or the last one; so that a failure knows its line. A quoted field may hold line
 * ends of its own: then the row goes on with the next line. */
static void take_line(struct report_reader *reader, const char *bytes, size_t length)
{
    size_t inner = length - (bytes[length - 1] == '\n');
    bool simple = reader->between && reader->has_header && memchr(bytes, '"', inner) == NULL &&
                  memchr(bytes, '\r', inner) == NULL;
    if (reader->between)
        reader->line = reader->next;
    reader->next++;
    if (simple && inner > 0) {
        split_line(reader, bytes, inner);
    } else if (!simple) {
        reader->between = false;
        parse(reader, bytes, length);
    }
}

struct report_reader *report_reader_new(bool (*visit)(void *, const struct report_row *), void *context,
                                        struct error *err)
{
    struct report_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL || csv_init(&reader->csv, CSV_STRICT | CSV_STRICT_FINI) != 0) {
        free(reader);
        error_set(err, ERROR_MEMORY, "reading a credential report");
        return NULL;
    }
    csv_set_space_func(&reader->csv, is_space);
    csv_set_term_func(&reader->csv, is_end);
    reader->line = reader->next = 1;
    reader->between = true;
    reader->visit = visit;
    reader->context = context;
    fields_init(&reader->header);
    fields_init(&reader->row);
    text_init(&reader->rest, (size_t)REPORT_COLUMNS_MAX * (REPORT_FIELD_MAX + 1));
    return reader;
}

static bool is_going_on(const struct report_reader *reader)
{
    return !reader->failed && !reader->stopped;
}

/* A byte order mark at the very beginning is passed over. */
static void begin(struct report_reader *reader)
{
    struct text *rest = &reader->rest;
    size_t mark = rest->length >= 3 && memcmp(rest->bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    reader->begun = true;
    if (rest->length > mark)
        take_line(reader, rest->bytes + mark, rest->length - mark);
}

static void take_rest(struct report_reader *reader)
{
    if (!text_ok(&reader->rest, NULL))
        fail(reader, reader->rest.starved ? ERROR_MEMORY : ERROR_LIMIT, "the line is too long");
    else if (!reader->begun)
        begin(reader);
    else
        take_line(reader, reader->rest.bytes, reader->rest.length);
    text_clear(&reader->rest);
}

static bool told(const struct report_reader *reader, struct error *err)
{
    if (reader->failed && err != NULL)
        *err = reader->err;
    return !reader->failed;
}

bool report_reader_feed(struct report_reader *reader, const char *bytes, size_t length, struct error *err)
{
    while (length > 0 && is_going_on(reader)) {
        const char *end = memchr(bytes, '\n', length);
        size_t part = end != NULL ? (size_t)(end - bytes) + 1 : length;
        bool whole = end != NULL && reader->rest.length == 0 && reader->begun;
        if (whole)
            take_line(reader, bytes, part);
        else
            text_append_bytes(&reader->rest, bytes, part);
        if (!whole && (end != NULL || reader->rest.failed))
            take_rest(reader);
        bytes += part;
        length -= part;
    }
    return told(reader, err);
}

bool report_reader_end(struct report_reader *reader, struct error *err)
{
    if (is_going_on(reader) && reader->rest.length > 0)
        take_rest(reader);
    if (is_going_on(reader) && csv_fini(&reader->csv, on_field, on_row, reader) != 0)
        fail(reader, ERROR_SYNTAX, "a quote is left open");
    if (!reader->failed && !reader->has_header)
        fail(reader, ERROR_SYNTAX, "it is empty");
    return told(reader, err);
}

void report_reader_free(struct report_reader *reader)
{
    if (reader == NULL)
        return;
    text_release(&reader->header.text);
    text_release(&reader->row.text);
    text_release(&reader->rest);
    csv_free(&reader->csv);
    free(reader);
}

bool report_parse(const char *bytes, size_t length,
                  bool (*visit)(void *, const struct report_row *), void *context,
                  struct error *err)
{
    struct report_reader *reader = report_reader_new(visit, context, err);
    bool good = reader != NULL && report_reader_feed(reader, bytes, length, err) &&
                report_reader_end(reader, err);
    report_reader_free(reader);
    return good;
}

const char *report_value(const struct report_row *row, const char *name)
{
    for (size_t i = 0; i < row->count; i++)
        if (strcmp(row->names[i], name) == 0)
            return row->values[i];
    return NULL;
}
