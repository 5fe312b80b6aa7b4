/* check_profiles FILE: holds the reader of AWS files against the cases of a
 * profile-parser-cases.json. A case has a name, the text of one or both files (input.configFile,
 * input.credentialsFile), and either what they say together (output.config.profiles or
 * output.profiles, with sso_sessions beside it) or a part of the error text
 * (output.errorContaining). Prints "N passed, N failed, N skipped" as its last line; ends with 0
 * when none failed and some passed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <json-c/json.h>

#include "base/secret.h"
#include "profile/profile.h"

struct folder {
    char path[64];
    char config[96];
    char credentials[96];
};

enum result { PASSED, FAILED, SKIPPED };

static const char *environment(void *context, const char *name)
{
    const struct folder *folder = context;
    if (strcmp(name, "AWS_CONFIG_FILE") == 0)
        return folder->config;
    if (strcmp(name, "AWS_SHARED_CREDENTIALS_FILE") == 0)
        return folder->credentials;
    return NULL;
}

/* --- what the reader says, in the form of the cases --------------------------------------------*/

struct said {
    const struct profile_set *set;
    struct json_object *profiles;
    struct json_object *sso_sessions;
};

static struct json_object *member(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;
    if (!json_object_object_get_ex(object, name, &value)) {
        value = json_object_new_object();
        json_object_object_add(object, name, value);
    }
    return value;
}

static bool collect(void *context, const char *type, const char *name, const char *key,
                    const char *value, int line)
{
    struct said *said = context;
    bool profile = strcmp(type, "profile") == 0;
    if (line < 1 || (!profile && strcmp(type, "sso-session") != 0))
        return true;
    struct json_object *section = member(profile ? said->profiles : said->sso_sessions, name);
    if (key[0] == '\0')
        return true;
    /* what the two files say together is the business of the set, not of this test */
    const char *merged = profile ? profile_set_get(said->set, name, key) : value;
    json_object_object_add(section, key, merged == NULL ? NULL : json_object_new_string(merged));
    return true;
}

static bool matches(struct said *said, struct json_object *output)
{
    struct json_object *wanted = NULL;
    struct json_object *profiles = NULL;
    struct json_object *sessions = NULL;
    if (!json_object_object_get_ex(output, "config", &wanted))
        wanted = output;
    json_object_object_get_ex(wanted, "profiles", &profiles);
    bool same = json_object_equal(said->profiles, profiles) == 1;
    if (json_object_object_get_ex(wanted, "sso_sessions", &sessions))
        same = same && json_object_equal(said->sso_sessions, sessions) == 1;
    if (!same)
        printf("# read: %s\n", json_object_to_json_string(said->profiles));
    return same;
}

/* --- one case ----------------------------------------------------------------------------------*/

static bool put_file(const char *path, struct json_object *input, const char *name)
{
    struct json_object *text = NULL;
    unlink(path);
    if (!json_object_object_get_ex(input, name, &text))
        return true;
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return false;
    size_t length = (size_t)json_object_get_string_len(text);
    bool written = fwrite(json_object_get_string(text), 1, length, file) == length;
    return fclose(file) == 0 && written;
}

static enum result run_read(const struct profile_set *set, struct json_object *output)
{
    struct said said = {
        .set = set, .profiles = json_object_new_object(), .sso_sessions = json_object_new_object()};
    bool visited =
        profile_file_visit(profile_set_file(set, PROFILE_CONFIG_FILE), collect, &said) &&
        profile_file_visit(profile_set_file(set, PROFILE_CREDENTIALS_FILE), collect, &said);
    enum result result = visited && matches(&said, output) ? PASSED : FAILED;
    json_object_put(said.profiles);
    json_object_put(said.sso_sessions);
    return result;
}

static enum result run_case(struct folder *folder, struct json_object *item)
{
    struct json_object *input = NULL;
    struct json_object *output = NULL;
    struct json_object *part = NULL;
    struct json_object *ignored = NULL;
    if (!json_object_object_get_ex(item, "input", &input) ||
        !json_object_object_get_ex(item, "output", &output))
        return SKIPPED;
    bool fails = json_object_object_get_ex(output, "errorContaining", &part);
    if (!fails && !json_object_object_get_ex(output, "config", &ignored) &&
        !json_object_object_get_ex(output, "profiles", &ignored))
        return SKIPPED;
    if (!put_file(folder->config, input, "configFile") ||
        !put_file(folder->credentials, input, "credentialsFile"))
        return FAILED;
    struct profile_set *set = NULL;
    struct error err = {0};
    bool read = profile_set_read(environment, folder, &set, &err);
    enum result result;
    if (read) {
        result = fails ? FAILED : run_read(set, output);
    } else {
        printf("# error: %s\n", err.text);
        bool as_wanted = fails && err.code == ERROR_SYNTAX && strstr(err.text, " line ") != NULL &&
                         strstr(err.text, json_object_get_string(part)) != NULL;
        result = as_wanted ? PASSED : FAILED;
    }
    profile_set_free(set);
    return result;
}

static int run(const char *path, struct folder *folder)
{
    static const char *const words[] = {"ok", "FAILED", "skipped"};
    struct json_object *root = json_object_from_file(path);
    struct json_object *cases = NULL;
    if (root == NULL || !json_object_object_get_ex(root, "tests", &cases) ||
        !json_object_is_type(cases, json_type_array)) {
        fprintf(stderr, "check_profiles: %s has no array \"tests\"\n", path);
        json_object_put(root);
        return 2;
    }
    size_t counts[3] = {0};
    for (size_t i = 0; i < json_object_array_length(cases); i++) {
        struct json_object *item = json_object_array_get_idx(cases, i);
        struct json_object *name = NULL;
        json_object_object_get_ex(item, "name", &name);
        enum result result = run_case(folder, item);
        printf("%s %zu - %s\n", words[result], i + 1,
               name == NULL ? "(no name)" : json_object_get_string(name));
        counts[result]++;
    }
    json_object_put(root);
    printf("%zu passed, %zu failed, %zu skipped\n", counts[PASSED], counts[FAILED],
           counts[SKIPPED]);
    return counts[FAILED] == 0 && counts[PASSED] > 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    bool locked;
    struct error err = {0};
    if (argc != 2) {
        fprintf(stderr, "usage: check_profiles FILE\n");
        return 2;
    }
    const char *temporary = getenv("TMPDIR");
    struct folder folder;
    int length = snprintf(folder.path, sizeof folder.path, "%s/keywright-cases-XXXXXX",
                          temporary == NULL ? "/tmp" : temporary);
    if (length < 0 || (size_t)length >= sizeof folder.path || mkdtemp(folder.path) == NULL ||
        !secret_arena_init(&locked, &err)) {
        fprintf(stderr, "check_profiles: no room to work in: %s\n", err.text);
        return 2;
    }
    snprintf(folder.config, sizeof folder.config, "%s/config", folder.path);
    snprintf(folder.credentials, sizeof folder.credentials, "%s/credentials", folder.path);
    int status = run(argv[1], &folder);
    unlink(folder.config);
    unlink(folder.credentials);
    rmdir(folder.path);
    return status;
}
