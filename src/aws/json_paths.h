/* JSON as the stream of paths that aws/xml.h makes of XML, so that both are read by the same tables. A
 * member of an object is "Root/Member", an element of a list "Root/List/member"; null is nothing. The
 * document is taken in whole before it is read; its size, depth and number of values are bounded.
 * Private to aws/. */
#ifndef KEYWRIGHT_AWS_JSON_PATHS_H
#define KEYWRIGHT_AWS_JSON_PATHS_H

#include <stdbool.h>

#include "aws/xml.h"

/* At most this many values are read of one document: each takes some hundred bytes of memory. */
enum { JSON_VALUES_MOST = 200000 };
bool json_values_within(const char *bytes, size_t length, size_t most);

struct json_paths;
/* `root`: how a reply that is no error begins. An error is known by its header (json_paths_error_type), else by
 * a member "__type", else by one named "code" (Smithy, AWS JSON 1.1 and REST-JSON, operation error
 * serialization; botocore takes "Code" too). It is told as XML's is: "ErrorResponse/Error/Code" and
 * ".../Message". */
bool json_paths_new(const char *root, const struct xml_events *events, void *context,
                    struct json_paths **ret_paths, struct error *err) MUST_USE;
void json_paths_free(struct json_paths *paths); /* NULL is fine */

/* The document is an error, of this type, which stands in a header. */
void json_paths_error_type(struct json_paths *paths, const char *type);
/* The next bytes of the document. */
void json_paths_feed(struct json_paths *paths, const char *bytes, size_t length);
/* The document is at its end: now it is read, and the events come. REPLY for what is no JSON object, and
 * what an event fails with. A number comes as decimal digits, without its fraction where it has one. */
bool json_paths_end(struct json_paths *paths, struct error *err) MUST_USE;

#endif
