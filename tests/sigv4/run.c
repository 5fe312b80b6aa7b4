#include "case.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/when.h"
#include "sign/hash.h"

void case_skip(struct tally *tally, const char *name, const char *why)
{
    printf("skip %s: %s\n", name, why);
    tally->skipped++;
}

void case_fail(struct tally *tally, const char *name, const char *why)
{
    printf("FAIL %s: %s\n", name, why);
    tally->failed++;
}

/* The list "a;b;c" that the expected result signs, into ret_list. */
static bool expected_headers(const struct sigv4_case *kase, char *ret_list, size_t size)
{
    const char *begin =
        kase->authorization != NULL ? strstr(kase->authorization, "SignedHeaders=") : NULL;
    size_t length;
    if (begin != NULL) {
        begin += strlen("SignedHeaders=");
        length = strcspn(begin, ", \r\n");
    } else {
        /* The last line but one of the canonical request. */
        const char *end = kase->canonical != NULL ? strrchr(kase->canonical, '\n') : NULL;
        if (end == NULL)
            return false;
        begin = end;
        while (begin > kase->canonical && begin[-1] != '\n')
            begin--;
        length = (size_t)(end - begin);
    }
    if (length >= size)
        return false;
    memcpy(ret_list, begin, length);
    ret_list[length] = '\0';
    return true;
}

struct extra {
    char stamp[WHEN_TEXT_SIZE];
    char digest[HASH_HEX_SIZE];
    char length[24];
};

/* The value of a header that the request does not have yet. */
static const char *made_header(const struct sigv4_case *kase, const char *name, struct extra *extra)
{
    unsigned char digest[HASH_SIZE];
    if (strcmp(name, "x-amz-date") == 0)
        return when_format_basic(kase->time, extra->stamp);
    if (strcmp(name, "x-amz-security-token") == 0)
        return kase->token;
    if (strcmp(name, "x-amz-content-sha256") == 0) {
        hash_bytes(kase->body, kase->body_length, digest);
        hash_hex(digest, extra->digest);
        return extra->digest;
    }
    if (strcmp(name, "content-length") == 0) {
        snprintf(extra->length, sizeof extra->length, "%zu", kase->body_length);
        return extra->length;
    }
    return NULL;
}

/* The headers to sign: those of the request that the list names, and those that are made. */
static bool choose_headers(const struct sigv4_case *kase, char *list, struct extra *extra,
                           struct sign_header *ret_headers, size_t *ret_count)
{
    size_t count = 0;
    char *rest = NULL;
    for (char *name = strtok_r(list, ";", &rest); name != NULL; name = strtok_r(NULL, ";", &rest)) {
        size_t before = count;
        for (size_t i = 0; i < kase->sent_count; i++)
            if (strcasecmp(kase->sent[i].name, name) == 0 && count < CASE_HEADERS_MOST)
                ret_headers[count++] = kase->sent[i];
        if (count > before)
            continue;
        const char *value = made_header(kase, name, extra);
        if (value == NULL || count == CASE_HEADERS_MOST)
            return false;
        ret_headers[count++] = (struct sign_header){name, value};
    }
    *ret_count = count;
    return true;
}

/* Line ends at the end of a file do not count, nor do carriage returns. */
static bool same_text(const char *expected, const char *got)
{
    size_t length = strlen(expected), i = 0, j = 0;
    while (length > 0 && strchr("\r\n", expected[length - 1]) != NULL)
        length--;
    for (; i < length && got[j] != '\0'; i++) {
        if (expected[i] == '\r' && expected[i + 1] == '\n')
            continue;
        if (expected[i] != got[j])
            return false;
        j++;
    }
    return i == length && strspn(got + j, "\n") == strlen(got + j);
}

static bool agrees(const struct sigv4_case *kase, const char *what, const char *expected,
                   const char *got, struct tally *tally)
{
    if (expected == NULL || same_text(expected, got))
        return true;
    printf("FAIL %s: %s differs\n--- expected\n%s\n--- got\n%s\n---\n", kase->name, what, expected,
           got);
    tally->failed++;
    return false;
}

struct stages {
    struct text canonical, names, to_sign, authorization;
    char signature[65];
};

static void stages_release(struct stages *stages)
{
    text_release(&stages->canonical);
    text_release(&stages->names);
    text_release(&stages->to_sign);
    text_release(&stages->authorization);
}

static bool sign_case(const struct sigv4_case *kase, const struct sign_request *request,
                      struct stages *ret_stages, struct error *err)
{
    struct sign_cache *cache = NULL;
    struct sign_scope scope = {kase->time, kase->region, kase->service};
    bool done =
        sign_cache_new(&cache, err) &&
        sign_canonical_request(request, &ret_stages->canonical, &ret_stages->names, err) &&
        sign_string_to_sign(&scope, ret_stages->canonical.bytes, &ret_stages->to_sign, err) &&
        sign_signature(cache, &kase->credentials, &scope, ret_stages->to_sign.bytes,
                       ret_stages->signature, err) &&
        sign_request(cache, &kase->credentials, &scope, request, &ret_stages->authorization, err);
    sign_cache_free(cache);
    return done;
}

void case_run(const struct sigv4_case *kase, struct tally *tally)
{
    CLEANUP(stages_release) struct stages stages;
    struct sign_header headers[CASE_HEADERS_MOST];
    struct extra extra;
    struct error err;
    char list[1024];
    size_t count = 0;
    text_init(&stages.canonical, CASE_FILE_MOST);
    text_init(&stages.names, 4096);
    text_init(&stages.to_sign, 4096);
    text_init(&stages.authorization, 8192);
    if (!expected_headers(kase, list, sizeof list)) {
        case_fail(tally, kase->name, "the case does not tell what is signed");
        return;
    }
    if (!choose_headers(kase, list, &extra, headers, &count)) {
        case_fail(tally, kase->name, "a header is signed that the request does not have");
        return;
    }
    struct sign_request request = {kase->method, kase->path, kase->query,      headers,
                                   count,        kase->body, kase->body_length};
    if (!sign_case(kase, &request, &stages, &err)) {
        case_fail(tally, kase->name, err.text);
        return;
    }
    if (!agrees(kase, "canonical request", kase->canonical, stages.canonical.bytes, tally) ||
        !agrees(kase, "string to sign", kase->to_sign, stages.to_sign.bytes, tally) ||
        !agrees(kase, "signature", kase->signature, stages.signature, tally) ||
        !agrees(kase, "authorization", kase->authorization, stages.authorization.bytes, tally))
        return;
    /* One .sreq of the published suite contradicts its .authz, so that is asked first. */
    const char *own = strrchr(stages.authorization.bytes, '=');
    if (own == NULL || strcmp(own + 1, stages.signature) != 0 ||
        (kase->authorization == NULL && kase->signed_request != NULL &&
         strstr(kase->signed_request, stages.authorization.bytes) == NULL)) {
        case_fail(tally, kase->name, "the signed request has another authorization");
        return;
    }
    tally->passed++;
}
