/* The keeper as the front sees it: a process at the other end of a door, started when it is first
 * needed, asked things by message, answering by callback. Never blocks. */
#ifndef KEYWRIGHT_RUNNER_KEEPER_H
#define KEYWRIGHT_RUNNER_KEEPER_H

#include <poll.h>

#include "base/error.h"
#include "wire/message.h"

struct keeper;
struct starter;
struct text;

struct keeper_options {
    const char *profile;      /* NULL: by environment */
    const char *as_profile;   /* NULL: none */
    const char *region;       /* NULL: by environment and profile */
    const char *endpoint_url; /* NULL: by environment and profile */
    /* As hello's answer told them to a rotation that goes on now. With endpoint_iam these alone
     * say where AWS is; NULL: by endpoint_url, environment and profile. */
    const char *endpoint_iam, *endpoint_sts, *endpoint_sso;
    const char *endpoint_cloudtrail, *endpoint_access_analyzer; /* NULL: as without endpoint_iam */
    bool use_fips, use_dualstack;
    int64_t timeout;          /* seconds of one request; 0: default */
    bool notes;               /* be told of every attempt of a request to AWS: keeper_on_note */
    int environment_fd;       /* sealed memfd with the AWS_* variables, -1 for none; borrowed */
    const struct text *scope; /* what it may be asked for (wire/scope.h); NULL: only the AWS files */
    bool terminal; /* hand our terminal over to it, to show a secret on; without one nothing is */
    struct starter *starter;  /* who starts it, with that one's environment and scope; NULL: we do */
};

/* Start the program and say hello. The options are copied; environment_fd may be closed afterwards.
 * The program is $KEYWRIGHT_KEEPER, else keywright-keeper beside our own executable (the build
 * tree), else the installed one. It gets a session of its own, the door as descriptor 3, the sealed
 * environment as 4 when there is one, the scope as 5 when it is not empty,
 * the terminal as 6 when it was asked for, /dev/null as standard input and output (standard error too,
 * unless KEYWRIGHT_DEBUG is set), no other descriptor, and our environment as it is now. Returns
 * before hello is answered. NOT_FOUND or PERMISSION when it cannot be executed. */
bool keeper_start(const struct keeper_options *options, struct keeper **ret_keeper,
                  struct error *err) MUST_USE;
/* Close the door; the keeper ends by itself after the effect in hand. NULL is fine. Neither this
 * nor keeper_run nor keeper_drain may be called from within a callback. */
void keeper_free(struct keeper *keeper);

/* `body` is the reply's, borrowed; on failure it is NULL and err says why (on success err is NULL).
 * `date` is AWS's Date, 0 when unknown. Exactly once for every request, KEEPER_GONE and keeper_free
 * included; it may ask again. */
typedef void keeper_reply(void *context, struct json_object *body, const struct error *err,
                          int64_t date);

/* Takes over *body (may be NULL or point to NULL for an empty one). When it returns false, there
 * will be no callback; once there is a keeper_failure, err is that. */
bool keeper_ask(struct keeper *keeper, enum message_kind kind, struct json_object **body,
                keeper_reply *reply, void *context, struct error *err) MUST_USE;

/* Looks that change nothing (survey, inventory, trail, granted) are asked with a body of this, signed by the identity; once
 * the operator has given a code for a session of the identity's own keys, by that session. The body is the caller's. */
struct json_object *keeper_look(const struct keeper *keeper);
void keeper_look_in_session(struct keeper *keeper); /* from now on */
bool keeper_looks_in_session(const struct keeper *keeper);

/* For the caller's poll: the descriptor and what to wait for. */
struct pollfd keeper_pollfd(const struct keeper *keeper);
/* Read and write what is ready, call back. Returns false with KEEPER_GONE when it has ended or what
 * it says makes no sense; every request has had its callback then. */
bool keeper_run(struct keeper *keeper, struct error *err) MUST_USE;
/* Requests without a reply yet, hello included. */
size_t keeper_pending(const struct keeper *keeper);
/* keeper_run until nothing is pending (for programs without a screen). Signals that are not blocked
 * interrupt it: INTERRUPTED. */
bool keeper_drain(struct keeper *keeper, struct error *err) MUST_USE;

/* Told of every attempt of a request to AWS, when keeper_options.notes asked for it. */
void keeper_on_note(struct keeper *keeper, void (*note)(void *context, struct json_object *body),
                    void *context);

/* Why this keeper will do nothing any more: hello was refused (an unknown profile, say), it is of
 * another version, or it has ended. NULL while all is well. Borrowed. */
const struct error *keeper_failure(const struct keeper *keeper);

/* hello's answer, once it has come: "" (keeper_hello: NULL) before. Borrowed. */
const char *keeper_region(const struct keeper *keeper);
const char *keeper_explanation(const struct keeper *keeper);
/* What it found odd in AWS files and environment, a line each: an operator is told before anything is
 * changed. */
void keeper_warnings(const struct keeper *keeper, struct text *ret_lines);
struct json_object *keeper_hello(const struct keeper *keeper);

#endif
