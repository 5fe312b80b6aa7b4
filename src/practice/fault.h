/* Faults on demand: what can go wrong between an action and its answer.
 *
 * A fault is written KIND[=VALUE]:ACTION[:SKIP[:TIMES]]. It strikes requests for ACTION ("*": all):
 * not the first SKIP (default 0), then TIMES of them (default 1; 0: every one). Several faults may
 * stand at one action; each counts the requests by itself, whether verified or not. VALUE is a
 * number whose unit the kind gives.
 */
#ifndef KEYWRIGHT_PRACTICE_FAULT_H
#define KEYWRIGHT_PRACTICE_FAULT_H

#include <stdbool.h>
#include <stddef.h>

#include "practice/refusal.h"
#include "practice/spoil.h"

/* How an exchange ends on the wire. */
enum fault_end { FAULT_END_ANSWERED, FAULT_END_CLOSED, FAULT_END_RESET };

/* What VALUE means to a kind. */
enum fault_value {
    FAULT_VALUE_NONE,
    FAULT_VALUE_WAIT_BEFORE, /* seconds, before the action */
    FAULT_VALUE_WAIT_AFTER,  /* seconds, between the action and the answer */
    FAULT_VALUE_AHEAD,       /* seconds that the Date of the answer is ahead */
    FAULT_VALUE_BEHIND,      /* ... is behind */
    FAULT_VALUE_STALE,       /* seconds: the age of what a list shows */
    FAULT_VALUE_WIRE         /* seconds, KiB or MiB: see enum spoil_wire */
};

/* X(code, HTTP status, AWS's code, message): what is answered instead of a result */
#define FAULT_REFUSAL_TABLE(X)                                                                     \
    X(THROTTLING, 400, "Throttling", "Rate exceeded")                                              \
    X(TOO_MANY, 429, "TooManyRequestsException", "Too Many Requests")                              \
    X(SLOW_DOWN, 503, "SlowDown", "Please reduce your request rate.")                              \
    X(UNAVAILABLE, 503, "ServiceUnavailable", "Service is unable to handle request.")              \
    X(FAILURE, 500, "ServiceFailure",                                                              \
      "The request processing has failed because of an unknown error, exception or failure.")      \
    X(GATEWAY, 502, "ServiceFailure", "Bad Gateway")                                               \
    X(DENIED, 403, "AccessDenied", "You are not authorized to perform this action.")               \
    X(TOKEN, 403, "InvalidClientTokenId",                                                          \
      "The security token included in the request is invalid.")                                    \
    X(LIMIT, 409, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2")                 \
    X(EXPIRED, 400, "RequestExpired", "Request has expired.")                                      \
    X(SKEWED, 403, "SignatureDoesNotMatch",                                                        \
      "Signature expired: the time of the request is now earlier than it may be")                  \
    X(MOVED, 307, "TemporaryRedirect", "Please re-send this request to the specified endpoint.")

enum fault_refusal {
    FAULT_REFUSAL_NONE,
#define X(code, status, aws, message) FAULT_REFUSAL_##code,
    FAULT_REFUSAL_TABLE(X)
#undef X
        FAULT_REFUSAL_COUNT
};

/* X(code, name, executed, end, refusal, body, wire, meaning of VALUE, its default, what it does)
 * executed: the action is performed. Bodies and wires: practice/spoil.h. */
#define FAULT_TABLE(X)                                                                             \
    X(THROTTLE, "throttle", false, ANSWERED, THROTTLING, AS_IS, PLAIN, NONE, 0, "400 Throttling")  \
    X(THROTTLE429, "throttle429", false, ANSWERED, TOO_MANY, AS_IS, PLAIN, NONE, 0,                \
      "429 TooManyRequestsException")                                                              \
    X(SLOWDOWN, "slowdown", false, ANSWERED, SLOW_DOWN, AS_IS, PLAIN, NONE, 0, "503 SlowDown")     \
    X(UNAVAILABLE, "unavailable", false, ANSWERED, UNAVAILABLE, AS_IS, PLAIN, NONE, 0,             \
      "503 ServiceUnavailable")                                                                    \
    X(INTERNAL, "internal", false, ANSWERED, FAILURE, AS_IS, PLAIN, NONE, 0, "500 ServiceFailure") \
    X(HTML, "html", false, ANSWERED, GATEWAY, HTML, TYPED, NONE, 0, "502 and a page, not XML")     \
    X(DENIED, "denied", false, ANSWERED, DENIED, AS_IS, PLAIN, NONE, 0, "403 AccessDenied")        \
    X(REFUSED, "refused", false, ANSWERED, TOKEN, AS_IS, PLAIN, NONE, 0,                           \
      "403 InvalidClientTokenId")                                                                  \
    X(LIMIT, "limit", false, ANSWERED, LIMIT, AS_IS, PLAIN, NONE, 0, "409 LimitExceeded")          \
    X(EXPIRED, "expired", false, ANSWERED, EXPIRED, AS_IS, PLAIN, NONE, 0, "400 RequestExpired")   \
    X(SKEWED, "skewed", false, ANSWERED, SKEWED, AS_IS, PLAIN, AHEAD, 3600,                        \
      "403 Signature expired, and a Date VALUE seconds ahead")                                     \
    X(REDIRECT, "redirect", false, ANSWERED, MOVED, AS_IS, MOVED, NONE, 0,                         \
      "307 to another address")                                                                    \
    X(HOSTILE_DENIED, "hostile_denied", false, ANSWERED, DENIED, HOSTILE, PLAIN, NONE, 0,          \
      "403 with terminal controls in its message")                                                 \
    X(CLOSE_BEFORE, "close_before", false, CLOSED, NONE, AS_IS, PLAIN, NONE, 0,                    \
      "the connection ends")                                                                       \
    X(RESET_BEFORE, "reset_before", false, RESET, NONE, AS_IS, PLAIN, NONE, 0,                     \
      "the connection is reset")                                                                   \
    X(HANG_BEFORE, "hang_before", false, CLOSED, NONE, AS_IS, PLAIN, WAIT_BEFORE, 120,             \
      "nothing for VALUE seconds, then the connection ends")                                       \
    X(HALF_HEAD, "half_head", false, ANSWERED, NONE, AS_IS, HALF_HEAD, NONE, 0,                    \
      "the connection ends in the middle of the headers")                                          \
    X(DELAY, "delay", true, ANSWERED, NONE, AS_IS, PLAIN, WAIT_BEFORE, 1,                          \
      "executed after VALUE seconds")                                                              \
    X(DELAY_AFTER, "delay_after", true, ANSWERED, NONE, AS_IS, PLAIN, WAIT_AFTER, 1,               \
      "executed, answered VALUE seconds later")                                                    \
    X(CLOSE_AFTER, "close_after", true, CLOSED, NONE, AS_IS, PLAIN, NONE, 0,                       \
      "executed, then the connection ends")                                                        \
    X(RESET_AFTER, "reset_after", true, RESET, NONE, AS_IS, PLAIN, NONE, 0,                        \
      "executed, then the connection is reset")                                                    \
    X(HANG_AFTER, "hang_after", true, CLOSED, NONE, AS_IS, PLAIN, WAIT_AFTER, 120,                 \
      "executed, then nothing for VALUE seconds")                                                  \
    X(ERROR_AFTER, "error_after", true, ANSWERED, FAILURE, AS_IS, PLAIN, NONE, 0,                  \
      "executed, then 500 ServiceFailure")                                                         \
    X(TRUNCATE, "truncate", true, ANSWERED, NONE, AS_IS, TRUNCATED, NONE, 0,                       \
      "half of the body, then the connection ends")                                                \
    X(TRICKLE, "trickle", true, ANSWERED, NONE, AS_IS, TRICKLED, WIRE, 0.3,                        \
      "the body in pieces, over VALUE seconds")                                                    \
    X(CHUNKED, "chunked", true, ANSWERED, NONE, AS_IS, CHUNKED, NONE, 0,                           \
      "in chunks, with extensions and a trailer: legal")                                           \
    X(BAD_CHUNK, "bad_chunk", true, ANSWERED, NONE, AS_IS, BAD_CHUNK, NONE, 0,                     \
      "a chunk whose length is no number")                                                         \
    X(NO_LENGTH, "no_length", true, ANSWERED, NONE, AS_IS, NO_LENGTH, NONE, 0,                     \
      "no Content-Length; the end of the connection is the end: legal")                            \
    X(TWO_LENGTHS, "two_lengths", true, ANSWERED, NONE, AS_IS, TWO_LENGTHS, NONE, 0,               \
      "two Content-Lengths that differ")                                                           \
    X(GZIP, "gzip", true, ANSWERED, NONE, AS_IS, GZIPPED, NONE, 0,                                 \
      "compressed, which nobody asked for")                                                        \
    X(TYPE, "type", true, ANSWERED, NONE, AS_IS, TYPED, NONE, 0, "Content-Type: text/html")        \
    X(CONTINUE, "continue", true, ANSWERED, NONE, AS_IS, INTERIM, NONE, 0,                         \
      "100 Continue before the answer: legal")                                                     \
    X(HEADERS, "headers", true, ANSWERED, NONE, AS_IS, PADDED, WIRE, 20, "VALUE KiB of headers")   \
    X(HUGE, "huge", true, ANSWERED, NONE, AS_IS, HUGE, WIRE, 40, "VALUE MiB of white space in it") \
    X(RAW, "raw", true, ANSWERED, NONE, AS_IS, NOISE, NONE, 0, "an answer that is not HTTP")       \
    X(DATE_AHEAD, "date_ahead", true, ANSWERED, NONE, AS_IS, PLAIN, AHEAD, 3600,                   \
      "the Date of the answer is VALUE seconds ahead")                                             \
    X(DATE_BEHIND, "date_behind", true, ANSWERED, NONE, AS_IS, PLAIN, BEHIND, 3600,                \
      "the Date of the answer is VALUE seconds behind")                                            \
    X(STALE, "stale", true, ANSWERED, NONE, AS_IS, PLAIN, STALE, 60,                               \
      "ListAccessKeys shows what stood VALUE seconds ago")                                         \
    X(HOSTILE, "hostile", true, ANSWERED, NONE, HOSTILE, PLAIN, NONE, 0,                           \
      "terminal controls in the names")                                                            \
    X(MALFORMED, "malformed", true, ANSWERED, NONE, MALFORMED, PLAIN, NONE, 0,                     \
      "XML without its last end tag")                                                              \
    X(CUT, "cut", true, ANSWERED, NONE, CUT, PLAIN, NONE, 0, "XML that ends after two thirds")     \
    X(EMPTY, "empty", true, ANSWERED, NONE, EMPTY, PLAIN, NONE, 0, "no body")                      \
    X(GARBAGE, "garbage", true, ANSWERED, NONE, GARBAGE, PLAIN, NONE, 0, "400 bytes of noise")     \
    X(ROOT, "root", true, ANSWERED, NONE, HTML, PLAIN, NONE, 0, "200 and a page, not XML")         \
    X(UNCLOSED, "unclosed", true, ANSWERED, NONE, UNCLOSED, PLAIN, NONE, 0,                        \
      "XML without an end tag inside")                                                             \
    X(NUL, "nul", true, ANSWERED, NONE, NUL, PLAIN, NONE, 0, "a byte NUL in the XML")              \
    X(LATIN1, "latin1", true, ANSWERED, NONE, LATIN1, PLAIN, NONE, 0, "bytes that are not UTF-8")  \
    X(NESTED, "nested", true, ANSWERED, NONE, NESTED, PLAIN, NONE, 0, "100,000 elements deep")     \
    X(ENTITY, "entity", true, ANSWERED, NONE, ENTITY, PLAIN, NONE, 0,                              \
      "entities that multiply to gigabytes")                                                       \
    X(XXE, "xxe", true, ANSWERED, NONE, XXE, PLAIN, NONE, 0, "an entity that is a file")           \
    X(DOUBLED, "doubled", true, ANSWERED, NONE, DOUBLED, PLAIN, NONE, 0, "an element twice")       \
    X(NO_SECRET, "no_secret", true, ANSWERED, NONE, NO_SECRET, PLAIN, NONE, 0,                     \
      "CreateAccessKey without a SecretAccessKey")                                                 \
    X(BOM, "bom", true, ANSWERED, NONE, BOM, PLAIN, NONE, 0, "a byte order mark: legal")           \
    X(DECLARATION, "declaration", true, ANSWERED, NONE, DECLARATION, PLAIN, NONE, 0,               \
      "an XML declaration: legal")                                                                 \
    X(CDATA, "cdata", true, ANSWERED, NONE, CDATA, PLAIN, NONE, 0, "text as CDATA: legal")         \
    X(COMMENT, "comment", true, ANSWERED, NONE, COMMENT, PLAIN, NONE, 0,                           \
      "a comment inside of text: legal")                                                           \
    X(PREFIX, "prefix", true, ANSWERED, NONE, PREFIX, PLAIN, NONE, 0,                              \
      "a name space prefix: legal")                                                                \
    X(ODD, "odd", true, ANSWERED, NONE, ODD, PLAIN, NONE, 0,                                       \
      "byte order mark, declaration, comment and instruction: legal")

enum { FAULT_NAME_SIZE = 48, FAULT_WAIT_MAXIMUM_MS = 600 * 1000 };

/* All faults that strike one request, as one plan. */
struct fault_plan {
    bool executed;
    int wait_before_ms;
    int wait_after_ms;
    enum fault_end end;
    bool refused;                   /* answer `refusal` instead */
    struct account_refusal refusal; /* code and message are IAM's */
    enum spoil_body body;
    enum spoil_wire wire;
    double wire_value;
    int date_shift;              /* seconds that the Date of the answer is ahead */
    int stale;                   /* seconds: the age of what a list shows; 0: as is set */
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
/* What the fault "throttle" does, as part of the plan. */
void fault_throttle(struct fault_plan *plan);

#endif
