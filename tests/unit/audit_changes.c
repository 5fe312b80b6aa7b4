/* What changed between two audits: states made of facts, kept as text, carried on, compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "audit/changes.h"

#define HEAD(at, all) "keywright-state\t1\t" at "\t" all "\n"
#define ARN "arn:aws:iam::111122223333:"
/* console, MFA, when those were true, when the keys were. */
#define USER(name, created, facts) "user\t" name "\t" ARN "user/" name "\t" created "\t" facts "\n"
#define KEY(id, created, active) "key\t" id "\t" created "\t" active "\n"
#define FAIL(check, resource) "fail\t" check "\tmedium\t" resource "\t50\n"
#define PLAIN "no\tyes\t100\t100"

static struct state state_of(const char *text)
{
    struct state state;
    struct error err = {0};
    if (!state_read(text, &state, &err))
        fail_msg("%s", err.text);
    return state;
}

static void append(void *context, const struct change *change)
{
    struct text *text = context;
    text_appendf(text, "%s%s %s", text->length > 0 ? "; " : "", change_name(change->kind),
                 change->resource);
    if (change->was[0] != '\0')
        text_appendf(text, " was %s", change->was);
    if (change->key_created != 0)
        text_appendf(text, " key %s/%lld", change->key, (long long)change->key_created);
    if (change->check[0] != '\0')
        text_appendf(text, " %s%s", change->check, change->user[0] != '\0' ? "" : " (no user)");
    assert_true(change_words(change->kind)[0] != '\0');
}

/* The second is carried over the first, and both are compared. */
static void expect(const char *before, const char *now, const char *changes)
{
    struct state one = state_of(before), two = state_of(now);
    struct text text;
    struct error err = {0};
    size_t count = 99, told = 0;
    text_init(&text, 65536);
    assert_true(state_carry(&two, &one, &err));
    assert_true(changes_tell(&one, &two, append, &text, &count, &err));
    assert_string_equal(text.bytes, changes);
    for (const char *at = changes; *at != '\0'; at++)
        told += at == changes || strncmp(at, "; ", 2) == 0;
    assert_int_equal(count, told);
    /* As text and back it is the same state. */
    struct text written, again;
    struct state three;
    text_init(&written, 65536);
    text_init(&again, 65536);
    state_write(&two, &written);
    assert_true(state_read(written.bytes, &three, &err));
    state_write(&three, &again);
    assert_string_equal(written.bytes, again.bytes);
    text_clear(&text);
    assert_true(changes_tell(&two, &three, append, &text, NULL, &err));
    assert_string_equal(text.bytes, "");
    text_release(&written);
    text_release(&again);
    text_release(&text);
    state_release(&one);
    state_release(&two);
    state_release(&three);
}

static void nothing_changes_nothing(void **state)
{
    (void)state;
    static const char text[] = HEAD("100", "1") USER("ann", "7", PLAIN) KEY("AKIA1", "8", "yes")
        FAIL("key_rotated_90", "ann") FAIL("password_min_14", ARN "root");
    expect(text, text, "");
    expect(HEAD("1", "1"), HEAD("2", "1"), "");
    expect(HEAD("1", "0"), HEAD("2", "0"), "");
}

static void mfa_and_passwords_are_told(void **state)
{
    (void)state;
    expect(HEAD("100", "1") USER("ann", "7", "no\tyes\t100\t100") USER("bob", "7", "yes\tno\t100\t100"),
           HEAD("200", "1") USER("ann", "7", "yes\tno\t200\t200") USER("bob", "7", "no\tyes\t200\t200"),
           "mfa_lost ann; password_enabled ann; mfa_gained bob; password_disabled bob");
    expect(HEAD("100", "1") "user\t<root_account>\t\t0\tunknown\tyes\t100\t0\n",
           HEAD("200", "1") "user\t<root_account>\t\t0\tunknown\tno\t200\t0\n",
           "mfa_lost <root_account>");
}

/* A report that is older than what was known, and what could not be seen. */
static void what_is_not_known_is_no_change(void **state)
{
    (void)state;
    static const char before[] = HEAD("100", "1") USER("ann", "7", "yes\tyes\t100\t100")
        KEY("AKIA1", "8", "yes") FAIL("unused_45_days", "ann") FAIL("mfa_unassigned", "arn:aws:iam::1:mfa/x");
    expect(before, HEAD("200", "1") USER("ann", "7", "unknown\tunknown\t0\t0"),
           "finding_mended arn:aws:iam::1:mfa/x mfa_unassigned (no user); "
           "finding_mended ann unused_45_days");
    expect(before,
           HEAD("200", "1") USER("ann", "7", "no\tno\t90\t90") KEY("", "9", "yes")
               FAIL("unused_45_days", "ann") FAIL("mfa_unassigned", "arn:aws:iam::1:mfa/x"),
           "");
    /* Nobody could be listed: all are there still, and their keys. */
    expect(before,
           HEAD("200", "0") FAIL("unused_45_days", "ann") FAIL("mfa_unassigned", "arn:aws:iam::1:mfa/x"),
           "");
    /* Nobody was known: then nobody is new. */
    expect(HEAD("100", "0"), HEAD("200", "1") USER("ann", "7", PLAIN), "");
    /* Root is never new, and never gone. */
    expect(HEAD("100", "1"), HEAD("200", "1") "user\t<root_account>\t\t0\tno\tyes\t9\t9\n", "");
    expect(HEAD("100", "1") "user\t<root_account>\t\t0\tno\tyes\t9\t9\n", HEAD("200", "1"), "");
}

static void what_was_known_is_known_after_a_gap(void **state)
{
    (void)state;
    struct error err = {0};
    struct text text;
    text_init(&text, 4096);
    struct state one = state_of(HEAD("100", "1") USER("ann", "7", "yes\tyes\t100\t100")
                                    KEY("AKIA1", "8", "yes"));
    struct state gap = state_of(HEAD("200", "1") "user\tann\t\t0\tunknown\tunknown\t0\t0\n");
    struct state two = state_of(HEAD("300", "1") USER("ann", "7", "yes\tno\t300\t300")
                                    KEY("", "8", "no"));
    assert_true(state_carry(&gap, &one, &err));
    assert_string_equal(gap.users[0].arn, ARN "user/ann");
    assert_true(state_carry(&two, &gap, &err));
    assert_string_equal(two.users[0].keys[0].id, "AKIA1"); /* the report knows no IDs */
    assert_true(changes_tell(&gap, &two, append, &text, NULL, &err));
    assert_string_equal(text.bytes, "mfa_lost ann; key_deactivated ann key AKIA1/8");
    text_release(&text);
    state_release(&one);
    state_release(&gap);
    state_release(&two);
}

static void keys_are_told(void **state)
{
    (void)state;
#define ANN(keys) HEAD("100", "1") USER("ann", "7", PLAIN) keys
    expect(ANN(KEY("AKIA1", "8", "no")), ANN(KEY("AKIA1", "8", "yes")),
           "key_reactivated ann key AKIA1/8");
    expect(ANN(KEY("AKIA1", "8", "yes")), ANN(KEY("AKIA1", "8", "no")),
           "key_deactivated ann key AKIA1/8");
    expect(ANN(KEY("AKIA1", "8", "unknown")), ANN(KEY("AKIA1", "8", "yes")), "");
    expect(ANN(KEY("AKIA1", "8", "yes")), ANN(KEY("AKIA1", "8", "yes") KEY("AKIA2", "9", "yes")),
           "key_new ann key AKIA2/9");
    /* A whole rotation. */
    expect(ANN(KEY("AKIA1", "8", "yes")), ANN(KEY("AKIA2", "9", "yes")),
           "key_new ann key AKIA2/9; key_gone ann key AKIA1/8");
    /* Without IDs, as a report has them: by the second. Two of one second are two. */
    expect(ANN(KEY("AKIA1", "8", "yes")), ANN(KEY("", "8", "yes")), "");
    expect(ANN(KEY("", "8", "yes")), ANN(KEY("AKIA1", "8", "yes")), "");
    expect(ANN(KEY("", "8", "yes")), ANN(KEY("", "8", "yes") KEY("", "8", "yes")), "key_new ann key /8");
    expect(ANN(KEY("", "8", "yes") KEY("", "8", "yes")), ANN(KEY("", "8", "yes")), "key_gone ann key /8");
    /* Two IDs of one second are not one key. */
    expect(ANN(KEY("AKIA1", "8", "yes")), ANN(KEY("AKIA2", "8", "yes")),
           "key_new ann key AKIA2/8; key_gone ann key AKIA1/8");
    expect(HEAD("100", "1") USER("ann", "7", "no\tyes\t100\t0"), ANN(KEY("AKIA1", "8", "yes")), "");
}

static void users_are_told(void **state)
{
    (void)state;
#define BOB USER("bob", "7", PLAIN)
    expect(HEAD("100", "1") BOB,
           HEAD("200", "1") USER("ann", "99", "yes\tno\t200\t200") KEY("AKIA1", "99", "yes") BOB
               FAIL("all_user_mfa", "ann"),
           "user_new ann; password_enabled ann; key_new ann key AKIA1/99; finding_new ann all_user_mfa");
    expect(HEAD("100", "1") USER("ann", "6", PLAIN) KEY("AKIA1", "8", "yes") BOB FAIL("all_user_mfa", "ann"),
           HEAD("200", "1") BOB, "user_gone ann; key_gone ann key AKIA1/8");
    expect(HEAD("100", "1") BOB USER("zoe", "6", PLAIN), HEAD("200", "1") BOB, "user_gone zoe");
    /* The same name, another user. MFA that the other never had is not lost. */
    expect(HEAD("100", "1") USER("ann", "6", "no\tyes\t100\t100") KEY("AKIA1", "8", "yes"),
           HEAD("200", "1") USER("ann", "150", "no\tno\t200\t200") KEY("AKIA2", "151", "yes"),
           "key_gone ann key AKIA1/8; user_recreated ann; key_new ann key AKIA2/151");
    /* What was known of the other is not taken over. */
    expect(HEAD("100", "1") USER("ann", "6", "yes\tyes\t100\t100") KEY("AKIA1", "8", "yes"),
           HEAD("200", "1") USER("ann", "150", "unknown\tunknown\t0\t0"),
           "key_gone ann key AKIA1/8; user_recreated ann");
    expect(HEAD("100", "1") USER("ann", "6", "yes\tyes\t100\t100"),
           HEAD("200", "1") "user\tann\t" ARN "user/ops/ann\t6\tyes\tno\t200\t200\n",
           "user_moved ann was " ARN "user/ann; mfa_lost ann");
    /* A new name: findings go along. */
    expect(HEAD("100", "1") USER("ann", "6", "no\tyes\t100\t100") KEY("AKIA1", "8", "yes")
               FAIL("key_rotated_90", "ann") FAIL("unused_45_days", "ann"),
           HEAD("200", "1") USER("anna", "6", "no\tno\t200\t200") KEY("AKIA1", "8", "yes")
               FAIL("all_user_mfa", "anna") FAIL("key_rotated_90", "anna"),
           "user_renamed anna was ann; mfa_lost anna; finding_new anna all_user_mfa; "
           "finding_mended anna unused_45_days");
    /* Several of one second could be anybody. */
    expect(HEAD("100", "1") USER("a", "6", PLAIN) USER("b", "6", PLAIN),
           HEAD("200", "1") USER("c", "6", PLAIN) USER("d", "6", PLAIN),
           "user_gone a; user_gone b; user_new c; user_new d");
    expect(HEAD("100", "1") USER("a", "6", PLAIN), HEAD("200", "1") USER("c", "6", PLAIN) USER("d", "6", PLAIN),
           "user_gone a; user_new c; user_new d");
    expect(HEAD("100", "1") USER("a", "5", PLAIN) USER("b", "6", PLAIN),
           HEAD("200", "1") USER("c", "5", PLAIN) USER("d", "7", PLAIN),
           "user_gone b; user_renamed c was a; user_new d");
}

static void findings_are_told(void **state)
{
    (void)state;
    expect(HEAD("100", "1") FAIL("password_min_14", ARN "root") FAIL("root_mfa", "<root_account>"),
           HEAD("200", "1") FAIL("password_reuse_24", ARN "root") FAIL("root_mfa", "<root_account>"),
           "finding_new " ARN "root password_reuse_24 (no user); "
           "finding_mended " ARN "root password_min_14 (no user)");
}

static void hostile_names_stay_fields(void **state)
{
    (void)state;
    static const char *const names[] = {"a\tb", "new\nline", "100%", "\x1b[31m", "-1", "\xff\xfe", "%09", "fail"};
    struct state one, two;
    struct error err = {0};
    struct text text, told;
    state_init(&one);
    one.at = 1;
    one.all_users = true;
    text_init(&text, 65536);
    text_init(&told, 65536);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct state_user *user;
        struct state_finding *finding;
        assert_true(state_add_user(&one, names[i], names[i], &user, &err));
        user->created = -5000000000 + (int64_t)i; /* before 1970 */
        assert_true(state_add_key(user, names[i], 5, FACT_YES, &err));
        assert_true(state_add_finding(&one, "check", "low", names[i], &finding, &err));
    }
    state_order(&one);
    state_write(&one, &text);
    assert_true(text_ok(&text, &err));
    if (!state_read(text.bytes, &two, &err))
        fail_msg("%s", err.text);
    assert_int_equal(two.user_count, sizeof names / sizeof names[0]);
    for (size_t i = 0; i < two.user_count; i++) {
        assert_non_null(state_seek(&two, names[i]));
        assert_string_equal(state_seek(&two, names[i])->keys[0].id, names[i]);
        assert_non_null(state_seek_finding(&two, "check", names[i]));
    }
    assert_true(changes_tell(&one, &two, append, &told, NULL, &err));
    assert_string_equal(told.bytes, "");
    text_release(&text);
    text_release(&told);
    state_release(&one);
    state_release(&two);
}

static void what_is_stored_is_checked(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "keywright-state\t2\t1\t1\n",
        "keywright-state\t1\t1\n",
        "keywright-state\t1\t1\t2\n",
        "keywright-state\t1\tx\t1\n",
        "keywright-state\t1\t\t1\n",
        "keywright-state\t1\t99999999999999999999\t1\n",
        "keywright-state\t1\t1\t1",
        "keywright\t1\t1\t1\n",
        HEAD("1", "1") "\n",
        HEAD("1", "1") "group\tx\n",
        HEAD("1", "1") "user\ta\tb\t1\tno\tno\t1\n",
        HEAD("1", "1") "user\t\tb\t1\tno\tno\t1\t1\n",
        HEAD("1", "1") "user\ta\tb\t1\tmaybe\tno\t1\t1\n",
        HEAD("1", "1") "user\ta\tb\t1\tno\tmaybe\t1\t1\n",
        HEAD("1", "1") "user\ta\tb\t1-\tno\tno\t1\t1\n",
        HEAD("1", "1") "user\ta\tb\t1\tno\tno\t-\t1\n",
        HEAD("1", "1") "user\ta\tb\t1\tno\tno\t1\tz\n",
        HEAD("1", "1") "user\ta\tb\t1\tno\tno\t1\t1\t1\n",
        HEAD("1", "1") "user\ta%\tb\t1\tno\tno\t1\t1\n",
        HEAD("1", "1") "user\ta%0\tb\t1\tno\tno\t1\t1\n",
        HEAD("1", "1") "user\ta%00\tb\t1\tno\tno\t1\t1\n",
        HEAD("1", "1") "user\ta%0a\tb\t1\tno\tno\t1\t1\n",
        HEAD("1", "1") KEY("AKIA1", "1", "yes"),
        HEAD("1", "1") USER("a", "1", PLAIN) KEY("AKIA1", "x", "yes"),
        HEAD("1", "1") USER("a", "1", PLAIN) KEY("AKIA1", "1", "Active"),
        HEAD("1", "1") USER("a", "1", PLAIN) "key\tAKIA1\t1\n",
        HEAD("1", "1") USER("a", "1", PLAIN) KEY("", "1", "no") KEY("", "1", "no") KEY("", "1", "no")
            KEY("", "1", "no") KEY("", "1", "no") KEY("", "1", "no") KEY("", "1", "no") KEY("", "1", "no")
                KEY("", "1", "no"),
        HEAD("1", "1") "fail\tx\tlow\ty\n",
        HEAD("1", "1") "fail\tx\tlow\ty\tnow\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct state unmade = {.at = -7};
        struct error err = {0};
        if (state_read(bad[i], &unmade, &err))
            fail_msg("taken: %s", bad[i]);
        assert_int_equal(err.code, ERROR_SYNTAX);
        assert_int_equal(unmade.at, -7);
        assert_false(state_read(bad[i], &unmade, NULL));
    }
    char *longest = malloc(5000);
    assert_non_null(longest);
    snprintf(longest, 5000, HEAD("1", "1") "fail\t%04200d\tlow\ty\t1\n", 0);
    struct state unmade;
    assert_false(state_read(longest, &unmade, NULL));
    free(longest);
    struct state_user user = {0};
    struct error err = {0};
    for (int i = 0; i < FACTS_KEYS_MAX; i++)
        assert_true(state_add_key(&user, "", 1, FACT_NO, &err));
    assert_false(state_add_key(&user, "", 1, FACT_NO, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    state_drop_keys(&user);
    free(user.keys);
    /* Of what stands there twice the first counts. */
    struct state twice = state_of(HEAD("1", "1") USER("a", "1", PLAIN) USER("a", "1", PLAIN)
                                      FAIL("x", "y") FAIL("x", "y"));
    assert_int_equal(twice.user_count, 1);
    assert_int_equal(twice.finding_count, 1);
    state_release(&twice);
}

/* --- of facts ----------------------------------------------------------------------------------*/

#define COLUMNS                                                                                    \
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,mfa_active," \
    "access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,"                   \
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date\n"
#define MADE "2026-08-18T12:00:00+00:00"
#define ROW(name, password, mfa, key)                                                              \
    name "," ARN "user/" name "," MADE "," password ",N/A,N/A," mfa "," key ",false,N/A,N/A\n"
#define OLD_KEY "true,2026-03-01T00:00:00Z,2026-11-25T12:00:00Z"
#define NOW INT64_C(1795694400) /* 2026-11-26T12:00:00Z */

static void facts_of(struct facts *facts, const char *rows, int64_t generated)
{
    char csv[4096];
    struct error err = {0};
    facts_init(facts);
    facts->now = NOW;
    strcpy(facts->account, "111122223333");
    snprintf(csv, sizeof csv, "%s%s", COLUMNS, rows);
    if (!facts_read_report(facts, csv, strlen(csv), generated, &err))
        fail_msg("%s", err.text);
}

static void a_state_is_made_of_facts(void **state)
{
    (void)state;
    struct facts facts;
    struct state one, two;
    struct error err = {0};
    struct text text;
    text_init(&text, 65536);
    facts_of(&facts, ROW("<root_account>", "not_supported", "true", "false,N/A,N/A")
                 ROW("bob", "true", "true", OLD_KEY) ROW("ann", "false", "false", "false,N/A,N/A")
                     ROW("gone", "true", "true", OLD_KEY),
             NOW - 60);
    fact_source_have(&facts.users, NOW);
    assert_true(facts_add_listed(&facts, "ann", ARN "user/ann", 5, &err));
    assert_true(facts_add_listed(&facts, "bob", ARN "user/bob", 5, &err));
    assert_true(facts_add_listed(&facts, "young", ARN "user/young", NOW - 5, &err));
    assert_true(state_of_facts(&facts, &one, &err));
    struct state empty;
    state_init(&empty);
    assert_true(state_carry(&one, &empty, &err));
    assert_int_equal(one.user_count, 4); /* who was deleted since the report is not there */
    assert_string_equal(one.users[0].name, STATE_ROOT);
    assert_string_equal(one.users[1].name, "ann");
    assert_int_equal(one.users[2].mfa, FACT_YES);
    assert_int_equal(one.users[2].told_at, NOW - 60);
    assert_int_equal(one.users[2].key_count, 1);
    assert_int_equal(one.users[3].told_at, 0);
    assert_int_equal(one.users[3].keys_at, 0);
    assert_true(one.all_users);
    assert_non_null(state_seek_finding(&one, "all_user_mfa", "ann"));
    assert_non_null(state_seek_finding(&one, "key_rotated_90", "bob"));
    assert_null(state_seek_finding(&one, "all_user_mfa", "young")); /* unknown is no failure */
    facts_release(&facts);

    /* Later: no report any more, and root lost MFA. */
    facts_init(&facts);
    facts.now = NOW + 600;
    strcpy(facts.account, "111122223333");
    fact_source_have(&facts.summary, NOW + 600);
    facts.root_mfa = 0;
    facts.root_keys = 0;
    assert_true(state_of_facts(&facts, &two, &err));
    assert_true(state_carry(&two, &one, &err));
    assert_true(changes_tell(&one, &two, append, &text, NULL, &err));
    assert_memory_equal(text.bytes, "mfa_lost <root_account>; ", 25);
    assert_non_null(strstr(text.bytes, "finding_new <root_account> root_mfa"));
    assert_null(strstr(text.bytes, "mended"));
    assert_int_equal(two.user_count, 4);
    assert_non_null(state_seek_finding(&two, "key_rotated_90", "bob")); /* not mended */
    facts_release(&facts);
    state_release(&one);
    state_release(&two);
    text_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_changes_nothing),
        cmocka_unit_test(mfa_and_passwords_are_told),
        cmocka_unit_test(what_is_not_known_is_no_change),
        cmocka_unit_test(what_was_known_is_known_after_a_gap),
        cmocka_unit_test(keys_are_told),
        cmocka_unit_test(users_are_told),
        cmocka_unit_test(findings_are_told),
        cmocka_unit_test(hostile_names_stay_fields),
        cmocka_unit_test(what_is_stored_is_checked),
        cmocka_unit_test(a_state_is_made_of_facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
