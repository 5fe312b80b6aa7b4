#include "runner/speaker.h"

#include <string.h>

#include "base/text.h"

#define SPEAKER_STRINGS(X)                                                                         \
    X(profile)                                                                                     \
    X(as_profile)                                                                                  \
    X(region)                                                                                      \
    X(endpoint_url)                                                                                \
    X(endpoint_iam)                                                                                \
    X(endpoint_sts)                                                                                \
    X(endpoint_sso)                                                                                \
    X(endpoint_cloudtrail)                                                                         \
    X(endpoint_access_analyzer)

void speaker_of_plan(const struct plan *plan, struct speaker *ret_speaker)
{
#define X(member) text_copy(ret_speaker->member, sizeof ret_speaker->member, plan->member);
    SPEAKER_STRINGS(X)
#undef X
    text_copy(ret_speaker->profile, sizeof ret_speaker->profile, plan_named_profile(plan));
    ret_speaker->use_fips = plan->use_fips;
    ret_speaker->use_dualstack = plan->use_dualstack;
}

void speaker_of_options(const struct keeper_options *options, struct speaker *ret_speaker)
{
#define X(member)                                                                                  \
    text_copy(ret_speaker->member, sizeof ret_speaker->member,                                     \
              options->member != NULL ? options->member : "");
    SPEAKER_STRINGS(X)
#undef X
    ret_speaker->use_fips = options->use_fips;
    ret_speaker->use_dualstack = options->use_dualstack;
}

void speaker_put(const struct speaker *speaker, struct keeper_options *options)
{
#define X(member) options->member = speaker->member[0] != '\0' ? speaker->member : NULL;
    SPEAKER_STRINGS(X)
#undef X
    options->use_fips = speaker->use_fips;
    options->use_dualstack = speaker->use_dualstack;
}

bool speaker_same(const struct speaker *a, const struct speaker *b)
{
    bool same = a->use_fips == b->use_fips && a->use_dualstack == b->use_dualstack;
#define X(member) same = same && strcmp(a->member, b->member) == 0;
    SPEAKER_STRINGS(X)
#undef X
    return same;
}
