#include "practice/json.h"

void json_add_text(struct json_object *object, const char *name, const char *value)
{
    json_object_object_add(object, name, value == NULL ? NULL : json_object_new_string(value));
}

void json_add_number(struct json_object *object, const char *name, int64_t value)
{
    json_object_object_add(object, name, json_object_new_int64(value));
}

void json_add_bool(struct json_object *object, const char *name, bool value)
{
    json_object_object_add(object, name, json_object_new_boolean(value));
}

void json_finish(struct json_object *object, struct text *ret_text)
{
    int style = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;
    text_append(ret_text, json_object_to_json_string_ext(object, style));
    text_append_char(ret_text, '\n');
    json_object_put(object);
}
