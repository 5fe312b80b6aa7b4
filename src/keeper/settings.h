/* What a run works with: profile, region, endpoints, limits; from the options of `hello`, the
 * environment and the profile, in the order that keywright(1) gives. */
#ifndef KEYWRIGHT_KEEPER_SETTINGS_H
#define KEYWRIGHT_KEEPER_SETTINGS_H

#include <limits.h>

#include "aws/client.h"
#include "profile/profile.h"

struct settings_options {
    const char *profile, *as_profile, *region, *endpoint_url; /* "" for not given */
    /* As they were when a rotation was opened: ENDPOINT_AWS or a URL. When IAM's is given, these
     * alone count, whatever environment and profile say. */
    const char *endpoints[AWS_SERVICE_COUNT]; /* "" or NULL for not given */
    bool use_fips, use_dualstack;
    int64_t timeout; /* 0 for not given */
};

/* AWS's own endpoint, by the rules of region, FIPS and dual-stack. */
#define ENDPOINT_AWS "aws"

struct settings {
    char profile[128];    /* by option, AWS_DEFAULT_PROFILE, AWS_PROFILE, else "default" */
    bool profile_named;   /* by option: then keys of the environment do not count */
    char as_profile[128]; /* "" for none */
    char region[64];
    char endpoint_url[AWS_SERVICE_COUNT][512]; /* "" for AWS's own */
    char ca_bundle[PATH_MAX];                  /* "" for the system's */
    bool use_fips, use_dualstack;
    int64_t timeout;
    int max_attempts;
};

/* `files` may be NULL (they cannot be read): then nothing is taken from them and a profile is not
 * missed. PROFILE_UNKNOWN; REGION_UNKNOWN; LIMIT for a value that is too long. */
bool settings_resolve(const struct settings_options *options, const struct profile_set *files,
                      profile_environment *environment, void *context,
                      struct settings *ret_settings, struct error *err) MUST_USE;

/* As the client takes them; borrows from `settings`. */
void settings_for_client(const struct settings *settings, struct aws_settings *ret_settings);

/* The profile that signs for signer "": NULL when the environment decides. */
const char *settings_signing_profile(const struct settings *settings);

#endif
