/* The actions of IAM, STS, CloudTrail and Access Analyzer that the practice account knows: from fields to the model, and
 * from its results to XML (practice/trail.h, practice/analyzers.h: JSON). */
#ifndef KEYWRIGHT_PRACTICE_ACTIONS_H
#define KEYWRIGHT_PRACTICE_ACTIONS_H

#include "practice/account.h"
#include "practice/request.h"

enum { ACTIONS_COUNT = 30 };

/* The number of an action (below ACTIONS_COUNT) by name, or -1. */
int actions_find(const char *name);
const char *actions_name(int number);

/* Perform the action that the fields name and append the whole reply to ret_reply. Refused: what the
 * model refuses; InvalidAction for an unknown action or version; ValidationError for a field that is
 * missing. `service` and `region` are what the request was signed for. ret_number is the number of the action or -1, set in any case. */
bool actions_perform(struct account *account, const struct account_call *call,
                     const char *service, const char *region, const struct request *request,
                     const char *request_id, int *ret_number, struct text *ret_reply,
                     struct account_refusal *refusal) MUST_USE;

#endif
