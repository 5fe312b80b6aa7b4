/* The plain SHA256 functions are marked as deprecated from OpenSSL 3.0 on; asking for the interface
 * of 1.1.0 is the documented way to use them without a warning (OPENSSL_API_COMPAT,
 * openssl_user_macros(7)). */
#define OPENSSL_API_COMPAT 0x10100000L

#include "sign/hash.h"

#include <string.h>

#include <openssl/crypto.h>

enum { BLOCK_SIZE = 64 };

void hash_begin(struct hash *hash)
{
    SHA256_Init(&hash->state);
}

void hash_add(struct hash *hash, const void *bytes, size_t length)
{
    SHA256_Update(&hash->state, bytes, length);
}

void hash_end(struct hash *hash, unsigned char ret_digest[HASH_SIZE])
{
    SHA256_Final(ret_digest, &hash->state);
}

void hash_bytes(const void *bytes, size_t length, unsigned char ret_digest[HASH_SIZE])
{
    struct hash hash;
    hash_begin(&hash);
    hash_add(&hash, bytes, length);
    hash_end(&hash, ret_digest);
}

void hash_hex(const unsigned char digest[HASH_SIZE], char ret_hex[HASH_HEX_SIZE])
{
    /* In two loops without a table, because compilers make vector instructions of these. */
    unsigned char digits[2 * HASH_SIZE];
    for (size_t i = 0; i < HASH_SIZE; i++) {
        digits[2 * i] = digest[i] >> 4;
        digits[2 * i + 1] = digest[i] & 15;
    }
    for (size_t i = 0; i < sizeof digits; i++)
        ret_hex[i] = (char)(digits[i] + '0' + (digits[i] > 9 ? 'a' - '0' - 10 : 0));
    ret_hex[sizeof digits] = '\0';
}

void hmac_prepare(struct hmac_key *ret_key, const void *key, size_t length)
{
    unsigned char block[BLOCK_SIZE] = {0};
    if (length > sizeof block)
        hash_bytes(key, length, block);
    else
        memcpy(block, key, length);
    for (size_t i = 0; i < sizeof block; i++)
        block[i] ^= 0x36;
    SHA256_Init(&ret_key->inner);
    SHA256_Update(&ret_key->inner, block, sizeof block);
    for (size_t i = 0; i < sizeof block; i++)
        block[i] ^= 0x36 ^ 0x5c;
    SHA256_Init(&ret_key->outer);
    SHA256_Update(&ret_key->outer, block, sizeof block);
    OPENSSL_cleanse(block, sizeof block);
}

void hmac_bytes(const struct hmac_key *key, const void *bytes, size_t length,
                unsigned char ret_mac[HASH_SIZE])
{
    SHA256_CTX state = key->inner;
    SHA256_Update(&state, bytes, length);
    SHA256_Final(ret_mac, &state);
    state = key->outer;
    SHA256_Update(&state, ret_mac, HASH_SIZE);
    SHA256_Final(ret_mac, &state);
    OPENSSL_cleanse(&state, sizeof state);
}
