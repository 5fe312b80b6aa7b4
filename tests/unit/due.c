/* What is kept for shells, and calendars: text from anywhere goes in, what is allowed comes out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "cli/ical.h"
#include "runner/reminder.h"

static char folder[64], journal[96], file[96];

static int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/keywright-due-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(journal, sizeof journal, "%s/journal.db", folder);
    snprintf(file, sizeof file, "%s/due", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(file);
    return rmdir(folder); /* nothing else was left */
}

static const char *line(void)
{
    static char kept[REMINDER_LINE_MAX + 1];
    memset(kept, 'x', sizeof kept);
    reminder_line(journal, kept);
    return kept;
}

static void write_file(const char *bytes, size_t length)
{
    assert_true(file_write(file, bytes, length, 0600, NULL));
}

/* --- the reminder ------------------------------------------------------------------------------*/

static void keys_that_are_due_are_in_the_line(void **state)
{
    (void)state;
    struct stat status;
    assert_string_equal(line(), "");
    reminder_put(journal, "1", NULL, NULL, 0);
    assert_int_equal(access(file, F_OK), -1); /* nothing to say, and nothing said before */
    reminder_put(journal, "1", "alice", &(struct reminder_key){"alice", "AKIA1"}, 1);
    assert_string_equal(line(), "keywright: access key AKIA1 of alice is due for rotation (keywright due)");
    assert_int_equal(stat(file, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    reminder_put(journal, "2", "bob", &(struct reminder_key){"bob", ""}, 1);
    assert_string_equal(
        line(), "keywright: 2 access keys are due for rotation, the first of alice (keywright due)");
    /* One account or user is replaced, and no other. */
    reminder_put(journal, "1", "carl", NULL, 0);
    reminder_put(journal, "3", NULL, NULL, 0);
    assert_non_null(strstr(line(), " 2 access keys"));
    reminder_put(journal, "1", NULL, NULL, 0);
    assert_string_equal(line(), "keywright: an access key of bob is due for rotation (keywright due)");
    reminder_put(journal, "2", "bob", NULL, 0);
    assert_string_equal(line(), "");
}

static void a_key_that_was_rotated_is_taken_out(void **state)
{
    (void)state;
    static const struct reminder_key keys[] = {{"alice", "AKIA1"}, {"bob", "AKIA2"}};
    reminder_forget(journal, "AKIA1");
    assert_int_equal(access(file, F_OK), -1);
    reminder_put(journal, "1", NULL, keys, 2);
    reminder_forget(journal, "AKIA9");
    assert_non_null(strstr(line(), " 2 access keys"));
    reminder_forget(journal, "AKIA1");
    assert_non_null(strstr(line(), "AKIA2 of bob"));
    reminder_forget(journal, "AKIA2");
    assert_string_equal(line(), "");
}

static void names_of_others_run_nothing(void **state)
{
    (void)state;
    static const char *const names[] = {
        "$(reboot)", "`reboot`", "\\$(x)", "a\nkey 1 b AKIA", "\x1b]0;x\a", "a b", "", "\xc3\xa9", "!!", "'\"", "%s%n", "#"};
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 \n" REMINDER_MARKS;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct reminder_key key = {names[i], names[i]};
        char *bytes = NULL;
        size_t length = 0, lines = 0;
        reminder_put(journal, names[i], NULL, &key, 1);
        assert_true(file_read(file, 100000, &bytes, &length, NULL));
        assert_int_equal(strspn(bytes, good), length);
        for (size_t at = 0; at < length; at++)
            lines += bytes[at] == '\n';
        assert_int_equal(lines, 2);
        file_bytes_free(bytes, length);
        assert_true(line()[0] != '\0');
        reminder_put(journal, names[i], NULL, NULL, 0); /* found again by its name */
        assert_string_equal(line(), "");
    }
}

static void very_much_is_cut(void **state)
{
    (void)state;
    static char longest[5000];
    static struct reminder_key keys[2 * REMINDER_KEYS_MAX];
    memset(longest, 'n', sizeof longest - 1);
    for (size_t i = 0; i < 2 * REMINDER_KEYS_MAX; i++)
        keys[i] = (struct reminder_key){longest, longest};
    reminder_put(journal, longest, NULL, keys, 2 * REMINDER_KEYS_MAX);
    assert_true(strlen(line()) <= REMINDER_LINE_MAX);
    assert_non_null(strstr(line(), "500 access keys are due for rotation (keywright due)"));
    reminder_put(journal, longest, NULL, keys, 1);
    assert_non_null(strstr(line(), "1 access key"));
}

static void what_else_is_in_the_file_is_not_shown(void **state)
{
    (void)state;
    static char much[300 * 1024];
    static const struct {
        const char *bytes;
        size_t length;
    } bad[] = {{"no newline", 10},     {"$(reboot)\n", 10}, {"back\\slash\n", 11}, {"nul\0\n", 5}, {"\x1b[31m\n", 6},
               {"\xc3\xa9\n", 3}, {"tab\t\n", 5},      {much, sizeof much},  {much, 202}};
    memset(much, 'x', sizeof much);
    much[201] = '\n';
    much[sizeof much - 1] = '\n';
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        write_file(bad[i].bytes, bad[i].length);
        assert_string_equal(line(), "");
    }
    static const char mixed[] = "fine\nkey 1 alice AKIA1\nkey 1\nkey  1 a b\nkey 1 $(x) AKIA2\n"
                                "kee 1 bob AKIA3\nkey 1 a b c\nkey 1 zed AKIA9";
    write_file(mixed, sizeof mixed - 1);
    assert_string_equal(line(), "fine");
    reminder_forget(journal, "AKIA1"); /* the only one that is a key's line */
    assert_string_equal(line(), "");
    write_file(much, 201); /* without an end */
    reminder_put(journal, "1", NULL, &(struct reminder_key){"alice", "AKIA1"}, 1);
    assert_non_null(strstr(line(), "AKIA1 of alice"));
    char gone[128];
    snprintf(gone, sizeof gone, "%s/not/there/journal.db", folder);
    reminder_put(gone, "1", NULL, &(struct reminder_key){"alice", "AKIA1"}, 1);
}

/* --- files -------------------------------------------------------------------------------------*/

static void a_file_is_written_whole_and_keeps_its_mode(void **state)
{
    (void)state;
    struct stat status;
    struct error err = {0};
    char other[128];
    write_file("one", 3);
    chmod(file, 0644);
    write_file("two", 3);
    assert_int_equal(stat(file, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0644);
    snprintf(other, sizeof other, "%s/not/there", folder);
    assert_false(file_write(other, "x", 1, 0600, &err));
    assert_int_equal(err.code, ERROR_IO);
    assert_non_null(strstr(err.text, "not/there"));
    err = (struct error){0};
    assert_false(file_write(folder, "x", 1, 0600, &err)); /* a folder, beside which nothing is left */
    assert_int_equal(err.code, ERROR_IO);
    static char longest[8192];
    memset(longest, 'x', sizeof longest - 1);
    assert_false(file_write(longest, "x", 1, 0600, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
}

static void what_is_no_regular_file_is_not_replaced(void **state)
{
    (void)state;
    struct stat status;
    char pipe_path[128], link[128];
    snprintf(pipe_path, sizeof pipe_path, "%s/pipe", folder);
    snprintf(link, sizeof link, "%s/link", folder);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    /* The last is /dev/stdout of Linux, and here the descriptor is one of a regular file. */
    static const char *const leads[] = {"pipe", ".", "/proc/self/fd/0"};
    for (size_t i = 0; i < 4; i++) {
        struct error err = {0};
        const char *path = i == 0 ? pipe_path : link;
        assert_true(i == 0 || symlink(leads[i - 1], link) == 0);
        assert_false(file_write(path, "x", 1, 0600, &err));
        assert_int_equal(err.code, ERROR_IO);
        assert_non_null(strstr(err.text, "no regular file"));
        assert_int_equal(lstat(path, &status), 0);
        assert_true(i == 0 ? S_ISFIFO(status.st_mode) : S_ISLNK(status.st_mode));
        unlink(link);
    }
    /* A link that leads nowhere, or to a file, is replaced. */
    for (int i = 0; i < 2; i++) {
        write_file("old", 3);
        assert_int_equal(symlink(i == 0 ? "nothing" : file, link), 0);
        assert_true(file_write(link, "x", 1, 0600, NULL));
        assert_int_equal(lstat(link, &status), 0);
        assert_true(S_ISREG(status.st_mode));
        assert_int_equal(status.st_size, 1);
        unlink(link);
    }
    unlink(pipe_path);
}

/* --- calendars ---------------------------------------------------------------------------------*/

static void lines_are_folded_between_characters(void **state)
{
    (void)state;
    struct text text;
    char summary[400] = "";
    for (int i = 0; i < 90; i++)
        strcat(summary, i % 3 == 0 ? "\xc3\xa9" : i % 3 == 1 ? "\xe2\x82\xac" : "a");
    text_init(&text, 65536);
    ical_begin(&text);
    const struct ical_event event = {"u@x", 1795694400, summary, "a;b,c\\d\ne", true};
    ical_add(&text, &event, 1795694401);
    ical_end(&text);
    assert_true(text_ok(&text, NULL));
    size_t column = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (text.bytes[i] == '\n') {
            assert_int_equal(text.bytes[i - 1], '\r');
            assert_true(column - 1 <= 75); /* without the CR */
            column = 0;
            if (text.bytes[i + 1] == ' ') /* goes on with the beginning of a character */
                assert_true(((unsigned char)text.bytes[i + 2] & 0xc0) != 0x80);
            continue;
        }
        column++;
    }
    assert_non_null(strstr(text.bytes, "DTSTART;VALUE=DATE:20261126\r\nDTEND;VALUE=DATE:20261127\r\n"));
    assert_non_null(strstr(text.bytes, "DTSTAMP:20261126T120001Z\r\n"));
    assert_non_null(strstr(text.bytes, "DESCRIPTION:a\\;b\\,c\\\\d\\\\x0ae\r\n"));
    assert_non_null(strstr(text.bytes, "TRIGGER:-P7D\r\n"));
    assert_non_null(strstr(text.bytes, "END:VEVENT\r\nEND:VCALENDAR\r\n"));
    text_release(&text);
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(keys_that_are_due_are_in_the_line),
        IN_A_FOLDER(a_key_that_was_rotated_is_taken_out),
        IN_A_FOLDER(names_of_others_run_nothing),
        IN_A_FOLDER(very_much_is_cut),
        IN_A_FOLDER(what_else_is_in_the_file_is_not_shown),
        IN_A_FOLDER(a_file_is_written_whole_and_keeps_its_mode),
        IN_A_FOLDER(what_is_no_regular_file_is_not_replaced),
        cmocka_unit_test(lines_are_folded_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
