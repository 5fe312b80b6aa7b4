/* Signatures a second of a real request, beside what OpenSSL's own HMAC does in the same run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/when.h"
#include "sign/sign.h"

enum { ROUNDS = 5, BATCH = 50000, ROUND_MS = 300 };

static const char body[] =
    "Action=UpdateAccessKey&Version=2010-05-08&UserName=alice&AccessKeyId=AKIAIOSFODNN7EXAMPLE"
    "&Status=Inactive";

static bool sign_batch(void *context, int64_t time, struct error *err)
{
    struct credentials credentials;
    struct sign_cache *cache = context;
    CLEANUP(text_release) struct text authorization;
    char stamp[WHEN_TEXT_SIZE];
    credentials_init(&credentials);
    text_init(&authorization, 4096);
    text_copy(credentials.key_id, sizeof credentials.key_id, "AKIDEXAMPLE");
    bool done = secret_new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", 40, &credentials.secret, err);
    when_format_basic(time, stamp);
    for (int i = 0; i < BATCH && done; i++) {
        struct sign_header headers[] = {
            {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
            {"Host", "iam.amazonaws.com"},
            {"X-Amz-Date", stamp},
        };
        struct sign_request request = {"POST", "/", "", headers, 3, body, sizeof body - 1};
        struct sign_scope scope = {time, "us-east-1", "iam"};
        text_clear(&authorization);
        done = sign_request(cache, &credentials, &scope, &request, &authorization, err);
    }
    credentials_release(&credentials);
    return done;
}

/* One HMAC over a string to sign, with the context and its key reused. */
static bool hmac_batch(void *context, int64_t time, struct error *err)
{
    static const unsigned char message[137] = "AWS4-HMAC-SHA256";
    unsigned char mac[32];
    size_t length;
    (void)time;
    for (int i = 0; i < BATCH; i++)
        if (!EVP_MAC_init(context, NULL, 0, NULL) ||
            !EVP_MAC_update(context, message, sizeof message) ||
            !EVP_MAC_final(context, mac, &length, sizeof mac))
            return error_set(err, ERROR_INTERNAL, "OpenSSL's HMAC failed");
    return true;
}

/* The best of a few rounds, in calls a second. */
static bool measure(bool batch(void *, int64_t, struct error *), void *context, double *ret_rate,
                    struct error *err)
{
    double best = 0;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t begin = when_monotonic_ms(), now = begin;
        double count = 0;
        while (now - begin < ROUND_MS) {
            if (!batch(context, INT64_C(1768480496) + (int64_t)count, err))
                return false;
            count += BATCH;
            now = when_monotonic_ms();
        }
        double rate = count * 1000 / (double)(now - begin);
        best = rate > best ? rate : best;
    }
    *ret_rate = best;
    return true;
}

int main(void)
{
    struct error err;
    struct sign_cache *cache = NULL;
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                           OSSL_PARAM_construct_end()};
    bool locked, ready = secret_arena_init(&locked, &err); /* before OpenSSL takes any memory */
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *hmac = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
    double signatures = 0, hmacs = 0;
    if (hmac == NULL || !EVP_MAC_init(hmac, (const unsigned char *)"key", 3, params)) {
        fputs("bench sign: OpenSSL has no HMAC-SHA256\n", stderr);
        return EXIT_FAILURE;
    }
    bool done = ready && sign_cache_new(&cache, &err) &&
                measure(sign_batch, cache, &signatures, &err) &&
                measure(hmac_batch, hmac, &hmacs, &err);
    if (done)
        printf("signing: %.0f signatures/s of an iam request (bar 1000000); OpenSSL HMAC-SHA256 with "
               "reused context: %.0f/s; ratio %.2f\n",
               signatures, hmacs, signatures / hmacs);
    else
        fprintf(stderr, "bench sign: %s\n", err.text);
    sign_cache_free(cache);
    EVP_MAC_CTX_free(hmac);
    EVP_MAC_free(mac);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
