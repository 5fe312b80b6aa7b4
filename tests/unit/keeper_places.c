/* Targets and files, whole, half and damaged; doctor; tests of the operator. */
#include "config.h"

#include "keeper_stage.h"
#include "wire/scope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/when.h"

static struct stage stage; /* one account for all: these tests change nothing in it */

static int open_stage(void **state)
{
    (void)state;
    stage_open(&stage, (const char *const[]){NULL});
    return 0;
}

static int close_stage(void **state)
{
    (void)state;
    stage_close(&stage);
    return 0;
}

/* --- targets and files -------------------------------------------------------------------------*/

static void wishes_become_targets_or_problems(void **state)
{
    (void)state;
    struct actor actor = actor_begin(&stage, "{}", NULL);
    struct json_object *reply = actor_ask_ok(
        &actor, MESSAGE_DISCOVER,
        "{\"to\":[\"file:backup-job\",\"command:cat /dev/null\",\"file:admin\",\"ssm:name\"]}");
    struct json_object *targets = body_array(reply, "targets");
    assert_int_equal(json_object_array_length(targets), 2);
    const char *spec = body_string(json_object_array_get_idx(targets, 0), "spec");
    assert_int_equal(strncmp(spec, "file:backup-job@/", 17), 0);
    assert_false(body_bool(json_object_array_get_idx(targets, 1), "readable"));
    struct json_object *problems = body_array(reply, "problems");
    assert_int_equal(json_object_array_length(problems), 2);
    assert_string_equal(body_string(json_object_array_get_idx(problems, 0), "error"), "TARGET");
    assert_string_equal(body_string(json_object_array_get_idx(problems, 1), "error"), "USAGE");
    json_object_put(reply);
    json_object_put(actor_ask_ok(&actor, MESSAGE_PREPARE,
                                 "{\"rotation\":\"r-2\",\"specs\":[],\"old_key\":\"%s\"}",
                                 stage.key));
    reply = actor_ask_ok(&actor, MESSAGE_CHECK_TARGET,
                         "{\"spec\":\"command:cat /dev/null\",\"key\":\"AKIANEW\",\"count\":1}");
    assert_string_equal(body_string(reply, "verdict"), "unreadable");
    json_object_put(reply);
    actor_ask_error(&actor, "USAGE", MESSAGE_CHECK_TARGET, "{\"spec\":\"moon:x\",\"key\":\"k\"}");
    assert_int_equal(actor_end(&actor), 0);
}

static void halves_and_damage_are_problems_not_a_silence(void **state)
{
    (void)state;
    char row[160], config[160];
    const char *const environment[] = {row, config, NULL};
    snprintf(row, sizeof row, "AWS_SHARED_CREDENTIALS_FILE=%s/odd", stage.home);
    snprintf(config, sizeof config, "AWS_CONFIG_FILE=%s/odd-config", stage.home);
    stage_write(&stage, "odd", "[default]\naws_access_key_id = AKIAHALFHALFHALFHALF\n", 0644);
    stage_write(&stage, "odd-config", "[default]\naws_secret_access_key = splitsplitsplitsplit\n",
                0600);
    struct actor actor = actor_begin(&stage, "{}", environment);
    struct json_object *reply =
        actor_ask_ok(&actor, MESSAGE_DISCOVER, "{\"key\":\"AKIAHALFHALFHALFHALF\"}");
    assert_true(list_mentions(body_array(reply, "problems"), "PAIR_SPLIT"));
    assert_false(body_bool(reply, "pair_held"));
    json_object_put(reply);
    actor_ask_error(&actor, "PAIR_HALF", MESSAGE_PROBE_KEY, "{\"key\":\"AKIAHALFHALFHALFHALF\"}");
    /* The file is damaged while the keeper runs: it sees that, and `where` does not say "nowhere".
     */
    stage_write(&stage, "odd", "[default]\nnonsense\n", 0600);
    actor_ask_error(&actor, "SYNTAX", MESSAGE_SEEK_KEY, "{\"key\":\"AKIAHALFHALFHALFHALF\"}");
    assert_non_null(strstr(actor.text, "line 2"));
    reply = actor_ask_ok(&actor, MESSAGE_DISCOVER, "{}");
    assert_true(list_mentions(body_array(reply, "problems"), "SYNTAX"));
    json_object_put(reply);
    reply = actor_ask_ok(&actor, MESSAGE_DOCTOR, "{}");
    assert_true(list_mentions(body_array(reply, "checks"), "line 2"));
    json_object_put(reply);
    assert_int_equal(actor_end(&actor), 0);
}

static void doctor_looks_at_everything(void **state)
{
    (void)state;
    static const char *const names[] = {"credentials_file", "config_file",  "memory",
                                        "core_files",       "endpoint_iam", "endpoint_sts",
                                        "credentials",      "identity",     "clock"};
    struct actor actor = actor_begin(&stage, "{}", NULL);
    struct json_object *reply = actor_ask_ok(&actor, MESSAGE_DOCTOR, "{}");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char wanted[64];
        snprintf(wanted, sizeof wanted, "\"%s\"", names[i]);
        assert_true(list_mentions(body_array(reply, "checks"), wanted));
    }
    assert_false(list_mentions(body_array(reply, "checks"), "\"fail\""));
    json_object_put(reply);
    assert_int_equal(actor_end(&actor), 0);
    const char *const nothing[] = {"AWS_SHARED_CREDENTIALS_FILE=/nowhere/a",
                                   "AWS_CONFIG_FILE=/nowhere/b",
                                   "AWS_ENDPOINT_URL=http://127.0.0.1:1", NULL};
    actor = actor_begin(&stage, "{}", nothing);
    reply = actor_ask_ok(&actor, MESSAGE_DOCTOR, "{}");
    assert_true(list_mentions(body_array(reply, "checks"), "\"fail\""));
    json_object_put(reply);
    actor_ask_error(&actor, "NO_CREDENTIALS", MESSAGE_IDENTIFY, "{\"signer\":\"\"}");
    assert_int_equal(actor_end(&actor), 0);
}

/* --- tests of the operator ---------------------------------------------------------------------*/

#define SHOW "env; echo 2 >&2; exit 3"
#define KILL "kill -9 $$"
#define FLOOD                                                                                      \
    "i=0; while [ $i -lt 3000 ]; do echo $AWS_SECRET_ACCESS_KEY; i=$((i+1)); done;"                \
    " printf '\\033[31mred'; sleep 600 &"

static struct text scope;

/* Keepers that are started from now on run these tests. */
static void allow_tests(const char *const *commands)
{
    text_release(&scope);
    text_init(&scope, SCOPE_MAXIMUM);
    for (; *commands != NULL; commands++)
        scope_add(&scope, SCOPE_TEST, *commands);
    stage.scope = &scope;
}

static struct json_object *run(struct actor *actor, const char *command)
{
    struct json_object *body = json_object_new_object();
    body_set_string(body, "command", command);
    body_set_string(body, "key", stage.key);
    struct json_object *reply =
        actor_ask_ok(actor, MESSAGE_RUN_TEST, "%s", json_object_to_json_string(body));
    json_object_put(body);
    return reply;
}

static void test_gets_the_pair_and_nothing_it_says_is_a_secret(void **state)
{
    (void)state;
    char secret[64];
    stage_secret(&stage, "default", secret);
    allow_tests((const char *const[]){SHOW, KILL, FLOOD, NULL});
    struct actor actor =
        actor_begin(&stage, "{}", (const char *const[]){"STRANGE=1", "AWS_PROFILE=default", NULL});
    struct json_object *reply = run(&actor, SHOW);
    const char *output = body_string(reply, "output");
    assert_int_equal(body_number(reply, "status"), 3);
    assert_non_null(strstr(output, stage.key));
    assert_non_null(strstr(output, "AWS_SECRET_ACCESS_KEY=[secret]\n"));
    assert_non_null(strstr(output, stage.endpoint));
    assert_non_null(strstr(output, "\n2\n"));
    assert_null(strstr(output, "STRANGE"));
    assert_null(strstr(output, "AWS_PROFILE"));
    json_object_put(reply);
    reply = run(&actor, KILL);
    assert_int_equal(body_number(reply, "status"), 128 + SIGKILL);
    json_object_put(reply);
    /* More than is kept, so that a secret is cut somewhere; control characters; a background job.
     */
    reply = run(&actor, FLOOD);
    output = body_string(reply, "output");
    assert_int_equal(body_number(reply, "status"), 0);
    assert_non_null(strstr(output, "\\x1b[31mred"));
    assert_true(strlen(output) <= 4200);
    for (size_t length = 12; length <= strlen(secret); length++)
        assert_null(strstr(output, secret + strlen(secret) - length));
    json_object_put(reply);
    assert_null(strstr(actor.said.bytes, secret));
    assert_int_equal(actor_end(&actor), 0);
}

#define BARE "sh -c 'test -z $AWS_SECRET_ACCESS_KEY$AWS_ACCESS_KEY_ID$AWS_SESSION_TOKEN'"
#define COUNT "sh -c 'test 100000 = $(wc -c)'"
#define REFUSE "sh -c 'echo first >&2; echo no such room >&2; exit 7'"

/* A command that is told of changes gets them, whatever their length, and no credentials; one that is in the scope as
 * something else is not run. */
static void a_command_is_told_without_credentials(void **state)
{
    (void)state;
    char secret[64], pair[160];
    static char text[100001];
    stage_secret(&stage, "default", secret);
    snprintf(pair, sizeof pair, "AWS_SECRET_ACCESS_KEY=%s", secret);
    text_release(&scope);
    text_init(&scope, SCOPE_MAXIMUM);
    static const char *const commands[] = {BARE, COUNT, REFUSE, "/nowhere/at-all"};
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        scope_add(&scope, SCOPE_NOTIFY, commands[i]);
    scope_add(&scope, SCOPE_VERIFY, "true");
    scope_add(&scope, SCOPE_TARGET, "command:false");
    stage.scope = &scope;
    struct actor actor =
        actor_begin(&stage, "{}", (const char *const[]){pair, "AWS_ACCESS_KEY_ID=AKIAX", NULL});
    memset(text, 'x', sizeof text - 1); /* more than a pipe takes */
    json_object_put(actor_ask_ok(&actor, MESSAGE_NOTIFY, "{\"command\":\"" COUNT "\",\"text\":\"%s\"}", text));
    json_object_put(actor_ask_ok(&actor, MESSAGE_NOTIFY, "{\"command\":\"" BARE "\",\"text\":\"x\"}"));
    actor_ask_error(&actor, "COMMAND", MESSAGE_NOTIFY, "{\"command\":\"" REFUSE "\",\"text\":\"x\"}");
    assert_non_null(strstr(actor.text, "sh ended with status 7: no such room"));
    actor_ask_error(&actor, "NOT_FOUND", MESSAGE_NOTIFY, "{\"command\":\"/nowhere/at-all\"}");
    actor_ask_error(&actor, "USAGE", MESSAGE_NOTIFY, "{\"command\":\"true\",\"text\":\"x\"}");
    actor_ask_error(&actor, "USAGE", MESSAGE_NOTIFY, "{\"command\":\"false\",\"text\":\"x\"}");
    actor_ask_error(&actor, "USAGE", MESSAGE_NOTIFY, "{\"text\":\"x\"}");
    assert_int_equal(actor_end(&actor), 0);
    stage.scope = NULL;
}

/* What is not in the scope is refused, however it is asked for. */
static void only_the_scope_is_served(void **state)
{
    (void)state;
    char elsewhere[] = "/tmp/keywright-elsewhere-XXXXXX", file[128];
    assert_non_null(mkdtemp(elsewhere));
    snprintf(file, sizeof file, "%s/credentials", elsewhere);
    char *content = stage_read(&stage, ".aws/credentials");
    FILE *copy = fopen(file, "w");
    assert_non_null(copy);
    fputs(content, copy);
    fclose(copy);
    free(content);
    for (int in_scope = 0; in_scope < 2; in_scope++) {
        text_release(&scope);
        text_init(&scope, SCOPE_MAXIMUM);
        char spec[160];
        snprintf(spec, sizeof spec, "file:%s", file);
        if (in_scope) {
            scope_add(&scope, SCOPE_TARGET, spec);
            scope_add(&scope, SCOPE_TARGET, "command:cat");
            scope_add(&scope, SCOPE_VERIFY, "cat");
        }
        scope_add(&scope, SCOPE_TEST, "true");
        stage.scope = &scope;
        struct actor actor = actor_begin(&stage, "{}", NULL);
        struct json_object *reply = actor_hello(&actor, "{}");
        assert_false(body_bool(reply, "ok")); /* once */
        json_object_put(reply);
        reply = actor_ask_ok(&actor, MESSAGE_DOCTOR, "{}");
        bool caged = list_mentions(body_array(reply, "checks"), "the keeper: files closed");
        json_object_put(reply);
        json_object_put(actor_ask_ok(
            &actor, MESSAGE_PREPARE,
            "{\"rotation\":\"r-1\",\"specs\":[\"%s\"],\"old_key\":\"%s\",\"new_key\":\"\"}", spec,
            stage.key));
        actor_ask_error(&actor, "COMMAND", MESSAGE_RUN_TEST,
                        "{\"command\":\"echo other\",\"key\":\"%s\"}", stage.key);
        if (in_scope) {
            json_object_put(actor_ask_ok(&actor, MESSAGE_TRY_TARGET, "{\"spec\":\"%s\"}", spec));
            json_object_put(actor_ask_ok(&actor, MESSAGE_TRY_TARGET,
                                         "{\"spec\":\"command:cat\",\"verify\":\"cat\"}"));
            actor_ask_error(&actor, "TARGET", MESSAGE_TRY_TARGET,
                            "{\"spec\":\"command:cat\",\"verify\":\"cat -u\"}");
        } else {
            if (caged)
                actor_ask_error(&actor, "TARGET", MESSAGE_TRY_TARGET, "{\"spec\":\"%s\"}", spec);
            else
                printf("# not tried: this kernel has no Landlock\n");
            actor_ask_error(&actor, "TARGET", MESSAGE_TRY_TARGET, "{\"spec\":\"command:cat\"}");
            actor_ask_error(&actor, "COMMAND", MESSAGE_DELIVER,
                            "{\"spec\":\"command:cat\",\"key\":\"%s\",\"verify\":\"\"}", stage.key);
        }
        assert_int_equal(actor_end(&actor), 0);
    }
    stage.scope = NULL;
    unlink(file);
    rmdir(elsewhere);
}

static void test_does_not_hold_up_the_rest(void **state)
{
    (void)state;
    allow_tests((const char *const[]){"sleep 2", NULL});
    struct actor actor = actor_begin(&stage, "{}", NULL);
    int64_t began = when_monotonic_ms();
    uint32_t slow =
        actor_send(&actor, MESSAGE_RUN_TEST, "{\"command\":\"sleep 2\",\"key\":\"%s\"}", stage.key);
    json_object_put(actor_ask_ok(&actor, MESSAGE_IDENTIFY, "{\"signer\":\"\"}"));
    assert_true(when_monotonic_ms() - began < 1900);
    struct json_object *reply = actor_receive(&actor, slow);
    assert_int_equal(body_number(reply, "status"), 0);
    json_object_put(reply);
    assert_int_equal(actor_end(&actor), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wishes_become_targets_or_problems),
        cmocka_unit_test(halves_and_damage_are_problems_not_a_silence),
        cmocka_unit_test(doctor_looks_at_everything),
        cmocka_unit_test(test_gets_the_pair_and_nothing_it_says_is_a_secret),
        cmocka_unit_test(test_does_not_hold_up_the_rest),
        cmocka_unit_test(a_command_is_told_without_credentials),
        cmocka_unit_test(only_the_scope_is_served),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("keeper_places", tests, open_stage, close_stage);
}
