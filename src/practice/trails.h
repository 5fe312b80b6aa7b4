/* CloudTrail's trails: DescribeTrails, GetTrailStatus, GetEventSelectors. There is one at most, as the setting "trail"
 * says (practice/account.h). */
#ifndef KEYWRIGHT_PRACTICE_TRAILS_H
#define KEYWRIGHT_PRACTICE_TRAILS_H

#include "practice/account.h"
#include "practice/request.h"

/* Is it one of these? */
bool trails_is_action(const char *action);
/* Append the whole reply to ret_reply. Refused: AccessDenied, TrailNotFoundException. */
bool trails_perform(struct account *account, const struct account_call *call, const char *region,
                    const struct request *request, struct text *ret_reply,
                    struct account_refusal *refusal) MUST_USE;

#endif
