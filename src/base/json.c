#include "base/json.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- reading -----------------------------------------------------------------------------------*/

/* Outside of strings a colon stands after a name and nowhere else. */
static size_t names_in(const char *bytes, size_t length)
{
    size_t names = 0;
    bool in_string = false;
    for (size_t i = 0; i < length; i++) {
        names += !in_string && bytes[i] == ':';
        if (in_string && bytes[i] == '\\')
            i++;
        else if (bytes[i] == '"')
            in_string = !in_string;
    }
    return names;
}

/* With all that is in it. */
static size_t members_of(struct json_object *object)
{
    size_t members = 0;
    if (json_object_is_type(object, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(object); i++)
            members += members_of(json_object_array_get_idx(object, i));
    } else if (json_object_is_type(object, json_type_object)) {
        json_object_object_foreach(object, name, value)
        {
            (void)name;
            members += 1 + members_of(value);
        }
    }
    return members;
}

bool json_has_all(struct json_object *object, const char *bytes, size_t length)
{
    return members_of(object) == names_in(bytes, length);
}

static void tokener_cleanup(struct json_tokener **tokener)
{
    if (*tokener != NULL)
        json_tokener_free(*tokener);
}

/* NULL when the bytes are no object, or errno is ENOMEM. */
static struct json_object *parse(const char *bytes, size_t length, int depth)
{
    CLEANUP(tokener_cleanup) struct json_tokener *tokener = json_tokener_new_ex(depth);
    errno = ENOMEM;
    /* Its buffer takes its final size now: it would not say that it could not grow. */
    if (tokener == NULL || printbuf_memset(tokener->pb, 0, ' ', (int)length + 1) < 0)
        return NULL;
    printbuf_reset(tokener->pb);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    errno = 0;
    struct json_object *object = json_tokener_parse_ex(tokener, bytes, (int)length);
    if (json_tokener_get_error(tokener) == json_tokener_success &&
        json_tokener_get_parse_end(tokener) == length &&
        json_object_is_type(object, json_type_object))
        return object;
    int why = errno;
    json_object_put(object);
    errno = why;
    return NULL;
}

bool json_read(const char *bytes, size_t length, int depth, struct json_object **ret_object,
               struct error *err)
{
    enum { TRIES = 2 }; /* what lacks a member for want of memory seldom does so twice */
    if (length > INT32_MAX - 1)
        return error_set(err, ERROR_LIMIT, "more than 2 GiB of JSON");
    for (int i = 0; i < TRIES; i++) {
        struct json_object *object = parse(bytes, length, depth);
        if (object == NULL && errno == ENOMEM)
            return error_set(err, ERROR_MEMORY, "reading JSON");
        if (object == NULL)
            return error_set(err, ERROR_SYNTAX, "it is not one JSON object");
        if (json_has_all(object, bytes, length)) {
            *ret_object = object;
            return true;
        }
        json_object_put(object);
    }
    return error_set(err, ERROR_SYNTAX, "a name stands twice in one JSON object");
}

/* --- writing -----------------------------------------------------------------------------------*/

static void write_string(const char *string, size_t length, struct text *text)
{
    static const char special[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    text_append_char(text, '"');
    size_t begun = 0; /* what needs no escape goes in one piece */
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)string[i];
        if (c >= ' ' && c != '"' && c != '\\')
            continue;
        text_append_bytes(text, string + begun, i - begun);
        begun = i + 1;
        const char *found = c != '\0' ? strchr(special, c) : NULL;
        if (found != NULL)
            text_appendf(text, "\\%c", letters[found - special]);
        else
            text_appendf(text, "\\u%04x", c);
    }
    text_append_bytes(text, string + begun, length - begun);
    text_append_char(text, '"');
}

static void write_object(struct json_object *object, struct text *text)
{
    const char *between = "{";
    json_object_object_foreach(object, name, value)
    {
        text_append(text, between);
        write_string(name, strlen(name), text);
        text_append_char(text, ':');
        json_write(value, text);
        between = ",";
    }
    text_append(text, *between == '{' ? "{}" : "}");
}

static void write_array(struct json_object *list, struct text *text)
{
    text_append_char(text, '[');
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        if (i > 0)
            text_append_char(text, ',');
        json_write(json_object_array_get_idx(list, i), text);
    }
    text_append_char(text, ']');
}

static void write_int(struct json_object *number, struct text *text)
{
    int64_t value = json_object_get_int64(number);
    if (value == INT64_MAX) /* or more than that */
        text_appendf(text, "%" PRIu64, json_object_get_uint64(number));
    else
        text_appendf(text, "%" PRId64, value);
}

static void write_double(struct json_object *number, struct text *text)
{
    char digits[64];
    double value = json_object_get_double(number);
    const char *as_read = json_object_get_userdata(number); /* see json_object_new_double_s */
    snprintf(digits, sizeof digits, "%.17g", value);
    for (char *at = digits; *at != '\0'; at++)
        if (*at == ',') /* of the locale */
            *at = '.';
    text_append(text, as_read != NULL ? as_read
                      : isnan(value)  ? "NaN"
                      : isinf(value)  ? (value < 0 ? "-Infinity" : "Infinity")
                                      : digits);
}

void json_write(struct json_object *object, struct text *text)
{
    switch (json_object_get_type(object)) {
    case json_type_null:
        text_append(text, "null");
        break;
    case json_type_boolean:
        text_append(text, json_object_get_boolean(object) ? "true" : "false");
        break;
    case json_type_double:
        write_double(object, text);
        break;
    case json_type_int:
        write_int(object, text);
        break;
    case json_type_object:
        write_object(object, text);
        break;
    case json_type_array:
        write_array(object, text);
        break;
    case json_type_string:
        write_string(json_object_get_string(object), (size_t)json_object_get_string_len(object),
                     text);
        break;
    }
}
