/* Who signs: the pair that a request names by its key ID, the MFA session of that pair, or, for "",
 * the identity that `hello` named, along its chain (environment, profile, credential_process,
 * roles). Sessions of roles and what a credential_process printed are kept until five minutes
 * before they expire. */
#ifndef KEYWRIGHT_KEEPER_SIGNER_H
#define KEYWRIGHT_KEEPER_SIGNER_H

#include "keeper/request.h"

/* Fill request->signer and request->signer_key, then call `then`; or fail the request:
 * NO_CREDENTIALS, PAIR_HALF, ..., MFA_NEEDED with the device when a role or session needs a code,
 * COMMAND for a credential_process, or what AssumeRole was answered. */
void signer_resolve(struct request *request, request_step *then);
/* The same, but `otherwise` answers the request when it fails. */
void signer_resolve_or(struct request *request, request_step *then, request_failed *otherwise);

/* The long-term pair behind request->body "signer": of "" the pair at the chain's end. Nothing is
 * asked of AWS. Fails like lookup_pair. */
bool signer_long_term(struct context *context, const char *signer, struct credentials *ret_pair,
                      struct error *err) MUST_USE;

/* The device whose code a role of the chain wants, "" for none. Borrowed from the chain. */
const char *signer_device(const struct chain *chain);
/* Does the chain of signer "" lead through a role that wants an MFA code? */
bool signer_role_wants_code(struct context *context);
/* Give the code for it; it is used once, by the next signer_resolve, and forgotten. Sessions that
 * were taken with an earlier code are taken anew. */
bool signer_give_code(struct context *context, const char *code, struct error *err) MUST_USE;

/* The code that was sent last, within the time in which AWS might still know it. */
bool signer_code_is_spent(struct context *context, const char *code);
void signer_spend_code(struct context *context, const char *code);

/* Keep an MFA session of a pair: *pair is taken over. */
void signer_keep_session(struct context *context, const char *key_id, struct pair **pair);

/* With the program. */
void signer_free(struct context *context);

#endif
