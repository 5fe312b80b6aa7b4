#include "practice/verify.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/when.h"

#define ALGORITHM "AWS4-HMAC-SHA256"

static bool incomplete(struct account_refusal *refusal, const char *message)
{
    return account_refuse(refusal, 400, "IncompleteSignature", "authorization-header", "%s",
                          message);
}

static bool mismatch(struct account_refusal *refusal, const char *why, const char *message)
{
    return account_refuse(refusal, 403, "SignatureDoesNotMatch", why, "%s", message);
}

/* "NAME=value" of the Authorization header into a buffer; false if it is not there or too long. */
static bool parameter(const char *header, const char *name, char *to, size_t size)
{
    size_t length = strlen(name);
    for (const char *at = header; *at != '\0';) {
        at += strspn(at, " ,");
        size_t part = strcspn(at, ",");
        if (strncmp(at, name, length) == 0 && at[length] == '=') {
            size_t value = part - length - 1;
            while (value > 0 && at[length + value] == ' ')
                value--;
            if (value >= size)
                return false;
            memcpy(to, at + length + 1, value);
            to[value] = '\0';
            return true;
        }
        at += part;
    }
    return false;
}

static bool split_scope(char *credential, struct verify_claim *claim)
{
    char *parts[5];
    size_t count = 0;
    for (char *part; (part = strsep(&credential, "/")) != NULL;) {
        if (count == 5)
            return false;
        parts[count++] = part;
    }
    return count == 5 && text_copy(claim->key_id, sizeof claim->key_id, parts[0]) &&
           text_copy(claim->date, sizeof claim->date, parts[1]) &&
           text_copy(claim->region, sizeof claim->region, parts[2]) &&
           text_copy(claim->service, sizeof claim->service, parts[3]) &&
           strcmp(parts[4], "aws4_request") == 0;
}

bool verify_claim(const struct request *request, struct verify_claim *ret_claim,
                  struct account_refusal *refusal)
{
    const char *header = request_header(request, "authorization");
    struct verify_claim claim = {.key_id = ""};
    char credential[256];
    if (header == NULL)
        return account_refuse(refusal, 403, "MissingAuthenticationToken", "unsigned",
                              "Request is missing Authentication Token");
    if (strncmp(header, ALGORITHM " ", sizeof ALGORITHM) != 0)
        return incomplete(refusal, "Unsupported AWS 'algorithm': only " ALGORITHM " is known.");
    header += sizeof ALGORITHM;
    if (!parameter(header, "Credential", credential, sizeof credential))
        return incomplete(refusal, "Authorization header requires 'Credential' parameter.");
    if (!parameter(header, "SignedHeaders", claim.signed_headers, sizeof claim.signed_headers))
        return incomplete(refusal, "Authorization header requires 'SignedHeaders' parameter.");
    if (!parameter(header, "Signature", claim.signature, sizeof claim.signature))
        return incomplete(refusal, "Authorization header requires 'Signature' parameter.");
    if (!split_scope(credential, &claim))
        return incomplete(refusal, "Credential must have exactly 5 slash-delimited elements, e.g. "
                                   "keyid/date/region/service/aws4_request.");
    *ret_claim = claim;
    return true;
}

static bool is_signed(const struct verify_claim *claim, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = claim->signed_headers; *at != '\0';) {
        size_t part = strcspn(at, ";");
        if (part == length && strncasecmp(at, name, length) == 0)
            return true;
        at += part + (at[part] == ';');
    }
    return false;
}

static bool check_scope(const struct verify_claim *claim, struct account_refusal *refusal)
{
    bool iam = strcmp(claim->service, "iam") == 0;
    if (!iam && strcmp(claim->service, "sts") != 0 && strcmp(claim->service, "cloudtrail") != 0 &&
        strcmp(claim->service, "access-analyzer") != 0)
        return mismatch(refusal, "wrong-service",
                        "Credential should be scoped to correct service: 'iam', 'sts', "
                        "'cloudtrail' or 'access-analyzer'.");
    if (claim->region[0] == '\0' || (iam && strcmp(claim->region, "us-east-1") != 0))
        return mismatch(refusal, "wrong-region",
                        "Credential should be scoped to a valid region, here 'us-east-1'.");
    return true;
}

static bool check_headers(const struct request *request, const struct verify_claim *claim,
                          struct account_refusal *refusal)
{
    if (request->too_many_headers)
        return account_refuse(refusal, 400, "MalformedInput", "too-many-headers",
                              "Too many headers.");
    if (!is_signed(claim, "host"))
        return mismatch(refusal, "host-unsigned",
                        "'Host' must be a 'SignedHeader' in the AWS Authorization.");
    for (size_t i = 0; i < request->header_count; i++) {
        const char *name = request->headers[i].name;
        if (strncasecmp(name, "x-amz-", 6) == 0 && !is_signed(claim, name))
            return account_refuse(refusal, 403, "SignatureDoesNotMatch", "header-unsigned",
                                  "'%.60s' must be a 'SignedHeader' in the AWS Authorization.",
                                  name);
    }
    return true;
}

static bool check_date(const struct request *request, const struct verify_claim *claim, int64_t now,
                       int64_t skew, int64_t *ret_time, struct account_refusal *refusal)
{
    char limit[WHEN_TEXT_SIZE], present[WHEN_TEXT_SIZE], canonical[WHEN_TEXT_SIZE];
    int64_t time;
    const char *date = request_header(request, "x-amz-date");
    if (date == NULL)
        return incomplete(refusal,
                          "Authorization header requires existence of a 'X-Amz-Date' header.");
    if (!when_parse(date, &time, NULL) || strcmp(when_format_basic(time, canonical), date) != 0)
        return incomplete(refusal, "Date must be in ISO-8601 'basic format'.");
    if (strncmp(date, claim->date, 8) != 0 || strlen(claim->date) != 8)
        return mismatch(refusal, "scope-date",
                        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version "
                        "of date from HTTP.");
    *ret_time = time;
    if (time >= now - skew && time <= now + skew)
        return true;
    bool late = time < now;
    return account_refuse(refusal, 403, "SignatureDoesNotMatch", "skew",
                          "Signature %s: %s is %s than %s (%s %c %" PRId64 " min.)",
                          late ? "expired" : "not yet current", date,
                          late ? "now earlier" : "still later",
                          when_format_basic(late ? now - skew : now + skew, limit),
                          when_format_basic(now, present), late ? '-' : '+', skew / 60);
}

static bool check_body_hash(const struct request *request, struct account_refusal *refusal)
{
    const char *stated = request_header(request, "x-amz-content-sha256");
    unsigned char digest[32];
    char text[65];
    if (stated == NULL || strcmp(stated, "UNSIGNED-PAYLOAD") == 0)
        return true;
    EVP_Digest(request->body.bytes, request->body.length, digest, NULL, EVP_sha256(), NULL);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    return strcmp(stated, text) == 0 ||
           mismatch(refusal, "body-hash",
                    "The provided x-amz-content-sha256 header does not match "
                    "what was computed.");
}

/* The signature that the request should carry. */
static bool sign_again(struct sign_cache *cache, const struct account_caller *caller,
                       const struct request *request, const struct verify_claim *claim,
                       int64_t time, char ret_signature[65], struct error *err)
{
    struct sign_header headers[REQUEST_HEADERS_MAXIMUM];
    size_t count = 0;
    for (size_t i = 0; i < request->header_count; i++)
        if (is_signed(claim, request->headers[i].name))
            headers[count++] = request->headers[i];
    struct sign_request again = {.method = request->method,
                                 .path = request->path.bytes,
                                 .query = request->query.bytes,
                                 .headers = headers,
                                 .header_count = count,
                                 .body = request->body.bytes,
                                 .body_length = request->body.length};
    struct sign_scope scope = {time, claim->region, claim->service};
    struct text CLEANUP(text_release) canonical, CLEANUP(text_release) names,
        CLEANUP(text_release) string;
    text_init(&canonical, 2 * REQUEST_TARGET_MAXIMUM);
    text_init(&names, VERIFY_HEADERS_SIZE);
    text_init(&string, 2048);
    struct credentials CLEANUP(credentials_release) credentials;
    credentials_init(&credentials);
    text_copy(credentials.key_id, sizeof credentials.key_id, caller->key_id);
    if (!secret_new(caller->secret, strlen(caller->secret), &credentials.secret, err) ||
        !sign_canonical_request(&again, &canonical, &names, err))
        return false;
    if (strcmp(names.bytes, claim->signed_headers) != 0)
        return error_set(err, ERROR_SIGNATURE, "SignedHeaders do not match the headers sent");
    return sign_string_to_sign(&scope, canonical.bytes, &string, err) &&
           sign_signature(cache, &credentials, &scope, string.bytes, ret_signature, err);
}

bool verify_request(struct sign_cache *cache, struct account *account,
                    const struct request *request, const struct verify_claim *claim, int64_t now,
                    int64_t skew, struct account_caller *ret_caller,
                    struct account_refusal *refusal)
{
    int64_t time = 0;
    struct account_caller caller;
    struct error err = {.code = ERROR_NONE};
    char signature[65];
    const char *token = request_header(request, "x-amz-security-token");
    if (!check_scope(claim, refusal) || !check_headers(request, claim, refusal) ||
        !check_date(request, claim, now, skew, &time, refusal) ||
        !check_body_hash(request, refusal) ||
        !account_authenticate(account, claim->key_id, token, now, &caller, refusal))
        return false;
    bool made = sign_again(cache, &caller, request, claim, time, signature, &err);
    if (!made && err.code != ERROR_SIGNATURE)
        return account_refuse(refusal, 500, "InternalFailure", "cannot-verify", "%s", err.text);
    if (!made || strlen(claim->signature) != 64 ||
        CRYPTO_memcmp(signature, claim->signature, 64) != 0)
        return mismatch(refusal, made ? "signature" : "signed-headers",
                        "The request signature we calculated does not match the signature you "
                        "provided. Check your AWS Secret Access Key and signing method. Consult "
                        "the service documentation for details.");
    *ret_caller = caller;
    return true;
}
