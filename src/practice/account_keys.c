/* Access keys: making, switching, deleting, listing, and who sees a change when. */
#include "practice/inside.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

struct key *account_find_key(struct account *account, const char *id)
{
    for (size_t i = 0; i < account->key_count; i++)
        if (strcmp(account->keys[i].id, id) == 0)
            return &account->keys[i];
    return NULL;
}

/* Is a change made at `at` still unknown where we look? For `delay` it is unknown everywhere, then
 * for `flap` every second look meets a replica that is behind. */
static bool behind(const struct account *account, struct key *key, int64_t at, int64_t delay,
                   int64_t now)
{
    if (now < at + delay)
        return true;
    if (now < at + delay + account->settings.flap)
        return key->looks++ % 2 == 0;
    return false;
}

bool account_key_works(struct account *account, struct key *key, int64_t now, const char **ret_why)
{
    const struct account_settings *set = &account->settings;
    bool active = key->active;
    if (key->fresh && behind(account, key, key->created, set->new_key_delay, now)) {
        *ret_why = "new-key-not-propagated";
        return false;
    }
    if (key->changed != 0 && behind(account, key, key->changed, set->status_delay, now))
        active = key->was_active;
    if (key->deleted != 0 && !behind(account, key, key->deleted, set->status_delay, now)) {
        *ret_why = "deleted-key";
        return false;
    }
    if (!active)
        *ret_why = "inactive-key";
    return active;
}

static struct key *make_key(struct account *account, size_t user, int64_t created,
                            const unsigned char *random)
{
    if (!account_grow((void **)&account->keys, &account->key_capacity, account->key_count,
                      sizeof *account->keys))
        return NULL;
    struct key *key = &account->keys[account->key_count];
    *key = (struct key){.user = user, .created = created, .active = true};
    account_letters(&random, "AKIA", key->id, sizeof key->id);
    account_secret(&random, key->secret, sizeof key->secret);
    account->key_count++;
    return key;
}

static struct account_key view(const struct account *account, const struct key *key)
{
    struct account_key seen = {.active = key->active, .created = key->created};
    text_copy(seen.user, sizeof seen.user, account->users[key->user].name);
    text_copy(seen.id, sizeof seen.id, key->id);
    return seen;
}

static struct account_new_key view_new(const struct account *account, const struct key *key)
{
    struct account_new_key seen = {.key = view(account, key)};
    text_copy(seen.secret, sizeof seen.secret, key->secret);
    return seen;
}

bool account_add_key(struct account *account, const char *user, bool active, int64_t created,
                     const unsigned char *random, struct account_new_key *ret_key)
{
    size_t index = account_find_user(account, user);
    struct key *key = index == SIZE_MAX ? NULL : make_key(account, index, created, random);
    if (key == NULL)
        return false;
    key->active = active;
    *ret_key = view_new(account, key);
    return true;
}

size_t account_key_count(const struct account *account)
{
    return account->key_count;
}

bool account_key_at(const struct account *account, size_t index, struct account_key *ret_key)
{
    if (index >= account->key_count || account->keys[index].deleted != 0)
        return false;
    *ret_key = view(account, &account->keys[index]);
    return true;
}

bool account_key_idle(const struct account *account, size_t index, int64_t since)
{
    const struct key *key = &account->keys[index];
    int64_t used = key->use_count > 0 ? key->uses[(key->use_count - 1) % USE_RING].at : key->created;
    return key->deleted == 0 && key->active && used < since;
}

bool account_create_access_key(struct account *account, const struct account_call *call,
                               const char *user_name, struct account_new_key *ret_key,
                               struct account_refusal *refusal)
{
    size_t user;
    /* A key that is switched off or gone, but still believed elsewhere, cannot beget another. */
    if (call->caller->outdated)
        return account_refuse_token(refusal, "key-not-active-makes-a-key");
    if (!account_target(account, call->caller, user_name, true, &user, refusal) ||
        !account_allowed(account, call->caller, "CreateAccessKey", user, refusal))
        return false;
    int64_t held = 0;
    for (size_t i = 0; i < account->key_count; i++)
        held += account->keys[i].user == user && account->keys[i].deleted == 0;
    if (held >= account->settings.key_limit)
        return account_refuse(refusal, 409, "LimitExceeded", "two-keys",
                              "Cannot exceed quota for AccessKeysPerUser: %d",
                              (int)account->settings.key_limit);
    struct key *key = make_key(account, user, call->now, call->random);
    if (key == NULL)
        return account_refuse(refusal, 500, "ServiceFailure", "no-memory", "Out of memory.");
    key->fresh = true;
    *ret_key = view_new(account, key);
    return true;
}

/* The key of that user which an update or a delete is about. */
static bool target_key(struct account *account, const struct account_call *call, const char *action,
                       const char *user_name, const char *key_id, struct key **ret_key,
                       struct account_refusal *refusal)
{
    size_t user;
    if (!account_check_name("accessKeyId", key_id, 16, 128, "_", refusal) ||
        !account_target(account, call->caller, user_name, true, &user, refusal) ||
        !account_allowed(account, call->caller, action, user, refusal))
        return false;
    struct key *key = account_find_key(account, key_id);
    if (key == NULL || key->user != user || key->deleted != 0)
        return account_refuse(refusal, 404, "NoSuchEntity", "no-such-key",
                              "The Access Key with id %s cannot be found.", key_id);
    *ret_key = key;
    return true;
}

bool account_update_access_key(struct account *account, const struct account_call *call,
                               const char *user_name, const char *key_id, const char *status,
                               struct account_refusal *refusal)
{
    if (strcmp(status, "Expired") == 0)
        return account_refuse(refusal, 400, "InvalidInput", "status-expired",
                              "The status Expired cannot be set.");
    bool active = strcmp(status, "Active") == 0;
    if (!active && strcmp(status, "Inactive") != 0)
        return account_refuse(
            refusal, 400, "ValidationError", "bad-parameter",
            "1 validation error detected: Value '%.40s' at 'status' failed to satisfy "
            "constraint: Member must satisfy enum value set: [Active, Inactive, Expired]",
            status);
    struct key *key;
    if (!target_key(account, call, "UpdateAccessKey", user_name, key_id, &key, refusal))
        return false;
    if (key->active == active)
        return true;
    key->was_active = key->active;
    key->active = active;
    key->changed = call->now;
    return true;
}

bool account_delete_access_key(struct account *account, const struct account_call *call,
                               const char *user_name, const char *key_id,
                               struct account_refusal *refusal)
{
    struct key *key;
    if (!target_key(account, call, "DeleteAccessKey", user_name, key_id, &key, refusal))
        return false;
    key->deleted = call->now;
    return true;
}

/* A list shows what stood list_delay ago. */
static bool listed(const struct account *account, const struct key *key, int64_t now,
                   struct account_key *ret_seen)
{
    int64_t then = now - account->settings.list_delay;
    if ((key->fresh && key->created > then) || (key->deleted != 0 && key->deleted <= then))
        return false;
    *ret_seen = view(account, key);
    if (key->changed != 0 && key->changed > then)
        ret_seen->active = key->was_active;
    return true;
}

bool account_list_access_keys(struct account *account, const struct account_call *call,
                              const char *user_name, const char *marker, int64_t max_items,
                              struct account_key_page *ret_page, struct account_refusal *refusal)
{
    size_t user, total = 0, first, count;
    if (!account_target(account, call->caller, user_name, true, &user, refusal) ||
        !account_allowed(account, call->caller, "ListAccessKeys", user, refusal))
        return false;
    struct account_key_page page = {.count = 0}, all = {.count = 0};
    for (size_t i = 0; i < account->key_count && total < ACCOUNT_LIST_MAXIMUM; i++)
        if (account->keys[i].user == user &&
            listed(account, &account->keys[i], call->now, &all.keys[total]))
            total++;
    if (!account_page_cut(account, 'k', total, marker, max_items, &first, &count, &page.page,
                          refusal))
        return false;
    memcpy(page.keys, all.keys + first, count * sizeof *page.keys);
    page.count = count;
    *ret_page = page;
    return true;
}

/* Uses that come soon after one another are one entry that carries the latest of them, so that the
 * ring always reaches back over the whole lag, however busy the key is. */
void account_use_key(struct account *account, const char *key_id, const char *service,
                     const char *region, int64_t now)
{
    struct key *key = account_find_key(account, key_id);
    if (key == NULL)
        return;
    struct use *use = key->use_count == 0 ? NULL : &key->uses[(key->use_count - 1) % USE_RING];
    int64_t span = account->settings.last_used_lag / (USE_RING - 2) + 1;
    if (use == NULL || now - use->since >= span) {
        use = &key->uses[key->use_count++ % USE_RING];
        use->since = now;
    }
    use->at = now;
    text_copy(use->service, sizeof use->service, service);
    text_copy(use->region, sizeof use->region, region);
}

bool account_get_access_key_last_used(struct account *account, const struct account_call *call,
                                      const char *key_id, struct account_last_used *ret_used,
                                      struct account_refusal *refusal)
{
    if (!account_check_name("accessKeyId", key_id, 16, 128, "_", refusal))
        return false;
    struct key *key = account_find_key(account, key_id);
    bool there = key != NULL && key->deleted == 0;
    if (!account_allowed(account, call->caller, "GetAccessKeyLastUsed",
                         there ? key->user : SIZE_MAX, refusal))
        return false;
    if (!there)
        return account_refuse(refusal, 403, "AccessDenied", "no-such-key",
                              "User: %s is not authorized to perform: iam:GetAccessKeyLastUsed on "
                              "resource: access key %.128s",
                              call->caller->arn, key_id);
    struct account_last_used used = {.at = 0, .service = "N/A", .region = "N/A"};
    text_copy(used.user, sizeof used.user, account->users[key->user].name);
    size_t oldest = key->use_count > USE_RING ? key->use_count - USE_RING : 0;
    for (size_t i = oldest; i < key->use_count; i++) {
        const struct use *use = &key->uses[i % USE_RING];
        if (use->at > call->now - account->settings.last_used_lag)
            continue;
        used.at = use->at;
        text_copy(used.service, sizeof used.service, use->service);
        text_copy(used.region, sizeof used.region, use->region);
    }
    *ret_used = used;
    return true;
}
