/* Credentials of every origin: files, environment, MFA sessions, roles, credential_process; and
 * what the keeper answers when they are missing or wrong. */
#include "config.h"

#include "keeper_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "wire/scope.h"

static struct stage stage; /* one account for all: these tests change nothing in it */

static int open_stage(void **state)
{
    (void)state;
    stage_open(&stage, (const char *const[]){"--mfa", "--page-size", "1", NULL});
    return 0;
}

static int close_stage(void **state)
{
    (void)state;
    stage_close(&stage);
    return 0;
}

static void code_now(char code[16])
{
    char page[128];
    snprintf(page, sizeof page, "totp?user=%s", stage.user);
    char *answer = stage_fetch(&stage, page);
    struct json_object *object = json_tokener_parse(answer);
    text_copy(code, 16, body_string(object, "code"));
    assert_int_equal(strlen(code), 6);
    json_object_put(object);
    free(answer);
}

/* --- who signs ---------------------------------------------------------------------------------*/

static void profile_that_is_not_there_is_said_at_once(void **state)
{
    (void)state;
    struct actor actor;
    actor_start(&actor, &stage, NULL);
    actor_ask_error(&actor, "PROFILE_UNKNOWN", MESSAGE_HELLO, "{\"profile\":\"nobody\"}");
    assert_non_null(strstr(actor.text, "nobody"));
    actor_ask_error(&actor, "PROFILE_UNKNOWN", MESSAGE_HELLO, "{\"as_profile\":\"nobody\"}");
    actor_ask_error(&actor, "INTERNAL", MESSAGE_HELLO, "{\"version\":\"0.0.0\"}");
    assert_int_equal(actor_end(&actor), 0);
}

static void environment_beats_an_unnamed_profile(void **state)
{
    (void)state;
    char secret[64], row[128], id[64];
    stage_secret(&stage, "admin", secret);
    snprintf(row, sizeof row, "AWS_SECRET_ACCESS_KEY=%s", secret);
    snprintf(id, sizeof id, "AWS_ACCESS_KEY_ID=%s", stage.admin_key);
    const char *const environment[] = {id, row, NULL};
    struct actor actor;
    actor_start(&actor, &stage, environment);
    struct json_object *reply = actor_hello(&actor, "{}");
    assert_true(list_mentions(body_array(reply, "warnings"), "AWS_ACCESS_KEY_ID"));
    json_object_put(reply);
    reply = actor_ask_ok(&actor, MESSAGE_IDENTIFY, "{\"signer\":\"\"}");
    assert_string_equal(body_string(reply, "signer"), stage.admin_key);
    json_object_put(reply);
    reply = actor_ask_ok(&actor, MESSAGE_SEEK_KEY, "{\"key\":\"%s\"}", stage.admin_key);
    assert_true(list_mentions(reply, "\"environment\""));
    json_object_put(reply);
    assert_null(strstr(actor.said.bytes, secret));

    char path[64], shown[8192] = "";
    snprintf(path, sizeof path, "/proc/%d/environ", (int)actor.pid);
    FILE *file = fopen(path, "r");
    if (file != NULL) { /* only root may look */
        size_t length = fread(shown, 1, sizeof shown - 1, file);
        fclose(file);
        for (size_t i = 0; i < length; i++)
            shown[i] = shown[i] == '\0' ? '\n' : shown[i];
        assert_null(strstr(shown, secret));
    }
    assert_int_equal(actor_end(&actor), 0);

    actor = actor_begin(&stage, "{\"profile\":\"default\"}", environment);
    reply = actor_ask_ok(&actor, MESSAGE_IDENTIFY, "{\"signer\":\"\"}");
    assert_string_equal(body_string(reply, "signer"), stage.key);
    json_object_put(reply);
    assert_int_equal(actor_end(&actor), 0);
}

/* What a rotation was opened with counts alone; plain http leaves the loopback interface for nobody. */
static void settled_endpoints_beat_the_surroundings(void **state)
{
    (void)state;
    static const char *const elsewhere[] = {"AWS_ENDPOINT_URL=http://127.0.0.1:9",
                                            "AWS_ENDPOINT_URL_STS=http://127.0.0.1:9",
                                            "AWS_USE_FIPS_ENDPOINT=true", NULL};
    char hello[512];
    struct actor actor;
    snprintf(hello, sizeof hello, "{\"endpoint_iam\":\"%s\",\"endpoint_sts\":\"%s\",\"endpoint_sso\":\"aws\","
                                  "\"endpoint_cloudtrail\":\"%s\",\"endpoint_access_analyzer\":\"aws\"}",
             stage.endpoint, stage.endpoint, stage.endpoint);
    actor_start(&actor, &stage, elsewhere);
    struct json_object *reply = actor_hello(&actor, hello);
    assert_string_equal(body_string(reply, "endpoint_iam"), stage.endpoint);
    assert_string_equal(body_string(reply, "endpoint_sts"), stage.endpoint);
    assert_string_equal(body_string(reply, "endpoint_sso"), "aws");
    assert_string_equal(body_string(reply, "endpoint_cloudtrail"), stage.endpoint);
    assert_string_equal(body_string(reply, "endpoint_access_analyzer"), "aws");
    assert_false(body_bool(reply, "use_fips"));
    assert_string_equal(body_string(reply, "profile_source"), "identity");
    json_object_put(reply);
    reply = actor_ask_ok(&actor, MESSAGE_IDENTIFY, "{\"signer\":\"\"}");
    json_object_put(reply);
    assert_int_equal(actor_end(&actor), 0);

    /* AWS's own, though a profile and the environment name another. Nothing is asked there. */
    actor_start(&actor, &stage, elsewhere);
    reply = actor_hello(&actor, "{\"endpoint_iam\":\"aws\",\"endpoint_sts\":\"aws\",\"use_dualstack\":true}");
    assert_string_equal(body_string(reply, "endpoint_iam"), "aws");
    assert_string_equal(body_string(reply, "endpoint_sts"), "aws");
    assert_true(body_bool(reply, "use_dualstack"));
    /* Rotations of earlier versions say nothing of these two. */
    assert_string_equal(body_string(reply, "endpoint_cloudtrail"), "http://127.0.0.1:9");
    assert_string_equal(body_string(reply, "endpoint_access_analyzer"), "http://127.0.0.1:9");
    json_object_put(reply);
    assert_int_equal(actor_end(&actor), 0);

    actor = actor_begin(&stage, "{\"endpoint_iam\":\"http://192.0.2.1\",\"endpoint_sts\":\"http://192.0.2.1\"}",
                        NULL);
    actor_ask_error(&actor, "ENDPOINT", MESSAGE_IDENTIFY, "{\"signer\":\"\"}");
    assert_non_null(strstr(actor.text, "loopback"));
    assert_int_equal(actor_end(&actor), 0);
}

static void administrator_sees_whose_key_it_is(void **state)
{
    (void)state;
    struct actor actor = actor_begin(&stage, "{\"as_profile\":\"admin\"}", NULL);
    struct json_object *reply =
        actor_ask_ok(&actor, MESSAGE_IDENTIFY, "{\"signer\":\"\",\"key\":\"%s\"}", stage.key);
    assert_string_equal(body_string(reply, "signer"), stage.admin_key);
    assert_string_equal(body_string(reply, "owner"), stage.user);
    json_object_put(reply);
    /* The key that is looked for is the profile's, not the administrator's. */
    reply = actor_ask_ok(&actor, MESSAGE_DISCOVER, "{}");
    assert_string_equal(body_string(reply, "key"), stage.key);
    json_object_put(reply);
    reply = actor_ask_ok(&actor, MESSAGE_LIST_USERS, "{\"signer\":\"\"}"); /* a page each */
    assert_int_equal(json_object_array_length(body_array(reply, "users")), 2);
    json_object_put(reply);
    reply = actor_ask_ok(&actor, MESSAGE_LIST_MFA, "{\"signer\":\"\",\"user\":\"%s\"}", stage.user);
    assert_true(list_mentions(body_array(reply, "devices"), ":mfa"));
    json_object_put(reply);
    reply =
        actor_ask_ok(&actor, MESSAGE_READ_LAST_USED, "{\"signer\":\"\",\"key\":\"%s\"}", stage.key);
    assert_string_equal(body_string(reply, "user"), stage.user);
    json_object_put(reply);
    assert_int_equal(actor_end(&actor), 0);
}

static void pair_that_is_nowhere_is_named(void **state)
{
    (void)state;
    struct actor actor = actor_begin(&stage, "{}", NULL);
    actor_ask_error(&actor, "NO_CREDENTIALS", MESSAGE_PROBE_KEY,
                    "{\"key\":\"AKIANOWHERENOWHERE00\"}");
    assert_non_null(strstr(actor.text, "AKIANOWHERENOWHERE00"));
    actor_ask_error(&actor, "NO_CREDENTIALS", MESSAGE_CREATE_KEY,
                    "{\"signer\":\"AKIANOWHERENOWHERE00\",\"user\":\"alice\"}");
    actor_ask_error(&actor, "USAGE", MESSAGE_CREATE_KEY, "{\"signer\":\"\"}");
    actor_ask_error(&actor, "USAGE", MESSAGE_SWITCH_KEY,
                    "{\"signer\":\"\",\"user\":\"u\",\"key\":\"k\",\"status\":\"Off\"}");
    actor_ask_error(&actor, "INTERNAL", MESSAGE_DELIVER, "{\"spec\":\"file:/x\",\"key\":\"k\"}");
    actor_ask_error(&actor, "USAGE", MESSAGE_PREPARE, "{\"rotation\":\"../r\"}");
    assert_int_equal(actor_end(&actor), 0);
}

/* But it is that of the profile's key, wherever it comes from. */
static void own_device_is_not_that_of_keys_of_the_environment(void)
{
    static const char *const profiles[] = {"default", "admin"};
    const char *const keys[] = {stage.key, stage.admin_key};
    char secret[64], rows[3][160];
    for (int i = 0; i < 2; i++) {
        stage_secret(&stage, profiles[i], secret);
        snprintf(rows[0], sizeof rows[0], "AWS_ACCESS_KEY_ID=%s", keys[i]);
        snprintf(rows[1], sizeof rows[1], "AWS_SECRET_ACCESS_KEY=%s", secret);
        snprintf(rows[2], sizeof rows[2], "AWS_ENDPOINT_URL=%s", stage.endpoint);
        struct actor actor =
            actor_begin(&stage, "{}", (const char *const[]){rows[0], rows[1], rows[2], NULL});
        struct json_object *reply = actor_ask_ok(&actor, MESSAGE_IDENTIFY, "{\"signer\":\"\"}");
        assert_string_equal(body_string(reply, "signer"), keys[i]);
        assert_string_equal(body_string(reply, "mfa_serial"), i == 0 ? stage.mfa_serial : "");
        json_object_put(reply);
        assert_int_equal(actor_end(&actor), 0);
    }
}

static void sessions_need_a_code_that_counts_once(void **state)
{
    (void)state;
    char code[16];
    struct actor actor = actor_begin(&stage, "{}", NULL);
    struct json_object *reply = actor_ask_ok(&actor, MESSAGE_IDENTIFY, "{\"signer\":\"\"}");
    assert_string_equal(body_string(reply, "mfa_serial"), stage.mfa_serial);
    json_object_put(reply);
    own_device_is_not_that_of_keys_of_the_environment();
    actor_ask_error(&actor, "MFA_NEEDED", MESSAGE_IDENTIFY, "{\"signer\":\"%s\",\"session\":true}",
                    stage.key);
    actor_ask_error(&actor, "MFA_NEEDED", MESSAGE_TAKE_SESSION, "{\"signer\":\"%s\"}", stage.key);
    code_now(code);
    reply = actor_ask_ok(&actor, MESSAGE_TAKE_SESSION,
                         "{\"signer\":\"%s\",\"serial\":\"%s\",\"code\":\"%s\",\"duration\":900}",
                         stage.key, stage.mfa_serial, code);
    assert_true(body_number(reply, "expires") > when_now() + 800);
    json_object_put(reply);
    reply =
        actor_ask_ok(&actor, MESSAGE_IDENTIFY, "{\"signer\":\"%s\",\"session\":true}", stage.key);
    assert_string_equal(body_string(reply, "signer"), stage.key); /* named by the pair */
    assert_false(body_bool(reply, "long_term"));
    json_object_put(reply);
    reply = actor_ask_ok(&actor, MESSAGE_LIST_KEYS,
                         "{\"signer\":\"\",\"session\":true,\"user\":\"%s\"}", stage.user);
    json_object_put(reply);
    actor_ask_error(&actor, "MFA_USED", MESSAGE_TAKE_SESSION,
                    "{\"signer\":\"%s\",\"serial\":\"%s\",\"code\":\"%s\"}", stage.key,
                    stage.mfa_serial, code);
    assert_int_equal(actor_end(&actor), 0);
    /* Another keeper does not know it; AWS does. */
    actor = actor_begin(&stage, "{}", NULL);
    actor_ask_error(&actor, "MFA_REFUSED", MESSAGE_TAKE_SESSION,
                    "{\"signer\":\"%s\",\"serial\":\"%s\",\"code\":\"%s\"}", stage.key,
                    stage.mfa_serial, code);
    actor_ask_error(&actor, "MFA_DEVICE", MESSAGE_TAKE_SESSION,
                    "{\"signer\":\"%s\",\"serial\":\"%s-other\",\"code\":\"000000\"}", stage.key,
                    stage.mfa_serial);
    actor_ask_error(&actor, "MFA_SERIAL", MESSAGE_TAKE_SESSION,
                    "{\"signer\":\"\",\"serial\":\"%s-other\",\"code\":\"000001\",\"explain\":true}",
                    stage.mfa_serial);
    assert_non_null(strstr(actor.text, stage.mfa_serial));
    assert_int_equal(actor_end(&actor), 0);
}

static void code_may_be_printed_by_a_command_of_the_scope(void **state)
{
    (void)state;
    static const struct {
        const char *command, *error;
    } rows[] = {{"echo '  000000 '", "MFA_REFUSED"}, {"echo 00000", "COMMAND"},
                {"echo 0000000", "COMMAND"},         {"echo 000001 000002", "COMMAND"},
                {"false", "COMMAND"},                {"echo 12345x", "COMMAND"},
                {"echo not in the scope", "COMMAND"}};
    struct text scope;
    text_init(&scope, SCOPE_MAXIMUM);
    for (size_t i = 0; i + 1 < sizeof rows / sizeof rows[0]; i++)
        scope_add(&scope, SCOPE_MFA, rows[i].command);
    stage.scope = &scope;
    struct actor actor = actor_begin(&stage, "{}", NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        actor_ask_error(&actor, rows[i].error, MESSAGE_TAKE_SESSION,
                        "{\"signer\":\"%s\",\"serial\":\"%s\",\"command\":\"%s\"}", stage.key,
                        stage.mfa_serial, rows[i].command);
    assert_int_equal(actor_end(&actor), 0);
    stage.scope = NULL;
    text_release(&scope);
}

static void role_is_assumed_once_and_asks_for_its_code(void **state)
{
    (void)state;
    char code[16];
    struct actor actor =
        actor_begin(&stage, "{\"as_profile\":\"rotation-role\",\"notes\":true}", NULL);
    actor_ask_error(&actor, "MFA_NEEDED", MESSAGE_LIST_KEYS, "{\"signer\":\"\",\"user\":\"%s\"}",
                    stage.user);
    assert_non_null(strstr(actor.text, stage.mfa_serial));
    stage_advance(&stage, 60); /* the last code has been used */
    code_now(code);
    json_object_put(actor_ask_ok(&actor, MESSAGE_TAKE_SESSION,
                                 "{\"signer\":\"\",\"serial\":\"%s\",\"code\":\"%s\"}",
                                 stage.mfa_serial, code));
    actor.notes = 0;
    for (int i = 0; i < 5; i++) {
        struct json_object *reply = actor_ask_ok(&actor, MESSAGE_IDENTIFY, "{\"signer\":\"\"}");
        assert_string_equal(body_string(reply, "source"), stage.key);
        assert_string_not_equal(body_string(reply, "signer"), stage.key);
        json_object_put(reply);
    }
    assert_int_equal(actor.notes, 10); /* sent and answered, five times; no AssumeRole */
    assert_int_equal(actor_end(&actor), 0);
}

static void credential_process_is_run_without_a_shell(void **state)
{
    (void)state;
    char secret[64], script[2048], home[128];
    stage_secret(&stage, "admin", secret);
    snprintf(script, sizeof script,
             "#!/bin/sh\necho x >>\"%s/runs\"\n"
             "echo '{\"Version\":1,\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"%s\"}'\n",
             stage.home, stage.admin_key, secret);
    stage_write(&stage, "process", script, 0700);
    snprintf(home, sizeof home, "%s/process", stage.home);
    snprintf(
        script, sizeof script,
        "[profile process]\nregion = us-east-1\nendpoint_url = %s\ncredential_process = %s $HOME\n"
        "[profile broken]\nendpoint_url = %s\ncredential_process = /bin/false\n"
        "[profile absent]\nendpoint_url = %s\ncredential_process = /nowhere/at/all\n"
        "[profile chatty]\nendpoint_url = %s\ncredential_process = /bin/echo no JSON at all\n",
        stage.endpoint, home, stage.endpoint, stage.endpoint, stage.endpoint);
    stage_write(&stage, "config-process", script, 0600);
    char row[160];
    snprintf(row, sizeof row, "AWS_CONFIG_FILE=%s/config-process", stage.home);
    const char *const environment[] = {row, NULL};
    struct actor actor = actor_begin(&stage, "{\"profile\":\"process\"}", environment);
    uint32_t first = actor_send(&actor, MESSAGE_IDENTIFY, "{\"signer\":\"\"}");
    struct json_object *reply = actor_ask_ok(&actor, MESSAGE_IDENTIFY, "{\"signer\":\"\"}");
    (void)first;
    assert_string_equal(body_string(reply, "signer"), stage.admin_key);
    json_object_put(reply);
    char *runs = stage_read(&stage, "runs");
    assert_string_equal(runs, "x\n");
    free(runs);
    assert_null(strstr(actor.said.bytes, secret));
    assert_int_equal(actor_end(&actor), 0);
    static const struct {
        const char *profile, *error;
    } bad[] = {{"broken", "COMMAND"}, {"absent", "NOT_FOUND"}, {"chatty", "SYNTAX"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char hello[64];
        snprintf(hello, sizeof hello, "{\"profile\":\"%s\"}", bad[i].profile);
        actor = actor_begin(&stage, hello, environment);
        actor_ask_error(&actor, bad[i].error, MESSAGE_IDENTIFY, "{\"signer\":\"\"}");
        assert_non_null(strstr(actor.text, bad[i].profile));
        assert_int_equal(actor_end(&actor), 0);
    }
}

/* Gone, or a zombie that nobody collects here. */
static bool is_gone(pid_t pid)
{
    char path[64], stat[400] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    for (int i = 0; i < 100 && kill(pid, 0) == 0; i++) {
        FILE *file = fopen(path, "r");
        bool read = file != NULL && fgets(stat, sizeof stat, file) != NULL;
        if (file != NULL)
            fclose(file);
        if (read && strstr(stat, ") Z ") != NULL)
            return true;
        poll(NULL, 0, 20);
    }
    return kill(pid, 0) != 0;
}

static void credential_process_that_hangs_is_killed_with_its_children(void **state)
{
    (void)state;
    char script[512], row[160];
    snprintf(script, sizeof script,
             "#!/bin/sh\ntrap '' TERM\nsleep 60 &\necho $! $$ >\"%s/pids\"\nwait\nsleep 60\n", stage.home);
    stage_write(&stage, "hangs", script, 0700);
    snprintf(script, sizeof script, "[profile hangs]\nendpoint_url = %s\ncredential_process = %s/hangs\n",
             stage.endpoint, stage.home);
    stage_write(&stage, "config-hangs", script, 0600);
    snprintf(row, sizeof row, "AWS_CONFIG_FILE=%s/config-hangs", stage.home);
    struct actor actor = actor_begin(&stage, "{\"profile\":\"hangs\",\"timeout\":1}",
                                     (const char *const[]){row, NULL});
    int64_t began = when_monotonic_ms();
    actor_ask_error(&actor, "COMMAND", MESSAGE_IDENTIFY, "{\"signer\":\"\"}");
    assert_in_range(when_monotonic_ms() - began, 900, 10000);
    assert_non_null(strstr(actor.text, "profile hangs: it did not end within 1 s and was killed"));
    char *pids = stage_read(&stage, "pids"), *rest = NULL;
    pid_t child = (pid_t)strtol(pids, &rest, 10), parent = (pid_t)strtol(rest, NULL, 10);
    free(pids);
    assert_true(child > 1 && parent > 1);
    assert_true(is_gone(child));
    assert_true(is_gone(parent));
    /* The keeper goes on. */
    actor_ask_error(&actor, "NO_CREDENTIALS", MESSAGE_IDENTIFY, "{\"signer\":\"AKIANOWHERE\"}");
    assert_int_equal(actor_end(&actor), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(profile_that_is_not_there_is_said_at_once),
        cmocka_unit_test(environment_beats_an_unnamed_profile),
        cmocka_unit_test(settled_endpoints_beat_the_surroundings),
        cmocka_unit_test(administrator_sees_whose_key_it_is),
        cmocka_unit_test(pair_that_is_nowhere_is_named),
        cmocka_unit_test(sessions_need_a_code_that_counts_once),
        cmocka_unit_test(code_may_be_printed_by_a_command_of_the_scope),
        cmocka_unit_test(role_is_assumed_once_and_asks_for_its_code),
        cmocka_unit_test(credential_process_is_run_without_a_shell),
        cmocka_unit_test(credential_process_that_hangs_is_killed_with_its_children),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("keeper_answers", tests, open_stage, close_stage);
}
