/* runner/pace: how many requests may be in flight. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/pace.h"

static void so_many_and_no_more(void **state)
{
    (void)state;
    struct pace pace;
    pace_init(&pace);
    assert_true(pace_allows(&pace, 0, 1000));
    assert_true(pace_allows(&pace, PACE_MOST - 1, 1000));
    assert_false(pace_allows(&pace, PACE_MOST, 1000));
    for (int i = 0; i < 1000; i++)
        pace_pass(&pace);
    assert_false(pace_allows(&pace, PACE_MOST, 1000));
}

static void a_refusal_halves_them_and_waits(void **state)
{
    (void)state;
    struct pace pace;
    pace_init(&pace);
    assert_true(pace_refuse(&pace, 1000));
    assert_false(pace_allows(&pace, 0, 1999));
    assert_true(pace_allows(&pace, PACE_MOST / 2 - 1, 2000));
    assert_false(pace_allows(&pace, PACE_MOST / 2, 2000));
}

static void what_was_in_flight_is_refused_only_once(void **state)
{
    (void)state;
    struct pace pace;
    pace_init(&pace);
    for (int i = 0; i < 100; i++)
        assert_true(pace_refuse(&pace, 1000 + i));
    assert_true(pace_allows(&pace, PACE_MOST / 2 - 1, 2000));
}

static void one_is_always_left(void **state)
{
    (void)state;
    struct pace pace;
    int64_t now = 1000;
    pace_init(&pace);
    for (int i = 0; i < PACE_REFUSED_MOST; i++) {
        assert_true(pace_refuse(&pace, now));
        now = pace.until;
    }
    assert_true(pace_allows(&pace, 0, now));
    assert_false(pace_allows(&pace, 1, now));
}

/* Twice as long each time, and about two minutes in all. */
static void what_is_refused_for_long_is_given_up(void **state)
{
    (void)state;
    struct pace pace;
    int64_t now = 1000, before = 0;
    pace_init(&pace);
    for (int i = 0; i < PACE_REFUSED_MOST; i++) {
        assert_true(pace_refuse(&pace, now));
        assert_true(pace.until - now >= before);
        before = pace.until - now;
        now = pace.until;
    }
    assert_in_range(now - 1000, 60 * 1000, 180 * 1000);
    assert_false(pace_refuse(&pace, now));
}

static void what_passes_makes_room_again(void **state)
{
    (void)state;
    struct pace pace;
    int64_t now = 1000;
    pace_init(&pace);
    for (int i = 0; i < PACE_REFUSED_MOST; i++, now = pace.until)
        assert_true(pace_refuse(&pace, now));
    pace_pass(&pace);
    assert_false(pace_allows(&pace, 2, now)); /* one by one */
    assert_true(pace_refuse(&pace, now));     /* and the refusals count anew */
    now = pace.until;
    int passed = 0;
    for (; !pace_allows(&pace, PACE_MOST - 1, now); passed++)
        pace_pass(&pace);
    assert_in_range(passed, PACE_MOST - 1, PACE_MOST * PACE_MOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(so_many_and_no_more),
        cmocka_unit_test(a_refusal_halves_them_and_waits),
        cmocka_unit_test(what_was_in_flight_is_refused_only_once),
        cmocka_unit_test(one_is_always_left),
        cmocka_unit_test(what_is_refused_for_long_is_given_up),
        cmocka_unit_test(what_passes_makes_room_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
