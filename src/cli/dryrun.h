/* --dry-run: what a run would do, by looks that change nothing. Names every call to AWS with its
 * IAM permission and signer, in order. Writes nothing: not to AWS, the journal or a file. */
#ifndef KEYWRIGHT_CLI_DRYRUN_H
#define KEYWRIGHT_CLI_DRYRUN_H

#include "cli/cli.h"

int dryrun_rotate(struct cli *cli, const struct runner_request *request);
/* What is left of an open rotation, or of its rollback. */
int dryrun_open(struct cli *cli, const struct rotation *rotation, const char *id, bool rollback);

enum dryrun_signer { DRYRUN_BY_OLD, DRYRUN_BY_NEW, DRYRUN_BY_CHECKED };

/* One thing that a run does. `call` is "" for what happens on this computer only. */
struct dryrun_act {
    enum step step;
    const char *call;       /* "iam:CreateAccessKey" */
    const char *permission; /* IAM permission, "" when none is needed */
    bool writes;
    enum dryrun_signer signer; /* in a self-rotation; otherwise the administrator signs */
    const char *what;
};
/* RETIREMENT: what --retire adds before the new key is made; "checked" is the retired key there. COMPROMISED: a
 * rotation of a key in wrong hands. */
enum dryrun_course {
    DRYRUN_ROTATION,
    DRYRUN_COMPROMISED,
    DRYRUN_ROLLBACK,
    DRYRUN_RETIREMENT,
    DRYRUN_COURSES
};
/* The acts of a course, in order. Borrowed for ever. */
const struct dryrun_act *dryrun_acts(enum dryrun_course course, size_t *ret_count);

#endif
