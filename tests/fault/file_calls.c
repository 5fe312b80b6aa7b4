/* A file is replaced while one call of the many fails, for each that can, and while another program
 * edits it at each moment: it is whole, nobody's edit is lost, and what is left is said and
 * removed. */
#include "config.h"

#include <dirent.h>
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
#include "base/guarded.h"
#include "refuse.h"

enum { MODE = 0640, OWNER = 1234, GROUP = 4321 };

static char folder[64];
static char path[128];   /* the file */
static char linked[128]; /* a symbolic link to it, as a target may be */
static char other[128];  /* where the other program writes before it renames */

static int set_up(void **state)
{
    (void)state;
    umask(022);
    strcpy(folder, "/tmp/keywright-calls-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/credentials", folder);
    snprintf(linked, sizeof linked, "%s/link", folder);
    snprintf(other, sizeof other, "%s/editors-own", folder);
    return symlink("credentials", linked);
}

static int tear_down(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

/* Mode, attribute and, for root, the group or the owner of somebody else. */
static void put_as(const char *name, const char *content, size_t length, uid_t owner)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, length), length);
    if (geteuid() == 0)
        assert_int_equal(fchown(fd, owner, GROUP), 0);
    assert_int_equal(fchmod(fd, MODE), 0);
    close(fd);
}

static void put(const char *name, const char *content)
{
    put_as(name, content, strlen(content), geteuid());
}

enum { SMALL = 32 };

/* By the calls themselves, since this is done ten thousand times. */
static void read_small(const char *name, char content[SMALL])
{
    int fd = open(name, O_RDONLY | O_NOFOLLOW);
    ssize_t length = fd < 0 ? -1 : read(fd, content, SMALL - 1);
    if (length < 0)
        fail_msg("%s: %s", name, strerror(errno));
    content[length] = '\0';
    close(fd);
}

static bool holds(const char *name, const char *content)
{
    char there[SMALL];
    read_small(name, there);
    return strcmp(there, content) == 0;
}

/* Names in the folder that begin so; removed on request. */
static int entries(const char *beginning, bool remove)
{
    DIR *directory = opendir(folder);
    assert_non_null(directory);
    int count = 0;
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL)
        if (strncmp(entry->d_name, beginning, strlen(beginning)) == 0) {
            count++;
            if (remove)
                assert_int_equal(unlinkat(dirfd(directory), entry->d_name, 0), 0);
        }
    closedir(directory);
    return count;
}

#define HIDDEN ".credentials.keywright-"
#define KEPT   "credentials.edited-"

static int free_descriptor(void)
{
    int fd = dup(STDERR_FILENO);
    close(fd);
    return fd;
}

/* "N:old" becomes "N:new". */
static bool merge_number(void *context, const char *now, size_t length, char **ret_bytes,
                         size_t *ret_length, struct error *err)
{
    (void)context;
    if (length < 5 || strcmp(now + length - 4, ":old") != 0)
        return error_set(err, ERROR_TARGET, "there is no old in it");
    char *bytes = guarded_new(length + 1);
    if (bytes == NULL)
        return error_set(err, ERROR_MEMORY, "no room to merge");
    *ret_bytes = bytes;
    *ret_length = (size_t)snprintf(bytes, length + 1, "%.*s:new", (int)length - 4, now);
    return true;
}

static bool replace(struct error *err)
{
    return file_replace(path, "1:old", 5, "1:new", 5, merge_number, NULL, err);
}

/* --- one call fails ----------------------------------------------------------------------------*/

struct scene {
    const char *name;
    const char *before;
    const char *after; /* NULL: CHANGED, with the second edit under a name of its own */
    int edits;         /* of another program, each right before an exchange: 10:old, 20:old */
    bool without_exchange;
    uid_t owner;
};

struct stage {
    const struct scene *scene;
    int edited;
};

static void edit_at_exchange(void *context, enum refuse_call call, int number)
{
    (void)number;
    struct stage *stage = context;
    if (call != REFUSE_syscall || stage->edited == stage->scene->edits)
        return;
    char content[16];
    stage->edited++;
    snprintf(content, sizeof content, "%d:old", 10 * stage->edited);
    put_as(other, content, strlen(content), stage->scene->owner);
    assert_int_equal(rename(other, path), 0);
}

static void assert_attributes(const struct scene *scene, const char *at)
{
    struct stat status;
    assert_int_equal(lstat(path, &status), 0);
    if (!S_ISREG(status.st_mode) || (status.st_mode & 07777) != MODE || status.st_nlink != 1)
        fail_msg("%s: mode %o, %d names", at, (unsigned)status.st_mode, (int)status.st_nlink);
    if (geteuid() == 0 && (status.st_uid != scene->owner || status.st_gid != GROUP))
        fail_msg("%s: owner %d, group %d", at, (int)status.st_uid, (int)status.st_gid);
    assert_int_equal(lstat(linked, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
}

/* The edits that were made are in the file, or in one of a name that is seen, as they were or
 * merged. */
static void assert_edits_kept(const struct stage *stage, const char *at)
{
    char there[SMALL], beside[SMALL] = "", name[sizeof folder + 256];
    read_small(path, there);
    DIR *directory = opendir(folder);
    assert_non_null(directory);
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL)
        if (strncmp(entry->d_name, KEPT, strlen(KEPT)) == 0) {
            snprintf(name, sizeof name, "%s/%s", folder, entry->d_name);
            assert_string_equal(beside, ""); /* there is one at most */
            read_small(name, beside);
        }
    closedir(directory);
    for (int i = 1; i <= stage->edited; i++) {
        char beginning[8];
        size_t length = (size_t)snprintf(beginning, sizeof beginning, "%d:", 10 * i);
        if (strncmp(there, beginning, length) != 0 && strncmp(beside, beginning, length) != 0)
            fail_msg("%s: edit %d is lost", at, i);
    }
}

static bool is_whole(const struct scene *scene)
{
    static const char *const wholes[] = {"1:new", "2:new", "10:old", "10:new", "20:old", "20:new"};
    char there[SMALL];
    read_small(path, there);
    for (size_t i = 0; i < sizeof wholes / sizeof *wholes; i++)
        if (strcmp(there, wholes[i]) == 0)
            return true;
    return strcmp(there, scene->before) == 0;
}

static void assert_said(const struct error *err, int sys, const char *at)
{
    bool code = err->code == ERROR_CHANGED || err->code == ERROR_MEMORY || err->sys == sys;
    if (err->code == ERROR_NONE || err->code == ERROR_INTERNAL || !code ||
        (strstr(err->text, "credentials") == NULL && err->code != ERROR_MEMORY) ||
        strchr(err->text, '\n') != NULL)
        fail_msg("%s: %s, %s", at, error_name(err->code), err->text);
}

/* After a replacing that did or did not succeed: what file.h promises, and that it can go on. */
static void assert_promises(const struct stage *stage, bool done, const char *at)
{
    const struct scene *scene = stage->scene;
    struct error err = {0};
    if (!is_whole(scene))
        fail_msg("%s: the file is neither old nor new", at);
    if (done && (scene->after == NULL || !holds(path, scene->after)))
        fail_msg("%s: success, and the file is not the new one", at);
    assert_attributes(scene, at);
    if (entries(HIDDEN, false) > !done)
        fail_msg("%s: %d files are left", at, entries(HIDDEN, false));
    if (!file_replace_recover(path, &err) && err.code != ERROR_CHANGED)
        fail_msg("%s: cannot be recovered: %s", at, err.text);
    if (entries(HIDDEN, false) != 0 || !is_whole(scene))
        fail_msg("%s: recovering did not do it", at);
    assert_edits_kept(stage, at);
    bool is_new = holds(path, "1:new") || holds(path, "2:new") || holds(path, "10:new");
    if (!is_new && !replace(&err))
        fail_msg("%s: cannot be replaced any more: %s", at, err.text);
    assert_attributes(scene, at);
}

enum outcome { MUST_FAIL, MUST_GO_ON, EITHER };

/* EITHER: it depends on which call it is. */
static const struct {
    enum refuse_call call;
    int sys;
    enum outcome outcome;
} ways[] = {
    {REFUSE_open, EMFILE, MUST_FAIL},
    {REFUSE_openat, EMFILE, MUST_FAIL},
    {REFUSE_fstat, EIO, MUST_FAIL},
    {REFUSE_fstatat, EIO, EITHER},
    {REFUSE_fchown, EPERM, MUST_FAIL},
    {REFUSE_fchmod, EPERM, MUST_FAIL},
    {REFUSE_flistxattr, ENOTSUP, MUST_GO_ON},
    {REFUSE_fgetxattr, ENODATA, MUST_GO_ON},
    {REFUSE_fsetxattr, ENOSPC, MUST_GO_ON},
    {REFUSE_flock, ENOLCK, MUST_FAIL},
    {REFUSE_flock, EWOULDBLOCK, EITHER},
    {REFUSE_fcntl, EINVAL, MUST_GO_ON},
    {REFUSE_pread, EIO, MUST_FAIL},
    {REFUSE_pread, EINTR, MUST_GO_ON},
    {REFUSE_pread, 0, MUST_GO_ON},
    {REFUSE_write, ENOSPC, MUST_FAIL},
    {REFUSE_write, EINTR, MUST_GO_ON},
    {REFUSE_write, 0, MUST_GO_ON},
    {REFUSE_fsync, EIO, MUST_FAIL},
    {REFUSE_renameat, EIO, MUST_FAIL},
    {REFUSE_linkat, EPERM, MUST_FAIL},
    {REFUSE_unlinkat, EIO, EITHER},
    {REFUSE_syscall, ENOSYS, MUST_GO_ON},
    {REFUSE_syscall, EINVAL, MUST_GO_ON},
    {REFUSE_syscall, EPERM, EITHER},
    {REFUSE_mmap, ENOMEM, EITHER},
    {REFUSE_mprotect, ENOMEM, EITHER},
};
enum { WAYS = sizeof ways / sizeof *ways };

static void clean(void)
{
    entries(HIDDEN, true);
    entries(KEPT, true);
    unlink(path);
}

/* The number-th call of this way fails. False: there are not so many. */
static bool run_one(const struct scene *scene, size_t way, int number)
{
    struct stage stage = {.scene = scene};
    struct refusal rows[] = {{ways[way].call, number, ways[way].sys}, {REFUSE_syscall, 0, ENOSYS}};
    struct error err = {0};
    char at[128];
    snprintf(at, sizeof at, "%s%s, %s %d: %s", scene->name,
             scene->without_exchange ? ", without exchange" : "", refuse_name(ways[way].call),
             number, ways[way].sys == 0 ? "half" : strerror(ways[way].sys));
    clean();
    put_as(path, scene->before, strlen(scene->before), scene->owner);
    int mapped = refuse_mapped();
    int fd = free_descriptor();
    refuse_begin(rows, scene->without_exchange ? 2 : 1, edit_at_exchange, &stage);
    bool done = replace(&err);
    bool reached = refuse_end();
    if (free_descriptor() != fd || refuse_mapped() != mapped)
        fail_msg("%s: descriptors or mappings are left", at);
    if (done ? err.code != ERROR_NONE : (assert_said(&err, ways[way].sys, at), false))
        fail_msg("%s: success, and an error: %s", at, err.text);
    bool meant = scene->after != NULL;
    if ((!reached || ways[way].outcome == MUST_GO_ON) && done != meant)
        fail_msg("%s: %s", at, done ? "went through" : err.text);
    if (reached && ways[way].outcome == MUST_FAIL && done)
        fail_msg("%s: went through", at);
    assert_promises(&stage, done, at);
    return reached;
}

/* Where it is another call when there is no exchange: all but what is done before it, or is it. */
static bool is_same_without_exchange(enum refuse_call call)
{
    static const enum refuse_call early[] = {
        REFUSE_open,      REFUSE_fchown, REFUSE_fchmod, REFUSE_flistxattr, REFUSE_fgetxattr,
        REFUSE_fsetxattr, REFUSE_flock,  REFUSE_write,  REFUSE_mprotect,   REFUSE_syscall};
    for (size_t i = 0; i < sizeof early / sizeof *early; i++)
        if (call == early[i])
            return true;
    return false;
}

static void run_scene(struct scene scene)
{
    int runs = 0;
    for (int without = 0; without < 2; without++)
        for (size_t way = 0; way < WAYS; way++) {
            scene.without_exchange = without == 1;
            if (scene.without_exchange && is_same_without_exchange(ways[way].call))
                continue;
            for (int number = 1; run_one(&scene, way, number); number++)
                runs++;
        }
    print_message("# %s: %d refused calls\n", scene.name, runs);
    assert_in_range(runs, 50, 5000);
}

static void test_as_it_was_read(void **state)
{
    (void)state;
    run_scene((struct scene){
        .name = "as it was read", .before = "1:old", .after = "1:new", .owner = geteuid()});
}

static void test_of_another_owner(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        print_message("# only root can make a file of another owner; nothing checked\n");
        return;
    }
    struct scene scene = {
        .name = "of another owner", .before = "1:old", .after = "1:new", .owner = OWNER};
    for (size_t way = 0; way < WAYS; way++) /* the others do not know the owner */
        if (ways[way].call == REFUSE_fchown || ways[way].call == REFUSE_fchmod)
            assert_true(run_one(&scene, way, 1) && !run_one(&scene, way, 2));
}

static void test_changed_since(void **state)
{
    (void)state;
    run_scene((struct scene){.name = "changed since it was read",
                             .before = "2:old",
                             .after = "2:new",
                             .owner = geteuid()});
}

static void test_edited_at_the_exchange(void **state)
{
    (void)state;
    run_scene((struct scene){.name = "edited at the exchange",
                             .before = "1:old",
                             .after = "10:new",
                             .edits = 1,
                             .owner = geteuid()});
}

static void test_edited_at_both_exchanges(void **state)
{
    (void)state;
    run_scene((struct scene){.name = "edited at the exchange and before it is undone",
                             .before = "1:old",
                             .edits = 2,
                             .owner = geteuid()});
}

/* --- trying ------------------------------------------------------------------------------------*/

static void test_try(void **state)
{
    (void)state;
    int runs = 0;
    for (size_t way = 0; way < WAYS; way++)
        for (int number = 1;; number++, runs++) {
            struct refusal row = {ways[way].call, number, ways[way].sys};
            struct error err = {0};
            struct stat before, after;
            char at[96];
            snprintf(at, sizeof at, "%s %d: %s", refuse_name(row.call), number, strerror(row.sys));
            clean();
            put(path, "1:old");
            assert_int_equal(stat(path, &before), 0);
            int mapped = refuse_mapped();
            int fd = free_descriptor();
            refuse_begin(&row, 1, NULL, NULL);
            bool done = file_replace_try(path, 100, &err);
            bool reached = refuse_end();
            if (free_descriptor() != fd || refuse_mapped() != mapped)
                fail_msg("%s: descriptors or mappings are left", at);
            assert_int_equal(stat(path, &after), 0);
            if (before.st_ino != after.st_ino || !holds(path, "1:old"))
                fail_msg("%s: the file was changed", at);
            if ((!reached || ways[way].outcome == MUST_GO_ON) && !done)
                fail_msg("%s: %s", at, err.text);
            if (reached && ways[way].outcome == MUST_FAIL && done)
                fail_msg("%s: went through", at);
            if (!done)
                assert_said(&err, row.sys, at);
            if (entries(HIDDEN, false) > (row.call == REFUSE_unlinkat && !done))
                fail_msg("%s: a file is left", at);
            if (!reached)
                break;
        }
    assert_in_range(runs, 20, 1000);
}

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
        int fd = open(path, O_WRONLY | O_TRUNC | O_NONBLOCK);
        if (fd < 0) {
            assert_int_equal(errno, EWOULDBLOCK);
            return;
        }
        assert_int_equal(write(fd, "10:old", 6), 6);
        close(fd);
    } else {
        put(other, "10:old");
        assert_int_equal(rename(other, path), 0);
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
        clean();
        put(path, "1:old");
        refuse_begin(rows, count, edit_once, &editor);
        bool done = replace(&err);
        refuse_end();
        /* What is read while it is rewritten in place is neither, and the merge may give up on it.
         */
        if (!done && !(in_place && err.code == ERROR_CHANGED))
            fail_msg("moment %d: %s", number, err.text);
        if (!editor.done)
            break;
        bool is_merged = holds(path, "10:new");
        if (!is_merged && !holds(path, "10:old") && !(editor.linked && !in_place))
            fail_msg("moment %d of %d: the edit is lost", number, refuse_calls());
        if (entries(HIDDEN, false) + entries(KEPT, false) != 0)
            fail_msg("moment %d: a file is left", number);
        merged += is_merged;
        given_up += !done;
        moments++;
    }
    assert_true(holds(path, "1:new"));
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
        entries(HIDDEN, true);
}

/* Somebody sweeps the folder: what we are about to remove is gone. */
static void test_removed_by_another(void **state)
{
    (void)state;
    for (int which = 1; which <= 2; which++) {
        struct error err = {0};
        clean();
        put(path, "1:old");
        refuse_begin(NULL, 0, remove_hidden, &which);
        bool done = replace(&err);
        refuse_end();
        if (!done)
            fail_msg("%s", err.text);
        assert_true(holds(path, "1:new"));
        assert_int_equal(entries(HIDDEN, false), 0);
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
            snprintf(long_path, sizeof long_path, "%s/%s", folder, name);
            put(long_path, "1:old");
            refuse_begin(&row, without == 1 ? 1 : 0, NULL, NULL);
            bool done = file_replace(long_path, "1:old", 5, "1:new", 5, merge_number, NULL, &err);
            refuse_end();
            assert_true(holds(long_path, done ? "1:new" : "1:old"));
            if (!done && err.sys != ENAMETOOLONG)
                fail_msg("%d: %s", length, err.text);
            longest = done && length > longest ? length : longest;
            shortest_refused = !done && length < shortest_refused ? length : shortest_refused;
            assert_int_equal(unlink(long_path), 0);
            assert_int_equal(entries(".n", false), 0);
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
    put(path, "");
    assert_true(file_replace(path, "", 0, "1:new", 5, no_reason, NULL, &err));
    assert_true(holds(path, "1:new"));
    assert_true(file_replace(path, "1:new", 5, "", 0, no_reason, NULL, &err));
    assert_true(holds(path, ""));
    /* as long as expected, and another */
    put(path, "2:old");
    assert_false(file_replace(path, "1:old", 5, "1:new", 5, no_reason, NULL, &err));
    assert_int_equal(err.code, ERROR_CHANGED);
    assert_non_null(strstr(err.text, "it is left as it is"));
    assert_true(holds(path, "2:old"));
    assert_false(file_replace(linked, "2:old", 5, "2:new", 5, no_reason, NULL, &err));
    assert_int_equal(err.code, ERROR_IO);
    assert_true(holds(path, "2:old"));
    size_t large = (4 << 20) + 1;
    char *bytes = calloc(1, large);
    assert_non_null(bytes);
    put_as(path, bytes, large, geteuid());
    assert_false(file_replace(path, bytes, large, "1:new", 5, no_reason, NULL, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_false(file_replace_try(path, SIZE_MAX - 1, &err));
    assert_int_equal(err.code, ERROR_MEMORY);
    free(bytes);
    assert_int_equal(entries(HIDDEN, false), 0);
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
        clean();
        put(path, "1:old");
        if (setxattr(path, "user.a", "1", 1, 0) != 0 || setxattr(path, "user.b", "22", 2, 0) != 0) {
            print_message("# no extended attributes here (%s); nothing checked\n", strerror(errno));
            return;
        }
        refuse_begin(rows + (i == 2 ? 0 : i), i == 2 ? 0 : 1, NULL, NULL);
        bool done = replace(&err);
        assert_true(refuse_end());
        assert_true(done);
        int kept = getxattr(path, "user.a", value, sizeof value) == 1;
        kept += getxattr(path, "user.b", value, sizeof value) == 2;
        assert_int_equal(kept, i == 2 ? 2 : 1);
    }
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(test_as_it_was_read),
        TEST(test_of_another_owner),
        TEST(test_changed_since),
        TEST(test_edited_at_the_exchange),
        TEST(test_edited_at_both_exchanges),
        TEST(test_try),
        TEST(test_edit_at_each_moment),
        TEST(test_removed_by_another),
        TEST(test_long_names),
        TEST(test_odd_content),
#ifdef HAVE_SYS_XATTR_H
        TEST(test_attributes),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
