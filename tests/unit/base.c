/* base/: errors, text, times, terminal-safe text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/safe.h"
#include "base/show.h"
#include "base/text.h"
#include "base/when.h"

/* --- error ---------------------------------------------------------------------------------------- */

static void error_keeps_the_cause_behind_its_wrappings(void **state)
{
    (void)state;
    struct error err;
    assert_false(error_set_errno(&err, ERROR_IO, 2, "opening %s", "x"));
    assert_false(error_wrap(&err, "reading the journal"));
    assert_int_equal(err.code, ERROR_IO);
    assert_int_equal(err.sys, 2);
    assert_string_equal(err.text, "reading the journal: opening x: No such file or directory");
}

static void error_text_never_overflows(void **state)
{
    (void)state;
    struct error err;
    char longer[1024];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    error_set(&err, ERROR_IO, "%s", longer);
    for (int i = 0; i < 5; i++)
        error_wrap(&err, "%s", longer);
    assert_true(strlen(err.text) < sizeof err.text);
}

static void error_codes_have_names_and_exit_statuses(void **state)
{
    (void)state;
    for (int code = 0; code < ERROR_COUNT; code++) {
        assert_int_equal(error_from_name(error_name((enum error_code)code)), code);
        assert_true(error_sentence((enum error_code)code)[0] != '\0');
    }
    assert_int_equal(error_exit_status(ERROR_USAGE), 2);
    assert_int_equal(error_exit_status(ERROR_WAITING), 3);
    assert_int_equal(error_exit_status(ERROR_GATE), 5);
    assert_int_equal(error_exit_status(ERROR_INTERRUPTED), 130);
    assert_int_equal(error_from_name("NO_SUCH_NAME"), ERROR_INTERNAL);
}

/* --- text ----------------------------------------------------------------------------------------- */

static void text_grows_to_its_maximum_and_not_beyond(void **state)
{
    (void)state;
    struct text text;
    struct error err;
    text_init(&text, 100);
    for (int i = 0; i < 100; i++)
        text_append_char(&text, 'a');
    assert_true(text_ok(&text, &err));
    text_append(&text, "b");
    text_append(&text, "");
    assert_false(text_ok(&text, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_int_equal(text.length, 100);
    assert_null(text_steal(&text));
    text_clear(&text);
    text_appendf(&text, "%d-%s", 42, "x");
    assert_true(text_ok(&text, &err));
    assert_string_equal(text.bytes, "42-x");
    text_release(&text);
    assert_string_equal(text.bytes, "");
}

static void text_copy_says_when_it_cut(void **state)
{
    (void)state;
    char small[4];
    assert_true(text_copy(small, sizeof small, "abc"));
    assert_false(text_copy(small, sizeof small, "abcd"));
    assert_string_equal(small, "abc");
}

/* --- when ----------------------------------------------------------------------------------------- */

static void times_are_read_and_written(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t time;
    } good[] = {
        {"2026-01-15T12:34:56Z", 1768480496},      {"2026-01-15T12:34:56.789Z", 1768480496},
        {"2026-01-15T13:34:56+01:00", 1768480496}, {"20260115T123456Z", 1768480496},
        {"2024-02-29T00:00:00+00:00", 1709164800}, {"1970-01-01T00:00:01Z", 1},
    };
    static const char *const bad[] = {"",
                                      "2026-01-15",
                                      "2026-13-15T12:34:56Z",
                                      "2026-02-29T12:34:56Z",
                                      "2026-01-15T24:00:00Z",
                                      "2026-01-15T12:34:56",
                                      "2026-01-15T12:34:56Zx",
                                      "2026-01-15T12:34:56.Z",
                                      "N/A",
                                      "20260115T1234"};
    char buffer[WHEN_TEXT_SIZE];
    struct error err;
    int64_t time;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(when_parse(good[i].text, &time, &err));
        assert_int_equal(time, good[i].time);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        time = 7;
        assert_false(when_parse(bad[i], &time, &err));
        assert_int_equal(time, 7);
    }
    /* What was read can be written: the journal keeps times in this form. */
    assert_true(when_parse("1000-01-01T00:00:00Z", &time, &err));
    assert_string_equal(when_format(time, buffer), "1000-01-01T00:00:00Z");
    assert_true(when_parse("9999-12-31T23:59:59Z", &time, &err));
    assert_string_equal(when_format(time, buffer), "9999-12-31T23:59:59Z");
    assert_false(when_parse("0999-12-31T23:59:59Z", &time, &err));
    assert_false(when_parse("1000-01-01T00:00:00+01:00", &time, &err));
    assert_false(when_parse("9999-12-31T23:59:59-01:00", &time, &err));
    assert_string_equal(when_format(1768480496, buffer), "2026-01-15T12:34:56Z");
    assert_string_equal(when_format_basic(1768480496, buffer), "20260115T123456Z");
    assert_string_equal(when_format(0, buffer), "");
}

/* Each day that has a form is the one that the C library makes of it. */
static void every_day_is_read(void **state)
{
    (void)state;
    for (int64_t time = INT64_C(-30610224000) + 45296; time < INT64_C(253402300800); time += 86400) {
        char text[WHEN_TEXT_SIZE];
        int64_t again = 1;
        when_format(time, text);
        assert_true(when_parse(text, &again, NULL));
        assert_int_equal(again, time);
    }
}

static void http_dates_are_read(void **state)
{
    (void)state;
    struct error err;
    int64_t time;
    assert_true(when_parse_http("Thu, 15 Jan 2026 12:34:56 GMT", &time, &err));
    assert_int_equal(time, 1768480496);
    static const char *const bad[] = {"", "Thu, 15 Foo 2026 12:34:56 GMT", "Thu, 15 Jan 2026 12:34:56 CET",
                                      "Thu, 32 Jan 2026 12:34:56 GMT", "yesterday",
                                      "Thu, 15 anF 2026 12:34:56 GMT", "Thu,  5 Jan 2026 12:34:56 GMT",
                                      "Thu, 15 Jan -200 12:34:56 GMT", "Thu, 15 Jan 0026 12:34:56 GMT",
                                      "Thu, 15 Jan 2026 12:34:56  GM"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(when_parse_http(bad[i], &time, &err));
}

static void durations_are_read_and_written(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds;
    } good[] = {{"0", 0}, {"0s", 0}, {"90s", 90}, {"15m", 900}, {"24h", 86400}, {"90d", 7776000}};
    static const char *const bad[] = {"", "5", "-1s", "1w", "1h30m", "s", "99999999999d", " 1s", "1.5h"};
    struct error err;
    int64_t seconds;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(duration_parse(good[i].text, &seconds, &err));
        assert_int_equal(seconds, good[i].seconds);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(duration_parse(bad[i], &seconds, &err));
        assert_int_equal(err.code, ERROR_USAGE);
    }
    char buffer[DURATION_TEXT_SIZE];
    assert_string_equal(duration_format(0, buffer), "0s");
    assert_string_equal(duration_format(200, buffer), "3m 20s");
    assert_string_equal(duration_format(86399, buffer), "23h 59m");
    assert_string_equal(duration_format(90 * 86400, buffer), "90d");
    assert_string_equal(duration_format(-5, buffer), "-5s");
}

/* --- safe ----------------------------------------------------------------------------------------- */

static void nothing_that_a_terminal_obeys_gets_through(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
    } cases[] = {
        {"alice", "alice"},
        {"a\x1b[2Jb", "a\\x1b[2Jb"},
        {"a\tb\nc\rd", "a\\x09b\\x0ac\\x0dd"},
        {"\x7f", "\\x7f"},
        {"\xc2\x9b" "31m", "\\x9b31m"},                  /* C1 CSI */
        {"\x9b" "31m", "\\x9b31m"},                      /* raw C1, not UTF-8 */
        {"\xe2\x80\xae" "abc", "\\u{202e}abc"},          /* right-to-left override */
        {"\xef\xbb\xbfx", "\\u{feff}x"},                 /* byte order mark */
        {"\xc0\xaf", "\\xc0\\xaf"},                      /* overlong */
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},             /* surrogate */
        {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
        {"\xe6\x97\xa5\xe6\x9c\xac", "\xe6\x97\xa5\xe6\x9c\xac"},
        {"cut \xe6\x97", "cut \\xe6\\x97"},
        {"\xe2\x98\xba\xef\xb8\x8f", "\xe2\x98\xba\\u{fe0f}"}, /* variation selector: another width */
        {"\xe3\x85\xa4", "\\u{3164}"},                        /* a letter that nobody sees */
        {"\xef\xbf\xbe\xf0\x9f\xbf\xbf", "\\u{fffe}\\u{1ffff}"}, /* noncharacters */
        {"\xf3\xa0\x81\x81", "\\u{e0041}"},                   /* tags */
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct text text;
        char buffer[64];
        text_init(&text, 1000);
        text_append_safe(&text, cases[i].from);
        assert_string_equal(text.bytes, cases[i].to);
        assert_string_equal(safe_copy(buffer, sizeof buffer, cases[i].from), cases[i].to);
        text_release(&text);
    }
}

#define ACUTE "\xcc\x81"

static void marks_do_not_pile_up(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
    } cases[] = {
        {"e" ACUTE, "e" ACUTE},
        {"e" ACUTE ACUTE ACUTE ACUTE "x" ACUTE, "e" ACUTE ACUTE ACUTE ACUTE "x" ACUTE},
        {"e" ACUTE ACUTE ACUTE ACUTE ACUTE ACUTE "x",
         "e" ACUTE ACUTE ACUTE ACUTE "\\u{0301}\\u{0301}x"},
        {ACUTE "e", "\\u{0301}e"}, /* would stand on what we wrote before it */
        {ACUTE ACUTE, "\\u{0301}\\u{0301}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char buffer[128], again[128];
        assert_string_equal(safe_copy(buffer, sizeof buffer, cases[i].from), cases[i].to);
        assert_string_equal(safe_copy(again, sizeof again, buffer), cases[i].to);
    }
}

/* Every character there is, and every pair of bytes. */
static void safe_text_is_free_of_controls(void **state)
{
    (void)state;
    char from[8], to[64];
    for (uint32_t point = 1; point < 0x110000; point++) {
        size_t length = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
        for (size_t i = length; i-- > 1;)
            from[i] = (char)(0x80 | (point >> (6 * (length - 1 - i)) & 0x3f));
        from[0] = length == 1 ? (char)point
                              : (char)((0xf00u >> length & 0xff) | point >> (6 * (length - 1)));
        from[length] = '\0';
        safe_copy(to, sizeof to, from);
        assert_true(strcmp(to, from) == 0 || strspn(to, "\\xu{}0123456789abcdef") == strlen(to));
    }
    for (unsigned pair = 0x100; pair < 0x10000; pair++) {
        const char bytes[] = {(char)(pair >> 8), (char)pair, '\0'};
        for (const char *at = safe_copy(to, sizeof to, bytes); *at != '\0'; at++)
            assert_true((unsigned char)*at >= 0x20 && *at != 0x7f);
        bool is_c1 = pair >> 8 == 0xc2 && (pair & 0xff) < 0xa0;
        assert_false(is_c1 && strcmp(to, bytes) == 0);
    }
}

static void other_encodings_get_ascii(void **state)
{
    (void)state;
    struct text text CLEANUP(text_release);
    text_init(&text, 100);
    /* main has set the locale to C. In ISO 8859-1 the last byte would be CSI. */
    show_append(&text, "a\xc4\x9b \xe6\x97\xa5 \x9b\x1b");
    assert_string_equal(text.bytes, "a\\u{011b} \\u{65e5} \\x9b\\x1b");
    assert_int_equal(show_columns(text.bytes), text.length);
}

static void errors_are_safe_and_of_one_line(void **state)
{
    (void)state;
    struct error err;
    error_set(&err, ERROR_IO, "reading '%s'", "a\x1b[2J\nb\xc2\x9b\x9b");
    assert_string_equal(err.text, "reading 'a\\x1b[2J\\x0ab\\x9b\\x9b'");
    error_wrap(&err, "profile %s", "\xe2\x80\xae");
    assert_string_equal(err.text, "profile \\u{202e}: reading 'a\\x1b[2J\\x0ab\\x9b\\x9b'");
    error_set_errno(&err, ERROR_IO, 2, "\r");
    assert_string_equal(err.text, "\\x0d: No such file or directory");
    char longer[600];
    memset(longer, '\x1b', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    error_set(&err, ERROR_IO, "%s", longer); /* cut between two escapes */
    assert_int_equal(strlen(err.text) % 4, 0);
}

static void safe_copy_cuts_between_characters(void **state)
{
    (void)state;
    char buffer[4];
    assert_string_equal(safe_copy(buffer, sizeof buffer, "ab\xc3\xbc"), "ab");
    assert_string_equal(safe_copy(buffer, sizeof buffer, "a\x1b"), "a");
}

int main(void)
{
    setenv("LC_ALL", "C", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_keeps_the_cause_behind_its_wrappings),
        cmocka_unit_test(error_text_never_overflows),
        cmocka_unit_test(error_codes_have_names_and_exit_statuses),
        cmocka_unit_test(text_grows_to_its_maximum_and_not_beyond),
        cmocka_unit_test(text_copy_says_when_it_cut),
        cmocka_unit_test(times_are_read_and_written),
        cmocka_unit_test(every_day_is_read),
        cmocka_unit_test(http_dates_are_read),
        cmocka_unit_test(durations_are_read_and_written),
        cmocka_unit_test(nothing_that_a_terminal_obeys_gets_through),
        cmocka_unit_test(marks_do_not_pile_up),
        cmocka_unit_test(safe_text_is_free_of_controls),
        cmocka_unit_test(other_encodings_get_ascii),
        cmocka_unit_test(errors_are_safe_and_of_one_line),
        cmocka_unit_test(safe_copy_cuts_between_characters),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
