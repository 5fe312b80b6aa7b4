/* The inside of the practice account: what its files share and nobody else includes. */
#ifndef KEYWRIGHT_PRACTICE_INSIDE_H
#define KEYWRIGHT_PRACTICE_INSIDE_H

#include "practice/account.h"

enum {
    USE_RING = 16,      /* uses of a key that are remembered, for last_used_lag */
    SESSION_MAXIMUM = 4096,
    EVENTS_MAXIMUM = 1024
};

struct use {
    int64_t since; /* of the first use that this entry stands for */
    int64_t at;    /* of the last */
    char service[ACCOUNT_WORD_SIZE];
    char region[ACCOUNT_WORD_SIZE];
};

/* A key is never removed from the table: a deleted one still answers for a while. */
struct key {
    char id[ACCOUNT_KEY_ID_SIZE];
    char secret[ACCOUNT_SECRET_SIZE];
    size_t user;
    int64_t created;
    bool fresh;      /* made by CreateAccessKey: subject to the delays */
    bool active;
    bool was_active; /* before the last change */
    int64_t changed; /* time of the last change of status, 0: never */
    int64_t deleted; /* 0: exists */
    unsigned looks;  /* counts answers while replicas disagree */
    struct use uses[USE_RING];
    size_t use_count; /* uses ever pushed; the newest is at (use_count - 1) % USE_RING */
};

struct device {
    char serial[ACCOUNT_ARN_SIZE];
    size_t user;
    unsigned char seed[ACCOUNT_SEED_SIZE];
    int64_t enabled;      /* 0: it is nobody's yet, and user is SIZE_MAX */
    int64_t spent;        /* the newest time step whose code was taken */
    int64_t paired;       /* the same of the two codes that enabled it */
    int64_t window_start; /* of the count of tries */
    int tries;
};

struct role {
    char name[ACCOUNT_NAME_SIZE];
    char id[ACCOUNT_ID_SIZE];
    char arn[ACCOUNT_ARN_SIZE];
    char trusted[ACCOUNT_NAME_SIZE]; /* user name, "" for all */
    enum account_policy policy;
    bool needs_mfa;
};

struct session {
    char key_id[ACCOUNT_KEY_ID_SIZE];
    char secret[ACCOUNT_SECRET_SIZE];
    char token[ACCOUNT_TOKEN_SIZE];
    char name[ACCOUNT_NAME_SIZE];      /* of a role session */
    char source[ACCOUNT_KEY_ID_SIZE];  /* the long-term key that it stems from */
    enum account_caller_kind kind;
    size_t owner; /* user or role */
    bool mfa;
    int64_t expires;
};

struct account {
    struct account_settings settings;
    struct account_user *users;
    size_t user_count, user_capacity;
    struct key *keys;
    size_t key_count, key_capacity;
    struct device *devices;
    size_t device_count, device_capacity;
    struct role *roles;
    size_t role_count, role_capacity;
    struct session *sessions; /* a ring of SESSION_MAXIMUM */
    size_t session_count;     /* sessions ever made */
    char *report;             /* CSV; NULL until the first is made */
    int64_t report_asked;     /* when the next one was asked for; 0: none is being made */
    int64_t report_made;
    struct account_event *events; /* a ring of EVENTS_MAXIMUM once there are so many */
    size_t event_count;           /* events ever recorded */
    size_t event_capacity;
    int64_t lookups_second; /* for the rate: so many were asked for in this second and region */
    int64_t lookups;
    char lookups_region[ACCOUNT_WORD_SIZE];
};

/* Make room for one more element of `size` bytes; false without memory. */
bool account_grow(void **array, size_t *capacity, size_t count, size_t size);

/* The index of a user, or SIZE_MAX. */
size_t account_find_user(const struct account *account, const char *name);
/* The key with this ID, deleted or not, or NULL. */
struct key *account_find_key(struct account *account, const char *id);
/* Is it Active to an authentication at `now`? ret_why says why not. Counts the look. */
bool account_key_works(struct account *account, struct key *key, int64_t now, const char **ret_why);

/* Secrets and names out of random bytes; *random moves on behind those that were used. */
void account_letters(const unsigned char **random, const char *prefix, char *to, size_t size);
void account_secret(const unsigned char **random, char *to, size_t size);

/* The user that an operation is about: `user_name`, or who the caller is. `strict` refuses to guess
 * for temporary credentials, as the key operations do. */
bool account_target(const struct account *account, const struct account_caller *caller,
                    const char *user_name, bool strict, size_t *ret_user,
                    struct account_refusal *refusal) MUST_USE;
/* May the caller do `action` to this user? SIZE_MAX: to no user in particular. */
bool account_allowed(const struct account *account, const struct account_caller *caller,
                     const char *action, size_t user, struct account_refusal *refusal) MUST_USE;

/* Check what the API Reference says of parameters; `name` is the API's, in camelCase. */
bool account_check_name(const char *name, const char *value, size_t least, size_t most,
                        const char *signs, struct account_refusal *refusal) MUST_USE;

bool account_has_device(const struct account *account, size_t user) MUST_USE;

/* The part of a list that a page shows: ret_first and ret_count, and the page's marker. */
bool account_page_cut(const struct account *account, char kind, size_t total, const char *marker,
                      int64_t max_items, size_t *ret_first, size_t *ret_count,
                      struct account_page *ret_page, struct account_refusal *refusal) MUST_USE;

/* Check a code; on success `ret_mfa` says whether one was given. A code is spent even if the operation
 * fails afterwards. */
bool account_check_mfa(struct account *account, const struct account_caller *caller,
                       const char *serial, const char *code, int64_t now, bool *ret_mfa,
                       struct account_refusal *refusal) MUST_USE;
/* RFC 6238 with SHA-1, six digits: the code of a time step of 30 s. */
void account_totp_code(const unsigned char seed[ACCOUNT_SEED_SIZE], int64_t step, char ret_code[7]);

#endif
