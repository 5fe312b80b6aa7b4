/* What the audit of an account is made from: the credential report and a few lists. */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "keeper/handlers.h"
#include "keeper/signer.h"

/* The end of every call that failed, and of every one that comes in one piece. */
static bool failed(struct request *request, const struct error *err, int64_t date)
{
    if (err != NULL)
        request_fail(request, err, date);
    return err != NULL;
}

static void finish(struct request *request, int64_t date)
{
    body_set_number(request->reply, "date", date);
    request_reply(request);
}

/* --- generate_report, read_report --------------------------------------------------------------*/

static void report_begun(void *context, const struct aws_reply *reply, const struct error *err,
                         int64_t date)
{
    struct request *request = context;
    if (failed(request, err, date))
        return;
    body_set_string(request->reply, "state", reply->report_state);
    finish(request, date);
}

static void begin_report(struct request *request)
{
    request_call(request, AWS_GENERATE_CREDENTIAL_REPORT, NULL, report_begun);
}

void handle_generate_report(struct request *request)
{
    signer_resolve(request, begin_report);
}

/* As much as fits into a message even if each character of it were escaped. */
static void reply_part(struct request *request, int64_t offset)
{
    enum { PART = 256 * 1024 };
    const struct report_text *report = &request->context->report;
    struct error err = {0};
    if (report->base64 == NULL || offset < 0 || (size_t)offset >= report->length) {
        error_set(&err, ERROR_USAGE, "there is no report to read on in");
        request_fail(request, &err, 0);
        return;
    }
    size_t rest = report->length - (size_t)offset;
    body_put(request->reply, "part",
             json_object_new_string_len(report->base64 + offset, (int)(rest < PART ? rest : PART)));
    body_set_number(request->reply, "total", (int64_t)report->length);
    body_set_number(request->reply, "generated", report->generated);
    finish(request, context_server_now(request->context));
}

static void report_read(void *context, const struct aws_reply *reply, const struct error *err,
                        int64_t date)
{
    struct request *request = context;
    struct report_text *report = &request->context->report;
    struct error failure = {0};
    if (failed(request, err, date))
        return;
    char *copy = malloc(reply->content_length + 1);
    if (copy == NULL) {
        error_set(&failure, ERROR_MEMORY, "keeping a credential report");
        request_fail(request, &failure, date);
        return;
    }
    memcpy(copy, reply->content, reply->content_length);
    copy[reply->content_length] = '\0';
    free(report->base64);
    *report = (struct report_text){copy, reply->content_length, reply->generated};
    reply_part(request, 0);
}

static void ask_report(struct request *request)
{
    request_call(request, AWS_GET_CREDENTIAL_REPORT, NULL, report_read);
}

void handle_read_report(struct request *request)
{
    int64_t offset = body_number(request->body, "offset");
    if (offset != 0)
        reply_part(request, offset);
    else
        signer_resolve(request, ask_report);
}

/* --- read_summary, read_password_policy --------------------------------------------------------*/

static void summary_read(void *context, const struct aws_reply *reply, const struct error *err,
                         int64_t date)
{
    struct request *request = context;
    if (failed(request, err, date))
        return;
    struct json_object *list = body_put_list(request->reply, "numbers");
    for (size_t i = 0; i < reply->number_count; i++) {
        struct json_object *number = json_object_new_object();
        body_set_string(number, "name", reply->numbers[i].name);
        body_set_number(number, "value", reply->numbers[i].value);
        body_append(list, number);
    }
    finish(request, date);
}

static void ask_summary(struct request *request)
{
    request_call(request, AWS_GET_ACCOUNT_SUMMARY, NULL, summary_read);
}

void handle_read_summary(struct request *request)
{
    signer_resolve(request, ask_summary);
}

/* An account without a policy of its own is an answer. */
static void policy_read(void *context, const struct aws_reply *reply, const struct error *err,
                        int64_t date)
{
    struct request *request = context;
    bool none = err != NULL && err->code == ERROR_NOT_FOUND;
    if (!none && failed(request, err, date))
        return;
    body_set_bool(request->reply, "set", !none);
    body_set_number(request->reply, "length", none ? 0 : reply->password_length);
    body_set_number(request->reply, "reuse", none ? 0 : reply->password_reuse);
    finish(request, date);
}

static void ask_policy(struct request *request)
{
    request_call(request, AWS_GET_ACCOUNT_PASSWORD_POLICY, NULL, policy_read);
}

void handle_read_password_policy(struct request *request)
{
    signer_resolve(request, ask_policy);
}

/* --- list_devices, list_holders, list_certificates, list_analyzers -----------------------------*/

static void next_page(struct request *request, const struct aws_reply *reply, int64_t date,
                      request_step *ask)
{
    struct error failure = {0};
    bool more = false;
    if (!request_next_page(request, reply, &more, &failure))
        request_fail(request, &failure, date);
    else if (more)
        ask(request);
    else
        finish(request, date);
}

static void ask_devices(struct request *request);

static void devices_listed(void *context, const struct aws_reply *reply, const struct error *err,
                           int64_t date)
{
    struct request *request = context;
    if (failed(request, err, date))
        return;
    struct json_object *list = request_list(request, "devices");
    for (size_t i = 0; i < reply->mfa_count; i++) {
        struct json_object *device = json_object_new_object();
        body_set_string(device, "serial", reply->mfa[i].serial);
        body_set_string(device, "user_arn", reply->mfa[i].user_arn);
        body_set_number(device, "enabled", reply->mfa[i].enabled);
        body_append(list, device);
    }
    next_page(request, reply, date, ask_devices);
}

static void ask_devices(struct request *request)
{
    struct call_params params = {0};
    call_params_add(&params, "AssignmentStatus", "Any");
    call_params_add(&params, "MaxItems", "1000");
    call_params_add(&params, "Marker", request->marker);
    request_call(request, AWS_LIST_VIRTUAL_MFA_DEVICES, &params, devices_listed);
}

void handle_list_devices(struct request *request)
{
    signer_resolve(request, ask_devices);
}

static void ask_holders(struct request *request);

static void holders_listed(void *context, const struct aws_reply *reply, const struct error *err,
                           int64_t date)
{
    struct request *request = context;
    if (failed(request, err, date))
        return;
    struct json_object *list = request_list(request, "holders");
    for (size_t i = 0; i < reply->named_count; i++) {
        struct json_object *holder = json_object_new_object();
        body_set_string(holder, "name", reply->named[i].name);
        body_append(list, holder);
    }
    next_page(request, reply, date, ask_holders);
}

static void ask_holders(struct request *request)
{
    struct call_params params = {0};
    call_params_add(&params, "PolicyArn", body_string(request->body, "policy"));
    call_params_add(&params, "Marker", request->marker);
    request_call(request, AWS_LIST_ENTITIES_FOR_POLICY, &params, holders_listed);
}

void handle_list_holders(struct request *request)
{
    signer_resolve(request, ask_holders);
}

static void ask_certificates(struct request *request);

static void certificates_listed(void *context, const struct aws_reply *reply,
                                const struct error *err, int64_t date)
{
    struct request *request = context;
    if (failed(request, err, date))
        return;
    struct json_object *list = request_list(request, "certificates");
    for (size_t i = 0; i < reply->named_count; i++) {
        struct json_object *certificate = json_object_new_object();
        body_set_string(certificate, "name", reply->named[i].name);
        body_set_string(certificate, "arn", reply->named[i].arn);
        body_set_number(certificate, "expires", reply->named[i].expires);
        body_append(list, certificate);
    }
    next_page(request, reply, date, ask_certificates);
}

static void ask_certificates(struct request *request)
{
    struct call_params params = {0};
    call_params_add(&params, "Marker", request->marker);
    request_call(request, AWS_LIST_SERVER_CERTIFICATES, &params, certificates_listed);
}

void handle_list_certificates(struct request *request)
{
    signer_resolve(request, ask_certificates);
}

static void ask_analyzers(struct request *request);

static void analyzers_listed(void *context, const struct aws_reply *reply, const struct error *err,
                             int64_t date)
{
    struct request *request = context;
    const char *region = request->context->settings.region;
    if (failed(request, err, date))
        return;
    struct json_object *list = request_list(request, "analyzers");
    for (size_t i = 0; i < reply->analyzer_count; i++) {
        struct json_object *analyzer = json_object_new_object();
        body_set_string(analyzer, "name", reply->analyzers[i].name);
        body_set_string(analyzer, "arn", reply->analyzers[i].arn);
        body_set_number(analyzer, "unused_days", reply->analyzers[i].unused_days);
        body_set_string(analyzer, "type", reply->analyzers[i].type);
        body_set_string(analyzer, "status", reply->analyzers[i].status);
        body_append(list, analyzer);
    }
    body_set_string(request->reply, "region", region[0] != '\0' ? region : "us-east-1");
    next_page(request, reply, date, ask_analyzers);
}

static void ask_analyzers(struct request *request)
{
    struct call_params params = {0};
    call_params_add(&params, "nextToken", request->marker);
    request_call(request, AWS_LIST_ANALYZERS, &params, analyzers_listed);
}

void handle_list_analyzers(struct request *request)
{
    signer_resolve(request, ask_analyzers);
}
