#include "keeper/signer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/safe.h"
#include "base/text.h"
#include "base/when.h"
#include "keeper/chain_walk.h"
#include "keeper/lookup.h"

enum { SESSION_LEAST = 30 /* seconds that an MFA session must still have */ };

static void session_name(char name[256], const char *key_id)
{
    snprintf(name, 256, "mfa %s", key_id);
}

void signer_keep_session(struct context *context, const char *key_id, struct pair **pair)
{
    char name[256];
    session_name(name, key_id);
    pairs_put(&context->sessions, name, pair);
}

bool signer_long_term(struct context *context, const char *signer, struct credentials *ret_pair,
                      struct error *err)
{
    if (signer[0] != '\0')
        return lookup_pair(context, signer, ret_pair, NULL, err);
    CLEANUP(chain_release) struct chain chain = {0};
    if (!context_chain(context, settings_signing_profile(&context->settings), &chain, err))
        return false;
    const struct chain_link *last = &chain.links[chain.count - 1];
    if (last->kind != CHAIN_STATIC && last->kind != CHAIN_ENVIRONMENT)
        return error_set(err, ERROR_NO_CREDENTIALS,
                         "the profile has no key pair of its own that an MFA session could be "
                         "taken with");
    return credentials_copy(&last->pair, ret_pair, err);
}

/* --- a pair by its key ID ----------------------------------------------------------------------*/

static bool take_session_of(struct request *request, const char *key_id, struct error *err)
{
    char name[256], shown[160];
    session_name(name, key_id);
    safe_copy(shown, sizeof shown, key_id);
    const struct credentials *session = pairs_find(&request->context->sessions, name);
    if (session == NULL)
        return error_set(err, ERROR_MFA_NEEDED, "no MFA session of %s has been taken in this run",
                         shown);
    if (session->expires != 0 && session->expires - context_now(request->context) < SESSION_LEAST)
        return error_set(err, ERROR_MFA_NEEDED, "the MFA session of %s has expired", shown);
    if (!credentials_copy(session, &request->signer, err))
        return false;
    text_copy(request->signer_key, sizeof request->signer_key, key_id);
    text_copy(request->source_key, sizeof request->source_key, key_id);
    return true;
}

static bool take_pair_of(struct request *request, const char *key_id, struct error *err)
{
    if (!lookup_pair(request->context, key_id, &request->signer, NULL, err))
        return false;
    text_copy(request->signer_key, sizeof request->signer_key, key_id);
    text_copy(request->source_key, sizeof request->source_key, key_id);
    return true;
}

/* A session of the identity's own pair. */
static bool take_own_session(struct request *request, struct error *err)
{
    CLEANUP(credentials_release) struct credentials pair;
    credentials_init(&pair);
    return signer_long_term(request->context, "", &pair, err) &&
           take_session_of(request, pair.key_id, err);
}

/* --- the identity: all who wait for it get it at once -----------------------------------------*/

struct signer {
    struct chain_walk *walk; /* NULL when none is under way */
    struct request *waiting;
    char code[16];  /* MFA code, "" for none */
    char spent[16]; /* the last code that was sent */
    int64_t spent_at;
};

static struct signer *signer_of(struct context *context)
{
    if (context->signer == NULL)
        context->signer = calloc(1, sizeof *context->signer);
    return context->signer;
}

void signer_free(struct context *context)
{
    if (context->signer == NULL)
        return;
    chain_walk_free(context->signer->walk);
    secret_wipe(context->signer, sizeof *context->signer);
    free(context->signer);
    context->signer = NULL;
}

static void fail(struct request *request, const struct error *err)
{
    if (request->otherwise != NULL)
        request->otherwise(request, err);
    else
        request_fail(request, err, 0);
}

static void hand_over(struct request *request, const struct credentials *credentials,
                      const char *source, const struct error *failure)
{
    struct error err = {0};
    if (credentials == NULL) {
        fail(request, failure);
        return;
    }
    if (!credentials_copy(credentials, &request->signer, &err)) {
        fail(request, &err);
        return;
    }
    text_copy(request->signer_key, sizeof request->signer_key, credentials->key_id);
    text_copy(request->source_key, sizeof request->source_key, source);
    request->then(request);
}

static void walked(void *context, const struct credentials *credentials, const char *source,
                   const struct error *err)
{
    struct context *self = context;
    struct signer *signer = self->signer;
    struct request *waiting = signer->waiting;
    /* What goes on from here may ask for the identity again. */
    signer->waiting = NULL;
    signer->walk = NULL;
    secret_wipe(signer->code, sizeof signer->code);
    while (waiting != NULL) {
        struct request *request = waiting;
        waiting = request->next_waiting;
        request->next_waiting = NULL;
        hand_over(request, credentials, source, err);
    }
}

static void wait_for_identity(struct request *request)
{
    struct context *context = request->context;
    struct signer *signer = signer_of(context);
    struct error err = {0};
    if (signer == NULL) {
        error_set(&err, ERROR_MEMORY, "looking for the identity");
        fail(request, &err);
        return;
    }
    request->next_waiting = signer->waiting;
    signer->waiting = request;
    if (signer->walk == NULL)
        chain_walk_start(request, signer->code, walked, context, &signer->walk);
}

void signer_resolve(struct request *request, request_step *then)
{
    signer_resolve_or(request, then, NULL);
}

void signer_resolve_or(struct request *request, request_step *then, request_failed *otherwise)
{
    const char *named = body_string(request->body, "signer");
    bool session = body_bool(request->body, "session");
    struct error err = {0};
    request->then = then;
    request->otherwise = otherwise;
    if (named[0] == '\0' && !session) {
        wait_for_identity(request);
        return;
    }
    bool found = named[0] == '\0' ? take_own_session(request, &err)
                 : session        ? take_session_of(request, named, &err)
                                  : take_pair_of(request, named, &err);
    if (found)
        then(request);
    else
        fail(request, &err);
}

const char *signer_device(const struct chain *chain)
{
    for (size_t i = 0; i < chain->count; i++)
        if (chain->links[i].kind == CHAIN_ROLE && chain->links[i].mfa_serial[0] != '\0')
            return chain->links[i].mfa_serial;
    return "";
}

bool signer_role_wants_code(struct context *context)
{
    CLEANUP(chain_release) struct chain chain = {0};
    return context_chain(context, settings_signing_profile(&context->settings), &chain, NULL) &&
           signer_device(&chain)[0] != '\0';
}

bool signer_code_is_spent(struct context *context, const char *code)
{
    enum { SHOWN_FOR = 150 /* seconds: AWS looks two codes to either side */ };
    const struct signer *signer = context->signer;
    return signer != NULL && strcmp(signer->spent, code) == 0 &&
           when_monotonic_ms() / 1000 - signer->spent_at < SHOWN_FOR;
}

void signer_spend_code(struct context *context, const char *code)
{
    struct signer *signer = signer_of(context);
    if (signer == NULL)
        return;
    text_copy(signer->spent, sizeof signer->spent, code);
    signer->spent_at = when_monotonic_ms() / 1000;
}

bool signer_give_code(struct context *context, const char *code, struct error *err)
{
    struct signer *signer = signer_of(context);
    if (signer == NULL)
        return error_set(err, ERROR_MEMORY, "taking an MFA code");
    if (!text_copy(signer->code, sizeof signer->code, code)) {
        secret_wipe(signer->code, sizeof signer->code);
        return error_set(err, ERROR_USAGE, "an MFA code has six digits");
    }
    signer_spend_code(context, code);
    chain_walk_forget_roles(context);
    return true;
}
