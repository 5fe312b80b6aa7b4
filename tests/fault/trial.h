/* One rotation on a faulty machine, its resume on a sound one, and everything that must hold. */
#ifndef KEYWRIGHT_TESTS_FAULT_TRIAL_H
#define KEYWRIGHT_TESTS_FAULT_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "account.h"
#include "faultshim.h"

/* What fails; see faultshim.h. */
struct fault {
    const char *program, *kind, *mode;
    int error;
    bool absorbed; /* the run must come to its end all the same */
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
    int ended;        /* exit status of the run that the fault struck */
    int resumes;      /* runs of resume until nothing was open */
    bool opened;      /* a rotation was in the journal when the run had ended */
    int64_t ms;       /* how long it took */
    char text[4096];
};

/* A new account under `home`, ready for trials. */
void lane_open(struct lane *lane, const char *home, const char *shim);
void lane_close(struct lane *lane);

/* Run it: the `at`-th call fails. The account goes on with the new key; after a trial that went
 * wrong, use another one. */
void trial_run(struct lane *lane, const struct fault *fault, long at, struct finding *ret_finding);

#endif
