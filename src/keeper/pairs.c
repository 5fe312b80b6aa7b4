#include "keeper/pairs.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

bool pair_new(struct pair **ret_pair, struct error *err)
{
    struct pair *pair = calloc(1, sizeof *pair);
    if (pair == NULL)
        return error_set(err, ERROR_MEMORY, "making room for credentials");
    credentials_init(&pair->credentials);
    *ret_pair = pair;
    return true;
}

void pair_free(struct pair *pair)
{
    if (pair == NULL)
        return;
    credentials_release(&pair->credentials);
    free(pair);
}

void pairs_release(struct pairs *pairs)
{
    while (pairs->first != NULL) {
        struct pair *pair = pairs->first;
        pairs->first = pair->next;
        pair_free(pair);
    }
}

void pairs_drop(struct pairs *pairs, const char *name)
{
    for (struct pair **at = &pairs->first; *at != NULL; at = &(*at)->next) {
        struct pair *pair = *at;
        if (strcmp(pair->name, name) != 0)
            continue;
        *at = pair->next;
        pair_free(pair);
        return;
    }
}

void pairs_put(struct pairs *pairs, const char *name, struct pair **pair)
{
    pairs_drop(pairs, name);
    text_copy((*pair)->name, sizeof(*pair)->name, name);
    (*pair)->next = pairs->first;
    pairs->first = *pair;
    *pair = NULL;
}

const struct credentials *pairs_find(const struct pairs *pairs, const char *name)
{
    for (const struct pair *pair = pairs->first; pair != NULL; pair = pair->next)
        if (strcmp(pair->name, name) == 0)
            return &pair->credentials;
    return NULL;
}

const struct credentials *pairs_find_key(const struct pairs *pairs, const char *key_id)
{
    for (const struct pair *pair = pairs->first; pair != NULL; pair = pair->next)
        if (strcmp(pair->credentials.key_id, key_id) == 0)
            return &pair->credentials;
    return NULL;
}
