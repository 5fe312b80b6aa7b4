#include "rotation/plan.h"

#include <string.h>

bool target_is_shown(const struct target *target)
{
    return strcmp(target->spec, "show") == 0;
}

const char *plan_named_profile(const struct plan *plan)
{
    static const struct {
        const char *word;
        bool named;
    } sources[] = {
#define X(word, named, meaning) {word, named},
        PROFILE_SOURCE_TABLE(X)
#undef X
    };
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
        if (strcmp(plan->profile_source, sources[i].word) == 0)
            return sources[i].named ? plan->profile : "";
    return strcmp(plan->profile, "default") != 0 ? plan->profile : "";
}

bool plan_has_profile(const struct plan *plan, const char *profile)
{
    bool told = plan->profile_source[0] != '\0';
    return strcmp(profile, told ? plan_named_profile(plan) : plan->profile) == 0;
}

/* A slash at the end says nothing. */
static bool same_url(const char *a, const char *b)
{
    size_t length_a = strlen(a), length_b = strlen(b);
    while (length_a > 0 && a[length_a - 1] == '/')
        length_a--;
    while (length_b > 0 && b[length_b - 1] == '/')
        length_b--;
    return length_a == length_b && memcmp(a, b, length_a) == 0;
}

bool plan_has_endpoint(const struct plan *plan, const char *url)
{
    if (plan->endpoint_iam[0] == '\0')
        return same_url(url, plan->endpoint_url);
    return same_url(url, plan->endpoint_iam) && same_url(url, plan->endpoint_sts);
}
