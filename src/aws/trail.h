/* What CloudTrail recorded of one event: a JSON document in the text of another. Pure. Private to
 * aws/. */
#ifndef KEYWRIGHT_AWS_TRAIL_H
#define KEYWRIGHT_AWS_TRAIL_H

#include "aws/client.h"

/* Fill in region, source address, user agent and error code from the record (CloudTrail User Guide,
 * "CloudTrail record contents"). What is no such record leaves the event without details: one event that
 * cannot be read is no reason to lose the page. MEMORY. */
bool trail_read(const char *record, size_t length, struct aws_event *event,
                struct error *err) MUST_USE;

#endif
