#include "sign/sign.h"

#include <stdio.h>
#include <string.h>

#include "sign/canonical.h"
#include "sign/hash.h"
#include "sign/key.h"

static bool stamp_of(const struct sign_scope *scope, char ret_stamp[STAMP_SIZE], struct error *err)
{
    if (key_stamp(scope->time, ret_stamp))
        return true;
    return error_set(err, ERROR_CLOCK, "a time outside the years 1970 to 9999 cannot be signed");
}

static char *put(char *to, const char *bytes, size_t length)
{
    memcpy(to, bytes, length);
    return to + length;
}

/* Write the string to sign; `words` is the scope, "20260115/us-east-1/iam/aws4_request". Returns
 * its length, without a NUL. */
static size_t to_sign(const char stamp[STAMP_SIZE], const char *words, size_t words_length,
                      const unsigned char digest[HASH_SIZE], char ret_text[KEY_TO_SIGN_SIZE])
{
    char hex[HASH_HEX_SIZE];
    char *to = put(ret_text, "AWS4-HMAC-SHA256\n", 17);
    to = put(to, stamp, STAMP_SIZE - 1);
    to = put(to, "\n", 1);
    to = put(to, words, words_length);
    to = put(to, "\n", 1);
    hash_hex(digest, hex);
    to = put(to, hex, HASH_HEX_SIZE - 1);
    return (size_t)(to - ret_text);
}

bool sign_string_to_sign(const struct sign_scope *scope, const char *canonical_request,
                         struct text *ret_text, struct error *err)
{
    char stamp[STAMP_SIZE], words[KEY_TO_SIGN_SIZE], bytes[KEY_TO_SIGN_SIZE];
    unsigned char digest[HASH_SIZE];
    /* What a string to sign has beside the scope: algorithm, stamp, digest and three line ends. */
    static const int rest = 17 + STAMP_SIZE + 1 + HASH_HEX_SIZE;
    if (!stamp_of(scope, stamp, err))
        return false;
    int length = snprintf(words, sizeof words, "%.*s/%s/%s/aws4_request", DAY_LENGTH, stamp,
                          scope->region, scope->service);
    if (length >= KEY_TO_SIGN_SIZE - rest)
        return error_set(err, ERROR_LIMIT, "a region or service name is too long");
    hash_bytes(canonical_request, strlen(canonical_request), digest);
    text_append_bytes(ret_text, bytes, to_sign(stamp, words, (size_t)length, digest, bytes));
    return text_ok(ret_text, err);
}

bool sign_signature(struct sign_cache *cache, const struct credentials *credentials,
                    const struct sign_scope *scope, const char *string_to_sign,
                    char ret_signature[65], struct error *err)
{
    char stamp[STAMP_SIZE];
    unsigned char mac[HASH_SIZE];
    const struct signing_key *key;
    if (!stamp_of(scope, stamp, err) || !key_find(cache, credentials, scope, stamp, &key, err))
        return false;
    hmac_bytes(&key->hmac, string_to_sign, strlen(string_to_sign), mac);
    hash_hex(mac, ret_signature);
    return true;
}

bool sign_request(struct sign_cache *cache, const struct credentials *credentials,
                  const struct sign_scope *scope, const struct sign_request *request,
                  struct text *ret_authorization, struct error *err)
{
    static const char before[] = ", Signature=";
    char stamp[STAMP_SIZE], signature[HASH_HEX_SIZE];
    unsigned char digest[HASH_SIZE];
    const struct signing_key *key;
    struct sign_work *work = key_work(cache);
    if (!stamp_of(scope, stamp, err) || !canonical_hash(request, work, digest, err) ||
        !key_find(cache, credentials, scope, stamp, &key, err))
        return false;
    size_t length =
        to_sign(stamp, key->head + key->scope_at, key->scope_length, digest, work->to_sign);
    hmac_bytes(&key->hmac, work->to_sign, length, digest);
    hash_hex(digest, signature);
    text_append_bytes(ret_authorization, key->head, key->head_length);
    text_append(ret_authorization, work->names);
    text_append_bytes(ret_authorization, before, sizeof before - 1);
    text_append_bytes(ret_authorization, signature, HASH_HEX_SIZE - 1);
    return text_ok(ret_authorization, err);
}
