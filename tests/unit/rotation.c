/* The core in small steps: what next asks for, what gates say, what cannot follow. The simulation in
 * tests/sim covers whole rotations; here each rule stands alone. */
#include "rotation_help.h"

/* --- order ---------------------------------------------------------------------------------------- */

static void everything_is_tried_before_a_key_is_made(void **state)
{
    (void)state;
    open_rotation();
    expect(EFFECT_IDENTIFY);
    see_identity(OLD);
    expect(EFFECT_TRY_TARGET);
    apply((struct event){.kind = EVENT_TARGET_TRIED});
    expect(EFFECT_LIST_KEYS);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_UNKNOWN, NULL);
    assert_int_equal(next().question, QUESTION_CREATE);
    answer("create", "yes", OLD);
    expect(EFFECT_CREATE);
    assert_string_equal(next().signer, OLD);
}

static void a_wrong_identity_stops_before_anything_is_changed(void **state)
{
    (void)state;
    open_rotation();
    struct event event = {.kind = EVENT_IDENTITY_SEEN};
    put(event.account, "999999999999");
    put(event.arn, "arn:aws:iam::999999999999:user/alice");
    put(event.signer, OLD);
    apply(event);
    expect(EFFECT_BLOCKED);
    assert_int_equal(next().gate, GATE_IDENTITY);
}

static void a_key_of_somebody_else_stops(void **state)
{
    (void)state;
    open_rotation();
    struct event event = {.kind = EVENT_IDENTITY_SEEN};
    put(event.account, plan.account);
    put(event.arn, plan.user_arn);
    put(event.key, OLD);
    put(event.user, "mallory");
    put(event.signer, OLD);
    apply(event);
    assert_int_equal(gate(GATE_IDENTITY), GATE_FAILS);
}

static void an_unfit_target_stops_with_nothing_made(void **state)
{
    (void)state;
    open_rotation();
    see_identity(OLD);
    struct event event = {.kind = EVENT_TARGET_UNFIT};
    put(event.error, "TARGET");
    put(event.text, "the directory cannot be written");
    apply(event);
    expect(EFFECT_BLOCKED);
}

/* --- two keys ------------------------------------------------------------------------------------- */

static void with_two_keys_the_operator_is_asked(void **state)
{
    (void)state;
    open_rotation();
    see_identity(OLD);
    apply((struct event){.kind = EVENT_TARGET_TRIED});
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, TWO);
    expect(EFFECT_READ_LAST_USED);
    with_key(EVENT_LAST_USED_READ, OLD, KEY_STATUS_UNKNOWN);
    with_key(EVENT_LAST_USED_READ, TWO, KEY_STATUS_UNKNOWN);
    /* First what is to be done, then whether to do it. */
    assert_int_equal(next().question, QUESTION_TWO_KEYS);
    assert_string_equal(next().key, TWO);
    const struct key_seen *bystanders[KEYS_MAX];
    assert_int_equal(rotation_bystanders(&rotation, bystanders), 1);
    assert_string_equal(bystanders[0]->id, TWO);
    answer("two_keys", "retire", TWO);
    assert_int_equal(rotation_bystanders(&rotation, bystanders), 0);
    assert_int_equal(next().question, QUESTION_CREATE);
    assert_non_null(strstr(next().text, "make a new key"));
    answer("create", "yes", OLD);
    /* Retired through the same gates: quiet first. */
    expect(EFFECT_WAIT);
    assert_int_equal(next().gate, GATE_OLD_KEY_QUIET);
    assert_true(next().long_wait);
}

static void a_key_that_is_adopted_is_confirmed_by_name(void **state)
{
    (void)state;
    open_rotation();
    see_identity(OLD);
    apply((struct event){.kind = EVENT_TARGET_TRIED});
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, TWO);
    with_key(EVENT_LAST_USED_READ, OLD, KEY_STATUS_UNKNOWN);
    with_key(EVENT_LAST_USED_READ, TWO, KEY_STATUS_UNKNOWN);
    answer("two_keys", "adopt", TWO);
    assert_int_equal(next().question, QUESTION_CREATE);
    assert_non_null(strstr(next().text, TWO));
    answer("create", "yes", OLD);
    expect(EFFECT_PROBE_KEY);
    assert_string_equal(next().key, TWO);
}

/* --- an unanswered create -------------------------------------------------------------------------- */

static void an_unanswered_create_is_never_repeated_blindly(void **state)
{
    (void)state;
    until_create();
    with_key(EVENT_CREATE_INTENDED, "", KEY_STATUS_UNKNOWN);
    with_key(EVENT_CREATE_UNANSWERED, "", KEY_STATUS_UNKNOWN);
    int64_t begun = now;
    /* Lists must agree for the consistency time after the request's own time limit. */
    for (int i = 0; i < 200 && next().kind != EFFECT_CREATE; i++) {
        if (next().kind == EFFECT_LIST_KEYS)
            list(KEY_STATUS_ACTIVE, KEY_STATUS_UNKNOWN, NULL);
        else
            now++;
    }
    expect(EFFECT_CREATE);
    assert_true(now - begun >= plan.timeout + plan.consistency);
}

static void the_orphan_is_found_and_removed_before_another_is_made(void **state)
{
    (void)state;
    until_create();
    with_key(EVENT_CREATE_INTENDED, "", KEY_STATUS_UNKNOWN);
    with_key(EVENT_CREATE_UNANSWERED, "", KEY_STATUS_UNKNOWN);
    expect(EFFECT_LIST_KEYS);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    expect(EFFECT_SEEK_KEY);
    with_key(EVENT_KEY_SOUGHT, NEW, KEY_STATUS_UNKNOWN);
    expect(EFFECT_READ_LAST_USED);
    with_key(EVENT_LAST_USED_READ, NEW, KEY_STATUS_UNKNOWN);
    assert_int_equal(next().question, QUESTION_ORPHAN);
    answer("orphan", "yes", NEW);
    expect(EFFECT_SWITCH);
    assert_string_equal(next().key, NEW);
    with_key(EVENT_STATUS_INTENDED, NEW, KEY_STATUS_INACTIVE);
    with_key(EVENT_STATUS_SET, NEW, KEY_STATUS_INACTIVE);
    expect(EFFECT_LIST_KEYS);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    expect(EFFECT_WAIT);
    now = next().until;
    expect(EFFECT_LIST_KEYS);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_INACTIVE, NEW);
    expect(EFFECT_DELETE);
    with_key(EVENT_DELETE_INTENDED, NEW, KEY_STATUS_UNKNOWN);
    with_key(EVENT_DELETED, NEW, KEY_STATUS_UNKNOWN);
    expect(EFFECT_LIST_KEYS);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_UNKNOWN, NULL);
    expect(EFFECT_CREATE);
}

static void a_key_that_stands_somewhere_is_no_orphan(void **state)
{
    (void)state;
    until_create();
    with_key(EVENT_CREATE_INTENDED, "", KEY_STATUS_UNKNOWN);
    with_key(EVENT_CREATE_UNANSWERED, "", KEY_STATUS_UNKNOWN);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    struct event event = {.kind = EVENT_KEY_SOUGHT, .count = 1};
    put(event.key, NEW);
    apply(event);
    with_key(EVENT_LAST_USED_READ, NEW, KEY_STATUS_UNKNOWN);
    expect(EFFECT_BLOCKED);
    assert_true(next().needs_operator);
}

static void a_key_made_at_another_time_is_no_orphan(void **state)
{
    (void)state;
    until_create();
    with_key(EVENT_CREATE_INTENDED, "", KEY_STATUS_UNKNOWN);
    with_key(EVENT_CREATE_UNANSWERED, "", KEY_STATUS_UNKNOWN);
    now += 600;
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, TWO);
    assert_null(rotation_orphan(&rotation));
}

static void a_lost_secret_means_another_key(void **state)
{
    (void)state;
    until_create();
    with_key(EVENT_CREATE_INTENDED, "", KEY_STATUS_UNKNOWN);
    with_key(EVENT_CREATED, NEW, KEY_STATUS_ACTIVE);
    apply((struct event){.kind = EVENT_RESUMED});
    expect(EFFECT_DECLARE_LOST);
    with_key(EVENT_SECRET_LOST, NEW, KEY_STATUS_UNKNOWN);
    see_identity(OLD);
    expect(EFFECT_LIST_KEYS);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    expect(EFFECT_SWITCH);
    assert_string_equal(next().key, NEW);
}

/* --- gates ----------------------------------------------------------------------------------------- */

static void one_refusal_starts_the_settle_time_anew(void **state)
{
    (void)state;
    until_create();
    with_key(EVENT_CREATE_INTENDED, "", KEY_STATUS_UNKNOWN);
    with_key(EVENT_CREATED, NEW, KEY_STATUS_ACTIVE);
    apply((struct event){.kind = EVENT_DELIVER_INTENDED});
    apply((struct event){.kind = EVENT_DELIVERED});
    for (int i = 0; i < 5; i++, now++)
        check_target(NEW, VERDICT_WORKS);
    check_target(NEW, VERDICT_REFUSED);
    now++;
    for (int i = 0; i < 5; i++, now++)
        check_target(NEW, VERDICT_WORKS);
    assert_int_equal(rotation.state, ROTATION_PROVING);
    check_target(NEW, VERDICT_WORKS);
    assert_int_equal(rotation.state, ROTATION_PROVEN);
}

static void quiet_is_counted_in_aws_time(void **state)
{
    (void)state;
    until_proven();
    see_identity(NEW);
    with_key(EVENT_LAST_USED_READ, OLD, KEY_STATUS_UNKNOWN);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    assert_int_equal(gate(GATE_OLD_KEY_QUIET), GATE_WAITS);
    int64_t date = now;
    /* Our clock jumps two days ahead; AWS's does not. */
    now += 2 * 86400;
    struct event event = {.kind = EVENT_KEYS_LISTED, .date = date + 60, .keys = rotation.list};
    apply(event);
    assert_int_equal(gate(GATE_OLD_KEY_QUIET), GATE_WAITS);
}

static void a_use_after_the_hand_over_fails_the_quiet_gate(void **state)
{
    (void)state;
    until_proven();
    see_identity(NEW);
    struct event event = {.kind = EVENT_LAST_USED_READ, .used_at = now + 100, .date = now + 90000};
    put(event.key, OLD);
    put(event.used_service, "s3");
    apply(event);
    assert_int_equal(gate(GATE_OLD_KEY_QUIET), GATE_FAILS);
    struct event yes = {.kind = EVENT_OVERRIDDEN};
    put(yes.gate, "old_key_quiet");
    put(yes.text, "known batch job");
    apply(yes);
    assert_int_equal(gate(GATE_OLD_KEY_QUIET), GATE_OVERRULED);
}

static void gates_that_must_hold_cannot_be_overridden(void **state)
{
    (void)state;
    open_rotation();
    static const char *const names[] = {"identity", "not_last_key", "still_inactive"};
    for (size_t i = 0; i < 3; i++) {
        struct event yes = {.kind = EVENT_OVERRIDDEN};
        put(yes.gate, names[i]);
        apply(yes);
    }
    assert_int_equal(gate(GATE_IDENTITY), GATE_UNCHECKED);
    assert_int_equal(gate(GATE_NOT_LAST_KEY), GATE_UNCHECKED);
    assert_int_equal(gate(GATE_STILL_INACTIVE), GATE_UNCHECKED);
}

static void a_target_that_turned_back_fails_its_gate(void **state)
{
    (void)state;
    until_proven();
    check_target(OLD, VERDICT_WORKS);
    assert_int_equal(gate(GATE_TARGETS_CURRENT), GATE_FAILS);
    assert_int_not_equal(gate(GATE_NEW_KEY_PROVEN), GATE_PASSES);
}

static void what_cannot_be_read_never_counts_as_passed(void **state)
{
    (void)state;
    until_proven();
    apply((struct event){.kind = EVENT_RESUMED});
    for (int id = 0; id < GATE_COUNT; id++)
        if (id != GATE_OLD_KEY_QUIET)
            assert_int_equal(gate((enum gate_id)id), GATE_UNCHECKED);
    assert_int_equal(gate(GATE_OLD_KEY_QUIET), GATE_WAITS);
}

/* --- deactivate, delete ------------------------------------------------------------------------------ */

static void the_world_is_listed_anew_after_every_change(void **state)
{
    (void)state;
    until_proven();
    rotation.plan.quiet = rotation.plan.soak = 0;
    see_identity(NEW);
    with_key(EVENT_LAST_USED_READ, OLD, KEY_STATUS_UNKNOWN);
    /* The list from before the new key was made does not open a gate. */
    expect(EFFECT_LIST_KEYS);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    answer("deactivate", "yes", OLD);
    with_key(EVENT_STATUS_INTENDED, OLD, KEY_STATUS_INACTIVE);
    with_key(EVENT_STATUS_SET, OLD, KEY_STATUS_INACTIVE);
    with_key(EVENT_TEST_CONCLUDED, NEW, KEY_STATUS_UNKNOWN);
    expect(EFFECT_LIST_KEYS);
}

static void a_yes_does_not_keep(void **state)
{
    (void)state;
    until_proven();
    rotation.plan.quiet = 0;
    see_identity(NEW);
    with_key(EVENT_LAST_USED_READ, OLD, KEY_STATUS_UNKNOWN);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    answer("deactivate", "yes", OLD);
    now += 3600;
    check_target(NEW, VERDICT_WORKS);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    assert_int_equal(next().question, QUESTION_DEACTIVATE);
}

static void the_old_key_must_be_refused_in_time(void **state)
{
    (void)state;
    until_inactive();
    struct event event = {.kind = EVENT_KEY_PROBED, .verdict = VERDICT_WORKS, .in_iam = 1, .count = 1};
    put(event.key, NEW);
    apply(event);
    with_key(EVENT_LAST_USED_READ, OLD, KEY_STATUS_UNKNOWN);
    put(event.key, OLD);
    event.in_iam = 0;
    for (int i = 0; i < 70; i++, now++)
        apply(event);
    check_target(NEW, VERDICT_WORKS);
    list(KEY_STATUS_INACTIVE, KEY_STATUS_ACTIVE, NEW);
    expect(EFFECT_BLOCKED);
    assert_int_equal(next().gate, GATE_TESTS_PASSED);
    assert_false(next().needs_operator);
}

static void a_key_that_was_switched_on_again_is_not_deleted(void **state)
{
    (void)state;
    until_inactive();
    with_key(EVENT_TEST_CONCLUDED, NEW, KEY_STATUS_UNKNOWN);
    rotation.plan.soak = 0;
    now += 600;
    check_target(NEW, VERDICT_WORKS);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    for (int i = 0; i < 5 && next().kind == EFFECT_CHECK_TARGET; i++)
        check_target(NEW, VERDICT_WORKS);
    expect(EFFECT_BLOCKED);
    assert_int_equal(next().gate, GATE_STILL_INACTIVE);
}

static void the_soak_is_waited_for(void **state)
{
    (void)state;
    until_inactive();
    with_key(EVENT_TEST_CONCLUDED, NEW, KEY_STATUS_UNKNOWN);
    list(KEY_STATUS_INACTIVE, KEY_STATUS_ACTIVE, NEW);
    expect(EFFECT_WAIT);
    assert_int_equal(next().gate, GATE_SOAK_OVER);
    assert_int_equal(next().until, now + 86400);
}

/* --- failures ----------------------------------------------------------------------------------------- */

static void a_flaky_network_is_waited_out_and_a_refusal_is_not(void **state)
{
    (void)state;
    open_rotation();
    fail_look("TIMEOUT");
    expect(EFFECT_WAIT);
    now = next().until;
    expect(EFFECT_IDENTIFY);
    for (int i = 0; i < 5; i++)
        fail_look("TIMEOUT");
    expect(EFFECT_BLOCKED);
    open_rotation();
    fail_look("DENIED");
    expect(EFFECT_FIND_DEVICE); /* a policy may want MFA */
    apply((struct event){.kind = EVENT_DEVICES_UNKNOWN});
    expect(EFFECT_BLOCKED);
}

/* --- what must not go on for ever, and what must not be a dead end ------------------------------------ */

static void a_target_that_turned_back_before_the_switch_is_handed_the_key_again(void **state)
{
    (void)state;
    until_proven();
    check_target(OLD, VERDICT_UNKNOWN);
    assert_int_equal(rotation.state, ROTATION_DELIVERING);
    expect(EFFECT_DELIVER);
}

/* The target was read before it was handed the key: that it held something else then says nothing. */
static void a_target_that_was_handed_the_key_since_is_read_before_the_key_is_given_up(void **state)
{
    (void)state;
    until_create();
    rotation.plan.target_count = 2;
    rotation.plan.targets[1].readable = true;
    with_key(EVENT_CREATE_INTENDED, "", KEY_STATUS_UNKNOWN);
    with_key(EVENT_CREATED, NEW, KEY_STATUS_ACTIVE);
    apply((struct event){.kind = EVENT_DELIVER_INTENDED});
    apply((struct event){.kind = EVENT_DELIVERED});
    apply((struct event){.kind = EVENT_DELIVER_INTENDED, .target = 1});
    apply((struct event){.kind = EVENT_RESUMED});
    apply((struct event){.kind = EVENT_TARGET_CHECKED, .target = 1, .found = OLD});
    check_target(NEW, VERDICT_WORKS);
    apply((struct event){.kind = EVENT_DELIVER_INTENDED, .target = 1});
    apply((struct event){.kind = EVENT_DELIVERED, .target = 1});
    check_target(OLD, VERDICT_UNKNOWN);
    expect(EFFECT_CHECK_TARGET);
    assert_int_equal(next().target, 1);
}

static void the_proof_comes_before_the_signer_whose_pair_may_be_gone(void **state)
{
    (void)state;
    until_proven();
    rotation.plan.quiet = 0;
    apply((struct event){.kind = EVENT_RESUMED});
    expect(EFFECT_CHECK_TARGET);
    check_target(OLD, VERDICT_UNKNOWN);
    expect(EFFECT_DECLARE_LOST);
}

static void a_target_that_turned_back_after_the_switch_stops_at_its_gate(void **state)
{
    (void)state;
    until_inactive();
    check_target(OLD, VERDICT_UNKNOWN);
    expect(EFFECT_BLOCKED);
    assert_int_equal(next().gate, GATE_TARGETS_CURRENT);
    apply((struct event){.kind = EVENT_RETRIED});
    see_identity(NEW);
    expect(EFFECT_CHECK_TARGET);
}

static void one_unanswered_probe_after_a_day_is_no_failure(void **state)
{
    (void)state;
    until_proven();
    see_identity(NEW);
    now += 86400;
    check_target(NEW, VERDICT_UNKNOWN);
    now++;
    expect(EFFECT_CHECK_TARGET);
    for (int i = 0; i < 200; i++, now++)
        check_target(NEW, VERDICT_UNKNOWN);
    expect(EFFECT_BLOCKED);
    assert_int_equal(next().gate, GATE_NEW_KEY_PROVEN);
    apply((struct event){.kind = EVENT_RETRIED});
    see_identity(NEW);
    expect(EFFECT_CHECK_TARGET);
}

static void a_rollback_does_not_probe_a_dead_key_for_ever(void **state)
{
    (void)state;
    until_proven();
    apply((struct event){.kind = EVENT_ROLLBACK_CHOSEN});
    see_identity(OLD);
    for (int i = 0; i < 200; i++, now++) {
        struct event event = {.kind = EVENT_KEY_PROBED, .verdict = VERDICT_REFUSED, .count = 1};
        put(event.key, OLD);
        apply(event);
    }
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    expect(EFFECT_BLOCKED);
    assert_true(next().needs_operator);
}

static void a_key_switched_on_again_unseen_is_not_listed_for_ever(void **state)
{
    (void)state;
    until_inactive();
    rotation.plan.pair_held = false;
    struct event event = {.kind = EVENT_KEY_PROBED, .verdict = VERDICT_WORKS, .in_iam = 1, .count = 1};
    put(event.key, NEW);
    apply(event);
    for (int i = 0; i < 200; i++, now++)
        list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    check_target(NEW, VERDICT_WORKS);
    expect(EFFECT_BLOCKED);
}

/* Killed while the old key was to be switched off, and another program has overwritten the new pair. */
static void until_new_pair_is_lost_in_a_switch(void)
{
    until_proven();
    rotation.plan.quiet = 0;
    see_identity(NEW);
    with_key(EVENT_LAST_USED_READ, OLD, KEY_STATUS_UNKNOWN);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    answer("deactivate", "yes", OLD);
    with_key(EVENT_STATUS_INTENDED, OLD, KEY_STATUS_INACTIVE);
    now++;
    apply((struct event){.kind = EVENT_RESUMED});
}

static void the_new_key_cannot_sign(void)
{
    expect(EFFECT_IDENTIFY);
    assert_string_equal(next().signer, NEW);
    struct event event = {.kind = EVENT_CHECK_FAILED};
    put(event.error, "NO_CREDENTIALS");
    put(event.text, "the secret is nowhere here");
    put(event.signer, NEW);
    put(event.key, OLD);
    apply(event);
    expect(EFFECT_IDENTIFY);
    assert_string_equal(next().signer, OLD);
    see_identity(OLD);
    expect(EFFECT_LIST_KEYS);
    assert_string_equal(next().signer, OLD);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
}

static void a_switch_off_that_never_was_is_found_out_by_the_old_key(void **state)
{
    (void)state;
    until_new_pair_is_lost_in_a_switch();
    int64_t begun = now;
    the_new_key_cannot_sign();
    /* The request may still arrive, and a list may lag. */
    assert_true(rotation.old_key.maybe_off);
    expect(EFFECT_WAIT);
    now = next().until;
    assert_true(now >= begun + plan.timeout + PROPAGATION_MAX);
    expect(EFFECT_LIST_KEYS);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    assert_false(rotation.old_key.maybe_off);
    expect(EFFECT_CHECK_TARGET);
    check_target(TWO, VERDICT_UNKNOWN);
    expect(EFFECT_DECLARE_LOST);
    with_key(EVENT_SECRET_LOST, NEW, KEY_STATUS_UNKNOWN);
    expect(EFFECT_SWITCH);
    assert_string_equal(next().key, NEW);
    assert_string_equal(next().signer, OLD);
}

static void a_switch_off_that_never_was_can_be_rolled_back(void **state)
{
    (void)state;
    until_new_pair_is_lost_in_a_switch();
    apply((struct event){.kind = EVENT_ROLLBACK_CHOSEN});
    the_new_key_cannot_sign();
    now = next().until;
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    expect(EFFECT_PROBE_KEY);
    assert_string_equal(next().key, OLD);
}

static void a_switch_off_that_took_place_is_said(void **state)
{
    (void)state;
    until_new_pair_is_lost_in_a_switch();
    the_new_key_cannot_sign();
    now += 10;
    list(KEY_STATUS_INACTIVE, KEY_STATUS_ACTIVE, NEW);
    expect(EFFECT_BLOCKED);
    assert_true(next().needs_operator);
    assert_non_null(strstr(next().text, "AWS_SECRET_ACCESS_KEY"));
    /* The same when the old key itself is refused. */
    char remedy[TEXT_SIZE];
    struct event refused = {.kind = EVENT_CHECK_FAILED};
    put(refused.error, "KEY_REFUSED");
    put(refused.signer, OLD);
    put(refused.key, OLD);
    apply(refused);
    assert_true(rotation_remedy(&rotation, remedy));
    assert_non_null(strstr(remedy, "switch " OLD " on in IAM"));
}

static void an_act_that_is_never_answered_is_not_asked_for_ever(void **state)
{
    (void)state;
    until_proven();
    rotation.plan.quiet = 0;
    see_identity(NEW);
    with_key(EVENT_LAST_USED_READ, OLD, KEY_STATUS_UNKNOWN);
    int asked = 0;
    for (int i = 0; i < 100 && next().kind != EFFECT_BLOCKED; i++) {
        if (next().kind == EFFECT_LIST_KEYS) {
            list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
        } else if (next().kind == EFFECT_ASK) {
            answer("deactivate", "yes", OLD);
        } else {
            expect(EFFECT_SWITCH);
            asked++;
            with_key(EVENT_STATUS_INTENDED, OLD, KEY_STATUS_INACTIVE);
            with_key(EVENT_STATUS_UNANSWERED, OLD, KEY_STATUS_INACTIVE);
        }
    }
    expect(EFFECT_BLOCKED);
    assert_in_range(asked, 2, 5);
    apply((struct event){.kind = EVENT_RETRIED});
    see_identity(NEW);
    check_target(NEW, VERDICT_WORKS);
    with_key(EVENT_LAST_USED_READ, OLD, KEY_STATUS_UNKNOWN);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    expect(EFFECT_SWITCH);
}

static void an_orphan_that_was_removed_by_hand_is_let_go(void **state)
{
    (void)state;
    until_create();
    with_key(EVENT_CREATE_INTENDED, "", KEY_STATUS_UNKNOWN);
    with_key(EVENT_CREATE_UNANSWERED, "", KEY_STATUS_UNKNOWN);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    struct event event = {.kind = EVENT_KEY_SOUGHT, .count = 1};
    put(event.key, NEW);
    apply(event);
    with_key(EVENT_LAST_USED_READ, NEW, KEY_STATUS_UNKNOWN);
    expect(EFFECT_BLOCKED);
    now += 300;
    apply((struct event){.kind = EVENT_RETRIED});
    see_identity(OLD);
    for (int i = 0; i < 200 && next().kind != EFFECT_CREATE; i++, now++)
        if (next().kind == EFFECT_LIST_KEYS)
            list(KEY_STATUS_ACTIVE, KEY_STATUS_UNKNOWN, NULL);
        else if (next().kind != EFFECT_WAIT)
            break;
    expect(EFFECT_CREATE);
}

static void a_refused_delete_can_still_be_rolled_back(void **state)
{
    (void)state;
    until_inactive();
    with_key(EVENT_TEST_CONCLUDED, NEW, KEY_STATUS_UNKNOWN);
    with_key(EVENT_DELETE_INTENDED, OLD, KEY_STATUS_UNKNOWN);
    assert_int_equal(rotation.state, ROTATION_DELETING);
    with_key(EVENT_DELETE_FAILED, OLD, KEY_STATUS_UNKNOWN);
    assert_int_equal(rotation.state, ROTATION_TESTED);
    /* After a delete that was not answered a refusal proves nothing. */
    with_key(EVENT_DELETE_INTENDED, OLD, KEY_STATUS_UNKNOWN);
    with_key(EVENT_DELETE_UNANSWERED, OLD, KEY_STATUS_UNKNOWN);
    with_key(EVENT_DELETE_INTENDED, OLD, KEY_STATUS_UNKNOWN);
    with_key(EVENT_DELETE_FAILED, OLD, KEY_STATUS_UNKNOWN);
    assert_int_equal(rotation.state, ROTATION_DELETING);
}

static void a_rollback_of_nothing_asks_nobody(void **state)
{
    (void)state;
    open_rotation();
    fail_look("DENIED");
    expect(EFFECT_FIND_DEVICE);
    apply((struct event){.kind = EVENT_ROLLBACK_CHOSEN});
    expect(EFFECT_CLOSE);
}

/* --- sessions ------------------------------------------------------------------------------------------ */

static void a_code_that_was_asked_for_after_a_failure_is_used(void **state)
{
    (void)state;
    open_rotation();
    rotation.plan.self = false; /* a role that wants a code */
    fail_look("MFA_NEEDED");
    assert_int_equal(next().question, QUESTION_MFA);
    answer("mfa", "given", "");
    expect(EFFECT_TAKE_SESSION);
    struct event refused = {.kind = EVENT_SESSION_REFUSED};
    put(refused.error, "MFA_REFUSED");
    apply(refused);
    assert_int_equal(next().question, QUESTION_MFA);
    answer("mfa", "given", "");
    with_key(EVENT_SESSION_TAKEN, "", KEY_STATUS_UNKNOWN);
    expect(EFFECT_IDENTIFY);
}

static void no_code_is_asked_for_where_there_is_no_device(void **state)
{
    (void)state;
    char remedy[TEXT_SIZE];
    open_rotation();
    rotation.plan.self = false;
    fail_look("MFA_NEEDED");
    assert_int_equal(next().question, QUESTION_MFA);
    answer("mfa", "given", "");
    struct event refused = {.kind = EVENT_SESSION_REFUSED};
    put(refused.error, "MFA_NEEDED");
    put(refused.text, "an MFA device and its code must be given");
    apply(refused);
    expect(EFFECT_BLOCKED);
    assert_true(rotation_remedy(&rotation, remedy));
    assert_non_null(strstr(remedy, "mfa_serial"));
    /* AWS says AccessDenied when a policy wants MFA; with a device in the plan it means what it says. */
    open_rotation();
    fail_look("DENIED");
    assert_true(rotation_remedy(&rotation, remedy));
    assert_non_null(strstr(remedy, "mfa_serial"));
    put(rotation.plan.mfa_serial, "arn:aws:iam::123456789012:mfa/alice");
    assert_false(rotation_remedy(&rotation, remedy));
}

static void no_code_is_asked_for_before_a_long_wait(void **state)
{
    (void)state;
    until_proven();
    put(rotation.plan.mfa_serial, "arn:aws:iam::123456789012:mfa/alice");
    expect(EFFECT_WAIT);
    assert_int_equal(next().gate, GATE_OLD_KEY_QUIET);
    assert_true(next().long_wait);
    now += 86400;
    check_target(NEW, VERDICT_WORKS);
    assert_int_equal(next().question, QUESTION_MFA);
    assert_string_equal(next().key, NEW);
}

/* --- evidence ------------------------------------------------------------------------------------------ */

static void the_last_use_is_read_again_before_the_switch(void **state)
{
    (void)state;
    until_proven();
    see_identity(NEW);
    now += 90000;
    check_target(NEW, VERDICT_WORKS);
    with_key(EVENT_LAST_USED_READ, OLD, KEY_STATUS_UNKNOWN);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    assert_int_equal(gate(GATE_OLD_KEY_QUIET), GATE_PASSES);
    now += 3 * 3600;
    check_target(NEW, VERDICT_WORKS);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    assert_int_equal(gate(GATE_OLD_KEY_QUIET), GATE_UNCHECKED);
    expect(EFFECT_READ_LAST_USED);
}

static void targets_are_read_back_after_the_switch(void **state)
{
    (void)state;
    until_inactive();
    see_identity(NEW);
    expect(EFFECT_CHECK_TARGET);
}

static void an_override_of_the_proof_does_not_blind_the_other_gate(void **state)
{
    (void)state;
    until_proven();
    apply((struct event){.kind = EVENT_RESUMED});
    see_identity(NEW);
    struct event yes = {.kind = EVENT_OVERRIDDEN};
    put(yes.gate, "new_key_proven");
    put(yes.text, "why not");
    apply(yes);
    expect(EFFECT_CHECK_TARGET);
}

static void a_resume_names_only_a_profile_that_was_meant(void **state)
{
    (void)state;
    static const struct {
        const char *profile, *source, *named;
    } cases[] = {
        {"work", "option", "work"},     {"default", "option", "default"},
        {"work", "identity", "work"},   {"default", "identity", "default"},
        {"work", "none", ""},           {"default", "none", ""},
        {"work", "", "work"},           {"default", "", ""}, /* journals that do not say */
        {"work", "of tomorrow", "work"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct plan meant = {0};
        put(meant.profile, cases[i].profile);
        put(meant.profile_source, cases[i].source);
        assert_string_equal(plan_named_profile(&meant), cases[i].named);
    }
}

static void our_clock_set_ahead_does_not_shorten_the_search(void **state)
{
    (void)state;
    until_create();
    with_key(EVENT_CREATE_INTENDED, "", KEY_STATUS_UNKNOWN);
    with_key(EVENT_CREATE_UNANSWERED, "", KEY_STATUS_UNKNOWN);
    struct event event = {.kind = EVENT_KEYS_LISTED, .date = now + 1, .keys = rotation.list};
    now += 7200;
    apply(event);
    assert_int_equal(rotation.absent_since, 0);
}

static void a_pair_that_no_target_gives_back_is_to_be_exported(void **state)
{
    (void)state;
    until_proven();
    rotation.plan.targets[0].readable = false;
    apply((struct event){.kind = EVENT_RESUMED});
    see_identity(NEW);
    expect(EFFECT_PROBE_KEY);
    struct event event = {.kind = EVENT_CHECK_FAILED};
    put(event.error, "NO_CREDENTIALS");
    put(event.key, NEW);
    apply(event);
    expect(EFFECT_BLOCKED);
    /* The key signs for itself: no override would help, its pair does. */
    char remedy[TEXT_SIZE];
    assert_int_equal(next().gate, GATE_COUNT);
    assert_true(rotation_remedy(&rotation, remedy));
    assert_non_null(strstr(remedy, "AWS_SECRET_ACCESS_KEY of " NEW));
}

/* An administrator's rotation whose only target is a command, proven after the hand-over. */
static void until_delivered_blind(int probes)
{
    until_create();
    rotation.plan.self = rotation.plan.pair_held = false;
    rotation.plan.quiet = 0;
    put(rotation.plan.signer_key, TWO);
    rotation.plan.targets[0].readable = false;
    with_key(EVENT_CREATE_INTENDED, "", KEY_STATUS_UNKNOWN);
    with_key(EVENT_CREATED, NEW, KEY_STATUS_ACTIVE);
    apply((struct event){.kind = EVENT_DELIVER_INTENDED});
    apply((struct event){.kind = EVENT_DELIVERED});
    struct event event = {.kind = EVENT_KEY_PROBED, .verdict = VERDICT_WORKS, .count = 1};
    put(event.key, NEW);
    for (int i = 0; i < probes; i++, now++)
        apply(event);
    now += 86400;
    apply((struct event){.kind = EVENT_RESUMED});
    see_identity(TWO);
}

static void new_pair_is_nowhere(void)
{
    expect(EFFECT_PROBE_KEY);
    struct event event = {.kind = EVENT_CHECK_FAILED};
    put(event.error, "NO_CREDENTIALS");
    put(event.text, "the secret is nowhere here");
    put(event.key, NEW);
    apply(event);
}

static void what_was_delivered_and_not_read_back_can_be_finished(void **state)
{
    (void)state;
    until_delivered_blind(6);
    assert_int_equal(rotation.state, ROTATION_PROVEN);
    new_pair_is_nowhere();
    assert_int_not_equal(gate(GATE_NEW_KEY_PROVEN), GATE_PASSES);
    expect(EFFECT_LIST_KEYS);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    struct gate proof;
    gate_evaluate(&rotation, now, GATE_NEW_KEY_PROVEN, true, &proof);
    assert_int_equal(proof.verdict, GATE_PASSES);
    assert_non_null(strstr(proof.evidence, "delivered, not read back"));
    expect(EFFECT_READ_LAST_USED);
    with_key(EVENT_LAST_USED_READ, OLD, KEY_STATUS_UNKNOWN);
    assert_int_equal(next().question, QUESTION_DEACTIVATE);
    answer("deactivate", "yes", OLD);
    expect(EFFECT_SWITCH);
    with_key(EVENT_STATUS_INTENDED, OLD, KEY_STATUS_INACTIVE);
    with_key(EVENT_STATUS_SET, OLD, KEY_STATUS_INACTIVE);
    /* The test step: the old key is seen Inactive twice, in another run. */
    apply((struct event){.kind = EVENT_RESUMED});
    new_pair_is_nowhere();
    see_identity(TWO);
    for (int i = 0; i < 2; i++, now++) {
        while (next().kind == EFFECT_WAIT)
            now = next().until;
        expect(EFFECT_LIST_KEYS);
        list(KEY_STATUS_INACTIVE, KEY_STATUS_ACTIVE, NEW);
    }
    expect(EFFECT_CONCLUDE_TEST);
    assert_non_null(strstr(next().text, "delivered, not read back"));
}

static void what_never_worked_after_the_hand_over_is_not_proven_by_a_list(void **state)
{
    (void)state;
    until_delivered_blind(2);
    new_pair_is_nowhere();
    expect(EFFECT_BLOCKED);
    assert_int_equal(next().gate, GATE_NEW_KEY_PROVEN);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    assert_int_equal(gate(GATE_NEW_KEY_PROVEN), GATE_UNCHECKED);
}

static void what_was_delivered_and_is_off_is_not_proven(void **state)
{
    (void)state;
    until_delivered_blind(6);
    new_pair_is_nowhere();
    list(KEY_STATUS_ACTIVE, KEY_STATUS_INACTIVE, NEW);
    assert_int_equal(gate(GATE_NEW_KEY_PROVEN), GATE_FAILS);
    expect(EFFECT_BLOCKED);
    assert_true(next().needs_operator);
}

static void an_operators_test_does_not_pass_without_the_secret(void **state)
{
    (void)state;
    until_delivered_blind(6);
    rotation.plan.test_count = 1;
    put(rotation.plan.tests[0], "true");
    with_key(EVENT_STATUS_INTENDED, OLD, KEY_STATUS_INACTIVE);
    with_key(EVENT_STATUS_SET, OLD, KEY_STATUS_INACTIVE);
    new_pair_is_nowhere();
    for (int i = 0; i < 2; i++, now++)
        list(KEY_STATUS_INACTIVE, KEY_STATUS_ACTIVE, NEW);
    expect(EFFECT_BLOCKED);
    assert_int_equal(next().gate, GATE_TESTS_PASSED);
}

static void a_key_that_a_command_may_have_taken_is_not_cut_at_once(void **state)
{
    (void)state;
    until_create();
    rotation.plan.targets[0].readable = false;
    rotation.plan.quiet = 86400;
    with_key(EVENT_CREATE_INTENDED, "", KEY_STATUS_UNKNOWN);
    with_key(EVENT_CREATED, NEW, KEY_STATUS_ACTIVE);
    apply((struct event){.kind = EVENT_DELIVER_INTENDED});
    apply((struct event){.kind = EVENT_RESUMED}); /* the command may have run to its end */
    check_target("", VERDICT_UNREADABLE);
    expect(EFFECT_DECLARE_LOST);
    now += 30;
    with_key(EVENT_SECRET_LOST, NEW, KEY_STATUS_UNKNOWN);
    see_identity(OLD);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    /* Our own probe, before it was lost, is not somebody's use. */
    struct event used = {.kind = EVENT_LAST_USED_READ, .used_at = now - 10};
    put(used.key, NEW);
    apply(used);
    expect(EFFECT_WAIT);
    assert_int_equal(next().gate, GATE_OLD_KEY_QUIET);
}

static void nothing_of_the_last_new_key_is_believed_of_the_next(void **state)
{
    (void)state;
    until_create();
    rotation.plan.settle = 0;
    with_key(EVENT_CREATE_INTENDED, "", KEY_STATUS_UNKNOWN);
    with_key(EVENT_CREATED, NEW, KEY_STATUS_ACTIVE);
    apply((struct event){.kind = EVENT_DELIVER_INTENDED});
    apply((struct event){.kind = EVENT_DELIVERED});
    check_target(NEW, VERDICT_WORKS);
    check_target(NEW, VERDICT_WORKS);
    with_key(EVENT_SECRET_LOST, NEW, KEY_STATUS_UNKNOWN);
    with_key(EVENT_CREATE_INTENDED, "", KEY_STATUS_UNKNOWN);
    with_key(EVENT_CREATED, TWO, KEY_STATUS_ACTIVE);
    apply((struct event){.kind = EVENT_DELIVER_INTENDED});
    apply((struct event){.kind = EVENT_DELIVERED});
    check_target(TWO, VERDICT_WORKS);
    assert_false(rotation_proof_settled(&rotation));
}

/* --- signers ------------------------------------------------------------------------------------------- */

static void no_key_signs_its_own_removal(void **state)
{
    (void)state;
    open_rotation();
    rotation.plan.self = false;
    put(rotation.plan.signer_key, TWO);
    struct event event = {.kind = EVENT_IDENTITY_SEEN};
    put(event.account, plan.account);
    put(event.arn, plan.user_arn);
    put(event.signer, TWO);
    apply(event);
    apply((struct event){.kind = EVENT_TARGET_TRIED});
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, TWO);
    answer("create", "yes", OLD);
    with_key(EVENT_LAST_USED_READ, OLD, KEY_STATUS_UNKNOWN);
    with_key(EVENT_LAST_USED_READ, TWO, KEY_STATUS_UNKNOWN);
    answer("two_keys", "retire", TWO);
    expect(EFFECT_BLOCKED);
    assert_true(next().needs_operator);
}

/* --- totality ------------------------------------------------------------------------------------------- */

static void events_that_cannot_follow_change_nothing(void **state)
{
    (void)state;
    struct error err;
    rotation_init(&rotation);
    struct event event = {.kind = EVENT_CREATED};
    assert_false(rotation_apply(&rotation, &event, &err));
    assert_int_equal(err.code, ERROR_JOURNAL_DAMAGED);
    open_rotation();
    event = (struct event){.kind = EVENT_DELIVERED, .target = 1};
    assert_false(rotation_apply(&rotation, &event, &err));
    event.target = -1;
    assert_false(rotation_apply(&rotation, &event, &err));
    apply((struct event){.kind = EVENT_ABANDONED});
    event = (struct event){.kind = EVENT_RESUMED};
    assert_false(rotation_apply(&rotation, &event, &err));
    assert_int_equal(rotation.state, ROTATION_ABANDONED);
    expect(EFFECT_NONE);
}

static void names_go_there_and_back(void **state)
{
    (void)state;
    for (int kind = 0; kind < EVENT_COUNT; kind++) {
        enum event_kind back;
        assert_true(event_kind_from_name(event_name((enum event_kind)kind), &back));
        assert_int_equal(back, kind);
    }
    for (int i = 0; i < ROTATION_STATE_COUNT; i++) {
        enum rotation_state back;
        assert_true(rotation_state_from_name(rotation_state_name((enum rotation_state)i), &back));
        assert_int_equal(back, i);
    }
    for (int i = 0; i < GATE_COUNT; i++) {
        enum gate_id back;
        assert_true(gate_from_name(gate_name((enum gate_id)i), &back));
        assert_int_equal(back, i);
    }
    assert_int_equal(question_from_name("delete"), QUESTION_DELETE);
    assert_int_equal(key_status_from_name("Expired"), KEY_STATUS_UNKNOWN);
}

static void what_a_kind_does_not_carry_is_forgotten(void **state)
{
    (void)state;
    struct event event = {.kind = EVENT_DELIVERED, .seq = 3, .at = 5, .target = 1, .date = 7, .count = 9};
    event.status = KEY_STATUS_ACTIVE;
    event.verdict = VERDICT_WORKS;
    event.keys.count = 2;
    put(event.key, NEW);
    put(event.place, "back-up");
    put(event.signer, OLD);
    put(event.actor, "alice");
    event_keep_carried(&event);
    assert_int_equal(event.seq, 3);
    assert_int_equal(event.at, 5);
    assert_string_equal(event.actor, "alice");
    assert_int_equal(event.target, 1);
    assert_int_equal(event.date, 7);
    assert_string_equal(event.key, NEW);
    assert_string_equal(event.place, "back-up");
    assert_string_equal(event.signer, "");
    assert_int_equal(event.count, 0);
    assert_int_equal(event.status, KEY_STATUS_UNKNOWN);
    assert_int_equal(event.verdict, VERDICT_UNKNOWN);
    assert_int_equal(event.keys.count, 0);
}

static void a_gate_without_words_says_the_same(void **state)
{
    (void)state;
    struct gate all[GATE_COUNT], one;
    until_proven();
    gates_evaluate(&rotation, now, all);
    for (int i = 0; i < GATE_COUNT; i++) {
        gate_evaluate(&rotation, now, (enum gate_id)i, false, &one);
        assert_int_equal(one.id, i);
        assert_int_equal(one.verdict, all[i].verdict);
        assert_int_equal(one.stale, all[i].stale);
        assert_int_equal(one.opens_date, all[i].opens_date);
        assert_string_equal(one.evidence, "");
        assert_string_not_equal(all[i].evidence, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_tried_before_a_key_is_made),
        cmocka_unit_test(a_wrong_identity_stops_before_anything_is_changed),
        cmocka_unit_test(a_key_of_somebody_else_stops),
        cmocka_unit_test(an_unfit_target_stops_with_nothing_made),
        cmocka_unit_test(with_two_keys_the_operator_is_asked),
        cmocka_unit_test(a_key_that_is_adopted_is_confirmed_by_name),
        cmocka_unit_test(an_unanswered_create_is_never_repeated_blindly),
        cmocka_unit_test(the_orphan_is_found_and_removed_before_another_is_made),
        cmocka_unit_test(a_key_that_stands_somewhere_is_no_orphan),
        cmocka_unit_test(a_key_made_at_another_time_is_no_orphan),
        cmocka_unit_test(a_lost_secret_means_another_key),
        cmocka_unit_test(one_refusal_starts_the_settle_time_anew),
        cmocka_unit_test(quiet_is_counted_in_aws_time),
        cmocka_unit_test(a_use_after_the_hand_over_fails_the_quiet_gate),
        cmocka_unit_test(gates_that_must_hold_cannot_be_overridden),
        cmocka_unit_test(a_target_that_turned_back_fails_its_gate),
        cmocka_unit_test(what_cannot_be_read_never_counts_as_passed),
        cmocka_unit_test(the_world_is_listed_anew_after_every_change),
        cmocka_unit_test(a_yes_does_not_keep),
        cmocka_unit_test(the_old_key_must_be_refused_in_time),
        cmocka_unit_test(a_key_that_was_switched_on_again_is_not_deleted),
        cmocka_unit_test(the_soak_is_waited_for),
        cmocka_unit_test(a_flaky_network_is_waited_out_and_a_refusal_is_not),
        cmocka_unit_test(a_target_that_turned_back_before_the_switch_is_handed_the_key_again),
        cmocka_unit_test(
            a_target_that_was_handed_the_key_since_is_read_before_the_key_is_given_up),
        cmocka_unit_test(the_proof_comes_before_the_signer_whose_pair_may_be_gone),
        cmocka_unit_test(a_target_that_turned_back_after_the_switch_stops_at_its_gate),
        cmocka_unit_test(one_unanswered_probe_after_a_day_is_no_failure),
        cmocka_unit_test(a_rollback_does_not_probe_a_dead_key_for_ever),
        cmocka_unit_test(a_key_switched_on_again_unseen_is_not_listed_for_ever),
        cmocka_unit_test(a_switch_off_that_never_was_is_found_out_by_the_old_key),
        cmocka_unit_test(a_switch_off_that_never_was_can_be_rolled_back),
        cmocka_unit_test(a_switch_off_that_took_place_is_said),
        cmocka_unit_test(an_act_that_is_never_answered_is_not_asked_for_ever),
        cmocka_unit_test(an_orphan_that_was_removed_by_hand_is_let_go),
        cmocka_unit_test(a_refused_delete_can_still_be_rolled_back),
        cmocka_unit_test(a_rollback_of_nothing_asks_nobody),
        cmocka_unit_test(a_code_that_was_asked_for_after_a_failure_is_used),
        cmocka_unit_test(no_code_is_asked_for_where_there_is_no_device),
        cmocka_unit_test(no_code_is_asked_for_before_a_long_wait),
        cmocka_unit_test(the_last_use_is_read_again_before_the_switch),
        cmocka_unit_test(targets_are_read_back_after_the_switch),
        cmocka_unit_test(an_override_of_the_proof_does_not_blind_the_other_gate),
        cmocka_unit_test(a_resume_names_only_a_profile_that_was_meant),
        cmocka_unit_test(our_clock_set_ahead_does_not_shorten_the_search),
        cmocka_unit_test(a_pair_that_no_target_gives_back_is_to_be_exported),
        cmocka_unit_test(what_was_delivered_and_not_read_back_can_be_finished),
        cmocka_unit_test(what_never_worked_after_the_hand_over_is_not_proven_by_a_list),
        cmocka_unit_test(what_was_delivered_and_is_off_is_not_proven),
        cmocka_unit_test(an_operators_test_does_not_pass_without_the_secret),
        cmocka_unit_test(a_key_that_a_command_may_have_taken_is_not_cut_at_once),
        cmocka_unit_test(nothing_of_the_last_new_key_is_believed_of_the_next),
        cmocka_unit_test(no_key_signs_its_own_removal),
        cmocka_unit_test(events_that_cannot_follow_change_nothing),
        cmocka_unit_test(what_a_kind_does_not_carry_is_forgotten),
        cmocka_unit_test(a_gate_without_words_says_the_same),
        cmocka_unit_test(names_go_there_and_back),
    };
    return cmocka_run_group_tests_name("rotation", tests, NULL, NULL);
}
