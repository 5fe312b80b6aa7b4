/* The fields of a request in JSON: as many as the practice account's actions ask for. */
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/json.h"
#include "practice/request.h"

enum { DEPTH_MOST = 8, ROOM = 64 };

bool request_is_json(const struct request *request)
{
    const char *type = request_header(request, "content-type");
    return type != NULL && (strcmp(type, "application/x-amz-json-1.1") == 0 ||
                            strcmp(type, "application/json") == 0);
}

/* The value, as text, goes behind what `decoded` holds so far. */
static void add_field(struct request *request, const char *name, const char *value, char **at)
{
    if (request->field_count == REQUEST_FIELDS_MAXIMUM)
        return;
    request->fields[request->field_count++] = (struct request_field){name, *at};
    *at = stpcpy(*at, value) + 1;
}

static void add_member(struct request *request, const char *name, struct json_object *value,
                       char **at)
{
    bool number = json_object_is_type(value, json_type_int) ||
                  json_object_is_type(value, json_type_double);
    if (number || json_object_is_type(value, json_type_string))
        add_field(request, name, json_object_get_string(value), at);
}

static void add_attributes(struct request *request, struct json_object *list, char **at)
{
    if (!json_object_is_type(list, json_type_array) || json_object_array_length(list) == 0)
        return;
    struct json_object *first = json_object_array_get_idx(list, 0);
    if (json_object_array_length(list) > 1)
        add_field(request, "Attributes", "2", at);
    if (!json_object_is_type(first, json_type_object))
        return;
    add_member(request, "AttributeKey", json_object_object_get(first, "AttributeKey"), at);
    add_member(request, "AttributeValue", json_object_object_get(first, "AttributeValue"), at);
}

bool request_read_json(struct request *request, struct error *err)
{
    static const char *const members[] = {
        "StartTime", "EndTime",     "MaxResults", "NextToken",  "Name",
        "TrailName", "analyzerArn", "maxResults", "nextToken",  "policyDocument",
        "policyType"};
    const char *target = request_header(request, "x-amz-target");
    const char *action = target != NULL ? strrchr(target, '.') : NULL;
    struct json_object *body = NULL;
    if (!text_ok(&request->body, err) ||
        !json_read(request->body.bytes, request->body.length, DEPTH_MOST, &body, err))
        return false;
    /* No string is longer than its text in the body; a number is shorter than the rest. */
    char *decoded = malloc(request->body.length + (action != NULL ? strlen(action) : 0) +
                           ROOM * REQUEST_FIELDS_MAXIMUM);
    if (decoded == NULL) {
        json_object_put(body);
        return error_set(err, ERROR_MEMORY, "no room for a request");
    }
    free(request->decoded);
    request->decoded = decoded;
    request->field_count = 0;
    if (action != NULL)
        add_field(request, "Action", action + 1, &decoded);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        add_member(request, members[i], json_object_object_get(body, members[i]), &decoded);
    add_attributes(request, json_object_object_get(body, "LookupAttributes"), &decoded);
    json_object_put(body);
    return true;
}
