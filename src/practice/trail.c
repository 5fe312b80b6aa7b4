#include "practice/trail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "practice/json.h"
#include "practice/trails.h"

static void add_record(struct json_object *item, const struct account_event *event)
{
    char at[WHEN_TEXT_SIZE], source[ACCOUNT_WORD_SIZE + 16];
    struct json_object *record = json_object_new_object(), *who = json_object_new_object();
    snprintf(source, sizeof source, "%s.amazonaws.com", event->service);
    json_add_text(who, "arn", event->arn);
    json_add_text(who, "accountId", ACCOUNT_NUMBER);
    json_add_text(who, "accessKeyId", event->key_id);
    json_add_text(record, "eventVersion", "1.09");
    json_object_object_add(record, "userIdentity", who);
    json_add_text(record, "eventTime", when_format(event->at, at));
    json_add_text(record, "eventSource", source);
    json_add_text(record, "eventName", event->action);
    json_add_text(record, "awsRegion", event->region);
    json_add_text(record, "sourceIPAddress", "127.0.0.1");
    json_add_text(record, "userAgent", event->user_agent);
    if (event->error[0] != '\0')
        json_add_text(record, "errorCode", event->error);
    json_add_text(record, "eventType", "AwsApiCall");
    json_add_text(item, "CloudTrailEvent",
                  json_object_to_json_string_ext(record, JSON_C_TO_STRING_PLAIN));
    json_object_put(record);
    json_add_text(item, "EventSource", source);
}

static struct json_object *new_item(const struct account_event *event)
{
    struct json_object *item = json_object_new_object();
    json_add_text(item, "EventName", event->action);
    json_add_text(item, "AccessKeyId", event->key_id);
    json_add_number(item, "EventTime", event->at);
    json_add_text(item, "Username", event->user);
    add_record(item, event);
    return item;
}

static int64_t number_of(const struct request *request, const char *name, int64_t otherwise)
{
    const char *value = request_field(request, name);
    return value != NULL ? strtoll(value, NULL, 10) : otherwise;
}

/* One attribute at most, and only that of the key. */
static bool read_attribute(const struct request *request, const char **ret_key,
                           struct account_refusal *refusal)
{
    const char *name = request_field(request, "AttributeKey");
    *ret_key = name != NULL ? request_field(request, "AttributeValue") : NULL;
    if (number_of(request, "Attributes", 0) <= 1 &&
        (name == NULL || (strcmp(name, "AccessKeyId") == 0 && *ret_key != NULL)))
        return true;
    return account_refuse(refusal, 400, "InvalidLookupAttributesException", "bad-attributes",
                          "This account looks up events by one AccessKeyId.");
}

static bool look_up(struct account *account, const struct account_call *call, const char *region,
                    const struct request *request, struct text *ret_reply,
                    struct account_refusal *refusal)
{
    struct account_event_page page;
    struct account_lookup lookup = {.region = region,
                                    .from = number_of(request, "StartTime", 0),
                                    .until = number_of(request, "EndTime", INT64_MAX),
                                    .most = number_of(request, "MaxResults", 50),
                                    .token = request_field(request, "NextToken")};
    if (!read_attribute(request, &lookup.key_id, refusal) ||
        !account_lookup_events(account, call, &lookup, &page, refusal))
        return false;
    struct json_object *reply = json_object_new_object(), *list = json_object_new_array();
    for (size_t i = 0; i < page.count; i++)
        json_object_array_add(list, new_item(page.events[i]));
    json_object_object_add(reply, "Events", list);
    if (page.more) {
        char token[24];
        snprintf(token, sizeof token, "%zu", page.next);
        json_add_text(reply, "NextToken", token);
    }
    json_finish(reply, ret_reply);
    return true;
}

bool trail_perform(struct account *account, const struct account_call *call, const char *region,
                   const struct request *request, struct text *ret_reply,
                   struct account_refusal *refusal)
{
    if (trails_is_action(request_field(request, "Action")))
        return trails_perform(account, call, region, request, ret_reply, refusal);
    return look_up(account, call, region, request, ret_reply, refusal);
}

void trail_error(struct text *text, struct account_refusal *refusal)
{
    static const char *const names[][2] = {
        {"AccessDenied", "AccessDeniedException"},
        {"ExpiredToken", "ExpiredTokenException"},
        {"InvalidAction", "UnknownOperationException"},
        {"InvalidClientTokenId", "UnrecognizedClientException"},
        {"MalformedInput", "SerializationException"},
        {"SignatureDoesNotMatch", "InvalidSignatureException"},
        {"Throttling", "ThrottlingException"},
    };
    struct json_object *error = json_object_new_object();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(refusal->code, names[i][0]) == 0)
            refusal->code = names[i][1];
    if (refusal->http >= 400 && refusal->http < 500)
        refusal->http = 400;
    json_add_text(error, "__type", refusal->code);
    json_add_text(error, "message", refusal->message);
    json_finish(error, text);
}
