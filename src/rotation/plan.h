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

/* A place that takes the new pair. */
struct target {
    char spec[TEXT_SIZE]; /* as the operator wrote it or as it was found: "file:PATH", "command:CMD" */
    char path[TEXT_SIZE]; /* for a file: the file itself, symbolic links followed; else "" */
    bool readable;        /* can be read back, so that its content can be checked and probed */
};

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
    char as_profile[WORD_SIZE * 2]; /* --as, or "" */
    char mfa_serial[ARN_SIZE];      /* "" when no MFA session is taken */
    char region[WORD_SIZE];
    char endpoint_url[TEXT_SIZE]; /* "" for AWS's own */

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
    bool compromised;
};

#endif
