/* An MFA code for looks, where there is no rotation to ask in and nothing may block: which device gives it, and the
 * session that is taken with it. A role of the identity wants one before anything; the identity's own keys may want one
 * where AWS denies what they ask, which never says so.
 *
 *     code_begin();  code_seek(why);
 *     CODE_WANTED:  ask somebody;  code_take();
 *     CODE_HELD:    look again
 *
 * What it waits for comes with keeper_run; the keeper is freed before it is forgotten. */
#ifndef KEYWRIGHT_RUNNER_CODE_H
#define KEYWRIGHT_RUNNER_CODE_H

#include "rotation/names.h"
#include "runner/keeper.h"
#include "runner/runner.h"

enum code_state {
    CODE_NONE,    /* nothing is wanted, as far as is known */
    CODE_SEEKING, /* which device? */
    CODE_WANTED,  /* a code of `serial` is; why: what was denied, or what was wrong with the last one */
    CODE_TAKING,
    CODE_HELD,    /* there is a session, which signs the keeper's looks */
    CODE_FAILED   /* why: no code helps, or none that is given now */
};

struct code {
    struct keeper *keeper; /* borrowed */
    enum code_state state;
    bool news; /* WANTED, HELD or FAILED is to be followed; whoever does takes it back */
    char serial[TEXT_SIZE]; /* "" when not known */
    char user[USER_SIZE];   /* whose device is sought */
    bool of_role;
    bool sought; /* with this keeper: a denial in a session, or of who has no device, is none for want of MFA */
    struct error why;
    struct runner_session session; /* HELD; its serial is set for a session of the identity's own keys */
};

/* With another keeper all is forgotten. */
void code_begin(struct code *code, struct keeper *keeper);
/* A look failed. False when no code can help, and nothing changes; else SEEKING or WANTED. */
bool code_seek(struct code *code, const struct error *why);
/* WANTED: take the session with a code, or with one that a command of the scope prints; the other is "". What is not six
 * digits is WANTED again. */
void code_take(struct code *code, const char *digits, const char *command);

#endif
