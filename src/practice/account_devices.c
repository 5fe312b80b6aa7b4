/* Virtual MFA devices: made, enabled with two codes, deleted. */
#include "practice/inside.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { TOTP_STEP = 30, STEPS_AROUND = 2 };

static struct device *find_serial(struct account *account, const char *serial)
{
    for (size_t i = 0; i < account->device_count; i++)
        if (strcmp(account->devices[i].serial, serial) == 0)
            return &account->devices[i];
    return NULL;
}

/* RFC 4648, section 6; 20 bytes are 32 letters without padding. */
static void base32(const unsigned char seed[ACCOUNT_SEED_SIZE], char to[ACCOUNT_BASE32_SIZE])
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    size_t at = 0;
    uint32_t bits = 0;
    int held = 0;
    for (size_t i = 0; i < ACCOUNT_SEED_SIZE; i++) {
        bits = bits << 8 | seed[i];
        for (held += 8; held >= 5; held -= 5)
            to[at++] = letters[bits >> (held - 5) & 31];
    }
    to[at] = '\0';
}

static size_t own_user(const struct account_caller *caller)
{
    return caller->kind == ACCOUNT_CALLER_ROLE ? SIZE_MAX : caller->owner;
}

bool account_create_virtual_device(struct account *account, const struct account_call *call,
                                   const char *name, struct account_new_device *ret_device,
                                   struct account_refusal *refusal)
{
    char serial[ACCOUNT_ARN_SIZE];
    if (!account_check_name("virtualMFADeviceName", name, 1, 128, "_+=,.@-", refusal) ||
        !account_allowed(account, call->caller, "CreateVirtualMFADevice", own_user(call->caller),
                         refusal))
        return false;
    snprintf(serial, sizeof serial, "arn:aws:iam::" ACCOUNT_NUMBER ":mfa/%s", name);
    if (find_serial(account, serial) != NULL)
        return account_refuse(refusal, 409, "EntityAlreadyExists", "device-exists",
                              "MFADevice entity at the same path and name already exists.");
    if (!account_grow((void **)&account->devices, &account->device_capacity, account->device_count,
                      sizeof *account->devices))
        return account_refuse(refusal, 500, "InternalFailure", "no-memory", "Out of memory.");
    struct device *device = &account->devices[account->device_count++];
    *device = (struct device){.user = SIZE_MAX, .spent = -1, .paired = -1};
    memcpy(device->seed, call->random, sizeof device->seed);
    text_copy(device->serial, sizeof device->serial, serial);
    text_copy(ret_device->serial, sizeof ret_device->serial, serial);
    base32(device->seed, ret_device->seed);
    return true;
}

/* The later step of two that follow each other and have these codes, or -1. */
static int64_t pair_step(const struct device *device, const char *first, const char *second,
                         int64_t now)
{
    int64_t middle = now / TOTP_STEP;
    for (int64_t step = middle - STEPS_AROUND; step <= middle + STEPS_AROUND; step++) {
        char before[7], after[7];
        account_totp_code(device->seed, step - 1, before);
        account_totp_code(device->seed, step, after);
        if (step > device->paired && strcmp(before, first) == 0 && strcmp(after, second) == 0)
            return step;
    }
    return -1;
}

bool account_has_device(const struct account *account, size_t user)
{
    for (size_t i = 0; i < account->device_count; i++)
        if (account->devices[i].user == user)
            return true;
    return false;
}

bool account_enable_device(struct account *account, const struct account_call *call,
                           const char *user_name, const char *serial, const char *first,
                           const char *second, struct account_refusal *refusal)
{
    size_t user;
    if (!account_target(account, call->caller, user_name, false, &user, refusal) ||
        !account_allowed(account, call->caller, "EnableMFADevice", user, refusal))
        return false;
    /* Since April 2023 a user who has a device adds another one in a session with MFA only. */
    if (user == own_user(call->caller) && !call->caller->mfa && account_has_device(account, user))
        return account_refuse(refusal, 403, "AccessDenied", "second-device-without-mfa",
                              "User: %s is not authorized to perform: iam:EnableMFADevice because "
                              "an MFA device is enabled and the request has no MFA",
                              call->caller->arn);
    struct device *device = find_serial(account, serial);
    if (device == NULL)
        return account_refuse(refusal, 404, "NoSuchEntity", "no-such-device",
                              "VirtualMFADevice with serial number %s doesn't exist.", serial);
    if (device->user != SIZE_MAX)
        return account_refuse(refusal, 409, "EntityAlreadyExists", "device-in-use",
                              "MFADevice entity at the same path and name already exists.");
    int64_t step = pair_step(device, first, second, call->now);
    if (step < 0)
        return account_refuse(refusal, 403, "InvalidAuthenticationCode", "mfa-codes",
                              "Authentication code for device is not valid.");
    device->paired = step;
    device->user = user;
    device->enabled = call->now;
    return true;
}

bool account_delete_virtual_device(struct account *account, const struct account_call *call,
                                   const char *serial, struct account_refusal *refusal)
{
    if (!account_allowed(account, call->caller, "DeleteVirtualMFADevice", own_user(call->caller),
                         refusal))
        return false;
    struct device *device = find_serial(account, serial);
    if (device == NULL)
        return account_refuse(refusal, 404, "NoSuchEntity", "no-such-device",
                              "VirtualMFADevice with serial number %s doesn't exist.", serial);
    if (device->user != SIZE_MAX)
        return account_refuse(refusal, 409, "DeleteConflict", "device-in-use",
                              "MFA VirtualDevice in use. Must deactivate first.");
    size_t index = (size_t)(device - account->devices);
    memmove(device, device + 1, (account->device_count - index - 1) * sizeof *device);
    account->device_count--;
    return true;
}

static bool listed(const struct device *device, const char *assignment)
{
    if (strcmp(assignment, "Assigned") == 0)
        return device->user != SIZE_MAX;
    return strcmp(assignment, "Any") == 0 || device->user == SIZE_MAX;
}

static void describe(const struct account *account, const struct device *device,
                     struct account_device *ret_device)
{
    *ret_device = (struct account_device){.enabled = device->enabled};
    text_copy(ret_device->serial, sizeof ret_device->serial, device->serial);
    if (device->user == SIZE_MAX)
        return;
    text_copy(ret_device->user, sizeof ret_device->user, account->users[device->user].name);
    text_copy(ret_device->arn, sizeof ret_device->arn, account->users[device->user].arn);
}

bool account_list_virtual_devices(struct account *account, const struct account_call *call,
                                  const char *assignment, const char *marker, int64_t max_items,
                                  struct account_device_page *ret_page,
                                  struct account_refusal *refusal)
{
    size_t total = 0, first, count, seen = 0;
    struct account_device_page page = {.count = 0};
    if (assignment == NULL)
        assignment = "Any";
    if (strcmp(assignment, "Assigned") != 0 && strcmp(assignment, "Unassigned") != 0 &&
        strcmp(assignment, "Any") != 0)
        return account_refuse(refusal, 400, "ValidationError", "bad-parameter",
                              "'%.30s' is no assignment status", assignment);
    if (!account_allowed(account, call->caller, "ListVirtualMFADevices", SIZE_MAX, refusal))
        return false;
    for (size_t i = 0; i < account->device_count; i++)
        total += listed(&account->devices[i], assignment);
    if (max_items <= 0 || max_items > ACCOUNT_LIST_MAXIMUM)
        max_items = ACCOUNT_LIST_MAXIMUM;
    if (!account_page_cut(account, 'v', total, marker, max_items, &first, &count, &page.page,
                          refusal))
        return false;
    for (size_t i = 0; i < account->device_count && page.count < count; i++) {
        if (!listed(&account->devices[i], assignment) || seen++ < first)
            continue;
        describe(account, &account->devices[i], &page.devices[page.count++]);
    }
    *ret_page = page;
    return true;
}

bool account_device_code(const struct account *account, const char *serial, int64_t now,
                         int64_t step, char ret_code[7])
{
    for (size_t i = 0; i < account->device_count; i++)
        if (strcmp(account->devices[i].serial, serial) == 0) {
            account_totp_code(account->devices[i].seed, now / TOTP_STEP + step, ret_code);
            return true;
        }
    return false;
}
