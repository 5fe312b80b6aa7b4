#include "keeper/chain_walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/safe.h"
#include "base/text.h"
#include "base/when.h"
#include "base/words.h"
#include "keeper/device.h"
#include "keeper/ended.h"
#include "keeper/source.h"
#include "keeper/steps.h"

enum {
    RENEW_BEFORE = 300, /* seconds before the end of a session */
    STILL_GOOD = 30,    /* seconds that one must still have that could not be renewed */
    PROCESS_OUTPUT_MAX = 64 * 1024
};

struct chain_walk {
    struct context *context;
    struct request *request;
    struct chain_walk **place; /* where the caller keeps it */
    char *code; /* the caller's; wiped when it was sent: it counts once */
    chain_walk_done *done;
    void *done_context;
    struct chain chain;
    size_t link; /* the credentials are those of this link */
    struct credentials now;
    struct pair *fresh; /* room for the session that is being taken */
};

void chain_walk_free(struct chain_walk *walk)
{
    if (walk == NULL)
        return;
    chain_release(&walk->chain);
    credentials_release(&walk->now);
    pair_free(walk->fresh);
    free(walk);
}

/* --- sessions that are kept --------------------------------------------------------------------*/

/* A session belongs to its link and to the pair at the chain's end. */
static void kept_name(const struct chain_walk *walk, size_t link, char name[1024])
{
    const struct chain_link *at = &walk->chain.links[link];
    const struct chain_link *last = &walk->chain.links[walk->chain.count - 1];
    bool is_role = at->kind == CHAIN_ROLE;
    snprintf(name, 1024, "%s %s %s %s", is_role ? "role" : "process", at->profile,
             is_role ? at->role_arn : "", last->pair.key_id);
}

static bool lasts(const struct chain_walk *walk, const struct credentials *session, int seconds)
{
    return session->expires == 0 || session->expires - context_now(walk->context) > seconds;
}

/* A session that was kept for this link, and has so many seconds left. */
static bool take_kept(struct chain_walk *walk, size_t link, int seconds)
{
    char name[1024];
    kept_name(walk, link, name);
    const struct credentials *session = pairs_find(&walk->context->sessions, name);
    if (session == NULL || !lasts(walk, session, seconds))
        return false;
    struct credentials copy;
    credentials_init(&copy);
    if (!credentials_copy(session, &copy, NULL))
        return false;
    credentials_release(&walk->now);
    walk->now = copy;
    walk->link = link;
    return true;
}

/* Keep what has come for this link, and go on with it. */
static bool keep(struct chain_walk *walk, size_t link, struct error *err)
{
    char name[1024];
    struct credentials copy;
    credentials_init(&copy);
    if (!credentials_copy(&walk->fresh->credentials, &copy, err))
        return false;
    kept_name(walk, link, name);
    pairs_put(&walk->context->sessions, name, &walk->fresh);
    credentials_release(&walk->now);
    walk->now = copy;
    walk->link = link;
    return true;
}

static void finish(struct chain_walk *walk, const struct error *err)
{
    /* Who is asked before the end has time to fail: the session goes on as long as it is good. A code
     * is not waited for in silence. */
    if (err != NULL && err->code != ERROR_MFA_NEEDED && walk->chain.count > 0 &&
        take_kept(walk, 0, STILL_GOOD))
        err = NULL;
    *walk->place = NULL;
    const char *source =
        walk->chain.count > 0 ? walk->chain.links[walk->chain.count - 1].pair.key_id : "";
    walk->done(walk->done_context, err == NULL ? &walk->now : NULL, source, err);
    chain_walk_free(walk);
}

void chain_walk_forget_roles(struct context *context)
{
    for (struct pair *pair = context->sessions.first; pair != NULL;) {
        struct pair *next = pair->next;
        if (strncmp(pair->name, "role ", 5) == 0)
            pairs_drop(&context->sessions, pair->name);
        pair = next;
    }
}

/* --- links -------------------------------------------------------------------------------------*/

static void go_on(struct chain_walk *walk);

static void tell_assumed(const struct chain_walk *walk)
{
    char role[256], place[300];
    snprintf(place, sizeof place, "AssumeRole %s",
             safe_copy(role, sizeof role, walk->chain.links[walk->link - 1].role_arn));
    steps_add_given(walk->request, place, &walk->fresh->credentials, NULL);
}

static void not_assumed(void *context, const struct error *err)
{
    struct chain_walk *walk = context;
    struct error failure = *err;
    char shown[256];
    error_wrap(&failure, "assuming %s",
               safe_copy(shown, sizeof shown, walk->chain.links[walk->link - 1].role_arn));
    steps_add_given(walk->request, "AssumeRole", NULL, &failure);
    finish(walk, &failure);
}

static void assumed(void *context, const struct aws_reply *reply, const struct error *err,
                    int64_t date)
{
    (void)date;
    struct chain_walk *walk = context;
    struct error failure = {0};
    if (err != NULL && err->code == ERROR_MFA_DEVICE) {
        device_explain(walk->request, &walk->now, walk->chain.links[walk->link - 1].mfa_serial, err,
                       not_assumed, walk);
        return;
    }
    if (err != NULL) {
        not_assumed(walk, err);
        return;
    }
    walk->fresh->credentials = *reply->credentials;
    credentials_init(reply->credentials);
    tell_assumed(walk);
    if (keep(walk, walk->link - 1, &failure))
        go_on(walk);
    else
        finish(walk, &failure);
}

static bool assume(struct chain_walk *walk, const struct chain_link *role, struct error *err)
{
    char session_name[128], duration[24] = "";
    struct call_params params = {0};
    if (role->session_name[0] != '\0')
        text_copy(session_name, sizeof session_name, role->session_name);
    else
        snprintf(session_name, sizeof session_name, "keywright-%lld", (long long)when_now());
    if (role->duration > 0)
        snprintf(duration, sizeof duration, "%lld", (long long)role->duration);
    if (role->mfa_serial[0] != '\0' && walk->code[0] == '\0') {
        char shown[300];
        return error_set(err, ERROR_MFA_NEEDED, "a code of %s is needed for the role",
                         safe_copy(shown, sizeof shown, role->mfa_serial));
    }
    call_params_add(&params, "RoleArn", role->role_arn);
    call_params_add(&params, "RoleSessionName", session_name);
    call_params_add(&params, "ExternalId", role->external_id);
    call_params_add(&params, "DurationSeconds", duration);
    if (role->mfa_serial[0] != '\0') {
        call_params_add(&params, "SerialNumber", role->mfa_serial);
        call_params_add(&params, "TokenCode", walk->code);
    }
    bool sent = (walk->fresh != NULL || pair_new(&walk->fresh, err)) &&
                request_call_as(walk->request, &walk->now, AWS_ASSUME_ROLE, &params, assumed, walk, err);
    if (role->mfa_serial[0] != '\0')
        secret_wipe(walk->code, strlen(walk->code));
    return sent;
}

static void go_on(struct chain_walk *walk)
{
    struct error err = {0};
    if (walk->link == 0) {
        finish(walk, NULL);
        return;
    }
    if (assume(walk, &walk->chain.links[walk->link - 1], &err))
        return;
    steps_add_given(walk->request, "AssumeRole", NULL, &err);
    finish(walk, &err);
}

/* --- where it begins ---------------------------------------------------------------------------*/

/* As botocore does: what has ended already is told of where it comes from, not by what AWS makes of it. An instance's
 * may have ended, and goes on to be good while its service has no newer ones. */
static bool still_good(const struct chain_walk *walk, const struct credentials *given, struct error *err)
{
    char until[WHEN_TEXT_SIZE];
    return lasts(walk, given, 0) ||
           error_set(err, ERROR_EXPIRED, "what it gave ended at %s already", when_format(given->expires, until));
}

static bool take_printed(struct chain_walk *walk, const struct child_result *result,
                         struct error *err)
{
    return ended_giving(result, walk->context->settings.timeout, PROCESS_OUTPUT_MAX, err) &&
           profile_parse_process(result->output.bytes, result->output.length,
                                 &walk->fresh->credentials, err) &&
           still_good(walk, &walk->fresh->credentials, err) && keep(walk, walk->chain.count - 1, err);
}

static void printed(void *context, const struct child_result *result)
{
    struct chain_walk *walk = context;
    struct error err = {0};
    if (take_printed(walk, result, &err)) {
        steps_add_given(walk->request, "credential_process", &walk->now, NULL);
        go_on(walk);
        return;
    }
    char shown[160];
    error_wrap(&err, "credential_process of profile %s",
               safe_copy(shown, sizeof shown, walk->chain.links[walk->chain.count - 1].profile));
    steps_add_given(walk->request, "credential_process", NULL, &err);
    finish(walk, &err);
}

static bool run_process(struct chain_walk *walk, const struct chain_link *link, struct error *err)
{
    char **words = NULL;
    if (!pair_new(&walk->fresh, err) || !words_split(link->command, &words, err))
        return false;
    words_free(words);
    struct child_task task = {
        .command = link->command,
        .environment = LAUNCH_INHERIT,
        .errors = CHILD_ERRORS_LOST,
        .excess = CHILD_EXCESS_ENDS_IT,
        .output_max = PROCESS_OUTPUT_MAX,
        .limit_ms = ended_limit_ms(walk->context->settings.timeout),
    };
    if (children_start(walk->context->children, &task, printed, walk, err))
        return true;
    return error_wrap(err, "credential_process of profile %s", link->profile);
}

static void source_answered(void *context, struct pair **pair, const struct error *err)
{
    struct chain_walk *walk = context;
    struct error failure = {0};
    enum chain_link_kind kind = walk->chain.links[walk->chain.count - 1].kind;
    const char *name = steps_source_name(kind);
    if (err == NULL && kind != CHAIN_METADATA && !still_good(walk, &(*pair)->credentials, &failure)) {
        error_wrap(&failure, "%s", name);
        err = &failure;
    }
    steps_add_given(walk->request, name, err == NULL ? &(*pair)->credentials : NULL, err);
    if (err != NULL) {
        finish(walk, err);
        return;
    }
    walk->fresh = *pair;
    *pair = NULL;
    if (keep(walk, walk->chain.count - 1, &failure))
        go_on(walk);
    else
        finish(walk, &failure);
}

static bool begin(struct chain_walk *walk, struct error *err)
{
    char until[WHEN_TEXT_SIZE];
    const char *profile = settings_signing_profile(&walk->context->settings);
    if (!context_chain(walk->context, profile, &walk->chain, err))
        return false;
    for (size_t i = 0; i < walk->chain.count; i++)
        if (take_kept(walk, i, RENEW_BEFORE)) {
            go_on(walk);
            return true;
        }
    const struct chain_link *last = &walk->chain.links[walk->chain.count - 1];
    switch (last->kind) {
    case CHAIN_ENVIRONMENT:
    case CHAIN_STATIC:
        if (!lasts(walk, &last->pair, 0))
            return error_set(err, ERROR_EXPIRED, "the session in the environment ended at %s "
                             "(AWS_CREDENTIAL_EXPIRATION)",
                             when_format(last->pair.expires, until));
        if (!credentials_copy(&last->pair, &walk->now, err))
            return false;
        walk->link = walk->chain.count - 1;
        go_on(walk);
        return true;
    case CHAIN_PROCESS:
        return run_process(walk, last, err);
    case CHAIN_WEB_IDENTITY:
    case CHAIN_SSO:
    case CHAIN_LOGIN:
    case CHAIN_CONTAINER:
    case CHAIN_METADATA:
        source_ask(walk->request, last, source_answered, walk);
        return true;
    case CHAIN_ROLE:
        break;
    }
    return error_set(err, ERROR_SYNTAX, "the role of profile %s has no source", last->profile);
}

void chain_walk_start(struct request *request, char *code, chain_walk_done *done,
                      void *context, struct chain_walk **ret_walk)
{
    struct error err = {0};
    struct chain_walk *walk = calloc(1, sizeof *walk);
    if (walk == NULL) {
        error_set(&err, ERROR_MEMORY, "looking for the identity");
        done(context, NULL, "", &err);
        return;
    }
    walk->context = request->context;
    walk->request = request;
    walk->place = ret_walk;
    walk->code = code;
    walk->done = done;
    walk->done_context = context;
    credentials_init(&walk->now);
    *ret_walk = walk;
    if (!begin(walk, &err))
        finish(walk, &err);
}
