/* The practice account: a model of one AWS account's IAM users, access keys, MFA devices, roles and
 * sessions, for learning and for tests.
 *
 * It is pure: no clock, no files, no network, no random numbers. The time and fresh random bytes
 * are arguments, so that everything it does can be repeated exactly. It sees base/ only.
 *
 * It behaves as AWS does where a rotation can be hurt: a new key is refused for some seconds, and
 * then by some replicas longer than by others; a key that was switched off works a little longer;
 * two keys are the limit and an Inactive one counts; last-used is late; lists come in pages; an MFA
 * code works once.
 *
 * Its secrets are plain fixed buffers, unlike everywhere else in Keywright, on purpose: they open
 * nothing but this simulation. No real secret may ever be put in here.
 *
 * Every operation first asks whether the caller may do it, then does it whole or not at all. It
 * returns false and fills the refusal (last parameter) where AWS would answer with an error; the
 * refusal is untouched on success and the results are untouched on failure.
 * Pointers that are returned are borrowed until the next call that changes the account.
 *
 * Sources: the IAM API Reference 2010-05-08 and the STS API Reference 2011-06-15; IAM User Guide,
 * "IAM and AWS STS quotas" and "Changes that I make are not always immediately visible"; RFC 6238.
 * What AWS does not document (times, windows, a few texts) is our reading, and settable.
 */
#ifndef KEYWRIGHT_PRACTICE_ACCOUNT_H
#define KEYWRIGHT_PRACTICE_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "practice/refusal.h"

#define ACCOUNT_NUMBER "123456789012"

enum {
    ACCOUNT_NAME_SIZE = 65,   /* a user, role or role session name and its NUL */
    ACCOUNT_KEY_ID_SIZE = 21, /* "AKIA" and 16 letters */
    ACCOUNT_ID_SIZE = 22,     /* "AIDA" and 17 letters */
    ACCOUNT_SECRET_SIZE = 41,
    ACCOUNT_TOKEN_SIZE = 193,
    ACCOUNT_ARN_SIZE = 192,
    ACCOUNT_SUBJECT_SIZE = 96, /* "AROA...:session" */
    ACCOUNT_MARKER_SIZE = 24,
    ACCOUNT_WORD_SIZE = 32,   /* a service or region name */
    ACCOUNT_RANDOM_SIZE = 256, /* what one operation may use up */
    ACCOUNT_LIST_MAXIMUM = 8, /* keys or devices of one user in one page */
    ACCOUNT_SEED_SIZE = 40,   /* of an MFA device, in bytes: as long as AWS's */
    ACCOUNT_BASE32_SIZE = 65, /* the same as letters, and a NUL */
    ACCOUNT_MFA_TRIES = 9,    /* codes that a device takes in ACCOUNT_MFA_WINDOW seconds */
    ACCOUNT_MFA_WINDOW = 180
};

/* X(name, field, least, most, default). Times are in seconds. */
#define ACCOUNT_SETTING_TABLE(X)                                                                   \
    X("new-key-delay", new_key_delay, 0, 86400, 3)                                                 \
    X("status-delay", status_delay, 0, 86400, 1)                                                   \
    X("flap", flap, 0, 86400, 0)                                                                   \
    X("list-delay", list_delay, 0, 86400, 0)                                                       \
    X("last-used-lag", last_used_lag, 0, 864000, 0)                                                \
    X("report-delay", report_delay, 0, 86400, 1)                                                   \
    X("trail-delay", trail_delay, 0, 86400, 0)                                                     \
    X("trail-rate", trail_rate, 0, 1000, 2)                                                        \
    X("latency", latency, 0, 10000, 0)                                                             \
    X("rate", rate, 0, 100000, 0)                                                                  \
    X("analyzer", analyzer, 0, 1, 1)                                                               \
    X("unused-analyzer", unused_analyzer, 0, 1, 0)                                                 \
    X("trail", trail, 0, 5, 1)                                                                     \
    X("flawed-policies", flawed_policies, 0, 1, 0)                                                 \
    X("page-size", page_size, 1, 1000, 100)                                                        \
    X("key-limit", key_limit, 1, ACCOUNT_LIST_MAXIMUM, 2)                                          \
    X("session-refuse", session_refuse, 0, 1, 1)

/* new_key_delay: how long a new key is refused with InvalidClientTokenId. status_delay: how long a
 * changed or deleted key is still taken as it was. flap: for so long after either delay every second
 * look still sees the old state, as from a replica that is behind. list_delay: ListAccessKeys shows
 * what stood so long ago. last_used_lag: GetAccessKeyLastUsed does not tell of younger uses.
 * key_limit: keys that a user may have. session_refuse: 1 if a session from a key that is no longer
 * Active is refused too (AWS documents neither). */
struct account_settings {
#define X(name, field, least, most, value) int64_t field;
    ACCOUNT_SETTING_TABLE(X)
#undef X
};

/* report_delay: how long a credential report takes to be made. trail_delay: how old an event is when
 * LookupEvents first shows it. trail_rate: LookupEvents answered in a second; 0 for any number.
 * latency: milliseconds before each answer. rate: requests for one action that are answered in a second; 0 for any
 * number. AWS has such a rate for each action of IAM, and tells none (repost.aws, "iam-sts-throttling-error").
 * unused_analyzer: there is one of unused access, too. trail: 0 none, 1 one of all regions, 2 the same and switched
 * off, 3 with event selectors that leave out what is read, 4 of one region, 5 with advanced event selectors that
 * leave out nothing. flawed_policies: the account has policies that ValidatePolicy finds fault with, each with one
 * fault, and one without. */
/* What a user or role may do. ADMIN: everything. SELF: manage their own keys. MFA: as SELF, but only
 * in a session with MFA (without: GetUser and ListMFADevices). Both may enrol an MFA device. AUDIT:
 * read everything. */
#define ACCOUNT_POLICY_TABLE(X)                                                                    \
    X(ADMIN, "admin") X(SELF, "self") X(MFA, "mfa") X(AUDIT, "audit") X(NONE, "none")

enum account_policy {
#define X(code, name) ACCOUNT_##code,
    ACCOUNT_POLICY_TABLE(X)
#undef X
        ACCOUNT_POLICY_COUNT
};

bool account_policy_from_name(const char *name, enum account_policy *ret_policy) MUST_USE;
const char *account_policy_name(enum account_policy policy);

struct account_user {
    char name[ACCOUNT_NAME_SIZE];
    char id[ACCOUNT_ID_SIZE];
    char arn[ACCOUNT_ARN_SIZE];
    int64_t created;
    enum account_policy policy;
};

/* One access key as a list or a control page shows it. */
struct account_key {
    char user[ACCOUNT_NAME_SIZE];
    char id[ACCOUNT_KEY_ID_SIZE];
    bool active;
    int64_t created;
};

struct account_new_key {
    struct account_key key;
    char secret[ACCOUNT_SECRET_SIZE];
};

struct account_last_used {
    char user[ACCOUNT_NAME_SIZE];
    int64_t at; /* 0: none recorded */
    char service[ACCOUNT_WORD_SIZE];
    char region[ACCOUNT_WORD_SIZE];
};

struct account_device {
    char user[ACCOUNT_NAME_SIZE]; /* "" for nobody's */
    char serial[ACCOUNT_ARN_SIZE];
    int64_t enabled;             /* 0: not yet */
    char arn[ACCOUNT_ARN_SIZE];  /* of the user; in the list of virtual devices only */
};

struct account_new_device {
    char serial[ACCOUNT_ARN_SIZE];
    char seed[ACCOUNT_BASE32_SIZE];
};

struct account_temporary {
    char key_id[ACCOUNT_KEY_ID_SIZE];
    char secret[ACCOUNT_SECRET_SIZE];
    char token[ACCOUNT_TOKEN_SIZE];
    int64_t expires;
    /* of AssumeRole only */
    char role_subject[ACCOUNT_SUBJECT_SIZE];
    char role_arn[ACCOUNT_ARN_SIZE];
};

struct account_page {
    bool truncated;
    char marker[ACCOUNT_MARKER_SIZE]; /* where the next page starts, when truncated */
};

struct account_key_page {
    struct account_key keys[ACCOUNT_LIST_MAXIMUM];
    size_t count;
    struct account_page page;
};

struct account_user_page {
    const struct account_user *users; /* borrowed */
    size_t count;
    struct account_page page;
};

struct account_device_page {
    struct account_device devices[ACCOUNT_LIST_MAXIMUM];
    size_t count;
    struct account_page page;
};

enum account_caller_kind { ACCOUNT_CALLER_USER, ACCOUNT_CALLER_SESSION, ACCOUNT_CALLER_ROLE };

/* Who signed a request. Made by account_authenticate; not kept over a change of the account. */
struct account_caller {
    enum account_caller_kind kind;
    size_t owner;                        /* index of the user, or of the role */
    enum account_policy policy;
    bool mfa;                            /* the session was made with an MFA code */
    bool outdated;                       /* the key is no longer Active in truth, only still believed */
    char key_id[ACCOUNT_KEY_ID_SIZE];    /* the long-term key, or that of the session */
    char secret[ACCOUNT_SECRET_SIZE];
    char name[ACCOUNT_NAME_SIZE];        /* user name, "" for a role */
    char arn[ACCOUNT_ARN_SIZE];
    char subject[ACCOUNT_SUBJECT_SIZE];  /* UserId of GetCallerIdentity */
};

/* The circumstances of one operation. */
struct account_call {
    const struct account_caller *caller;
    int64_t now;                 /* UTC seconds */
    const unsigned char *random; /* ACCOUNT_RANDOM_SIZE fresh bytes */
};

struct account; /* opaque */

/* An empty account with the default settings. NULL without memory. */
struct account *account_new(void);
void account_free(struct account *account); /* NULL is fine */
/* The same account once more, the caller's to free; NULL without memory. */
struct account *account_copy(const struct account *account);
struct account_settings *account_settings(struct account *account);
/* Set by the name in ACCOUNT_SETTING_TABLE. False: no such name, or the value is out of range. */
bool account_set(struct account *account, const char *name, int64_t value) MUST_USE;

/* --- making the account, before or while it is used; false: name taken or malformed, no room ---- */

bool account_add_user(struct account *account, const char *name, enum account_policy policy,
                      int64_t created, const unsigned char *random) MUST_USE;
/* A key that has been there since `created`: it is not subject to any delay. */
bool account_add_key(struct account *account, const char *user, bool active, int64_t created,
                     const unsigned char *random, struct account_new_key *ret_key) MUST_USE;
/* Record a use of a key. */
void account_use_key(struct account *account, const char *key_id, const char *service,
                     const char *region, int64_t now);
/* A virtual MFA device with a seed made of the random bytes. */
bool account_add_device(struct account *account, const char *user, int64_t enabled,
                        const unsigned char *random) MUST_USE;
/* A role that the user (or, for NULL, every user of the account) may assume. */
bool account_add_role(struct account *account, const char *name, enum account_policy policy,
                      const char *trusted_user, bool needs_mfa, const unsigned char *random) MUST_USE;

/* --- looking in from outside, for the control page and for tests --------------------------------- */

size_t account_user_count(const struct account *account);
const struct account_user *account_user_at(const struct account *account, size_t index);
size_t account_key_count(const struct account *account); /* deleted ones too */
/* The key at this index as it is in truth. False when it is deleted. */
bool account_key_at(const struct account *account, size_t index, struct account_key *ret_key);
/* The code that the user's first device shows at that time: six digits. False without a device. */
bool account_totp(const struct account *account, const char *user, int64_t now,
                  char ret_code[7]) MUST_USE;

/* The code of a device by its serial, `step` time steps of 30 s from that time. False: no such one. */
bool account_device_code(const struct account *account, const char *serial, int64_t now,
                         int64_t step, char ret_code[7]) MUST_USE;

/* --- who is it ------------------------------------------------------------------------------------ */

/* Find who holds a key ID, and with it the secret that a signature is to be checked against. `token`
 * is the session token or NULL. Refused with InvalidClientTokenId: unknown, deleted, Inactive, not
 * yet propagated, token missing or wrong, session of a key that is not Active; ExpiredToken. */
bool account_authenticate(struct account *account, const char *key_id, const char *token,
                          int64_t now, struct account_caller *ret_caller,
                          struct account_refusal *refusal) MUST_USE;

/* --- IAM. user_name NULL: the caller's own; marker NULL: from the start; max_items 0: not given -- */

bool account_create_access_key(struct account *account, const struct account_call *call,
                               const char *user_name, struct account_new_key *ret_key,
                               struct account_refusal *refusal) MUST_USE;
bool account_update_access_key(struct account *account, const struct account_call *call,
                               const char *user_name, const char *key_id, const char *status,
                               struct account_refusal *refusal) MUST_USE;
bool account_delete_access_key(struct account *account, const struct account_call *call,
                               const char *user_name, const char *key_id,
                               struct account_refusal *refusal) MUST_USE;
bool account_list_access_keys(struct account *account, const struct account_call *call,
                              const char *user_name, const char *marker, int64_t max_items,
                              struct account_key_page *ret_page,
                              struct account_refusal *refusal) MUST_USE;
bool account_get_access_key_last_used(struct account *account, const struct account_call *call,
                                      const char *key_id, struct account_last_used *ret_used,
                                      struct account_refusal *refusal) MUST_USE;
bool account_get_user(struct account *account, const struct account_call *call,
                      const char *user_name, const struct account_user **ret_user,
                      struct account_refusal *refusal) MUST_USE;
/* Whether the caller may see the account's only alias. */
#define ACCOUNT_ALIAS "practice-account"
bool account_list_aliases(const struct account *account, const struct account_call *call,
                          struct account_refusal *refusal) MUST_USE;
bool account_list_users(struct account *account, const struct account_call *call,
                        const char *marker, int64_t max_items, struct account_user_page *ret_page,
                        struct account_refusal *refusal) MUST_USE;
bool account_list_mfa_devices(struct account *account, const struct account_call *call,
                              const char *user_name, const char *marker, int64_t max_items,
                              struct account_device_page *ret_page,
                              struct account_refusal *refusal) MUST_USE;

/* --- IAM, for an audit. The account has no passwords and no password policy; root has MFA and no keys - */

struct account_summary {
    int64_t users, mfa_devices, root_mfa, root_keys;
};

/* Begin a credential report, or tell of the one that is there: it is kept for four hours as it was
 * made. ret_state: "STARTED", "INPROGRESS", "COMPLETE". */
bool account_generate_report(struct account *account, const struct account_call *call,
                             const char **ret_state, struct account_refusal *refusal) MUST_USE;
/* The report as CSV, borrowed, and when it was made. Refused with ReportNotPresent, ReportInProgress. */
bool account_get_report(struct account *account, const struct account_call *call,
                        const char **ret_csv, int64_t *ret_generated,
                        struct account_refusal *refusal) MUST_USE;
/* GetAccountAuthorizationDetails: users as in account_list_users. */
bool account_list_details(struct account *account, const struct account_call *call,
                          const char *marker, int64_t max_items,
                          struct account_user_page *ret_page,
                          struct account_refusal *refusal) MUST_USE;
/* Borrowed until a role is added. */
struct account_role {
    const char *name, *arn;
    enum account_policy policy;
};
/* False when there are not so many. */
bool account_role_at(const struct account *account, size_t index, struct account_role *ret_role);
bool account_get_summary(struct account *account, const struct account_call *call,
                         struct account_summary *ret_summary,
                         struct account_refusal *refusal) MUST_USE;
/* Is the key at this index Active, and not used since? Deleted ones are not. */
bool account_key_idle(const struct account *account, size_t index, int64_t since);
/* There is an analyzer of external access, in every region (the setting "analyzer"). */
bool account_has_analyzer(const struct account *account);
/* May the caller read what is about no user in particular? */
bool account_may_read(const struct account *account, const struct account_call *call,
                      const char *action, struct account_refusal *refusal) MUST_USE;

/* Virtual devices: one that is made is nobody's until it is enabled with two codes that follow each
 * other (which are not spent for STS by that). `assignment` NULL: "Any". */
bool account_create_virtual_device(struct account *account, const struct account_call *call,
                                   const char *name, struct account_new_device *ret_device,
                                   struct account_refusal *refusal) MUST_USE;
bool account_enable_device(struct account *account, const struct account_call *call,
                           const char *user_name, const char *serial, const char *first,
                           const char *second, struct account_refusal *refusal) MUST_USE;
bool account_delete_virtual_device(struct account *account, const struct account_call *call,
                                   const char *serial, struct account_refusal *refusal) MUST_USE;
bool account_list_virtual_devices(struct account *account, const struct account_call *call,
                                  const char *assignment, const char *marker, int64_t max_items,
                                  struct account_device_page *ret_page,
                                  struct account_refusal *refusal) MUST_USE;

/* --- CloudTrail ---------------------------------------------------------------------------------- */

/* A call that was made with a key, refused or not. */
struct account_event {
    int64_t at;
    char key_id[ACCOUNT_KEY_ID_SIZE];
    char user[ACCOUNT_NAME_SIZE]; /* "" for a role */
    char arn[ACCOUNT_ARN_SIZE];
    char service[ACCOUNT_WORD_SIZE]; /* "iam" */
    char region[ACCOUNT_WORD_SIZE];
    char action[64];
    char user_agent[256];
    char error[64]; /* "" when it was done */
};
/* The newest so many are kept. Without memory it is not recorded. */
void account_record(struct account *account, const struct account_event *event);

struct account_lookup {
    const char *region;
    const char *key_id; /* NULL: of all keys */
    int64_t from, until;
    int64_t most;      /* 1 to 50 */
    const char *token; /* NULL: from the newest */
};
struct account_event_page {
    const struct account_event *events[50]; /* newest first */
    size_t count;
    bool more;
    size_t next; /* with it the next page is asked for */
};
/* Refused with ThrottlingException (as Throttling), InvalidTimeRangeException,
 * InvalidMaxResultsException, InvalidNextTokenException. */
bool account_lookup_events(struct account *account, const struct account_call *call,
                           const struct account_lookup *lookup,
                           struct account_event_page *ret_page,
                           struct account_refusal *refusal) MUST_USE;

/* --- STS. duration 0: not given; serial and code NULL: not given ----------------------------------
 * GetCallerIdentity needs nothing but the caller: its arn and subject are the answer. */

bool account_get_session_token(struct account *account, const struct account_call *call,
                               int64_t duration, const char *serial, const char *code,
                               struct account_temporary *ret_temporary,
                               struct account_refusal *refusal) MUST_USE;
bool account_assume_role(struct account *account, const struct account_call *call,
                         const char *role_arn, const char *session_name, int64_t duration,
                         const char *serial, const char *code,
                         struct account_temporary *ret_temporary,
                         struct account_refusal *refusal) MUST_USE;

/* Whether a session of this kind may call the action at all, apart from policies: a session without
 * MFA cannot call IAM, and can call STS for AssumeRole and GetCallerIdentity only. */
bool account_session_may(const struct account_caller *caller, const char *service,
                         const char *action, struct account_refusal *refusal) MUST_USE;

#endif
