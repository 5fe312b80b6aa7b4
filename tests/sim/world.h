/* A small world for the core to act on: one user's keys, the targets, a keeper's memory, a clock, and
 * everything that can go wrong with them. Driven by a seed; the same seed is the same history. */
#ifndef KEYWRIGHT_TESTS_SIM_WORLD_H
#define KEYWRIGHT_TESTS_SIM_WORLD_H

#include "rotation/rotation.h"

enum { WORLD_KEYS = 12, EVENTS_MAX = 4000, NONE = -1 };

struct world_key {
    bool exists;
    char id[KEY_ID_SIZE];
    enum key_status status;
    int64_t created;
    int64_t works_from;  /* propagation after creation */
    int64_t change_from; /* the last switch shows from here on */
    bool held;           /* in the memory of the keeper */
    bool ours;
    bool kept;           /* its pair is where the keeper finds it, outside the targets */
};

struct world {
    uint64_t random;
    int64_t now;  /* our clock */
    int64_t skew; /* ours minus AWS's */
    int64_t delay;
    struct world_key keys[WORLD_KEYS];
    int key_count;
    size_t target_count;
    int target_key[TARGETS_MAX]; /* index of the key that it holds, or NONE */
    bool backup[TARGETS_MAX];
    unsigned fault_percent;
    bool rolled_back;
    int64_t list_lag;    /* a stale list does not show a key that is younger */
    char session_key[KEY_ID_SIZE]; /* whose MFA session the keeper has; "" for none */
    int64_t session_ends;
    bool meddler;
    int64_t meddled_at[TARGETS_MAX]; /* when another program put the old pair back; 0 */
    struct event events[EVENTS_MAX];
    size_t event_count;
    struct rotation rotation;
    struct plan plan;
    uint64_t seed;
    bool trace;
    const char *broken;
};

/* A random number, and a throw that succeeds in so many percent of cases. */
uint64_t world_roll(struct world *world);
bool world_chance(struct world *world, unsigned percent);
/* AWS's clock. */
int64_t world_server(const struct world *world);
/* A statement was broken; the first one is kept. */
void world_broken(struct world *world, const char *what);
/* Index of a key, or NONE. */
int world_find(const struct world *world, const char *id);
/* Does AWS accept this key at this moment? */
bool world_works(const struct world *world, int key);
int world_make_key(struct world *world, bool ours);
/* Carry an effect out in a world where things go wrong. False: the process died before the outcome was
 * known; else `event` is the outcome. */
bool world_carry_out(struct world *world, const struct effect *effect, struct event *event);

#endif
