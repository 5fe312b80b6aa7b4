/* Credentials from the end of a chain that is neither a key at hand nor a command: a web identity,
 * IAM Identity Center, 'aws login', a container's or an instance's service. */
#ifndef KEYWRIGHT_KEEPER_SOURCE_H
#define KEYWRIGHT_KEEPER_SOURCE_H

#include "keeper/pairs.h"
#include "keeper/request.h"

/* Exactly one of *pair (taken over by setting it to NULL) and err. */
typedef void source_done(void *context, struct pair **pair, const struct error *err);

/* Ask `link` (borrowed until the end; kinds CHAIN_WEB_IDENTITY to CHAIN_METADATA) by calls of
 * `request`, which must live until the end too. `done` is called once, perhaps before this returns.
 * Errors: NO_CREDENTIALS with what to do (`aws sso login`), EXPIRED, NETWORK, SYNTAX, and those of
 * AssumeRoleWithWebIdentity. */
void source_ask(struct request *request, const struct chain_link *link, source_done *done,
                void *context);

#endif
