/* Events as JSON: every kind with every field, there and back; and what must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal/codec.h"

/* A plan in which every member differs from empty and from its neighbours. */
static struct plan *full_plan(void)
{
    struct plan *plan = calloc(1, sizeof *plan);
    assert_non_null(plan);
    *plan = (struct plan){
        .account = "123456789012",
        .partition = "aws-cn",
        .user = "ann",
        .user_arn = "arn:aws-cn:iam::123456789012:user/a/ann",
        .old_key = "AKIAOLD",
        .self = true,
        .signer_key = "AKIASIGNER",
        .signer_arn = "arn:aws-cn:iam::123456789012:user/admin",
        .profile = "work \"quoted\" \\ \t\x7f",
        .profile_source = "identity",
        .as_profile = "admin",
        .mfa_serial = "arn:aws-cn:iam::123456789012:mfa/ann",
        .region = "cn-north-1",
        .endpoint_url = "http://127.0.0.1:4566/",
        .endpoint_iam = "http://127.0.0.1:4567/iam",
        .endpoint_sts = "aws",
        .endpoint_sso = "https://sso.example",
        .endpoint_cloudtrail = "http://127.0.0.1:4568",
        .endpoint_access_analyzer = "aws",
        .use_fips = true,
        .use_dualstack = true,
        .pair_held = true,
        .target_count = TARGETS_MAX,
        .test_count = TESTS_MAX,
        .verify = "show-id --quiet",
        .adopt_key = "AKIAADOPT",
        .retire_key = "AKIARETIRE",
        .settle = 5,
        .quiet = 86400,
        .soak = 86401,
        .consistency = 60,
        .timeout = INT64_MAX,
        .reason = "J\xc3\xa4hrlich \xf0\x9f\x94\x91",
        .ticket = "OPS-7",
        .compromised = true,
    };
    for (size_t i = 0; i < plan->target_count; i++) {
        snprintf(plan->targets[i].spec, TEXT_SIZE, "file:/home/ann/%zu", i);
        memset(plan->targets[i].path, 'a' + (int)i, TEXT_SIZE - 1);
        plan->targets[i].readable = i % 2 == 0;
    }
    for (size_t i = 0; i < plan->test_count; i++)
        snprintf(plan->tests[i], TEXT_SIZE, "aws s3 ls # %zu", i);
    return plan;
}

/* An event of this kind with just the fields that it carries, each as long as it can be. */
static struct event full_event(enum event_kind kind)
{
    struct event event = {
        .kind = kind, .seq = 3, .at = 1768480496, .step = STEP_TEST, .actor = "ann"};
    uint32_t carried = event_fields(kind);
    /* clang-format off */
#define STRING_FIELD(code, member)                                                                 \
    if ((carried & F(code)) != 0)                                                                  \
        memset(event.member, 'A' + EVENT_FIELD_##code, sizeof event.member - 1)
#define VALUE_FIELD(code, member, value)                                                           \
    if ((carried & F(code)) != 0)                                                                  \
        event.member = value
    /* clang-format on */
    STRING_FIELD(KEY, key);
    STRING_FIELD(SIGNER, signer);
    STRING_FIELD(FOUND, found);
    STRING_FIELD(ACCOUNT, account);
    STRING_FIELD(USER, user);
    STRING_FIELD(ARN, arn);
    STRING_FIELD(USED_BY, used_service);
    STRING_FIELD(USED_IN, used_region);
    STRING_FIELD(ERROR, error);
    STRING_FIELD(AWS_CODE, aws_code);
    STRING_FIELD(REQUEST, request_id);
    STRING_FIELD(TEXT, text);
    STRING_FIELD(GATE, gate);
    STRING_FIELD(QUESTION, question);
    STRING_FIELD(ANSWER, answer);
    STRING_FIELD(PLACE, place);
    VALUE_FIELD(DATE, date, 1768480497);
    VALUE_FIELD(STATUS, status, KEY_STATUS_INACTIVE);
    VALUE_FIELD(CREATED, created, 1768480498);
    VALUE_FIELD(TARGET, target, 15);
    VALUE_FIELD(TEST, test, 7);
    VALUE_FIELD(VERDICT, verdict, VERDICT_REFUSED);
    VALUE_FIELD(COUNT, count, -1);
    VALUE_FIELD(SKEW, skew, INT64_MIN);
    VALUE_FIELD(USED_AT, used_at, 1768480499);
    VALUE_FIELD(HTTP, http, 503);
#undef STRING_FIELD
#undef VALUE_FIELD
    if ((carried & F(KEYS)) != 0) {
        event.keys.count = KEYS_MAX;
        for (size_t i = 0; i < KEYS_MAX; i++) {
            snprintf(event.keys.keys[i].id, KEY_ID_SIZE, "AKIA%zu", i);
            event.keys.keys[i].status = (enum key_status)(i % KEY_STATUS_COUNT);
            event.keys.keys[i].created = i == 0 ? 0 : 1700000000 + (int64_t)i;
        }
    }
    if ((carried & F(PLAN)) != 0)
        event.plan = full_plan();
    return event;
}

/* Compared by bytes: both were zeroed before they were filled. */
static void assert_same(const struct event *one, const struct event *two)
{
    struct event a, b;
    memcpy(&a, one, sizeof a);
    memcpy(&b, two, sizeof b);
    assert_int_equal(a.plan == NULL, b.plan == NULL);
    if (a.plan != NULL)
        assert_memory_equal(a.plan, b.plan, sizeof *a.plan);
    a.plan = b.plan = NULL;
#define X(code, name, member, type) assert_memory_equal(&a.member, &b.member, sizeof a.member);
    EVENT_FIELD_TABLE(X)
#undef X
    assert_int_equal(a.kind, b.kind);
    assert_int_equal(a.seq, b.seq);
    assert_int_equal(a.at, b.at);
    assert_int_equal(a.step, b.step);
    assert_string_equal(a.actor, b.actor);
}

static void there_and_back(struct event *event)
{
    struct text text;
    text_init(&text, 1 << 20);
    assert_true(codec_write_detail(event, &text, NULL));
    struct event read = {
        .kind = event->kind, .seq = event->seq, .at = event->at, .step = event->step};
    memcpy(read.actor, event->actor, sizeof read.actor);
    struct error err = {0};
    if (!codec_read_detail(text.bytes, &read, &err))
        fail_msg("%s: %s: %s", event_name(event->kind), err.text, text.bytes);
    assert_same(event, &read);
    free(read.plan);

    /* Exactly the members that the kind carries. */
    struct json_object *object = json_tokener_parse(text.bytes);
    assert_non_null(object);
    int carried = __builtin_popcount(event_fields(event->kind));
    assert_int_equal(json_object_object_length(object), carried);
    json_object_put(object);
    text_release(&text);
}

static void every_kind_comes_back_full_and_empty(void **state)
{
    (void)state;
    for (int kind = 0; kind < EVENT_COUNT; kind++) {
        struct event full = full_event((enum event_kind)kind);
        there_and_back(&full);
        free(full.plan);
        struct event empty = {.kind = (enum event_kind)kind};
        struct plan plan = {0};
        empty.plan = kind == EVENT_OPENED ? &plan : NULL;
        there_and_back(&empty);
    }
}

static void detail_is_written_as_the_manual_says(void **state)
{
    (void)state;
    struct text text;
    text_init(&text, 1 << 20);
    struct event event = {
        .kind = EVENT_KEYS_LISTED,
        .date = 1768480496,
        .keys = {
            2, {{"AKIAONE", KEY_STATUS_ACTIVE, 1700000000}, {"AKIATWO", KEY_STATUS_INACTIVE, 0}}}};
    assert_true(codec_write_detail(&event, &text, NULL));
    assert_string_equal(
        text.bytes,
        "{\"date\":\"2026-01-15T12:34:56Z\",\"signer\":null,\"keys\":["
        "{\"key\":\"AKIAONE\",\"status\":\"Active\",\"created_at\":\"2023-11-14T22:13:20Z\"},"
        "{\"key\":\"AKIATWO\",\"status\":\"Inactive\",\"created_at\":null}]}");
    text_clear(&text);
    struct event checked = {
        .kind = EVENT_TARGET_CHECKED, .verdict = VERDICT_WORKS, .text = "a\n\x1b[1m\xff\xc3"};
    assert_true(codec_write_detail(&checked, &text, NULL));
    assert_string_equal(text.bytes,
                        "{\"date\":null,\"target\":0,\"found\":null,\"verdict\":\"works\","
                        "\"count\":0,\"text\":\"a\\n\\u001b[1m??\"}");
    text_release(&text);
}

static void plan_that_would_change_is_refused(void **state)
{
    (void)state;
    static const char bad[] = "/home/\xe9";
    for (int i = 0; i < 4; i++) {
        struct plan *plan = full_plan();
        char *const places[] = {plan->profile, plan->targets[3].path, plan->targets[15].spec,
                                plan->tests[7]};
        memcpy(places[i], bad, sizeof bad);
        struct event event = {.kind = EVENT_OPENED, .plan = plan};
        struct text text;
        struct error err = {0};
        text_init(&text, 1 << 20);
        assert_false(codec_write_detail(&event, &text, &err));
        assert_int_equal(err.code, ERROR_SYNTAX);
        assert_int_equal(text.length, 0);
        text_release(&text);
        free(plan);
    }
    struct event none = {.kind = EVENT_OPENED};
    struct text text;
    text_init(&text, 1000);
    assert_false(codec_write_detail(&none, &text, NULL));
    text_release(&text);
}

static void too_long_for_the_text_is_refused(void **state)
{
    (void)state;
    struct event event = full_event(EVENT_CREATE_REFUSED);
    struct text text;
    struct error err = {0};
    text_init(&text, 100);
    assert_false(codec_write_detail(&event, &text, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    text_release(&text);
}

static void damage_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    char long_key[300];
    memset(long_key, 'A', sizeof long_key);
    memcpy(long_key, "{\"key\":\"", 8);
    memcpy(long_key + sizeof long_key - 3, "\"}", 3);
    const struct {
        enum event_kind kind;
        const char *detail;
    } cases[] = {
        {EVENT_CREATED, ""},
        {EVENT_CREATED, "[]"},
        {EVENT_CREATED, "{\"key\":\"A\""},
        {EVENT_CREATED, "{\"key\":\"A\"}x"},
        {EVENT_CREATED, "{\"key\":5}"},
        {EVENT_CREATED, "{\"key\":\"A\\u0000B\"}"},
        {EVENT_CREATED, long_key},
        {EVENT_CREATED, "{\"date\":5}"},
        {EVENT_CREATED, "{\"date\":\"yesterday\"}"},
        {EVENT_CREATED, "{\"date\":\"\"}"},
        {EVENT_STATUS_SET, "{\"status\":1}"},
        {EVENT_TARGET_CHECKED, "{\"target\":\"1\"}"},
        {EVENT_TARGET_CHECKED, "{\"target\":1.5}"},
        {EVENT_TARGET_CHECKED, "{\"verdict\":true}"},
        {EVENT_KEYS_LISTED, "{\"keys\":{}}"},
        {EVENT_KEYS_LISTED, "{\"keys\":[1]}"},
        {EVENT_KEYS_LISTED, "{\"keys\":[{\"key\":1}]}"},
        {EVENT_KEYS_LISTED, "{\"keys\":[{},{},{},{},{},{},{},{},{}]}"},
        {EVENT_OPENED, "{}"},
        {EVENT_OPENED, "{\"plan\":null}"},
        {EVENT_OPENED, "{\"plan\":[]}"},
        {EVENT_OPENED, "{\"plan\":{\"self\":1}}"},
        {EVENT_OPENED, "{\"plan\":{\"soak\":\"1\"}}"},
        {EVENT_OPENED, "{\"plan\":{\"targets\":{}}}"},
        {EVENT_OPENED, "{\"plan\":{\"targets\":[\"file\"]}}"},
        {EVENT_OPENED, "{\"plan\":{\"targets\":[{\"readable\":0}]}}"},
        {EVENT_OPENED, "{\"plan\":{\"tests\":[1]}}"},
        {EVENT_OPENED, "{\"plan\":{\"tests\":[\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"]}}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct event event = {.kind = cases[i].kind, .key = "before", .count = 7};
        struct error err = {0};
        if (codec_read_detail(cases[i].detail, &event, &err))
            fail_msg("accepted: %s", cases[i].detail);
        assert_int_equal(err.code, ERROR_JOURNAL_DAMAGED);
        assert_string_equal(event.key, "before");
        assert_int_equal(event.count, 7);
        assert_null(event.plan);
    }
}

static void other_versions_can_be_read(void **state)
{
    (void)state;
    struct event event = {.kind = EVENT_STATUS_SET, .date = 5, .key = "before"};
    assert_true(codec_read_detail("{\"new_member\":[1,{}],\"status\":\"Expired\"}", &event, NULL));
    assert_int_equal(event.status, KEY_STATUS_UNKNOWN);
    assert_int_equal(event.date, 0);
    assert_string_equal(event.key, "");
    event = (struct event){.kind = EVENT_OPENED};
    assert_true(codec_read_detail("{\"plan\":{\"user\":\"ann\",\"soon\":1}}", &event, NULL));
    assert_string_equal(event.plan->user, "ann");
    assert_int_equal(event.plan->target_count, 0);
    free(event.plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_comes_back_full_and_empty),
        cmocka_unit_test(detail_is_written_as_the_manual_says),
        cmocka_unit_test(plan_that_would_change_is_refused),
        cmocka_unit_test(too_long_for_the_text_is_refused),
        cmocka_unit_test(damage_is_refused_and_changes_nothing),
        cmocka_unit_test(other_versions_can_be_read),
    };
    return cmocka_run_group_tests_name("codec", tests, NULL, NULL);
}
