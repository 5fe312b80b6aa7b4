/* One HTTP request and its answer, on libcurl. All bounds of the wire are here: TLS 1.2 or better
 * and verified, no redirects, no compression, at most 64 KiB of headers and 32 MiB of body, a time
 * limit. The body goes into a reply_reader as it arrives. Private to aws/. */
#ifndef KEYWRIGHT_AWS_EXCHANGE_H
#define KEYWRIGHT_AWS_EXCHANGE_H

#include <curl/curl.h>

#include "aws/reply.h"

/* Borrowed while the exchange lives. */
struct exchange_request {
    const char *url;
    const char *query;          /* behind the URL; NULL or "" for none */
    const char *host;           /* value of Host */
    const char *stamp;          /* value of X-Amz-Date */
    const char *content_type;   /* NULL for none */
    const char *target;         /* value of X-Amz-Target; NULL for none */
    const char *authorization;  /* value of Authorization; NULL for none */
    const struct secret *token; /* X-Amz-Security-Token; NULL for none */
    const char *body; /* NULL: a GET; else a POST */
    size_t body_length;
    bool fresh;            /* on a connection of its own that is not kept */
    long timeout_ms;       /* of the whole exchange */
    const char *ca_bundle; /* NULL: the system's */
    const char *user_agent;
    enum aws_action action;
};

/* The bounds alone, for a handle that is not an exchange. */
struct exchange_bounds {
    long timeout_ms; /* of the whole exchange */
    bool tls;        /* else plain http, without a proxy */
    const char *url; /* borrowed for the call */
    const char *ca_bundle; /* NULL: the system's */
    int64_t body_most;     /* bytes, where the answer says how long it is */
};
bool exchange_bound(CURL *curl, const struct exchange_bounds *bounds) MUST_USE;

/* What libcurl needs once a process; further calls do nothing. */
bool exchange_setup(struct error *err) MUST_USE;

struct exchange;
/* Prepared; it runs when its handle is added to a multi handle. `tag` comes back as
 * CURLINFO_PRIVATE. */
bool exchange_new(const struct exchange_request *request, void *tag, struct exchange **ret_exchange,
                  struct error *err) MUST_USE;
void exchange_free(struct exchange *exchange); /* wipes; the handle must not be in a multi handle */
CURL *exchange_handle(struct exchange *exchange);
struct reply_reader *exchange_reader(struct exchange *exchange);

enum exchange_end {
    EXCHANGE_ANSWERED, /* status and body arrived whole */
    EXCHANGE_NOT_SENT, /* no byte of the request left */
    EXCHANGE_LOST      /* something was sent; the answer is missing or not whole */
};

struct exchange_result {
    enum exchange_end end;
    bool timed_out;
    bool hopeless;   /* the same would happen again: bad certificate, a reply over the limit */
    bool compressed; /* answered in an encoding that was not asked for, and not read */
    int http;        /* when answered */
    int64_t date;    /* Date of the answer; 0: none, malformed or contradictory */
    int64_t arrived; /* our time when it came */
    long connection; /* its local port: the same as long as a connection is kept; 0: none */
    char request_id[64];
    struct error err; /* when not answered */
};

/* The exchange has ended with this code. */
void exchange_result(struct exchange *exchange, CURLcode code, struct exchange_result *ret_result);

#endif
