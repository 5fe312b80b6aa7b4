/* Sizes and small vocabularies that every part of the core shares. Pure.
 * The journal and the outside see the names below, never the numbers of the enums. */
#ifndef KEYWRIGHT_ROTATION_NAMES_H
#define KEYWRIGHT_ROTATION_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    KEY_ID_SIZE = 129,   /* IAM: access key ID of 16 to 128 characters */
    USER_SIZE = 129,     /* IAM: user name of at most 128 characters in requests */
    ACCOUNT_SIZE = 16,   /* 12 digits */
    ARN_SIZE = 704,      /* an IAM user's ARN with the longest path */
    WORD_SIZE = 64,      /* a service, region, partition, actor */
    TEXT_SIZE = 512,     /* a reason, a command, an endpoint, a path */
    ID_SIZE = 32,        /* a rotation's ID */
    TARGETS_MAX = 16,
    TESTS_MAX = 8,
    KEYS_MAX = 8         /* the limit is 2, but is racy: more have been seen */
};

/* Key status as IAM spells it; anything else that IAM might say is UNKNOWN. */
#define KEY_STATUS_TABLE(X)                                                                        \
    X(UNKNOWN, "Unknown")                                                                          \
    X(ACTIVE, "Active")                                                                            \
    X(INACTIVE, "Inactive")

/* What a probe of a key showed. REFUSED is InvalidClientTokenId and nothing else: AccessDenied
 * comes from a key that works. */
#define VERDICT_TABLE(X)                                                                           \
    X(UNKNOWN, "unknown")     /* no answer, throttled, a server error */                           \
    X(WORKS, "works")                                                                              \
    X(REFUSED, "refused")                                                                          \
    X(UNREADABLE, "unreadable") /* the target cannot be read back */

/* The four steps, as the operator sees them. */
#define STEP_TABLE(X)                                                                              \
    X(CREATE_NEW, "create-new")                                                                    \
    X(DEACTIVATE_OLD, "deactivate-old")                                                            \
    X(TEST, "test")                                                                                \
    X(DELETE, "delete")                                                                            \
    X(ROLLBACK, "rollback")                                                                        \
    X(NONE, "")

/* The states of keywright(1), in order. */
#define ROTATION_STATE_TABLE(X)                                                                    \
    X(OPENED, "opened", CREATE_NEW)                                                                \
    X(CREATING, "creating", CREATE_NEW)                                                            \
    X(CREATED, "created", CREATE_NEW)                                                              \
    X(DELIVERING, "delivering", CREATE_NEW)                                                        \
    X(PROVING, "proving", CREATE_NEW)                                                              \
    X(PROVEN, "proven", DEACTIVATE_OLD)                                                            \
    X(DEACTIVATED, "deactivated", TEST)                                                            \
    X(TESTED, "tested", DELETE)                                                                    \
    X(DELETING, "deleting", DELETE)                                                                \
    X(ROLLING_BACK, "rolling_back", ROLLBACK)                                                      \
    X(DONE, "done", NONE)                                                                          \
    X(ROLLED_BACK, "rolled_back", NONE)                                                            \
    X(ABANDONED, "abandoned", NONE)

/* The gates of keywright(1). X(code, name, may be overridden, what it says) */
#define GATE_TABLE(X)                                                                              \
    X(IDENTITY, "identity", false, "the credentials speak for the account of the key")             \
    X(NEW_KEY_PROVEN, "new_key_proven", true, "the new key works, as read back from each target")  \
    X(TARGETS_CURRENT, "targets_current", true, "no target holds the old key")                     \
    X(NOT_LAST_KEY, "not_last_key", false, "the user keeps a working key")                         \
    X(OLD_KEY_QUIET, "old_key_quiet", true, "nobody has used the old key since the hand-over")     \
    X(TESTS_PASSED, "tests_passed", true, "everything works without the old key")                  \
    X(SOAK_OVER, "soak_over", true, "the old key has been off for the soak time")                  \
    X(STILL_INACTIVE, "still_inactive", false, "the old key is still Inactive")

enum key_status {
#define X(code, name) KEY_STATUS_##code,
    KEY_STATUS_TABLE(X)
#undef X
        KEY_STATUS_COUNT
};

enum verdict {
#define X(code, name) VERDICT_##code,
    VERDICT_TABLE(X)
#undef X
        VERDICT_COUNT
};

enum step {
#define X(code, name) STEP_##code,
    STEP_TABLE(X)
#undef X
        STEP_COUNT
};

enum rotation_state {
#define X(code, name, step) ROTATION_##code,
    ROTATION_STATE_TABLE(X)
#undef X
        ROTATION_STATE_COUNT
};

enum gate_id {
#define X(code, name, overridable, says) GATE_##code,
    GATE_TABLE(X)
#undef X
        GATE_COUNT
};

const char *key_status_name(enum key_status status);
enum key_status key_status_from_name(const char *name); /* UNKNOWN for any other */
const char *verdict_name(enum verdict verdict);
enum verdict verdict_from_name(const char *name); /* UNKNOWN for any other */
const char *step_name(enum step step);
const char *rotation_state_name(enum rotation_state state);
enum step rotation_state_step(enum rotation_state state);
/* False when there is no such state. */
bool rotation_state_from_name(const char *name, enum rotation_state *ret_state);
const char *gate_name(enum gate_id gate);
const char *gate_says(enum gate_id gate);
bool gate_overridable(enum gate_id gate);
bool gate_from_name(const char *name, enum gate_id *ret_gate);

#endif
