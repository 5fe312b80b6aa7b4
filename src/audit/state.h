/* An account as one audit saw it: who is there, their console password, MFA and keys, and which checks failed. Made
 * of facts, kept as text beside the journal, compared by changes.h. Nothing here is a secret. Pure.
 *
 * Each thing comes with the time when it was true, since a credential report can be four hours old: what was not
 * seen this time, or is older than what was known before, is taken over from before (state_carry). */
#ifndef KEYWRIGHT_AUDIT_STATE_H
#define KEYWRIGHT_AUDIT_STATE_H

#include "audit/facts.h"
#include "audit/judge.h"
#include "base/text.h"

#define STATE_ROOT "<root_account>" /* as the credential report calls root */

struct state_key {
    char *id;            /* owned; "" of the report, which has no IDs */
    int64_t created;     /* 0: not known */
    enum fact active;
};

struct state_user {
    char *name, *arn; /* owned; arn "": not known */
    int64_t created;  /* 0: not known */
    enum fact console, mfa;
    int64_t told_at;  /* when those two were true; 0: never told */
    int64_t keys_at;  /* when the keys were; 0: they are not known */
    size_t key_count, key_room;
    struct state_key *keys; /* owned */
};

struct state_finding {
    char *check, *resource, *severity; /* owned */
    int64_t at;
    bool unknown; /* it could not be told this time; state_carry leaves none of these */
};

struct state {
    int64_t at;     /* when the audit was made */
    bool all_users; /* everybody is in the list; else someone who is not may be there all the same */
    size_t user_count, user_room;
    struct state_user *users; /* by name (strcmp), each once; root is <root_account> */
    size_t finding_count, finding_room;
    struct state_finding *findings; /* by check, then resource, each once */
};

void state_init(struct state *state);
void state_release(struct state *state); /* for CLEANUP() too */

/* What an audit saw. MEMORY. */
bool state_of_facts(const struct facts *facts, struct state *ret_state, struct error *err) MUST_USE;
/* Take over from the state before what `now` does not know, or knows from an earlier time only. MEMORY. */
bool state_carry(struct state *now, const struct state *before, struct error *err) MUST_USE;

/* NULL when there is nobody of this name. */
const struct state_user *state_seek(const struct state *state, const char *name);
/* NULL when this check of this resource is not among the findings. */
const struct state_finding *state_seek_finding(const struct state *state, const char *check,
                                               const char *resource);
/* Is it the same user: not one who was deleted and made again under the name? */
bool state_same_user(const struct state_user *a, const struct state_user *b);
/* Which of b's keys is each of a's: ret_match[i] is an index into b->keys or b->key_count. By ID where both have
 * one, else by the time when they were made; each of b's at most once. */
void state_match_keys(const struct state_user *a, const struct state_user *b, size_t *ret_match);

/* The parts, for the readers: unordered, until state_order. MEMORY, and LIMIT for more than FACTS_KEYS_MAX keys. */
bool state_add_user(struct state *state, const char *name, const char *arn,
                    struct state_user **ret_user, struct error *err) MUST_USE;
bool state_add_key(struct state_user *user, const char *id, int64_t created, enum fact active,
                   struct error *err) MUST_USE;
bool state_add_finding(struct state *state, const char *check, const char *severity,
                       const char *resource, struct state_finding **ret_finding,
                       struct error *err) MUST_USE;
/* Put users and findings in order; of several that are the same the first stays. */
void state_order(struct state *state);

/* For state_carry and changes_tell. */
void state_drop_keys(struct state_user *user);
void state_drop_finding(struct state_finding *finding);
static inline bool state_no_memory(struct error *err) /* always false */
{
    return error_set(err, ERROR_MEMORY, "comparing audits");
}

/* As lines of fields with tabs between, which state_read takes back. SYNTAX for anything else; MEMORY. */
void state_write(const struct state *state, struct text *text);
bool state_read(const char *text, struct state *ret_state, struct error *err) MUST_USE;

#endif
