#include "rotation/rotation.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/when.h"

static const char *const verdict_names_of_gates[] = {
    [GATE_PASSES] = "passes",       [GATE_WAITS] = "waits",   [GATE_FAILS] = "fails",
    [GATE_UNCHECKED] = "unchecked", [GATE_WAIVED] = "waived", [GATE_OVERRULED] = "overridden",
};

const char *gate_verdict_name(enum gate_verdict verdict)
{
    return verdict_names_of_gates[verdict];
}

static void FORMAT_LIKE(2, 3) put_words(struct gate *gate, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(gate->evidence, sizeof gate->evidence, format, args);
    va_end(args);
}

/* A macro, so that the times in the words are not made either when no words are wanted. */
#define say(gate, says, ...)                                                                       \
    do {                                                                                           \
        (gate)->verdict = (says);                                                                  \
        if (!(gate)->wordless)                                                                     \
            put_words(gate, __VA_ARGS__);                                                          \
    } while (0)

/* --- identity --------------------------------------------------------------------------------- */

/* The same identity: equal ARNs, or the same role under another session name. */
static bool same_identity(const char *a, const char *b)
{
    if (strcmp(a, b) == 0)
        return true;
    const char *last = strrchr(a, '/');
    return strstr(a, ":assumed-role/") != NULL && last != NULL &&
           strncmp(a, b, (size_t)(last - a) + 1) == 0 && strchr(b + (last - a) + 1, '/') == NULL;
}

/* From the switch-off on. Before it, such a session may sign: its source profile is a target that gets
 * the new key. */
static bool signer_ends_with_old_key(const struct rotation *rotation)
{
    bool of_old_key = !rotation->plan.self &&
                      strcmp(rotation->identity_source, rotation->plan.old_key) == 0;
    switch (rotation->state) {
    case ROTATION_PROVEN:
    case ROTATION_DEACTIVATED:
    case ROTATION_TESTED:
    case ROTATION_DELETING:
        return of_old_key;
    case ROTATION_OPENED:
    case ROTATION_CREATING:
    case ROTATION_CREATED:
    case ROTATION_DELIVERING:
    case ROTATION_PROVING:
    case ROTATION_ROLLING_BACK:
    case ROTATION_DONE:
    case ROTATION_ROLLED_BACK:
    case ROTATION_ABANDONED:
    case ROTATION_STATE_COUNT:
        return false;
    }
    return false;
}

static void judge_identity(const struct rotation *rotation, struct gate *gate)
{
    const struct plan *plan = &rotation->plan;
    const char *expected = plan->self ? plan->user_arn : plan->signer_arn;
    char why[TEXT_SIZE];
    bool seen = rotation->identity_seen;
    if (!plan_signer_fits(plan, seen ? rotation->identity_signer : plan->signer_key,
                          seen ? rotation->identity_arn : plan->signer_arn,
                          seen ? rotation->identity_source : plan->signer_key, why)) {
        say(gate, GATE_FAILS, "%s", why);
    } else if (!seen) {
        gate->stale = true;
        say(gate, GATE_UNCHECKED, "not looked at in this run");
    } else if (strcmp(rotation->identity_account, plan->account) != 0) {
        say(gate, GATE_FAILS, "the signer speaks for account %s, the key is in account %s",
            rotation->identity_account, plan->account);
    } else if (expected[0] != '\0' && !same_identity(expected, rotation->identity_arn)) {
        say(gate, GATE_FAILS, "the signer is %.200s, not %.200s", rotation->identity_arn, expected);
    } else if (signer_ends_with_old_key(rotation)) {
        say(gate, GATE_FAILS, "the signer's session was taken with %s, the key that is to be removed; "
            "another identity must sign (--as)", plan->old_key);
    } else if (rotation->owner[0] != '\0' && strcmp(rotation->owner, plan->user) != 0) {
        say(gate, GATE_FAILS, "the key belongs to %s, not to %s", rotation->owner, plan->user);
    } else {
        say(gate, GATE_PASSES, "account %s, user %s, signed by %s", plan->account, plan->user,
            rotation->identity_signer);
    }
}

/* --- the new key and its targets -------------------------------------------------------------- */

/* AWS's time of the oldest of the last successes of all readable targets, else of the key. */
static int64_t proof_date(const struct rotation *rotation)
{
    int64_t oldest = 0;
    for (size_t i = 0; i < rotation->plan.target_count; i++) {
        int64_t last = rotation->targets[i].works_last;
        if (rotation->plan.targets[i].readable && (oldest == 0 || last < oldest))
            oldest = last;
    }
    return oldest != 0 ? oldest : rotation->new_key.works_last;
}

static void judge_delivered(const struct rotation *rotation, struct gate *gate)
{
    const struct key_state *key = &rotation->new_key;
    gate->stale = true;
    if (!rotation->listed)
        say(gate, GATE_UNCHECKED, "%s was delivered, not read back; the keys were not listed in this run",
            key->id);
    else if (key->missing_since != 0)
        say(gate, GATE_UNCHECKED, "%s was delivered, not read back, and is not in the list of keys", key->id);
    else if (key->status != KEY_STATUS_ACTIVE)
        say(gate, GATE_FAILS, "%s was delivered, not read back, and is %s", key->id,
            key_status_name(key->status));
    else if (rotation->server_date - rotation->list_date > PROOF_FRESH)
        say(gate, GATE_UNCHECKED, "%s was delivered, not read back; the keys must be listed again", key->id);
    else
        say(gate, GATE_PASSES, "%s: delivered, not read back; it worked after the hand-over, and is Active",
            key->id);
    gate->stale = gate->verdict != GATE_PASSES;
}

static void judge_new_key_proven(const struct rotation *rotation, struct gate *gate)
{
    char since[WHEN_TEXT_SIZE];
    char settle[DURATION_TEXT_SIZE];
    int64_t proof = proof_date(rotation);
    if (rotation->new_key.id[0] == '\0') {
        say(gate, GATE_UNCHECKED, "there is no new key yet");
    } else if (rotation_proof_delivered(rotation)) {
        judge_delivered(rotation, gate);
    } else if (!rotation_proof_settled(rotation)) {
        gate->stale = true;
        say(gate, GATE_UNCHECKED, "the new key has not worked for %s without a refusal in this run",
            duration_format(rotation->plan.settle, settle));
    } else if (rotation->server_date - proof > PROOF_FRESH) {
        gate->stale = true;
        say(gate, GATE_UNCHECKED, "the new key was last seen to work at %s", when_format(proof, since));
    } else {
        say(gate, GATE_PASSES, "%s last worked at %s", rotation->new_key.id, when_format(proof, since));
    }
}

static void judge_targets_current(const struct rotation *rotation, struct gate *gate)
{
    const struct plan *plan = &rotation->plan;
    size_t unread = 0;
    for (size_t i = 0; i < plan->target_count; i++) {
        const struct target_state *target = &rotation->targets[i];
        if (plan->targets[i].readable && !target->checked) {
            gate->stale = true;
            say(gate, GATE_UNCHECKED, "target %zu was not read back in this run", i + 1);
            return;
        }
        if (plan->targets[i].readable && rotation->server_date - target->checked_date > PROOF_FRESH) {
            gate->stale = true;
            say(gate, GATE_UNCHECKED, "target %zu was not read back in the last ten minutes", i + 1);
            return;
        }
        if (plan->targets[i].readable && strcmp(target->found, rotation->new_key.id) != 0) {
            gate->stale = true;
            say(gate, GATE_FAILS, "target %zu holds %s", i + 1,
                target->found[0] != '\0' ? target->found : "neither key");
            return;
        }
        if (!target->delivered) {
            say(gate, GATE_FAILS, "target %zu was not handed the new key", i + 1);
            return;
        }
        unread += plan->targets[i].readable ? 0 : 1;
    }
    if (unread > 0)
        say(gate, GATE_PASSES, "%zu target(s) current, %zu of them delivered, not read back",
            plan->target_count, unread);
    else
        say(gate, GATE_PASSES, "%zu target(s) read back with the new key", plan->target_count);
}

/* --- which key remains ------------------------------------------------------------------------ */

static void judge_not_last_key(const struct rotation *rotation, struct gate *gate)
{
    const struct key_state *key = rotation_remaining(rotation);
    const struct key_state *other = &rotation->other;
    bool old_off = rotation->plan.compromised && rotation->old_key.maybe_off && other->id[0] != '\0';
    if (!rotation->listed) {
        gate->stale = true;
        say(gate, GATE_UNCHECKED, "the keys were not listed in this run");
    } else if (old_off && other->status == KEY_STATUS_INACTIVE) {
        say(gate, GATE_PASSES, "%s is Inactive: no key that works goes with it", other->id);
    } else if (old_off) {
        gate->stale = true;
        say(gate, GATE_FAILS,
            "with %s off, no key that works would be left without %s; switch %s off in IAM if nothing needs "
            "it, and resume; or abandon this rotation and take %s as the new key (--new-key)",
            rotation->old_key.id, other->id, other->id, other->id);
    } else if (key->missing_since != 0 && key->works_since == 0 && !rotation_proof_settled(rotation)) {
        gate->stale = true;
        say(gate, GATE_UNCHECKED, "%s is not in the list of keys", key->id);
    } else if (key->status != KEY_STATUS_ACTIVE) {
        gate->stale = true;
        say(gate, GATE_FAILS, "%s is %s", key->id, key_status_name(key->status));
    } else {
        say(gate, GATE_PASSES, "%s stays, Active", key->id);
    }
}

/* --- quiet ------------------------------------------------------------------------------------ */

static void judge_quiet(const struct rotation *rotation, struct gate *gate)
{
    const struct key_state *key = rotation_subject(rotation);
    bool retire = key == &rotation->other;
    int64_t quiet = rotation->plan.quiet;
    int64_t since = retire ? rotation_picked(rotation) : rotation_handed_over(rotation);
    int64_t over = rotation_quiet_since(rotation) + quiet;
    char when_text[WHEN_TEXT_SIZE], span[DURATION_TEXT_SIZE];
    const char *weak = quiet < 4 * 3600 ? " (weak evidence: AWS reports late)" : "";
    if (retire && key->first_status == KEY_STATUS_INACTIVE) {
        say(gate, GATE_PASSES, "%s was Inactive when the rotation began", key->id);
    } else if (!retire && rotation->plan.compromised) {
        say(gate, GATE_WAIVED, "not asked for: a compromised key is switched off first");
    } else if (quiet == 0) {
        say(gate, GATE_WAIVED, "not asked for by option");
    } else if (since == 0) {
        say(gate, GATE_UNCHECKED, "the hand-over is not complete");
    } else if (key->used_read && key->used_at > since) {
        gate->stale = true;
        say(gate, GATE_FAILS,
            "%s was used at %s by %s in %s, after the hand-over; keywright usage %s shows by whom",
            key->id, when_format(key->used_at, when_text), key->used_service, key->used_region,
            key->id);
    } else if (rotation_quiet_since(rotation) == 0) {
        gate->stale = true;
        say(gate, GATE_UNCHECKED, "AWS was not asked for the time since the hand-over");
    } else if (rotation->server_date < over) {
        gate->opens_date = over;
        say(gate, GATE_WAITS, "no use seen since the hand-over; quiet until %s%s",
            when_format(gate->opens_date, when_text), weak);
    } else if (!key->used_read || key->used_date < over) {
        gate->stale = true;
        say(gate, GATE_UNCHECKED, "the last use was not read since the quiet time ended");
    } else if (rotation->server_date - key->used_date > PROOF_FRESH) {
        gate->stale = true;
        say(gate, GATE_UNCHECKED, "the last use was read at %s; it must be read again",
            when_format(key->used_date, when_text));
    } else {
        say(gate, GATE_PASSES, "no use recorded in the %s after the hand-over%s",
            duration_format(key->used_date - since, span), weak);
    }
}

/* --- tests, soak, still inactive -------------------------------------------------------------- */

static void judge_tests(const struct rotation *rotation, struct gate *gate)
{
    for (size_t i = 0; i < rotation->plan.test_count; i++) {
        if (rotation->tests_done[i] && rotation->tests_status[i] != 0) {
            say(gate, GATE_FAILS, "test %zu ended with status %lld", i + 1,
                (long long)rotation->tests_status[i]);
            return;
        }
    }
    if (rotation->tests_concluded && rotation_proof_delivered(rotation))
        say(gate, GATE_PASSES, "the old key is off, the new key is Active: delivered, not read back");
    else if (rotation->tests_concluded)
        say(gate, GATE_PASSES, rotation->plan.pair_held
                                   ? "the old key is refused, the new key works everywhere"
                                   : "the old key is Inactive (no refusal was seen), the new key works");
    else if (rotation_refusal_overdue(rotation))
        say(gate, GATE_FAILS, "the old key still answers %d s after it was switched off", REFUSAL_MAX);
    else
        say(gate, GATE_UNCHECKED, "the test step is not complete");
}

static void judge_soak(const struct rotation *rotation, struct gate *gate)
{
    const struct key_state *key = rotation_subject(rotation);
    char when_text[WHEN_TEXT_SIZE], span[DURATION_TEXT_SIZE];
    int64_t opens = key->inactive_date + rotation->plan.soak;
    if (key->inactive_date == 0) {
        say(gate, GATE_UNCHECKED, "%s was not switched off yet", key->id);
    } else if (!rotation->listed) {
        gate->stale = true;
        say(gate, GATE_UNCHECKED, "AWS was not asked for the time in this run");
    } else if (rotation->list_date < opens) {
        gate->opens_date = opens;
        say(gate, GATE_WAITS, "off until %s at least", when_format(opens, when_text));
    } else {
        say(gate, GATE_PASSES, "off for %s",
            duration_format(rotation->list_date - key->inactive_date, span));
    }
}

static void judge_still_inactive(const struct rotation *rotation, struct gate *gate)
{
    const struct key_state *key = rotation_subject(rotation);
    if (!rotation->listed) {
        gate->stale = true;
        say(gate, GATE_UNCHECKED, "the keys were not listed in this run");
    } else if (key->missing_since != 0) {
        gate->stale = true;
        say(gate, GATE_UNCHECKED, "%s is not in the list of keys", key->id);
    } else if (key->status == KEY_STATUS_INACTIVE) {
        say(gate, GATE_PASSES, "%s is Inactive", key->id);
    } else if (key->inactive_date != 0 &&
               rotation->list_date - key->inactive_date < PROPAGATION_MAX) {
        gate->stale = true;
        gate->opens_date = key->inactive_date + PROPAGATION_MAX;
        say(gate, GATE_WAITS, "%s is not yet shown as Inactive", key->id);
    } else {
        gate->stale = true;
        say(gate, GATE_FAILS, "%s is %s: somebody else switched it on", key->id,
            key_status_name(key->status));
    }
}

/* --- all -------------------------------------------------------------------------------------- */

static void overrule(const struct rotation *rotation, struct gate *gate)
{
    const struct override *override = &rotation->overrides[gate->id];
    bool fails = gate->verdict == GATE_FAILS || gate->verdict == GATE_WAITS ||
                 gate->verdict == GATE_UNCHECKED;
    if (!override->given || !fails || !gate_overridable(gate->id))
        return;
    char evidence[sizeof gate->evidence];
    memcpy(evidence, gate->evidence, sizeof evidence);
    say(gate, GATE_OVERRULED, "%.240s; overridden: %.240s", evidence, override->reason);
}

static void judge(const struct rotation *rotation, struct gate *gate)
{
    switch (gate->id) {
    case GATE_IDENTITY:
        judge_identity(rotation, gate);
        break;
    case GATE_NEW_KEY_PROVEN:
        judge_new_key_proven(rotation, gate);
        break;
    case GATE_TARGETS_CURRENT:
        judge_targets_current(rotation, gate);
        break;
    case GATE_NOT_LAST_KEY:
        judge_not_last_key(rotation, gate);
        break;
    case GATE_OLD_KEY_QUIET:
        judge_quiet(rotation, gate);
        break;
    case GATE_TESTS_PASSED:
        judge_tests(rotation, gate);
        break;
    case GATE_SOAK_OVER:
        judge_soak(rotation, gate);
        break;
    case GATE_STILL_INACTIVE:
        judge_still_inactive(rotation, gate);
        break;
    case GATE_COUNT:
        break;
    }
}

void gate_evaluate(const struct rotation *rotation, int64_t now, enum gate_id id, bool with_evidence,
                   struct gate *ret_gate)
{
    ret_gate->id = id;
    ret_gate->verdict = GATE_PASSES;
    ret_gate->stale = false;
    ret_gate->wordless = !with_evidence;
    ret_gate->opens_date = 0;
    ret_gate->evidence[0] = '\0';
    judge(rotation, ret_gate);
    bool of_list = id == GATE_NOT_LAST_KEY || id == GATE_STILL_INACTIVE || id == GATE_SOAK_OVER;
    if (of_list && !rotation_list_fresh(rotation, now))
        ret_gate->stale = true;
    overrule(rotation, ret_gate);
}

void gates_evaluate(const struct rotation *rotation, int64_t now, struct gate *ret_gates)
{
    for (int i = 0; i < GATE_COUNT; i++)
        gate_evaluate(rotation, now, (enum gate_id)i, true, &ret_gates[i]);
}

size_t gates_for_state(const struct rotation *rotation, enum gate_id *ret_ids)
{
    static const enum gate_id create[] = {GATE_IDENTITY};
    static const enum gate_id deactivate[] = {GATE_IDENTITY, GATE_NEW_KEY_PROVEN, GATE_TARGETS_CURRENT,
                                              GATE_NOT_LAST_KEY, GATE_OLD_KEY_QUIET};
    static const enum gate_id erase[] = {GATE_IDENTITY,     GATE_NEW_KEY_PROVEN, GATE_TARGETS_CURRENT,
                                         GATE_NOT_LAST_KEY, GATE_TESTS_PASSED,   GATE_SOAK_OVER,
                                         GATE_STILL_INACTIVE};
    static const enum gate_id retire_off[] = {GATE_IDENTITY, GATE_NOT_LAST_KEY, GATE_OLD_KEY_QUIET};
    static const enum gate_id retire_erase[] = {GATE_IDENTITY, GATE_NOT_LAST_KEY, GATE_OLD_KEY_QUIET,
                                                GATE_SOAK_OVER, GATE_STILL_INACTIVE};
#define GATES(list)                                                                                \
    do {                                                                                           \
        memcpy(ret_ids, list, sizeof list);                                                        \
        return sizeof list / sizeof list[0];                                                       \
    } while (0)
    if (rotation->other.id[0] != '\0') {
        if (rotation->other.inactive_date == 0)
            GATES(retire_off);
        GATES(retire_erase);
    }
    switch (rotation->state) {
    case ROTATION_OPENED:
    case ROTATION_CREATING:
        GATES(create);
    case ROTATION_CREATED:
    case ROTATION_DELIVERING:
    case ROTATION_PROVING:
    case ROTATION_PROVEN:
        if (!rotation->plan.compromised || !rotation->old_key.deactivated_by_us)
            GATES(deactivate);
        GATES(erase);
    case ROTATION_DEACTIVATED:
    case ROTATION_TESTED:
    case ROTATION_DELETING:
        GATES(erase);
    case ROTATION_ROLLING_BACK:
    case ROTATION_DONE:
    case ROTATION_ROLLED_BACK:
    case ROTATION_ABANDONED:
    case ROTATION_STATE_COUNT:
        return 0;
    }
#undef GATES
    return 0;
}
