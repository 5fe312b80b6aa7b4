/* The cache of signing keys. Private to sign/. */
#ifndef KEYWRIGHT_SIGN_KEY_H
#define KEYWRIGHT_SIGN_KEY_H

#include "sign/hash.h"
#include "sign/sign.h"

enum { STAMP_SIZE = 17, DAY_LENGTH = 8 };

/* "20260115T123456Z" of a time from 1970 to 9999; false outside. As when_format_basic, without the
 * C library's look-up of time zones, which takes a third of the time of a signature. */
bool key_stamp(int64_t time, char ret_stamp[STAMP_SIZE]) MUST_USE;

enum { KEY_HEAD_SIZE = 384, KEY_NAMES_SIZE = 512, KEY_BUFFER_SIZE = 512, KEY_TO_SIGN_SIZE = 320 };

/* A signing key, and the words that are the same in everything that it signs. */
struct signing_key {
    struct hmac_key hmac;
    size_t head_length, scope_at, scope_length;
    char head[KEY_HEAD_SIZE]; /* "AWS4-HMAC-SHA256 Credential=ID/SCOPE, SignedHeaders=" */
};

/* Room to work in that is neither allocated nor cleared for each signature. */
struct sign_work {
    char names[KEY_NAMES_SIZE];
    char buffer[KEY_BUFFER_SIZE];
    char to_sign[KEY_TO_SIGN_SIZE];
};

/* The signing key of these credentials for this scope on the day of `stamp`, derived when it is not
 * in the cache. Borrowed until the next call. LIMIT when a name of the scope is too long. */
bool key_find(struct sign_cache *cache, const struct credentials *credentials,
              const struct sign_scope *scope, const char stamp[STAMP_SIZE],
              const struct signing_key **ret_key, struct error *err) MUST_USE;

struct sign_work *key_work(struct sign_cache *cache);

#endif
