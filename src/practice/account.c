#include "practice/account.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "practice/inside.h"

#undef account_refuse /* here it is a function, whatever an analyser is told */

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
    free(account->report);
    free(account->events);
    free(account);
}

/* A copy of an array of `capacity` elements; NULL for none, which is no failure when it was NULL. */
static void *copied(const void *array, size_t capacity, size_t size)
{
    void *copy = array == NULL ? NULL : malloc(capacity * size);
    if (copy != NULL)
        memcpy(copy, array, capacity * size);
    return copy;
}

struct account *account_copy(const struct account *account)
{
    struct account *copy = account_new();
    if (copy == NULL)
        return NULL;
    *copy = *account;
    bool good = true;
#define COPY(array, capacity)                                                                      \
    copy->array = copied(account->array, capacity, sizeof *account->array);                        \
    good = good && (copy->array != NULL || account->array == NULL);
    COPY(users, account->user_capacity)
    COPY(keys, account->key_capacity)
    COPY(devices, account->device_capacity)
    COPY(roles, account->role_capacity)
    COPY(sessions, SESSION_MAXIMUM)
    COPY(report, account->report == NULL ? 0 : strlen(account->report) + 1)
    COPY(events, account->event_capacity)
#undef COPY
    if (good)
        return copy;
    account_free(copy);
    return NULL;
}

struct account_settings *account_settings(struct account *account)
{
    return &account->settings;
}

bool account_set(struct account *account, const char *name, int64_t value)
{
    static const struct {
        const char *name;
        size_t at; /* in account_settings, whose members are all of one type */
        int64_t least, most;
    } settings[] = {
#define X(setting, field, least, most, default_value)                                              \
    {setting, offsetof(struct account_settings, field), least, most},
        ACCOUNT_SETTING_TABLE(X)
#undef X
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        if (strcmp(name, settings[i].name) != 0)
            continue;
        if (value < settings[i].least || value > settings[i].most)
            return false;
        memcpy((char *)&account->settings + settings[i].at, &value, sizeof value);
        return true;
    }
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

size_t account_find_user(const struct account *account, const char *name)
{
    for (size_t i = 0; i < account->user_count; i++)
        if (strcmp(account->users[i].name, name) == 0)
            return i;
    return SIZE_MAX;
}
