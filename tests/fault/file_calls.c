/* A file is replaced while one call of the many fails, for each that can: it is whole, nobody's
 * edit is lost, and what is left is said and removed. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "file_ground.h"
#include "refuse.h"

static int free_descriptor(void)
{
    int fd = dup(STDERR_FILENO);
    close(fd);
    return fd;
}

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
    ground_put_as(ground_other, content, strlen(content), stage->scene->owner);
    assert_int_equal(rename(ground_other, ground_path), 0);
}

static void assert_attributes(const struct scene *scene, const char *at)
{
    struct stat status;
    assert_int_equal(lstat(ground_path, &status), 0);
    if (!S_ISREG(status.st_mode) || (status.st_mode & 07777) != GROUND_MODE || status.st_nlink != 1)
        fail_msg("%s: mode %o, %d names", at, (unsigned)status.st_mode, (int)status.st_nlink);
    if (geteuid() == 0 && (status.st_uid != scene->owner || status.st_gid != GROUND_GROUP))
        fail_msg("%s: owner %d, group %d", at, (int)status.st_uid, (int)status.st_gid);
    assert_int_equal(lstat(ground_link, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
}

/* The edits that were made are in the file, or in one of a name that is seen, as they were or
 * merged. */
static void assert_edits_kept(const struct stage *stage, const char *at)
{
    char there[GROUND_SMALL], beside[GROUND_SMALL] = "", name[sizeof ground_folder + 256];
    ground_read(ground_path, there);
    DIR *directory = opendir(ground_folder);
    assert_non_null(directory);
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL)
        if (strncmp(entry->d_name, KEPT, strlen(KEPT)) == 0) {
            snprintf(name, sizeof name, "%s/%s", ground_folder, entry->d_name);
            assert_string_equal(beside, ""); /* there is one at most */
            ground_read(name, beside);
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
    char there[GROUND_SMALL];
    ground_read(ground_path, there);
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
    if (done && (scene->after == NULL || !ground_holds(ground_path, scene->after)))
        fail_msg("%s: success, and the file is not the new one", at);
    assert_attributes(scene, at);
    if (ground_entries(HIDDEN, false) > !done)
        fail_msg("%s: %d files are left", at, ground_entries(HIDDEN, false));
    if (!file_replace_recover(ground_path, &err) && err.code != ERROR_CHANGED)
        fail_msg("%s: cannot be recovered: %s", at, err.text);
    if (ground_entries(HIDDEN, false) != 0 || !is_whole(scene))
        fail_msg("%s: recovering did not do it", at);
    assert_edits_kept(stage, at);
    bool is_new = ground_holds(ground_path, "1:new") || ground_holds(ground_path, "2:new") ||
                  ground_holds(ground_path, "10:new");
    if (!is_new && !ground_replace(&err))
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
    ground_clean();
    ground_put_as(ground_path, scene->before, strlen(scene->before), scene->owner);
    int mapped = refuse_mapped();
    int fd = free_descriptor();
    refuse_begin(rows, scene->without_exchange ? 2 : 1, edit_at_exchange, &stage);
    bool done = ground_replace(&err);
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
        .name = "of another owner", .before = "1:old", .after = "1:new", .owner = GROUND_OWNER};
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
            ground_clean();
            ground_put(ground_path, "1:old");
            assert_int_equal(stat(ground_path, &before), 0);
            int mapped = refuse_mapped();
            int fd = free_descriptor();
            refuse_begin(&row, 1, NULL, NULL);
            bool done = file_replace_try(ground_path, 100, &err);
            bool reached = refuse_end();
            if (free_descriptor() != fd || refuse_mapped() != mapped)
                fail_msg("%s: descriptors or mappings are left", at);
            assert_int_equal(stat(ground_path, &after), 0);
            if (before.st_ino != after.st_ino || !ground_holds(ground_path, "1:old"))
                fail_msg("%s: the file was changed", at);
            if ((!reached || ways[way].outcome == MUST_GO_ON) && !done)
                fail_msg("%s: %s", at, err.text);
            if (reached && ways[way].outcome == MUST_FAIL && done)
                fail_msg("%s: went through", at);
            if (!done)
                assert_said(&err, row.sys, at);
            if (ground_entries(HIDDEN, false) > (row.call == REFUSE_unlinkat && !done))
                fail_msg("%s: a file is left", at);
            if (!reached)
                break;
        }
    assert_in_range(runs, 20, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, ground_set_up, ground_tear_down)
        TEST(test_as_it_was_read),
        TEST(test_of_another_owner),
        TEST(test_changed_since),
        TEST(test_edited_at_the_exchange),
        TEST(test_edited_at_both_exchanges),
        TEST(test_try),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
