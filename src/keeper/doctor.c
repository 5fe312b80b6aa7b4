/* What is set up, what is missing, what is unsafe. Every check is made; none needs another. */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "aws/endpoint.h"
#include "base/safe.h"
#include "base/text.h"
#include "keeper/handlers.h"
#include "keeper/notices.h"
#include "keeper/signer.h"
#include "keeper/steps.h"

enum { SKEW_NOTED = 60, SKEW_MAX = 300 /* seconds; AWS refuses at 900 */ };

static void add(struct request *request, const char *name, const char *status, const char *text,
                const char *remedy)
{
    struct json_object *check = json_object_new_object();
    body_set_string(check, "name", name);
    body_set_string(check, "status", status);
    body_set_string(check, "text", text);
    body_set_string(check, "remedy", remedy);
    body_append(body_array(request->reply, "checks"), check);
}

static void add_error(struct request *request, const char *name, const struct error *err)
{
    add(request, name, "fail", err->text, error_remedy(err->code));
}

/* --- files -------------------------------------------------------------------------------------*/

static void check_file(struct request *request, const struct profile_set *files,
                       enum profile_file_kind kind, const char *name)
{
    const struct profile_file *file = profile_set_file(files, kind);
    char shown[512], text[600], remedy[600];
    safe_copy(shown, sizeof shown, profile_file_path(file));
    if (!profile_file_exists(file)) {
        snprintf(text, sizeof text, "%s is not there", shown);
        add(request, name, "ok", text, "");
        return;
    }
    struct json_object *notices = json_object_new_array();
    notices_add_file(file, notices);
    size_t count = body_count(notices);
    unsigned mode = 0;
    snprintf(remedy, sizeof remedy, "chmod 600 %s", shown);
    bool loose = notices_loose_mode(file, &mode);
    for (size_t i = 0; i < count; i++)
        add(request, name, "warn", json_object_get_string(json_object_array_get_idx(notices, i)),
            loose && i == 0 ? remedy : "mend the file");
    bool whole = body_whole(notices);
    json_object_put(notices);
    if (!whole) {
        add(request, name, "fail", "no room to look at the file", error_remedy(ERROR_MEMORY));
    } else if (count == 0) {
        snprintf(text, sizeof text, "%s is readable by you alone and well-formed", shown);
        add(request, name, "ok", text, "");
    }
}

static void check_files(struct request *request)
{
    const struct profile_set *files = NULL;
    struct error err = {0};
    if (!context_files(request->context, &files, &err)) {
        add_error(request, "files", &err);
        return;
    }
    check_file(request, files, PROFILE_CREDENTIALS_FILE, "credentials_file");
    check_file(request, files, PROFILE_CONFIG_FILE, "config_file");
}

/* --- this process ------------------------------------------------------------------------------*/

static bool can_dump(void)
{
    struct rlimit core = {0, 0};
    bool limited = getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0;
#ifdef __linux__
    return !limited || prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1;
#else
    return !limited;
#endif
}

static void check_process(struct request *request)
{
    if (request->context->memory_locked)
        add(request, "memory", "ok", "secrets are locked into memory and never swapped", "");
    else
        add(request, "memory", "warn", "secrets could not be locked into memory and may be swapped",
            "raise the limit of locked memory (ulimit -l), or encrypt the swap");
    if (can_dump())
        add(request, "core_files", "fail", "the keeper could leave a core file", "report it");
    else
        add(request, "core_files", "ok", "the keeper leaves no core file", "");
    char cage[512], text[600];
    const struct cage_report *report = &request->context->cage;
    cage_describe(report, CAGE_CLIENT, cage, sizeof cage);
    snprintf(text, sizeof text, "the keeper: %s", cage);
    add(request, "sandbox_keeper",
        cage_is_whole(report)  ? "ok"
        : report->switched_off ? "warn"
                               : "note",
        text, "unset KEYWRIGHT_SANDBOX");
}

/* --- settings ----------------------------------------------------------------------------------*/

static void check_endpoint(struct request *request, enum aws_service service)
{
    const struct settings *settings = &request->context->settings;
    const char *url = settings->endpoint_url[service];
    struct aws_endpoint endpoint;
    struct error err = {0};
    char name[32], text[800];
    snprintf(name, sizeof name, "endpoint_%s", aws_service_name(service));
    if (!aws_endpoint_resolve(service, settings->region, settings->use_fips,
                              settings->use_dualstack, url[0] != '\0' ? url : NULL, &endpoint,
                              &err)) {
        add_error(request, name, &err);
        return;
    }
    snprintf(text, sizeof text, "%s, signed for %s%s", endpoint.url, endpoint.signing_region,
             url[0] != '\0' ? " (set by you, not AWS's own)" : "");
    add(request, name, "ok", text, "");
}

static void check_path(struct request *request)
{
    struct context *context = request->context;
    CLEANUP(chain_release) struct chain chain = {0};
    struct error err = {0};
    if (!context_chain(context, settings_signing_profile(&context->settings), &chain, &err)) {
        add_error(request, "credentials", &err);
        return;
    }
    /* The instance's service is the last resort: nobody knows yet if there is one. */
    bool last_resort = chain.links[0].kind == CHAIN_METADATA;
    add(request, "credentials", last_resort ? "note" : "ok", chain.explanation, "");
    if (chain.warning[0] != '\0')
        add(request, "credentials", "warn", chain.warning,
            "unset the AWS_* variables, or name the profile with --profile");
}

/* --- AWS ---------------------------------------------------------------------------------------*/

static void check_clock(struct request *request, int64_t skew)
{
    char text[160];
    int64_t size = skew < 0 ? -skew : skew;
    snprintf(text, sizeof text, "this computer's clock is %lld s %s AWS's", (long long)size,
             skew < 0 ? "behind" : "ahead of");
    add(request, "clock",
        size >= SKEW_MAX     ? "fail"
        : size >= SKEW_NOTED ? "warn"
                             : "ok",
        size == 0 ? "this computer's clock agrees with AWS's" : text,
        size >= SKEW_NOTED ? "set the clock (NTP)" : "");
}

/* AWS does not say who it is, and why: whom the credentials speak for is then not known. */
static void tell_unanswered(struct request *request, const struct error *err)
{
    struct error failure = *err;
    const struct settings *settings = &request->context->settings;
    const char *url = settings->endpoint_url[AWS_STS];
    struct aws_endpoint endpoint;
    bool away = err->code == ERROR_NETWORK || err->code == ERROR_TIMEOUT ||
                err->code == ERROR_UNANSWERED || err->code == ERROR_TLS;
    if (away && aws_endpoint_resolve(AWS_STS, settings->region, settings->use_fips,
                                     settings->use_dualstack, url[0] != '\0' ? url : NULL,
                                     &endpoint, NULL))
        error_wrap(&failure, "%s cannot be reached, so whom %s speaks for is not known",
                   endpoint.url, request->signer_key);
    steps_add(request, "GetCallerIdentity", "failed", "%s", failure.text);
    add_error(request, "identity", &failure);
}

static void asked(void *context, const struct aws_reply *reply, const struct error *err,
                  int64_t date)
{
    (void)date;
    struct request *request = context;
    char text[900];
    if (err != NULL) {
        tell_unanswered(request, err);
    } else {
        steps_add(request, "GetCallerIdentity", "done", "%s", reply->arn);
        body_set_string(request->reply, "arn", reply->arn);
        body_set_string(request->reply, "account", reply->account);
        body_set_string(request->reply, "key", request->signer_key);
        snprintf(text, sizeof text, "%s in account %s, signed by %s", reply->arn, reply->account,
                 request->signer_key);
        add(request, "identity", "ok", text, "");
        check_clock(request, reply->skew);
    }
    request_reply(request);
}

static void ask(struct request *request)
{
    struct error err = {0};
    if (request_call_as(request, &request->signer, AWS_GET_CALLER_IDENTITY, NULL, asked, request,
                        &err))
        return;
    add_error(request, "identity", &err);
    request_reply(request);
}

/* Without credentials the checks that were made are the answer. */
static void no_signer(struct request *request, const struct error *err)
{
    add_error(request, "identity", err);
    request_reply(request);
}

static void check_all(struct request *request)
{
    check_files(request);
    check_process(request);
    for (int service = 0; service < AWS_SERVICE_COUNT; service++)
        check_endpoint(request, (enum aws_service)service);
}

void handle_doctor(struct request *request)
{
    body_put_list(request->reply, "checks");
    bool leads_on = true;
    if (body_bool(request->body, "identity")) {
        steps_begin(request);
        leads_on = steps_add_chain(request);
    } else {
        check_all(request);
    }
    check_path(request);
    struct error err = {0};
    const char *code = body_string(request->body, "code");
    if (code[0] != '\0' && !signer_give_code(request->context, code, &err))
        no_signer(request, &err);
    else if (leads_on)
        signer_resolve_or(request, ask, no_signer);
    else
        request_reply(request);
}
