/* keeper/enrol_seed: the seed of an MFA device as AWS sends it, and the URI that is made of it. Input: how
 * long the user's name is, the name, and the rest the seed as it was sent. */
#include <stdlib.h>
#include <string.h>

#include "keeper/enrol.h"
#include "keeper/qr.h"
#include "tests/fuzz/fuzz.h"

static void check_uri(const char *user, const struct secret *seed)
{
    CLEANUP(secret_cleanup) struct secret *uri = NULL;
    struct error err = {0};
    CHECK(secret_new_empty(QR_TEXT_MOST, &uri, &err));
    if (!enrol_uri(user, "123456789012", seed, uri, &err)) {
        CHECK(err.code == ERROR_LIMIT);
        return;
    }
    /* No name adds a parameter or ends the text. */
    const char *text = secret_bytes(uri);
    CHECK(strlen(text) == secret_length(uri));
    CHECK(strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~@%:/?=&") ==
          secret_length(uri));
    CHECK(strchr(text, '?') == strrchr(text, '?') && strchr(text, '&') == strrchr(text, '&'));
    CHECK(strstr(text, "?secret=") == strchr(text, '?'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_secrets();
    struct feed feed = {data, size};
    char user[129] = "";
    size_t length = feed_byte(&feed) % sizeof user;
    for (size_t i = 0; i < length; i++)
        user[i] = (char)feed_byte(&feed);
    CLEANUP(secret_cleanup) struct secret *sent = NULL, *seed = NULL;
    struct error err = {0};
    if (feed.left > 4096)
        return 0;
    CHECK(secret_new(feed.at, feed.left, &sent, &err));
    CHECK(secret_new_empty(256, &seed, &err));
    if (enrol_decode_seed(sent, seed, &err))
        check_uri(user, seed);
    else
        CHECK(err.code == ERROR_REPLY || err.code == ERROR_LIMIT);
    return 0;
}
