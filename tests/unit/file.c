/* Files: whole or not at all, and nobody's finished edit is lost. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_SYS_XATTR_H
#include <sys/xattr.h>
#endif
#ifdef __linux__
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/guarded.h"

static char folder[64];
static char path[128];

static int set_up(void **state)
{
    (void)state;
    umask(022);
    strcpy(folder, "/tmp/keywright-file-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/credentials", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[256];
    snprintf(command, sizeof command, "chmod -R u+rwx %s && rm -rf %s", folder, folder);
    return system(command);
}

static void put(const char *name, const char *content, mode_t mode)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, mode);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void assert_holds(const char *name, const char *content)
{
    char *bytes = NULL;
    size_t length = 0;
    struct error err = {0};
    if (!file_read(name, 1 << 20, &bytes, &length, &err))
        fail_msg("%s: %s", name, err.text);
    assert_string_equal(bytes, content);
    assert_int_equal(length, strlen(content));
    file_bytes_free(bytes, length);
}

static int entries(const char *where)
{
    DIR *directory = opendir(where);
    assert_non_null(directory);
    int count = 0;
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(directory);
    return count;
}

static bool no_merge(void *context, const char *now, size_t length, char **ret_bytes,
                     size_t *ret_length, struct error *err)
{
    (void)context, (void)now, (void)length, (void)ret_bytes, (void)ret_length;
    return error_set(err, ERROR_TARGET, "no merge was expected");
}

static bool replace(const char *from, const char *to, struct error *err)
{
    return file_replace(path, from, strlen(from), to, strlen(to), no_merge, NULL, err);
}

/* Run `body` as somebody who is not root, in a process of its own. */
static void as_nobody(void (*body)(void))
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(77);
        body();
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "# line %d: %s\n", __LINE__, #condition);                              \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

static void test_read(void **state)
{
    (void)state;
    char *bytes = (char *)"untouched";
    size_t length = 7;
    struct error err = {0};
    assert_false(file_read(path, 100, &bytes, &length, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_non_null(strstr(err.text, path));
    put(path, "12345", 0600);
    assert_false(file_read(path, 4, &bytes, &length, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_false(file_read(folder, 100, &bytes, &length, &err));
    assert_int_equal(err.code, ERROR_IO);
    char pipe_path[160];
    snprintf(pipe_path, sizeof pipe_path, "%s/pipe", folder);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    assert_false(file_read(pipe_path, 100, &bytes, &length, &err)); /* and does not hang */
    assert_int_equal(err.code, ERROR_IO);
    assert_string_equal(bytes, "untouched");
    assert_int_equal(length, 7);
    assert_true(file_read(path, 5, &bytes, &length, &err));
    assert_int_equal(length, 5);
    assert_string_equal(bytes, "12345");
    file_bytes_free(bytes, length);
    file_bytes_free(NULL, 0);
    put(path, "", 0600);
    assert_holds(path, "");
}

static void test_replace_keeps_mode_and_leaves_nothing(void **state)
{
    (void)state;
    static const mode_t modes[] = {0600, 0640, 0644, 0400, 0660};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        struct error err = {0};
        unlink(path);
        put(path, "old", modes[i]);
        if (geteuid() == 0)
            assert_int_equal(chown(path, 1234, 4321), 0);
        if (!replace("old", "the new content", &err))
            fail_msg("%s", err.text);
        assert_holds(path, "the new content");
        struct stat status;
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mode & 07777, modes[i]);
        if (geteuid() == 0) {
            assert_int_equal(status.st_uid, 1234);
            assert_int_equal(status.st_gid, 4321);
        }
        assert_int_equal(entries(folder), 1);
    }
}

#ifdef HAVE_SYS_XATTR_H
static void test_replace_keeps_attributes(void **state)
{
    (void)state;
    struct error err = {0};
    char value[16] = "";
    put(path, "old", 0600);
    if (setxattr(path, "user.keywright", "kept", 4, 0) != 0) {
        print_message("# no extended attributes here (%s); nothing checked\n", strerror(errno));
        return;
    }
    assert_true(replace("old", "new", &err));
    assert_int_equal(getxattr(path, "user.keywright", value, sizeof value), 4);
    assert_string_equal(value, "kept");
}
#endif

static void test_try_changes_nothing(void **state)
{
    (void)state;
    struct error err = {0};
    assert_false(file_replace_try(path, 10, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    put(path, "old", 0600);
    struct stat before, after;
    assert_int_equal(stat(path, &before), 0);
    assert_true(file_replace_try(path, 100000, &err));
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
    assert_holds(path, "old");
    assert_int_equal(entries(folder), 1);
}

static void test_links(void **state)
{
    (void)state;
    struct error err = {0};
    char link_path[160], other[160];
    snprintf(link_path, sizeof link_path, "%s/link", folder);
    snprintf(other, sizeof other, "%s/other", folder);
    put(path, "old", 0600);
    assert_int_equal(symlink("credentials", link_path), 0);
    assert_false(file_replace(link_path, "old", 3, "new", 3, no_merge, NULL, &err));
    assert_int_equal(err.code, ERROR_IO);
    assert_non_null(strstr(err.text, "symbolic link"));
    char resolved[PATH_MAX];
    assert_true(file_resolve(link_path, resolved, sizeof resolved, &err));
    assert_string_equal(resolved, path);
    assert_true(file_replace(resolved, "old", 3, "new", 3, no_merge, NULL, &err));
    assert_holds(link_path, "new");
    assert_int_equal(link(path, other), 0);
    assert_false(replace("new", "newer", &err));
    assert_non_null(strstr(err.text, "hard links"));
    assert_false(file_replace_try(path, 3, &err));
    assert_holds(path, "new");
    assert_int_equal(entries(folder), 3);
}

static void test_resolve(void **state)
{
    (void)state;
    struct error err = {0};
    char here[160], resolved[PATH_MAX] = "untouched", wanted[200];
    /* missing, in a directory that is there */
    assert_true(file_resolve(path, resolved, sizeof resolved, &err));
    assert_string_equal(resolved, path);
    /* a link to a file that is missing, relative, through a folder that is a link itself */
    snprintf(here, sizeof here, "%s/real", folder);
    assert_int_equal(mkdir(here, 0700), 0);
    snprintf(here, sizeof here, "%s/alias", folder);
    assert_int_equal(symlink("real", here), 0);
    assert_int_equal(symlink("alias/later", path), 0);
    assert_true(file_resolve(path, resolved, sizeof resolved, &err));
    snprintf(wanted, sizeof wanted, "%s/real/later", folder);
    assert_string_equal(resolved, wanted);
    /* a loop, a missing directory, no room */
    snprintf(here, sizeof here, "%s/loop", folder);
    assert_int_equal(symlink("loop", here), 0);
    strcpy(resolved, "untouched");
    assert_false(file_resolve(here, resolved, sizeof resolved, &err));
    snprintf(here, sizeof here, "%s/none/file", folder);
    assert_false(file_resolve(here, resolved, sizeof resolved, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_false(file_resolve(folder, resolved, 5, &err));
    assert_string_equal(resolved, "untouched");
}

/* --- other writers -----------------------------------------------------------------------------*/

struct editor {
    int edits; /* how many more the other program makes, each in the middle of ours */
    bool by_rename;
    int asked;
};

static void edit(bool by_rename, const char *content)
{
    if (!by_rename) {
        put(path, content, 0600);
        return;
    }
    char other[160];
    snprintf(other, sizeof other, "%s/editors-own", folder);
    put(other, content, 0600);
    assert_int_equal(rename(other, path), 0);
}

/* "N:old" becomes "N:new", and meanwhile the other program writes "N+1:old". */
static bool merge_number(void *context, const char *now, size_t length, char **ret_bytes,
                         size_t *ret_length, struct error *err)
{
    struct editor *editor = context;
    editor->asked++;
    int number = atoi(now);
    if (length < 4 || strcmp(now + length - 4, ":old") != 0)
        return error_set(err, ERROR_TARGET, "there is no old in it");
    char *bytes = guarded_new(32);
    assert_non_null(bytes);
    int made = snprintf(bytes, 32, "%d:new", number);
    if (editor->edits > 0) {
        char content[32];
        editor->edits--;
        snprintf(content, sizeof content, "%d:old", number + 1);
        edit(editor->by_rename, content);
    }
    *ret_bytes = bytes;
    *ret_length = (size_t)made;
    return true;
}

static void test_edits_survive(void **state)
{
    (void)state;
    for (int by_rename = 0; by_rename < 2; by_rename++)
        for (int edits = 0; edits < 4; edits++) {
            struct editor editor = {.edits = edits, .by_rename = by_rename};
            struct error err = {0};
            put(path, "1:old", 0600);
            if (!file_replace(path, "0:old", 5, "0:new", 5, merge_number, &editor, &err))
                fail_msg("%s", err.text);
            char wanted[32];
            snprintf(wanted, sizeof wanted, "%d:new", 1 + edits);
            assert_holds(path, wanted);
            assert_int_equal(editor.asked, 1 + edits);
            assert_int_equal(entries(folder), 1);
        }
}

static void test_merge_gives_up(void **state)
{
    (void)state;
    struct editor editor = {0};
    struct error err = {0};
    put(path, "7:none", 0600);
    assert_false(file_replace(path, "0:old", 5, "0:new", 5, merge_number, &editor, &err));
    assert_int_equal(err.code, ERROR_CHANGED);
    assert_non_null(strstr(err.text, "there is no old in it"));
    assert_holds(path, "7:none");
    /* for ever edited: we end, and the last edit stands */
    editor = (struct editor){.edits = 1000};
    put(path, "1:old", 0600);
    assert_false(file_replace(path, "0:old", 5, "0:new", 5, merge_number, &editor, &err));
    assert_int_equal(err.code, ERROR_CHANGED);
    assert_in_range(editor.asked, 2, 10);
    char wanted[32];
    snprintf(wanted, sizeof wanted, "%d:old", 1 + editor.asked);
    assert_holds(path, wanted);
    assert_int_equal(entries(folder), 1);
}

#if defined(__linux__) && defined(SYS_renameat2)
static void forbid_exchange(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0);
}

static void body_without_exchange(void)
{
    forbid_exchange();
    for (int edits = 0; edits < 3; edits++) {
        struct editor editor = {.edits = edits};
        struct error err = {0};
        put(path, "1:old", 0600);
        CHECK(file_replace(path, "0:old", 5, "0:new", 5, merge_number, &editor, &err));
        char *bytes = NULL;
        size_t length = 0;
        CHECK(file_read(path, 100, &bytes, &length, &err));
        CHECK(atoi(bytes) == 1 + edits && strcmp(bytes + 1, ":new") == 0);
        file_bytes_free(bytes, length);
        CHECK(entries(folder) == 1);
    }
    struct error err = {0};
    unlink(path);
    CHECK(file_create_private(path, "pair", 4, &err));
    CHECK(!file_create_private(path, "other", 5, &err));
}

static void test_without_exchange(void **state)
{
    (void)state;
    assert_int_equal(chmod(folder, 0777), 0);
    as_nobody(body_without_exchange);
}
#endif

#if defined(__linux__) && defined(__x86_64__) && defined(SYS_renameat2)
/* Act in the very moment of an exchange: a filter turns the call into SIGSYS, whose handler does
 * what another program or a power cut would do there, and then the call itself. The filter knows
 * the handler's call by a bit that the kernel does not look at. */

enum moment { NOTHING, EDIT_BEFORE, DIE_AFTER, EDIT_AND_DIE };

static enum moment moments[8];
static volatile int moment_count;

static void at_exchange(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info;
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    enum moment moment = moments[moment_count++];
    char content[32];
    if (moment == EDIT_BEFORE || moment == EDIT_AND_DIE) {
        snprintf(content, sizeof content, "%d:old", 10 * moment_count);
        edit(true, content);
    }
    registers[REG_RAX] =
        syscall(SYS_renameat2, registers[REG_RDI], registers[REG_RSI], registers[REG_RDX],
                registers[REG_R10], (unsigned long)registers[REG_R8] | 1UL << 32);
    if (moment == DIE_AFTER || moment == EDIT_AND_DIE)
        _exit(0);
}

static void watch_exchanges(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat2, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[4]) + 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
    struct sigaction action = {.sa_sigaction = at_exchange, .sa_flags = SA_SIGINFO};
    CHECK(sigaction(SIGSYS, &action, NULL) == 0);
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0);
}

static bool holds(const char *content)
{
    char *bytes = NULL;
    size_t length = 0;
    struct error err;
    bool same = file_read(path, 1000, &bytes, &length, &err) && strcmp(bytes, content) == 0;
    file_bytes_free(bytes, length);
    return same;
}

/* "1:old" to "1:new" with these moments, in a process of its own. */
static void run_moments(const enum moment *these, size_t count, bool succeeds, const char *after)
{
    struct error err = {0};
    put(path, "1:old", 0600);
    assert_int_equal(chmod(folder, 0777), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        memcpy(moments, these, count * sizeof *these);
        watch_exchanges();
        struct editor editor = {0};
        bool done = file_replace(path, "1:old", 5, "1:new", 5, merge_number, &editor, &err);
        CHECK(moment_count == (int)count);
        CHECK(done == succeeds);
        CHECK(done || err.code == ERROR_CHANGED);
        CHECK(holds(after));
        _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    assert_holds(path, after);
}

/* A lease that is broken within renameat2 sends a signal that valgrind 3.19 fails on. */
static bool left_out(const char *test)
{
    if (getenv("KEYWRIGHT_VALGRIND") == NULL)
        return false;
    printf("# left out under valgrind: %s (it fails on a signal within renameat2)\n", test);
    return true;
}

static void test_edit_at_the_exchange(void **state)
{
    (void)state;
    if (left_out(__func__))
        return;
    /* displaced, put back, merged */
    run_moments((enum moment[]){EDIT_BEFORE, NOTHING, NOTHING}, 3, true, "10:new");
    assert_int_equal(entries(folder), 1);
    /* and again in the next round */
    run_moments((enum moment[]){EDIT_BEFORE, NOTHING, EDIT_BEFORE, NOTHING, NOTHING}, 5, true,
                "30:new");
    assert_int_equal(entries(folder), 1);
    /* a second program edits ours before the first one's edit is back: both are kept */
    run_moments((enum moment[]){EDIT_BEFORE, EDIT_BEFORE}, 2, false, "10:old");
    assert_int_equal(entries(folder), 2);
}

static void test_death_at_the_exchange(void **state)
{
    (void)state;
    struct error err = {0};
    if (left_out(__func__))
        return;
    run_moments((enum moment[]){DIE_AFTER}, 1, true, "1:new");
    assert_int_equal(entries(folder), 2);
    assert_true(file_replace_recover(path, &err));
    assert_int_equal(entries(folder), 1);
    run_moments((enum moment[]){EDIT_BEFORE, DIE_AFTER}, 2, true, "10:old");
    assert_int_equal(entries(folder), 2);
    assert_true(file_replace_recover(path, &err));
    assert_int_equal(entries(folder), 1);
    /* the edit is nowhere but in what was displaced: it is kept, and told once */
    run_moments((enum moment[]){EDIT_AND_DIE}, 1, true, "1:new");
    assert_false(file_replace_recover(path, &err));
    assert_int_equal(err.code, ERROR_CHANGED);
    assert_int_equal(entries(folder), 2);
    assert_true(file_replace_recover(path, &err));
    assert_int_equal(entries(folder), 2);
}
#endif

/* A program that has truncated the file and is not done: its edit is awaited, then merged. */
static void test_writer_in_the_middle(void **state)
{
    (void)state;
    put(path, "1:old", 0600);
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int fd = open(path, O_WRONLY | O_TRUNC);
        CHECK(write(ready[1], "x", 1) == 1);
        usleep(300 * 1000);
        CHECK(write(fd, "5:old", 5) == 5);
        _exit(0);
    }
    char byte;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    struct editor editor = {0};
    struct error err = {0};
    if (!file_replace(path, "1:old", 5, "1:new", 5, merge_number, &editor, &err))
        fail_msg("%s", err.text);
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    assert_holds(path, "5:new");
    close(ready[0]);
    close(ready[1]);
}

static void test_lock_is_awaited(void **state)
{
    (void)state;
    put(path, "old", 0600);
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int fd = open(path, O_RDONLY);
        CHECK(flock(fd, LOCK_EX) == 0);
        CHECK(write(ready[1], "x", 1) == 1);
        usleep(200 * 1000);
        _exit(0);
    }
    char byte;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    struct error err = {0};
    assert_true(replace("old", "new", &err));
    clock_gettime(CLOCK_MONOTONIC, &after);
    int64_t ms = (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
    assert_in_range(ms, 100, 9000);
    int status;
    waitpid(child, &status, 0);
    close(ready[0]);
    close(ready[1]);
}

/* --- crashes -----------------------------------------------------------------------------------*/

static void hidden(char *name, size_t size, const char *middle)
{
    snprintf(name, size, "%s/.credentials.keywright-%s", folder, middle);
}

static void test_leftovers_are_removed(void **state)
{
    (void)state;
    struct error err = {0};
    struct stat status;
    char name[300], next[300], numbers[160];
    put(path, "live", 0600);
    /* half written; complete but not exchanged (its own inode in its name) */
    hidden(name, sizeof name, "part");
    put(name, "half a sec", 0600);
    hidden(name, sizeof name, "x");
    put(name, "new secret", 0600);
    assert_int_equal(stat(name, &status), 0);
    snprintf(numbers, sizeof numbers, "%llx.5.1.2", (unsigned long long)status.st_ino);
    hidden(next, sizeof next, numbers);
    assert_int_equal(rename(name, next), 0);
    /* displaced, unedited: another inode, size and time as in its name */
    put(name, "displaced", 0600);
    assert_int_equal(stat(name, &status), 0);
    snprintf(numbers, sizeof numbers, "%llx.%llx.%llx.%lx", (unsigned long long)status.st_ino + 1,
             (unsigned long long)status.st_size, (unsigned long long)status.st_mtim.tv_sec,
             (unsigned long)status.st_mtim.tv_nsec);
    hidden(next, sizeof next, numbers);
    assert_int_equal(rename(name, next), 0);
    assert_int_equal(entries(folder), 4);
    if (!file_replace_recover(path, &err))
        fail_msg("%s", err.text);
    assert_int_equal(entries(folder), 1);
    assert_holds(path, "live");
    /* displaced and edited: kept under a name that the message tells */
    put(name, "an edit", 0600);
    assert_int_equal(stat(name, &status), 0);
    snprintf(numbers, sizeof numbers, "%llx.%llx.%llx.%lx", (unsigned long long)status.st_ino + 1,
             (unsigned long long)status.st_size + 1, (unsigned long long)status.st_mtim.tv_sec,
             (unsigned long)status.st_mtim.tv_nsec);
    hidden(next, sizeof next, numbers);
    assert_int_equal(rename(name, next), 0);
    assert_false(file_replace_recover(path, &err));
    assert_int_equal(err.code, ERROR_CHANGED);
    const char *kept = strstr(err.text, "credentials.edited-");
    assert_non_null(kept);
    char kept_path[200];
    snprintf(kept_path, sizeof kept_path, "%s/%.*s", folder, (int)strcspn(kept, " "), kept);
    assert_holds(kept_path, "an edit");
    assert_true(replace("live", "new", &err));
    assert_holds(path, "new");
}

/* Killed at any moment: old or new, whole, and a later run finds nothing that it cannot remove. */
static void test_killed(void **state)
{
    (void)state;
    static char old[30000], new[40000];
    memset(old, 'o', sizeof old - 1);
    memset(new, 'n', sizeof new - 1);
    unsigned seed = 12345;
    for (int round = 0; round < 60; round++) {
        put(path, old, 0600);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            struct error err;
            while (replace(old, new, &err) && replace(new, old, &err))
                continue;
            _exit(1);
        }
        usleep(1000 + (unsigned)rand_r(&seed) % 4000);
        kill(child, SIGKILL);
        int status;
        waitpid(child, &status, 0);
        assert_true(WIFSIGNALED(status));
        struct error err = {0};
        char *bytes = NULL;
        size_t length = 0;
        assert_true(file_read(path, 1 << 20, &bytes, &length, &err));
        assert_true(strcmp(bytes, old) == 0 || strcmp(bytes, new) == 0);
        file_bytes_free(bytes, length);
        if (!file_replace_recover(path, &err))
            fail_msg("%s", err.text);
        assert_int_equal(entries(folder), 1);
    }
}

/* --- refusals ----------------------------------------------------------------------------------*/

static void body_read_only_directory(void)
{
    struct error err = {0};
    CHECK(!replace("old", "new", &err));
    CHECK(err.code == ERROR_PERMISSION);
    CHECK(strstr(err.text, path) != NULL);
    CHECK(!file_replace_try(path, 3, &err));
    CHECK(err.code == ERROR_PERMISSION);
}

static void test_read_only_directory(void **state)
{
    (void)state;
    put(path, "old", 0644);
    assert_int_equal(chmod(folder, 0555), 0);
    as_nobody(body_read_only_directory);
    assert_int_equal(chmod(folder, 0700), 0);
    assert_holds(path, "old");
    assert_int_equal(entries(folder), 1);
}

static void body_owner(void)
{
    struct error err = {0};
    CHECK(!replace("old", "new", &err));
    CHECK(err.code == ERROR_PERMISSION);
    CHECK(strstr(err.text, "owner") != NULL);
}

static void test_owner_that_cannot_be_kept(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        print_message("# only root can make a file of another owner; nothing checked\n");
        return;
    }
    put(path, "old", 0644);
    assert_int_equal(chmod(folder, 0777), 0);
    as_nobody(body_owner);
    assert_holds(path, "old");
    assert_int_equal(entries(folder), 1);
}

static void body_no_room(void)
{
    /* as on a full disk: the write fails half way */
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {5, 5};
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    struct error err = {0};
    CHECK(!replace("old", "the new content", &err));
    CHECK(err.code == ERROR_IO);
    CHECK(err.sys == EFBIG);
    CHECK(!file_replace_try(path, 100, &err));
}

static void test_no_room(void **state)
{
    (void)state;
    put(path, "old", 0600);
    assert_int_equal(chmod(folder, 0777), 0);
    if (geteuid() == 0)
        assert_int_equal(chown(path, 65534, 65534), 0);
    as_nobody(body_no_room);
    assert_holds(path, "old");
    assert_int_equal(entries(folder), 1);
}

/* --- the rest ----------------------------------------------------------------------------------*/

static void test_create_private(void **state)
{
    (void)state;
    struct error err = {0};
    umask(0);
    char stale[160];
    snprintf(stale, sizeof stale, "%s/.credentials.new", folder);
    put(stale, "from a crash", 0600);
    assert_true(file_create_private(path, "pair", 4, &err));
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_holds(path, "pair");
    assert_int_equal(entries(folder), 1);
    assert_true(file_create_private(path, "pair", 4, &err));
    static const char *const others[] = {"pai", "pairs", "PAIR", ""};
    for (size_t i = 0; i < 4; i++) {
        assert_false(file_create_private(path, others[i], strlen(others[i]), &err));
        assert_int_equal(err.code, ERROR_CHANGED);
    }
    assert_holds(path, "pair");
    assert_true(file_remove(path, &err));
    assert_true(file_remove(path, &err));
    assert_int_equal(entries(folder), 0);
    assert_int_equal(symlink("elsewhere", path), 0);
    assert_false(file_create_private(path, "pair", 4, &err));
    char nowhere[160];
    snprintf(nowhere, sizeof nowhere, "%s/none/file", folder);
    assert_false(file_create_private(nowhere, "pair", 4, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_true(file_remove(nowhere, &err));
}

static void test_make_directory(void **state)
{
    (void)state;
    struct error err = {0};
    char deep[160];
    struct stat status;
    snprintf(deep, sizeof deep, "%s/a//b/c/", folder);
    assert_true(file_make_directory(deep, &err));
    assert_true(file_make_directory(deep, &err));
    assert_int_equal(stat(deep, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
    snprintf(deep, sizeof deep, "%s/a", folder);
    assert_int_equal(stat(deep, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
    put(path, "", 0600);
    snprintf(deep, sizeof deep, "%s/x", path);
    assert_false(file_make_directory(deep, &err));
    assert_false(file_make_directory(path, &err));
    assert_false(file_make_directory("", &err));
}

static void test_lock_byte(void **state)
{
    (void)state;
    struct error err = {0};
    int first = -1, second = -1, third = -1;
    assert_true(file_lock_byte(path, 3, &first, &err));
    assert_true(file_lock_byte(path, 4, &second, &err));
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    for (int held = 1; held >= 0; held--) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            close(first); /* else the child shares the lock and the parent cannot let it go */
            close(second);
            int fd = -7;
            bool got = file_lock_byte(path, 3, &fd, &err);
            CHECK(held ? !got && err.code == ERROR_BUSY && fd == -7 : got);
            CHECK(file_lock_byte(path, 5, &fd, &err));
            _exit(0);
        }
        int result;
        waitpid(child, &result, 0);
        assert_int_equal(result, 0);
        if (held)
            close(first);
    }
    assert_true(file_lock_byte(path, 3, &third, &err));
    assert_false(file_lock_byte(folder, 3, &first, &err));
    close(second);
    close(third);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_read),
        TEST(test_replace_keeps_mode_and_leaves_nothing),
#ifdef HAVE_SYS_XATTR_H
        TEST(test_replace_keeps_attributes),
#endif
        TEST(test_try_changes_nothing),
        TEST(test_links),
        TEST(test_resolve),
        TEST(test_edits_survive),
        TEST(test_merge_gives_up),
#if defined(__linux__) && defined(SYS_renameat2)
        TEST(test_without_exchange),
#endif
#if defined(__linux__) && defined(__x86_64__) && defined(SYS_renameat2)
        TEST(test_edit_at_the_exchange),
        TEST(test_death_at_the_exchange),
#endif
        TEST(test_writer_in_the_middle),
        TEST(test_lock_is_awaited),
        TEST(test_leftovers_are_removed),
        TEST(test_killed),
        TEST(test_read_only_directory),
        TEST(test_owner_that_cannot_be_kept),
        TEST(test_no_room),
        TEST(test_create_private),
        TEST(test_make_directory),
        TEST(test_lock_byte),
    };
    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
