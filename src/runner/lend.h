/* The terminal while it is the keeper's: a secret is shown there, and this program neither writes
 * nor reads. */
#ifndef KEYWRIGHT_RUNNER_LEND_H
#define KEYWRIGHT_RUNNER_LEND_H

#include <stdbool.h>

#include "base/alternate.h"
#include "base/error.h"
#include "runner/keeper.h"

struct lend {
    bool out;
    bool modes_known;
    struct alternate_modes modes; /* as they were */
};

/* Remember how the terminal is, and have written what was to be written. */
void lend_out(struct lend *lend);
/* It is wanted back before the operator has answered, because this program is going to end: the keeper wipes it,
 * and what was asked of it is answered, which gives it back. Nothing happens when it was not lent. */
void lend_recall(const struct lend *lend, struct keeper *keeper);
/* It was not given back in time: taken, and wiped from here. What is written next stands on the main screen. */
void lend_take(struct lend *lend);
/* It is ours again. A keeper that has ended in the middle (`err`: KEEPER_GONE) may have left the
 * secret there: then it is wiped from here. NULL for no error; nothing happens when it was not
 * lent. */
void lend_back(struct lend *lend, const struct error *err);

#endif
