/* The signed client: one call in, one outcome out, on one event loop (libcurl multi).
 *
 * Calls are begun with aws_call and end in exactly one call of their `done`, from within
 * aws_client_run, also when the client is freed (then with ERROR_INTERRUPTED). Retries, back-off,
 * clock correction and re-signing happen inside (facts: standard mode, full jitter, retry quota),
 * except that an action that is not repeatable is sent again only when no byte of it was sent or
 * the answer was a throttling error; it always goes on a fresh connection that is not kept, because
 * libcurl re-sends a POST by itself when a reused connection dies before a reply. Not repeatable
 * are CreateAccessKey, CreateVirtualMFADevice, and the calls that carry MFA codes: these are not even
 * repeated after throttling, since any answer spends the code.
 *
 * One thread, and at most 32 calls on the wire at a time; the others wait their turn.
 *
 * This room is the only one that includes curl and expat.
 */
#ifndef KEYWRIGHT_AWS_CLIENT_H
#define KEYWRIGHT_AWS_CLIENT_H

#include <poll.h>
#include <stdint.h>

#include "aws/action.h"
#include "base/error.h"
#include "sign/credentials.h"

struct aws_client;
struct json_object;

struct aws_settings {
    const char *region;                          /* "" means us-east-1, or the endpoint's own */
    const char *endpoint_url[AWS_SERVICE_COUNT]; /* NULL: by partition and region */
    const char *ca_bundle;                       /* NULL: the system's */
    bool use_fips;
    bool use_dualstack;
    int64_t timeout;        /* seconds of one request; 0: 30 */
    int max_attempts;       /* 0: 3 */
    const char *user_agent; /* NULL: "keywright/VERSION" */
};

/* Settings are copied. Plain http:// elsewhere than on loopback is ENDPOINT. */
bool aws_client_new(const struct aws_settings *settings, struct aws_client **ret_client,
                    struct error *err) MUST_USE;
void aws_client_free(struct aws_client *client);

struct aws_param {
    const char *name;
    const char *value; /* NULL: left out */
};

/* What AWS answered, by action; only the part that belongs to the action is filled. All borrowed
 * during `done`; new credentials may be taken over by moving them out (then make them empty). */
struct aws_key {
    char id[129];
    char status[16]; /* as AWS spells it */
    int64_t created;
};
struct aws_user {
    char name[129];
    char arn[704];
    int64_t created;
    int64_t password_last_used; /* 0 for none */
};
struct aws_mfa_device {
    char serial[257];
    int64_t enabled; /* 0: not yet */
    char user_arn[704]; /* ListVirtualMFADevices: "" for a device that nobody has */
};
struct aws_number {
    char name[64];
    int64_t value;
};
struct aws_named {
    char name[129];
    char arn[704];
    int64_t expires;
};
/* A use of a key, as the event history has it. What is longer is cut: it is for people. */
struct aws_event {
    char name[129];   /* "ListBuckets" */
    char source[129]; /* "s3.amazonaws.com" */
    int64_t at;
    bool detailed; /* what follows could be read */
    char region[64];
    char source_ip[257]; /* or the name of a service of AWS */
    char user_agent[513];
    char error_code[129]; /* "" when it was done */
};
struct aws_analyzer {
    char name[257];
    char arn[512];
    char type[64];   /* as AWS spells it: "ACCOUNT" */
    char status[32]; /* "ACTIVE" */
    int64_t unused_days; /* of one of unused access: what is not used for so long; 0: not told */
};
/* What an analyzer found. */
struct aws_found {
    char type[64]; /* "UnusedIAMUserAccessKey" */
    char resource[2049]; /* ARN; cut */
    char owner[16]; /* account */
};
/* What ValidatePolicy says of a policy, one thing. */
struct aws_flaw {
    char type[32]; /* "SECURITY_WARNING" */
    char code[129];
    char details[513]; /* cut: for people */
};
struct aws_trail {
    char arn[512];
    char home_region[64];
    bool multi_region;
};
struct aws_reply {
    int64_t date; /* AWS's Date header */
    int64_t skew; /* our clock minus AWS's, seconds */
    int attempts;
    char request_id[64];

    char account[16]; /* GetCallerIdentity */
    char account_alias[64]; /* ListAccountAliases: there is one, or "" */
    char arn[704];    /* GetCallerIdentity; AssumeRole: assumed role */
    char user_id[129];

    struct credentials *credentials; /* CreateAccessKey, GetSessionToken, AssumeRole,
                                        CreateVirtualMFADevice */
    struct aws_key key;              /* CreateAccessKey (without the secret) */
    char user[129];                  /* GetAccessKeyLastUsed, CreateAccessKey */

    int64_t used_at; /* GetAccessKeyLastUsed: 0 for none recorded */
    char used_service[64];
    char used_region[64];

    size_t key_count; /* ListAccessKeys: one page */
    struct aws_key *keys;
    size_t user_count; /* GetUser (1), ListUsers: one page */
    struct aws_user *users;
    size_t mfa_count; /* ListMFADevices, ListVirtualMFADevices: one page */
    struct aws_mfa_device *mfa;
    size_t number_count; /* GetAccountSummary */
    struct aws_number *numbers;
    size_t named_count; /* ListEntitiesForPolicy (users, groups, roles), ListServerCertificates: one page */
    struct aws_named *named;

    size_t event_count; /* LookupEvents: one page, which `marker` is the NextToken of */
    struct aws_event *events;

    /* GetAccountAuthorizationDetails: one page; GetEventSelectors: all. An object of lists of objects
     * (aws/tree.h) */
    struct json_object *tree;

    size_t analyzer_count; /* ListAnalyzers: one page */
    struct aws_analyzer *analyzers;

    char report_state[16]; /* GenerateCredentialReport: STARTED, INPROGRESS, COMPLETE */
    int64_t generated;     /* GetCredentialReport */
    const char *content;   /* GetCredentialReport: base64, as it was sent */
    size_t content_length;
    int64_t password_length; /* GetAccountPasswordPolicy; 0 for not set */
    int64_t password_reuse;
    char mfa_serial[257]; /* CreateVirtualMFADevice; credentials->secret is its seed as AWS sends
                             it, base64 of base32 */
    bool truncated;
    const char *marker; /* for the next page's Marker; "" for none */

    size_t found_count; /* ListFindingsV2: one page */
    struct aws_found *found;
    size_t flaw_count; /* ValidatePolicy: one page */
    struct aws_flaw *flaws;
    size_t trail_count; /* DescribeTrails */
    struct aws_trail *trails;
    bool logging; /* GetTrailStatus */
};

/* reply is NULL on failure, err NULL on success. On failure err->code tells: NETWORK (no byte was
 * sent), UNANSWERED (sent, outcome not known; of a write also after HTTP 500, 502, 503, 504, and
 * whatever came after an attempt that was not answered), TIMEOUT (sent, no answer in time),
 * KEY_REFUSED, SIGNATURE, EXPIRED, CLOCK, DENIED, MFA_NEEDED, MFA_REFUSED, THROTTLED, NOT_FOUND
 * (NoSuchEntity), LIMIT, TLS, ENDPOINT, REPLY (malformed), AWS (any other), INTERRUPTED (the client
 * was freed). The outcome of a write is not known after UNANSWERED, TIMEOUT, LIMIT, REPLY and
 * INTERRUPTED. err->op names the action ("iam:CreateAccessKey"). `date` is AWS's Date when there
 * was an answer, else 0. */
typedef void aws_done(void *context, const struct aws_reply *reply, const struct error *err,
                      int64_t date);

struct aws_call {
    enum aws_action action;
    /* Copied. For an action that is not signed: its token, so that no message quotes it. */
    const struct credentials *credentials;
    const struct aws_param *params;        /* copied; of a service that takes a form */
    size_t param_count;
    const char *region; /* for a regional service elsewhere than settings.region; else NULL */
    const char *document; /* copied; of a service that takes JSON: the object; NULL for an empty one */
};

bool aws_call(struct aws_client *client, const struct aws_call *call, aws_done *done, void *context,
              struct error *err) MUST_USE;

/* Wait at most timeout_ms for the network or one of `fds` (at most 64; revents are set as by poll),
 * carry on with all calls, and call `done` of those that ended. `done` may make calls, and must not
 * free the client. */
bool aws_client_run(struct aws_client *client, struct pollfd *fds, size_t count, int timeout_ms,
                    struct error *err) MUST_USE;
/* Calls that have not ended. */
size_t aws_client_pending(const struct aws_client *client);

/* Told of every attempt as it is sent and answered (practice --auto prints them). NULL for none. */
struct aws_trace {
    const char *service, *action, *key_id, *host;
    int attempt;
    int http;             /* 0: being sent; -1: no answer came */
    const char *aws_code; /* "" when none */
    long connection; /* local port of the connection, so that reuse shows; 0 while being sent */
    int64_t milliseconds;
};
void aws_client_trace(struct aws_client *client, void (*trace)(void *, const struct aws_trace *),
                      void *context);

#endif
