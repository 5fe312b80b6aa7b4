/* Which key is to be rotated, and every place that a file holds it in. */
#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/safe.h"
#include "base/text.h"
#include "deliver/deliver.h"
#include "keeper/handlers.h"
#include "keeper/lookup.h"
#include "keeper/notices.h"

enum { PLACES_MAX = 64 };

/* One discovery; the lists belong to the reply. */
struct discovery {
    struct request *request;
    const struct profile_set *files;
    char key[CREDENTIALS_KEY_ID_SIZE];
    struct json_object *targets, *problems, *warnings;
};

static void add_problem(struct discovery *discovery, const struct error *err)
{
    struct json_object *problem = json_object_new_object();
    body_set_string(problem, "error", error_name(err->code));
    body_set_string(problem, "text", err->text);
    body_append(discovery->problems, problem);
}

/* --- the key -----------------------------------------------------------------------------------*/

/* The key that the profile itself (not one that it borrows from) or the environment holds. A key of
 * a session cannot be rotated. */
static void find_key(struct discovery *discovery)
{
    struct context *context = discovery->request->context;
    const struct settings *settings = &context->settings;
    const char *given = body_string(discovery->request->body, "key");
    CLEANUP(chain_release) struct chain chain = {0};
    struct error err = {0};
    if (given[0] != '\0') {
        text_copy(discovery->key, sizeof discovery->key, given);
        return;
    }
    if (!context_chain(context, settings->profile_named ? settings->profile : NULL, &chain, &err)) {
        if (err.code != ERROR_NO_CREDENTIALS)
            add_problem(discovery, &err);
        return;
    }
    const struct chain_link *last = &chain.links[chain.count - 1];
    bool is_own = last->kind == CHAIN_ENVIRONMENT ||
                  (last->kind == CHAIN_STATIC &&
                   (chain.count == 1 || strcmp(last->profile, settings->profile) == 0));
    if (is_own && last->pair.token == NULL)
        text_copy(discovery->key, sizeof discovery->key, last->pair.key_id);
    if (chain.warning[0] != '\0')
        body_append(discovery->warnings, json_object_new_string(chain.warning));
}

/* --- targets -----------------------------------------------------------------------------------*/

static bool has_target(const struct discovery *discovery, const char *spec)
{
    for (size_t i = 0; i < body_count(discovery->targets); i++)
        if (strcmp(body_string(json_object_array_get_idx(discovery->targets, i), "spec"), spec) ==
            0)
            return true;
    return false;
}

static void add_target(struct discovery *discovery, const char *spec, const char *path)
{
    bool readable = false;
    struct error err = {0};
    if (has_target(discovery, spec))
        return;
    if (!deliver_describe(spec, &readable, &err)) {
        add_problem(discovery, &err);
        return;
    }
    struct json_object *target = json_object_new_object();
    body_set_string(target, "spec", spec);
    body_set_string(target, "path", path);
    body_set_bool(target, "readable", readable);
    body_append(discovery->targets, target);
}

/* A file as a target: whole, or one profile of it. Returns whether the key stands there. */
static bool add_file(struct discovery *discovery, enum profile_file_kind kind,
                     const char *only_profile)
{
    const struct profile_file *file = profile_set_file(discovery->files, kind);
    struct profile_place places[PLACES_MAX];
    char path[PATH_MAX], spec[PATH_MAX + 160];
    struct error err = {0};
    bool stands_there = false;
    size_t count = profile_file_find_key(file, discovery->key, places, PLACES_MAX);
    for (size_t i = 0; i < count && i < PLACES_MAX; i++)
        if (only_profile == NULL || strcmp(places[i].profile, only_profile) == 0)
            stands_there = true;
    if (!stands_there)
        return false;
    if (!file_resolve(profile_file_path(file), path, sizeof path, &err)) {
        add_problem(discovery, &err);
        return true;
    }
    if (only_profile != NULL)
        snprintf(spec, sizeof spec, "file:%s@%s", only_profile, path);
    else
        snprintf(spec, sizeof spec, "file:%s", path);
    add_target(discovery, spec, path);
    notices_add_file(file, discovery->warnings);
    return true;
}

/* Why a file cannot take the new pair. A profile that holds somebody else's key, the signer's above all,
 * is never overwritten. */
static void not_there(struct discovery *discovery, const char *only_profile)
{
    struct error err = {0};
    char profile[160], held[CREDENTIALS_KEY_ID_SIZE];
    const char *key = discovery->key[0] != '\0' ? discovery->key : "the key";
    const char *other = only_profile != NULL ? profile_set_get(discovery->files, only_profile,
                                                               "aws_access_key_id")
                                             : NULL;
    if (only_profile == NULL) {
        error_set(&err, ERROR_TARGET, "no AWS file holds %s", key);
    } else if (other != NULL && other[0] != '\0') {
        error_set(&err, ERROR_TARGET,
                  "no profile %s in an AWS file holds %s: it holds %s, which is not the key that is "
                  "rotated and would be lost there; name a profile that holds %s, or command:CMD, or "
                  "show",
                  safe_copy(profile, sizeof profile, only_profile), key,
                  safe_copy(held, sizeof held, other), key);
    } else {
        error_set(&err, ERROR_TARGET, "no profile %s in an AWS file holds %s",
                  safe_copy(profile, sizeof profile, only_profile), key);
    }
    add_problem(discovery, &err);
}

static void add_files(struct discovery *discovery, const char *only_profile, bool must)
{
    bool in_credentials = false, in_config = false;
    if (discovery->files == NULL) /* told as a problem already */
        return;
    if (discovery->key[0] != '\0') {
        in_credentials = add_file(discovery, PROFILE_CREDENTIALS_FILE, only_profile);
        in_config = add_file(discovery, PROFILE_CONFIG_FILE, only_profile);
    }
    if (must && !in_credentials && !in_config)
        not_there(discovery, only_profile);
}

static bool starts_with(const char *string, const char *beginning)
{
    return strncmp(string, beginning, strlen(beginning)) == 0;
}

static void add_wish(struct discovery *discovery, const char *wish)
{
    char shown[200];
    struct error err = {0};
    if (strcmp(wish, "file") == 0) {
        add_files(discovery, NULL, true);
    } else if (starts_with(wish, "file:")) {
        add_files(discovery, wish + 5, true);
    } else if (starts_with(wish, "command:") || strcmp(wish, "show") == 0) {
        add_target(discovery, wish, "");
    } else {
        error_set(&err, ERROR_USAGE,
                  "the target '%s' is of a kind that this version does not have; "
                  "it has file, file:PROFILE, command:CMD and show",
                  safe_copy(shown, sizeof shown, wish));
        add_problem(discovery, &err);
    }
}

static void find_targets(struct discovery *discovery)
{
    struct json_object *wishes = body_array(discovery->request->body, "to");
    size_t count = body_count(wishes);
    for (size_t i = 0; i < count; i++) {
        const char *wish = json_object_get_string(json_object_array_get_idx(wishes, i));
        add_wish(discovery, wish != NULL ? wish : "");
    }
    if (count == 0)
        add_files(discovery, NULL, false);
}

/* --- the request -------------------------------------------------------------------------------*/

void handle_discover(struct request *request)
{
    struct context *context = request->context;
    struct error err = {0};
    struct discovery discovery = {
        .request = request,
        .targets = body_put_list(request->reply, "targets"),
        .problems = body_put_list(request->reply, "problems"),
        .warnings = body_put_list(request->reply, "warnings"),
    };
    CLEANUP(credentials_release) struct credentials pair;
    credentials_init(&pair);
    if (!context_files(context, &discovery.files, &err))
        add_problem(&discovery, &err);
    else
        find_key(&discovery);
    if (discovery.key[0] == '\0')
        text_copy(discovery.key, sizeof discovery.key, body_string(request->body, "key"));
    /* A pair that is half, or split over two files, is said before anything is changed. */
    if (discovery.files != NULL && discovery.key[0] != '\0' &&
        !profile_set_check_pairs(discovery.files, discovery.key, &err))
        add_problem(&discovery, &err);
    find_targets(&discovery);
    body_set_string(request->reply, "key", discovery.key);
    body_set_string(request->reply, "profile", context->settings.profile);
    body_set_bool(request->reply, "pair_held",
                  discovery.key[0] != '\0' &&
                      lookup_pair(context, discovery.key, &pair, NULL, NULL) && pair.token == NULL);
    request_reply(request);
}
