#include "keeper/steps.h"

#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/safe.h"
#include "base/when.h"

void steps_begin(struct request *request)
{
    body_put_list(request->reply, "steps");
}

bool steps_wanted(const struct request *request)
{
    return body_array(request->reply, "steps") != NULL;
}

static void put(void *context, const char *place, const char *result, const char *text)
{
    struct request *request = context;
    struct json_object *step = json_object_new_object();
    body_set_string(step, "place", place);
    body_set_string(step, "result", result);
    body_set_string(step, "text", text);
    body_append(body_array(request->reply, "steps"), step);
}

void steps_add(struct request *request, const char *place, const char *result, const char *format,
               ...)
{
    char text[1024];
    va_list args;
    if (!steps_wanted(request))
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    put(request, place, result, text);
}

void steps_add_given(struct request *request, const char *place,
                     const struct credentials *credentials, const struct error *err)
{
    char shown[256], until[WHEN_TEXT_SIZE];
    if (credentials == NULL)
        steps_add(request, place, "failed", "%s", err->text);
    else
        steps_add(request, place, "done", "gives %s%s%s",
                  safe_copy(shown, sizeof shown, credentials->key_id),
                  credentials->expires != 0 ? ", good until " : "",
                  when_format(credentials->expires, until));
}

bool steps_add_chain(struct request *request)
{
    struct context *context = request->context;
    const struct profile_set *files = NULL;
    CLEANUP(chain_release) struct chain chain = {0};
    struct error err = {0};
    if (context_files(context, &files, &err) &&
        profile_chain_told(files, context_environment, context,
                           settings_signing_profile(&context->settings), put, request, &chain,
                           &err))
        return true;
    steps_add(request, "credentials", "failed", "%s", err.text);
    return false;
}

const char *steps_source_name(enum chain_link_kind kind)
{
    switch (kind) {
    case CHAIN_ENVIRONMENT:
        return "environment";
    case CHAIN_STATIC:
        return "keys of a profile";
    case CHAIN_PROCESS:
        return "credential_process";
    case CHAIN_ROLE:
        return "AssumeRole";
    case CHAIN_WEB_IDENTITY:
        return "AssumeRoleWithWebIdentity";
    case CHAIN_SSO:
        return "IAM Identity Center";
    case CHAIN_LOGIN:
        return "aws login";
    case CHAIN_CONTAINER:
        return "container";
    case CHAIN_METADATA:
        return "instance metadata";
    }
    return "";
}
