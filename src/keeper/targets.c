/* Targets of the prepared rotation: try, hand over, read back, restore, clean up. The work itself
 * is the deliver room's; it is local and bounded in time. */
#include <string.h>

#include "base/text.h"
#include "keeper/handlers.h"
#include "keeper/lookup.h"
#include "keeper/probe.h"

static const char *spec_of(const struct request *request)
{
    return body_string(request->body, "spec");
}

static bool prepare(struct request *request, struct deliver_request *ret_request, struct error *err)
{
    return lookup_prepared(request->context, spec_of(request), body_string(request->body, "key"),
                           body_string(request->body, "verify"), ret_request, err);
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

void handle_try_target(struct request *request)
{
    struct error err = {0};
    struct deliver_request target;
    CLEANUP(text_release) struct text place;
    text_init(&place, 4096);
    bool good = prepare(request, &target, &err) && deliver_try(&target, &place, &err);
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
    bool good =
        prepare(request, &target, &err) &&
        lookup_pair(request->context, body_string(request->body, "key"), &pair, NULL, &err) &&
        deliver_hand_over(&target, &pair, &place, &err);
    answer(request, good, &place, &err);
}

/* A target that cannot be read back is not edited: it is handed the old pair as it was handed the new
 * one. */
static bool hand_back(struct request *request, const struct deliver_request *target,
                      struct text *place, struct error *err)
{
    CLEANUP(credentials_release) struct credentials pair;
    credentials_init(&pair);
    const char *old_key = request->context->prepared.old_key;
    struct deliver_request back = *target;
    back.old_key = target->new_key;
    back.new_key = old_key;
    return lookup_pair(request->context, old_key, &pair, NULL, err) &&
           deliver_hand_over(&back, &pair, place, err);
}

/* Restoring names a key, which may be the old or the new one: both are known from `prepare`. */
void handle_restore(struct request *request)
{
    struct error err = {0};
    bool readable = false;
    struct deliver_request target;
    CLEANUP(text_release) struct text place;
    text_init(&place, 4096);
    const char *key = body_string(request->body, "key");
    bool is_old = strcmp(key, request->context->prepared.old_key) == 0;
    bool good =
        lookup_prepared(request->context, spec_of(request), is_old ? "" : key, "", &target, &err) &&
        deliver_describe(target.spec, &readable, &err) &&
        (readable ? deliver_restore(&target, &err) : hand_back(request, &target, &place, &err));
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
