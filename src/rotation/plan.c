#include "rotation/plan.h"

#include <stdio.h>
#include <string.h>

bool target_is_shown(const struct target *target)
{
    return strcmp(target->spec, "show") == 0;
}

/* A session of the user whose key is to go. */
static bool session_of_user(const struct plan *plan, const char *signer, const char *arn)
{
    const char *name = strrchr(arn, '/');
    return strncmp(signer, "ASIA", 4) == 0 && strstr(arn, ":user/") != NULL && name != NULL &&
           strcmp(name + 1, plan->user) == 0;
}

bool plan_signer_fits(const struct plan *plan, const char *signer, const char *arn, const char *source,
                      char ret_why[TEXT_SIZE])
{
    bool source_known = source[0] != '\0' && strncmp(source, "ASIA", 4) != 0;
    bool itself = plan->self || strcmp(signer, plan->old_key) == 0;
    bool session = strcmp(source, plan->old_key) == 0;
    bool maybe = !source_known && session_of_user(plan, signer, arn);
    if (!plan->compromised || !(itself || session || maybe))
        return true;
    if (ret_why != NULL)
        snprintf(ret_why, TEXT_SIZE,
                 "%s is %s%s, which may sign nothing; an administrator must (--as PROFILE)", signer[0] != '\0' ? signer : plan->old_key,
                 itself ? "the compromised key itself" : session ? "a session of the compromised key "
                        : "a session of the user, perhaps taken with the compromised key ",
                 itself ? "" : plan->old_key);
    return false;
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
