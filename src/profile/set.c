#include "profile/parts.h"

#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct profile_set {
    struct profile_file *files[2];
};

void profile_set_free(struct profile_set *set)
{
    if (set == NULL)
        return;
    profile_file_free(set->files[PROFILE_CREDENTIALS_FILE]);
    profile_file_free(set->files[PROFILE_CONFIG_FILE]);
    free(set);
}

static void set_cleanup(struct profile_set **set)
{
    profile_set_free(*set);
}

/* --- where the files are -----------------------------------------------------------------------*/

static const char *home(profile_environment *environment, void *context)
{
    const char *from_environment = environment(context, "HOME");
    if (from_environment != NULL && from_environment[0] != '\0')
        return from_environment;
    const struct passwd *user = getpwuid(getuid());
    return user == NULL ? "/" : user->pw_dir;
}

/* $NAME and ${NAME} as botocore's expandvars does: unknown ones stay as they are. */
static const char *expand_variable(const char *at, profile_environment *environment, void *context,
                                   struct text *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789_";
    bool braced = at[1] == '{';
    const char *start = at + 1 + braced;
    size_t length = braced ? strcspn(start, "}") : strspn(start, letters);
    const char *end = start + length + (braced && start[length] == '}');
    char name[128];
    const char *value = NULL;
    if (length > 0 && length < sizeof name && (!braced || start[length] == '}')) {
        memcpy(name, start, length);
        name[length] = '\0';
        value = environment(context, name);
    }
    if (value == NULL)
        text_append_bytes(text, at, (size_t)(end - at));
    else
        text_append(text, value);
    return end;
}

bool profile_expand_path(const char *path, profile_environment *environment, void *context,
                         char *buffer, size_t size, struct error *err)
{
    struct text text;
    text_init(&text, size - 1); /* what is no LIMIT fits */
    if (path[0] == '~' && (path[1] == '/' || path[1] == '\0')) {
        text_append(&text, home(environment, context));
        path++;
    }
    while (*path != '\0' && !text.failed) {
        if (*path == '$')
            path = expand_variable(path, environment, context, &text);
        else
            text_append_char(&text, *path++);
    }
    bool fits = text_ok(&text, err);
    if (fits)
        text_copy(buffer, size, text.bytes);
    text_release(&text);
    return fits;
}

bool profile_set_path(enum profile_file_kind kind, profile_environment *environment, void *context,
                      char *buffer, struct error *err)
{
    static const struct {
        const char *variable;
        const char *otherwise;
    } places[2] = {
        [PROFILE_CREDENTIALS_FILE] = {"AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"},
        [PROFILE_CONFIG_FILE] = {"AWS_CONFIG_FILE", "~/.aws/config"},
    };
    const char *named = environment(context, places[kind].variable);
    if (named == NULL || named[0] == '\0')
        named = places[kind].otherwise;
    return profile_expand_path(named, environment, context, buffer, PATH_MAX, err);
}

bool profile_set_read(profile_environment *environment, void *context, struct profile_set **ret_set,
                      struct error *err)
{
    CLEANUP(set_cleanup) struct profile_set *set = calloc(1, sizeof *set);
    if (set == NULL)
        return error_set(err, ERROR_MEMORY, "no room for the AWS files");
    for (int kind = 0; kind < 2; kind++) {
        char path[PATH_MAX];
        if (!profile_set_path((enum profile_file_kind)kind, environment, context, path, err) ||
            !profile_file_read((enum profile_file_kind)kind, path, &set->files[kind], err))
            return false;
    }
    *ret_set = set;
    set = NULL;
    return true;
}

const struct profile_file *profile_set_file(const struct profile_set *set,
                                            enum profile_file_kind kind)
{
    return set->files[kind];
}

/* --- what they say together --------------------------------------------------------------------*/

const char *profile_set_get(const struct profile_set *set, const char *profile, const char *key)
{
    static const enum profile_file_kind order[] = {PROFILE_CREDENTIALS_FILE, PROFILE_CONFIG_FILE};
    for (size_t i = 0; i < 2; i++) {
        const struct property *property =
            profile_file_property(set->files[order[i]], SECTION_PROFILE, profile, key);
        if (property != NULL)
            return property->value;
    }
    return NULL;
}

bool profile_set_has(const struct profile_set *set, const char *profile)
{
    return profile_file_has_profile(set->files[PROFILE_CREDENTIALS_FILE], profile) ||
           profile_file_has_profile(set->files[PROFILE_CONFIG_FILE], profile);
}

/* The value of `key` in lines "name = value". */
static bool find_in_map(const char *map, const char *key, char *buffer, size_t size)
{
    bool found = false;
    for (const char *line = map; line != NULL;) {
        line += *line == '\n';
        size_t length = strcspn(line, "\n");
        size_t name = strcspn(line, "=\n");
        size_t name_end = name;
        while (name_end > 0 && (line[name_end - 1] == ' ' || line[name_end - 1] == '\t'))
            name_end--;
        if (name < length && name_end == strlen(key) && memcmp(line, key, name_end) == 0) {
            const char *value = line + name + 1;
            value += strspn(value, " \t");
            size_t value_length = (size_t)(line + length - value);
            if (value_length < size) {
                memcpy(buffer, value, value_length);
                buffer[value_length] = '\0';
                found = true;
            }
        }
        line = line[length] == '\n' ? line + length : NULL;
    }
    return found;
}

const char *profile_set_service(const struct profile_set *set, const char *profile,
                                const char *service, const char *key, char *buffer, size_t size)
{
    const char *services = profile_set_get(set, profile, "services");
    if (services == NULL)
        return NULL;
    const struct property *property =
        profile_file_property(set->files[PROFILE_CONFIG_FILE], SECTION_SERVICES, services, service);
    if (property == NULL || !find_in_map(property->value, key, buffer, size))
        return NULL;
    return buffer;
}

/* --- pairs over both files ---------------------------------------------------------------------*/

static bool check_file(const struct profile_file *file, const struct profile_file *other,
                       const char *key_id, struct error *err)
{
    enum mark *marks = profile_mark_pairs(file, key_id, NULL);
    if (marks == NULL)
        return error_set(err, ERROR_MEMORY, "no room to look through the AWS files");
    bool whole = true;
    for (size_t i = 0; whole && i < file->property_count; i++) {
        if (marks[i] != MARK_HALF)
            continue;
        const struct property *id = &file->properties[i];
        const char *profile = file->sections[id->section].name;
        const struct property *secret =
            profile_file_property(other, SECTION_PROFILE, profile, "aws_secret_access_key");
        char here[SHOWN_SIZE], there[SHOWN_SIZE], shown[SHOWN_SIZE];
        profile_show(here, file->path);
        profile_show(there, other->path);
        profile_show(shown, profile);
        if (secret != NULL)
            whole =
                error_set(err, ERROR_PAIR_SPLIT,
                          "profile %s has its key ID in %s line %d and its secret in %s line %d",
                          shown, here, id->line, there, secret->line);
        else
            whole = error_set(err, ERROR_PAIR_HALF,
                              "%s line %d: profile %s has a key ID and no secret that is its own",
                              here, id->line, shown);
    }
    free(marks);
    return whole;
}

bool profile_set_check_pairs(const struct profile_set *set, const char *key_id, struct error *err)
{
    const struct profile_file *credentials = set->files[PROFILE_CREDENTIALS_FILE];
    const struct profile_file *config = set->files[PROFILE_CONFIG_FILE];
    return check_file(credentials, config, key_id, err) &&
           check_file(config, credentials, key_id, err);
}
