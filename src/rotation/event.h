/* Events: what is known about a rotation, one fact each, in order. The journal appends them and
 * never changes them; rotation_apply folds them; nothing else is state.
 *
 * An act on AWS or on a target is two events: an intent before it and an outcome after it. The
 * intent that has no outcome is what a resume finds after a crash.
 *
 * EVENT_TABLE names every kind and the fields that it carries. The codec of the journal, the
 * history command and the screens are driven by this table, so a new kind is one row here and one
 * case in apply.c. Pure.
 */
#ifndef KEYWRIGHT_ROTATION_EVENT_H
#define KEYWRIGHT_ROTATION_EVENT_H

#include "rotation/names.h"
#include "rotation/plan.h"

/* Fields, as they are called in the journal's detail object. X(code, name, member, type) with type
 * one of STRING TIME NUMBER STATUS VERDICT KEYS PLAN. */
#define EVENT_FIELD_TABLE(X)                                                                       \
    X(DATE, "date", date, TIME)             /* AWS's own clock, from the Date header */            \
    X(KEY, "key", key, STRING)              /* the access key that the event is about */           \
    X(STATUS, "status", status, STATUS)                                                            \
    X(CREATED, "created_at", created, TIME) /* CreateDate of that key */                           \
    X(SIGNER, "signer", signer, STRING)     /* key ID that signed, or signs */                     \
    X(TARGET, "target", target, NUMBER)     /* index in plan.targets; -1: none */                  \
    X(TEST, "test", test, NUMBER)           /* index in plan.tests */                              \
    X(FOUND, "found", found, STRING)        /* key ID that a target holds now, "" for none */      \
    X(VERDICT, "verdict", verdict, VERDICT)                                                        \
    X(COUNT, "count", count, NUMBER)        /* probes made, seconds, exit status: see the kind */  \
    X(ACCOUNT, "account", account, STRING)                                                         \
    X(USER, "user", user, STRING)                                                                  \
    X(ARN, "arn", arn, STRING)                                                                     \
    X(SKEW, "clock_skew", skew, NUMBER) /* seconds that our clock is ahead of AWS's */             \
    X(KEYS, "keys", keys, KEYS)                                                                    \
    X(USED_AT, "last_used_at", used_at, TIME)                                                      \
    X(USED_BY, "last_used_service", used_service, STRING)                                          \
    X(USED_IN, "last_used_region", used_region, STRING)                                            \
    X(ERROR, "error", error, STRING)          /* name from base/error.h */                         \
    X(AWS_CODE, "aws_code", aws_code, STRING) /* wire code */                                      \
    X(HTTP, "http", http, NUMBER)                                                                  \
    X(REQUEST, "request_id", request_id, STRING)                                                   \
    X(TEXT, "text", text, STRING)     /* a cause, an operator's reason */                          \
    X(GATE, "gate", gate, STRING)                                                                  \
    X(QUESTION, "question", question, STRING)                                                      \
    X(ANSWER, "answer", answer, STRING)                                                            \
    X(SOURCE, "source", source, STRING) /* key ID that the signer's session was taken with */       \
    X(IN_IAM, "in_iam", in_iam, NUMBER) /* 1: the probe asked IAM as well as STS */                \
    X(PLACE, "place", place, STRING)  /* where a key's pair was found, or a back-up lies */        \
    X(PLAN, "plan", plan, PLAN)

enum event_field {
#define X(code, name, member, type) EVENT_FIELD_##code,
    EVENT_FIELD_TABLE(X)
#undef X
        EVENT_FIELDS_END
};
_Static_assert(EVENT_FIELDS_END <= 32, "a field set is 32 bits");

#define F(code) (1u << EVENT_FIELD_##code)
#define F_ERROR (F(ERROR) | F(AWS_CODE) | F(HTTP) | F(REQUEST) | F(TEXT) | F(DATE))
#define F_STEP (F(KEY) | F(SIGNER))

/* X(code, name, fields, sentence for people) */
#define EVENT_TABLE(X)                                                                             \
    X(OPENED, "opened", F(PLAN) | F(DATE), "rotation opened")                                      \
    X(RESUMED, "resumed", F(TEXT), "resumed by a new run")                                         \
    X(IDENTITY_SEEN, "identity_seen",                                                              \
      F(SIGNER) | F(SOURCE) | F(ACCOUNT) | F(ARN) | F(DATE) | F(SKEW) | F(USER) | F(KEY),          \
      "identity of the signer and owner of the key seen")                                          \
    X(CHECK_FAILED, "check_failed", F_ERROR | F(KEY) | F(SIGNER) | F(TARGET) | F(QUESTION),        \
      "something could not be read")                                                               \
    X(TARGET_TRIED, "target_tried", F(TARGET) | F(PLACE), "target tried: it can take the key")     \
    X(TARGET_UNFIT, "target_unfit", F(TARGET) | F_ERROR, "target tried: it cannot take the key")   \
    X(KEYS_LISTED, "keys_listed", F(KEYS) | F(DATE) | F(SIGNER), "keys of the user listed")        \
    X(LAST_USED_READ, "last_used_read",                                                            \
      F_STEP | F(DATE) | F(USED_AT) | F(USED_BY) | F(USED_IN) | F(USER), "last use of a key read") \
    X(KEY_SOUGHT, "key_sought", F(KEY) | F(COUNT) | F(PLACE),                                      \
      "looked for a key in the places known here")                                                 \
    X(CREATE_INTENDED, "create_intended", F(SIGNER), "about to create the new key")      \
    X(CREATED, "created", F_STEP | F(CREATED) | F(DATE), "new key created")                        \
    X(CREATE_REFUSED, "create_refused", F_ERROR, "no key was created")                   \
    X(CREATE_UNANSWERED, "create_unanswered", F_ERROR, "not known whether a key was created")      \
    X(ADOPTED, "adopted", F(KEY) | F(CREATED) | F(PLACE), "existing key taken as the new key")     \
    X(DELIVER_INTENDED, "deliver_intended", F(TARGET) | F(KEY), "about to hand the new key over")  \
    X(DELIVERED, "delivered", F(TARGET) | F(KEY) | F(PLACE) | F(DATE), "new key handed over")      \
    X(DELIVER_FAILED, "deliver_failed", F(TARGET) | F_ERROR, "hand-over failed")                   \
    X(TARGET_CHECKED, "target_checked",                                                            \
      F(TARGET) | F(FOUND) | F(VERDICT) | F(COUNT) | F(DATE) | F(TEXT),                            \
      "target read back and its key probed")                                                       \
    X(KEY_PROBED, "key_probed", F(KEY) | F(VERDICT) | F(COUNT) | F(IN_IAM) | F(DATE) | F(PLACE) | F(TEXT), "key probed")                                                                                \
    X(SECRET_LOST, "secret_lost", F(KEY), "the new key's secret is held nowhere; it is replaced")  \
    X(STATUS_INTENDED, "status_intended", F_STEP | F(STATUS), "about to switch a key")             \
    X(STATUS_SET, "status_set", F_STEP | F(STATUS) | F(DATE), "key switched")                      \
    X(STATUS_FAILED, "status_failed", F_STEP | F(STATUS) | F_ERROR, "key not switched")            \
    X(STATUS_UNANSWERED, "status_unanswered", F_STEP | F(STATUS) | F_ERROR,                        \
      "not known whether the key was switched")                                                    \
    X(DELETE_INTENDED, "delete_intended", F_STEP, "about to delete a key")                         \
    X(DELETED, "deleted", F_STEP | F(DATE), "key deleted")                                         \
    X(DELETE_FAILED, "delete_failed", F_STEP | F_ERROR, "key not deleted")                         \
    X(DELETE_UNANSWERED, "delete_unanswered", F_STEP | F_ERROR,                                    \
      "not known whether the key was deleted")                                                     \
    X(TEST_INTENDED, "test_intended", F(TEST) | F(TEXT), "about to run the operator's test")       \
    X(TEST_FINISHED, "test_finished", F(TEST) | F(COUNT) | F(TEXT) | F(DATE),                      \
      "the operator's test has run")                                                               \
    X(TEST_CONCLUDED, "test_concluded", F(KEY) | F(DATE) | F(TEXT),                                \
      "everything was seen to work without the old key")                                           \
    X(RESTORE_INTENDED, "restore_intended", F(TARGET) | F(KEY), "about to put the old pair back")  \
    X(RESTORED, "restored", F(TARGET) | F(KEY), "old pair put back")                               \
    X(RESTORE_FAILED, "restore_failed", F(TARGET) | F_ERROR, "old pair not put back")              \
    X(BACKUP_REMOVED, "backup_removed", F(TARGET) | F(PLACE), "back-up of the old pair removed")   \
    X(BACKUP_KEPT, "backup_kept", F(TARGET) | F(PLACE) | F_ERROR,                                  \
      "back-up of the old pair could not be removed")                                              \
    X(SESSION_TAKEN, "session_taken", F_STEP | F(DATE) | F(COUNT), "MFA session taken")            \
    X(SESSION_REFUSED, "session_refused", F_STEP | F_ERROR, "MFA session refused")                 \
    X(DEVICES_SEEN, "devices_seen", F_STEP | F(DATE) | F(COUNT) | F(ARN) | F(VERDICT) | F(TEXT),   \
      "MFA devices of the signer's user looked for")                                               \
    X(DEVICES_UNKNOWN, "devices_unknown", F_STEP | F_ERROR, "MFA devices could not be listed")     \
    X(ANSWERED, "answered", F(QUESTION) | F(ANSWER) | F(KEY) | F(TEXT), "operator's answer")       \
    X(OVERRIDDEN, "overridden", F(GATE) | F(TEXT), "operator overrides a gate")                    \
    X(RETRIED, "retried", F(TEXT), "operator asks to try again")                                   \
    X(ROLLBACK_CHOSEN, "rollback_chosen", F(TEXT), "operator asks for a rollback")                 \
    X(ABANDONED, "abandoned", F(TEXT), "rotation abandoned")                                       \
    X(CLOSED, "closed", F(TEXT), "rotation closed")

enum event_kind {
#define X(code, name, fields, sentence) EVENT_##code,
    EVENT_TABLE(X)
#undef X
        EVENT_COUNT
};

/* One key of ListAccessKeys. */
struct key_seen {
    char id[KEY_ID_SIZE];
    enum key_status status;
    int64_t created;
};

struct key_list {
    size_t count;
    struct key_seen keys[KEYS_MAX];
};

/* Fields that a kind does not carry are zero or "" (target and test: 0). */
struct event {
    enum event_kind kind;
    int64_t seq; /* number in the rotation, from 1; set by the journal */
    int64_t at;  /* our clock when it was recorded */
    enum step step;       /* set by the journal from the state it was appended to */
    char actor[WORD_SIZE]; /* "keywright", or the operator's login name for a decision */

    int64_t date;
    char key[KEY_ID_SIZE];
    enum key_status status;
    int64_t created;
    char signer[KEY_ID_SIZE];
    int64_t target;
    int64_t test;
    char found[KEY_ID_SIZE];
    enum verdict verdict;
    int64_t count;
    char account[ACCOUNT_SIZE];
    char user[USER_SIZE];
    char arn[ARN_SIZE];
    int64_t skew;
    struct key_list keys;
    int64_t used_at; /* 0: no use recorded */
    char used_service[WORD_SIZE];
    char used_region[WORD_SIZE];
    char error[WORD_SIZE];
    char aws_code[WORD_SIZE];
    int64_t http;
    char request_id[WORD_SIZE];
    char text[TEXT_SIZE];
    char gate[WORD_SIZE];
    char question[WORD_SIZE];
    char answer[WORD_SIZE];
    char source[KEY_ID_SIZE];
    int64_t in_iam;
    char place[TEXT_SIZE];
    struct plan *plan; /* OPENED only; borrowed by apply, owned by whoever made the event */
};

const char *event_name(enum event_kind kind);
const char *event_sentence(enum event_kind kind);
uint32_t event_fields(enum event_kind kind);
/* Make every field that the kind does not carry zero or "": what the journal would not keep must not be
 * folded either, or a resumed rotation would be another one. Does not free a plan. */
void event_keep_carried(struct event *event);
bool event_kind_from_name(const char *name, enum event_kind *ret_kind);

#endif
