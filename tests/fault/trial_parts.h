/* What trial.c and trial_check.c share. */
#ifndef KEYWRIGHT_TESTS_FAULT_TRIAL_PARTS_H
#define KEYWRIGHT_TESTS_FAULT_TRIAL_PARTS_H

#include "base/error.h"
#include "trial.h"

enum { FILE_MAX = 16 * 1024 };

/* Note that something does not hold. */
void trial_wrong(struct finding *finding, const char *format, ...) FORMAT_LIKE(2, 3);

/* The start of a file, at most size - 1 bytes. */
bool trial_slurp(const char *path, char *to, size_t size);

/* The credentials file. */
struct held {
    char file[FILE_MAX]; /* its first pair masked wherever it stands */
    char key[64];
    char secret[128];
};
void trial_look(const struct lane *lane, struct held *ret_held);
/* The names in .aws. */
void trial_list(const struct lane *lane, char *to, size_t size);

/* What the journal says. */
struct story {
    size_t creates; /* intents of each kind */
    size_t delivers;
    size_t intents;
    struct deed intended[ACTS_MAX]; /* switches and deletions */
    size_t rotations, open, done;
    size_t kept; /* back-ups that were not removed */
};
/* A journal that was never begun says nothing; one that does not open or verify is wrong. */
void trial_read_journal(const struct lane *lane, struct story *ret_story, struct finding *finding);

/* No act without its intent on the disk. `delivered`: the file has another key. */
void trial_check_intents(const struct deed *acts, size_t count, const struct story *story,
                         bool delivered, struct finding *finding);
/* The run that was struck: how it ended, what it said, and that the file is whole and works. */
void trial_check_run(const struct trouble *trouble, const struct lane *lane,
                     const struct story *story, const char *said, struct finding *finding);
/* The row of trial_excuses that this crash is, or -1. */
int trial_excuse(const struct trouble *trouble, const struct faultshim_report *report);
/* At the end: one key, Active, in the file, nothing open, nothing left that was not named in what the
 * runs have said. */
void trial_check_end(const struct lane *lane, const struct story *story, const char *said,
                     struct finding *finding);

#endif
