/* What the files of the runner share. Inside runner/ only. */
#ifndef KEYWRIGHT_RUNNER_INTERNAL_H
#define KEYWRIGHT_RUNNER_INTERNAL_H

#include "runner/runner.h"
#include "runner/translate.h"

struct json_object;

enum runner_phase {
    PHASE_OPENING, /* the questions before the first event */
    PHASE_RUNNING
};

/* Owned copies of a request's strings, and what the opening has learnt. */
struct opening {
    struct plan plan;
    size_t to_count;
    char to[TARGETS_MAX][TEXT_SIZE];
    char user[USER_SIZE]; /* --user */
    char expect_account[ACCOUNT_SIZE]; /* --expect-account, "" for any */
    char source[KEY_ID_SIZE]; /* the long-term key below the signer, "" when not known */
    bool ask_alias;
    int64_t date;         /* AWS's clock of the identity */
    bool user_only_key;   /* the key is to be the user's only one */
    bool asking;          /* for an MFA code: runner->effect says whose */
    bool by_pair;         /* the code is for a session of the identity's own pair, not for a role */
    void (*after_code)(struct runner *); /* the question that the code was wanted for */
    struct error denial;  /* of the list of keys, while a device is looked for */
    struct event session; /* SESSION_TAKEN, to be journalled after `opened`; date 0 for none */
};

struct runner {
    struct journal *journal; /* borrowed */
    struct keeper *keeper;   /* borrowed */
    char id[ID_SIZE];
    char actor[WORD_SIZE];
    char account_alias[WORD_SIZE];
    enum runner_phase phase;
    struct opening *opening; /* owned; NULL once running */
    struct rotation rotation;
    struct effect effect;
    bool waiting_for_reply;
    bool poked;   /* something happened: what comes next must be asked again */
    bool failed;
    bool failure_recorded; /* and it is in the journal, as far as that can be written */
    struct error error;
    char waiting_for[TEXT_SIZE];
    struct mfa_answer mfa;
    void (*told)(void *, const struct rotation *, const struct event *);
    void *told_context;
    void (*screen)(void *, bool lent, const struct error *);
    void *screen_context;
};

/* Journal one event and apply it. `actor` NULL means the program itself. */
bool runner_record(struct runner *runner, struct event *event, const char *actor,
                   struct error *err) MUST_USE;
/* The runner cannot go on. */
void runner_fail(struct runner *runner, const struct error *err);
/* Ask the keeper on behalf of the runner. Takes over the body. */
bool runner_ask(struct runner *runner, enum message_kind kind, struct json_object *body,
                keeper_reply *reply, struct error *err) MUST_USE;
/* Tell the keeper which pairs belong to this rotation. */
bool runner_prepare(struct runner *runner, struct error *err) MUST_USE;

/* opening.c: copy the request, and begin to ask. */
bool opening_begin(struct runner *runner, const struct runner_request *request,
                   struct error *err) MUST_USE;

/* opening_mfa.c: ask for the code that `why` speaks of; with it, `after_code` of the opening is asked once more. */
void opening_ask_code(struct runner *runner, const struct error *why);
/* The list of keys was denied: with a device of the signer's there is a way to try, once. */
void opening_denied(struct runner *runner, const struct error *denial);
/* Go on with the code in runner->mfa. */
bool opening_take_code(struct runner *runner, struct error *err) MUST_USE;

#endif
