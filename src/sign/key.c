#include "sign/key.h"

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

enum { ENTRIES = 16, NAME_SIZE = 64 };

struct entry {
    uint64_t used; /* number of the use; 0 for an entry that is free */
    struct secret *secret;
    struct signing_key key;
    char key_id[CREDENTIALS_KEY_ID_SIZE];
    char day[DAY_LENGTH];
    char region[NAME_SIZE];
    char service[NAME_SIZE];
};

/* All of it in the secure heap: a signing key is worth a day of the secret. */
struct sign_cache {
    uint64_t uses;
    size_t last;
    struct entry entries[ENTRIES];
    struct sign_work work;
};

bool sign_cache_new(struct sign_cache **ret_cache, struct error *err)
{
    struct sign_cache *cache = OPENSSL_secure_zalloc(sizeof *cache);
    if (cache == NULL)
        return error_set(err, ERROR_MEMORY, "no room for signing keys");
    *ret_cache = cache;
    return true;
}

static void forget(struct entry *entry)
{
    secret_free(entry->secret);
    secret_wipe(entry, sizeof *entry);
}

void sign_cache_free(struct sign_cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; i < ENTRIES; i++)
        forget(&cache->entries[i]);
    OPENSSL_secure_clear_free(cache, sizeof *cache);
}

void sign_cache_forget(struct sign_cache *cache, const char *key_id)
{
    for (size_t i = 0; i < ENTRIES; i++)
        if (strcmp(cache->entries[i].key_id, key_id) == 0)
            forget(&cache->entries[i]);
}

struct sign_work *key_work(struct sign_cache *cache)
{
    return &cache->work;
}

static void two_digits(char *to, uint32_t value)
{
    to[0] = (char)('0' + value / 10 % 10);
    to[1] = (char)('0' + value % 10);
}

bool key_stamp(int64_t time, char ret_stamp[STAMP_SIZE])
{
    if (time < 0 || time >= INT64_C(253402300800))
        return false;
    /* Years that begin in March put the leap day last: 719468 days lead from 0000-03-01 to 1970. */
    uint32_t days = (uint32_t)(time / 86400) + 719468;
    uint32_t second = (uint32_t)(time % 86400);
    uint32_t of_era = days % 146097;
    uint32_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    uint32_t of_year = of_era - (365 * year + year / 4 - year / 100);
    uint32_t month = (5 * of_year + 2) / 153;
    uint32_t day = of_year - (153 * month + 2) / 5 + 1;
    month = month < 10 ? month + 3 : month - 9;
    year += days / 146097 * 400 + (month <= 2);
    two_digits(ret_stamp, year / 100);
    two_digits(ret_stamp + 2, year);
    two_digits(ret_stamp + 4, month);
    two_digits(ret_stamp + 6, day);
    ret_stamp[8] = 'T';
    two_digits(ret_stamp + 9, second / 3600);
    two_digits(ret_stamp + 11, second / 60 % 60);
    two_digits(ret_stamp + 13, second % 60);
    ret_stamp[15] = 'Z';
    ret_stamp[16] = '\0';
    return true;
}

static bool matches(const struct entry *entry, const struct credentials *credentials,
                    const struct sign_scope *scope, const char *day)
{
    /* The secret counts too: after a mistyped one, the right one comes with the same key ID. */
    return entry->used > 0 && memcmp(entry->day, day, DAY_LENGTH) == 0 &&
           strcmp(entry->key_id, credentials->key_id) == 0 &&
           strcmp(entry->region, scope->region) == 0 &&
           strcmp(entry->service, scope->service) == 0 &&
           secret_equal(entry->secret, credentials->secret);
}

static void step(unsigned char mac[HASH_SIZE], const char *bytes, size_t length)
{
    struct hmac_key key;
    hmac_prepare(&key, mac, HASH_SIZE);
    hmac_bytes(&key, bytes, length, mac);
    secret_wipe(&key, sizeof key);
}

/* Step 3 of the source: the chain over day, region, service and the fixed word. */
static bool derive(const struct credentials *credentials, const struct sign_scope *scope,
                   const char *day, struct hmac_key *ret_key, struct error *err)
{
    CLEANUP(secret_cleanup) struct secret *first = NULL;
    unsigned char mac[HASH_SIZE];
    struct hmac_key key;
    size_t length = secret_length(credentials->secret);
    if (!secret_new_empty(4 + length, &first, err) || !secret_append(first, "AWS4", 4, err) ||
        !secret_append(first, secret_bytes(credentials->secret), length, err))
        return false;
    hmac_prepare(&key, secret_bytes(first), secret_length(first));
    hmac_bytes(&key, day, DAY_LENGTH, mac);
    step(mac, scope->region, strlen(scope->region));
    step(mac, scope->service, strlen(scope->service));
    step(mac, "aws4_request", 12);
    hmac_prepare(ret_key, mac, sizeof mac);
    secret_wipe(&key, sizeof key);
    secret_wipe(mac, sizeof mac);
    return true;
}

static struct entry *oldest(struct sign_cache *cache)
{
    struct entry *found = &cache->entries[0];
    for (size_t i = 1; i < ENTRIES; i++)
        if (cache->entries[i].used < found->used)
            found = &cache->entries[i];
    return found;
}

/* The names of the scope are shorter than NAME_SIZE. */
static void write_head(struct signing_key *key, const char key_id[CREDENTIALS_KEY_ID_SIZE],
                       const struct sign_scope *scope, const char *day)
{
    _Static_assert(sizeof "AWS4-HMAC-SHA256 Credential=////aws4_request, SignedHeaders=" +
                           CREDENTIALS_KEY_ID_SIZE + DAY_LENGTH + 2 * NAME_SIZE <=
                       KEY_HEAD_SIZE,
                   "the longest head fits");
    int before = snprintf(key->head, sizeof key->head, "AWS4-HMAC-SHA256 Credential=%s/", key_id);
    int after = snprintf(key->head + before, sizeof key->head - (size_t)before,
                         "%.*s/%s/%s/aws4_request, SignedHeaders=", DAY_LENGTH, day, scope->region,
                         scope->service);
    key->head_length = (size_t)before + (size_t)after;
    key->scope_at = (size_t)before;
    key->scope_length = (size_t)after - strlen(", SignedHeaders=");
}

static bool fill(struct entry *entry, const struct credentials *credentials,
                 const struct sign_scope *scope, const char *day, struct error *err)
{
    if (strlen(scope->region) >= NAME_SIZE || strlen(scope->service) >= NAME_SIZE)
        return error_set(err, ERROR_LIMIT, "a region or service name of %d bytes or more",
                         NAME_SIZE);
    forget(entry);
    if (!derive(credentials, scope, day, &entry->key.hmac, err) ||
        !secret_copy(credentials->secret, &entry->secret, err)) {
        forget(entry);
        return false;
    }
    write_head(&entry->key, credentials->key_id, scope, day);
    memcpy(entry->day, day, DAY_LENGTH);
    text_copy(entry->key_id, sizeof entry->key_id, credentials->key_id);
    text_copy(entry->region, sizeof entry->region, scope->region);
    text_copy(entry->service, sizeof entry->service, scope->service);
    return true;
}

bool key_find(struct sign_cache *cache, const struct credentials *credentials,
              const struct sign_scope *scope, const char stamp[STAMP_SIZE],
              const struct signing_key **ret_key, struct error *err)
{
    struct entry *found = NULL;
    if (credentials->secret == NULL)
        return error_set(err, ERROR_NO_CREDENTIALS, "nothing to sign with");
    for (size_t i = 0; i < ENTRIES && found == NULL; i++) {
        struct entry *entry = &cache->entries[(cache->last + i) % ENTRIES];
        if (matches(entry, credentials, scope, stamp))
            found = entry;
    }
    if (found == NULL) {
        found = oldest(cache);
        if (!fill(found, credentials, scope, stamp, err))
            return false;
    }
    found->used = ++cache->uses;
    cache->last = (size_t)(found - cache->entries);
    *ret_key = &found->key;
    return true;
}
