/* The access keys of a user: list, make, switch, delete, when last used. */
#include <json-c/json.h>
#include <string.h>

#include "keeper/handlers.h"
#include "keeper/signer.h"

static const char *user_of(const struct request *request)
{
    return body_string(request->body, "user");
}

static const char *key_of(const struct request *request)
{
    return body_string(request->body, "key");
}

/* --- list_keys ---------------------------------------------------------------------------------*/

static void ask_keys(struct request *request);

static void keys_listed(void *context, const struct aws_reply *reply, const struct error *err,
                        int64_t date)
{
    struct request *request = context;
    struct error failure = {0};
    bool more = false;
    if (err != NULL) {
        request_fail(request, err, date);
        return;
    }
    struct json_object *list = body_array(request->reply, "keys");
    for (size_t i = 0; i < reply->key_count; i++) {
        struct json_object *key = json_object_new_object();
        body_set_string(key, "id", reply->keys[i].id);
        body_set_string(key, "status", reply->keys[i].status);
        body_set_number(key, "created", reply->keys[i].created);
        body_append(list, key);
    }
    body_set_number(request->reply, "date", date);
    body_set_number(request->reply, "skew", reply->skew);
    if (!request_next_page(request, reply, &more, &failure))
        request_fail(request, &failure, date);
    else if (more)
        ask_keys(request);
    else
        request_reply(request);
}

static void ask_keys(struct request *request)
{
    struct call_params params = {0};
    call_params_add(&params, "UserName", user_of(request));
    call_params_add(&params, "Marker", request->marker);
    request_call(request, AWS_LIST_ACCESS_KEYS, &params, keys_listed);
}

void handle_list_keys(struct request *request)
{
    body_put_list(request->reply, "keys");
    signer_resolve(request, ask_keys);
}

/* --- read_last_used ----------------------------------------------------------------------------*/

static void last_used_read(void *context, const struct aws_reply *reply, const struct error *err,
                           int64_t date)
{
    struct request *request = context;
    if (err != NULL) {
        request_fail(request, err, date);
        return;
    }
    body_set_string(request->reply, "user", reply->user);
    body_set_number(request->reply, "used_at", reply->used_at);
    body_set_string(request->reply, "service", reply->used_service);
    body_set_string(request->reply, "region", reply->used_region);
    body_set_number(request->reply, "date", date);
    request_reply(request);
}

static void ask_last_used(struct request *request)
{
    struct call_params params = {0};
    call_params_add(&params, "AccessKeyId", key_of(request));
    request_call(request, AWS_GET_ACCESS_KEY_LAST_USED, &params, last_used_read);
}

void handle_read_last_used(struct request *request)
{
    signer_resolve(request, ask_last_used);
}

/* --- create_key --------------------------------------------------------------------------------*/

static void free_pair(void *pair)
{
    pair_free(pair);
}

static void key_created(void *context, const struct aws_reply *reply, const struct error *err,
                        int64_t date)
{
    struct request *request = context;
    if (err != NULL) {
        request_fail(request, err, date);
        return;
    }
    struct pair *pair = request->state;
    request->state = NULL;
    pair->credentials = *reply->credentials;
    credentials_init(reply->credentials);
    pairs_put(&request->context->pairs, reply->key.id, &pair);
    body_set_string(request->reply, "key", reply->key.id);
    body_set_string(request->reply, "status", reply->key.status);
    body_set_number(request->reply, "created", reply->key.created);
    body_set_number(request->reply, "date", date);
    request_reply(request);
}

static void create(struct request *request)
{
    struct call_params params = {0};
    call_params_add(&params, "UserName", user_of(request));
    request_call(request, AWS_CREATE_ACCESS_KEY, &params, key_created);
}

/* The room for the pair is made before the call, which shows the secret only once. */
void handle_create_key(struct request *request)
{
    struct error err = {0};
    struct pair *pair = NULL;
    if (user_of(request)[0] == '\0') {
        error_set(&err, ERROR_USAGE, "no user was named for the new key");
        request_fail(request, &err, 0);
        return;
    }
    if (!pair_new(&pair, &err)) {
        request_fail(request, &err, 0);
        return;
    }
    request->state = pair;
    request->state_free = free_pair;
    signer_resolve(request, create);
}

/* --- switch_key, delete_key --------------------------------------------------------------------*/

static void key_switched(void *context, const struct aws_reply *reply, const struct error *err,
                         int64_t date)
{
    (void)reply;
    struct request *request = context;
    if (err != NULL) {
        request_fail(request, err, date);
        return;
    }
    body_set_number(request->reply, "date", date);
    request_reply(request);
}

static void switch_it(struct request *request)
{
    struct call_params params = {0};
    call_params_add(&params, "UserName", user_of(request));
    call_params_add(&params, "AccessKeyId", key_of(request));
    call_params_add(&params, "Status", body_string(request->body, "status"));
    request_call(request, AWS_UPDATE_ACCESS_KEY, &params, key_switched);
}

/* Without UserName or AccessKeyId the call would be about somebody or something else. */
static bool names_key(struct request *request)
{
    struct error err = {0};
    if (user_of(request)[0] != '\0' && key_of(request)[0] != '\0')
        return true;
    error_set(&err, ERROR_USAGE, "user and key must be named");
    request_fail(request, &err, 0);
    return false;
}

void handle_switch_key(struct request *request)
{
    const char *status = body_string(request->body, "status");
    struct error err = {0};
    if (strcmp(status, "Active") != 0 && strcmp(status, "Inactive") != 0) {
        error_set(&err, ERROR_USAGE, "a key is switched to Active or Inactive");
        request_fail(request, &err, 0);
    } else if (names_key(request)) {
        signer_resolve(request, switch_it);
    }
}

static void key_deleted(void *context, const struct aws_reply *reply, const struct error *err,
                        int64_t date)
{
    struct request *request = context;
    if (err == NULL) /* its pair is worth nothing now */
        pairs_drop(&request->context->pairs, key_of(request));
    key_switched(context, reply, err, date);
}

static void delete_it(struct request *request)
{
    struct call_params params = {0};
    call_params_add(&params, "UserName", user_of(request));
    call_params_add(&params, "AccessKeyId", key_of(request));
    request_call(request, AWS_DELETE_ACCESS_KEY, &params, key_deleted);
}

/* DESIGN 4.3: never by a credential whose own key it is. The core sees to it; this is the last door
 * before it happens. */
static void delete_unless_own(struct request *request)
{
    struct error err = {0};
    if (strcmp(request->signer_key, key_of(request)) != 0) {
        delete_it(request);
        return;
    }
    error_set(&err, ERROR_USAGE, "%s does not delete itself", request->signer_key);
    request_fail(request, &err, 0);
}

void handle_delete_key(struct request *request)
{
    if (names_key(request))
        signer_resolve(request, delete_unless_own);
}
