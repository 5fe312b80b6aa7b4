#include "cli/print.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <string.h>

#include "base/json.h"
#include "base/safe.h"
#include "base/show.h"
#include "base/text.h"
#include "base/when.h"
#include "wire/message.h"

enum { LINE_MAX_BYTES = 64 * 1024 * 1024 };

void print_line(FILE *stream, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    show_line_va(stream, format, args);
    va_end(args);
}

void print_request(FILE *stream, struct json_object *note)
{
    const char *code = body_string(note, "aws_code");
    int64_t http = body_number(note, "http");
    char answer[32] = "no answer";
    if (http == 0)
        return; /* being sent: told again with its answer */
    if (http > 0)
        snprintf(answer, sizeof answer, "HTTP %" PRId64, http);
    print_line(stream, "    request %s:%s signed by %s, attempt %" PRId64 ": %s%s%s, %" PRId64 " ms",
               body_string(note, "service"), body_string(note, "action"), body_string(note, "key"),
               body_number(note, "attempt"), answer, *code != '\0' ? " " : "", code,
               body_number(note, "milliseconds"));
    fflush(stream);
}

int report_problem(int exit_status, const char *remedy, const char *format, ...)
{
    char why[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    fflush(stdout);
    print_line(stderr, "keywright: %s", why);
    if (remedy != NULL && *remedy != '\0')
        print_line(stderr, "  do: %s", remedy);
    return exit_status;
}

/* Few codes have one. An error is told far from where the options were taken. */
enum { NOTES_MAX = 8 };
static struct note {
    enum error_code code;
    char text[400];
} notes[NOTES_MAX];

void report_note(enum error_code code, const char *note)
{
    for (int i = 0; i < NOTES_MAX; i++)
        if (notes[i].code == ERROR_NONE || notes[i].code == code) {
            notes[i].code = code;
            text_copy(notes[i].text, sizeof notes[i].text, note);
            return;
        }
}

static void print_note(enum error_code code)
{
    for (int i = 0; i < NOTES_MAX; i++)
        if (code != ERROR_NONE && notes[i].code == code)
            print_line(stderr, "  note: %s", notes[i].text);
}

int report_error(const struct error *err, const char *remedy)
{
    char aws[160] = "";
    if (err->aws_code[0] != '\0' && strstr(err->text, err->aws_code) == NULL)
        snprintf(aws, sizeof aws, " (%s)", err->aws_code);
    char request[96] = "";
    if (err->request_id[0] != '\0' && strstr(err->text, err->request_id) == NULL)
        snprintf(request, sizeof request, " [request %s]", err->request_id);
    char op[64] = "";
    if (err->op[0] != '\0' && strstr(err->text, err->op) == NULL)
        snprintf(op, sizeof op, "%s: ", err->op);
    int exit_status =
        report_problem(error_exit_status(err->code),
                       remedy != NULL ? remedy : error_remedy(err->code), "%s: %s%s%s%s",
                       error_sentence(err->code), op, err->text, aws, request);
    print_note(err->code);
    return exit_status;
}

int report_two_keys(const char *user, const char *old_key, const char *other)
{
    char remedy[KEY_ID_SIZE * 2 + 160];
    snprintf(remedy, sizeof remedy,
             "choose: --new-key %s adopts it as the new key, --retire %s removes it first", other,
             other);
    return report_problem(5, remedy, "user %s has two keys, %s and %s; nothing was changed", user,
                          old_key, other);
}

int report_no_key_id(void)
{
    return report_problem(2, "give the ID, such as AKIA and 16 more letters; never a secret",
                          "the argument is not an access key ID");
}

void report_damage(const struct error *err)
{
    report_error(err, "it is shown as far as it can be read, and not acted on; keep the file, "
                      "run 'keywright journal verify', restore a backup");
}

/* Outside of strings JSON is ASCII without controls, so whatever is escaped here is in one. */
static void append_escaped(struct text *text, const struct safe_piece *piece)
{
    uint32_t point = piece->valid ? piece->point : 0xfffd;
    if (point >= 0x10000)
        text_appendf(text, "\\u%04x\\u%04x", 0xd800 + ((point - 0x10000) >> 10),
                     0xdc00 + ((point - 0x10000) & 0x3ff));
    else
        text_appendf(text, "\\u%04x", point);
}

bool json_append_line(struct json_object *object, struct text *text, struct error *err)
{
    CLEANUP(text_release) struct text line;
    text_init(&line, LINE_MAX_BYTES);
    json_write(object, &line);
    bool whole = text_ok(&line, err) &&
                 (body_whole(object) || error_set(err, ERROR_MEMORY, "no room for an object"));
    json_object_put(object);
    if (!whole)
        return false;
    struct safe_walk walk = {.at = line.bytes};
    struct safe_piece piece;
    while (safe_next(&walk, &piece))
        if (piece.shown && (piece.point < 0x80 || show_utf8()))
            text_append_bytes(text, piece.bytes, piece.length);
        else
            append_escaped(text, &piece);
    text_append_char(text, '\n');
    return text_ok(text, err);
}

static bool lines_lost;
static int why_lost; /* errno of the first flush that failed */

static void flush_output(void)
{
    if (fflush(stdout) != 0 && why_lost == 0)
        why_lost = errno;
}

void print_json(struct json_object *object)
{
    CLEANUP(text_release) struct text line;
    struct error err = {0};
    text_init(&line, 6 * LINE_MAX_BYTES); /* if each byte were escaped */
    if (!json_append_line(object, &line, &err)) {
        lines_lost = true;
        report_error(&err, "the line is left out; run it again");
        return;
    }
    fwrite(line.bytes, 1, line.length, stdout);
    flush_output();
}

bool print_has_all(const struct text *text)
{
    struct error err = {0};
    if (text_ok(text, &err))
        return true;
    lines_lost = true;
    report_error(&err, "a part is left out; run it again");
    return false;
}

int print_status(int exit_status)
{
    struct error err = {0};
    bool is_good = exit_status == 0 || exit_status == 4;
    flush_output();
    if (!ferror(stdout) || why_lost == EPIPE)
        return lines_lost && is_good ? 1 : exit_status;
    error_set_errno(&err, ERROR_IO, why_lost != 0 ? why_lost : EIO, "writing to standard output");
    report_error(&err, "make room, and run it again; what a rotation did is in 'keywright history'");
    return is_good ? 1 : exit_status;
}

void json_add_string(struct json_object *object, const char *name, const char *value)
{
    body_set_string(object, name, value);
}

void json_add_text(struct json_object *object, const char *name, const char *value)
{
    if (value == NULL || *value == '\0')
        body_put_null(object, name);
    else
        body_set_string(object, name, value);
}

void json_add_time(struct json_object *object, const char *name, int64_t time)
{
    char buffer[WHEN_TEXT_SIZE];
    json_add_text(object, name, when_format(time, buffer));
}

void json_add_number(struct json_object *object, const char *name, int64_t value)
{
    body_set_number(object, name, value);
}

void json_add_bool(struct json_object *object, const char *name, bool value)
{
    body_set_bool(object, name, value);
}

void print_rotation_json(const struct rotation_row *row)
{
    struct json_object *object = json_object_new_object();
    json_add_string(object, "id", row->id);
    json_add_string(object, "account", row->account);
    json_add_string(object, "partition", row->partition);
    json_add_string(object, "user", row->user);
    json_add_string(object, "old_key", row->old_key);
    json_add_text(object, "new_key", row->new_key);
    json_add_string(object, "state", rotation_state_name(row->state));
    json_add_string(object, "step", step_name(rotation_state_step(row->state)));
    json_add_text(object, "waiting_for", row->waiting_for);
    json_add_time(object, "opened_at", row->opened_at);
    json_add_time(object, "updated_at", row->updated_at);
    json_add_time(object, "closed_at", row->closed_at);
    json_add_text(object, "reason", row->reason);
    json_add_text(object, "ticket", row->ticket);
    print_json(object);
}
