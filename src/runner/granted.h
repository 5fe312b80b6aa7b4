/* From the keeper's items to what an audit knows of policies. */
#ifndef KEYWRIGHT_RUNNER_GRANTED_H
#define KEYWRIGHT_RUNNER_GRANTED_H

#include "audit/access.h"

struct json_object;

/* The items of a reply to read_access (wire/message.h), which may begin with policies of the holder that was
 * added last. MEMORY. */
bool granted_add(struct access *access, struct json_object *items, struct error *err) MUST_USE;

#endif
