/* The fold, event by event: what cannot follow, what is about a key or a target that is not meant, and
 * what an event leaves as it was. */
#include "rotation_help.h"

#define STRANGER "AKIASTRANGERSTRANGE1"

static struct rotation before;

static void expect_refusal(struct event event)
{
    struct error err;
    memcpy(&before, &rotation, sizeof before);
    assert_false(rotation_apply(&rotation, &event, &err));
    assert_int_equal(err.code, ERROR_JOURNAL_DAMAGED);
    assert_memory_equal(&before, &rotation, sizeof before);
}

/* --- what cannot follow ------------------------------------------------------------------------------ */

static void targets_and_tests_that_are_not_in_the_plan_cannot_follow(void **state)
{
    (void)state;
    open_rotation();
    rotation.plan.test_count = 1;
    static const int64_t numbers[] = {-1, 1, TARGETS_MAX, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        expect_refusal((struct event){.kind = EVENT_TEST_INTENDED, .test = numbers[i]});
        expect_refusal((struct event){.kind = EVENT_TEST_FINISHED, .test = numbers[i]});
        expect_refusal((struct event){.kind = EVENT_DELIVER_INTENDED, .target = numbers[i]});
        expect_refusal((struct event){.kind = EVENT_TARGET_CHECKED, .target = numbers[i]});
    }
    apply((struct event){.kind = EVENT_TEST_FINISHED, .count = 7});
    assert_true(rotation.tests_done[0]);
    assert_int_equal(rotation.tests_status[0], 7);
}

static void a_plan_that_does_not_fit_opens_nothing(void **state)
{
    (void)state;
    open_rotation();
    expect_refusal((struct event){.kind = EVENT_OPENED, .plan = &plan}); /* twice */
    rotation_init(&rotation);
    expect_refusal((struct event){.kind = EVENT_OPENED});
    plan.target_count = TARGETS_MAX + 1;
    expect_refusal((struct event){.kind = EVENT_OPENED, .plan = &plan});
    plan.target_count = TARGETS_MAX;
    plan.test_count = TESTS_MAX + 1;
    expect_refusal((struct event){.kind = EVENT_OPENED, .plan = &plan});
    expect(EFFECT_NONE); /* nothing is done for what was never opened */
    plan.test_count = TESTS_MAX;
    apply((struct event){.kind = EVENT_OPENED, .plan = &plan});
    expect(EFFECT_IDENTIFY);
}

/* --- what an event leaves as it was ------------------------------------------------------------------- */

static void a_failed_look_may_name_any_target(void **state)
{
    (void)state;
    until_proven();
    memcpy(&before, &rotation, sizeof before);
    apply((struct event){.kind = EVENT_CHECK_FAILED, .target = TARGETS_MAX});
    apply((struct event){.kind = EVENT_CHECK_FAILED, .target = -1});
    assert_memory_equal(before.targets, rotation.targets, sizeof before.targets);
    assert_true(rotation.failed);
}

static void a_date_counts_only_where_a_kind_carries_one(void **state)
{
    (void)state;
    until_proven();
    int64_t date = rotation.server_date;
    apply((struct event){.kind = EVENT_RETRIED, .date = date + 86400});
    assert_int_equal(rotation.server_date, date);
    apply((struct event){.kind = EVENT_KEYS_LISTED, .date = date + 86400, .keys = rotation.list});
    assert_int_equal(rotation.server_date, date + 86400);
}

static void what_is_about_a_strangers_key_touches_none_of_ours(void **state)
{
    (void)state;
    static const enum event_kind kinds[] = {
        EVENT_STATUS_INTENDED, EVENT_STATUS_FAILED, EVENT_STATUS_SET, EVENT_DELETE_INTENDED,
        EVENT_DELETE_FAILED,   EVENT_DELETED,       EVENT_KEY_PROBED, EVENT_LAST_USED_READ,
    };
    until_proven();
    see_identity(NEW);
    memcpy(&before, &rotation, sizeof before);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct event event = {.kind = kinds[i], .status = KEY_STATUS_INACTIVE, .used_at = now};
        put(event.key, STRANGER);
        put(event.user, "mallory");
        apply(event);
        assert_memory_equal(&before.old_key, &rotation.old_key, sizeof before.old_key);
        assert_memory_equal(&before.new_key, &rotation.new_key, sizeof before.new_key);
        assert_string_equal(rotation.owner, "alice");
        assert_int_equal(rotation.state, ROTATION_PROVEN);
        assert_int_equal(rotation.deleted_date, 0);
    }
    /* A switch of it that was left open is settled by a list like any other. */
    with_key(EVENT_STATUS_INTENDED, STRANGER, KEY_STATUS_INACTIVE);
    assert_int_equal(rotation.pending, ACT_SWITCH);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_INACTIVE, STRANGER);
    assert_int_equal(rotation.pending, ACT_NONE);
    assert_false(rotation.old_key.maybe_off || rotation.old_key.deactivated_by_us);
}

static void the_owner_of_another_key_is_not_the_owner_of_the_old_one(void **state)
{
    (void)state;
    open_rotation();
    struct event event = {.kind = EVENT_IDENTITY_SEEN};
    put(event.account, plan.account);
    put(event.arn, plan.user_arn);
    put(event.key, TWO);
    put(event.user, "mallory");
    put(event.signer, OLD);
    apply(event);
    assert_string_equal(rotation.owner, "");
    assert_int_equal(gate(GATE_IDENTITY), GATE_PASSES);
    put(event.key, OLD);
    apply(event);
    assert_string_equal(rotation.owner, "mallory");
    assert_int_equal(gate(GATE_IDENTITY), GATE_FAILS);
}

static void a_refused_delete_that_nobody_intended_moves_nothing_back(void **state)
{
    (void)state;
    until_proven();
    with_key(EVENT_DELETE_FAILED, OLD, KEY_STATUS_UNKNOWN);
    assert_int_equal(rotation.state, ROTATION_PROVEN);
}

static void an_override_of_no_gate_overrides_nothing(void **state)
{
    (void)state;
    static const struct override none[GATE_COUNT];
    until_proven();
    override("no_such_gate");
    override("");
    assert_memory_equal(rotation.overrides, none, sizeof none);
}

static void names_of_no_question_are_none(void **state)
{
    (void)state;
    assert_int_equal(question_from_name(NULL), QUESTION_NONE);
    assert_int_equal(question_from_name("no such question"), QUESTION_NONE);
    for (int i = 0; i < QUESTION_COUNT; i++)
        assert_int_equal(question_from_name(question_name((enum question)i)), i);
}

/* --- answers ------------------------------------------------------------------------------------------- */

static void an_answer_about_a_key_that_was_not_asked_about_picks_none(void **state)
{
    (void)state;
    until_create();
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, TWO);
    static const struct {
        const char *says, *key;
    } answers[] = {{"retire", STRANGER}, {"adopt", OLD}, {"no", TWO}, {"", TWO}};
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        answer("two_keys", answers[i].says, answers[i].key);
        assert_string_equal(rotation.other.id, "");
        assert_string_equal(rotation.plan.adopt_key, "");
        assert_string_equal(rotation.plan.retire_key, "");
    }
    answer("two_keys", "adopt", TWO);
    assert_string_equal(rotation.plan.adopt_key, TWO);
    expect(EFFECT_PROBE_KEY);
}

static void a_receipt_without_a_failed_hand_over_delivers_nothing(void **state)
{
    (void)state;
    until_create();
    rotation.plan.targets[0].readable = false;
    with_key(EVENT_CREATE_INTENDED, "", KEY_STATUS_UNKNOWN);
    with_key(EVENT_CREATED, NEW, KEY_STATUS_ACTIVE);
    answer("receipt", "yes", NEW);
    assert_false(rotation.targets[0].delivered);
    expect(EFFECT_DELIVER);
}

/* --- what an unanswered create made --------------------------------------------------------------------- */

static void only_the_orphan_that_a_list_shows_is_taken_for_it(void **state)
{
    (void)state;
    until_create();
    with_key(EVENT_CREATE_INTENDED, "", KEY_STATUS_UNKNOWN);
    with_key(EVENT_CREATE_UNANSWERED, "", KEY_STATUS_UNKNOWN);
    with_key(EVENT_KEY_SOUGHT, NEW, KEY_STATUS_UNKNOWN); /* in no list yet */
    assert_string_equal(rotation.other.id, "");
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    with_key(EVENT_KEY_SOUGHT, TWO, KEY_STATUS_UNKNOWN);
    assert_string_equal(rotation.other.id, "");
    assert_int_equal(rotation.pending, ACT_CREATE);
    with_key(EVENT_KEY_SOUGHT, NEW, KEY_STATUS_UNKNOWN);
    assert_string_equal(rotation.other.id, NEW);
    assert_int_equal(rotation.other_kind, OTHER_ORPHAN);
    assert_int_equal(rotation.pending, ACT_NONE);
}

/* --- several targets, several keys ----------------------------------------------------------------------- */

static void check(int64_t target, const char *found)
{
    struct event event = {.kind = EVENT_TARGET_CHECKED, .target = target, .count = 1};
    put(event.found, found);
    apply(event);
}

static void a_look_at_one_target_does_not_settle_an_act_on_another(void **state)
{
    (void)state;
    until_create();
    rotation.plan.target_count = 2;
    rotation.plan.targets[1].readable = true;
    with_key(EVENT_CREATE_INTENDED, "", KEY_STATUS_UNKNOWN);
    with_key(EVENT_CREATED, NEW, KEY_STATUS_ACTIVE);
    apply((struct event){.kind = EVENT_DELIVER_INTENDED});
    check(1, OLD);
    assert_int_equal(rotation.pending, ACT_DELIVER);
    expect(EFFECT_CHECK_TARGET);
    assert_int_equal(next().target, 0);
    check(0, NEW);
    assert_int_equal(rotation.pending, ACT_NONE);

    apply((struct event){.kind = EVENT_ROLLBACK_CHOSEN});
    apply((struct event){.kind = EVENT_RESTORE_INTENDED});
    check(1, OLD);
    assert_int_equal(rotation.pending, ACT_RESTORE);
    assert_false(rotation.targets[0].restored || rotation.targets[1].restored);
    check(0, NEW); /* it did not take place */
    assert_int_equal(rotation.pending, ACT_NONE);
    assert_false(rotation.targets[0].restored);
    apply((struct event){.kind = EVENT_RESTORE_INTENDED});
    check(0, OLD);
    assert_true(rotation.targets[0].restored);
}

static void the_identity_is_looked_at_anew_only_when_the_signer_may_be_another(void **state)
{
    (void)state;
    static const struct {
        bool self, seen;
        const char *source;
    } rows[] = {
        {true, true, ""},
        {false, true, TWO},  /* an administrator's own key */
        {false, false, NEW}, /* a session whose source may be a target */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        until_create();
        rotation.plan.self = rows[i].self;
        rotation.identity_seen = true;
        put(rotation.identity_signer, TWO);
        put(rotation.identity_source, rows[i].source);
        with_key(EVENT_CREATE_INTENDED, "", KEY_STATUS_UNKNOWN);
        with_key(EVENT_CREATED, NEW, KEY_STATUS_ACTIVE);
        apply((struct event){.kind = EVENT_DELIVER_INTENDED});
        apply((struct event){.kind = EVENT_DELIVERED});
        assert_int_equal(rotation.identity_seen, rows[i].seen);
    }
}

/* The limit of two keys is racy: more have been seen. */
static void the_key_that_is_to_be_adopted_is_found_among_many(void **state)
{
    (void)state;
    static const char *const orders[][3] = {{OLD, STRANGER, TWO}, {TWO, STRANGER, OLD}};
    for (size_t i = 0; i < 2; i++) {
        until_create();
        put(rotation.plan.adopt_key, TWO);
        struct event event = {.kind = EVENT_KEYS_LISTED};
        event.keys.count = 3;
        for (size_t j = 0; j < 3; j++) {
            put(event.keys.keys[j].id, orders[i][j]);
            event.keys.keys[j].status = KEY_STATUS_ACTIVE;
        }
        apply(event);
        assert_string_equal(rotation.second.id, TWO);
        expect(EFFECT_PROBE_KEY);
        assert_string_equal(next().key, TWO);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_and_tests_that_are_not_in_the_plan_cannot_follow),
        cmocka_unit_test(a_plan_that_does_not_fit_opens_nothing),
        cmocka_unit_test(a_failed_look_may_name_any_target),
        cmocka_unit_test(a_date_counts_only_where_a_kind_carries_one),
        cmocka_unit_test(what_is_about_a_strangers_key_touches_none_of_ours),
        cmocka_unit_test(the_owner_of_another_key_is_not_the_owner_of_the_old_one),
        cmocka_unit_test(a_refused_delete_that_nobody_intended_moves_nothing_back),
        cmocka_unit_test(an_override_of_no_gate_overrides_nothing),
        cmocka_unit_test(names_of_no_question_are_none),
        cmocka_unit_test(an_answer_about_a_key_that_was_not_asked_about_picks_none),
        cmocka_unit_test(a_receipt_without_a_failed_hand_over_delivers_nothing),
        cmocka_unit_test(only_the_orphan_that_a_list_shows_is_taken_for_it),
        cmocka_unit_test(a_look_at_one_target_does_not_settle_an_act_on_another),
        cmocka_unit_test(the_identity_is_looked_at_anew_only_when_the_signer_may_be_another),
        cmocka_unit_test(the_key_that_is_to_be_adopted_is_found_among_many),
    };
    return cmocka_run_group_tests_name("rotation: events", tests, NULL, NULL);
}
