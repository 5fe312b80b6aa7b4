/* The practice service between bytes and answers: signatures, good and bad, forms, faults, replies.
 * Requests are signed with sign/, so that what the client signs and what the server checks meet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/when.h"
#include "practice/practice.h"
#include "practice/reply.h"

#define LIST   "Action=ListAccessKeys&Version=2010-05-08&UserName=alice"
#define WHOAMI "Action=GetCallerIdentity&Version=2011-06-15"

struct world {
    struct practice practice;
    struct account_new_key key;
    struct sign_cache *cache;
    unsigned char random[ACCOUNT_RANDOM_SIZE];
    struct practice_answer answer;
};

/* A request in the making: what is to be signed, and what is sent may differ from it. */
struct draft {
    const char *target;
    const char *body;
    const char *service;
    const char *region;
    const char *key_id;
    const char *secret;
    const char *token;     /* sent as x-amz-security-token */
    const char *extra;     /* an x-amz- header that is sent and not signed */
    const char *sent_body; /* NULL: what was signed */
    bool host_unsigned;
    int64_t late; /* seconds that the signer's clock is behind */
};

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct error err;
    assert_true(practice_init(&world->practice, &err));
    assert_true(sign_cache_new(&world->cache, &err));
    for (size_t i = 0; i < sizeof world->random; i++)
        world->random[i] = (unsigned char)(i * 37);
    struct account *account = world->practice.account;
    assert_true(account_add_user(account, "alice", ACCOUNT_SELF, 1, world->random));
    assert_true(account_add_key(account, "alice", true, 1, world->random, &world->key));
    text_init(&world->answer.body, REPLY_MAXIMUM);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    practice_release(&world->practice);
    sign_cache_free(world->cache);
    text_release(&world->answer.body);
    free(world);
    return 0;
}

static struct draft draft(const struct world *world, const char *service, const char *body)
{
    return (struct draft){.target = "/",
                          .body = body,
                          .service = service,
                          .region = "us-east-1",
                          .key_id = world->key.key.id,
                          .secret = world->key.secret};
}

static void sign(struct world *world, const struct draft *draft, const struct sign_header *headers,
                 size_t count, int64_t time, struct text *ret_authorization)
{
    struct error err;
    struct credentials CLEANUP(credentials_release) credentials;
    credentials_init(&credentials);
    strcpy(credentials.key_id, draft->key_id);
    assert_true(secret_new(draft->secret, strlen(draft->secret), &credentials.secret, &err));
    const char *query = strchr(draft->target, '?');
    char path[64];
    snprintf(path, sizeof path, "%.*s", (int)strcspn(draft->target, "?"), draft->target);
    struct sign_request request = {.method = "POST",
                                   .path = path,
                                   .query = query == NULL ? "" : query + 1,
                                   .headers = headers,
                                   .header_count = count,
                                   .body = draft->body,
                                   .body_length = strlen(draft->body)};
    struct sign_scope scope = {time, draft->region, draft->service};
    assert_true(
        sign_request(world->cache, &credentials, &scope, &request, ret_authorization, &err));
}

/* Sign the draft, send it, and keep the answer. Returns its status, or -1 when none is sent. */
static int ask(struct world *world, const struct draft *draft)
{
    char date[WHEN_TEXT_SIZE];
    int64_t time = practice_now(&world->practice) - draft->late;
    struct request request;
    struct text CLEANUP(text_release) authorization;
    text_init(&authorization, 4096);
    when_format_basic(time, date);
    struct sign_header headers[4] = {{"Content-Type", "application/x-www-form-urlencoded"},
                                     {"X-Amz-Date", date}};
    size_t count = 2;
    if (!draft->host_unsigned)
        headers[count++] = (struct sign_header){"Host", "127.0.0.1:1"};
    if (draft->token != NULL)
        headers[count++] = (struct sign_header){"x-amz-security-token", draft->token};
    sign(world, draft, headers, count, time, &authorization);
    request_init(&request, "POST", draft->target);
    for (size_t i = 0; i < count; i++)
        request_add_header(&request, headers[i].name, headers[i].value);
    if (draft->host_unsigned)
        request_add_header(&request, "Host", "127.0.0.1:1");
    if (draft->extra != NULL)
        request_add_header(&request, draft->extra, "1");
    request_add_header(&request, "Authorization", authorization.bytes);
    text_append(&request.body, draft->sent_body == NULL ? draft->body : draft->sent_body);
    struct fault_plan plan;
    bool readable = practice_begin(&world->practice, &request, &plan);
    text_clear(&world->answer.body);
    practice_answer(&world->practice, &request, readable, &plan, world->random, &world->answer);
    request_release(&request);
    return plan.end == FAULT_END_ANSWERED ? world->answer.status : -1;
}

static void assert_answer(const struct world *world, const char *words)
{
    if (strstr(world->answer.body.bytes, words) == NULL)
        fail_msg("'%s' is not in: %s", words, world->answer.body.bytes);
}

static unsigned long executed(const struct world *world, const char *action)
{
    return world->practice.counts[actions_find(action)].executed;
}

static void test_right_signature_is_accepted(void **state)
{
    struct world *world = *state;
    struct draft list = draft(world, "iam", LIST);
    assert_int_equal(ask(world, &list), 200);
    assert_answer(world, "<ListAccessKeysResponse xmlns=\"https://iam.amazonaws.com/doc/"
                         "2010-05-08/\"><ListAccessKeysResult><AccessKeyMetadata><member>"
                         "<UserName>alice</UserName><AccessKeyId>AKIA");
    assert_answer(world, "<IsTruncated>false</IsTruncated>");
    struct draft whoami = draft(world, "sts", WHOAMI);
    whoami.region = "eu-central-1";
    assert_int_equal(ask(world, &whoami), 200);
    assert_answer(world, "<Arn>arn:aws:iam::123456789012:user/alice</Arn>");
    assert_int_equal(executed(world, "ListAccessKeys"), 1);
}

static void test_query_is_signed_too(void **state)
{
    struct world *world = *state;
    struct draft whoami = draft(world, "sts", "");
    whoami.target = "/?Version=2011-06-15&Action=GetCallerIdentity";
    assert_int_equal(ask(world, &whoami), 200);
}

static void test_wrong_secret_is_refused(void **state)
{
    struct world *world = *state;
    struct draft list = draft(world, "iam", LIST);
    list.secret = "wrongwrongwrongwrongwrongwrongwrongwrong";
    assert_int_equal(ask(world, &list), 403);
    assert_answer(world, "<Code>SignatureDoesNotMatch</Code>");
    list = draft(world, "iam", LIST);
    list.key_id = "AKIAUNKNOWNUNKNOWN22";
    assert_int_equal(ask(world, &list), 403);
    assert_answer(world, "<Code>InvalidClientTokenId</Code>");
    assert_int_equal(executed(world, "ListAccessKeys"), 0);
}

static void test_changed_body_is_refused(void **state)
{
    struct world *world = *state;
    struct draft list = draft(world, "iam", LIST);
    list.sent_body = "Action=DeleteAccessKey&Version=2010-05-08&UserName=alice";
    assert_int_equal(ask(world, &list), 403);
    assert_answer(world, "<Code>SignatureDoesNotMatch</Code>");
}

static void test_required_headers_must_be_signed(void **state)
{
    struct world *world = *state;
    struct draft list = draft(world, "iam", LIST);
    list.host_unsigned = true;
    assert_int_equal(ask(world, &list), 403);
    assert_answer(world, "'Host' must be a 'SignedHeader'");
    list = draft(world, "iam", LIST);
    list.extra = "x-amz-target";
    assert_int_equal(ask(world, &list), 403);
    assert_answer(world, "'x-amz-target' must be a 'SignedHeader'");
}

static void test_token_must_be_signed_and_right(void **state)
{
    struct world *world = *state;
    struct draft list = draft(world, "iam", LIST);
    list.extra = "x-amz-security-token";
    assert_int_equal(ask(world, &list), 403);
    assert_answer(world, "<Code>SignatureDoesNotMatch</Code>");
    list = draft(world, "iam", LIST);
    list.token = "token";
    assert_int_equal(ask(world, &list), 403);
    assert_answer(world, "<Code>InvalidClientTokenId</Code>");
}

static void test_clock_may_be_off_by_fifteen_minutes(void **state)
{
    struct world *world = *state;
    struct draft list = draft(world, "iam", LIST);
    list.late = 14 * 60;
    assert_int_equal(ask(world, &list), 200);
    list.late = 16 * 60;
    assert_int_equal(ask(world, &list), 403);
    assert_answer(world, "<Code>SignatureDoesNotMatch</Code><Message>Signature expired: ");
    list.late = -16 * 60;
    assert_int_equal(ask(world, &list), 403);
    assert_answer(world, "Signature not yet current: ");
    world->practice.offset = -16 * 60;
    list.late = 0;
    assert_int_equal(ask(world, &list), 200);
}

static void test_scope_must_fit(void **state)
{
    struct world *world = *state;
    struct draft list = draft(world, "iam", LIST);
    list.region = "eu-west-1";
    assert_int_equal(ask(world, &list), 403);
    assert_answer(world, "scoped to a valid region");
    list = draft(world, "s3", LIST);
    assert_int_equal(ask(world, &list), 403);
    assert_answer(world, "scoped to correct service");
    list = draft(world, "sts", LIST);
    assert_int_equal(ask(world, &list), 400);
    assert_answer(world, "<Code>InvalidAction</Code>");
}

static int ask_with(struct world *world, const char *authorization)
{
    struct request request;
    struct fault_plan plan;
    request_init(&request, "POST", "/");
    request_add_header(&request, "Host", "127.0.0.1:1");
    if (authorization != NULL)
        request_add_header(&request, "Authorization", authorization);
    text_append(&request.body, LIST);
    bool readable = practice_begin(&world->practice, &request, &plan);
    text_clear(&world->answer.body);
    practice_answer(&world->practice, &request, readable, &plan, world->random, &world->answer);
    request_release(&request);
    return world->answer.status;
}

static void test_header_must_be_whole(void **state)
{
    struct world *world = *state;
    static const char *const incomplete[] = {
        "AWS AKIAUNKNOWN:signature",
        "AWS4-HMAC-SHA256 ",
        "AWS4-HMAC-SHA256 Credential=AKIA/20260115/us-east-1/iam/aws4_request, SignedHeaders=host",
        "AWS4-HMAC-SHA256 Credential=AKIA/20260115/us-east-1/iam/aws4_request, Signature=00",
        "AWS4-HMAC-SHA256 Credential=AKIA/us-east-1/iam/aws4_request, SignedHeaders=host, "
        "Signature=00",
        "AWS4-HMAC-SHA256 Credential=A/20260115/us-east-1/iam/aws5_request, SignedHeaders=host, "
        "Signature=00",
        "AWS4-HMAC-SHA256 Credential=A/20260115/us-east-1/iam/aws4_request, SignedHeaders=host, "
        "Signature=00", /* no date */
    };
    assert_int_equal(ask_with(world, NULL), 403);
    assert_answer(world, "<Code>MissingAuthenticationToken</Code>");
    for (size_t i = 0; i < sizeof incomplete / sizeof *incomplete; i++) {
        assert_int_equal(ask_with(world, incomplete[i]), 400);
        assert_answer(world, "<Code>IncompleteSignature</Code>");
    }
}

static void test_forms(void **state)
{
    struct world *world = *state;
    struct draft list = draft(world, "iam", "Action=GetUser&Version=2010-05-08&UserName=al%69ce");
    assert_int_equal(ask(world, &list), 200);
    static const char *const bad[] = {LIST "&UserName=alice", LIST "&x=%zz", LIST "&x=%0",
                                      LIST "&x=%00"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        list = draft(world, "iam", bad[i]);
        assert_int_equal(ask(world, &list), 400);
        assert_answer(world, "<Code>MalformedInput</Code>");
    }
    list = draft(world, "iam", "Version=2010-05-08");
    assert_int_equal(ask(world, &list), 400);
    assert_answer(world, "<Code>MissingAction</Code>");
    list = draft(world, "iam", "Action=DeleteUser&Version=2010-05-08");
    assert_int_equal(ask(world, &list), 400);
    assert_answer(world, "<Code>InvalidAction</Code>");
    list = draft(world, "iam", "Action=UpdateAccessKey&Version=2010-05-08&UserName=alice");
    assert_int_equal(ask(world, &list), 400);
    assert_answer(world, "<Code>ValidationError</Code>");
    list = draft(world, "iam", LIST "&MaxItems=many");
    assert_int_equal(ask(world, &list), 400);
    assert_answer(world, "<Code>MalformedInput</Code>");
}

static void test_text_is_escaped(void **state)
{
    struct world *world = *state;
    struct draft list = draft(world, "iam", "Action=%3Cb%3E%26%07&Version=2010-05-08");
    assert_int_equal(ask(world, &list), 400);
    assert_answer(world, "operation &lt;b&gt;&amp;? for version");
}

static void add_fault(struct world *world, const char *spec)
{
    struct error err;
    if (!fault_list_add(world->practice.faults, spec, &err))
        fail_msg("%s", err.text);
}

static void test_faults_before_the_act(void **state)
{
    struct world *world = *state;
    struct draft create = draft(world, "iam", "Action=CreateAccessKey&Version=2010-05-08");
    add_fault(world, "throttle:CreateAccessKey");
    assert_int_equal(ask(world, &create), 400);
    assert_answer(world, "<Code>Throttling</Code><Message>Rate exceeded</Message>");
    add_fault(world, "close_before:CreateAccessKey");
    assert_int_equal(ask(world, &create), -1);
    assert_int_equal(executed(world, "CreateAccessKey"), 0);
    assert_int_equal(ask(world, &create), 200);
    assert_int_equal(executed(world, "CreateAccessKey"), 1);
}

static void test_faults_after_the_act(void **state)
{
    struct world *world = *state;
    struct draft create = draft(world, "iam", "Action=CreateAccessKey&Version=2010-05-08");
    add_fault(world, "reset_after:CreateAccessKey");
    assert_int_equal(ask(world, &create), -1);
    assert_int_equal(executed(world, "CreateAccessKey"), 1);
    assert_int_equal(ask(world, &create), 409);
    assert_answer(world, "<Code>LimitExceeded</Code>");
    struct draft whoami = draft(world, "sts", WHOAMI);
    add_fault(world, "error_after:GetCallerIdentity");
    assert_int_equal(ask(world, &whoami), 500);
    assert_answer(world, "<Type>Receiver</Type><Code>InternalFailure</Code>");
    assert_int_equal(executed(world, "GetCallerIdentity"), 1);
}

static void test_fault_counts(void **state)
{
    struct world *world = *state;
    struct draft whoami = draft(world, "sts", WHOAMI), list = draft(world, "iam", LIST);
    add_fault(world, "unavailable:GetCallerIdentity:1:2");
    add_fault(world, "internal:*:3:0");
    assert_int_equal(ask(world, &whoami), 200);
    assert_int_equal(ask(world, &whoami), 503);
    assert_int_equal(ask(world, &whoami), 503);
    assert_int_equal(ask(world, &whoami), 500);
    assert_int_equal(ask(world, &list), 500);
    fault_list_clear(world->practice.faults);
    assert_int_equal(ask(world, &whoami), 200);
}

static void test_several_faults_at_once(void **state)
{
    struct world *world = *state;
    add_fault(world, "delay=0.5:ListUsers");
    add_fault(world, "delay_after=2:ListUsers");
    add_fault(world, "close_after:ListUsers");
    struct fault_plan plan = fault_list_strike(world->practice.faults, "ListUsers");
    assert_string_equal(plan.names, "delay,delay_after,close_after");
    assert_int_equal(plan.wait_before_ms, 500);
    assert_int_equal(plan.wait_after_ms, 2000);
    assert_int_equal(plan.end, FAULT_END_CLOSED);
    assert_true(plan.executed);
}

static void test_bad_faults_are_refused(void **state)
{
    struct world *world = *state;
    static const char *const bad[] = {"",
                                      "throttle",
                                      "no_such:GetUser",
                                      "throttle:",
                                      "throttle:X:-1",
                                      "throttle:X:1:2:3",
                                      "delay=x:X",
                                      "delay=-1:X",
                                      "delay=999999:X",
                                      "throttle:X:1x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct error err = {.code = ERROR_NONE};
        assert_false(fault_list_add(world->practice.faults, bad[i], &err));
        assert_int_equal(err.code, ERROR_USAGE);
    }
}

static void test_spoiled_bodies(void **state)
{
    struct world *world = *state;
    struct draft list = draft(world, "iam", LIST);
    add_fault(world, "malformed:ListAccessKeys");
    assert_int_equal(ask(world, &list), 200);
    assert_null(strstr(world->answer.body.bytes, "</ListAccessKeysResponse>"));
    add_fault(world, "doubled:ListAccessKeys");
    assert_int_equal(ask(world, &list), 200);
    assert_answer(world, "</AccessKeyId><AccessKeyId>");
    add_fault(world, "entity:ListAccessKeys");
    assert_int_equal(ask(world, &list), 200);
    assert_memory_equal(world->answer.body.bytes, "<!DOCTYPE", 9);
    add_fault(world, "odd:ListAccessKeys");
    assert_int_equal(ask(world, &list), 200);
    assert_memory_equal(world->answer.body.bytes, "\xEF\xBB\xBF<?xml", 8);
    add_fault(world, "empty:ListAccessKeys");
    assert_int_equal(ask(world, &list), 200);
    assert_int_equal(world->answer.body.length, 0);
    add_fault(world, "html:ListAccessKeys");
    assert_int_equal(ask(world, &list), 502);
    assert_memory_equal(world->answer.body.bytes, "<html>", 6);
    add_fault(world, "no_secret:CreateAccessKey");
    struct draft create = draft(world, "iam", "Action=CreateAccessKey&Version=2010-05-08");
    assert_int_equal(ask(world, &create), 200);
    assert_answer(world, "<Status>Active</Status><CreateDate>");
}

static void test_use_is_recorded(void **state)
{
    struct world *world = *state;
    char body[128];
    struct draft whoami = draft(world, "sts", WHOAMI);
    whoami.region = "eu-central-1";
    assert_int_equal(ask(world, &whoami), 200);
    snprintf(body, sizeof body, "Action=GetAccessKeyLastUsed&Version=2010-05-08&AccessKeyId=%s",
             world->key.key.id);
    world->practice.offset = 10;
    account_settings(world->practice.account)->last_used_lag = 5;
    struct draft last = draft(world, "iam", body);
    assert_int_equal(ask(world, &last), 200);
    assert_answer(world, "<ServiceName>sts</ServiceName><Region>eu-central-1</Region>");
}

static int control(struct world *world, const char *method, const char *target, const char *host,
                   bool origin)
{
    struct request request;
    request_init(&request, method, target);
    if (host != NULL)
        request_add_header(&request, "Host", host);
    if (origin)
        request_add_header(&request, "Origin", "http://example.com");
    assert_true(practice_is_control(&request));
    text_clear(&world->answer.body);
    practice_control(&world->practice, &request, &world->answer);
    request_release(&request);
    return world->answer.status;
}

static void test_control_page(void **state)
{
    struct world *world = *state;
    static const char here[] = "127.0.0.1:1";
    assert_int_equal(control(world, "GET", "/practice/state", here, false), 200);
    assert_answer(world, world->key.key.id);
    assert_null(strstr(world->answer.body.bytes, world->key.secret));
    assert_int_equal(control(world, "POST", "/practice/advance?seconds=3600", here, false), 200);
    assert_int_equal(world->practice.offset, 3600);
    assert_int_equal(control(world, "POST", "/practice/config?flap=4&max-skew=60", here, false),
                     200);
    assert_int_equal(account_settings(world->practice.account)->flap, 4);
    assert_int_equal(world->practice.skew, 60);
    assert_int_equal(control(world, "POST", "/practice/fault?spec=throttle:GetUser", here, false),
                     200);
    struct fault_plan plan = fault_list_strike(world->practice.faults, "GetUser");
    assert_true(plan.refused);
    assert_int_equal(control(world, "POST", "/practice/advance?seconds=-1", here, false), 400);
    assert_int_equal(control(world, "POST", "/practice/config?nonsense=1", here, false), 400);
    assert_int_equal(control(world, "POST", "/practice/fault?spec=nonsense", here, false), 400);
    assert_int_equal(control(world, "GET", "/practice/totp?user=alice", here, false), 400);
    assert_int_equal(control(world, "GET", "/practice/nowhere", here, false), 404);
    assert_int_equal(control(world, "GET", "/practice/state", "evil.example", false), 403);
    assert_int_equal(control(world, "GET", "/practice/state", here, true), 403);
    assert_int_equal(control(world, "GET", "/practice/state", NULL, false), 403);
}

/* What was saved comes back as often as wanted, and is not touched by what happens in between. */
static void test_save_and_restore(void **state)
{
    struct world *world = *state;
    static const char here[] = "127.0.0.1:1";
    struct draft whoami = draft(world, "sts", WHOAMI);
    assert_int_equal(control(world, "POST", "/practice/restore", here, false), 400);
    assert_int_equal(control(world, "GET", "/practice/save", here, false), 404);
    assert_int_equal(control(world, "POST", "/practice/save", here, false), 200);
    size_t keys = account_key_count(world->practice.account);
    for (int round = 0; round < 2; round++) {
        char body[128];
        snprintf(body, sizeof body,
                 "Action=UpdateAccessKey&Version=2010-05-08&AccessKeyId=%s&Status=Inactive",
                 world->key.key.id);
        struct draft off = draft(world, "iam", body);
        struct draft make = draft(world, "iam", "Action=CreateAccessKey&Version=2010-05-08");
        assert_int_equal(ask(world, &make), 200);
        assert_int_equal(ask(world, &off), 200);
        assert_int_equal(control(world, "POST", "/practice/config?page-size=3", here, false), 200);
        assert_int_equal(control(world, "POST", "/practice/advance?seconds=60", here, false), 200);
        assert_int_equal(control(world, "POST", "/practice/fault?spec=denied:*", here, false), 200);
        assert_int_not_equal(ask(world, &whoami), 200);
        assert_int_equal(control(world, "POST", "/practice/restore", here, false), 200);
        assert_int_equal(account_key_count(world->practice.account), keys);
        assert_int_equal(account_settings(world->practice.account)->page_size, 100);
        assert_int_equal(world->practice.offset, 0);
        assert_int_equal(world->practice.sequence, 0);
        assert_int_equal(ask(world, &whoami), 200);
    }
}

int main(void)
{
    struct error err;
    bool locked;
    if (!secret_arena_init(&locked, &err))
        return 1;
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    static const struct CMUnitTest tests[] = {
        T(test_right_signature_is_accepted),
        T(test_query_is_signed_too),
        T(test_wrong_secret_is_refused),
        T(test_changed_body_is_refused),
        T(test_required_headers_must_be_signed),
        T(test_token_must_be_signed_and_right),
        T(test_clock_may_be_off_by_fifteen_minutes),
        T(test_scope_must_fit),
        T(test_header_must_be_whole),
        T(test_forms),
        T(test_text_is_escaped),
        T(test_faults_before_the_act),
        T(test_faults_after_the_act),
        T(test_fault_counts),
        T(test_several_faults_at_once),
        T(test_bad_faults_are_refused),
        T(test_spoiled_bodies),
        T(test_use_is_recorded),
        T(test_control_page),
        T(test_save_and_restore),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
