/* The core with a key in wrong hands: it is switched off before a new one is made, and signs nothing. */
#include "rotation_help.h"

#define ADMIN "AKIAADMINADMINADMIN1"
#define ADMIN_ARN "arn:aws:iam::123456789012:user/admin"
#define SESSION "ASIASESSIONSESSION01"
#define ROLE_ARN "arn:aws:sts::123456789012:assumed-role/rotator/one"

static void see(const char *signer, const char *arn, const char *source)
{
    struct event event = {.kind = EVENT_IDENTITY_SEEN};
    put(event.account, plan.account);
    put(event.arn, arn);
    put(event.user, plan.user);
    put(event.key, OLD);
    put(event.signer, signer);
    put(event.source, source);
    apply(event);
}

static void see_admin(void)
{
    see(ADMIN, ADMIN_ARN, ADMIN);
}

/* Opened by an administrator. */
static void open_compromised(void)
{
    open_rotation();
    rotation.plan.self = false;
    rotation.plan.compromised = true;
    rotation.old_key.first_status = KEY_STATUS_UNKNOWN;
    put(rotation.plan.signer_key, ADMIN);
    put(rotation.plan.signer_arn, ADMIN_ARN);
}

static void until_off(void)
{
    open_compromised();
    see_admin();
    list(KEY_STATUS_ACTIVE, KEY_STATUS_UNKNOWN, NULL);
    answer("deactivate", "yes", OLD);
    with_key(EVENT_STATUS_INTENDED, OLD, KEY_STATUS_INACTIVE);
    with_key(EVENT_STATUS_SET, OLD, KEY_STATUS_INACTIVE);
}

static void until_made(void)
{
    until_off();
    list(KEY_STATUS_INACTIVE, KEY_STATUS_UNKNOWN, NULL);
    apply((struct event){.kind = EVENT_TARGET_TRIED});
    answer("create", "yes", OLD);
    with_key(EVENT_CREATE_INTENDED, "", KEY_STATUS_UNKNOWN);
    with_key(EVENT_CREATED, NEW, KEY_STATUS_ACTIVE);
}

static void until_new_proven(void)
{
    until_made();
    apply((struct event){.kind = EVENT_DELIVER_INTENDED});
    apply((struct event){.kind = EVENT_DELIVERED});
    for (int i = 0; i < 6; i++, now++)
        check_target(NEW, VERDICT_WORKS);
    now--;
}

/* --- in which order -------------------------------------------------------------------------------- */

static void it_is_switched_off_before_anything_else(void **state)
{
    (void)state;
    open_compromised();
    expect(EFFECT_IDENTIFY);
    see_admin();
    expect(EFFECT_LIST_KEYS); /* no target is tried yet */
    list(KEY_STATUS_ACTIVE, KEY_STATUS_UNKNOWN, NULL);
    assert_int_equal(next().question, QUESTION_DEACTIVATE);
    assert_string_equal(next().key, OLD);
    answer("deactivate", "yes", OLD);
    expect(EFFECT_SWITCH);
    assert_int_equal(next().status, KEY_STATUS_INACTIVE);
    assert_string_equal(next().signer, ADMIN);
    with_key(EVENT_STATUS_INTENDED, OLD, KEY_STATUS_INACTIVE);
    with_key(EVENT_STATUS_SET, OLD, KEY_STATUS_INACTIVE);
    assert_int_equal(rotation.state, ROTATION_OPENED);
    expect(EFFECT_LIST_KEYS);
    list(KEY_STATUS_INACTIVE, KEY_STATUS_UNKNOWN, NULL);
    expect(EFFECT_TRY_TARGET);
    apply((struct event){.kind = EVENT_TARGET_TRIED});
    assert_int_equal(next().question, QUESTION_CREATE);
    answer("create", "yes", OLD);
    expect(EFFECT_CREATE);
}

static void no_key_is_made_while_a_list_shows_it_active(void **state)
{
    (void)state;
    until_off();
    apply((struct event){.kind = EVENT_TARGET_TRIED});
    answer("create", "yes", OLD);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_UNKNOWN, NULL);
    expect(EFFECT_WAIT); /* the list lags */
    now += PROPAGATION_MAX + 5;
    list(KEY_STATUS_ACTIVE, KEY_STATUS_UNKNOWN, NULL);
    expect(EFFECT_BLOCKED); /* another hand */
    assert_true(next().needs_operator);
    assert_int_equal(next().gate, GATE_STILL_INACTIVE);
    assert_null(strstr(next().text, "roll back"));
}

static void a_switch_off_without_an_answer_is_looked_at(void **state)
{
    (void)state;
    open_compromised();
    see_admin();
    list(KEY_STATUS_ACTIVE, KEY_STATUS_UNKNOWN, NULL);
    answer("deactivate", "yes", OLD);
    with_key(EVENT_STATUS_INTENDED, OLD, KEY_STATUS_INACTIVE);
    apply((struct event){.kind = EVENT_RESUMED});
    expect(EFFECT_IDENTIFY);
    see_admin();
    expect(EFFECT_LIST_KEYS);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_UNKNOWN, NULL);
    assert_int_equal(next().question, QUESTION_DEACTIVATE); /* not done: asked anew */
    answer("deactivate", "yes", OLD);
    with_key(EVENT_STATUS_INTENDED, OLD, KEY_STATUS_INACTIVE);
    apply((struct event){.kind = EVENT_RESUMED});
    see_admin();
    list(KEY_STATUS_INACTIVE, KEY_STATUS_UNKNOWN, NULL);
    expect(EFFECT_TRY_TARGET); /* done */
}

static void one_that_is_shown_off_is_switched_all_the_same(void **state)
{
    (void)state;
    open_compromised();
    see_admin();
    list(KEY_STATUS_INACTIVE, KEY_STATUS_UNKNOWN, NULL);
    assert_int_equal(next().question, QUESTION_DEACTIVATE);
    answer("deactivate", "yes", OLD);
    expect(EFFECT_SWITCH);
}

static void a_proven_key_goes_on_to_the_test(void **state)
{
    (void)state;
    until_new_proven();
    assert_int_equal(rotation.state, ROTATION_DEACTIVATED);
    assert_int_equal(gate(GATE_OLD_KEY_QUIET), GATE_WAIVED);
    enum gate_id ids[GATE_COUNT];
    size_t count = gates_for_state(&rotation, ids);
    for (size_t i = 0; i < count; i++)
        assert_int_not_equal(ids[i], GATE_OLD_KEY_QUIET);
    assert_int_equal(ids[count - 1], GATE_STILL_INACTIVE);
    assert_int_equal(gate(GATE_SOAK_OVER), GATE_UNCHECKED);
    list(KEY_STATUS_INACTIVE, KEY_STATUS_ACTIVE, NEW);
    assert_int_equal(gate(GATE_SOAK_OVER), GATE_WAITS); /* counted from the switch-off */
}

static void an_ordinary_rotation_keeps_its_order(void **state)
{
    (void)state;
    until_create();
    expect(EFFECT_CREATE);
    until_proven();
    assert_int_equal(rotation.state, ROTATION_PROVEN);
}

/* --- who signs ------------------------------------------------------------------------------------- */

static void expect_no_signer(void)
{
    expect(EFFECT_BLOCKED);
    assert_int_equal(next().gate, GATE_IDENTITY);
    assert_int_equal(gate(GATE_IDENTITY), GATE_FAILS);
    assert_non_null(strstr(next().text, "--as"));
}

static void the_key_itself_is_not_even_asked_who_it_is(void **state)
{
    (void)state;
    open_rotation();
    rotation.plan.compromised = true;
    expect_no_signer();
    put(rotation.plan.mfa_serial, "arn:aws:iam::123456789012:mfa/alice");
    expect_no_signer(); /* no session is taken with it either */
    apply((struct event){.kind = EVENT_ROLLBACK_CHOSEN});
    expect(EFFECT_CLOSE); /* nothing was done: it can be closed */
}

static void a_session_of_the_key_does_not_sign(void **state)
{
    (void)state;
    open_compromised();
    put(rotation.plan.signer_key, SESSION);
    put(rotation.plan.signer_arn, ROLE_ARN);
    see(SESSION, ROLE_ARN, OLD);
    expect_no_signer();
    see(SESSION, ROLE_ARN, ADMIN);
    expect(EFFECT_LIST_KEYS);
}

static void a_session_that_comes_later_does_not_sign(void **state)
{
    (void)state;
    until_new_proven();
    put(rotation.plan.signer_arn, ROLE_ARN);
    apply((struct event){.kind = EVENT_RESUMED});
    for (int i = 0; i < 6; i++, now++)
        check_target(NEW, VERDICT_WORKS);
    see(SESSION, ROLE_ARN, OLD);
    expect_no_signer();
    apply((struct event){.kind = EVENT_ROLLBACK_CHOSEN});
    see(SESSION, ROLE_ARN, OLD);
    expect_no_signer(); /* nor a rollback */
}

static void who_may_be_a_session_of_it_does_not_sign(void **state)
{
    (void)state;
    struct plan of = {.compromised = true, .old_key = OLD, .user = "alice"};
    const char *alice = "arn:aws:iam::123456789012:user/path/alice";
    char why[TEXT_SIZE];
    assert_false(plan_signer_fits(&of, OLD, alice, OLD, why));
    assert_false(plan_signer_fits(&of, SESSION, alice, SESSION, why));
    assert_non_null(strstr(why, "perhaps"));
    assert_false(plan_signer_fits(&of, SESSION, alice, "", why));
    assert_true(plan_signer_fits(&of, SESSION, alice, TWO, NULL)); /* of another key of hers */
    assert_true(plan_signer_fits(&of, TWO, alice, TWO, NULL));
    assert_true(plan_signer_fits(&of, SESSION, "arn:aws:iam::123456789012:user/malice", SESSION, NULL));
    assert_true(plan_signer_fits(&of, SESSION, ROLE_ARN, "", NULL)); /* of a sign-on: by no key */
    of.compromised = false;
    assert_true(plan_signer_fits(&of, OLD, alice, OLD, NULL));
}

/* --- a second key, and the way back ---------------------------------------------------------------- */

static void see_last_uses(void)
{
    with_key(EVENT_LAST_USED_READ, OLD, KEY_STATUS_UNKNOWN);
    with_key(EVENT_LAST_USED_READ, TWO, KEY_STATUS_UNKNOWN);
}

static void switch_off_beside(enum key_status two)
{
    open_compromised();
    see_admin();
    list(KEY_STATUS_ACTIVE, two, TWO);
    see_last_uses();
    assert_int_equal(next().question, QUESTION_TWO_KEYS); /* said before anything is changed */
    answer("two_keys", "retire", TWO);
    assert_int_equal(next().question, QUESTION_DEACTIVATE);
    assert_string_equal(next().key, OLD);
    answer("deactivate", "yes", OLD);
    with_key(EVENT_STATUS_INTENDED, OLD, KEY_STATUS_INACTIVE);
    with_key(EVENT_STATUS_SET, OLD, KEY_STATUS_INACTIVE);
    list(KEY_STATUS_INACTIVE, two, TWO);
    apply((struct event){.kind = EVENT_TARGET_TRIED});
    answer("create", "yes", OLD);
    see_last_uses();
}

static void the_only_key_that_works_is_not_retired(void **state)
{
    (void)state;
    switch_off_beside(KEY_STATUS_ACTIVE);
    expect(EFFECT_BLOCKED);
    assert_int_equal(next().gate, GATE_NOT_LAST_KEY);
    assert_non_null(strstr(next().text, "--new-key"));
}

static void one_that_is_off_may_go(void **state)
{
    (void)state;
    switch_off_beside(KEY_STATUS_INACTIVE);
    assert_int_equal(gate(GATE_NOT_LAST_KEY), GATE_PASSES);
    assert_int_equal(next().kind, EFFECT_WAIT); /* its soak */
    assert_int_equal(next().gate, GATE_SOAK_OVER);
}

static void a_rollback_switches_it_on_again(void **state)
{
    (void)state;
    until_made();
    apply((struct event){.kind = EVENT_ROLLBACK_CHOSEN});
    see_admin();
    expect(EFFECT_SWITCH);
    assert_string_equal(next().key, OLD);
    assert_int_equal(next().status, KEY_STATUS_ACTIVE);
    assert_string_equal(next().signer, ADMIN);
}

static void a_rollback_leaves_off_what_was_off(void **state)
{
    (void)state;
    open_compromised();
    see_admin();
    list(KEY_STATUS_INACTIVE, KEY_STATUS_UNKNOWN, NULL);
    answer("deactivate", "yes", OLD);
    with_key(EVENT_STATUS_INTENDED, OLD, KEY_STATUS_INACTIVE);
    with_key(EVENT_STATUS_SET, OLD, KEY_STATUS_INACTIVE);
    apply((struct event){.kind = EVENT_ROLLBACK_CHOSEN});
    see_admin();
    expect(EFFECT_CLOSE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_switched_off_before_anything_else),
        cmocka_unit_test(no_key_is_made_while_a_list_shows_it_active),
        cmocka_unit_test(a_switch_off_without_an_answer_is_looked_at),
        cmocka_unit_test(one_that_is_shown_off_is_switched_all_the_same),
        cmocka_unit_test(a_proven_key_goes_on_to_the_test),
        cmocka_unit_test(an_ordinary_rotation_keeps_its_order),
        cmocka_unit_test(the_key_itself_is_not_even_asked_who_it_is),
        cmocka_unit_test(a_session_of_the_key_does_not_sign),
        cmocka_unit_test(a_session_that_comes_later_does_not_sign),
        cmocka_unit_test(who_may_be_a_session_of_it_does_not_sign),
        cmocka_unit_test(the_only_key_that_works_is_not_retired),
        cmocka_unit_test(one_that_is_off_may_go),
        cmocka_unit_test(a_rollback_switches_it_on_again),
        cmocka_unit_test(a_rollback_leaves_off_what_was_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
