/* Stage 1 without building the text: what signing itself needs. Private to sign/. */
#ifndef KEYWRIGHT_SIGN_CANONICAL_H
#define KEYWRIGHT_SIGN_CANONICAL_H

#include "sign/hash.h"
#include "sign/sign.h"

/* The names of the signed headers: "content-type;host;x-amz-date". */
enum { CANONICAL_NAMES_SIZE = 512 };

/* The SHA-256 of the canonical request and the list of its signed headers. Nothing of the request
 * is left in memory. LIMIT as sign_canonical_request. */
bool canonical_hash(const struct sign_request *request, unsigned char ret_digest[HASH_SIZE],
                    char ret_names[CANONICAL_NAMES_SIZE], struct error *err) MUST_USE;

#endif
