/* Whom a keeper speaks for, and where: of the command line, or as a rotation was opened with. Owned by
 * value, so that it outlives what it was made of. */
#ifndef KEYWRIGHT_RUNNER_SPEAKER_H
#define KEYWRIGHT_RUNNER_SPEAKER_H

#include "rotation/plan.h"
#include "runner/keeper.h"

/* Each "" for what the environment and the profile say. */
struct speaker {
    char profile[WORD_SIZE * 2], as_profile[WORD_SIZE * 2], region[WORD_SIZE];
    char endpoint_url[TEXT_SIZE];
    char endpoint_iam[TEXT_SIZE], endpoint_sts[TEXT_SIZE], endpoint_sso[TEXT_SIZE];
    char endpoint_cloudtrail[TEXT_SIZE], endpoint_access_analyzer[TEXT_SIZE];
    bool use_fips, use_dualstack; /* count when endpoint_iam is given */
};

/* What goes on speaks as it did when it was opened, whatever the environment says now. */
void speaker_of_plan(const struct plan *plan, struct speaker *ret_speaker);
void speaker_of_options(const struct keeper_options *options, struct speaker *ret_speaker);
/* Set the members of the options that a speaker has; strings are borrowed from it. */
void speaker_put(const struct speaker *speaker, struct keeper_options *options);
bool speaker_same(const struct speaker *a, const struct speaker *b);

#endif
