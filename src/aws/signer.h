/* Credentials that many calls sign with, held once. The arena for secrets is small; a thousand
 * calls with one session token must not need a thousand copies of it. Private to aws/. */
#ifndef KEYWRIGHT_AWS_SIGNER_H
#define KEYWRIGHT_AWS_SIGNER_H

#include "sign/credentials.h"

struct signer {
    size_t holders;
    struct credentials credentials;
};

/* A signer with these credentials, to be dropped by the caller: *recent when it has them, else a
 * new one, which becomes *recent (that holds it too). */
bool signer_hold(const struct credentials *credentials, struct signer **recent,
                 struct signer **ret_signer, struct error *err) MUST_USE;
/* Wiped when the last holder drops it. NULL is fine. */
void signer_drop(struct signer *signer);

#endif
