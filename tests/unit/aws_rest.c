/* aws/: a service that is asked as REST: what goes out, and what its answers mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "aws/client.h"
#include "base/text.h"
#include "base/when.h"
#include "sign/sign.h"
#include "tests/unit/aws_server.h"

#define ANALYZER(type, status)                                                                     \
    "{\"arn\":\"arn:aws:access-analyzer:x:1:analyzer/a\",\"name\":\"a\",\"type\":\"" type          \
    "\",\"createdAt\":\"2026-01-15T12:34:56Z\",\"status\":\"" status                               \
    "\",\"configuration\":{\"unusedAccess\":{\"unusedAccessAge\":90}}}"

struct told {
    int done;
    struct error err;
    size_t count;
    bool truncated;
    char type[64], marker[64];
};

static void on_done(void *context, const struct aws_reply *reply, const struct error *err,
                    int64_t date)
{
    struct told *told = context;
    (void)date;
    *told = (struct told){.done = told->done + 1};
    if (err != NULL)
        told->err = *err;
    if (reply == NULL)
        return;
    told->count = reply->analyzer_count;
    told->truncated = reply->truncated;
    text_copy(told->marker, sizeof told->marker, reply->marker);
    if (reply->analyzer_count > 0)
        text_copy(told->type, sizeof told->type, reply->analyzers[0].type);
}

static void ask(struct aws_client *client, const struct credentials *credentials,
                const char *token, struct told *told)
{
    struct error err = {0};
    const struct aws_param params[] = {{"nextToken", token}, {"maxResults", "50"}};
    const struct aws_call call = {.action = AWS_LIST_ANALYZERS,
                                  .credentials = credentials,
                                  .params = params,
                                  .param_count = 2};
    assert_true(aws_call(client, &call, on_done, told, &err));
    while (aws_client_pending(client) > 0)
        assert_true(aws_client_run(client, NULL, 0, 1000, &err));
}

static void header_of(const struct seen *seen, const char *name, char *ret_value, size_t size)
{
    const char *found = strstr(seen->head, name);
    assert_non_null(found);
    found += strlen(name);
    snprintf(ret_value, size, "%.*s", (int)strcspn(found, "\r"), found);
}

static void check_signature(const struct seen *seen, const struct credentials *credentials,
                            const char *path, const char *query)
{
    char host[64], stamp[64], authorization[600], line[600];
    struct error err = {0};
    snprintf(line, sizeof line, "GET %s?%s HTTP/1.1\r\n", path, query);
    assert_memory_equal(seen->head, line, strlen(line));
    assert_string_equal(seen->body, "");
    assert_null(strstr(seen->head, "Content-Type"));
    assert_null(strstr(seen->head, "Content-Length"));
    header_of(seen, "\r\nHost: ", host, sizeof host);
    header_of(seen, "\r\nX-Amz-Date: ", stamp, sizeof stamp);
    header_of(seen, "\r\nAuthorization: ", authorization, sizeof authorization);
    struct sign_header headers[] = {{"host", host}, {"x-amz-date", stamp}};
    struct sign_request request = {"GET", path, query, headers, 2, "", 0};
    struct sign_scope scope = {0, "eu-west-1", "access-analyzer"};
    struct sign_cache *cache = NULL;
    CLEANUP(text_release) struct text expected;
    text_init(&expected, 2000);
    assert_true(when_parse(stamp, &scope.time, &err));
    assert_true(sign_cache_new(&cache, &err));
    assert_true(sign_request(cache, credentials, &scope, &request, &expected, &err));
    assert_string_equal(authorization, expected.bytes);
    sign_cache_free(cache);
}

struct ground {
    struct server *server;
    struct aws_client *client;
    struct credentials credentials;
};

static void begin(struct ground *ground, const struct answer *answers, size_t count,
                  const char *path)
{
    struct error err = {0};
    char url[128];
    ground->server = server_start(answers, count);
    snprintf(url, sizeof url, "%s%s", ground->server->url, path);
    struct aws_settings settings = {.region = "eu-west-1", .timeout = 5};
    settings.endpoint_url[AWS_ACCESS_ANALYZER] = url;
    credentials_init(&ground->credentials);
    text_copy(ground->credentials.key_id, sizeof ground->credentials.key_id, "AKIDEXAMPLE");
    assert_true(secret_new("secret", 6, &ground->credentials.secret, &err));
    assert_true(aws_client_new(&settings, &ground->client, &err));
}

static void end(struct ground *ground)
{
    aws_client_free(ground->client);
    server_stop(ground->server);
    credentials_release(&ground->credentials);
}

static void the_request_is_what_was_signed(void **state)
{
    (void)state;
    static const struct answer answers[] = {
        {ANSWER_REPLY, 429, 0, "x-amzn-ErrorType: ThrottlingException:http://x/\r\n",
         "{\"message\":\"Rate\"}"},
        {ANSWER_REPLY, 200, 0, NULL,
         "{\"analyzers\":[" ANALYZER("ACCOUNT", "ACTIVE") "," ANALYZER("X", "Y")
         "],\"nextToken\":\"a+b/=&c\"}"},
        {ANSWER_REPLY, 200, 0, NULL, "{\"analyzers\":[]}"},
    };
    struct ground ground;
    struct told told = {0};
    begin(&ground, answers, 3, "");
    ask(ground.client, &ground.credentials, NULL, &told);
    assert_int_equal(told.err.code, ERROR_NONE);
    assert_int_equal(ground.server->request_count, 2); /* after throttling once more */
    check_signature(&ground.server->requests[1], &ground.credentials, "/analyzer", "maxResults=50");
    assert_int_equal(told.count, 2);
    assert_string_equal(told.type, "ACCOUNT");
    assert_true(told.truncated);
    assert_string_equal(told.marker, "a+b/=&c");
    ask(ground.client, &ground.credentials, told.marker, &told);
    check_signature(&ground.server->requests[2], &ground.credentials, "/analyzer",
                    "nextToken=a%2Bb%2F%3D%26c&maxResults=50");
    assert_true(told.count == 0 && !told.truncated);
    end(&ground);
}

/* --- with a document ---------------------------------------------------------------------------*/

static void on_found(void *context, const struct aws_reply *reply, const struct error *err,
                     int64_t date)
{
    struct told *told = context;
    (void)date;
    *told = (struct told){.done = told->done + 1};
    if (err != NULL)
        told->err = *err;
    if (reply == NULL)
        return;
    told->count = reply->found_count + reply->flaw_count;
    text_copy(told->marker, sizeof told->marker, reply->marker);
    if (reply->found_count > 0)
        text_copy(told->type, sizeof told->type, reply->found[0].type);
    if (reply->flaw_count > 0)
        text_copy(told->type, sizeof told->type, reply->flaws[0].code);
}

static void post(struct ground *ground, enum aws_action action, const char *token,
                 const char *document, struct told *told)
{
    struct error err = {0};
    const struct aws_param params[] = {{"nextToken", token}};
    const struct aws_call call = {.action = action,
                                  .credentials = &ground->credentials,
                                  .params = params,
                                  .param_count = 1,
                                  .document = document};
    int done = told->done;
    assert_true(aws_call(ground->client, &call, on_found, told, &err));
    while (told->done == done)
        assert_true(aws_client_run(ground->client, NULL, 0, 1000, &err));
}

/* The bytes that were sent are those that were signed. */
static void check_post(const struct seen *seen, const struct credentials *credentials,
                       const char *path, const char *query, const char *document)
{
    char host[64], stamp[64], authorization[600], line[600];
    struct error err = {0};
    snprintf(line, sizeof line, "POST %s%s%s HTTP/1.1\r\n", path, *query != '\0' ? "?" : "", query);
    assert_memory_equal(seen->head, line, strlen(line));
    assert_string_equal(seen->body, document);
    header_of(seen, "\r\nHost: ", host, sizeof host);
    header_of(seen, "\r\nX-Amz-Date: ", stamp, sizeof stamp);
    header_of(seen, "\r\nAuthorization: ", authorization, sizeof authorization);
    struct sign_header headers[] = {
        {"content-type", "application/json"}, {"host", host}, {"x-amz-date", stamp}};
    struct sign_request request = {"POST",   path, query, headers, 3, document, strlen(document)};
    struct sign_scope scope = {0, "eu-west-1", "access-analyzer"};
    struct sign_cache *cache = NULL;
    CLEANUP(text_release) struct text expected;
    text_init(&expected, 2000);
    assert_true(when_parse(stamp, &scope.time, &err));
    assert_true(sign_cache_new(&cache, &err));
    assert_true(sign_request(cache, credentials, &scope, &request, &expected, &err));
    assert_string_equal(authorization, expected.bytes);
    sign_cache_free(cache);
}

static void a_document_is_posted(void **state)
{
    (void)state;
    static const struct answer answers[] = {
        {ANSWER_REPLY, 200, 0, NULL,
         "{\"findings\":[{\"id\":\"1\",\"findingType\":\"UnusedPermission\",\"resource\":\"r\","
         "\"resourceOwnerAccount\":\"1\"},{\"resourceOwnerAccount\":\"2\"}],\"nextToken\":\"t/1\"}"},
        {ANSWER_REPLY, 200, 0, NULL,
         "{\"findings\":[{\"findingType\":\"ERROR\",\"issueCode\":\"INVALID_ACTION\","
         "\"findingDetails\":\"d\",\"locations\":[{\"path\":[{\"value\":\"x\"}]}]}]}"},
        {ANSWER_REPLY, 403, 0, "x-amzn-ErrorType: AccessDeniedException\r\n",
         "{\"message\":\"not you\"}"},
        {ANSWER_REPLY, 200, 0, NULL, "{\"findings\":[{\"issueCode\":\"X\"}]}"},
    };
    struct ground ground;
    struct told told = {0};
    begin(&ground, answers, 4, "");
    post(&ground, AWS_LIST_FINDINGS_V2, NULL, "{\"analyzerArn\":\"a\"}", &told);
    assert_int_equal(told.err.code, ERROR_NONE);
    check_post(&ground.server->requests[0], &ground.credentials, "/findingv2", "",
               "{\"analyzerArn\":\"a\"}");
    assert_int_equal(told.count, 2);
    assert_string_equal(told.type, "UnusedPermission");
    assert_string_equal(told.marker, "t/1");
    post(&ground, AWS_VALIDATE_POLICY, "t/1", "{\"policyDocument\":\"{}\"}", &told);
    assert_int_equal(told.err.code, ERROR_NONE);
    check_post(&ground.server->requests[1], &ground.credentials, "/policy/validation",
               "nextToken=t%2F1", "{\"policyDocument\":\"{}\"}");
    assert_string_equal(told.type, "INVALID_ACTION");
    /* ListFindingsV2 is permitted by the name of its first version. */
    post(&ground, AWS_LIST_FINDINGS_V2, NULL, "{}", &told);
    assert_int_equal(told.err.code, ERROR_DENIED);
    assert_string_equal(told.err.op, "access-analyzer:ListFindings");
    post(&ground, AWS_VALIDATE_POLICY, NULL, "{}", &told);
    assert_int_equal(told.err.code, ERROR_REPLY);
    assert_non_null(strstr(told.err.text, "findingType is missing"));
    end(&ground);
}

static void an_endpoint_may_have_a_path(void **state)
{
    (void)state;
    static const struct answer answers[] = {{ANSWER_REPLY, 200, 0, NULL, "{\"analyzers\":[]}"}};
    struct ground ground;
    struct told told = {0};
    begin(&ground, answers, 1, "/base/");
    ask(ground.client, &ground.credentials, NULL, &told);
    assert_int_equal(told.err.code, ERROR_NONE);
    check_signature(&ground.server->requests[0], &ground.credentials, "/base/analyzer",
                    "maxResults=50");
    end(&ground);
}

static void what_answers_mean(void **state)
{
    (void)state;
    static const struct {
        struct answer answer;
        enum error_code code;
        const char *word;
    } cases[] = {
        {{ANSWER_REPLY, 403, 0, "x-amzn-ErrorType: AccessDeniedException\r\n",
          "{\"message\":\"not you\"}"},
         ERROR_DENIED,
         "not you"},
        {{ANSWER_REPLY, 403, 0, "X-Amzn-Errortype: a#AccessDeniedException:http://b\r\n", "{}"},
         ERROR_DENIED,
         "AccessDeniedException"},
        {{ANSWER_REPLY, 403, 0, NULL, "{\"__type\":\"AccessDeniedException\",\"Message\":\"no\"}"},
         ERROR_DENIED,
         "no"},
        {{ANSWER_REPLY, 403, 0, "x-amzn-ErrorType: UnrecognizedClientException\r\n",
          "{\"message\":\"token\"}"},
         ERROR_KEY_REFUSED,
         "token"},
        {{ANSWER_REPLY, 400, 0, "x-amzn-ErrorType: ValidationException\r\n", "{\"message\":null}"},
         ERROR_AWS,
         "ValidationException"},
        {{ANSWER_REPLY, 400, 0, "x-amzn-ErrorType: ValidationException\r\n", "{\"message\":[1]}"},
         ERROR_REPLY,
         "not AWS's"},
        {{ANSWER_REPLY, 403, 0, NULL, "<html>blocked</html>"}, ERROR_REPLY, "not AWS's"},
        {{ANSWER_REPLY, 403, 0, "x-amzn-ErrorType: AccessDeniedException\r\n", "blocked"},
         ERROR_REPLY,
         "not AWS's"},
        {{ANSWER_REPLY, 200, 0, "x-amzn-ErrorType: Odd\r\n", "{\"analyzers\":[]}"},
         ERROR_REPLY,
         "with an error in it"},
        {{ANSWER_REPLY, 200, 0, NULL, "{\"analyzer\":[]}"}, ERROR_REPLY, "analyzers is missing"},
        {{ANSWER_REPLY, 200, 0, NULL, "{\"analyzers\":[{\"name\":\"a\",\"type\":\"b\"}]}"},
         ERROR_REPLY,
         "status is missing"},
        {{ANSWER_REPLY, 200, 0, NULL, "{\"analyzers\":["}, ERROR_REPLY, "JSON"},
        {{ANSWER_REPLY, 200, 0, NULL, "<x/>"}, ERROR_REPLY, "JSON"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ground ground;
        struct told told = {0};
        begin(&ground, &cases[i].answer, 1, "");
        ask(ground.client, &ground.credentials, NULL, &told);
        if (told.err.code != cases[i].code || strstr(told.err.text, cases[i].word) == NULL)
            print_message("# case %zu: %s: %s\n", i, error_name(told.err.code), told.err.text);
        assert_int_equal(told.done, 1);
        assert_int_equal(told.err.code, cases[i].code);
        assert_non_null(strstr(told.err.text, cases[i].word));
        assert_string_equal(told.err.op, "access-analyzer:ListAnalyzers");
        end(&ground);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_request_is_what_was_signed),
        cmocka_unit_test(a_document_is_posted),
        cmocka_unit_test(an_endpoint_may_have_a_path),
        cmocka_unit_test(what_answers_mean),
    };
    return cmocka_run_group_tests_name("aws_rest", tests, NULL, NULL);
}
