/* One request of the front, from its message to its one reply. */
#ifndef KEYWRIGHT_KEEPER_REQUEST_H
#define KEYWRIGHT_KEEPER_REQUEST_H

#include "keeper/context.h"

/* A handler goes on in steps; each ends with another step begun, or with request_reply or
 * request_fail, after which the request is gone. */
typedef void request_step(struct request *request);
typedef void request_failed(struct request *request, const struct error *err);

struct request {
    struct context *context;
    struct request *next; /* in context->requests */
    enum message_kind kind;
    uint32_t id;
    struct json_object *body;  /* owned; may be NULL */
    struct json_object *reply; /* owned; members are added on the way */

    struct credentials signer;                /* filled by signer_resolve */
    char signer_key[CREDENTIALS_KEY_ID_SIZE]; /* the name for it: of a session, the pair's */
    char source_key[CREDENTIALS_KEY_ID_SIZE]; /* the long-term key below it, "" when not known */
    request_step *then;                       /* after the signer is there */
    request_failed *otherwise;                /* when it is not; NULL: request_fail */
    struct request *next_waiting;             /* in signer.c */

    void *state; /* of the handler */
    void (*state_free)(void *state);
    char marker[1024]; /* of the page that was asked for */
    int pages;
};

/* Takes over the message's body. Counts as in hand until it is answered. */
bool request_new(struct context *context, struct message *message, struct request **ret_request,
                 struct error *err) MUST_USE;

/* The two ends. request_reply adds "ok". Both free the request. */
void request_reply(struct request *request);
void request_fail(struct request *request, const struct error *err, int64_t date);
/* Free without a reply: the program ends. */
void request_free(struct request *request);

/* Parameters of a call; "" is left out. Borrowed. */
struct call_params {
    struct aws_param list[8];
    size_t count;
    const char *region;   /* NULL: that of the settings */
    const char *document; /* for a service that takes JSON; NULL */
};
void call_params_add(struct call_params *params, const char *name, const char *value);

/* Begin a call signed by the request's signer; `done` is called with the request as its context.
 * A call that cannot be begun fails the request. */
void request_call(struct request *request, enum aws_action action, const struct call_params *params,
                  aws_done *done);
/* The same with a JSON document, which is taken over; an empty region is that of the settings. A document
 * that could not be made whole fails the request: it would ask for something else. */
void request_call_document(struct request *request, enum aws_action action,
                           struct json_object *document, struct call_params params, aws_done *done);
/* As request_call, with other credentials and another context of `done`; nothing fails by itself: false
 * when it could not be begun (INTERRUPTED when the front is gone). */
bool request_call_as(struct request *request, const struct credentials *credentials,
                     enum aws_action action, const struct call_params *params, aws_done *done,
                     void *context, struct error *err) MUST_USE;

/* The list of this name that the reply collects, page by page; borrowed, NULL when it could not be
 * made. */
struct json_object *request_list(struct request *request, const char *name);
/* For a list that comes in pages: true when reply->marker asks for another page; it is then in
 * request->marker. A list that leads in a circle or never ends is REPLY. */
bool request_next_page(struct request *request, const struct aws_reply *reply, bool *ret_more,
                       struct error *err) MUST_USE;

#endif
