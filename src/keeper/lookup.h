/* Where a pair is: by its key ID, in the order of DESIGN 5 for a rotation that is prepared. */
#ifndef KEYWRIGHT_KEEPER_LOOKUP_H
#define KEYWRIGHT_KEEPER_LOOKUP_H

#include "base/text.h"
#include "deliver/deliver.h"
#include "keeper/context.h"

/* The pair of a key: made by this run; back-ups and targets of the prepared rotation; both AWS
 * files (any profile, both halves in one section); the environment; the chain of the profile;
 * sessions of this run. ret_place (may be NULL) gets where. NO_CREDENTIALS naming the key and where
 * was looked; PAIR_HALF when only half of it was found. */
bool lookup_pair(struct context *context, const char *key_id, struct credentials *ret_pair,
                 struct text *ret_place, struct error *err) MUST_USE;

/* The same, but targets that can be read back come before what this run made: to prove a key as it
 * was delivered. */
bool lookup_delivered_pair(struct context *context, const char *key_id,
                           struct credentials *ret_pair, struct text *ret_place,
                           struct error *err) MUST_USE;

/* The pair of the environment. ret_pair stays empty when there is none; PAIR_HALF. */
bool lookup_environment(struct context *context, struct credentials *ret_pair,
                        struct error *err) MUST_USE;

/* A request to the deliver room on behalf of the prepared rotation. USAGE when none is prepared.
 * Borrows everything. */
bool lookup_prepared(struct context *context, const char *spec, const char *new_key,
                     const char *verify, struct deliver_request *ret_request,
                     struct error *err) MUST_USE;

#endif
