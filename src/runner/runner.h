/* The runner drives one rotation: asks the core for the next effect, journals the intent, sends it to
 * the keeper, journals the outcome, applies it, and asks again. It holds no rule of its own and never
 * blocks; command line and screen both sit on it.
 *
 *     loop:  runner_advance();                         // does all that can be done now
 *            poll(keeper_pollfd, terminal, runner_wake);
 */
#ifndef KEYWRIGHT_RUNNER_RUNNER_H
#define KEYWRIGHT_RUNNER_RUNNER_H

#include "base/error.h"
#include "journal/journal.h"
#include "rotation/rotation.h"
#include "runner/keeper.h"

struct runner;

/* An MFA session that the keeper holds already, of a look before. */
struct runner_session {
    int64_t date, expires; /* AWS's time: when it was taken; 0 for none. When it ends; 0: not known */
    char serial[TEXT_SIZE]; /* the device, for one of the identity's own keys; "" for one of a role */
};

/* What is asked for when a rotation is opened. Strings are copied; NULL or "" for not given. */
struct runner_request {
    const char *profile, *as_profile, *user, *key, *region, *endpoint_url;
    const char *expect_account; /* ACCOUNT when the credentials are of another one */
    const char *to[TARGETS_MAX];
    size_t to_count;
    const char *tests[TESTS_MAX];
    size_t test_count;
    const char *verify, *adopt_key, *retire_key, *reason, *ticket;
    const char *mfa_command; /* for the scope alone; not in the plan */
    int64_t settle, quiet, soak, consistency, timeout; /* seconds */
    bool compromised;
    const struct runner_session *session; /* NULL for none */
    bool ask_alias; /* somebody looks on, and may know the account by its alias */
};

enum runner_status {
    RUNNER_BUSY,    /* a request is with the keeper */
    RUNNER_WAITING, /* EFFECT_WAIT: until runner_effect()->until */
    RUNNER_ASKING,  /* EFFECT_ASK: runner_answer goes on; for an MFA code also before it is opened */
    RUNNER_BLOCKED, /* EFFECT_BLOCKED: runner_override, runner_retry, runner_rollback */
    RUNNER_CLOSED,  /* the rotation is closed */
    RUNNER_FAILED   /* the runner cannot go on (journal, keeper, opening): runner_error() */
};

/* Open a new rotation: discovers key, targets and identity first, then journals `opened`. Journal and
 * keeper are borrowed and must outlive the runner. Nothing is journalled when opening fails. */
bool runner_open(struct journal *journal, struct keeper *keeper, const struct runner_request *request,
                 const char *actor, struct runner **ret_runner, struct error *err) MUST_USE;
/* Go on with one: claims it, folds its events, journals `resumed`. Without a keeper (NULL) it can only
 * be looked at and abandoned. The runner must outlive the keeper's callbacks: free the keeper, or let
 * it answer, before runner_free. */
bool runner_resume(struct journal *journal, struct keeper *keeper, const char *id, const char *actor,
                   struct runner **ret_runner, struct error *err) MUST_USE;
/* Journal that going on failed before there was a keeper, so that `status` shows it: as well as it
 * can be done, the failure itself being told by the caller. */
void runner_could_not(struct journal *journal, const char *id, const char *actor,
                      const struct error *why);
/* Is this identity one that a rotation may be signed by? IDENTITY for the root user. */
bool runner_may_sign(const char *arn, struct error *err) MUST_USE;
/* Opening failed because the user has an open rotation: that one. */
bool runner_in_the_way(const struct runner *runner, struct rotation_row *ret_row);
void runner_free(struct runner *runner); /* NULL is fine */

/* Do all that can be done without waiting. `now`: our clock. */
enum runner_status runner_advance(struct runner *runner, int64_t now);

/* "" until the rotation is opened. Borrowed. */
const char *runner_id(const struct runner *runner);
const struct rotation *runner_rotation(const struct runner *runner);
/* The alias of the account, when it was asked for and told; "" otherwise. Not journalled. Borrowed. */
const char *runner_account_alias(const struct runner *runner);
/* The effect in hand, waited for, asked or blocked on. */
const struct effect *runner_effect(const struct runner *runner);
/* RUNNER_FAILED: why. */
const struct error *runner_error(const struct runner *runner);
/* What `status` would show now, "" for nothing. */
const char *runner_waiting_for(const struct runner *runner);

/* The operator's part. Each is journalled as a decision. A reason may be NULL but for an override. `answer` by
 * question: create, deactivate, orphan, receipt: "yes"; two_keys: "adopt" or "retire" (with `key` the other key);
 * delete: the last four characters; mfa: the code, which is not journalled; device: its place in the list, from
 * "1". USAGE when it is not an answer to what is asked; nothing has changed then. */
bool runner_answer(struct runner *runner, const char *answer, struct error *err) MUST_USE;
/* To the question for an MFA code: the keeper has the command print it. It has to be in the keeper's scope. */
bool runner_answer_by_command(struct runner *runner, const char *command, struct error *err) MUST_USE;
bool runner_override(struct runner *runner, enum gate_id gate, const char *reason,
                     struct error *err) MUST_USE;
bool runner_retry(struct runner *runner, struct error *err) MUST_USE;
bool runner_rollback(struct runner *runner, const char *reason, struct error *err) MUST_USE;
bool runner_abandon(struct runner *runner, const char *reason, struct error *err) MUST_USE;

/* Told of every event as it is journalled (progress lines). NULL for none. */
void runner_on_event(struct runner *runner,
                     void (*told)(void *context, const struct rotation *after,
                                  const struct event *event),
                     void *context);

/* Told before the keeper is asked to show something on the terminal (`lent`: it is the keeper's alone
 * from then on), and when that is answered or will not be (`err`: why not, NULL for an answer). NULL for
 * none. */
void runner_on_screen(struct runner *runner,
                      void (*screen)(void *context, bool lent, const struct error *err),
                      void *context);

/* What is left where: for abandon, and at the end. One line each. */
void runner_leftovers(const struct rotation *rotation, const char *id, struct text *ret_lines);

#endif
