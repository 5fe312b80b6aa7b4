/* The edit of an AWS file and the reading of both, while one call of the many fails; and an edit
 * that would not read back as it was meant. */
#include <errno.h>
#include <pwd.h>
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
#include <openssl/crypto.h>

#include "profile/profile.h"
#include "refuse.h"

#pragma GCC diagnostic ignored "-Wmissing-prototypes"

#define OLD "AKIAOLDOLDOLDOLDOLD1"
#define NEW "AKIANEWNEWNEWNEWNEW1"
#define BEFORE                                                                                     \
    "[a]\naws_access_key_id = " OLD "\naws_secret_access_key = old\naws_session_token = t\n"       \
    "region = r\n[b]\nx = 1\n"
#define PAIR  "[a]\naws_access_key_id = " NEW "\naws_secret_access_key = new\n"
#define AFTER PAIR "region = r\n[b]\nx = 1\n"

static struct credentials new_pair;
static char folder[64];

/* --- the rooms' own functions, led astray
 * -------------------------------------------------------*/

static const char *read_instead; /* what the edit's look at its own bytes finds, or NULL */

bool __real_profile_file_parse(enum profile_file_kind kind, const char *path, const char *bytes,
                               size_t length, struct profile_file **ret_file, struct error *err);
bool __wrap_profile_file_parse(enum profile_file_kind kind, const char *path, const char *bytes,
                               size_t length, struct profile_file **ret_file, struct error *err)
{
    if (read_instead != NULL) {
        bytes = read_instead;
        length = strlen(read_instead);
    }
    return __real_profile_file_parse(kind, path, bytes, length, ret_file, err);
}

static bool user_unknown;

struct passwd *__real_getpwuid(uid_t user);
struct passwd *__wrap_getpwuid(uid_t user)
{
    return user_unknown ? NULL : __real_getpwuid(user);
}

static struct profile_file *parse(const char *bytes)
{
    struct profile_file *file = NULL;
    struct error err = {0};
    if (!profile_file_parse(PROFILE_CREDENTIALS_FILE, "/home/u/.aws/credentials", bytes,
                            strlen(bytes), &file, &err))
        fail_msg("%s", err.text);
    return file;
}

/* --- the edit ----------------------------------------------------------------------------------*/

static void test_edit_without_memory(void **state)
{
    (void)state;
    static const enum refuse_call calls[] = {REFUSE_mmap,   REFUSE_mprotect, REFUSE_malloc,
                                             REFUSE_calloc, REFUSE_realloc,  REFUSE_strdup};
    struct profile_file *file = parse(BEFORE);
    int refused = 0;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        for (int number = 1;; number++, refused++) {
            struct refusal row = {calls[i], number, ENOMEM};
            char *bytes = NULL;
            size_t length = 7;
            struct error err = {0};
            int mapped = refuse_mapped();
            refuse_begin(&row, 1, NULL, NULL);
            bool done =
                profile_file_replace_pair(file, OLD, &new_pair, NULL, &bytes, &length, &err);
            bool reached = refuse_end();
            if (done == reached)
                fail_msg("%s %d: %s", refuse_name(row.call), number, err.text);
            if (!done) {
                assert_int_equal(err.code, ERROR_MEMORY);
                assert_non_null(strstr(err.text, "/home/u/.aws/credentials"));
                assert_null(bytes);
                assert_int_equal(length, 7);
            } else {
                assert_string_equal(bytes, AFTER);
                profile_bytes_free(bytes, length);
            }
            assert_int_equal(refuse_mapped(), mapped);
            if (!reached)
                break;
        }
    profile_file_free(file);
    assert_in_range(refused, 8, 100);
}

/* Whatever the edit or the reader got wrong: nothing is returned that could be written. */
static void test_edit_that_reads_back_otherwise(void **state)
{
    (void)state;
    static const struct {
        const char *instead;
        enum error_code code;
    } cases[] = {
        {AFTER, ERROR_NONE},
        {AFTER "[c]\n", ERROR_INTERNAL},
        {PAIR "region = r\n", ERROR_INTERNAL},
        {"\xef\xbb\xbf" AFTER, ERROR_INTERNAL},
        {PAIR "region = r\n[c]\nx = 1\n", ERROR_INTERNAL},
        {PAIR "region = r\n[b]\n", ERROR_INTERNAL},
        {AFTER "y = 1\n", ERROR_INTERNAL},
        {PAIR "[b]\nregion = r\nx = 1\n", ERROR_INTERNAL},
        {PAIR "region = r\n[b]\ny = 1\n", ERROR_INTERNAL},
        {PAIR "region = r\n[b]\nx = 2\n", ERROR_INTERNAL},
        {PAIR "aws_session_token = t\nregion = r\n[b]\nx = 1\n", ERROR_INTERNAL},
        {"[a]\naws_access_key_id = " OLD "\naws_secret_access_key = new\nregion = r\n[b]\nx = 1\n",
         ERROR_INTERNAL},
        {"[a]\naws_access_key_id = " NEW "\naws_secret_access_key = old\nregion = r\n[b]\nx = 1\n",
         ERROR_INTERNAL},
        {PAIR "region = r\n[b\nx = 1\n", ERROR_SYNTAX},
    };
    struct profile_file *file = parse(BEFORE);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *bytes = NULL;
        size_t length = 0;
        struct error err = {0};
        int mapped = refuse_mapped();
        read_instead = cases[i].instead;
        bool done = profile_file_replace_pair(file, OLD, &new_pair, NULL, &bytes, &length, &err);
        read_instead = NULL;
        if (done != (cases[i].code == ERROR_NONE) || err.code != cases[i].code)
            fail_msg("case %zu: %s", i, done ? "went through" : err.text);
        if (err.code == ERROR_INTERNAL)
            assert_non_null(strstr(err.text, "it is left alone"));
        if (!done)
            assert_null(bytes);
        profile_bytes_free(bytes, length);
        assert_int_equal(refuse_mapped(), mapped);
    }
    profile_file_free(file);
}

/* --- both files --------------------------------------------------------------------------------*/

static const char *look_up(void *context, const char *name)
{
    (void)context;
    return strcmp(name, "HOME") == 0 ? folder : NULL;
}

static void put(const char *name, const char *content)
{
    char path[128];
    snprintf(path, sizeof path, "%s/.aws/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
    (void)state;
    char path[128];
    strcpy(folder, "/tmp/keywright-calls-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/.aws", folder);
    return mkdir(path, 0700);
}

static int tear_down(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static void test_set_with_refused_calls(void **state)
{
    (void)state;
    static const struct {
        enum refuse_call call;
        int sys;
        enum error_code code;
    } ways[] = {
        {REFUSE_calloc, ENOMEM, ERROR_MEMORY},   {REFUSE_realloc, ENOMEM, ERROR_MEMORY},
        {REFUSE_malloc, ENOMEM, ERROR_MEMORY},   {REFUSE_strdup, ENOMEM, ERROR_MEMORY},
        {REFUSE_mmap, ENOMEM, ERROR_MEMORY},     {REFUSE_mprotect, ENOMEM, ERROR_MEMORY},
        {REFUSE_open, EACCES, ERROR_PERMISSION}, {REFUSE_open, EMFILE, ERROR_IO},
        {REFUSE_fstat, EIO, ERROR_IO},           {REFUSE_pread, EIO, ERROR_IO},
        {REFUSE_pread, EINTR, ERROR_NONE},       {REFUSE_pread, 0, ERROR_NONE},
    };
    put("credentials", BEFORE);
    put("config", "[profile a]\noutput = json\n");
    int refused = 0;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        for (int number = 1;; number++, refused++) {
            struct refusal row = {ways[i].call, number, ways[i].sys};
            struct profile_set *set = NULL;
            struct error err = {0};
            int mapped = refuse_mapped();
            refuse_begin(&row, 1, NULL, NULL);
            bool done = profile_set_read(look_up, NULL, &set, &err);
            done = done && profile_set_check_pairs(set, OLD, &err);
            bool reached = refuse_end();
            enum error_code code = reached ? ways[i].code : ERROR_NONE;
            if (done != (code == ERROR_NONE) || err.code != code)
                fail_msg("%s %d: %s", refuse_name(row.call), number,
                         done ? "went through" : err.text);
            if (done)
                assert_string_equal(profile_set_get(set, "a", "output"), "json");
            profile_set_free(set);
            assert_int_equal(refuse_mapped(), mapped);
            if (!reached)
                break;
        }
    assert_in_range(refused, 20, 200);
}

static const char *nothing_set(void *context, const char *name)
{
    (void)context, (void)name;
    return NULL;
}

/* As in a container that runs under a number without a name. */
static void test_user_without_home(void **state)
{
    (void)state;
    char path[4096];
    struct error err = {0};
    user_unknown = true;
    bool done = profile_set_path(PROFILE_CONFIG_FILE, nothing_set, NULL, path, &err);
    user_unknown = false;
    assert_true(done);
    assert_string_equal(path, "//.aws/config");
}

static int start(void **state)
{
    (void)state;
    bool locked;
    struct error err;
    credentials_init(&new_pair);
    strcpy(new_pair.key_id, NEW);
    return secret_arena_init(&locked, &err) && secret_new("new", 3, &new_pair.secret, &err) ? 0
                                                                                            : -1;
}

static int finish(void **state)
{
    (void)state;
    credentials_release(&new_pair);
    CRYPTO_secure_malloc_done(); /* the library itself, of which nothing else is used here, would
                                    not */
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edit_without_memory),
        cmocka_unit_test(test_edit_that_reads_back_otherwise),
        cmocka_unit_test_setup_teardown(test_set_with_refused_calls, set_up, tear_down),
        cmocka_unit_test(test_user_without_home),
    };
    return cmocka_run_group_tests_name("profile calls", tests, start, finish);
}
