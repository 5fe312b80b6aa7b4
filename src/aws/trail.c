#include "aws/trail.h"

#include <json-c/json.h>
#include <string.h>

#include "aws/json_paths.h"
#include "base/json.h"
#include "base/text.h"

enum { DEPTH_MOST = 100, RECORD_MOST = 1024 * 1024, VALUES_MOST = 50000 };

/* "" for a member that is missing or no text; what is too long, or goes on behind a NUL, is cut. */
static void take(struct json_object *record, const char *name, char *to, size_t size)
{
    struct json_object *member = json_object_object_get(record, name);
    const char *string =
        json_object_is_type(member, json_type_string) ? json_object_get_string(member) : "";
    text_copy(to, size, string);
}

bool trail_read(const char *record, size_t length, struct aws_event *event, struct error *err)
{
    struct json_object *object = NULL;
    struct error why = {0};
    if (length > RECORD_MOST || !json_values_within(record, length, VALUES_MOST))
        return true;
    if (!json_read(record, length, DEPTH_MOST, &object, &why))
        return why.code != ERROR_MEMORY ||
               error_set(err, ERROR_MEMORY, "no room to read an event");
    take(object, "awsRegion", event->region, sizeof event->region);
    take(object, "sourceIPAddress", event->source_ip, sizeof event->source_ip);
    take(object, "userAgent", event->user_agent, sizeof event->user_agent);
    take(object, "errorCode", event->error_code, sizeof event->error_code);
    event->detailed = true;
    json_object_put(object);
    return true;
}
