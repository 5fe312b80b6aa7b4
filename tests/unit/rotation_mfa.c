/* The core on MFA: the device, the code, and what a refused one means. */
#include "rotation_help.h"

#define ALICE "arn:aws:iam::123456789012:mfa/alice"
#define SPARE "arn:aws:iam::123456789012:mfa/spare"
#define PASSKEY "arn:aws:iam::123456789012:u2f/user/alice/blue-KEY"

static void see_devices(size_t count, const char *const *serials, const char *configured)
{
    struct event event = {.count = 0};
    bool refused = rotation.failed && rotation.failure.kind == EVENT_SESSION_REFUSED;
    mfa_devices_seen(serials, count, configured, refused ? rotation.plan.mfa_serial : "", &event);
    apply(event);
}

static void refuse_session(const char *error)
{
    struct event event = {.kind = EVENT_SESSION_REFUSED, .http = 403};
    answer("mfa", "given", "");
    expect(EFFECT_TAKE_SESSION);
    put(event.error, error);
    put(event.text, error);
    apply(event);
}

static void refuse_session_of_role(const char *error)
{
    struct event event = {.kind = EVENT_SESSION_REFUSED, .http = 403};
    put(event.error, error);
    put(event.text, error);
    apply(event);
}

static void take_session(const char *key, int64_t ends)
{
    struct event event = {.kind = EVENT_SESSION_TAKEN, .count = ends};
    answer("mfa", "given", "");
    expect(EFFECT_TAKE_SESSION);
    put(event.key, key);
    apply(event);
}

static void expect_code_of(const char *serial)
{
    assert_int_equal(next().question, QUESTION_MFA);
    assert_string_equal(rotation.plan.mfa_serial, serial);
}

static void blocked_and_says(bool needs_operator, const char *words)
{
    expect(EFFECT_BLOCKED);
    assert_int_equal(next().needs_operator, needs_operator);
    if (strstr(next().text, words) == NULL)
        fail_msg("'%s' lacks '%s'", next().text, words);
}

static void denied(void)
{
    open_rotation();
    see_identity(OLD);
    apply((struct event){.kind = EVENT_TARGET_TRIED});
    fail_look("DENIED");
}

/* --- the device -------------------------------------------------------------------------------- */

static void a_denial_is_answered_by_a_session_of_the_users_device(void **state)
{
    (void)state;
    static const char *const devices[] = {ALICE};
    denied();
    expect(EFFECT_FIND_DEVICE);
    assert_false(next().session);
    assert_string_equal(next().signer, OLD);
    see_devices(1, devices, "");
    expect_code_of(ALICE);
    take_session(OLD, now + 3600);
    expect(EFFECT_IDENTIFY);
    assert_true(next().session);
    /* Denied with MFA as well: that is not what was lacking. */
    see_identity(OLD);
    fail_look("DENIED");
    blocked_and_says(false, "DENIED");
    /* What was found is known to the next run. */
    apply((struct event){.kind = EVENT_RESUMED});
    expect_code_of(ALICE);
}

static void a_denial_stands_where_no_device_can_be_found(void **state)
{
    (void)state;
    static const char *const passkeys[] = {PASSKEY};
    denied();
    struct event unknown = {.kind = EVENT_DEVICES_UNKNOWN};
    put(unknown.error, "THROTTLED");
    put(unknown.text, "throttled");
    apply(unknown);
    blocked_and_says(false, "DENIED");
    apply((struct event){.kind = EVENT_RETRIED});
    see_identity(OLD);
    fail_look("DENIED");
    expect(EFFECT_FIND_DEVICE);
    see_devices(0, passkeys, "");
    blocked_and_says(false, "DENIED");
    denied();
    see_devices(1, passkeys, "");
    blocked_and_says(false, PASSKEY);
    assert_string_equal(rotation.plan.mfa_serial, "");
    /* A role, and the session of somebody, have no device of their own. */
    open_rotation();
    rotation.plan.self = false;
    put(rotation.plan.signer_arn, "arn:aws:sts::123456789012:assumed-role/admin/s");
    fail_look("DENIED");
    blocked_and_says(false, "DENIED");
    put(rotation.plan.signer_arn, "arn:aws:iam::123456789012:user/boss");
    expect(EFFECT_FIND_DEVICE);
    put(rotation.plan.signer_key, "ASIASESSIONSESSION01");
    blocked_and_says(false, "DENIED");
}

static void of_several_devices_the_operator_names_one(void **state)
{
    (void)state;
    static const char *const devices[] = {PASSKEY, ALICE, SPARE};
    char serial[TEXT_SIZE];
    denied();
    see_devices(3, devices, "");
    assert_int_equal(next().question, QUESTION_DEVICE);
    assert_non_null(strstr(next().text, ALICE));
    assert_non_null(strstr(next().text, SPARE));
    assert_true(mfa_device_at(&rotation, 2, serial));
    assert_string_equal(serial, SPARE);
    assert_false(mfa_device_at(&rotation, 0, serial));
    assert_false(mfa_device_at(&rotation, 3, serial)); /* gives no codes */
    assert_false(mfa_device_at(&rotation, 4, serial));
    struct event chosen = {.kind = EVENT_ANSWERED};
    put(chosen.question, "device");
    put(chosen.answer, "2");
    put(chosen.text, SPARE);
    apply(chosen);
    expect_code_of(SPARE);
    /* The profile may name it by now. */
    denied();
    see_devices(3, devices, ALICE);
    expect_code_of(ALICE);
    denied();
    see_devices(2, devices, SPARE); /* not the user's */
    expect_code_of(ALICE);
    denied();
    see_devices(0, NULL, SPARE); /* and nobody may look */
    expect_code_of(SPARE);
}

/* --- refused codes ----------------------------------------------------------------------------- */

static void the_user_of_a_device_is_the_signers(void **state)
{
    (void)state;
    struct plan asked = {.self = true};
    char user[USER_SIZE];
    put(asked.user, "alice");
    put(asked.signer_arn, "arn:aws:iam::123456789012:user/ops/boss");
    mfa_user(&asked, user);
    assert_string_equal(user, "alice");
    asked.self = false;
    mfa_user(&asked, user);
    assert_string_equal(user, "boss");
    put(asked.signer_arn, "arn:aws:sts::123456789012:assumed-role/ops/boss");
    mfa_user(&asked, user);
    assert_string_equal(user, "");
}

static void what_is_told_of_devices_fits_its_room(void **state)
{
    (void)state;
    enum { MANY = 60 };
    const char *many[MANY];
    struct event event = {.count = 0};
    for (size_t i = 0; i < MANY; i++)
        many[i] = i % 2 == 0 ? ALICE : PASSKEY;
    mfa_devices_seen(many, MANY, SPARE, ALICE, &event);
    assert_int_equal(event.count, MANY / 2);
    assert_string_equal(event.arn, "");
    assert_int_equal(event.verdict, VERDICT_WORKS);
    assert_in_range(strlen(event.text), TEXT_SIZE / 2, TEXT_SIZE - 1);
    /* Not allowed to list: the configured one is all there is, and not twice. */
    mfa_devices_seen(NULL, 0, ALICE, "", &event);
    assert_int_equal(event.count, 1);
    assert_string_equal(event.arn, ALICE);
    mfa_devices_seen(NULL, 0, ALICE, ALICE, &event);
    assert_int_equal(event.count, -1);
    assert_string_equal(event.arn, "");
    mfa_devices_seen(NULL, 0, PASSKEY, "", &event);
    assert_int_equal(event.count, -1);
}

static void a_device_is_named_by_its_number(void **state)
{
    (void)state;
    char serial[TEXT_SIZE];
    static const char *const devices[] = {ALICE, SPARE, PASSKEY};
    denied();
    assert_false(mfa_device_at(&rotation, 1, serial));
    see_devices(3, devices, "");
    assert_false(mfa_device_at(&rotation, 0, serial));
    assert_true(mfa_device_at(&rotation, 2, serial));
    assert_string_equal(serial, SPARE);
    assert_false(mfa_device_at(&rotation, 3, serial));
    assert_false(mfa_device_at(&rotation, 4, serial));
}

static void with_device(void)
{
    open_rotation();
    put(rotation.plan.mfa_serial, ALICE);
}

static void a_refused_device_is_told_from_one_that_rests(void **state)
{
    (void)state;
    static const char *const own[] = {ALICE}, *const other[] = {SPARE}, *const passkeys[] = {PASSKEY};
    static const char *const two[] = {SPARE, "GAHT12345678"};
    with_device();
    refuse_session("MFA_DEVICE");
    expect(EFFECT_FIND_DEVICE);
    see_devices(1, own, ALICE);
    blocked_and_says(true, "too often");
    char remedy[TEXT_SIZE];
    assert_true(rotation_remedy(&rotation, remedy));
    /* The next run may try; it does not know what the last one learnt. */
    apply((struct event){.kind = EVENT_RESUMED});
    expect_code_of(ALICE);
    with_device();
    refuse_session("MFA_DEVICE");
    see_devices(1, other, ALICE);
    expect_code_of(SPARE);
    assert_non_null(strstr(next().text, "not the user's"));
    take_session(OLD, 0);
    expect(EFFECT_IDENTIFY);
    with_device();
    refuse_session("MFA_DEVICE");
    see_devices(2, two, ALICE);
    assert_int_equal(next().question, QUESTION_DEVICE);
    with_device();
    refuse_session("MFA_DEVICE");
    see_devices(1, passkeys, ALICE);
    blocked_and_says(true, "none that gives codes");
    with_device();
    refuse_session("MFA_DEVICE");
    apply((struct event){.kind = EVENT_DEVICES_UNKNOWN});
    blocked_and_says(true, "either");
}

static void a_role_is_told_by_the_keeper_what_is_wrong_with_its_device(void **state)
{
    (void)state;
    char remedy[TEXT_SIZE];
    open_rotation();
    rotation.plan.self = false;
    refuse_session_of_role("MFA_RESTS");
    blocked_and_says(true, "MFA_RESTS");
    assert_true(rotation_remedy(&rotation, remedy));
    assert_non_null(strstr(remedy, "five minutes"));
    refuse_session_of_role("MFA_SERIAL");
    blocked_and_says(false, "MFA_SERIAL");
}

static void a_refused_code_is_asked_for_again_and_not_without_end(void **state)
{
    (void)state;
    with_device();
    refuse_session("MFA_REFUSED");
    expect_code_of(ALICE);
    assert_non_null(strstr(next().text, "a wrong code"));
    refuse_session("MFA_USED");
    expect_code_of(ALICE);
    for (int i = 0; i < 3; i++)
        refuse_session("MFA_REFUSED");
    blocked_and_says(true, "in a row");
    apply((struct event){.kind = EVENT_RETRIED});
    expect_code_of(ALICE);
    take_session(OLD, 0);
    assert_int_equal(rotation.codes_refused, 0);
}

static void a_code_that_came_soon_after_a_session_may_be_the_same(void **state)
{
    (void)state;
    until_proven();
    put(rotation.plan.mfa_serial, ALICE);
    rotation.plan.quiet = 0;
    now = now / 30 * 30 + 29;
    check_target(NEW, VERDICT_WORKS);
    now += 2;
    check_target(NEW, VERDICT_WORKS);
    take_session(NEW, now + 3600);
    int64_t taken = now;
    apply((struct event){.kind = EVENT_RESUMED});
    check_target(NEW, VERDICT_WORKS);
    for (int i = 0; next().kind != EFFECT_ASK && i < 9; i++) {
        now++;
        check_target(NEW, VERDICT_WORKS);
    }
    expect_code_of(ALICE);
    /* The next code begins with the next half minute. */
    assert_int_equal(next().until, (taken / 30 + 1) * 30);
    assert_true(next().until > now);
    refuse_session("MFA_REFUSED");
    assert_non_null(strstr(next().text, "the last session"));
    now += 31;
    assert_int_equal(next().until, 0);
}

static void a_session_is_renewed_before_it_ends(void **state)
{
    (void)state;
    until_create();
    put(rotation.plan.mfa_serial, ALICE);
    rotation.session_held = true;
    put(rotation.session_key, OLD);
    rotation.session_ends = now + 121;
    expect(EFFECT_CREATE);
    now += 2;
    expect_code_of(ALICE);
    assert_non_null(strstr(next().text, "ends soon"));
    take_session(OLD, now + 3600);
    expect(EFFECT_IDENTIFY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_user_of_a_device_is_the_signers),
        cmocka_unit_test(what_is_told_of_devices_fits_its_room),
        cmocka_unit_test(a_device_is_named_by_its_number),
        cmocka_unit_test(a_denial_is_answered_by_a_session_of_the_users_device),
        cmocka_unit_test(a_denial_stands_where_no_device_can_be_found),
        cmocka_unit_test(of_several_devices_the_operator_names_one),
        cmocka_unit_test(a_refused_device_is_told_from_one_that_rests),
        cmocka_unit_test(a_role_is_told_by_the_keeper_what_is_wrong_with_its_device),
        cmocka_unit_test(a_refused_code_is_asked_for_again_and_not_without_end),
        cmocka_unit_test(a_code_that_came_soon_after_a_session_may_be_the_same),
        cmocka_unit_test(a_session_is_renewed_before_it_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
