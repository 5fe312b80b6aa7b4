/* AWS for tests/fuzz/requests.c: the functions of aws/client.h and aws/fetch.h. Nothing is sent; a
 * call is kept until aws_client_run, and answered by a letter. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/client.h"
#include "aws/endpoint.h"
#include "aws/fetch.h"
#include "base/text.h"
#include "tests/fuzz/requests.h"

struct pending {
    struct pending *next;
    enum aws_action action;
    aws_done *done;
    aws_fetch_done *fetched; /* NULL for a call */
    void *context;
    char url[256]; /* of what is fetched */
};

struct aws_client {
    struct pending *first;
    size_t count;
    void (*trace)(void *, const struct aws_trace *);
    void *trace_context;
};

size_t world_writes[AWS_ACTION_COUNT];
static size_t pages;

void world_aws_begin(void)
{
    memset(world_writes, 0, sizeof world_writes);
    pages = 0;
}

/* --- the client -------------------------------------------------------------------------*/

bool aws_client_new(const struct aws_settings *settings, struct aws_client **ret_client,
                    struct error *err)
{
    struct aws_endpoint endpoint;
    for (int service = 0; service < AWS_SERVICE_COUNT; service++)
        if (settings->endpoint_url[service] != NULL &&
            !aws_endpoint_resolve((enum aws_service)service, settings->region, settings->use_fips,
                                  settings->use_dualstack, settings->endpoint_url[service],
                                  &endpoint, err))
            return false;
    *ret_client = calloc(1, sizeof **ret_client);
    CHECK(*ret_client != NULL);
    return true;
}

void aws_client_trace(struct aws_client *client, void (*trace)(void *, const struct aws_trace *),
                      void *context)
{
    client->trace = trace;
    client->trace_context = context;
}

size_t aws_client_pending(const struct aws_client *client)
{
    return client->count;
}

static struct pending *take_first(struct aws_client *client)
{
    struct pending *pending = client->first;
    client->first = pending->next;
    client->count--;
    return pending;
}

static void keep(struct aws_client *client, const struct pending *call)
{
    struct pending **last = &client->first, *pending = malloc(sizeof *pending);
    CHECK(pending != NULL);
    *pending = *call;
    pending->next = NULL;
    while (*last != NULL)
        last = &(*last)->next;
    *last = pending;
    client->count++;
}

void aws_client_free(struct aws_client *client)
{
    struct error err;
    error_set(&err, ERROR_INTERRUPTED, "the call was given up");
    while (client != NULL && client->first != NULL) {
        struct pending *pending = take_first(client);
        if (pending->fetched != NULL)
            pending->fetched(pending->context, NULL, &err);
        else
            pending->done(pending->context, NULL, &err, 0);
        free(pending);
    }
    free(client);
}

/* --- what is asked -----------------------------------------------------------------------*/

static const char *value_of(const struct aws_call *call, const char *name)
{
    for (size_t i = 0; i < call->param_count; i++)
        if (strcmp(call->params[i].name, name) == 0)
            return call->params[i].value;
    return "";
}

/* The keeper is the last door: these hold whatever the front asks for. */
static void check_write(const struct aws_call *call)
{
    const char *key = value_of(call, "AccessKeyId"), *status = value_of(call, "Status");
    CHECK(value_of(call, "UserName")[0] != '\0');
    CHECK(call->action == AWS_CREATE_ACCESS_KEY || key[0] != '\0');
    CHECK(call->action != AWS_UPDATE_ACCESS_KEY || strcmp(status, "Active") == 0 ||
          strcmp(status, "Inactive") == 0);
    CHECK(call->action != AWS_DELETE_ACCESS_KEY || strcmp(call->credentials->key_id, key) != 0);
    world_writes[call->action]++;
}

bool aws_call(struct aws_client *client, const struct aws_call *call, aws_done *done, void *context,
              struct error *err)
{
    (void)err;
    CHECK(call->action < AWS_ACTION_COUNT);
    CHECK(!aws_action_signed(call->action) || call->credentials->secret != NULL);
    /* Without its key a look at the history would be one at everybody's. */
    CHECK(call->action != AWS_LOOKUP_EVENTS ||
          strstr(call->document, "\"AttributeKey\":\"AccessKeyId\"") != NULL);
    for (size_t i = 0; i < call->param_count; i++)
        CHECK(call->params[i].value != NULL && call->params[i].value[0] != '\0');
    if (aws_action(call->action)->writes)
        check_write(call);
    struct aws_trace trace = {.service = aws_service_name(aws_action(call->action)->service),
                              .action = aws_action(call->action)->name,
                              .key_id = call->credentials->key_id,
                              .host = "localhost",
                              .attempt = 1};
    if (client->trace != NULL)
        client->trace(client->trace_context, &trace);
    keep(client, &(struct pending){.action = call->action, .done = done, .context = context});
    return true;
}

bool aws_fetch(struct aws_client *client, const struct aws_fetch *fetch, aws_fetch_done *done,
               void *context, struct error *err)
{
    (void)err;
    struct pending pending = {.fetched = done, .context = context};
    text_copy(pending.url, sizeof pending.url, fetch->url);
    keep(client, &pending);
    return true;
}

/* --- what is answered --------------------------------------------------------------------*/

static enum error_code failure_of(char letter)
{
    switch (letter) {
    case 'd':
        return ERROR_DENIED;
    case 'f':
        return ERROR_NOT_FOUND;
    case 'm':
        return ERROR_MFA_NEEDED;
    case 'n':
        return ERROR_NETWORK;
    case 'r':
        return ERROR_KEY_REFUSED;
    case 't':
        return ERROR_TIMEOUT;
    case 'u':
        return ERROR_UNANSWERED;
    default:
        return ERROR_NONE;
    }
}

static void fill_credentials(struct credentials *pair, const char *key, bool session)
{
    struct error err;
    text_copy(pair->key_id, sizeof pair->key_id, key);
    CHECK(secret_new(SECRET("new"), strlen(SECRET("new")), &pair->secret, &err));
    if (session)
        CHECK(secret_new(SECRET("token"), strlen(SECRET("token")), &pair->token, &err));
    pair->expires = session ? INT64_C(4102444800) : 0;
}

/* A page of who has which policies; the hostile one is none. */
static struct json_object *new_page(bool hostile)
{
    static const char good[] =
        "{\"UserDetailList\": [{\"UserName\": \"alice\", \"Arn\": \"a\", \"GroupList\": [\"g\"], "
        "\"UserPolicyList\": [{\"PolicyName\": \"p\", \"PolicyDocument\": \"%7B\"}], "
        "\"PermissionsBoundary\": {\"PermissionsBoundaryArn\": \"b\"}}], \"Policies\": "
        "[{\"Arn\": \"c\", \"DefaultVersionId\": \"v2\", \"PolicyVersionList\": "
        "[{\"VersionId\": \"v1\"}, {\"VersionId\": \"v2\", \"Document\": \"{}\"}]}]}";
    static const char odd[] =
        "{\"UserDetailList\": \"\", \"GroupDetailList\": [\"x\", {\"GroupList\": [{}], "
        "\"GroupPolicyList\": [\"\"], \"AttachedManagedPolicies\": {}, \"Tags\": [[]], "
        "\"PermissionsBoundary\": \"\"}], \"RoleDetailList\": {}, \"Policies\": [[], "
        "{\"AttachmentCount\": \"999999999999999999999\", \"PolicyVersionList\": [\"\"]}]}";
    return json_tokener_parse(hostile ? odd : good);
}

static struct json_object *new_selectors(bool hostile)
{
    return json_tokener_parse(
        hostile ? "{\"EventSelectors\": [\"x\", [], {\"IncludeManagementEvents\": \"\"}], "
                  "\"AdvancedEventSelectors\": [{\"FieldSelectors\": [\"\"]}, {\"FieldSelectors\": {}}, "
                  "{\"FieldSelectors\": [{\"Field\": \"eventCategory\", \"Equals\": [[], {}]}]}]}"
                : "{\"EventSelectors\": [{\"ReadWriteType\": \"All\", "
                  "\"IncludeManagementEvents\": \"true\", \"ExcludeManagementEventSources\": \"\"}]}");
}

/* 'p' has another page behind it, 'o' the same one for ever; 'h' holds what nobody expects. */
static void answer_call(const struct pending *pending, char letter)
{
    static struct aws_key keys[] = {{OLD_KEY, "Active", 1700000000}, {NEW_KEY, "Inactive", 0}};
    static struct aws_user users[] = {{"alice", "arn:aws:iam::111122223333:user/alice", 1, 0}};
    static struct aws_mfa_device devices[] = {
        {"arn:aws:iam::111122223333:mfa/alice", 1, "arn:aws:iam::111122223333:user/alice"}};
    static struct aws_event events[] = {{.name = "ListBuckets", .source = "s3.amazonaws.com",
                                         .at = 1768480000, .detailed = true, .user_agent = "\033[1m"}};
    bool hostile = letter == 'h';
    char marker[32] = "same";
    struct credentials pair;
    struct aws_reply reply = {
        .content = "QUJD", .content_length = 4, .generated = 1768480000,
        .date = 1768480496, .skew = hostile ? INT64_C(-250000000000) : 2, .attempts = 1};
    credentials_init(&pair);
    if (pending->action == AWS_CREATE_ACCESS_KEY)
        fill_credentials(&pair, NEW_KEY, false);
    if (pending->action == AWS_GET_SESSION_TOKEN || pending->action == AWS_ASSUME_ROLE ||
        pending->action == AWS_ASSUME_ROLE_WITH_WEB_IDENTITY)
        fill_credentials(&pair, "ASIASESSIONSESSION05", true);
    strcpy(reply.account, hostile ? "\033[31m" : "111122223333");
    strcpy(reply.arn, hostile ? "arn:::/user/" : "arn:aws:iam::111122223333:user/alice");
    strcpy(reply.user, hostile ? "\342\200\256x" : "alice");
    reply.credentials = &pair;
    reply.key = keys[1];
    reply.keys = keys;
    reply.users = users;
    reply.mfa = devices;
    reply.events = events;
    reply.event_count = hostile ? 0 : 1;
    reply.key_count = sizeof keys / sizeof *keys;
    reply.user_count = reply.mfa_count = hostile ? 0 : 1;
    static struct aws_analyzer analyzers[] = {
        {.name = "a", .arn = "b", .type = "ACCOUNT", .status = "ACTIVE"}};
    static struct aws_found found[] = {{"UnusedPermission", "arn:aws:iam::1:user/alice", "1"}};
    static struct aws_flaw flaws[] = {{"ERROR", "INVALID_ACTION", "\033[1m"}};
    static struct aws_trail trails[] = {{.arn = "c", .multi_region = true},
                                        {.arn = "d", .home_region = "\n", .multi_region = true}};
    struct json_object *tree = pending->action == AWS_GET_EVENT_SELECTORS ? new_selectors(hostile)
                                                                          : new_page(hostile);
    CHECK(tree != NULL);
    reply.tree = tree;
    reply.analyzers = analyzers;
    reply.analyzer_count = hostile ? 0 : 1;
    reply.found = found;
    reply.flaws = flaws;
    reply.found_count = reply.flaw_count = 1;
    reply.trails = trails;
    reply.trail_count = sizeof trails / sizeof *trails;
    reply.logging = !hostile;
    reply.truncated = letter == 'p' || letter == 'o';
    if (letter == 'p')
        snprintf(marker, sizeof marker, "page %zu", ++pages);
    reply.marker = reply.truncated ? marker : "";
    pending->done(pending->context, &reply, NULL, reply.date);
    json_object_put(tree);
    credentials_release(&pair);
}

static const char *body_of(const char *url, char letter)
{
    if (letter == 'h')
        return "{\"Code\": \"Failed\", \"AccessKeyId\": 1}\r\n\033";
    if (strstr(url, "/api/token") != NULL)
        return SECRET("metadata");
    if (strstr(url, "/federation/") != NULL)
        return "{\"roleCredentials\": {\"accessKeyId\": \"ASIASSO\", \"secretAccessKey\": "
               "\"" SECRET("sso") "\", \"sessionToken\": \"" SECRET(
                   "ssotoken") "\", \"expiration\": 4102444800000}}";
    size_t length = strlen(url);
    if (length > 0 && url[length - 1] == '/')
        return "some-role";
    return "{\"Code\": \"Success\", \"AccessKeyId\": \"ASIABOX\", \"SecretAccessKey\": \"" SECRET(
        "box") "\", \"Token\": \"" SECRET("boxtoken") "\", \"Expiration\": "
                                                      "\"2100-01-01T00:00:00Z\"}";
}

static void answer_fetch(const struct pending *pending, char letter)
{
    struct error err;
    const char *body = body_of(pending->url, letter);
    struct aws_fetched fetched = {.http = letter == 'd'   ? 403
                                          : letter == 'f' ? 404
                                          : letter == 'r' ? 401
                                          : letter == 's' ? 500
                                                          : 200,
                                  .body = body,
                                  .length = strlen(body)};
    if (letter == 'n' || letter == 't') {
        error_set(&err, ERROR_NETWORK, "nobody is there");
        pending->fetched(pending->context, NULL, &err);
    } else {
        pending->fetched(pending->context, &fetched, NULL);
    }
}

/* 'z' is a failure of the waiting itself, which ends the keeper's loop. */
bool aws_client_run(struct aws_client *client, struct pollfd *fds, size_t count, int timeout_ms,
                    struct error *err)
{
    (void)fds, (void)count, (void)timeout_ms;
    if (client->first == NULL)
        return true;
    char letter = world_answer();
    struct error failure;
    if (letter == 'z')
        return error_set(err, ERROR_IO, "waiting");
    struct pending *pending = take_first(client);
    if (pending->fetched != NULL) {
        answer_fetch(pending, letter);
    } else if (failure_of(letter) != ERROR_NONE) {
        error_set(&failure, failure_of(letter), "AWS says %c", letter);
        strcpy(failure.aws_code, "Code");
        pending->done(pending->context, NULL, &failure, letter == 'd' ? 1768480496 : 0);
    } else {
        answer_call(pending, letter);
    }
    free(pending);
    return true;
}
