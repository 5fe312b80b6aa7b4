/* Which rotations this process may act on: a kernel lock on the byte of PATH-lock that has the
 * rotation's number. */
#ifndef KEYWRIGHT_JOURNAL_CLAIM_H
#define KEYWRIGHT_JOURNAL_CLAIM_H

#include "journal/store.h"

bool claim_held(struct journal *journal, const char *id);
/* BUSY when another process (or another struct journal of this one) holds it. */
bool claim_take(struct journal *journal, const char *id, int64_t number,
                struct error *err) MUST_USE;

#endif
