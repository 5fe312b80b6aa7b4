#include "practice/furnish.h"

#include <stdio.h>
#include <string.h>

#include <openssl/rand.h>

enum { DAY = 86400 };

#define ROLE_ARN "arn:aws:iam::" ACCOUNT_NUMBER ":role/rotation"

static const unsigned char *fresh(unsigned char random[ACCOUNT_RANDOM_SIZE])
{
    return RAND_bytes(random, ACCOUNT_RANDOM_SIZE) == 1 ? random : NULL;
}

/* A user with one key that was last used yesterday, or never when `used` is false. */
static bool add_user(struct practice *practice, const char *name, enum account_policy policy,
                     int64_t age_days, bool used, struct home_pair *ret_pair)
{
    unsigned char random[ACCOUNT_RANDOM_SIZE];
    struct account_new_key made;
    int64_t now = practice_now(practice);
    if (fresh(random) == NULL ||
        !account_add_user(practice->account, name, policy, now - (age_days + 30) * DAY, random) ||
        fresh(random) == NULL ||
        !account_add_key(practice->account, name, true, now - age_days * DAY, random, &made))
        return false;
    if (used)
        account_use_key(practice->account, made.key.id, "s3", "us-east-1",
                        now - (age_days > 0 ? DAY : 0));
    text_copy(ret_pair->key_id, sizeof ret_pair->key_id, made.key.id);
    text_copy(ret_pair->secret, sizeof ret_pair->secret, made.secret);
    return true;
}

static bool add_second(struct practice *practice, const struct options *options,
                       struct home_pair *ret_pair)
{
    unsigned char random[ACCOUNT_RANDOM_SIZE];
    struct account_new_key made;
    if (fresh(random) == NULL ||
        !account_add_key(practice->account, options->user, true,
                         practice_now(practice) - options->age_days / 4 * DAY, random, &made))
        return false;
    text_copy(ret_pair->key_id, sizeof ret_pair->key_id, made.key.id);
    text_copy(ret_pair->secret, sizeof ret_pair->secret, made.secret);
    return true;
}

static bool add_more(struct practice *practice, int64_t count)
{
    char name[ACCOUNT_NAME_SIZE];
    struct home_pair ignored;
    for (int64_t i = 1; i <= count; i++) {
        snprintf(name, sizeof name, "user-%05lld", (long long)i);
        if (!add_user(practice, name, ACCOUNT_SELF, i * 37 % 400, i % 3 != 0, &ignored))
            return false;
    }
    return true;
}

static bool apply(struct practice *practice, const struct options *options, struct error *err)
{
    for (size_t i = 0; i < options->setting_count; i++)
        if (!account_set(practice->account, options->settings[i].name, options->settings[i].value))
            return error_set(err, ERROR_USAGE, "--%s cannot be %lld", options->settings[i].name,
                             (long long)options->settings[i].value);
    for (size_t i = 0; i < options->fault_count; i++)
        if (!fault_list_add(practice->faults, options->faults[i], err))
            return false;
    return true;
}

bool furnish(struct practice *practice, const struct options *options, struct home *ret_home,
             struct error *err)
{
    unsigned char random[ACCOUNT_RANDOM_SIZE];
    struct home home = {.user = options->user, .role_arn = ROLE_ARN};
    if (!apply(practice, options, err))
        return false;
    if (options->keys < 1)
        return error_set(err, ERROR_USAGE, "--keys takes 1 or 2");
    bool made =
        add_user(practice, options->user, options->policy, options->age_days, true, &home.key) &&
        (options->keys < 2 || add_second(practice, options, &home.second)) &&
        add_user(practice, "admin", ACCOUNT_ADMIN, 10, true, &home.admin) &&
        add_more(practice, options->more_users) && fresh(random) != NULL &&
        account_add_role(practice->account, "rotation", ACCOUNT_ADMIN, options->user, false,
                         random) &&
        fresh(random) != NULL &&
        account_add_role(practice->account, "rotation-mfa", ACCOUNT_ADMIN, options->user, true,
                         random);
    if (made && options->mfa) {
        made = fresh(random) != NULL &&
               account_add_device(practice->account, options->user, practice_now(practice), random);
        snprintf(home.mfa_serial, sizeof home.mfa_serial, "arn:aws:iam::" ACCOUNT_NUMBER ":mfa/%s",
                 options->user);
    }
    if (!made)
        return error_set(err, ERROR_USAGE, "there can be no user '%.60s' here", options->user);
    *ret_home = home;
    return true;
}
