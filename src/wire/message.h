/* Everything that the front and the keeper can say to each other.
 *
 * A message is four bytes of length (big endian, at most 1 MiB), then one JSON object:
 *     {"kind": NAME, "id": NUMBER, "body": OBJECT}
 * The front asks, with an id of its own counting; the keeper answers each request with exactly one
 * `reply` of that id, and may send `note`s (id 0) at any time. Bodies are listed in
 * MESSAGE_TABLE; members that a request does not need may be missing. No message carries a secret:
 * a pair is always named by its key ID, and the keeper looks it up. (The one exception are the MFA
 * codes of take_session and enable_mfa, which are worth nothing half a minute later.)
 *
 * Reply: {"ok": true, ...} or {"ok": false, "error": NAME, "text": ..., "aws_code": ..., "http": N,
 *         "request_id": ..., "op": ..., "date": TIME or 0}. Times are seconds of UTC as numbers.
 */
#ifndef KEYWRIGHT_WIRE_MESSAGE_H
#define KEYWRIGHT_WIRE_MESSAGE_H

#include <stdint.h>

#include <stddef.h>

#include "base/error.h"

struct json_object;

/* "signer": key ID of the pair to sign with; "" for the identity that `hello` named (as_profile,
 * else profile). "session": true to sign with the MFA session of that pair. "rotation" and "specs":
 * so that back-ups and targets can be searched for a pair.
 * X(code, name, request members, members of the reply beside ok) */
#define MESSAGE_TABLE(X)                                                                           \
    X(HELLO, "hello", /* endpoint_iam and its like: a URL, or "aws" for AWS's own by region,       \
                         use_fips and use_dualstack; as a reply told them, they are all that       \
                         counts (_cloudtrail and _access_analyzer where they are told).            \
                         profile_source: rotation/plan.h */                                        \
      "version profile as_profile region endpoint_url endpoint_iam endpoint_sts endpoint_sso "     \
      "endpoint_cloudtrail endpoint_access_analyzer use_fips use_dualstack timeout notes",         \
      "version region partition home_region regions endpoint_iam endpoint_sts endpoint_sso "       \
      "endpoint_cloudtrail endpoint_access_analyzer use_fips use_dualstack "                       \
      "profile profile_source explanation warnings[] code_of "                                     \
      "surprise") /* whose credentials count, where that is not what was asked for */             \
    X(DISCOVER, "discover", /* key "" for that of the profile; to: --to as given, [] for files */  \
      "key to[]",                                                                                  \
      "key profile pair_held targets[{spec path readable}] problems[{error text}] warnings[]")     \
    X(PREPARE, "prepare", /* which pairs may be looked up, on behalf of a rotation */              \
      "rotation specs[] old_key new_key", "")                                                      \
    X(IDENTIFY, "identify", "signer session key alias",                                            \
      "signer source account partition arn user_id owner date skew long_term mfa_serial")          \
    X(LIST_KEYS, "list_keys", "signer session user", "keys[{id status created}] date skew")        \
    X(READ_LAST_USED, "read_last_used", "signer session key",                                      \
      "user used_at service region date")                                                          \
    X(LOOKUP_EVENTS, "lookup_events", /* a page of those of the key from since to until, newest first */ \
      "signer session key region since until token",                                               \
      "events[{at source name detailed region source_ip user_agent error}] token date")            \
    X(LIST_USERS, "list_users", "signer session", /* of very many users: without arn */            \
      "users[{name arn created}] date")                                                            \
    X(LIST_MFA, "list_mfa", /* mfa_serial: the profile's. unlisted: AWS did not allow the list, and \
                               the profile names a device; text: what AWS said */                  \
      "signer session user", "devices[{serial enabled}] mfa_serial unlisted text date")                 \
    X(GENERATE_REPORT, "generate_report", "signer session", "state date") /* as AWS spells it */   \
    X(READ_REPORT, "read_report", "signer session offset", /* offset 0 asks AWS; then what it gave */ \
      "part total generated date") /* a part of the base64 text, whose length is total */          \
    X(READ_SUMMARY, "read_summary", "signer session", "numbers[{name value}] date")                \
    X(READ_PASSWORD_POLICY, "read_password_policy", "signer session", "set length reuse date")     \
    X(READ_ACCESS, "read_access", /* a page; offset 0 asks AWS for that after the marker, then what it gave, up \
                                     to total. Items: user, group and role have name arn path boundary     \
                                     groups[] attached[] tags[{key value}]; inline, of the holder before    \
                                     it: name document; policy: name arn document attachments boundaries */ \
      "signer session marker offset", "items[{kind ...}] next total marker date")                  \
    X(LIST_DEVICES, "list_devices", "signer session", "devices[{serial user_arn enabled}] date")   \
    X(LIST_HOLDERS, "list_holders", "signer session policy", "holders[{name}] date")               \
    X(LIST_ANALYZERS, "list_analyzers", "signer session", /* of Access Analyzer, in one region */  \
      "analyzers[{name arn type status unused_days}] region date")                                 \
    X(LIST_UNUSED, "list_unused", /* a page of what an analyzer of unused access found */          \
      "signer session analyzer token", "findings[{type resource owner}] token date")               \
    X(VALIDATE_POLICY, "validate_policy", /* an identity policy, as JSON */                        \
      "signer session document", "findings[{type code details}] date")                             \
    X(LIST_TRAILS, "list_trails", /* of CloudTrail. logging and selectors (AWS's answer about them, \
                                     as JSON) of one that is in all regions, as far as they could  \
                                     be read; failure: why not, of the first */                    \
      "signer session", "trails[{arn multi_region logging selectors}] failure{} region date")      \
    X(LIST_CERTIFICATES, "list_certificates", "signer session",                                    \
      "certificates[{name arn expires}] date")                                                     \
    X(CREATE_KEY, "create_key", "signer session user", "key status created date")                  \
    X(SWITCH_KEY, "switch_key", "signer session user key status", "date")                          \
    X(DELETE_KEY, "delete_key", "signer session user key", "date")                                 \
    X(PROBE_KEY, "probe_key", "key user count in_iam", "verdict count refused date place text")    \
    X(SEEK_KEY, "seek_key", "key", "places[{key place path profile line}]")                        \
    X(KEEP_SESSION, "keep_session", /* write the MFA session of the pair into a profile; try: only \
                                       tell whether it could be */                                 \
      "signer session profile try", "path")                                                        \
    X(CREATE_MFA, "create_mfa", /* a virtual device; the keeper keeps its seed */                  \
      "signer session name user account", "serial date")                                           \
    X(SHOW_SEED, "show_seed", /* once, on the terminal, until the operator has it; then it is      \
                                 forgotten. utf8: also as a QR code. go_on: not stopped */         \
      "utf8", "go_on expired")                                                                     \
    X(HIDE_SECRET, "hide_secret", "", "") /* wipe what is shown, seed or pair, before the          \
                                             operator has answered */                               \
    X(ENABLE_MFA, "enable_mfa", "signer session user serial code1 code2", "date")                  \
    X(DELETE_MFA, "delete_mfa", "signer session serial", "date")                                   \
    X(TAKE_SESSION, "take_session", /* command: prints the code, when there is none */             \
      "signer serial code command duration explain", "expires date")                               \
    X(TRY_TARGET, "try_target", "spec verify", "place")                                            \
    X(DELIVER, "deliver", "spec key verify user", "place date")                                    \
    X(CHECK_TARGET, "check_target", "spec key count", /* found: old key wins over new */           \
      "found verdict count date text")                                                             \
    X(RESTORE, "restore", "spec key", "")                                                          \
    X(REMOVE_BACKUP, "remove_backup", "spec", "place")                                             \
    X(RUN_TEST, "run_test", "command key", "status output date")                                   \
    X(NOTIFY, "notify", "command text", "date") /* text: its standard input */                     \
    X(DOCTOR, "doctor", "identity code", /* only whom the credentials speak for, with the steps */ \
      "checks[{name status text remedy}] steps[{place result text}] arn account key")              \
    X(REPLY, "reply", "", "")                                                                      \
    X(NOTE, "note", "", /* sent by the keeper: an attempt of a call, as struct aws_trace */        \
      "service action key host attempt http aws_code connection milliseconds")

enum message_kind {
#define X(code, name, request, reply) MESSAGE_##code,
    MESSAGE_TABLE(X)
#undef X
        MESSAGE_COUNT
};

struct message {
    enum message_kind kind;
    uint32_t id;
    struct json_object *body; /* owned; NULL for none */
};

const char *message_name(enum message_kind kind);
void message_release(struct message *message); /* for CLEANUP() too */

/* Parse the JSON of one frame. REPLY for anything that is not such a message, or
 * MEMORY. */
bool message_decode(const char *bytes, size_t length, struct message *ret_message,
                    struct error *err) MUST_USE;

/* --- bodies: typed access that never fails silently ---------------------------------------------*/

/* A member of a body; the default ("" or 0 or false) when it is missing or of another type. The
 * string is borrowed from the body. */
const char *body_string(struct json_object *body, const char *name);
int64_t body_number(struct json_object *body, const char *name);
bool body_bool(struct json_object *body, const char *name);
struct json_object *body_array(struct json_object *body, const char *name); /* NULL when missing */
size_t body_count(struct json_object *list); /* 0 for NULL */

/* Building. Nothing is asked after each step: where memory does not suffice, the body notes that it
 * lacks a part, body_whole tells, and door_send refuses it; a request without one of its members
 * would be another request. A body or list may be NULL (none could be made): nothing is done then.
 * body_put and body_append take over the value, in every case; NULL for one that could not be made. */
void body_put(struct json_object *body, const char *name, struct json_object *value);
/* A new list in the body, which owns it; NULL when it could not be made, which body_append takes. */
struct json_object *body_put_list(struct json_object *body, const char *name);
void body_put_null(struct json_object *body, const char *name); /* JSON's null */
void body_append(struct json_object *list, struct json_object *value);
bool body_whole(struct json_object *body); /* with all that is in it; NULL is not */
void body_set_string(struct json_object *body, const char *name, const char *value);
void body_set_number(struct json_object *body, const char *name, int64_t value);
void body_set_bool(struct json_object *body, const char *name, bool value);

/* A failure as a reply's body, and back. */
void body_set_error(struct json_object *body, const struct error *err, int64_t date);
void body_get_error(struct json_object *body, struct error *ret_error);

#endif
