/* The credential report. Input: the CSV. */
#include <stdlib.h>
#include <string.h>

#include "audit/report.h"
#include "base/text.h"
#include "tests/fuzz/fuzz.h"

struct written {
    struct text text; /* the report, written again */
    size_t rows;
    size_t line;
    size_t lines; /* of the input */
    bool has_cr;
};

static void write_field(struct text *text, const char *value, bool last)
{
    text_append_char(text, '"');
    for (; *value != '\0'; value++) {
        if (*value == '"')
            text_append_char(text, '"');
        text_append_char(text, *value);
    }
    text_append(text, last ? "\"\n" : "\",");
}

static bool on_row(void *context, const struct report_row *row)
{
    struct written *written = context;
    CHECK(row->count >= 2 && row->count <= REPORT_COLUMNS_MAX);
    /* Rows that end in a bare carriage return share a line. */
    CHECK(row->line >= written->line && row->line >= 1 && row->line <= written->lines);
    CHECK(row->line > written->line || written->has_cr);
    written->line = row->line;
    for (size_t i = 0; i < row->count; i++) {
        CHECK(row->names[i][0] != '\0');
        CHECK(strlen(row->values[i]) <= REPORT_FIELD_MAX);
        CHECK(report_value(row, row->names[i]) == row->values[i]); /* distinct names */
        for (const unsigned char *at = (const unsigned char *)row->values[i]; *at != '\0'; at++)
            CHECK(*at != 0xff && *at != 0xc0);
    }
    CHECK(report_value(row, "user") != NULL && report_value(row, "arn") != NULL);
    for (size_t i = 0; written->rows == 0 && i < row->count; i++)
        write_field(&written->text, row->names[i], i + 1 == row->count);
    for (size_t i = 0; i < row->count; i++)
        write_field(&written->text, row->values[i], i + 1 == row->count);
    written->rows++;
    return true;
}

/* Fed piece by piece it is what it is as a whole, or fails alike. */
static void check_pieces(const uint8_t *data, size_t size, const struct written *whole, const struct error *failure)
{
    struct written written = {.lines = whole->lines, .has_cr = whole->has_cr};
    struct error err = {0};
    size_t piece = size > 0 ? data[size - 1] % 7 + 1 : 1;
    text_init(&written.text, 8 * size + 4096);
    struct report_reader *reader = report_reader_new(on_row, &written, &err);
    CHECK(reader != NULL);
    bool good = true;
    for (size_t at = 0; at < size && good; at += piece)
        good = report_reader_feed(reader, (const char *)data + at, at + piece < size ? piece : size - at, &err);
    good = good && report_reader_end(reader, &err);
    CHECK(good == (failure == NULL) && written.rows == whole->rows);
    if (failure != NULL)
        CHECK(err.code == failure->code && strcmp(err.text, failure->text) == 0);
    else
        CHECK(written.text.length == whole->text.length &&
              memcmp(written.text.bytes, whole->text.bytes, whole->text.length) == 0);
    report_reader_free(reader);
    text_release(&written.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct written one = {.rows = 0}, two = {.rows = 0};
    struct error err = {0};
    one.lines = two.lines = 1;
    for (size_t i = 0; i < size; i++)
        one.lines += data[i] == '\n';
    one.has_cr = two.has_cr = memchr(data, '\r', size) != NULL;
    two.lines = 8 * size + 2;
    text_init(&one.text, 8 * size + 4096);
    text_init(&two.text, 8 * size + 4096);
    if (!report_parse((const char *)data, size, on_row, &one, &err)) {
        fuzz_check_error(&err);
        CHECK(err.code == ERROR_SYNTAX || err.code == ERROR_LIMIT);
        CHECK(strstr(err.text, "line ") != NULL);
        check_pieces(data, size, &one, &err);
    } else if (one.rows > 0) {
        /* Written and read again it is the same. */
        CHECK(text_ok(&one.text, NULL));
        CHECK(report_parse(one.text.bytes, one.text.length, on_row, &two, &err));
        CHECK(one.rows == two.rows && strcmp(one.text.bytes, two.text.bytes) == 0);
        check_pieces(data, size, &one, NULL);
    }
    text_release(&one.text);
    text_release(&two.text);
    return 0;
}
