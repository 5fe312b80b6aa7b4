#include "keeper/dispatch.h"

#include <json-c/json.h>
#include <stdlib.h>

#include "base/harden.h"
#include "keeper/handlers.h"

enum { IN_HAND_MAX = 64, WAITING_MAX = 100000 };

static request_step *handler_of(enum message_kind kind)
{
    switch (kind) {
    case MESSAGE_HELLO:
        return handle_hello;
    case MESSAGE_DISCOVER:
        return handle_discover;
    case MESSAGE_PREPARE:
        return handle_prepare;
    case MESSAGE_IDENTIFY:
        return handle_identify;
    case MESSAGE_LIST_KEYS:
        return handle_list_keys;
    case MESSAGE_READ_LAST_USED:
        return handle_read_last_used;
    case MESSAGE_LOOKUP_EVENTS:
        return handle_lookup_events;
    case MESSAGE_LIST_USERS:
        return handle_list_users;
    case MESSAGE_LIST_MFA:
        return handle_list_mfa;
    case MESSAGE_GENERATE_REPORT:
        return handle_generate_report;
    case MESSAGE_READ_REPORT:
        return handle_read_report;
    case MESSAGE_READ_SUMMARY:
        return handle_read_summary;
    case MESSAGE_READ_PASSWORD_POLICY:
        return handle_read_password_policy;
    case MESSAGE_READ_ACCESS:
        return handle_read_access;
    case MESSAGE_LIST_DEVICES:
        return handle_list_devices;
    case MESSAGE_LIST_HOLDERS:
        return handle_list_holders;
    case MESSAGE_LIST_ANALYZERS:
        return handle_list_analyzers;
    case MESSAGE_LIST_CERTIFICATES:
        return handle_list_certificates;
    case MESSAGE_CREATE_KEY:
        return handle_create_key;
    case MESSAGE_SWITCH_KEY:
        return handle_switch_key;
    case MESSAGE_DELETE_KEY:
        return handle_delete_key;
    case MESSAGE_PROBE_KEY:
        return handle_probe_key;
    case MESSAGE_SEEK_KEY:
        return handle_seek_key;
    case MESSAGE_TAKE_SESSION:
        return handle_take_session;
    case MESSAGE_TRY_TARGET:
        return handle_try_target;
    case MESSAGE_DELIVER:
        return handle_deliver;
    case MESSAGE_CHECK_TARGET:
        return handle_check_target;
    case MESSAGE_RESTORE:
        return handle_restore;
    case MESSAGE_REMOVE_BACKUP:
        return handle_remove_backup;
    case MESSAGE_RUN_TEST:
        return handle_run_test;
    case MESSAGE_DOCTOR:
        return handle_doctor;
    case MESSAGE_REPLY:
    case MESSAGE_NOTE:
    case MESSAGE_COUNT:
        return NULL;
    }
    return NULL;
}

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
    request_step *handler = handler_of(message->kind);
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
