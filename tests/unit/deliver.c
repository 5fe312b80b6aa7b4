/* Targets: handed over, read back, restored, and what goes wrong with them. */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "deliver/deliver.h"

#define OLD        "AKIAOLDOLDOLDOLDOLD1"
#define OLD_SECRET "oldsecretoldsecretoldsecretoldsecret+/xx"
#define NEW        "AKIANEWNEWNEWNEWNEW1"
#define NEW_SECRET "newsecretnewsecretnewsecretnewsecret+/=="
#define OLD_PAIR   "aws_access_key_id = " OLD "\naws_secret_access_key = " OLD_SECRET "\n"
#define NEW_PAIR   "aws_access_key_id = " NEW "\naws_secret_access_key = " NEW_SECRET "\n"
#define BACKUP     ".keywright-R1-a"

static struct credentials new_pair;
static char folder[64];
static char path[96];
static char spec[160];
static struct text place;
static struct deliver_request request;

static int set_up(void **state)
{
    (void)state;
    umask(022);
    strcpy(folder, "/tmp/keywright-deliver-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/credentials", folder);
    snprintf(spec, sizeof spec, "file:%s", path);
    text_init(&place, 4096);
    request = (struct deliver_request){
        .rotation = "R1-a", .spec = spec, .old_key = OLD, .new_key = NEW, .verify = ""};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[256];
    text_release(&place);
    snprintf(command, sizeof command, "chmod -R u+rwx %s && rm -rf %s", folder, folder);
    return system(command);
}

static void put(const char *name, const char *content)
{
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static void assert_holds(const char *name, const char *content)
{
    char *bytes = NULL;
    size_t length = 0;
    struct error err = {0};
    if (!file_read(name, 1 << 20, &bytes, &length, &err))
        fail_msg("%s", err.text);
    assert_string_equal(bytes, content);
    file_bytes_free(bytes, length);
}

static int entries(void)
{
    DIR *directory = opendir(folder);
    assert_non_null(directory);
    int count = 0;
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(directory);
    return count;
}

static const char *beside(const char *suffix)
{
    static char name[160];
    snprintf(name, sizeof name, "%s%s", path, suffix);
    return name;
}

static void assert_read(const char *key_id, const char *secret, bool old_there)
{
    struct credentials pair;
    credentials_init(&pair);
    bool there = !old_there;
    struct error err = {0};
    if (!deliver_read(&request, &pair, &there, &err))
        fail_msg("%s", err.text);
    assert_string_equal(pair.key_id, key_id);
    if (secret == NULL)
        assert_null(pair.secret);
    else
        assert_string_equal(secret_bytes(pair.secret), secret);
    assert_int_equal(there, old_there);
    credentials_release(&pair);
}

/* --- specs -------------------------------------------------------------------------------------*/

static void test_describe(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        int readable; /* -1: no target */
    } cases[] = {
        {"file:/a/b", 1},   {"file:p@/a/b", 1},     {"file:me@work@/a/b", 1},
        {"command:cat", 0}, {"command:a 'b c'", 0}, {"file:", -1},
        {"file:a", -1},     {"file:@/a", -1},       {"command:", -1},
        {"command:'a", -1}, {"show", 0},            {"", -1},
        {"files:/a", -1},   {"file", -1},           {"file:a/b@c", -1},
        {"show:", -1},      {"show:x", -1},         {"showing", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool readable = cases[i].readable == 0;
        struct error err = {0};
        bool known = deliver_describe(cases[i].spec, &readable, &err);
        if (known != (cases[i].readable >= 0))
            fail_msg("%s", cases[i].spec);
        if (known)
            assert_int_equal(readable, cases[i].readable);
        else
            assert_int_equal(err.code, ERROR_USAGE);
    }
}

/* --- files -------------------------------------------------------------------------------------*/

static void test_whole_way(void **state)
{
    (void)state;
    struct error err = {0};
    const char *before = "# mine\n[default]\n" OLD_PAIR "region = x\n\n[ci] ; robot\n" OLD_PAIR
                         "[other]\naws_access_key_id = AKIAX\naws_secret_access_key = x\n";
    const char *after = "# mine\n[default]\n" NEW_PAIR "region = x\n\n[ci] ; robot\n" NEW_PAIR
                        "[other]\naws_access_key_id = AKIAX\naws_secret_access_key = x\n";
    put(path, before);
    assert_int_equal(chmod(path, 0640), 0);
    /* try: nothing changes */
    if (!deliver_try(&request, &place, &err))
        fail_msg("%s", err.text);
    char wanted[256];
    snprintf(wanted, sizeof wanted, "%s: profile default, ci", path);
    assert_string_equal(place.bytes, wanted);
    assert_int_equal(entries(), 1);
    assert_holds(path, before);
    assert_read(OLD, OLD_SECRET, true);
    /* hand over, twice */
    for (int time = 0; time < 2; time++) {
        text_clear(&place);
        if (!deliver_hand_over(&request, &new_pair, &place, &err))
            fail_msg("%s", err.text);
        assert_string_equal(place.bytes, beside(BACKUP));
        assert_holds(path, after);
        assert_int_equal(entries(), 2);
        assert_read(NEW, NEW_SECRET, false);
    }
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0640);
    assert_int_equal(stat(beside(BACKUP), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    char kept[512];
    snprintf(kept, sizeof kept,
             "# Kept by keywright until the rotation is closed: the pair that was replaced in\n"
             "# %s\n[default]\n" OLD_PAIR "[ci]\n" OLD_PAIR,
             path);
    assert_holds(beside(BACKUP), kept);
    struct credentials old;
    credentials_init(&old);
    assert_true(deliver_old_pair(&request, &old, &err));
    assert_string_equal(old.key_id, OLD);
    assert_string_equal(secret_bytes(old.secret), OLD_SECRET);
    credentials_release(&old);
    /* restore, twice, and forward again with the same back-up */
    assert_true(deliver_restore(&request, &err));
    assert_holds(path, before);
    assert_true(deliver_restore(&request, &err));
    assert_holds(path, before);
    text_clear(&place);
    assert_true(deliver_hand_over(&request, &new_pair, &place, &err));
    assert_holds(path, after);
    assert_holds(beside(BACKUP), kept);
    /* the end */
    text_clear(&place);
    assert_true(deliver_remove_backup(&request, &place, &err));
    assert_string_equal(place.bytes, beside(BACKUP));
    text_clear(&place);
    assert_true(deliver_remove_backup(&request, &place, &err));
    assert_string_equal(place.bytes, "");
    assert_int_equal(entries(), 1);
    assert_false(deliver_old_pair(&request, &old, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_false(deliver_restore(&request, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_holds(path, after);
}

static void test_one_profile(void **state)
{
    (void)state;
    struct error err = {0};
    char one[160], two[160];
    snprintf(one, sizeof one, "file:a@%s", path);
    snprintf(two, sizeof two, "file:b@%s", path);
    put(path, "[a]\n" OLD_PAIR "[b]\n" OLD_PAIR);
    request.spec = one;
    assert_true(deliver_try(&request, &place, &err));
    assert_non_null(strstr(place.bytes, ": profile a"));
    assert_null(strstr(place.bytes, "b,"));
    assert_true(deliver_hand_over(&request, &new_pair, &place, &err));
    assert_holds(path, "[a]\n" NEW_PAIR "[b]\n" OLD_PAIR);
    assert_read(NEW, NEW_SECRET, false);
    request.spec = two;
    assert_read(OLD, OLD_SECRET, true);
    assert_true(deliver_hand_over(&request, &new_pair, &place, &err));
    assert_holds(path, "[a]\n" NEW_PAIR "[b]\n" NEW_PAIR);
    assert_true(deliver_restore(&request, &err));
    assert_holds(path, "[a]\n" NEW_PAIR "[b]\n" OLD_PAIR);
    request.spec = spec;
    assert_read(NEW, NEW_SECRET, true);
    snprintf(two, sizeof two, "file:c@%s", path);
    request.spec = two;
    assert_read("", NULL, false);
    assert_false(deliver_try(&request, &place, &err));
    assert_int_equal(err.code, ERROR_TARGET);
}

static void test_config_file_and_link(void **state)
{
    (void)state;
    struct error err = {0};
    char link_path[96], link_spec[128], real[160], backup[200];
    snprintf(real, sizeof real, "%s/dot-aws-config", folder);
    snprintf(link_path, sizeof link_path, "%s/config", folder);
    snprintf(link_spec, sizeof link_spec, "file:%s", link_path);
    snprintf(backup, sizeof backup, "%s" BACKUP, real);
    put(real, "[default]\nregion = x\n[profile a]\n" OLD_PAIR);
    assert_int_equal(symlink("dot-aws-config", link_path), 0);
    request.spec = link_spec;
    assert_true(deliver_try(&request, &place, &err));
    text_clear(&place);
    assert_true(deliver_hand_over(&request, &new_pair, &place, &err));
    assert_string_equal(place.bytes, backup);
    assert_holds(real, "[default]\nregion = x\n[profile a]\n" NEW_PAIR);
    struct stat status;
    assert_int_equal(lstat(link_path, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_true(deliver_restore(&request, &err));
    assert_holds(real, "[default]\nregion = x\n[profile a]\n" OLD_PAIR);
}

static void test_other_edits_stay(void **state)
{
    (void)state;
    struct error err = {0};
    put(path, "[a]\n" OLD_PAIR "[b]\n" OLD_PAIR);
    assert_true(deliver_hand_over(&request, &new_pair, &place, &err));
    /* somebody takes b away, and adds c */
    put(path, "[a]\n" NEW_PAIR "[c]\nx = y\n");
    assert_true(deliver_restore(&request, &err));
    assert_holds(path, "[a]\n" OLD_PAIR "[c]\nx = y\n");
    /* a key of somebody else's stands there instead */
    put(path, "[a]\naws_access_key_id = AKIAX\naws_secret_access_key = x\n");
    assert_true(deliver_restore(&request, &err));
    assert_holds(path, "[a]\naws_access_key_id = AKIAX\naws_secret_access_key = x\n");
    assert_read("", NULL, false);
    assert_false(deliver_hand_over(&request, &new_pair, &place, &err));
    assert_int_equal(err.code, ERROR_TARGET);
    assert_non_null(strstr(err.text, "no longer holds " OLD));
    assert_holds(path, "[a]\naws_access_key_id = AKIAX\naws_secret_access_key = x\n");
}

static void test_new_key_with_another_secret(void **state)
{
    (void)state;
    struct error err = {0};
    put(path, "[a]\naws_access_key_id = " NEW "\naws_secret_access_key = stale\n");
    assert_true(deliver_hand_over(&request, &new_pair, &place, &err));
    assert_string_equal(place.bytes, "");
    assert_holds(path, "[a]\n" NEW_PAIR);
    assert_int_equal(entries(), 1);
}

static void test_unfit(void **state)
{
    (void)state;
    static const struct {
        const char *content;
        const char *text;
    } cases[] = {
        {"[a]\nx = y\n", "does not hold " OLD},
        {"[a]\naws_access_key_id = " OLD "\n", "line 2: "},
        {"[a]\n" OLD_PAIR "zzz\n", "line 4: Expected an '=' sign"},
        {"[a]\n" OLD_PAIR "[b]\naws_access_key_id = " OLD "\naws_secret_access_key = other\n",
         "one of them is wrong"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error err = {0};
        put(path, cases[i].content);
        if (deliver_try(&request, &place, &err) || err.code != ERROR_TARGET ||
            strstr(err.text, cases[i].text) == NULL || strstr(err.text, path) == NULL)
            fail_msg("case %zu: %s", i, err.text);
        assert_null(strstr(err.text, OLD_SECRET));
        assert_string_equal(place.bytes, "");
        assert_holds(path, cases[i].content);
        assert_int_equal(entries(), 1);
    }
    struct error err = {0};
    put(path, "[a]\n" OLD_PAIR);
    /* a stranger under the back-up's name */
    put(beside(BACKUP), "something else\n");
    assert_false(deliver_try(&request, &place, &err));
    assert_int_equal(err.code, ERROR_TARGET);
    assert_false(deliver_hand_over(&request, &new_pair, &place, &err));
    assert_holds(path, "[a]\n" OLD_PAIR);
    assert_false(deliver_remove_backup(&request, &place, &err));
    assert_holds(beside(BACKUP), "something else\n");
    put(beside(BACKUP), "[a]\naws_access_key_id = AKIAX\naws_secret_access_key = x\n");
    assert_false(deliver_hand_over(&request, &new_pair, &place, &err));
    assert_int_equal(err.code, ERROR_CHANGED);
    unlink(beside(BACKUP));
    /* an ID that would lead elsewhere */
    request.rotation = "../x";
    assert_false(deliver_hand_over(&request, &new_pair, &place, &err));
    request.rotation = "R1-a";
    /* gone */
    unlink(path);
    assert_false(deliver_try(&request, &place, &err));
    assert_int_equal(err.code, ERROR_TARGET);
    bool there;
    struct credentials pair;
    credentials_init(&pair);
    assert_false(deliver_read(&request, &pair, &there, &err));
    assert_int_equal(err.code, ERROR_TARGET);
    assert_int_equal(entries(), 0);
}

static void test_read_only_directory(void **state)
{
    (void)state;
    put(path, "[a]\n" OLD_PAIR);
    assert_int_equal(chmod(folder, 0555), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct error err = {0};
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(2);
        bool refused = !deliver_try(&request, &place, &err) && err.code == ERROR_TARGET &&
                       strstr(err.text, path) != NULL &&
                       !deliver_hand_over(&request, &new_pair, &place, &err) &&
                       err.code == ERROR_PERMISSION;
        _exit(refused ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    assert_int_equal(chmod(folder, 0755), 0);
    assert_holds(path, "[a]\n" OLD_PAIR);
    assert_int_equal(entries(), 1);
}

/* Killed while it hands over: the file is whole, and doing it again finishes the work. */
static void test_killed(void **state)
{
    (void)state;
    char before[9000] = "[a]\n" OLD_PAIR, after[9000] = "[a]\n" NEW_PAIR;
    for (int i = 0; i < 100; i++) {
        strcat(before, "# line of no meaning\n");
        strcat(after, "# line of no meaning\n");
    }
    unsigned seed = 7;
    for (int round = 0; round < 40; round++) {
        put(path, before);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            struct error err;
            _exit(deliver_hand_over(&request, &new_pair, &place, &err) ? 0 : 1);
        }
        usleep((unsigned)rand_r(&seed) % 3000);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        struct error err = {0};
        text_clear(&place);
        if (!deliver_hand_over(&request, &new_pair, &place, &err))
            fail_msg("round %d: %s", round, err.text);
        assert_holds(path, after);
        assert_string_equal(place.bytes, beside(BACKUP));
        assert_int_equal(entries(), 2);
        assert_true(deliver_remove_backup(&request, &place, &err));
        assert_int_equal(entries(), 1);
    }
}

/* What an interrupted run left beside the file holds a secret: whatever is done next removes it. */
static void test_leftovers(void **state)
{
    (void)state;
    struct error err = {0};
    char left[160];
    snprintf(left, sizeof left, "%s/.credentials.keywright-part", folder);
    put(path, "[a]\n" OLD_PAIR);
    put(left, "[a]\n" NEW_PAIR);
    assert_true(deliver_try(&request, &place, &err));
    assert_int_equal(entries(), 1);
    put(left, "[a]\n" NEW_PAIR);
    assert_true(deliver_hand_over(&request, &new_pair, &place, &err));
    assert_int_equal(entries(), 2);
    put(left, "[a]\n" NEW_PAIR);
    assert_true(deliver_hand_over(&request, &new_pair, &place, &err));
    assert_int_equal(entries(), 2);
    put(left, "[a]\n" NEW_PAIR);
    assert_true(deliver_restore(&request, &err));
    assert_int_equal(entries(), 2);
    put(left, "[a]\n" NEW_PAIR);
    assert_true(deliver_restore(&request, &err));
    assert_int_equal(entries(), 2);
    put(left, "[a]\n" NEW_PAIR);
    assert_true(deliver_remove_backup(&request, &place, &err));
    assert_int_equal(entries(), 1);
}

/* --- commands ----------------------------------------------------------------------------------*/

/* It is the keeper that runs it: what it gets comes from here. */
static void test_command(void **state)
{
    (void)state;
    struct error err = {0};
    CLEANUP(secret_cleanup) struct secret *input = NULL;
    assert_true(deliver_command_input(&new_pair, &input, &err));
    assert_string_equal(secret_bytes(input), "{\"Version\":1,\"AccessKeyId\":\"" NEW
                                             "\",\"SecretAccessKey\":\"" NEW_SECRET "\"}\n");
    assert_string_equal(deliver_command("command:cat -u"), "cat -u");
    assert_null(deliver_command("file:/a/b"));
    assert_null(deliver_command("command:'"));
    assert_string_equal(deliver_path("file:/a/b"), "/a/b");
    assert_string_equal(deliver_path("file:me@/a/b"), "/a/b");
    assert_null(deliver_path("command:/a/b"));
    assert_null(deliver_path("file:a"));
    /* what cannot be done */
    bool there;
    struct credentials pair;
    credentials_init(&pair);
    request.spec = "command:cat";
    assert_false(deliver_hand_over(&request, &new_pair, &place, &err));
    assert_int_equal(err.code, ERROR_INTERNAL);
    assert_false(deliver_read(&request, &pair, &there, &err));
    assert_int_equal(err.code, ERROR_TARGET);
    assert_false(deliver_old_pair(&request, &pair, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_false(deliver_restore(&request, &err));
    assert_int_equal(err.code, ERROR_TARGET);
    assert_true(deliver_remove_backup(&request, &place, &err));
}

static void test_command_try(void **state)
{
    (void)state;
    struct error err = {0};
    char program[96], line[128];
    request.spec = "command:cat -u";
    assert_true(deliver_try(&request, &place, &err));
    assert_string_equal(place.bytes, "standard input of cat -u");
    request.verify = "no-such-program-anywhere";
    assert_false(deliver_try(&request, &place, &err));
    assert_int_equal(err.code, ERROR_TARGET);
    assert_non_null(strstr(err.text, "no-such-program-anywhere"));
    request.verify = "";
    request.spec = "command:no-such-program-anywhere";
    assert_false(deliver_try(&request, &place, &err));
    assert_int_equal(err.code, ERROR_TARGET);
    snprintf(program, sizeof program, "%s/program", folder);
    snprintf(line, sizeof line, "command:%s", program);
    put(program, "#!/bin/sh\n");
    request.spec = line;
    assert_false(deliver_try(&request, &place, &err));
    assert_non_null(strstr(err.text, "cannot be executed"));
    assert_int_equal(chmod(program, 0755), 0);
    assert_true(deliver_try(&request, &place, &err));
    snprintf(line, sizeof line, "command:%s", folder);
    assert_false(deliver_try(&request, &place, &err));
}

static int start(void **state)
{
    (void)state;
    bool locked;
    struct error err;
    credentials_init(&new_pair);
    strcpy(new_pair.key_id, NEW);
    return secret_arena_init(&locked, &err) &&
                   secret_new(NEW_SECRET, strlen(NEW_SECRET), &new_pair.secret, &err)
               ? 0
               : -1;
}

static int finish(void **state)
{
    (void)state;
    credentials_release(&new_pair);
    return 0;
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_describe),
        TEST(test_whole_way),
        TEST(test_one_profile),
        TEST(test_config_file_and_link),
        TEST(test_other_edits_stay),
        TEST(test_new_key_with_another_secret),
        TEST(test_unfit),
        TEST(test_read_only_directory),
        TEST(test_killed),
        TEST(test_leftovers),
        TEST(test_command),
        TEST(test_command_try),
    };
    return cmocka_run_group_tests_name("deliver", tests, start, finish);
}
