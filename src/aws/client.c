#include "aws/client.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

#include "aws/call.h"
#include "aws/fetching.h"
#include "base/when.h"

enum { RUNNING_MOST = 32, TIMEOUT_S = 30, FDS_MOST = 64 };

struct aws_client {
    CURLM *multi;
    struct aws_settings settings; /* strings owned */
    struct call_shared shared;
    struct call *waiting; /* in the order of their making */
    struct call **last;   /* the end of that list */
    struct call *running[RUNNING_MOST];
    struct call *ended; /* still to be told */
    struct call **last_ended;
    struct fetch *fetches;
    size_t pending;
};

/* --- making ----------------------------------------------------------------------------------- */

static bool copy_string(const char *from, char **ret_copy, struct error *err)
{
    *ret_copy = NULL;
    if (from != NULL && (*ret_copy = strdup(from)) == NULL)
        return error_set(err, ERROR_MEMORY, "no room for the client's settings");
    return true;
}

static bool copy_settings(struct aws_client *client, const struct aws_settings *settings,
                          struct error *err)
{
    char *region, *url;
    client->settings = *settings;
    client->settings.region = NULL;
    memset(client->settings.endpoint_url, 0, sizeof client->settings.endpoint_url);
    if (!copy_string(settings->region != NULL ? settings->region : "", &region, err))
        return false;
    client->settings.region = region;
    for (int service = 0; service < AWS_SERVICE_COUNT; service++) {
        if (!copy_string(settings->endpoint_url[service], &url, err))
            return false;
        client->settings.endpoint_url[service] = url;
    }
    const char *agent =
        settings->user_agent != NULL ? settings->user_agent : PACKAGE_NAME "/" PACKAGE_VERSION;
    return copy_string(settings->ca_bundle, &client->shared.ca_bundle, err) &&
           copy_string(agent, &client->shared.user_agent, err);
}

static bool check_endpoints(const struct aws_settings *settings, struct error *err)
{
    struct aws_endpoint endpoint;
    for (int service = 0; service < AWS_SERVICE_COUNT; service++)
        if (settings->endpoint_url[service] != NULL &&
            !aws_endpoint_resolve((enum aws_service)service, settings->region, settings->use_fips,
                                  settings->use_dualstack, settings->endpoint_url[service],
                                  &endpoint, err))
            return false;
    return true;
}

bool aws_client_new(const struct aws_settings *settings, struct aws_client **ret_client,
                    struct error *err)
{
    if (!check_endpoints(settings, err) || !exchange_setup(err))
        return false;
    struct aws_client *client = calloc(1, sizeof *client);
    if (client == NULL)
        return error_set(err, ERROR_MEMORY, "no room for a client");
    client->last = &client->waiting;
    client->last_ended = &client->ended;
    client->multi = curl_multi_init();
    client->shared.quota.tokens = RETRY_TOKENS;
    int64_t timeout = settings->timeout > 0 ? settings->timeout : TIMEOUT_S;
    client->shared.timeout_ms = timeout > LONG_MAX / 1000 ? LONG_MAX : (long)timeout * 1000;
    if (!copy_settings(client, settings, err) || !sign_cache_new(&client->shared.keys, err)) {
        aws_client_free(client);
        return false;
    }
    if (client->multi == NULL ||
        curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)RUNNING_MOST) != CURLM_OK) {
        aws_client_free(client);
        return error_set(err, ERROR_MEMORY, "libcurl has no room for a client");
    }
    *ret_client = client;
    return true;
}

static void push(struct call ***last, struct call *call)
{
    call->next = NULL;
    **last = call;
    *last = &call->next;
}

/* Tell of all calls that have ended. `done` may make new calls. */
static void tell_ended(struct aws_client *client)
{
    while (client->ended != NULL) {
        struct call *call = client->ended;
        client->ended = call->next;
        if (client->ended == NULL)
            client->last_ended = &client->ended;
        client->pending--;
        call_tell(call);
        call_free(call);
    }
    while (fetch_any_ended(client->fetches)) {
        client->pending--;
        fetch_tell_one(&client->fetches);
    }
}

static void end_all(struct aws_client *client)
{
    struct error err;
    error_set(&err, ERROR_INTERRUPTED, "the call was given up");
    for (size_t i = 0; i < RUNNING_MOST; i++) {
        struct call *call = client->running[i];
        if (call == NULL)
            continue;
        curl_multi_remove_handle(client->multi, exchange_handle(call->exchange));
        client->running[i] = NULL;
        call_fail(call, &err);
        push(&client->last_ended, call);
    }
    while (client->waiting != NULL) {
        struct call *call = client->waiting;
        client->waiting = call->next;
        call_fail(call, &err);
        push(&client->last_ended, call);
    }
    client->last = &client->waiting;
    fetch_end_all(client->fetches, client->multi);
}

void aws_client_free(struct aws_client *client)
{
    if (client == NULL)
        return;
    end_all(client);
    tell_ended(client);
    curl_multi_cleanup(client->multi);
    sign_cache_free(client->shared.keys);
    signer_drop(client->shared.recent);
    free((char *)client->settings.region);
    for (int service = 0; service < AWS_SERVICE_COUNT; service++)
        free((char *)client->settings.endpoint_url[service]);
    free(client->shared.ca_bundle);
    free(client->shared.user_agent);
    free(client);
}

bool aws_call(struct aws_client *client, const struct aws_call *wanted, aws_done *done,
              void *context, struct error *err)
{
    struct call *call = NULL;
    if (!call_new(wanted, &client->settings, &client->shared, &call, err))
        return false;
    call->done = done;
    call->context = context;
    push(&client->last, call);
    client->pending++;
    return true;
}

bool aws_fetch(struct aws_client *client, const struct aws_fetch *fetch, aws_fetch_done *done,
               void *context, struct error *err)
{
    if (!fetch_begin(fetch, client->shared.ca_bundle, client->shared.user_agent, client->multi,
                     &client->fetches, done, context, err))
        return false;
    client->pending++;
    return true;
}

size_t aws_client_pending(const struct aws_client *client)
{
    return client->pending;
}

void aws_client_trace(struct aws_client *client, void (*trace)(void *, const struct aws_trace *),
                      void *context)
{
    client->shared.trace = trace;
    client->shared.trace_context = context;
}

/* --- running ---------------------------------------------------------------------------------- */

static struct call **free_place(struct aws_client *client)
{
    for (size_t i = 0; i < RUNNING_MOST; i++)
        if (client->running[i] == NULL)
            return &client->running[i];
    return NULL;
}

/* Begin the waiting calls whose time has come. Returns milliseconds until the next one is due, at
 * most `timeout_ms`. */
static int begin_due(struct aws_client *client, int timeout_ms)
{
    int64_t now = when_monotonic_ms();
    struct call **at = &client->waiting;
    struct call **place;
    while (*at != NULL && (place = free_place(client)) != NULL) {
        struct call *call = *at;
        if (call->resume_at > now) {
            timeout_ms =
                call->resume_at - now < timeout_ms ? (int)(call->resume_at - now) : timeout_ms;
            at = &call->next;
            continue;
        }
        *at = call->next;
        if (client->last == &call->next)
            client->last = at;
        if (!call_begin(call, &client->shared)) {
            push(&client->last_ended, call);
            continue;
        }
        if (curl_multi_add_handle(client->multi, exchange_handle(call->exchange)) != CURLM_OK) {
            struct error err;
            error_set(&err, ERROR_INTERNAL, "libcurl does not take the request");
            call_fail(call, &err);
            push(&client->last_ended, call);
            continue;
        }
        *place = call;
    }
    return client->ended != NULL || fetch_any_ended(client->fetches) ? 0 : timeout_ms;
}

static void collect(struct aws_client *client)
{
    int left;
    CURLMsg *message;
    while ((message = curl_multi_info_read(client->multi, &left)) != NULL) {
        CURL *handle = message->easy_handle;
        CURLcode code = message->data.result;
        char *tag = NULL;
        if (message->msg == CURLMSG_DONE &&
            fetch_judge(client->fetches, handle, code, client->multi))
            continue;
        if (message->msg != CURLMSG_DONE ||
            curl_easy_getinfo(handle, CURLINFO_PRIVATE, &tag) != CURLE_OK)
            continue;
        struct call *call = (void *)tag;
        curl_multi_remove_handle(client->multi, handle);
        for (size_t i = 0; i < RUNNING_MOST; i++)
            if (client->running[i] == call)
                client->running[i] = NULL;
        call_judge(call, &client->shared, code);
        push(call->ended ? &client->last_ended : &client->last, call);
    }
}

static bool perform(struct aws_client *client, struct error *err)
{
    int running;
    CURLMcode code = curl_multi_perform(client->multi, &running);
    if (code != CURLM_OK)
        return error_set(err, ERROR_INTERNAL, "libcurl: %s", curl_multi_strerror(code));
    collect(client);
    return true;
}

/* libcurl reports fewer events than poll does (no POLLHUP), so poll is asked once more afterwards.
 */
static bool wait_for(struct aws_client *client, struct pollfd *fds, size_t count, int timeout_ms,
                     struct error *err)
{
    struct curl_waitfd others[FDS_MOST];
    if (count > FDS_MOST)
        return error_set(err, ERROR_INTERNAL, "more than %d descriptors to wait for", FDS_MOST);
    for (size_t i = 0; i < count; i++) {
        short events = (short)(((fds[i].events & POLLIN) != 0 ? CURL_WAIT_POLLIN : 0) |
                               ((fds[i].events & POLLPRI) != 0 ? CURL_WAIT_POLLPRI : 0) |
                               ((fds[i].events & POLLOUT) != 0 ? CURL_WAIT_POLLOUT : 0));
        others[i] = (struct curl_waitfd){.fd = fds[i].fd, .events = events};
    }
    CURLMcode code = curl_multi_poll(client->multi, others, (unsigned)count, timeout_ms, NULL);
    if (code != CURLM_OK)
        return error_set(err, ERROR_INTERNAL, "libcurl: %s", curl_multi_strerror(code));
    for (size_t i = 0; i < count; i++)
        fds[i].revents = 0;
    if (count > 0)
        poll(fds, (nfds_t)count, 0);
    return true;
}

bool aws_client_run(struct aws_client *client, struct pollfd *fds, size_t count, int timeout_ms,
                    struct error *err)
{
    int most = timeout_ms < 0 ? INT_MAX : timeout_ms;
    begin_due(client, most);
    if (!perform(client, err))
        return false;
    /* Once more: what has just ended may be due again, and nobody waits while a call is to be told.
     */
    int wait = begin_due(client, most);
    if (!wait_for(client, fds, count, wait, err) || !perform(client, err))
        return false;
    tell_ended(client);
    return true;
}
