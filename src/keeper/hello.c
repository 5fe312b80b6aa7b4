/* The first request: what this run works with; and which rotation it works for. */
#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "aws/endpoint.h"
#include "aws/proxy.h"
#include "base/safe.h"
#include "base/secret.h"
#include "base/text.h"
#include "keeper/confine.h"
#include "keeper/handlers.h"
#include "keeper/notices.h"
#include "keeper/signer.h"

/* libcurl reads its proxy from the process's environment; the front may have sealed it. A plain http://
 * URL is never asked through one, so http_proxy does not count. */
static bool adopt_proxies(struct context *context, struct error *err)
{
    static const char *const names[] = {"HTTPS_PROXY", "https_proxy", "ALL_PROXY",
                                        "all_proxy",   "NO_PROXY",    "no_proxy"};
    enum { PROXIES = 4 };
    char proxy[2048];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = context_environment(context, names[i]);
        if (value == NULL)
            continue;
        if (i < PROXIES && !proxy_complete(value, proxy, sizeof proxy, err))
            return error_wrap(err, "%s", names[i]);
        setenv(names[i], i < PROXIES ? proxy : value, 1);
    }
    secret_wipe(proxy, sizeof proxy);
    return true;
}

static const char *const endpoint_members[AWS_SERVICE_COUNT] = {
    [AWS_IAM] = "endpoint_iam",
    [AWS_STS] = "endpoint_sts",
    [AWS_SSO] = "endpoint_sso",
    [AWS_CLOUDTRAIL] = "endpoint_cloudtrail",
    [AWS_ACCESS_ANALYZER] = "endpoint_access_analyzer",
};

static bool resolve(struct request *request, struct settings *ret_settings, struct error *err)
{
    struct context *context = request->context;
    const struct profile_set *files = NULL;
    const char *version = body_string(request->body, "version");
    struct settings_options options = {
        .profile = body_string(request->body, "profile"),
        .as_profile = body_string(request->body, "as_profile"),
        .region = body_string(request->body, "region"),
        .endpoint_url = body_string(request->body, "endpoint_url"),
        .use_fips = body_bool(request->body, "use_fips"),
        .use_dualstack = body_bool(request->body, "use_dualstack"),
        .timeout = body_number(request->body, "timeout"),
    };
    for (int service = 0; service < AWS_SERVICE_COUNT; service++)
        options.endpoints[service] = body_string(request->body, endpoint_members[service]);
    if (version[0] != '\0' && strcmp(version, PACKAGE_VERSION) != 0)
        return error_set(err, ERROR_INTERNAL,
                         "the keeper is version %s and the program that started it is not: install "
                         "both from one build",
                         PACKAGE_VERSION);
    if (context->request_count > 1)
        return error_set(err, ERROR_BUSY, "the keeper is at work");
    /* Files that cannot be read are told as a warning here and as an error where they are needed,
     * so that `doctor` can say more. */
    if (!context_files(context, &files, NULL))
        files = NULL;
    return settings_resolve(&options, files, context_environment, context, ret_settings, err);
}

/* Whether a later run has to name the profile to speak for the same identity. */
static const char *profile_source(struct context *context, const struct chain *chain)
{
    bool outside = true; /* the credentials are the surroundings', not a profile's */
    if (context->settings.profile_named)
        return "option";
    switch (chain->count > 0 ? chain->links[0].kind : CHAIN_ENVIRONMENT) {
    case CHAIN_STATIC:
    case CHAIN_PROCESS:
    case CHAIN_ROLE:
    case CHAIN_SSO:
    case CHAIN_LOGIN:
        outside = false;
        break;
    case CHAIN_WEB_IDENTITY:
        outside = context_environment(context, "AWS_WEB_IDENTITY_TOKEN_FILE") != NULL;
        break;
    case CHAIN_ENVIRONMENT:
    case CHAIN_CONTAINER:
    case CHAIN_METADATA:
        break;
    }
    return outside || context->settings.as_profile[0] != '\0' ? "none" : "identity";
}

static void tell_settings(struct request *request)
{
    const struct settings *settings = &request->context->settings;
    struct json_object *reply = request->reply;
    body_set_string(reply, "region", settings->region);
    body_set_string(reply, "partition", aws_partition(settings->region));
    body_set_string(reply, "home_region", aws_home_region(settings->region));
    body_set_string(reply, "regions", aws_regions(settings->region));
    body_set_string(reply, "profile", settings->profile);
    for (int service = 0; service < AWS_SERVICE_COUNT; service++) {
        const char *url = settings->endpoint_url[service];
        body_set_string(reply, endpoint_members[service], url[0] != '\0' ? url : ENDPOINT_AWS);
    }
    body_set_bool(reply, "use_fips", settings->use_fips);
    body_set_bool(reply, "use_dualstack", settings->use_dualstack);
}

/* Which way the credentials come, or why they do not: not an error yet. */
static bool explain(struct request *request, struct json_object *warnings, struct error *err)
{
    struct context *context = request->context;
    struct error why = {0};
    CLEANUP(chain_release) struct chain chain = {0};
    bool found = context_chain(context, settings_signing_profile(&context->settings), &chain, &why);
    body_set_string(request->reply, "profile_source", profile_source(context, &chain));
    if (found) {
        body_set_string(request->reply, "code_of", signer_device(&chain));
        body_set_string(request->reply, "explanation", chain.explanation);
        body_set_string(request->reply, "surprise", chain.warning);
        if (chain.warning[0] != '\0')
            body_append(warnings, json_object_new_string(chain.warning));
        return true;
    }
    if (why.code == ERROR_PROFILE_UNKNOWN) {
        if (err != NULL)
            *err = why;
        return false;
    }
    body_set_string(request->reply, "explanation", why.text);
    if (why.code != ERROR_NO_CREDENTIALS)
        body_append(warnings, json_object_new_string(why.text));
    return true;
}

void handle_hello(struct request *request)
{
    struct context *context = request->context;
    struct error err = {0};
    struct settings settings;
    if (context->greeted) {
        error_set(&err, ERROR_USAGE, "'hello' was said already");
        request_fail(request, &err, 0);
        return;
    }
    if (!resolve(request, &settings, &err)) {
        context->hello_error = err;
        request_fail(request, &err, 0);
        return;
    }
    context->settings = settings;
    context->notes = body_bool(request->body, "notes");
    if (!adopt_proxies(context, &err) || !keeper_confine(context, &err)) {
        context->hello_error = err;
        request_fail(request, &err, 0);
        return;
    }
    context->greeted = true;
    struct json_object *warnings = body_put_list(request->reply, "warnings");
    body_set_string(request->reply, "version", PACKAGE_VERSION);
    tell_settings(request);
    if (!explain(request, warnings, &err)) {
        request_fail(request, &err, 0);
        return;
    }
    if (context->files != NULL)
        notices_add_files(context->files, warnings);
    request_reply(request);
}

/* --- prepare -----------------------------------------------------------------------------------*/

static bool take_specs(struct request *request, struct prepared *prepared, struct error *err)
{
    struct json_object *specs = body_array(request->body, "specs");
    size_t count = body_count(specs);
    if (count > PREPARED_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d targets", PREPARED_MAX);
    for (size_t i = 0; i < count; i++) {
        const char *spec = json_object_get_string(json_object_array_get_idx(specs, i));
        prepared->specs[i] = spec != NULL ? strdup(spec) : NULL;
        if (prepared->specs[i] == NULL)
            return error_set(err, ERROR_MEMORY, "preparing a rotation");
        prepared->count = i + 1;
    }
    return true;
}

/* The ID becomes part of a file's name. */
static bool is_plain(const char *id)
{
    return id[0] != '\0' && strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                       "0123456789-_") == strlen(id);
}

void handle_prepare(struct request *request)
{
    struct error err = {0};
    CLEANUP(prepared_release) struct prepared prepared = {0};
    const char *rotation = body_string(request->body, "rotation");
    bool good =
        is_plain(rotation) && text_copy(prepared.rotation, sizeof prepared.rotation, rotation) &&
        text_copy(prepared.old_key, sizeof prepared.old_key,
                  body_string(request->body, "old_key")) &&
        text_copy(prepared.new_key, sizeof prepared.new_key, body_string(request->body, "new_key"));
    if (!good)
        error_set(&err, ERROR_USAGE, "a rotation's ID or key is not in its form");
    if (!good || !take_specs(request, &prepared, &err)) {
        request_fail(request, &err, 0);
        return;
    }
    prepared_release(&request->context->prepared);
    request->context->prepared = prepared;
    prepared = (struct prepared){0};
    request_reply(request);
}
