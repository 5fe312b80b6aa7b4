/* ListAccessKeys, GetAccessKeyLastUsed and ListMFADevices of those users for whom the report may be out of date. */
#include <stdlib.h>
#include <string.h>

#include "audit/judge.h"
#include "runner/inventory_inside.h"

static void live_failed(struct inventory *inventory, const struct error *err)
{
    if (!inventory->live_failed)
        inventory->live_failure = *err;
    inventory->live_failed = true;
}

static void devices_failed(struct inventory *inventory, const struct error *err)
{
    if (!inventory->devices_failed)
        inventory->devices_failure = *err;
    inventory->devices_failed = true;
}

static void release(struct looking *looking)
{
    struct looking **at = &looking->inventory->active;
    while (*at != NULL && *at != looking)
        at = &(*at)->next_active;
    if (*at != NULL)
        *at = looking->next_active;
    free(looking);
}

/* --- questions and answers ---------------------------------------------------------------------*/

static void keys_listed(void *context, struct json_object *body, const struct error *err,
                        int64_t date);
static void use_read(void *context, struct json_object *body, const struct error *err, int64_t date);
static void devices_listed(void *context, struct json_object *body, const struct error *err,
                           int64_t date);

/* Uses that are known to be young enough, and those of Inactive keys, change nothing: they are not asked for. */
static bool has_use(struct looking *looking)
{
    const struct facts *facts = &looking->inventory->facts;
    while (looking->at_key < looking->kept &&
           !audit_wants_use(facts, &facts->list[looking->user], &looking->keys[looking->at_key]))
        looking->at_key++;
    return looking->at_key < looking->kept && !looking->inventory->live_failed;
}

/* Go to the question that is next. A permission that is missing is missing for everybody: it is not asked for then. */
static bool has_question(struct looking *looking)
{
    struct inventory *inventory = looking->inventory;
    struct facts *facts = &inventory->facts;
    if (looking->stage == LOOK_KEYS && inventory->live_failed)
        looking->stage = LOOK_DEVICES;
    if (looking->stage == LOOK_USES && !has_use(looking)) {
        facts_put_live(facts, &facts->list[looking->user], looking->keys, looking->count, looking->at);
        looking->stage = LOOK_DEVICES;
    }
    if (looking->stage == LOOK_DEVICES && (!looking->wants_devices || inventory->devices_failed))
        looking->stage = LOOK_OVER;
    return looking->stage != LOOK_OVER;
}

static bool ask(struct looking *looking, struct error *err)
{
    static const struct {
        enum message_kind kind;
        keeper_reply *answered;
    } questions[] = {[LOOK_KEYS] = {MESSAGE_LIST_KEYS, keys_listed},
                     [LOOK_USES] = {MESSAGE_READ_LAST_USED, use_read},
                     [LOOK_DEVICES] = {MESSAGE_LIST_MFA, devices_listed}};
    struct inventory *inventory = looking->inventory;
    struct json_object *body = keeper_look(inventory->keeper);
    if (looking->stage == LOOK_USES)
        body_set_string(body, "key", looking->keys[looking->at_key].id);
    else
        body_set_string(body, "user", inventory->facts.list[looking->user].name);
    bool good = keeper_ask(inventory->keeper, questions[looking->stage].kind, &body,
                           questions[looking->stage].answered, looking, err);
    inventory->in_flight += good;
    return good;
}

/* Ask on about this user, or be done with it. */
static void go_on(struct looking *looking)
{
    struct error err = {0};
    while (has_question(looking)) {
        if (ask(looking, &err))
            return;
        if (looking->stage == LOOK_DEVICES)
            devices_failed(looking->inventory, &err);
        else
            live_failed(looking->inventory, &err);
    }
    release(looking);
}

static void go_on_after(struct looking *looking)
{
    struct inventory *inventory = looking->inventory;
    go_on(looking);
    inventory->go_on(inventory);
}

/* The answer is wanted, and is one. Otherwise it is dropped or asked again. */
static bool took(struct looking *looking, const struct error *err)
{
    struct inventory *inventory = looking->inventory;
    if (!inventory_arrived(inventory)) {
        free(looking);
        return false;
    }
    if (!inventory_throttled(&inventory->pace, err))
        return true;
    looking->next = inventory->held;
    inventory->held = looking;
    inventory->go_on(inventory);
    return false;
}

/* Not to be told when a key was used leaves that open, and the rest as it is. */
static void use_read(void *context, struct json_object *body, const struct error *err, int64_t date)
{
    struct looking *looking = context;
    (void)date;
    if (!took(looking, err))
        return;
    struct fact_key *key = &looking->keys[looking->at_key++];
    if (body != NULL) {
        int64_t at = body_number(body, "used_at");
        key->use = (struct fact_use){at != 0 ? FACT_YES : FACT_NO, at};
    } else {
        live_failed(looking->inventory, err);
    }
    go_on_after(looking);
}

static void take_key(struct looking *looking, struct json_object *from)
{
    struct fact_key *key = &looking->keys[looking->kept++];
    const char *status = body_string(from, "status");
    text_copy(key->id, sizeof key->id, body_string(from, "id"));
    key->created = body_number(from, "created");
    key->active = strcmp(status, "Active") == 0     ? FACT_YES
                  : strcmp(status, "Inactive") == 0 ? FACT_NO
                                                    : FACT_UNKNOWN;
}

/* A user that is gone has no devices to be asked for. */
static void not_told(struct looking *looking, const struct error *err,
                     void (*failed)(struct inventory *, const struct error *))
{
    bool gone = err != NULL && err->code == ERROR_NOT_FOUND;
    if (err != NULL && !gone)
        failed(looking->inventory, err);
    looking->stage = gone || looking->stage == LOOK_DEVICES ? LOOK_OVER : LOOK_DEVICES;
    go_on_after(looking);
}

static void keys_listed(void *context, struct json_object *body, const struct error *err,
                        int64_t date)
{
    struct looking *looking = context;
    struct json_object *keys = body != NULL ? body_array(body, "keys") : NULL;
    if (!took(looking, err))
        return;
    if (keys == NULL) {
        not_told(looking, err, live_failed);
        return;
    }
    looking->stage = LOOK_USES;
    looking->at = date;
    looking->count = body_count(keys);
    for (size_t i = 0; i < looking->count && i < FACTS_KEYS_MAX; i++)
        take_key(looking, json_object_array_get_idx(keys, i));
    go_on_after(looking);
}

/* Where AWS did not allow the list, what a profile names is no answer. */
static void devices_listed(void *context, struct json_object *body, const struct error *err,
                           int64_t date)
{
    struct looking *looking = context;
    struct json_object *devices = body != NULL ? body_array(body, "devices") : NULL;
    struct error denied;
    if (!took(looking, err))
        return;
    if (body != NULL && body_bool(body, "unlisted")) {
        error_set(&denied, ERROR_DENIED, "%.400s", body_string(body, "text"));
        not_told(looking, &denied, devices_failed);
        return;
    }
    if (devices == NULL) {
        not_told(looking, err, devices_failed);
        return;
    }
    struct facts *facts = &looking->inventory->facts;
    facts_put_devices(facts, &facts->list[looking->user], body_count(devices), date);
    looking->stage = LOOK_OVER;
    go_on_after(looking);
}

/* --- from user to user -------------------------------------------------------------------------*/

static bool is_meant(const struct inventory *inventory, const struct fact_user *user)
{
    const struct facts *facts = &inventory->facts;
    return (inventory->live_user == NULL || strcmp(user->name, inventory->live_user) == 0) &&
           access_selects(&facts->access, inventory->live_selection, user->name);
}

void inventory_begin_looking(struct inventory *inventory)
{
    const struct facts *facts = &inventory->facts;
    inventory->looks = true;
    for (size_t i = 0; i < facts->user_count && !inventory->looks_for_devices; i++)
        inventory->looks_for_devices = audit_wants_live_devices(facts, &facts->list[i]) &&
                                       is_meant(inventory, &facts->list[i]);
    inventory_say(inventory, "looking at those for whom the report may be out of date");
}

/* The next user who is to be asked about; NULL for none. */
static struct looking *begin_looking(struct inventory *inventory)
{
    const struct facts *facts = &inventory->facts;
    struct error err = {0};
    for (; inventory->live_next < facts->user_count; inventory->live_next++) {
        const struct fact_user *user = &facts->list[inventory->live_next];
        bool keys = !inventory->live_failed && audit_wants_live_keys(facts, user);
        bool devices = !inventory->devices_failed && audit_wants_live_devices(facts, user);
        if ((!keys && !devices) || !is_meant(inventory, user))
            continue;
        struct looking *looking = calloc(1, sizeof *looking);
        if (looking == NULL) {
            error_set(&err, ERROR_MEMORY, "looking at keys");
            live_failed(inventory, &err);
            devices_failed(inventory, &err);
            continue;
        }
        *looking = (struct looking){.inventory = inventory, .wants_devices = devices,
                                    .stage = keys ? LOOK_KEYS : LOOK_DEVICES,
                                    .user = inventory->live_next++, .next_active = inventory->active};
        inventory->active = looking;
        return looking;
    }
    return NULL;
}

/* Those that were held go first. */
static struct looking *next_looking(struct inventory *inventory)
{
    struct looking *looking = inventory->held;
    if (looking == NULL)
        return begin_looking(inventory);
    inventory->held = looking->next;
    return looking;
}

void inventory_look_on(struct inventory *inventory, int64_t now)
{
    struct looking *looking = NULL;
    while (pace_allows(&inventory->pace, inventory->in_flight, now) &&
           (looking = next_looking(inventory)) != NULL)
        go_on(looking);
    if (inventory->held != NULL || inventory->live_next < inventory->facts.user_count)
        inventory_wake_at(inventory, inventory->pace.until, now);
    else if (inventory->in_flight == 0 && inventory->listed)
        inventory_end(inventory, keeper_failure(inventory->keeper));
}

size_t inventory_users_settled(const struct inventory *inventory)
{
    size_t settled = inventory->live_next;
    if (!inventory->looks)
        return 0;
    if (inventory->over)
        return inventory->facts.user_count;
    for (const struct looking *at = inventory->active; at != NULL; at = at->next_active)
        if (at->user < settled)
            settled = at->user;
    return settled;
}
