/* Faults on demand: what can go wrong between an action and its answer.
 *
 * A fault is written KIND[=VALUE]:ACTION[:SKIP[:TIMES]]. It strikes requests for ACTION ("*": all):
 * not the first SKIP (default 0), then TIMES of them (default 1; 0: every one). Several faults may
 * stand at one action; each counts the requests by itself, whether verified or not. VALUE is a number
 * whose unit the kind gives.
 */
#ifndef KEYWRIGHT_PRACTICE_FAULT_H
#define KEYWRIGHT_PRACTICE_FAULT_H

#include <stdbool.h>
#include <stddef.h>

#include "practice/refusal.h"

/* How an exchange ends on the wire. */
enum fault_end { FAULT_END_ANSWERED, FAULT_END_CLOSED, FAULT_END_RESET };

/* How an answer is spoiled. */
enum fault_spoil {
    FAULT_SPOIL_NOTHING,
    FAULT_SPOIL_TRUNCATED, /* half of the body, then the connection ends */
    FAULT_SPOIL_MALFORMED, /* the last end tag is missing */
    FAULT_SPOIL_EMPTY,     /* no body */
    FAULT_SPOIL_HUGE,      /* VALUE MiB of white space behind the body */
    FAULT_SPOIL_HTML,      /* a page instead */
    FAULT_SPOIL_NO_SECRET, /* without SecretAccessKey */
    FAULT_SPOIL_DOUBLED,   /* AccessKeyId twice */
    FAULT_SPOIL_ENTITY,    /* a document type that defines entities */
    FAULT_SPOIL_ODD        /* byte order mark, declaration, comment: legal, must be accepted */
};

/* X(kind, name, executed, wait before, wait after, end, status, spoil, VALUE's default)
 * executed: the action is performed. A wait is VALUE seconds. status: 0, or that of an error which
 * is answered instead. */
#define FAULT_TABLE(X)                                                                             \
    X(THROTTLE, "throttle", false, false, false, ANSWERED, 400, NOTHING, 0)                        \
    X(DENIED, "denied", false, false, false, ANSWERED, 403, NOTHING, 0)                            \
    X(REFUSED, "refused", false, false, false, ANSWERED, 403, NOTHING, 0)                          \
    X(EXPIRED, "expired", false, false, false, ANSWERED, 400, NOTHING, 0)                          \
    X(LIMIT, "limit", false, false, false, ANSWERED, 409, NOTHING, 0)                              \
    X(INTERNAL, "internal", false, false, false, ANSWERED, 500, NOTHING, 0)                        \
    X(UNAVAILABLE, "unavailable", false, false, false, ANSWERED, 503, NOTHING, 0)                  \
    X(HTML, "html", false, false, false, ANSWERED, 502, HTML, 0)                                   \
    X(CLOSE_BEFORE, "close_before", false, false, false, CLOSED, 0, NOTHING, 0)                    \
    X(RESET_BEFORE, "reset_before", false, false, false, RESET, 0, NOTHING, 0)                     \
    X(HANG_BEFORE, "hang_before", false, true, false, CLOSED, 0, NOTHING, 120)                     \
    X(DELAY, "delay", true, true, false, ANSWERED, 0, NOTHING, 1)                                  \
    X(DELAY_AFTER, "delay_after", true, false, true, ANSWERED, 0, NOTHING, 1)                      \
    X(CLOSE_AFTER, "close_after", true, false, false, CLOSED, 0, NOTHING, 0)                       \
    X(RESET_AFTER, "reset_after", true, false, false, RESET, 0, NOTHING, 0)                        \
    X(HANG_AFTER, "hang_after", true, false, true, CLOSED, 0, NOTHING, 120)                        \
    X(ERROR_AFTER, "error_after", true, false, false, ANSWERED, 500, NOTHING, 0)                   \
    X(TRUNCATE, "truncate", true, false, false, ANSWERED, 0, TRUNCATED, 0)                         \
    X(MALFORMED, "malformed", true, false, false, ANSWERED, 0, MALFORMED, 0)                       \
    X(EMPTY, "empty", true, false, false, ANSWERED, 0, EMPTY, 0)                                   \
    X(HUGE, "huge", true, false, false, ANSWERED, 0, HUGE, 40)                                     \
    X(NO_SECRET, "no_secret", true, false, false, ANSWERED, 0, NO_SECRET, 0)                       \
    X(DOUBLED, "doubled", true, false, false, ANSWERED, 0, DOUBLED, 0)                             \
    X(ENTITY, "entity", true, false, false, ANSWERED, 0, ENTITY, 0)                                \
    X(ODD, "odd", true, false, false, ANSWERED, 0, ODD, 0)

enum { FAULT_NAME_SIZE = 48, FAULT_WAIT_MAXIMUM_MS = 600 * 1000 };

/* All faults that strike one request, as one plan. */
struct fault_plan {
    bool executed;
    int wait_before_ms;
    int wait_after_ms;
    enum fault_end end;
    bool refused;                   /* answer `refusal` instead */
    struct account_refusal refusal; /* code and message are IAM's */
    enum fault_spoil spoil;
    int huge_mib;
    char names[FAULT_NAME_SIZE]; /* "delay,close_after"; "" for none */
};

struct fault_list; /* opaque */

struct fault_list *fault_list_new(void); /* NULL without memory */
void fault_list_free(struct fault_list *list);
/* USAGE when the fault is not written as said above. */
bool fault_list_add(struct fault_list *list, const char *spec, struct error *err) MUST_USE;
void fault_list_clear(struct fault_list *list);
/* Count a request for the action, and say what is to happen to it. */
struct fault_plan fault_list_strike(struct fault_list *list, const char *action);

/* Spoil a body as the plan says; HUGE and TRUNCATED are up to the sender. */
struct text;
void fault_spoil_body(enum fault_spoil spoil, struct text *body);

#endif
