#include "config.h" /* first: it asks for memmem */

#include "keeper/handover.h"

#include <stdlib.h>
#include <string.h>

#include "base/safe.h"
#include "base/text.h"
#include "keeper/ended.h"

enum { LIMIT_MS = 60 * 1000, OUTPUT_MAX = 64 * 1024 };

struct handover {
    const char *command, *verify;
    struct credentials pair;
};

static void handover_free(void *state)
{
    struct handover *handover = state;
    credentials_release(&handover->pair);
    free(handover);
}

/* --- how it ended ------------------------------------------------------------------------------*/

static bool holds(const struct child_output *output, const struct secret *secret)
{
    return secret != NULL && secret_length(secret) > 0 &&
           memmem(output->bytes, output->length, secret_bytes(secret), secret_length(secret)) !=
               NULL;
}

/* The last line, "" when it could show the secret. */
static void last_line(const struct child_output *errors, const struct credentials *pair,
                      char shown[ENDED_LINE_SIZE])
{
    shown[0] = '\0';
    /* output that was cut could end in the middle of the secret */
    if (errors->length < OUTPUT_MAX && !holds(errors, pair->secret) && !holds(errors, pair->token))
        ended_last_line(errors, shown);
}

static bool went_well(const struct handover *handover, const char *command,
                      const struct child_result *result, struct error *err)
{
    char line[ENDED_LINE_SIZE];
    last_line(&result->errors, &handover->pair, line);
    return ended_well(result, command, LIMIT_MS, line, err);
}

static void finish(struct request *request, bool good, const struct error *err)
{
    int64_t date = context_server_now(request->context);
    if (!good) {
        request_fail(request, err, date);
        return;
    }
    body_set_string(request->reply, "place", "");
    body_set_number(request->reply, "date", date);
    request_reply(request);
}

/* --- the two commands --------------------------------------------------------------------------*/

static bool run(struct request *request, const char *command, const struct secret *input,
                child_done *done, struct error *err)
{
    struct child_task task = {
        .command = command,
        .environment = LAUNCH_CLEAN,
        .input = input,
        .errors = CHILD_ERRORS_APART,
        .excess = CHILD_EXCESS_LOSES_END,
        .output_max = OUTPUT_MAX,
        .limit_ms = LIMIT_MS,
    };
    return children_start(request->context->children, &task, done, request, err);
}

static void verified(void *context, const struct child_result *result)
{
    struct request *request = context;
    const struct handover *handover = request->state;
    const char *key = handover->pair.key_id;
    struct error err = {0};
    char name[ENDED_NAME_SIZE];
    bool good = went_well(handover, handover->verify, result, &err);
    if (good && memmem(result->output.bytes, result->output.length, key, strlen(key)) == NULL)
        good = error_set(&err, ERROR_COMMAND, "%s did not print %s",
                         ended_name(handover->verify, name), key);
    if (!good)
        error_wrap(&err, "verifying");
    finish(request, good, &err);
}

static void taken(void *context, const struct child_result *result)
{
    struct request *request = context;
    const struct handover *handover = request->state;
    struct error err = {0};
    if (!went_well(handover, handover->command, result, &err)) {
        finish(request, false, &err);
    } else if (handover->verify[0] == '\0') {
        finish(request, true, NULL);
    } else if (!run(request, handover->verify, NULL, verified, &err)) {
        error_wrap(&err, "verifying");
        finish(request, false, &err);
    }
}

void handover_start(struct request *request, const struct deliver_request *target,
                    struct credentials *pair)
{
    struct error err = {0};
    CLEANUP(secret_cleanup) struct secret *input = NULL;
    struct handover *handover = calloc(1, sizeof *handover);
    if (handover == NULL) {
        error_set(&err, ERROR_MEMORY, "running a command");
        finish(request, false, &err);
        return;
    }
    *handover = (struct handover){
        .command = deliver_command(target->spec), .verify = target->verify, .pair = *pair};
    credentials_init(pair);
    request->state = handover;
    request->state_free = handover_free;
    if (!deliver_command_input(&handover->pair, &input, &err) ||
        !run(request, handover->command, input, taken, &err))
        finish(request, false, &err);
}
