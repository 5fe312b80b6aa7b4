/* As in sign/hash.c: the plain SHA256 functions, which need no memory and so cannot fail. EVP_Digest makes
 * a context, and the first time OpenSSL's whole library, which crashes where it finds no memory. */
#define OPENSSL_API_COMPAT 0x10100000L

#include "journal/chain.h"

#include <inttypes.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

static void append_string(struct text *text, const char *string)
{
    text_appendf(text, "%zu:", strlen(string));
    text_append(text, string);
    text_append_char(text, ',');
}

static void append_number(struct text *text, int64_t number)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRId64, number);
    append_string(text, digits);
}

bool chain_next(const struct chain_hash *previous, const struct chain_event *event,
                struct text *scratch, struct chain_hash *ret_hash, struct error *err)
{
    char hex[CHAIN_HEX_SIZE];
    text_clear(scratch);
    append_string(scratch, chain_hex(previous, hex));
    append_number(scratch, event->number);
    append_string(scratch, event->rotation);
    append_number(scratch, event->seq);
    append_number(scratch, event->at);
    append_string(scratch, event->kind);
    append_string(scratch, event->step);
    append_string(scratch, event->actor);
    append_string(scratch, event->detail);
    if (!text_ok(scratch, err))
        return false;
    SHA256_CTX state;
    SHA256_Init(&state);
    SHA256_Update(&state, scratch->bytes, scratch->length);
    SHA256_Final(ret_hash->bytes, &state);
    return true;
}

const char *chain_hex(const struct chain_hash *hash, char buffer[CHAIN_HEX_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < CHAIN_HASH_SIZE; i++) {
        buffer[2 * i] = digits[hash->bytes[i] >> 4];
        buffer[2 * i + 1] = digits[hash->bytes[i] & 15];
    }
    buffer[2 * CHAIN_HASH_SIZE] = '\0';
    return buffer;
}
