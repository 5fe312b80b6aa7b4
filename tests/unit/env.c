/* The sealed environment: what the keeper gets and what the front shows no more. The test runs
 * itself again, so that the variables come from a real exec, and looks at /proc/self/environ. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/env.h"

extern char **environ;

#define SECRET "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
#define TOKEN  "token-example-token-example"

/* How often `needle` stands in what the kernel shows others of our environment. */
static int count_in_environ(const char *needle)
{
    static char content[1 << 16];
    int fd = open("/proc/self/environ", O_RDONLY);
    ssize_t length = 0;
    for (ssize_t more = 1; more > 0 && length < (ssize_t)sizeof content; length += more)
        more = read(fd, content + length, sizeof content - (size_t)length);
    close(fd);
    int count = 0;
    for (ssize_t i = 0; i + (ssize_t)strlen(needle) <= length; i++)
        count += memcmp(content + i, needle, strlen(needle)) == 0;
    return count;
}

/* In the child, started with secrets in its environment. Exit status names the first failure. */
static int child(void)
{
    if (count_in_environ(SECRET) != 2 || count_in_environ(TOKEN) != 2)
        return 10;
    int fd = -1;
    struct error err = {0};
    if (!env_seal_secrets(&fd, &err) || fd < 0)
        return 11;
    if (count_in_environ(SECRET) != 0 || count_in_environ(TOKEN) != 0)
        return 12;
    if (getenv("AWS_SECRET_ACCESS_KEY") != NULL || getenv("AWS_SESSION_TOKEN") != NULL ||
        getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN") != NULL)
        return 13;
    if (getenv("AWS_ACCESS_KEY_ID") == NULL || getenv("ORDINARY") == NULL)
        return 14;
    if ((fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0)
        return 15;
    if (write(fd, "x", 1) != -1 || ftruncate(fd, 0) != -1)
        return 16; /* sealed */
    char *bytes = NULL;
    size_t length = 0;
    /* Twice: reading does not use it up. */
    for (int i = 0; i < 2; i++) {
        env_free(bytes, length);
        if (!env_read(fd, &bytes, &length, &err))
            return 17;
    }
    const char *secret = env_find(bytes, length, "AWS_SECRET_ACCESS_KEY");
    const char *region = env_find(bytes, length, "AWS_REGION");
    const char *proxy = env_find(bytes, length, "HTTPS_PROXY");
    const char *home = env_find(bytes, length, "HOME");
    if (secret == NULL || strcmp(secret, SECRET) != 0)
        return 18;
    if (region == NULL || strcmp(region, "") != 0 || proxy == NULL || home == NULL)
        return 19;
    if (env_find(bytes, length, "ORDINARY") != NULL || env_find(bytes, length, "AWS_") != NULL ||
        env_find(bytes, length, "AWS_SECRET_ACCESS_KEY_") != NULL)
        return 20;
    env_free(bytes, length);
    return 0;
}

static const char *program; /* this one; /proc/self/exe would be valgrind, under valgrind */

static int run_again(const char *role, char *const *variables)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        char *const arguments[] = {(char *)"env", (char *)role, NULL};
        execve(program, arguments, variables);
        _exit(99);
    }
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        assert_int_equal(errno, EINTR);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

static void secrets_are_sealed_and_overwritten(void **state)
{
    (void)state;
    char *const variables[] = {(char *)"AWS_SECRET_ACCESS_KEY=" SECRET,
                               (char *)"AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE",
                               (char *)"AWS_SESSION_TOKEN=" TOKEN,
                               (char *)"AWS_REGION=",
                               (char *)"ORDINARY=AWS_thing",
                               (char *)"HTTPS_PROXY=http://127.0.0.1:1",
                               (char *)"HOME=/nowhere",
                               (char *)"AWS_SECRET_ACCESS_KEY=" SECRET,
                               (char *)"AWS_CONTAINER_AUTHORIZATION_TOKEN=" TOKEN,
                               NULL};
    assert_int_equal(run_again("child", variables), 0);
}

static int child_without(void)
{
    int fd = 7;
    return env_seal_secrets(&fd, NULL) && fd == -1 ? 0 : 1;
}

static void without_variables_there_is_no_file(void **state)
{
    (void)state;
    char *const variables[] = {(char *)"ORDINARY=1", (char *)"XAWS_SECRET_ACCESS_KEY=x", NULL};
    assert_int_equal(run_again("without", variables), 0);
    char *const none[] = {NULL};
    assert_int_equal(run_again("without", none), 0);
}

static void no_file_reads_as_empty(void **state)
{
    (void)state;
    char *bytes = NULL;
    size_t length = 1;
    assert_true(env_read(-1, &bytes, &length, NULL));
    assert_int_equal(length, 0);
    assert_null(env_find(bytes, length, "HOME"));
    env_free(bytes, length);
    env_free(NULL, 0);
}

static void unended_file_is_refused(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    assert_non_null(file);
    fputs("AWS_REGION=eu-west-1", file);
    fflush(file);
    char *bytes = NULL;
    size_t length = 0;
    struct error err = {0};
    assert_false(env_read(fileno(file), &bytes, &length, &err));
    assert_int_equal(err.code, ERROR_SYNTAX);
    assert_null(bytes);
    assert_int_equal(ftruncate(fileno(file), 5 * 1024 * 1024), 0);
    assert_false(env_read(fileno(file), &bytes, &length, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    fclose(file);
    assert_false(env_read(1000, &bytes, &length, &err));
    assert_int_equal(err.code, ERROR_IO);
}

int main(int argc, char **argv)
{
    program = argv[0];
    if (argc == 2 && strcmp(argv[1], "child") == 0)
        return child();
    if (argc == 2 && strcmp(argv[1], "without") == 0)
        return child_without();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_are_sealed_and_overwritten),
        cmocka_unit_test(without_variables_there_is_no_file),
        cmocka_unit_test(no_file_reads_as_empty),
        cmocka_unit_test(unended_file_is_refused),
    };
    return cmocka_run_group_tests_name("env", tests, NULL, NULL);
}
