/* MFA sessions: of a pair by GetSessionToken, or of a role that wants a code. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "keeper/device.h"
#include "keeper/ended.h"
#include "keeper/handlers.h"
#include "keeper/signer.h"

static void free_pair(void *pair)
{
    pair_free(pair);
}

static void not_taken(void *context, const struct error *err)
{
    request_fail(context, err, 0);
}

static void session_taken(void *context, const struct aws_reply *reply, const struct error *err,
                          int64_t date)
{
    struct request *request = context;
    if (err != NULL && err->code == ERROR_MFA_DEVICE && body_bool(request->body, "explain")) {
        device_explain(request, &request->signer, body_string(request->body, "serial"), err, not_taken, request);
        return;
    }
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

/* A code that was sent is not sent again: AWS would count it as a wrong one. */
static bool fresh_code(struct request *request, const char *code, struct error *err)
{
    if (signer_code_is_spent(request->context, code))
        return error_set(err, ERROR_MFA_USED, "this MFA code was used already: each counts once, "
                                              "until the device shows the next one");
    return true;
}

static void take(struct request *request)
{
    struct error err = {0};
    const char *signer = body_string(request->body, "signer");
    const char *code = body_string(request->body, "code");
    if (code[0] != '\0' && !fresh_code(request, code, &err)) {
        request_fail(request, &err, 0);
    } else if (signer[0] == '\0' && signer_role_wants_code(request->context)) {
        if (signer_give_code(request->context, code, &err))
            signer_resolve(request, role_taken);
        else
            request_fail(request, &err, 0);
    } else if (prepare(request, &err)) {
        signer_spend_code(request->context, code);
        take_by_pair(request);
    } else {
        request_fail(request, &err, 0);
    }
}

/* --- a command that prints the code ------------------------------------------------------------*/

enum { COMMAND_OUTPUT_MAX = 256 };

static bool take_printed(struct request *request, const struct child_result *result,
                         struct error *err)
{
    char code[16];
    const char *printed = result->output.bytes;
    if (!ended_giving(result, request->context->settings.timeout, COMMAND_OUTPUT_MAX, err))
        return false;
    printed += strspn(printed, " \t\r\n");
    size_t length = strspn(printed, "0123456789");
    if (length != 6 || printed[6 + strspn(printed + 6, " \t\r\n")] != '\0')
        return error_set(err, ERROR_COMMAND, "it did not print six digits and nothing else");
    memcpy(code, printed, length);
    code[length] = '\0';
    body_set_string(request->body, "code", code);
    secret_wipe(code, sizeof code);
    return true;
}

static void printed(void *context, const struct child_result *result)
{
    struct request *request = context;
    struct error err = {0};
    if (take_printed(request, result, &err)) {
        take(request);
        return;
    }
    error_wrap(&err, "the command for MFA codes");
    request_fail(request, &err, 0);
}

static void run_command(struct request *request, const char *command)
{
    struct error err = {0};
    struct child_task task = {
        .command = command,
        .environment = LAUNCH_INHERIT,
        .errors = CHILD_ERRORS_LOST,
        .excess = CHILD_EXCESS_ENDS_IT,
        .output_max = COMMAND_OUTPUT_MAX,
        .limit_ms = ended_limit_ms(request->context->settings.timeout),
    };
    if (children_start(request->context->children, &task, printed, request, &err))
        return;
    error_wrap(&err, "the command for MFA codes");
    request_fail(request, &err, 0);
}

void handle_take_session(struct request *request)
{
    const char *command = body_string(request->body, "command");
    if (command[0] != '\0' && body_string(request->body, "code")[0] == '\0')
        run_command(request, command);
    else
        take(request);
}
