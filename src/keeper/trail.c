/* Who used a key: one page of CloudTrail's event history in one region. The front asks page by page, because
 * AWS answers two such requests a second and a busy key has many pages. */
#include <json-c/json.h>

#include "base/json.h"
#include "base/text.h"
#include "keeper/handlers.h"
#include "keeper/signer.h"

enum { PAGE = 50, DOCUMENT_MOST = 64 * 1024 };

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

/* A request that lacks a part, the key above all, would be another one. */
static void look_up(struct request *request)
{
    struct error err = {0};
    const char *region = body_string(request->body, "region");
    CLEANUP(text_release) struct text text;
    text_init(&text, DOCUMENT_MOST);
    struct json_object *document = new_document(request->body);
    bool whole = body_whole(document);
    json_write(document, &text);
    json_object_put(document);
    if (!whole)
        error_set(&err, ERROR_MEMORY, "asking for events");
    if (!whole || !text_ok(&text, &err)) {
        request_fail(request, &err, 0);
        return;
    }
    const struct call_params params = {.document = text.bytes,
                                       .region = region[0] != '\0' ? region : NULL};
    request_call(request, AWS_LOOKUP_EVENTS, &params, events_found);
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
