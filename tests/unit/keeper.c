/* The front's side of the keeper: started, asked, answered out of order, gone. The other side is
 * this program again, as a keeper of few words: FAKE_KEEPER says how it behaves. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/text.h"
#include "runner/keeper.h"
#include "wire/door.h"

static char program[PATH_MAX]; /* this one; /proc/self/exe would be valgrind, under valgrind */

/* --- the other side ----------------------------------------------------------------------------*/

static void fake_wait(struct door *door, short events)
{
    struct pollfd ready = {.fd = door_fd(door), .events = events};
    if (poll(&ready, 1, 10000) <= 0)
        _exit(3);
}

static struct message fake_next(struct door *door)
{
    struct message message = {0};
    for (bool got = false; !got;) {
        if (!door_receive(door, &got, &message, NULL))
            _exit(0);
        if (!got)
            fake_wait(door, POLLIN);
    }
    return message;
}

static void fake_say(struct door *door, enum message_kind kind, uint32_t id,
                     struct json_object *body)
{
    if (!door_send(door, kind, id, &body, NULL))
        _exit(0);
    while (door_wants_write(door)) {
        fake_wait(door, POLLOUT);
        if (!door_flush(door, NULL))
            _exit(0);
    }
}

static struct json_object *fake_good(void)
{
    struct json_object *body = json_object_new_object();
    body_set_bool(body, "ok", true);
    return body;
}

/* What this process was given: session, descriptors, environment. */
static struct json_object *fake_self(void)
{
    struct json_object *body = fake_good();
    char link[256] = "";
    DIR *directory = opendir("/proc/self/fd");
    struct text open_fds;
    text_init(&open_fds, 1000);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(directory))
            text_appendf(&open_fds, "%s ", entry->d_name);
    closedir(directory);
    body_set_string(body, "open", open_fds.bytes);
    text_release(&open_fds);
    ssize_t length = readlink("/proc/self/fd/0", link, sizeof link - 1);
    link[length > 0 ? length : 0] = '\0';
    body_set_string(body, "stdin", link);
    body_set_bool(body, "leads_session", getsid(0) == getpid());
    char environment[64] = "";
    length = pread(4, environment, sizeof environment - 1, 0);
    body_set_string(body, "environment", length > 0 ? environment : "");
    struct sigaction action;
    sigaction(SIGUSR1, NULL, &action);
    body_set_bool(body, "signals_default", action.sa_handler == SIG_DFL);
    return body;
}

static void fake_hello(struct door *door, const char *mode)
{
    struct message hello = fake_next(door);
    if (hello.kind != MESSAGE_HELLO)
        _exit(4);
    struct json_object *body = fake_good();
    if (strcmp(mode, "refuse") == 0) {
        struct error err = {0};
        error_set(&err, ERROR_PROFILE_UNKNOWN, "no profile '%s'",
                  body_string(hello.body, "profile"));
        body_set_error(body, &err, 0);
    }
    body_set_string(body, "version", strcmp(mode, "older") == 0 ? "0.0.1" : PACKAGE_VERSION);
    body_set_string(body, "region", body_string(hello.body, "region"));
    body_set_string(body, "explanation", body_string(hello.body, "endpoint_url"));
    body_set_number(body, "timeout", body_number(hello.body, "timeout"));
    fake_say(door, MESSAGE_REPLY, hello.id, body);
    message_release(&hello);
}

static int fake_keeper(const char *mode)
{
    struct door *door;
    if (!door_new(3, &door, NULL))
        return 5;
    if (strcmp(mode, "dies") == 0)
        return 7;
    if (strcmp(mode, "garbage") == 0)
        return write(3, "HTTP/1.1 400 Bad Request\r\n", 26) == 26 ? (int)sleep(10) : 6;
    fake_hello(door, mode);
    struct message kept[3];
    for (size_t count = 0;;) {
        struct message message = fake_next(door);
        if (message.kind == MESSAGE_DOCTOR) {
            fake_say(door, MESSAGE_REPLY, message.id, fake_self());
        } else if (message.kind == MESSAGE_LIST_KEYS) {
            kept[count++] = message; /* three are answered last first */
            for (; count == 3; count = 0)
                for (int i = 2; i >= 0; i--) {
                    struct json_object *body = fake_good();
                    body_set_string(body, "user", body_string(kept[i].body, "user"));
                    body_set_number(body, "date", 1000 + i);
                    fake_say(door, MESSAGE_REPLY, kept[i].id, body);
                }
        } else if (message.kind == MESSAGE_PROBE_KEY) {
            struct json_object *note = json_object_new_object();
            body_set_string(note, "action", "GetCallerIdentity");
            fake_say(door, MESSAGE_NOTE, 0, note);
            struct error err = {.code = ERROR_AWS, .http = 400, .text = "no"};
            struct json_object *body = json_object_new_object();
            body_set_error(body, &err, 77);
            fake_say(door, MESSAGE_REPLY, message.id, body);
        } else if (message.kind == MESSAGE_DELETE_KEY) {
            return 9;
        } else if (message.kind == MESSAGE_CREATE_KEY) {
            fake_say(door, MESSAGE_REPLY, message.id, fake_good());
            fake_say(door, MESSAGE_REPLY, message.id, fake_good());
        } /* any other: no answer */
    }
}

/* --- this side ---------------------------------------------------------------------------------*/

struct heard {
    int count;
    int good;
    struct error err;
    int64_t date;
    char text[256];
    int order;
};

static int heard_order;

static void hear(void *context, struct json_object *body, const struct error *err, int64_t date)
{
    struct heard *heard = context;
    heard->count++;
    heard->order = ++heard_order;
    heard->date = date;
    if (err == NULL) {
        assert_non_null(body);
        heard->good++;
        text_copy(heard->text, sizeof heard->text, body_string(body, "user"));
    } else {
        assert_null(body);
        heard->err = *err;
    }
}

static bool try_start(const char *mode, struct keeper **ret_keeper, struct error *err)
{
    setenv("FAKE_KEEPER", mode, 1);
    setenv("KEYWRIGHT_KEEPER", program, 1);
    const struct keeper_options options = {.profile = "work",
                                           .region = "eu-west-1",
                                           .endpoint_url = "http://127.0.0.1:1",
                                           .timeout = 5,
                                           .environment_fd = -1};
    return keeper_start(&options, ret_keeper, err);
}

static struct keeper *start(const char *mode)
{
    struct keeper *keeper = NULL;
    assert_true(try_start(mode, &keeper, NULL));
    return keeper;
}

static void ask(struct keeper *keeper, enum message_kind kind, const char *user,
                struct heard *heard)
{
    struct json_object *body = json_object_new_object();
    body_set_string(body, "user", user);
    assert_true(keeper_ask(keeper, kind, &body, hear, heard, NULL));
    assert_null(body);
}

static void hello_is_said_and_answered(void **state)
{
    (void)state;
    struct keeper *keeper = start("good");
    assert_string_equal(keeper_region(keeper), "");
    assert_null(keeper_hello(keeper));
    assert_int_equal(keeper_pending(keeper), 1);
    assert_true(keeper_drain(keeper, NULL));
    assert_string_equal(keeper_region(keeper), "eu-west-1");
    assert_string_equal(keeper_explanation(keeper), "http://127.0.0.1:1");
    assert_int_equal(body_number(keeper_hello(keeper), "timeout"), 5);
    assert_null(keeper_failure(keeper));
    keeper_free(keeper);
    keeper_free(NULL);
}

static void replies_find_their_requests(void **state)
{
    (void)state;
    struct keeper *keeper = start("good");
    struct heard heard[3] = {0};
    ask(keeper, MESSAGE_LIST_KEYS, "ann", &heard[0]);
    ask(keeper, MESSAGE_LIST_KEYS, "bob", &heard[1]);
    ask(keeper, MESSAGE_LIST_KEYS, "cid", &heard[2]);
    assert_int_equal(keeper_pending(keeper), 4);
    assert_true(keeper_drain(keeper, NULL));
    assert_int_equal(keeper_pending(keeper), 0);
    static const char *const users[] = {"ann", "bob", "cid"};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(heard[i].good, 1);
        assert_string_equal(heard[i].text, users[i]);
        assert_int_equal(heard[i].date, 1000 + i);
    }
    assert_true(heard[2].order < heard[1].order && heard[1].order < heard[0].order);
    keeper_free(keeper);
}

static void many_requests_at_one_time(void **state)
{
    (void)state;
    enum { COUNT = 3000 };
    struct heard *heard = calloc(COUNT, sizeof *heard);
    assert_non_null(heard);
    struct keeper *keeper = start("good");
    char user[16];
    for (int i = 0; i < COUNT; i++) {
        snprintf(user, sizeof user, "user%d", i);
        ask(keeper, MESSAGE_LIST_KEYS, user, &heard[i]);
    }
    assert_true(keeper_drain(keeper, NULL));
    for (int i = 0; i < COUNT; i++) {
        snprintf(user, sizeof user, "user%d", i);
        assert_int_equal(heard[i].count, 1);
        assert_string_equal(heard[i].text, user);
    }
    keeper_free(keeper);
    free(heard);
}

static void count_note(void *context, struct json_object *body)
{
    assert_string_equal(body_string(body, "action"), "GetCallerIdentity");
    ++*(int *)context;
}

static void failed_reply_and_note_arrive(void **state)
{
    (void)state;
    struct keeper *keeper = start("good");
    int notes = 0;
    keeper_on_note(keeper, count_note, &notes);
    struct heard heard = {0};
    assert_true(keeper_ask(keeper, MESSAGE_PROBE_KEY, NULL, hear, &heard, NULL));
    assert_true(keeper_drain(keeper, NULL));
    assert_int_equal(notes, 1);
    assert_int_equal(heard.count, 1);
    assert_int_equal(heard.good, 0);
    assert_int_equal(heard.err.code, ERROR_AWS);
    assert_int_equal(heard.err.http, 400);
    assert_int_equal(heard.date, 77);
    assert_null(keeper_failure(keeper));
    keeper_free(keeper);
}

/* Kept from the reply of DOCTOR. */
static struct json_object *kept_body;

static void keep(void *context, struct json_object *body, const struct error *err, int64_t date)
{
    (void)context;
    (void)date;
    assert_null(err);
    kept_body = json_object_get(body);
}

static void child_is_set_apart(void **state)
{
    (void)state;
    setenv("FAKE_KEEPER", "good", 1);
    setenv("KEYWRIGHT_KEEPER", program, 1);
    unsetenv("KEYWRIGHT_DEBUG");
    char path[] = "/tmp/keywright-test-XXXXXX";
    int file = mkstemp(path); /* the lowest free descriptor: likely 3, and not close-on-exec */
    assert_true(file >= 0);
    unlink(path);
    assert_int_equal(write(file, "AWS_REGION=here", 16), 16);
    int left_open = dup(file);
    signal(SIGUSR1, SIG_IGN);
    for (int with = 0; with < 2; with++) {
        struct keeper_options options = {.environment_fd = with ? file : -1};
        struct keeper *keeper = NULL;
        assert_true(keeper_start(&options, &keeper, NULL));
        assert_true(keeper_ask(keeper, MESSAGE_DOCTOR, NULL, keep, NULL, NULL));
        assert_true(keeper_drain(keeper, NULL));
        assert_string_equal(body_string(kept_body, "open"), with ? "0 1 2 3 4 " : "0 1 2 3 ");
        assert_string_equal(body_string(kept_body, "stdin"), "/dev/null");
        assert_string_equal(body_string(kept_body, "environment"), with ? "AWS_REGION=here" : "");
        assert_true(body_bool(kept_body, "leads_session"));
        assert_true(body_bool(kept_body, "signals_default"));
        json_object_put(kept_body);
        keeper_free(keeper);
    }
    signal(SIGUSR1, SIG_DFL);
    close(left_open);
    close(file);
}

static void refused_hello_is_kept(void **state)
{
    (void)state;
    struct keeper *keeper = start("refuse");
    assert_true(keeper_drain(keeper, NULL));
    const struct error *failure = keeper_failure(keeper);
    assert_non_null(failure);
    assert_int_equal(failure->code, ERROR_PROFILE_UNKNOWN);
    assert_string_equal(failure->text, "no profile 'work'");
    struct heard heard = {0};
    struct error err = {0};
    assert_false(keeper_ask(keeper, MESSAGE_DOCTOR, NULL, hear, &heard, &err));
    assert_int_equal(err.code, ERROR_PROFILE_UNKNOWN);
    keeper_free(keeper);
    assert_int_equal(heard.count, 0);
}

static void other_version_is_refused(void **state)
{
    (void)state;
    struct keeper *keeper = start("older");
    assert_true(keeper_drain(keeper, NULL));
    assert_non_null(keeper_failure(keeper));
    assert_non_null(strstr(keeper_failure(keeper)->text, "0.0.1"));
    keeper_free(keeper);
}

/* The keeper ends with three requests unanswered; each hears of it once. */
static void its_end_reaches_everybody(void **state)
{
    (void)state;
    struct keeper *keeper = start("good");
    struct heard heard[3] = {0};
    ask(keeper, MESSAGE_LIST_KEYS, "ann", &heard[0]);
    ask(keeper, MESSAGE_LIST_KEYS, "bob", &heard[1]);
    ask(keeper, MESSAGE_DELETE_KEY, "cid", &heard[2]);
    struct error err = {0};
    assert_false(keeper_drain(keeper, &err));
    assert_int_equal(err.code, ERROR_KEEPER_GONE);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(heard[i].count, 1);
        assert_int_equal(heard[i].err.code, ERROR_KEEPER_GONE);
    }
    assert_int_equal(keeper_pending(keeper), 0);
    assert_string_equal(keeper_region(keeper), "eu-west-1");
    assert_int_equal(keeper_pollfd(keeper).fd, -1);
    assert_false(keeper_run(keeper, &err));
    assert_int_equal(err.code, ERROR_KEEPER_GONE);
    assert_false(keeper_ask(keeper, MESSAGE_DOCTOR, NULL, hear, &heard[0], &err));
    assert_int_equal(err.code, ERROR_KEEPER_GONE);
    keeper_free(keeper);
    assert_int_equal(heard[0].count, 1);
}

static void early_end_and_garbage_are_gone(void **state)
{
    (void)state;
    static const char *const modes[] = {"dies", "garbage"};
    for (int i = 0; i < 2; i++) {
        struct keeper *keeper = NULL;
        struct error err = {0};
        if (!try_start(modes[i], &keeper, &err)) { /* it was quicker than we */
            assert_int_equal(err.code, ERROR_KEEPER_GONE);
            continue;
        }
        assert_false(keeper_drain(keeper, &err));
        assert_int_equal(err.code, ERROR_KEEPER_GONE);
        assert_int_equal(keeper_failure(keeper)->code, ERROR_KEEPER_GONE);
        keeper_free(keeper);
    }
}

static void second_reply_to_one_request_is_garbage(void **state)
{
    (void)state;
    struct keeper *keeper = start("good");
    struct heard heard = {0};
    struct heard waiting = {0};
    ask(keeper, MESSAGE_CREATE_KEY, "ann", &heard);
    ask(keeper, MESSAGE_LIST_MFA, "ann", &waiting);
    struct error err = {0};
    assert_false(keeper_drain(keeper, &err));
    assert_int_equal(err.code, ERROR_KEEPER_GONE);
    assert_int_equal(heard.count, 1);
    assert_int_equal(heard.good, 1);
    assert_int_equal(waiting.count, 1);
    assert_int_equal(waiting.good, 0);
    keeper_free(keeper);
}

static void letting_go_answers_what_waits(void **state)
{
    (void)state;
    struct keeper *keeper = start("good");
    struct heard heard = {0};
    ask(keeper, MESSAGE_LIST_MFA, "ann", &heard);
    keeper_free(keeper);
    assert_int_equal(heard.count, 1);
    assert_int_equal(heard.err.code, ERROR_KEEPER_GONE);
}

static void on_alarm(int signal_number)
{
    (void)signal_number;
}

static void signal_interrupts_drain(void **state)
{
    (void)state;
    struct keeper *keeper = start("good");
    assert_true(keeper_drain(keeper, NULL));
    struct heard heard = {0};
    ask(keeper, MESSAGE_LIST_MFA, "ann", &heard);
    struct sigaction action = {.sa_handler = on_alarm};
    struct sigaction before;
    sigaction(SIGALRM, &action, &before);
    /* Again and again, so that one that comes before the wait does not hang the test. */
    struct itimerval timer = {{0, 50000}, {0, 50000}};
    setitimer(ITIMER_REAL, &timer, NULL);
    struct error err = {0};
    assert_false(keeper_drain(keeper, &err));
    timer = (struct itimerval){{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &timer, NULL);
    sigaction(SIGALRM, &before, NULL);
    assert_int_equal(err.code, ERROR_INTERRUPTED);
    assert_int_equal(heard.count, 0);
    keeper_free(keeper);
    assert_int_equal(heard.count, 1);
}

static void missing_program_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        enum error_code code;
    } cases[] = {{"/nonexistent/keeper", ERROR_NOT_FOUND}, {"/dev/null", ERROR_PERMISSION}};
    if (getenv("KEYWRIGHT_VALGRIND") != NULL) {
        printf("# left out under valgrind: %s (its posix_spawn cannot say that exec failed)\n", __func__);
        return;
    }
    for (int i = 0; i < 2; i++) {
        setenv("KEYWRIGHT_KEEPER", cases[i].path, 1);
        const struct keeper_options options = {.environment_fd = -1};
        struct keeper *keeper = NULL;
        struct error err = {0};
        assert_false(keeper_start(&options, &keeper, &err));
        assert_int_equal(err.code, cases[i].code);
        assert_non_null(strstr(err.text, cases[i].path));
        assert_null(keeper);
    }
}

int main(int argc, char **argv)
{
    (void)argc;
    if (realpath(argv[0], program) == NULL)
        return 1;
    if (getenv("FAKE_KEEPER") != NULL)
        return fake_keeper(getenv("FAKE_KEEPER"));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hello_is_said_and_answered),
        cmocka_unit_test(replies_find_their_requests),
        cmocka_unit_test(many_requests_at_one_time),
        cmocka_unit_test(failed_reply_and_note_arrive),
        cmocka_unit_test(child_is_set_apart),
        cmocka_unit_test(refused_hello_is_kept),
        cmocka_unit_test(other_version_is_refused),
        cmocka_unit_test(its_end_reaches_everybody),
        cmocka_unit_test(early_end_and_garbage_are_gone),
        cmocka_unit_test(second_reply_to_one_request_is_garbage),
        cmocka_unit_test(letting_go_answers_what_waits),
        cmocka_unit_test(signal_interrupts_drain),
        cmocka_unit_test(missing_program_is_said),
    };
    return cmocka_run_group_tests_name("keeper", tests, NULL, NULL);
}
