/* A simulated account for many trials: started once, its own folder as home, its truth read over its
 * control page. It is the practice account or, where a strict peer is there, that: account_peer.c.
 * Every function ends the program with a message when the account itself fails. */
#ifndef KEYWRIGHT_TESTS_FAULT_ACCOUNT_H
#define KEYWRIGHT_TESTS_FAULT_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct account_of_trials {
    char home[256]; /* .aws is in it, and `log` */
    pid_t server;
    int parent_end; /* closed: the practice account ends */
    bool is_peer;
    unsigned short port;
    unsigned short control_port; /* the same for the practice account */
    int ahead;     /* seconds that its clock was let go on */
    long log_seen; /* bytes of the log that account_acts has given out */
    long struck;   /* requests in what it gave out last that a fault struck */
    long requests; /* ... all of them */
};

/* `home` is made. `peer`: the script of a strict peer, or NULL for the practice account. */
void account_start(struct account_of_trials *account, const char *home, const char *peer);
/* End the server and remove the folder. */
void account_stop(struct account_of_trials *account);

enum { ACTS_MAX = 64 };
/* An act on AWS that took effect. */
struct deed {
    char action[32]; /* CreateAccessKey, UpdateAccessKey, DeleteAccessKey */
    char key[32];    /* "" for a create */
    char status[16]; /* of an update */
    double at;       /* when it was asked for, where the log says that; else 0 */
};
/* Add the acts of the log since the last call to the `count` that are there, in the order in which they
 * were asked for: an account may log a request when it has ended. Returns how many there are then. */
size_t account_acts(struct account_of_trials *account, struct deed acts[ACTS_MAX], size_t count);

/* From now on what `fault` says: practice/fault.h has the language of the practice account; a peer
 * takes a JSON object. */
void account_fault(const struct account_of_trials *account, const char *fault);
void account_no_faults(const struct account_of_trials *account);

/* Its clock goes on by so many seconds. */
void account_advance(struct account_of_trials *account, int seconds);

/* "ID STATUS, ID STATUS" of alice. */
void account_keys(const struct account_of_trials *account, char *to, size_t size);

/* GetCallerIdentity, signed with this pair, is answered with 200. */
bool account_takes(const struct account_of_trials *account, const char *key_id, const char *secret);

#endif
