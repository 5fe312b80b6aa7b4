/* What GetAccountAuthorizationDetails tells of the practice account: its kinds of policy as the policies and
 * groups that they would be in a real one. */
#ifndef KEYWRIGHT_PRACTICE_DETAILS_H
#define KEYWRIGHT_PRACTICE_DETAILS_H

#include "practice/account.h"
#include "practice/request.h"

/* Append the lists that the request's filters ask for. Groups, roles and, when there are `flawed` ones, policies come
 * with the first page. */
void details_append(const struct account *account, const struct account_user_page *page, bool flawed,
                    const struct request *request, struct text *reply);

#endif
