/* The screens without a terminal: keys in, grids out.
 *
 * A case in tests/cases/tui/NAME.txt is a list of steps, a line "---", and what is on the screen then,
 * the cursor's place last. Steps: `size 80x24`, `ascii`, `given targets`, `held KEY PLACE` (no place: nowhere), `tell FIXTURE`, `keys KEY...` (names as in
 * `press` below), `type TEXT`. With KEYWRIGHT_GOLDEN=write in the environment the second half is
 * written anew instead of compared: read the difference before it is committed.
 */
#include "config.h"

#include <glob.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/tui_fixtures.h"
#include "tui/view.h"

static const struct {
    const char *name;
    enum press press;
} presses[] = {
    {"Enter", PRESS_ENTER},   {"Esc", PRESS_ESC},       {"Tab", PRESS_TAB},
    {"BackTab", PRESS_BACKTAB}, {"Backspace", PRESS_BACKSPACE}, {"Up", PRESS_UP},
    {"Down", PRESS_DOWN},     {"Left", PRESS_LEFT},     {"Right", PRESS_RIGHT},
    {"Home", PRESS_HOME},     {"End", PRESS_END},       {"PageUp", PRESS_PAGE_UP},
    {"PageDown", PRESS_PAGE_DOWN}, {"C-c", PRESS_CTRL_C}, {"C-d", PRESS_CTRL_D},
    {"C-l", PRESS_CTRL_L},    {"C-u", PRESS_CTRL_U},    {"C-z", PRESS_CTRL_Z},
};

static struct key key_named(const char *name)
{
    for (size_t i = 0; i < sizeof presses / sizeof *presses; i++)
        if (strcmp(presses[i].name, name) == 0)
            return (struct key){.press = presses[i].press};
    if (strcmp(name, "Space") == 0)
        name = " ";
    assert_int_equal(strlen(name), 1);
    return (struct key){.press = PRESS_CHAR, .point = (uint32_t)name[0]};
}

static void press(struct app *app, struct key key, size_t counts[32])
{
    fixture_update(app, &(struct app_message){.kind = TO_APP_KEY, .key = key}, counts);
}

static void resize(struct app *app, int columns, int rows)
{
    fixture_update(app, &(struct app_message){.kind = TO_APP_SIZE, .rows = rows, .columns = columns},
                   NULL);
}

static struct app *app_made(bool unicode)
{
    struct error err;
    struct app *app = calloc(1, sizeof *app);
    assert_non_null(app);
    assert_true(app_init(app, unicode, &err));
    return app;
}

static void app_gone(struct app *app)
{
    app_release(app);
    free(app);
}

/* Once the keys rest. */
static void draw(struct app *app, struct text *text)
{
    fixture_update(app, &(struct app_message){.kind = TO_APP_REST}, NULL);
    struct error err;
    struct grid grid;
    assert_true(grid_init(&grid, app->rows, app->columns, app->unicode, &err));
    view(app, &grid);
    grid_write(&grid, text);
    text_appendf(text, "cursor %d,%d\n", grid.cursor_row, grid.cursor_column);
    grid_release(&grid);
}

/* --- golden cases ----------------------------------------------------------------------------------- */

static void do_step(struct app *app, char *line, const char *path)
{
    int columns, rows;
    if (sscanf(line, "size %dx%d", &columns, &rows) == 2) {
        resize(app, columns, rows);
    } else if (strcmp(line, "ascii") == 0) {
        app->unicode = false;
    } else if (strncmp(line, "held ", 5) == 0) {
        fixture_place(app, line + 5);
    } else if (strncmp(line, "given ", 6) == 0) {
        app->given_to = "command:vault-put --path app, file:ops";
    } else if (strncmp(line, "tell ", 5) == 0) {
        if (!fixture_tell(app, line + 5))
            fail_msg("%s: no fixture '%s'", path, line + 5);
    } else if (strncmp(line, "type ", 5) == 0) {
        for (const char *c = line + 5; *c != '\0'; c++)
            press(app, (struct key){.press = PRESS_CHAR, .point = (uint32_t)*c}, NULL);
    } else if (strncmp(line, "keys ", 5) == 0) {
        for (char *name = strtok(line + 5, " "); name != NULL; name = strtok(NULL, " "))
            press(app, key_named(name), NULL);
    } else if (line[0] != '#' && line[0] != '\0') {
        fail_msg("%s: no step '%s'", path, line);
    }
}

static void slurp(const char *path, struct text *text)
{
    char buffer[4096];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    for (size_t got; (got = fread(buffer, 1, sizeof buffer, file)) > 0;)
        text_append_bytes(text, buffer, got);
    fclose(file);
}

static void check_case(const char *path)
{
    struct text text CLEANUP(text_release), screen CLEANUP(text_release);
    text_init(&text, 1 << 20);
    text_init(&screen, 1 << 20);
    slurp(path, &text);
    char *wanted = strstr(text.bytes, "---\n");
    assert_non_null(wanted);
    size_t steps = (size_t)(wanted - text.bytes);
    struct text copy CLEANUP(text_release);
    text_init(&copy, 1 << 20);
    text_append_bytes(&copy, text.bytes, steps);
    struct app *app = app_made(true);
    char *rest = copy.bytes;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;)
        do_step(app, line, path);
    draw(app, &screen);
    app_gone(app);
    const char *golden = getenv("KEYWRIGHT_GOLDEN");
    if (golden != NULL && strcmp(golden, "write") == 0) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fprintf(file, "%.*s---\n%s", (int)steps, text.bytes, screen.bytes);
        fclose(file);
        return;
    }
    if (strcmp(wanted + 4, screen.bytes) != 0)
        fail_msg("%s: the screen is now\n%s", path, screen.bytes);
}

static void test_goldens(void **state)
{
    (void)state;
    const char *srcdir = getenv("srcdir");
    char pattern[4096];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/tests/cases/tui/*.txt", srcdir != NULL ? srcdir : ".");
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    assert_true(found.gl_pathc > 10);
    for (size_t i = 0; i < found.gl_pathc; i++)
        check_case(found.gl_pathv[i]);
    globfree(&found);
}

/* --- properties ------------------------------------------------------------------------------------- */

static const char *const everything[] = {
    "survey",    "open",        "offline",     "events",      "ask_create",     "ask_two_keys",
    "ask_mfa",   "run_quiet",   "run_blocked", "run_proving", "ask_deactivate", "ask_delete",
    "run_done",  "run_rolling_back", "run_failed", "ask_receipt", "ask_orphan", "survey_skewed",
    "ask_retire", "audit", "audit_many", "audit_denied", "audit_running", "audit_failed",
    "audit_self", "audit_narrowed", "audit_partial", "audit_more", "audit_end", "audit_stopped",
    "ask_stolen", "run_stolen",
};
enum { FIXTURES = sizeof everything / sizeof *everything };

static struct key random_key(void)
{
    if (random() % 3 == 0)
        return (struct key){.press = PRESS_ENTER};
    enum press kind = (enum press)(random() % PRESS_COUNT);
    if (kind != PRESS_CHAR && random() % 2 == 0)
        kind = PRESS_CHAR;
    uint32_t point = random() % 50 == 0 ? (uint32_t)(random() % 0x11000) : (uint32_t)(32 + random() % 95);
    if (point >= 0xd800 && point < 0xe000)
        point = 'x';
    return (struct key){.press = kind, .point = kind == PRESS_CHAR ? point : 0};
}

/* A1: without the last four characters, no keys whatever answer the question about deleting. The last
 * one of them, '1', is withheld. */
static void test_random_keys_never_delete(void **state)
{
    (void)state;
    srandom(1);
    struct app *app = app_made(true);
    size_t counts[32] = {0};
    for (int i = 0; i < 300000; i++) {
        if (i % 7 == 0) {
            fixture_tell(app, "ask_delete");
            app->help = false;
        }
        struct key key = random_key();
        if (key.point != '1')
            press(app, key, counts);
    }
    assert_int_equal(counts[WISH_ANSWER], 0);
    /* The test can fail: with the characters, the same dialog answers. */
    app_gone(app);
    app = app_made(true);
    fixture_tell(app, "ask_delete");
    for (const char *c = "0001"; *c != '\0'; c++)
        press(app, (struct key){.press = PRESS_CHAR, .point = (uint32_t)*c}, counts);
    assert_int_equal(counts[WISH_ANSWER], 0);
    press(app, (struct key){.press = PRESS_ENTER}, counts);
    assert_int_equal(counts[WISH_ANSWER], 1);
    app_gone(app);
}

/* Esc goes back, and never out, from wherever random keys have led. */
static void test_esc_never_quits(void **state)
{
    (void)state;
    srandom(2);
    struct app *app = app_made(true);
    for (int round = 0; round < 2000; round++) {
        size_t counts[32] = {0};
        fixture_tell(app, everything[random() % FIXTURES]);
        for (int i = 0; i < 20; i++)
            press(app, random_key(), NULL);
        for (int i = 0; i < 12; i++)
            press(app, (struct key){.press = PRESS_ESC}, counts);
        assert_int_equal(counts[WISH_QUIT] + counts[WISH_INTERRUPT], 0);
        assert_int_equal(counts[WISH_START] + counts[WISH_ANSWER] + counts[WISH_OVERRIDE] +
                             counts[WISH_ROLLBACK] + counts[WISH_ABANDON], 0);
        assert_int_equal(app->screen, SCREEN_HOME);
        assert_int_equal(app->dialog.kind, DIALOG_NONE);
        assert_false(app->help);
    }
    app_gone(app);
}

/* Enter alone, however often, confirms nothing in any dialog. */
static void test_enter_alone_confirms_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < FIXTURES; i++) {
        struct app *app = app_made(true);
        size_t counts[32] = {0};
        fixture_tell(app, everything[i]);
        for (int n = 0; n < 50; n++)
            press(app, (struct key){.press = PRESS_ENTER}, counts);
        assert_int_equal(counts[WISH_ANSWER] + counts[WISH_ROLLBACK] + counts[WISH_ABANDON], 0);
        app_gone(app);
    }
}

/* A8: any size, any screen, any keys. */
static void test_random_sizes(void **state)
{
    (void)state;
    srandom(3);
    struct app *app = app_made(true);
    for (int i = 0; i < 10000; i++) {
        fixture_tell(app, everything[random() % FIXTURES]);
        resize(app, 1 + (int)(random() % 200), 1 + (int)(random() % 60));
        press(app, random_key(), NULL);
        press(app, random_key(), NULL);
        app->unicode = random() % 4 != 0;
        struct text text CLEANUP(text_release);
        text_init(&text, 1 << 20);
        draw(app, &text);
        struct error err;
        assert_true(text_ok(&text, &err));
    }
    app_gone(app);
}

/* A5: the cursor is on a row that has the focus mark, a prompt or a field, never left behind. */
static void test_cursor_follows_focus(void **state)
{
    (void)state;
    struct app *app = app_made(false);
    struct error err;
    struct grid grid;
    fixture_tell(app, "survey");
    fixture_tell(app, "open");
    for (int i = 0; i < 3; i++) {
        assert_true(grid_init(&grid, app->rows, app->columns, false, &err));
        view(app, &grid);
        assert_int_equal(grid_at(&grid, grid.cursor_row, grid.cursor_column)->points[0], '>');
        grid_release(&grid);
        press(app, (struct key){.press = PRESS_DOWN}, NULL);
    }
    app_gone(app);
}

/* A7: at 80x24 full key IDs, the state and the next act are on the rotation screen. */
static void test_80x24_shows_what_is_needed(void **state)
{
    (void)state;
    static const char *const wanted[] = {OLD_KEY, NEW_KEY, "111122223333", "alice", "proven",
                                         "keywright resume 20260115-k7f3", "old_key_quiet"};
    struct app *app = app_made(true);
    struct text text CLEANUP(text_release);
    text_init(&text, 1 << 20);
    fixture_tell(app, "run_quiet");
    draw(app, &text);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        assert_non_null(strstr(text.bytes, wanted[i]));
    app_gone(app);
}

/* A11: what comes from outside never reaches a cell as a control character. */
static void test_hostile_text(void **state)
{
    (void)state;
    struct error err;
    struct grid grid;
    assert_true(grid_init(&grid, 3, 40, true, &err));
    grid_put(&grid, 0, 0, 40, LOOK_PLAIN, "a\033]0;x\007\xc2\x9b\xe2\x80\xae\xff\r\nb");
    for (int column = 0; column < 40; column++) {
        uint32_t point = grid_at(&grid, 0, column)->points[0];
        assert_true(point >= 0x20 && point != 0x7f && !(point >= 0x80 && point < 0xa0));
        assert_true(point != 0x202e);
    }
    grid_release(&grid);
}

/* A10: wide and combining characters take the columns that they take. */
static void test_columns(void **state)
{
    (void)state;
    struct error err;
    struct grid grid;
    assert_true(grid_init(&grid, 2, 10, true, &err));
    assert_int_equal(grid_put(&grid, 0, 0, 10, LOOK_PLAIN, "\xe6\xbc\xa2" "e\xcc\x81x"), 4);
    assert_int_equal(grid_at(&grid, 0, 0)->width, 2);
    assert_int_equal(grid_at(&grid, 0, 1)->width, 0);
    assert_int_equal(grid_at(&grid, 0, 2)->points[1], 0x301);
    assert_int_equal(grid_at(&grid, 0, 3)->points[0], 'x');
    /* A wide character that does not fit is not half there. */
    assert_int_equal(grid_put(&grid, 1, 0, 4, LOOK_PLAIN, "abc\xe6\xbc\xa2"), 4);
    assert_int_equal(grid_at(&grid, 1, 3)->points[0], 0x2026);
    /* Written over in half, the other half goes too. */
    grid_put(&grid, 0, 1, 10, LOOK_PLAIN, "y");
    assert_int_equal(grid_at(&grid, 0, 0)->points[0], ' ');
    grid_release(&grid);
}

/* Marked findings are offered one after the other, a key once; what was opened is marked as begun. */
static void test_marked_findings_follow_each_other(void **state)
{
    (void)state;
    static const char *const marks[] = {"a", "Down", "Down", "Down", "Down", "Space", "Space"};
    struct app *app = app_made(true);
    size_t counts[32] = {0}, queued;
    fixture_tell(app, "survey");
    fixture_tell(app, "audit");
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        press(app, key_named(marks[i]), counts);
    assert_non_null(app_queued_finding(app, &queued));
    assert_int_equal(queued, 2);
    press(app, key_named("Enter"), counts);
    for (int round = 0; round < 2; round++) {
        static const char *const wanted[] = {OLD_KEY, "AKIACAROLCAROLCARO03"};
        char key[KEY_ID_SIZE];
        assert_int_equal(app->dialog.kind, DIALOG_START);
        assert_string_equal(app->dialog.key, wanted[round]);
        text_copy(key, sizeof key, app->dialog.key);
        press(app, key_named("Tab"), counts);
        press(app, key_named("Tab"), counts);
        press(app, key_named("Enter"), counts);
        assert_int_equal(counts[WISH_START], round + 1);
        fixture_update(app, &(struct app_message){.kind = TO_APP_RUN_ENDED, .text = key, .flag = true},
                       counts);
        assert_int_equal(app->screen, SCREEN_ROTATION);
        if (round == 0)
            fixture_tell(app, "run_done");
        press(app, key_named("Esc"), counts);
        assert_int_equal(app->screen, SCREEN_AUDIT);
    }
    /* The second one was not opened. */
    assert_null(app_queued_finding(app, &queued));
    assert_int_equal(app->dialog.kind, DIALOG_NONE);
    for (size_t i = 0; i < app->findings.count; i++) {
        const struct finding_row *row = &app->findings.rows[i];
        assert_int_equal(row->begun, strcmp(app_finding_text(app, row->key), OLD_KEY) == 0);
    }
    app_gone(app);
}

/* The last wish that keys have led to, NONE wished for: false. */
static bool wished(struct app *app, const char *const *names, size_t count, struct wish *ret_wish)
{
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        struct wishes wishes;
        app_update(app, &(struct app_message){.kind = TO_APP_KEY, .key = key_named(names[i])}, &wishes);
        for (size_t k = 0; k < wishes.count; k++) {
            *ret_wish = wishes.items[k];
            any = true;
        }
    }
    return any;
}
#define WISHED(app, wish, ...)                                                                     \
    wished(app, (const char *const[]){__VA_ARGS__},                                                \
           sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), wish)

/* Where the new key goes is what was chosen; a choice that the operator has made is not changed by what is found
 * out meanwhile. */
static void test_start_says_where_the_key_goes(void **state)
{
    (void)state;
    static const struct {
        const char *given, *held, *moves[8], *target;
    } cases[] = {
        {"", OLD_KEY " /f [p]", {""}, "file"},
        {"", OLD_KEY, {""}, "show"},
        {"", NULL, {""}, "file"},
        {"", OLD_KEY " /f [p]", {"BackTab", "Down", "x", "Tab"}, "file:x"},
        {"", OLD_KEY " /f [p]", {"BackTab", "Down", "Down", "Tab"}, "show"},
        {"", OLD_KEY " /f [p]", {"BackTab", "Down", "Down", "Down", "p", "Tab"}, "command:p"},
        {"", OLD_KEY, {"BackTab", "Down", "p", "Tab"}, "command:p"},
        {"command:x", OLD_KEY, {"BackTab", "Down", "Down", "Down", "Down", "x", "y", "Tab"}, "command:xy"},
        {"command:x", OLD_KEY, {""}, ""},
        {"command:x", OLD_KEY " /f [p]", {"BackTab", "Down", "Tab"}, "file"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct app *app = app_made(true);
        struct wish wish;
        app->given_to = cases[i].given;
        fixture_tell(app, "audit");
        assert_true(WISHED(app, &wish, "a", "Down", "Down", "Down", "Down", "Enter"));
        assert_int_equal(wish.kind, WISH_PLACE);
        assert_string_equal(wish.key, OLD_KEY);
        if (cases[i].held != NULL)
            fixture_place(app, cases[i].held);
        for (size_t k = 0; k < 8 && cases[i].moves[k] != NULL && cases[i].moves[k][0] != '\0'; k++)
            press(app, key_named(cases[i].moves[k]), NULL);
        fixture_place(app, "AKIAOTHEROTHEROTHE99"); /* about another key */
        assert_true(WISHED(app, &wish, "Tab", "Tab", "Enter"));
        assert_int_equal(wish.kind, WISH_START);
        assert_string_equal(wish.key, OLD_KEY);
        assert_string_equal(wish.user, "alice");
        assert_string_equal(wish.text, cases[i].target);
        app_gone(app);
    }
}

/* Nobody's key is taken for stolen by keys that were meant for something else: it is chosen by itself. */
static void test_start_of_a_stolen_key(void **state)
{
    (void)state;
    struct app *app = app_made(true);
    struct wish wish = {0};
    fixture_tell(app, "survey");
    assert_true(WISHED(app, &wish, "Enter", "Tab", "Tab", "Enter"));
    assert_int_equal(wish.kind, WISH_START);
    assert_false(wish.compromised);
    assert_true(WISHED(app, &wish, "Enter", "BackTab", "BackTab", "Down", "Tab", "Tab", "Tab", "Tab", "Enter"));
    assert_int_equal(wish.kind, WISH_START);
    assert_true(wish.compromised);
    app->given_compromised = true; /* rotate --compromised */
    assert_true(WISHED(app, &wish, "Enter", "Tab", "Tab", "Enter"));
    assert_true(wish.compromised);
    app_gone(app);
}

/* A file is refused while no profile holds the key, and nothing is wished for. */
static void test_start_refuses_a_file_that_is_not_there(void **state)
{
    (void)state;
    struct app *app = app_made(true);
    struct wish wish;
    fixture_tell(app, "audit");
    assert_true(WISHED(app, &wish, "a", "Down", "Down", "Down", "Down", "Enter"));
    fixture_place(app, OLD_KEY);
    assert_false(WISHED(app, &wish, "BackTab", "Up", "Up", "Tab", "Tab", "Tab", "Enter"));
    assert_int_equal(app->dialog.kind, DIALOG_START);
    assert_true(WISHED(app, &wish, "Down", "Down", "Tab", "Tab", "Tab", "Enter"));
    assert_string_equal(wish.text, "show");
    app_gone(app);
}

static void type(struct app *app, const char *text)
{
    for (; *text != '\0'; text++)
        press(app, (struct key){.press = PRESS_CHAR, .point = (unsigned char)*text}, NULL);
}

/* As on the command line: it has to come apart into words. Nothing is lost of one that fills the line, and another
 * choice takes nothing of it along. */
static void test_start_takes_a_command(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "   ", "put 'x", "put \"x", "put x\\"};
    char longest[FIELD_SIZE], target[TEXT_SIZE];
    struct wish wish;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct app *app = app_made(true);
        fixture_tell(app, "survey");
        assert_false(WISHED(app, &wish, "Enter", "BackTab", "Down", "Down", "Down"));
        type(app, wrong[i]);
        assert_false(WISHED(app, &wish, "Tab", "Tab", "Tab", "Enter"));
        assert_int_equal(app->dialog.kind, DIALOG_START);
        assert_string_not_equal(app->dialog.complaint, "");
        assert_string_equal(app->dialog.field.text, wrong[i]);
        app_gone(app);
    }
    struct app *app = app_made(true);
    fixture_tell(app, "survey");
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    assert_false(WISHED(app, &wish, "Enter", "BackTab", "Down", "Down", "Down"));
    type(app, longest);
    type(app, "y\033\r\t\177");
    assert_string_equal(app->dialog.field.text, longest);
    assert_true(WISHED(app, &wish, "Tab", "Tab", "Tab", "Enter"));
    snprintf(target, sizeof target, "command:%s", longest);
    assert_string_equal(wish.text, target);
    assert_false(WISHED(app, &wish, "Enter", "BackTab", "Down", "Down", "Down"));
    type(app, "rm");
    assert_false(WISHED(app, &wish, "Up", "Up", "Down", "Down"));
    assert_string_equal(app->dialog.field.text, "");
    app_gone(app);
}

/* One's own missing device leads to its enrolment, somebody else's to a message, and looking to neither. */
static void test_missing_mfa_leads_to_enrolment(void **state)
{
    (void)state;
    struct app *app = app_made(true);
    struct wish wish;
    fixture_tell(app, "survey");
    fixture_tell(app, "audit_self");
    press(app, key_named("a"), NULL);
    assert_false(WISHED(app, &wish, "Enter", "Enter"));
    assert_true(WISHED(app, &wish, "Enter", "Tab", "Enter"));
    assert_int_equal(wish.kind, WISH_ENROLL);
    fixture_tell(app, "audit");
    assert_true(WISHED(app, &wish, "Down", "Down", "Down", "Enter", "Tab", "Enter"));
    assert_int_equal(wish.kind, WISH_MESSAGE);
    assert_string_equal(wish.user, "bob");
    app_gone(app);
}

/* The same name in another account is somebody else. */
static void test_self_is_of_the_account(void **state)
{
    (void)state;
    struct app *app = app_made(true);
    fixture_tell(app, "survey");
    fixture_tell(app, "audit");
    assert_true(app_is_self(app, "alice"));
    assert_false(app_is_self(app, "alic"));
    assert_false(app_is_self(app, ""));
    text_copy(app->findings.account, sizeof app->findings.account, "444455556666");
    assert_false(app_is_self(app, "alice"));
    app_gone(app);
}

static void test_users_narrow_the_audit(void **state)
{
    (void)state;
    struct app *app = app_made(true);
    struct wish wish;
    const struct audience *audience = &app->findings.audience;
    fixture_tell(app, "survey");
    fixture_tell(app, "audit_narrowed");
    press(app, key_named("a"), NULL);
    assert_false(WISHED(app, &wish, "u", "Down", "Down", "Tab", "Tab", "Enter"));
    assert_true(WISHED(app, &wish, "o", "p", "s", "Tab", "Tab", "Enter"));
    assert_int_equal(wish.kind, WISH_AUDIT);
    assert_string_equal(audience->group, "ops");
    assert_string_equal(audience->path, "");
    assert_true(WISHED(app, &wish, "u", "Tab", "Tab", "Enter"));
    assert_string_equal(audience->group, "");
    app_gone(app);
}

/* What is told of the marked row follows when the keys rest, and at once when the row is acted on. */
static void test_details_follow_at_rest(void **state)
{
    (void)state;
    struct app *app = app_made(true);
    fixture_tell(app, "survey");
    fixture_tell(app, "audit");
    press(app, key_named("a"), NULL);
    press(app, key_named("Down"), NULL);
    press(app, key_named("Down"), NULL);
    assert_true(app->moving);
    assert_int_equal(app_told(app, app->findings.at), 0);
    fixture_update(app, &(struct app_message){.kind = TO_APP_CLOCK, .now = FIXTURE_NOW + 1}, NULL);
    assert_true(app->moving);
    fixture_update(app, &(struct app_message){.kind = TO_APP_REST}, NULL);
    assert_int_equal(app_told(app, app->findings.at), 2);
    press(app, key_named("Down"), NULL);
    assert_true(app->moving);
    press(app, key_named("e"), NULL);
    assert_false(app->moving);
    app_gone(app);
}

/* An audit is asked for once, stopped by leaving it, and not begun twice. */
static void test_audit_is_begun_and_stopped(void **state)
{
    (void)state;
    struct app *app = app_made(true);
    size_t counts[32] = {0};
    fixture_tell(app, "survey");
    press(app, key_named("a"), counts);
    assert_int_equal(counts[WISH_AUDIT], 1);
    fixture_tell(app, "audit_running");
    press(app, key_named("R"), counts);
    assert_int_equal(counts[WISH_AUDIT], 1);
    press(app, key_named("Esc"), counts);
    assert_int_equal(counts[WISH_AUDIT_STOP], 1);
    assert_int_equal(app->screen, SCREEN_HOME);
    fixture_tell(app, "audit");
    press(app, key_named("a"), counts);
    assert_int_equal(counts[WISH_AUDIT], 1);
    press(app, key_named("R"), counts);
    assert_int_equal(counts[WISH_AUDIT], 2);
    press(app, key_named("q"), counts);
    assert_int_equal(counts[WISH_AUDIT_STOP], 1);
    app_gone(app);
}

static void same_rows(const struct app *one, const struct app *other)
{
    assert_int_equal(one->findings.shown_count, other->findings.shown_count);
    for (size_t i = 0; i < one->findings.shown_count; i++) {
        const struct finding_row *row = app_finding_at(one, i), *twin = app_finding_at(other, i);
        assert_ptr_equal(row->check, twin->check);
        assert_string_equal(app_finding_text(one, row->resource), app_finding_text(other, twin->resource));
    }
}

static void marks(const struct app *app, const char *check, const char *resource)
{
    const struct finding_row *row = app_marked_finding(app);
    assert_non_null(row);
    assert_string_equal(row->check->id, check);
    assert_string_equal(app_finding_text(app, row->resource), resource);
}

/* Findings come while one looks: the mark is on what is worst until it is moved, then it stays with its finding. In the
 * end the list is the one of an audit that was told all at once. */
static void test_findings_arrive(void **state)
{
    (void)state;
    struct app *app = app_made(true), *whole = app_made(true);
    fixture_tell(whole, "survey");
    press(whole, key_named("a"), NULL);
    fixture_tell(whole, "audit");
    fixture_tell(app, "survey");
    press(app, key_named("a"), NULL);
    fixture_tell(app, "audit_partial");
    marks(app, "no_full_admin_policy", "arn:aws:iam::111122223333:policy/everything-for-everybody");
    fixture_tell(app, "audit_more");
    marks(app, "root_mfa", "<root_account>");
    fixture_tell(app, "audit_partial");
    press(app, key_named("Down"), NULL);
    press(app, key_named("Down"), NULL);
    marks(app, "mfa_unassigned", "arn:aws:iam::111122223333:mfa/left-over");
    fixture_tell(app, "audit_more");
    marks(app, "mfa_unassigned", "arn:aws:iam::111122223333:mfa/left-over");
    assert_true(app->findings.at > 2);
    press(app, key_named("Up"), NULL);
    press(app, key_named("Up"), NULL);
    marks(app, "key_rotated_90", "d\033[31mave");
    press(app, key_named("Up"), NULL);
    press(app, key_named("Space"), NULL);
    size_t queued;
    assert_string_equal(app_finding_text(app, app_queued_finding(app, &queued)->resource), "carol");
    fixture_tell(app, "audit_end");
    marks(app, "key_rotated_90", "d\033[31mave");
    assert_string_equal(app_finding_text(app, app_queued_finding(app, &queued)->resource), "carol");
    assert_int_equal(queued, 1);
    same_rows(app, whole);
    press(app, key_named("p"), NULL);
    press(whole, key_named("p"), NULL);
    same_rows(app, whole);
    app_gone(app);
    app_gone(whole);
}

/* What is not whole is begun again when one comes back to it; what is whole stays until the next one is. */
static void test_part_of_an_audit_is_no_audit(void **state)
{
    (void)state;
    struct app *app = app_made(true);
    size_t counts[32] = {0};
    fixture_tell(app, "survey");
    press(app, key_named("a"), counts);
    fixture_tell(app, "audit_partial");
    press(app, key_named("Esc"), counts);
    assert_int_equal(counts[WISH_AUDIT_STOP], 1);
    fixture_tell(app, "audit_stopped");
    press(app, key_named("a"), counts);
    assert_int_equal(counts[WISH_AUDIT], 2);
    fixture_tell(app, "audit");
    size_t all = app->findings.count;
    fixture_update(app, &(struct app_message){.kind = TO_APP_AUDIT_BEGUN}, counts);
    assert_int_equal(app->findings.count, all);
    fixture_tell(app, "audit_stopped");
    static const struct audience others = {.group = "oncall"};
    app->findings.audience = others;
    fixture_update(app, &(struct app_message){.kind = TO_APP_AUDIT_BEGUN}, counts);
    assert_int_equal(app->findings.count, 0);
    assert_false(app->findings.present);
    app_gone(app);
}

/* A18: no key means two things on one screen at one time. */
static void test_no_key_twice(void **state)
{
    (void)state;
    size_t count;
    const struct binding *table = keymap_table(&count);
    for (size_t i = 0; i < count; i++) {
        assert_non_null(table[i].says);
        for (int k = 0; k < 4; k++) {
            struct key key = table[i].keys[k];
            bool ctrl = key.press == PRESS_CHAR && key.point < 32;
            assert_false(ctrl);
            for (int screen = 0; key.press != PRESS_NONE && screen < SCREEN_COUNT; screen++) {
                enum command command = keymap_find((enum tui_screen)screen, table[i].when, key);
                if ((table[i].screens & 1u << screen) != 0)
                    assert_int_equal(command, table[i].command);
            }
        }
    }
}

/* A3: typing in a filter wishes for nothing but rows. */
static void test_filter_only_reads(void **state)
{
    (void)state;
    struct app *app = app_made(true);
    size_t counts[32] = {0};
    fixture_tell(app, "survey");
    press(app, key_named("H"), counts);
    press(app, key_named("/"), counts);
    for (int c = 32; c < 127; c++) {
        press(app, (struct key){.press = PRESS_CHAR, .point = (uint32_t)c}, counts);
        press(app, (struct key){.press = PRESS_BACKSPACE}, counts);
    }
    for (size_t kind = 0; kind < 32; kind++)
        if (kind != WISH_HISTORY)
            assert_int_equal(counts[kind], 0);
    assert_true(counts[WISH_HISTORY] > 100);
    app_gone(app);
}

int main(void)
{
    if (setlocale(LC_ALL, "C.UTF-8") == NULL) {
        puts("1..0 # SKIP there is no C.UTF-8 locale to count columns in");
        return 0;
    }
    setenv("TZ", "UTC0", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goldens),
        cmocka_unit_test(test_random_keys_never_delete),
        cmocka_unit_test(test_esc_never_quits),
        cmocka_unit_test(test_enter_alone_confirms_nothing),
        cmocka_unit_test(test_random_sizes),
        cmocka_unit_test(test_cursor_follows_focus),
        cmocka_unit_test(test_80x24_shows_what_is_needed),
        cmocka_unit_test(test_hostile_text),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_marked_findings_follow_each_other),
        cmocka_unit_test(test_start_says_where_the_key_goes),
        cmocka_unit_test(test_start_of_a_stolen_key),
        cmocka_unit_test(test_start_refuses_a_file_that_is_not_there),
        cmocka_unit_test(test_start_takes_a_command),
        cmocka_unit_test(test_missing_mfa_leads_to_enrolment),
        cmocka_unit_test(test_self_is_of_the_account),
        cmocka_unit_test(test_users_narrow_the_audit),
        cmocka_unit_test(test_details_follow_at_rest),
        cmocka_unit_test(test_audit_is_begun_and_stopped),
        cmocka_unit_test(test_findings_arrive),
        cmocka_unit_test(test_part_of_an_audit_is_no_audit),
        cmocka_unit_test(test_no_key_twice),
        cmocka_unit_test(test_filter_only_reads),
    };
    return cmocka_run_group_tests_name("tui", tests, NULL, NULL);
}
