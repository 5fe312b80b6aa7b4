/* What the tests of the core share: a rotation of alice's key by herself, and events as AWS would
 * cause them. Each program has a rotation of its own. */
#ifndef KEYWRIGHT_TESTS_ROTATION_HELP_H
#define KEYWRIGHT_TESTS_ROTATION_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rotation/rotation.h"

#define OLD "AKIAOLDOLDOLDOLDOLD1"
#define NEW "AKIANEWNEWNEWNEWNEW1"
#define TWO "AKIATWOTWOTWOTWOTWO1"

static struct plan plan;
static struct rotation rotation;
static int64_t now;

static inline void put(char *to, const char *from)
{
    memcpy(to, from, strlen(from) + 1);
}

static inline void apply(struct event event)
{
    struct error err;
    event.at = now;
    if (event.date == 0 && (event_fields(event.kind) & F(DATE)) != 0)
        event.date = now;
    if (!rotation_apply(&rotation, &event, &err))
        fail_msg("%s", err.text);
}

static inline void open_rotation(void)
{
    memset(&plan, 0, sizeof plan);
    now = 1768480496;
    put(plan.account, "123456789012");
    put(plan.user, "alice");
    put(plan.user_arn, "arn:aws:iam::123456789012:user/alice");
    put(plan.signer_arn, plan.user_arn);
    put(plan.old_key, OLD);
    put(plan.signer_key, OLD);
    plan.self = plan.pair_held = true;
    plan.target_count = 1;
    plan.targets[0].readable = true;
    plan.settle = 5;
    plan.quiet = 86400;
    plan.soak = 86400;
    plan.consistency = 60;
    plan.timeout = 30;
    rotation_init(&rotation);
    apply((struct event){.kind = EVENT_OPENED, .plan = &plan});
}

static inline struct effect next(void)
{
    struct effect effect;
    rotation_next(&rotation, now, &effect);
    return effect;
}

static inline void expect(enum effect_kind kind)
{
    struct effect effect = next();
    if (effect.kind != kind)
        fail_msg("expected %s, got %s: %s", effect_name(kind), effect_name(effect.kind), effect.text);
}

static inline void see_identity(const char *signer)
{
    struct event event = {.kind = EVENT_IDENTITY_SEEN};
    put(event.account, plan.account);
    put(event.arn, plan.user_arn);
    put(event.user, plan.user);
    put(event.key, OLD);
    put(event.signer, signer);
    apply(event);
}

static inline void list(enum key_status old, enum key_status new_status, const char *second)
{
    struct event event = {.kind = EVENT_KEYS_LISTED};
    put(event.keys.keys[0].id, OLD);
    event.keys.keys[0].status = old;
    event.keys.count = 1;
    if (second != NULL) {
        put(event.keys.keys[1].id, second);
        event.keys.keys[1].status = new_status;
        event.keys.keys[1].created = now;
        event.keys.count = 2;
    }
    apply(event);
}

static inline void answer(const char *question, const char *says, const char *key)
{
    struct event event = {.kind = EVENT_ANSWERED};
    put(event.question, question);
    put(event.answer, says);
    put(event.key, key);
    apply(event);
}

static inline void with_key(enum event_kind kind, const char *key, enum key_status status)
{
    struct event event = {.kind = kind, .status = status, .created = now};
    put(event.key, key);
    apply(event);
}

static inline void check_target(const char *found, enum verdict verdict)
{
    struct event event = {.kind = EVENT_TARGET_CHECKED, .verdict = verdict, .count = 1};
    put(event.found, found);
    apply(event);
}

static inline void override(const char *gate_name)
{
    struct event event = {.kind = EVENT_OVERRIDDEN};
    put(event.gate, gate_name);
    put(event.text, "known, and accepted");
    apply(event);
}

static inline void fail_look(const char *error)
{
    struct event event = {.kind = EVENT_CHECK_FAILED};
    put(event.error, error);
    put(event.text, error);
    apply(event);
}

static inline void until_create(void)
{
    open_rotation();
    see_identity(OLD);
    apply((struct event){.kind = EVENT_TARGET_TRIED});
    list(KEY_STATUS_ACTIVE, KEY_STATUS_UNKNOWN, NULL);
    answer("create", "yes", OLD);
}

static inline void until_proven(void)
{
    until_create();
    with_key(EVENT_CREATE_INTENDED, "", KEY_STATUS_UNKNOWN);
    with_key(EVENT_CREATED, NEW, KEY_STATUS_ACTIVE);
    apply((struct event){.kind = EVENT_DELIVER_INTENDED});
    apply((struct event){.kind = EVENT_DELIVERED});
    for (int i = 0; i < 6; i++, now++)
        check_target(NEW, VERDICT_WORKS);
    now--;
}

static inline void until_inactive(void)
{
    until_proven();
    plan.quiet = 0;
    rotation.plan.quiet = 0;
    see_identity(NEW);
    with_key(EVENT_LAST_USED_READ, OLD, KEY_STATUS_UNKNOWN);
    list(KEY_STATUS_ACTIVE, KEY_STATUS_ACTIVE, NEW);
    assert_int_equal(next().question, QUESTION_DEACTIVATE);
    answer("deactivate", "yes", OLD);
    expect(EFFECT_SWITCH);
    assert_string_equal(next().signer, NEW);
    with_key(EVENT_STATUS_INTENDED, OLD, KEY_STATUS_INACTIVE);
    with_key(EVENT_STATUS_SET, OLD, KEY_STATUS_INACTIVE);
}

static inline enum gate_verdict gate(enum gate_id id)
{
    struct gate gates[GATE_COUNT];
    gates_evaluate(&rotation, now, gates);
    return gates[id].verdict;
}

#endif
