/* From a profile to credentials. The order is botocore's (facts of configuration, section 5). */
#include "profile/walk.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void chain_release(struct chain *chain)
{
    for (size_t i = 0; i < chain->count; i++)
        credentials_release(&chain->links[i].pair);
    memset(chain, 0, sizeof *chain);
}

/* --- roles -------------------------------------------------------------------------------------*/

static void tell_role(const struct walk *walk, const char *profile, const struct chain_link *link)
{
    char role[SHOWN_SIZE], other[SHOWN_SIZE], serial[SHOWN_SIZE];
    const char *source = walk_property(walk, profile, "source_profile");
    const char *named = walk_property(walk, profile, "credential_source");
    walk_tell_of(walk, profile, "role", "taken", "role_arn is %s, to be assumed with %s %s%s%s",
                 profile_show(role, link->role_arn),
                 source != NULL ? "source_profile" : "credential_source",
                 profile_show(other, source != NULL ? source : named),
                 link->mfa_serial[0] != '\0' ? " and a code of " : "",
                 profile_show(serial, link->mfa_serial));
}

static bool add_role(struct walk *walk, const char *profile, struct error *err)
{
    struct chain_link *link = NULL;
    if (!walk_add_link(walk, CHAIN_ROLE, profile, &link, err) ||
        !walk_copy_property(walk, profile, "role_arn", link->role_arn, sizeof link->role_arn, err) ||
        !walk_copy_property(walk, profile, "role_session_name", link->session_name,
                       sizeof link->session_name, err) ||
        !walk_copy_property(walk, profile, "external_id", link->external_id, sizeof link->external_id,
                       err) ||
        !walk_copy_property(walk, profile, "mfa_serial", link->mfa_serial, sizeof link->mfa_serial, err))
        return false;
    /* What is not a whole number is ignored, as botocore does. */
    const char *duration = walk_property(walk, profile, "duration_seconds");
    if (duration != NULL && strlen(duration) < 10 &&
        duration[strspn(duration, "0123456789")] == '\0')
        link->duration = strtoll(duration, NULL, 10);
    char shown[SHOWN_SIZE], role[SHOWN_SIZE];
    text_appendf(&walk->story, "profile %s assumes %s with ", profile_show(shown, profile),
                 profile_show(role, link->role_arn));
    tell_role(walk, profile, link);
    return true;
}

static bool already_on_the_way(const struct chain *chain, const char *profile)
{
    for (size_t i = 0; i < chain->count; i++)
        if (strcmp(chain->links[i].profile, profile) == 0)
            return true;
    return false;
}

/* The profile that signs for the role of `profile`, NULL when the chain has ended. */
static bool next_profile(struct walk *walk, const char *profile, const char **ret_next,
                         struct error *err)
{
    char shown[SHOWN_SIZE], other[SHOWN_SIZE];
    profile_show(shown, profile);
    const char *source = walk_property(walk, profile, "source_profile");
    const char *named = walk_property(walk, profile, "credential_source");
    if (source != NULL && named != NULL)
        return error_set(err, ERROR_SYNTAX,
                         "profile %s has both source_profile and credential_source", shown);
    if (source == NULL && named == NULL)
        return error_set(err, ERROR_SYNTAX,
                         "profile %s has role_arn but neither source_profile nor credential_source",
                         shown);
    if (!add_role(walk, profile, err))
        return false;
    *ret_next = NULL;
    if (named != NULL)
        return end_with_named_source(walk, profile, named, err);
    if (strcmp(source, profile) == 0)
        return walk_has_static(walk, profile) ? end_here(walk, profile, false, err)
                                              : end_with_static(walk, profile, err);
    profile_show(other, source);
    if (already_on_the_way(walk->chain, source))
        return error_set(err, ERROR_SYNTAX,
                         "the source_profile of profile %s leads back to %s: "
                         "that is a loop",
                         shown, other);
    if (!profile_set_has(walk->set, source))
        return error_set(err, ERROR_SYNTAX,
                         "profile %s names the source_profile %s, which is not there", shown,
                         other);
    *ret_next = source;
    return true;
}

static bool follow(struct walk *walk, const char *profile, struct error *err)
{
    for (const char *next = NULL;; profile = next) {
        bool first = walk->chain->count == 0;
        /* Where a source has keys, its role does not count; what botocore looks for before keys
         * (a web identity, IAM Identity Center) still does. */
        bool keys_end_it = !first && walk_has_static(walk, profile);
        bool role = walk_property(walk, profile, "role_arn") != NULL;
        bool web = walk_property(walk, profile, "web_identity_token_file") != NULL;
        if (!role)
            walk_tell_of(walk, profile, "role", "none", "no role_arn");
        else if (web || keys_end_it)
            walk_tell_of(walk, profile, "role", "skipped", web ? "role_arn is for the web identity"
                         : "role_arn does not count in a source that has keys");
        if (!role || web || keys_end_it)
            return end_here(walk, profile, first, err);
        if (!next_profile(walk, profile, &next, err))
            return false;
        if (next == NULL)
            return true;
    }
}

/* --- the beginning -----------------------------------------------------------------------------*/

static void FORMAT_LIKE(2, 3) warn(struct chain *chain, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(chain->warning, sizeof chain->warning, format, args);
    va_end(args);
}

/* What the environment's own keys are to the walk. */
static void tell_environment(const struct walk *walk, bool by_option)
{
    char key[SHOWN_SIZE];
    const char *key_id = walk_variable(walk, "AWS_ACCESS_KEY_ID");
    bool token = walk_variable(walk, "AWS_SECURITY_TOKEN") != NULL ||
                 walk_variable(walk, "AWS_SESSION_TOKEN") != NULL;
    if (key_id == NULL)
        walk_tell(walk, "environment", "none", "AWS_ACCESS_KEY_ID is not set");
    else
        walk_tell(walk, "environment", by_option ? "skipped" : "taken",
                  "AWS_ACCESS_KEY_ID is %s, %s a session token%s", profile_show(key, key_id),
                  token ? "with" : "without",
                  by_option ? "; it does not count since the profile was named by option" : "");
}

static bool start(struct walk *walk, const char *explicit_profile, struct error *err)
{
    char shown[SHOWN_SIZE], other[SHOWN_SIZE];
    const char *first = walk_variable(walk, "AWS_DEFAULT_PROFILE");
    const char *second = walk_variable(walk, "AWS_PROFILE");
    const char *origin = "--profile";
    const char *profile = explicit_profile;
    if (profile == NULL) {
        profile = first != NULL ? first : second;
        origin = first != NULL ? "AWS_DEFAULT_PROFILE" : "AWS_PROFILE";
    }
    bool named = profile != NULL;
    walk->named_by_option = explicit_profile != NULL;
    if (!named)
        profile = "default";
    profile_show(shown, profile);
    if (explicit_profile != NULL)
        walk_tell(walk, "name of the profile", "taken", "by option: %s", shown);
    else if (named)
        walk_tell(walk, "name of the profile", "taken", "%s names %s", origin, shown);
    else
        walk_tell(walk, "name of the profile", "none",
                  "neither --profile nor AWS_DEFAULT_PROFILE nor AWS_PROFILE: it is default");
    if (named && !profile_set_has(walk->set, profile))
        return error_set(err, ERROR_PROFILE_UNKNOWN, "there is no profile %s (%s)", shown, origin);
    tell_environment(walk, explicit_profile != NULL);
    if (explicit_profile == NULL && walk_variable(walk, "AWS_ACCESS_KEY_ID") != NULL) {
        if (named)
            warn(walk->chain,
                 "AWS_ACCESS_KEY_ID in the environment is used, not profile %s (%s); to use the "
                 "profile, give it with --profile",
                 shown, origin);
        else if (walk_has_static(walk, profile))
            warn(walk->chain, "AWS_ACCESS_KEY_ID in the environment is used, not the keys of "
                              "profile default");
        return end_with_environment(walk, err);
    }
    if (explicit_profile == NULL && walk_variable(walk, "AWS_WEB_IDENTITY_TOKEN_FILE") != NULL &&
        walk_property(walk, profile, "role_arn") == NULL && walk_has_static(walk, profile))
        warn(walk->chain,
             "the web identity in the environment is used, not the keys of profile %s; to use "
             "them, give it with --profile",
             shown);
    else if (explicit_profile == NULL && first != NULL && second != NULL &&
             strcmp(first, second) != 0)
        warn(walk->chain,
             "AWS_DEFAULT_PROFILE (%s) is used, as botocore does; other SDKs use AWS_PROFILE (%s)",
             shown, profile_show(other, second));
    return follow(walk, profile, err);
}

/* Are what this link gives the credentials of a role? Of a program's nobody knows. */
static bool gives_role(const struct chain_link *link)
{
    switch (link->kind) {
    case CHAIN_ROLE:
    case CHAIN_WEB_IDENTITY:
    case CHAIN_SSO:
    case CHAIN_CONTAINER:
    case CHAIN_METADATA:
        return true;
    case CHAIN_ENVIRONMENT:
    case CHAIN_STATIC:
    case CHAIN_PROCESS:
    case CHAIN_LOGIN:
        break;
    }
    return false;
}

/* A role that is assumed by another role lasts an hour at most, and AWS refuses to make it longer. */
static void limit_chained_roles(struct chain *chain)
{
    enum { CHAINED_MAX = 3600 };
    char shown[SHOWN_SIZE];
    for (size_t i = 0; i + 1 < chain->count; i++) {
        struct chain_link *link = &chain->links[i];
        if (link->kind != CHAIN_ROLE || link->duration <= CHAINED_MAX || !gives_role(link + 1))
            continue;
        if (chain->warning[0] == '\0')
            warn(chain,
                 "duration_seconds of profile %s is %lld; a role that is assumed by a role lasts an "
                 "hour at most, so an hour is asked for",
                 profile_show(shown, link->profile), (long long)link->duration);
        link->duration = CHAINED_MAX;
    }
}

bool profile_chain(const struct profile_set *set, profile_environment *environment, void *context,
                   const char *explicit_profile, struct chain *ret_chain, struct error *err)
{
    return profile_chain_told(set, environment, context, explicit_profile, NULL, NULL, ret_chain,
                              err);
}

bool profile_chain_told(const struct profile_set *set, profile_environment *environment,
                        void *context, const char *explicit_profile, profile_tell *told,
                        void *tell_context, struct chain *ret_chain, struct error *err)
{
    CLEANUP(chain_release) struct chain chain = {0};
    struct walk walk = {.set = set,
                        .environment = environment,
                        .context = context,
                        .chain = &chain,
                        .tell = told,
                        .tell_context = tell_context};
    text_init(&walk.story, 4096);
    bool found = start(&walk, explicit_profile, err);
    text_copy(chain.explanation, sizeof chain.explanation, walk.story.bytes);
    text_release(&walk.story);
    if (!found)
        return false;
    limit_chained_roles(&chain);
    *ret_chain = chain;
    chain.count = 0;
    return true;
}
