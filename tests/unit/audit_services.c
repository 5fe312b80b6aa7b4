/* The checks that rest on CloudTrail and Access Analyzer, and those that give advice: each with a
 * case that passes, one that fails, and one that cannot be told. */
#include "audit_help.h"

#include <stdlib.h>

#include "audit/rests.h"
#include "audit/selectors.h"
#include "audit/state.h"
#include "base/text.h"

#define ACCOUNT  "arn:aws:iam::111122223333:"
#define ROOT_ARN ACCOUNT "root"
#define ANALYZER "arn:aws:access-analyzer:eu-west-1:111122223333:analyzer/idle"

static void deny(struct fact_source *source, const char *permission)
{
    struct error err = {.code = ERROR_DENIED};
    strcpy(err.op, permission);
    fact_source_fail(source, &err);
}

/* --- CloudTrail --------------------------------------------------------------------------------*/

struct trail_case {
    enum audit_status status;
    const char *word;
    size_t count;
    struct {
        bool multi_region;
        enum fact logging, all;
    } trails[2];
};

static void try_trails(const struct trail_case *one, size_t number)
{
    static const char *const arns[] = {"arn:aws:cloudtrail:x:1:trail/first",
                                       "arn:aws:cloudtrail:x:1:trail/second"};
    struct facts facts CLEANUP(facts_release);
    read_rows(&facts, GOOD_ROOT);
    fact_source_have(&facts.trails, NOW);
    deny(&facts.trail_status, "cloudtrail:GetTrailStatus");
    strcpy(facts.trails_region, "eu-west-1");
    for (size_t i = 0; i < one->count; i++)
        assert_true(facts_add_trail(&facts, arns[i], one->trails[i].multi_region,
                                    one->trails[i].logging, one->trails[i].all, NULL));
    struct audit_finding finding = judged(&facts, "cloudtrail_enabled", ROOT_ARN);
    if (finding.status != one->status || strstr(finding.detail, one->word) == NULL)
        fail_msg("case %zu: %s: %s", number, audit_status_name(finding.status), finding.detail);
    assert_string_equal(finding.permission,
                        one->status == AUDIT_UNKNOWN ? "cloudtrail:GetTrailStatus" : "");
}

static void cloudtrail_records(void **state)
{
    static const struct trail_case cases[] = {
        {AUDIT_FAIL, "no trail in eu-west-1", 0, {{false, FACT_UNKNOWN, FACT_UNKNOWN}}},
        {AUDIT_PASS, "trail/first records all", 1, {{true, FACT_YES, FACT_YES}}},
        {AUDIT_FAIL, "those of eu-west-1", 1, {{false, FACT_UNKNOWN, FACT_UNKNOWN}}},
        {AUDIT_FAIL, "first is switched off", 1, {{true, FACT_NO, FACT_YES}}},
        {AUDIT_FAIL, "first records only some", 1, {{true, FACT_YES, FACT_NO}}},
        {AUDIT_FAIL,
         "first is switched off, second records only some",
         2,
         {{true, FACT_NO, FACT_YES}, {true, FACT_YES, FACT_NO}}},
        {AUDIT_PASS, "second", 2, {{true, FACT_NO, FACT_YES}, {true, FACT_YES, FACT_YES}}},
        {AUDIT_PASS, "second", 2, {{true, FACT_UNKNOWN, FACT_UNKNOWN}, {true, FACT_YES, FACT_YES}}},
        {AUDIT_UNKNOWN, "GetTrailStatus", 1, {{true, FACT_UNKNOWN, FACT_UNKNOWN}}},
        {AUDIT_UNKNOWN, "GetTrailStatus", 1, {{true, FACT_YES, FACT_UNKNOWN}}},
        {AUDIT_UNKNOWN,
         "GetTrailStatus",
         2,
         {{true, FACT_NO, FACT_YES}, {true, FACT_UNKNOWN, FACT_UNKNOWN}}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        try_trails(&cases[i], i);
    struct facts facts CLEANUP(facts_release);
    read_rows(&facts, GOOD_ROOT);
    deny(&facts.trails, "cloudtrail:DescribeTrails");
    struct audit_finding finding = judged(&facts, "cloudtrail_enabled", ROOT_ARN);
    assert_int_equal(finding.status, AUDIT_UNKNOWN);
    assert_string_equal(finding.permission, "cloudtrail:DescribeTrails");
}

/* --- what is not used --------------------------------------------------------------------------*/

/* Two selectors of which each lets one half through record all of it together. */
static void selectors_are_understood(void **state)
{
#define BASIC(kind, management, excluded)                                                                   \
    "{\"ReadWriteType\":\"" kind "\",\"IncludeManagementEvents\":" management                               \
    ",\"ExcludeManagementEventSources\":[" excluded "]}"
#define CATEGORY(word)    "{\"Field\":\"eventCategory\",\"Equals\":[\"" word "\"]}"
#define READ_ONLY(word)   ",{\"Field\":\"readOnly\",\"Equals\":[\"" word "\"]}"
#define SOURCE            ",{\"Field\":\"eventSource\",\"NotEquals\":[\"kms.amazonaws.com\"]}"
#define ADVANCED(members) "{\"FieldSelectors\":[" members "]}"
    static const struct {
        const char *basic, *advanced;
        enum fact all;
    } cases[] = {
        {"[]", "[]", FACT_YES},
        {"[" BASIC("All", "true", "") "]", "[]", FACT_YES},
        {"[" BASIC("All", "false", "") "]", "[]", FACT_NO},
        {"[" BASIC("WriteOnly", "true", "") "]", "[]", FACT_NO},
        {"[" BASIC("ReadOnly", "true", "") "," BASIC("WriteOnly", "true", "") "]", "[]", FACT_YES},
        {"[" BASIC("ReadOnly", "true", "") "," BASIC("WriteOnly", "false", "") "]", "[]", FACT_NO},
        {"[" BASIC("All", "true", "\"kms.amazonaws.com\"") "]", "[]", FACT_NO},
        {"[" BASIC("All", "false", "") "," BASIC("All", "true", "") "]", "[]", FACT_YES},
        {"[]", "[" ADVANCED(CATEGORY("Management")) "]", FACT_YES},
        {"[]", "[" ADVANCED(CATEGORY("Data")) "]", FACT_NO},
        {"[]", "[" ADVANCED(CATEGORY("Management") READ_ONLY("false")) "]", FACT_NO},
        {"[]", "[" ADVANCED(CATEGORY("Management") SOURCE) "]", FACT_NO},
        {"[]", "[" ADVANCED(CATEGORY("Management") READ_ONLY("false")) ","
                   ADVANCED(CATEGORY("Management") READ_ONLY("true")) "]", FACT_YES},
        {"[]", "[" ADVANCED(CATEGORY("Data") READ_ONLY("false")) ","
                   ADVANCED(CATEGORY("Management") READ_ONLY("true")) "]", FACT_NO},
        {"[1,{},\"x\"]", "[]", FACT_NO},
        {"[]", "[null,{\"FieldSelectors\":{}},{\"FieldSelectors\":[7]}]", FACT_NO},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char answer[1024];
        snprintf(answer, sizeof answer,
                 "{\"TrailARN\":\"arn\",\"EventSelectors\":%s,\"AdvancedEventSelectors\":%s}", cases[i].basic,
                 cases[i].advanced);
        if (selectors_record_all(answer) != cases[i].all)
            fail_msg("case %zu: %s", i, answer);
    }
    assert_int_equal(selectors_record_all("{}"), FACT_YES);
    assert_int_equal(selectors_record_all("[]"), FACT_UNKNOWN);
    assert_int_equal(selectors_record_all("{\"EventSelectors\":"), FACT_UNKNOWN);
}

/* --- what checks rest on -----------------------------------------------------------------------*/

static void put_lists(struct facts *facts, unsigned rests)
{
    if ((rests & RESTS_DEVICES) != 0) {
        assert_true(facts_add_device(facts, ACCOUNT "mfa/alice", ACCOUNT "user/bob", NULL));
        assert_true(facts_add_device(facts, ACCOUNT "mfa/free", "", NULL));
        fact_source_have(&facts->devices, NOW);
    }
    if ((rests & RESTS_CERTIFICATES) != 0) {
        assert_true(facts_add_certificate(facts, ACCOUNT "server-certificate/old", NOW - 86400, NULL));
        fact_source_have(&facts->certificates, NOW);
    }
    if ((rests & RESTS_UNUSED) != 0) {
        assert_true(facts_add_unused(facts, "UnusedPermission", ACCOUNT "user/alice", NULL));
        assert_true(facts_add_unused(facts, "UnusedIAMRole", ACCOUNT "role/idle", NULL));
        facts_sort_unused(facts);
        fact_source_have(&facts->unused, NOW);
    }
    if ((rests & RESTS_TRAILS) != 0) {
        assert_true(facts_add_trail(facts, "arn:trail/t", true, FACT_YES, FACT_YES, NULL));
        fact_source_have(&facts->trails, NOW);
        fact_source_have(&facts->trail_status, NOW);
    }
    if ((rests & RESTS_VALIDATION) != 0) {
        assert_true(facts_add_flaw(facts, "ERROR", ACCOUNT "policy/p", "no such action", NULL));
        fact_source_have(&facts->validation, NOW);
        facts->validated = 1;
    }
    if ((rests & RESTS_AUTHORIZATIONS) != 0) {
        struct access_holder *bob =
            access_add_holder(&facts->access, ACCESS_USER, "bob", ACCOUNT "user/bob", "/", NULL);
        assert_non_null(bob);
        assert_non_null(access_add_policy(
            &bob->inlines, "all", "",
            "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}", NULL));
        access_sort(&facts->access);
        fact_source_have(&facts->authorizations, NOW);
    }
}

/* An account with something in each list, of which these were read and nothing else was asked for. */
static void read_some(struct facts *facts, unsigned rests)
{
    const struct {
        unsigned rest;
        struct fact_source *source;
    } plain[] = {{RESTS_USERS, &facts->users},
                 {RESTS_SUMMARY, &facts->summary},
                 {RESTS_PASSWORD_POLICY, &facts->password_policy},
                 {RESTS_SUPPORT, &facts->support},
                 {RESTS_CLOUDSHELL, &facts->cloudshell},
                 {RESTS_ANALYZERS, &facts->analyzers}};
    if ((rests & RESTS_REPORT) != 0) {
        read_rows(facts, ROOT("true", T_1D, "true", NO_KEYS)
                             USER("alice", "true", T_1D, "false", ONE("true", T_100D, T_1D))
                                 USER("bob", "true", T_1D, "false", NO_KEYS));
    } else {
        facts_init(facts);
        facts->now = NOW;
        strcpy(facts->account, "111122223333");
        strcpy(facts->partition, "aws");
    }
    facts->validate = true;
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        if ((rests & plain[i].rest) != 0)
            fact_source_have(plain[i].source, NOW);
    if ((rests & RESTS_USERS) != 0) {
        assert_true(facts_add_listed(facts, "alice", ACCOUNT "user/alice", NOW, NULL));
        assert_true(facts_add_listed(facts, "bob", ACCOUNT "user/bob", NOW, NULL));
    }
    facts->root_keys = (rests & RESTS_SUMMARY) != 0 ? 0 : -1;
    facts->root_mfa = (rests & RESTS_SUMMARY) != 0 ? 1 : -1;
    facts->password_length = (rests & RESTS_PASSWORD_POLICY) != 0 ? 8 : 0;
    facts->policy_set = (rests & RESTS_PASSWORD_POLICY) != 0;
    facts->support_holders = (rests & RESTS_SUPPORT) != 0;
    facts->cloudshell_holders = (rests & RESTS_CLOUDSHELL) != 0;
    facts->active_analyzers = (rests & RESTS_ANALYZERS) != 0;
    if ((rests & RESTS_ANALYZERS) != 0)
        strcpy(facts->unused_analyzer, ANALYZER);
    put_lists(facts, rests);
    assert_true(facts_compare_devices(facts, NULL));
}

static void add_words(void *context, const struct audit_finding *finding)
{
    text_appendf(context, "%s %s %s %lld\n", finding->resource, audit_status_name(finding->status),
                 finding->detail, (long long)finding->observed_at);
}

static void judge_with(unsigned rests, const struct audit_check *check, struct text *words)
{
    struct facts facts CLEANUP(facts_release);
    read_some(&facts, rests);
    text_init(words, 65536);
    audit_judge_check(&facts, check, add_words, words);
}

/* Each check says its last word as soon as that is read which it rests on, and not without any of it. */
static void checks_rest_on_what_they_say(void **state)
{
    size_t count;
    const struct audit_check *checks = audit_checks(&count);
    (void)state;
    for (size_t i = 0; i < count; i++) {
        struct text all CLEANUP(text_release), some CLEANUP(text_release);
        struct facts facts CLEANUP(facts_release);
        read_some(&facts, RESTS_ALL);
        unsigned rests = rests_on(&facts, &checks[i]);
        judge_with(RESTS_ALL, &checks[i], &all);
        judge_with(rests, &checks[i], &some);
        assert_int_not_equal(all.length, 0);
        if (strcmp(all.bytes, some.bytes) != 0)
            fail_msg("%s: %s%s", checks[i].id, all.bytes, some.bytes);
        if (rests == RESTS_ALL)
            fail_msg("%s is not known to rest on anything", checks[i].id);
        for (unsigned bit = 1; bit < RESTS_ALL; bit <<= 1) {
            struct text less CLEANUP(text_release);
            judge_with(RESTS_ALL & ~bit, &checks[i], &less);
            if ((rests & bit) == 0 && strcmp(all.bytes, less.bytes) != 0)
                fail_msg("%s without %u: %s", checks[i].id, bit, less.bytes);
        }
    }
}

/* What of the root user the summary does not tell, the report does: then both are waited for. */
static void root_rests_on_either(void **state)
{
    struct facts facts CLEANUP(facts_release);
    (void)state;
    read_some(&facts, RESTS_REPORT);
    size_t count;
    const struct audit_check *checks = audit_checks(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(checks[i].id, "no_root_access_key") == 0 || strcmp(checks[i].id, "root_mfa") == 0)
            assert_int_equal(rests_on(&facts, &checks[i]), RESTS_SUMMARY | RESTS_REPORT);
}

static void begin_unused(struct facts *facts)
{
    read_rows(facts, USER("alice", "true", T_1D, "true", NO_KEYS)
                         USER("bob", "false", "N/A", "true", NO_KEYS));
    fact_source_have(&facts->analyzers, NOW);
    strcpy(facts->unused_analyzer, ANALYZER);
    facts->unused_days = 90;
}

static size_t count_of(const struct facts *facts, const char *check)
{
    struct found found = {.check = check};
    audit_judge(facts, note, &found);
    return found.count;
}

static void unused_access_is_told(void **state)
{
    static const char *const found[][2] = {
        {"UnusedPermission", ACCOUNT "role/deploy"},
        {"UnusedIAMUserPassword", ACCOUNT "user/ops/eu/alice"},
        {"UnusedIAMRole", ACCOUNT "role/deploy"},
        {"UnusedIAMUserAccessKey", ACCOUNT "user/ops/eu/alice"},
        {"UnusedIAMUserAccessKey", ACCOUNT "user/zoe"},
        {"Odd", ACCOUNT "role/deploy"},
    };
    (void)state;
    struct facts facts CLEANUP(facts_release);
    begin_unused(&facts);
    fact_source_have(&facts.unused, NOW);
    expect(&facts, "unused_access", "alice", AUDIT_PASS);
    expect(&facts, "unused_roles", ROOT_ARN, AUDIT_PASS);
    for (size_t i = 0; i < sizeof found / sizeof found[0]; i++)
        assert_true(facts_add_unused(&facts, found[i][0], found[i][1], NULL));
    facts_sort_unused(&facts);
    assert_int_equal(facts.unused_count, 3);
    assert_string_equal(
        judged(&facts, "unused_access", "alice").detail,
        "the analyzer idle finds unused for over 90 days: an access key, the console password");
    expect(&facts, "unused_access", "alice", AUDIT_FAIL);
    expect(&facts, "unused_access", "bob", AUDIT_PASS);
    facts.unused_days = 0;
    assert_string_equal(judged(&facts, "unused_roles", ACCOUNT "role/deploy").detail,
                        "the analyzer idle finds unused: the role, permissions, something else");
    assert_int_equal(count_of(&facts, "unused_roles"), 1);
}

static void users_are_found_by_name(void **state)
{
    (void)state;
    struct facts facts CLEANUP(facts_release);
    begin_unused(&facts);
    for (int i = 99; i >= 0; i--) {
        char arn[128];
        snprintf(arn, sizeof arn, ACCOUNT "%s%d", i % 2 == 0 ? "user/p/u" : "role/u", i);
        assert_true(facts_add_unused(&facts, "UnusedPermission", arn, NULL));
    }
    facts_sort_unused(&facts);
    for (int i = 0; i < 100; i++) {
        char name[16];
        snprintf(name, sizeof name, "u%d", i);
        assert_int_equal(facts_unused_of_user(&facts, name), i % 2 == 0 ? UNUSED_PERMISSION : 0);
    }
    assert_int_equal(facts_unused_of_user(&facts, ""), 0);
    assert_int_equal(facts_unused_of_user(&facts, "zzz"), 0);
}

static void without_an_analyzer_nothing_is_told(void **state)
{
    (void)state;
    struct facts facts CLEANUP(facts_release);
    begin_unused(&facts);
    facts.unused_analyzer[0] = '\0';
    assert_int_equal(count_of(&facts, "unused_access") + count_of(&facts, "unused_roles"), 0);
    /* That it is not known whether there is one is something else. */
    deny(&facts.analyzers, "access-analyzer:ListAnalyzers");
    facts.unused = facts.analyzers;
    expect(&facts, "unused_access", "alice", AUDIT_UNKNOWN);
    expect(&facts, "unused_access", "bob", AUDIT_UNKNOWN);
    assert_string_equal(judged(&facts, "unused_roles", ROOT_ARN).permission,
                        "access-analyzer:ListAnalyzers");
}

/* --- what ValidatePolicy says ------------------------------------------------------------------*/

static const char *const policy_checks[] = {"policy_errors", "policy_security", "policy_warnings",
                                            "policy_suggestions"};

static void policies_are_validated(void **state)
{
    static const char *const flaws[][3] = {
        {"ERROR", "arn:one", "A: a"},      {"WARNING", "arn:one", "B: b"},
        {"ERROR", "arn:one", "C: c"},      {"SECURITY_WARNING", "arn:two", "D: d"},
        {"SUGGESTION", "arn:two", "E: e"}, {"NEW_TYPE", "arn:two", "F: f"},
    };
    (void)state;
    struct facts facts CLEANUP(facts_release);
    read_rows(&facts, GOOD_ROOT);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(count_of(&facts, policy_checks[i]), 0); /* it was not asked for */
    facts.validate = true;
    for (size_t i = 0; i < 4; i++)
        expect(&facts, policy_checks[i], ROOT_ARN, AUDIT_UNKNOWN);
    fact_source_have(&facts.validation, NOW);
    facts.validated = 2;
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(judged(&facts, policy_checks[i], ROOT_ARN).detail,
                            "none in 2 policies");
    for (size_t i = 0; i < sizeof flaws / sizeof flaws[0]; i++)
        assert_true(facts_add_flaw(&facts, flaws[i][0], flaws[i][1], flaws[i][2], NULL));
    assert_string_equal(judged(&facts, "policy_errors", NULL).detail, "A: a; C: c");
    expect(&facts, "policy_errors", "arn:one", AUDIT_FAIL);
    expect(&facts, "policy_security", "arn:two", AUDIT_FAIL);
    expect(&facts, "policy_warnings", "arn:one", AUDIT_FAIL);
    expect(&facts, "policy_warnings", "arn:two", AUDIT_FAIL); /* of a type that is not known */
    struct audit_finding finding = judged(&facts, "policy_suggestions", "arn:two");
    assert_int_equal(finding.status, AUDIT_PASS);
    assert_true(finding.advice);
    assert_string_equal(finding.detail, "advice: E: e");
}

/* A policy that could not be validated is in all four, unless something is known of it. */
static void what_was_not_validated_passes_nothing(void **state)
{
    (void)state;
    struct facts facts CLEANUP(facts_release);
    read_rows(&facts, GOOD_ROOT);
    facts.validate = true;
    fact_source_have(&facts.validation, NOW);
    assert_true(facts_add_flaw(&facts, NULL, "arn:one", "it could not be validated", NULL));
    assert_true(facts_add_flaw(&facts, "ERROR", "arn:one", "A: a", NULL));
    expect(&facts, "policy_errors", "arn:one", AUDIT_FAIL);
    for (size_t i = 1; i < 4; i++)
        expect(&facts, policy_checks[i], "arn:one", AUDIT_UNKNOWN);
}

/* --- devices and roles -------------------------------------------------------------------------*/

static void devices_of_two_are_found(void **state)
{
    static const struct {
        const char *device, *owner;
        bool of_another;
    } cases[] = {
        {"alice", "user/alice", false},     {"alice", "user/bob", true},
        {"alice", "user/ops/bob", true},    {"bob", "user/ops/bob", false},
        {"alice-phone", "user/bob", false}, {"alice", "", false},
        {"alice", "root", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct facts facts CLEANUP(facts_release);
        char serial[128], owner[128] = "";
        read_rows(&facts, USER("bob", "false", "N/A", "true", NO_KEYS)
                              USER("alice", "true", T_1D, "true", NO_KEYS));
        expect(&facts, "mfa_shared", ROOT_ARN, AUDIT_UNKNOWN);
        fact_source_have(&facts.devices, NOW);
        snprintf(serial, sizeof serial, ACCOUNT "mfa/%s", cases[i].device);
        if (cases[i].owner[0] != '\0')
            snprintf(owner, sizeof owner, ACCOUNT "%s", cases[i].owner);
        assert_true(facts_add_device(&facts, serial, owner, NULL));
        assert_true(facts_compare_devices(&facts, NULL));
        expect(&facts, "mfa_shared", cases[i].of_another ? serial : ROOT_ARN,
               cases[i].of_another ? AUDIT_FAIL : AUDIT_PASS);
    }
    /* Who the users are is not known: then no name tells anything. */
    struct facts facts CLEANUP(facts_release);
    facts_init(&facts);
    strcpy(facts.account, "111122223333");
    fact_source_have(&facts.devices, NOW);
    deny(&facts.users, "iam:ListUsers");
    assert_true(facts_compare_devices(&facts, NULL));
    expect(&facts, "mfa_shared", ROOT_ARN, AUDIT_UNKNOWN);
    fact_source_have(&facts.users, NOW);
    expect(&facts, "mfa_shared", ROOT_ARN, AUDIT_PASS);
}

static void programs_are_advised(void **state)
{
    (void)state;
    struct facts facts CLEANUP(facts_release);
    read_rows(&facts, USER("program", "false", "N/A", "true", ONE("true", T_10D, T_1D))
                          USER("person", "true", T_1D, "true", ONE("true", T_10D, T_1D))
                              USER("idle", "false", "N/A", "true", ONE("false", T_10D, T_1D)));
    struct audit_finding finding = judged(&facts, "keys_or_roles", "program");
    assert_int_equal(finding.status, AUDIT_PASS);
    assert_true(finding.advice);
    assert_memory_equal(finding.detail, "advice: ", 8);
    assert_int_equal(audit_severity(finding.check), AUDIT_INFORMATIONAL);
    assert_false(judged(&facts, "keys_or_roles", "person").advice);
    assert_false(judged(&facts, "keys_or_roles", "idle").advice);
}

/* --- from one audit to the next ----------------------------------------------------------------*/

/* What was not asked this time has not been mended. */
static void what_was_not_asked_is_carried(void **state)
{
    struct error err = {0};
    (void)state;
    struct state before CLEANUP(state_release), now CLEANUP(state_release);
    struct facts facts CLEANUP(facts_release);
    state_init(&before);
    state_init(&now);
    begin_unused(&facts);
    facts.validate = true;
    fact_source_have(&facts.validation, NOW);
    fact_source_have(&facts.unused, NOW);
    assert_true(facts_add_flaw(&facts, "ERROR", "arn:one", "A: a", &err));
    assert_true(facts_add_unused(&facts, "UnusedPermission", ACCOUNT "user/bob", &err));
    assert_true(state_of_facts(&facts, &before, &err));
    assert_non_null(state_seek_finding(&before, "policy_errors", "arn:one"));
    facts.validate = false;
    facts.unused_analyzer[0] = '\0';
    assert_true(state_of_facts(&facts, &now, &err));
    assert_true(state_carry(&now, &before, &err));
    assert_non_null(state_seek_finding(&now, "policy_errors", "arn:one"));
    assert_non_null(state_seek_finding(&now, "unused_access", "bob"));
    /* Asked again, and mended. */
    facts_release(&facts);
    begin_unused(&facts);
    facts.validate = true;
    fact_source_have(&facts.validation, NOW);
    fact_source_have(&facts.unused, NOW);
    state_release(&now);
    assert_true(state_of_facts(&facts, &now, &err));
    assert_true(state_carry(&now, &before, &err));
    assert_null(state_seek_finding(&now, "policy_errors", "arn:one"));
    assert_null(state_seek_finding(&now, "unused_access", "bob"));
}

/* --- documents ---------------------------------------------------------------------------------*/

static void documents_are_kept_as_json(void **state)
{
    static const char *const cases[][2] = {
        {"%7B%22a%22%3A%20%22%25%22%7D", "{\"a\": \"%\"}"},
        {"{\"a\": \"%41\"}", "{\"a\": \"%41\"}"},
        {"%4", "%4"},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct access access CLEANUP(access_release) = {0};
        struct access_policy *policy =
            access_add_policy(&access.managed, "p", "arn:p", cases[i][0], NULL);
        assert_non_null(policy);
        assert_null(policy->document);
        assert_true(access_keep_document(policy, cases[i][0], NULL));
        assert_string_equal(policy->document, cases[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cloudtrail_records),
        cmocka_unit_test(selectors_are_understood),
        cmocka_unit_test(checks_rest_on_what_they_say),
        cmocka_unit_test(root_rests_on_either),
        cmocka_unit_test(unused_access_is_told),
        cmocka_unit_test(users_are_found_by_name),
        cmocka_unit_test(without_an_analyzer_nothing_is_told),
        cmocka_unit_test(policies_are_validated),
        cmocka_unit_test(what_was_not_validated_passes_nothing),
        cmocka_unit_test(devices_of_two_are_found),
        cmocka_unit_test(programs_are_advised),
        cmocka_unit_test(what_was_not_asked_is_carried),
        cmocka_unit_test(documents_are_kept_as_json),
    };
    return cmocka_run_group_tests_name("audit_services", tests, NULL, NULL);
}
