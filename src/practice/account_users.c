/* Users and roles: made when the account is furnished, read by GetUser and ListUsers. */
#include "practice/account.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "practice/inside.h"

static bool name_is_good(const char *name)
{
    struct account_refusal ignored;
    return account_check_name("userName", name, 1, ACCOUNT_NAME_SIZE - 1, "_+=,.@-", &ignored);
}

bool account_add_user(struct account *account, const char *name, enum account_policy policy,
                      int64_t created, const unsigned char *random)
{
    if (!name_is_good(name) || account_find_user(account, name) != SIZE_MAX ||
        !account_grow((void **)&account->users, &account->user_capacity, account->user_count,
                      sizeof *account->users))
        return false;
    struct account_user *user = &account->users[account->user_count];
    *user = (struct account_user){.created = created, .policy = policy};
    text_copy(user->name, sizeof user->name, name);
    account_letters(&random, "AIDA", user->id, sizeof user->id);
    snprintf(user->arn, sizeof user->arn, "arn:aws:iam::" ACCOUNT_NUMBER ":user/%s", name);
    account->user_count++;
    return true;
}

bool account_add_role(struct account *account, const char *name, enum account_policy policy,
                      const char *trusted_user, bool needs_mfa, const unsigned char *random)
{
    if (!name_is_good(name) || !account_grow((void **)&account->roles, &account->role_capacity,
                                             account->role_count, sizeof *account->roles))
        return false;
    struct role *role = &account->roles[account->role_count];
    *role = (struct role){.policy = policy, .needs_mfa = needs_mfa};
    text_copy(role->name, sizeof role->name, name);
    text_copy(role->trusted, sizeof role->trusted, trusted_user == NULL ? "" : trusted_user);
    account_letters(&random, "AROA", role->id, sizeof role->id);
    snprintf(role->arn, sizeof role->arn, "arn:aws:iam::" ACCOUNT_NUMBER ":role/%s", name);
    account->role_count++;
    return true;
}

size_t account_user_count(const struct account *account)
{
    return account->user_count;
}

const struct account_user *account_user_at(const struct account *account, size_t index)
{
    return index < account->user_count ? &account->users[index] : NULL;
}

bool account_get_user(struct account *account, const struct account_call *call,
                      const char *user_name, const struct account_user **ret_user,
                      struct account_refusal *refusal)
{
    size_t user;
    if (!account_target(account, call->caller, user_name, false, &user, refusal) ||
        !account_allowed(account, call->caller, "GetUser", user, refusal))
        return false;
    *ret_user = &account->users[user];
    return true;
}

bool account_list_aliases(const struct account *account, const struct account_call *call,
                          struct account_refusal *refusal)
{
    return account_allowed(account, call->caller, "ListAccountAliases", SIZE_MAX, refusal);
}

static bool list_users(struct account *account, const struct account_call *call,
                       const char *action, char kind, const char *marker, int64_t max_items,
                       struct account_user_page *ret_page, struct account_refusal *refusal)
{
    size_t first, count;
    struct account_page page;
    if (!account_allowed(account, call->caller, action, SIZE_MAX, refusal) ||
        !account_page_cut(account, kind, account->user_count, marker, max_items, &first, &count,
                          &page, refusal))
        return false;
    *ret_page =
        (struct account_user_page){.users = account->users + first, .count = count, .page = page};
    return true;
}

bool account_list_users(struct account *account, const struct account_call *call,
                        const char *marker, int64_t max_items, struct account_user_page *ret_page,
                        struct account_refusal *refusal)
{
    return list_users(account, call, "ListUsers", 'u', marker, max_items, ret_page, refusal);
}

bool account_list_details(struct account *account, const struct account_call *call,
                          const char *marker, int64_t max_items,
                          struct account_user_page *ret_page, struct account_refusal *refusal)
{
    return list_users(account, call, "GetAccountAuthorizationDetails", 'a', marker, max_items,
                      ret_page, refusal);
}

bool account_role_at(const struct account *account, size_t index, struct account_role *ret_role)
{
    if (index >= account->role_count)
        return false;
    const struct role *role = &account->roles[index];
    *ret_role = (struct account_role){role->name, role->arn, role->policy};
    return true;
}

bool account_has_analyzer(const struct account *account)
{
    return account->settings.analyzer != 0;
}
