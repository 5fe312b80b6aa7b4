/* A small store of credentials by name: the pairs that this run made, by key ID, and the sessions
 * that it took. Everything in it is wiped when it goes. */
#ifndef KEYWRIGHT_KEEPER_PAIRS_H
#define KEYWRIGHT_KEEPER_PAIRS_H

#include "sign/credentials.h"

struct pair {
    struct pair *next;
    char name[1024];
    struct credentials credentials;
};

struct pairs {
    struct pair *first;
};

void pairs_release(struct pairs *pairs); /* for CLEANUP() too */

/* An empty pair, to be put into a store later: made first where what is to be kept is shown by AWS
 * only once, so that it cannot be lost for want of memory. Free with pair_free. */
bool pair_new(struct pair **ret_pair, struct error *err) MUST_USE;
void pair_free(struct pair *pair); /* NULL is fine */

/* Take over *pair (set to NULL) under a name; one of that name is replaced. */
void pairs_put(struct pairs *pairs, const char *name, struct pair **pair);
void pairs_drop(struct pairs *pairs, const char *name);

/* Borrowed until the store changes; NULL when it is not there. */
const struct credentials *pairs_find(const struct pairs *pairs, const char *name);
const struct credentials *pairs_find_key(const struct pairs *pairs, const char *key_id);

#endif
