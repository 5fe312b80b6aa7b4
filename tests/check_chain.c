/* check_chain FILE: holds the way from a profile to its credentials against the cases of the SDKs'
 * assume-role-tests.json. A case has profiles, perhaps sso_sessions, and selected_profile; and either
 * the chain from the source on (output.ProfileChain) or output.Error, whose words are the SDK's own
 * and are not compared. Where botocore, whose order is ours, reads a case differently, the
 * difference is in the table below and the case counts as skipped when it is just that one. Prints
 * "N passed, N failed, N skipped" as its last line; ends with 0 when none failed and some passed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <json-c/json.h>

#include "base/secret.h"
#include "profile/profile.h"

enum result { PASSED, FAILED, SKIPPED };

static const struct {
    const char *docs; /* of the case */
    const char *ours; /* a part of what we say instead */
    const char *why;
} differences[] = {
    {"SSO token profile selected", "no sso_account_id",
     "a session without account and role gives a token and no credentials"},
};

static char config[96];

static const char *environment(void *context, const char *name)
{
    (void)context;
    if (strcmp(name, "AWS_CONFIG_FILE") == 0)
        return config;
    if (strcmp(name, "AWS_SHARED_CREDENTIALS_FILE") == 0)
        return "/nonexistent/credentials";
    if (strcmp(name, "AWS_EC2_METADATA_DISABLED") == 0)
        return "true";
    return NULL;
}

/* Instance metadata is switched off so that nothing stands behind an empty profile; a case that
 * names it as its source has it on. */
static const char *environment_with_metadata(void *context, const char *name)
{
    return strcmp(name, "AWS_EC2_METADATA_DISABLED") == 0 ? NULL : environment(context, name);
}

/* --- the case's file ------------------------------------------------------------------------------ */

static void write_sections(FILE *file, const char *type, struct json_object *sections)
{
    json_object_object_foreach(sections, name, properties)
    {
        fprintf(file, "[%s %s]\n", type, name);
        json_object_object_foreach(properties, key, value)
        {
            fprintf(file, "%s = %s\n", key, json_object_get_string(value));
        }
    }
}

static bool write_config(struct json_object *input)
{
    struct json_object *profiles = NULL, *sessions = NULL;
    FILE *file = fopen(config, "w");
    if (file == NULL)
        return false;
    if (json_object_object_get_ex(input, "profiles", &profiles))
        write_sections(file, "profile", profiles);
    if (json_object_object_get_ex(input, "sso_sessions", &sessions))
        write_sections(file, "sso-session", sessions);
    return fclose(file) == 0;
}

/* --- comparing ------------------------------------------------------------------------------------ */

static const char *word(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;
    return json_object_object_get_ex(object, name, &value) ? json_object_get_string(value) : "";
}

static bool is(struct json_object *wanted, const char *name, const char *found)
{
    return strcmp(word(wanted, name), found) == 0;
}

static bool same_link(struct json_object *entry, const struct chain_link *link)
{
    struct json_object *wanted = NULL;
    switch (link->kind) {
    case CHAIN_STATIC:
        return json_object_object_get_ex(entry, "AccessKey", &wanted) &&
               is(wanted, "access_key_id", link->pair.key_id) &&
               is(wanted, "secret_access_key", secret_bytes(link->pair.secret));
    case CHAIN_ROLE:
        return json_object_object_get_ex(entry, "AssumeRole", &wanted) &&
               is(wanted, "role_arn", link->role_arn) &&
               is(wanted, "role_session_name", link->session_name) &&
               is(wanted, "external_id", link->external_id);
    case CHAIN_WEB_IDENTITY:
        return json_object_object_get_ex(entry, "WebIdentityToken", &wanted) &&
               is(wanted, "role_arn", link->role_arn) &&
               is(wanted, "web_identity_token_file", link->path) &&
               is(wanted, "role_session_name", link->session_name);
    case CHAIN_SSO:
        return json_object_object_get_ex(entry, "Sso", &wanted) &&
               is(wanted, "sso_account_id", link->sso_account) &&
               is(wanted, "sso_region", link->sso_region) &&
               is(wanted, "sso_role_name", link->sso_role);
    case CHAIN_METADATA:
        return is(entry, "NamedSource", "Ec2InstanceMetadata");
    case CHAIN_CONTAINER:
        return is(entry, "NamedSource", "EcsContainer");
    case CHAIN_ENVIRONMENT:
        return is(entry, "NamedSource", "Environment");
    case CHAIN_PROCESS:
    case CHAIN_LOGIN:
        return false;
    }
    return false;
}

/* The case tells the chain from the source on, we tell it towards the source. */
static bool same_chain(struct json_object *wanted, const struct chain *chain)
{
    if (json_object_array_length(wanted) != chain->count)
        return false;
    for (size_t i = 0; i < chain->count; i++)
        if (!same_link(json_object_array_get_idx(wanted, i), &chain->links[chain->count - 1 - i]))
            return false;
    return true;
}

static bool known_difference(const char *docs, const char *said)
{
    for (size_t i = 0; i < sizeof differences / sizeof *differences; i++)
        if (strcmp(differences[i].docs, docs) == 0 && strstr(said, differences[i].ours) != NULL) {
            printf("skipped: %s: botocore's rule is another: %s\n", docs, differences[i].why);
            return true;
        }
    return false;
}

static enum result check(struct json_object *it)
{
    struct json_object *input = NULL, *output = NULL, *wanted = NULL;
    struct profile_set *set = NULL;
    struct chain chain = {0};
    struct error err = {0};
    const char *docs = word(it, "docs");
    if (!json_object_object_get_ex(it, "input", &input) ||
        !json_object_object_get_ex(it, "output", &output) || !write_config(input))
        return FAILED;
    bool is_chain = json_object_object_get_ex(output, "ProfileChain", &wanted);
    bool metadata = strstr(json_object_to_json_string(input), "Ec2InstanceMetadata") != NULL;
    bool found =
        profile_set_read(environment, NULL, &set, &err) &&
        profile_chain(set, metadata ? environment_with_metadata : environment, NULL,
                      word(input, "selected_profile"), &chain, &err);
    const char *said = found ? chain.explanation : err.text;
    bool good = found == is_chain && (!found || same_chain(wanted, &chain));
    enum result result = good ? PASSED : known_difference(docs, said) ? SKIPPED : FAILED;
    if (result == FAILED)
        printf("failed: %s: %s\n", docs, said);
    chain_release(&chain);
    profile_set_free(set);
    return result;
}

int main(int argc, char **argv)
{
    bool locked = false;
    struct error err = {0};
    char folder[] = "/tmp/check-chain-XXXXXX";
    int counts[3] = {0};
    struct json_object *cases = argc == 2 ? json_object_from_file(argv[1]) : NULL;
    if (!json_object_is_type(cases, json_type_array)) {
        fprintf(stderr, "usage: check_chain assume-role-tests.json (a list of cases)\n");
        return 2;
    }
    if (!secret_arena_init(&locked, &err) || mkdtemp(folder) == NULL) {
        fprintf(stderr, "check_chain: %s\n", err.text);
        return 2;
    }
    snprintf(config, sizeof config, "%s/config", folder);
    for (size_t i = 0; i < json_object_array_length(cases); i++)
        counts[check(json_object_array_get_idx(cases, i))]++;
    json_object_put(cases);
    unlink(config);
    rmdir(folder);
    printf("%d passed, %d failed, %d skipped\n", counts[PASSED], counts[FAILED], counts[SKIPPED]);
    return counts[FAILED] == 0 && counts[PASSED] > 0 ? 0 : 1;
}
