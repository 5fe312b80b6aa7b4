#include "aws/retry.h"

static bool allowed(const struct retry_rule *rule, enum attempt_end end)
{
    switch (end) {
    case ATTEMPT_NOT_SENT:
        return true;
    case ATTEMPT_THROTTLED:
        return !rule->one_time;
    case ATTEMPT_LOST:
    case ATTEMPT_TRANSIENT:
        return rule->repeatable && !rule->one_time;
    case ATTEMPT_FINAL:
        return false;
    }
    return false;
}

bool retry_next(struct retry_quota *quota, const struct retry_rule *rule, enum attempt_end end,
                bool timed_out, int attempt, int *ret_cost)
{
    int cost = timed_out ? RETRY_TIMEOUT_COST : RETRY_COST;
    if (attempt >= rule->most || !allowed(rule, end) || quota->tokens < cost)
        return false;
    quota->tokens -= cost;
    *ret_cost = cost;
    return true;
}

void retry_succeeded(struct retry_quota *quota, int cost)
{
    quota->tokens += cost > 0 ? cost : 1;
    if (quota->tokens > RETRY_TOKENS)
        quota->tokens = RETRY_TOKENS;
}

int64_t retry_delay_ms(int attempt, double chance)
{
    int64_t most = attempt > 5 ? 20 : INT64_C(1) << (attempt - 1);
    if (most > 20)
        most = 20;
    return (int64_t)(chance * (double)most * 1000);
}
