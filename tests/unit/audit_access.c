/* The checks about what policies allow: each with a case that passes, one that fails, and one that cannot be
 * told. */
#include "audit_help.h"

#include <stdlib.h>

#include "audit/meant.h"
#include "base/text.h"

#define DOCUMENT(statement) "{\"Statement\":[" statement "]}"
#define ALLOW(action)                                                                              \
    DOCUMENT("{\"Effect\":\"Allow\",\"Action\":\"" action "\",\"Resource\":\"*\"}")
#define DENY(action) DOCUMENT("{\"Effect\":\"Deny\",\"Action\":\"" action "\",\"Resource\":\"*\"}")
#define MAYBE(action)                                                                              \
    DOCUMENT("{\"Effect\":\"Allow\",\"Action\":\"" action "\",\"Resource\":\"*\",\"Condition\":"   \
             "{\"IpAddress\":{\"aws:SourceIp\":\"10.0.0.0/8\"}}}")
#define ACCOUNT "arn:aws:iam::111122223333:"
#define ROOT_ARN ACCOUNT "root"
#define OWN(name) ACCOUNT "policy/" name
#define AWS_OWN(name) "arn:aws:iam::aws:policy/" name

/* alice with MFA, bob without, carol of whom it is not known. */
static void begin(struct facts *facts)
{
    read_rows(facts, USER("alice", "false", "N/A", "true", NO_KEYS)
                         USER("bob", "false", "N/A", "false", NO_KEYS)
                             USER("carol", "false", "N/A", "", NO_KEYS));
    fact_source_have(&facts->authorizations, NOW - 5);
}

static const struct audit_check *check_named(const char *id)
{
    size_t count;
    const struct audit_check *checks = audit_checks(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(checks[i].id, id) == 0)
            return &checks[i];
    fail_msg("no check %s", id);
    return NULL;
}

static struct access_holder *add(struct facts *facts, enum access_kind kind, const char *name)
{
    struct error err = {0};
    char arn[128];
    static const char *const kinds[] = {"user", "group", "role"};
    snprintf(arn, sizeof arn, ACCOUNT "%s/%s", kinds[kind], name);
    struct access_holder *holder = access_add_holder(&facts->access, kind, name, arn, "/", &err);
    assert_non_null(holder);
    return holder;
}

static void put(struct access_holder *holder, const char *name, const char *document)
{
    assert_non_null(access_add_policy(&holder->inlines, name, "", document, NULL));
}

static struct access_policy *own(struct facts *facts, const char *arn, const char *document)
{
    struct access_policy *policy =
        access_add_policy(&facts->access.managed, "", arn, document, NULL);
    assert_non_null(policy);
    return policy;
}

/* --- users -------------------------------------------------------------------------------------*/

static void permissions_come_through_groups(void **state)
{
    (void)state;
    struct facts facts CLEANUP(facts_release);
    begin(&facts);
    add(&facts, ACCESS_USER, "alice");
    struct access_holder *bob = add(&facts, ACCESS_USER, "bob");
    put(bob, "mine", ALLOW("s3:Get*"));
    assert_true(access_add_word(&bob->attached, AWS_OWN("ReadOnlyAccess"), NULL));
    access_sort(&facts.access);
    expect(&facts, "perms_via_groups", "alice", AUDIT_PASS);
    expect(&facts, "perms_via_groups", "bob", AUDIT_FAIL);
    assert_string_equal(judged(&facts, "perms_via_groups", "bob").detail,
                        "policies of its own: inline mine, attached ReadOnlyAccess");
    expect(&facts, "perms_via_groups", "carol", AUDIT_UNKNOWN); /* not listed */
    struct error err = {.code = ERROR_DENIED, .op = "iam:GetAccountAuthorizationDetails"};
    fact_source_fail(&facts.authorizations, &err);
    struct audit_finding finding = judged(&facts, "perms_via_groups", "alice");
    assert_int_equal(finding.status, AUDIT_UNKNOWN);
    assert_string_equal(finding.permission, "iam:GetAccountAuthorizationDetails");
}

struct admin_case {
    const char *inline_policy, *attached, *group_policy, *group_attached, *boundary, *group;
    enum audit_status status;
};

/* bob, who has no MFA, with these policies. */
static void try_admin(const struct admin_case *one, size_t number)
{
    struct facts facts CLEANUP(facts_release);
    begin(&facts);
    struct access_holder *group = add(&facts, ACCESS_GROUP, "team");
    if (one->group_policy != NULL)
        put(group, "of-team", one->group_policy);
    if (one->group_attached != NULL)
        assert_true(access_add_word(&group->attached, one->group_attached, NULL));
    struct access_holder *bob = add(&facts, ACCESS_USER, "bob");
    put(bob, "first", ALLOW("s3:Get*"));
    if (one->inline_policy != NULL)
        put(bob, "second", one->inline_policy);
    if (one->attached != NULL)
        assert_true(access_add_word(&bob->attached, one->attached, NULL));
    if (one->boundary != NULL)
        assert_true(access_set_boundary(bob, one->boundary, NULL));
    assert_true(access_add_word(&bob->groups, one->group != NULL ? one->group : "team", NULL));
    own(&facts, OWN("some"), ALLOW("s3:Get*"));
    own(&facts, OWN("all"), ALLOW("*"));
    own(&facts, OWN("bad"), "{");
    access_sort(&facts.access);
    struct audit_finding finding = judged(&facts, "admin_mfa", "bob");
    if (finding.status != one->status)
        fail_msg("case %zu: %s: %s", number, audit_status_name(finding.status), finding.detail);
}

static void administrators_have_mfa(void **state)
{
    (void)state;
    static const struct admin_case cases[] = {
        {.status = AUDIT_PASS},
        {.inline_policy = ALLOW("*"), .status = AUDIT_FAIL},
        {.inline_policy = ALLOW("I?M:*"), .status = AUDIT_FAIL},
        {.attached = OWN("all"), .status = AUDIT_FAIL},
        {.attached = AWS_OWN("AdministratorAccess"), .status = AUDIT_FAIL},
        {.attached = AWS_OWN("IAMFullAccess"), .status = AUDIT_FAIL},
        {.attached = AWS_OWN("job-function/Billing"), .status = AUDIT_PASS},
        {.attached = AWS_OWN("PowerUserAccess"), .status = AUDIT_PASS},
        {.group_policy = ALLOW("*:*"), .status = AUDIT_FAIL},
        {.group_attached = AWS_OWN("AdministratorAccess"), .status = AUDIT_FAIL},
        {.group_attached = OWN("some"), .status = AUDIT_PASS},
        /* a name alone makes no administrator */
        {.attached = OWN("AdministratorAccess"), .status = AUDIT_UNKNOWN},
        /* what is denied */
        {.inline_policy = DENY("*"), .attached = OWN("all"), .status = AUDIT_PASS},
        {.group_policy = DENY("iam:*"), .attached = OWN("all"), .status = AUDIT_PASS},
        {.group_policy = DENY("iam:Delete*"), .attached = OWN("all"), .status = AUDIT_FAIL},
        /* what is not certain */
        {.inline_policy = MAYBE("*"), .status = AUDIT_UNKNOWN},
        {.inline_policy = MAYBE("*"), .attached = OWN("all"), .status = AUDIT_FAIL},
        {.inline_policy = "%", .status = AUDIT_UNKNOWN},
        {.inline_policy = "", .attached = OWN("all"), .status = AUDIT_FAIL},
        {.attached = OWN("bad"), .status = AUDIT_UNKNOWN},
        {.attached = OWN("gone"), .status = AUDIT_UNKNOWN},
        {.group = "gone", .status = AUDIT_UNKNOWN},
        {.group = "gone", .attached = OWN("all"), .status = AUDIT_FAIL},
        /* boundaries */
        {.attached = OWN("all"), .boundary = OWN("some"), .status = AUDIT_PASS},
        {.attached = OWN("all"), .boundary = OWN("all"), .status = AUDIT_FAIL},
        {.attached = OWN("all"), .boundary = AWS_OWN("AdministratorAccess"), .status = AUDIT_FAIL},
        {.attached = OWN("all"), .boundary = AWS_OWN("PowerUserAccess"), .status = AUDIT_PASS},
        {.attached = OWN("all"), .boundary = OWN("bad"), .status = AUDIT_UNKNOWN},
        {.attached = OWN("some"), .boundary = OWN("bad"), .status = AUDIT_PASS},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        try_admin(&cases[i], i);
}

static void what_is_known_of_mfa_counts(void **state)
{
    (void)state;
    struct facts facts CLEANUP(facts_release);
    begin(&facts);
    put(add(&facts, ACCESS_USER, "alice"), "p", ALLOW("*"));
    put(add(&facts, ACCESS_USER, "carol"), "p", ALLOW("*"));
    access_sort(&facts.access);
    expect(&facts, "admin_mfa", "alice", AUDIT_PASS);
    expect(&facts, "admin_mfa", "carol", AUDIT_UNKNOWN);
    expect(&facts, "admin_mfa", "bob", AUDIT_UNKNOWN);
    /* Without the list only those who have MFA pass, whatever they may do. */
    struct error err = {.code = ERROR_DENIED, .op = "iam:GetAccountAuthorizationDetails"};
    fact_source_fail(&facts.authorizations, &err);
    expect(&facts, "admin_mfa", "alice", AUDIT_PASS);
    expect(&facts, "admin_mfa", "bob", AUDIT_UNKNOWN);
    expect(&facts, "admin_mfa", "carol", AUDIT_UNKNOWN);
}

/* --- policies ----------------------------------------------------------------------------------*/

static void own_policies_are_judged(void **state)
{
    (void)state;
    struct facts facts CLEANUP(facts_release);
    begin(&facts);
    own(&facts, OWN("fine"), ALLOW("s3:Get*"));
    own(&facts, OWN("limit"), ALLOW("*"))->boundaries = 3;
    access_sort(&facts.access);
    expect(&facts, "no_full_admin_policy", ROOT_ARN, AUDIT_PASS);
    expect(&facts, "no_service_wildcards", ROOT_ARN, AUDIT_PASS);
    assert_string_equal(judged(&facts, "no_full_admin_policy", ROOT_ARN).detail,
                        "none of 1 policies of this account does");
    own(&facts, OWN("all"), ALLOW("*"))->attachments = 1;
    own(&facts, OWN("maybe"), MAYBE("*"));
    own(&facts, OWN("store"), ALLOW("s3:*"))->attachments = 2;
    own(&facts, OWN("both"), ALLOW("*"))->boundaries = 1;
    access_sort(&facts.access);
    ((struct access_policy *)access_managed(&facts.access, OWN("both")))->attachments = 1;
    expect(&facts, "no_full_admin_policy", OWN("all"), AUDIT_FAIL);
    expect(&facts, "no_full_admin_policy", OWN("both"), AUDIT_FAIL);
    expect(&facts, "no_full_admin_policy", OWN("maybe"), AUDIT_FAIL);
    assert_non_null(strstr(judged(&facts, "no_full_admin_policy", OWN("maybe")).detail,
                           "under a condition"));
    assert_string_equal(judged(&facts, "no_service_wildcards", OWN("store")).detail,
                        "allows s3:*; attached 2 times");
    assert_string_equal(judged(&facts, "no_service_wildcards", NULL).resource, OWN("store"));
    own(&facts, OWN("torn"), "{\"Statement\":");
    access_sort(&facts.access);
    expect(&facts, "no_full_admin_policy", OWN("torn"), AUDIT_UNKNOWN);
    expect(&facts, "no_service_wildcards", OWN("torn"), AUDIT_UNKNOWN);
}

static void inline_policies_are_judged(void **state)
{
    (void)state;
    struct facts facts CLEANUP(facts_release);
    begin(&facts);
    put(add(&facts, ACCESS_USER, "alice"), "fine", ALLOW("s3:Get*"));
    access_sort(&facts.access);
    expect(&facts, "no_full_admin_inline", ROOT_ARN, AUDIT_PASS);
    expect(&facts, "no_service_wildcards_inline", ROOT_ARN, AUDIT_PASS);
    put(add(&facts, ACCESS_ROLE, "boss"), "all", ALLOW("*"));
    put(add(&facts, ACCESS_GROUP, "boss"), "torn", "[]");
    struct access_holder *group = add(&facts, ACCESS_GROUP, "team");
    put(group, "one", ALLOW("s3:*"));
    put(group, "torn", "");
    put(group, "two", ALLOW("sqs:*"));
    access_sort(&facts.access);
    expect(&facts, "no_full_admin_inline", ACCOUNT "role/boss", AUDIT_FAIL);
    expect(&facts, "no_full_admin_inline", ACCOUNT "group/boss", AUDIT_UNKNOWN);
    expect(&facts, "no_full_admin_inline", ACCOUNT "group/team", AUDIT_UNKNOWN);
    assert_string_equal(
        judged(&facts, "no_service_wildcards_inline", ACCOUNT "group/team").detail,
        "inline policy one allows s3:*; inline policy two allows sqs:*");
    struct error err = {.code = ERROR_DENIED, .op = "iam:GetAccountAuthorizationDetails"};
    fact_source_fail(&facts.authorizations, &err);
    access_release(&facts.access);
    expect(&facts, "no_full_admin_inline", ROOT_ARN, AUDIT_UNKNOWN);
    expect(&facts, "no_full_admin_policy", ROOT_ARN, AUDIT_UNKNOWN);
}

static void many_are_found(void **state)
{
    (void)state;
    struct facts facts CLEANUP(facts_release);
    char name[32];
    begin(&facts);
    for (int i = 0; i < 500; i++) {
        snprintf(name, sizeof name, "user-%03d", (i * 7919) % 500);
        put(add(&facts, ACCESS_USER, name), name, ALLOW("*"));
        add(&facts, ACCESS_GROUP, name);
    }
    access_sort(&facts.access);
    for (int i = 0; i < 500; i++) {
        snprintf(name, sizeof name, "user-%03d", i);
        const struct access_holder *user = access_holder(&facts.access, ACCESS_USER, name);
        assert_true(user != NULL && user->inlines.count == 1);
        assert_string_equal(user->inlines.list[0].name, name);
    }
    put(add(&facts, ACCESS_USER, "user-007"), "again", ALLOW("*"));
    own(&facts, OWN("all"), ALLOW("*"));
    own(&facts, OWN("some"), ALLOW("s3:Get*"));
    own(&facts, OWN("all"), ALLOW("*"));
    access_sort(&facts.access);
    assert_int_equal(facts.access.count, 1000);
    assert_int_equal(facts.access.managed.count, 2);
    expect(&facts, "no_full_admin_policy", OWN("all"), AUDIT_FAIL);
    assert_null(access_holder(&facts.access, ACCESS_ROLE, "user-001"));
    assert_null(access_holder(&facts.access, ACCESS_USER, "user-500"));
}

static void users_are_selected(void **state)
{
    (void)state;
    static const struct {
        struct access_selection selection;
        const char *meant;
    } cases[] = {
        {{0}, "alice bob carol "},
        {{.group = "ops"}, "alice bob "},
        {{.group = "op"}, ""},
        {{.path = "/"}, "alice bob carol "},
        {{.path = "/a/"}, "alice bob "},
        {{.path = "/a/b/c"}, ""},
        {{.tag = "team"}, "bob carol "},
        {{.tag = "team=red"}, "bob "},
        {{.tag = "team="}, "carol "},
        {{.tag = "red"}, ""},
        {{.tag = "te"}, ""},
        {{.tag = "x=1=2"}, "carol "},
        {{.group = "ops", .path = "/a/", .tag = "team"}, "bob "},
    };
    struct facts facts CLEANUP(facts_release);
    begin(&facts);
    struct access *access = &facts.access;
    struct access_holder *alice = access_add_holder(access, ACCESS_USER, "alice", "", "/a/", NULL);
    assert_true(access_add_word(&alice->groups, "ops", NULL));
    struct access_holder *bob = access_add_holder(access, ACCESS_USER, "bob", "", "/a/b/", NULL);
    assert_true(access_add_word(&bob->groups, "dev", NULL));
    assert_true(access_add_word(&bob->groups, "ops", NULL));
    assert_true(access_add_word(&bob->tags, "team", NULL));
    assert_true(access_add_word(&bob->tags, "red", NULL));
    struct access_holder *carol = access_add_holder(access, ACCESS_USER, "carol", "", "/", NULL);
    const char *const tags[] = {"x", "1=2", "team", ""};
    for (size_t i = 0; i < 4; i++)
        assert_true(access_add_word(&carol->tags, tags[i], NULL));
    assert_non_null(access_add_holder(access, ACCESS_ROLE, "dave", "", "/a/", NULL));
    access_sort(access);
    static const char *const names[] = {"alice", "bob", "carol", "dave", "eve"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char meant[128] = "";
        size_t count = 0;
        for (size_t j = 0; j < 5; j++)
            if (access_selects(access, &cases[i].selection, names[j])) {
                count++;
                strcat(strcat(meant, names[j]), " ");
            }
        assert_string_equal(meant, cases[i].meant);
        assert_int_equal(access_count_selected(access, &cases[i].selection), count);
    }
    assert_true(access_selects(access, NULL, "eve"));
}

/* One rule for --user, --group, --path, --tag and the screen: a name that means nobody is refused, and so is a
 * selection while nobody can be told from anybody. */
static void who_is_meant(void **state)
{
    struct facts facts CLEANUP(facts_release);
    struct error err = {0};
    const struct access_selection team = {.group = "team"}, none = {.group = "taem"}, nobody = {.path = "/no/"};
    const struct access_selection empty = {.tag = "=x"}, slash = {.path = "ops/"}, blank = {.group = ""};
    struct audit_finding about = {.check = check_named("all_user_mfa")};
    (void)state;
    begin(&facts);
    add(&facts, ACCESS_GROUP, "team");
    assert_true(access_add_word(&add(&facts, ACCESS_USER, "alice")->groups, "team", &err));
    add(&facts, ACCESS_USER, "bob");
    access_sort(&facts.access);
    assert_true(meant_is_good(&team, &err));
    assert_false(meant_is_good(&empty, &err));
    assert_false(meant_is_good(&slash, &err));
    assert_false(meant_is_good(&blank, &err));
    assert_true(meant_is_known(&facts, NULL, &err));
    assert_true(meant_is_known(&facts, &team, &err));
    assert_false(meant_is_known(&facts, &none, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_false(meant_is_known(&facts, &nobody, &err));
    text_copy(about.resource, sizeof about.resource, "alice");
    assert_true(meant_finding(&facts, NULL, &team, &about));
    assert_true(meant_finding(&facts, "alice", NULL, &about));
    assert_false(meant_finding(&facts, "bob", NULL, &about));
    text_copy(about.resource, sizeof about.resource, "bob");
    assert_false(meant_finding(&facts, NULL, &team, &about));
    about.check = check_named("root_mfa");
    assert_false(meant_finding(&facts, NULL, &team, &about));
    assert_true(meant_finding(&facts, NULL, NULL, &about));
    assert_true(meant_user_exists(&facts, "bob"));
    assert_false(meant_user_exists(&facts, "eve"));
    facts.authorizations.have = false;
    text_copy(facts.authorizations.permission, sizeof facts.authorizations.permission, "iam:X");
    assert_false(meant_is_known(&facts, &team, &err));
    assert_int_equal(err.code, ERROR_DENIED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(permissions_come_through_groups),
        cmocka_unit_test(administrators_have_mfa),
        cmocka_unit_test(who_is_meant),
        cmocka_unit_test(what_is_known_of_mfa_counts),
        cmocka_unit_test(own_policies_are_judged),
        cmocka_unit_test(inline_policies_are_judged),
        cmocka_unit_test(many_are_found),
        cmocka_unit_test(users_are_selected),
    };
    return cmocka_run_group_tests_name("audit_access", tests, NULL, NULL);
}
