/* The model of the practice account, linked with base/ alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "practice/account.h"

enum { NOW = 1800000000, DAY = 86400 };

/* RFC 6238, appendix B: the seed of its SHA-1 vectors. */
/* HMAC fills a shorter key up with zeros. */
static const char rfc_seed[ACCOUNT_SEED_SIZE] = "12345678901234567890";

struct world {
    struct account *account;
    struct account_new_key alice, admin;
    unsigned char random[ACCOUNT_RANDOM_SIZE];
    unsigned seed;
    struct account_refusal refusal;
    struct account_caller caller;
};

/* Bytes that differ each time and repeat from run to run. */
static const unsigned char *dice(struct world *world)
{
    for (size_t i = 0; i < sizeof world->random; i++) {
        world->seed = world->seed * 1103515245u + 12345u;
        world->random[i] = (unsigned char)(world->seed >> 16);
    }
    return world->random;
}

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    world->account = account_new();
    struct account *account = world->account;
    assert_true(account_add_user(account, "alice", ACCOUNT_SELF, NOW - 200 * DAY, dice(world)));
    assert_true(account_add_user(account, "admin", ACCOUNT_ADMIN, NOW - 200 * DAY, dice(world)));
    assert_true(
        account_add_key(account, "alice", true, NOW - 120 * DAY, dice(world), &world->alice));
    assert_true(
        account_add_key(account, "admin", true, NOW - 10 * DAY, dice(world), &world->admin));
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    account_free(world->account);
    free(world);
    return 0;
}

/* The circumstances of a call signed with this key at that time. */
static struct account_call as(struct world *world, const char *key_id, int64_t now)
{
    assert_true(
        account_authenticate(world->account, key_id, NULL, now, &world->caller, &world->refusal));
    return (struct account_call){&world->caller, now, dice(world)};
}

static bool works(struct world *world, const char *key_id, int64_t now)
{
    struct account_caller ignored;
    if (account_authenticate(world->account, key_id, NULL, now, &ignored, &world->refusal))
        return true;
    assert_int_equal(world->refusal.http, 403);
    assert_string_equal(world->refusal.code, "InvalidClientTokenId");
    return false;
}

static void assert_refused(const struct world *world, int http, const char *code)
{
    assert_string_equal(world->refusal.code, code);
    assert_int_equal(world->refusal.http, http);
}

static struct account_new_key create(struct world *world, int64_t now)
{
    struct account_new_key made;
    struct account_call call = as(world, world->admin.key.id, now);
    assert_true(account_create_access_key(world->account, &call, "alice", &made, &world->refusal));
    return made;
}

static void update(struct world *world, const char *key_id, const char *status, int64_t now)
{
    struct account_call call = as(world, world->admin.key.id, now);
    assert_true(
        account_update_access_key(world->account, &call, "alice", key_id, status, &world->refusal));
}

static void test_ids_look_like_aws(void **state)
{
    struct world *world = *state;
    assert_int_equal(strlen(world->alice.key.id), 20);
    assert_memory_equal(world->alice.key.id, "AKIA", 4);
    assert_int_equal(strlen(world->alice.secret), 40);
    assert_string_not_equal(world->alice.secret, world->admin.secret);
    assert_int_equal(strlen(account_user_at(world->account, 0)->id), 21);
    assert_string_equal(account_user_at(world->account, 0)->arn,
                        "arn:aws:iam::" ACCOUNT_NUMBER ":user/alice");
    assert_null(account_user_at(world->account, 2));
    assert_false(account_add_user(world->account, "alice", ACCOUNT_SELF, NOW, dice(world)));
    assert_false(account_add_user(world->account, "al ice", ACCOUNT_SELF, NOW, dice(world)));
    assert_false(account_add_user(world->account, "", ACCOUNT_SELF, NOW, dice(world)));
}

static void test_who_signs(void **state)
{
    struct world *world = *state;
    struct account_call call = as(world, world->alice.key.id, NOW);
    assert_string_equal(call.caller->secret, world->alice.secret);
    assert_string_equal(call.caller->name, "alice");
    assert_false(call.caller->outdated);
    assert_false(works(world, "AKIAUNKNOWNUNKNOWN22", NOW));
    assert_string_equal(world->refusal.why, "unknown-key");
    struct account_caller ignored;
    assert_false(account_authenticate(world->account, world->alice.key.id, "token", NOW, &ignored,
                                      &world->refusal));
    assert_string_equal(world->refusal.why, "token-with-long-term-key");
}

static void test_new_key_needs_time(void **state)
{
    struct world *world = *state;
    assert_true(account_set(world->account, "new-key-delay", 3));
    struct account_new_key made = create(world, NOW);
    assert_true(made.key.active);
    assert_int_equal(made.key.created, NOW);
    assert_false(works(world, made.key.id, NOW));
    assert_false(works(world, made.key.id, NOW + 2));
    assert_string_equal(world->refusal.why, "new-key-not-propagated");
    assert_true(works(world, made.key.id, NOW + 3));
}

static void test_replicas_disagree_by_turns(void **state)
{
    struct world *world = *state;
    assert_true(account_set(world->account, "new-key-delay", 3));
    assert_true(account_set(world->account, "flap", 5));
    struct account_new_key made = create(world, NOW);
    assert_false(works(world, made.key.id, NOW + 2));
    for (int i = 0; i < 4; i++) {
        assert_false(works(world, made.key.id, NOW + 4));
        assert_true(works(world, made.key.id, NOW + 4));
    }
    assert_true(works(world, made.key.id, NOW + 8));
    assert_true(works(world, made.key.id, NOW + 8));
}

static void test_two_keys_are_the_limit_and_inactive_counts(void **state)
{
    struct world *world = *state;
    struct account_new_key made = create(world, NOW), third;
    update(world, made.key.id, "Inactive", NOW);
    struct account_call call = as(world, world->admin.key.id, NOW);
    assert_false(
        account_create_access_key(world->account, &call, "alice", &third, &world->refusal));
    assert_refused(world, 409, "LimitExceeded");
    assert_string_equal(world->refusal.message, "Cannot exceed quota for AccessKeysPerUser: 2");
    assert_true(
        account_delete_access_key(world->account, &call, "alice", made.key.id, &world->refusal));
    assert_true(account_create_access_key(world->account, &call, "alice", &third, &world->refusal));
    assert_true(account_set(world->account, "key-limit", 3));
    create(world, NOW);
}

static void test_status_takes_effect_late_and_can_be_undone(void **state)
{
    struct world *world = *state;
    const char *key = world->alice.key.id;
    assert_true(account_set(world->account, "status-delay", 4));
    update(world, key, "Inactive", NOW);
    assert_true(works(world, key, NOW + 3));
    assert_false(works(world, key, NOW + 4));
    assert_string_equal(world->refusal.why, "inactive-key");
    update(world, key, "Active", NOW + 100);
    assert_false(works(world, key, NOW + 103));
    assert_true(works(world, key, NOW + 104));
    update(world, key, "Active", NOW + 200);
    assert_true(works(world, key, NOW + 200));
}

static void test_deleted_key_works_on_but_makes_no_key(void **state)
{
    struct world *world = *state;
    const char *key = world->alice.key.id;
    struct account_new_key made;
    assert_true(account_set(world->account, "status-delay", 4));
    struct account_call call = as(world, world->admin.key.id, NOW);
    assert_true(account_delete_access_key(world->account, &call, "alice", key, &world->refusal));
    assert_false(account_delete_access_key(world->account, &call, "alice", key, &world->refusal));
    assert_refused(world, 404, "NoSuchEntity");
    call = as(world, key, NOW + 3);
    assert_true(call.caller->outdated);
    assert_false(account_create_access_key(world->account, &call, "alice", &made, &world->refusal));
    assert_refused(world, 403, "InvalidClientTokenId");
    assert_false(works(world, key, NOW + 4));
    assert_string_equal(world->refusal.why, "deleted-key");
}

static void test_update_takes_two_words_only(void **state)
{
    struct world *world = *state;
    struct account_call call = as(world, world->admin.key.id, NOW);
    const char *key = world->alice.key.id;
    assert_false(
        account_update_access_key(world->account, &call, "alice", key, "Bogus", &world->refusal));
    assert_refused(world, 400, "ValidationError");
    assert_false(
        account_update_access_key(world->account, &call, "alice", key, "Expired", &world->refusal));
    assert_refused(world, 400, "InvalidInput");
    assert_true(works(world, key, NOW + 1000));
}

static void test_key_of_somebody_else_is_not_found(void **state)
{
    struct world *world = *state;
    struct account_call call = as(world, world->admin.key.id, NOW);
    assert_false(account_update_access_key(world->account, &call, "admin", world->alice.key.id,
                                           "Inactive", &world->refusal));
    assert_refused(world, 404, "NoSuchEntity");
    assert_false(account_delete_access_key(world->account, &call, "nobody", world->alice.key.id,
                                           &world->refusal));
    assert_refused(world, 404, "NoSuchEntity");
    assert_false(
        account_delete_access_key(world->account, &call, "alice", "short", &world->refusal));
    assert_refused(world, 400, "ValidationError");
    assert_true(works(world, world->alice.key.id, NOW + 1000));
}

static void test_self_policy_is_for_oneself(void **state)
{
    struct world *world = *state;
    struct account_key_page page;
    const struct account_user *user;
    struct account_call call = as(world, world->alice.key.id, NOW);
    assert_true(
        account_list_access_keys(world->account, &call, NULL, NULL, 0, &page, &world->refusal));
    assert_int_equal(page.count, 1);
    assert_string_equal(page.keys[0].id, world->alice.key.id);
    assert_true(account_get_user(world->account, &call, NULL, &user, &world->refusal));
    assert_string_equal(user->name, "alice");
    assert_false(
        account_list_access_keys(world->account, &call, "admin", NULL, 0, &page, &world->refusal));
    assert_refused(world, 403, "AccessDenied");
    assert_non_null(strstr(world->refusal.message, "iam:ListAccessKeys on resource: user admin"));
    assert_false(account_delete_access_key(world->account, &call, "admin", world->admin.key.id,
                                           &world->refusal));
    assert_refused(world, 403, "AccessDenied");
    struct account_user_page users;
    assert_false(account_list_users(world->account, &call, NULL, 0, &users, &world->refusal));
    assert_refused(world, 403, "AccessDenied");
}

static void test_audit_policy_reads_and_none_does_nothing(void **state)
{
    struct world *world = *state;
    struct account_new_key eye, nil, made;
    struct account_user_page users;
    assert_true(account_add_user(world->account, "eye", ACCOUNT_AUDIT, NOW, dice(world)));
    assert_true(account_add_user(world->account, "nil", ACCOUNT_NONE, NOW, dice(world)));
    assert_true(account_add_key(world->account, "eye", true, NOW, dice(world), &eye));
    assert_true(account_add_key(world->account, "nil", true, NOW, dice(world), &nil));
    struct account_call call = as(world, eye.key.id, NOW);
    assert_true(account_list_users(world->account, &call, NULL, 0, &users, &world->refusal));
    assert_int_equal(users.count, 4);
    assert_false(account_create_access_key(world->account, &call, NULL, &made, &world->refusal));
    assert_refused(world, 403, "AccessDenied");
    const struct account_user *user;
    call = as(world, nil.key.id, NOW);
    assert_false(account_get_user(world->account, &call, NULL, &user, &world->refusal));
    assert_refused(world, 403, "AccessDenied");
}

static void test_last_used_is_late(void **state)
{
    struct world *world = *state;
    struct account_last_used used;
    const char *key = world->alice.key.id;
    struct account_call call = as(world, world->admin.key.id, NOW);
    assert_true(
        account_get_access_key_last_used(world->account, &call, key, &used, &world->refusal));
    assert_int_equal(used.at, 0);
    assert_string_equal(used.service, "N/A");
    assert_string_equal(used.region, "N/A");
    assert_true(account_set(world->account, "last-used-lag", 3600));
    account_use_key(world->account, key, "s3", "eu-west-1", NOW - 7200);
    account_use_key(world->account, key, "sts", "us-east-1", NOW - 60);
    assert_true(
        account_get_access_key_last_used(world->account, &call, key, &used, &world->refusal));
    assert_int_equal(used.at, NOW - 7200);
    assert_string_equal(used.service, "s3");
    call.now = NOW + 3600 - 60;
    assert_true(
        account_get_access_key_last_used(world->account, &call, key, &used, &world->refusal));
    assert_int_equal(used.at, NOW - 60);
    assert_string_equal(used.region, "us-east-1");
    assert_false(account_get_access_key_last_used(world->account, &call, "AKIAUNKNOWNUNKNOWN22",
                                                  &used, &world->refusal));
    assert_refused(world, 403, "AccessDenied");
}

/* A key in constant use must not look unused because of the lag. */
static void test_last_used_keeps_up_with_a_busy_key(void **state)
{
    struct world *world = *state;
    struct account_last_used used;
    assert_true(account_set(world->account, "last-used-lag", 1600));
    for (int64_t at = NOW; at <= NOW + 10000; at += 10)
        account_use_key(world->account, world->alice.key.id, "s3", "us-east-1", at);
    struct account_call call = as(world, world->admin.key.id, NOW + 10000);
    assert_true(account_get_access_key_last_used(world->account, &call, world->alice.key.id, &used,
                                                 &world->refusal));
    assert_in_range(used.at, NOW + 10000 - 1600 - 130, NOW + 10000 - 1600);
}

static void test_list_can_be_late(void **state)
{
    struct world *world = *state;
    struct account_key_page page;
    assert_true(account_set(world->account, "list-delay", 10));
    struct account_new_key made = create(world, NOW);
    update(world, world->alice.key.id, "Inactive", NOW);
    struct account_call call = as(world, world->admin.key.id, NOW + 9);
    assert_true(
        account_list_access_keys(world->account, &call, "alice", NULL, 0, &page, &world->refusal));
    assert_int_equal(page.count, 1);
    assert_true(page.keys[0].active);
    call.now = NOW + 10;
    assert_true(
        account_list_access_keys(world->account, &call, "alice", NULL, 0, &page, &world->refusal));
    assert_int_equal(page.count, 2);
    assert_false(page.keys[0].active);
    assert_string_equal(page.keys[1].id, made.key.id);
}

static void test_lists_come_in_pages(void **state)
{
    struct world *world = *state;
    struct account_user_page page;
    char name[16];
    for (int i = 0; i < 8; i++) {
        snprintf(name, sizeof name, "user%d", i);
        assert_true(account_add_user(world->account, name, ACCOUNT_SELF, NOW, dice(world)));
    }
    assert_true(account_set(world->account, "page-size", 4));
    struct account_call call = as(world, world->admin.key.id, NOW);
    char marker[ACCOUNT_MARKER_SIZE] = "";
    size_t seen = 0, pages = 0;
    do {
        assert_true(account_list_users(world->account, &call, pages == 0 ? NULL : marker, 0, &page,
                                       &world->refusal));
        seen += page.count;
        memcpy(marker, page.page.marker, sizeof marker);
        pages++;
    } while (page.page.truncated);
    assert_int_equal(seen, 10);
    assert_int_equal(pages, 3);
    assert_true(account_list_users(world->account, &call, NULL, 1, &page, &world->refusal));
    assert_int_equal(page.count, 1);
    assert_true(page.page.truncated);
    struct account_key_page keys;
    assert_false(account_list_access_keys(world->account, &call, "alice", page.page.marker, 0,
                                          &keys, &world->refusal));
    assert_refused(world, 400, "ValidationError");
    assert_false(
        account_list_users(world->account, &call, "Kw+u/ffffffff==", 0, &page, &world->refusal));
    assert_refused(world, 400, "ValidationError");
    assert_false(account_list_users(world->account, &call, NULL, 1001, &page, &world->refusal));
    assert_refused(world, 400, "ValidationError");
}

static void test_totp_is_that_of_the_rfc(void **state)
{
    struct world *world = *state;
    static const struct {
        int64_t time;
        const char *code;
    } vectors[] = {{59, "287082"},         {1111111109, "081804"},
                   {1111111111, "050471"}, {1234567890, "005924"},
                   {2000000000, "279037"}, {INT64_C(20000000000), "353130"}};
    char code[7];
    assert_false(account_totp(world->account, "alice", NOW, code));
    assert_true(account_add_device(world->account, "alice", NOW, (const void *)rfc_seed));
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        assert_true(account_totp(world->account, "alice", vectors[i].time, code));
        assert_string_equal(code, vectors[i].code);
    }
}

static const char alice_mfa[] = "arn:aws:iam::" ACCOUNT_NUMBER ":mfa/alice";

static bool session(struct world *world, int64_t now, const char *code,
                    struct account_temporary *ret_made)
{
    struct account_call call = as(world, world->alice.key.id, now);
    return account_get_session_token(world->account, &call, 0, code == NULL ? NULL : alice_mfa,
                                     code, ret_made, &world->refusal);
}

static void test_code_works_once_and_one_step_off(void **state)
{
    struct world *world = *state;
    struct account_temporary made;
    char code[7];
    assert_true(account_add_device(world->account, "alice", NOW, dice(world)));
    assert_true(account_totp(world->account, "alice", NOW - 60, code));
    assert_false(session(world, NOW, code, &made));
    assert_refused(world, 403, "AccessDenied");
    assert_non_null(strstr(world->refusal.message, "invalid MFA one time pass code"));
    assert_true(account_totp(world->account, "alice", NOW - 30, code));
    assert_true(session(world, NOW, code, &made));
    assert_int_equal(made.expires, NOW + 43200);
    assert_false(session(world, NOW, code, &made));
    assert_refused(world, 403, "AccessDenied");
    assert_true(account_totp(world->account, "alice", NOW + 30, code));
    assert_true(session(world, NOW, code, &made));
    assert_true(account_totp(world->account, "alice", NOW, code));
    assert_false(session(world, NOW, code, &made));
    assert_string_equal(world->refusal.why, "mfa-code");
}

static void test_device_rests_after_nine_tries(void **state)
{
    struct world *world = *state;
    struct account_temporary made;
    char code[7];
    assert_true(account_add_device(world->account, "alice", NOW, dice(world)));
    assert_true(account_totp(world->account, "alice", NOW + 3600, code));
    for (int i = 0; i < ACCOUNT_MFA_TRIES; i++)
        assert_false(session(world, NOW, code, &made));
    assert_true(account_totp(world->account, "alice", NOW, code));
    assert_false(session(world, NOW, code, &made));
    assert_string_equal(world->refusal.why, "mfa-tries");
    assert_non_null(strstr(world->refusal.message, "unable to validate MFA code"));
    assert_true(account_totp(world->account, "alice", NOW + ACCOUNT_MFA_WINDOW, code));
    assert_true(session(world, NOW + ACCOUNT_MFA_WINDOW, code, &made));
}

static void test_mfa_parameters_come_together(void **state)
{
    struct world *world = *state;
    struct account_temporary made;
    assert_true(account_add_device(world->account, "alice", NOW, dice(world)));
    struct account_call call = as(world, world->alice.key.id, NOW);
    assert_false(account_get_session_token(world->account, &call, 0, alice_mfa, NULL, &made,
                                           &world->refusal));
    assert_non_null(strstr(world->refusal.message, "must provide both"));
    assert_false(account_get_session_token(world->account, &call, 0, "arn:aws:iam::1:mfa/x",
                                           "123456", &made, &world->refusal));
    assert_string_equal(world->refusal.why, "mfa-serial");
    assert_false(account_get_session_token(world->account, &call, 0, alice_mfa, "12345x", &made,
                                           &world->refusal));
    assert_refused(world, 400, "ValidationError");
    assert_false(
        account_get_session_token(world->account, &call, 899, NULL, NULL, &made, &world->refusal));
    assert_refused(world, 400, "ValidationError");
    assert_false(account_get_session_token(world->account, &call, 129601, NULL, NULL, &made,
                                           &world->refusal));
    assert_refused(world, 400, "ValidationError");
}

static void test_mfa_policy_asks_for_a_session(void **state)
{
    struct world *world = *state;
    struct account_new_key key, made_key;
    struct account_temporary made;
    struct account_caller caller;
    char code[7];
    assert_true(account_add_user(world->account, "mia", ACCOUNT_MFA, NOW, dice(world)));
    assert_true(account_add_key(world->account, "mia", true, NOW, dice(world), &key));
    assert_true(account_add_device(world->account, "mia", NOW, dice(world)));
    struct account_call call = as(world, key.key.id, NOW);
    assert_false(
        account_create_access_key(world->account, &call, "mia", &made_key, &world->refusal));
    assert_refused(world, 403, "AccessDenied");
    assert_true(account_totp(world->account, "mia", NOW, code));
    assert_true(account_get_session_token(world->account, &call, 900,
                                          "arn:aws:iam::" ACCOUNT_NUMBER ":mfa/mia", code, &made,
                                          &world->refusal));
    assert_true(account_authenticate(world->account, made.key_id, made.token, NOW, &caller,
                                     &world->refusal));
    assert_true(caller.mfa);
    call = (struct account_call){&caller, NOW, dice(world)};
    assert_true(account_session_may(&caller, "iam", "CreateAccessKey", &world->refusal));
    assert_false(
        account_create_access_key(world->account, &call, NULL, &made_key, &world->refusal));
    assert_refused(world, 400, "ValidationError");
    assert_true(
        account_create_access_key(world->account, &call, "mia", &made_key, &world->refusal));
}

static void test_session_without_mfa_cannot_call_iam(void **state)
{
    struct world *world = *state;
    struct account_temporary made;
    struct account_caller caller;
    assert_true(session(world, NOW, NULL, &made));
    assert_memory_equal(made.key_id, "ASIA", 4);
    assert_true(account_authenticate(world->account, made.key_id, made.token, NOW, &caller,
                                     &world->refusal));
    assert_string_equal(caller.secret, made.secret);
    assert_false(account_session_may(&caller, "iam", "GetUser", &world->refusal));
    assert_refused(world, 403, "InvalidClientTokenId");
    assert_true(account_session_may(&caller, "sts", "GetCallerIdentity", &world->refusal));
    assert_false(account_session_may(&caller, "sts", "GetSessionToken", &world->refusal));
    assert_refused(world, 403, "AccessDenied");
    assert_false(
        account_authenticate(world->account, made.key_id, NULL, NOW, &caller, &world->refusal));
    assert_refused(world, 403, "InvalidClientTokenId");
    assert_false(
        account_authenticate(world->account, made.key_id, "other", NOW, &caller, &world->refusal));
    assert_refused(world, 403, "InvalidClientTokenId");
    assert_false(account_authenticate(world->account, made.key_id, made.token, NOW + 43200, &caller,
                                      &world->refusal));
    assert_refused(world, 403, "ExpiredToken");
}

static void test_session_of_a_deactivated_key(void **state)
{
    struct world *world = *state;
    struct account_temporary made;
    struct account_caller caller;
    assert_true(account_set(world->account, "status-delay", 0));
    assert_true(session(world, NOW, NULL, &made));
    update(world, world->alice.key.id, "Inactive", NOW);
    assert_false(account_authenticate(world->account, made.key_id, made.token, NOW, &caller,
                                      &world->refusal));
    assert_string_equal(world->refusal.why, "session-of-a-key-not-active");
    assert_true(account_set(world->account, "session-refuse", 0));
    assert_true(account_authenticate(world->account, made.key_id, made.token, NOW, &caller,
                                     &world->refusal));
}

static bool assume(struct world *world, const char *key_id, const char *role, const char *code,
                   int64_t duration, struct account_temporary *ret_made)
{
    struct account_call call = as(world, key_id, NOW);
    return account_assume_role(world->account, &call, role, "test", duration,
                               code == NULL ? NULL : alice_mfa, code, ret_made, &world->refusal);
}

static void test_roles(void **state)
{
    struct world *world = *state;
    static const char role[] = "arn:aws:iam::" ACCOUNT_NUMBER ":role/fix";
    static const char strict[] = "arn:aws:iam::" ACCOUNT_NUMBER ":role/strict";
    struct account_temporary made;
    struct account_caller caller;
    char code[7];
    assert_true(account_add_device(world->account, "alice", NOW, dice(world)));
    assert_true(
        account_add_role(world->account, "fix", ACCOUNT_ADMIN, "alice", false, dice(world)));
    assert_true(account_add_role(world->account, "strict", ACCOUNT_ADMIN, NULL, true, dice(world)));
    assert_false(assume(world, world->admin.key.id, role, NULL, 0, &made));
    assert_refused(world, 403, "AccessDenied");
    assert_false(assume(world, world->alice.key.id, "arn:aws:iam::1:role/no", NULL, 0, &made));
    assert_refused(world, 403, "AccessDenied");
    assert_false(assume(world, world->alice.key.id, role, NULL, 43201, &made));
    assert_refused(world, 400, "ValidationError");
    assert_true(assume(world, world->alice.key.id, role, NULL, 0, &made));
    assert_int_equal(made.expires, NOW + 3600);
    assert_string_equal(made.role_arn, "arn:aws:sts::" ACCOUNT_NUMBER ":assumed-role/fix/test");
    assert_true(account_authenticate(world->account, made.key_id, made.token, NOW, &caller,
                                     &world->refusal));
    assert_string_equal(caller.arn, made.role_arn);
    assert_string_equal(caller.subject, made.role_subject);
    struct account_key_page page;
    struct account_call call = {&caller, NOW, dice(world)};
    assert_false(
        account_list_access_keys(world->account, &call, NULL, NULL, 0, &page, &world->refusal));
    assert_refused(world, 400, "ValidationError");
    assert_true(
        account_list_access_keys(world->account, &call, "alice", NULL, 0, &page, &world->refusal));
    assert_false(assume(world, world->alice.key.id, strict, NULL, 0, &made));
    assert_string_equal(world->refusal.why, "role-needs-mfa");
    assert_true(account_totp(world->account, "alice", NOW, code));
    assert_true(assume(world, world->alice.key.id, strict, code, 0, &made));
}

static void test_devices_are_listed(void **state)
{
    struct world *world = *state;
    struct account_device_page page;
    struct account_call call = as(world, world->alice.key.id, NOW);
    assert_true(
        account_list_mfa_devices(world->account, &call, NULL, NULL, 0, &page, &world->refusal));
    assert_int_equal(page.count, 0);
    assert_true(account_add_device(world->account, "alice", NOW, dice(world)));
    assert_true(
        account_list_mfa_devices(world->account, &call, "alice", NULL, 0, &page, &world->refusal));
    assert_int_equal(page.count, 1);
    assert_string_equal(page.devices[0].serial, alice_mfa);
}

static void test_settings_have_bounds(void **state)
{
    struct world *world = *state;
    assert_int_equal(account_settings(world->account)->new_key_delay, 3);
    assert_int_equal(account_settings(world->account)->key_limit, 2);
    assert_false(account_set(world->account, "no-such-setting", 1));
    assert_false(account_set(world->account, "page-size", 0));
    assert_false(account_set(world->account, "session-refuse", 2));
    assert_true(account_set(world->account, "flap", 7));
    assert_int_equal(account_settings(world->account)->flap, 7);
}

/* --- the event history ---------------------------------------------------------------------------- */

static void called(struct world *world, const char *key_id, const char *region, int64_t at)
{
    struct account_event event = {.at = at};
    snprintf(event.key_id, sizeof event.key_id, "%s", key_id);
    snprintf(event.service, sizeof event.service, "sts");
    snprintf(event.region, sizeof event.region, "%s", region);
    snprintf(event.action, sizeof event.action, "Action%d", (int)(at - NOW));
    account_record(world->account, &event);
}

/* Look up as admin, and say what is refused. */
static const char *look_up(struct world *world, const struct account_lookup *lookup, int64_t now,
                           struct account_event_page *ret_page)
{
    struct account_call call = as(world, world->admin.key.id, now);
    return account_lookup_events(world->account, &call, lookup, ret_page, &world->refusal)
               ? ""
               : world->refusal.code;
}

static void the_history_is_told_newest_first_in_pages(void **state)
{
    struct world *world = *state;
    struct account_event_page page;
    struct account_lookup lookup = {"us-east-1", world->alice.key.id, 0, NOW + DAY, 2, NULL};
    for (int i = 0; i < 5; i++) {
        called(world, world->alice.key.id, "us-east-1", NOW + i);
        called(world, world->admin.key.id, "us-east-1", NOW + i);
        called(world, world->alice.key.id, "eu-west-1", NOW + i);
    }
    char token[24] = "";
    int seen = 4;
    for (int number = 0; number < 3; number++) {
        lookup.token = number > 0 ? token : NULL;
        assert_string_equal(look_up(world, &lookup, NOW + 10 + number, &page), "");
        assert_int_equal(page.count, number < 2 ? 2 : 1);
        assert_int_equal(page.more, number < 2);
        for (size_t i = 0; i < page.count; i++) {
            assert_int_equal(page.events[i]->at, NOW + seen--);
            assert_string_equal(page.events[i]->key_id, world->alice.key.id);
            assert_string_equal(page.events[i]->region, "us-east-1");
        }
        snprintf(token, sizeof token, "%zu", page.next);
    }
    assert_int_equal(seen, -1);
    lookup = (struct account_lookup){"us-east-1", NULL, NOW + 1, NOW + 2, 50, NULL};
    assert_string_equal(look_up(world, &lookup, NOW + 20, &page), "");
    assert_int_equal(page.count, 4);
}

static void the_history_has_its_bounds(void **state)
{
    struct world *world = *state;
    struct account_event_page page;
    struct account_lookup lookup = {"us-east-1", NULL, 0, NOW + DAY, 50, NULL};
    called(world, world->alice.key.id, "us-east-1", NOW);
    assert_string_equal(look_up(world, &lookup, NOW + 89 * DAY, &page), "");
    assert_int_equal(page.count, 1);
    assert_string_equal(look_up(world, &lookup, NOW + 91 * DAY, &page), "");
    assert_int_equal(page.count, 0);
    assert_true(account_set(world->account, "trail-delay", 900));
    assert_string_equal(look_up(world, &lookup, NOW + 899, &page), "");
    assert_int_equal(page.count, 0);
    assert_string_equal(look_up(world, &lookup, NOW + 900, &page), "");
    assert_int_equal(page.count, 1);
    /* Two a second. */
    assert_string_equal(look_up(world, &lookup, NOW + 901, &page), "");
    assert_string_equal(look_up(world, &lookup, NOW + 901, &page), "");
    assert_string_equal(look_up(world, &lookup, NOW + 901, &page), "Throttling");
    lookup.region = "eu-west-1";
    assert_string_equal(look_up(world, &lookup, NOW + 901, &page), "");
    assert_int_equal(page.count, 0);
    lookup.most = 51;
    assert_string_equal(look_up(world, &lookup, NOW + 902, &page), "InvalidMaxResultsException");
    lookup.most = 50;
    lookup.token = "7x";
    assert_string_equal(look_up(world, &lookup, NOW + 903, &page), "InvalidNextTokenException");
    lookup.token = "-1";
    assert_string_equal(look_up(world, &lookup, NOW + 904, &page), "InvalidNextTokenException");
    lookup.token = NULL;
    lookup.from = lookup.until + 1;
    assert_string_equal(look_up(world, &lookup, NOW + 905, &page), "InvalidTimeRangeException");
    struct account_call call = as(world, world->alice.key.id, NOW + 906);
    assert_false(
        account_lookup_events(world->account, &call, &lookup, &page, &world->refusal));
    assert_string_equal(world->refusal.code, "AccessDenied");
    assert_non_null(strstr(world->refusal.message, "cloudtrail:LookupEvents"));
}

/* What an analyzer of unused access goes by. */
static void idle_keys_are_known(void **state)
{
    struct world *world = *state;
    struct account_call call = as(world, world->admin.key.id, NOW);
    assert_true(account_key_idle(world->account, 0, NOW - 100 * DAY)); /* made 120 days ago */
    assert_false(account_key_idle(world->account, 0, NOW - 130 * DAY));
    assert_false(account_key_idle(world->account, 1, NOW - 100 * DAY));
    account_use_key(world->account, world->alice.key.id, "s3", "us-east-1", NOW - 50 * DAY);
    assert_false(account_key_idle(world->account, 0, NOW - 100 * DAY));
    assert_true(account_key_idle(world->account, 0, NOW - 40 * DAY));
    assert_true(account_update_access_key(world->account, &call, "alice", world->alice.key.id,
                                          "Inactive", &world->refusal));
    assert_false(account_key_idle(world->account, 0, NOW - 40 * DAY));
}

static void the_newest_events_are_kept(void **state)
{
    struct world *world = *state;
    struct account_event_page page;
    for (int i = 0; i < 3000; i++)
        called(world, world->alice.key.id, "us-east-1", NOW + i);
    struct account *copy = account_copy(world->account);
    account_free(world->account);
    world->account = copy;
    int64_t oldest = 0;
    size_t count = 0;
    char token[24];
    struct account_lookup lookup = {"us-east-1", NULL, 0, NOW + DAY, 50, NULL};
    do {
        assert_string_equal(look_up(world, &lookup, NOW + 5000 + (int64_t)count, &page), "");
        count += page.count;
        oldest = page.events[page.count - 1]->at;
        snprintf(token, sizeof token, "%zu", page.next);
        lookup.token = token;
    } while (page.more);
    assert_int_equal(count, 1024);
    assert_int_equal(oldest, NOW + 3000 - 1024);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    static const struct CMUnitTest tests[] = {
        T(test_ids_look_like_aws),
        T(test_who_signs),
        T(test_new_key_needs_time),
        T(test_replicas_disagree_by_turns),
        T(test_two_keys_are_the_limit_and_inactive_counts),
        T(test_status_takes_effect_late_and_can_be_undone),
        T(test_deleted_key_works_on_but_makes_no_key),
        T(test_update_takes_two_words_only),
        T(test_key_of_somebody_else_is_not_found),
        T(test_self_policy_is_for_oneself),
        T(test_audit_policy_reads_and_none_does_nothing),
        T(test_last_used_is_late),
        T(test_last_used_keeps_up_with_a_busy_key),
        T(test_list_can_be_late),
        T(test_lists_come_in_pages),
        T(test_totp_is_that_of_the_rfc),
        T(test_code_works_once_and_one_step_off),
        T(test_device_rests_after_nine_tries),
        T(test_mfa_parameters_come_together),
        T(test_mfa_policy_asks_for_a_session),
        T(test_session_without_mfa_cannot_call_iam),
        T(test_session_of_a_deactivated_key),
        T(test_roles),
        T(test_devices_are_listed),
        T(test_settings_have_bounds),
        T(the_history_is_told_newest_first_in_pages),
        T(the_history_has_its_bounds),
        T(idle_keys_are_known),
        T(the_newest_events_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
