/* What the parts of `keywright mfa` share, and what other commands need of it: mfa_code.c has who we are and the
 * session, mfa_role.c roles; mfa.c the command, and mfa_status.c, mfa_login.c, mfa_enroll.c (with mfa_found.c) its verbs. */
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

/* Find identity->serial when the profile names none: the user's only device that shows codes. USAGE when there are
 * several, MFA_NONE when there is none; what ListMFADevices was answered. */
bool mfa_find_device(struct keeper *keeper, struct mfa_identity *identity, struct error *err) MUST_USE;

/* What a code is for. */
struct mfa_wish {
    const char *serial;
    const char *what; /* behind "a code of SERIAL is needed": " for the role"; "" */
    int64_t duration; /* of the session, seconds; 0: AWS's default */
    bool attended;    /* somebody is there although --yes answers what is to be confirmed */
};

/* Take the session with --mfa-code, --mfa-command or by asking, three wrong codes at most. USAGE for an option that is
 * no code; MFA_NEEDED where nobody can be asked, or who was asked gives none; INTERRUPTED; what AWS answered. */
bool mfa_take_code(struct cli *cli, struct keeper *keeper, const struct mfa_wish *wish, int64_t *ret_expires,
                   struct error *err) MUST_USE;
/* The same for the long-term keys of the identity; the device is found, and written to identity->serial. */
bool mfa_take_session(struct cli *cli, struct keeper *keeper, struct mfa_identity *identity,
                      int64_t duration, int64_t *ret_expires, struct error *err) MUST_USE;

/* When the identity leads through a role that wants a code: take its session before anything else is asked of
 * the keeper. True when none wants one. Fails as mfa_take_code. */
bool mfa_open_role(struct cli *cli, struct keeper *keeper, bool attended, struct error *err) MUST_USE;
/* What is surprising about whose credentials count, once hello was answered: a line on standard error. */
void mfa_note_credentials(struct keeper *keeper);
/* Both for a command that looks: a code that was given and that no role wants is for a session of the identity's
 * own keys, which signs from then on. */
bool mfa_begin_look(struct cli *cli, struct keeper *keeper, struct error *err) MUST_USE;
/* A look was denied (`denial`), and AWS never says whether for want of MFA. True: there is a session of the identity's own
 * keys now, and it is to be looked again. Else *err is `denial`, when no code could help, or why there is none: as
 * mfa_take_code, and MFA_NEEDED says what was denied. */
bool mfa_look_again(struct cli *cli, struct keeper *keeper, const struct error *denial, struct error *err) MUST_USE;

/* Where the operator is talked to: standard error beside --json, or when only that is a terminal. */
FILE *mfa_out(const struct cli *cli);

/* The parts. */
int mfa_status(struct cli *cli);
int mfa_login(struct cli *cli);
int mfa_enroll(struct cli *cli);
/* The same from a screen: struct cli_screen. `context` is the struct cli. */
int mfa_enroll_aside(const void *context, struct starter *starter, const char *actor, int *ret_signal);

#endif
