/* The core: what a rotation is, what has happened to it, and what comes next.
 *
 *     state  = rotation_apply(state, event)      the fold; total, pure
 *     effect = rotation_next(state, now)         the one place where order and safety are decided
 *
 * The runner asks for the next effect, journals the intent, has the keeper carry it out, journals
 * the outcome, applies it, and asks again. Resuming is reading the events back and asking: there is
 * no second path for it. Reconciliation, the look at the world after an intent without an outcome,
 * is an effect that rotation_next chooses like any other.
 *
 * This room includes base/ only: no input or output, no clock, no database, no terminal. Time is an
 * argument, and waits that protect somebody (quiet, soak) are counted in AWS's own Date as the
 * outcomes carry it, so that a local clock that jumps opens nothing.
 */
#ifndef KEYWRIGHT_ROTATION_ROTATION_H
#define KEYWRIGHT_ROTATION_ROTATION_H

#include "base/error.h"
#include "rotation/event.h"

/* Seconds. */
enum {
    PROOF_FRESH = 600,      /* a proof of the new key counts for so long (DESIGN 4.2) */
    LOOK_FRESH = 60,        /* a list of keys counts for so long before an act */
    PROPAGATION_MAX = 120,  /* for so long after a change a refusal means "wait" */
    REFUSAL_MAX = 60,       /* for so long the old key's refusal is waited for */
    PROBE_PAUSE = 1,        /* between probes */
    ORPHAN_AGE_MAX = 3600,  /* an unanswered create older than this is never cleaned up unasked */
    CLOCK_TOLERANCE = 2     /* of AWS's dates among themselves */
};

/* What is known about a target. */
struct target_state {
    bool tried;           /* in this run */
    bool intended;        /* a hand-over was begun at some time */
    bool delivered;       /* the last hand-over of the present new key succeeded */
    bool received_any;    /* some new key of this rotation was handed over */
    bool shown;           /* in this run: to a person, who has not said yet that it was received */
    int64_t deliveries;   /* how often in this run */
    int64_t delivered_date; /* AWS's clock, as well as it is known; */
    int64_t delivered_by;   /* and its first Date since, which is no earlier; 0 */
    bool restored;        /* rollback: the old pair is back, or was never gone */
    bool backup_settled;  /* back-up removed, or kept and said */
    bool checked;         /* in this run */
    bool unreadable;      /* it cannot be read back */
    char found[KEY_ID_SIZE]; /* key ID that it held when last checked */
    enum verdict verdict;
    int64_t checked_at;   /* our clock */
    int64_t checked_date; /* AWS's clock */
    int64_t works_since;  /* AWS's clock: first of the unbroken row of successes; 0 for none */
    int64_t works_last;
    int64_t works_count;  /* probes in that row */
    int64_t fails_since;  /* AWS's clock: first of the unbroken row of checks that did not; 0 */
    int64_t current_since; /* AWS's clock: since when it has been seen with the new key; 0 */
    char backup[TEXT_SIZE]; /* where the old pair is kept, "" for nowhere */
    char place[TEXT_SIZE];
};

/* What is known about one access key. */
struct key_state {
    char id[KEY_ID_SIZE]; /* "" for none */
    enum key_status status;     /* as last seen or set */
    enum key_status first_status; /* in the pre-image; UNKNOWN for a key made later */
    int64_t created;
    bool gone;            /* deleted by us, or seen absent */
    bool deactivated_by_us;
    bool maybe_off;       /* we meant to switch it off, and no answer of AWS says otherwise since */
    int64_t inactive_date; /* AWS's clock: since when it is known to be Inactive; 0 */
    int64_t inactive_seen; /* how often a list showed it Inactive since */
    bool used_read;       /* in this run: last use was read */
    int64_t used_at;      /* 0 for none recorded */
    int64_t used_date;    /* AWS's clock when it was read */
    int64_t used_read_at; /* our clock then */
    char used_service[WORD_SIZE];
    char used_region[WORD_SIZE];
    int64_t refused_since; /* AWS's clock: first of the unbroken row of refusals; 0 */
    int64_t refused_last;
    int64_t refused_count;
    int64_t works_since;
    int64_t works_last;
    int64_t works_count;
    int64_t fails_since;  /* AWS's clock: first of the unbroken row of probes that did not; 0 */
    int64_t probed_at;    /* our clock; 0 for never in this run */
    int64_t probe_began;  /* AWS's clock: first probe of the present row of questions; 0 */
    int64_t missing_since; /* AWS's clock: since when lists do not show it; 0 */
    int64_t missing_last;
    bool delete_tried;    /* a delete was intended */
};

/* The act whose intent has no outcome. */
enum act { ACT_NONE, ACT_CREATE, ACT_DELIVER, ACT_SWITCH, ACT_DELETE, ACT_RESTORE, ACT_TEST };

enum question {
    QUESTION_NONE,
    QUESTION_CREATE,     /* the identity is right: create the new key? */
    QUESTION_TWO_KEYS,   /* adopt the other key, or retire it */
    QUESTION_ORPHAN,     /* remove the key of an unanswered create */
    QUESTION_DEACTIVATE, /* switch the old key off */
    QUESTION_DELETE,     /* the last four characters of the old key */
    QUESTION_RECEIPT,    /* a target that cannot be read back: was it received? */
    QUESTION_MFA,        /* an MFA code */
    QUESTION_DEVICE,     /* which of several MFA devices gives the code */
    QUESTION_COUNT
};

/* Why a key besides the old and the new one is being removed. */
enum other_kind {
    OTHER_NONE,
    OTHER_RETIRE,  /* the operator picked it: all gates of an old key */
    OTHER_ORPHAN,  /* made by an unanswered create: its secret is nowhere */
    OTHER_REPLACED /* made by this rotation, its secret was lost */
};

struct override {
    bool given;
    char reason[TEXT_SIZE];
};

struct rotation {
    enum rotation_state state;
    struct plan plan;
    int64_t opened_at;
    int64_t opened_date; /* AWS's clock, or 0 */
    int64_t updated_at;
    int64_t closed_at;
    int64_t last_seq;
    int64_t run; /* number of `resumed` events: evidence of an earlier run is not fresh */

    /* Identity of the signer, in this run. */
    bool identity_seen;
    char identity_account[ACCOUNT_SIZE];
    char identity_arn[ARN_SIZE];
    char identity_signer[KEY_ID_SIZE];
    char identity_source[KEY_ID_SIZE]; /* the long-term key below that signer, "" when not known */
    char owner[USER_SIZE]; /* user that the old key belongs to, by AWS's own word */
    bool session_held;     /* MFA session, in this run */
    char session_key[KEY_ID_SIZE];
    int64_t session_ends;  /* AWS's clock; 0 when not known */
    int64_t session_taken; /* AWS's clock: the last session of any run; 0 */
    int64_t code_spent;    /* AWS's clock: when a code was last sent, in any run; 0 */
    int64_t codes_refused; /* in a row, in this run */
    bool devices_sought;   /* in this run: the MFA devices were looked for */
    int64_t device_count;  /* those that give codes; -1 when they could not be listed */
    bool device_rests;     /* the device of a refused code is the user's: it is locked for a while */
    char devices[TEXT_SIZE]; /* all of them, ", " between them, those that give codes first */
    int64_t skew;
    int64_t server_date; /* AWS's clock as last told, in this run; 0 */
    int64_t server_at;   /* our clock then */

    /* The last list, and the pre-image: the list before the last create. */
    bool listed; /* in this run */
    struct key_list list;
    int64_t list_at;
    int64_t list_date;
    struct key_list preimage;
    int64_t preimage_date;

    struct key_state old_key;
    struct key_state new_key;
    struct key_state second; /* a key of the user that is not ours to touch unless picked */
    struct key_state other;  /* the key that is being removed out of turn; id "" for none */
    enum other_kind other_kind;
    bool other_received;     /* some target that cannot be read back has it, or may have it */
    int64_t other_since;     /* AWS's clock: when a key of ours was found to be lost, as well as it is known; 0; */
    int64_t other_by;        /* and its first Date since, which is no earlier; 0 */
    bool other_confirmed;    /* the operator (or --yes) said to remove it */
    bool other_sought;       /* the places known here were searched for it */
    int64_t other_found;     /* in how many it was found */
    char removed[2][KEY_ID_SIZE]; /* the last keys removed out of turn: lists may show them for a while */
    bool create_doubt;       /* a create may have made a key that nobody has seen: the pre-image stays */
    int64_t creates_unanswered; /* creates that were not answered since the last one that was */
    bool secret_held;        /* the keeper of this run holds the new pair */
    bool proven_at_hand_over; /* the settle rule held once every target had been handed the new key */
    bool new_cannot_sign;    /* in this run: the new key was to sign for itself, and its pair is nowhere here */
    bool pair_nowhere;       /* in this run: the new pair was looked for to probe it, and not found */
    bool adopted;

    /* The intent that waits for its outcome. */
    enum act pending;
    bool pending_unanswered; /* an outcome said "not known" */
    int64_t pending_at;      /* our clock */
    int64_t pending_date;    /* AWS's clock, or 0 */
    char pending_key[KEY_ID_SIZE];
    enum key_status pending_status;
    int64_t in_flight;    /* AWS's clock: a switch or delete that was not answered may arrive until then; 0 */
    bool pending_was_off; /* the key's maybe_off before the intent */
    bool pending_was_tried; /* the key's delete_tried before the intent */
    bool pending_was_intended; /* the target's intended before the intent */
    int64_t acts_unanswered; /* in this run, since one was answered or the operator spoke */
    int64_t deleted_date; /* AWS's clock: our last delete of a key; 0 */
    int64_t pending_target;
    int64_t pending_test;
    int64_t absent_since; /* AWS's clock: since when lists agree that nothing was made; 0 */
    int64_t absent_last;

    struct target_state targets[TARGETS_MAX];
    bool tests_done[TESTS_MAX];
    int64_t tests_status[TESTS_MAX]; /* exit status */
    bool tests_concluded;
    bool iam_works;          /* in this run the new key was seen to work in IAM too */

    struct override overrides[GATE_COUNT];
    enum question answered; /* given and not yet used up */
    int64_t answered_at;
    char answered_key[KEY_ID_SIZE]; /* the key that it was about */
    char answer[WORD_SIZE];
    bool create_confirmed;

    /* The last failure, until something succeeds: what a BLOCKED effect shows. */
    bool failed;
    int64_t failures; /* in a row */
    int64_t acts_failed;  /* acts that did not get through, since one did or the operator spoke */
    int64_t looks_failed; /* looks that failed, since ten minutes went by without one */
    struct event failure;
    char close_reason[TEXT_SIZE];
};

/* Start as "nothing has happened". */
void rotation_init(struct rotation *rotation);

/* Fold one event. Total: an event that cannot follow is an error (JOURNAL_DAMAGED) and changes
 * nothing. Events of a closed rotation are refused likewise. */
bool rotation_apply(struct rotation *rotation, const struct event *event, struct error *err) MUST_USE;

/* True when the state is done, rolled_back or abandoned. */
bool rotation_closed(const struct rotation *rotation);

/* Why, in the words of the operator: the reason given at the opening, else that of the rollback or of
 * the end; "" for none. Borrowed. */
const char *rotation_reason(const struct rotation *rotation);
/* The keys of the last list that this rotation neither replaces nor made nor removes: they are left
 * as they are. Borrowed; returns how many. */
size_t rotation_bystanders(const struct rotation *rotation, const struct key_seen *ret_keys[KEYS_MAX]);
/* The key that the gates of the next dangerous act are about: one that is being removed out of turn,
 * else the old key. Borrowed from the rotation. */
const struct key_state *rotation_subject(const struct rotation *rotation);
/* The key that must remain then: the old one while another is removed out of turn, else the new one. */
const struct key_state *rotation_remaining(const struct rotation *rotation);
/* AWS's clock as well as it is known: the last Date plus what our clock says has gone by. */
int64_t rotation_server_now(const struct rotation *rotation, int64_t now);
/* What an unanswered create may have made: the key of the last list that was in no list before and
 * was made in the time of the request (DESIGN 3). NULL for none. */
const struct key_seen *rotation_orphan(const struct rotation *rotation);
/* The row of successes of every target that can be read (else of the new key itself) is complete:
 * unbroken for the settle time, or three probes when that is 0. */
bool rotation_proof_settled(const struct rotation *rotation);
/* No target gives the new pair back and this run does not have it: what is left of the proof is that the key
 * worked for the settle time after every hand-over, in the run that made it (DESIGN 4.2: "delivered, not
 * read back"). A list of this run has to show it Active besides. */
bool rotation_proof_delivered(const struct rotation *rotation);
/* A self-rotation whose new pair is nowhere here, and whose old key was to be switched off and is not known to
 * be: the old key, by its back-up, looks at what became of that. */
bool rotation_old_key_steps_in(const struct rotation *rotation);
/* AWS's clock from which on a list that shows the old key Active says that no switch-off of ours that was not
 * answered will take place any more: its request has ended, and every change shows. */
int64_t rotation_switch_decided(const struct rotation *rotation);
/* The old key was refused at every probe for the settle time. */
bool rotation_refusal_settled(const struct rotation *rotation);
/* It was waited for the refusal as long as one should (REFUSAL_MAX), in vain. */
bool rotation_refusal_overdue(const struct rotation *rotation);
/* A rollback from here makes a key in wrong hands Active again: that is to be said before it is done. */
bool rotation_rollback_revives(const struct rotation *rotation);
/* The keys were listed in this run, at most LOOK_FRESH ago, by both clocks: one of ours that was set back must not
 * keep a list fresh. */
bool rotation_list_fresh(const struct rotation *rotation, int64_t now);
/* The row of successes of one key is complete in the same sense as a proof. */
bool rotation_key_settled(const struct rotation *rotation, const struct key_state *key);
/* AWS's clock when it was decided that the other key is to go. */
int64_t rotation_picked(const struct rotation *rotation);
/* AWS's clock when the last target was first seen with the new key; 0 while one is not. */
int64_t rotation_handed_over(const struct rotation *rotation);
/* No earlier than that, whatever our clock was set to: times that must be over are counted from it. 0 while AWS has
 * not told the time since. */
int64_t rotation_quiet_since(const struct rotation *rotation);

/* --- MFA -------------------------------------------------------------------------------------- */

/* GetSessionToken takes codes of virtual, hardware and SMS devices; passkeys and security keys (a serial
 * with ":u2f/") have none. Pure. */
bool mfa_gives_codes(const char *serial);
/* Six digits (STS, GetSessionToken, TokenCode). Whether it is the right one only AWS can say. */
bool mfa_is_code(const char *code);
/* Fill `event` (DEVICES_SEEN) from a list: count, the one to use as `arn` ("" when that is to be
 * asked), names as `text`, and as `verdict` whether `tried`, a device whose code was refused ("" for
 * none), is among them: WORKS or REFUSED. `configured` is the profile's mfa_serial or ""; it goes first
 * when it is among them, or when nothing could be listed (`serials` NULL). Pure. */
void mfa_devices_seen(const char *const *serials, size_t count, const char *configured,
                      const char *tried, struct event *event);
/* The device that gives codes, by its place in the list, from 1. False when there is none. */
bool mfa_device_at(const struct rotation *rotation, size_t number, char ret_serial[TEXT_SIZE]);
/* The user whose devices count: the one who signs. "" when a role signs. */
void mfa_user(const struct plan *plan, char ret_user[USER_SIZE]);

/* --- gates ------------------------------------------------------------------------------------ */

enum gate_verdict {
    GATE_PASSES,
    GATE_WAITS,      /* fails now and will pass by waiting: until `opens_date` */
    GATE_FAILS,
    GATE_UNCHECKED,  /* not looked at yet, or cannot be checked: never counts as passed */
    GATE_WAIVED,     /* not asked for by option (quiet 0) */
    GATE_OVERRULED   /* fails, and the operator's override is in the journal */
};

struct gate {
    enum gate_id id;
    enum gate_verdict verdict;
    bool stale;          /* the evidence must be looked at again before it counts */
    bool wordless;       /* the verdict alone was asked for */
    int64_t opens_date;  /* WAITS: AWS's clock */
    char evidence[TEXT_SIZE]; /* one line, with ASCII text only from outside that is a key ID or time */
};

/* "passes", "waits", "fails", "unchecked", "waived", "overridden". */
const char *gate_verdict_name(enum gate_verdict verdict);

/* One gate, as it stands. Without evidence (it is "" then) it takes a tenth of the time: words are made
 * for people only. Pure. */
void gate_evaluate(const struct rotation *rotation, int64_t now, enum gate_id id, bool with_evidence,
                   struct gate *ret_gate);
/* All gates, as they stand; ret_gates has GATE_COUNT places, indexed by enum gate_id. Pure. */
void gates_evaluate(const struct rotation *rotation, int64_t now, struct gate *ret_gates);

/* Which gates guard the next dangerous act of a rotation in this state, in the order shown:
 * create (identity), deactivate, delete. Returns how many were written (at most GATE_COUNT). */
size_t gates_for_state(const struct rotation *rotation, enum gate_id *ret_ids);

/* --- what comes next -------------------------------------------------------------------------- */

enum effect_kind {
    EFFECT_NONE,          /* closed: nothing */
    EFFECT_IDENTIFY,      /* GetCallerIdentity by the signer, and who owns `key` */
    EFFECT_TAKE_SESSION,  /* GetSessionToken by `signer` with the operator's MFA code */
    EFFECT_FIND_DEVICE,   /* ListMFADevices by the long-term key of `signer` */
    EFFECT_TRY_TARGET,    /* everything but the exchange */
    EFFECT_LIST_KEYS,
    EFFECT_READ_LAST_USED,
    EFFECT_SEEK_KEY,      /* is `key` in any place known here? */
    EFFECT_CREATE,
    EFFECT_ADOPT,         /* record that `key` is the new key, its pair being readable */
    EFFECT_DELIVER,
    EFFECT_CHECK_TARGET,  /* read it back and probe what it holds, `count` times */
    EFFECT_PROBE_KEY,     /* probe `key`, `count` times; in IAM too when `in_iam` */
    EFFECT_DECLARE_LOST,  /* record that the new key's secret is held nowhere */
    EFFECT_SWITCH,        /* UpdateAccessKey: `key` to `status` */
    EFFECT_DELETE,
    EFFECT_RUN_TEST,
    EFFECT_CONCLUDE_TEST, /* record that the test step is complete */
    EFFECT_RESTORE,       /* put the old pair back where the new one still stands */
    EFFECT_REMOVE_BACKUP,
    EFFECT_CLOSE,         /* record the end */
    EFFECT_ASK,           /* the operator */
    EFFECT_WAIT,          /* until `until` by our clock, then ask again */
    EFFECT_BLOCKED        /* nothing can be done without a change from outside */
};

/* Where the pair of a signer is to be found; the keeper looks it up by key ID. */
enum signer_role { SIGNER_OLD, SIGNER_NEW, SIGNER_ADMIN };

struct effect {
    enum effect_kind kind;
    enum step step;
    char key[KEY_ID_SIZE];
    enum key_status status;
    int64_t target;
    int64_t test;
    int64_t count;
    bool in_iam;
    enum signer_role role;
    char signer[KEY_ID_SIZE]; /* key ID, as the journal will name it */
    bool session;             /* signs with the MFA session of that key */

    enum question question;
    enum gate_id gate;     /* BLOCKED or WAIT on a gate; GATE_COUNT for none */
    bool needs_operator;   /* BLOCKED: exit 3 (an answer opens it) rather than 1 or 5 */
    int64_t until;         /* WAIT: our clock. ASK for an MFA code: when the next one begins; 0: now */
    bool long_wait;        /* WAIT: quiet or soak, hours: an unattended run ends here with 3 */
    char text[TEXT_SIZE];  /* why: one line for people */
};

/* What to do about the failure that stopped the rotation, where this rotation knows better than the table of
 * errors does. False, and `ret_text` is "", when it does not. Pure. */
bool rotation_remedy(const struct rotation *rotation, char ret_text[TEXT_SIZE]);

/* What to do now. `now` is our clock. Pure, total, never fails. */
void rotation_next(const struct rotation *rotation, int64_t now, struct effect *ret_effect);

/* "create_key", "wait", ... for --json and logs. */
const char *effect_name(enum effect_kind kind);
/* The journal's name of a question ("deactivate"); NULL-safe inverse gives QUESTION_NONE. */
const char *question_name(enum question question);
enum question question_from_name(const char *name);

/* The event that records the intent of an act. False when the effect is not an act (a look, a
 * question, a wait). */
bool effect_intent(const struct effect *effect, const struct rotation *rotation, struct event *ret_event);

#endif
