/* Reading who has which policies, groups, path and tags. */
#ifndef KEYWRIGHT_RUNNER_GRANTED_H
#define KEYWRIGHT_RUNNER_GRANTED_H

#include "audit/access.h"
#include "runner/keeper.h"

/* All of it, sorted; release with access_release. It waits. *ret_date is AWS's time. On failure there is
 * nothing, for who is missing in half a list would have no policies: DENIED and its like, REPLY for a list that
 * does not end, KEEPER_GONE, INTERRUPTED. */
bool granted_read(struct keeper *keeper, struct access *ret_access, int64_t *ret_date,
                  struct error *err) MUST_USE;

#endif
