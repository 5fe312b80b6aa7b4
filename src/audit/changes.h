/* What changed in an account between two audits: two states in, a list of changes out. Pure.
 *
 * `now` has to come from state_carry over the state before it, so that what could not be seen is not taken for a
 * change: what was not known before, or is not known now, is none. A user is known by the name; one who has another
 * time of creation was deleted and made again (user_recreated). One who is gone, beside one who came and was made at
 * just the same second, as nobody else was, has been renamed. A key is known by its ID, and in a credential report,
 * which has none, by the second when it was made. */
#ifndef KEYWRIGHT_AUDIT_CHANGES_H
#define KEYWRIGHT_AUDIT_CHANGES_H

#include "audit/state.h"

/* X(code, name in --json, for people) */
#define CHANGE_TABLE(X)                                                                            \
    X(USER_NEW, "user_new", "is new")                                                              \
    X(USER_GONE, "user_gone", "is gone")                                                           \
    X(USER_RECREATED, "user_recreated", "was deleted and made again")                              \
    X(USER_RENAMED, "user_renamed", "has a new name")                                              \
    X(USER_MOVED, "user_moved", "has a new ARN")                                                   \
    X(MFA_LOST, "mfa_lost", "lost MFA")                                                            \
    X(MFA_GAINED, "mfa_gained", "has MFA now")                                                     \
    X(PASSWORD_ENABLED, "password_enabled", "can sign in with a password now")                     \
    X(PASSWORD_DISABLED, "password_disabled", "has no password any more")                          \
    X(KEY_NEW, "key_new", "has a new key")                                                         \
    X(KEY_GONE, "key_gone", "has a key less")                                                      \
    X(KEY_REACTIVATED, "key_reactivated", "has a key that came back")                              \
    X(KEY_DEACTIVATED, "key_deactivated", "has a key that was switched off")                       \
    X(FINDING_NEW, "finding_new", "fails a check")                                                 \
    X(FINDING_MENDED, "finding_mended", "fails a check no more")

enum change_kind {
#define X(code, name, words) CHANGE_##code,
    CHANGE_TABLE(X)
#undef X
        CHANGE_KIND_COUNT
};

/* Strings are borrowed from the states, for the time of the visit; "" where there is no such thing. */
struct change {
    enum change_kind kind;
    const char *user;     /* name; "" for a finding about something else */
    const char *resource; /* FINDING_*: what it is about; else the user */
    const char *was;      /* USER_RENAMED: the name before; USER_MOVED: the ARN before */
    const char *is;       /* USER_MOVED: the ARN now */
    const char *key;      /* KEY_*: its ID, where that is known */
    int64_t key_created;  /* KEY_*; 0: not known */
    enum fact key_active; /* KEY_*, USER_*: unknown otherwise */
    const char *check, *severity; /* FINDING_* */
    int64_t seen_at;      /* when what is told was true; 0: not known */
};

const char *change_name(enum change_kind kind);  /* "mfa_lost" */
const char *change_words(enum change_kind kind); /* "lost MFA" */

typedef void changes_visit(void *context, const struct change *change);

/* Users in the order of their names, then findings. *ret_count may be NULL. MEMORY. */
bool changes_tell(const struct state *before, const struct state *now, changes_visit *visit,
                  void *context, size_t *ret_count, struct error *err) MUST_USE;

#endif
