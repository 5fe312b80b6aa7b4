/* From a profile to credentials. The order is botocore's (facts of configuration, section 5). */
#include "profile/parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"

struct walk {
    const struct profile_set *set;
    profile_environment *environment;
    void *context;
    struct chain *chain;
    struct text story; /* the explanation so far */
};

void chain_release(struct chain *chain)
{
    for (size_t i = 0; i < chain->count; i++)
        credentials_release(&chain->links[i].pair);
    memset(chain, 0, sizeof *chain);
}

/* A variable that is set to more than blanks, or NULL. */
static const char *variable(const struct walk *walk, const char *name)
{
    const char *value = walk->environment(walk->context, name);
    return value != NULL && value[strspn(value, " \t\r\n")] != '\0' ? value : NULL;
}

static const char *property(const struct walk *walk, const char *profile, const char *key)
{
    const char *value = profile_set_get(walk->set, profile, key);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

static bool add_link(struct walk *walk, enum chain_link_kind kind, const char *profile,
                     struct chain_link **ret_link, struct error *err)
{
    struct chain *chain = walk->chain;
    size_t most = sizeof chain->links / sizeof *chain->links;
    if (chain->count == most)
        return error_set(err, ERROR_LIMIT, "more than %zu profiles lead to one another", most);
    struct chain_link *link = &chain->links[chain->count++];
    memset(link, 0, sizeof *link);
    credentials_init(&link->pair);
    link->kind = kind;
    text_copy(link->profile, sizeof link->profile, profile);
    *ret_link = link;
    return true;
}

static bool unsupported(const char *profile, const char *what, struct error *err)
{
    char shown[SHOWN_SIZE];
    return error_set(
        err, ERROR_NO_CREDENTIALS,
        "profile %s gets its credentials from %s, which keywright does not support yet",
        profile_show(shown, profile), what);
}

/* --- where credentials come from ---------------------------------------------------------------*/

static bool set_pair(struct credentials *pair, const char *key_id, const char *secret,
                     const char *token, struct error *err)
{
    if (!text_copy(pair->key_id, sizeof pair->key_id, key_id))
        return error_set(err, ERROR_LIMIT, "an access key ID of more than %zu characters",
                         sizeof pair->key_id - 1);
    return secret_new(secret, strlen(secret), &pair->secret, err) &&
           (token == NULL || secret_new(token, strlen(token), &pair->token, err));
}

static bool end_with_environment(struct walk *walk, struct error *err)
{
    const char *key_id = variable(walk, "AWS_ACCESS_KEY_ID");
    const char *secret = variable(walk, "AWS_SECRET_ACCESS_KEY");
    const char *token = variable(walk, "AWS_SECURITY_TOKEN");
    const char *expires = variable(walk, "AWS_CREDENTIAL_EXPIRATION");
    if (key_id == NULL)
        return error_set(err, ERROR_NO_CREDENTIALS, "AWS_ACCESS_KEY_ID is not in the environment");
    if (secret == NULL)
        return error_set(err, ERROR_PAIR_HALF,
                         "AWS_ACCESS_KEY_ID is in the environment, AWS_SECRET_ACCESS_KEY is not");
    if (token == NULL)
        token = variable(walk, "AWS_SESSION_TOKEN");
    struct chain_link *link = NULL;
    if (!add_link(walk, CHAIN_ENVIRONMENT, "", &link, err) ||
        !set_pair(&link->pair, key_id, secret, token, err))
        return false;
    if (expires != NULL && !when_parse(expires, &link->pair.expires, err))
        return error_wrap(err, "AWS_CREDENTIAL_EXPIRATION");
    text_append(&walk->story, "the keys in the environment");
    return true;
}

static bool end_with_static(struct walk *walk, const char *profile, struct error *err)
{
    char shown[SHOWN_SIZE];
    profile_show(shown, profile);
    const char *key_id = property(walk, profile, "aws_access_key_id");
    const char *secret = property(walk, profile, "aws_secret_access_key");
    const char *token = property(walk, profile, "aws_session_token");
    if (key_id == NULL || secret == NULL)
        return error_set(err, ERROR_PAIR_HALF, "profile %s has no %s", shown,
                         key_id == NULL ? "aws_access_key_id" : "aws_secret_access_key");
    /* Which file each comes from: a pair that is mixed would not be one that AWS gave out. */
    const struct profile_file *credentials = profile_set_file(walk->set, PROFILE_CREDENTIALS_FILE);
    bool id_first =
        profile_file_property(credentials, SECTION_PROFILE, profile, "aws_access_key_id") != NULL;
    bool secret_first = profile_file_property(credentials, SECTION_PROFILE, profile,
                                              "aws_secret_access_key") != NULL;
    if (id_first != secret_first)
        return error_set(err, ERROR_PAIR_SPLIT,
                         "profile %s has its key ID in the %s file and its secret in the %s file",
                         shown, id_first ? "credentials" : "config",
                         secret_first ? "credentials" : "config");
    if (token == NULL)
        token = property(walk, profile, "aws_security_token");
    struct chain_link *link = NULL;
    if (!add_link(walk, CHAIN_STATIC, profile, &link, err) ||
        !set_pair(&link->pair, key_id, secret, token, err))
        return error_wrap(err, "profile %s", shown);
    text_appendf(&walk->story, "the keys of profile %s in the %s file", shown,
                 id_first ? "credentials" : "config");
    return true;
}

static bool end_with_process(struct walk *walk, const char *profile, const char *command,
                             struct error *err)
{
    char shown[SHOWN_SIZE];
    profile_show(shown, profile);
    struct chain_link *link = NULL;
    if (!add_link(walk, CHAIN_PROCESS, profile, &link, err))
        return false;
    if (!text_copy(link->command, sizeof link->command, command))
        return error_set(err, ERROR_LIMIT,
                         "credential_process of profile %s is longer than %zu bytes", shown,
                         sizeof link->command - 1);
    text_appendf(&walk->story, "the credential_process of profile %s", shown);
    return true;
}

static bool has_static(const struct walk *walk, const char *profile)
{
    return property(walk, profile, "aws_access_key_id") != NULL ||
           property(walk, profile, "aws_secret_access_key") != NULL;
}

/* What a profile without any source leaves: the providers of the surroundings. */
static bool nothing_there(const struct walk *walk, const char *profile, struct error *err)
{
    char shown[SHOWN_SIZE];
    const char *how = "holds no credentials";
    const char *rest = "of the machine (instance metadata)";
    if (!profile_set_has(walk->set, profile))
        how = "is in neither AWS file";
    if (variable(walk, "AWS_WEB_IDENTITY_TOKEN_FILE") != NULL)
        rest = "of a web identity (AWS_WEB_IDENTITY_TOKEN_FILE)";
    else if (variable(walk, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") != NULL ||
             variable(walk, "AWS_CONTAINER_CREDENTIALS_FULL_URI") != NULL)
        rest = "of a container (AWS_CONTAINER_CREDENTIALS_*)";
    return error_set(err, ERROR_NO_CREDENTIALS,
                     "profile %s %s, and credentials %s are not supported yet",
                     profile_show(shown, profile), how, rest);
}

static bool end_here(struct walk *walk, const char *profile, struct error *err)
{
    char shown[SHOWN_SIZE];
    if (property(walk, profile, "web_identity_token_file") != NULL)
        return error_set(err, ERROR_SYNTAX,
                         "profile %s has web_identity_token_file but no role_arn",
                         profile_show(shown, profile));
    static const char *const sso[] = {"sso_session", "sso_start_url", "sso_account_id",
                                      "sso_role_name"};
    for (size_t i = 0; i < sizeof sso / sizeof *sso; i++)
        if (property(walk, profile, sso[i]) != NULL)
            return unsupported(profile, "IAM Identity Center (sso_*)", err);
    const struct profile_file *credentials = profile_set_file(walk->set, PROFILE_CREDENTIALS_FILE);
    if (profile_file_property(credentials, SECTION_PROFILE, profile, "aws_access_key_id") != NULL &&
        has_static(walk, profile))
        return end_with_static(walk, profile, err);
    if (property(walk, profile, "login_session") != NULL)
        return unsupported(profile, "'aws login' (login_session)", err);
    const char *command = property(walk, profile, "credential_process");
    if (command != NULL)
        return end_with_process(walk, profile, command, err);
    if (has_static(walk, profile))
        return end_with_static(walk, profile, err);
    return nothing_there(walk, profile, err);
}

/* --- roles -------------------------------------------------------------------------------------*/

static bool copy_property(const struct walk *walk, const char *profile, const char *key, char *to,
                          size_t size, struct error *err)
{
    char shown[SHOWN_SIZE];
    const char *value = property(walk, profile, key);
    return text_copy(to, size, value == NULL ? "" : value) ||
           error_set(err, ERROR_LIMIT, "%s of profile %s is longer than %zu characters", key,
                     profile_show(shown, profile), size - 1);
}

static bool add_role(struct walk *walk, const char *profile, struct error *err)
{
    struct chain_link *link = NULL;
    if (!add_link(walk, CHAIN_ROLE, profile, &link, err) ||
        !copy_property(walk, profile, "role_arn", link->role_arn, sizeof link->role_arn, err) ||
        !copy_property(walk, profile, "role_session_name", link->session_name,
                       sizeof link->session_name, err) ||
        !copy_property(walk, profile, "external_id", link->external_id, sizeof link->external_id,
                       err) ||
        !copy_property(walk, profile, "mfa_serial", link->mfa_serial, sizeof link->mfa_serial, err))
        return false;
    /* What is not a whole number is ignored, as botocore does. */
    const char *duration = property(walk, profile, "duration_seconds");
    if (duration != NULL && strlen(duration) < 10 &&
        duration[strspn(duration, "0123456789")] == '\0')
        link->duration = strtoll(duration, NULL, 10);
    char shown[SHOWN_SIZE], role[SHOWN_SIZE];
    text_appendf(&walk->story, "profile %s assumes %s with ", profile_show(shown, profile),
                 profile_show(role, link->role_arn));
    return true;
}

static bool end_with_named_source(struct walk *walk, const char *profile, const char *source,
                                  struct error *err)
{
    char shown[SHOWN_SIZE], name[SHOWN_SIZE];
    if (strcmp(source, "Environment") == 0)
        return end_with_environment(walk, err) ||
               error_wrap(err, "profile %s, credential_source = Environment",
                          profile_show(shown, profile));
    if (strcmp(source, "Ec2InstanceMetadata") == 0)
        return unsupported(profile, "instance metadata (credential_source)", err);
    if (strcmp(source, "EcsContainer") == 0)
        return unsupported(profile, "its container (credential_source)", err);
    return error_set(err, ERROR_SYNTAX, "profile %s has the unknown credential_source %s",
                     profile_show(shown, profile), profile_show(name, source));
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
    const char *source = property(walk, profile, "source_profile");
    const char *named = property(walk, profile, "credential_source");
    if (property(walk, profile, "web_identity_token_file") != NULL)
        return unsupported(profile, "web identity (web_identity_token_file)", err);
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
        return end_with_static(walk, profile, err);
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
        if (!first && has_static(walk, profile))
            return end_with_static(walk, profile, err);
        if (property(walk, profile, "role_arn") == NULL)
            return end_here(walk, profile, err);
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

static bool start(struct walk *walk, const char *explicit_profile, struct error *err)
{
    char shown[SHOWN_SIZE], other[SHOWN_SIZE];
    const char *first = variable(walk, "AWS_DEFAULT_PROFILE");
    const char *second = variable(walk, "AWS_PROFILE");
    const char *origin = "--profile";
    const char *profile = explicit_profile;
    if (profile == NULL) {
        profile = first != NULL ? first : second;
        origin = first != NULL ? "AWS_DEFAULT_PROFILE" : "AWS_PROFILE";
    }
    bool named = profile != NULL;
    if (!named)
        profile = "default";
    profile_show(shown, profile);
    if (named && !profile_set_has(walk->set, profile))
        return error_set(err, ERROR_PROFILE_UNKNOWN, "there is no profile %s (%s)", shown, origin);
    if (explicit_profile == NULL && variable(walk, "AWS_ACCESS_KEY_ID") != NULL) {
        if (named)
            warn(walk->chain,
                 "AWS_ACCESS_KEY_ID in the environment is used, not profile %s (%s); to use the "
                 "profile, give it with --profile",
                 shown, origin);
        else if (has_static(walk, profile))
            warn(walk->chain, "AWS_ACCESS_KEY_ID in the environment is used, not the keys of "
                              "profile default");
        return end_with_environment(walk, err);
    }
    if (explicit_profile == NULL && first != NULL && second != NULL && strcmp(first, second) != 0)
        warn(walk->chain,
             "AWS_DEFAULT_PROFILE (%s) is used, as botocore does; other SDKs use AWS_PROFILE (%s)",
             shown, profile_show(other, second));
    return follow(walk, profile, err);
}

bool profile_chain(const struct profile_set *set, profile_environment *environment, void *context,
                   const char *explicit_profile, struct chain *ret_chain, struct error *err)
{
    CLEANUP(chain_release) struct chain chain = {0};
    struct walk walk = {
        .set = set, .environment = environment, .context = context, .chain = &chain};
    text_init(&walk.story, 4096);
    bool found = start(&walk, explicit_profile, err);
    text_copy(chain.explanation, sizeof chain.explanation, walk.story.bytes);
    text_release(&walk.story);
    if (!found)
        return false;
    *ret_chain = chain;
    chain.count = 0;
    return true;
}
