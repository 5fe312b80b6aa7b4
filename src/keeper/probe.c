#include "keeper/probe.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/safe.h"
#include "base/text.h"
#include "keeper/handlers.h"
#include "keeper/lookup.h"

enum { COUNT_MAX = 32 };

struct probe {
    struct request *request;
    probe_done *done;
    int64_t asked, pending, works, refused, date;
    struct error failure; /* the last that is neither */
};

/* Whoever is told that he may not, or that something is not there, has been let in. */
static bool was_let_in(const struct error *err)
{
    return err == NULL || err->code == ERROR_DENIED || err->code == ERROR_MFA_NEEDED ||
           err->code == ERROR_NOT_FOUND;
}

static void judge(const struct probe *probe, struct probe_result *ret_result)
{
    char shown[160];
    *ret_result = (struct probe_result){
        .verdict = "unknown",
        .count = probe->asked,
        .refused = probe->refused,
        .date = probe->date,
    };
    if (probe->works == probe->asked)
        ret_result->verdict = "works";
    else if (probe->refused == probe->asked)
        ret_result->verdict = "refused";
    else if (probe->refused > 0)
        snprintf(ret_result->text, sizeof ret_result->text, "%lld of %lld refused",
                 (long long)probe->refused, (long long)probe->asked);
    else
        snprintf(ret_result->text, sizeof ret_result->text, "%lld of %lld without an answer: %s",
                 (long long)(probe->asked - probe->works), (long long)probe->asked,
                 safe_copy(shown, sizeof shown, probe->failure.text));
}

static void finish(struct probe *probe)
{
    struct probe_result result;
    judge(probe, &result);
    probe->done(probe->request, &result);
}

static void answered(void *context, const struct aws_reply *reply, const struct error *err,
                     int64_t date)
{
    (void)reply;
    struct probe *probe = context;
    if (date > probe->date)
        probe->date = date;
    if (was_let_in(err))
        probe->works++;
    else if (err->code == ERROR_KEY_REFUSED)
        probe->refused++;
    else
        probe->failure = *err;
    if (--probe->pending == 0)
        finish(probe);
}

static void ask(struct probe *probe, const struct credentials *pair, enum aws_action action,
                const struct call_params *params)
{
    struct error err = {0};
    probe->asked++;
    if (request_call_as(probe->request, pair, action, params, answered, probe, &err))
        probe->pending++;
    else
        probe->failure = err;
}

void probe_start(struct request *request, const struct credentials *pair, int64_t count,
                 const char *user, bool in_iam, probe_done *done)
{
    struct error err = {0};
    struct probe *probe = calloc(1, sizeof *probe);
    if (probe == NULL) {
        error_set(&err, ERROR_MEMORY, "probing a key");
        request_fail(request, &err, 0);
        return;
    }
    probe->request = request;
    probe->done = done;
    request->state = probe;
    request->state_free = free;
    for (int64_t i = 0; i == 0 || (i < count && i < COUNT_MAX); i++)
        ask(probe, pair, AWS_GET_CALLER_IDENTITY, NULL);
    if (in_iam) {
        struct call_params params = {0};
        call_params_add(&params, "UserName", user);
        call_params_add(&params, "MaxItems", "1");
        ask(probe, pair, AWS_LIST_ACCESS_KEYS, &params);
    }
    if (probe->pending == 0) {
        err = probe->failure;
        request_fail(request, &err, 0);
    }
}

void probe_put(struct request *request, const struct probe_result *result)
{
    body_set_string(request->reply, "verdict", result->verdict);
    body_set_number(request->reply, "count", result->count);
    body_set_number(request->reply, "refused", result->refused);
    body_set_number(request->reply, "date", result->date);
    body_set_string(request->reply, "text", result->text);
}

/* --- probe_key ---------------------------------------------------------------------------------*/

static void probed(struct request *request, const struct probe_result *result)
{
    probe_put(request, result);
    request_reply(request);
}

void handle_probe_key(struct request *request)
{
    struct error err = {0};
    CLEANUP(text_release) struct text place;
    CLEANUP(credentials_release) struct credentials pair;
    text_init(&place, 1024);
    credentials_init(&pair);
    if (!lookup_delivered_pair(request->context, body_string(request->body, "key"), &pair, &place,
                               &err)) {
        request_fail(request, &err, 0);
        return;
    }
    body_set_string(request->reply, "place", place.bytes);
    probe_start(request, &pair, body_number(request->body, "count"),
                body_string(request->body, "user"), body_bool(request->body, "in_iam"), probed);
}
