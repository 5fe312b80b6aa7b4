/* How rotation_next is put together. Each function looks at one concern and either chooses an
 * effect and returns true, or finds nothing to do and returns false; a caller reads like a list of
 * what must be in order before an act. Inside rotation/ only. Pure.
 */
#ifndef KEYWRIGHT_ROTATION_CHOOSE_H
#define KEYWRIGHT_ROTATION_CHOOSE_H

#include "rotation/rotation.h"

/* One question to the core: what is known, what time it is, and the answer that is being made. */
struct choice {
    const struct rotation *rotation;
    int64_t now;
    struct effect *effect;
};

/* --- choose.c: effects --------------------------------------------------------------------------- */

/* Choose an effect of this kind, signed by whoever signs now. Always true. */
bool choose(struct choice *choice, enum effect_kind kind);
bool choose_for_key(struct choice *choice, enum effect_kind kind, const char *key);
bool choose_for_target(struct choice *choice, enum effect_kind kind, size_t target);
bool choose_switch(struct choice *choice, const struct key_state *key, enum key_status status);
bool choose_delete(struct choice *choice, const struct key_state *key);
bool choose_wait(struct choice *choice, int64_t seconds, const char *format, ...) FORMAT_LIKE(3, 4);
bool choose_ask(struct choice *choice, enum question question, const char *key, const char *format, ...)
    FORMAT_LIKE(4, 5);
bool choose_blocked(struct choice *choice, bool needs_operator, const char *format, ...)
    FORMAT_LIKE(3, 4);

/* Nothing was found to do after all. Always false. */
bool choose_nothing(struct choice *choice);
/* The operator has said yes to this question, about this key, in the last ten minutes. */
bool ensure_answer(struct choice *choice, enum question question, const char *key, const char *format,
                   ...) FORMAT_LIKE(4, 5);

/* --- mfa.c: sessions and their codes ------------------------------------------------------------ */

/* Ask for a code that was not used yet. Always true. */
bool choose_code(struct choice *choice, const char *format, ...) FORMAT_LIKE(2, 3);
/* The session of this run ends too soon to begin anything with it. */
bool session_ending(const struct choice *choice);
/* The signer of this moment needs a session that it does not have: it is asked for, or taken. */
bool session_missing(struct choice *choice);
/* A failure that an MFA code, or a device, may be the answer to. */
bool next_after_mfa_failure(struct choice *choice);

/* --- looks.c: what must be known before anything else -------------------------------------------- */

/* The signer of this moment has a session when it needs one, and was seen to be who it should be. */
bool ensure_identity(struct choice *choice);
/* The last list of the keys is fresh (rotation_list_fresh). */
bool ensure_list(struct choice *choice);
/* The last use of the key was read in this run. */
bool ensure_last_used(struct choice *choice, const struct key_state *key);

/* --- hands.c: another hand switched a key ------------------------------------------------------ */

/* The last list of this run shows that somebody else switched a key: one that we switched off is Active
 * longer than a change takes to show, or the new key is Inactive and we never switched it. Blocked for the
 * operator; the text says what was seen and what to do. */
bool stop_for_another_hand(struct choice *choice);
/* The new key has not worked for so long that it will not begin to: was it somebody else? */
bool stop_for_dead_new_key(struct choice *choice, int64_t seconds);

/* --- pass.c: the gates before an act --------------------------------------------------------------- */

/* All gates pass; else wait for the one that waits, look again where the evidence is old, or block. */
bool ensure_gates(struct choice *choice);
/* The key was switched off by us, and a list that was made afterwards shows it Inactive. It is not
 * switched off again when somebody else switched it on. */
bool ensure_inactive(struct choice *choice, const struct key_state *key);
/* The key that a list should show and does not: believed missing only when lists have agreed for the
 * consistency time (DESIGN 3). */
bool missing_for_long(const struct rotation *rotation);
/* Look again at what the gate is about, but not at once after the last list. False when no look helps. */
bool look_paced(struct choice *choice, const struct gate *gate);

/* --- proof.c: the new key works ------------------------------------------------------------------- */

/* Every target that can be read holds the new key, and it worked unbroken for the settle time,
 * freshly; without such a target the new key itself did. */
bool ensure_proof(struct choice *choice);

/* --- create.c: step 1 ------------------------------------------------------------------------------ */

/* The new key, and all that comes before it; of a compromised key its switch-off. */
bool next_create(struct choice *choice);
/* The new pair goes to every target. False when all have it. */
bool next_deliver(struct choice *choice);

/* --- reconcile.c, retire.c, undo.c ------------------------------------------------------------- */

/* The last intent has no outcome: look at the world. */
bool next_reconcile(struct choice *choice);
/* A key is to be removed out of turn. */
bool next_remove_other(struct choice *choice);
/* Lists do not show the other key: either it is not visible yet, or somebody else has removed it. The
 * fold lets go of it once lists have agreed for long enough. */
bool other_sought_in_lists(struct choice *choice);
/* The operator asked for a rollback. */
bool next_rollback(struct choice *choice);
/* Back-ups of the old pair are removed, then the rotation is closed. */
bool next_clean_up(struct choice *choice);

#endif
