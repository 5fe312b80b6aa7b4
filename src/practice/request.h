/* A request as it was received: the exact bytes, for the signature, and the form's fields.
 * Independent of the HTTP library, so that a test can make one. */
#ifndef KEYWRIGHT_PRACTICE_REQUEST_H
#define KEYWRIGHT_PRACTICE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "sign/sign.h"

enum {
    REQUEST_HEADERS_MAXIMUM = 64,
    REQUEST_FIELDS_MAXIMUM = 64,
    REQUEST_TARGET_MAXIMUM = 64 * 1024,
    REQUEST_BODY_MAXIMUM = 1024 * 1024
};

struct request_field {
    const char *name;
    const char *value;
};

struct request {
    char method[16];
    struct text path;  /* as on the wire */
    struct text query; /* as on the wire, without '?' */
    struct sign_header headers[REQUEST_HEADERS_MAXIMUM]; /* strings are borrowed */
    size_t header_count;
    bool too_many_headers;
    struct text body;
    struct request_field fields[REQUEST_FIELDS_MAXIMUM]; /* decoded; point into `decoded` */
    size_t field_count;
    char *decoded; /* owned */
    unsigned long connection; /* for the log: the number of the connection */
    unsigned long nth;        /* and of the request on it, from 1 */
};

/* Empty. `target` is the request target as on the wire, path and query. */
void request_init(struct request *request, const char *method, const char *target);
void request_release(struct request *request);
/* Add a header in the order received. */
void request_add_header(struct request *request, const char *name, const char *value);

/* Decode the fields of query and body (application/x-www-form-urlencoded). SYNTAX when an escape is
 * malformed, a byte NUL is in it or a field is given twice; LIMIT when there are too many. */
bool request_read_fields(struct request *request, struct error *err) MUST_USE;
/* The same for a request in JSON 1.1, or REST with a JSON document: the action is that of X-Amz-Target, if any; of
 * the body, the numbers and strings that the actions take, and of LookupEvents' attributes the first, as AttributeKey
 * and AttributeValue (Attributes: 2 when there are more). SYNTAX, MEMORY. */
bool request_is_json(const struct request *request);
bool request_read_json(struct request *request, struct error *err) MUST_USE;
/* The value of a field, or NULL. */
const char *request_field(const struct request *request, const char *name);
/* The value of the first header of this name (any case), or NULL. */
const char *request_header(const struct request *request, const char *name);

#endif
