/* The way to the identity, told step by step: `doctor --identity`. Nothing here is a secret: key
 * IDs, roles, paths, times and reasons. */
#ifndef KEYWRIGHT_KEEPER_STEPS_H
#define KEYWRIGHT_KEEPER_STEPS_H

#include "keeper/request.h"

/* From now on the steps of this request are told in its reply. */
void steps_begin(struct request *request);
bool steps_wanted(const struct request *request);
/* Does nothing where they are not. Results: those of profile_tell; "done" and "failed" of what was
 * asked of others. */
void steps_add(struct request *request, const char *place, const char *result, const char *format,
               ...) FORMAT_LIKE(4, 5);
/* That a place has given these credentials, or why not: one of the two is not NULL. */
void steps_add_given(struct request *request, const char *place,
                     const struct credentials *credentials, const struct error *err);
/* All places that are looked at for the identity (profile_chain_told). False, with the reason as the
 * last step, when they lead nowhere. */
bool steps_add_chain(struct request *request);

/* "container", "IAM Identity Center" ... */
const char *steps_source_name(enum chain_link_kind kind);

#endif
