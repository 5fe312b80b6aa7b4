/* Who signed, and temporary credentials. */
#include "practice/inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum {
    SESSION_SHORTEST = 900,
    SESSION_LONGEST = 129600,
    SESSION_USUAL = 43200,
    ROLE_LONGEST = 43200,
    ROLE_USUAL = 3600,
    ROLE_CHAINED_LONGEST = 3600
};

static struct session *find_session(struct account *account, const char *key_id)
{
    size_t held =
        account->session_count < SESSION_MAXIMUM ? account->session_count : SESSION_MAXIMUM;
    for (size_t i = 0; i < held; i++)
        if (strcmp(account->sessions[i].key_id, key_id) == 0)
            return &account->sessions[i];
    return NULL;
}

static void speak_for_user(const struct account *account, size_t index,
                           struct account_caller *caller)
{
    const struct account_user *user = &account->users[index];
    caller->owner = index;
    caller->policy = user->policy;
    text_copy(caller->name, sizeof caller->name, user->name);
    text_copy(caller->arn, sizeof caller->arn, user->arn);
    text_copy(caller->subject, sizeof caller->subject, user->id);
}

static void role_names(const struct role *role, const char *session_name,
                       char arn[ACCOUNT_ARN_SIZE], char subject[ACCOUNT_SUBJECT_SIZE])
{
    snprintf(arn, ACCOUNT_ARN_SIZE, "arn:aws:sts::" ACCOUNT_NUMBER ":assumed-role/%s/%s",
             role->name, session_name);
    snprintf(subject, ACCOUNT_SUBJECT_SIZE, "%s:%s", role->id, session_name);
}

static bool session_caller(struct account *account, const struct session *session,
                           const char *token, int64_t now, struct account_caller *ret_caller,
                           struct account_refusal *refusal)
{
    const char *why = "";
    if (token == NULL)
        return account_refuse_token(refusal, "session-key-without-token");
    if (strcmp(token, session->token) != 0)
        return account_refuse_token(refusal, "wrong-session-token");
    if (now >= session->expires)
        return account_refuse(refusal, 403, "ExpiredToken", "expired-session",
                              "The security token included in the request is expired");
    struct key *source = account_find_key(account, session->source);
    if (account->settings.session_refuse != 0 && session->kind == ACCOUNT_CALLER_SESSION &&
        (source == NULL || !account_key_works(account, source, now, &why)))
        return account_refuse_token(refusal, "session-of-a-key-not-active");
    struct account_caller caller = {.kind = session->kind, .mfa = session->mfa};
    text_copy(caller.key_id, sizeof caller.key_id, session->key_id);
    text_copy(caller.secret, sizeof caller.secret, session->secret);
    if (session->kind == ACCOUNT_CALLER_SESSION) {
        speak_for_user(account, session->owner, &caller);
    } else {
        const struct role *role = &account->roles[session->owner];
        caller.owner = session->owner;
        caller.policy = role->policy;
        role_names(role, session->name, caller.arn, caller.subject);
    }
    *ret_caller = caller;
    return true;
}

bool account_authenticate(struct account *account, const char *key_id, const char *token,
                          int64_t now, struct account_caller *ret_caller,
                          struct account_refusal *refusal)
{
    const struct session *session = find_session(account, key_id);
    if (session != NULL)
        return session_caller(account, session, token, now, ret_caller, refusal);
    struct key *key = account_find_key(account, key_id);
    const char *why = "";
    if (key == NULL)
        return account_refuse_token(refusal, "unknown-key");
    if (token != NULL)
        return account_refuse_token(refusal, "token-with-long-term-key");
    if (!account_key_works(account, key, now, &why))
        return account_refuse_token(refusal, why);
    struct account_caller caller = {.kind = ACCOUNT_CALLER_USER,
                                    .outdated = key->deleted != 0 || !key->active};
    text_copy(caller.key_id, sizeof caller.key_id, key->id);
    text_copy(caller.secret, sizeof caller.secret, key->secret);
    speak_for_user(account, key->user, &caller);
    *ret_caller = caller;
    return true;
}

static struct session *make_session(struct account *account, const struct account_call *call,
                                    struct account_refusal *refusal)
{
    if (account->sessions == NULL)
        account->sessions = calloc(SESSION_MAXIMUM, sizeof *account->sessions);
    if (account->sessions == NULL) {
        account_refuse(refusal, 500, "InternalFailure", "no-memory", "Out of memory.");
        return NULL;
    }
    const unsigned char *random = call->random;
    struct session *session = &account->sessions[account->session_count++ % SESSION_MAXIMUM];
    *session = (struct session){.kind = ACCOUNT_CALLER_SESSION};
    account_letters(&random, "ASIA", session->key_id, sizeof session->key_id);
    account_secret(&random, session->secret, sizeof session->secret);
    account_secret(&random, session->token, sizeof session->token);
    return session;
}

static struct account_temporary temporary(const struct session *session)
{
    struct account_temporary made = {.expires = session->expires};
    text_copy(made.key_id, sizeof made.key_id, session->key_id);
    text_copy(made.secret, sizeof made.secret, session->secret);
    text_copy(made.token, sizeof made.token, session->token);
    return made;
}

static bool check_duration(int64_t *duration, int64_t usual, int64_t longest,
                           struct account_refusal *refusal)
{
    if (*duration == 0)
        *duration = usual;
    if (*duration >= SESSION_SHORTEST && *duration <= longest)
        return true;
    return account_refuse(refusal, 400, "ValidationError", "bad-parameter",
                          "1 validation error detected: Value '%" PRId64
                          "' at 'durationSeconds' failed to "
                          "satisfy constraint: Member must have value between %d and %" PRId64,
                          *duration, SESSION_SHORTEST, longest);
}

bool account_get_session_token(struct account *account, const struct account_call *call,
                               int64_t duration, const char *serial, const char *code,
                               struct account_temporary *ret_temporary,
                               struct account_refusal *refusal)
{
    bool mfa = false;
    if (!account_session_may(call->caller, "sts", "GetSessionToken", refusal) ||
        !check_duration(&duration, SESSION_USUAL, SESSION_LONGEST, refusal) ||
        !account_check_mfa(account, call->caller, serial, code, call->now, &mfa, refusal))
        return false;
    struct session *session = make_session(account, call, refusal);
    if (session == NULL)
        return false;
    session->owner = call->caller->owner;
    session->mfa = mfa;
    session->expires = call->now + duration;
    text_copy(session->source, sizeof session->source, call->caller->key_id);
    *ret_temporary = temporary(session);
    return true;
}

static const struct role *find_role(const struct account *account, const char *arn)
{
    for (size_t i = 0; i < account->role_count; i++)
        if (strcmp(account->roles[i].arn, arn) == 0)
            return &account->roles[i];
    return NULL;
}

/* Trust that names the user is enough within one account; a role is trusted by its own policy. */
static bool may_assume(const struct account *account, const struct account_caller *caller,
                       const struct role *role, bool mfa, const char *arn,
                       struct account_refusal *refusal)
{
    bool trusted = role != NULL && caller->kind != ACCOUNT_CALLER_ROLE &&
                   (role->trusted[0] == '\0' || strcmp(role->trusted, caller->name) == 0);
    if (role != NULL && caller->kind == ACCOUNT_CALLER_ROLE)
        trusted = role->trusted[0] == '\0' &&
                  account_allowed(account, caller, "AssumeRole", SIZE_MAX, refusal);
    if (trusted && (!role->needs_mfa || mfa))
        return true;
    return account_refuse(
        refusal, 403, "AccessDenied", trusted ? "role-needs-mfa" : "role-trust",
        "User: %s is not authorized to perform: sts:AssumeRole on resource: %.190s", caller->arn,
        arn);
}

bool account_assume_role(struct account *account, const struct account_call *call,
                         const char *role_arn, const char *session_name, int64_t duration,
                         const char *serial, const char *code,
                         struct account_temporary *ret_temporary, struct account_refusal *refusal)
{
    bool mfa = false;
    bool chained = call->caller->kind == ACCOUNT_CALLER_ROLE;
    if (!account_check_name("roleSessionName", session_name, 2, 64, "_+=,.@-", refusal) ||
        !check_duration(&duration, ROLE_USUAL, chained ? ROLE_CHAINED_LONGEST : ROLE_LONGEST,
                        refusal) ||
        !account_check_mfa(account, call->caller, serial, code, call->now, &mfa, refusal))
        return false;
    const struct role *role = find_role(account, role_arn);
    if (!may_assume(account, call->caller, role, mfa || call->caller->mfa, role_arn, refusal))
        return false;
    struct session *session = make_session(account, call, refusal);
    if (session == NULL)
        return false;
    session->kind = ACCOUNT_CALLER_ROLE;
    session->owner = (size_t)(role - account->roles);
    session->expires = call->now + duration;
    text_copy(session->name, sizeof session->name, session_name);
    text_copy(session->source, sizeof session->source, call->caller->key_id);
    *ret_temporary = temporary(session);
    role_names(role, session_name, ret_temporary->role_arn, ret_temporary->role_subject);
    return true;
}
