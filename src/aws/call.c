#include "aws/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/rand.h>

#include "aws/form.h"
#include "base/scrub.h"
#include "aws/verdict.h"
#include "base/text.h"
#include "base/when.h"

enum { ATTEMPTS = 3, AUTHORIZATION_MOST = 2048 };

/* --- making ----------------------------------------------------------------------------------- */

static bool has_param(const struct aws_call *wanted, const char *name)
{
    for (size_t i = 0; i < wanted->param_count; i++)
        if (strcmp(wanted->params[i].name, name) == 0 && wanted->params[i].value != NULL)
            return true;
    return false;
}

/* Request URL, value of Host (without the scheme's own port, as libcurl would write it) and path.
 */
static bool take_apart(struct call *call, struct error *err)
{
    const char *url = call->endpoint.url;
    bool tls = strncasecmp(url, "https:", 6) == 0;
    const char *begin = url + (tls ? 8 : 7);
    size_t length = strcspn(begin, "/");
    const char *usual = tls ? ":443" : ":80";
    size_t port = strlen(usual);
    const char *path = aws_action_path(call->action);
    if (*path == '\0' && begin[length] != '/')
        path = "/";
    if (snprintf(call->url, sizeof call->url, "%s%s", url, path) >= (int)sizeof call->url ||
        length >= sizeof call->host)
        return error_set(err, ERROR_ENDPOINT, "the endpoint is too long");
    call->path = call->url + (begin - url) + length;
    if (length > port && memcmp(begin + length - port, usual, port) == 0)
        length -= port;
    memcpy(call->host, begin, length);
    call->host[length] = '\0';
    return true;
}

static bool new_body(const struct aws_call *wanted, struct call *call, struct error *err)
{
    const char *document = wanted->document != NULL ? wanted->document : "{}";
    switch (aws_service_protocol(call->row->service)) {
    case AWS_QUERY:
        return form_new(call->row, wanted->params, wanted->param_count, &call->body,
                        &call->body_length, err);
    case AWS_REST_JSON:
        if (!form_query(wanted->params, wanted->param_count, &call->query, err))
            return false;
        if (aws_action_gets(call->action))
            return true;
        break;
    case AWS_JSON_1_1:
        break;
    }
    call->body = scrub_strdup(document);
    call->body_length = strlen(document);
    return call->body != NULL || error_set(err, ERROR_MEMORY, "no room for a request");
}

static void name_target(struct call *call)
{
    const char *target = aws_service_target(call->row->service);
    if (target != NULL)
        snprintf(call->target, sizeof call->target, "%s%s", target, call->row->name);
}

bool call_new(const struct aws_call *wanted, const struct aws_settings *settings,
              struct call_shared *shared, struct call **ret_call, struct error *err)
{
    if (aws_action_signed(wanted->action) && wanted->credentials->secret == NULL)
        return error_set(err, ERROR_NO_CREDENTIALS, "nothing to sign a request with");
    struct call *call = calloc(1, sizeof *call);
    if (call == NULL)
        return error_set(err, ERROR_MEMORY, "no room for a call");
    call->action = wanted->action;
    call->row = aws_action(wanted->action);
    bool one_time =
        has_param(wanted, "TokenCode") || has_param(wanted, "AuthenticationCode1");
    call->rule = (struct retry_rule){
        .repeatable = call->row->repeatable || (!call->row->writes && !one_time),
        .one_time = one_time,
        .most = settings->max_attempts > 0 ? settings->max_attempts : ATTEMPTS,
    };
    call->fresh = !call->rule.repeatable;
    const char *region = wanted->region != NULL ? wanted->region : settings->region;
    if (!aws_endpoint_resolve(call->row->service, region, settings->use_fips,
                              settings->use_dualstack, settings->endpoint_url[call->row->service],
                              &call->endpoint, err) ||
        !take_apart(call, err) ||
        !signer_hold(wanted->credentials, &shared->recent, &call->signer, err) ||
        !new_body(wanted, call, err)) {
        call_free(call);
        return false;
    }
    name_target(call);
    *ret_call = call;
    return true;
}

void call_free(struct call *call)
{
    if (call == NULL)
        return;
    exchange_free(call->exchange);
    signer_drop(call->signer);
    scrub_free(call->body);
    scrub_free(call->query);
    free(call);
}

/* --- one attempt ------------------------------------------------------------------------------ */

static void tell_trace(const struct call *call, const struct call_shared *shared, int http,
                       const char *aws_code, long connection)
{
    if (shared->trace == NULL)
        return;
    struct aws_trace trace = {
        .service = aws_service_name(call->row->service),
        .action = call->row->name,
        .key_id = call->signer->credentials.key_id,
        .host = call->host,
        .attempt = call->attempt,
        .http = http,
        .aws_code = aws_code,
        .connection = connection,
        .milliseconds = http == 0 ? 0 : when_monotonic_ms() - call->begun_at,
    };
    shared->trace(shared->trace_context, &trace);
}

static bool authorize(struct call *call, struct call_shared *shared, struct text *ret_text,
                      struct error *err)
{
    const char *content = aws_action_content(call->action);
    struct sign_header headers[5];
    size_t count = 0;
    if (content != NULL)
        headers[count++] = (struct sign_header){"content-type", content};
    headers[count++] = (struct sign_header){"host", call->host};
    headers[count++] = (struct sign_header){"x-amz-date", call->stamp};
    if (call->signer->credentials.token != NULL)
        headers[count++] = (struct sign_header){
            "x-amz-security-token", secret_bytes(call->signer->credentials.token)};
    if (call->target[0] != '\0')
        headers[count++] = (struct sign_header){"x-amz-target", call->target};
    struct sign_request request = {
        .method = call->body == NULL ? "GET" : "POST",
        .path = call->path,
        .query = call->query != NULL ? call->query : "",
        .headers = headers,
        .header_count = count,
        .body = call->body == NULL ? "" : call->body,
        .body_length = call->body_length,
    };
    struct sign_scope scope = {call->signed_at, call->endpoint.signing_region,
                               aws_service_name(call->row->service)};
    return sign_request(shared->keys, &call->signer->credentials, &scope, &request, ret_text, err);
}

bool call_begin(struct call *call, struct call_shared *shared)
{
    CLEANUP(text_release) struct text authorization;
    struct error err;
    bool is_signed = aws_action_signed(call->action);
    text_init(&authorization, AUTHORIZATION_MOST);
    exchange_free(call->exchange);
    call->exchange = NULL;
    call->attempt++;
    call->begun_at = when_monotonic_ms();
    call->signed_at = when_now() + shared->offset;
    when_format_basic(call->signed_at, call->stamp);
    struct exchange_request request = {
        .url = call->url,
        .query = call->query,
        .host = call->host,
        .stamp = call->stamp,
        .content_type = aws_action_content(call->action),
        .target = call->target[0] != '\0' ? call->target : NULL,
        .token = is_signed ? call->signer->credentials.token : NULL,
        .body = call->body,
        .body_length = call->body_length,
        .fresh = call->fresh,
        .timeout_ms = shared->timeout_ms,
        .ca_bundle = shared->ca_bundle,
        .user_agent = shared->user_agent,
        .action = call->action,
    };
    bool done = !is_signed || authorize(call, shared, &authorization, &err);
    request.authorization = is_signed ? authorization.bytes : NULL;
    if (!done || !exchange_new(&request, call, &call->exchange, &err)) {
        call_fail(call, &err);
        return false;
    }
    tell_trace(call, shared, 0, "", 0);
    return true;
}

/* --- its end ---------------------------------------------------------------------------------- */

static double chance(void)
{
    uint32_t bits = 0;
    if (RAND_bytes((unsigned char *)&bits, sizeof bits) != 1)
        bits = (uint32_t)when_monotonic_ms() * 2654435761u;
    return bits / 4294967296.0;
}

void call_fail(struct call *call, const struct error *err)
{
    call->err = *err;
    if (call->err.op[0] == '\0')
        verdict_op(call->action, &call->err);
    call->ended = true;
    call->succeeded = false;
    /* Refused now, but an earlier attempt may have acted, and be the very reason (a key that
     * switched itself off). That a key is gone is what its deletion wanted. */
    bool certain = err->code == ERROR_NOT_FOUND || err->code == ERROR_UNANSWERED;
    if (!call->maybe_done || certain)
        return;
    call->err.code = ERROR_UNANSWERED;
    error_wrap(&call->err, "an earlier attempt was not answered; then");
}

static void succeed(struct call *call, struct call_shared *shared,
                    const struct exchange_result *result)
{
    struct aws_reply *reply = reply_reader_reply(exchange_reader(call->exchange));
    reply->date = result->date;
    reply->skew = result->date != 0 ? result->arrived - result->date : 0;
    reply->attempts = call->attempt;
    if (reply->request_id[0] == '\0')
        memcpy(reply->request_id, result->request_id, sizeof reply->request_id);
    retry_succeeded(&shared->quota, call->cost);
    call->ended = true;
    call->succeeded = true;
}

/* Again after a pause, or the end of it. */
static void again_or_fail(struct call *call, struct call_shared *shared, enum attempt_end end,
                          bool timed_out, const struct error *err)
{
    if (!retry_next(&shared->quota, &call->rule, end, timed_out, call->attempt, &call->cost)) {
        call_fail(call, err);
        return;
    }
    if (call->row->writes && (end == ATTEMPT_LOST || end == ATTEMPT_TRANSIENT))
        call->maybe_done = true;
    call->resume_at = when_monotonic_ms() + retry_delay_ms(call->attempt, chance());
    /* Its headers can have a session token, which is not to stand there through the pause. */
    exchange_free(call->exchange);
    call->exchange = NULL;
}

static void judge_unanswered(struct call *call, struct call_shared *shared,
                             const struct exchange_result *result)
{
    enum attempt_end end = result->hopeless                   ? ATTEMPT_FINAL
                           : result->end == EXCHANGE_NOT_SENT ? ATTEMPT_NOT_SENT
                                                              : ATTEMPT_LOST;
    tell_trace(call, shared, -1, "", result->connection);
    again_or_fail(call, shared, end, result->timed_out, &result->err);
}

/* The clock was wrong: now it is known by how much. The offset serves all later calls; this one is
 * made again at once, if that is safe. */
static bool correct_clock(struct call *call, struct call_shared *shared,
                          const struct exchange_result *result)
{
    shared->offset = result->date - result->arrived;
    if (call->corrected || call->rule.one_time || !call->rule.repeatable)
        return false;
    call->corrected = true;
    call->resume_at = 0;
    return true;
}

static void judge_refusal(struct call *call, struct call_shared *shared,
                          const struct exchange_result *result, bool from_aws)
{
    struct reply_reader *reader = exchange_reader(call->exchange);
    const char *id = from_aws ? reply_reader_reply(reader)->request_id : "";
    struct refusal refusal = {
        .http = result->http,
        .code = from_aws ? reply_reader_code(reader) : "",
        .message = from_aws ? reply_reader_message(reader) : "",
        .request_id = id[0] != '\0' ? id : result->request_id,
        .date = result->date,
        .signed_at = call->signed_at,
    };
    struct error err;
    verdict_error(call->action, &refusal, &call->signer->credentials, &err);
    tell_trace(call, shared, result->http, err.aws_code, result->connection);
    if (verdict_clock(&refusal) && correct_clock(call, shared, result))
        return;
    enum attempt_end end = verdict_throttled(&refusal)   ? ATTEMPT_THROTTLED
                           : verdict_transient(&refusal) ? ATTEMPT_TRANSIENT
                                                         : ATTEMPT_FINAL;
    /* A server that broke down may have acted before it did. */
    if (end == ATTEMPT_TRANSIENT && call->row->writes)
        err.code = ERROR_UNANSWERED;
    again_or_fail(call, shared, end, false, &err);
}

static void judge_answer(struct call *call, struct call_shared *shared,
                         const struct exchange_result *result)
{
    struct reply_reader *reader = exchange_reader(call->exchange);
    struct error err;
    bool whole = !result->compressed && reply_reader_end(reader, &err);
    bool refused = whole && reply_reader_code(reader)[0] != '\0';
    if (result->http < 200 || result->http > 299) {
        judge_refusal(call, shared, result, refused);
        return;
    }
    const struct credentials *credentials = &call->signer->credentials;
    char code[64];
    verdict_clean(refused ? reply_reader_code(reader) : "", credentials, code, sizeof code);
    tell_trace(call, shared, result->http, code, result->connection);
    if (whole && !refused) {
        succeed(call, shared, result);
        return;
    }
    if (result->compressed)
        error_set(&err, ERROR_REPLY, "%s answered compressed, which was not asked for", call->host);
    else if (refused)
        error_set(&err, ERROR_REPLY, "%s answered HTTP %d with an error in it", call->host,
                  result->http);
    else
        error_wrap(&err, "the reply of %s to %s", call->host, call->row->name);
    err.http = result->http;
    verdict_clean(result->request_id, credentials, err.request_id, sizeof err.request_id);
    call_fail(call, &err);
}

void call_judge(struct call *call, struct call_shared *shared, CURLcode code)
{
    struct exchange_result result;
    exchange_result(call->exchange, code, &result);
    call->date = result.date;
    if (result.end == EXCHANGE_ANSWERED)
        judge_answer(call, shared, &result);
    else
        judge_unanswered(call, shared, &result);
}

void call_tell(struct call *call)
{
    if (call->succeeded)
        call->done(call->context, reply_reader_reply(exchange_reader(call->exchange)), NULL,
                   call->date);
    else
        call->done(call->context, NULL, &call->err, call->date);
}
