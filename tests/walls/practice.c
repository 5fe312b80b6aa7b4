/* The model of the practice account linked whole, with base/ and libcrypto and nothing else: that it
 * links is the test. */
#include <stdio.h>

#include "practice/account.h"

int main(void)
{
    enum account_policy policy;
    bool named = account_policy_from_name("self", &policy) && policy == ACCOUNT_SELF;
    printf("1..1\n%sok 1 - the practice account needs base/ and libcrypto alone\n", named ? "" : "not ");
    return 0;
}
