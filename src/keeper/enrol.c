/* Enrolling a virtual MFA device: made, its seed shown on the terminal, enabled with two codes.
 * AWS tells the seed once; it is kept here until it is shown, and that is done once, too. */
#include "keeper/enrol.h"

#include <stdlib.h>
#include <string.h>

#include "base/guarded.h"
#include "base/safe.h"
#include "base/text.h"
#include "keeper/handlers.h"
#include "keeper/qr.h"
#include "keeper/screen.h"
#include "keeper/signer.h"

enum {
    SEED_ROOM = 256,
    URI_ROOM = QR_TEXT_MOST,
    NOTE_ROOM = 2048,
    MINUTE_MS = 60 * 1000,
    READY_MINUTES = 10,
    SHOWN_MINUTES = 5
};

/* --- create_mfa --------------------------------------------------------------------------------*/

static bool take_seed(struct request *request, const struct secret *sent, struct error *err)
{
    struct enrol *enrol = request->state;
    CLEANUP(secret_cleanup) struct secret *uri = NULL;
    if (!enrol_decode_seed(sent, enrol->seed, err) || !secret_new_empty(URI_ROOM, &uri, err) ||
        !enrol_uri(enrol->user, enrol->account, enrol->seed, uri, err))
        return false;
    /* Without a code the seed can still be shown as letters. */
    (void)!qr_make(&request->context->qr, secret_bytes(uri), secret_length(uri), &enrol->modules,
                   &enrol->width, NULL);
    return true;
}

static void device_created(void *context, const struct aws_reply *reply, const struct error *err,
                           int64_t date)
{
    struct request *request = context;
    struct error failure = {0};
    if (err == NULL && (reply->credentials == NULL || reply->credentials->secret == NULL ||
                        !take_seed(request, reply->credentials->secret, &failure))) {
        if (failure.code == ERROR_NONE)
            error_set(&failure, ERROR_REPLY, "the answer has no seed");
        err = &failure;
    }
    if (err != NULL) {
        request_fail(request, err, date);
        return;
    }
    struct enrol *enrol = request->state;
    text_copy(enrol->serial, sizeof enrol->serial, reply->mfa_serial);
    enrol_forget(request->context);
    request->context->enrol = enrol;
    request->state = NULL;
    body_set_string(request->reply, "serial", reply->mfa_serial);
    body_set_number(request->reply, "date", date);
    request_reply(request);
}

static void create(struct request *request)
{
    struct call_params params = {0};
    call_params_add(&params, "VirtualMFADeviceName", body_string(request->body, "name"));
    request_call(request, AWS_CREATE_VIRTUAL_MFA_DEVICE, &params, device_created);
}

/* The room for the seed is made before the call, which shows it only once. */
static bool prepare(struct request *request, struct error *err)
{
    struct enrol *enrol = calloc(1, sizeof *enrol);
    if (enrol == NULL)
        return error_set(err, ERROR_MEMORY, "preparing an MFA device");
    request->state = enrol;
    request->state_free = enrol_free;
    if (request->context->screen == NULL)
        return error_set(err, ERROR_USAGE, "there is no terminal to show the seed on");
    if (body_string(request->body, "name")[0] == '\0' ||
        !text_copy(enrol->user, sizeof enrol->user, body_string(request->body, "user")) ||
        !text_copy(enrol->account, sizeof enrol->account, body_string(request->body, "account")))
        return error_set(err, ERROR_USAGE, "device, user and account must be named");
    return secret_new_empty(SEED_ROOM, &enrol->seed, err);
}

void handle_create_mfa(struct request *request)
{
    struct error err = {0};
    if (prepare(request, &err))
        signer_resolve(request, create);
    else
        request_fail(request, &err, 0);
}

/* --- show_seed, hide_secret --------------------------------------------------------------------*/

static bool put(struct secret *page, const char *string, struct error *err)
{
    return secret_append(page, string, strlen(string), err);
}

/* In groups of four, eight in a line, as people copy them. */
static bool put_letters(struct secret *page, const struct secret *seed, struct error *err)
{
    enum { GROUP = 4, LINE = 32 };
    const char *bytes = secret_bytes(seed);
    size_t length = strcspn(bytes, "=");
    for (size_t i = 0; i < length; i += GROUP)
        if (!put(page, i == 0 ? "  Key: " : i % LINE == 0 ? "\n       " : " ", err) ||
            !secret_append(page, bytes + i, length - i < GROUP ? length - i : GROUP, err))
            return false;
    return true;
}

static bool make_letters(const struct enrol *enrol, bool drawn, struct secret **ret_page,
                         struct error *err)
{
    CLEANUP(secret_cleanup) struct secret *page = NULL;
    if (!secret_new_empty(NOTE_ROOM, &page, err) || !put(page, "keywright: an MFA device\n\n", err) ||
        !put_letters(page, enrol->seed, err) ||
        !put(page, "\n\nEnter it in the authenticator app, as time-based.\n", err) ||
        !put(page, drawn ? "" : "There is no room here for a QR code, or no UTF-8.\n", err) ||
        !put(page, "\nEnter: I have it.", err) || !put(page, drawn ? "   t: QR code." : "", err) ||
        !put(page, "   q: stop.", err))
        return false;
    *ret_page = page;
    page = NULL;
    return true;
}

static const char under_code[] = "Scan it with the authenticator app. Enter: I have it. t: letters. q: stop.";

static bool code_fits(const struct context *context)
{
    int columns = 0, rows = 0;
    size_t width = context->enrol->width;
    screen_size(context->screen, &columns, &rows);
    size_t note = columns > 0 ? (sizeof under_code - 2) / (size_t)columns + 1 : 0;
    return context->enrol->modules != NULL && columns >= (int)qr_columns(width) &&
           rows >= (int)(qr_rows(width) + note);
}

static bool make_code(const struct enrol *enrol, struct secret **ret_page, struct error *err)
{
    CLEANUP(secret_cleanup) struct secret *page = NULL;
    if (!qr_draw(enrol->modules, enrol->width, sizeof under_code, &page, err) ||
        !put(page, under_code, err))
        return false;
    *ret_page = page;
    page = NULL;
    return true;
}

static bool make_ready(const struct enrol *enrol, struct text *ready, struct error *err)
{
    char serial[160], user[160];
    text_appendf(ready,
                 "keywright: a secret is about to be shown\n\n"
                 "  MFA device  %s\n"
                 "  User        %s\n\n"
                 "What makes its codes will stand on this screen once, for %d minutes at most.\n"
                 "See that nobody looks on and that nothing records this terminal.\n\n"
                 "Enter: show it now.   q: show nothing.\n",
                 safe_copy(serial, sizeof serial, enrol->serial),
                 safe_copy(user, sizeof user, enrol->user), SHOWN_MINUTES);
    return text_ok(ready, err);
}

static void shown(void *context, enum screen_end end, bool was_shown)
{
    struct request *request = context;
    struct error err = {0};
    if (end == SCREEN_LOST) {
        error_set(&err, ERROR_IO, "the terminal was lost");
        request_fail(request, &err, 0);
        return;
    }
    body_set_bool(request->reply, "go_on", was_shown && end != SCREEN_DECLINED);
    body_set_bool(request->reply, "expired", end == SCREEN_EXPIRED);
    request_reply(request);
}

static bool show(struct request *request, struct error *err)
{
    struct context *context = request->context;
    CLEANUP(text_release) struct text ready;
    CLEANUP(secret_cleanup) struct secret *letters = NULL, *code = NULL;
    text_init(&ready, NOTE_ROOM);
    if (context->enrol == NULL)
        return error_set(err, ERROR_USAGE, "there is no seed to show");
    bool drawn = body_bool(request->body, "utf8") && code_fits(context);
    if (!make_ready(context->enrol, &ready, err) ||
        !make_letters(context->enrol, drawn, &letters, err) ||
        (drawn && !make_code(context->enrol, &code, err)))
        return false;
    const struct screen_pages pages = {
        .ready = ready.bytes,
        .ready_ms = (int64_t)READY_MINUTES * MINUTE_MS,
        .secret = drawn ? code : letters,
        .other = drawn ? letters : NULL,
        .shown_ms = (int64_t)SHOWN_MINUTES * MINUTE_MS,
    };
    return screen_begin(context->screen, &pages, shown, request, err);
}

/* Only the screen has it from here on. */
void handle_show_seed(struct request *request)
{
    struct error err = {0};
    struct context *context = request->context;
    bool begun = show(request, &err);
    enrol_forget(context);
    if (!begun)
        request_fail(request, &err, 0);
}

void handle_hide_secret(struct request *request)
{
    enrol_forget(request->context);
    screen_cancel(request->context->screen);
    request_reply(request);
}

/* --- enable_mfa, delete_mfa --------------------------------------------------------------------*/

static void done(void *context, const struct aws_reply *reply, const struct error *err,
                 int64_t date)
{
    struct request *request = context;
    (void)reply;
    if (err != NULL) {
        request_fail(request, err, date);
        return;
    }
    enrol_forget(request->context); /* enabled or deleted: the seed is of no use any more */
    body_set_number(request->reply, "date", date);
    request_reply(request);
}

static void enable(struct request *request)
{
    struct call_params params = {0};
    call_params_add(&params, "UserName", body_string(request->body, "user"));
    call_params_add(&params, "SerialNumber", body_string(request->body, "serial"));
    call_params_add(&params, "AuthenticationCode1", body_string(request->body, "code1"));
    call_params_add(&params, "AuthenticationCode2", body_string(request->body, "code2"));
    request_call(request, AWS_ENABLE_MFA_DEVICE, &params, done);
}

/* AWS deletes no device that a user has (DeleteConflict). */
static void delete_it(struct request *request)
{
    struct call_params params = {0};
    call_params_add(&params, "SerialNumber", body_string(request->body, "serial"));
    request_call(request, AWS_DELETE_VIRTUAL_MFA_DEVICE, &params, done);
}

static bool names(struct request *request, const char *member)
{
    struct error err = {0};
    if (body_string(request->body, member)[0] != '\0')
        return true;
    error_set(&err, ERROR_USAGE, "%s must be named", member);
    request_fail(request, &err, 0);
    return false;
}

void handle_enable_mfa(struct request *request)
{
    if (names(request, "user") && names(request, "serial"))
        signer_resolve(request, enable);
}

void handle_delete_mfa(struct request *request)
{
    if (names(request, "serial"))
        signer_resolve(request, delete_it);
}
