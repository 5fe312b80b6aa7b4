/* One rotation on a faulty machine or network, its resume on a sound one, and everything that must
 * hold. */
#ifndef KEYWRIGHT_TESTS_FAULT_TRIAL_H
#define KEYWRIGHT_TESTS_FAULT_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "account.h"
#include "faultshim.h"

/* What goes wrong in the first run: one of the two. */
struct trouble {
    const char *machine; /* what the shim is told (faultshim.h); NULL for a sound machine */
    const char *network; /* what the account is told (account_fault); NULL for a sound network */
    const char *timeout; /* of one request */
    bool absorbed;       /* the run must come to its end all the same */
    bool excuses;        /* a library may crash where trial_excuses says it */
    bool ages;           /* resume may wait for an hour of AWS's clock, which then goes by */
    int outlives_ms;     /* the account is still at it so long after the runs */
};

struct lane {
    struct account_of_trials account;
    char before[16 * 1024];          /* the credentials file, its pairs masked */
    char listing[1024];              /* the names in .aws */
    struct faultshim_report *report; /* mapped from report_path */
    char report_path[512];
    char shim[512];
};

struct finding {
    bool reached;     /* the fault struck */
    bool wrong;       /* then `text` says what */
    bool aged;        /* an hour was let go by: the account's clock is ahead of ours now */
    int ended;        /* exit status of the run that the fault struck */
    int resumes;      /* runs of resume until nothing was open; 0 when nothing was after the first run */
    bool opened;      /* a rotation was in the journal when the run had ended */
    int excuse;       /* the row of trial_excuses that a crash of the first run was; else -1 */
    long requests;    /* that the first run made */
    long calls;       /* that the shim counted in it */
    int64_t ms;       /* how long it took */
    char text[4096];
};

/* What libraries do where there is no memory, at calls that we cannot do without. All that must hold after
 * any other end must hold after these, and they are counted. */
enum { TRIAL_EXCUSES = 2 };
struct trial_excuse {
    const char *where; /* as struct faultshim_report has it */
    const char *why;
};
extern const struct trial_excuse trial_excuses[TRIAL_EXCUSES];

/* Make the folder of a run of this name, where TMPDIR says. False: it cannot be made. */
enum { TRIAL_FOLDER_SIZE = 128 };
bool trial_folder(const char *name, char ret_folder[static TRIAL_FOLDER_SIZE]);

/* A new account under `home`, ready for trials. `shim` may be NULL where no machine fails. `peer`: the
 * script of a strict peer, or NULL for the practice account. */
void lane_open(struct lane *lane, const char *home, const char *shim, const char *peer);
void lane_close(struct lane *lane);

/* Run it. The account goes on with the new key; after a trial that went wrong, use another one. */
void trial_run(struct lane *lane, const struct trouble *trouble, struct finding *ret_finding);

#endif
