/* Why AWS says no: what the practice account's parts answer instead of a result. */
#ifndef KEYWRIGHT_PRACTICE_REFUSAL_H
#define KEYWRIGHT_PRACTICE_REFUSAL_H

#include "base/error.h"

struct account_refusal {
    int http;          /* 403 */
    const char *code;  /* wire code, "InvalidClientTokenId"; a constant */
    const char *why;   /* what really happened, for the request log: "inactive-key"; a constant */
    char message[400]; /* what AWS would say; text of the caller's may be in it */
};

/* Fill a refusal; always returns false, so that a function can `return account_refuse(...)`. */
bool account_refuse(struct account_refusal *refusal, int http, const char *code, const char *why,
                    const char *format, ...) FORMAT_LIKE(5, 6);
/* InvalidClientTokenId with AWS's one sentence for it. Always returns false. */
bool account_refuse_token(struct account_refusal *refusal, const char *why);

/* As in base/error.h: always false, also to an analyser. */
#ifdef STATIC_ANALYSIS
#define account_refuse(...) (__extension__({ account_refuse(__VA_ARGS__), false; }))
#endif

#endif
