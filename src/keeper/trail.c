/* Who used a key: one page of CloudTrail's event history in one region. The front asks page by page, because
 * AWS answers two such requests a second and a busy key has many pages. */
#include <json-c/json.h>

#include "keeper/handlers.h"
#include "keeper/signer.h"

enum { PAGE = 50 };

static void events_found(void *context, const struct aws_reply *reply, const struct error *err,
                         int64_t date)
{
    struct request *request = context;
    if (err != NULL) {
        request_fail(request, err, date);
        return;
    }
    struct json_object *list = body_put_list(request->reply, "events");
    for (size_t i = 0; i < reply->event_count; i++) {
        const struct aws_event *event = &reply->events[i];
        struct json_object *item = json_object_new_object();
        body_set_number(item, "at", event->at);
        body_set_string(item, "source", event->source);
        body_set_string(item, "name", event->name);
        body_set_bool(item, "detailed", event->detailed);
        body_set_string(item, "region", event->region);
        body_set_string(item, "source_ip", event->source_ip);
        body_set_string(item, "user_agent", event->user_agent);
        body_set_string(item, "error", event->error_code);
        body_append(list, item);
    }
    body_set_string(request->reply, "token", reply->marker);
    body_set_number(request->reply, "date", date);
    request_reply(request);
}

/* LookupEvents takes one attribute. Times and attribute are the same for every page of a list. */
static struct json_object *new_document(struct json_object *asked)
{
    struct json_object *document = json_object_new_object(), *key = json_object_new_object();
    const char *token = body_string(asked, "token");
    body_set_string(key, "AttributeKey", "AccessKeyId");
    body_set_string(key, "AttributeValue", body_string(asked, "key"));
    body_append(body_put_list(document, "LookupAttributes"), key);
    body_set_number(document, "StartTime", body_number(asked, "since"));
    body_set_number(document, "EndTime", body_number(asked, "until"));
    body_set_number(document, "MaxResults", PAGE);
    if (token[0] != '\0')
        body_set_string(document, "NextToken", token);
    return document;
}

static void look_up(struct request *request)
{
    request_call_document(request, AWS_LOOKUP_EVENTS, new_document(request->body),
                          (struct call_params){.region = body_string(request->body, "region")},
                          events_found);
}

void handle_lookup_events(struct request *request)
{
    struct error err = {0};
    if (body_string(request->body, "key")[0] != '\0') {
        signer_resolve(request, look_up);
        return;
    }
    error_set(&err, ERROR_USAGE, "no key was named to look for");
    request_fail(request, &err, 0);
}
