/* A file is replaced while another program edits it, at each moment; and odd files. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_SYS_XATTR_H
#include <sys/xattr.h>
#endif
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "file_ground.h"
#include "refuse.h"

/* --- other programs ----------------------------------------------------------------------------*/

struct editor {
    int before;    /* the call of this number, or the next one at which it can be done */
    bool in_place; /* not by rename */
    bool done;
    enum refuse_call last;
    bool linked; /* it was done between linkat and what comes next */
};

static void edit_once(void *context, enum refuse_call call, int number)
{
    struct editor *editor = context;
    bool is_linked = editor->last == REFUSE_linkat;
    editor->last = call;
    if (editor->done || number < editor->before)
        return;
    editor->linked = is_linked;
    if (editor->in_place) {
        /* Under our lease it would have to wait, and in one process we would wait for ourselves. */
        int fd = open(ground_path, O_WRONLY | O_TRUNC | O_NONBLOCK);
        if (fd < 0) {
            assert_int_equal(errno, EWOULDBLOCK);
            return;
        }
        assert_int_equal(write(fd, "10:old", 6), 6);
        close(fd);
    } else {
        ground_put(ground_other, "10:old");
        assert_int_equal(rename(ground_other, ground_path), 0);
    }
    editor->done = true;
}

/* An edit before the first call, before the second, ...: it is merged, or it came last and stands.
 * The one exception is in file.h: without exchange, one by rename after the second name was made.
 */
static void edit_at_each_moment(bool in_place, const struct refusal *rows, size_t count)
{
    int merged = 0, given_up = 0, moments = 0;
    for (int number = 1;; number++) {
        struct editor editor = {.before = number, .in_place = in_place};
        struct error err = {0};
        ground_clean();
        ground_put(ground_path, "1:old");
        refuse_begin(rows, count, edit_once, &editor);
        bool done = ground_replace(&err);
        refuse_end();
        /* What is read while it is rewritten in place is neither, and the merge may give up on it.
         */
        if (!done && !(in_place && err.code == ERROR_CHANGED))
            fail_msg("moment %d: %s", number, err.text);
        if (!editor.done)
            break;
        bool is_merged = ground_holds(ground_path, "10:new");
        if (!is_merged && !ground_holds(ground_path, "10:old") && !(editor.linked && !in_place))
            fail_msg("moment %d of %d: the edit is lost", number, refuse_calls());
        if (ground_entries(HIDDEN, false) + ground_entries(KEPT, false) != 0)
            fail_msg("moment %d: a file is left", number);
        merged += is_merged;
        given_up += !done;
        moments++;
    }
    assert_true(ground_holds(ground_path, "1:new"));
    assert_in_range(moments, 20, 200);
    assert_in_range(merged, 10, moments - 1);
    assert_in_range(given_up, 0, 3);
}

static void test_edit_at_each_moment(void **state)
{
    (void)state;
    static const struct refusal rows[] = {{REFUSE_fcntl, 0, EINVAL}, {REFUSE_syscall, 0, ENOSYS}};
    for (int in_place = 0; in_place < 2; in_place++) {
        edit_at_each_moment(in_place == 1, NULL, 0);
        edit_at_each_moment(in_place == 1, rows, 1);     /* no leases */
        edit_at_each_moment(in_place == 1, rows + 1, 1); /* no exchange */
        edit_at_each_moment(in_place == 1, rows, 2);
    }
}

static void remove_hidden(void *context, enum refuse_call call, int number)
{
    const int *which = context;
    static int removals;
    removals = number == 1 ? 0 : removals;
    removals += call == REFUSE_unlinkat;
    if (call == REFUSE_unlinkat && removals == *which)
        ground_entries(HIDDEN, true);
}

/* Somebody sweeps the folder: what we are about to remove is gone. */
static void test_removed_by_another(void **state)
{
    (void)state;
    for (int which = 1; which <= 2; which++) {
        struct error err = {0};
        ground_clean();
        ground_put(ground_path, "1:old");
        refuse_begin(NULL, 0, remove_hidden, &which);
        bool done = ground_replace(&err);
        refuse_end();
        if (!done)
            fail_msg("%s", err.text);
        assert_true(ground_holds(ground_path, "1:new"));
        assert_int_equal(ground_entries(HIDDEN, false), 0);
    }
}

/* --- odd files ---------------------------------------------------------------------------------*/

/* The names beside the file are longer than its own: where they do not fit, nothing is done. */
static void test_long_names(void **state)
{
    (void)state;
    static const struct refusal row = {REFUSE_syscall, 0, ENOSYS};
    int longest = 0, shortest_refused = 256;
    for (int without = 0; without < 2; without++)
        for (int length = 200; length <= 242; length++) {
            char name[256], long_path[400];
            struct error err = {0};
            memset(name, 'n', sizeof name);
            name[length] = '\0';
            snprintf(long_path, sizeof long_path, "%s/%s", ground_folder, name);
            ground_put(long_path, "1:old");
            refuse_begin(&row, without == 1 ? 1 : 0, NULL, NULL);
            bool done = file_replace(long_path, "1:old", 5, "1:new", 5, ground_merge, NULL, &err);
            refuse_end();
            assert_true(ground_holds(long_path, done ? "1:new" : "1:old"));
            if (!done && err.sys != ENAMETOOLONG)
                fail_msg("%d: %s", length, err.text);
            longest = done && length > longest ? length : longest;
            shortest_refused = !done && length < shortest_refused ? length : shortest_refused;
            assert_int_equal(unlink(long_path), 0);
            assert_int_equal(ground_entries(".n", false), 0);
        }
    assert_in_range(longest, 201, 239);
    assert_in_range(shortest_refused, longest - 2, longest + 1);
}

static bool no_reason(void *context, const char *now, size_t length, char **ret_bytes,
                      size_t *ret_length, struct error *err)
{
    (void)context, (void)now, (void)length, (void)ret_bytes, (void)ret_length, (void)err;
    return false;
}

static void test_odd_content(void **state)
{
    (void)state;
    struct error err = {0};
    ground_put(ground_path, "");
    assert_true(file_replace(ground_path, "", 0, "1:new", 5, no_reason, NULL, &err));
    assert_true(ground_holds(ground_path, "1:new"));
    assert_true(file_replace(ground_path, "1:new", 5, "", 0, no_reason, NULL, &err));
    assert_true(ground_holds(ground_path, ""));
    /* as long as expected, and another */
    ground_put(ground_path, "2:old");
    assert_false(file_replace(ground_path, "1:old", 5, "1:new", 5, no_reason, NULL, &err));
    assert_int_equal(err.code, ERROR_CHANGED);
    assert_non_null(strstr(err.text, "it is left as it is"));
    assert_true(ground_holds(ground_path, "2:old"));
    assert_false(file_replace(ground_link, "2:old", 5, "2:new", 5, no_reason, NULL, &err));
    assert_int_equal(err.code, ERROR_IO);
    assert_true(ground_holds(ground_path, "2:old"));
    size_t large = (4 << 20) + 1;
    char *bytes = calloc(1, large);
    assert_non_null(bytes);
    ground_put_as(ground_path, bytes, large, geteuid());
    assert_false(file_replace(ground_path, bytes, large, "1:new", 5, no_reason, NULL, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_false(file_replace_try(ground_path, SIZE_MAX - 1, &err));
    assert_int_equal(err.code, ERROR_MEMORY);
    free(bytes);
    assert_int_equal(ground_entries(HIDDEN, false), 0);
}

#ifdef HAVE_SYS_XATTR_H
/* Attributes are kept one by one: that one cannot be is no reason to lose the next. */
static void test_attributes(void **state)
{
    (void)state;
    static const struct refusal rows[] = {{REFUSE_fgetxattr, 1, EIO}, {REFUSE_fsetxattr, 1, EPERM}};
    for (size_t i = 0; i <= 2; i++) {
        struct error err = {0};
        char value[8];
        ground_clean();
        ground_put(ground_path, "1:old");
        if (setxattr(ground_path, "user.a", "1", 1, 0) != 0 ||
            setxattr(ground_path, "user.b", "22", 2, 0) != 0) {
            print_message("# no extended attributes here (%s); nothing checked\n", strerror(errno));
            return;
        }
        refuse_begin(rows + (i == 2 ? 0 : i), i == 2 ? 0 : 1, NULL, NULL);
        bool done = ground_replace(&err);
        assert_true(refuse_end());
        assert_true(done);
        int kept = getxattr(ground_path, "user.a", value, sizeof value) == 1;
        kept += getxattr(ground_path, "user.b", value, sizeof value) == 2;
        assert_int_equal(kept, i == 2 ? 2 : 1);
    }
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, ground_set_up, ground_tear_down)
        TEST(test_edit_at_each_moment), TEST(test_removed_by_another),
        TEST(test_long_names),          TEST(test_odd_content),
#ifdef HAVE_SYS_XATTR_H
        TEST(test_attributes),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
