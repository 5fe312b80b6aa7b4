/* --notify: a command of the operator is told what changed in the account. It gets no credentials, neither in its
 * environment nor otherwise, and only a command that the scope has for just this is run: others take credentials
 * on their standard input, and what the front says is not to pass for these. */
#include "keeper/ended.h"
#include "keeper/handlers.h"
#include "wire/scope.h"

enum { LIMIT_MS = 60 * 1000, OUTPUT_MAX = 16 * 1024 };

static void told(void *context, const struct child_result *result)
{
    struct request *request = context;
    char line[ENDED_LINE_SIZE];
    struct error err = {0};
    ended_last_line(&result->errors, line);
    if (!ended_well(result, body_string(request->body, "command"), LIMIT_MS, line, &err)) {
        request_fail(request, &err, 0);
        return;
    }
    body_set_number(request->reply, "date", context_server_now(request->context));
    request_reply(request);
}

void handle_notify(struct request *request)
{
    struct error err = {0};
    const char *command = body_string(request->body, "command");
    struct child_task task = {
        .command = command,
        .environment = LAUNCH_CLEAN,
        .text = body_string(request->body, "text"),
        .errors = CHILD_ERRORS_APART,
        .excess = CHILD_EXCESS_LOSES_END,
        .output_max = OUTPUT_MAX,
        .limit_ms = LIMIT_MS,
    };
    if (!scope_has(&request->context->scope, SCOPE_NOTIFY, command))
        error_set(&err, ERROR_USAGE, "there is no such command to be told of changes");
    else if (children_start(request->context->children, &task, told, request, &err))
        return;
    request_fail(request, &err, 0);
}
