#include "profile/profile.h"

#include <string.h>

#include <json-c/json.h>
#include <json-c/printbuf.h>

#include "base/when.h"

/* What json-c copied of the output is wiped here, before it gives its memory back. */
static void wipe_value(struct json_object *value)
{
    if (json_object_is_type(value, json_type_string))
        secret_wipe((char *)(uintptr_t)json_object_get_string(value),
                    (size_t)json_object_get_string_len(value));
    if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, key, inner)
        {
            (void)key;
            wipe_value(inner);
        }
    }
    if (json_object_is_type(value, json_type_array))
        for (size_t i = 0; i < json_object_array_length(value); i++)
            wipe_value(json_object_array_get_idx(value, i));
}

static void put_object(struct json_object **object)
{
    wipe_value(*object);
    json_object_put(*object);
}

static void free_tokener(struct json_tokener **tokener)
{
    if (*tokener == NULL)
        return;
    secret_wipe((*tokener)->pb->buf, (size_t)(*tokener)->pb->size);
    json_tokener_free(*tokener);
}

static bool only_space(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (strchr(" \t\r\n", bytes[i]) == NULL || bytes[i] == '\0')
            return false;
    return true;
}

static bool parse(const char *output, size_t length, struct json_object **ret_object,
                  struct error *err)
{
    if (length > 64 * 1024)
        return error_set(err, ERROR_LIMIT, "the output of the command is larger than 64 KiB");
    CLEANUP(free_tokener) struct json_tokener *tokener = json_tokener_new_ex(8);
    /* Its buffer takes its final size now: growing would leave copies of a secret behind. */
    if (tokener == NULL || printbuf_memset(tokener->pb, 0, ' ', (int)length + 1) < 0)
        return error_set(err, ERROR_MEMORY, "no room for the output of the command");
    printbuf_reset(tokener->pb);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS |
                                        JSON_TOKENER_VALIDATE_UTF8);
    struct json_object *object = json_tokener_parse_ex(tokener, output, (int)length);
    size_t end = json_tokener_get_parse_end(tokener);
    bool whole =
        json_object_is_type(object, json_type_object) && only_space(output + end, length - end);
    if (!whole) {
        put_object(&object);
        return error_set(err, ERROR_SYNTAX, "the output of the command is not one JSON object");
    }
    *ret_object = object;
    return true;
}

/* A member that is a string of at least one character; "" when it is missing or null. */
static bool get_text(struct json_object *object, const char *name, bool needed,
                     const char **ret_text, struct error *err)
{
    struct json_object *value = NULL;
    *ret_text = "";
    if (!json_object_object_get_ex(object, name, &value) || value == NULL)
        return !needed || error_set(err, ERROR_SYNTAX, "the output of the command has no %s", name);
    if (!json_object_is_type(value, json_type_string))
        return error_set(err, ERROR_SYNTAX, "%s in the output of the command is not a string",
                         name);
    const char *text = json_object_get_string(value);
    if (strlen(text) != (size_t)json_object_get_string_len(value))
        return error_set(err, ERROR_SYNTAX, "%s in the output of the command has a NUL", name);
    if (needed && text[0] == '\0')
        return error_set(err, ERROR_SYNTAX, "%s in the output of the command is empty", name);
    *ret_text = text;
    return true;
}

bool profile_parse_process(const char *output, size_t length, struct credentials *ret_credentials,
                           struct error *err)
{
    CLEANUP(put_object) struct json_object *object = NULL;
    if (!parse(output, length, &object, err))
        return false;
    struct json_object *version = NULL;
    if (!json_object_object_get_ex(object, "Version", &version) ||
        !json_object_is_type(version, json_type_int) || json_object_get_int64(version) != 1)
        return error_set(err, ERROR_SYNTAX, "Version in the output of the command is not 1");
    const char *key_id, *secret, *token, *expires;
    if (!get_text(object, "AccessKeyId", true, &key_id, err) ||
        !get_text(object, "SecretAccessKey", true, &secret, err) ||
        !get_text(object, "SessionToken", false, &token, err) ||
        !get_text(object, "Expiration", false, &expires, err))
        return false;
    CLEANUP(credentials_release) struct credentials found;
    credentials_init(&found);
    if (!text_copy(found.key_id, sizeof found.key_id, key_id))
        return error_set(err, ERROR_LIMIT, "AccessKeyId in the output of the command is too long");
    struct error ignored;
    if (expires[0] != '\0' && !when_parse(expires, &found.expires, &ignored))
        return error_set(err, ERROR_SYNTAX,
                         "Expiration in the output of the command is not a time");
    if (!secret_new(secret, strlen(secret), &found.secret, err) ||
        (token[0] != '\0' && !secret_new(token, strlen(token), &found.token, err)))
        return false;
    *ret_credentials = found;
    credentials_init(&found);
    return true;
}
