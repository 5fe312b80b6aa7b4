/* aws/client against a server that misbehaves on purpose: what is sent, how often, over which
 * connection, and what the caller is told. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "aws/client.h"
#include "aws_server.h"
#include "base/text.h"
#include "base/when.h"
#include "sign/sign.h"

#define IDENTITY                                                                                   \
    "<GetCallerIdentityResponse><GetCallerIdentityResult><UserId>AIDA</UserId>"                    \
    "<Account>123456789012</Account><Arn>arn:aws:iam::123456789012:user/alice</Arn>"               \
    "</GetCallerIdentityResult></GetCallerIdentityResponse>"
#define CREATED                                                                                    \
    "<CreateAccessKeyResponse><CreateAccessKeyResult><AccessKey><UserName>alice</UserName>"        \
    "<AccessKeyId>AKIANEWKEY0000000001</AccessKeyId><Status>Active</Status>"                       \
    "<SecretAccessKey>new/Secret</SecretAccessKey></AccessKey></CreateAccessKeyResult>"            \
    "</CreateAccessKeyResponse>"
#define ERROR_XML(code, message)                                                                   \
    "<ErrorResponse><Error><Code>" code "</Code><Message>" message "</Message></Error>"            \
    "<RequestId>from-body</RequestId></ErrorResponse>"
#define GOOD                                                                                       \
    {                                                                                              \
        ANSWER_REPLY, 200, 0, NULL, IDENTITY                                                       \
    }
#define MADE                                                                                       \
    {                                                                                              \
        ANSWER_REPLY, 200, 0, NULL, CREATED                                                        \
    }
#define THROTTLED                                                                                  \
    {                                                                                              \
        ANSWER_REPLY, 400, 0, NULL, ERROR_XML("Throttling", "Rate exceeded")                       \
    }
#define BROKEN                                                                                     \
    {                                                                                              \
        ANSWER_REPLY, 500, 0, NULL, ERROR_XML("ServiceFailure", "sorry")                           \
    }
#define CLOSED                                                                                     \
    {                                                                                              \
        ANSWER_CLOSE, 0, 0, NULL, NULL                                                             \
    }
#define HANGS                                                                                      \
    {                                                                                              \
        ANSWER_HANG, 0, 0, NULL, NULL                                                              \
    }

/* A client with its server, and how its last call ended. */
struct bench {
    struct server *server;
    struct aws_client *client;
    struct credentials credentials;
    int done;
    struct error err;
    int64_t date, skew;
    int attempts;
    char id[129], request_id[64];
    bool has_secret;
    int sent;             /* attempts begun */
    long connection[100]; /* of each attempt answered */
    int answered;
};

static void on_trace(void *context, const struct aws_trace *trace)
{
    struct bench *bench = context;
    if (trace->http == 0)
        bench->sent++;
    else if (bench->answered < 100)
        bench->connection[bench->answered++] = trace->connection;
    assert_string_equal(trace->key_id, "AKIDEXAMPLE");
}

static void on_done(void *context, const struct aws_reply *reply, const struct error *err,
                    int64_t date)
{
    struct bench *bench = context;
    assert_true((reply == NULL) != (err == NULL));
    bench->done++;
    bench->date = date;
    bench->err = (struct error){.code = ERROR_NONE};
    if (err != NULL) {
        bench->err = *err;
        return;
    }
    bench->skew = reply->skew;
    bench->attempts = reply->attempts;
    bench->has_secret = reply->credentials != NULL && secret_length(reply->credentials->secret) > 0;
    text_copy(bench->id, sizeof bench->id, reply->key.id);
    text_copy(bench->request_id, sizeof bench->request_id, reply->request_id);
}

static void begin(struct bench *bench, const struct answer *answers, size_t count, int64_t timeout,
                  int attempts)
{
    struct error err;
    memset(bench, 0, sizeof *bench);
    bench->server = server_start(answers, count);
    struct aws_settings settings = {
        .region = "eu-west-1", .timeout = timeout, .max_attempts = attempts};
    settings.endpoint_url[AWS_IAM] = settings.endpoint_url[AWS_STS] = bench->server->url;
    assert_true(aws_client_new(&settings, &bench->client, &err));
    aws_client_trace(bench->client, on_trace, bench);
    assert_true(
        text_copy(bench->credentials.key_id, sizeof bench->credentials.key_id, "AKIDEXAMPLE"));
    assert_true(secret_new("secret", 6, &bench->credentials.secret, &err));
}

#define BEGIN(answers) begin(&bench, answers, sizeof answers / sizeof answers[0], 5, 0)

static void end(struct bench *bench)
{
    aws_client_free(bench->client);
    credentials_release(&bench->credentials);
    server_stop(bench->server);
}

static void finish(struct bench *bench)
{
    struct error err;
    int64_t until = when_monotonic_ms() + 30000;
    while (aws_client_pending(bench->client) > 0) {
        assert_true(when_monotonic_ms() < until);
        assert_true(aws_client_run(bench->client, NULL, 0, 1000, &err));
    }
}

static void start(struct bench *bench, enum aws_action action, const char *code)
{
    struct error err;
    const struct aws_param params[] = {{"UserName", "alice"}, {"TokenCode", code}};
    const struct aws_call call = {.action = action,
                                  .credentials = &bench->credentials,
                                  .params = params,
                                  .param_count = 2};
    assert_true(aws_call(bench->client, &call, on_done, bench, &err));
}

static enum error_code call(struct bench *bench, enum aws_action action)
{
    int before = bench->done;
    start(bench, action, NULL);
    finish(bench);
    assert_int_equal(bench->done, before + 1);
    return bench->err.code;
}

/* --- what is sent ----------------------------------------------------------------------------- */

static void header_of(const char *head, const char *name, char *ret_value, size_t size)
{
    const char *found = strstr(head, name);
    assert_non_null(found);
    found += strlen(name);
    snprintf(ret_value, size, "%.*s", (int)strcspn(found, "\r"), found);
}

static void the_request_is_what_was_signed(void **state)
{
    (void)state;
    static const struct answer answers[] = {GOOD};
    struct bench bench;
    struct error err;
    BEGIN(answers);
    assert_true(secret_new("tok//en==", 9, &bench.credentials.token, &err));
    assert_int_equal(call(&bench, AWS_GET_CALLER_IDENTITY), ERROR_NONE);
    const struct seen *seen = &bench.server->requests[0];
    char host[64], stamp[64], type[100], token[64], authorization[600];
    assert_memory_equal(seen->head, "POST / HTTP/1.1\r\n", 17);
    assert_string_equal(seen->body, "Action=GetCallerIdentity&Version=2011-06-15&UserName=alice");
    header_of(seen->head, "\r\nHost: ", host, sizeof host);
    header_of(seen->head, "\r\nX-Amz-Date: ", stamp, sizeof stamp);
    header_of(seen->head, "\r\nContent-Type: ", type, sizeof type);
    header_of(seen->head, "\r\nX-Amz-Security-Token: ", token, sizeof token);
    header_of(seen->head, "\r\nAuthorization: ", authorization, sizeof authorization);
    assert_null(strstr(seen->head, "Expect"));
    assert_null(strstr(seen->head, "Encoding"));
    assert_non_null(strstr(seen->head, "\r\nUser-Agent: keywright/"));
    assert_string_equal(host, bench.server->url + 7);
    assert_string_equal(token, "tok//en==");
    struct sign_header headers[] = {{"host", host},
                                    {"x-amz-date", stamp},
                                    {"content-type", type},
                                    {"x-amz-security-token", token}};
    struct sign_request request = {"POST", "/", "", headers, 4, seen->body, strlen(seen->body)};
    struct sign_scope scope = {0, "eu-west-1", "sts"};
    struct sign_cache *cache = NULL;
    struct text expected;
    text_init(&expected, 2000);
    assert_true(when_parse(stamp, &scope.time, &err));
    assert_true(sign_cache_new(&cache, &err));
    assert_true(sign_request(cache, &bench.credentials, &scope, &request, &expected, &err));
    assert_string_equal(authorization, expected.bytes);
    assert_string_equal(bench.request_id, "from-header");
    text_release(&expected);
    sign_cache_free(cache);
    end(&bench);
}

static void connections_are_kept(void **state)
{
    (void)state;
    static const struct answer answers[] = {GOOD};
    struct bench bench;
    BEGIN(answers);
    for (int i = 0; i < 3; i++)
        assert_int_equal(call(&bench, AWS_GET_CALLER_IDENTITY), ERROR_NONE);
    assert_int_equal(bench.server->connection_count, 1);
    assert_true(bench.connection[0] != 0 && bench.connection[0] == bench.connection[2]);
    end(&bench);
}

static void no_proxy_for_loopback(void **state)
{
    (void)state;
    static const struct answer answers[] = {GOOD};
    struct bench bench;
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("all_proxy", "http://127.0.0.1:1", 1);
    BEGIN(answers);
    assert_int_equal(call(&bench, AWS_GET_CALLER_IDENTITY), ERROR_NONE);
    unsetenv("http_proxy");
    unsetenv("all_proxy");
    end(&bench);
}

/* --- CreateAccessKey -------------------------------------------------------------------------- */

static void a_create_has_its_own_connection(void **state)
{
    (void)state;
    static const struct answer answers[] = {GOOD, MADE, GOOD, MADE};
    struct bench bench;
    BEGIN(answers);
    assert_int_equal(call(&bench, AWS_GET_CALLER_IDENTITY), ERROR_NONE);
    assert_int_equal(call(&bench, AWS_CREATE_ACCESS_KEY), ERROR_NONE);
    assert_string_equal(bench.id, "AKIANEWKEY0000000001");
    assert_true(bench.has_secret);
    assert_int_equal(call(&bench, AWS_GET_CALLER_IDENTITY), ERROR_NONE);
    assert_int_equal(call(&bench, AWS_CREATE_ACCESS_KEY), ERROR_NONE);
    static const int expected[] = {1, 2, 1, 3};
    for (int i = 0; i < 4; i++)
        assert_int_equal(bench.server->requests[i].connection, expected[i]);
    end(&bench);
}

/* The act took place, the connection died before the answer: libcurl by itself would send it again
 * if it had used the kept connection. */
static void a_lost_create_is_executed_once(void **state)
{
    (void)state;
    static const struct answer answers[] = {GOOD, GOOD, CLOSED};
    struct bench bench;
    BEGIN(answers);
    assert_int_equal(call(&bench, AWS_GET_CALLER_IDENTITY), ERROR_NONE);
    assert_int_equal(call(&bench, AWS_GET_CALLER_IDENTITY), ERROR_NONE);
    assert_int_equal(call(&bench, AWS_CREATE_ACCESS_KEY), ERROR_UNANSWERED);
    assert_int_equal(server_count(bench.server, "CreateAccessKey"), 1);
    assert_string_equal(bench.err.op, "iam:CreateAccessKey");
    assert_int_equal(bench.date, 0);
    end(&bench);
}

/* The control of the test above: a read on a kept connection that dies is sent again. */
static void a_read_survives_a_stale_connection(void **state)
{
    (void)state;
    static const struct answer answers[] = {{ANSWER_THEN_CLOSE, 200, 0, NULL, IDENTITY}, GOOD};
    struct bench bench;
    BEGIN(answers);
    assert_int_equal(call(&bench, AWS_GET_CALLER_IDENTITY), ERROR_NONE);
    assert_int_equal(call(&bench, AWS_GET_CALLER_IDENTITY), ERROR_NONE);
    assert_int_equal(bench.server->connection_count, 2);
    end(&bench);
}

static void a_create_is_not_repeated(void **state)
{
    (void)state;
    static const struct {
        struct answer answer;
        enum error_code code;
    } cases[] = {
        {BROKEN, ERROR_UNANSWERED},
        {{ANSWER_REPLY, 503, 0, NULL, "<html/>"}, ERROR_UNANSWERED},
        {{ANSWER_REPLY, 200, 0, NULL, "<html/>"}, ERROR_REPLY},
        {{ANSWER_RAW, 0, 0, NULL, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" CREATED},
         ERROR_UNANSWERED},
        {{ANSWER_RAW, 0, 0, NULL, "HTTP/1.1 200 OK\r\nX-Half"}, ERROR_UNANSWERED},
        {{ANSWER_REPLY, 409, 0, NULL, ERROR_XML("LimitExceeded", "two")}, ERROR_AWS},
        {{ANSWER_REPLY, 403, 0, NULL, ERROR_XML("InvalidClientTokenId", "")}, ERROR_KEY_REFUSED},
        {{ANSWER_REPLY, 403, 3600, NULL,
          ERROR_XML("SignatureDoesNotMatch", "Signature expired: x")},
         ERROR_CLOCK},
        {{ANSWER_BIG_HEADERS, 0, 0, NULL, NULL}, ERROR_LIMIT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bench bench;
        begin(&bench, &cases[i].answer, 1, 5, 0);
        assert_int_equal(call(&bench, AWS_CREATE_ACCESS_KEY), cases[i].code);
        assert_int_equal(bench.server->request_count, 1);
        assert_int_equal(bench.sent, 1);
        end(&bench);
    }
}

static void a_throttled_create_is_repeated(void **state)
{
    (void)state;
    static const struct answer answers[] = {THROTTLED, MADE};
    struct bench bench;
    BEGIN(answers);
    assert_int_equal(call(&bench, AWS_CREATE_ACCESS_KEY), ERROR_NONE);
    assert_int_equal(bench.attempts, 2);
    assert_int_equal(bench.server->connection_count, 2);
    end(&bench);
}

static void nothing_sent_is_network_and_repeated(void **state)
{
    (void)state;
    static const struct answer answers[] = {GOOD};
    struct bench bench;
    struct error err;
    struct aws_client *client = NULL;
    BEGIN(answers);
    /* A port on which nobody listens: that of a server that has ended. */
    struct server *gone = server_start(answers, 1);
    char url[64];
    memcpy(url, gone->url, sizeof url);
    server_stop(gone);
    struct aws_settings settings = {.region = "", .endpoint_url = {url, url}, .max_attempts = 2};
    assert_true(aws_client_new(&settings, &client, &err));
    aws_client_free(bench.client);
    bench.client = client;
    aws_client_trace(client, on_trace, &bench);
    assert_int_equal(call(&bench, AWS_CREATE_ACCESS_KEY), ERROR_NETWORK);
    assert_int_equal(bench.sent, 2);
    end(&bench);
}

/* --- other calls ------------------------------------------------------------------------------ */

static void reads_are_repeated(void **state)
{
    (void)state;
    static const struct answer firsts[] = {
        THROTTLED,
        BROKEN,
        CLOSED,
        {ANSWER_REPLY, 502, 0, NULL, "<html>bad gateway</html>"},
        {ANSWER_REPLY, 429, 0, NULL, ""},
        {ANSWER_RAW, 0, 0, NULL, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"},
        {ANSWER_RAW, 0, 0, NULL, "HTTP/1.1 200 OK\r\nX-Half"},
    };
    for (size_t i = 0; i < sizeof firsts / sizeof firsts[0]; i++) {
        const struct answer answers[] = {firsts[i], GOOD};
        struct bench bench;
        BEGIN(answers);
        assert_int_equal(call(&bench, AWS_GET_CALLER_IDENTITY), ERROR_NONE);
        assert_int_equal(bench.attempts, 2);
        end(&bench);
    }
}

static void attempts_come_to_an_end(void **state)
{
    (void)state;
    static const struct answer answers[] = {THROTTLED};
    struct bench bench;
    BEGIN(answers);
    assert_int_equal(call(&bench, AWS_LIST_USERS), ERROR_THROTTLED);
    assert_int_equal(bench.server->request_count, 3);
    assert_string_equal(bench.err.aws_code, "Throttling");
    assert_string_equal(bench.err.request_id, "from-body");
    assert_int_equal(bench.err.http, 400);
    assert_true(bench.date != 0);
    end(&bench);
}

static void a_write_left_unanswered_stays_so(void **state)
{
    (void)state;
    static const struct answer refused[] = {
        CLOSED, {ANSWER_REPLY, 403, 0, NULL, ERROR_XML("InvalidClientTokenId", "inactive")}};
    static const struct answer gone[] = {
        CLOSED, {ANSWER_REPLY, 404, 0, NULL, ERROR_XML("NoSuchEntity", "")}};
    static const struct answer broken[] = {BROKEN};
    struct bench bench;
    BEGIN(refused);
    assert_int_equal(call(&bench, AWS_UPDATE_ACCESS_KEY), ERROR_UNANSWERED);
    assert_int_equal(bench.server->request_count, 2);
    end(&bench);
    BEGIN(gone);
    assert_int_equal(call(&bench, AWS_DELETE_ACCESS_KEY), ERROR_NOT_FOUND);
    end(&bench);
    BEGIN(broken);
    assert_int_equal(call(&bench, AWS_DELETE_ACCESS_KEY), ERROR_UNANSWERED);
    assert_int_equal(bench.server->request_count, 3);
    end(&bench);
}

static void a_code_is_sent_once(void **state)
{
    (void)state;
    static const struct answer firsts[] = {
        THROTTLED,
        BROKEN,
        CLOSED,
        {ANSWER_REPLY, 400, 3600, NULL, ERROR_XML("RequestExpired", "")}};
    static const enum error_code codes[] = {ERROR_THROTTLED, ERROR_AWS, ERROR_UNANSWERED,
                                            ERROR_CLOCK};
    for (size_t i = 0; i < 4; i++) {
        const struct answer answers[] = {GOOD, firsts[i], GOOD};
        struct bench bench;
        BEGIN(answers);
        assert_int_equal(call(&bench, AWS_GET_CALLER_IDENTITY), ERROR_NONE);
        start(&bench, AWS_GET_SESSION_TOKEN, "123456");
        finish(&bench);
        assert_int_equal(bench.err.code, codes[i]);
        assert_int_equal(server_count(bench.server, "TokenCode=123456"), 1);
        assert_int_equal(bench.server->requests[1].connection, 2);
        end(&bench);
    }
}

/* --- bounds ----------------------------------------------------------------------------------- */

static void time_is_bounded(void **state)
{
    (void)state;
    static const struct answer answers[] = {HANGS};
    struct bench bench;
    int64_t before = when_monotonic_ms();
    begin(&bench, answers, 1, 1, 1);
    assert_int_equal(call(&bench, AWS_GET_CALLER_IDENTITY), ERROR_TIMEOUT);
    end(&bench);
    begin(&bench, answers, 1, 1, 0);
    assert_int_equal(call(&bench, AWS_CREATE_ACCESS_KEY), ERROR_TIMEOUT);
    assert_int_equal(bench.server->request_count, 1);
    end(&bench);
    assert_true(when_monotonic_ms() - before < 10000);
}

static void what_is_wrong_is_not_asked_twice(void **state)
{
    (void)state;
    static const struct {
        struct answer answer;
        enum error_code code;
        const char *word;
    } cases[] = {
        {{ANSWER_BIG_BODY, 0, 0, NULL, NULL}, ERROR_LIMIT, "32768 KiB of body"},
        {{ANSWER_REPLY, 200, 0, "X: 1\r\nContent-Length: 99999999999\r\n", ""},
         ERROR_LIMIT,
         "body"},
        {{ANSWER_BIG_HEADERS, 0, 0, NULL, NULL}, ERROR_LIMIT, "64 KiB of headers"},
        {{ANSWER_REPLY, 302, 0, "Location: /other\r\n", ""}, ERROR_REPLY, "HTTP 302"},
        {{ANSWER_REPLY, 200, 0, "Content-Encoding: gzip\r\n", "\x1f\x8b"},
         ERROR_REPLY,
         "compressed"},
        {{ANSWER_REPLY, 200, 0, NULL, ERROR_XML("Odd", "")}, ERROR_REPLY, "an error in it"},
        {{ANSWER_REPLY, 404, 0, NULL, "{\"message\": \"no\"}"}, ERROR_REPLY, "HTTP 404"},
        {{ANSWER_REPLY, 403, 0, NULL, IDENTITY}, ERROR_REPLY, "HTTP 403"},
        {{ANSWER_RAW, 0, 0, NULL, "220 mail.example.org ESMTP\r\n"},
         ERROR_REPLY,
         "does not speak HTTP"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bench bench;
        begin(&bench, &cases[i].answer, 1, 20, 0);
        enum error_code code = call(&bench, AWS_GET_CALLER_IDENTITY);
        if (code != cases[i].code || strstr(bench.err.text, cases[i].word) == NULL)
            print_message("# case %zu: %s: %s\n", i, error_name(code), bench.err.text);
        assert_int_equal(code, cases[i].code);
        assert_non_null(strstr(bench.err.text, cases[i].word));
        assert_int_equal(bench.server->request_count, 1);
        end(&bench);
    }
}

static void an_interim_answer_is_passed_over(void **state)
{
    (void)state;
    static const struct answer answers[] = {
        {ANSWER_RAW, 0, 0, NULL,
         "HTTP/1.1 100 Continue\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n\r\nHTTP/1.1 200 OK\r\n"
         "Date: Thu, 15 Jan 2026 12:34:56 GMT\r\n\r\n" IDENTITY}};
    struct bench bench;
    BEGIN(answers);
    assert_int_equal(call(&bench, AWS_GET_CALLER_IDENTITY), ERROR_NONE);
    assert_int_equal(bench.date, 1768480496);
    end(&bench);
}

static void dates_that_contradict_tell_nothing(void **state)
{
    (void)state;
    static const char *const dates[] = {"Date: Thu, 15 Jan 2026 12:34:56 GMT\r\n",
                                        "Date: yesterday\r\n"};
    for (size_t i = 0; i < 2; i++) {
        const struct answer answers[] = {{ANSWER_REPLY, 200, 0, dates[i], IDENTITY}};
        struct bench bench;
        BEGIN(answers);
        assert_int_equal(call(&bench, AWS_GET_CALLER_IDENTITY), ERROR_NONE);
        assert_int_equal(bench.date, 0);
        assert_int_equal(bench.skew, 0);
        end(&bench);
    }
}

/* --- the clock -------------------------------------------------------------------------------- */

static int64_t stamp_of(const struct seen *seen)
{
    char stamp[64];
    int64_t time = 0;
    header_of(seen->head, "\r\nX-Amz-Date: ", stamp, sizeof stamp);
    assert_true(when_parse(stamp, &time, NULL));
    return time;
}

static void a_wrong_clock_is_corrected_once(void **state)
{
    (void)state;
    static const struct answer answers[] = {
        {ANSWER_REPLY, 403, 3600, NULL, ERROR_XML("SignatureDoesNotMatch", "Signature expired: x")},
        {ANSWER_REPLY, 200, 3600, NULL, IDENTITY}};
    struct bench bench;
    BEGIN(answers);
    assert_int_equal(call(&bench, AWS_GET_CALLER_IDENTITY), ERROR_NONE);
    assert_int_equal(bench.attempts, 2);
    assert_true(bench.skew >= -3601 && bench.skew <= -3598);
    int64_t ahead = stamp_of(&bench.server->requests[1]) - when_now();
    assert_true(ahead > 3590 && ahead <= 3601);
    /* The next call knows. */
    assert_int_equal(call(&bench, AWS_GET_CALLER_IDENTITY), ERROR_NONE);
    assert_int_equal(bench.attempts, 1);
    assert_true(stamp_of(&bench.server->requests[2]) - when_now() > 3590);
    end(&bench);
}

static void a_clock_that_cannot_be_corrected_is_told(void **state)
{
    (void)state;
    static const struct answer answers[] = {
        {ANSWER_REPLY, 403, -7200, NULL,
         ERROR_XML("SignatureDoesNotMatch", "Signature not yet current: x")}};
    struct bench bench;
    BEGIN(answers);
    assert_int_equal(call(&bench, AWS_GET_CALLER_IDENTITY), ERROR_CLOCK);
    assert_int_equal(bench.server->request_count, 2);
    end(&bench);
}

/* --- the loop --------------------------------------------------------------------------------- */

static void many_calls_at_once(void **state)
{
    (void)state;
    static const struct answer answers[] = {GOOD};
    struct bench bench;
    BEGIN(answers);
    for (int i = 0; i < 500; i++)
        start(&bench, AWS_GET_CALLER_IDENTITY, NULL);
    assert_int_equal(aws_client_pending(bench.client), 500);
    finish(&bench);
    assert_int_equal(bench.done, 500);
    assert_int_equal(bench.err.code, ERROR_NONE);
    assert_true(bench.server->connection_count <= 32);
    end(&bench);
}

static void a_freed_client_tells_of_its_calls(void **state)
{
    (void)state;
    static const struct answer answers[] = {HANGS};
    struct bench bench;
    struct error err;
    BEGIN(answers);
    for (int i = 0; i < 40; i++)
        start(&bench, AWS_GET_CALLER_IDENTITY, NULL);
    assert_true(aws_client_run(bench.client, NULL, 0, 50, &err));
    assert_int_equal(bench.done, 0);
    end(&bench);
    assert_int_equal(bench.done, 40);
    assert_int_equal(bench.err.code, ERROR_INTERRUPTED);
}

static void descriptors_wake_the_loop(void **state)
{
    (void)state;
    static const struct answer answers[] = {HANGS};
    struct bench bench;
    struct error err;
    int ends[2];
    BEGIN(answers);
    start(&bench, AWS_GET_CALLER_IDENTITY, NULL);
    assert_int_equal(pipe(ends), 0);
    struct pollfd fds[] = {{.fd = ends[0], .events = POLLIN, .revents = POLLERR}};
    assert_true(aws_client_run(bench.client, fds, 1, 20, &err));
    assert_int_equal(fds[0].revents, 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    int64_t before = when_monotonic_ms();
    while (fds[0].revents == 0 && when_monotonic_ms() - before < 3000)
        assert_true(aws_client_run(bench.client, fds, 1, 3000, &err));
    assert_int_equal(fds[0].revents, POLLIN);
    assert_true(when_monotonic_ms() - before < 1500);
    char byte;
    assert_int_equal(read(ends[0], &byte, 1), 1);
    close(ends[1]);
    assert_true(aws_client_run(bench.client, fds, 1, 3000, &err));
    assert_int_equal(fds[0].revents, POLLHUP);
    close(ends[0]);
    end(&bench);
}

static void again(void *context, const struct aws_reply *reply, const struct error *err,
                  int64_t date)
{
    struct bench *bench = context;
    on_done(context, reply, err, date);
    if (bench->done < 5)
        start(bench, AWS_GET_CALLER_IDENTITY, NULL);
}

static void a_call_may_make_another(void **state)
{
    (void)state;
    static const struct answer answers[] = {GOOD};
    struct bench bench;
    struct error err;
    BEGIN(answers);
    const struct aws_call first = {.action = AWS_GET_CALLER_IDENTITY,
                                   .credentials = &bench.credentials};
    assert_true(aws_call(bench.client, &first, again, &bench, &err));
    finish(&bench);
    assert_int_equal(bench.done, 2);
    end(&bench);
}

static void what_cannot_be_called(void **state)
{
    (void)state;
    static const struct answer answers[] = {GOOD};
    struct bench bench;
    struct error err;
    struct credentials none;
    struct aws_client *client = NULL;
    credentials_init(&none);
    BEGIN(answers);
    const struct aws_call unsigned_call = {.action = AWS_GET_USER, .credentials = &none};
    assert_false(aws_call(bench.client, &unsigned_call, on_done, &bench, &err));
    assert_int_equal(err.code, ERROR_NO_CREDENTIALS);
    const struct aws_call nowhere = {
        .action = AWS_GET_USER, .credentials = &bench.credentials, .region = "no/where"};
    assert_false(aws_call(bench.client, &nowhere, on_done, &bench, &err));
    assert_int_equal(err.code, ERROR_REGION_UNKNOWN);
    assert_int_equal(bench.done, 0);
    struct aws_settings plain = {.region = "", .endpoint_url = {"http://example.org", NULL}};
    assert_false(aws_client_new(&plain, &client, &err));
    assert_int_equal(err.code, ERROR_ENDPOINT);
    assert_null(client);
    aws_client_free(NULL);
    end(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_request_is_what_was_signed),
        cmocka_unit_test(connections_are_kept),
        cmocka_unit_test(no_proxy_for_loopback),
        cmocka_unit_test(a_create_has_its_own_connection),
        cmocka_unit_test(a_lost_create_is_executed_once),
        cmocka_unit_test(a_read_survives_a_stale_connection),
        cmocka_unit_test(a_create_is_not_repeated),
        cmocka_unit_test(a_throttled_create_is_repeated),
        cmocka_unit_test(nothing_sent_is_network_and_repeated),
        cmocka_unit_test(reads_are_repeated),
        cmocka_unit_test(attempts_come_to_an_end),
        cmocka_unit_test(a_write_left_unanswered_stays_so),
        cmocka_unit_test(a_code_is_sent_once),
        cmocka_unit_test(time_is_bounded),
        cmocka_unit_test(what_is_wrong_is_not_asked_twice),
        cmocka_unit_test(an_interim_answer_is_passed_over),
        cmocka_unit_test(dates_that_contradict_tell_nothing),
        cmocka_unit_test(a_wrong_clock_is_corrected_once),
        cmocka_unit_test(a_clock_that_cannot_be_corrected_is_told),
        cmocka_unit_test(many_calls_at_once),
        cmocka_unit_test(a_freed_client_tells_of_its_calls),
        cmocka_unit_test(descriptors_wake_the_loop),
        cmocka_unit_test(a_call_may_make_another),
        cmocka_unit_test(what_cannot_be_called),
    };
    return cmocka_run_group_tests_name("aws_client", tests, NULL, NULL);
}
