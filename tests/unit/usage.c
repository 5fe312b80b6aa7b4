/* audit/usage: events of CloudTrail, counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "audit/usage.h"

static void add(struct usage *usage, int64_t at, const char *source, const char *event,
                const char *agent, bool refused)
{
    struct error err = {0};
    const struct usage_event one = {.at = at,
                                    .source = source,
                                    .event = event,
                                    .region = "us-east-1",
                                    .source_ip = "203.0.113.7",
                                    .user_agent = agent,
                                    .refused = refused};
    assert_true(usage_add(usage, &one, &err));
}

static void what_is_alike_is_one_row(void **state)
{
    (void)state;
    struct usage usage;
    usage_init(&usage);
    add(&usage, 10, "s3.amazonaws.com", "ListBuckets", "a", false);
    add(&usage, 30, "s3.amazonaws.com", "ListBuckets", "a", true);
    add(&usage, 20, "s3.amazonaws.com", "ListBuckets", "a", true);
    assert_int_equal(usage.count, 1);
    assert_string_equal(usage.rows[0].service, "s3");
    assert_string_equal(usage.rows[0].event, "ListBuckets");
    assert_string_equal(usage.rows[0].region, "us-east-1");
    assert_string_equal(usage.rows[0].source_ip, "203.0.113.7");
    assert_string_equal(usage.rows[0].user_agent, "a");
    assert_int_equal(usage.rows[0].at, 30);
    assert_int_equal(usage.rows[0].count, 3);
    assert_int_equal(usage.rows[0].refused, 2);
    usage_release(&usage);
    assert_int_equal(usage.count, 0);
}

/* Each of the five makes another row, also where the words run into one another. */
static void what_differs_is_another(void **state)
{
    (void)state;
    struct usage usage;
    struct error err = {0};
    usage_init(&usage);
    static const char *const words[][5] = {
        {"a", "b", "c", "d", "e"}, {"x", "b", "c", "d", "e"}, {"a", "x", "c", "d", "e"},
        {"a", "b", "x", "d", "e"}, {"a", "b", "c", "x", "e"}, {"a", "b", "c", "d", "x"},
        {"ab", "", "c", "d", "e"}, {"", "ab", "c", "d", "e"}, {"", "", "", "", ""}};
    size_t count = sizeof words / sizeof words[0];
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < count; i++) {
            const struct usage_event event = {(int64_t)i,  words[i][0], words[i][1], words[i][2],
                                              words[i][3], words[i][4], false};
            assert_true(usage_add(&usage, &event, &err));
        }
    assert_int_equal(usage.count, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(usage.rows[i].count, 2);
    usage_release(&usage);
}

static void services_by_name(void **state)
{
    (void)state;
    static const char *const names[][2] = {{"s3.amazonaws.com", "s3"},
                                           {"signin.aws.amazon.com", "signin.aws.amazon.com"},
                                           {".amazonaws.com", ".amazonaws.com"},
                                           {"s3.amazonaws.com.cn", "s3.amazonaws.com.cn"},
                                           {"", ""}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct usage usage;
        usage_init(&usage);
        add(&usage, 1, names[i][0], "e", "a", false);
        assert_string_equal(usage.rows[0].service, names[i][1]);
        usage_release(&usage);
    }
}

static void the_latest_comes_first(void **state)
{
    (void)state;
    struct usage usage;
    usage_init(&usage);
    usage_sort(&usage);
    add(&usage, 10, "b", "e", "old", false);
    add(&usage, 30, "b", "e", "new", false);
    add(&usage, 20, "b", "e", "once", false);
    add(&usage, 20, "b", "e", "twice", false);
    add(&usage, 19, "b", "e", "twice", false);
    add(&usage, 20, "a", "e", "once", false);
    usage_sort(&usage);
    static const char *const order[] = {"new", "twice", "once", "once", "old"};
    assert_int_equal(usage.count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(usage.rows[i].user_agent, order[i]);
    assert_string_equal(usage.rows[2].service, "a");
    usage_release(&usage);
}

static void long_words_are_cut_and_rows_are_bounded(void **state)
{
    (void)state;
    struct usage usage;
    char agent[2000];
    usage_init(&usage);
    memset(agent, 'x', sizeof agent);
    agent[1999] = '\0';
    add(&usage, 1, "s", "e", agent, false);
    agent[1500] = 'y'; /* behind the cut */
    add(&usage, 2, "s", "e", agent, false);
    assert_int_equal(usage.count, 1);
    assert_int_equal(strlen(usage.rows[0].user_agent), sizeof usage.rows[0].user_agent - 1);
    for (int i = 1; i < USAGE_ROWS_MOST + 7; i++) {
        snprintf(agent, sizeof agent, "agent %d", i);
        add(&usage, i, "s", "e", agent, false);
    }
    assert_int_equal(usage.count, USAGE_ROWS_MOST);
    assert_int_equal(usage.left_out, 7);
    add(&usage, 1, "s", "e", "agent 1", false); /* an old row still counts */
    assert_int_equal(usage.left_out, 7);
    usage_release(&usage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_alike_is_one_row),
        cmocka_unit_test(what_differs_is_another),
        cmocka_unit_test(services_by_name),
        cmocka_unit_test(the_latest_comes_first),
        cmocka_unit_test(long_words_are_cut_and_rows_are_bounded),
    };
    return cmocka_run_group_tests_name("usage", tests, NULL, NULL);
}
