/* Where the AWS files are: homes and variables, as botocore replaces them. */
#include <limits.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "profile/profile.h"

struct variables {
    const char *home;
    const char *config; /* AWS_CONFIG_FILE */
    const char *other;  /* OTHER */
};

static const char *look_up(void *context, const char *name)
{
    const struct variables *variables = context;
    if (strcmp(name, "HOME") == 0)
        return variables->home;
    if (strcmp(name, "AWS_CONFIG_FILE") == 0)
        return variables->config;
    return strcmp(name, "OTHER") == 0 ? variables->other : NULL;
}

static void assert_path(struct variables variables, const char *wanted)
{
    char buffer[PATH_MAX] = "";
    struct error err = {0};
    if (!profile_set_path(PROFILE_CONFIG_FILE, look_up, &variables, buffer, &err))
        fail_msg("%s: %s", variables.config, err.text);
    assert_string_equal(buffer, wanted);
}

static void test_paths(void **state)
{
    (void)state;
    static const struct {
        const char *config;
        const char *path;
    } cases[] = {
        {NULL, "/h/.aws/config"},
        {"", "/h/.aws/config"},
        {"~", "/h"},
        {"~/x", "/h/x"},
        {"~user/x", "~user/x"},
        {"a/~", "a/~"},
        {"$HOME/x", "/h/x"},
        {"${HOME}x", "/hx"},
        {"$HOMEx", "$HOMEx"},
        {"${HOME", "${HOME"},
        {"x${HOME/$OTHER", "x${HOME/$OTHER"},
        {"$OTHER$OTHER", "oo"},
        {"${UNKNOWN}/$UNKNOWN/$OTHER", "${UNKNOWN}/$UNKNOWN/o"},
        {"$", "$"},
        {"$/x", "$/x"},
        {"${}", "${}"},
        {"${", "${"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_path((struct variables){"/h", cases[i].config, "o"}, cases[i].path);
    /* a value is not looked into again; an empty one is a value */
    assert_path((struct variables){"/h", "$OTHER", "$HOME"}, "$HOME");
    assert_path((struct variables){"/h", "a$OTHER/b", ""}, "a/b");
    /* a name that no variable has */
    char name[200] = "$";
    memset(name + 1, 'N', sizeof name - 2);
    assert_path((struct variables){"/h", name, NULL}, name);
}

static void test_no_home(void **state)
{
    (void)state;
    char wanted[PATH_MAX];
    const struct passwd *user = getpwuid(getuid());
    snprintf(wanted, sizeof wanted, "%s/x", user == NULL ? "/" : user->pw_dir);
    assert_path((struct variables){NULL, "~/x", NULL}, wanted);
    assert_path((struct variables){"", "~/x", NULL}, wanted);
}

static void test_too_long(void **state)
{
    (void)state;
    static char longest[PATH_MAX], longer[PATH_MAX + 1];
    memset(longest, 'l', sizeof longest - 1);
    memset(longer, 'l', sizeof longer - 1);
    assert_path((struct variables){"/h", longest, NULL}, longest);
    assert_path((struct variables){"/h", "$OTHER", longest}, longest);
    const struct variables cases[] = {{"/h", longer, NULL},
                                      {"/h", "$OTHER", longer},
                                      {"/h", "$OTHER/$OTHER/x", longest},
                                      {longest, "~/x", NULL},
                                      {longer, NULL, NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct variables variables = cases[i];
        char buffer[PATH_MAX] = "untouched";
        struct profile_set *set = NULL;
        struct error err = {0};
        assert_false(profile_set_path(PROFILE_CONFIG_FILE, look_up, &variables, buffer, &err));
        assert_int_equal(err.code, ERROR_LIMIT);
        assert_string_equal(buffer, "untouched");
        err = (struct error){0};
        assert_false(profile_set_read(look_up, &variables, &set, &err));
        assert_int_equal(err.code, ERROR_LIMIT);
        assert_null(set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_no_home),
        cmocka_unit_test(test_too_long),
    };
    return cmocka_run_group_tests_name("profile paths", tests, NULL, NULL);
}
