/* AWS Signature Version 4 in three stages that a test can call one by one: canonical request,
 * string to sign, signature. Pure: time is an argument, nothing is read or sent.
 * Source: AWS General Reference, "Create a signed AWS API request", steps 1 to 4.
 */
#ifndef KEYWRIGHT_SIGN_SIGN_H
#define KEYWRIGHT_SIGN_SIGN_H

#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"
#include "sign/credentials.h"

struct sign_header {
    const char *name;  /* any case */
    const char *value; /* as sent; trimmed and collapsed here */
};

/* A request as it will stand on the wire. `headers` are those that are to be signed, in the order
 * sent; each of them is signed. The caller puts host, x-amz-date and x-amz-security-token there. */
struct sign_request {
    const char *method;
    const char *path;  /* absolute, as on the wire; normalized and percent-encoded once more here */
    const char *query; /* without '?', as on the wire; "" for none */
    const struct sign_header *headers;
    size_t header_count;
    const void *body;
    size_t body_length;
};

struct sign_scope {
    int64_t time; /* UTC seconds: that of x-amz-date */
    const char *region;
    const char *service; /* signing name: "iam", "sts" */
};

/* Signing keys, derived once per key, day, region and service, and kept as prepared HMAC states,
 * wiped when they go. A cache is not shared by threads. */
struct sign_cache;
bool sign_cache_new(struct sign_cache **ret_cache, struct error *err) MUST_USE;
void sign_cache_free(struct sign_cache *cache); /* wipes; NULL is fine */
/* Forget every key derived from the credentials with this key ID. */
void sign_cache_forget(struct sign_cache *cache, const char *key_id);

/* Stage 1. Append the canonical request to ret_text and the list of signed headers
 * ("content-type;host;x-amz-date") to ret_signed_headers. LIMIT when a text is full. */
bool sign_canonical_request(const struct sign_request *request, struct text *ret_text,
                            struct text *ret_signed_headers, struct error *err) MUST_USE;
/* Stage 2. */
bool sign_string_to_sign(const struct sign_scope *scope, const char *canonical_request,
                         struct text *ret_text, struct error *err) MUST_USE;
/* Stage 3: 64 hex digits and a NUL. */
bool sign_signature(struct sign_cache *cache, const struct credentials *credentials,
                    const struct sign_scope *scope, const char *string_to_sign,
                    char ret_signature[65], struct error *err) MUST_USE;

/* All three: append to ret_authorization such that "Authorization: ${ret_authorization}" makes the
 * request valid at scope->time. */
bool sign_request(struct sign_cache *cache, const struct credentials *credentials,
                  const struct sign_scope *scope, const struct sign_request *request,
                  struct text *ret_authorization, struct error *err) MUST_USE;

#endif
