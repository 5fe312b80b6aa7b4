/* The AWS config and credentials files: read without loss, edited by whole pairs, and the chain
 * that leads from a profile to credentials.
 *
 * A file is kept as its lines; nothing that is not touched changes by a byte. The grammar is the
 * one that the AWS SDKs share; what botocore would choke on is reported as a warning with file and
 * line before anything is changed. Buffers that held file content are wiped.
 */
#ifndef KEYWRIGHT_PROFILE_PROFILE_H
#define KEYWRIGHT_PROFILE_PROFILE_H

#include "base/error.h"
#include "base/text.h"
#include "sign/credentials.h"

enum profile_file_kind { PROFILE_CREDENTIALS_FILE, PROFILE_CONFIG_FILE };

/* --- one file ----------------------------------------------------------------------------------*/

struct profile_file;

/* Parse bytes. SYNTAX with "FILE line N: ..." for what the SDKs call an error. `path` is for
 * messages. Caller frees with profile_file_free, which wipes. */
bool profile_file_parse(enum profile_file_kind kind, const char *path, const char *bytes,
                        size_t length, struct profile_file **ret_file, struct error *err) MUST_USE;
/* Read at most 1 MiB from disk, follow symbolic links, and parse. A missing file is an empty one. */
bool profile_file_read(enum profile_file_kind kind, const char *path,
                       struct profile_file **ret_file, struct error *err) MUST_USE;
void profile_file_free(struct profile_file *file);
bool profile_file_exists(const struct profile_file *file);
const char *profile_file_path(const struct profile_file *file);

/* What the SDKs other than botocore see, sections in order of the file. `type` is "profile",
 * "sso-session" or "services"; `name` the bare name ("default"). Each section is visited first with
 * an empty key and value, then its properties in order; duplicates are resolved as the SDKs do. Values
 * are borrowed and may be secret: never show them. `line` counts from 1. A visit that returns false
 * ends it; then so does the whole. */
bool profile_file_visit(const struct profile_file *file,
                        bool (*visit)(void *context, const char *type, const char *name,
                                      const char *key, const char *value, int line),
                        void *context);
/* The property `key` of every profile that any reader sees: those with names too that botocore alone takes (with white
 * space), and each of duplicates. */
void profile_file_visit_each(const struct profile_file *file, const char *key,
                             void (*visit)(void *context, const char *profile, const char *value, int line),
                             void *context);
/* What another reader (botocore above all) would choke on or take for something else: a line each,
 * "FILE line N: ..." and a newline; without any value of the file. Empty: nothing. */
void profile_file_warnings(const struct profile_file *file, struct text *ret_lines);

/* Where a key ID stands in this file. */
struct profile_place {
    char profile[128];
    int line;           /* of aws_access_key_id */
    bool has_secret;    /* the secret is in the same profile of this file */
};
/* All places of all profiles that either botocore or the other SDKs read. Returns their number; at
 * most `room` are filled in. Neither this nor count_key can fail: a key that is not found is not
 * there. */
size_t profile_file_find_key(const struct profile_file *file, const char *key_id,
                             struct profile_place *ret_places, size_t room);
/* How many of them are in this profile. */
size_t profile_file_count_key(const struct profile_file *file, const char *key_id,
                              const char *profile);
/* The pair of that key as this file holds it, the first whole one. NOT_FOUND, PAIR_HALF. Whether
 * the secret is right is not known here. */
bool profile_file_read_pair(const struct profile_file *file, const char *key_id,
                            struct credentials *ret_pair, struct error *err) MUST_USE;
/* The same in one profile; NULL: any. */
bool profile_file_read_pair_in(const struct profile_file *file, const char *key_id,
                               const char *only_profile, struct credentials *ret_pair,
                               struct error *err) MUST_USE;

/* The bytes of the file with every pair of old_key_id replaced by `pair` (a session token that
 * stood in the same section is dropped with its line), in all profiles or in `only_profile` (NULL:
 * all); everything else as it was to the byte, and parsed again and compared before it is returned.
 * NOT_FOUND, PAIR_HALF (with the line), SYNTAX when the pair could not be read back, or (with the line)
 * when a value that is to be replaced goes on over several lines. Wiped and
 * freed with profile_bytes_free. */
bool profile_file_replace_pair(const struct profile_file *file, const char *old_key_id,
                               const struct credentials *pair, const char *only_profile,
                               char **ret_bytes, size_t *ret_length, struct error *err) MUST_USE;
void profile_bytes_free(char *bytes, size_t length);

/* Whether a session may be kept in this profile of the file (`file` may be NULL: nothing is there): not
 * in one that holds long-term keys, or half a pair, or that gets credentials another way. USAGE with
 * the reason; also for a name that not every reader takes. Keys of the file that no profile has are
 * no matter. */
bool profile_file_may_keep(const struct profile_file *file, const char *profile,
                           struct error *err) MUST_USE;
/* The bytes of a credentials file with the session as this profile's credentials: its lines for key
 * ID, secret, token and x_keywright_expires are replaced (other lines of it stay), or the profile is
 * added at the end; everything else as it was to the byte, and parsed again and compared before it is
 * returned. As profile_file_may_keep; SYNTAX, MEMORY. Free with profile_bytes_free. */
bool profile_file_put_session(const struct profile_file *file, const char *profile,
                              const struct credentials *session, char **ret_bytes,
                              size_t *ret_length, struct error *err) MUST_USE;

/* --- both files and the chain ------------------------------------------------------------------*/

struct profile_set;

/* Paths by AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE, else ~/.aws. `environment` looks up a
 * variable (the keeper's sealed copy of the front's); it may return NULL. */
typedef const char *profile_environment(void *context, const char *name);
bool profile_set_read(profile_environment *environment, void *context, struct profile_set **ret_set,
                      struct error *err) MUST_USE;
void profile_set_free(struct profile_set *set);
/* The path of one of the two, into `buffer` of PATH_MAX bytes. LIMIT. */
bool profile_set_path(enum profile_file_kind kind, profile_environment *environment, void *context,
                      char *buffer, struct error *err) MUST_USE;
const struct profile_file *profile_set_file(const struct profile_set *set, enum profile_file_kind kind);

/* A property of a profile, merged as the SDKs do (credentials file wins). NULL when absent. */
const char *profile_set_get(const struct profile_set *set, const char *profile, const char *key);
bool profile_set_has(const struct profile_set *set, const char *profile);
/* The value in a [services X] section's sub-map ("iam", "endpoint_url"), by the profile's
 * `services`; NULL when absent. Copies into buffer. */
const char *profile_set_service(const struct profile_set *set, const char *profile,
                                const char *service, const char *key, char *buffer, size_t size);

/* Every place that holds this key in either file has its secret beside it, in the same file.
 * PAIR_SPLIT, PAIR_HALF: the first place where that is not so. A key that is nowhere is fine. */
bool profile_set_check_pairs(const struct profile_set *set, const char *key_id,
                             struct error *err) MUST_USE;

/* How to get credentials, link by link: the last link is where they come from, each before it
 * assumes a role with the next one's. */
enum chain_link_kind {
    CHAIN_ENVIRONMENT,  /* AWS_ACCESS_KEY_ID ... */
    CHAIN_STATIC,       /* pair in a profile */
    CHAIN_PROCESS,      /* credential_process */
    CHAIN_ROLE,         /* role_arn; the next link signs AssumeRole */
    CHAIN_WEB_IDENTITY, /* role_arn and the token in the file `path`: AssumeRoleWithWebIdentity */
    CHAIN_SSO,          /* IAM Identity Center: the token in the file `path`, account and role */
    CHAIN_LOGIN,        /* what 'aws login' has left in the file `path` */
    CHAIN_CONTAINER,    /* what `url` answers; with the token in `pair` or in the file `path` */
    CHAIN_METADATA      /* the instance's role, from the metadata service at `url` */
};
struct chain_link {
    enum chain_link_kind kind;
    char profile[128]; /* "" for the environment */
    char role_arn[704];
    char session_name[128];
    char external_id[1232];
    char mfa_serial[257];
    int64_t duration;          /* 0: default; an hour at most for a role that a role assumes */
    char command[1024];        /* CHAIN_PROCESS */
    char path[1024];           /* a file to be read when the link is used */
    char url[512];             /* CHAIN_CONTAINER, CHAIN_METADATA */
    char sso_region[64];       /* CHAIN_SSO */
    char sso_account[16];
    char sso_role[128];
    char sso_name[256];        /* of the session, or its start URL: for `aws sso login` */
    bool v1_disabled;          /* CHAIN_METADATA: no falling back to version 1 */
    bool last_resort;          /* CHAIN_METADATA: nothing else was there; false: the profile names it */
    struct credentials pair;   /* CHAIN_ENVIRONMENT, CHAIN_STATIC; CHAIN_CONTAINER: token only */
};
struct chain {
    size_t count;
    struct chain_link links[8];
    char explanation[512]; /* the path taken, for people */
    char warning[512];     /* "" or what is surprising: environment keys beat the profile */
};
/* `explicit_profile` is --profile, NULL when not given; then AWS_PROFILE (AWS_DEFAULT_PROFILE
 * first, as botocore), else "default", and environment keys win over it. PROFILE_UNKNOWN,
 * NO_CREDENTIALS, PAIR_HALF, PAIR_SPLIT, SYNTAX (loop, bad source). Release with chain_release. */
bool profile_chain(const struct profile_set *set, profile_environment *environment, void *context,
                   const char *explicit_profile, struct chain *ret_chain, struct error *err) MUST_USE;
void chain_release(struct chain *chain);

/* One place on the way, in the order in which they are looked at: what it is ("environment",
 * "profile work: credentials file"), what became of it, and in words what stands there, without any
 * secret (key IDs, roles, paths and line numbers are none). Verdicts: "taken"; "none"; "skipped",
 * which is not looked at or does not count, and why; "shadowed", which would have been taken had
 * there been nothing before it. */
typedef void profile_tell(void *context, const char *place, const char *verdict, const char *text);
/* profile_chain, and `tell` hears of each place, also when it fails. */
bool profile_chain_told(const struct profile_set *set, profile_environment *environment,
                        void *context, const char *explicit_profile, profile_tell *tell,
                        void *tell_context, struct chain *ret_chain, struct error *err) MUST_USE;

/* Parse what a credential_process printed: one JSON object, Version 1, AccessKeyId and
 * SecretAccessKey, perhaps SessionToken and Expiration. SYNTAX, LIMIT (over 64 KiB); the message
 * never quotes the output. */
bool profile_parse_process(const char *output, size_t length, struct credentials *ret_credentials,
                           struct error *err) MUST_USE;
/* The same for the other places that give credentials as one JSON object, each with its own names.
 * A metadata service that answers with a Code other than Success has none: NO_CREDENTIALS. */
enum profile_json {
    PROFILE_JSON_CONTAINER, /* AccessKeyId, SecretAccessKey, Token, Expiration */
    PROFILE_JSON_METADATA,  /* the same, and Code */
    PROFILE_JSON_SSO,       /* roleCredentials: accessKeyId, ..., expiration in milliseconds */
    PROFILE_JSON_LOGIN      /* accessToken: accessKeyId, ..., expiresAt */
};
bool profile_parse_json(enum profile_json form, const char *bytes, size_t length,
                        struct credentials *ret_credentials, struct error *err) MUST_USE;
/* The cached token of IAM Identity Center: accessToken and expiresAt. */
bool profile_parse_sso_token(const char *bytes, size_t length, struct secret **ret_token,
                             int64_t *ret_expires, struct error *err) MUST_USE;

#endif
