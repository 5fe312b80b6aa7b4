/* The core among other hands: who signs, what an operator says, and a second key of the user. */
#include "rotation_help.h"

#define ROLE "arn:aws:sts::123456789012:assumed-role/rotator/one"
#define SESSION "ASIASESSIONSESSION01"

static void see_admin(const char *source)
{
    struct event event = {.kind = EVENT_IDENTITY_SEEN};
    put(event.account, plan.account);
    put(event.arn, ROLE);
    put(event.key, OLD);
    put(event.user, plan.user);
    put(event.signer, SESSION);
    put(event.source, source);
    apply(event);
}

/* The rotation is signed by a role that was assumed with the key `source`. */
static void until_proven_by_role(const char *source)
{
    until_create();
    rotation.plan.self = false;
    put(rotation.plan.signer_arn, ROLE);
    put(rotation.plan.signer_key, SESSION);
    see_admin(source);
    with_key(EVENT_CREATE_INTENDED, "", KEY_STATUS_UNKNOWN);
    with_key(EVENT_CREATED, NEW, KEY_STATUS_ACTIVE);
    apply((struct event){.kind = EVENT_DELIVER_INTENDED});
    apply((struct event){.kind = EVENT_DELIVERED});
    for (int i = 0; i < 6; i++, now++)
        check_target(NEW, VERDICT_WORKS);
    now--;
    rotation.plan.quiet = 0;
}

/* --- who signs ------------------------------------------------------------------------------------- */

static void a_role_of_the_old_key_is_looked_at_again_after_the_hand_over(void **state)
{
    (void)state;
    until_proven_by_role(OLD);
    expect(EFFECT_IDENTIFY);
    see_admin(NEW); /* the source profile was a target */
    expect(EFFECT_READ_LAST_USED);
}

static void a_role_of_the_old_key_does_not_sign_its_end(void **state)
{
    (void)state;
    until_proven_by_role(OLD);
    see_admin(OLD); /* the source profile still has the old key */
    expect(EFFECT_BLOCKED);
    assert_int_equal(next().gate, GATE_IDENTITY);
    assert_false(gate_overridable(GATE_IDENTITY));
}

static void a_role_of_another_key_is_not_looked_at_again_for_ever(void **state)
{
    (void)state;
    until_proven_by_role(TWO);
    see_admin(TWO);
    expect(EFFECT_READ_LAST_USED);
}

static void an_administrator_with_a_device_signs_by_a_session(void **state)
{
    (void)state;
    open_rotation();
    rotation.plan.self = false;
    put(rotation.plan.signer_key, TWO);
    put(rotation.plan.mfa_serial, "arn:aws:iam::123456789012:mfa/bob");
    assert_int_equal(next().question, QUESTION_MFA);
    answer("mfa", "given", TWO);
    expect(EFFECT_TAKE_SESSION);
    assert_string_equal(next().key, TWO);
    with_key(EVENT_SESSION_TAKEN, TWO, KEY_STATUS_UNKNOWN);
    expect(EFFECT_IDENTIFY);
    assert_true(next().session);
    assert_int_equal(next().role, SIGNER_ADMIN);
}

/* --- a second key ------------------------------------------------------------------------------------ */

static void an_override_for_the_second_key_does_not_hold_for_the_old_one(void **state)
{
    (void)state;
    open_rotation();
    see_identity(OLD);
    apply((struct event){.kind = EVENT_TARGET_TRIED});
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, TWO);
    answer("create", "yes", OLD);
    with_key(EVENT_LAST_USED_READ, OLD, KEY_STATUS_UNKNOWN);
    with_key(EVENT_LAST_USED_READ, TWO, KEY_STATUS_UNKNOWN);
    answer("two_keys", "retire", TWO);
    struct event event = {.kind = EVENT_OVERRIDDEN};
    put(event.gate, "old_key_quiet");
    put(event.text, "nobody uses the second key");
    apply(event);
    assert_int_equal(gate(GATE_OLD_KEY_QUIET), GATE_OVERRULED);
    with_key(EVENT_STATUS_INTENDED, TWO, KEY_STATUS_INACTIVE);
    with_key(EVENT_STATUS_SET, TWO, KEY_STATUS_INACTIVE);
    with_key(EVENT_DELETE_INTENDED, TWO, KEY_STATUS_UNKNOWN);
    with_key(EVENT_DELETED, TWO, KEY_STATUS_UNKNOWN);
    assert_false(rotation.overrides[GATE_OLD_KEY_QUIET].given);
    assert_int_equal(gate(GATE_OLD_KEY_QUIET), GATE_UNCHECKED);
}

static void override_quiet(void)
{
    struct event event = {.kind = EVENT_OVERRIDDEN};
    put(event.gate, "old_key_quiet");
    put(event.text, "nobody uses the old key");
    apply(event);
}

static void an_override_for_the_old_key_does_not_hold_for_another(void **state)
{
    (void)state;
    until_proven();
    override_quiet();
    with_key(EVENT_SECRET_LOST, NEW, KEY_STATUS_UNKNOWN);
    assert_false(rotation.overrides[GATE_OLD_KEY_QUIET].given);

    until_create();
    override_quiet();
    with_key(EVENT_CREATE_INTENDED, "", KEY_STATUS_UNKNOWN);
    with_key(EVENT_CREATE_UNANSWERED, "", KEY_STATUS_UNKNOWN);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    with_key(EVENT_KEY_SOUGHT, NEW, KEY_STATUS_UNKNOWN);
    assert_string_equal(rotation.other.id, NEW);
    assert_false(rotation.overrides[GATE_OLD_KEY_QUIET].given);

    open_rotation();
    see_identity(OLD);
    override_quiet();
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, TWO);
    answer("two_keys", "retire", TWO);
    assert_string_equal(rotation.other.id, TWO);
    assert_false(rotation.overrides[GATE_OLD_KEY_QUIET].given);
}

static void refuse_create(const char *code)
{
    struct event event = {.kind = EVENT_CREATE_REFUSED};
    put(event.error, "AWS");
    put(event.aws_code, code);
    put(event.text, "no");
    with_key(EVENT_CREATE_INTENDED, "", KEY_STATUS_UNKNOWN);
    apply(event);
}

static void room_is_waited_for_after_a_delete_of_ours(void **state)
{
    (void)state;
    until_create();
    refuse_create("LimitExceeded");
    expect(EFFECT_BLOCKED); /* two keys that we have not touched */

    until_create();
    rotation.deleted_date = now - 2;
    refuse_create("LimitExceeded");
    expect(EFFECT_WAIT);
    now = next().until;
    list(KEY_STATUS_ACTIVE, KEY_STATUS_UNKNOWN, NULL);
    expect(EFFECT_CREATE);
    now += PROPAGATION_MAX;
    refuse_create("LimitExceeded");
    expect(EFFECT_BLOCKED);
}

static void a_create_that_does_not_get_through_is_not_tried_for_ever(void **state)
{
    (void)state;
    until_create();
    struct event event = {.kind = EVENT_CREATE_REFUSED};
    put(event.error, "NETWORK");
    put(event.text, "no way to AWS");
    int tries = 0;
    for (; next().kind != EFFECT_BLOCKED && tries < 50; tries++) {
        with_key(EVENT_CREATE_INTENDED, "", KEY_STATUS_UNKNOWN);
        apply(event);
        while (next().kind == EFFECT_WAIT)
            now = next().until;
        if (next().kind != EFFECT_BLOCKED)
            list(KEY_STATUS_ACTIVE, KEY_STATUS_UNKNOWN, NULL); /* a look gets through */
    }
    assert_in_range(tries, 3, 10);
}

/* --- other hands ------------------------------------------------------------------------------------- */

static void a_key_that_somebody_switched_on_again_needs_the_operator(void **state)
{
    (void)state;
    until_proven();
    rotation.plan.quiet = rotation.plan.soak = 0;
    see_identity(NEW);
    with_key(EVENT_LAST_USED_READ, OLD, KEY_STATUS_UNKNOWN);
    with_key(EVENT_STATUS_INTENDED, OLD, KEY_STATUS_INACTIVE);
    with_key(EVENT_STATUS_SET, OLD, KEY_STATUS_INACTIVE);
    with_key(EVENT_TEST_CONCLUDED, NEW, KEY_STATUS_UNKNOWN);
    now += 600;
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    for (int i = 0; i < 20 && next().kind != EFFECT_BLOCKED; i++) {
        if (next().kind == EFFECT_CHECK_TARGET)
            check_target(NEW, VERDICT_WORKS);
        now++;
    }
    expect(EFFECT_BLOCKED);
    assert_int_equal(next().gate, GATE_STILL_INACTIVE);
    assert_true(next().needs_operator);
}

static void until_test_step(void)
{
    until_proven();
    rotation.plan.quiet = rotation.plan.soak = 0;
    see_identity(NEW);
    with_key(EVENT_LAST_USED_READ, OLD, KEY_STATUS_UNKNOWN);
    with_key(EVENT_STATUS_INTENDED, OLD, KEY_STATUS_INACTIVE);
    with_key(EVENT_STATUS_SET, OLD, KEY_STATUS_INACTIVE);
    for (int i = 0; i < 6; i++, now++)
        check_target(NEW, VERDICT_WORKS);
    now--;
}

static void stops_for_another_hand(const char *seen)
{
    struct effect effect = next();
    expect(EFFECT_BLOCKED);
    assert_true(effect.needs_operator);
    assert_non_null(strstr(effect.text, seen));
    assert_non_null(strstr(effect.text, "somebody else"));
    assert_non_null(strstr(effect.text, "resume"));
}

static void a_key_that_somebody_switched_on_stops_the_test_step(void **state)
{
    (void)state;
    until_test_step();
    now += 600;
    apply((struct event){.kind = EVENT_RESUMED});
    see_identity(NEW);
    for (int i = 0; i < 6; i++, now++)
        check_target(NEW, VERDICT_WORKS);
    expect(EFFECT_LIST_KEYS);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    stops_for_another_hand(OLD);
    /* Nor does an override of the tests go on to a soak of a key that is on. */
    struct event yes = {.kind = EVENT_OVERRIDDEN};
    put(yes.gate, "tests_passed");
    put(yes.text, "why not");
    apply(yes);
    stops_for_another_hand(OLD);
    list(KEY_STATUS_INACTIVE, KEY_STATUS_ACTIVE, NEW);
    expect(EFFECT_CONCLUDE_TEST);
}

static void a_list_that_lags_is_nobodys_hand(void **state)
{
    (void)state;
    until_test_step();
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    expect(EFFECT_PROBE_KEY);
}

static void a_key_that_somebody_switched_on_does_not_soak(void **state)
{
    (void)state;
    until_test_step();
    rotation.plan.soak = 86400;
    with_key(EVENT_TEST_CONCLUDED, NEW, KEY_STATUS_UNKNOWN);
    now += 600;
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    stops_for_another_hand(OLD);
}

static void a_lost_key_that_somebody_switched_on_is_not_switched_off_again(void **state)
{
    (void)state;
    until_create();
    with_key(EVENT_CREATE_INTENDED, "", KEY_STATUS_UNKNOWN);
    with_key(EVENT_CREATED, NEW, KEY_STATUS_ACTIVE);
    with_key(EVENT_SECRET_LOST, NEW, KEY_STATUS_UNKNOWN);
    see_identity(OLD);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    with_key(EVENT_STATUS_INTENDED, NEW, KEY_STATUS_INACTIVE);
    with_key(EVENT_STATUS_SET, NEW, KEY_STATUS_INACTIVE);
    now += 600;
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    stops_for_another_hand(NEW);
}

static void a_new_key_that_somebody_switched_off_needs_the_operator(void **state)
{
    (void)state;
    /* Seen in a list, before the old key is switched off. */
    until_proven();
    rotation.plan.quiet = 0;
    see_identity(NEW);
    with_key(EVENT_LAST_USED_READ, OLD, KEY_STATUS_UNKNOWN);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_INACTIVE, NEW);
    stops_for_another_hand(NEW);
    /* It worked, and is refused everywhere since: nobody can sign a list then. */
    until_test_step();
    for (int i = 0; i < 200; i++, now++)
        check_target(NEW, VERDICT_REFUSED);
    stops_for_another_hand(NEW);
    /* No answer at all is another thing. */
    until_test_step();
    for (int i = 0; i < 200; i++, now++)
        check_target(NEW, VERDICT_UNKNOWN);
    expect(EFFECT_BLOCKED);
    assert_false(next().needs_operator);
}

static void a_look_that_always_fails_has_an_end(void **state)
{
    (void)state;
    until_proven();
    int tries = 0;
    while (next().kind != EFFECT_BLOCKED && tries < 200) {
        fail_look("TIMEOUT");
        check_target(NEW, VERDICT_WORKS); /* another look succeeds in between */
        fail_look("TIMEOUT");
        now++;
        tries++;
    }
    assert_true(tries < 200);
    apply((struct event){.kind = EVENT_RETRIED});
    assert_int_not_equal(next().kind, EFFECT_BLOCKED);
    /* One now and then during a day of waiting is no such row. */
    for (int i = 0; i < 100; i++) {
        now += 900;
        check_target(NEW, VERDICT_WORKS);
        fail_look("TIMEOUT");
        assert_int_not_equal(next().kind, EFFECT_BLOCKED);
    }
}

static void a_look_that_takes_ten_minutes_to_fail_has_an_end_too(void **state)
{
    (void)state;
    until_proven();
    rotation.plan.timeout = 200;
    int tries = 0;
    while (next().kind != EFFECT_BLOCKED && tries < 200) {
        check_target(NEW, VERDICT_WORKS);
        now += 3 * rotation.plan.timeout + 6;
        fail_look("TIMEOUT");
        tries++;
    }
    assert_true(tries < 200);
}

/* --- receipt ------------------------------------------------------------------------------------------ */

static void hand_over_fails(bool readable)
{
    until_create();
    rotation.plan.targets[0].readable = readable;
    with_key(EVENT_CREATE_INTENDED, "", KEY_STATUS_UNKNOWN);
    with_key(EVENT_CREATED, NEW, KEY_STATUS_ACTIVE);
    apply((struct event){.kind = EVENT_DELIVER_INTENDED});
    struct event event = {.kind = EVENT_DELIVER_FAILED};
    put(event.error, "COMMAND");
    put(event.text, "it ended with status 1");
    apply(event);
}

static void a_person_may_confirm_what_cannot_be_read_back(void **state)
{
    (void)state;
    hand_over_fails(false);
    assert_int_equal(next().question, QUESTION_RECEIPT);
    assert_string_equal(next().key, NEW);
    answer("receipt", "yes", NEW);
    assert_int_equal(rotation.state, ROTATION_PROVING);
    expect(EFFECT_PROBE_KEY);
}

static void nobody_confirms_what_can_be_read_back(void **state)
{
    (void)state;
    hand_over_fails(true);
    expect(EFFECT_BLOCKED);
    answer("receipt", "yes", TWO); /* about another key: says nothing */
    assert_int_equal(rotation.state, ROTATION_DELIVERING);
}

static void until_shown(void)
{
    until_create();
    rotation.plan.targets[0].readable = false;
    put(rotation.plan.targets[0].spec, "show");
    with_key(EVENT_CREATE_INTENDED, "", KEY_STATUS_UNKNOWN);
    with_key(EVENT_CREATED, NEW, KEY_STATUS_ACTIVE);
    expect(EFFECT_DELIVER);
    apply((struct event){.kind = EVENT_DELIVER_INTENDED});
}

static void show_fails(void)
{
    struct event event = {.kind = EVENT_DELIVER_FAILED};
    put(event.error, "WAITING");
    put(event.text, "it was not shown");
    put(event.key, NEW);
    apply(event);
}

static void what_was_shown_counts_when_its_receipt_is_confirmed(void **state)
{
    (void)state;
    until_shown();
    apply((struct event){.kind = EVENT_DELIVERED});
    assert_int_equal(rotation.state, ROTATION_DELIVERING);
    assert_int_equal(next().kind, EFFECT_ASK);
    assert_int_equal(next().question, QUESTION_RECEIPT);
    assert_string_equal(next().key, NEW);
    answer("receipt", "yes", TWO); /* about another key */
    assert_int_equal(rotation.state, ROTATION_DELIVERING);
    assert_int_equal(next().question, QUESTION_RECEIPT);
    answer("receipt", "yes", NEW);
    assert_int_equal(rotation.state, ROTATION_PROVING);
    expect(EFFECT_PROBE_KEY);
}

static void what_was_not_received_is_shown_again(void **state)
{
    (void)state;
    until_shown();
    apply((struct event){.kind = EVENT_DELIVERED});
    apply((struct event){.kind = EVENT_RETRIED});
    expect(EFFECT_DELIVER);
    answer("receipt", "yes", NEW); /* of what is no longer asked */
    expect(EFFECT_DELIVER);
}

static void what_was_not_shown_waits_for_somebody(void **state)
{
    (void)state;
    until_shown();
    show_fails();
    expect(EFFECT_BLOCKED);
    assert_true(next().needs_operator);
    answer("receipt", "yes", NEW); /* nobody can have received it */
    assert_int_equal(rotation.state, ROTATION_DELIVERING);
    expect(EFFECT_DELIVER);
}

/* The secret was with the keeper of the run that ended. */
static void what_was_shown_and_not_confirmed_is_replaced(void **state)
{
    (void)state;
    until_shown();
    apply((struct event){.kind = EVENT_DELIVERED});
    apply((struct event){.kind = EVENT_RESUMED});
    expect(EFFECT_CHECK_TARGET);
    check_target("", VERDICT_UNREADABLE);
    expect(EFFECT_DECLARE_LOST);
    with_key(EVENT_SECRET_LOST, NEW, KEY_STATUS_UNKNOWN);
    assert_int_equal(rotation.other_kind, OTHER_REPLACED);
    assert_string_equal(rotation.other.id, NEW);
    assert_true(rotation.other_received); /* it may have been copied: it goes as an old key does */
}

static void what_was_never_shown_is_replaced_at_once(void **state)
{
    (void)state;
    until_shown();
    show_fails();
    apply((struct event){.kind = EVENT_RESUMED});
    expect(EFFECT_DECLARE_LOST);
    with_key(EVENT_SECRET_LOST, NEW, KEY_STATUS_UNKNOWN);
    assert_false(rotation.other_received);
}

/* Killed while it may have stood on the screen: that it was not shown later says nothing about that. */
static void what_may_have_been_shown_stays_so(void **state)
{
    (void)state;
    until_shown();
    apply((struct event){.kind = EVENT_RESUMED});
    apply((struct event){.kind = EVENT_DELIVER_INTENDED});
    show_fails();
    apply((struct event){.kind = EVENT_RESUMED});
    expect(EFFECT_CHECK_TARGET);
    check_target("", VERDICT_UNREADABLE);
    with_key(EVENT_SECRET_LOST, NEW, KEY_STATUS_UNKNOWN);
    assert_true(rotation.other_received);
}

static void what_was_shown_is_not_put_back(void **state)
{
    (void)state;
    until_shown();
    apply((struct event){.kind = EVENT_DELIVERED});
    answer("receipt", "yes", NEW);
    apply((struct event){.kind = EVENT_ROLLBACK_CHOSEN});
    for (int i = 0; i < 20; i++) {
        struct effect effect = next();
        assert_int_not_equal(effect.kind, EFFECT_RESTORE);
        if (effect.kind == EFFECT_SWITCH) {
            assert_string_equal(effect.key, NEW);
            return;
        }
        if (effect.kind == EFFECT_IDENTIFY)
            see_identity(OLD);
        else if (effect.kind == EFFECT_LIST_KEYS)
            list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
        else if (effect.kind == EFFECT_PROBE_KEY)
            apply((struct event){.kind = EVENT_KEY_PROBED, .key = OLD, .verdict = VERDICT_WORKS});
        now++;
    }
    fail_msg("the new key was never switched off");
}

/* It would take the key after it was switched on again. */
static void a_delete_that_may_still_arrive_is_waited_for_in_a_rollback(void **state)
{
    (void)state;
    open_rotation();
    see_identity(OLD);
    apply((struct event){.kind = EVENT_TARGET_TRIED});
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, TWO);
    answer("create", "yes", OLD);
    answer("two_keys", "retire", TWO);
    with_key(EVENT_STATUS_INTENDED, TWO, KEY_STATUS_INACTIVE);
    with_key(EVENT_STATUS_SET, TWO, KEY_STATUS_INACTIVE);
    with_key(EVENT_DELETE_INTENDED, TWO, KEY_STATUS_UNKNOWN);
    with_key(EVENT_DELETE_UNANSWERED, TWO, KEY_STATUS_UNKNOWN);
    apply((struct event){.kind = EVENT_ROLLBACK_CHOSEN});
    see_identity(OLD);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_INACTIVE, TWO);
    expect(EFFECT_WAIT);
    now = next().until;
    list(KEY_STATUS_ACTIVE, KEY_STATUS_INACTIVE, TWO);
    while (next().kind == EFFECT_WAIT)
        now = next().until;
    expect(EFFECT_SWITCH);
    assert_string_equal(next().key, TWO);
    assert_int_equal(next().status, KEY_STATUS_ACTIVE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_delete_that_may_still_arrive_is_waited_for_in_a_rollback),
        cmocka_unit_test(what_was_shown_counts_when_its_receipt_is_confirmed),
        cmocka_unit_test(what_was_not_received_is_shown_again),
        cmocka_unit_test(what_was_not_shown_waits_for_somebody),
        cmocka_unit_test(what_was_shown_and_not_confirmed_is_replaced),
        cmocka_unit_test(what_was_never_shown_is_replaced_at_once),
        cmocka_unit_test(what_may_have_been_shown_stays_so),
        cmocka_unit_test(what_was_shown_is_not_put_back),
        cmocka_unit_test(a_role_of_the_old_key_is_looked_at_again_after_the_hand_over),
        cmocka_unit_test(a_role_of_the_old_key_does_not_sign_its_end),
        cmocka_unit_test(a_role_of_another_key_is_not_looked_at_again_for_ever),
        cmocka_unit_test(an_administrator_with_a_device_signs_by_a_session),
        cmocka_unit_test(an_override_for_the_second_key_does_not_hold_for_the_old_one),
        cmocka_unit_test(an_override_for_the_old_key_does_not_hold_for_another),
        cmocka_unit_test(room_is_waited_for_after_a_delete_of_ours),
        cmocka_unit_test(a_create_that_does_not_get_through_is_not_tried_for_ever),
        cmocka_unit_test(a_key_that_somebody_switched_on_again_needs_the_operator),
        cmocka_unit_test(a_key_that_somebody_switched_on_stops_the_test_step),
        cmocka_unit_test(a_list_that_lags_is_nobodys_hand),
        cmocka_unit_test(a_key_that_somebody_switched_on_does_not_soak),
        cmocka_unit_test(a_lost_key_that_somebody_switched_on_is_not_switched_off_again),
        cmocka_unit_test(a_new_key_that_somebody_switched_off_needs_the_operator),
        cmocka_unit_test(a_look_that_always_fails_has_an_end),
        cmocka_unit_test(a_look_that_takes_ten_minutes_to_fail_has_an_end_too),
        cmocka_unit_test(a_person_may_confirm_what_cannot_be_read_back),
        cmocka_unit_test(nobody_confirms_what_can_be_read_back),
    };
    return cmocka_run_group_tests_name("rotation: hands", tests, NULL, NULL);
}
