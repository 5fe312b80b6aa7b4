/* The keeper as a program, against a practice account: a rotation by hand, and what it must never
 * do: say a secret, begin anything when nobody is there, leave something behind. */
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

static const char *const no_options[] = {NULL};

static const char *member(struct json_object *array, size_t index, const char *name)
{
    return body_string(json_object_array_get_idx(array, index), name);
}

/* Every value of aws_secret_access_key in a credentials file is in none of these words. */
static void assert_no_secret(const char *credentials, const char *words)
{
    static const char name[] = "aws_secret_access_key = ";
    int found = 0;
    for (const char *at = strstr(credentials, name); at != NULL; at = strstr(at, name)) {
        char secret[64] = "";
        at += sizeof name - 1;
        size_t length = strcspn(at, "\n");
        assert_true(length >= 16 && length < sizeof secret);
        memcpy(secret, at, length);
        assert_null(strstr(words, secret));
        found++;
    }
    assert_true(found > 0);
}

/* --- a rotation --------------------------------------------------------------------------------*/

static void discover_and_try(struct actor *actor, const struct stage *stage, char spec[300])
{
    struct json_object *reply = actor_hello(actor, "{\"version\":\"" PACKAGE_VERSION "\",\"notes\":true}");
    assert_true(body_bool(reply, "ok"));
    assert_string_equal(body_string(reply, "region"), "us-east-1");
    assert_string_equal(body_string(reply, "partition"), "aws");
    assert_string_equal(body_string(reply, "profile"), "default");
    assert_int_equal(json_object_array_length(body_array(reply, "warnings")), 0);
    json_object_put(reply);

    reply = actor_ask_ok(actor, MESSAGE_DISCOVER, "{}");
    assert_string_equal(body_string(reply, "key"), stage->key);
    assert_true(body_bool(reply, "pair_held"));
    assert_int_equal(json_object_array_length(body_array(reply, "problems")), 0);
    struct json_object *targets = body_array(reply, "targets");
    assert_int_equal(json_object_array_length(targets), 1);
    snprintf(spec, 300, "%s", member(targets, 0, "spec"));
    assert_true(body_bool(json_object_array_get_idx(targets, 0), "readable"));
    json_object_put(reply);

    json_object_put(actor_ask_ok(actor, MESSAGE_PREPARE,
                                 "{\"rotation\":\"r-1\",\"specs\":[\"%s\"],\"old_key\":\"%s\"}",
                                 spec, stage->key));
    reply = actor_ask_ok(actor, MESSAGE_IDENTIFY, "{\"signer\":\"\",\"key\":\"%s\"}", stage->key);
    assert_string_equal(body_string(reply, "signer"), stage->key);
    assert_string_equal(body_string(reply, "owner"), stage->user);
    assert_string_equal(body_string(reply, "partition"), "aws");
    assert_true(body_bool(reply, "long_term"));
    assert_true(body_number(reply, "date") > 1600000000);
    json_object_put(reply);
    json_object_put(actor_ask_ok(actor, MESSAGE_TRY_TARGET, "{\"spec\":\"%s\"}", spec));
}

static void check(struct actor *actor, const char *spec, const char *new_key, const char *found,
                  const char *verdict)
{
    struct json_object *reply = actor_ask_ok(
        actor, MESSAGE_CHECK_TARGET, "{\"spec\":\"%s\",\"key\":\"%s\",\"count\":3}", spec, new_key);
    assert_string_equal(body_string(reply, "found"), found);
    assert_string_equal(body_string(reply, "verdict"), verdict);
    json_object_put(reply);
}

static void create_and_deliver(struct actor *actor, const struct stage *stage, const char *spec,
                               char new_key[64])
{
    struct json_object *reply = actor_ask_ok(
        actor, MESSAGE_CREATE_KEY, "{\"signer\":\"%s\",\"user\":\"%s\"}", stage->key, stage->user);
    snprintf(new_key, 64, "%s", body_string(reply, "key"));
    assert_int_equal(strlen(new_key), 20);
    assert_string_equal(body_string(reply, "status"), "Active");
    json_object_put(reply);
    check(actor, spec, new_key, stage->key, "unknown");
    reply = actor_ask_ok(actor, MESSAGE_DELIVER, "{\"spec\":\"%s\",\"key\":\"%s\"}", spec, new_key);
    assert_true(access(body_string(reply, "place"), R_OK) == 0);
    json_object_put(reply);
    check(actor, spec, new_key, new_key, "works");
}

static void probe(struct actor *actor, const struct stage *stage, const char *key, bool in_iam,
                  const char *verdict)
{
    struct json_object *reply = actor_ask_ok(
        actor, MESSAGE_PROBE_KEY, "{\"key\":\"%s\",\"user\":\"%s\",\"count\":3,\"in_iam\":%s}", key,
        stage->user, in_iam ? "true" : "false");
    assert_string_equal(body_string(reply, "verdict"), verdict);
    assert_int_equal(body_number(reply, "count"), in_iam ? 4 : 3);
    assert_int_equal(strncmp(body_string(reply, "place"), "file:", 5), 0); /* read back */
    json_object_put(reply);
}

static void switch_off_and_delete(struct actor *actor, const struct stage *stage,
                                  const char *new_key)
{
    json_object_put(
        actor_ask_ok(actor, MESSAGE_SWITCH_KEY,
                     "{\"signer\":\"%s\",\"user\":\"%s\",\"key\":\"%s\",\"status\":\"Inactive\"}",
                     new_key, stage->user, stage->key));
    probe(actor, stage, stage->key, false, "refused");
    actor_ask_error(actor, "USAGE", MESSAGE_DELETE_KEY,
                    "{\"signer\":\"%s\",\"user\":\"%s\",\"key\":\"%s\"}", new_key, stage->user,
                    new_key);
    json_object_put(actor_ask_ok(actor, MESSAGE_DELETE_KEY,
                                 "{\"signer\":\"%s\",\"user\":\"%s\",\"key\":\"%s\"}", new_key,
                                 stage->user, stage->key));
    actor_ask_error(actor, "NOT_FOUND", MESSAGE_DELETE_KEY,
                    "{\"signer\":\"%s\",\"user\":\"%s\",\"key\":\"%s\"}", new_key, stage->user,
                    stage->key);
}

static void whole_rotation_without_a_secret_said(void **state)
{
    (void)state;
    struct stage stage;
    struct actor actor;
    char spec[300], new_key[64];
    stage_open(&stage, no_options);
    char *before = stage_read(&stage, ".aws/credentials");
    actor_start(&actor, &stage, NULL);
    discover_and_try(&actor, &stage, spec);
    create_and_deliver(&actor, &stage, spec, new_key);
    probe(&actor, &stage, new_key, true, "works");
    probe(&actor, &stage, stage.key, false, "works"); /* its pair is in the back-up */
    switch_off_and_delete(&actor, &stage, new_key);

    struct json_object *reply =
        actor_ask_ok(&actor, MESSAGE_LIST_KEYS, "{\"signer\":\"\",\"user\":\"%s\"}", stage.user);
    struct json_object *keys = body_array(reply, "keys");
    assert_int_equal(json_object_array_length(keys), 1);
    assert_string_equal(member(keys, 0, "id"), new_key);
    json_object_put(reply);
    reply = actor_ask_ok(&actor, MESSAGE_SEEK_KEY, "{\"key\":\"%s\"}", new_key);
    /* default, backup-job, and the role that default assumes */
    assert_int_equal(json_object_array_length(body_array(reply, "places")), 3);
    json_object_put(reply);
    reply = actor_ask_ok(&actor, MESSAGE_REMOVE_BACKUP, "{\"spec\":\"%s\"}", spec);
    json_object_put(reply);
    reply = actor_ask_ok(&actor, MESSAGE_SEEK_KEY, "{\"key\":\"%s\"}", stage.key);
    assert_int_equal(json_object_array_length(body_array(reply, "places")), 0);
    json_object_put(reply);

    char *after = stage_read(&stage, ".aws/credentials");
    assert_string_not_equal(before, after);
    assert_true(actor.notes > 10);
    assert_no_secret(before, actor.said.bytes);
    assert_no_secret(after, actor.said.bytes);
    free(before);
    free(after);
    assert_int_equal(actor_end(&actor), 0);
    stage_close(&stage);
}

static void restore_puts_the_old_pair_back(void **state)
{
    (void)state;
    struct stage stage;
    struct actor actor;
    char spec[300], new_key[64];
    stage_open(&stage, no_options);
    char *before = stage_read(&stage, ".aws/credentials");
    actor_start(&actor, &stage, NULL);
    discover_and_try(&actor, &stage, spec);
    create_and_deliver(&actor, &stage, spec, new_key);
    /* As a runner does it: prepared anew with the key that was made, in another keeper. */
    assert_int_equal(actor_end(&actor), 0);
    actor_start(&actor, &stage, NULL);
    json_object_put(actor_hello(&actor, "{}"));
    json_object_put(actor_ask_ok(
        &actor, MESSAGE_PREPARE,
        "{\"rotation\":\"r-1\",\"specs\":[\"%s\"],\"old_key\":\"%s\",\"new_key\":\"%s\"}", spec,
        stage.key, new_key));
    json_object_put(
        actor_ask_ok(&actor, MESSAGE_RESTORE, "{\"spec\":\"%s\",\"key\":\"%s\"}", spec, stage.key));
    char *after = stage_read(&stage, ".aws/credentials");
    assert_string_equal(before, after);
    check(&actor, spec, new_key, stage.key, "unknown");
    free(before);
    free(after);
    assert_int_equal(actor_end(&actor), 0);
    stage_close(&stage);
}

/* --- the end -----------------------------------------------------------------------------------*/

static void front_that_goes_lets_the_effect_end_and_no_other_begin(void **state)
{
    (void)state;
    struct stage stage;
    struct actor actor;
    stage_open(&stage, (const char *const[]){"--fault", "delay_after=1:CreateAccessKey", NULL});
    /* In hand: the key is made although nobody waits for it. */
    actor_start(&actor, &stage, NULL);
    json_object_put(actor_hello(&actor, "{}"));
    actor_send(&actor, MESSAGE_CREATE_KEY, "{\"signer\":\"%s\",\"user\":\"%s\"}", stage.key,
               stage.user);
    for (int i = 0; i < 500 && stage_key_count(&stage) < 2; i++)
        poll(NULL, 0, 10);
    assert_int_equal(stage_key_count(&stage), 2);
    int64_t began = when_monotonic_ms();
    assert_int_equal(actor_end(&actor), 0);
    assert_true(when_monotonic_ms() - began < 5000);
    stage_close(&stage);

    /* Not in hand: both messages and the end of the door are read at one time. */
    stage_open(&stage, no_options);
    actor_start(&actor, &stage, NULL);
    json_object_put(actor_hello(&actor, "{}"));
    kill(actor.pid, SIGSTOP);
    actor_send(&actor, MESSAGE_CREATE_KEY, "{\"signer\":\"%s\",\"user\":\"%s\"}", stage.key,
               stage.user);
    door_free(actor.door);
    actor.door = NULL;
    kill(actor.pid, SIGCONT);
    assert_int_equal(actor_end(&actor), 0);
    assert_int_equal(stage_key_count(&stage), 1);
    stage_close(&stage);
}

static void signals_of_a_terminal_do_nothing_and_sigterm_ends(void **state)
{
    (void)state;
    struct stage stage;
    struct actor actor;
    stage_open(&stage, (const char *const[]){"--fault", "hang_before=60:GetCallerIdentity", NULL});
    struct text scope;
    text_init(&scope, SCOPE_MAXIMUM);
    scope_add(&scope, SCOPE_TEST, "exec sleep 60");
    stage.scope = &scope;
    actor_start(&actor, &stage, NULL);
    json_object_put(actor_hello(&actor, "{}"));
    static const int harmless[] = {SIGINT, SIGTSTP, SIGHUP, SIGPIPE, SIGQUIT};
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++)
        kill(actor.pid, harmless[i]);
    json_object_put(
        actor_ask_ok(&actor, MESSAGE_LIST_KEYS, "{\"signer\":\"\",\"user\":\"%s\"}", stage.user));
    actor_send(&actor, MESSAGE_IDENTIFY, "{\"signer\":\"\"}");
    actor_send(&actor, MESSAGE_RUN_TEST, "{\"command\":\"exec sleep 60\",\"key\":\"%s\"}",
               stage.key);
    poll(NULL, 0, 300);
    int64_t began = when_monotonic_ms();
    kill(actor.pid, SIGTERM);
    assert_int_equal(actor_wait(&actor), 128 + SIGTERM);
    assert_true(when_monotonic_ms() - began < 5000);
    door_free(actor.door);
    text_release(&actor.said);
    text_release(&scope);
    stage_close(&stage);
}

static void garbage_ends_the_keeper(void **state)
{
    (void)state;
    struct stage stage;
    struct actor actor;
    stage_open(&stage, no_options);
    actor_start(&actor, &stage, NULL);
    actor_ask_error(&actor, "USAGE", MESSAGE_DOCTOR, "{}"); /* before hello */
    json_object_put(actor_hello(&actor, "{}"));
    actor_ask_error(&actor, "USAGE", MESSAGE_NOTE, "{}");
    assert_int_equal(write(door_fd(actor.door), "\xff\xff\xff\xff{}", 6), 6);
    assert_int_equal(actor_wait(&actor), 1);
    door_free(actor.door);
    text_release(&actor.said);
    stage_close(&stage);
}

static void very_many_users_fit_into_one_reply(void **state)
{
    (void)state;
    struct stage stage;
    struct actor actor;
    stage_open(&stage, (const char *const[]){"--users", "12000", "--page-size", "1000", NULL});
    actor_start(&actor, &stage, NULL);
    json_object_put(actor_hello(&actor, "{\"as_profile\":\"admin\"}"));
    struct json_object *reply = actor_ask_ok(&actor, MESSAGE_LIST_USERS, "{\"signer\":\"\"}");
    assert_int_equal(json_object_array_length(body_array(reply, "users")), 12002);
    assert_string_equal(member(body_array(reply, "users"), 0, "arn"), ""); /* or it would not */
    json_object_put(reply);
    assert_int_equal(actor_end(&actor), 0);
    stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_rotation_without_a_secret_said),
        cmocka_unit_test(restore_puts_the_old_pair_back),
        cmocka_unit_test(front_that_goes_lets_the_effect_end_and_no_other_begin),
        cmocka_unit_test(signals_of_a_terminal_do_nothing_and_sigterm_ends),
        cmocka_unit_test(garbage_ends_the_keeper),
        cmocka_unit_test(very_many_users_fit_into_one_reply),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("keeper_program", tests, NULL, NULL);
}
