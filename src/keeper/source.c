#include "keeper/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/endpoint.h"
#include "aws/fetch.h"
#include "base/file.h"
#include "base/safe.h"
#include "base/text.h"
#include "base/when.h"

/* Limits of the SDKs: the services beside us answer at once or are not there. */
enum {
    FILE_MOST = 60 * 1024,
    PORTAL_S = 30, /* but for --timeout: it is asked over the network as AWS is */
    CONTAINER_MS = 2000,
    METADATA_MS = 1000,
    TRIES = 3,
    EXPIRES_SOON = 60 /* seconds that a cached token must still be good for */
};

enum metadata_step { METADATA_TOKEN, METADATA_ROLE, METADATA_CREDENTIALS };

struct source {
    struct request *request;
    const struct chain_link *link;
    source_done *done;
    void *context;
    struct pair *pair;
    struct secret *token; /* that the next request shows; NULL for none */
    int tries;
    enum metadata_step step;
    char role[129];
};

/* --- begin and end ------------------------------------------------------------------------------- */

static void finish(struct source *source, const struct error *err)
{
    source->done(source->context, &source->pair, err);
    pair_free(source->pair);
    secret_free(source->token);
    free(source);
}

static void fail(struct source *source, const char *what, struct error *err)
{
    error_wrap(err, "%s", what);
    finish(source, err);
}

/* What came as JSON becomes the pair, and that is all. */
static void take(struct source *source, enum profile_json form, const char *bytes, size_t length,
                 const char *what)
{
    struct error err = {0};
    if (profile_parse_json(form, bytes, length, &source->pair->credentials, &err))
        finish(source, NULL);
    else
        fail(source, what, &err);
}

/* --- files ----------------------------------------------------------------------------------------- */

static bool read_file(const char *path, char **ret_bytes, size_t *ret_length, struct error *err)
{
    return file_read(path, FILE_MOST, ret_bytes, ret_length, err);
}

/* A token in a file: what stands there but for space at its ends. A line end inside it would become
 * one in a header. */
static bool read_token(const char *path, struct secret **ret_token, struct error *err)
{
    char *bytes = NULL;
    size_t length = 0;
    if (!read_file(path, &bytes, &length, err))
        return false;
    const char *start = bytes + strspn(bytes, " \t\r\n");
    size_t end = strlen(start);
    while (end > 0 && strchr(" \t\r\n", start[end - 1]) != NULL)
        end--;
    bool good = end > 0 && strcspn(start, "\r\n") >= end && strlen(bytes) == length;
    good = good ? secret_new(start, end, ret_token, err)
                : error_set(err, ERROR_SYNTAX, "there is not one token in the file");
    file_bytes_free(bytes, length);
    return good;
}

/* --- web identity ------------------------------------------------------------------------------------ */

static void assumed(void *context, const struct aws_reply *reply, const struct error *err,
                    int64_t date)
{
    (void)date;
    struct source *source = context;
    if (err != NULL) {
        struct error failure = *err;
        fail(source, "assuming the role with the web identity", &failure);
        return;
    }
    source->pair->credentials = *reply->credentials;
    credentials_init(reply->credentials);
    finish(source, NULL);
}

static void ask_web_identity(struct source *source)
{
    const struct chain_link *link = source->link;
    char session_name[128];
    struct error err = {0};
    struct call_params params = {0};
    struct credentials shown;
    if (!read_token(link->path, &source->token, &err)) {
        fail(source, "the web identity's token", &err);
        return;
    }
    if (link->session_name[0] != '\0')
        text_copy(session_name, sizeof session_name, link->session_name);
    else
        snprintf(session_name, sizeof session_name, "keywright-%lld", (long long)when_now());
    credentials_init(&shown);
    shown.token = source->token; /* borrowed */
    call_params_add(&params, "RoleArn", link->role_arn);
    call_params_add(&params, "RoleSessionName", session_name);
    call_params_add(&params, "WebIdentityToken", secret_bytes(source->token));
    if (!request_call_as(source->request, &shown, AWS_ASSUME_ROLE_WITH_WEB_IDENTITY, &params,
                         assumed, source, &err))
        fail(source, "assuming the role with the web identity", &err);
}

/* --- fetching ------------------------------------------------------------------------------------------ */

static bool begin_fetch(struct source *source, const struct aws_fetch *fetch, aws_fetch_done *done,
                        struct error *err)
{
    struct aws_client *client = NULL;
    if (source->request->context->ending)
        return error_set(err, ERROR_INTERRUPTED, "the front has gone; nothing more is begun");
    return context_client(source->request->context, &client, err) &&
           aws_fetch(client, fetch, done, source, err);
}

static bool worth_again(struct source *source, const struct aws_fetched *fetched,
                        const struct error *err)
{
    bool passing = fetched != NULL ? fetched->http >= 500 || fetched->http == 429
                                   : err->code == ERROR_NETWORK;
    return passing && ++source->tries < TRIES;
}

/* --- IAM Identity Center --------------------------------------------------------------------------------- */

static bool login_needed(const struct source *source, const char *why, struct error *err)
{
    char profile[200];
    return error_set(err, ERROR_NO_CREDENTIALS,
                     "%s; run `aws sso login --profile %s` and try again", why,
                     safe_copy(profile, sizeof profile, source->link->profile));
}

static void fetch_from_portal(struct source *source);

static void portal_answered(void *context, const struct aws_fetched *fetched,
                            const struct error *err)
{
    struct source *source = context;
    struct error failure = {0};
    if (worth_again(source, fetched, err)) {
        fetch_from_portal(source);
        return;
    }
    if (fetched != NULL && fetched->http == 200) {
        take(source, PROFILE_JSON_SSO, fetched->body, fetched->length, "IAM Identity Center");
        return;
    }
    if (fetched == NULL)
        failure = *err;
    else if (fetched->http == 401)
        (void)login_needed(source, "the sign-in is not valid any more", &failure);
    else if (fetched->http == 403 || fetched->http == 404)
        error_set(&failure, ERROR_DENIED, "you have no role %s in account %s",
                  source->link->sso_role, source->link->sso_account);
    else
        error_set(&failure, ERROR_AWS, "HTTP %d", fetched->http);
    fail(source, "IAM Identity Center", &failure);
}

/* A value of a query: everything but what may stand there as it is, percent-encoded. */
static void append_encoded(struct text *text, const char *value)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (; *value != '\0'; value++) {
        if (strchr(plain, *value) != NULL)
            text_append_char(text, *value);
        else
            text_appendf(text, "%%%02X", (unsigned char)*value);
    }
}

static void fetch_from_portal(struct source *source)
{
    const struct settings *settings = &source->request->context->settings;
    const char *custom = settings->endpoint_url[AWS_SSO];
    struct aws_endpoint endpoint;
    struct error err = {0};
    CLEANUP(text_release) struct text url;
    text_init(&url, 2048);
    bool good = aws_endpoint_resolve(AWS_SSO, source->link->sso_region, settings->use_fips,
                                     settings->use_dualstack, custom[0] != '\0' ? custom : NULL,
                                     &endpoint, &err);
    if (good) {
        text_appendf(&url, "%s/federation/credentials?role_name=", endpoint.url);
        append_encoded(&url, source->link->sso_role);
        text_append(&url, "&account_id=");
        append_encoded(&url, source->link->sso_account);
        const struct aws_fetch fetch = {"GET", url.bytes, "x-amz-sso_bearer_token: ",
                                        secret_bytes(source->token),
                                        1000 * (settings->timeout > 0 ? settings->timeout : PORTAL_S)};
        good = text_ok(&url, &err) && begin_fetch(source, &fetch, portal_answered, &err);
    }
    if (!good)
        fail(source, "IAM Identity Center", &err);
}

static void ask_sso(struct source *source)
{
    struct error err = {0};
    char *bytes = NULL;
    size_t length = 0;
    int64_t expires = 0;
    bool good = read_file(source->link->path, &bytes, &length, &err);
    if (!good && err.code == ERROR_NOT_FOUND)
        (void)login_needed(source, "nobody has signed in", &err);
    good = good && profile_parse_sso_token(bytes, length, &source->token, &expires, &err);
    file_bytes_free(bytes, length);
    if (good && expires - context_now(source->request->context) < EXPIRES_SOON)
        good = login_needed(source, "the sign-in has ended", &err);
    if (good)
        fetch_from_portal(source);
    else
        fail(source, "IAM Identity Center", &err);
}

/* --- aws login ------------------------------------------------------------------------------------------- */

static void ask_login(struct source *source)
{
    struct credentials *found = &source->pair->credentials;
    struct error err = {0};
    char *bytes = NULL;
    size_t length = 0;
    bool good = read_file(source->link->path, &bytes, &length, &err) &&
                profile_parse_json(PROFILE_JSON_LOGIN, bytes, length, found, &err);
    file_bytes_free(bytes, length);
    bool over = good && found->expires != 0 &&
                found->expires - context_now(source->request->context) < EXPIRES_SOON;
    if (good && !over) {
        finish(source, NULL);
        return;
    }
    char profile[200];
    safe_copy(profile, sizeof profile, source->link->profile);
    if (over || err.code == ERROR_NOT_FOUND)
        error_set(&err, ERROR_NO_CREDENTIALS,
                  "%s; run `aws login --profile %s` and try again",
                  over ? "the sign-in has ended" : "nobody has signed in", profile);
    fail(source, "aws login", &err);
}

/* --- container --------------------------------------------------------------------------------------------- */

static void fetch_from_container(struct source *source);

static void container_answered(void *context, const struct aws_fetched *fetched,
                               const struct error *err)
{
    struct source *source = context;
    struct error failure = {0};
    if (worth_again(source, fetched, err)) {
        fetch_from_container(source);
        return;
    }
    if (fetched != NULL && fetched->http == 200) {
        take(source, PROFILE_JSON_CONTAINER, fetched->body, fetched->length,
             "the container's credentials");
        return;
    }
    if (fetched == NULL)
        failure = *err;
    else
        error_set(&failure, ERROR_NO_CREDENTIALS, "HTTP %d", fetched->http);
    fail(source, "the container's credentials", &failure);
}

static void fetch_from_container(struct source *source)
{
    struct error err = {0};
    const struct aws_fetch fetch = {
        "GET", source->link->url, source->token != NULL ? "Authorization: " : NULL,
        source->token != NULL ? secret_bytes(source->token) : NULL, CONTAINER_MS};
    if (!begin_fetch(source, &fetch, container_answered, &err))
        fail(source, "the container's credentials", &err);
}

static void ask_container(struct source *source)
{
    const struct secret *given = source->link->pair.token;
    struct error err = {0};
    bool good = true;
    if (source->link->path[0] != '\0')
        good = read_token(source->link->path, &source->token, &err);
    else if (given != NULL && strpbrk(secret_bytes(given), "\r\n") != NULL)
        good = error_set(&err, ERROR_SYNTAX, "AWS_CONTAINER_AUTHORIZATION_TOKEN has a line end");
    else if (given != NULL)
        good = secret_copy(given, &source->token, &err);
    if (good)
        fetch_from_container(source);
    else
        fail(source, "the container's credentials", &err);
}

/* --- instance metadata --------------------------------------------------------------------------------------- */

static void ask_metadata(struct source *source);

static void metadata_failed(struct source *source, const struct aws_fetched *fetched,
                            const struct error *err)
{
    struct error failure = {0};
    if (fetched != NULL && fetched->http == 404)
        error_set(&failure, ERROR_NO_CREDENTIALS, "the instance has no role");
    else if (fetched != NULL)
        error_set(&failure, ERROR_NO_CREDENTIALS, "HTTP %d", fetched->http);
    else
        error_set(&failure, ERROR_NO_CREDENTIALS, "%s", err->text);
    char profile[200];
    safe_copy(profile, sizeof profile, source->link->profile);
    error_wrap(&failure, "the instance's metadata service");
    if (source->link->last_resort)
        error_wrap(&failure, "neither the environment nor profile %s holds credentials", profile);
    else
        error_wrap(&failure, "profile %s, credential_source = Ec2InstanceMetadata", profile);
    finish(source, &failure);
}

/* The first line of the list of roles. */
static bool take_role(struct source *source, const struct aws_fetched *fetched)
{
    size_t length = strcspn(fetched->body, "\r\n");
    bool plain = length > 0 && length < sizeof source->role &&
                 strspn(fetched->body, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                       "0123456789_+=,.@-") >= length;
    if (!plain)
        return false;
    memcpy(source->role, fetched->body, length);
    source->role[length] = '\0';
    return true;
}

/* Without a token the first version of the service may still answer, unless that is forbidden. */
static bool take_metadata_token(struct source *source, const struct aws_fetched *fetched,
                                const struct error *err)
{
    struct error failure = {0};
    if (fetched == NULL)
        return err->code == ERROR_NETWORK && !source->link->v1_disabled;
    if (fetched->http == 200)
        return strpbrk(fetched->body, "\r\n") == NULL && fetched->length > 0 &&
               secret_new(fetched->body, fetched->length, &source->token, &failure);
    bool old = fetched->http == 403 || fetched->http == 404 || fetched->http == 405;
    return old && !source->link->v1_disabled;
}

static void metadata_answered(void *context, const struct aws_fetched *fetched,
                              const struct error *err)
{
    struct source *source = context;
    bool good = fetched != NULL && fetched->http == 200;
    switch (source->step) {
    case METADATA_TOKEN:
        good = take_metadata_token(source, fetched, err);
        source->step = METADATA_ROLE;
        break;
    case METADATA_ROLE:
        good = good && take_role(source, fetched);
        source->step = METADATA_CREDENTIALS;
        break;
    case METADATA_CREDENTIALS:
        if (good) {
            take(source, PROFILE_JSON_METADATA, fetched->body, fetched->length,
                 "the instance's metadata service");
            return;
        }
        break;
    }
    if (good)
        ask_metadata(source);
    else
        metadata_failed(source, fetched, err);
}

static void ask_metadata(struct source *source)
{
    struct error err = {0};
    char url[1024];
    bool first = source->step == METADATA_TOKEN;
    const char *value = source->token != NULL ? secret_bytes(source->token) : NULL;
    snprintf(url, sizeof url, "%s/latest/%s%s", source->link->url,
             first ? "api/token" : "meta-data/iam/security-credentials/", source->role);
    const struct aws_fetch fetch = {
        first ? "PUT" : "GET", url,
        first           ? "x-aws-ec2-metadata-token-ttl-seconds: "
        : value != NULL ? "x-aws-ec2-metadata-token: "
                        : NULL,
        first ? "21600" : value, METADATA_MS};
    if (!begin_fetch(source, &fetch, metadata_answered, &err))
        finish(source, &err);
}

/* --- all ------------------------------------------------------------------------------------------------------- */

void source_ask(struct request *request, const struct chain_link *link, source_done *done,
                void *context)
{
    struct error err = {0};
    struct source *source = calloc(1, sizeof *source);
    struct pair *none = NULL;
    if (source == NULL || !pair_new(&source->pair, &err)) {
        free(source);
        error_set(&err, ERROR_MEMORY, "looking for credentials");
        done(context, &none, &err);
        return;
    }
    source->request = request;
    source->link = link;
    source->done = done;
    source->context = context;
    switch (link->kind) {
    case CHAIN_WEB_IDENTITY:
        ask_web_identity(source);
        return;
    case CHAIN_SSO:
        ask_sso(source);
        return;
    case CHAIN_LOGIN:
        ask_login(source);
        return;
    case CHAIN_CONTAINER:
        ask_container(source);
        return;
    case CHAIN_METADATA:
        ask_metadata(source);
        return;
    case CHAIN_ENVIRONMENT:
    case CHAIN_STATIC:
    case CHAIN_PROCESS:
    case CHAIN_ROLE:
        break;
    }
    error_set(&err, ERROR_INTERNAL, "this link is not asked");
    finish(source, &err);
}
