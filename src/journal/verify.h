/* What a load has in common with journal_verify, of one rotation. */
#ifndef KEYWRIGHT_JOURNAL_VERIFY_H
#define KEYWRIGHT_JOURNAL_VERIFY_H

#include "journal/store.h"

/* Each event of the rotation is what was written behind the event that stands before it in the chain:
 * JOURNAL_DAMAGED with the first that is not. That an attacker has made the whole chain anew can be
 * seen only against a head that was saved elsewhere. */
bool verify_links(struct journal *journal, const char *id, struct error *err) MUST_USE;
/* The list of rotations shows what its events, folded into `rotation`, say; else JOURNAL_DAMAGED. */
bool verify_list(struct journal *journal, const char *id, const struct rotation *rotation,
                 struct error *err) MUST_USE;

#endif
