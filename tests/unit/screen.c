/* A secret on a terminal: a pseudo-terminal whose other end is the operator and sees every byte. */
#include "config.h"

#include "keeper/screen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define SECRET "Kx7/secret+of+forty+characters+or+so+1234"
#define PAGE "the pair\n  " SECRET "\nEnter: I have it.\n"
#define READY "are you ready?\nEnter: yes\n"
#define LEFT "\033[H\033[2J\033[3J\033[0m\033[?25h\033[?1049l"

enum { LONG_MS = 60000, TURN_MS = 20, TURNS = 250 };

static int operator_end, terminal;
static struct screen *screen;
static struct secret *page;
static struct termios before;
static char seen[16384];
static size_t seen_length;
static int ends;
static enum screen_end end;
static bool shown;

static void done(void *context, enum screen_end how, bool was_shown)
{
    assert_ptr_equal(context, &ends);
    ends++;
    end = how;
    shown = was_shown;
}

static int set_up(void **state)
{
    (void)state;
    struct error err;
    operator_end = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(operator_end >= 0);
    assert_int_equal(grantpt(operator_end), 0);
    assert_int_equal(unlockpt(operator_end), 0);
    terminal = open(ptsname(operator_end), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    assert_true(terminal >= 0);
    fcntl(operator_end, F_SETFL, O_NONBLOCK);
    assert_int_equal(tcgetattr(terminal, &before), 0);
    assert_true(screen_new(terminal, &screen, &err));
    assert_true(secret_new(PAGE, strlen(PAGE), &page, &err));
    ends = 0;
    seen_length = 0;
    seen[0] = '\0';
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    screen_free(screen);
    secret_free(page);
    if (operator_end >= 0)
        close(operator_end);
    return 0;
}

static void look(void)
{
    ssize_t count;
    while ((count = read(operator_end, seen + seen_length, sizeof seen - 1 - seen_length)) > 0)
        seen_length += (size_t)count;
    seen[seen_length] = '\0';
}

/* A turn of the loop, or many, until `what` is seen (NULL: until it has ended). */
static void turns(const char *what)
{
    for (int i = 0; i < TURNS; i++) {
        struct pollfd line = screen_pollfd(screen);
        int due = screen_due_ms(screen);
        poll(&line, 1, due >= 0 && due < TURN_MS ? due : TURN_MS);
        screen_run(screen);
        look();
        if (what != NULL ? strstr(seen, what) != NULL : ends > 0)
            return;
    }
    fail_msg("not seen: %s", what != NULL ? what : "the end");
}

static void press(const char *keys)
{
    assert_int_equal(write(operator_end, keys, strlen(keys)), (ssize_t)strlen(keys));
}

static void begin(int64_t ready_ms, int64_t shown_ms)
{
    struct error err;
    const struct screen_pages pages = {
        .ready = READY, .ready_ms = ready_ms, .secret = page, .shown_ms = shown_ms};
    assert_true(screen_begin(screen, &pages, done, &ends, &err));
    turns("Enter: yes");
    assert_null(strstr(seen, SECRET));
}

/* It is over, wiped row by row, and the terminal is as it was. */
static void over(enum screen_end how, bool was_shown)
{
    struct termios now;
    turns(NULL);
    assert_int_equal(ends, 1);
    assert_int_equal(end, how);
    assert_int_equal(shown, was_shown);
    assert_true(seen_length > strlen(LEFT));
    assert_string_equal(seen + seen_length - strlen(LEFT), LEFT);
    char *last = strstr(seen, SECRET);
    assert_int_equal(last != NULL, was_shown);
    if (was_shown) {
        assert_null(strstr(last + 1, SECRET)); /* once */
        assert_non_null(strstr(last, "\033[1;1H\033[2K\033[2;1H\033[2K"));
        assert_non_null(strstr(last, "\033[24;1H\033[2K"));
    }
    assert_int_equal(tcgetattr(terminal, &now), 0);
    assert_int_equal(now.c_lflag, before.c_lflag);
    assert_int_equal(now.c_iflag, before.c_iflag);
    assert_int_equal(screen_pollfd(screen).fd, -1);
    assert_int_equal(screen_due_ms(screen), -1);
}

static void it_is_shown_once_to_who_is_ready(void **state)
{
    (void)state;
    begin(LONG_MS, LONG_MS);
    assert_int_equal(strncmp(seen, "\033[?1049h", 8), 0);
    press("x\033[A");
    press("\r");
    turns("I have it");
    assert_non_null(strstr(seen, "the pair\r\n  " SECRET "\r\n"));
    assert_int_equal(ends, 0);
    press("zz");
    press("\r");
    over(SCREEN_SEEN, true);
}

/* A secret of two forms: t changes between them, and what stood there is wiped each time. */
static void the_other_form_is_shown_when_asked_for(void **state)
{
    (void)state;
    struct error err = {0};
    CLEANUP(secret_cleanup) struct secret *other = NULL;
    assert_true(secret_new("other form", 10, &other, &err));
    const struct screen_pages pages = {
        .ready = READY, .ready_ms = LONG_MS, .secret = page, .other = other, .shown_ms = LONG_MS};
    assert_true(screen_begin(screen, &pages, done, &ends, &err));
    press("t");
    turns("Enter: yes");
    assert_null(strstr(seen, "other form"));
    press("\r");
    turns("I have it");
    assert_null(strstr(seen, "other form"));
    press("t");
    turns("other form");
    assert_non_null(strstr(strstr(seen, SECRET), "\033[24;1H\033[2K"));
    seen_length = 0;
    press("t");
    turns("I have it");
    press("q");
    over(SCREEN_DECLINED, true);
}

static void nothing_is_shown_to_who_is_not(void **state)
{
    (void)state;
    static const char *const keys[] = {"q", "Q", "\003", "\004"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        ends = 0;
        seen_length = 0;
        begin(LONG_MS, LONG_MS);
        press(keys[i]);
        over(SCREEN_DECLINED, false);
    }
}

/* What was typed before the question was there is no answer to it, nor to the next. */
static void typing_ahead_answers_nothing(void **state)
{
    (void)state;
    press("\r\r\r");
    begin(LONG_MS, LONG_MS);
    for (int i = 0; i < 5; i++) {
        poll(NULL, 0, TURN_MS);
        screen_run(screen);
    }
    look();
    assert_null(strstr(seen, SECRET));
    press("\r\r\r");
    turns("I have it");
    assert_int_equal(ends, 0);
    press("\003");
    over(SCREEN_DECLINED, true);
}

static void each_page_has_its_time(void **state)
{
    (void)state;
    begin(60, LONG_MS);
    over(SCREEN_UNANSWERED, false);
    ends = 0;
    seen_length = 0;
    begin(LONG_MS, 60);
    press("\r");
    over(SCREEN_EXPIRED, true);
}

static void it_is_wiped_when_the_keeper_ends(void **state)
{
    (void)state;
    begin(LONG_MS, LONG_MS);
    press("\r");
    turns("I have it");
    screen_cancel(screen);
    look();
    over(SCREEN_LOST, true);
    screen_cancel(screen); /* nothing is at work */
    screen_run(screen);
    assert_int_equal(ends, 1);
}

static void a_terminal_that_is_gone_ends_it(void **state)
{
    (void)state;
    begin(LONG_MS, LONG_MS);
    close(operator_end);
    operator_end = -1;
    for (int i = 0; i < TURNS && ends == 0; i++)
        screen_run(screen);
    assert_int_equal(ends, 1);
    assert_int_equal(end, SCREEN_LOST);
    assert_false(shown);
    struct error err = {0};
    const struct screen_pages pages = {
        .ready = READY, .ready_ms = LONG_MS, .secret = page, .shown_ms = LONG_MS};
    assert_false(screen_begin(screen, &pages, done, &ends, &err));
    assert_int_equal(err.code, ERROR_IO);
    assert_int_equal(ends, 1);
}

static void one_at_a_time(void **state)
{
    (void)state;
    struct error err = {0};
    const struct screen_pages pages = {
        .ready = READY, .ready_ms = LONG_MS, .secret = page, .shown_ms = LONG_MS};
    begin(LONG_MS, LONG_MS);
    assert_false(screen_begin(screen, &pages, done, &ends, &err));
    assert_int_equal(err.code, ERROR_BUSY);
    press("q");
    over(SCREEN_DECLINED, false);
}

static int arena(void **state)
{
    (void)state;
    bool locked;
    struct error err;
    return secret_arena_init(&locked, &err) ? 0 : -1;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(it_is_shown_once_to_who_is_ready), TEST(nothing_is_shown_to_who_is_not),
        TEST(typing_ahead_answers_nothing),     TEST(each_page_has_its_time),
        TEST(it_is_wiped_when_the_keeper_ends), TEST(a_terminal_that_is_gone_ends_it),
        TEST(one_at_a_time),                    TEST(the_other_form_is_shown_when_asked_for),
    };
    return cmocka_run_group_tests_name("screen", tests, arena, NULL);
}
