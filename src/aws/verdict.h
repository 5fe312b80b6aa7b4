/* What a refusal of AWS means: from HTTP status, error code and message to a struct error. Pure.
 * Private to aws/. */
#ifndef KEYWRIGHT_AWS_VERDICT_H
#define KEYWRIGHT_AWS_VERDICT_H

#include "aws/client.h"

/* A complete answer that is not a success. */
struct refusal {
    int http;
    const char *code;    /* AWS's, "" when the body was none of AWS's */
    const char *message; /* as sent; "" for none */
    const char *request_id;
    int64_t date;      /* 0: unknown */
    int64_t signed_at; /* time that the request was signed for */
};

/* May the same request be made again as far as AWS is concerned? Codes: botocore, standard mode. */
bool verdict_throttled(const struct refusal *refusal);
bool verdict_transient(const struct refusal *refusal); /* throttling not included */
/* The refusal is about the time in the request, and its Date tells the right one. */
bool verdict_clock(const struct refusal *refusal);

/* What was sent as one safe line, cut to size, at its first line break, and where it begins to repeat
 * the secret or the token: a SignatureDoesNotMatch holds the canonical request, with the token in it. */
void verdict_clean(const char *sent, const struct credentials *credentials, char *buffer,
                   size_t size);

/* Fill err: code, http, aws_code, request_id, op and one safe line of text, in which nothing of the
 * credentials stands even if AWS sent it back. */
void verdict_error(enum aws_action action, const struct refusal *refusal,
                   const struct credentials *credentials, struct error *err);

/* "iam:CreateAccessKey": for err->op of every failed call. */
void verdict_op(enum aws_action action, struct error *err);

#endif
