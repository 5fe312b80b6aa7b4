#include "keeper/dispatch.h"

#include <json-c/json.h>
#include <stdlib.h>

#include "base/harden.h"
#include "keeper/handlers.h"

enum { IN_HAND_MAX = 64, WAITING_MAX = 100000 };

/* None for what the keeper itself says. */
static request_step *const handlers[MESSAGE_COUNT] = {
    [MESSAGE_HELLO] = handle_hello,
    [MESSAGE_DISCOVER] = handle_discover,
    [MESSAGE_PREPARE] = handle_prepare,
    [MESSAGE_IDENTIFY] = handle_identify,
    [MESSAGE_LIST_KEYS] = handle_list_keys,
    [MESSAGE_READ_LAST_USED] = handle_read_last_used,
    [MESSAGE_LOOKUP_EVENTS] = handle_lookup_events,
    [MESSAGE_LIST_USERS] = handle_list_users,
    [MESSAGE_LIST_MFA] = handle_list_mfa,
    [MESSAGE_GENERATE_REPORT] = handle_generate_report,
    [MESSAGE_READ_REPORT] = handle_read_report,
    [MESSAGE_READ_SUMMARY] = handle_read_summary,
    [MESSAGE_READ_PASSWORD_POLICY] = handle_read_password_policy,
    [MESSAGE_READ_ACCESS] = handle_read_access,
    [MESSAGE_LIST_ANALYZERS] = handle_list_analyzers,
    [MESSAGE_LIST_UNUSED] = handle_list_unused,
    [MESSAGE_VALIDATE_POLICY] = handle_validate_policy,
    [MESSAGE_LIST_TRAILS] = handle_list_trails,
    [MESSAGE_LIST_DEVICES] = handle_list_devices,
    [MESSAGE_LIST_HOLDERS] = handle_list_holders,
    [MESSAGE_LIST_CERTIFICATES] = handle_list_certificates,
    [MESSAGE_CREATE_KEY] = handle_create_key,
    [MESSAGE_SWITCH_KEY] = handle_switch_key,
    [MESSAGE_DELETE_KEY] = handle_delete_key,
    [MESSAGE_PROBE_KEY] = handle_probe_key,
    [MESSAGE_SEEK_KEY] = handle_seek_key,
    [MESSAGE_KEEP_SESSION] = handle_keep_session,
    [MESSAGE_CREATE_MFA] = handle_create_mfa,
    [MESSAGE_SHOW_SEED] = handle_show_seed,
    [MESSAGE_HIDE_SECRET] = handle_hide_secret,
    [MESSAGE_ENABLE_MFA] = handle_enable_mfa,
    [MESSAGE_DELETE_MFA] = handle_delete_mfa,
    [MESSAGE_TAKE_SESSION] = handle_take_session,
    [MESSAGE_TRY_TARGET] = handle_try_target,
    [MESSAGE_DELIVER] = handle_deliver,
    [MESSAGE_CHECK_TARGET] = handle_check_target,
    [MESSAGE_RESTORE] = handle_restore,
    [MESSAGE_REMOVE_BACKUP] = handle_remove_backup,
    [MESSAGE_RUN_TEST] = handle_run_test,
    [MESSAGE_NOTIFY] = handle_notify,
    [MESSAGE_DOCTOR] = handle_doctor,
};

void dispatch_release(struct dispatch *dispatch)
{
    for (size_t i = dispatch->first; i < dispatch->count; i++)
        message_release(&dispatch->waiting[i]);
    free(dispatch->waiting);
    *dispatch = (struct dispatch){0};
}

static bool make_room(struct dispatch *dispatch, struct error *err)
{
    if (dispatch->first == dispatch->count)
        dispatch->first = dispatch->count = 0;
    if (dispatch->count < dispatch->room)
        return true;
    size_t room = dispatch->room == 0 ? 64 : dispatch->room * 2;
    struct message *waiting =
        room <= WAITING_MAX ? realloc(dispatch->waiting, room * sizeof *waiting) : NULL;
    if (waiting == NULL)
        return error_set(err, ERROR_LIMIT, "too many requests wait");
    dispatch->waiting = waiting;
    dispatch->room = room;
    return true;
}

bool dispatch_receive(struct dispatch *dispatch, struct context *context, struct error *err)
{
    for (;;) {
        struct message message = {0};
        bool got = false;
        if (!make_room(dispatch, err) || !door_receive(context->door, &got, &message, err))
            return false;
        if (!got)
            return true;
        dispatch->waiting[dispatch->count++] = message;
    }
}

static void begin(struct context *context, struct message *message)
{
    struct request *request = NULL;
    struct error err = {0};
    request_step *handler = handlers[message->kind];
    if (!request_new(context, message, &request, &err)) {
        message_release(message); /* without memory there is no answer either */
        door_hang_up(context->door);
    } else if (handler == NULL) {
        error_set(&err, ERROR_USAGE, "'%s' is not a request", message_name(request->kind));
        request_fail(request, &err, 0);
    } else if (!context->greeted && request->kind != MESSAGE_HELLO) {
        error_set(&err, ERROR_USAGE, "'hello' comes first");
        if (context->hello_error.code != ERROR_NONE)
            err = context->hello_error;
        request_fail(request, &err, 0);
    } else {
        handler(request);
    }
}

void dispatch_begin(struct dispatch *dispatch, struct context *context)
{
    while (dispatch->first < dispatch->count && context->request_count < IN_HAND_MAX) {
        begin(context, &dispatch->waiting[dispatch->first++]);
        harden_wipe_traces();
    }
}
