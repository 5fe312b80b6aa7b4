/* The few things that the practice service writes as JSON: one object, one line. */
#ifndef KEYWRIGHT_PRACTICE_JSON_H
#define KEYWRIGHT_PRACTICE_JSON_H

#include <stdint.h>

#include <json-c/json.h>

#include "base/text.h"

/* Add a member; a NULL value becomes null. */
void json_add_text(struct json_object *object, const char *name, const char *value);
void json_add_number(struct json_object *object, const char *name, int64_t value);
void json_add_bool(struct json_object *object, const char *name, bool value);
/* Append the object and a newline to the text, and free the object. */
void json_finish(struct json_object *object, struct text *ret_text);

#endif
