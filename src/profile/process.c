#include "profile/profile.h"

#include <string.h>

#include <json-c/json.h>
#include <json-c/printbuf.h>

#include "base/json.h"
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
        return error_set(err, ERROR_LIMIT, "there are more than 64 KiB of it");
    CLEANUP(free_tokener) struct json_tokener *tokener = json_tokener_new_ex(8);
    /* Its buffer takes its final size now: growing would leave copies of a secret behind. */
    if (tokener == NULL || printbuf_memset(tokener->pb, 0, ' ', (int)length + 1) < 0)
        return error_set(err, ERROR_MEMORY, "no room for credentials");
    printbuf_reset(tokener->pb);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS |
                                        JSON_TOKENER_VALIDATE_UTF8);
    struct json_object *object = json_tokener_parse_ex(tokener, output, (int)length);
    size_t end = json_tokener_get_parse_end(tokener);
    bool whole =
        json_object_is_type(object, json_type_object) && only_space(output + end, length - end);
    if (!whole || !json_has_all(object, output, end)) {
        put_object(&object);
        return error_set(err, ERROR_SYNTAX, "%s",
                         whole ? "a name stands twice in it, or there is no room for one"
                               : "it is not one JSON object");
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
        return !needed || error_set(err, ERROR_SYNTAX, "it has no %s", name);
    if (!json_object_is_type(value, json_type_string))
        return error_set(err, ERROR_SYNTAX, "%s is not a string",
                         name);
    const char *text = json_object_get_string(value);
    if (strlen(text) != (size_t)json_object_get_string_len(value))
        return error_set(err, ERROR_SYNTAX, "%s has a NUL", name);
    if (needed && text[0] == '\0')
        return error_set(err, ERROR_SYNTAX, "%s is empty", name);
    *ret_text = text;
    return true;
}

/* What the members are called, where they stand, and what else is asked of the object. */
static const struct form {
    const char *inside; /* the member that holds the others, NULL for the object itself */
    const char *key_id, *secret, *token, *expires;
    bool needs_token;
    bool milliseconds; /* expires is a number of them, not a text */
} forms[] = {
    [PROFILE_JSON_CONTAINER] = {NULL, "AccessKeyId", "SecretAccessKey", "Token", "Expiration", true,
                                false},
    [PROFILE_JSON_METADATA] = {NULL, "AccessKeyId", "SecretAccessKey", "Token", "Expiration", true,
                               false},
    [PROFILE_JSON_SSO] = {"roleCredentials", "accessKeyId", "secretAccessKey", "sessionToken",
                          "expiration", true, true},
    [PROFILE_JSON_LOGIN] = {"accessToken", "accessKeyId", "secretAccessKey", "sessionToken",
                            "expiresAt", true, false},
};
static const struct form process_form = {
    NULL, "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", false, false};

static bool get_time(struct json_object *object, const struct form *form, int64_t *ret_time,
                     struct error *err)
{
    struct json_object *value = NULL;
    const char *text;
    struct error ignored;
    if (form->milliseconds) {
        bool found = json_object_object_get_ex(object, form->expires, &value);
        if (found && !json_object_is_type(value, json_type_int))
            return error_set(err, ERROR_SYNTAX, "%s is not a number", form->expires);
        *ret_time = found ? json_object_get_int64(value) / 1000 : 0;
        return true;
    }
    if (!get_text(object, form->expires, false, &text, err))
        return false;
    return text[0] == '\0' || when_parse(text, ret_time, &ignored) ||
           error_set(err, ERROR_SYNTAX, "%s is not a time", form->expires);
}

static bool take(struct json_object *object, const struct form *form,
                 struct credentials *ret_credentials, struct error *err)
{
    const char *key_id, *secret, *token;
    CLEANUP(credentials_release) struct credentials found;
    credentials_init(&found);
    if (!get_text(object, form->key_id, true, &key_id, err) ||
        !get_text(object, form->secret, true, &secret, err) ||
        !get_text(object, form->token, form->needs_token, &token, err) ||
        !get_time(object, form, &found.expires, err))
        return false;
    if (!text_copy(found.key_id, sizeof found.key_id, key_id))
        return error_set(err, ERROR_LIMIT, "%s is too long", form->key_id);
    if (!secret_new(secret, strlen(secret), &found.secret, err) ||
        (token[0] != '\0' && !secret_new(token, strlen(token), &found.token, err)))
        return false;
    *ret_credentials = found;
    credentials_init(&found);
    return true;
}

bool profile_parse_process(const char *output, size_t length, struct credentials *ret_credentials,
                           struct error *err)
{
    CLEANUP(put_object) struct json_object *object = NULL;
    struct json_object *version = NULL;
    if (!parse(output, length, &object, err))
        return false;
    if (!json_object_object_get_ex(object, "Version", &version) ||
        !json_object_is_type(version, json_type_int) || json_object_get_int64(version) != 1)
        return error_set(err, ERROR_SYNTAX, "its Version is not 1");
    return take(object, &process_form, ret_credentials, err);
}

bool profile_parse_json(enum profile_json form, const char *bytes, size_t length,
                        struct credentials *ret_credentials, struct error *err)
{
    CLEANUP(put_object) struct json_object *object = NULL;
    struct json_object *inside = NULL;
    const char *code;
    if (!parse(bytes, length, &object, err))
        return false;
    if (form == PROFILE_JSON_METADATA) {
        if (!get_text(object, "Code", false, &code, err))
            return false;
        if (code[0] != '\0' && strcmp(code, "Success") != 0)
            return error_set(err, ERROR_NO_CREDENTIALS, "the metadata service has no credentials "
                             "for the role");
    }
    if (forms[form].inside == NULL)
        return take(object, &forms[form], ret_credentials, err);
    if (!json_object_object_get_ex(object, forms[form].inside, &inside) ||
        !json_object_is_type(inside, json_type_object))
        return error_set(err, ERROR_SYNTAX, "there is no %s", forms[form].inside);
    return take(inside, &forms[form], ret_credentials, err);
}

bool profile_parse_sso_token(const char *bytes, size_t length, struct secret **ret_token,
                             int64_t *ret_expires, struct error *err)
{
    CLEANUP(put_object) struct json_object *object = NULL;
    const char *token, *expires;
    struct error ignored;
    if (!parse(bytes, length, &object, err) ||
        !get_text(object, "accessToken", true, &token, err) ||
        !get_text(object, "expiresAt", true, &expires, err))
        return false;
    /* Older command lines wrote UTC instead of Z. */
    char time[40];
    size_t digits = strcspn(expires, "U");
    bool utc = digits + 3 < sizeof time && strcmp(expires + digits, "UTC") == 0;
    if (utc) {
        memcpy(time, expires, digits);
        memcpy(time + digits, "Z", 2);
        expires = time;
    }
    int64_t end;
    if (!when_parse(expires, &end, &ignored))
        return error_set(err, ERROR_SYNTAX, "expiresAt is not a time");
    if (!secret_new(token, strlen(token), ret_token, err))
        return false;
    *ret_expires = end;
    return true;
}
