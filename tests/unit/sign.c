/* sign/: the three stages, the cache of keys, limits. The case of a whole request and the case of
 * RFC 4231 were computed by other programs; the vectors in tests/cases/sigv4 are run by check_sigv4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/when.h"
#include "sign/hash.h"
#include "sign/key.h"
#include "sign/sign.h"

static const char secret_word[] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

static void make_credentials(struct credentials *credentials, const char *key_id, const char *secret)
{
    struct error err;
    credentials_init(credentials);
    assert_true(text_copy(credentials->key_id, sizeof credentials->key_id, key_id));
    assert_true(secret_new(secret, strlen(secret), &credentials->secret, &err));
}

static struct sign_cache *make_cache(void)
{
    struct error err;
    struct sign_cache *cache = NULL;
    assert_true(sign_cache_new(&cache, &err));
    return cache;
}

/* The canonical request of a GET with this path and query and one header. */
static void canonical(const char *path, const char *query, const char *value, struct text *ret_text)
{
    struct error err;
    struct sign_header header = {"My-Header", value};
    struct sign_request request = {"GET", path, query, &header, 1, NULL, 0};
    struct text names;
    text_init(&names, 1000);
    text_clear(ret_text);
    assert_true(sign_canonical_request(&request, ret_text, &names, &err));
    assert_string_equal(names.bytes, "my-header");
    text_release(&names);
}

static void expect_line(const char *text, int number, const char *expected)
{
    char line[600];
    for (; number > 0; number--) {
        text = strchr(text, '\n');
        assert_non_null(text);
        text++;
    }
    size_t length = strcspn(text, "\n");
    assert_true(length < sizeof line);
    memcpy(line, text, length);
    line[length] = '\0';
    assert_string_equal(line, expected);
}

static void paths_are_normalized_and_encoded(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"/", "/"},
        {"", "/"},
        {"//", "/"},
        {"/a//b/", "/a/b/"},
        {"/a/./b", "/a/b"},
        {"/a/../b", "/b"},
        {"/a/..", "/"},
        {"/../..", "/"},
        {"/a b/", "/a%20b/"},
        {"/a%20b", "/a%2520b"},
        {"/\xe1\x88\xb4", "/%E1%88%B4"},
        {"/AZaz09-._~", "/AZaz09-._~"},
        {"/x:y*z+w", "/x%3Ay%2Az%2Bw"},
        {"/...", "/..."},
    };
    struct text text;
    text_init(&text, 4000);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        canonical(cases[i][0], "", "v", &text);
        expect_line(text.bytes, 1, cases[i][1]);
    }
    text_release(&text);
}

static void queries_are_sorted_and_encoded_once(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {"b=2&a=1", "a=1&b=2"},
        {"a=2&a=1", "a=1&a=2"},
        {"Param-3=x&Param=y", "Param=y&Param-3=x"},
        {"key", "key="},
        {"=v", "=v"},
        {"a=b=c", "a=b%3Dc"},
        {"a=%2f%2F", "a=%2F%2F"},
        {"a=%zz%4", "a=%25zz%254"},
        {"a=%4z%:0%g0%/0%f", "a=%254z%25%3A0%25g0%25%2F0%25f"},
        {"a=%aF%Fa%4G%4/", "a=%AF%FA%254G%254%2F"},
        {"a=~-._", "a=~-._"},
        {"a=x y+z", "a=x%20y%2Bz"},
        {"&&a=1&", "a=1"},
        {"\xe1\x88\xb4=bar", "%E1%88%B4=bar"},
    };
    struct text text;
    text_init(&text, 4000);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        canonical("/", cases[i][0], "v", &text);
        expect_line(text.bytes, 2, cases[i][1]);
    }
    text_release(&text);
}

static void header_values_are_trimmed(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"v", "my-header:v"},
        {"", "my-header:"},
        {"   ", "my-header:"},
        {"  a   b \t c  ", "my-header:a b c"},
        {"\"a   b\"", "my-header:\"a b\""},
    };
    struct text text;
    text_init(&text, 4000);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        canonical("/", "", cases[i][0], &text);
        expect_line(text.bytes, 3, cases[i][1]);
    }
    text_release(&text);
}

static void headers_are_sorted_and_joined(void **state)
{
    (void)state;
    struct error err;
    struct sign_header headers[] = {
        {"Zeta", "1"}, {"my-header", "second"}, {"HOST", "example.com"}, {"My-Header", "first"}};
    struct sign_request request = {"POST", "/", "", headers, 4, "body", 4};
    struct text text, names;
    text_init(&text, 4000);
    text_init(&names, 1000);
    assert_true(sign_canonical_request(&request, &text, &names, &err));
    assert_string_equal(names.bytes, "host;my-header;zeta");
    assert_string_equal(text.bytes,
                        "POST\n/\n\nhost:example.com\nmy-header:second,first\nzeta:1\n\n"
                        "host;my-header;zeta\n"
                        "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5");
    text_release(&text);
    text_release(&names);
}

/* A request longer than the buffer on its way to the hash, in both forms. */
static void hashed_and_written_forms_agree(void **state)
{
    (void)state;
    struct error err;
    char value[3001];
    struct credentials credentials;
    struct sign_cache *cache = make_cache();
    make_credentials(&credentials, "AKIDEXAMPLE", secret_word);
    struct sign_scope scope = {1768480496, "us-east-1", "sts"};
    for (size_t length = 400; length <= 3000; length += 37) {
        memset(value, 'x', length);
        value[length] = '\0';
        struct sign_header headers[] = {{"host", "h"}, {"x-amz-security-token", value}};
        struct sign_request request = {"POST", "/a/b", "k=v", headers, 2, "b", 1};
        struct text text, names, to_sign, authorization;
        char signature[65];
        text_init(&text, 9000);
        text_init(&names, 9000);
        text_init(&to_sign, 9000);
        text_init(&authorization, 9000);
        assert_true(sign_canonical_request(&request, &text, &names, &err));
        assert_true(sign_string_to_sign(&scope, text.bytes, &to_sign, &err));
        assert_true(sign_signature(cache, &credentials, &scope, to_sign.bytes, signature, &err));
        assert_true(sign_request(cache, &credentials, &scope, &request, &authorization, &err));
        assert_true(authorization.length > 64);
        assert_string_equal(authorization.bytes + authorization.length - 64, signature);
        text_release(&text);
        text_release(&names);
        text_release(&to_sign);
        text_release(&authorization);
    }
    credentials_release(&credentials);
    sign_cache_free(cache);
}

static void sign_case(struct sign_cache *cache, const char *key_id, const char *secret,
                      const char *service, struct text *ret_text)
{
    struct error err;
    struct credentials credentials;
    make_credentials(&credentials, key_id, secret);
    static const char body[] = "Action=CreateAccessKey&Version=2010-05-08&UserName=alice";
    struct sign_header headers[] = {
        {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
        {"Host", "iam.amazonaws.com"},
        {"X-Amz-Date", "20260115T123456Z"}};
    struct sign_request request = {"POST", "/", "", headers, 3, body, sizeof body - 1};
    struct sign_scope scope = {1768480496, "us-east-1", service};
    text_clear(ret_text);
    assert_true(sign_request(cache, &credentials, &scope, &request, ret_text, &err));
    credentials_release(&credentials);
}

static const char known[] =
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260115/us-east-1/iam/aws4_request, "
    "SignedHeaders=content-type;host;x-amz-date, "
    "Signature=1c43a317db81dcca4fc351807af0a8104ab4c69f4345d6d45a75957ea195ee33";

static void whole_request_is_as_known(void **state)
{
    (void)state;
    struct sign_cache *cache = make_cache();
    struct text text;
    text_init(&text, 1000);
    for (int i = 0; i < 3; i++) {
        sign_case(cache, "AKIDEXAMPLE", secret_word, "iam", &text);
        assert_string_equal(text.bytes, known);
    }
    text_release(&text);
    sign_cache_free(cache);
}

/* The same key ID with another secret, then with the right one; more keys than the cache holds. */
static void cache_mixes_nothing_up(void **state)
{
    (void)state;
    struct sign_cache *cache = make_cache();
    struct text text;
    char key_id[40];
    text_init(&text, 1000);
    sign_case(cache, "AKIDEXAMPLE", "wrong", "iam", &text);
    assert_string_not_equal(text.bytes, known);
    sign_case(cache, "AKIDEXAMPLE", secret_word, "sts", &text);
    assert_string_not_equal(text.bytes, known);
    for (int i = 0; i < 100; i++) {
        snprintf(key_id, sizeof key_id, "AKIDEXAMPLE%d", i);
        sign_case(cache, key_id, secret_word, "iam", &text);
        sign_case(cache, "AKIDEXAMPLE", secret_word, "iam", &text);
        assert_string_equal(text.bytes, known);
    }
    sign_cache_forget(cache, "AKIDEXAMPLE");
    sign_cache_forget(cache, "never there");
    sign_case(cache, "AKIDEXAMPLE", secret_word, "iam", &text);
    assert_string_equal(text.bytes, known);
    text_release(&text);
    sign_cache_free(cache);
}

static void limits_are_errors(void **state)
{
    (void)state;
    struct error err;
    struct sign_header headers[40];
    struct credentials credentials, none;
    struct sign_cache *cache = make_cache();
    struct text text, small;
    char name[80];
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    text_init(&text, 4000);
    text_init(&small, 10);
    credentials_init(&none);
    make_credentials(&credentials, "AKIDEXAMPLE", secret_word);
    for (size_t i = 0; i < 40; i++)
        headers[i] = (struct sign_header){name, "v"};
    struct sign_scope scope = {1768480496, "us-east-1", "iam"};
    struct sign_request request = {"POST", "/", "", headers, 40, "", 0};
    assert_false(sign_request(cache, &credentials, &scope, &request, &text, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_int_equal(text.length, 0);
    request.header_count = 3;
    assert_false(sign_request(cache, &credentials, &scope, &request, &small, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_false(sign_request(cache, &none, &scope, &request, &text, &err));
    assert_int_equal(err.code, ERROR_NO_CREDENTIALS);
    struct sign_scope far = {1768480496, name, "iam"};
    assert_false(sign_request(cache, &credentials, &far, &request, &text, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    struct sign_scope never = {INT64_C(-1), "us-east-1", "iam"};
    assert_false(sign_request(cache, &credentials, &never, &request, &text, &err));
    assert_int_equal(err.code, ERROR_CLOCK);
    assert_int_equal(text.length, 0);
    text_release(&small);
    text_release(&text);
    credentials_release(&credentials);
    sign_cache_free(cache);
}

static char *repeated(const char *piece, int times)
{
    char *text = calloc((size_t)times * strlen(piece) + 1, 1);
    assert_non_null(text);
    for (int i = 0; i < times; i++)
        memcpy(text + (size_t)i * strlen(piece), piece, strlen(piece));
    return text;
}

/* Each part of a request as long as it may be, and longer; in both forms. */
static void parts_that_are_too_long_are_errors(void **state)
{
    (void)state;
    static const struct {
        bool is_query;
        const char *piece;
        int fits, too_many;
    } parts[] = {
        {false, "/a", 128, 129},
        {true, "a&", 128, 129},
        {true, "&&", 500, 0},
        {true, "~", 65000, 70000},
    };
    struct sign_cache *cache = make_cache();
    struct sign_scope scope = {1768480496, "us-east-1", "iam"};
    struct credentials credentials;
    make_credentials(&credentials, "AKIDEXAMPLE", secret_word);
    struct text text, names;
    text_init(&text, 200000);
    text_init(&names, 1000);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        for (int turn = 0; turn < 2; turn++) {
            int times = turn == 0 ? parts[i].fits : parts[i].too_many;
            char *part = repeated(parts[i].piece, times);
            struct sign_request request = {.method = "GET",
                                           .path = parts[i].is_query ? "/" : part,
                                           .query = parts[i].is_query ? part : ""};
            struct error err = {0};
            bool fits = turn == 0 || times == 0;
            text_clear(&text);
            assert_int_equal(sign_canonical_request(&request, &text, &names, &err), fits);
            text_clear(&text);
            assert_int_equal(sign_request(cache, &credentials, &scope, &request, &text, &err), fits);
            assert_int_equal(err.code, fits ? ERROR_NONE : ERROR_LIMIT);
            assert_true(fits || text.length == 0);
            free(part);
        }
    text_release(&names);
    text_release(&text);
    credentials_release(&credentials);
    sign_cache_free(cache);
    sign_cache_free(NULL);
}

static void texts_and_names_that_are_too_long_are_errors(void **state)
{
    (void)state;
    struct sign_cache *cache = make_cache();
    struct credentials credentials;
    make_credentials(&credentials, "AKIDEXAMPLE", secret_word);
    char *name = repeated("n", 600), *word = repeated("w", 80);
    struct sign_header header = {name, "v"};
    struct sign_request request = {"GET", "/", "", &header, 1, NULL, 0};
    struct sign_scope good = {1768480496, "us-east-1", "iam"};
    struct sign_scope long_service = {1768480496, "us-east-1", word};
    struct sign_scope longer = {1768480496, name, "iam"};
    struct sign_scope never = {INT64_C(-1), "us-east-1", "iam"};
    struct text text, small;
    char signature[65];
    struct error err = {0};
    text_init(&text, 9000);
    text_init(&small, 5);
    assert_false(sign_canonical_request(&request, &text, &small, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    header.name = "host-header";
    assert_false(sign_canonical_request(&request, &text, &small, NULL));
    text_clear(&small);
    assert_false(sign_canonical_request(&request, &small, &text, NULL));
    assert_false(sign_string_to_sign(&longer, "x", &text, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_false(sign_string_to_sign(&never, "x", &text, &err));
    assert_int_equal(err.code, ERROR_CLOCK);
    text_clear(&small);
    assert_false(sign_string_to_sign(&good, "x", &small, NULL));
    assert_false(sign_signature(cache, &credentials, &never, "x", signature, &err));
    assert_int_equal(err.code, ERROR_CLOCK);
    assert_false(sign_signature(cache, &credentials, &long_service, "x", signature, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_true(sign_signature(cache, &credentials, &good, "x", signature, NULL));
    text_release(&small);
    text_release(&text);
    free(name);
    free(word);
    credentials_release(&credentials);
    sign_cache_free(cache);
}

/* The longest key ID, region and service that may be: the head of what is signed has room for them. */
static void longest_names_are_signed(void **state)
{
    (void)state;
    char *id = repeated("K", CREDENTIALS_KEY_ID_SIZE - 1), *name = repeated("n", 63);
    struct sign_cache *cache = make_cache();
    struct credentials credentials;
    make_credentials(&credentials, id, secret_word);
    struct sign_request request = {.method = "GET", .path = "/", .query = ""};
    struct sign_scope scope = {1768480496, name, name};
    struct text text;
    char expected[600];
    text_init(&text, 9000);
    snprintf(expected, sizeof expected,
             "AWS4-HMAC-SHA256 Credential=%s/20260115/%s/%s/aws4_request, SignedHeaders=, Signature=",
             id, name, name);
    assert_true(sign_request(cache, &credentials, &scope, &request, &text, NULL));
    assert_int_equal(strncmp(text.bytes, expected, strlen(expected)), 0);
    assert_int_equal(text.length, strlen(expected) + 64);
    text_release(&text);
    free(id);
    free(name);
    credentials_release(&credentials);
    sign_cache_free(cache);
}

static void stamps_agree_with_the_c_library(void **state)
{
    (void)state;
    char stamp[STAMP_SIZE], expected[WHEN_TEXT_SIZE];
    for (int64_t time = 1; time < INT64_C(253402300800); time += INT64_C(86400) * 13 + 7919) {
        assert_true(key_stamp(time, stamp));
        assert_string_equal(stamp, when_format_basic(time, expected));
    }
    assert_true(key_stamp(INT64_C(951782400), stamp));
    assert_string_equal(stamp, "20000229T000000Z");
    assert_false(key_stamp(INT64_C(253402300800), stamp));
}

/* RFC 4231, test cases 2, 6 (a key longer than a block) and the digits of case 1. */
static void hmac_is_as_in_the_rfc(void **state)
{
    (void)state;
    static const char data6[] = "Test Using Larger Than Block-Size Key - Hash Key First";
    unsigned char long_key[131], short_key[20], mac[HASH_SIZE];
    struct hmac_key key;
    char hex[HASH_HEX_SIZE];
    hmac_prepare(&key, "Jefe", 4);
    hmac_bytes(&key, "what do ya want for nothing?", 28, mac);
    hash_hex(mac, hex);
    assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(long_key, 0xaa, sizeof long_key);
    hmac_prepare(&key, long_key, sizeof long_key);
    hmac_bytes(&key, data6, sizeof data6 - 1, mac);
    hash_hex(mac, hex);
    assert_string_equal(hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    memset(short_key, 0x0b, sizeof short_key);
    hmac_prepare(&key, short_key, sizeof short_key);
    hmac_bytes(&key, "Hi There", 8, mac);
    hash_hex(mac, hex);
    assert_string_equal(hex, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

static void credentials_are_copied_and_released(void **state)
{
    (void)state;
    struct error err;
    struct credentials from, to;
    make_credentials(&from, "AKIDEXAMPLE", secret_word);
    assert_true(secret_new("token", 5, &from.token, &err));
    from.expires = 77;
    credentials_init(&to);
    assert_true(credentials_copy(&from, &to, &err));
    assert_true(secret_equal(from.secret, to.secret) && from.secret != to.secret);
    assert_true(secret_equal(from.token, to.token) && from.token != to.token);
    assert_string_equal(to.key_id, "AKIDEXAMPLE");
    assert_int_equal(to.expires, 77);
    credentials_release(&from);
    assert_null(from.secret);
    assert_string_equal(from.key_id, "");
    credentials_release(&from);
    credentials_release(&to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_normalized_and_encoded),
        cmocka_unit_test(queries_are_sorted_and_encoded_once),
        cmocka_unit_test(header_values_are_trimmed),
        cmocka_unit_test(headers_are_sorted_and_joined),
        cmocka_unit_test(hashed_and_written_forms_agree),
        cmocka_unit_test(whole_request_is_as_known),
        cmocka_unit_test(cache_mixes_nothing_up),
        cmocka_unit_test(limits_are_errors),
        cmocka_unit_test(parts_that_are_too_long_are_errors),
        cmocka_unit_test(texts_and_names_that_are_too_long_are_errors),
        cmocka_unit_test(longest_names_are_signed),
        cmocka_unit_test(stamps_agree_with_the_c_library),
        cmocka_unit_test(hmac_is_as_in_the_rfc),
        cmocka_unit_test(credentials_are_copied_and_released),
    };
    return cmocka_run_group_tests_name("sign", tests, NULL, NULL);
}
