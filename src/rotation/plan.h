/* What an operator asked for when a rotation was opened. It is journalled in the first event and
 * never changes: a resume takes everything from here. Pure; all strings are owned by value. */
#ifndef KEYWRIGHT_ROTATION_PLAN_H
#define KEYWRIGHT_ROTATION_PLAN_H

#include "rotation/names.h"

/* Quiet and soak in one word (--plan), the default first. X(word, quiet, soak, what it means); times in
 * seconds. */
#define PLAN_WORD_TABLE(X)                                                                         \
    X("careful", 86400, 86400, "24 h without use of the old key, 24 h switched off")               \
    X("today", 3600, 14400, "1 h without use (weak evidence), 4 h switched off")                   \
    X("now", 0, 0, "no waiting: for a key that nothing else uses")

/* How the profile came about, and with it whether a resume has to name it. X(word, names it, what it
 * means) */
#define PROFILE_SOURCE_TABLE(X)                                                                    \
    X("option", true, "--profile named it")                                                        \
    X("identity", true, "nobody named it, but the identity that signs is its own")                 \
    X("none", false, "only looked up by default: the identity comes from elsewhere")

/* A place that takes the new pair. */
struct target {
    char spec[TEXT_SIZE]; /* as the operator wrote it or as it was found: "file:PATH", "command:CMD" */
    char path[TEXT_SIZE]; /* for a file: the file itself, symbolic links followed; else "" */
    bool readable;        /* can be read back, so that its content can be checked and probed */
};

/* It is shown to a person, who alone can tell that the pair was received: until then it is not handed
 * over, and there is nothing to put back in a rollback. */
bool target_is_shown(const struct target *target);

struct plan {
    char account[ACCOUNT_SIZE];
    char partition[WORD_SIZE];
    char user[USER_SIZE];
    char user_arn[ARN_SIZE];
    char old_key[KEY_ID_SIZE];

    /* Who signs. In a self-rotation signer_key is the old key; otherwise another identity's. */
    bool self;
    char signer_key[KEY_ID_SIZE];
    char signer_arn[ARN_SIZE];
    char profile[WORD_SIZE * 2]; /* the profile that the operator named or that was the default */
    char profile_source[WORD_SIZE]; /* PROFILE_SOURCE_TABLE; "" in journals that do not say */
    char as_profile[WORD_SIZE * 2]; /* --as, or "" */
    char mfa_serial[ARN_SIZE];      /* "" when no MFA session is taken; found later, it is put here */
    char region[WORD_SIZE];
    char endpoint_url[TEXT_SIZE]; /* --endpoint-url, or "" */
    /* Where each service was found, by whatever said so: a URL, or "aws" for AWS's own by the rules of
     * region, FIPS and dual-stack. All "" in journals that do not say; the last two, which no step of a rotation
     * asks, in those of earlier versions. */
    char endpoint_iam[TEXT_SIZE];
    char endpoint_sts[TEXT_SIZE];
    char endpoint_sso[TEXT_SIZE];
    char endpoint_cloudtrail[TEXT_SIZE];
    char endpoint_access_analyzer[TEXT_SIZE];
    bool use_fips, use_dualstack;

    bool pair_held; /* the old pair can be read here, so its refusal can be seen */
    size_t target_count;
    struct target targets[TARGETS_MAX];
    size_t test_count;
    char tests[TESTS_MAX][TEXT_SIZE];
    char verify[TEXT_SIZE]; /* --verify, or "" */

    char adopt_key[KEY_ID_SIZE];  /* --new-key, or "" */
    char retire_key[KEY_ID_SIZE]; /* --retire, or "" */

    /* Seconds. */
    int64_t settle;
    int64_t quiet;
    int64_t soak;
    int64_t consistency;
    int64_t timeout;

    char reason[TEXT_SIZE];
    char ticket[WORD_SIZE * 2];
    bool compromised; /* the old key is in wrong hands: it is switched off before a new one is made */
};

/* May who speaks as `arn` by the key `signer`, whose long-term key is `source` ("" when not known), sign this
 * plan? A compromised key and its sessions sign nothing; a session of its user that does not tell by which key
 * it was taken may be one of them. False: `ret_why` says why not; it may be NULL. Pure. */
bool plan_signer_fits(const struct plan *plan, const char *signer, const char *arn, const char *source,
                      char ret_why[TEXT_SIZE]);

/* The profile that a resume has to name, "" for none: what signs is then found by key ID, by --as, or in
 * the environment. A journal that does not say how the profile came about means it, unless it is the
 * one that is looked up by default. Borrowed from the plan. */
const char *plan_named_profile(const struct plan *plan);
/* Does an option of a resume say what the plan says? `url` holds when both IAM and STS were there. */
bool plan_has_profile(const struct plan *plan, const char *profile);
bool plan_has_endpoint(const struct plan *plan, const char *url);

#endif
