/* When a call is made once more: botocore's standard mode (facts: AWS SDKs, "Retry behavior"),
 * except where a repetition could act twice. Pure: chance and outcomes are arguments. Private to
 * aws/. */
#ifndef KEYWRIGHT_AWS_RETRY_H
#define KEYWRIGHT_AWS_RETRY_H

#include <stdbool.h>
#include <stdint.h>

/* How an attempt ended that did not succeed. */
enum attempt_end {
    ATTEMPT_NOT_SENT,  /* no byte of the request left */
    ATTEMPT_LOST,      /* something was sent, and no whole answer came */
    ATTEMPT_THROTTLED, /* answered: too many requests, nothing was done */
    ATTEMPT_TRANSIENT, /* answered: a fault of the server */
    ATTEMPT_FINAL      /* answered, or failed, such that another attempt would end alike */
};

/* What the call allows. */
struct retry_rule {
    bool repeatable; /* may be carried out twice */
    bool one_time;   /* carries an MFA code: once answered in any way, it is spent */
    int most;        /* attempts */
};

/* Tokens that all calls of a client share, so that retries cannot multiply an outage. */
struct retry_quota {
    int tokens;
};

enum { RETRY_TOKENS = 500, RETRY_COST = 5, RETRY_TIMEOUT_COST = 10 };

/* True when attempt number `attempt` (1-based), which ended so, is followed by another. Takes the
 * cost (10 after a timeout, 5 otherwise) from the quota, and tells it. */
bool retry_next(struct retry_quota *quota, const struct retry_rule *rule, enum attempt_end end,
                bool timed_out, int attempt, int *ret_cost);
/* A call succeeded; `cost` is that of its last retry, 0 for none. */
void retry_succeeded(struct retry_quota *quota, int cost);

/* Full jitter: chance (from 0 to below 1) of min(2^(attempt-1), 20) seconds, in milliseconds. */
int64_t retry_delay_ms(int attempt, double chance);

#endif
