/* What an answer means for the journal, as far as it does not depend on the answer's own words: which
 * event a failure is, and what an effect records that asks nobody. Holds no rule; a failure is told
 * apart only by whether its act may have taken place. Pure, so that the simulation runs this code too.
 * Inside runner/ only. */
#ifndef KEYWRIGHT_RUNNER_OUTCOME_H
#define KEYWRIGHT_RUNNER_OUTCOME_H

#include "base/error.h"
#include "rotation/rotation.h"

/* What the outcome of an effect has from the effect itself. `event` is zero before; its kind is still to
 * be set. `date` is AWS's clock, 0 when it is not known. The target of an effect that is about none is -1. */
void outcome_begin(const struct effect *effect, int64_t date, struct event *event);
/* The outcome is this failure. */
void outcome_fail(const struct effect *effect, const struct error *error, struct event *event);
/* The event of an effect that only records something. False for all others. */
bool outcome_record(const struct effect *effect, struct event *ret_event);

#endif
