#include "keeper/lookup.h"

#include <string.h>

#include "base/safe.h"

/* A search; `found` ends it. */
struct search {
    struct context *context;
    const char *key_id;
    bool found;
    struct credentials pair;
    char place[640];
    struct error half; /* the key was seen, but not all of its pair */
};

static void search_release(struct search *search)
{
    credentials_release(&search->pair);
}

bool lookup_prepared(struct context *context, const char *spec, const char *new_key,
                     const char *verify, struct deliver_request *ret_request, struct error *err)
{
    const struct prepared *prepared = &context->prepared;
    if (prepared->rotation[0] == '\0')
        return error_set(err, ERROR_INTERNAL, "no rotation has been prepared");
    *ret_request = (struct deliver_request){
        .rotation = prepared->rotation,
        .spec = spec,
        .old_key = prepared->old_key,
        .new_key = new_key[0] != '\0' ? new_key : prepared->new_key,
        .verify = verify,
    };
    return true;
}

/* Keep `pair` when it is the one. Takes it over in every case. */
static void offer(struct search *search, struct credentials *pair, const char *place)
{
    if (!search->found && pair->secret != NULL && strcmp(pair->key_id, search->key_id) == 0) {
        search->pair = *pair;
        credentials_init(pair);
        search->found = true;
        text_copy(search->place, sizeof search->place, place);
    }
    credentials_release(pair);
}

static void offer_copy(struct search *search, const struct credentials *pair, const char *place)
{
    struct credentials copy;
    credentials_init(&copy);
    if (pair != NULL && credentials_copy(pair, &copy, NULL))
        offer(search, &copy, place);
}

static void in_target(struct search *search, const char *spec)
{
    struct deliver_request request;
    struct credentials pair;
    credentials_init(&pair);
    bool readable = false, old_key_there = false;
    if (!deliver_describe(spec, &readable, NULL) ||
        !lookup_prepared(search->context, spec, search->key_id, "", &request, NULL))
        return;
    bool is_old = strcmp(search->key_id, search->context->prepared.old_key) == 0;
    if (is_old ? deliver_old_pair(&request, &pair, NULL)
               : readable && deliver_read(&request, &pair, &old_key_there, NULL))
        offer(search, &pair, spec);
}

static void in_files(struct search *search)
{
    const struct profile_set *files = NULL;
    if (!context_files(search->context, &files, NULL))
        return;
    for (int kind = PROFILE_CREDENTIALS_FILE; kind <= PROFILE_CONFIG_FILE && !search->found;
         kind++) {
        const struct profile_file *file = profile_set_file(files, (enum profile_file_kind)kind);
        struct credentials pair;
        credentials_init(&pair);
        struct error why = {0};
        if (profile_file_read_pair(file, search->key_id, &pair, &why))
            offer(search, &pair, profile_file_path(file));
        else if (why.code != ERROR_NOT_FOUND)
            search->half = why;
    }
}

bool lookup_environment(struct context *context, struct credentials *ret_pair, struct error *err)
{
    const char *key_id = context_environment(context, "AWS_ACCESS_KEY_ID");
    const char *secret = context_environment(context, "AWS_SECRET_ACCESS_KEY");
    bool has_key = key_id != NULL && key_id[0] != '\0';
    bool has_secret = secret != NULL && secret[0] != '\0';
    if (!has_key && !has_secret)
        return true;
    if (!has_key || !has_secret)
        return error_set(err, ERROR_PAIR_HALF, "the environment has %s without %s",
                         has_key ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
                         has_key ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID");
    const char *token = context_environment(context, "AWS_SECURITY_TOKEN");
    if (token == NULL || token[0] == '\0')
        token = context_environment(context, "AWS_SESSION_TOKEN");
    CLEANUP(credentials_release) struct credentials pair;
    credentials_init(&pair);
    if (!text_copy(pair.key_id, sizeof pair.key_id, key_id))
        return error_set(err, ERROR_LIMIT, "AWS_ACCESS_KEY_ID is too long");
    if (!secret_new(secret, strlen(secret), &pair.secret, err) ||
        (token != NULL && token[0] != '\0' && !secret_new(token, strlen(token), &pair.token, err)))
        return false;
    *ret_pair = pair;
    credentials_init(&pair);
    return true;
}

static void in_environment(struct search *search)
{
    struct credentials pair;
    credentials_init(&pair);
    struct error why = {0};
    if (lookup_environment(search->context, &pair, &why))
        offer(search, &pair, "the environment");
    else if (search->half.code == ERROR_NONE &&
             context_environment(search->context, "AWS_ACCESS_KEY_ID") != NULL &&
             strcmp(context_environment(search->context, "AWS_ACCESS_KEY_ID"), search->key_id) == 0)
        search->half = why;
}

static void in_chain(struct search *search, const char *profile)
{
    CLEANUP(chain_release) struct chain chain = {0};
    if (!context_chain(search->context, profile, &chain, NULL))
        return;
    for (size_t i = 0; i < chain.count && !search->found; i++)
        if (chain.links[i].kind == CHAIN_STATIC || chain.links[i].kind == CHAIN_ENVIRONMENT)
            offer_copy(search, &chain.links[i].pair, "the profile");
}

static void in_targets(struct search *search)
{
    const struct prepared *prepared = &search->context->prepared;
    for (size_t i = 0; i < prepared->count && !search->found; i++)
        in_target(search, prepared->specs[i]);
}

static void look_everywhere(struct search *search, bool targets_first)
{
    struct context *context = search->context;
    if (targets_first)
        in_targets(search);
    offer_copy(search, pairs_find(&context->pairs, search->key_id), "the keeper");
    if (!targets_first)
        in_targets(search);
    if (!search->found)
        in_files(search);
    if (!search->found)
        in_environment(search);
    if (!search->found && context->greeted)
        in_chain(search, settings_signing_profile(&context->settings));
    offer_copy(search, pairs_find_key(&context->sessions, search->key_id), "a session of this run");
}

static bool not_found(const struct search *search, struct error *err)
{
    const struct context *context = search->context;
    char shown[160];
    safe_copy(shown, sizeof shown, search->key_id);
    if (search->half.code != ERROR_NONE) {
        *err = search->half;
        return error_wrap(err, "the pair of %s", shown);
    }
    return error_set(err, ERROR_NO_CREDENTIALS,
                     "the secret of %s is nowhere here: not made by this run, not in %zu target%s "
                     "of the rotation, not in the AWS files, not in the environment",
                     shown[0] != '\0' ? shown : "(no key)", context->prepared.count,
                     context->prepared.count == 1 ? "" : "s");
}

static bool look_up(struct context *context, const char *key_id, bool targets_first,
                    struct credentials *ret_pair, struct text *ret_place, struct error *err)
{
    CLEANUP(search_release) struct search search = {.context = context, .key_id = key_id};
    credentials_init(&search.pair);
    struct error why = {0};
    if (key_id[0] != '\0')
        look_everywhere(&search, targets_first);
    if (!search.found) {
        not_found(&search, &why);
        if (err != NULL)
            *err = why;
        return false;
    }
    if (ret_place != NULL)
        text_append(ret_place, search.place);
    *ret_pair = search.pair;
    credentials_init(&search.pair);
    return true;
}

bool lookup_pair(struct context *context, const char *key_id, struct credentials *ret_pair,
                 struct text *ret_place, struct error *err)
{
    return look_up(context, key_id, false, ret_pair, ret_place, err);
}

bool lookup_delivered_pair(struct context *context, const char *key_id,
                           struct credentials *ret_pair, struct text *ret_place, struct error *err)
{
    return look_up(context, key_id, true, ret_pair, ret_place, err);
}
