/* Each verdict that a gate can give, with its words and without, and what is looked at again before a
 * gate stops a rotation. */
#include "rotation_help.h"

#define ROLE "arn:aws:sts::123456789012:assumed-role/rotator/one"

/* The verdict is the same whether words are wanted or not, and these are among them. */
static void expect_gate(enum gate_id id, enum gate_verdict verdict, const char *words)
{
    struct gate told, silent;
    gate_evaluate(&rotation, now, id, true, &told);
    gate_evaluate(&rotation, now, id, false, &silent);
    if (told.verdict != verdict || strstr(told.evidence, words) == NULL)
        fail_msg("expected %s with '%s', got %s: %s", gate_verdict_name(verdict), words,
                 gate_verdict_name(told.verdict), told.evidence);
    assert_int_equal(silent.verdict, verdict);
    assert_int_equal(silent.stale, told.stale);
    assert_int_equal(silent.opens_date, told.opens_date);
    assert_string_equal(silent.evidence, "");
}

/* AWS's clock is not ours here. */
static void check_at(const char *found, int64_t date)
{
    struct event event = {.kind = EVENT_TARGET_CHECKED, .verdict = VERDICT_WORKS, .date = date};
    put(event.found, found);
    apply(event);
}

static void list_at(enum key_status new_status, int64_t date)
{
    struct event event = {.kind = EVENT_KEYS_LISTED, .date = date, .keys = {.count = 2}};
    put(event.keys.keys[0].id, OLD);
    put(event.keys.keys[1].id, NEW);
    event.keys.keys[0].status = KEY_STATUS_ACTIVE;
    event.keys.keys[1].status = new_status;
    apply(event);
}

static void read_last_use(int64_t used_at, int64_t date)
{
    struct event event = {.kind = EVENT_LAST_USED_READ, .used_at = used_at, .date = date};
    put(event.key, OLD);
    apply(event);
}

/* --- identity ---------------------------------------------------------------------------------------- */

static void the_signer_is_who_the_plan_says(void **state)
{
    (void)state;
    static const struct {
        const char *planned, *seen;
        enum gate_verdict verdict;
    } rows[] = {
        {ROLE, ROLE, GATE_PASSES},
        {ROLE, "arn:aws:sts::123456789012:assumed-role/rotator/two", GATE_PASSES},
        {ROLE, "arn:aws:sts::123456789012:assumed-role/rotators/one", GATE_FAILS},
        {ROLE, "arn:aws:sts::123456789012:assumed-role/rotator", GATE_FAILS},
        {ROLE, "arn:aws:sts::123456789012:assumed-role/rotator/two/one", GATE_FAILS},
        {ROLE, "arn:aws:iam::123456789012:user/rotator/one", GATE_FAILS},
        {"arn:aws:iam::123456789012:user/bob", "arn:aws:iam::123456789012:user/bob", GATE_PASSES},
        {"arn:aws:iam::123456789012:user/bob", "arn:aws:iam::123456789012:user/eve", GATE_FAILS},
        {"", "arn:aws:iam::123456789012:user/eve", GATE_PASSES}, /* the plan names nobody */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        open_rotation();
        rotation.plan.self = false;
        put(rotation.plan.signer_arn, rows[i].planned);
        expect_gate(GATE_IDENTITY, GATE_UNCHECKED, "not looked at in this run");
        see_identity(TWO);
        put(rotation.identity_arn, rows[i].seen);
        expect_gate(GATE_IDENTITY, rows[i].verdict, "");
        expect(rows[i].verdict == GATE_PASSES ? EFFECT_TRY_TARGET : EFFECT_BLOCKED);
    }
}

/* --- the new key and its targets ----------------------------------------------------------------------- */

static void a_proof_is_old_after_ten_minutes_of_aws_time(void **state)
{
    (void)state;
    open_rotation();
    expect_gate(GATE_NEW_KEY_PROVEN, GATE_UNCHECKED, "no new key yet");
    until_proven();
    expect_gate(GATE_NEW_KEY_PROVEN, GATE_PASSES, NEW);
    list_at(KEY_STATUS_ACTIVE, now + PROOF_FRESH);
    expect_gate(GATE_NEW_KEY_PROVEN, GATE_PASSES, NEW);
    expect_gate(GATE_TARGETS_CURRENT, GATE_PASSES, "read back");
    list_at(KEY_STATUS_ACTIVE, now + PROOF_FRESH + 1);
    expect_gate(GATE_NEW_KEY_PROVEN, GATE_UNCHECKED, "last seen to work at");
    expect_gate(GATE_TARGETS_CURRENT, GATE_UNCHECKED, "in the last ten minutes");
    check_at(NEW, now + PROOF_FRESH + 2);
    expect_gate(GATE_NEW_KEY_PROVEN, GATE_PASSES, NEW);
    expect_gate(GATE_TARGETS_CURRENT, GATE_PASSES, "read back");
}

static void a_target_is_current_only_with_the_new_key(void **state)
{
    (void)state;
    until_inactive();
    expect_gate(GATE_TARGETS_CURRENT, GATE_UNCHECKED, "not read back in this run");
    check_target(OLD, VERDICT_REFUSED);
    expect_gate(GATE_TARGETS_CURRENT, GATE_FAILS, "target 1 holds " OLD);
    check_target("", VERDICT_UNKNOWN);
    expect_gate(GATE_TARGETS_CURRENT, GATE_FAILS, "target 1 holds neither key");
    /* With the old key off it is not handed the new one again unasked. */
    expect(EFFECT_BLOCKED);
    assert_int_equal(next().gate, GATE_TARGETS_CURRENT);
    assert_non_null(strstr(next().text, "holds neither key"));
    check_target(NEW, VERDICT_WORKS);
    expect_gate(GATE_TARGETS_CURRENT, GATE_PASSES, "read back with the new key");
}

/* A hand-over to a target that cannot be read back is begun. */
static void until_unread_hand_over(void)
{
    until_create();
    rotation.plan.targets[0].readable = false;
    with_key(EVENT_CREATE_INTENDED, "", KEY_STATUS_UNKNOWN);
    with_key(EVENT_CREATED, NEW, KEY_STATUS_ACTIVE);
    apply((struct event){.kind = EVENT_DELIVER_INTENDED});
}

/* AWS is not asked for a hand-over: its time is reckoned by our clock. */
static void handed_over_at(int64_t ours)
{
    struct event delivered = {.kind = EVENT_DELIVERED, .at = ours};
    struct error err;
    assert_true(rotation_apply(&rotation, &delivered, &err));
}

static void what_cannot_be_read_back_counts_when_it_was_handed_over(void **state)
{
    (void)state;
    until_unread_hand_over();
    expect_gate(GATE_TARGETS_CURRENT, GATE_FAILS, "was not handed the new key");
    apply((struct event){.kind = EVENT_DELIVERED});
    expect_gate(GATE_TARGETS_CURRENT, GATE_PASSES, "delivered, not read back");
    expect_gate(GATE_NEW_KEY_PROVEN, GATE_UNCHECKED, "has not worked");
}

static void a_clock_that_was_set_makes_no_hand_over_later(void **state)
{
    (void)state;
    until_unread_hand_over();
    int64_t date = now;
    now += 4000;
    handed_over_at(now);
    apply((struct event){.kind = EVENT_KEYS_LISTED, .date = date + 2});
    assert_int_equal(rotation_handed_over(&rotation), date + 2);
    /* Set back, it tells nothing: the next Date is the earliest that is known. */
    handed_over_at(date - 4000);
    assert_int_equal(rotation_handed_over(&rotation), 0);
    apply((struct event){.kind = EVENT_KEYS_LISTED, .date = date + 5});
    assert_int_equal(rotation_handed_over(&rotation), date + 5);
    read_last_use(date + 600, date + 601); /* a use after it stays one */
    expect_gate(GATE_OLD_KEY_QUIET, GATE_FAILS, "after the hand-over");
}

/* A clock of ours that lags behind makes the quiet time begin no earlier than the hand-over. */
static void a_clock_that_was_set_makes_no_quiet_time_shorter(void **state)
{
    (void)state;
    struct gate gate;
    until_unread_hand_over();
    int64_t date = now;
    now += 100; /* and by AWS's clock 4000 */
    handed_over_at(now);
    expect_gate(GATE_OLD_KEY_QUIET, GATE_UNCHECKED, "not asked for the time");
    read_last_use(0, date + 4000);
    gate_evaluate(&rotation, now, GATE_OLD_KEY_QUIET, true, &gate);
    assert_int_equal(gate.verdict, GATE_WAITS);
    assert_int_equal(gate.opens_date, date + 4000 + rotation.plan.quiet);
    read_last_use(date + 200, date + 4000); /* nor does a use since then go unseen */
    expect_gate(GATE_OLD_KEY_QUIET, GATE_FAILS, "after the hand-over");
}

static void without_a_settle_time_three_probes_are_a_proof(void **state)
{
    (void)state;
    until_create();
    rotation.plan.settle = 0;
    with_key(EVENT_CREATE_INTENDED, "", KEY_STATUS_UNKNOWN);
    with_key(EVENT_CREATED, NEW, KEY_STATUS_ACTIVE);
    apply((struct event){.kind = EVENT_DELIVER_INTENDED});
    apply((struct event){.kind = EVENT_DELIVERED});
    expect(EFFECT_CHECK_TARGET);
    assert_int_equal(next().count, 3);
    check_target(NEW, VERDICT_WORKS);
    check_target(NEW, VERDICT_WORKS);
    assert_int_equal(rotation.state, ROTATION_PROVING);
    expect(EFFECT_WAIT);
    now = next().until;
    expect(EFFECT_CHECK_TARGET);
    check_target(NEW, VERDICT_WORKS);
    assert_int_equal(rotation.state, ROTATION_PROVEN);
}

/* --- quiet, tests, soak, still Inactive ------------------------------------------------------------------ */

static void a_picked_key_that_was_off_from_the_beginning_is_quiet(void **state)
{
    (void)state;
    until_create();
    list(KEY_STATUS_ACTIVE, KEY_STATUS_INACTIVE, TWO);
    answer("two_keys", "retire", TWO);
    expect_gate(GATE_OLD_KEY_QUIET, GATE_PASSES, TWO " was Inactive when the rotation began");
    until_create();
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, TWO);
    answer("two_keys", "retire", TWO);
    expect_gate(GATE_OLD_KEY_QUIET, GATE_WAITS, "quiet until");
}

static void a_key_that_was_used_leads_to_who_used_it(void **state)
{
    (void)state;
    until_proven();
    int64_t since = rotation_handed_over(&rotation);
    read_last_use(since + 60, since + 90);
    expect_gate(GATE_OLD_KEY_QUIET, GATE_FAILS, "after the hand-over");
    expect_gate(GATE_OLD_KEY_QUIET, GATE_FAILS, "; keywright usage " OLD " shows by whom");
}

static void probe(const char *key, enum verdict verdict)
{
    struct event event = {.kind = EVENT_KEY_PROBED, .verdict = verdict, .count = 1};
    put(event.key, key);
    apply(event);
}

static void the_test_step_passes_only_when_it_is_concluded(void **state)
{
    (void)state;
    until_inactive();
    rotation.plan.test_count = 1;
    put(rotation.plan.tests[0], "true");
    expect_gate(GATE_TESTS_PASSED, GATE_UNCHECKED, "not complete");
    apply((struct event){.kind = EVENT_TEST_INTENDED});
    apply((struct event){.kind = EVENT_TEST_FINISHED, .count = 3});
    expect_gate(GATE_TESTS_PASSED, GATE_FAILS, "test 1 ended with status 3");
    apply((struct event){.kind = EVENT_TEST_FINISHED, .count = 0});
    expect_gate(GATE_TESTS_PASSED, GATE_UNCHECKED, "not complete");
    for (int i = 0; i <= REFUSAL_MAX + rotation.plan.settle; i++, now++)
        probe(OLD, VERDICT_WORKS);
    expect_gate(GATE_TESTS_PASSED, GATE_UNCHECKED, "not complete");
    probe(OLD, VERDICT_WORKS);
    expect_gate(GATE_TESTS_PASSED, GATE_FAILS, "still answers");
    for (int i = 0; i <= rotation.plan.settle; i++, now++)
        probe(OLD, VERDICT_REFUSED);
    /* Refused in the end: late, but nothing answers any more. */
    expect_gate(GATE_TESTS_PASSED, GATE_UNCHECKED, "not complete");
    with_key(EVENT_TEST_CONCLUDED, NEW, KEY_STATUS_UNKNOWN);
    expect_gate(GATE_TESTS_PASSED, GATE_PASSES, "the old key is refused");
    rotation.plan.pair_held = false;
    expect_gate(GATE_TESTS_PASSED, GATE_PASSES, "no refusal was seen");
}

static void the_soak_is_over_by_a_date_of_this_run(void **state)
{
    (void)state;
    until_proven();
    expect_gate(GATE_SOAK_OVER, GATE_UNCHECKED, "not switched off yet");
    until_inactive();
    expect_gate(GATE_SOAK_OVER, GATE_UNCHECKED, "AWS was not asked for the time");
    list(KEY_STATUS_INACTIVE, KEY_STATUS_ACTIVE, NEW);
    expect_gate(GATE_SOAK_OVER, GATE_WAITS, "off until");
    now += rotation.plan.soak;
    list(KEY_STATUS_INACTIVE, KEY_STATUS_ACTIVE, NEW);
    expect_gate(GATE_SOAK_OVER, GATE_PASSES, "off for");
    apply((struct event){.kind = EVENT_RESUMED});
    expect_gate(GATE_SOAK_OVER, GATE_UNCHECKED, "AWS was not asked for the time");
}

static void the_old_key_is_inactive_when_a_list_of_now_says_so(void **state)
{
    (void)state;
    until_inactive();
    expect_gate(GATE_STILL_INACTIVE, GATE_UNCHECKED, "not listed in this run");
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    expect_gate(GATE_STILL_INACTIVE, GATE_WAITS, "not yet shown as Inactive");
    now += PROPAGATION_MAX;
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    expect_gate(GATE_STILL_INACTIVE, GATE_FAILS, "somebody else switched it on");
    list(KEY_STATUS_INACTIVE, KEY_STATUS_ACTIVE, NEW);
    expect_gate(GATE_STILL_INACTIVE, GATE_PASSES, OLD " is Inactive");
    struct event event = {.kind = EVENT_KEYS_LISTED, .keys = {.count = 1}};
    put(event.keys.keys[0].id, NEW);
    event.keys.keys[0].status = KEY_STATUS_ACTIVE;
    apply(event);
    expect_gate(GATE_STILL_INACTIVE, GATE_UNCHECKED, "not in the list of keys");
}

/* --- what is looked at again ------------------------------------------------------------------------------ */

/* Everything is in order but the new key, which a list shows Inactive. */
static void until_new_key_off(void)
{
    until_proven();
    rotation.plan.quiet = 0;
    see_identity(NEW);
    read_last_use(0, now);
    list_at(KEY_STATUS_INACTIVE, now);
}

static void a_list_that_closes_a_gate_is_read_again_when_it_is_old(void **state)
{
    (void)state;
    until_new_key_off();
    expect(EFFECT_BLOCKED);
    assert_int_equal(next().gate, GATE_NOT_LAST_KEY);
    now += LOOK_FRESH + 1;
    check_at(NEW, now);
    expect(EFFECT_LIST_KEYS);
    list_at(KEY_STATUS_ACTIVE, now);
    assert_int_equal(next().question, QUESTION_DEACTIVATE);
}

static void a_list_of_a_clock_that_was_set_back_is_read_again(void **state)
{
    (void)state;
    until_new_key_off();
    int64_t date = now;
    now -= 3600;
    check_at(NEW, date + 1);
    expect(EFFECT_LIST_KEYS);
}

/* Our clock was set ahead while the operator thought, and back again: AWS's tells how old the list is. */
static void a_list_that_is_old_by_aws_clock_is_read_again(void **state)
{
    (void)state;
    until_proven();
    rotation.plan.quiet = 0;
    see_identity(NEW);
    read_last_use(0, now);
    list_at(KEY_STATUS_ACTIVE, now);
    assert_int_equal(next().question, QUESTION_DEACTIVATE);
    int64_t date = now;
    now += 14;
    check_at(NEW, date + LOOK_FRESH + 1);
    expect(EFFECT_LIST_KEYS);
    list_at(KEY_STATUS_ACTIVE, date + LOOK_FRESH + 1);
    assert_int_equal(next().question, QUESTION_DEACTIVATE);
}

static void a_use_that_closes_a_gate_is_read_again_when_it_is_old(void **state)
{
    (void)state;
    until_proven();
    see_identity(NEW);
    list_at(KEY_STATUS_ACTIVE, now);
    read_last_use(now, now);
    expect(EFFECT_BLOCKED);
    assert_int_equal(next().gate, GATE_OLD_KEY_QUIET);
    now += LOOK_FRESH + 1;
    check_at(NEW, now);
    expect(EFFECT_READ_LAST_USED);
    assert_string_equal(next().key, OLD);
}

static void a_quiet_time_that_is_over_by_our_clock_asks_aws(void **state)
{
    (void)state;
    until_proven();
    see_identity(NEW);
    int64_t opens = rotation_handed_over(&rotation) + rotation.plan.quiet;
    now += 7200;
    list_at(KEY_STATUS_ACTIVE, opens - 50);
    now -= 3600; /* ours is set back: the list is of a time that is still to come */
    check_at(NEW, opens - 20);
    read_last_use(0, opens - 20);
    expect(EFFECT_WAIT);
    assert_int_equal(next().until, now + 20);
    now += 30;
    expect_gate(GATE_OLD_KEY_QUIET, GATE_WAITS, "quiet until");
    expect(EFFECT_READ_LAST_USED);
    read_last_use(0, opens + 10);
    expect_gate(GATE_OLD_KEY_QUIET, GATE_PASSES, "no use recorded");
}

static void a_target_that_turned_while_a_switch_is_in_doubt_stops_at_its_gate(void **state)
{
    (void)state;
    until_proven();
    rotation.plan.quiet = 0;
    see_identity(NEW);
    read_last_use(0, now);
    with_key(EVENT_STATUS_INTENDED, OLD, KEY_STATUS_INACTIVE);
    with_key(EVENT_STATUS_UNANSWERED, OLD, KEY_STATUS_INACTIVE);
    list_at(KEY_STATUS_ACTIVE, now); /* it may still take place */
    override("new_key_proven");
    check_at(OLD, now);
    now += LOOK_FRESH + 1;
    expect(EFFECT_BLOCKED);
    assert_int_equal(next().gate, GATE_TARGETS_CURRENT);
    /* So long after it the switch did not take place, by AWS's clock: no doubt is left, and the target is
     * handed the new key again. */
    list_at(KEY_STATUS_ACTIVE, now + PROOF_FRESH);
    expect(EFFECT_DELIVER);
}

static void the_end_of_the_soak_is_believed_of_aws_alone(void **state)
{
    (void)state;
    until_inactive();
    with_key(EVENT_TEST_CONCLUDED, NEW, KEY_STATUS_UNKNOWN);
    now += rotation.plan.soak - 30;
    list(KEY_STATUS_INACTIVE, KEY_STATUS_ACTIVE, NEW);
    expect(EFFECT_WAIT);
    assert_int_equal(next().gate, GATE_SOAK_OVER);
    assert_false(next().long_wait);
    now += 40; /* over by our clock, and the list is still fresh */
    check_target(NEW, VERDICT_WORKS);
    expect(EFFECT_LIST_KEYS);
    list(KEY_STATUS_INACTIVE, KEY_STATUS_ACTIVE, NEW);
    assert_int_equal(next().question, QUESTION_DELETE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_signer_is_who_the_plan_says),
        cmocka_unit_test(a_proof_is_old_after_ten_minutes_of_aws_time),
        cmocka_unit_test(a_target_is_current_only_with_the_new_key),
        cmocka_unit_test(what_cannot_be_read_back_counts_when_it_was_handed_over),
        cmocka_unit_test(a_clock_that_was_set_makes_no_hand_over_later),
        cmocka_unit_test(a_clock_that_was_set_makes_no_quiet_time_shorter),
        cmocka_unit_test(without_a_settle_time_three_probes_are_a_proof),
        cmocka_unit_test(a_picked_key_that_was_off_from_the_beginning_is_quiet),
        cmocka_unit_test(a_key_that_was_used_leads_to_who_used_it),
        cmocka_unit_test(the_test_step_passes_only_when_it_is_concluded),
        cmocka_unit_test(the_soak_is_over_by_a_date_of_this_run),
        cmocka_unit_test(the_old_key_is_inactive_when_a_list_of_now_says_so),
        cmocka_unit_test(a_list_that_closes_a_gate_is_read_again_when_it_is_old),
        cmocka_unit_test(a_list_of_a_clock_that_was_set_back_is_read_again),
        cmocka_unit_test(a_list_that_is_old_by_aws_clock_is_read_again),
        cmocka_unit_test(a_use_that_closes_a_gate_is_read_again_when_it_is_old),
        cmocka_unit_test(a_quiet_time_that_is_over_by_our_clock_asks_aws),
        cmocka_unit_test(a_target_that_turned_while_a_switch_is_in_doubt_stops_at_its_gate),
        cmocka_unit_test(the_end_of_the_soak_is_believed_of_aws_alone),
    };
    return cmocka_run_group_tests_name("rotation: gates", tests, NULL, NULL);
}
