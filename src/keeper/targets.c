/* Targets of the prepared rotation: try, hand over, read back, restore, clean up. The work on files
 * is the deliver room's, and done in moments; commands are handover.c's. */
#include <string.h>

#include "base/text.h"
#include "base/safe.h"
#include "keeper/handlers.h"
#include "keeper/handover.h"
#include "keeper/lookup.h"
#include "keeper/probe.h"
#include "keeper/showing.h"

static const char *spec_of(const struct request *request)
{
    return body_string(request->body, "spec");
}

static bool prepare(struct request *request, struct deliver_request *ret_request, struct error *err)
{
    if (!lookup_prepared(request->context, spec_of(request), body_string(request->body, "key"),
                         body_string(request->body, "verify"), ret_request, err))
        return false;
    ret_request->user = body_string(request->body, "user");
    return true;
}

/* The common end of what answers at once. AWS was not asked: its clock is told as it is known. */
static void answer(struct request *request, bool good, const struct text *place,
                   const struct error *err)
{
    int64_t date = context_server_now(request->context);
    if (!good) {
        request_fail(request, err, date);
        return;
    }
    body_set_string(request->reply, "place", place->bytes);
    body_set_number(request->reply, "date", date);
    request_reply(request);
}

/* The commands that a target takes were known before the cage was closed. */
static bool can_be_run(const struct children *children, const char *command, struct error *err)
{
    char shown[256];
    if (command == NULL || command[0] == '\0' || children_know(children, false, command))
        return true;
    return error_set(
        err, ERROR_TARGET,
        "the command '%s' was not known when keywright was started: leave it and start "
        "it again",
        safe_copy(shown, sizeof shown, command));
}

void handle_try_target(struct request *request)
{
    struct error err = {0};
    struct deliver_request target;
    const struct children *children = request->context->children;
    CLEANUP(text_release) struct text place;
    text_init(&place, 4096);
    bool good = prepare(request, &target, &err) && deliver_try(&target, &place, &err) &&
                (!deliver_shows(target.spec) || showing_possible(request->context, &err)) &&
                can_be_run(children, deliver_command(target.spec), &err) &&
                (deliver_command(target.spec) == NULL || can_be_run(children, target.verify, &err));
    answer(request, good, &place, &err);
}

void handle_deliver(struct request *request)
{
    struct error err = {0};
    struct deliver_request target;
    CLEANUP(text_release) struct text place;
    CLEANUP(credentials_release) struct credentials pair;
    text_init(&place, 4096);
    credentials_init(&pair);
    bool good = prepare(request, &target, &err) &&
                lookup_pair(request->context, body_string(request->body, "key"), &pair, NULL, &err);
    if (good && deliver_command(target.spec) != NULL) {
        handover_start(request, &target, &pair);
        return;
    }
    if (good && deliver_shows(target.spec)) {
        showing_start(request, &target, &pair);
        return;
    }
    good = good && deliver_hand_over(&target, &pair, &place, &err);
    answer(request, good, &place, &err);
}

/* A command that was given the new pair cannot be edited: it is handed the old one likewise. */
static void hand_back(struct request *request, const struct deliver_request *target)
{
    struct error err = {0};
    CLEANUP(credentials_release) struct credentials pair;
    credentials_init(&pair);
    const char *old_key = request->context->prepared.old_key;
    struct deliver_request back = *target;
    back.old_key = target->new_key;
    back.new_key = old_key;
    if (lookup_pair(request->context, old_key, &pair, NULL, &err))
        handover_start(request, &back, &pair);
    else
        request_fail(request, &err, context_server_now(request->context));
}

/* Restoring names a key, which may be the old or the new one: both are known from `prepare`. */
void handle_restore(struct request *request)
{
    struct error err = {0};
    struct deliver_request target;
    CLEANUP(text_release) struct text place;
    text_init(&place, 4096);
    const char *key = body_string(request->body, "key");
    bool is_old = strcmp(key, request->context->prepared.old_key) == 0;
    bool good =
        lookup_prepared(request->context, spec_of(request), is_old ? "" : key, "", &target, &err);
    if (good && deliver_command(target.spec) != NULL) {
        hand_back(request, &target);
        return;
    }
    good = good && deliver_restore(&target, &err);
    answer(request, good, &place, &err);
}

void handle_remove_backup(struct request *request)
{
    struct error err = {0};
    struct deliver_request target;
    CLEANUP(text_release) struct text place;
    text_init(&place, 4096);
    bool good = lookup_prepared(request->context, spec_of(request), "", "", &target, &err) &&
                deliver_remove_backup(&target, &place, &err);
    answer(request, good, &place, &err);
}

/* --- check_target ------------------------------------------------------------------------------*/

static void probed(struct request *request, const struct probe_result *result)
{
    probe_put(request, result);
    request_reply(request);
}

/* What needs no probe. */
static void put_unprobed(struct request *request, const char *found, const char *verdict,
                         const char *text)
{
    struct probe_result result = {
        .verdict = verdict,
        .date = context_server_now(request->context),
    };
    text_copy(result.text, sizeof result.text, text);
    body_set_string(request->reply, "found", found);
    probed(request, &result);
}

void handle_check_target(struct request *request)
{
    struct error err = {0};
    struct deliver_request target;
    CLEANUP(credentials_release) struct credentials pair;
    credentials_init(&pair);
    bool readable = false, old_key_there = false;
    const char *key = body_string(request->body, "key");
    if (!prepare(request, &target, &err) || !deliver_describe(target.spec, &readable, &err)) {
        request_fail(request, &err, 0);
    } else if (!readable) {
        put_unprobed(request, "", "unreadable", "this target cannot be read back");
    } else if (!deliver_read(&target, &pair, &old_key_there, &err)) {
        request_fail(request, &err, 0);
    } else if (old_key_there) {
        put_unprobed(request, target.old_key, "unknown", "the old key still stands there");
    } else if (pair.secret == NULL || strcmp(pair.key_id, key) != 0) {
        put_unprobed(request, pair.key_id, "unknown", "the new key does not stand there");
    } else {
        body_set_string(request->reply, "found", pair.key_id);
        probe_start(request, &pair, body_number(request->body, "count"), "", false, probed);
    }
}
