/* What Access Analyzer found unused, and what it says of a policy. */
#include <json-c/json.h>

#include "keeper/handlers.h"
#include "keeper/signer.h"

enum { PAGE = 100 };

static void finish(struct request *request, int64_t date)
{
    body_set_number(request->reply, "date", date);
    request_reply(request);
}

/* --- list_unused -------------------------------------------------------------------------------*/

static void unused_listed(void *context, const struct aws_reply *reply, const struct error *err,
                          int64_t date)
{
    struct request *request = context;
    if (err != NULL) {
        request_fail(request, err, date);
        return;
    }
    struct json_object *list = body_put_list(request->reply, "findings");
    for (size_t i = 0; i < reply->found_count; i++) {
        struct json_object *item = json_object_new_object();
        body_set_string(item, "type", reply->found[i].type);
        body_set_string(item, "resource", reply->found[i].resource);
        body_set_string(item, "owner", reply->found[i].owner);
        body_append(list, item);
    }
    body_set_string(request->reply, "token", reply->marker);
    finish(request, date);
}

/* {"status": {"eq": ["ACTIVE"]}}: neither archived nor resolved. */
static struct json_object *new_filter(void)
{
    struct json_object *filter = json_object_new_object(), *status = json_object_new_object();
    body_append(body_put_list(status, "eq"), json_object_new_string("ACTIVE"));
    body_put(filter, "status", status);
    return filter;
}

static void ask_unused(struct request *request)
{
    struct json_object *document = json_object_new_object();
    const char *token = body_string(request->body, "token");
    body_set_string(document, "analyzerArn", body_string(request->body, "analyzer"));
    body_put(document, "filter", new_filter());
    body_set_number(document, "maxResults", PAGE);
    if (token[0] != '\0')
        body_set_string(document, "nextToken", token);
    request_call_document(request, AWS_LIST_FINDINGS_V2, document, (struct call_params){0},
                          unused_listed);
}

void handle_list_unused(struct request *request)
{
    struct error err = {0};
    if (body_string(request->body, "analyzer")[0] != '\0') {
        signer_resolve(request, ask_unused);
        return;
    }
    error_set(&err, ERROR_USAGE, "no analyzer was named");
    request_fail(request, &err, 0);
}

/* --- validate_policy ---------------------------------------------------------------------------*/

static void ask_validation(struct request *request);

static void validated(void *context, const struct aws_reply *reply, const struct error *err,
                      int64_t date)
{
    struct request *request = context;
    struct error failure = {0};
    bool more = false;
    if (err != NULL) {
        request_fail(request, err, date);
        return;
    }
    struct json_object *list = request_list(request, "findings");
    for (size_t i = 0; i < reply->flaw_count; i++) {
        struct json_object *item = json_object_new_object();
        body_set_string(item, "type", reply->flaws[i].type);
        body_set_string(item, "code", reply->flaws[i].code);
        body_set_string(item, "details", reply->flaws[i].details);
        body_append(list, item);
    }
    if (!request_next_page(request, reply, &more, &failure))
        request_fail(request, &failure, date);
    else if (more)
        ask_validation(request);
    else
        finish(request, date);
}

static void ask_validation(struct request *request)
{
    struct call_params params = {0};
    struct json_object *document = json_object_new_object();
    body_set_string(document, "policyDocument", body_string(request->body, "document"));
    body_set_string(document, "policyType", "IDENTITY_POLICY");
    body_set_string(document, "locale", "EN");
    call_params_add(&params, "nextToken", request->marker);
    request_call_document(request, AWS_VALIDATE_POLICY, document, params, validated);
}

void handle_validate_policy(struct request *request)
{
    signer_resolve(request, ask_validation);
}
