/* Which of the places where a profile's credentials can be is taken: the first in botocore's order
 * that has something, whether or not it is good. */
#include "profile/walk.h"

#include <stdio.h>
#include <string.h>

static bool in_container(const struct walk *walk)
{
    return walk_variable(walk, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") != NULL ||
           walk_variable(walk, "AWS_CONTAINER_CREDENTIALS_FULL_URI") != NULL;
}

bool end_with_named_source(struct walk *walk, const char *profile, const char *source,
                           struct error *err)
{
    char shown[SHOWN_SIZE], name[SHOWN_SIZE];
    bool found;
    profile_show(shown, profile);
    if (strcmp(source, "Environment") == 0)
        found = end_with_environment(walk, err);
    else if (strcmp(source, "Ec2InstanceMetadata") == 0)
        found = end_with_metadata(walk, profile, err);
    else if (strcmp(source, "EcsContainer") == 0)
        found = in_container(walk)
                    ? end_with_container(walk, "", err)
                    : error_set(err, ERROR_NO_CREDENTIALS,
                                "there is no AWS_CONTAINER_CREDENTIALS_* in the environment");
    else
        return error_set(err, ERROR_SYNTAX, "profile %s has the unknown credential_source %s",
                         shown, profile_show(name, source));
    return found || error_wrap(err, "profile %s, credential_source = %s", shown, source);
}

/* What botocore alone still reads, from a time before the AWS files. */
static void tell_unread(const struct walk *walk)
{
    static const char *const names[] = {"AWS_CREDENTIAL_FILE", "BOTO_CONFIG"};
    for (size_t i = 0; i < 2; i++)
        if (walk_variable(walk, names[i]) != NULL)
            walk_tell(walk, names[i], "skipped",
                      "set, and of all SDKs read by botocore only; it is not read here");
}

/* Nothing in the profile: what the surroundings have. */
static bool end_outside(struct walk *walk, const char *profile, struct error *err)
{
    char shown[SHOWN_SIZE];
    tell_unread(walk);
    if (in_container(walk)) {
        walk_tell(walk, "container", "taken", "AWS_CONTAINER_CREDENTIALS_* is set");
        return end_with_container(walk, profile, err);
    }
    walk_tell(walk, "container", "none", "no AWS_CONTAINER_CREDENTIALS_*");
    if (end_with_metadata(walk, profile, err)) {
        walk->chain->links[walk->chain->count - 1].last_resort = true;
        walk_tell(walk, "instance metadata", "taken", "the last resort: nothing else was there");
        return true;
    }
    walk_tell(walk, "instance metadata", "skipped", "%s", err != NULL ? err->text : "");
    return error_wrap(err, "profile %s %s", profile_show(shown, profile),
                      profile_set_has(walk->set, profile) ? "holds no credentials"
                                                          : "is in neither AWS file");
}

/* --- the places, in order ---------------------------------------------------------------------------*/

static bool has_web_identity(const struct walk *walk, const char *profile)
{
    return walk_property(walk, profile, "web_identity_token_file") != NULL;
}

static bool has_surrounding_web_identity(const struct walk *walk, const char *profile)
{
    (void)profile;
    return !walk->named_by_option && walk_variable(walk, "AWS_WEB_IDENTITY_TOKEN_FILE") != NULL;
}

static bool has_sso(const struct walk *walk, const char *profile)
{
    return walk_property(walk, profile, "sso_account_id") != NULL ||
           walk_property(walk, profile, "sso_role_name") != NULL;
}

static bool has_keys_in_credentials(const struct walk *walk, const char *profile)
{
    return profile_file_property(profile_set_file(walk->set, PROFILE_CREDENTIALS_FILE),
                                 SECTION_PROFILE, profile, "aws_access_key_id") != NULL &&
           walk_has_static(walk, profile);
}

static bool has_keys_in_config(const struct walk *walk, const char *profile)
{
    return profile_file_property(profile_set_file(walk->set, PROFILE_CONFIG_FILE), SECTION_PROFILE,
                                 profile, "aws_access_key_id") != NULL;
}

static bool has_login(const struct walk *walk, const char *profile)
{
    return walk_property(walk, profile, "login_session") != NULL;
}

static bool has_process(const struct walk *walk, const char *profile)
{
    return walk_property(walk, profile, "credential_process") != NULL;
}

/* An sso-session alone gives a token and no credentials for AWS. */
static bool has_session_alone(const struct walk *walk, const char *profile)
{
    return walk_property(walk, profile, "sso_session") != NULL;
}

/* Where a profile's credentials can be, in botocore's order. */
static const struct {
    const char *what;
    const char *keys[2];   /* one of which has to be there */
    bool surroundings;     /* not of the profile: only for the one that was asked for */
    bool config_first;     /* the key is told of the config file, where both files have it */
    bool (*is_there)(const struct walk *walk, const char *profile);
    bool (*end)(struct walk *walk, const char *profile, struct error *err);
} places[] = {
    {"web identity of the environment", {"AWS_WEB_IDENTITY_TOKEN_FILE"}, true, false,
     has_surrounding_web_identity, end_with_surrounding_web_identity},
    {"web identity", {"web_identity_token_file"}, false, false, has_web_identity,
     end_with_web_identity},
    {"IAM Identity Center", {"sso_account_id", "sso_role_name"}, false, false, has_sso,
     end_with_sso},
    {"credentials file", {"aws_access_key_id"}, false, false, has_keys_in_credentials,
     end_with_static},
    {"aws login", {"login_session"}, false, false, has_login, end_with_login},
    {"process", {"credential_process"}, false, false, has_process, end_with_process},
    {"config file", {"aws_access_key_id", "aws_secret_access_key"}, false, true, walk_has_static,
     end_with_static},
    {"sign-on without a role", {"sso_session"}, false, false, has_session_alone, end_with_sso},
};
enum { PLACE_COUNT = sizeof places / sizeof places[0] };

/* The line that shows that something is there; of a key ID also which. */
static void tell_there(const struct walk *walk, size_t place, const char *profile,
                       const char *verdict)
{
    static const enum profile_file_kind order[] = {PROFILE_CREDENTIALS_FILE, PROFILE_CONFIG_FILE,
                                                   PROFILE_CREDENTIALS_FILE};
    char path[SHOWN_SIZE], id[SHOWN_SIZE];
    for (size_t k = 0; k < 2 && places[place].keys[k] != NULL; k++) {
        const char *key = places[place].keys[k];
        for (size_t i = 0; i < 2; i++) {
            const struct profile_file *file =
                profile_set_file(walk->set, order[i + places[place].config_first]);
            const struct property *property =
                profile_file_property(file, SECTION_PROFILE, profile, key);
            if (property == NULL)
                continue;
            bool is_id = strcmp(key, "aws_access_key_id") == 0;
            walk_tell_of(walk, profile, places[place].what, verdict, "%s%s%s, %s line %d", key,
                         is_id ? " is " : "", is_id ? profile_show(id, property->value) : "",
                         profile_show(path, profile_file_path(file)), property->line);
            return;
        }
    }
    walk_tell_of(walk, profile, places[place].what, verdict, "%s is set", places[place].keys[0]);
}

/* Which place it is, or PLACE_COUNT; and all that was seen, to whom it is told. */
static size_t look_around(const struct walk *walk, const char *profile, bool first)
{
    size_t found = PLACE_COUNT;
    for (size_t i = 0; i < PLACE_COUNT; i++) {
        if (places[i].surroundings && !first)
            continue;
        const char *other = places[i].keys[1];
        bool there = places[i].is_there(walk, profile);
        /* The keys of the credentials file are seen again where both files are looked at. */
        bool again = places[i].is_there == walk_has_static &&
                     has_keys_in_credentials(walk, profile) && !has_keys_in_config(walk, profile);
        if (there && !again)
            tell_there(walk, i, profile, found < PLACE_COUNT ? "shadowed" : "taken");
        else if (found == PLACE_COUNT)
            walk_tell_of(walk, profile, places[i].what, "none", "no %s%s%s", places[i].keys[0],
                         other != NULL ? ", no " : "", other != NULL ? other : "");
        if (there && found == PLACE_COUNT)
            found = i;
    }
    return found;
}

bool end_here(struct walk *walk, const char *profile, bool first, struct error *err)
{
    char shown[SHOWN_SIZE];
    size_t place = look_around(walk, profile, first);
    if (place < PLACE_COUNT)
        return places[place].end(walk, profile, err);
    if (first)
        return end_outside(walk, profile, err);
    return error_set(err, ERROR_NO_CREDENTIALS, "profile %s holds no credentials",
                     profile_show(shown, profile));
}
