/* The operator's commands: what they get, what is read of them, how they end; and what the launcher
 * refuses. This program is its own launcher. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cage.h"
#include "base/env.h"
#include "base/file.h"
#include "base/text.h"
#include "base/when.h"
#include "keeper/child.h"
#include "keeper/launcher.h"

static char folder[64];

static int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/keywright-launcher-XXXXXX");
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

/* A file of the folder; "" when it is not there. */
static const char *content(const char *name)
{
    static char kept[8192];
    char path[128], *bytes = NULL;
    size_t length = 0;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    kept[0] = '\0';
    if (file_read(path, sizeof kept - 1, &bytes, &length, NULL))
        memcpy(kept, bytes, length + 1);
    file_bytes_free(bytes, length);
    return kept;
}

/* --- valgrind ----------------------------------------------------------------------------------*/

static bool is_valgrind(void)
{
    return getenv("KEYWRIGHT_VALGRIND") != NULL;
}

/* This program, to be begun anew. To exec /proc/self/exe is valgrind itself, so there it is this
 * program's own name, and what is begun runs outside of valgrind. */
static const char *own_program(void)
{
    static char own[4096];
    if (is_valgrind() && readlink("/proc/self/exe", own, sizeof own - 1) > 0)
        return own;
    return "/proc/self/exe";
}

/* In place of the C library's, by which the launcher is begun. */
int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                const posix_spawnattr_t *attributes, char *const *words, char *const *variables)
{
    typedef int spawn(pid_t *, const char *, const posix_spawn_file_actions_t *,
                      const posix_spawnattr_t *, char *const *, char *const *);
    spawn *real = (spawn *)dlsym(RTLD_NEXT, "posix_spawn");
    if (strcmp(path, "/proc/self/exe") == 0)
        path = own_program();
    return real(pid, path, actions, attributes, words, variables);
}

/* --- one run -----------------------------------------------------------------------------------*/

struct ended {
    int count;
    struct child_result result;
    char output[4096], errors[4096];
};

static void note(void *context, const struct child_result *result)
{
    struct ended *ended = context;
    ended->count++;
    ended->result = *result;
    text_copy(ended->output, sizeof ended->output,
              result->output.bytes != NULL ? result->output.bytes : "");
    text_copy(ended->errors, sizeof ended->errors,
              result->errors.bytes != NULL ? result->errors.bytes : "");
}

static void run_until(struct children *children, const int *count, int wanted)
{
    for (int64_t end = when_monotonic_ms() + 20000; *count < wanted;) {
        struct pollfd fds[CHILDREN_FDS_MAX];
        size_t used = children_pollfds(children, fds, CHILDREN_FDS_MAX);
        int due = children_due_ms(children);
        poll(fds, (nfds_t)used, due < 0 || due > 1000 ? 1000 : due);
        children_run(children);
        if (when_monotonic_ms() > end)
            fail_msg("a command did not end");
    }
}

static struct children *launch(bool shell, const char *command)
{
    struct children *children = NULL;
    struct error err = {0};
    assert_true(children_new(&children, &err));
    assert_true(children_register(children, shell, command, &err));
    assert_true(children_register(children, shell, command, &err));
    if (!children_launch(children, &err))
        fail_msg("%s", err.text);
    return children;
}

static struct child_task task_of(bool shell, const char *command)
{
    return (struct child_task){.shell = shell,
                               .command = command,
                               .environment = LAUNCH_CLEAN,
                               .errors = CHILD_ERRORS_APART,
                               .excess = CHILD_EXCESS_LOSES_END,
                               .output_max = 1000,
                               .limit_ms = 20000};
}

static struct ended run(const struct child_task *task)
{
    struct ended ended = {0};
    struct error err = {0};
    struct children *children = launch(task->shell, task->command);
    if (!children_start(children, task, note, &ended, &err))
        fail_msg("%s", err.text);
    run_until(children, &ended.count, 1);
    children_free(children);
    return ended;
}

static struct ended run_shell(const char *command)
{
    struct child_task task = task_of(true, command);
    return run(&task);
}

/* --- what it gets ------------------------------------------------------------------------------*/

static void input_output_and_status(void **state)
{
    (void)state;
    CLEANUP(secret_cleanup) struct secret *input = NULL;
    assert_true(secret_new("given", 5, &input, NULL));
    struct child_task task = task_of(true, "cat; echo apart >&2; exit 7");
    task.input = input;
    struct ended ended = run(&task);
    assert_int_equal(ended.result.failed, 0);
    assert_int_equal(ended.result.status, 7);
    assert_int_equal(ended.result.signal, 0);
    assert_string_equal(ended.output, "given");
    assert_string_equal(ended.errors, "apart\n");
    task.errors = CHILD_ERRORS_MIXED;
    ended = run(&task);
    assert_string_equal(ended.output, "givenapart\n");
    assert_string_equal(ended.errors, "");
    task.errors = CHILD_ERRORS_LOST;
    task.input = NULL;
    ended = run(&task);
    assert_string_equal(ended.output, "");
    ended = run_shell("kill -9 $$");
    assert_int_equal(ended.result.signal, SIGKILL);
    assert_int_equal(ended.result.status, 128 + SIGKILL);
    task = task_of(false, "printf '%s|' a 'b c' $HOME");
    assert_string_equal(run(&task).output, "a|b c|$HOME|");
}

static void input_that_is_too_long_is_refused(void **state)
{
    (void)state;
    char many[CHILD_INPUT_MAX + 1];
    struct error err = {0};
    struct ended ended = {0};
    CLEANUP(secret_cleanup) struct secret *input = NULL;
    memset(many, 'x', sizeof many);
    assert_true(secret_new(many, sizeof many, &input, NULL));
    struct child_task task = task_of(true, "cat");
    task.input = input;
    struct children *children = launch(true, "cat");
    assert_false(children_start(children, &task, note, &ended, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    children_free(children);
}

static void environments(void **state)
{
    (void)state;
    setenv("AWS_ACCESS_KEY_ID", "AKIASEEN", 1);
    setenv("AWS_SESSION_TOKEN", "seen", 1);
    setenv("AWS_PROFILE", "kept", 1);
    setenv("LD_PRELOAD", "", 1);
    struct ended ended = run_shell("env | grep AWS");
    assert_null(strstr(ended.output, "SEEN"));
    assert_null(strstr(ended.output, "seen"));
    assert_non_null(strstr(ended.output, "AWS_PROFILE=kept\n"));
    struct child_task task = task_of(true, "env | grep -e AWS -e PATH -e TERM -e evil");
    task.environment = LAUNCH_INHERIT;
    assert_non_null(strstr(run(&task).output, "AWS_ACCESS_KEY_ID=AKIASEEN\n"));

    /* Of what comes with a request only names that are listed. */
    static const char *const given[] = {"AWS_ACCESS_KEY_ID=AKIANEW", "PATH=/evil",
                                        "LD_PRELOAD=/evil.so", "AWS_CONFIG_FILE=/evil",
                                        "AWS_REGION=eu-west-1"};
    struct secret *variables[5] = {0};
    for (size_t i = 0; i < 5; i++)
        assert_true(secret_new(given[i], strlen(given[i]), &variables[i], NULL));
    task.environment = LAUNCH_BARE;
    task.variables = variables;
    task.variable_count = 5;
    ended = run(&task);
    assert_non_null(strstr(ended.output, "AWS_ACCESS_KEY_ID=AKIANEW\n"));
    assert_non_null(strstr(ended.output, "AWS_REGION=eu-west-1\n"));
    assert_non_null(strstr(ended.output, "TERM=dumb\n"));
    assert_non_null(strstr(ended.output, "PATH="));
    assert_null(strstr(ended.output, "evil"));
    assert_null(strstr(ended.output, "AWS_PROFILE"));
    for (size_t i = 0; i < 5; i++)
        secret_free(variables[i]);
    unsetenv("AWS_ACCESS_KEY_ID");
    unsetenv("AWS_SESSION_TOKEN");
    unsetenv("AWS_PROFILE");
    unsetenv("LD_PRELOAD");
}

static void no_descriptor_but_three(void **state)
{
    (void)state;
    int leak = open("/dev/null", O_RDONLY); /* and not close-on-exec */
    assert_int_equal(dup2(leak, 7), 7);
    struct ended ended = run_shell("ls /proc/self/fd | tr '\\n' ' '");
    /* 3 is the folder that ls reads. */
    assert_string_equal(ended.output, "0 1 2 3 ");
    close(7);
    close(leak);
}

/* --- what is read, how it ends -----------------------------------------------------------------*/

static void much_output(void **state)
{
    (void)state;
    static const char much[] = "i=0; while [ $i -lt 400 ]; do echo $i; i=$((i+1)); done; echo end";
    struct child_task task = task_of(true, much);
    struct ended ended = run(&task);
    assert_int_equal(ended.result.status, 0);
    assert_int_equal(ended.result.output.length, 1000);
    assert_int_equal(strncmp(ended.output, "0\n1\n", 4), 0);
    assert_false(ended.result.too_long);
    task.excess = CHILD_EXCESS_LOSES_BEGINNING;
    ended = run(&task);
    assert_true(ended.result.output.cut);
    assert_string_equal(ended.output + strlen(ended.output) - 9, "\n399\nend\n");
    task.command = "yes";
    task.excess = CHILD_EXCESS_ENDS_IT;
    ended = run(&task);
    assert_true(ended.result.too_long);
    assert_false(ended.result.timed_out);
}

static bool is_gone(pid_t pid)
{
    char name[64];
    for (int i = 0; i < 100 && kill(pid, 0) == 0; i++) /* until init has collected it */
        poll(NULL, 0, 20);
    char *bytes = NULL;
    size_t length = 0;
    snprintf(name, sizeof name, "/proc/%d/stat", (int)pid);
    bool gone = kill(pid, 0) != 0;
    if (!gone && file_read(name, 4000, &bytes, &length, NULL))
        gone = strstr(bytes, ") Z ") != NULL; /* nobody collects in some containers */
    file_bytes_free(bytes, length);
    return gone;
}

static void too_long_is_ended_with_its_group(void **state)
{
    (void)state;
    char script[256];
    snprintf(script, sizeof script,
             "trap '' TERM; sleep 30 & echo $! > %s/child; sleep 30; sleep 30", folder);
    struct child_task task = task_of(true, script);
    task.limit_ms = 300;
    int64_t began = when_monotonic_ms();
    struct ended ended = run(&task);
    assert_true(ended.result.timed_out);
    assert_in_range(when_monotonic_ms() - began, 300, 15000);
    pid_t child = (pid_t)atoi(content("child"));
    assert_true(child > 1);
    assert_true(is_gone(child));
}

static void what_is_left_in_the_background_is_ended(void **state)
{
    (void)state;
    char script[256];
    snprintf(script, sizeof script, "sleep 30 & echo $! > %s/child", folder);
    int64_t began = when_monotonic_ms();
    assert_int_equal(run_shell(script).result.status, 0);
    assert_in_range(when_monotonic_ms() - began, 0, 15000);
    assert_true(is_gone((pid_t)atoi(content("child"))));
}

static void letting_go_ends_what_runs(void **state)
{
    (void)state;
    char script[256];
    struct ended ended = {0};
    snprintf(script, sizeof script, "echo $$ > %s/child; exec sleep 30", folder);
    struct children *children = launch(true, script);
    struct child_task task = task_of(true, script);
    assert_true(children_start(children, &task, note, &ended, NULL));
    for (int i = 0; i < 500 && content("child")[0] == '\0'; i++)
        poll(NULL, 0, 20);
    pid_t child = (pid_t)atoi(content("child"));
    children_free(children);
    assert_int_equal(ended.count, 0);
    assert_true(child > 1 && is_gone(child));
}

static void many_at_one_time(void **state)
{
    (void)state;
    struct error err = {0};
    struct ended ended[LAUNCH_RUNS_MAX + 1] = {{0}};
    struct children *children = launch(true, "sleep 0.3; echo done");
    struct child_task task = task_of(true, "sleep 0.3; echo done");
    for (int i = 0; i < LAUNCH_RUNS_MAX; i++)
        assert_true(children_start(children, &task, note, &ended[i], &err));
    assert_false(children_start(children, &task, note, &ended[LAUNCH_RUNS_MAX], &err));
    assert_int_equal(err.code, ERROR_BUSY);
    for (int i = 0; i < LAUNCH_RUNS_MAX; i++) {
        run_until(children, &ended[i].count, 1);
        assert_string_equal(ended[i].output, "done\n");
    }
    children_free(children);
}

static void program_that_is_not_there(void **state)
{
    (void)state;
    struct error err = {0};
    struct child_task task = task_of(false, "/nowhere/at-all x");
    struct ended ended = run(&task);
    assert_int_equal(ended.result.failed, ENOENT);
    assert_false(child_not_started(&ended.result, "/nowhere/at-all", &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    task = task_of(false, "/dev/null");
    ended = run(&task);
    assert_int_equal(ended.result.failed, EACCES);
}

/* --- what it refuses ---------------------------------------------------------------------------*/

static void other_commands_are_refused(void **state)
{
    (void)state;
    struct error err = {0};
    struct ended ended = {0};
    struct children *children = launch(true, "echo one");
    struct child_task task = task_of(true, "echo two");
    assert_false(children_know(children, true, "echo two"));
    assert_false(children_start(children, &task, note, &ended, &err));
    assert_int_equal(err.code, ERROR_COMMAND);
    task = task_of(false, "echo one"); /* registered for the shell only */
    assert_false(children_start(children, &task, note, &ended, &err));
    assert_false(children_register(children, true, "echo two", &err));
    children_free(children);
}

static void without_commands_there_is_no_launcher(void **state)
{
    (void)state;
    struct children *children = NULL;
    struct ended ended = {0};
    struct child_task task = task_of(true, "true");
    assert_true(children_new(&children, NULL));
    assert_true(children_launch(children, NULL));
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    assert_false(children_start(children, &task, note, &ended, NULL));
    children_free(children);
}

/* As a keeper that was taken over would: past child.c, straight to the launcher. */
struct raw {
    int socket;
    pid_t pid;
};

static struct raw raw_launcher(const char *commands, size_t length)
{
    int sockets[2], fd = -1;
    assert_true(env_seal_bytes(commands, length, &fd, NULL));
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        int commands_fd = fcntl(fd, F_DUPFD, 20), socket = fcntl(sockets[1], F_DUPFD, 20);
        dup2(socket, LAUNCH_SOCKET_FD);
        dup2(commands_fd, LAUNCH_COMMANDS_FD);
        for (int other = 5; other < 64; other++)
            close(other);
        execl(own_program(), "keywright-launcher", "--launcher", NULL);
        _exit(127);
    }
    close(sockets[1]);
    close(fd);
    return (struct raw){sockets[0], pid};
}

static void raw_send(const struct raw *raw, const void *bytes, size_t length, size_t descriptors)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    const int fds[3] = {null, null, null};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof fds)] = {0};
    struct iovec part = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptors > 0) {
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(descriptors * sizeof(int));
        struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(descriptors * sizeof(int));
        memcpy(CMSG_DATA(rights), fds, descriptors * sizeof(int));
    }
    assert_int_equal(sendmsg(raw->socket, &message, 0), (ssize_t)length);
    close(null);
}

static struct launch_reply raw_ask(const struct raw *raw, uint32_t command, uint32_t environment,
                                   size_t descriptors)
{
    struct launch_request request = {
        .verb = LAUNCH_RUN, .id = 5, .command = command, .environment = environment};
    struct launch_reply reply = {0};
    raw_send(raw, &request, sizeof request, descriptors);
    struct pollfd ready = {.fd = raw->socket, .events = POLLIN};
    assert_int_equal(poll(&ready, 1, 20000), 1);
    assert_int_equal(recv(raw->socket, &reply, sizeof reply, 0), (ssize_t)sizeof reply);
    assert_int_equal(reply.id, 5);
    return reply;
}

static void unknown_numbers_and_garbage_are_refused(void **state)
{
    (void)state;
    static const char commands[] = "sexit 9\0wtrue";
    struct raw raw = raw_launcher(commands, sizeof commands);
    assert_int_equal(WEXITSTATUS(raw_ask(&raw, 0, LAUNCH_CLEAN, 3).status), 9);
    assert_int_equal(raw_ask(&raw, 1, LAUNCH_CLEAN, 3).status, 0);
    assert_int_equal(raw_ask(&raw, 2, LAUNCH_CLEAN, 3).failed, EINVAL);
    assert_int_equal(raw_ask(&raw, UINT32_MAX, LAUNCH_CLEAN, 3).failed, EINVAL);
    assert_int_equal(raw_ask(&raw, 0, LAUNCH_BARE + 1, 3).failed, EINVAL);
    assert_int_equal(raw_ask(&raw, 0, LAUNCH_CLEAN, 2).failed, EINVAL);
    /* What is no request is passed over: shorter than one, or with another length than it says. */
    static const char garbage[200] = "garbage";
    raw_send(&raw, garbage, 3, 0);
    struct launch_request request = {.verb = LAUNCH_RUN, .id = 77, .length = 40};
    raw_send(&raw, &request, sizeof request, 3);
    request = (struct launch_request){.verb = 77};
    raw_send(&raw, &request, sizeof request, 3);
    request = (struct launch_request){.verb = LAUNCH_SIGNAL, .id = 12345, .signal = SIGKILL};
    raw_send(&raw, &request, sizeof request, 0);
    assert_int_equal(raw_ask(&raw, 1, LAUNCH_CLEAN, 3).status, 0);
    /* Variables that do not end. */
    char unended[sizeof request + 4];
    request = (struct launch_request){
        .verb = LAUNCH_RUN, .id = 5, .environment = LAUNCH_BARE, .length = 4};
    memcpy(unended, &request, sizeof request);
    memcpy(unended + sizeof request, "A=bc", 4);
    raw_send(&raw, unended, sizeof unended, 3);
    struct launch_reply reply = {0};
    assert_int_equal(recv(raw.socket, &reply, sizeof reply, 0), (ssize_t)sizeof reply);
    assert_int_equal(reply.id, 5);
    assert_int_equal(reply.failed, EINVAL);
    struct pollfd more = {.fd = raw.socket, .events = POLLIN};
    assert_int_equal(poll(&more, 1, 300), 0);
    close(raw.socket);
    int status = -1;
    assert_int_equal(waitpid(raw.pid, &status, 0), raw.pid);
    assert_int_equal(status, 0);
}

static void end_of_the_launcher_is_told(void **state)
{
    (void)state;
    char script[128];
    struct ended ended = {0};
    struct error err = {0};
    /* Its parent is the launcher. */
    snprintf(script, sizeof script, "kill -9 $PPID; sleep 5");
    struct children *children = launch(true, script);
    struct child_task task = task_of(true, script);
    assert_true(children_start(children, &task, note, &ended, NULL));
    run_until(children, &ended.count, 1);
    assert_int_equal(ended.result.failed, EPIPE);
    assert_false(child_not_started(&ended.result, "it", &err));
    assert_non_null(strstr(err.text, "not known"));
    assert_false(children_start(children, &task, note, &ended, &err));
    children_free(children);
}

/* --- outside of the cage -----------------------------------------------------------------------*/

static int caged_run(const char *script)
{
    struct ended ended = {0};
    struct cage cage;
    struct cage_report report;
    struct children *children = launch(true, script);
    struct child_task task = task_of(true, script);
    cage_init(&cage, CAGE_CLIENT);
    if (!cage_allow_system(&cage, NULL))
        return 103;
    cage_close(&cage, &report);
    if (system("true") == 0 && report.calls_failed == 0)
        return 100; /* that was to be refused */
    if (!children_start(children, &task, note, &ended, NULL))
        return 101;
    run_until(children, &ended.count, 1);
    children_free(children);
    return ended.result.failed != 0 ? 102 : ended.result.status;
}

static void command_is_outside_of_the_keepers_cage(void **state)
{
    (void)state;
    char script[512];
    int status = -1;
    if (is_valgrind()) {
        printf(
            "# left out under valgrind: %s (it does not know Landlock, and a refused execve ends "
            "it)\n",
            __func__);
        return;
    }
    snprintf(script, sizeof script,
             "echo written > %s/outside && grep -q 'NoNewPrivs:.0' /proc/self/status && "
             "grep -q 'Seccomp:.0' /proc/self/status",
             folder);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(caged_run(script));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_string_equal(content("outside"), "written\n");
}

static int start(void **state)
{
    (void)state;
    bool locked;
    struct error err;
    return secret_arena_init(&locked, &err) ? 0 : -1;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--launcher") == 0)
        return launcher_main();
    setvbuf(stdout, NULL, _IOLBF, 0);
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(input_output_and_status),
        TEST(input_that_is_too_long_is_refused),
        TEST(environments),
        TEST(no_descriptor_but_three),
        TEST(much_output),
        TEST(too_long_is_ended_with_its_group),
        TEST(what_is_left_in_the_background_is_ended),
        TEST(letting_go_ends_what_runs),
        TEST(many_at_one_time),
        TEST(program_that_is_not_there),
        TEST(other_commands_are_refused),
        TEST(without_commands_there_is_no_launcher),
        TEST(unknown_numbers_and_garbage_are_refused),
        TEST(end_of_the_launcher_is_told),
        TEST(command_is_outside_of_the_keepers_cage),
    };
    return cmocka_run_group_tests_name("launcher", tests, start, NULL);
}
