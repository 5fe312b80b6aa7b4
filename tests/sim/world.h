/* A small world for the core to act on: one user's keys at AWS, the targets, a keeper's memory, two
 * clocks, and everything that can go wrong with them.
 *
 * Every decision of chance is a number that follows from the seed and its place in the row of decisions
 * (world_roll), and 0 always means that nothing unusual happens. So a history can be replayed with all
 * but a few decisions set to 0: that is how a failing one is shrunk.
 *
 * The core, and the runner's reading of outcomes (runner/outcome.h), are the program's own code. What the
 * simulation has in place of the program's: the loop of runner.c (run.c, the same steps in the same
 * order), an array for the journal, and a world for keeper and AWS. */
#ifndef KEYWRIGHT_TESTS_SIM_WORLD_H
#define KEYWRIGHT_TESTS_SIM_WORLD_H

#include "rotation/rotation.h"

enum {
    WORLD_KEYS = 24,
    WORLD_TARGETS = 3,
    EVENTS_MAX = 4000,
    OLD = 0, /* index of the key that is rotated */
    NONE = -1
};

struct world_key {
    bool exists;
    char id[KEY_ID_SIZE];
    enum key_status status;
    int64_t created;
    int64_t works_from;  /* propagation after creation */
    int64_t change_from; /* the last switch shows from here on */
    int64_t gone_from;   /* the deletion shows in every list from here on */
    int64_t used_at;     /* somebody used it; 0 */
    int64_t touched_at;  /* another hand switched or removed it; 0 */
    bool held;           /* in the memory of the keeper */
    bool ours;           /* made by our create */
    bool kept;           /* its pair is where the keeper finds it, outside the targets */
    bool picked;         /* the operator said that it may be removed */
    bool switched_off;   /* by us, and nobody has touched it since */
    bool doubtful;       /* an answer about it was wrong: what is left of it is nobody's fault here */
};

/* Something that can be different from the plain course; counted, so that a run can say what it tried. */
#define FAULT_TABLE(X)                                                                             \
    X(BEFORE, "failed before")                                                                     \
    X(UNANSWERED, "took effect, answer lost")                                                      \
    X(DIED_BEFORE, "died after the intent")                                                        \
    X(DIED_AFTER, "took effect, died")                                                             \
    X(DIED_BETWEEN, "died between two events")                                                     \
    X(ANSWERED_LATE, "answered late")                                                              \
    X(ARRIVED_LATE, "took effect after it was given up")                                           \
    X(TWICE, "took effect twice")                                                                  \
    X(ANSWERED_TWICE, "answered twice")                                                            \
    X(WRONG, "answered wrongly")                                                                   \
    X(STALE, "stale replica")                                                                      \
    X(REFUSED, "signer or code refused")                                                           \
    X(OTHER_TOOL, "another tool wrote a target")                                                   \
    X(CONSOLE, "the console changed a key")                                                        \
    X(SECOND_OPERATOR, "a second operator made a key")                                             \
    X(USED, "somebody used the old key")                                                           \
    X(CLOCK, "our clock jumped")                                                                   \
    X(TEST_FAILED, "the operator's test failed")                                                   \
    X(TURNED_BACK, "rolled back")                                                                  \
    X(OVERRODE, "gate overridden")                                                                 \
    X(RETRIED, "tried again")

enum fault {
#define X(code, name) FAULT_##code,
    FAULT_TABLE(X)
#undef X
        FAULT_COUNT
};

enum hand {
    HAND_TOOL = 1,      /* a program that knows only the old pair writes a target */
    HAND_CONSOLE = 2,   /* somebody switches or removes keys in the console */
    HAND_OPERATOR = 4,  /* a second operator makes a key for the same user */
    HAND_USER = 8,      /* something forgotten uses the old key */
    HAND_CLOCK = 16     /* our clock is set */
};

/* An unbroken row of good answers, by AWS's clock. */
struct row {
    int64_t since, last, count;
};

/* What the core was told: what it may rely on before an act. Written by the world when an answer is
 * journalled, never read by the core. Forgotten when the process dies. */
struct evidence {
    bool identity;              /* it was the right one */
    bool by_old;                /* it was the old key, or a session of it */
    char identity_signer[KEY_ID_SIZE];
    int64_t listed_at;          /* AWS's clock; 0 for never */
    struct key_list list;
    struct row target[WORLD_TARGETS]; /* read back with the new key, and it worked */
    struct row new_key, old_key;      /* probed by itself */
    struct row old_refused;
    int64_t read_at[WORLD_TARGETS];   /* AWS's clock: target read back */
    int holds[WORLD_TARGETS];         /* key that it held then */
    int64_t used_read_at[WORLD_KEYS]; /* AWS's clock: last use read */
    int64_t used_at[WORLD_KEYS];      /* as it was told */
    bool in_iam;
    bool tests_failed;
    size_t tests_passed;
    int64_t said_yes[QUESTION_COUNT]; /* our clock */
    char yes_key[QUESTION_COUNT][KEY_ID_SIZE];
};

/* What was told and holds over the death of the process. */
struct record {
    int64_t new_since[WORLD_TARGETS]; /* AWS's clock: target seen with, or handed, the new key; 0 */
    bool handed[WORLD_TARGETS];       /* the hand-over of the present new key succeeded */
    bool restored[WORLD_TARGETS];
    bool may_hold_new[WORLD_TARGETS]; /* a hand-over was begun */
    bool overridden[GATE_COUNT];
    bool concluded;
    bool device;         /* an MFA device is known, so a session signs */
    bool new_unfound;    /* the new key was to sign, and its pair was nowhere */
    bool proven_blind;   /* the new key worked for the settle time when all was handed over */
    bool may_create;     /* the operator said yes */
    int lists;           /* in a row */
    int looks_failed;    /* in a row */
    int64_t lists_since; /* AWS's clock: the first of them */
    bool fate_unknown;   /* of a create; */
    bool fate_looked_at; /* the keys were listed since */
    bool blind;          /* a create was begun while the fate of another was not looked at */
    int64_t opened_at;   /* AWS's clock */
    enum key_status old_first;
    enum key_status first_seen[WORLD_KEYS];
    int64_t off_at[WORLD_KEYS];    /* AWS's clock: since when it is known to be off; 0 */
    int64_t lost_at[WORLD_KEYS];   /* its secret was found to be lost; 0 */
    bool was_sent;                 /* sent_blind of that key before the last intent */
    bool sent_blind[WORLD_KEYS];   /* handed, or meant to be, to a target that cannot be read back */
    bool delete_sent[WORLD_KEYS];
    bool confirmed_orphan[WORLD_KEYS];
    int64_t cut_at[WORLD_KEYS];    /* AWS's clock: our switch-off was answered; 0 */
    bool on_again[WORLD_KEYS];     /* a list showed it Active when every list shows our switch-off */
    int seen_off; /* how often a list showed the old key Inactive since it was switched off */
};

struct late {
    bool due;
    int64_t at; /* AWS's clock */
    struct effect effect;
};

struct world {
    uint64_t seed;
    uint64_t position;     /* how many decisions were made */
    const uint8_t *only;   /* NULL, or which decisions are kept */
    uint64_t only_count;

    int64_t now;  /* our clock */
    int64_t skew; /* ours minus AWS's */
    int64_t delay; /* of a change, until it shows */
    int64_t list_lag; /* a stale list does not know what is younger */
    unsigned fault_percent;
    unsigned hands;
    unsigned turning_back; /* percent */
    int patience; /* how often the operator goes on when it is blocked */
    int dull_turns; /* since an operator or a death */
    bool excused; /* another hand, a lie or the operator: it may end blocked */
    bool rolled_back;
    bool was_usable;
    bool cut_by_other; /* another hand took the last working key away */
    bool ghost;   /* a list showed a key that never was: it may have been taken for ours */
    bool over;    /* the operator is content to leave it as it is */

    struct world_key keys[WORLD_KEYS];
    int key_count;
    int made_last; /* the last key that a create of ours made, or NONE */
    size_t target_count;
    int target_key[WORLD_TARGETS]; /* index of the key that it holds, or NONE */
    bool backup[WORLD_TARGETS];
    bool backup_kept[WORLD_TARGETS];
    int64_t meddled_at[WORLD_TARGETS]; /* AWS's clock: another program put the old pair back; 0 */
    char session_key[KEY_ID_SIZE]; /* whose MFA session the keeper has; "" for none */
    int64_t session_ends;
    bool wants_mfa;  /* IAM denies what is signed without MFA */
    bool has_device; /* the user has an MFA device */
    bool test_broken; /* the operator's test fails */
    bool source_old;  /* the administrator's session is taken with the old key */
    struct late late;

    struct evidence evidence;
    struct record told;
    struct rotation *rotation;
    bool trace;
    const char *broken;
    uint64_t faults[FAULT_COUNT];

    size_t read_back; /* how many events the other state has */

    /* From here on nothing, or not all, is set to zero when a history begins. */
    struct plan plan;
    struct effect effect; /* in hand */
    size_t event_count;
    struct rotation states[2];
    struct event events[EVENTS_MAX];
};

/* --- world.c: chance, clocks, keys ------------------------------------------------------------- */

/* The next number; 0 when this decision is left out. The output function of splitmix64 (public domain):
 * number `position` of the row of this seed. */
static inline uint64_t world_roll(struct world *world)
{
    uint64_t at = world->position++;
    if (world->only != NULL && (at >= world->only_count || !world->only[at]))
        return 0;
    uint64_t z = (world->seed * UINT64_C(0xd1342543de82ef95)) + (at + 1) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* A throw that succeeds in so many percent of cases, and never for the number 0. */
static inline bool world_chance(struct world *world, unsigned percent)
{
    return world_roll(world) % 100 >= 100 - percent;
}

/* A number below n; 0 for the number 0. */
static inline int64_t world_below(struct world *world, unsigned n)
{
    return (int64_t)(world_roll(world) % n);
}

void world_fault(struct world *world, enum fault fault);
const char *world_fault_name(enum fault fault);
/* AWS's clock. */
int64_t world_server(const struct world *world);
/* A statement was broken; the first one is kept. */
void world_broken(struct world *world, const char *what);
/* Index of a key, or NONE. */
int world_find(const struct world *world, const char *id);
int world_new_key(const struct world *world); /* the rotation's, or NONE */
/* Does AWS accept this key at this moment? */
bool world_works(const struct world *world, int key);
int world_make_key(struct world *world, bool ours);
/* Is its pair to be had by the keeper? */
/* The target is a person who is shown the pair. In a rollback they go on with the old one by themselves. */
bool world_shows(const struct world *world, size_t target);
bool world_pair_found(const struct world *world, int key);
/* Switch or remove a key as another hand than ours. */
void world_touch(struct world *world, int key, enum key_status status, bool remove);

/* --- serve.c: keeper and AWS carry an effect out, without fault --------------------------------- */

/* Fills the true outcome; `event` has what outcome_begin gives it. */
void world_serve(struct world *world, const struct effect *effect, struct event *event);

/* --- faults.c: what happens to an effect on its way ---------------------------------------------- */

/* False: the process died before the outcome was known; else `event` is the outcome. `ret_again`: the
 * answer came twice. */
bool world_carry_out(struct world *world, const struct effect *effect, struct event *event,
                     bool *ret_again);
/* What was given up and arrives now. */
void world_late(struct world *world);

/* --- hands.c: who else acts ----------------------------------------------------------------------- */

void world_hands(struct world *world);

/* --- statements.c: what must hold ---------------------------------------------------------------- */

/* Before an act goes out: may it, by what the core was told? */
void world_check_act(struct world *world, const struct effect *effect);
/* After every event: the user has a working key, and the evidence is brought up to date. */
void world_check_event(struct world *world, const struct event *event);
/* While the account changes: what may never happen, by the truth. */
void world_check_switch(struct world *world, int key, enum key_status status);
void world_check_delete(struct world *world, const struct effect *effect, int key);
void world_forget(struct world *world); /* a new process was told nothing */
void world_check_end(struct world *world);

/* --- run.c: one rotation -------------------------------------------------------------------------- */

/* From opening to its end. `only`: which decisions are kept, NULL for all. */
void world_run(struct world *world, uint64_t seed, const uint8_t *only, uint64_t only_count, bool trace);

/* --- shrink.c -------------------------------------------------------------------------------------- */

/* Find a small set of decisions with which the seed still breaks the same statement, and print it with
 * its history and the command that replays it, as TAP comments. */
void shrink_and_print(struct world *world, uint64_t seed);

#endif
