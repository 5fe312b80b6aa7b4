#include "aws/json_paths.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

enum { BODY_MOST = 32 * 1024 * 1024, DEPTH_MOST = 32, PATH_SIZE = 512, ROOT_SIZE = 64 };

struct json_paths {
    const struct xml_events *events;
    void *context;
    struct text body;
    char root[ROOT_SIZE];
    char error_type[256]; /* "" for none */
    char path[PATH_SIZE];
};

bool json_values_within(const char *bytes, size_t length, size_t most)
{
    size_t values = 1;
    bool in_string = false;
    for (size_t i = 0; i < length; i++) {
        values += !in_string && (bytes[i] == ',' || bytes[i] == '[' || bytes[i] == '{');
        if (in_string && bytes[i] == '\\')
            i++;
        else if (bytes[i] == '"')
            in_string = !in_string;
    }
    return values <= most;
}

bool json_paths_new(const char *root, const struct xml_events *events, void *context,
                    struct json_paths **ret_paths, struct error *err)
{
    struct json_paths *paths = calloc(1, sizeof *paths);
    if (paths == NULL)
        return error_set(err, ERROR_MEMORY, "no room to read a reply");
    paths->events = events;
    paths->context = context;
    text_copy(paths->root, sizeof paths->root, root);
    text_init(&paths->body, BODY_MOST);
    *ret_paths = paths;
    return true;
}

void json_paths_free(struct json_paths *paths)
{
    if (paths == NULL)
        return;
    text_release(&paths->body);
    free(paths);
}

void json_paths_error_type(struct json_paths *paths, const char *type)
{
    text_copy(paths->error_type, sizeof paths->error_type, type);
}

void json_paths_feed(struct json_paths *paths, const char *bytes, size_t length)
{
    text_append_bytes(&paths->body, bytes, length);
}

/* --- what the events say -----------------------------------------------------------------------*/

/* The path of a member of what `used` bytes of the path are. A name with a slash would be another
 * path, and is none that any reply has. */
static bool enter(struct json_paths *paths, size_t used, const char *name, struct error *err)
{
    size_t length = strlen(name);
    if (used + 1 + length >= PATH_SIZE)
        return error_set(err, ERROR_REPLY, "a name in the JSON is too long");
    if (used > 0)
        paths->path[used++] = '/';
    memcpy(paths->path + used, name, length + 1);
    return paths->events->open(paths->context, paths->path, err);
}

static bool leave(struct json_paths *paths, size_t used, struct error *err)
{
    if (!paths->events->close(paths->context, paths->path, err))
        return false;
    paths->path[used] = '\0';
    return true;
}

static bool tell_text(struct json_paths *paths, const char *bytes, size_t length, struct error *err)
{
    if (memchr(bytes, '\0', length) != NULL)
        return error_set(err, ERROR_REPLY, "a NUL stands in the JSON");
    return paths->events->text(paths->context, bytes, length, err);
}

static bool tell_number(struct json_paths *paths, struct json_object *number, struct error *err)
{
    char digits[64];
    double value = json_object_get_double(number);
    if (json_object_is_type(number, json_type_int))
        snprintf(digits, sizeof digits, "%" PRId64, json_object_get_int64(number));
    else if (value >= 0 && value < 9e15)
        snprintf(digits, sizeof digits, "%" PRId64, (int64_t)value);
    else
        snprintf(digits, sizeof digits, "%.17g", value);
    return tell_text(paths, digits, strlen(digits), err);
}

static bool tell_value(struct json_paths *paths, struct json_object *value, struct error *err);

static bool tell_member(struct json_paths *paths, const char *name, struct json_object *value,
                        struct error *err)
{
    size_t used = strlen(paths->path);
    if (value == NULL || strchr(name, '/') != NULL)
        return true;
    return enter(paths, used, name, err) && tell_value(paths, value, err) &&
           leave(paths, used, err);
}

static bool tell_value(struct json_paths *paths, struct json_object *value, struct error *err)
{
    switch (json_object_get_type(value)) {
    case json_type_null:
        return true;
    case json_type_boolean:
        return tell_text(paths, json_object_get_boolean(value) ? "true" : "false",
                         json_object_get_boolean(value) ? 4 : 5, err);
    case json_type_int:
    case json_type_double:
        return tell_number(paths, value, err);
    case json_type_string:
        return tell_text(paths, json_object_get_string(value),
                         (size_t)json_object_get_string_len(value), err);
    case json_type_array:
        for (size_t i = 0; i < json_object_array_length(value); i++)
            if (!tell_member(paths, "member", json_object_array_get_idx(value, i), err))
                return false;
        return true;
    case json_type_object: {
        json_object_object_foreach(value, name, member)
        {
            if (!tell_member(paths, name, member, err))
                return false;
        }
        return true;
    }
    }
    return true;
}

/* --- errors ------------------------------------------------------------------------------------*/

/* "prefix#Code:more" is Code. */
static struct json_object *plain_code(const char *text)
{
    const char *hash = strrchr(text, '#');
    const char *code = hash != NULL ? hash + 1 : text;
    return json_object_new_string_len(code, (int)strcspn(code, ":"));
}

static bool tell_error(struct json_paths *paths, struct json_object *document, const char *type,
                       struct error *err)
{
    struct json_object *message = json_object_object_get(document, "message");
    if (message == NULL)
        message = json_object_object_get(document, "Message");
    struct json_object *code = plain_code(type);
    if (code == NULL)
        return error_set(err, ERROR_MEMORY, "reading an error");
    size_t root = strlen("ErrorResponse");
    bool good = enter(paths, 0, "ErrorResponse", err) && enter(paths, root, "Error", err) &&
                tell_member(paths, "Code", code, err) &&
                tell_member(paths, "Message", message, err) && leave(paths, root, err) &&
                leave(paths, 0, err);
    json_object_put(code);
    return good;
}

/* --- the document ------------------------------------------------------------------------------*/

/* What says that a document is an error, NULL for none. No reply of ours has a member of these names. */
static const char *error_type(const struct json_paths *paths, struct json_object *document)
{
    static const char *const names[] = {"__type", "code", "Code"};
    if (paths->error_type[0] != '\0')
        return paths->error_type;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct json_object *type = json_object_object_get(document, names[i]);
        if (json_object_is_type(type, json_type_string))
            return json_object_get_string(type);
    }
    return NULL;
}

static bool tell_document(struct json_paths *paths, struct json_object *document,
                          struct error *err)
{
    const char *type = error_type(paths, document);
    if (type != NULL)
        return tell_error(paths, document, type, err);
    return enter(paths, 0, paths->root, err) && tell_value(paths, document, err) &&
           leave(paths, 0, err);
}

bool json_paths_end(struct json_paths *paths, struct error *err)
{
    const struct text *body = &paths->body;
    struct json_object *document = NULL;
    struct error why = {0};
    if (!text_ok(body, err))
        return false;
    if (!json_values_within(body->bytes, body->length, JSON_VALUES_MOST))
        return error_set(err, ERROR_REPLY, "more than %d values in the JSON", JSON_VALUES_MOST);
    if (!json_read(body->bytes, body->length, DEPTH_MOST, &document, &why))
        return error_set(err, why.code == ERROR_MEMORY ? ERROR_MEMORY : ERROR_REPLY, "the JSON: %s",
                         why.text);
    bool good = tell_document(paths, document, err);
    json_object_put(document);
    return good;
}
