#include "sign/credentials.h"

#include <string.h>

void credentials_init(struct credentials *credentials)
{
    *credentials = (struct credentials){.secret = NULL, .token = NULL};
}

void credentials_release(struct credentials *credentials)
{
    secret_free(credentials->secret);
    secret_free(credentials->token);
    credentials_init(credentials);
}

bool credentials_copy(const struct credentials *from, struct credentials *ret_to, struct error *err)
{
    CLEANUP(credentials_release) struct credentials copy;
    credentials_init(&copy);
    memcpy(copy.key_id, from->key_id, sizeof copy.key_id);
    copy.expires = from->expires;
    if (from->secret != NULL && !secret_copy(from->secret, &copy.secret, err))
        return false;
    if (from->token != NULL && !secret_copy(from->token, &copy.token, err))
        return false;
    *ret_to = copy;
    credentials_init(&copy);
    return true;
}
