#include "wire/message.h"

#include <json-c/json.h>
#include <string.h>

#include "base/json.h"
#include "base/safe.h"

/* A body has lists of objects at most; what is nested deeper did not come from our other side. */
enum { DEPTH_MAX = 8 };

static const char *const names[] = {
#define X(code, name, request, reply) [MESSAGE_##code] = name,
    MESSAGE_TABLE(X)
#undef X
};

const char *message_name(enum message_kind kind)
{
    return names[kind];
}

static bool kind_from_name(const char *name, enum message_kind *ret_kind)
{
    for (int i = 0; i < MESSAGE_COUNT; i++)
        if (strcmp(names[i], name) == 0) {
            *ret_kind = (enum message_kind)i;
            return true;
        }
    return false;
}

void message_release(struct message *message)
{
    json_object_put(message->body);
    message->body = NULL;
}

static void object_cleanup(struct json_object **object)
{
    json_object_put(*object);
}

bool message_decode(const char *bytes, size_t length, struct message *ret_message,
                    struct error *err)
{
    CLEANUP(object_cleanup) struct json_object *object = NULL;
    struct error why = {0};
    if (!json_read(bytes, length, DEPTH_MAX, &object, &why))
        return error_set(err, why.code == ERROR_MEMORY ? ERROR_MEMORY : ERROR_REPLY,
                         "a message is not a JSON object: %s", why.text);
    enum message_kind kind;
    if (!kind_from_name(body_string(object, "kind"), &kind)) {
        char shown[64];
        return error_set(err, ERROR_REPLY, "a message of unknown kind '%s'",
                         safe_copy(shown, sizeof shown, body_string(object, "kind")));
    }
    struct json_object *id = json_object_object_get(object, "id");
    int64_t number = json_object_get_int64(id);
    if (!json_object_is_type(id, json_type_int) || number < 0 || number > UINT32_MAX)
        return error_set(err, ERROR_REPLY, "a message '%s' without a usable id", names[kind]);
    struct json_object *body = json_object_object_get(object, "body");
    if (body != NULL && !json_object_is_type(body, json_type_object))
        return error_set(err, ERROR_REPLY, "the body of a message '%s' is no object", names[kind]);
    *ret_message = (struct message){kind, (uint32_t)number, json_object_get(body)};
    return true;
}

/* The member when it is there and of this type, else NULL. */
static struct json_object *member(struct json_object *body, const char *name, enum json_type type)
{
    struct json_object *found = NULL;
    if (!json_object_is_type(body, json_type_object) ||
        !json_object_object_get_ex(body, name, &found) || !json_object_is_type(found, type))
        return NULL;
    return found;
}

const char *body_string(struct json_object *body, const char *name)
{
    struct json_object *found = member(body, name, json_type_string);
    if (found == NULL)
        return "";
    const char *string = json_object_get_string(found);
    /* A NUL inside would make the two sides see different strings. */
    return strlen(string) == (size_t)json_object_get_string_len(found) ? string : "";
}

int64_t body_number(struct json_object *body, const char *name)
{
    return json_object_get_int64(member(body, name, json_type_int));
}

bool body_bool(struct json_object *body, const char *name)
{
    return json_object_get_boolean(member(body, name, json_type_boolean));
}

struct json_object *body_array(struct json_object *body, const char *name)
{
    return member(body, name, json_type_array);
}

size_t body_count(struct json_object *list)
{
    return list != NULL ? json_object_array_length(list) : 0;
}

/* What lacks a part carries this as its user data, which takes no memory. */
static char lacks_a_part; /* JSON's null, which is NULL, lacks nothing */

static void note_lack(struct json_object *body)
{
    json_object_set_userdata(body, &lacks_a_part, NULL);
}

static bool lacks(struct json_object *body)
{
    if (json_object_is_type(body, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(body); i++)
            if (lacks(json_object_array_get_idx(body, i)))
                return true;
    } else if (json_object_is_type(body, json_type_object)) {
        json_object_object_foreach(body, name, value)
        {
            (void)name;
            if (lacks(value))
                return true;
        }
    }
    return json_object_get_userdata(body) == &lacks_a_part;
}

bool body_whole(struct json_object *body)
{
    return body != NULL && !lacks(body);
}

void body_put(struct json_object *body, const char *name, struct json_object *value)
{
    if (body != NULL && value != NULL && json_object_object_add(body, name, value) == 0)
        return;
    json_object_put(value);
    if (body != NULL)
        note_lack(body);
}

struct json_object *body_put_list(struct json_object *body, const char *name)
{
    body_put(body, name, json_object_new_array());
    return body_array(body, name);
}

void body_put_null(struct json_object *body, const char *name)
{
    if (body != NULL && json_object_object_add(body, name, NULL) != 0)
        note_lack(body);
}

void body_append(struct json_object *list, struct json_object *value)
{
    if (list != NULL && value != NULL && json_object_array_add(list, value) == 0)
        return;
    json_object_put(value);
    if (list != NULL)
        note_lack(list);
}

void body_set_string(struct json_object *body, const char *name, const char *value)
{
    body_put(body, name, json_object_new_string(value));
}

void body_set_number(struct json_object *body, const char *name, int64_t value)
{
    body_put(body, name, json_object_new_int64(value));
}

void body_set_bool(struct json_object *body, const char *name, bool value)
{
    body_put(body, name, json_object_new_boolean(value));
}

void body_set_error(struct json_object *body, const struct error *err, int64_t date)
{
    body_set_bool(body, "ok", false);
    body_set_string(body, "error", error_name(err->code));
    body_set_string(body, "text", err->text);
    body_set_string(body, "aws_code", err->aws_code);
    body_set_number(body, "http", err->http);
    body_set_string(body, "request_id", err->request_id);
    body_set_string(body, "op", err->op);
    body_set_number(body, "date", date);
}

void body_get_error(struct json_object *body, struct error *ret_error)
{
    struct error error = {.code = error_from_name(body_string(body, "error"))};
    if (error.code == ERROR_NONE)
        error.code = ERROR_INTERNAL;
    int64_t http = body_number(body, "http");
    error.http = http >= 100 && http <= 599 ? (int)http : 0;
    safe_copy(error.text, sizeof error.text, body_string(body, "text"));
    safe_copy(error.aws_code, sizeof error.aws_code, body_string(body, "aws_code"));
    safe_copy(error.request_id, sizeof error.request_id, body_string(body, "request_id"));
    safe_copy(error.op, sizeof error.op, body_string(body, "op"));
    *ret_error = error;
}
