/* What is known of an account when it is judged: where it came from, when, and what could not be
 * read and why. Filled from the credential report and from replies; judge.h makes findings of it.
 * Nothing here is a secret. Pure. */
#ifndef KEYWRIGHT_AUDIT_FACTS_H
#define KEYWRIGHT_AUDIT_FACTS_H

#include <stddef.h>
#include <stdint.h>

#include "audit/access.h"
#include "audit/report.h"
#include "base/error.h"

enum fact { FACT_UNKNOWN, FACT_NO, FACT_YES };

enum { FACTS_KEYS_MAX = 8, FACTS_ID_SIZE = 129 };

/* One thing that was asked for. */
struct fact_source {
    bool have;
    int64_t at;          /* when what it says was true */
    char permission[64]; /* the one that is missing; "" when that is not the reason */
    char why[256];       /* it could not be read; "" when it was never asked */
};

/* A time of use: FACT_NO is "none recorded". */
struct fact_use {
    enum fact used;
    int64_t at;
};

struct fact_key {
    char id[FACTS_ID_SIZE]; /* "" of the report, which has no IDs */
    enum fact active;
    int64_t created; /* 0: not known */
    struct fact_use use;
};

struct fact_user {
    char *name, *arn; /* owned */
    int64_t created;
    bool in_report;
    bool listed; /* by ListUsers */
    enum fact console;
    struct fact_use password;
    int64_t password_changed; /* 0: not known */
    enum fact mfa;
    size_t key_count;
    struct fact_key keys[FACTS_KEYS_MAX];
    int64_t live_at; /* the keys are ListAccessKeys' of that time; 0: the report's */
    bool stale;      /* and the report says something else */
    int64_t mfa_at;  /* `mfa` is ListMFADevices' of that time; 0: the report's */
    bool mfa_stale;  /* and the report says something else */
    bool more_keys;  /* than there is room for */
};

struct fact_device {
    char *serial;   /* owned */
    char *user_arn; /* owned; "" for nobody's */
    bool of_another; /* it is named after another user than it belongs to (facts_compare_devices) */
};

struct fact_certificate {
    char *arn; /* owned */
    int64_t expires;
};

/* Of CloudTrail. */
struct fact_trail {
    char *arn;         /* owned */
    bool multi_region; /* it records in all regions; only of such ones is the rest known */
    enum fact logging; /* it is on */
    enum fact all_management; /* it records all management events, reading and writing ones */
};

/* What Access Analyzer finds unused of one user or role. A bit a kind. */
enum fact_unused_kind {
    UNUSED_KEY = 1,
    UNUSED_PASSWORD = 2,
    UNUSED_PERMISSION = 4,
    UNUSED_ROLE = 8,
    UNUSED_OTHER = 16
};
struct fact_unused {
    char *resource; /* owned; ARN */
    unsigned kinds;
};

/* What Access Analyzer says of a policy that it was asked to validate. */
enum fact_flaw_kind { FLAW_ERROR, FLAW_SECURITY, FLAW_WARNING, FLAW_SUGGESTION, FLAW_NOT_VALIDATED };
struct fact_flaw {
    enum fact_flaw_kind kind;
    char *resource; /* owned; ARN of the policy, or of who has the inline one */
    char *text;     /* owned; "inline policy NAME: CODE: ..." */
};

struct facts {
    char account[16], partition[32];
    int64_t now;
    struct fact_source report, users, summary, password_policy, devices, support, cloudshell,
        certificates, authorizations, analyzers, trails, trail_status, unused, validation;
    bool has_root;
    struct fact_user root;
    size_t user_count, user_room;
    struct fact_user *list;
    size_t seek; /* where a user was found last */
    int64_t root_mfa, root_keys; /* GetAccountSummary; -1 when it does not say */
    bool policy_set;
    int64_t password_length, password_reuse;
    size_t device_count, device_room;
    struct fact_device *device_list;
    size_t support_holders, cloudshell_holders;
    char analyzers_region[64]; /* the one that was asked */
    size_t active_analyzers;   /* of external access */
    char unused_analyzer[512]; /* ARN of the one of unused access; "" for none */
    int64_t unused_days;       /* what it finds was not used for so long; 0: not known */
    size_t unused_count, unused_room;
    struct fact_unused *unused_list;
    char trails_region[64]; /* the one that was asked */
    size_t trail_count, trail_room;
    struct fact_trail *trail_list;
    bool validate;    /* policies are to be validated */
    size_t validated; /* so many were */
    size_t flaw_count, flaw_room;
    struct fact_flaw *flaw_list;
    size_t certificate_count, certificate_room;
    struct fact_certificate *certificate_list;
    struct access access; /* of authorizations; sorted */
};

void facts_init(struct facts *facts);
void facts_release(struct facts *facts); /* for CLEANUP() too */

/* Where the columns of a report are; zero at the beginning. */
enum { FACTS_COLUMNS = 11 };
struct facts_columns {
    const char *const *names; /* of the report that this is about */
    size_t places[FACTS_COLUMNS];
};
/* What one row of a report says of its user, but for name and ARN; `user` is zero before. What a row says in
 * a way that we do not know is FACT_UNKNOWN. */
void facts_read_row(struct facts_columns *columns, const struct report_row *row, struct fact_user *user);

/* Rows of a credential report made at `generated`. On failure no row is kept, and the report is noted as not
 * read. SYNTAX, LIMIT, MEMORY. */
bool facts_read_report(struct facts *facts, const char *csv, size_t length, int64_t generated,
                       struct error *err) MUST_USE;
/* A user that ListUsers told of; one that the report lacks is added without anything known. */
bool facts_add_listed(struct facts *facts, const char *name, const char *arn, int64_t created,
                      struct error *err) MUST_USE;
/* NULL when there is none of this name. Good until a user is added. */
struct fact_user *facts_seek(struct facts *facts, const char *name);
/* ListAccessKeys' keys of `at` take the place of those of the report. */
void facts_put_live(struct facts *facts, struct fact_user *user, const struct fact_key *keys,
                    size_t count, int64_t at);
/* ListMFADevices of `at` told of so many devices, which takes the place of what the report says. */
void facts_put_devices(struct facts *facts, struct fact_user *user, size_t count, int64_t at);
bool facts_add_device(struct facts *facts, const char *serial, const char *user_arn,
                      struct error *err) MUST_USE;
/* When users and devices are all there. MEMORY. */
bool facts_compare_devices(struct facts *facts, struct error *err) MUST_USE;
bool facts_add_certificate(struct facts *facts, const char *arn, int64_t expires,
                           struct error *err) MUST_USE;

/* facts_services.c. MEMORY. */
bool facts_add_trail(struct facts *facts, const char *arn, bool multi_region, enum fact logging,
                     enum fact all_management, struct error *err) MUST_USE;
/* `type` as AWS spells it. One of several about a resource is kept, with the kinds of all, after
 * facts_sort_unused. */
bool facts_add_unused(struct facts *facts, const char *type, const char *resource,
                      struct error *err) MUST_USE;
void facts_sort_unused(struct facts *facts);
/* The kinds of what is not used; 0 for nothing. */
unsigned facts_unused_of_user(const struct facts *facts, const char *user);
/* `type` as AWS spells it; NULL for a policy that could not be validated. */
bool facts_add_flaw(struct facts *facts, const char *type, const char *resource, const char *text,
                    struct error *err) MUST_USE;
void facts_release_services(struct facts *facts); /* for facts_release */

void fact_source_have(struct fact_source *source, int64_t at);
/* A call failed: with DENIED, the permission of err->op is what is missing. */
void fact_source_fail(struct fact_source *source, const struct error *err);

#endif
