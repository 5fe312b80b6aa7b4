/* Following a key: when it was last used, and its events in CloudTrail, region by region, as `keywright
 * usage` shows them. For programs without a screen: it waits. */
#ifndef KEYWRIGHT_RUNNER_TRAIL_H
#define KEYWRIGHT_RUNNER_TRAIL_H

#include "audit/usage.h"
#include "runner/survey.h"

/* CloudTrail keeps its event history so long; seconds. */
enum { TRAIL_SPAN = 90 * 86400, TRAIL_REGIONS_MAX = 64, TRAIL_BLIND_SIZE = 1024 };

struct trail_question {
    const char *key;
    int64_t span; /* how far to look back, seconds, at most TRAIL_SPAN */
    int64_t most; /* events of one region */
    /* Beside the configured region, the one where IAM is recorded, and that of the last use. */
    const char *const *regions;
    size_t region_count;
    bool all_regions; /* those of the partition too */
};

struct trail {
    char account[ACCOUNT_SIZE];
    char arn[ARN_SIZE]; /* who asked */
    enum used_state used;
    int64_t used_at;
    char user[USER_SIZE]; /* whose key it is, "" when not known */
    char used_service[WORD_SIZE];
    char used_region[WORD_SIZE];
    struct usage usage;
    size_t regions_read; /* to their end or to the limit */
    struct error denial; /* of the first thing that may not be read; code NONE */
    bool partly;         /* something that was asked for could not be read whole */
    /* What was not seen, a sentence each. */
    char (*blind_spots)[TRAIL_BLIND_SIZE];
    size_t blind_count;
};

void trail_init(struct trail *trail);
void trail_release(struct trail *trail); /* for CLEANUP() too */

/* What could not be read is a blind spot. False only when nobody can be asked (no identity, KEEPER_GONE,
 * INTERRUPTED), or MEMORY. `say` (may be NULL) is told what takes long. */
bool trail_follow(struct keeper *keeper, const struct trail_question *question,
                  void (*say)(void *context, const char *what), void *context,
                  struct trail *ret_trail, struct error *err) MUST_USE;

#endif
