/* CloudTrail: LookupEvents and what trails.h has, from the fields of a JSON request to the model, and from its results to JSON. */
#ifndef KEYWRIGHT_PRACTICE_TRAIL_H
#define KEYWRIGHT_PRACTICE_TRAIL_H

#include "practice/account.h"
#include "practice/request.h"

#define TRAIL_SERVICE "cloudtrail"
#define TRAIL_CONTENT "application/x-amz-json-1.1"

/* Append the whole reply to ret_reply. `region` is what the request was signed for. */
bool trail_perform(struct account *account, const struct account_call *call, const char *region,
                   const struct request *request, struct text *ret_reply,
                   struct account_refusal *refusal) MUST_USE;
/* A whole error in JSON, with the names that such services have for what IAM calls otherwise. */
void trail_error(struct text *text, struct account_refusal *refusal);

#endif
