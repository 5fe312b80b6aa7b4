#include "aws/exchange.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "aws/proxy.h"
#include "base/scrub.h"
#include "base/safe.h"
#include "base/text.h"
#include "base/when.h"

enum {
    HEADERS_MOST = 64 * 1024,
    BODY_MOST = 32 * 1024 * 1024,
    CONNECT_MS = 10000,
    LINE_SIZE = 1024
};

struct exchange {
    CURL *curl;
    struct curl_slist *headers;
    struct reply_reader *reader;
    const char *host; /* borrowed */
    long timeout_ms;
    bool tls;
    size_t header_bytes, body_bytes;
    bool over_limit, compressed;
    bool headers_done; /* the empty line after them was seen */
    int dates;
    int64_t date, arrived;
    char request_id[64];
    char why[CURL_ERROR_SIZE];
};

bool exchange_setup(struct error *err)
{
    static bool done;
    if (!done && curl_global_init_mem(CURL_GLOBAL_DEFAULT, scrub_malloc, scrub_free, scrub_realloc,
                                      scrub_strdup, scrub_calloc) != CURLE_OK)
        return error_set(err, ERROR_INTERNAL, "libcurl does not start");
    done = true;
    return true;
}

/* --- what comes in ---------------------------------------------------------------------------- */

/* The value of the header line when it has this name (given with its colon). */
static bool header_value(const char *line, const char *name, char ret_value[LINE_SIZE])
{
    size_t length = strlen(name);
    if (strncasecmp(line, name, length) != 0)
        return false;
    const char *begin = line + length + strspn(line + length, " \t");
    size_t value = strcspn(begin, "\r\n");
    while (value > 0 && (begin[value - 1] == ' ' || begin[value - 1] == '\t'))
        value--;
    memcpy(ret_value, begin, value);
    ret_value[value] = '\0';
    return true;
}

static void note_date(struct exchange *exchange, const char *value)
{
    int64_t date = 0;
    if (!when_parse_http(value, &date, NULL))
        date = 0;
    /* Two Dates that differ tell nothing. */
    if (exchange->dates++ > 0 && date != exchange->date)
        date = 0;
    exchange->date = date;
    exchange->arrived = when_now();
}

static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
    struct exchange *exchange = context;
    char line[LINE_SIZE], value[LINE_SIZE];
    size_t length = size * count;
    exchange->header_bytes += length;
    if (exchange->header_bytes > HEADERS_MOST) {
        exchange->over_limit = true;
        return 0;
    }
    size_t kept = length < sizeof line ? length : sizeof line - 1;
    memcpy(line, bytes, kept);
    line[kept] = '\0';
    /* A new status line: what an interim answer (100) said does not count. Trailers do not either.
     */
    if (strncmp(line, "HTTP/", 5) == 0) {
        exchange->dates = 0;
        exchange->date = 0;
        exchange->compressed = false;
        exchange->headers_done = false;
    } else if (line[0] == '\r' || line[0] == '\n') {
        exchange->headers_done = true;
    } else if (exchange->body_bytes == 0) {
        if (header_value(line, "Date:", value))
            note_date(exchange, value);
        if (header_value(line, "x-amzn-RequestId:", value))
            text_copy(exchange->request_id, sizeof exchange->request_id, value);
        if (header_value(line, "x-amzn-ErrorType:", value))
            reply_reader_error_type(exchange->reader, value);
        if (header_value(line, "Content-Encoding:", value) && strcasecmp(value, "identity") != 0)
            exchange->compressed = true;
    }
    return length;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct exchange *exchange = context;
    size_t length = size * count;
    exchange->body_bytes += length;
    if (exchange->body_bytes > BODY_MOST) {
        exchange->over_limit = true;
        return 0;
    }
    if (!exchange->compressed)
        reply_reader_feed(exchange->reader, bytes, length);
    return length;
}

/* --- what goes out ---------------------------------------------------------------------------- */

static bool add_header(struct exchange *exchange, const char *name, const char *value)
{
    size_t room = strlen(name) + strlen(value) + 1;
    char *line = scrub_malloc(room);
    if (line == NULL)
        return false;
    stpcpy(stpcpy(line, name), value);
    struct curl_slist *longer = curl_slist_append(exchange->headers, line);
    scrub_free(line);
    if (longer == NULL)
        return false;
    exchange->headers = longer;
    return true;
}

static bool add_headers(struct exchange *exchange, const struct exchange_request *request)
{
    return add_header(exchange, "Host: ", request->host) &&
           (request->content_type == NULL ||
            add_header(exchange, "Content-Type: ", request->content_type)) &&
           add_header(exchange, "X-Amz-Date: ", request->stamp) &&
           (request->target == NULL ||
            add_header(exchange, "X-Amz-Target: ", request->target)) &&
           (request->token == NULL ||
            add_header(exchange, "X-Amz-Security-Token: ", secret_bytes(request->token))) &&
           (request->authorization == NULL ||
            add_header(exchange, "Authorization: ", request->authorization)) &&
           add_header(exchange, "Expect:", "");
}

#define SET(option, value) (curl_easy_setopt(curl, CURLOPT_##option, value) == CURLE_OK)

/* libcurl copies the URL. */
static bool set_url(CURL *curl, const struct exchange_request *request)
{
    const char *query = request->query != NULL ? request->query : "";
    char *url = scrub_malloc(strlen(request->url) + strlen(query) + 2);
    if (url == NULL)
        return false;
    stpcpy(stpcpy(stpcpy(url, request->url), *query != '\0' ? "?" : ""), query);
    bool done = SET(URL, url);
    scrub_free(url);
    return done;
}

static bool set_method(CURL *curl, const struct exchange_request *request)
{
    if (request->body == NULL)
        return SET(HTTPGET, 1L);
    return SET(POST, 1L) && SET(POSTFIELDS, request->body) &&
           SET(POSTFIELDSIZE_LARGE, (curl_off_t)request->body_length);
}

static bool set_request(struct exchange *exchange, const struct exchange_request *request,
                        void *tag)
{
    CURL *curl = exchange->curl;
    return set_url(curl, request) && SET(HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) &&
           set_method(curl, request) &&
           SET(HTTPHEADER, exchange->headers) && SET(USERAGENT, request->user_agent) &&
           SET(FRESH_CONNECT, (long)request->fresh) && SET(FORBID_REUSE, (long)request->fresh) &&
           SET(HEADERFUNCTION, on_header) && SET(HEADERDATA, exchange) &&
           SET(WRITEFUNCTION, on_body) && SET(WRITEDATA, exchange) && SET(PRIVATE, tag) &&
           SET(ERRORBUFFER, exchange->why);
}

/* libcurl knows no ports in NO_PROXY. */
static bool passed_over(const char *url)
{
    const char *no_proxy = getenv("no_proxy");
    if (no_proxy == NULL)
        no_proxy = getenv("NO_PROXY");
    return no_proxy != NULL && proxy_port_bypassed(no_proxy, url);
}

bool exchange_bound(CURL *curl, const struct exchange_bounds *bounds)
{
    long connect = bounds->timeout_ms < CONNECT_MS ? bounds->timeout_ms : (long)CONNECT_MS;
    bool done = SET(NOSIGNAL, 1L) && SET(TIMEOUT_MS, bounds->timeout_ms) &&
                SET(CONNECTTIMEOUT_MS, connect) && SET(FOLLOWLOCATION, 0L) &&
                SET(MAXFILESIZE_LARGE, (curl_off_t)bounds->body_most) &&
                SET(SUPPRESS_CONNECT_HEADERS, 1L) &&
                SET(SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) && SET(SSL_VERIFYPEER, 1L) &&
                SET(SSL_VERIFYHOST, 2L) && SET(NETRC, (long)CURL_NETRC_IGNORED);
#if LIBCURL_VERSION_NUM >= 0x075500
    done = done && SET(PROTOCOLS_STR, bounds->tls ? "https" : "http");
#else
    done = done && SET(PROTOCOLS, (long)(bounds->tls ? CURLPROTO_HTTPS : CURLPROTO_HTTP));
#endif
    /* Plain HTTP is for what is near, which no proxy can reach. */
    if (!bounds->tls || passed_over(bounds->url))
        done = done && SET(NOPROXY, "*");
    if (bounds->ca_bundle != NULL)
        done = done && SET(CAINFO, bounds->ca_bundle);
    return done;
}

bool exchange_new(const struct exchange_request *request, void *tag, struct exchange **ret_exchange,
                  struct error *err)
{
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL)
        return error_set(err, ERROR_MEMORY, "no room for a request");
    exchange->host = request->host;
    exchange->timeout_ms = request->timeout_ms;
    exchange->tls = strncasecmp(request->url, "https:", 6) == 0;
    const struct exchange_bounds bounds = {request->timeout_ms, exchange->tls, request->url,
                                           request->ca_bundle, BODY_MOST};
    exchange->curl = curl_easy_init();
    if (exchange->curl == NULL || !add_headers(exchange, request) ||
        !set_request(exchange, request, tag) || !exchange_bound(exchange->curl, &bounds)) {
        exchange_free(exchange);
        return error_set(err, ERROR_MEMORY, "libcurl does not take the request");
    }
    if (!reply_reader_new(request->action, &exchange->reader, err)) {
        exchange_free(exchange);
        return false;
    }
    *ret_exchange = exchange;
    return true;
}

void exchange_free(struct exchange *exchange)
{
    if (exchange == NULL)
        return;
    curl_easy_cleanup(exchange->curl);
    curl_slist_free_all(exchange->headers);
    reply_reader_free(exchange->reader);
    free(exchange);
}

CURL *exchange_handle(struct exchange *exchange)
{
    return exchange->curl;
}

struct reply_reader *exchange_reader(struct exchange *exchange)
{
    return exchange->reader;
}

/* --- how it ended ----------------------------------------------------------------------------- */

/* True unless it is certain that no byte of the request left. On a new TLS connection what libcurl
 * counts before the handshake is its talk with a proxy. */
static bool was_sent(const struct exchange *exchange)
{
    long bytes = 0, connects = 0;
    curl_off_t handshake = 0;
    curl_easy_getinfo(exchange->curl, CURLINFO_REQUEST_SIZE, &bytes);
    curl_easy_getinfo(exchange->curl, CURLINFO_NUM_CONNECTS, &connects);
    curl_easy_getinfo(exchange->curl, CURLINFO_APPCONNECT_TIME_T, &handshake);
    return bytes > 0 && !(exchange->tls && connects == 1 && handshake == 0);
}

static bool is_tls_failure(CURLcode code)
{
    return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR ||
           code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_CERTPROBLEM ||
           code == CURLE_SSL_CIPHER || code == CURLE_SSL_ISSUER_ERROR ||
           code == CURLE_SSL_INVALIDCERTSTATUS || code == CURLE_USE_SSL_FAILED;
}

static void describe(const struct exchange *exchange, CURLcode code, bool sent,
                     struct exchange_result *result)
{
    char why[300];
    struct error *err = &result->err;
    safe_copy(why, sizeof why, exchange->why[0] != '\0' ? exchange->why : curl_easy_strerror(code));
    /* Debian's libcurl calls a header line over 100 KiB "out of memory". */
    bool long_header = code == CURLE_OUT_OF_MEMORY && sent && exchange->body_bytes == 0;
    if (exchange->over_limit || code == CURLE_FILESIZE_EXCEEDED || long_header) {
        result->hopeless = true;
        error_set(err, ERROR_LIMIT, "%s sent more than %d KiB of %s", exchange->host,
                  exchange->body_bytes > 0 || code == CURLE_FILESIZE_EXCEEDED ? BODY_MOST / 1024
                                                                              : HEADERS_MOST / 1024,
                  exchange->body_bytes > 0 || code == CURLE_FILESIZE_EXCEEDED ? "body" : "headers");
    } else if (is_tls_failure(code) && !sent) {
        result->hopeless = code != CURLE_SSL_CONNECT_ERROR;
        error_set(err, ERROR_TLS, "%s: %s", exchange->host, why);
    } else if (code == CURLE_OUT_OF_MEMORY) {
        result->hopeless = true;
        error_set(err, ERROR_MEMORY, "libcurl has no memory");
    } else if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY) {
        result->hopeless = true;
        error_set(err, ERROR_REPLY, "%s does not speak HTTP: %s", exchange->host, why);
    } else if (result->timed_out && sent) {
        error_set(err, ERROR_TIMEOUT, "no answer from %s within %ld s", exchange->host,
                  (exchange->timeout_ms + 999) / 1000);
    } else {
        error_set(err, sent ? ERROR_UNANSWERED : ERROR_NETWORK, "%s: %s", exchange->host, why);
    }
}

void exchange_result(struct exchange *exchange, CURLcode code, struct exchange_result *ret_result)
{
    long http = 0;
    *ret_result = (struct exchange_result){.end = EXCHANGE_ANSWERED};
    curl_easy_getinfo(exchange->curl, CURLINFO_RESPONSE_CODE, &http);
    curl_easy_getinfo(exchange->curl, CURLINFO_LOCAL_PORT, &ret_result->connection);
    ret_result->http = (int)http;
    ret_result->compressed = exchange->compressed;
    ret_result->date = exchange->date;
    ret_result->arrived = exchange->arrived;
    text_copy(ret_result->request_id, sizeof ret_result->request_id, exchange->request_id);
    /* libcurl is content when the connection ends in the middle of the headers. */
    if (code == CURLE_OK && exchange->headers_done)
        return;
    if (code == CURLE_OK)
        code = CURLE_RECV_ERROR;
    bool sent = was_sent(exchange);
    ret_result->end = sent ? EXCHANGE_LOST : EXCHANGE_NOT_SENT;
    ret_result->timed_out = code == CURLE_OPERATION_TIMEDOUT;
    describe(exchange, code, sent, ret_result);
}
