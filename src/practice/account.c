#include "practice/account.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "practice/inside.h"

bool account_refuse(struct account_refusal *refusal, int http, const char *code, const char *why,
                    const char *format, ...)
{
    refusal->http = http;
    refusal->code = code;
    refusal->why = why;
    va_list args;
    va_start(args, format);
    vsnprintf(refusal->message, sizeof refusal->message, format, args);
    va_end(args);
    return false;
}

bool account_refuse_token(struct account_refusal *refusal, const char *why)
{
    return account_refuse(refusal, 403, "InvalidClientTokenId", why,
                          "The security token included in the request is invalid.");
}

bool account_grow(void **array, size_t *capacity, size_t count, size_t size)
{
    if (count < *capacity)
        return true;
    size_t more = *capacity == 0 ? 8 : *capacity * 2;
    void *bigger = realloc(*array, more * size);
    if (bigger == NULL)
        return false;
    *array = bigger;
    *capacity = more;
    return true;
}

struct account *account_new(void)
{
    struct account *account = calloc(1, sizeof *account);
    if (account == NULL)
        return NULL;
    account->settings = (struct account_settings){
#define X(name, field, least, most, value) .field = value,
        ACCOUNT_SETTING_TABLE(X)
#undef X
    };
    return account;
}

void account_free(struct account *account)
{
    if (account == NULL)
        return;
    free(account->users);
    free(account->keys);
    free(account->devices);
    free(account->roles);
    free(account->sessions);
    free(account);
}

struct account_settings *account_settings(struct account *account)
{
    return &account->settings;
}

bool account_set(struct account *account, const char *name, int64_t value)
{
#define X(setting, field, least, most, default_value)                                              \
    if (strcmp(name, setting) == 0) {                                                              \
        if (value < (least) || value > (most))                                                     \
            return false;                                                                          \
        account->settings.field = value;                                                           \
        return true;                                                                               \
    }
    ACCOUNT_SETTING_TABLE(X)
#undef X
    return false;
}

/* One random byte a letter: 256 is a multiple of both alphabets' lengths, so none is favoured. */
static void spell(const unsigned char **random, const char *alphabet, size_t letters, char *to,
                  size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] = alphabet[*(*random)++ % letters];
    to[count] = '\0';
}

void account_letters(const unsigned char **random, const char *prefix, char *to, size_t size)
{
    size_t used = strlen(prefix);
    memcpy(to, prefix, used);
    spell(random, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 32, to + used, size - used - 1);
}

void account_secret(const unsigned char **random, char *to, size_t size)
{
    spell(random, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 64, to,
          size - 1);
}

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

size_t account_find_user(const struct account *account, const char *name)
{
    for (size_t i = 0; i < account->user_count; i++)
        if (strcmp(account->users[i].name, name) == 0)
            return i;
    return SIZE_MAX;
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

bool account_list_users(struct account *account, const struct account_call *call,
                        const char *marker, int64_t max_items, struct account_user_page *ret_page,
                        struct account_refusal *refusal)
{
    size_t first, count;
    struct account_page page;
    if (!account_allowed(account, call->caller, "ListUsers", SIZE_MAX, refusal) ||
        !account_page_cut(account, 'u', account->user_count, marker, max_items, &first, &count,
                          &page, refusal))
        return false;
    *ret_page =
        (struct account_user_page){.users = account->users + first, .count = count, .page = page};
    return true;
}
