#include "aws/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/safe.h"
#include "base/text.h"

enum { CLOCK_TOLERANCE = 240 };

static const char *const throttling[] = {
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "RequestThrottled",
    "SlowDown",
    "EC2ThrottledException",
    NULL,
};

static const char *const transient[] = {
    "RequestTimeout",
    "RequestTimeoutException",
    "PriorRequestNotComplete",
    "IDPCommunicationError",
    NULL,
};

static const char *const clock_wrong[] = {
    "RequestExpired",
    "RequestTimeTooSkewed",
    "RequestInTheFuture",
    NULL,
};

static const struct {
    const char *code;
    enum error_code error;
} meanings[] = {
    {"AccessDenied", ERROR_DENIED},
    {"AccessDeniedException", ERROR_DENIED},
    {"InvalidClientTokenId", ERROR_KEY_REFUSED},
    {"InvalidAccessKeyId", ERROR_KEY_REFUSED},
    {"UnrecognizedClientException", ERROR_KEY_REFUSED},
    {"SignatureDoesNotMatch", ERROR_SIGNATURE},
    {"InvalidSignatureException", ERROR_SIGNATURE},
    {"IncompleteSignature", ERROR_SIGNATURE},
    {"ExpiredToken", ERROR_EXPIRED},
    {"ExpiredTokenException", ERROR_EXPIRED},
    {"InvalidAuthenticationCode", ERROR_MFA_REFUSED},
    {"NoSuchEntity", ERROR_NOT_FOUND},
};

static bool among(const char *const *list, const char *code)
{
    for (; *list != NULL; list++)
        if (strcmp(*list, code) == 0)
            return true;
    return false;
}

bool verdict_throttled(const struct refusal *refusal)
{
    return among(throttling, refusal->code) || (refusal->http == 429 && refusal->code[0] == '\0');
}

bool verdict_transient(const struct refusal *refusal)
{
    if (verdict_throttled(refusal))
        return false;
    return among(transient, refusal->code) || refusal->http == 500 || refusal->http == 502 ||
           refusal->http == 503 || refusal->http == 504;
}

static enum error_code meaning(const char *code)
{
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
        if (strcmp(meanings[i].code, code) == 0)
            return meanings[i].error;
    return ERROR_AWS;
}

static bool far_off(const struct refusal *refusal)
{
    return refusal->date != 0 && llabs(refusal->signed_at - refusal->date) > CLOCK_TOLERANCE;
}

/* Query services have no code of their own for a wrong clock; the words of the message or the Date
 * tell it from a wrong secret. */
static bool about_time(const struct refusal *refusal)
{
    if (among(clock_wrong, refusal->code))
        return true;
    if (meaning(refusal->code) != ERROR_SIGNATURE)
        return false;
    return strncmp(refusal->message, "Signature expired", 17) == 0 ||
           strncmp(refusal->message, "Signature not yet current", 25) == 0 || far_off(refusal);
}

bool verdict_clock(const struct refusal *refusal)
{
    return about_time(refusal) && refusal->date != 0;
}

static enum error_code classify(const struct refusal *refusal)
{
    if (verdict_throttled(refusal))
        return ERROR_THROTTLED;
    if (about_time(refusal))
        return ERROR_CLOCK;
    enum error_code code = meaning(refusal->code);
    /* Whether a denial is for want of MFA alone cannot be told from its words; a code that was
     * given and refused can. */
    if (code != ERROR_DENIED || strncmp(refusal->message, "MultiFactorAuthentication", 25) != 0)
        return code;
    return strstr(refusal->message, "must provide both") != NULL  ? ERROR_MFA_NEEDED
           : strstr(refusal->message, "unable to validate") != NULL ? ERROR_MFA_DEVICE
                                                                    : ERROR_MFA_REFUSED;
}

void verdict_clean(const char *sent, const struct credentials *credentials, char *buffer,
                   size_t size)
{
    char line[1024];
    const struct secret *secrets[] = {credentials->secret, credentials->token};
    text_copy(line, sizeof line, sent);
    line[strcspn(line, "\r\n")] = '\0';
    for (size_t i = 0; i < 2; i++) {
        if (secrets[i] == NULL || secret_length(secrets[i]) < 8)
            continue;
        char begin[9];
        text_copy(begin, sizeof begin, secret_bytes(secrets[i]));
        char *found = strstr(line, begin);
        secret_wipe(begin, sizeof begin);
        if (found != NULL)
            *found = '\0';
    }
    safe_copy(buffer, size, line);
    secret_wipe(line, sizeof line);
}

void verdict_op(enum aws_action action, struct error *err)
{
    const struct aws_action_row *row = aws_action(action);
    if (row->permission[0] != '\0')
        text_copy(err->op, sizeof err->op, row->permission);
    else
        snprintf(err->op, sizeof err->op, "%s:%s", aws_service_name(row->service), row->name);
}

static void describe(const struct refusal *refusal, const struct credentials *credentials,
                     enum error_code code, struct error *err)
{
    char message[512], aws_code[64];
    verdict_clean(refusal->message, credentials, message, sizeof message);
    verdict_clean(refusal->code, credentials, aws_code, sizeof aws_code);
    if (refusal->code[0] == '\0')
        error_set(err, code, "HTTP %d with a body that is not AWS's", refusal->http);
    else if (code == ERROR_CLOCK && far_off(refusal))
        error_set(err, code,
                  "AWS: %s: %.300s (this request was dated %lld s away from AWS's clock)", aws_code,
                  message, (long long)llabs(refusal->signed_at - refusal->date));
    else
        error_set(err, code, "AWS: %s: %.400s", aws_code,
                  message[0] != '\0' ? message : "no message");
}

void verdict_error(enum aws_action action, const struct refusal *refusal,
                   const struct credentials *credentials, struct error *err)
{
    enum error_code code = classify(refusal);
    bool from_aws = refusal->code[0] != '\0';
    if (!from_aws && code == ERROR_AWS && refusal->http < 500)
        code = ERROR_REPLY;
    describe(refusal, credentials, code, err);
    err->http = refusal->http;
    verdict_clean(refusal->code, credentials, err->aws_code, sizeof err->aws_code);
    verdict_clean(refusal->request_id, credentials, err->request_id, sizeof err->request_id);
    verdict_op(action, err);
}
