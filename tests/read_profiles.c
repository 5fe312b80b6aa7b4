/* read_profiles FOLDER COUNT OLD NEW SECRET: for tests/interop/profiles.py, what our reader makes of
 * many AWS files. Of each case N from 0 on, FOLDER/N.config and FOLDER/N.credentials are read and one
 * JSON object is printed:
 *     {"files": {"config": {"error": TEXT or null, "warnings": [LINE...], "edit": WORD}, "credentials": ...},
 *      "profiles": {NAME: {KEY: VALUE}}, "sso_sessions": ..., "services": ...}
 * where the lists are there when both files could be read. Then every pair of the key OLD is replaced
 * by NEW and SECRET in each file: "edit" is "none" (OLD is not there), "made" (FOLDER/N.config.new or
 * N.credentials.new has been written), or why it was refused. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/secret.h"
#include "profile/parts.h"

struct reader {
    const char *folder, *old;
    struct credentials pair;
    int number;
};

static const char *const kinds[] = {
    [PROFILE_CREDENTIALS_FILE] = "credentials", [PROFILE_CONFIG_FILE] = "config"};

static void path_of(const struct reader *reader, int kind, const char *more, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%s/%d.%s%s", reader->folder, reader->number, kinds[kind], more);
}

static const char *environment(void *context, const char *name)
{
    static char path[PATH_MAX];
    bool config = strcmp(name, "AWS_CONFIG_FILE") == 0;
    if (!config && strcmp(name, "AWS_SHARED_CREDENTIALS_FILE") != 0)
        return NULL;
    path_of(context, config ? PROFILE_CONFIG_FILE : PROFILE_CREDENTIALS_FILE, "", path);
    return path;
}

/* --- one file ------------------------------------------------------------------------------------- */

static void write_file(const char *path, const char *bytes, size_t length)
{
    FILE *file = fopen(path, "w");
    bool written = file != NULL && fwrite(bytes, 1, length, file) == length;
    if (file == NULL || fclose(file) != 0 || !written) {
        fprintf(stderr, "read_profiles: %s cannot be written\n", path);
        exit(2);
    }
}

static struct json_object *edit(const struct reader *reader, const struct profile_file *file, int kind)
{
    char path[PATH_MAX];
    char *bytes = NULL;
    size_t length = 0;
    struct error err = {0};
    if (!profile_file_replace_pair(file, reader->old, &reader->pair, NULL, &bytes, &length, &err))
        return json_object_new_string(err.code == ERROR_NOT_FOUND ? "none" : err.text);
    path_of(reader, kind, ".new", path);
    write_file(path, bytes, length);
    profile_bytes_free(bytes, length);
    return json_object_new_string("made");
}

static struct json_object *warnings_of(const struct profile_file *file)
{
    struct json_object *list = json_object_new_array();
    struct text text;
    text_init(&text, 1 << 20);
    profile_file_warnings(file, &text);
    for (const char *at = text.bytes, *end; (end = strchr(at, '\n')) != NULL; at = end + 1)
        json_object_array_add(list, json_object_new_string_len(at, (int)(end - at)));
    text_release(&text);
    return list;
}

static struct json_object *read_file(const struct reader *reader, int kind)
{
    char path[PATH_MAX];
    struct profile_file *file = NULL;
    struct error err = {0};
    struct json_object *object = json_object_new_object();
    path_of(reader, kind, "", path);
    if (!profile_file_read((enum profile_file_kind)kind, path, &file, &err)) {
        json_object_object_add(object, "error", json_object_new_string(err.text));
        return object;
    }
    json_object_object_add(object, "error", NULL);
    json_object_object_add(object, "warnings", warnings_of(file));
    json_object_object_add(object, "edit", edit(reader, file, kind));
    profile_file_free(file);
    return object;
}

/* --- both together --------------------------------------------------------------------------------- */

static struct json_object *member(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;
    if (!json_object_object_get_ex(object, name, &value)) {
        value = json_object_new_object();
        json_object_object_add(object, name, value);
    }
    return value;
}

static void collect(const struct profile_set *set, const struct profile_file *file,
                    enum section_type type, struct json_object *list)
{
    for (size_t i = 0; i < file->section_count; i++)
        if (file->sections[i].type == type)
            member(list, file->sections[i].name);
    for (size_t i = 0; i < file->property_count; i++) {
        const struct property *property = &file->properties[i];
        const struct section *section = &file->sections[property->section];
        if (section->type != type)
            continue;
        const char *value = NULL;
        if (type == SECTION_PROFILE) {
            value = profile_set_get(set, section->name, property->key);
        } else {
            const struct property *last =
                profile_file_property(file, type, section->name, property->key);
            value = last != NULL ? last->value : NULL;
        }
        if (value != NULL)
            json_object_object_add(member(list, section->name), property->key,
                                   json_object_new_string(value));
    }
}

static void read_set(struct reader *reader, struct json_object *object)
{
    struct profile_set *set = NULL;
    struct error err = {0};
    if (!profile_set_read(environment, reader, &set, &err))
        return;
    const struct profile_file *config = profile_set_file(set, PROFILE_CONFIG_FILE);
    collect(set, config, SECTION_PROFILE, member(object, "profiles"));
    collect(set, profile_set_file(set, PROFILE_CREDENTIALS_FILE), SECTION_PROFILE,
            member(object, "profiles"));
    collect(set, config, SECTION_SSO_SESSION, member(object, "sso_sessions"));
    collect(set, config, SECTION_SERVICES, member(object, "services"));
    profile_set_free(set);
}

int main(int argc, char **argv)
{
    bool locked = false;
    struct error err = {0};
    if (argc != 6) {
        fprintf(stderr, "usage: read_profiles FOLDER COUNT OLD NEW SECRET\n");
        return 2;
    }
    struct reader reader = {.folder = argv[1], .old = argv[3]};
    credentials_init(&reader.pair);
    if (!secret_arena_init(&locked, &err) ||
        !text_copy(reader.pair.key_id, sizeof reader.pair.key_id, argv[4]) ||
        !secret_new(argv[5], strlen(argv[5]), &reader.pair.secret, &err)) {
        fprintf(stderr, "read_profiles: %s\n", err.text);
        return 2;
    }
    for (int count = atoi(argv[2]); reader.number < count; reader.number++) {
        struct json_object *object = json_object_new_object();
        for (int kind = 0; kind < 2; kind++)
            json_object_object_add(member(object, "files"), kinds[kind], read_file(&reader, kind));
        read_set(&reader, object);
        printf("%s\n", json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
        json_object_put(object);
    }
    credentials_release(&reader.pair);
    return 0;
}
