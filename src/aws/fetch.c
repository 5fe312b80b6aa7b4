#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "aws/exchange.h"
#include "aws/fetching.h"
#include "base/scrub.h"
#include "base/safe.h"

enum { BODY_MOST = 64 * 1024 };

struct fetch {
    struct fetch *next;
    CURL *curl;
    struct curl_slist *headers;
    aws_fetch_done *done;
    void *context;
    char *body; /* scrub_malloc */
    size_t length;
    bool too_long;
    bool ended;
    struct aws_fetched fetched;
    struct error err; /* of one that failed */
    char why[CURL_ERROR_SIZE];
};

static void fetch_free(struct fetch *fetch)
{
    curl_easy_cleanup(fetch->curl);
    curl_slist_free_all(fetch->headers);
    scrub_free(fetch->body);
    free(fetch);
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct fetch *fetch = context;
    size_t length = size * count;
    if (length > BODY_MOST - fetch->length) {
        fetch->too_long = true;
        return 0;
    }
    memcpy(fetch->body + fetch->length, bytes, length);
    fetch->length += length;
    fetch->body[fetch->length] = '\0';
    return length;
}

/* --- beginning ----------------------------------------------------------------------------------- */

static bool add_header(struct fetch *fetch, const struct aws_fetch *wanted)
{
    if (wanted->header == NULL)
        return true;
    size_t room = strlen(wanted->header) + strlen(wanted->value) + 1;
    char *line = scrub_malloc(room);
    if (line == NULL)
        return false;
    stpcpy(stpcpy(line, wanted->header), wanted->value);
    fetch->headers = curl_slist_append(NULL, line);
    scrub_free(line);
    return fetch->headers != NULL;
}

#define SET(option, value) (curl_easy_setopt(curl, CURLOPT_##option, value) == CURLE_OK)

static bool set(struct fetch *fetch, const struct aws_fetch *wanted, const char *ca_bundle,
                const char *user_agent)
{
    CURL *curl = fetch->curl;
    const struct exchange_bounds bounds = {(long)wanted->timeout_ms,
                                           strncasecmp(wanted->url, "https:", 6) == 0, wanted->url,
                                           ca_bundle, BODY_MOST};
    return exchange_bound(curl, &bounds) && SET(URL, wanted->url) &&
           SET(HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) && SET(CUSTOMREQUEST, wanted->method) &&
           SET(HTTPHEADER, fetch->headers) && SET(USERAGENT, user_agent) &&
           SET(WRITEFUNCTION, on_body) && SET(WRITEDATA, fetch) && SET(ERRORBUFFER, fetch->why);
}

bool fetch_begin(const struct aws_fetch *wanted, const char *ca_bundle, const char *user_agent,
                 CURLM *multi, struct fetch **list, aws_fetch_done *done, void *context,
                 struct error *err)
{
    struct fetch *fetch = calloc(1, sizeof *fetch);
    if (fetch == NULL)
        return error_set(err, ERROR_MEMORY, "no room for a request");
    fetch->done = done;
    fetch->context = context;
    fetch->body = scrub_malloc(BODY_MOST + 1);
    fetch->curl = curl_easy_init();
    if (fetch->body == NULL || fetch->curl == NULL || !add_header(fetch, wanted) ||
        !set(fetch, wanted, ca_bundle, user_agent) ||
        curl_multi_add_handle(multi, fetch->curl) != CURLM_OK) {
        fetch_free(fetch);
        return error_set(err, ERROR_MEMORY, "libcurl does not take the request");
    }
    fetch->body[0] = '\0';
    fetch->next = *list;
    *list = fetch;
    return true;
}

/* --- its end --------------------------------------------------------------------------------------- */

static void judge(struct fetch *fetch, CURLcode code)
{
    char why[300], *url = NULL;
    long http = 0;
    fetch->ended = true;
    curl_easy_getinfo(fetch->curl, CURLINFO_RESPONSE_CODE, &http);
    curl_easy_getinfo(fetch->curl, CURLINFO_EFFECTIVE_URL, &url);
    fetch->fetched = (struct aws_fetched){(int)http, fetch->body, fetch->length};
    if (code == CURLE_OK && http != 0)
        return;
    safe_copy(why, sizeof why, fetch->why[0] != '\0' ? fetch->why : curl_easy_strerror(code));
    if (fetch->too_long || code == CURLE_FILESIZE_EXCEEDED)
        error_set(&fetch->err, ERROR_LIMIT, "more than %d KiB came", BODY_MOST / 1024);
    else if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR ||
             code == CURLE_SSL_CACERT_BADFILE)
        error_set(&fetch->err, ERROR_TLS, "%s", why);
    else
        error_set(&fetch->err, ERROR_NETWORK, "%s", why);
}

bool fetch_judge(struct fetch *list, CURL *handle, CURLcode code, CURLM *multi)
{
    while (list != NULL && list->curl != handle)
        list = list->next;
    if (list == NULL)
        return false;
    curl_multi_remove_handle(multi, handle);
    judge(list, code);
    return true;
}

void fetch_end_all(struct fetch *list, CURLM *multi)
{
    for (; list != NULL; list = list->next) {
        if (list->ended)
            continue;
        curl_multi_remove_handle(multi, list->curl);
        list->ended = true;
        error_set(&list->err, ERROR_INTERRUPTED, "the request was given up");
    }
}

bool fetch_any_ended(const struct fetch *list)
{
    while (list != NULL && !list->ended)
        list = list->next;
    return list != NULL;
}

bool fetch_tell_one(struct fetch **list)
{
    while (*list != NULL && !(*list)->ended)
        list = &(*list)->next;
    struct fetch *fetch = *list;
    if (fetch == NULL)
        return false;
    *list = fetch->next;
    bool failed = fetch->err.code != ERROR_NONE;
    fetch->done(fetch->context, failed ? NULL : &fetch->fetched, failed ? &fetch->err : NULL);
    fetch_free(fetch);
    return true;
}
