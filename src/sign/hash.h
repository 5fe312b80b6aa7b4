/* SHA-256 and HMAC-SHA-256 (FIPS 180-4, RFC 2104) as signing needs them: on the stack, without an
 * allocation or a look-up per call, and with the two pad states of an HMAC key prepared once.
 * The work is OpenSSL's. Its EVP interface allocates and takes locks each time that a prepared
 * state is copied, which costs more than the hashing of a request; so this is its plain one.
 * Private to sign/. */
#ifndef KEYWRIGHT_SIGN_HASH_H
#define KEYWRIGHT_SIGN_HASH_H

#include <stddef.h>

#include <openssl/sha.h>

enum { HASH_SIZE = 32, HASH_HEX_SIZE = 65 };

struct hash {
    SHA256_CTX state;
};

void hash_begin(struct hash *hash);
void hash_add(struct hash *hash, const void *bytes, size_t length);
/* OpenSSL wipes the last block of the message; what stays in the state is the digest. */
void hash_end(struct hash *hash, unsigned char ret_digest[HASH_SIZE]);
void hash_bytes(const void *bytes, size_t length, unsigned char ret_digest[HASH_SIZE]);
/* 64 lower-case digits and a NUL. */
void hash_hex(const unsigned char digest[HASH_SIZE], char ret_hex[HASH_HEX_SIZE]);

/* An HMAC key after its pads went through the hash. As secret as the key itself. */
struct hmac_key {
    SHA256_CTX inner;
    SHA256_CTX outer;
};

/* A key longer than a block (64 bytes) is hashed first. */
void hmac_prepare(struct hmac_key *ret_key, const void *key, size_t length);
void hmac_bytes(const struct hmac_key *key, const void *bytes, size_t length,
                unsigned char ret_mac[HASH_SIZE]);

#endif
