/* The scope of a keeper: what the front writes, the sealed file, and what the keeper reads. */
#include "config.h" /* first: it asks for the seals of memory files */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/env.h"
#include "wire/scope.h"

static int new_text(void **state)
{
    struct text *text = calloc(1, sizeof *text);
    assert_non_null(text);
    text_init(text, SCOPE_MAXIMUM);
    *state = text;
    return 0;
}

static int free_text(void **state)
{
    text_release(*state);
    free(*state);
    return 0;
}

static void expect_row(const struct text *scope, size_t *at, enum scope_kind kind,
                       const char *value)
{
    enum scope_kind there;
    const char *text;
    assert_true(scope_next(scope, at, &there, &text));
    assert_int_equal(there, kind);
    assert_string_equal(text, value);
}

static void expect_end(const struct text *scope, size_t *at)
{
    enum scope_kind kind;
    const char *value;
    assert_false(scope_next(scope, at, &kind, &value));
}

/* Bytes as somebody else could have written them. */
static bool read_bytes(const char *bytes, size_t length, struct text *scope, struct error *err)
{
    int fd = -1;
    assert_true(env_seal_bytes(bytes, length, &fd, err));
    bool good = scope_read(fd, scope, err);
    close(fd);
    return good;
}

static void rows_come_back_in_their_order(void **state)
{
    struct text *scope = *state;
    size_t at = 0;
    scope_add(scope, SCOPE_TARGET, "file:/home/alice/.aws/credentials");
    scope_add(scope, SCOPE_VERIFY, "check --key a=b");
    scope_add(scope, SCOPE_TEST, "aws s3 ls | grep backup\nexit 0");
    expect_row(scope, &at, SCOPE_TARGET, "file:/home/alice/.aws/credentials");
    expect_row(scope, &at, SCOPE_VERIFY, "check --key a=b");
    expect_row(scope, &at, SCOPE_TEST, "aws s3 ls | grep backup\nexit 0");
    expect_end(scope, &at);
    expect_end(scope, &at);
}

static void a_row_stands_once_and_an_empty_one_never(void **state)
{
    struct text *scope = *state;
    size_t at = 0;
    scope_add(scope, SCOPE_TEST, "true");
    scope_add(scope, SCOPE_TEST, "true");
    scope_add(scope, SCOPE_VERIFY, "true"); /* another kind is another row */
    scope_add(scope, SCOPE_TEST, "");
    scope_add(scope, SCOPE_TEST, NULL);
    scope_add(scope, SCOPE_NOTIFY, "tell");
    assert_true(scope_has(scope, SCOPE_NOTIFY, "tell"));
    assert_false(scope_has(scope, SCOPE_NOTIFY, "true")); /* is there as something else */
    assert_false(scope_has(scope, SCOPE_TEST, "tell"));
    assert_false(scope_has(scope, SCOPE_NOTIFY, ""));
    scope_add(scope, SCOPE_TEST, "tru"); /* the beginning of one that is there */
    expect_row(scope, &at, SCOPE_TEST, "true");
    expect_row(scope, &at, SCOPE_VERIFY, "true");
    expect_row(scope, &at, SCOPE_NOTIFY, "tell");
    expect_row(scope, &at, SCOPE_TEST, "tru");
    expect_end(scope, &at);
}

static void a_sealed_scope_is_read_and_cannot_be_changed(void **state)
{
    struct text *scope = *state;
    struct text again CLEANUP(text_release);
    struct error err = {0};
    int fd = -7;
    size_t at = 0;
    text_init(&again, SCOPE_MAXIMUM);
    scope_add(scope, SCOPE_TARGET, "command:store --in vault");
    scope_add(scope, SCOPE_TEST, "true");
    assert_true(scope_seal(scope, &fd, &err));
    assert_true(fd >= 0);
    assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
#ifdef F_GET_SEALS
    if (fcntl(fd, F_GET_SEALS) > 0) {
        assert_int_equal(write(fd, "test=evil", 10), -1);
        assert_int_equal(errno, EPERM);
        assert_int_equal(ftruncate(fd, 0), -1);
    }
#endif
    assert_true(scope_read(fd, &again, &err));
    expect_row(&again, &at, SCOPE_TARGET, "command:store --in vault");
    expect_row(&again, &at, SCOPE_TEST, "true");
    expect_end(&again, &at);
    close(fd);
}

static void an_empty_scope_is_no_file(void **state)
{
    struct text *scope = *state;
    struct error err = {0};
    int fd = -7;
    size_t at = 0;
    assert_true(scope_seal(scope, &fd, &err));
    assert_int_equal(fd, -1);
    assert_true(scope_read(-1, scope, &err));
    expect_end(scope, &at);
}

static void other_rows_are_passed_over(void **state)
{
    static const char bytes[] = "targets=a\0TEST=b\0test\0\0=c\0 test=d\0verify=e\0test=";
    struct text *scope = *state;
    struct error err = {0};
    size_t at = 0;
    assert_true(read_bytes(bytes, sizeof bytes, scope, &err));
    expect_row(scope, &at, SCOPE_VERIFY, "e");
    expect_row(scope, &at, SCOPE_TEST, "");
    expect_end(scope, &at);
}

static void a_file_that_ends_within_a_row_is_refused(void **state)
{
    struct text *scope = *state;
    struct error err = {0};
    assert_false(read_bytes("test=true\0test=rm", 17, scope, &err));
    assert_int_equal(err.code, ERROR_SYNTAX);
    assert_int_equal(scope->length, 0);
    assert_false(scope_read(9999, scope, &err)); /* nobody's descriptor */
    assert_int_equal(err.code, ERROR_IO);
}

static void too_much_fails_when_it_is_sealed(void **state)
{
    struct text *scope = *state;
    struct error err = {0};
    int fd = -7;
    char *value = malloc(SCOPE_MAXIMUM);
    assert_non_null(value);
    memset(value, 'x', SCOPE_MAXIMUM);
    value[SCOPE_MAXIMUM - 1] = '\0';
    scope_add(scope, SCOPE_TEST, value);
    free(value);
    assert_false(scope_seal(scope, &fd, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_int_equal(fd, -7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_come_back_in_their_order, new_text, free_text),
        cmocka_unit_test_setup_teardown(a_row_stands_once_and_an_empty_one_never, new_text,
                                        free_text),
        cmocka_unit_test_setup_teardown(a_sealed_scope_is_read_and_cannot_be_changed, new_text,
                                        free_text),
        cmocka_unit_test_setup_teardown(an_empty_scope_is_no_file, new_text, free_text),
        cmocka_unit_test_setup_teardown(other_rows_are_passed_over, new_text, free_text),
        cmocka_unit_test_setup_teardown(a_file_that_ends_within_a_row_is_refused, new_text,
                                        free_text),
        cmocka_unit_test_setup_teardown(too_much_fails_when_it_is_sealed, new_text, free_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
