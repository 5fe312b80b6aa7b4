/* JSON objects in and out, whole or not at all.
 *
 * json-c 0.16 and older go on where memory does not suffice: the parser leaves a member out, the
 * serialiser a piece of text, and neither says so. What is read or written here has all its parts,
 * or it is a failure.
 */
#ifndef KEYWRIGHT_BASE_JSON_H
#define KEYWRIGHT_BASE_JSON_H

#include <stddef.h>

#include "base/text.h"

struct json_object;

/* The one object that these bytes are, nested at most `depth` deep, strict, with nothing but spaces
 * after; the caller puts it. SYNTAX when they are none or a name stands twice in it, MEMORY. */
bool json_read(const char *bytes, size_t length, int depth, struct json_object **ret_object,
               struct error *err) MUST_USE;

/* Whether `object`, read from bytes that begin with its text, has all the members that stand there.
 */
bool json_has_all(struct json_object *object, const char *bytes, size_t length) MUST_USE;

/* Append it in one line without spaces, as json-c's JSON_C_TO_STRING_PLAIN does, slashes not
 * escaped; NULL is null. A fraction that was not read has 17 digits. Where there is no room, the
 * text has failed. */
void json_write(struct json_object *object, struct text *text);

#endif
