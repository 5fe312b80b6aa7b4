/* What the commands print: diagnostics, NDJSON, tables. Text from outside passes base/safe.h here,
 * on its way out, and nowhere else. */
#ifndef KEYWRIGHT_CLI_PRINT_H
#define KEYWRIGHT_CLI_PRINT_H

#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "journal/journal.h"

struct json_object;

/* "keywright: WHAT: WHY" and "  do: REMEDY" on standard error; returns the exit status of the code.
 * With `remedy` NULL the table's is used. */
int report_error(const struct error *err, const char *remedy);
/* From now on an error of this code comes with a line that says more about where it came from. */
void report_note(enum error_code code, const char *note);
/* The same for a failure that is not an error value; returns `exit_status`. */
int report_problem(int exit_status, const char *remedy, const char *format, ...) FORMAT_LIKE(3, 4);

/* Two keys and no choice; returns its exit status, 5. */
int report_two_keys(const char *user, const char *old_key, const char *other);
/* An argument that should be the ID of a key; returns its exit status, 2. It is not repeated: it may be a
 * secret. */
int report_no_key_id(void);
/* The same for damage of the journal that is met while it is only read. */
void report_damage(const struct error *err);

/* A line of people's text, made safe, to a stream. */
void print_line(FILE *stream, const char *format, ...) FORMAT_LIKE(2, 3);

/* A request to AWS and its answer, of a note of the keeper's: for --verbose. */
void print_request(FILE *stream, struct json_object *note);

/* One JSON object as one line on standard output; takes the object over. Characters that base/safe.h
 * does not show, and those that are not ASCII where the locale is not UTF-8, are written as \u escapes,
 * bytes that are not UTF-8 as U+FFFD.
 * One that lacks a part for want of memory is left out and reported. */
void print_json(struct json_object *object);
/* Append the same line to a text; takes the object over. False when it lacks a part. */
bool json_append_line(struct json_object *object, struct text *text, struct error *err) MUST_USE;
/* Whether a text that is to be printed has all its parts; when it has not, that is reported, as of a line that is
 * left out. */
bool print_has_all(const struct text *text) MUST_USE;
/* `exit_status`; or 1 in place of 0 and 4 when something was left out, or when standard output did not
 * take everything, which is reported. A reader who has left wanted no more. */
int print_status(int exit_status);
void json_add_string(struct json_object *object, const char *name, const char *value);
/* NULL and "" give null. */
void json_add_text(struct json_object *object, const char *name, const char *value);
/* 0 gives null. */
void json_add_time(struct json_object *object, const char *name, int64_t time);
void json_add_number(struct json_object *object, const char *name, int64_t value);
void json_add_bool(struct json_object *object, const char *name, bool value);

/* The object of rotate, resume, rollback, status and history. */
void print_rotation_json(const struct rotation_row *row);

/* A table that is as wide as its cells. */
struct table;
enum { TABLE_COLUMNS_MAX = 10 };
/* `headings` ends with NULL. NULL when there is no memory; every function here takes that. */
struct table *table_new(const char *const *headings);
/* As many cells as headings, each made safe and copied. */
void table_add(struct table *table, const char *const *cells);
size_t table_rows(const struct table *table);
/* Print it with its headings and free it. */
void table_print(struct table *table, FILE *stream);

#endif
