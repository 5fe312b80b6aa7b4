/* ListAccessKeys and GetAccessKeyLastUsed of those users for whom the report may be out of date. */
#include <stdlib.h>
#include <string.h>

#include "audit/judge.h"
#include "runner/inventory_inside.h"

/* The keys of one user, while they are asked for. */
struct looking {
    struct inventory *inventory;
    struct looking *next; /* of those that are held */
    bool listed;
    size_t user, count, kept, at_key;
    int64_t at;
    struct fact_key keys[FACTS_KEYS_MAX];
};

static void live_failed(struct inventory *inventory, const struct error *err)
{
    if (!inventory->live_failed)
        inventory->live_failure = *err;
    inventory->live_failed = true;
}

void inventory_drop_held(struct inventory *inventory)
{
    while (inventory->held != NULL) {
        struct looking *looking = inventory->held;
        inventory->held = looking->next;
        free(looking);
    }
}

/* --- questions and answers ---------------------------------------------------------------------*/

static void keys_listed(void *context, struct json_object *body, const struct error *err,
                        int64_t date);
static void use_read(void *context, struct json_object *body, const struct error *err, int64_t date);

/* The question that is next: the list, then each use that matters. */
static bool ask(struct looking *looking, struct error *err)
{
    struct inventory *inventory = looking->inventory;
    struct json_object *body = keeper_look(inventory->keeper);
    bool good;
    if (looking->listed) {
        body_set_string(body, "key", looking->keys[looking->at_key].id);
        good = keeper_ask(inventory->keeper, MESSAGE_READ_LAST_USED, &body, use_read, looking, err);
    } else {
        body_set_string(body, "user", inventory->facts.list[looking->user].name);
        good = keeper_ask(inventory->keeper, MESSAGE_LIST_KEYS, &body, keys_listed, looking, err);
    }
    inventory->in_flight += good;
    return good;
}

/* The answer is wanted, and is one. Otherwise it is dropped or asked again. */
static bool took(struct looking *looking, const struct error *err)
{
    struct inventory *inventory = looking->inventory;
    if (!inventory_arrived(inventory)) {
        free(looking);
        return false;
    }
    if (!inventory_throttled(inventory, err))
        return true;
    looking->next = inventory->held;
    inventory->held = looking;
    inventory_go_on(inventory);
    return false;
}

static void looked(struct looking *looking, bool good)
{
    struct inventory *inventory = looking->inventory;
    struct facts *facts = &inventory->facts;
    if (good)
        facts_put_live(facts, &facts->list[looking->user], looking->keys, looking->count, looking->at);
    free(looking);
    inventory_go_on(inventory);
}

/* Uses that are known to be young enough, and those of Inactive keys, change nothing: they are not asked for. */
static void ask_uses(struct looking *looking)
{
    const struct facts *facts = &looking->inventory->facts;
    struct error err = {0};
    while (looking->at_key < looking->kept &&
           !audit_wants_use(facts, &facts->list[looking->user], &looking->keys[looking->at_key]))
        looking->at_key++;
    if (looking->at_key < looking->kept) {
        if (ask(looking, &err))
            return;
        live_failed(looking->inventory, &err);
    }
    looked(looking, true);
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
    ask_uses(looking);
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

static void keys_listed(void *context, struct json_object *body, const struct error *err,
                        int64_t date)
{
    struct looking *looking = context;
    struct json_object *keys = body != NULL ? body_array(body, "keys") : NULL;
    if (!took(looking, err))
        return;
    if (keys == NULL) {
        if (err != NULL && err->code != ERROR_NOT_FOUND)
            live_failed(looking->inventory, err);
        looked(looking, false);
        return;
    }
    looking->listed = true;
    looking->at = date;
    looking->count = body_count(keys);
    for (size_t i = 0; i < looking->count && i < FACTS_KEYS_MAX; i++)
        take_key(looking, json_object_array_get_idx(keys, i));
    ask_uses(looking);
}

/* --- from user to user -------------------------------------------------------------------------*/

static bool is_meant(const struct inventory *inventory, const struct fact_user *user)
{
    const struct facts *facts = &inventory->facts;
    return (inventory->live_user == NULL || strcmp(user->name, inventory->live_user) == 0) &&
           access_selects(&facts->access, inventory->live_selection, user->name) &&
           audit_wants_live_keys(facts, user);
}

/* One that was held, else the next user whose keys are wanted; NULL for none. */
static struct looking *next_looking(struct inventory *inventory)
{
    const struct facts *facts = &inventory->facts;
    struct looking *looking = inventory->held;
    struct error err = {0};
    if (looking != NULL) {
        inventory->held = looking->next;
        return looking;
    }
    while (inventory->live_next < facts->user_count &&
           !is_meant(inventory, &facts->list[inventory->live_next]))
        inventory->live_next++;
    if (inventory->live_next == facts->user_count)
        return NULL;
    looking = calloc(1, sizeof *looking);
    if (looking == NULL) {
        error_set(&err, ERROR_MEMORY, "looking at keys");
        live_failed(inventory, &err);
        return NULL;
    }
    looking->inventory = inventory;
    looking->user = inventory->live_next++;
    return looking;
}

/* A permission that is missing is missing for everybody: nobody else is asked about then. */
void inventory_look_on(struct inventory *inventory, int64_t now)
{
    struct looking *looking = NULL;
    struct error err = {0};
    while (!inventory->live_failed && pace_allows(&inventory->pace, inventory->in_flight, now) &&
           (looking = next_looking(inventory)) != NULL)
        if (!ask(looking, &err)) {
            live_failed(inventory, &err);
            free(looking);
        }
    bool waits = !inventory->live_failed && (inventory->held != NULL ||
                                             inventory->live_next < inventory->facts.user_count);
    if (waits)
        inventory_wake_at(inventory, inventory->pace.until, now);
    else if (inventory->in_flight == 0)
        inventory_end(inventory, keeper_failure(inventory->keeper));
}
