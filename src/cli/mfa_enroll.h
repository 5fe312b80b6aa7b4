/* What the two files of `keywright mfa enroll` share: mfa_enroll.c makes a device; mfa_found.c looks at what
 * is there before that, and removes it. */
#ifndef KEYWRIGHT_CLI_MFA_ENROLL_H
#define KEYWRIGHT_CLI_MFA_ENROLL_H

#include "cli/mfa.h"
#include "journal/enrolment.h"

struct enroll {
    struct cli *cli;
    struct keeper *keeper;
    struct enrolment_log *log;
    struct mfa_identity identity;
    char actor[WORD_SIZE];
    const char *user, *name; /* whose device, and its name */
    char serial[MFA_SERIAL_SIZE]; /* of the device that is made or removed */
    bool session; /* sign with an MFA session */
};

/* A line in the log of enrolments, about enroll->serial. */
bool enroll_note(struct enroll *enroll, enum enrolment_step step, struct error *err) MUST_USE;
/* A request's body with signer, user and serial. */
struct json_object *enroll_body(const struct enroll *enroll);

enum enroll_there { THERE_NOT, THERE_UNASSIGNED, THERE_ASSIGNED };

/* Is there a virtual device of this serial? NOT as far as the list tells: it may lag. */
bool enroll_look(struct enroll *enroll, const char *serial, enum enroll_there *ret_there,
                 struct error *err) MUST_USE;
/* Delete enroll->serial, which nobody has; that it is gone is what was wanted. */
bool enroll_remove(struct enroll *enroll, struct error *err) MUST_USE;

/* Each returns an exit status, having told why when it is not 0. */
/* The devices the user has: is the name free, as far as they tell, and has an MFA session to sign? */
int enroll_look_at_user(struct enroll *enroll);
/* What earlier runs of ours left: a device in use is done, one that nobody has is removed. */
int enroll_settle(struct enroll *enroll);
/* A device of the name that is not ours to decide about. */
int enroll_check_name(struct enroll *enroll);

#endif
