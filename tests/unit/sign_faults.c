/* Signing while the N-th allocation fails, for every N: it says so, nothing is left behind, and the
 * same cache signs rightly afterwards. */
#include "failing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sign/sign.h"

static bool sign(struct sign_cache *cache, const struct credentials *credentials, struct text *text,
                 struct error *err)
{
    static const struct sign_header headers[] = {{"Host", "iam.amazonaws.com"}};
    static const struct sign_request request = {"GET", "/a", "b=c", headers, 1, "", 0};
    static const struct sign_scope scope = {1768480496, "us-east-1", "iam"};
    return sign_request(cache, credentials, &scope, &request, text, err);
}

static void make(struct credentials *credentials)
{
    credentials_init(credentials);
    strcpy(credentials->key_id, "AKIDEXAMPLE");
    assert_true(secret_new("secret", 6, &credentials->secret, NULL));
    assert_true(secret_new("token", 5, &credentials->token, NULL));
}

static void signing_without_memory_is_said(void **state)
{
    (void)state;
    struct credentials credentials;
    struct sign_cache *cache = NULL;
    struct text text, expected;
    make(&credentials);
    text_init(&text, 1000);
    text_init(&expected, 1000);
    assert_true(sign_cache_new(&cache, NULL));
    assert_true(sign(cache, &credentials, &expected, NULL));
    int nth = 1;
    for (bool more = true; more; nth++) {
        struct error err = {0};
        sign_cache_forget(cache, credentials.key_id);
        text_release(&text);
        failing_begin(FAILING_MEMORY, nth, 0, false);
        bool good = sign(cache, &credentials, &text, &err);
        more = failing_end() != NULL;
        assert_int_equal(good, !more);
        assert_int_equal(err.code, more ? ERROR_MEMORY : ERROR_NONE);
        text_release(&text);
        assert_true(sign(cache, &credentials, &text, NULL));
        assert_string_equal(text.bytes, expected.bytes);
    }
    assert_true(nth > 4);
    text_release(&text);
    text_release(&expected);
    sign_cache_free(cache);
    credentials_release(&credentials);
}

static void cache_without_memory_is_said(void **state)
{
    (void)state;
    struct sign_cache *cache = NULL;
    struct error err = {0};
    failing_begin(FAILING_MEMORY, 1, 0, false);
    assert_false(sign_cache_new(&cache, &err));
    assert_string_equal(failing_end(), "CRYPTO_secure_zalloc");
    assert_int_equal(err.code, ERROR_MEMORY);
    assert_null(cache);
}

static void copy_without_memory_is_said_and_leaves_nothing(void **state)
{
    (void)state;
    struct credentials from, to, none;
    make(&from);
    credentials_init(&to);
    credentials_init(&none);
    for (int nth = 1; nth <= 2; nth++) {
        struct error err = {0};
        failing_begin(FAILING_MEMORY, nth, 0, false);
        assert_false(credentials_copy(&from, &to, &err));
        assert_non_null(failing_end());
        assert_int_equal(err.code, ERROR_MEMORY);
        assert_null(to.secret);
        assert_null(to.token);
        assert_string_equal(to.key_id, "");
    }
    assert_true(credentials_copy(&none, &to, NULL)); /* nothing is copied as nothing */
    assert_null(to.secret);
    credentials_release(&from);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signing_without_memory_is_said),
        cmocka_unit_test(cache_without_memory_is_said),
        cmocka_unit_test(copy_without_memory_is_said_and_leaves_nothing),
    };
    return cmocka_run_group_tests_name("sign_faults", tests, NULL, NULL);
}
