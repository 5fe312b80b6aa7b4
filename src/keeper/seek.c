/* Where a key stands: files, environment, roles that are assumed with it, targets of the prepared
 * rotation. What cannot be read is an error, never "it is not there". */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "keeper/handlers.h"
#include "keeper/lookup.h"

enum { PLACES_MAX = 64 };

struct sought {
    struct context *context;
    const char *key; /* "" for every key */
    struct json_object *places;
    /* while a file is visited */
    const char *place, *path;
    char last_role[128];
};

static bool is_sought(const struct sought *sought, const char *key)
{
    return key != NULL && key[0] != '\0' &&
           (sought->key[0] == '\0' || strcmp(sought->key, key) == 0);
}

static void add_place(struct sought *sought, const char *key, const char *place, const char *path,
                      const char *profile, int line)
{
    struct json_object *found = json_object_new_object();
    body_set_string(found, "key", key);
    body_set_string(found, "place", place);
    body_set_string(found, "path", path);
    body_set_string(found, "profile", profile);
    body_set_number(found, "line", line);
    body_append(sought->places, found);
}

/* A role's chain ends with a key: the role is one of its users. */
static void look_at_role(void *context, const char *profile, const char *role, int line)
{
    struct sought *sought = context;
    (void)role;
    CLEANUP(chain_release) struct chain chain = {0};
    if (strcmp(sought->last_role, profile) == 0 ||
        !context_chain(sought->context, profile, &chain, NULL))
        return;
    text_copy(sought->last_role, sizeof sought->last_role, profile);
    const struct chain_link *last = &chain.links[chain.count - 1];
    bool has_pair = last->kind == CHAIN_STATIC || last->kind == CHAIN_ENVIRONMENT;
    if (chain.count > 1 && has_pair && is_sought(sought, last->pair.key_id))
        add_place(sought, last->pair.key_id, "role-chain", sought->path, profile, line);
}

static void add_key(void *context, const char *profile, const char *key_id, int line)
{
    struct sought *sought = context;
    add_place(sought, key_id, sought->place, sought->path, profile, line);
}

static void in_file(struct sought *sought, const struct profile_set *files,
                    enum profile_file_kind kind, const char *place)
{
    const struct profile_file *file = profile_set_file(files, kind);
    struct profile_place places[PLACES_MAX];
    sought->place = place;
    sought->path = profile_file_path(file);
    /* A key that is named is looked for in what readers would pass over too. */
    size_t count =
        sought->key[0] != '\0' ? profile_file_find_key(file, sought->key, places, PLACES_MAX) : 0;
    for (size_t i = 0; i < count && i < PLACES_MAX; i++)
        add_place(sought, sought->key, place, sought->path, places[i].profile, places[i].line);
    if (sought->key[0] == '\0')
        profile_file_visit_each(file, "aws_access_key_id", add_key, sought);
    profile_file_visit_each(file, "role_arn", look_at_role, sought);
}

static bool in_files(struct sought *sought, struct error *err)
{
    const struct profile_set *files = NULL;
    if (!context_files(sought->context, &files, err))
        return false;
    in_file(sought, files, PROFILE_CREDENTIALS_FILE, "credentials-file");
    in_file(sought, files, PROFILE_CONFIG_FILE, "config-file");
    return true;
}

/* The place of a file target ends with the path of the file. */
static bool is_listed(const struct sought *sought, const char *key, const char *spec)
{
    for (size_t i = 0; i < body_count(sought->places); i++) {
        struct json_object *place = json_object_array_get_idx(sought->places, i);
        const char *path = body_string(place, "path");
        size_t length = strlen(path), whole = strlen(spec);
        if (length > 0 && length <= whole && strcmp(spec + whole - length, path) == 0 &&
            strcmp(body_string(place, "key"), key) == 0)
            return true;
    }
    return false;
}

static bool in_target(struct sought *sought, const char *spec, struct error *err)
{
    struct deliver_request target;
    bool readable = false, old_key_there = false;
    CLEANUP(credentials_release) struct credentials pair;
    credentials_init(&pair);
    if (!deliver_describe(spec, &readable, err))
        return false;
    if (!readable)
        return true;
    if (!lookup_prepared(sought->context, spec, sought->key, "", &target, err) ||
        !deliver_read(&target, &pair, &old_key_there, err))
        return false;
    if (old_key_there && is_sought(sought, target.old_key) &&
        !is_listed(sought, target.old_key, spec))
        add_place(sought, target.old_key, "target", spec, "", 0);
    if (pair.secret != NULL && is_sought(sought, pair.key_id) &&
        !is_listed(sought, pair.key_id, spec))
        add_place(sought, pair.key_id, "target", spec, "", 0);
    return true;
}

void handle_seek_key(struct request *request)
{
    struct context *context = request->context;
    struct error err = {0};
    struct sought sought = {
        .context = context,
        .key = body_string(request->body, "key"),
        .places = body_put_list(request->reply, "places"),
    };
    const char *in_environment = context_environment(context, "AWS_ACCESS_KEY_ID");
    if (is_sought(&sought, in_environment))
        add_place(&sought, in_environment, "environment", "", "", 0);
    bool good = in_files(&sought, &err);
    for (size_t i = 0; good && i < context->prepared.count; i++)
        good = in_target(&sought, context->prepared.specs[i], &err);
    if (good)
        request_reply(request);
    else
        request_fail(request, &err, 0);
}
