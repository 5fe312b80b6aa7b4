#include "keeper/mask.h"

#include <string.h>

static const char mark[] = "[secret]";

static size_t mask_one(char *text, size_t length, const struct secret *secret)
{
    size_t size = secret != NULL ? secret_length(secret) : 0;
    size_t shown = size < sizeof mark - 1 ? size : sizeof mark - 1;
    size_t from = 0, to = 0;
    if (size == 0)
        return length;
    while (from < length) {
        if (length - from >= size && memcmp(text + from, secret_bytes(secret), size) == 0) {
            memcpy(text + to, mark, shown);
            to += shown;
            from += size;
        } else {
            text[to++] = text[from++];
        }
    }
    secret_wipe(text + to, length - to);
    return to;
}

/* The end of a secret may stand at the beginning; whole ones are masked already. */
static size_t drop_partial(char *text, size_t length, const struct secret *secret)
{
    size_t size = secret != NULL ? secret_length(secret) : 0;
    size_t drop = size < length ? size : length;
    memmove(text, text + drop, length - drop);
    secret_wipe(text + length - drop, drop);
    return length - drop;
}

size_t mask_secrets(char *text, size_t length, const struct credentials *pair, bool cut)
{
    length = mask_one(text, length, pair->secret);
    length = mask_one(text, length, pair->token);
    if (cut) {
        length = drop_partial(text, length, pair->secret);
        length = drop_partial(text, length, pair->token);
    }
    text[length] = '\0';
    return length;
}
