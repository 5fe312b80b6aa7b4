/* How many requests may be in flight. AWS counts them by action and account, and tells nobody how many it takes:
 * so many are in flight as it lets pass. A request that was throttled, after all attempts of its own
 * (aws/client.h), halves their number and holds everything back for a while, twice as long each time that nothing
 * passes in between; those that pass raise the number again, one by one. Pure.
 * Source: facts, "Throttling"; additive increase and multiplicative decrease, as in RFC 5681. */
#ifndef KEYWRIGHT_RUNNER_PACE_H
#define KEYWRIGHT_RUNNER_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PACE_MOST = 8,         /* in flight */
    PACE_REFUSED_MOST = 8, /* in a row: then it is given up, after about two minutes */
};

struct pace {
    size_t room;   /* for requests in flight: from 1 to PACE_MOST */
    size_t passed; /* since the room was changed */
    int refused;   /* in a row */
    int64_t until; /* monotonic milliseconds; nothing is begun before. 0: none */
};

void pace_init(struct pace *pace);
/* One passed. */
void pace_pass(struct pace *pace);
/* One was throttled. False: give it up; true: ask it again. */
bool pace_refuse(struct pace *pace, int64_t now);
/* May another one be begun, beside those in flight? */
bool pace_allows(const struct pace *pace, size_t in_flight, int64_t now);

#endif
