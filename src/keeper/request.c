#include "keeper/request.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

enum { PAGES_MAX = 10000, DOCUMENT_MOST = 1024 * 1024 };

bool request_new(struct context *context, struct message *message, struct request **ret_request,
                 struct error *err)
{
    struct request *request = calloc(1, sizeof *request);
    struct json_object *reply = json_object_new_object();
    if (request == NULL || reply == NULL) {
        free(request);
        json_object_put(reply);
        return error_set(err, ERROR_MEMORY, "taking a request");
    }
    request->context = context;
    request->kind = message->kind;
    request->id = message->id;
    request->body = message->body;
    message->body = NULL;
    request->reply = reply;
    credentials_init(&request->signer);
    request->next = context->requests;
    context->requests = request;
    context->request_count++;
    *ret_request = request;
    return true;
}

void request_free(struct request *request)
{
    struct context *context = request->context;
    struct request **at = &context->requests;
    while (*at != request)
        at = &(*at)->next;
    *at = request->next;
    context->request_count--;
    if (request->state_free != NULL)
        request->state_free(request->state);
    credentials_release(&request->signer);
    json_object_put(request->body);
    json_object_put(request->reply);
    free(request);
}

/* Nobody is told when the front is gone; the loop sees that by itself. A front that cannot be answered
 * would wait for ever, and is left. */
static void send_reply(struct request *request)
{
    struct error err = {0};
    if (request->context->ending ||
        door_send(request->context->door, MESSAGE_REPLY, request->id, &request->reply, &err) ||
        err.code == ERROR_KEEPER_GONE)
        return;
    struct json_object *instead = json_object_new_object();
    body_set_error(instead, &err, 0);
    if (!door_send(request->context->door, MESSAGE_REPLY, request->id, &instead, NULL))
        door_hang_up(request->context->door);
}

void request_reply(struct request *request)
{
    body_set_bool(request->reply, "ok", true);
    send_reply(request);
    request_free(request);
}

void request_fail(struct request *request, const struct error *err, int64_t date)
{
    json_object_put(request->reply);
    request->reply = json_object_new_object();
    body_set_error(request->reply, err, date);
    send_reply(request);
    request_free(request);
}

/* --- calls -------------------------------------------------------------------------------------*/

void call_params_add(struct call_params *params, const char *name, const char *value)
{
    if (value[0] != '\0' && params->count < sizeof params->list / sizeof params->list[0])
        params->list[params->count++] = (struct aws_param){name, value};
}

struct call {
    struct context *context;
    aws_done *done;
    void *done_context;
};

static void call_done(void *context, const struct aws_reply *reply, const struct error *err,
                      int64_t date)
{
    struct call call = *(struct call *)context;
    free(context);
    context_saw_date(call.context, date);
    call.done(call.done_context, reply, err, date);
}

bool request_call_as(struct request *request, const struct credentials *credentials,
                     enum aws_action action, const struct call_params *params, aws_done *done,
                     void *context, struct error *err)
{
    if (request->context->ending)
        return error_set(err, ERROR_INTERRUPTED, "the front has gone; nothing more is begun");
    struct aws_client *client = NULL;
    if (!context_client(request->context, &client, err))
        return false;
    struct call *call = malloc(sizeof *call);
    if (call == NULL)
        return error_set(err, ERROR_MEMORY, "calling %s", aws_action(action)->name);
    *call = (struct call){request->context, done, context};
    struct aws_call aws_request = {
        .action = action,
        .credentials = credentials,
        .params = params != NULL ? params->list : NULL,
        .param_count = params != NULL ? params->count : 0,
        .region = params != NULL ? params->region : NULL,
        .document = params != NULL ? params->document : NULL,
    };
    if (aws_call(client, &aws_request, call_done, call, err))
        return true;
    free(call);
    return false;
}

void request_call(struct request *request, enum aws_action action, const struct call_params *params,
                  aws_done *done)
{
    struct error err = {0};
    if (!request_call_as(request, &request->signer, action, params, done, request, &err))
        request_fail(request, &err, 0);
}

void request_call_document(struct request *request, enum aws_action action,
                           struct json_object *document, struct call_params params, aws_done *done)
{
    struct error err = {0};
    CLEANUP(text_release) struct text text;
    text_init(&text, DOCUMENT_MOST);
    bool whole = body_whole(document);
    json_write(document, &text);
    json_object_put(document);
    if (!whole)
        error_set(&err, ERROR_MEMORY, "asking AWS");
    if (!whole || !text_ok(&text, &err)) {
        request_fail(request, &err, 0);
        return;
    }
    params.document = text.bytes;
    if (params.region != NULL && params.region[0] == '\0')
        params.region = NULL;
    request_call(request, action, &params, done);
}

struct json_object *request_list(struct request *request, const char *name)
{
    struct json_object *list = body_array(request->reply, name);
    return list != NULL ? list : body_put_list(request->reply, name);
}

bool request_next_page(struct request *request, const struct aws_reply *reply, bool *ret_more,
                       struct error *err)
{
    const char *marker = reply->marker != NULL ? reply->marker : "";
    if (!reply->truncated) {
        *ret_more = false;
        return true;
    }
    if (marker[0] == '\0' || strcmp(marker, request->marker) == 0 || ++request->pages >= PAGES_MAX)
        return error_set(err, ERROR_REPLY, "a list from AWS does not end");
    if (!text_copy(request->marker, sizeof request->marker, marker))
        return error_set(err, ERROR_REPLY, "a list's marker is longer than %zu bytes",
                         sizeof request->marker - 1);
    *ret_more = true;
    return true;
}
