/* aws/: replies in JSON, and what CloudTrail recorded in them; what is asked in JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "aws/client.h"
#include "aws/json_paths.h"
#include "aws/reply.h"
#include "aws_server.h"
#include "base/text.h"
#include "base/when.h"
#include "sign/sign.h"

#define RECORD                                                                                     \
    "{\\\"awsRegion\\\":\\\"eu-west-1\\\",\\\"sourceIPAddress\\\":\\\"203.0.113.7\\\","            \
    "\\\"userAgent\\\":\\\"aws-cli/2.1 \\\\u00e4\\\",\\\"errorCode\\\":\\\"AccessDenied\\\","      \
    "\\\"requestParameters\\\":{\\\"a\\\":[1,null,{\\\"b\\\":true}]}}"
#define EVENT(time, record)                                                                        \
    "{\"EventName\":\"ListBuckets\",\"EventSource\":\"s3.amazonaws.com\",\"EventTime\":" time      \
    ",\"Resources\":[{\"ResourceName\":\"x\"}],\"CloudTrailEvent\":\"" record "\"}"
#define PAGE(events, rest) "{\"Events\":[" events "]" rest "}"

static struct reply_reader *read_bytes(const char *json, size_t length, struct error *err)
{
    struct reply_reader *reader = NULL;
    assert_true(reply_reader_new(AWS_LOOKUP_EVENTS, &reader, err));
    for (size_t at = 0; at < length; at += 7)
        reply_reader_feed(reader, json + at, length - at < 7 ? length - at : 7);
    if (reply_reader_end(reader, err))
        return reader;
    reply_reader_free(reader);
    return NULL;
}

static struct reply_reader *read_page(const char *json)
{
    struct error err = {0};
    struct reply_reader *reader = read_bytes(json, strlen(json), &err);
    if (reader == NULL)
        print_message("# %s in %s\n", err.text, json);
    assert_non_null(reader);
    return reader;
}

static void refuse(const char *json, const char *word)
{
    struct error err = {0};
    struct reply_reader *reader = read_bytes(json, strlen(json), &err);
    if (reader != NULL || strstr(err.text, word) == NULL)
        print_message("# %s: %s\n", json, err.text);
    assert_null(reader);
    assert_int_equal(err.code, ERROR_REPLY);
    assert_non_null(strstr(err.text, word));
}

/* --- pages -------------------------------------------------------------------------------------*/

static void a_page_of_events(void **state)
{
    (void)state;
    struct reply_reader *reader =
        read_page(PAGE(EVENT("1768480496", RECORD) "," EVENT("1768480496.75", RECORD),
                       ",\"NextToken\":\"a+b/c==\""));
    const struct aws_reply *reply = reply_reader_reply(reader);
    assert_string_equal(reply_reader_code(reader), "");
    assert_int_equal(reply->event_count, 2);
    assert_true(reply->truncated);
    assert_string_equal(reply->marker, "a+b/c==");
    for (size_t i = 0; i < 2; i++) {
        const struct aws_event *event = &reply->events[i];
        assert_string_equal(event->name, "ListBuckets");
        assert_string_equal(event->source, "s3.amazonaws.com");
        assert_int_equal(event->at, 1768480496);
        assert_true(event->detailed);
        assert_string_equal(event->region, "eu-west-1");
        assert_string_equal(event->source_ip, "203.0.113.7");
        assert_string_equal(event->user_agent, "aws-cli/2.1 \xc3\xa4");
        assert_string_equal(event->error_code, "AccessDenied");
    }
    reply_reader_free(reader);
    reader = read_page(PAGE("", ",\"NextToken\":null,\"Other\":{\"Events\":[1]}"));
    assert_int_equal(reply_reader_reply(reader)->event_count, 0);
    assert_false(reply_reader_reply(reader)->truncated);
    reply_reader_free(reader);
}

static void times_in_all_their_forms(void **state)
{
    (void)state;
    static const char *const forms[] = {"1768480496.0", "1.768480496E9", "1768480496.999",
                                        "\"2026-01-15T12:34:56Z\"", "\"1768480496\""};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        char page[400];
        snprintf(page, sizeof page, "{\"Events\":[{\"EventTime\":%s}]}", forms[i]);
        struct reply_reader *reader = read_page(page);
        assert_int_equal(reply_reader_reply(reader)->events[0].at, 1768480496);
        assert_false(reply_reader_reply(reader)->events[0].detailed);
        reply_reader_free(reader);
    }
    refuse(PAGE(EVENT("-1", RECORD), ""), "not a time");
    refuse(PAGE(EVENT("1e300", RECORD), ""), "not a time");
    refuse(PAGE(EVENT("253402300800", RECORD), ""), "not a time");
    refuse(PAGE(EVENT("true", RECORD), ""), "not a time");
    refuse(PAGE(EVENT("null", RECORD), ""), "EventTime is missing");
}

static void records_that_cannot_be_read(void **state)
{
    (void)state;
    static const char *const records[] = {"", "{", "[]", "nothing", "{\\\"a\\\":1,\\\"a\\\":2}",
                                          "{\\\"userAgent\\\":\\\"x\\\"} and more"};
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
        char page[1000];
        snprintf(page, sizeof page, PAGE(EVENT("1", "%s") "," EVENT("2", RECORD), ""), records[i]);
        struct reply_reader *reader = read_page(page);
        const struct aws_event *events = reply_reader_reply(reader)->events;
        assert_false(events[0].detailed);
        assert_string_equal(events[0].name, "ListBuckets");
        assert_string_equal(events[0].user_agent, "");
        assert_true(events[1].detailed);
        reply_reader_free(reader);
    }
    /* Members of another type are not there; what is long is cut. */
    char page[3000], agent[1000];
    memset(agent, 'a', sizeof agent - 1);
    agent[sizeof agent - 1] = '\0';
    snprintf(page, sizeof page,
             PAGE(EVENT("1", "{\\\"awsRegion\\\":5,\\\"sourceIPAddress\\\":null,"
                             "\\\"errorCode\\\":[\\\"x\\\"],\\\"userAgent\\\":\\\"%s\\\"}"),
                  ""),
             agent);
    struct reply_reader *reader = read_page(page);
    const struct aws_event *event = &reply_reader_reply(reader)->events[0];
    assert_true(event->detailed);
    assert_string_equal(event->region, "");
    assert_string_equal(event->source_ip, "");
    assert_string_equal(event->error_code, "");
    assert_int_equal(strlen(event->user_agent), sizeof event->user_agent - 1);
    reply_reader_free(reader);
}

static void what_is_no_page(void **state)
{
    (void)state;
    refuse("", "not one JSON object");
    refuse("[]", "not one JSON object");
    refuse("<html>", "not one JSON object");
    refuse("{\"Events\":[", "not one JSON object");
    refuse("{\"Events\":[]} {}", "not one JSON object");
    refuse("{\"Events\":[],\"Events\":[]}", "stands twice");
    refuse("{}", "Events is missing");
    refuse("{\"Events\":null}", "Events is missing");
    refuse("{\"Events\":[1]}", "EventTime is missing");
    refuse("{\"Events\":[{\"EventTime\":{\"a\":1}}]}", "holds elements");
    refuse("{\"Events\":[],\"NextToken\":[\"a\"]}", "holds elements");
    refuse("{\"Events\":[],\"NextToken\":\"a\\u0000b\"}", "NUL");
    /* A name that would be a path reaches no field. */
    refuse("{\"Events/member/EventTime\":1}", "Events is missing");
    struct reply_reader *reader =
        read_page("{\"Events/member/EventTime\":1,\"Events\":[],\"Events/member\":{}}");
    assert_int_equal(reply_reader_reply(reader)->event_count, 0);
    reply_reader_free(reader);
}

static void documents_are_bounded(void **state)
{
    (void)state;
    enum { MOST = 700 * 1024 };
    char *json = malloc(MOST);
    struct error err = {0};
    assert_non_null(json);
    size_t at = (size_t)snprintf(json, MOST, "{\"Events\":[],\"More\":[0");
    for (int i = 0; i < JSON_VALUES_MOST; i++)
        at += (size_t)snprintf(json + at, MOST - at, ",0");
    snprintf(json + at, MOST - at, "]}");
    assert_null(read_bytes(json, strlen(json), &err));
    assert_int_equal(err.code, ERROR_REPLY);
    assert_non_null(strstr(err.text, "more than 200000 values"));
    at = (size_t)snprintf(json, MOST, "{\"Events\":[],\"More\":");
    for (int i = 0; i < 100000; i++)
        json[at++] = '[';
    json[at] = '\0';
    assert_null(read_bytes(json, at, &err));
    assert_int_equal(err.code, ERROR_REPLY);
    /* A token of 4,095 bytes is taken, a longer one not. */
    snprintf(json, MOST, "{\"Events\":[],\"NextToken\":\"%04095d\"}", 1);
    reply_reader_free(read_page(json));
    snprintf(json, MOST, "{\"Events\":[],\"NextToken\":\"%04096d\"}", 1);
    refuse(json, "too long");
    free(json);
    /* Commas in strings are no values. */
    assert_true(json_values_within("{\"a\":\",,,,\\\",,\"}", 17, 2));
    assert_false(json_values_within("{\"a\":[1,2]}", 11, 3));
}

static void errors_have_code_and_message(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"{\"__type\":\"ThrottlingException\",\"message\":\"Rate exceeded\"}",
         "ThrottlingException", "Rate exceeded"},
        {"{\"__type\":\"com.amazonaws.cloudtrail.v20131101#InvalidTimeRangeException:http://x\","
         "\"Message\":\"no\"}",
         "InvalidTimeRangeException", "no"},
        {"{\"__type\":\"AccessDeniedException\"}", "AccessDeniedException", ""},
        {"{\"__type\":\"A\",\"Events\":[]}", "A", ""},
        {"{\"code\":\"AccessDeniedException\",\"message\":\"no\"}", "AccessDeniedException", "no"},
        {"{\"Code\":\"x#ThrottlingException:y\",\"Message\":\"Rate\"}", "ThrottlingException", "Rate"},
        {"{\"__type\":\"A\",\"code\":\"B\"}", "A", ""},
        {"{\"__type\":7,\"code\":\"B\"}", "B", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reply_reader *reader = read_page(cases[i][0]);
        assert_string_equal(reply_reader_code(reader), cases[i][1]);
        assert_string_equal(reply_reader_message(reader), cases[i][2]);
        reply_reader_free(reader);
    }
    refuse("{\"__type\":\"\"}", "Error/Code is empty");
    refuse("{\"__type\":\"prefix#\"}", "Error/Code is empty");
    refuse("{\"__type\":7}", "Events is missing");
    refuse("{\"code\":7}", "Events is missing");
    refuse("{\"code\":\"\"}", "Error/Code is empty");
    refuse("{\"message\":\"no\"}", "Events is missing");
}

/* --- what is asked -----------------------------------------------------------------------------*/

struct told {
    int done;
    struct error err;
    size_t events;
};

static void on_done(void *context, const struct aws_reply *reply, const struct error *err,
                    int64_t date)
{
    struct told *told = context;
    (void)date;
    told->done++;
    told->err = err != NULL ? *err : (struct error){0};
    told->events = reply != NULL ? reply->event_count : 0;
}

static void header_of(const struct seen *seen, const char *name, char *ret_value, size_t size)
{
    const char *found = strstr(seen->head, name);
    assert_non_null(found);
    found += strlen(name);
    snprintf(ret_value, size, "%.*s", (int)strcspn(found, "\r"), found);
}

static void ask(struct aws_client *client, const struct credentials *credentials,
                const char *document, const char *region, struct told *told)
{
    struct error err = {0};
    const struct aws_call call = {.action = AWS_LOOKUP_EVENTS,
                                  .credentials = credentials,
                                  .document = document,
                                  .region = region};
    assert_true(aws_call(client, &call, on_done, told, &err));
    while (aws_client_pending(client) > 0)
        assert_true(aws_client_run(client, NULL, 0, 1000, &err));
}

static void check_signature(const struct seen *seen, const struct credentials *credentials,
                            const char *region)
{
    char host[64], stamp[64], type[100], target[128], authorization[600];
    struct error err = {0};
    header_of(seen, "\r\nHost: ", host, sizeof host);
    header_of(seen, "\r\nX-Amz-Date: ", stamp, sizeof stamp);
    header_of(seen, "\r\nContent-Type: ", type, sizeof type);
    header_of(seen, "\r\nX-Amz-Target: ", target, sizeof target);
    header_of(seen, "\r\nAuthorization: ", authorization, sizeof authorization);
    assert_memory_equal(seen->head, "POST / HTTP/1.1\r\n", 17);
    assert_string_equal(type, "application/x-amz-json-1.1");
    assert_string_equal(
        target, "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents");
    struct sign_header headers[] = {
        {"host", host}, {"x-amz-date", stamp}, {"content-type", type}, {"x-amz-target", target}};
    struct sign_request request = {"POST", "/", "", headers, 4, seen->body, strlen(seen->body)};
    struct sign_scope scope = {0, region, "cloudtrail"};
    struct sign_cache *cache = NULL;
    CLEANUP(text_release) struct text expected;
    text_init(&expected, 2000);
    assert_true(when_parse(stamp, &scope.time, &err));
    assert_true(sign_cache_new(&cache, &err));
    assert_true(sign_request(cache, credentials, &scope, &request, &expected, &err));
    assert_string_equal(authorization, expected.bytes);
    sign_cache_free(cache);
}

static void the_request_is_what_was_signed(void **state)
{
    (void)state;
    static const char document[] = "{\"MaxResults\":50}";
    static const struct answer answers[] = {
        {ANSWER_REPLY, 400, 0, NULL, "{\"__type\":\"x#ThrottlingException\",\"message\":\"Rate\"}"},
        {ANSWER_REPLY, 200, 0, NULL, PAGE(EVENT("5", RECORD), "")},
        {ANSWER_REPLY, 200, 0, NULL, PAGE("", "")},
        {ANSWER_REPLY, 400, 0, "x-amzn-RequestId: r-77\r\n",
         "{\"__type\":\"AccessDeniedException\",\"Message\":\"not you\"}"},
        {ANSWER_REPLY, 200, 0, NULL, "{\"Events\":[{\"EventTi"},
    };
    struct server *server = server_start(answers, 5);
    struct aws_client *client = NULL;
    struct error err = {0};
    struct told told = {0};
    CLEANUP(credentials_release) struct credentials credentials;
    credentials_init(&credentials);
    struct aws_settings settings = {.region = "eu-west-1", .timeout = 5};
    settings.endpoint_url[AWS_CLOUDTRAIL] = server->url;
    assert_true(aws_client_new(&settings, &client, &err));
    text_copy(credentials.key_id, sizeof credentials.key_id, "AKIDEXAMPLE");
    assert_true(secret_new("secret", 6, &credentials.secret, &err));

    ask(client, &credentials, document, NULL, &told);
    assert_int_equal(told.err.code, ERROR_NONE);
    assert_int_equal(told.events, 1);
    assert_int_equal(server->request_count, 2); /* after throttling once more */
    assert_string_equal(server->requests[1].body, document);
    check_signature(&server->requests[1], &credentials, "eu-west-1");

    ask(client, &credentials, NULL, "ap-south-1", &told);
    assert_string_equal(server->requests[2].body, "{}");
    check_signature(&server->requests[2], &credentials, "ap-south-1");

    ask(client, &credentials, document, NULL, &told);
    assert_int_equal(told.err.code, ERROR_DENIED);
    assert_string_equal(told.err.op, "cloudtrail:LookupEvents");
    assert_string_equal(told.err.request_id, "r-77");
    assert_non_null(strstr(told.err.text, "not you"));

    ask(client, &credentials, document, NULL, &told);
    assert_int_equal(told.err.code, ERROR_REPLY);
    assert_int_equal(told.done, 4);
    aws_client_free(client);
    server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_of_events),
        cmocka_unit_test(times_in_all_their_forms),
        cmocka_unit_test(records_that_cannot_be_read),
        cmocka_unit_test(what_is_no_page),
        cmocka_unit_test(documents_are_bounded),
        cmocka_unit_test(errors_have_code_and_message),
        cmocka_unit_test(the_request_is_what_was_signed),
    };
    return cmocka_run_group_tests_name("aws_json", tests, NULL, NULL);
}
