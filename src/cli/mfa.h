/* What the parts of `keywright mfa` share: mfa.c has the command, who we are and the session;
 * mfa_status.c, mfa_login.c, mfa_enroll.c and mfa_found.c the others. */
#ifndef KEYWRIGHT_CLI_MFA_H
#define KEYWRIGHT_CLI_MFA_H

#include <stdio.h>

#include "cli/connect.h"
#include "rotation/names.h"

enum { MFA_SERIAL_SIZE = 257 };

/* Who signs. */
struct mfa_identity {
    char account[ACCOUNT_SIZE];
    char partition[WORD_SIZE];
    char arn[ARN_SIZE];
    char user[USER_SIZE]; /* "" for root and for roles */
    char key[KEY_ID_SIZE];
    char serial[MFA_SERIAL_SIZE]; /* mfa_serial of the profile, "" for none */
    bool long_term;
};

/* The IAM user of an ARN; "<root_account>" for root; "" for anything else. */
void mfa_user_of(const char *arn, char *user, size_t size);

/* "virtual", "passkey", "sms" or "hardware", by the form of its serial. */
const char *mfa_type(const char *serial);

/* Start the keeper, with --mfa-command in its scope and, when asked for, the terminal; and go into the
 * cage. Caller frees, also after false. */
bool mfa_connect(const struct cli *cli, bool terminal, struct keeper **ret_keeper,
                 struct error *err) MUST_USE;

/* Ask who signs; `session`: in the MFA session that was taken. */
bool mfa_identify(struct keeper *keeper, bool session, struct mfa_identity *ret_identity,
                  struct error *err) MUST_USE;

/* A request body with the signer in it: the profile's keys, or the MFA session of them. */
struct json_object *mfa_body(bool session);
bool mfa_ask(struct keeper *keeper, enum message_kind kind, struct json_object *body,
             struct json_object **ret_reply, struct error *err) MUST_USE;

/* One line of the operator, with a default of nothing (""). False when the input has ended or was
 * interrupted. */
bool mfa_prompt(struct cli *cli, struct keeper *keeper, const char *prompt, char *line,
                size_t size);
/* Six digits. */
bool mfa_is_code(const char *code);

/* Take an MFA session from the keys of the identity, with --mfa-code, --mfa-command or by asking. The device is
 * identity->serial, else it is looked for, and written there. Returns the exit status, having told
 * why when it is not 0. */
int mfa_take_session(struct cli *cli, struct keeper *keeper, struct mfa_identity *identity,
                     int64_t duration, int64_t *ret_expires);

/* One code of one device, or one that a command prints: sent once. */
bool mfa_take(struct keeper *keeper, const char *serial, const char *code, const char *command,
              int64_t duration, int64_t *ret_expires, struct error *err) MUST_USE;

/* When the identity leads through a role that wants a code: take its session, with --mfa-code, --mfa-command
 * or by asking, before anything else is asked of the keeper. True when none wants one. MFA_NEEDED where
 * nobody can be asked; what AssumeRole was answered. */
bool mfa_open_role(struct cli *cli, struct keeper *keeper, struct error *err) MUST_USE;
/* The same for a command that has no other use for a code: USAGE for one that no role wants. */
bool mfa_begin_look(struct cli *cli, struct keeper *keeper, struct error *err) MUST_USE;

/* Where the operator is talked to: standard error beside --json, or when only that is a terminal. */
FILE *mfa_out(const struct cli *cli);

/* The parts. */
int mfa_status(struct cli *cli);
int mfa_login(struct cli *cli);
int mfa_enroll(struct cli *cli);
/* The same from a screen: struct cli_screen. `context` is the struct cli. */
int mfa_enroll_aside(const void *context, struct starter *starter, const char *actor, int *ret_signal);

#endif
