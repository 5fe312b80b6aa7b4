/* Where a rotation stops, waits or asks: failures and what would help, clocks that are set back, keys
 * that are not what they seem, and a rollback that cannot go on. */
#include "rotation_help.h"

#define STRANGER "AKIASTRANGERSTRANGE1"
#define DEVICE "arn:aws:iam::123456789012:mfa/alice"

static void probe_in_iam(const char *key, enum verdict verdict, int64_t date)
{
    struct event event = {.kind = EVENT_KEY_PROBED, .verdict = verdict, .in_iam = 1, .date = date};
    put(event.key, key);
    apply(event);
}

static void expect_stop(const char *words)
{
    expect(EFFECT_BLOCKED);
    if (strstr(next().text, words) == NULL)
        fail_msg("expected '%s', got: %s", words, next().text);
}

/* --- failures ------------------------------------------------------------------------------------------ */

static void a_failure_is_waited_out_asked_about_or_shown(void **state)
{
    (void)state;
    static const struct {
        enum event_kind kind;
        const char *error, *aws_code;
        int64_t http;
        bool self, device;
        enum effect_kind next; /* ASK: for an MFA code */
    } rows[] = {
        {EVENT_CHECK_FAILED, "AWS", "InternalFailure", 500, true, false, EFFECT_WAIT},
        {EVENT_CHECK_FAILED, "AWS", "ServiceUnavailable", 503, true, false, EFFECT_WAIT},
        {EVENT_CHECK_FAILED, "AWS", "ValidationError", 400, true, false, EFFECT_BLOCKED},
        {EVENT_CHECK_FAILED, "AWS", "LimitExceeded", 409, true, false, EFFECT_BLOCKED},
        {EVENT_CHECK_FAILED, "UNANSWERED", "", 0, true, false, EFFECT_WAIT},
        {EVENT_CHECK_FAILED, "REPLY", "", 200, true, false, EFFECT_BLOCKED},
        {EVENT_CHECK_FAILED, "EXPIRED", "", 403, true, true, EFFECT_ASK},
        {EVENT_CHECK_FAILED, "EXPIRED", "", 403, true, false, EFFECT_BLOCKED},
        {EVENT_CHECK_FAILED, "EXPIRED", "", 403, false, false, EFFECT_BLOCKED}, /* not our session */
        {EVENT_CHECK_FAILED, "DENIED", "", 403, true, true, EFFECT_BLOCKED},
        {EVENT_CHECK_FAILED, "MFA_NEEDED", "", 403, true, true, EFFECT_ASK},
        {EVENT_CHECK_FAILED, "MFA_NEEDED", "", 403, true, false, EFFECT_BLOCKED},
        {EVENT_SESSION_REFUSED, "MFA_REFUSED", "", 403, true, true, EFFECT_ASK},
        {EVENT_CHECK_FAILED, "MFA_REFUSED", "", 403, true, true, EFFECT_BLOCKED},
        {EVENT_SESSION_REFUSED, "DENIED", "", 403, true, true, EFFECT_BLOCKED},
        {EVENT_STATUS_FAILED, "THROTTLED", "", 400, true, false, EFFECT_WAIT},
        {EVENT_STATUS_FAILED, "AWS", "ServiceFailure", 503, true, false, EFFECT_BLOCKED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        open_rotation();
        rotation.plan.self = rows[i].self;
        rotation.deleted_date = now; /* room for a create may come; for nothing else */
        if (rows[i].device)
            put(rotation.plan.mfa_serial, DEVICE);
        struct event event = {.kind = rows[i].kind, .http = rows[i].http};
        put(event.error, rows[i].error);
        put(event.aws_code, rows[i].aws_code);
        put(event.text, rows[i].error);
        apply(event);
        if (next().kind != rows[i].next)
            fail_msg("row %zu: got %s", i, effect_name(next().kind));
        if (rows[i].next == EFFECT_ASK)
            assert_int_equal(next().question, QUESTION_MFA);
    }
}

static void a_pair_that_is_nowhere_stops_what_it_is_for(void **state)
{
    (void)state;
    static const struct {
        bool off, overridden;
        const char *key;
        enum gate_id gate;
    } rows[] = {
        {false, false, NEW, GATE_COUNT}, {true, false, NEW, GATE_COUNT}, /* it would have to sign */
        {true, true, NEW, GATE_COUNT},   {true, false, OLD, GATE_TESTS_PASSED},
        {false, false, OLD, GATE_COUNT}, {true, false, STRANGER, GATE_COUNT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].off)
            until_inactive();
        else
            until_proven();
        if (rows[i].overridden)
            override("new_key_proven");
        struct event event = {.kind = EVENT_CHECK_FAILED};
        put(event.error, "NO_CREDENTIALS");
        put(event.key, rows[i].key);
        apply(event);
        expect(EFFECT_BLOCKED);
        assert_int_equal(next().gate, rows[i].gate);
    }
}

/* An intent that was dated by a clock of ours which ran ahead makes no refusal look like one that passes. */
static void a_refusal_is_not_waited_out_until_a_clock_has_caught_up(void **state)
{
    (void)state;
    until_proven();
    apply((struct event){.kind = EVENT_ROLLBACK_CHOSEN});
    now += 3600;
    int64_t date = now;
    apply((struct event){.kind = EVENT_RESUMED}); /* AWS has not told its time in this run */
    now += 86400;
    apply((struct event){.kind = EVENT_RESTORE_INTENDED});
    apply((struct event){.kind = EVENT_RESTORED});
    now = date;
    see_identity(OLD);
    fail_look("KEY_REFUSED");
    expect_stop("KEY_REFUSED");
    /* One that was begun a moment ago is. */
    apply((struct event){.kind = EVENT_RESTORE_INTENDED});
    apply((struct event){.kind = EVENT_RESTORED});
    fail_look("KEY_REFUSED");
    expect(EFFECT_WAIT);
}

/* --- keys that are not what they seem --------------------------------------------------------------------- */

static void what_is_not_a_key_of_the_user_is_neither_adopted_nor_retired(void **state)
{
    (void)state;
    until_create();
    put(rotation.plan.adopt_key, NEW);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_UNKNOWN, NULL);
    expect_stop(NEW " is not a key of alice");
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, TWO);
    expect_stop(NEW " is not a key of alice");

    until_create();
    put(plan.retire_key, TWO);
    rotation_init(&rotation);
    apply((struct event){.kind = EVENT_OPENED, .plan = &plan});
    see_identity(OLD);
    apply((struct event){.kind = EVENT_TARGET_TRIED});
    list(KEY_STATUS_ACTIVE, KEY_STATUS_UNKNOWN, NULL);
    answer("create", "yes", OLD);
    expect_stop(TWO " is not among the keys of alice");
    /* However often lists agree: it was never seen, so nobody has removed it, and none is made unasked. */
    now += PROPAGATION_MAX + rotation.plan.consistency + 1;
    list(KEY_STATUS_ACTIVE, KEY_STATUS_UNKNOWN, NULL);
    expect_stop(TWO " is not among the keys of alice");
}

static void an_orphan_that_was_used_before_it_was_made_was_not_used(void **state)
{
    (void)state;
    static const struct {
        int64_t used; /* after it was made */
        enum effect_kind next;
    } rows[] = {{-86400, EFFECT_ASK}, {-CLOCK_TOLERANCE, EFFECT_BLOCKED}, {1, EFFECT_BLOCKED}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        until_create();
        with_key(EVENT_CREATE_INTENDED, "", KEY_STATUS_UNKNOWN);
        with_key(EVENT_CREATE_UNANSWERED, "", KEY_STATUS_UNKNOWN);
        list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
        with_key(EVENT_KEY_SOUGHT, NEW, KEY_STATUS_UNKNOWN);
        struct event used = {.kind = EVENT_LAST_USED_READ, .used_at = now + rows[i].used};
        put(used.key, NEW);
        apply(used);
        expect(rows[i].next);
    }
}

static void a_session_of_the_picked_key_does_not_sign_its_removal(void **state)
{
    (void)state;
    until_create();
    rotation.plan.self = false;
    rotation.plan.quiet = 0;
    put(rotation.plan.signer_key, STRANGER);
    put(rotation.identity_source, TWO);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, TWO);
    with_key(EVENT_LAST_USED_READ, OLD, KEY_STATUS_UNKNOWN);
    with_key(EVENT_LAST_USED_READ, TWO, KEY_STATUS_UNKNOWN);
    answer("two_keys", "retire", TWO);
    assert_int_equal(next().question, QUESTION_DEACTIVATE);
    answer("deactivate", "yes", TWO);
    expect_stop(TWO " would sign its own removal");
    assert_true(next().needs_operator);
    put(rotation.identity_source, STRANGER);
    expect(EFFECT_SWITCH);
    assert_string_equal(next().key, TWO);
}

static void a_target_that_does_not_keep_the_key_is_not_handed_it_for_ever(void **state)
{
    (void)state;
    static const char *const found[] = {"", OLD};
    for (size_t i = 0; i < 2; i++) {
        until_create();
        with_key(EVENT_CREATE_INTENDED, "", KEY_STATUS_UNKNOWN);
        with_key(EVENT_CREATED, NEW, KEY_STATUS_ACTIVE);
        int times = 0;
        for (; next().kind == EFFECT_DELIVER && times < 20; times++) {
            apply((struct event){.kind = EVENT_DELIVER_INTENDED});
            apply((struct event){.kind = EVENT_DELIVERED});
            check_target(found[i], VERDICT_UNKNOWN);
        }
        assert_int_equal(times, 3);
        expect_stop(found[i][0] == '\0' ? "target 1 holds neither key again" : "holds " OLD " again");
        apply((struct event){.kind = EVENT_RETRIED});
        expect(EFFECT_DELIVER);
    }
}

/* --- sessions and clocks ------------------------------------------------------------------------------------ */

static void a_soak_that_is_overridden_asks_for_the_code_at_once(void **state)
{
    (void)state;
    until_inactive();
    with_key(EVENT_TEST_CONCLUDED, NEW, KEY_STATUS_UNKNOWN);
    put(rotation.plan.mfa_serial, DEVICE);
    expect(EFFECT_WAIT);
    assert_int_equal(next().gate, GATE_SOAK_OVER);
    assert_true(next().long_wait);
    override("soak_over");
    assert_int_equal(next().question, QUESTION_MFA);
}

static void a_switch_that_came_without_a_date_begins_no_wait(void **state)
{
    (void)state;
    until_inactive();
    rotation.plan.soak = 0;
    struct error err;
    struct event event = {.kind = EVENT_STATUS_SET, .status = KEY_STATUS_INACTIVE, .at = now};
    put(event.key, OLD);
    assert_true(rotation_apply(&rotation, &event, &err));
    with_key(EVENT_TEST_CONCLUDED, NEW, KEY_STATUS_UNKNOWN);
    assert_int_equal(gate(GATE_SOAK_OVER), GATE_UNCHECKED);
    put(rotation.plan.mfa_serial, DEVICE);
    assert_int_equal(next().question, QUESTION_MFA);
    rotation.plan.mfa_serial[0] = '\0';
    /* It is counted from the first list that shows it off. */
    list(KEY_STATUS_INACTIVE, KEY_STATUS_ACTIVE, NEW);
    assert_int_equal(gate(GATE_SOAK_OVER), GATE_PASSES);
    assert_int_equal(rotation.old_key.inactive_date, now);
}

static void a_clock_that_was_set_back_does_not_hold_up_the_next_probe(void **state)
{
    (void)state;
    until_inactive();
    check_target(NEW, VERDICT_WORKS);
    list(KEY_STATUS_INACTIVE, KEY_STATUS_ACTIVE, NEW);
    expect(EFFECT_PROBE_KEY);
    assert_true(next().in_iam);
    probe_in_iam(NEW, VERDICT_REFUSED, now);
    expect(EFFECT_WAIT);
    int64_t date = now;
    now -= 3600;
    struct event event = {.kind = EVENT_TARGET_CHECKED, .verdict = VERDICT_WORKS, .date = date};
    put(event.found, NEW);
    apply(event);
    expect(EFFECT_LIST_KEYS); /* that look is of no age now, too */
    list(KEY_STATUS_INACTIVE, KEY_STATUS_ACTIVE, NEW);
    expect(EFFECT_PROBE_KEY);
    assert_true(next().in_iam);
}

/* --- rollback ------------------------------------------------------------------------------------------------- */

static void there_is_no_way_back_from_a_delete(void **state)
{
    (void)state;
    until_inactive();
    with_key(EVENT_TEST_CONCLUDED, NEW, KEY_STATUS_UNKNOWN);
    with_key(EVENT_DELETE_INTENDED, OLD, KEY_STATUS_UNKNOWN);
    with_key(EVENT_DELETED, OLD, KEY_STATUS_UNKNOWN);
    apply((struct event){.kind = EVENT_ROLLBACK_CHOSEN});
    /* The new key is the only one that is left: it stays, and so it stays in its targets. */
    expect_stop(OLD " was deleted");
    assert_true(next().needs_operator);
}

static void a_rollback_returns_a_picked_key_to_what_it_was(void **state)
{
    (void)state;
    static const enum key_status first[] = {KEY_STATUS_ACTIVE, KEY_STATUS_INACTIVE};
    for (size_t i = 0; i < 2; i++) {
        until_create();
        list(KEY_STATUS_ACTIVE, first[i], TWO);
        answer("two_keys", "retire", TWO);
        with_key(EVENT_STATUS_INTENDED, TWO, KEY_STATUS_INACTIVE);
        with_key(EVENT_STATUS_SET, TWO, KEY_STATUS_INACTIVE);
        apply((struct event){.kind = EVENT_ROLLBACK_CHOSEN});
        if (first[i] == KEY_STATUS_INACTIVE) {
            expect(EFFECT_CLOSE);
            continue;
        }
        see_identity(OLD);
        list(KEY_STATUS_ACTIVE, KEY_STATUS_INACTIVE, TWO);
        expect(EFFECT_SWITCH);
        assert_string_equal(next().key, TWO);
        assert_int_equal(next().status, KEY_STATUS_ACTIVE);
        with_key(EVENT_STATUS_INTENDED, TWO, KEY_STATUS_ACTIVE);
        with_key(EVENT_STATUS_SET, TWO, KEY_STATUS_ACTIVE);
        expect(EFFECT_CLOSE);
    }
}

/* A status that we do not know (AWS has more than two by now) is not Active, and no change of ours that
 * lists may lag behind: the rollback says so instead of listing for ever. */
static void an_old_key_in_a_state_that_we_do_not_know_stops_a_rollback(void **state)
{
    (void)state;
    until_proven();
    apply((struct event){.kind = EVENT_ROLLBACK_CHOSEN});
    see_identity(OLD);
    int looks = 0;
    for (; next().kind != EFFECT_BLOCKED && looks < 1000; looks++) {
        if (next().kind == EFFECT_LIST_KEYS)
            list(key_status_from_name("Expired"), KEY_STATUS_ACTIVE, NEW);
        else if (next().kind == EFFECT_WAIT)
            now = next().until;
        else
            break;
    }
    expect_stop("is not Active: the new key stays");
    assert_true(next().needs_operator);
}

static void a_yes_about_one_key_is_none_about_another(void **state)
{
    (void)state;
    open_rotation();
    rotation.plan.quiet = 0;
    see_identity(OLD);
    apply((struct event){.kind = EVENT_TARGET_TRIED});
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, TWO);
    with_key(EVENT_LAST_USED_READ, OLD, KEY_STATUS_UNKNOWN);
    with_key(EVENT_LAST_USED_READ, TWO, KEY_STATUS_UNKNOWN);
    answer("two_keys", "retire", TWO);
    answer("create", "yes", OLD);
    answer("deactivate", "yes", OLD);
    assert_int_equal(next().question, QUESTION_DEACTIVATE);
    assert_string_equal(next().key, TWO);
    answer("deactivate", "yes", TWO);
    expect(EFFECT_SWITCH);
    assert_string_equal(next().key, TWO);
}

/* What is known of AWS's clock may come from an answer that was a timeout on its way. */
static void a_switch_off_may_arrive_two_timeouts_after_the_last_date(void **state)
{
    (void)state;
    until_proven();
    see_identity(NEW);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    int64_t date = now;
    with_key(EVENT_STATUS_INTENDED, OLD, KEY_STATUS_INACTIVE);
    with_key(EVENT_STATUS_UNANSWERED, OLD, KEY_STATUS_INACTIVE);
    now += plan.timeout + CLOCK_TOLERANCE + 1;
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    apply((struct event){.kind = EVENT_ROLLBACK_CHOSEN});
    see_identity(NEW);
    expect(EFFECT_WAIT);
    now = next().until;
    assert_true(now >= date + 2 * plan.timeout);
    expect(EFFECT_SWITCH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_is_waited_out_asked_about_or_shown),
        cmocka_unit_test(a_pair_that_is_nowhere_stops_what_it_is_for),
        cmocka_unit_test(a_refusal_is_not_waited_out_until_a_clock_has_caught_up),
        cmocka_unit_test(what_is_not_a_key_of_the_user_is_neither_adopted_nor_retired),
        cmocka_unit_test(an_orphan_that_was_used_before_it_was_made_was_not_used),
        cmocka_unit_test(a_session_of_the_picked_key_does_not_sign_its_removal),
        cmocka_unit_test(a_target_that_does_not_keep_the_key_is_not_handed_it_for_ever),
        cmocka_unit_test(a_soak_that_is_overridden_asks_for_the_code_at_once),
        cmocka_unit_test(a_switch_that_came_without_a_date_begins_no_wait),
        cmocka_unit_test(a_clock_that_was_set_back_does_not_hold_up_the_next_probe),
        cmocka_unit_test(a_yes_about_one_key_is_none_about_another),
        cmocka_unit_test(a_switch_off_may_arrive_two_timeouts_after_the_last_date),
        cmocka_unit_test(there_is_no_way_back_from_a_delete),
        cmocka_unit_test(a_rollback_returns_a_picked_key_to_what_it_was),
        cmocka_unit_test(an_old_key_in_a_state_that_we_do_not_know_stops_a_rollback),
    };
    return cmocka_run_group_tests_name("rotation: stops", tests, NULL, NULL);
}
