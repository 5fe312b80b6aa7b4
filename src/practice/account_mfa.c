/* MFA devices: RFC 6238 codes, each of which works once, and only nine tries in three minutes. */
#include "practice/inside.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/text.h"

enum { TOTP_STEP = 30 };

void account_totp_code(const unsigned char seed[ACCOUNT_SEED_SIZE], int64_t step, char ret_code[7])
{
    unsigned char counter[8], digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    for (int i = 0; i < 8; i++)
        counter[i] = (unsigned char)((uint64_t)step >> (56 - 8 * i));
    if (HMAC(EVP_sha1(), seed, ACCOUNT_SEED_SIZE, counter, sizeof counter, digest, &length) == NULL) {
        ret_code[0] = '\0'; /* no code is right */
        return;
    }
    const unsigned char *at = digest + (digest[19] & 15);
    uint32_t number =
        ((uint32_t)(at[0] & 0x7f) << 24) | ((uint32_t)at[1] << 16) | ((uint32_t)at[2] << 8) | at[3];
    snprintf(ret_code, 7, "%06u", (unsigned)(number % 1000000));
}

bool account_add_device(struct account *account, const char *user, int64_t enabled,
                        const unsigned char *random)
{
    size_t index = account_find_user(account, user);
    if (index == SIZE_MAX || !account_grow((void **)&account->devices, &account->device_capacity,
                                           account->device_count, sizeof *account->devices))
        return false;
    struct device *device = &account->devices[account->device_count];
    *device = (struct device){.user = index, .enabled = enabled, .spent = -1, .paired = -1};
    memcpy(device->seed, random, sizeof device->seed);
    snprintf(device->serial, sizeof device->serial, "arn:aws:iam::" ACCOUNT_NUMBER ":mfa/%s", user);
    account->device_count++;
    return true;
}

bool account_totp(const struct account *account, const char *user, int64_t now, char ret_code[7])
{
    for (size_t i = 0; i < account->device_count; i++)
        if (account->devices[i].user != SIZE_MAX &&
            strcmp(account->users[account->devices[i].user].name, user) == 0) {
            account_totp_code(account->devices[i].seed, now / TOTP_STEP, ret_code);
            return true;
        }
    return false;
}

static struct device *find_device(struct account *account, const struct account_caller *caller,
                                  const char *serial)
{
    for (size_t i = 0; i < account->device_count; i++)
        if (caller->kind != ACCOUNT_CALLER_ROLE && account->devices[i].user == caller->owner &&
            strcmp(account->devices[i].serial, serial) == 0)
            return &account->devices[i];
    return NULL;
}

static bool rested(struct device *device, int64_t now)
{
    if (now >= device->window_start + ACCOUNT_MFA_WINDOW || now < device->window_start) {
        device->window_start = now;
        device->tries = 0;
    }
    return device->tries++ < ACCOUNT_MFA_TRIES;
}

bool account_check_mfa(struct account *account, const struct account_caller *caller,
                       const char *serial, const char *code, int64_t now, bool *ret_mfa,
                       struct account_refusal *refusal)
{
    if (serial == NULL && code == NULL) {
        *ret_mfa = false;
        return true;
    }
    if (serial == NULL || code == NULL)
        return account_refuse(
            refusal, 403, "AccessDenied", "mfa-half",
            "MultiFactorAuthentication failed, must provide both MFA serial number and "
            "one time pass code.");
    bool six = strlen(code) == 6;
    for (const char *at = code; *at != '\0'; at++)
        six = six && isdigit((unsigned char)*at);
    if (!six)
        return account_refuse(
            refusal, 400, "ValidationError", "bad-parameter",
            "1 validation error detected: Value at 'tokenCode' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: [\\d]{6}");
    struct device *device = find_device(account, caller, serial);
    if (device == NULL || !rested(device, now))
        return account_refuse(
            refusal, 403, "AccessDenied", device == NULL ? "mfa-serial" : "mfa-tries",
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please "
            "verify your MFA serial number is valid and associated with this user.");
    for (int64_t step = now / TOTP_STEP - 1; step <= now / TOTP_STEP + 1; step++) {
        char right[7];
        account_totp_code(device->seed, step, right);
        if (step > device->spent && strcmp(right, code) == 0) {
            device->spent = step;
            *ret_mfa = true;
            return true;
        }
    }
    return account_refuse(refusal, 403, "AccessDenied", "mfa-code",
                          "MultiFactorAuthentication failed with invalid MFA one time pass code. ");
}

bool account_list_mfa_devices(struct account *account, const struct account_call *call,
                              const char *user_name, const char *marker, int64_t max_items,
                              struct account_device_page *ret_page, struct account_refusal *refusal)
{
    size_t user, total = 0, first, count;
    if (!account_target(account, call->caller, user_name, false, &user, refusal) ||
        !account_allowed(account, call->caller, "ListMFADevices", user, refusal))
        return false;
    struct account_device_page page = {.count = 0}, all = {.count = 0};
    for (size_t i = 0; i < account->device_count && total < ACCOUNT_LIST_MAXIMUM; i++) {
        const struct device *device = &account->devices[i];
        if (device->user != user)
            continue;
        struct account_device *seen = &all.devices[total++];
        seen->enabled = device->enabled;
        text_copy(seen->serial, sizeof seen->serial, device->serial);
        text_copy(seen->user, sizeof seen->user, account->users[user].name);
    }
    if (!account_page_cut(account, 'm', total, marker, max_items, &first, &count, &page.page,
                          refusal))
        return false;
    memcpy(page.devices, all.devices + first, count * sizeof *page.devices);
    page.count = count;
    *ret_page = page;
    return true;
}
