/* A practice account for many trials: started once, its own folder as home, its truth read over its
 * control page. Every function ends the program with a message when the account itself fails. */
#ifndef KEYWRIGHT_TESTS_FAULT_ACCOUNT_H
#define KEYWRIGHT_TESTS_FAULT_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct account_of_trials {
    char home[256]; /* .aws is in it, and `log` */
    pid_t server;
    int parent_end; /* closed: the server ends */
    unsigned short port;
    long log_seen; /* bytes of the log that account_acts has given out */
};

/* `home` is made. */
void account_start(struct account_of_trials *account, const char *home);
/* End the server and remove the folder. */
void account_stop(struct account_of_trials *account);

enum { ACTS_MAX = 64 };
/* An act on AWS that took effect. */
struct deed {
    char action[32]; /* CreateAccessKey, UpdateAccessKey, DeleteAccessKey */
    char key[32];    /* "" for a create */
    char status[16]; /* of an update */
};
/* Append the acts of the log since the last call to the `count` that are there. Returns how many
 * there are then. */
size_t account_acts(struct account_of_trials *account, struct deed acts[ACTS_MAX], size_t count);

/* "ID STATUS, ID STATUS" of alice. */
void account_keys(const struct account_of_trials *account, char *to, size_t size);

/* GetCallerIdentity, signed with this pair, is answered with 200. */
bool account_takes(const struct account_of_trials *account, const char *key_id, const char *secret);

#endif
