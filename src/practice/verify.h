/* Whose request is it: Signature Version 4, verified over the bytes received.
 * Source: AWS General Reference, "Signing AWS API requests"; IAM and STS "Common Errors". What AWS
 * does not document (400 or 403 for IncompleteSignature, exact words) is our reading. */
#ifndef KEYWRIGHT_PRACTICE_VERIFY_H
#define KEYWRIGHT_PRACTICE_VERIFY_H

#include "practice/account.h"
#include "practice/request.h"

enum { VERIFY_HEADERS_SIZE = 512, VERIFY_KEY_ID_SIZE = 129 };

/* The Authorization header taken apart. All empty when there was none. */
struct verify_claim {
    char key_id[VERIFY_KEY_ID_SIZE];
    char date[16];
    char region[ACCOUNT_WORD_SIZE];
    char service[ACCOUNT_WORD_SIZE];
    char signed_headers[VERIFY_HEADERS_SIZE];
    char signature[65];
};

/* Take the Authorization header apart. MissingAuthenticationToken, IncompleteSignature. */
bool verify_claim(const struct request *request, struct verify_claim *ret_claim,
                  struct account_refusal *refusal) MUST_USE;

/* Check that the claim is true: scope, required signed headers (host, every x-amz-*), date within
 * `skew` seconds of `now`, a key that works, the body's hash where the client states it, and the
 * signature. Refused as AWS does: SignatureDoesNotMatch, InvalidClientTokenId, ExpiredToken,
 * IncompleteSignature. */
bool verify_request(struct sign_cache *cache, struct account *account,
                    const struct request *request, const struct verify_claim *claim, int64_t now,
                    int64_t skew, struct account_caller *ret_caller,
                    struct account_refusal *refusal) MUST_USE;

#endif
