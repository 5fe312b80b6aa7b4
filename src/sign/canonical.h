/* Stage 1 without building the text: what signing itself needs. Private to sign/. */
#ifndef KEYWRIGHT_SIGN_CANONICAL_H
#define KEYWRIGHT_SIGN_CANONICAL_H

#include "sign/hash.h"
#include "sign/key.h"
#include "sign/sign.h"

/* The SHA-256 of the canonical request; the list of its signed headers is left in work->names.
 * Nothing of the request itself is left in memory. LIMIT as sign_canonical_request. */
bool canonical_hash(const struct sign_request *request, struct sign_work *work,
                    unsigned char ret_digest[HASH_SIZE], struct error *err) MUST_USE;

#endif
