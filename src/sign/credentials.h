/* A set of credentials as the keeper holds it. */
#ifndef KEYWRIGHT_SIGN_CREDENTIALS_H
#define KEYWRIGHT_SIGN_CREDENTIALS_H

#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"

enum { CREDENTIALS_KEY_ID_SIZE = 129 };

struct credentials {
    char key_id[CREDENTIALS_KEY_ID_SIZE];
    struct secret *secret; /* owned */
    struct secret *token;  /* owned; NULL for a long-term key */
    int64_t expires;       /* 0: never */
};

/* Empty; nothing to free yet. */
void credentials_init(struct credentials *credentials);
/* Wipe and free what is owned, and make it empty. For CLEANUP() too. */
void credentials_release(struct credentials *credentials);
/* Copy. Outputs are untouched on failure. */
bool credentials_copy(const struct credentials *from, struct credentials *ret_to,
                      struct error *err) MUST_USE;

#endif
