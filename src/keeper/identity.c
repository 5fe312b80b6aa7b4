/* Who are we, whose is a key, which users and MFA devices are there. */
#include <json-c/json.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "keeper/handlers.h"
#include "keeper/signer.h"

/* --- identify ----------------------------------------------------------------------------------*/

/* The second part of arn:PARTITION:service:... */
static void partition_of(const char *arn, char *partition, size_t size)
{
    partition[0] = '\0';
    const char *start = strchr(arn, ':');
    const char *end = start != NULL ? strchr(start + 1, ':') : NULL;
    if (end == NULL || (size_t)(end - start) > size)
        return;
    memcpy(partition, start + 1, (size_t)(end - start - 1));
    partition[end - start - 1] = '\0';
}

/* The name at the end of arn:...:user/PATH/NAME; "" for another kind of identity. */
static const char *user_of(const char *arn)
{
    const char *name = strrchr(arn, '/');
    return strstr(arn, ":user/") != NULL && name != NULL ? name + 1 : "";
}

/* Whatever is wrong with it, the alias is only for people's eyes: then it is not shown. */
static void alias_seen(void *context, const struct aws_reply *reply, const struct error *err,
                       int64_t date)
{
    struct request *request = context;
    (void)date;
    if (err == NULL)
        body_set_string(request->reply, "alias", reply->account_alias);
    request_reply(request);
}

static void finish(struct request *request)
{
    if (body_bool(request->body, "alias"))
        request_call(request, AWS_LIST_ACCOUNT_ALIASES, NULL, alias_seen);
    else
        request_reply(request);
}

static void owner_seen(void *context, const struct aws_reply *reply, const struct error *err,
                       int64_t date)
{
    struct request *request = context;
    /* Not to be allowed to ask, or that nobody owns the key, are answers; the rest is not. */
    if (err != NULL && err->code != ERROR_DENIED && err->code != ERROR_NOT_FOUND) {
        request_fail(request, err, date);
        return;
    }
    bool own_key = strcmp(body_string(request->body, "key"), request->signer_key) == 0;
    const char *owner = err == NULL ? reply->user
                        : own_key   ? user_of(body_string(request->reply, "arn"))
                                    : "";
    body_set_string(request->reply, "owner", owner);
    body_set_number(request->reply, "date", date);
    finish(request);
}

/* Keys of the environment beat those of a profile that nobody named, and may be somebody else's: then its
 * device is not theirs. */
static bool speaks_for(struct context *context, const struct profile_set *files, const char *profile)
{
    CLEANUP(chain_release) struct chain chain = {0};
    if (!context_chain(context, settings_signing_profile(&context->settings), &chain, NULL) ||
        chain.links[0].kind != CHAIN_ENVIRONMENT)
        return true;
    const char *key = profile_set_get(files, profile, "aws_access_key_id");
    return key != NULL && strcmp(key, chain.links[0].pair.key_id) == 0;
}

static void put_mfa_serial(struct request *request)
{
    struct context *context = request->context;
    const struct profile_set *files = NULL;
    const char *serial = NULL;
    const char *profile = context->settings.as_profile[0] != '\0' ? context->settings.as_profile
                                                                  : context->settings.profile;
    if (context_files(context, &files, NULL) && speaks_for(context, files, profile))
        serial = profile_set_get(files, profile, "mfa_serial");
    body_set_string(request->reply, "mfa_serial", serial != NULL ? serial : "");
}

static void identity_seen(void *context, const struct aws_reply *reply, const struct error *err,
                          int64_t date)
{
    struct request *request = context;
    char partition[64];
    if (err != NULL) {
        request_fail(request, err, date);
        return;
    }
    partition_of(reply->arn, partition, sizeof partition);
    body_set_string(request->reply, "signer", request->signer_key);
    body_set_string(request->reply, "source", request->source_key);
    body_set_string(request->reply, "account", reply->account);
    body_set_string(request->reply, "partition", partition);
    body_set_string(request->reply, "arn", reply->arn);
    body_set_string(request->reply, "user_id", reply->user_id);
    body_set_string(request->reply, "owner", "");
    body_set_number(request->reply, "date", date);
    body_set_number(request->reply, "skew", reply->skew);
    body_set_bool(request->reply, "long_term", request->signer.token == NULL);
    put_mfa_serial(request);
    const char *key = body_string(request->body, "key");
    if (key[0] == '\0') {
        finish(request);
        return;
    }
    struct call_params params = {0};
    call_params_add(&params, "AccessKeyId", key);
    request_call(request, AWS_GET_ACCESS_KEY_LAST_USED, &params, owner_seen);
}

static void ask_identity(struct request *request)
{
    request_call(request, AWS_GET_CALLER_IDENTITY, NULL, identity_seen);
}

void handle_identify(struct request *request)
{
    signer_resolve(request, ask_identity);
}

/* --- list_users --------------------------------------------------------------------------------*/

static void ask_users(struct request *request);
static void ask_mfa(struct request *request);

/* A message holds 1 MiB: of very many users only the names are told. */
static void make_it_fit(struct request *request)
{
    enum { FITS = 900 * 1024 };
    CLEANUP(text_release) struct text text;
    struct json_object *users = body_array(request->reply, "users");
    text_init(&text, FITS);
    json_write(users, &text);
    for (size_t i = 0; text.failed && !text.starved && i < body_count(users); i++)
        json_object_object_del(json_object_array_get_idx(users, i), "arn");
}

/* The end of a page: the next one, or the reply. */
static void next_page(struct request *request, const struct aws_reply *reply, int64_t date,
                      request_step *ask)
{
    struct error failure = {0};
    bool more = false;
    if (!request_next_page(request, reply, &more, &failure)) {
        request_fail(request, &failure, date);
    } else if (more) {
        ask(request);
    } else {
        make_it_fit(request);
        body_set_number(request->reply, "date", date);
        request_reply(request);
    }
}

static void users_listed(void *context, const struct aws_reply *reply, const struct error *err,
                         int64_t date)
{
    struct request *request = context;
    if (err != NULL) {
        request_fail(request, err, date);
        return;
    }
    struct json_object *list = request_list(request, "users");
    for (size_t i = 0; i < reply->user_count; i++) {
        struct json_object *user = json_object_new_object();
        body_set_string(user, "name", reply->users[i].name);
        body_set_string(user, "arn", reply->users[i].arn);
        body_set_number(user, "created", reply->users[i].created);
        body_append(list, user);
    }
    next_page(request, reply, date, ask_users);
}

static void ask_users(struct request *request)
{
    struct call_params params = {0};
    call_params_add(&params, "MaxItems", "1000");
    call_params_add(&params, "Marker", request->marker);
    request_call(request, AWS_LIST_USERS, &params, users_listed);
}

void handle_list_users(struct request *request)
{
    signer_resolve(request, ask_users);
}

/* --- list_mfa ----------------------------------------------------------------------------------*/

static void mfa_listed(void *context, const struct aws_reply *reply, const struct error *err,
                       int64_t date)
{
    struct request *request = context;
    put_mfa_serial(request);
    /* Not to be allowed to list does not take away what the profile names. */
    bool named = body_string(request->reply, "mfa_serial")[0] != '\0';
    if (err != NULL && err->code == ERROR_DENIED && named) {
        body_set_bool(request->reply, "unlisted", true);
        body_set_string(request->reply, "text", err->text);
        request_reply(request);
        return;
    }
    if (err != NULL) {
        request_fail(request, err, date);
        return;
    }
    struct json_object *list = request_list(request, "devices");
    for (size_t i = 0; i < reply->mfa_count; i++) {
        struct json_object *device = json_object_new_object();
        body_set_string(device, "serial", reply->mfa[i].serial);
        body_set_number(device, "enabled", reply->mfa[i].enabled);
        body_append(list, device);
    }
    next_page(request, reply, date, ask_mfa);
}

static void ask_mfa(struct request *request)
{
    struct call_params params = {0};
    call_params_add(&params, "UserName", body_string(request->body, "user"));
    call_params_add(&params, "Marker", request->marker);
    request_call(request, AWS_LIST_MFA_DEVICES, &params, mfa_listed);
}

void handle_list_mfa(struct request *request)
{
    signer_resolve(request, ask_mfa);
}
