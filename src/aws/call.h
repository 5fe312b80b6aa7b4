/* One call from its making to its outcome, over as many attempts as it takes. The client runs the
 * loop; this file knows what an attempt is made of and what its end means. Private to aws/. */
#ifndef KEYWRIGHT_AWS_CALL_H
#define KEYWRIGHT_AWS_CALL_H

#include "aws/client.h"
#include "aws/endpoint.h"
#include "aws/exchange.h"
#include "aws/retry.h"
#include "aws/signer.h"
#include "sign/sign.h"

/* What all calls of a client share. */
struct call_shared {
    struct sign_cache *keys;
    struct signer *recent; /* of the last call made; NULL for none */
    struct retry_quota quota;
    int64_t offset; /* AWS's clock minus ours, seconds; 0 until a refusal tells otherwise */
    long timeout_ms;
    char *ca_bundle; /* NULL: the system's */
    char *user_agent;
    void (*trace)(void *, const struct aws_trace *);
    void *trace_context;
};

struct call {
    struct call *next;
    enum aws_action action;
    const struct aws_action_row *row;
    struct signer *signer;
    char *body; /* scrub_malloc; NULL for a GET */
    size_t body_length;
    struct aws_endpoint endpoint;
    char url[520];
    char host[300];
    const char *path; /* in url */
    char *query;      /* scrub_malloc; of REST, else NULL */
    char target[96];  /* X-Amz-Target; "" for none */
    struct retry_rule rule;
    bool fresh;
    aws_done *done;
    void *context;

    int attempt;       /* number of the one under way, or of the last */
    int cost;          /* of the last retry */
    bool corrected;    /* repeated once because of the clock */
    bool maybe_done;   /* an earlier attempt of a write ended without an answer */
    int64_t resume_at; /* monotonic milliseconds before which it waits */
    int64_t begun_at;  /* of the attempt */
    int64_t signed_at;
    char stamp[24];
    struct exchange *exchange; /* NULL between attempts */

    bool ended;
    bool succeeded; /* then the reply is that of exchange */
    int64_t date;
    struct error err;
};

bool call_new(const struct aws_call *wanted, const struct aws_settings *settings,
              struct call_shared *shared, struct call **ret_call, struct error *err) MUST_USE;
void call_free(struct call *call);

/* Sign for the present and prepare the next attempt. On failure the call has ended. */
bool call_begin(struct call *call, struct call_shared *shared) MUST_USE;
/* The attempt has ended: the call is ended too, or waits for resume_at. */
void call_judge(struct call *call, struct call_shared *shared, CURLcode code);
/* End it with this error, whatever it is doing. */
void call_fail(struct call *call, const struct error *err);
/* Tell the caller, once. */
void call_tell(struct call *call);

#endif
