/* Which management events a trail records, by its event selectors. Pure.
 * Source: CloudTrail API Reference, GetEventSelectors, EventSelector, AdvancedEventSelector. */
#ifndef KEYWRIGHT_AUDIT_SELECTORS_H
#define KEYWRIGHT_AUDIT_SELECTORS_H

#include "audit/facts.h"

/* Does it record all of them, reading and writing ones? `answer` is that of GetEventSelectors, as JSON; FACT_UNKNOWN when
 * it is not. A trail without any selector records all. */
enum fact selectors_record_all(const char *answer);

#endif
