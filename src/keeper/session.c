/* MFA sessions: of a pair by GetSessionToken, or of a role that wants a code. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "keeper/handlers.h"
#include "keeper/signer.h"

static void free_pair(void *pair)
{
    pair_free(pair);
}

static void session_taken(void *context, const struct aws_reply *reply, const struct error *err,
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
    body_set_number(request->reply, "expires", pair->credentials.expires);
    body_set_number(request->reply, "date", date);
    signer_keep_session(request->context, request->signer_key, &pair);
    request_reply(request);
}

static void take_by_pair(struct request *request)
{
    char duration[24] = "";
    struct call_params params = {0};
    int64_t seconds = body_number(request->body, "duration");
    if (seconds > 0)
        snprintf(duration, sizeof duration, "%lld", (long long)seconds);
    call_params_add(&params, "DurationSeconds", duration);
    call_params_add(&params, "SerialNumber", body_string(request->body, "serial"));
    call_params_add(&params, "TokenCode", body_string(request->body, "code"));
    request_call(request, AWS_GET_SESSION_TOKEN, &params, session_taken);
}

static void role_taken(struct request *request)
{
    body_set_number(request->reply, "expires", request->signer.expires);
    body_set_number(request->reply, "date", context_server_now(request->context));
    request_reply(request);
}

static bool prepare(struct request *request, struct error *err)
{
    struct pair *pair = NULL;
    const char *signer = body_string(request->body, "signer");
    if (body_string(request->body, "serial")[0] == '\0' ||
        body_string(request->body, "code")[0] == '\0')
        return error_set(err, ERROR_MFA_NEEDED, "an MFA device and its code must be given");
    if (!signer_long_term(request->context, signer, &request->signer, err) || !pair_new(&pair, err))
        return false;
    text_copy(request->signer_key, sizeof request->signer_key, request->signer.key_id);
    request->state = pair;
    request->state_free = free_pair;
    return true;
}

void handle_take_session(struct request *request)
{
    struct error err = {0};
    const char *signer = body_string(request->body, "signer");
    const char *code = body_string(request->body, "code");
    if (signer[0] == '\0' && signer_role_wants_code(request->context)) {
        if (signer_give_code(request->context, code, &err))
            signer_resolve(request, role_taken);
        else
            request_fail(request, &err, 0);
    } else if (prepare(request, &err)) {
        take_by_pair(request);
    } else {
        request_fail(request, &err, 0);
    }
}
