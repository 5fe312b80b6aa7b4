/* The judging of an audit: each check with a case that passes, one that fails, and one that cannot be told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "audit/base64.h"
#include "audit/meant.h"
#include "audit/remedy.h"
#include "audit_help.h"

/* --- users -------------------------------------------------------------------------------------*/

static void users_are_judged(void **state)
{
    static const struct {
        const char *check;
        enum audit_status status;
        const char *password, *used, *mfa, *keys;
    } cases[] = {
        {"console_user_mfa", AUDIT_PASS, "true", T_1D, "true", NO_KEYS},
        {"console_user_mfa", AUDIT_PASS, "FALSE", "N/A", "false", NO_KEYS},
        {"console_user_mfa", AUDIT_FAIL, "TRUE", T_1D, "false", NO_KEYS},
        {"console_user_mfa", AUDIT_UNKNOWN, "true", T_1D, "perhaps", NO_KEYS},
        {"console_user_mfa", AUDIT_UNKNOWN, "not_supported", T_1D, "false", NO_KEYS},
        {"all_user_mfa", AUDIT_PASS, "false", "N/A", "TRUE", NO_KEYS},
        {"all_user_mfa", AUDIT_FAIL, "false", "N/A", "false", NO_KEYS},
        {"all_user_mfa", AUDIT_UNKNOWN, "false", "N/A", "", NO_KEYS},
        {"no_initial_keys", AUDIT_PASS, "true", T_1D, "true", ONE("true", T_10D, T_1D)},
        {"no_initial_keys", AUDIT_PASS, "false", "N/A", "true", ONE("true", T_10D, "N/A")},
        {"no_initial_keys", AUDIT_FAIL, "true", T_1D, "true", ONE("true", T_10D, "N/A")},
        {"no_initial_keys", AUDIT_UNKNOWN, "true", T_1D, "true", ONE("true", T_10D, "soon")},
        {"no_initial_keys", AUDIT_UNKNOWN, "", "N/A", "true", ONE("true", T_10D, "N/A")},
        {"unused_45_days", AUDIT_PASS, "true", T_10D, "true", ONE("true", T_100D, T_1D)},
        {"unused_45_days", AUDIT_PASS, "false", "N/A", "true", ONE("true", T_10D, "N/A")},
        {"unused_45_days", AUDIT_PASS, "false", "N/A", "true", ONE("false", T_100D, T_100D)},
        {"unused_45_days", AUDIT_FAIL, "true", T_60D, "true", NO_KEYS},
        {"unused_45_days", AUDIT_FAIL, "true", "no_information", "true", NO_KEYS},
        {"unused_45_days", AUDIT_FAIL, "false", "N/A", "true", ONE("true", T_100D, T_60D)},
        {"unused_45_days", AUDIT_UNKNOWN, "false", "N/A", "true", ONE("true", T_100D, "soon")},
        {"unused_90_days", AUDIT_PASS, "true", T_60D, "true", ONE("true", T_100D, T_60D)},
        {"unused_90_days", AUDIT_FAIL, "false", "N/A", "true", ONE("true", T_100D, "N/A")},
        {"unused_90_days", AUDIT_UNKNOWN, "perhaps", "N/A", "true", NO_KEYS},
        {"one_active_key", AUDIT_PASS, "false", "N/A", "true",
         "true," T_10D "," T_1D ",false," T_100D ",N/A"},
        {"one_active_key", AUDIT_FAIL, "false", "N/A", "true",
         "true," T_10D "," T_1D ",true," T_100D ",N/A"},
        {"one_active_key", AUDIT_UNKNOWN, "false", "N/A", "true",
         "true," T_10D "," T_1D ",perhaps," T_100D ",N/A"},
        {"key_rotated_90", AUDIT_PASS, "false", "N/A", "true", ONE("true", T_60D, T_1D)},
        {"key_rotated_90", AUDIT_PASS, "false", "N/A", "true", ONE("false", T_100D, T_1D)},
        {"key_rotated_90", AUDIT_PASS, "false", "N/A", "true", NO_KEYS},
        {"key_rotated_90", AUDIT_FAIL, "false", "N/A", "true", ONE("true", T_100D, T_1D)},
        {"key_rotated_90", AUDIT_UNKNOWN, "false", "N/A", "true", ONE("true", "soon", T_1D)},
        {"key_rotated_90", AUDIT_UNKNOWN, "false", "N/A", "true", ONE("perhaps", T_100D, T_1D)},
        {"key_never_used", AUDIT_PASS, "false", "N/A", "true", ONE("true", T_1D, "N/A")},
        {"key_never_used", AUDIT_PASS, "false", "N/A", "true", ONE("true", T_100D, T_100D)},
        {"key_never_used", AUDIT_FAIL, "false", "N/A", "true", ONE("true", T_10D, "N/A")},
        {"key_never_used", AUDIT_UNKNOWN, "false", "N/A", "true", ONE("true", T_10D, "")},
        {"keys_or_roles", AUDIT_PASS, "false", "N/A", "true", ONE("true", T_10D, T_1D)},
        {"keys_or_roles", AUDIT_PASS, "true", T_1D, "true", ONE("true", T_10D, T_1D)},
        {"keys_or_roles", AUDIT_PASS, "perhaps", "N/A", "true", ONE("false", T_10D, T_1D)},
        {"keys_or_roles", AUDIT_UNKNOWN, "perhaps", "N/A", "true", ONE("true", T_10D, T_1D)},
        {"keys_or_roles", AUDIT_UNKNOWN, "false", "N/A", "true", ONE("perhaps", T_10D, T_1D)},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct facts facts CLEANUP(facts_release);
        char rows[2048];
        snprintf(rows, sizeof rows,
                 GOOD_ROOT "\"a,b\",arn:aws:iam::111122223333:user/x," T_100D ",%s,%s," T_100D
                           ",%s,%s\n",
                 cases[i].password, cases[i].used, cases[i].mfa, cases[i].keys);
        read_rows(&facts, rows);
        expect(&facts, cases[i].check, "a,b", cases[i].status);
    }
}

static void without_a_report_nothing_passes(void **state)
{
    struct facts facts CLEANUP(facts_release);
    struct error err = {0};
    (void)state;
    facts_init(&facts);
    facts.now = NOW;
    error_set(&err, ERROR_DENIED, "refused");
    strcpy(err.op, "iam:GetCredentialReport");
    fact_source_fail(&facts.report, &err);
    strcpy(err.op, "iam:GetAccountAuthorizationDetails");
    fact_source_fail(&facts.authorizations, &err);
    strcpy(err.op, "access-analyzer:ListFindings");
    fact_source_fail(&facts.unused, &err);
    facts.validate = true;
    assert_true(facts_add_listed(&facts, "alice", "arn", NOW, &err));
    fact_source_have(&facts.users, NOW);
    size_t count, users = 0;
    const struct audit_check *checks = audit_checks(&count);
    for (size_t i = 0; i < count; i++) {
        struct audit_finding finding = judged(&facts, checks[i].id, NULL);
        assert_int_equal(finding.status, AUDIT_UNKNOWN);
        if (strcmp(checks[i].scope, "user") != 0)
            continue;
        users++;
        bool policies = strcmp(checks[i].id, "perms_via_groups") == 0 ||
                        strcmp(checks[i].id, "admin_mfa") == 0;
        bool unused = strcmp(checks[i].id, "unused_access") == 0;
        const char *missing = policies ? "iam:GetAccountAuthorizationDetails"
                              : unused ? "access-analyzer:ListFindings"
                                       : "iam:GetCredentialReport";
        assert_string_equal(finding.resource, "alice");
        assert_string_equal(finding.permission, missing);
        assert_non_null(strstr(finding.detail, missing));
    }
    assert_int_equal(users, 12);
}

static void who_came_and_who_went(void **state)
{
    struct facts facts CLEANUP(facts_release);
    struct error err = {0};
    struct found found = {.check = "all_user_mfa"};
    (void)state;
    read_rows(&facts, GOOD_ROOT USER("old", "false", "N/A", "true", NO_KEYS)
                          USER("gone", "false", "N/A", "false", NO_KEYS));
    assert_true(facts_add_listed(&facts, "old", "arn", NOW, &err));
    assert_true(facts_add_listed(&facts, "new", "arn", NOW, &err));
    fact_source_have(&facts.users, NOW);
    expect(&facts, "all_user_mfa", "old", AUDIT_PASS);
    expect(&facts, "all_user_mfa", "new", AUDIT_UNKNOWN);
    audit_judge(&facts, note, &found);
    assert_int_equal(found.count, 2);
    assert_true(audit_wants_live_keys(&facts, facts_seek(&facts, "new")));
    assert_false(audit_wants_live_keys(&facts, facts_seek(&facts, "gone")));
    assert_false(audit_wants_live_keys(&facts, facts_seek(&facts, "old")));
}

/* After a rotation the report still tells of the old key. */
static void a_live_list_wins(void **state)
{
    struct facts facts CLEANUP(facts_release);
    (void)state;
    read_rows(&facts, GOOD_ROOT USER("alice", "false", "N/A", "true", ONE("true", T_100D, T_1D)));
    struct fact_user *alice = facts_seek(&facts, "alice");
    assert_true(audit_wants_live_keys(&facts, alice));
    expect(&facts, "key_rotated_90", "alice", AUDIT_FAIL);
    struct fact_key keys[2] = {
        {"AKIANEW", FACT_YES, NOW - 3600, {FACT_NO, 0}},
        {"AKIAOLD", FACT_NO, alice->keys[0].created, {FACT_UNKNOWN, 0}},
    };
    facts_put_live(&facts, alice, keys, 2, NOW - 5);
    struct audit_finding finding = judged(&facts, "key_rotated_90", "alice");
    assert_int_equal(finding.status, AUDIT_PASS);
    assert_non_null(strstr(finding.detail, "report of 2026-11-26T11:59:00Z is out of date"));
    assert_int_equal(finding.observed_at, NOW - 5);
    assert_int_equal(alice->keys[1].use.used, FACT_YES); /* as the report says of that one */
    assert_false(audit_wants_live_keys(&facts, alice));
    /* A list that agrees is nothing to tell of. */
    struct fact_key same = {"AKIAOLD", FACT_YES, keys[1].created, {FACT_UNKNOWN, 0}};
    facts_release(&facts);
    read_rows(&facts, GOOD_ROOT USER("alice", "false", "N/A", "true", ONE("true", T_100D, T_1D)));
    facts_put_live(&facts, facts_seek(&facts, "alice"), &same, 1, NOW);
    finding = judged(&facts, "key_rotated_90", "alice");
    assert_int_equal(finding.status, AUDIT_FAIL);
    assert_string_equal(finding.detail, "over 90 days: AKIAOLD (100 days old)");
    /* More keys than are looked at are not judged. */
    struct fact_key many[FACTS_KEYS_MAX + 1] = {{.active = FACT_NO}};
    facts_put_live(&facts, facts_seek(&facts, "alice"), many, FACTS_KEYS_MAX + 1, NOW);
    expect(&facts, "key_rotated_90", "alice", AUDIT_UNKNOWN);
    expect(&facts, "one_active_key", "alice", AUDIT_UNKNOWN);
}

/* When a key was last used is asked for only where the answer could change a finding. */
static void uses_that_matter_are_asked_for(void **state)
{
    static const struct {
        const char *keys; /* of the report */
        enum fact active; /* of ListAccessKeys, of the key that was made 100 days ago */
        bool wanted;
    } cases[] = {
        {ONE("true", T_100D, T_1D), FACT_YES, false},
        {ONE("false", T_100D, T_1D), FACT_YES, false},
        {ONE("true", T_100D, T_60D), FACT_YES, true},
        {ONE("true", T_100D, T_60D), FACT_UNKNOWN, true},
        {ONE("true", T_100D, T_60D), FACT_NO, false},
        {ONE("true", T_100D, "N/A"), FACT_YES, true},
        {ONE("true", T_100D, "soon"), FACT_YES, true},
        {ONE("true", T_60D, T_1D), FACT_YES, true}, /* another key */
        {NO_KEYS, FACT_YES, true},
        /* Which of two that were made at one time it is, is not known. */
        {"true," T_100D "," T_1D ",true," T_100D ",N/A", FACT_YES, true},
        {"true," T_100D ",N/A,true," T_100D "," T_1D, FACT_YES, true},
        {"true," T_100D "," T_1D ",true," T_100D "," T_10D, FACT_YES, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct facts facts CLEANUP(facts_release);
        char rows[1024];
        snprintf(rows, sizeof rows, GOOD_ROOT "alice,arn:aws:iam::111122223333:user/alice," T_100D ",false,N/A," T_100D ",true,%s\n",
                 cases[i].keys);
        read_rows(&facts, rows);
        const struct fact_key key = {"AKIA", cases[i].active, NOW - INT64_C(100) * 86400, {FACT_UNKNOWN, 0}};
        if (audit_wants_use(&facts, facts_seek(&facts, "alice"), &key) != cases[i].wanted)
            print_error("keys %zu\n", i);
        assert_int_equal(audit_wants_use(&facts, facts_seek(&facts, "alice"), &key), cases[i].wanted);
    }
}

/* Check by check it is the same as all at once, and user by user. What is about keys may be looked at live. */
static void one_check_is_judged(void **state)
{
    struct facts facts CLEANUP(facts_release);
    struct found all = {.check = "none"}, parts = {.check = "none"}, users = {.check = "none"};
    size_t count, about_keys = 0, of_users = 0;
    const struct audit_check *checks = audit_checks(&count);
    (void)state;
    read_rows(&facts, GOOD_ROOT USER("alice", "true", T_1D, "true", ONE("true", T_100D, T_1D)));
    facts.validate = true;
    audit_judge(&facts, note, &all);
    for (size_t i = 0; i < count; i++) {
        size_t before = parts.all;
        audit_judge_check(&facts, &checks[i], note, &parts);
        assert_true(parts.all > before);
        about_keys += audit_live_of(&checks[i]) == AUDIT_LIVE_KEYS;
        of_users += strcmp(checks[i].scope, "user") == 0;
        audit_judge_user(&facts, &checks[i], 0, note, &users);
    }
    assert_int_equal(users.all, of_users);
    assert_int_equal(parts.all, all.all);
    assert_in_range(about_keys, 6, count - 1);
    for (size_t i = 0; i < count; i++)
        assert_true(audit_live_of(&checks[i]) == AUDIT_LIVE_NOT || strcmp(checks[i].scope, "user") == 0);
}

/* ListMFADevices is asked where the report, which is older, knows of no device; then it wins, and says so. */
static void devices_are_seen_live(void **state)
{
    static const char *const rows =
        GOOD_ROOT USER("alice", "true", T_1D, "false", NO_KEYS) USER("bob", "true", T_1D, "true", NO_KEYS)
            USER("carol", "true", T_1D, "false", NO_KEYS) USER("gone", "true", T_1D, "false", NO_KEYS);
    struct facts facts CLEANUP(facts_release);
    (void)state;
    read_rows(&facts, rows);
    fact_source_have(&facts.users, NOW);
    static const char *const names[] = {"alice", "bob", "carol", "new"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_true(facts_add_listed(&facts, names[i], "", NOW, NULL));
    struct fact_user *alice = facts_seek(&facts, "alice"), *carol = facts_seek(&facts, "carol");
    struct fact_user *new = facts_seek(&facts, "new");
    assert_true(audit_wants_live_devices(&facts, alice));
    assert_true(audit_wants_live_devices(&facts, new));
    assert_false(audit_wants_live_devices(&facts, facts_seek(&facts, "bob")));
    assert_false(audit_wants_live_devices(&facts, facts_seek(&facts, "gone")));
    facts.report.at = NOW;
    assert_false(audit_wants_live_devices(&facts, alice));
    facts.report.at = NOW - 60;
    facts_put_devices(&facts, alice, 1, NOW - 1);
    facts_put_devices(&facts, carol, 0, NOW - 1);
    assert_false(audit_wants_live_devices(&facts, alice));
    expect(&facts, "console_user_mfa", "alice", AUDIT_PASS);
    expect(&facts, "all_user_mfa", "alice", AUDIT_PASS);
    expect(&facts, "admin_mfa", "alice", AUDIT_PASS);
    expect(&facts, "all_user_mfa", "carol", AUDIT_FAIL);
    expect(&facts, "console_user_mfa", "carol", AUDIT_FAIL);
    struct audit_finding finding = judged(&facts, "all_user_mfa", "alice");
    assert_int_equal(finding.observed_at, NOW - 1);
    assert_non_null(strstr(finding.detail, "seen with ListMFADevices: the report of 2026-11-26T11:59:00Z is out of date"));
    finding = judged(&facts, "all_user_mfa", "carol");
    assert_null(strstr(finding.detail, "ListMFADevices"));
    expect(&facts, "all_user_mfa", "new", AUDIT_UNKNOWN);
    facts_put_devices(&facts, new, 0, NOW - 1);
    expect(&facts, "all_user_mfa", "new", AUDIT_FAIL);
    expect(&facts, "console_user_mfa", "new", AUDIT_UNKNOWN);
    facts_put_devices(&facts, new, 2, NOW - 1);
    expect(&facts, "console_user_mfa", "new", AUDIT_PASS);
}

/* --- root and the account ----------------------------------------------------------------------*/

#define ROOT_NAME "<root_account>"
#define ACCOUNT "arn:aws:iam::111122223333:root"

static void root_is_judged(void **state)
{
    static const struct {
        const char *check;
        enum audit_status status;
        const char *row;
        int64_t mfa, keys; /* of the summary; -1 for none */
        const char *device;
    } cases[] = {
        {"no_root_access_key", AUDIT_PASS, "", -1, 0, NULL},
        {"no_root_access_key", AUDIT_FAIL, GOOD_ROOT, -1, 1, NULL},
        {"no_root_access_key", AUDIT_PASS, GOOD_ROOT, -1, -1, NULL},
        {"no_root_access_key", AUDIT_FAIL,
         ROOT("true", T_100D, "true", ONE("true", T_100D, T_100D)), -1, -1, NULL},
        {"no_root_access_key", AUDIT_UNKNOWN, "", -1, -1, NULL},
        {"root_mfa", AUDIT_PASS, "", 1, -1, NULL},
        {"root_mfa", AUDIT_FAIL, GOOD_ROOT, 0, 0, NULL},
        {"root_mfa", AUDIT_PASS, ROOT("false", "N/A", "false", NO_KEYS), 0, 0, NULL},
        {"root_mfa", AUDIT_PASS, GOOD_ROOT, -1, -1, NULL},
        {"root_mfa", AUDIT_FAIL, ROOT("true", T_100D, "false", NO_KEYS), -1, -1, NULL},
        {"root_mfa", AUDIT_UNKNOWN, "", -1, -1, NULL},
        {"root_hardware_mfa", AUDIT_PASS, GOOD_ROOT, 1, 0, "arn:aws:iam::111122223333:user/a"},
        {"root_hardware_mfa", AUDIT_FAIL, GOOD_ROOT, 1, 0, ACCOUNT},
        {"root_hardware_mfa", AUDIT_FAIL, GOOD_ROOT, 0, 0, ""},
        {"root_hardware_mfa", AUDIT_PASS, ROOT("false", "N/A", "false", NO_KEYS), 0, 0, ""},
        {"root_hardware_mfa", AUDIT_UNKNOWN, GOOD_ROOT, 1, 0, NULL},
        {"avoid_root_use", AUDIT_PASS, GOOD_ROOT, 1, 0, NULL},
        {"avoid_root_use", AUDIT_PASS, ROOT("true", T_100D, "true", NO_KEYS), 1, 0, NULL},
        {"avoid_root_use", AUDIT_FAIL, ROOT("true", T_60D, "true", NO_KEYS), 1, 0, NULL},
        {"avoid_root_use", AUDIT_FAIL, ROOT("true", "N/A", "true", ONE("false", T_100D, T_1D)), 1,
         0, NULL},
        {"avoid_root_use", AUDIT_UNKNOWN, ROOT("true", "not_supported", "true", NO_KEYS), 1, 0,
         NULL},
        {"avoid_root_use", AUDIT_UNKNOWN, "", 1, 0, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct facts facts CLEANUP(facts_release);
        struct error err;
        read_rows(&facts, cases[i].row);
        facts.root_mfa = cases[i].mfa;
        facts.root_keys = cases[i].keys;
        if (cases[i].mfa >= 0 || cases[i].keys >= 0)
            fact_source_have(&facts.summary, NOW);
        if (cases[i].device != NULL) {
            fact_source_have(&facts.devices, NOW);
            assert_true(facts_add_device(&facts, "arn:aws:iam::111122223333:mfa/x",
                                         cases[i].device, &err));
        }
        expect(&facts, cases[i].check, ROOT_NAME, cases[i].status);
    }
}

static void the_password_policy_is_judged(void **state)
{
    static const struct {
        bool set;
        int64_t length, reuse;
        enum audit_status long_enough, not_again;
    } cases[] = {
        {true, 14, 24, AUDIT_PASS, AUDIT_PASS},
        {true, 13, 23, AUDIT_FAIL, AUDIT_FAIL},
        {true, 8, 0, AUDIT_FAIL, AUDIT_FAIL},
        {false, 0, 0, AUDIT_FAIL, AUDIT_FAIL},
    };
    (void)state;
    struct facts facts CLEANUP(facts_release);
    read_rows(&facts, GOOD_ROOT);
    expect(&facts, "password_min_14", ACCOUNT, AUDIT_UNKNOWN);
    expect(&facts, "password_reuse_24", ACCOUNT, AUDIT_UNKNOWN);
    fact_source_have(&facts.password_policy, NOW);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        facts.policy_set = cases[i].set;
        facts.password_length = cases[i].length;
        facts.password_reuse = cases[i].reuse;
        expect(&facts, "password_min_14", ACCOUNT, cases[i].long_enough);
        expect(&facts, "password_reuse_24", ACCOUNT, cases[i].not_again);
    }
}

static void lists_are_judged(void **state)
{
    struct facts facts CLEANUP(facts_release);
    struct error err;
    (void)state;
    static const char *const checks[] = {"mfa_unassigned", "expired_certs", "support_role",
                                         "no_cloudshell_full"};
    static const enum audit_status empty[] = {AUDIT_PASS, AUDIT_PASS, AUDIT_FAIL, AUDIT_PASS};
    read_rows(&facts, GOOD_ROOT);
    for (size_t i = 0; i < 4; i++)
        expect(&facts, checks[i], ACCOUNT, AUDIT_UNKNOWN);
    fact_source_have(&facts.devices, NOW);
    fact_source_have(&facts.certificates, NOW);
    fact_source_have(&facts.support, NOW);
    fact_source_have(&facts.cloudshell, NOW);
    for (size_t i = 0; i < 4; i++)
        expect(&facts, checks[i], ACCOUNT, empty[i]);
    expect(&facts, "access_analyzer_enabled", ACCOUNT, AUDIT_UNKNOWN);
    fact_source_have(&facts.analyzers, NOW);
    strcpy(facts.analyzers_region, "eu-west-1");
    expect(&facts, "access_analyzer_enabled", ACCOUNT, AUDIT_FAIL);
    facts.active_analyzers = 1;
    expect(&facts, "access_analyzer_enabled", ACCOUNT, AUDIT_PASS);
    assert_non_null(
        strstr(judged(&facts, "access_analyzer_enabled", ACCOUNT).detail, "in eu-west-1; other"));
    facts.support_holders = facts.cloudshell_holders = 1;
    expect(&facts, "support_role", ACCOUNT, AUDIT_PASS);
    expect(&facts, "no_cloudshell_full", ACCOUNT, AUDIT_FAIL);
    assert_true(facts_add_device(&facts, "arn:device/of-a-user", ACCOUNT, &err));
    expect(&facts, "mfa_unassigned", ACCOUNT, AUDIT_PASS);
    assert_true(facts_add_device(&facts, "arn:device/of-nobody", "", &err));
    expect(&facts, "mfa_unassigned", "arn:device/of-nobody", AUDIT_FAIL);
    assert_true(facts_add_certificate(&facts, "arn:good", NOW + 1, &err));
    expect(&facts, "expired_certs", ACCOUNT, AUDIT_PASS);
    assert_true(facts_add_certificate(&facts, "arn:bad", NOW, &err));
    assert_true(facts_add_certificate(&facts, "arn:odd", 0, &err));
    expect(&facts, "expired_certs", "arn:bad", AUDIT_FAIL);
    expect(&facts, "expired_certs", "arn:odd", AUDIT_UNKNOWN);
}

/* --- what it rests on --------------------------------------------------------------------------*/

/* --- from finding to fix -----------------------------------------------------------------------*/

static void findings_lead_to_fixes(void **state)
{
    static const struct {
        const char *check, *user;
        enum audit_fix fix;
        size_t key; /* place in the report, from 1 */
    } cases[] = {
        {"key_rotated_90", "two", AUDIT_FIX_ROTATE, 2}, {"one_active_key", "two", AUDIT_FIX_ROTATE, 2},
        {"unused_45_days", "two", AUDIT_FIX_ROTATE, 1}, {"unused_90_days", "two", AUDIT_FIX_ADVICE, 0},
        {"key_never_used", "new", AUDIT_FIX_ROTATE, 1}, {"no_initial_keys", "new", AUDIT_FIX_ROTATE, 1},
        {"unused_45_days", "gone", AUDIT_FIX_ADVICE, 0}, {"console_user_mfa", "new", AUDIT_FIX_ENROLL, 0},
        {"all_user_mfa", "two", AUDIT_FIX_ENROLL, 0},   {"all_user_mfa", "gone", AUDIT_FIX_ADVICE, 0},
        {"key_rotated_90", "new", AUDIT_FIX_ADVICE, 0},
    };
    struct facts facts CLEANUP(facts_release);
    (void)state;
    read_rows(&facts, GOOD_ROOT
              USER("two", "false", "N/A", "false", "true," T_60D "," T_60D ",true," T_100D "," T_1D)
              USER("new", "true", T_1D, "false", ONE("true", T_10D, "N/A"))
              USER("gone", "true", T_60D, "true", NO_KEYS));
    size_t seek = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct audit_finding finding = judged(&facts, cases[i].check, cases[i].user);
        const struct fact_user *user = audit_user_of(&facts, &finding, &seek);
        const struct fact_key *key;
        assert_non_null(user);
        assert_string_equal(user->name, cases[i].user);
        if (audit_fix_of(&facts, user, &finding, &key) != cases[i].fix)
            fail_msg("%s of %s", cases[i].check, cases[i].user);
        assert_ptr_equal(key, cases[i].key == 0 ? NULL : &user->keys[cases[i].key - 1]);
    }
    struct audit_finding finding = judged(&facts, "root_mfa", NULL);
    assert_null(audit_user_of(&facts, &finding, &seek));
    assert_true(meant_finding(&facts, NULL, NULL, &finding));
    assert_false(meant_finding(&facts, "two", NULL, &finding));
}

static void the_catalogue_is_complete(void **state)
{
    size_t count;
    const struct audit_check *checks = audit_checks(&count);
    struct facts facts CLEANUP(facts_release);
    (void)state;
    read_rows(&facts, GOOD_ROOT USER("alice", "true", T_1D, "true", NO_KEYS));
    facts.validate = true;
    assert_int_equal(count, 34);
    for (size_t i = 0; i < count; i++) {
        enum audit_severity severity;
        struct audit_finding finding = judged(&facts, checks[i].id, NULL);
        assert_null(strstr(finding.detail, "no judge"));
        assert_true(audit_severity_from_name(checks[i].severity, &severity));
        assert_true(strlen(checks[i].title) > 10 && strlen(checks[i].why) > 10 &&
                    strlen(checks[i].remedy) > 10);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(checks[i].id, checks[j].id);
    }
}

static void unfit_reports_are_refused(void **state)
{
    static const char *const reports[] = {
        "", "not a report", "user,arn\n\"alice,arn", HEADER "alice,arn\n",
        "user,arn\n<root_account>,a\n<root_account>,b\n",
        "user,arn\nalice,a\nbob,b\nalice,c\n", "user,arn\n,a\n"};
    (void)state;
    for (size_t i = 0; i < sizeof reports / sizeof reports[0]; i++) {
        struct facts facts CLEANUP(facts_release);
        struct error err = {0};
        facts_init(&facts);
        facts.now = NOW;
        assert_false(facts_read_report(&facts, reports[i], strlen(reports[i]), NOW, &err));
        assert_non_null(strstr(err.text, "credential report"));
        assert_false(facts.report.have);
        assert_int_equal(facts.user_count, 0);
        expect(&facts, "all_user_mfa", NULL, AUDIT_UNKNOWN);
    }
    /* A column that is missing is nothing that passes. */
    struct facts facts CLEANUP(facts_release);
    struct error err = {0};
    const char *lean = "arn,user,more\narn:aws:iam::1:user/alice,alice,x\n";
    facts_init(&facts);
    facts.now = NOW;
    assert_true(facts_read_report(&facts, lean, strlen(lean), NOW, &err));
    expect(&facts, "all_user_mfa", "alice", AUDIT_UNKNOWN);
    expect(&facts, "console_user_mfa", "alice", AUDIT_UNKNOWN);
    expect(&facts, "key_rotated_90", "alice", AUDIT_UNKNOWN);
    /* A report has a row for root: one without any does not say that there are no users. The list of users does. */
    struct facts empty CLEANUP(facts_release);
    read_rows(&empty, "");
    expect(&empty, "all_user_mfa", NULL, AUDIT_UNKNOWN);
    fact_source_have(&empty.users, NOW);
    expect(&empty, "all_user_mfa", NULL, AUDIT_PASS);
}

static void base64_is_read(void **state)
{
    static const struct {
        const char *base64, *bytes; /* NULL: refused */
    } cases[] = {{"", ""},          {"Zg==", "f"},   {"Zm8=", "fo"},      {"Zm9v", "foo"},
                 {"Zm9v\r\nYmFy", "foobar"},         {"Zm9vYg", NULL},    {"Zm9v=", NULL},
                 {"Zm=v", NULL},    {"Z===", NULL},  {"Zm9!", NULL},      {"====", NULL}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct text text CLEANUP(text_release);
        struct error err = {0};
        text_init(&text, 64);
        bool good = base64_decode(cases[i].base64, strlen(cases[i].base64), &text, &err);
        assert_int_equal(good, cases[i].bytes != NULL);
        if (good)
            assert_string_equal(text.bytes, cases[i].bytes);
        else
            assert_int_equal(err.code, ERROR_SYNTAX);
    }
    struct text small CLEANUP(text_release);
    struct error err = {0};
    text_init(&small, 2);
    assert_false(base64_decode("Zm9v", 4, &small, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(users_are_judged),
        cmocka_unit_test(without_a_report_nothing_passes),
        cmocka_unit_test(who_came_and_who_went),
        cmocka_unit_test(a_live_list_wins),
        cmocka_unit_test(uses_that_matter_are_asked_for),
        cmocka_unit_test(one_check_is_judged),
        cmocka_unit_test(devices_are_seen_live),
        cmocka_unit_test(root_is_judged),
        cmocka_unit_test(the_password_policy_is_judged),
        cmocka_unit_test(lists_are_judged),
        cmocka_unit_test(findings_lead_to_fixes),
        cmocka_unit_test(the_catalogue_is_complete),
        cmocka_unit_test(unfit_reports_are_refused),
        cmocka_unit_test(base64_is_read),
    };
    return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
