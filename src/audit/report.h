/* The IAM credential report: CSV with one row a user, columns known by their names.
 *
 * The parser is libcsv's; here is what a report must be for its rows to be believed: a header with
 * distinct names, `user` and `arn` among them, and rows of just as many fields. Unknown columns are
 * kept. Values are what the file says ("N/A", "no_information", "not_supported", both time forms);
 * what they mean is judged elsewhere. Pure.
 * Source: IAM User Guide, "Get credential reports for your AWS account".
 */
#ifndef KEYWRIGHT_AUDIT_REPORT_H
#define KEYWRIGHT_AUDIT_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum {
    REPORT_COLUMNS_MAX = 64,
    REPORT_FIELD_MAX = 4096, /* bytes of one field */
};

/* One row. Names and values are borrowed until the visit returns; both are NUL-terminated UTF-8. */
struct report_row {
    size_t line; /* of the file, from 1; the header is on line 1 */
    size_t count;
    const char *const *names;
    const char *const *values;
};

/* The value of a column, or NULL when the report has no such column. Borrowed as the row is. */
const char *report_value(const struct report_row *row, const char *name);

/* A report piece by piece, as it comes: the room that this takes does not grow with the report. The rows of
 * what was fed are visited in order; a visit returns false to stop, which is no error.
 * A final newline may be missing, lines may end in CRLF, a byte order mark is skipped.
 * SYNTAX with the line for everything that makes the report unfit to be judged: no header, a doubled or
 * empty column name, no `user` or `arn`, a row of more or fewer fields, a quote out of place or left
 * open, a NUL, bytes that are not UTF-8. LIMIT for a field or header over its maximum; MEMORY. */
struct report_reader;
struct report_reader *report_reader_new(bool (*visit)(void *context, const struct report_row *row),
                                        void *context, struct error *err) MUST_USE;
bool report_reader_feed(struct report_reader *reader, const char *bytes, size_t length,
                        struct error *err) MUST_USE;
bool report_reader_end(struct report_reader *reader, struct error *err) MUST_USE;
void report_reader_free(struct report_reader *reader);

/* The same for a whole report. */
bool report_parse(const char *bytes, size_t length,
                  bool (*visit)(void *context, const struct report_row *row), void *context,
                  struct error *err) MUST_USE;

#endif
