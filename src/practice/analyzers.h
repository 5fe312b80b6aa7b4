/* Access Analyzer, which is asked for as REST: GET /analyzer, POST /findingv2, POST /policy/validation. */
#ifndef KEYWRIGHT_PRACTICE_ANALYZERS_H
#define KEYWRIGHT_PRACTICE_ANALYZERS_H

#include "practice/account.h"
#include "practice/request.h"

#define ANALYZERS_SERVICE "access-analyzer"

/* After request_read_fields: the field Action when the request is such a one, so that it is known by name as
 * all others are. */
void analyzers_name_action(struct request *request);
/* Is it asked for as REST? */
bool analyzers_is_rest(const struct request *request);

/* Append the whole reply to ret_reply. `region` is what the request was signed for. Refused: AccessDenied,
 * ResourceNotFoundException, ValidationException. */
bool analyzers_perform(struct account *account, const struct account_call *call, const char *region,
                       const struct request *request, struct text *ret_reply,
                       struct account_refusal *refusal) MUST_USE;

#endif
