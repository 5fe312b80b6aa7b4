/* One plain HTTP request, not signed: the services that hand credentials to what runs beside them
 * (a container's, an instance's), and IAM Identity Center. On the client's loop and within the same
 * bounds as its calls (exchange.h), with at most 64 KiB of body. Repeated by nobody but the caller. */
#ifndef KEYWRIGHT_AWS_FETCH_H
#define KEYWRIGHT_AWS_FETCH_H

#include "aws/client.h"

struct aws_fetch {
    const char *method; /* "GET", "PUT" */
    /* https://, or http:// where the caller knows that it stays on the machine: then no proxy is
     * used. */
    const char *url;
    const char *header; /* "Name: ", or NULL */
    const char *value;  /* of that header; copies of it are wiped */
    int64_t timeout_ms;
};

struct aws_fetched {
    int http;
    const char *body; /* borrowed, wiped afterwards */
    size_t length;
};

/* Exactly one of the two is not NULL. Errors: NETWORK (no answer), TLS, LIMIT, INTERRUPTED. */
typedef void aws_fetch_done(void *context, const struct aws_fetched *fetched,
                            const struct error *err);

/* Begin; `done` is called once, from within aws_client_run or aws_client_free. Nothing of `fetch` is
 * kept. */
bool aws_fetch(struct aws_client *client, const struct aws_fetch *fetch, aws_fetch_done *done,
               void *context, struct error *err) MUST_USE;

#endif
