/* One way along the chain of the identity: from where credentials come from, by AssumeRole after
 * AssumeRole, to who signs. */
#ifndef KEYWRIGHT_KEEPER_CHAIN_WALK_H
#define KEYWRIGHT_KEEPER_CHAIN_WALK_H

#include "keeper/request.h"

struct chain_walk;

/* Exactly one of credentials and err is not NULL; borrowed. `source` is the ID of the long-term key at
 * the end of the chain, "" when a program gave the credentials. */
typedef void chain_walk_done(void *context, const struct credentials *credentials,
                             const char *source, const struct error *err);

/* Begin. `request` is whose calls are made (it must live until the end); `code` (borrowed until the
 * end) the MFA code, "" for none. *ret_walk is set while it is under way and NULL again when `done`
 * is called, which may be before this returns. */
void chain_walk_start(struct request *request, char *code, chain_walk_done *done,
                      void *context, struct chain_walk **ret_walk);
/* Give it up without `done`: the program ends. NULL is fine. */
void chain_walk_free(struct chain_walk *walk);

/* Forget the sessions of roles, so that they are taken anew. */
void chain_walk_forget_roles(struct context *context);

#endif
