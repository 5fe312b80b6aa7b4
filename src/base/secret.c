#include "config.h"

#include "base/secret.h"

#include <string.h>

#include <openssl/crypto.h>

#include "base/harden.h"
#include "base/scrub.h"

enum {
    ARENA_SIZE = 1 << 20,
    ARENA_LEAST = 32,
    SECRET_MAXIMUM = 64 * 1024
};

struct secret {
    size_t length;
    size_t capacity;
    char bytes[]; /* capacity + 1 */
};

static void *library_malloc(size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return scrub_malloc(size);
}

static void *library_realloc(void *memory, size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return scrub_realloc(memory, size);
}

static void library_free(void *memory, const char *file, int line)
{
    (void)file, (void)line;
    scrub_free(memory);
}

bool secret_arena_init(bool *ret_locked, struct error *err)
{
    harden_process();
    /* Only before OpenSSL's first allocation; its record buffers carry what TLS carries. */
    if (CRYPTO_set_mem_functions(library_malloc, library_realloc, library_free) != 1)
        return error_set(err, ERROR_INTERNAL,
                         "OpenSSL was used before its memory could be made to be wiped");
    int made = CRYPTO_secure_malloc_init(ARENA_SIZE, ARENA_LEAST);
    if (made == 0)
        return error_set(err, ERROR_INTERNAL, "no memory arena for secrets could be made");
    *ret_locked = made == 1;
    return true;
}

bool secret_new_empty(size_t capacity, struct secret **ret_secret, struct error *err)
{
    if (capacity > SECRET_MAXIMUM)
        return error_set(err, ERROR_LIMIT, "a secret of %zu bytes is too long", capacity);
    struct secret *secret = OPENSSL_secure_zalloc(sizeof *secret + capacity + 1);
    if (secret == NULL)
        return error_set(err, ERROR_MEMORY, "no room for a secret of %zu bytes", capacity);
    secret->capacity = capacity;
    *ret_secret = secret;
    return true;
}

bool secret_new(const void *bytes, size_t length, struct secret **ret_secret, struct error *err)
{
    struct secret *secret = NULL;
    if (!secret_new_empty(length, &secret, err))
        return false;
    memcpy(secret->bytes, bytes, length);
    secret->length = length;
    *ret_secret = secret;
    return true;
}

bool secret_copy(const struct secret *secret, struct secret **ret_secret, struct error *err)
{
    return secret_new(secret->bytes, secret->length, ret_secret, err);
}

bool secret_append(struct secret *secret, const void *bytes, size_t length, struct error *err)
{
    if (length > secret->capacity - secret->length)
        return error_set(err, ERROR_LIMIT, "a secret is longer than %zu bytes", secret->capacity);
    memcpy(secret->bytes + secret->length, bytes, length);
    secret->length += length;
    secret->bytes[secret->length] = '\0';
    return true;
}

void secret_free(struct secret *secret)
{
    if (secret != NULL)
        OPENSSL_secure_clear_free(secret, sizeof *secret + secret->capacity + 1);
}

void secret_cleanup(struct secret **secret)
{
    secret_free(*secret);
    *secret = NULL;
}

const char *secret_bytes(const struct secret *secret)
{
    return secret->bytes;
}

size_t secret_length(const struct secret *secret)
{
    return secret->length;
}

bool secret_equal(const struct secret *a, const struct secret *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return a->length == b->length && CRYPTO_memcmp(a->bytes, b->bytes, a->length) == 0;
}

void secret_wipe(void *bytes, size_t length)
{
    OPENSSL_cleanse(bytes, length);
}
