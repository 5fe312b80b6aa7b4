#include "sign/sign.h"

#include <string.h>

#include "sign/canonical.h"
#include "sign/hash.h"
#include "sign/key.h"

static const char algorithm[] = "AWS4-HMAC-SHA256";

enum { SCOPE_SIZE = 192, TO_SIGN_SIZE = 320, HEAD_SIZE = 384 };

static bool stamp_of(const struct sign_scope *scope, char ret_stamp[STAMP_SIZE], struct error *err)
{
    if (key_stamp(scope->time, ret_stamp))
        return true;
    return error_set(err, ERROR_CLOCK, "a time outside the years 1970 to 9999 cannot be signed");
}

/* The parts of a text that is put together in a fixed buffer. */
static bool join(char *to, size_t size, const char *const *parts, size_t count, size_t *ret_length)
{
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(parts[i]);
        if (length >= size - used)
            return false;
        memcpy(to + used, parts[i], length + 1);
        used += length;
    }
    *ret_length = used;
    return true;
}

/* "20260115/us-east-1/iam/aws4_request" */
static bool scope_text(const struct sign_scope *scope, const char stamp[STAMP_SIZE],
                       char ret_text[SCOPE_SIZE], struct error *err)
{
    char day[DAY_LENGTH + 1];
    size_t length;
    memcpy(day, stamp, DAY_LENGTH);
    day[DAY_LENGTH] = '\0';
    const char *parts[] = {day, "/", scope->region, "/", scope->service, "/aws4_request"};
    if (!join(ret_text, SCOPE_SIZE, parts, sizeof parts / sizeof parts[0], &length))
        return error_set(err, ERROR_LIMIT, "a region or service name is too long");
    return true;
}

static bool to_sign(const char stamp[STAMP_SIZE], const char *scope,
                    const unsigned char digest[HASH_SIZE], char ret_text[TO_SIGN_SIZE],
                    size_t *ret_length, struct error *err)
{
    char hex[HASH_HEX_SIZE];
    hash_hex(digest, hex);
    const char *parts[] = {algorithm, "\n", stamp, "\n", scope, "\n", hex};
    if (!join(ret_text, TO_SIGN_SIZE, parts, sizeof parts / sizeof parts[0], ret_length))
        return error_set(err, ERROR_LIMIT, "a region or service name is too long");
    return true;
}

bool sign_string_to_sign(const struct sign_scope *scope, const char *canonical_request,
                         struct text *ret_text, struct error *err)
{
    char stamp[STAMP_SIZE], scope_words[SCOPE_SIZE], bytes[TO_SIGN_SIZE];
    unsigned char digest[HASH_SIZE];
    size_t length;
    hash_bytes(canonical_request, strlen(canonical_request), digest);
    if (!stamp_of(scope, stamp, err) || !scope_text(scope, stamp, scope_words, err) ||
        !to_sign(stamp, scope_words, digest, bytes, &length, err))
        return false;
    text_append_bytes(ret_text, bytes, length);
    return text_ok(ret_text, err);
}

bool sign_signature(struct sign_cache *cache, const struct credentials *credentials,
                    const struct sign_scope *scope, const char *string_to_sign,
                    char ret_signature[65], struct error *err)
{
    char stamp[STAMP_SIZE];
    unsigned char mac[HASH_SIZE];
    const struct hmac_key *key;
    if (!stamp_of(scope, stamp, err) || !key_find(cache, credentials, scope, stamp, &key, err))
        return false;
    hmac_bytes(key, string_to_sign, strlen(string_to_sign), mac);
    hash_hex(mac, ret_signature);
    return true;
}

static bool append_authorization(const char *key_id, const char *scope, const char *names,
                                 const char *signature, struct text *ret_text, struct error *err)
{
    char head[HEAD_SIZE];
    size_t length;
    const char *parts[] = {algorithm, " Credential=", key_id, "/", scope, ", SignedHeaders="};
    if (!join(head, sizeof head, parts, sizeof parts / sizeof parts[0], &length))
        return error_set(err, ERROR_LIMIT, "a key ID or region is too long");
    text_append_bytes(ret_text, head, length);
    text_append(ret_text, names);
    text_append(ret_text, ", Signature=");
    text_append_bytes(ret_text, signature, 64);
    return text_ok(ret_text, err);
}

bool sign_request(struct sign_cache *cache, const struct credentials *credentials,
                  const struct sign_scope *scope, const struct sign_request *request,
                  struct text *ret_authorization, struct error *err)
{
    char stamp[STAMP_SIZE], scope_words[SCOPE_SIZE], bytes[TO_SIGN_SIZE], signature[65];
    char names[CANONICAL_NAMES_SIZE];
    unsigned char digest[HASH_SIZE];
    const struct hmac_key *key;
    size_t length;
    if (!stamp_of(scope, stamp, err) || !scope_text(scope, stamp, scope_words, err) ||
        !canonical_hash(request, digest, names, err) ||
        !to_sign(stamp, scope_words, digest, bytes, &length, err) ||
        !key_find(cache, credentials, scope, stamp, &key, err))
        return false;
    hmac_bytes(key, bytes, length, digest);
    hash_hex(digest, signature);
    return append_authorization(credentials->key_id, scope_words, names, signature,
                                ret_authorization, err);
}
