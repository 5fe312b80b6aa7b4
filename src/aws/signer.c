#include "aws/signer.h"

#include <stdlib.h>
#include <string.h>

static bool same(const struct credentials *a, const struct credentials *b)
{
    return strcmp(a->key_id, b->key_id) == 0 && secret_equal(a->secret, b->secret) &&
           secret_equal(a->token, b->token);
}

bool signer_hold(const struct credentials *credentials, struct signer **recent,
                 struct signer **ret_signer, struct error *err)
{
    if (*recent == NULL || !same(&(*recent)->credentials, credentials)) {
        struct signer *signer = calloc(1, sizeof *signer);
        if (signer == NULL)
            return error_set(err, ERROR_MEMORY, "no room for credentials");
        if (!credentials_copy(credentials, &signer->credentials, err)) {
            free(signer);
            return false;
        }
        signer->holders = 1;
        signer_drop(*recent);
        *recent = signer;
    }
    (*recent)->holders++;
    *ret_signer = *recent;
    return true;
}

void signer_drop(struct signer *signer)
{
    if (signer == NULL || --signer->holders > 0)
        return;
    credentials_release(&signer->credentials);
    free(signer);
}
