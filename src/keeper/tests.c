/* The operator's tests: a command of the shell with the new pair in its environment, and nothing
 * else of ours. This is the one place where a secret leaves the keeper by an environment
 * (DESIGN 4.5). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/safe.h"
#include "base/text.h"
#include "keeper/handlers.h"
#include "keeper/lookup.h"
#include "keeper/mask.h"

enum { LIMIT_MS = 10 * 60 * 1000, READ_MAX = 16 * 1024, TOLD_MAX = 4 * 1024, VARIABLES_MAX = 16 };

/* Each variable is a secret: two of them are, and one way of handling is enough. */
struct variables {
    size_t count;
    struct secret *each[VARIABLES_MAX];
    struct credentials pair; /* to find it in the output */
};

static void variables_free(void *state)
{
    struct variables *variables = state;
    for (size_t i = 0; i < variables->count; i++)
        secret_free(variables->each[i]);
    credentials_release(&variables->pair);
    free(variables);
}

static bool put_bytes(struct variables *variables, const char *name, const char *value,
                      size_t length, struct error *err)
{
    CLEANUP(secret_cleanup) struct secret *secret = NULL;
    if (length == 0)
        return true;
    if (variables->count == VARIABLES_MAX)
        return error_set(err, ERROR_INTERNAL, "too many variables for a test");
    if (!secret_new_empty(strlen(name) + 1 + length, &secret, err) ||
        !secret_append(secret, name, strlen(name), err) || !secret_append(secret, "=", 1, err) ||
        !secret_append(secret, value, length, err))
        return false;
    variables->each[variables->count++] = secret;
    secret = NULL;
    return true;
}

static bool put(struct variables *variables, const char *name, const char *value, struct error *err)
{
    return value == NULL || put_bytes(variables, name, value, strlen(value), err);
}

static bool put_secret(struct variables *variables, const char *name, const struct secret *secret,
                       struct error *err)
{
    return secret == NULL ||
           put_bytes(variables, name, secret_bytes(secret), secret_length(secret), err);
}

static bool put_endpoints(struct variables *variables, const struct settings *settings,
                          struct error *err)
{
    const char *iam = settings->endpoint_url[AWS_IAM], *sts = settings->endpoint_url[AWS_STS];
    if (strcmp(iam, sts) == 0)
        return put(variables, "AWS_ENDPOINT_URL", iam, err);
    return put(variables, "AWS_ENDPOINT_URL_IAM", iam, err) &&
           put(variables, "AWS_ENDPOINT_URL_STS", sts, err);
}

/* The launcher adds PATH and its like. */
static bool fill(struct variables *variables, struct context *context, struct error *err)
{
    const struct settings *settings = &context->settings;
    return put(variables, "AWS_ACCESS_KEY_ID", variables->pair.key_id, err) &&
           put_secret(variables, "AWS_SECRET_ACCESS_KEY", variables->pair.secret, err) &&
           put_secret(variables, "AWS_SESSION_TOKEN", variables->pair.token, err) &&
           put(variables, "AWS_REGION", settings->region, err) &&
           put(variables, "AWS_DEFAULT_REGION", settings->region, err) &&
           put_endpoints(variables, settings, err) &&
           put(variables, "AWS_CA_BUNDLE", settings->ca_bundle, err);
}

/* --- the result --------------------------------------------------------------------------------*/

/* Lines as they were, each safe for a terminal. */
static void append_lines(struct text *text, char *output)
{
    while (*output != '\0') {
        char *end = strchr(output, '\n');
        if (end != NULL)
            *end = '\0';
        text_append_safe(text, output);
        if (end == NULL)
            return;
        text_append_char(text, '\n');
        output = end + 1;
    }
}

static void ended(void *context, const struct child_result *result)
{
    struct request *request = context;
    const struct variables *variables = request->state;
    struct error err = {0};
    if (result->failed != 0) {
        child_not_started(result, "/bin/sh", &err);
        request_fail(request, &err, 0);
        return;
    }
    CLEANUP(text_release) struct text output;
    text_init(&output, 8 * TOLD_MAX);
    char *bytes = result->output.bytes;
    size_t length =
        mask_secrets(bytes, result->output.length, &variables->pair, result->output.cut);
    size_t skipped = length > TOLD_MAX ? length - TOLD_MAX : 0;
    for (size_t i = skipped; i < length; i++)
        if (bytes[i] == '\0')
            bytes[i] = ' ';
    append_lines(&output, bytes + skipped);
    if (result->timed_out)
        text_append(&output, "(ended after ten minutes)\n");
    body_set_number(request->reply, "status", result->timed_out ? 124 : result->status);
    body_set_string(request->reply, "output", output.bytes);
    body_set_number(request->reply, "date", context_server_now(request->context));
    request_reply(request);
}

static bool start(struct request *request, struct variables *variables, struct error *err)
{
    struct context *context = request->context;
    const char *command = body_string(request->body, "command");
    if (command[0] == '\0')
        return error_set(err, ERROR_USAGE, "no command was given");
    if (!lookup_pair(context, body_string(request->body, "key"), &variables->pair, NULL, err) ||
        !fill(variables, context, err))
        return false;
    struct child_task task = {
        .shell = true,
        .command = command,
        .environment = LAUNCH_BARE,
        .variables = variables->each,
        .variable_count = variables->count,
        .errors = CHILD_ERRORS_MIXED,
        .excess = CHILD_EXCESS_LOSES_BEGINNING,
        .output_max = READ_MAX,
        .limit_ms = LIMIT_MS,
    };
    return children_start(context->children, &task, ended, request, err);
}

void handle_run_test(struct request *request)
{
    struct error err = {0};
    struct variables *variables = calloc(1, sizeof *variables);
    if (variables == NULL) {
        error_set(&err, ERROR_MEMORY, "running a test");
        request_fail(request, &err, 0);
        return;
    }
    credentials_init(&variables->pair);
    request->state = variables;
    request->state_free = variables_free;
    if (!start(request, variables, &err))
        request_fail(request, &err, 0);
}
