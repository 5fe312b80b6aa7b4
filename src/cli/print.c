#include "cli/print.h"

#include <json-c/json.h>
#include <stdarg.h>
#include <string.h>

#include "base/safe.h"
#include "base/text.h"
#include "base/when.h"

enum { LINE_MAX_BYTES = 64 * 1024 };

void print_line(FILE *stream, const char *format, ...)
{
    char line[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    struct text safe CLEANUP(text_release);
    text_init(&safe, LINE_MAX_BYTES);
    safe_append(&safe, line);
    fprintf(stream, "%s\n", safe.bytes);
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
    return report_problem(error_exit_status(err->code),
                          remedy != NULL ? remedy : error_remedy(err->code), "%s: %s%s%s%s",
                          error_sentence(err->code), op, err->text, aws, request);
}

/* Decode one character of UTF-8; its length, or 0 when the bytes are not valid. */
static size_t decode(const unsigned char *at, uint32_t *ret_character)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = at[0] < 0x80    ? 1
                    : at[0] >= 0xf0 ? 4
                    : at[0] >= 0xe0 ? 3
                    : at[0] >= 0xc0 ? 2
                                    : 0;
    if (length == 0 || at[0] > 0xf4)
        return 0;
    uint32_t character = length == 1 ? at[0] : at[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        character = character << 6 | (at[i] & 0x3fu);
    }
    if (length > 1 && (character < least[length] || character > 0x10ffff ||
                       (character >= 0xd800 && character <= 0xdfff)))
        return 0;
    *ret_character = character;
    return length;
}

/* Controls, and invisible characters that change the order or look of others. */
static bool obeyed(uint32_t character)
{
    return character < 0x20 || (character >= 0x7f && character <= 0x9f) || character == 0xad ||
           character == 0x61c || (character >= 0x200b && character <= 0x200f) ||
           (character >= 0x2028 && character <= 0x202e) ||
           (character >= 0x2060 && character <= 0x206f) || character == 0xfeff;
}

void print_json(struct json_object *object)
{
    const char *line = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
                                                                  JSON_C_TO_STRING_NOSLASHESCAPE);
    /* Outside of strings JSON is ASCII without controls, so whatever is escaped here is in one. */
    const unsigned char *at = (const unsigned char *)(line != NULL ? line : "{}");
    while (*at != '\0') {
        uint32_t character = 0xfffd;
        size_t length = decode(at, &character);
        if (length == 0 || obeyed(character))
            printf("\\u%04x", character);
        else
            fwrite(at, 1, length, stdout);
        at += length == 0 ? 1 : length;
    }
    putchar('\n');
    fflush(stdout);
    json_object_put(object);
}

void json_add_string(struct json_object *object, const char *name, const char *value)
{
    json_object_object_add(object, name, json_object_new_string(value));
}

void json_add_text(struct json_object *object, const char *name, const char *value)
{
    bool none = value == NULL || *value == '\0';
    json_object_object_add(object, name, none ? NULL : json_object_new_string(value));
}

void json_add_time(struct json_object *object, const char *name, int64_t time)
{
    char buffer[WHEN_TEXT_SIZE];
    json_add_text(object, name, when_format(time, buffer));
}

void json_add_number(struct json_object *object, const char *name, int64_t value)
{
    json_object_object_add(object, name, json_object_new_int64(value));
}

void json_add_bool(struct json_object *object, const char *name, bool value)
{
    json_object_object_add(object, name, json_object_new_boolean(value));
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
