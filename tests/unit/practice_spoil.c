/* Spoiled answers: each is what its name says, and nothing else is spoiled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "practice/fault.h"

static const char reply[] =
    "<CreateAccessKeyResponse xmlns=\"https://iam/\"><CreateAccessKeyResult><AccessKey>"
    "<UserName>alice</UserName><AccessKeyId>AKIA1</AccessKeyId><Status>Active</Status>"
    "<SecretAccessKey>s3cr3t</SecretAccessKey></AccessKey></CreateAccessKeyResult>"
    "<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></CreateAccessKeyResponse>";

static void spoil(enum spoil_body how, struct text *body)
{
    text_init(body, 4 * 1024 * 1024);
    text_append(body, reply);
    spoil_body(how, body);
    assert_true(text_ok(body, NULL));
}

static void assert_holds(enum spoil_body how, const char *words)
{
    struct text CLEANUP(text_release) body;
    spoil(how, &body);
    if (strstr(body.bytes, words) == NULL)
        fail_msg("'%s' is not in '%.600s'", words, body.bytes);
}

static void test_bodies_that_are_not_legal(void **state)
{
    (void)state;
    struct text CLEANUP(text_release) body;
    spoil(SPOIL_AS_IS, &body);
    assert_string_equal(body.bytes, reply);
    text_release(&body);
    spoil(SPOIL_MALFORMED, &body);
    assert_null(strstr(body.bytes, "</CreateAccessKeyResponse>"));
    text_release(&body);
    spoil(SPOIL_CUT, &body);
    assert_int_equal(body.length, (sizeof reply - 1) * 2 / 3);
    text_release(&body);
    spoil(SPOIL_EMPTY, &body);
    assert_int_equal(body.length, 0);
    text_release(&body);
    spoil(SPOIL_GARBAGE, &body);
    assert_int_equal(body.length, 400);
    text_release(&body);
    spoil(SPOIL_NUL, &body);
    assert_int_equal(body.length, sizeof reply);
    assert_true(strlen(body.bytes) < body.length);
    text_release(&body);
    spoil(SPOIL_NO_SECRET, &body);
    assert_null(strstr(body.bytes, "s3cr3t"));
    assert_holds(SPOIL_NO_SECRET, "<Status>Active</Status></AccessKey>");
    assert_holds(SPOIL_HTML, "<html>");
    assert_holds(SPOIL_UNCLOSED, "<AccessKeyId>AKIA1<Status>");
    assert_holds(SPOIL_LATIN1, "alice\xE9\xFF</");
    assert_holds(SPOIL_NESTED, "<a><a></a></a>");
    assert_holds(SPOIL_ENTITY, "<!ENTITY j \"&i;&i;");
    assert_holds(SPOIL_XXE, "SYSTEM \"file:///etc/passwd\">]><Create");
    assert_holds(SPOIL_XXE, "alice&e;</");
    assert_holds(SPOIL_DOUBLED, "<AccessKeyId>AKIA1</AccessKeyId><AccessKeyId>AKIA1<");
    assert_holds(SPOIL_HOSTILE, "<UserName>\xC2\x9B"
                                "31m");
}

static void test_bodies_that_are_legal(void **state)
{
    (void)state;
    assert_holds(SPOIL_BOM, "\xEF\xBB\xBF<Create");
    assert_holds(SPOIL_DECLARATION, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Create");
    assert_holds(SPOIL_CDATA, "<AccessKeyId><![CDATA[AKIA1]]></AccessKeyId>");
    assert_holds(SPOIL_COMMENT, "-->AKIA1</AccessKeyId>");
    assert_holds(SPOIL_PREFIX, "<n:AccessKeyId>AKIA1</n:AccessKeyId>");
    assert_holds(SPOIL_PREFIX, "<n:CreateAccessKeyResponse xmlns:n=");
}

/* The bytes of a raw answer with the body "0123456789". */
static void wire(enum spoil_wire how, double value, struct text *bytes, size_t *ret_body)
{
    struct text CLEANUP(text_release) body;
    text_init(&body, 100);
    text_append(&body, "0123456789");
    struct spoil_answer answer = {200, "text/xml", "a date", "an id", &body};
    assert_true(spoil_is_raw(how));
    text_init(bytes, 1024 * 1024);
    spoil_bytes(how, value, &answer, bytes, ret_body);
    assert_true(text_ok(bytes, NULL));
}

static void assert_wire(enum spoil_wire how, const char *head, const char *rest)
{
    struct text CLEANUP(text_release) bytes;
    size_t body;
    wire(how, 0, &bytes, &body);
    if (strstr(bytes.bytes, head) == NULL || strcmp(bytes.bytes + body, rest) != 0)
        fail_msg("'%s' has not '%s' and then '%s'", bytes.bytes, head, rest);
}

static void test_wires(void **state)
{
    struct text CLEANUP(text_release) bytes;
    size_t body;
    (void)state;
    assert_false(spoil_is_raw(SPOIL_WIRE_PLAIN));
    assert_wire(SPOIL_WIRE_TRICKLED, "\r\nContent-Length: 10\r\n", "0123456789");
    assert_wire(SPOIL_WIRE_CHUNKED, "chunked",
                "7;note=value\r\n0123456\r\n3;note=value\r\n789\r\n0\r\nX-Trailer: 1\r\n\r\n");
    assert_wire(SPOIL_WIRE_BAD_CHUNK, "chunked", "7\r\n0123456\r\n3\r\n789\r\nZZ\r\n");
    assert_wire(SPOIL_WIRE_NO_LENGTH, "x-amzn-RequestId: an id\r\nConnection: close", "0123456789");
    assert_wire(SPOIL_WIRE_TWO_LENGTHS, "Content-Length: 10\r\nContent-Length: 17", "0123456789");
    assert_wire(SPOIL_WIRE_INTERIM, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200", "0123456789");
    wire(SPOIL_WIRE_PADDED, 20, &bytes, &body);
    assert_in_range(body, 20 * 1024, 21 * 1024);
    text_release(&bytes);
    wire(SPOIL_WIRE_GZIPPED, 0, &bytes, &body);
    assert_int_equal(bytes.length - body, 10 + 23);
    /* As `printf 0123456789 | gzip` ends: CRC-32 and length. */
    assert_memory_equal(bytes.bytes + bytes.length - 8, "\xc6\xc7\x84\xa6\x0a\0\0\0", 8);
    text_release(&bytes);
    wire(SPOIL_WIRE_HALF_HEAD, 0, &bytes, &body);
    assert_null(strstr(bytes.bytes, "\r\n\r\n"));
}

/* Every kind can be asked for by its name, and does something. */
static void test_every_kind(void **state)
{
    static const char *const names[] = {
#define X(code, name, executed, end, refusal, body, wire, meaning, value, says) name,
        FAULT_TABLE(X)
#undef X
    };
    (void)state;
    struct fault_list *list = fault_list_new();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char spec[64];
        struct error err;
        strcpy(stpcpy(spec, names[i]), ":ListUsers:1:2");
        fault_list_clear(list);
        assert_true(fault_list_add(list, spec, &err));
        struct fault_plan none = fault_list_strike(list, "ListUsers");
        assert_string_equal(none.names, "");
        struct fault_plan plan = fault_list_strike(list, "ListUsers");
        assert_string_equal(plan.names, names[i]);
        plan.names[0] = '\0';
        assert_memory_not_equal(&plan, &none, sizeof plan);
        fault_list_strike(list, "GetUser");
        assert_string_equal(fault_list_strike(list, "ListUsers").names, names[i]);
        assert_string_equal(fault_list_strike(list, "ListUsers").names, "");
    }
    fault_list_free(list);
}

static void test_values(void **state)
{
    (void)state;
    struct error err;
    struct fault_list *list = fault_list_new();
    assert_true(fault_list_add(list, "date_behind=30:*", &err));
    assert_true(fault_list_add(list, "stale=9:*", &err));
    assert_true(fault_list_add(list, "huge=3:*", &err));
    struct fault_plan plan = fault_list_strike(list, "GetUser");
    assert_int_equal(plan.date_shift, -30);
    assert_int_equal(plan.stale, 9);
    assert_true(plan.wire_value > 2.9 && plan.wire_value < 3.1);
    assert_false(fault_list_add(list, "hang_after=601:*", &err));
    assert_false(fault_list_add(list, "throttle=1:*", &err));
    assert_false(fault_list_add(list, "date_ahead=864001:*", &err));
    fault_list_free(list);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies_that_are_not_legal),
        cmocka_unit_test(test_bodies_that_are_legal),
        cmocka_unit_test(test_wires),
        cmocka_unit_test(test_every_kind),
        cmocka_unit_test(test_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
