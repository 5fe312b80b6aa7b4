/* ListAccessKeys and GetAccessKeyLastUsed of those users for whom the report may be out of date. */
#include <stdlib.h>
#include <string.h>

#include "audit/judge.h"
#include "runner/inventory_inside.h"

enum { AT_ONCE = 8 /* users whose keys are being looked at */ };

/* The keys of one user, while they are asked for. */
struct looking {
    struct inventory *inventory;
    size_t user, count, kept, next;
    int64_t at;
    struct fact_key keys[FACTS_KEYS_MAX];
};

static void ask_uses(struct looking *looking);

static void live_failed(struct inventory *inventory, const struct error *err)
{
    if (!inventory->live_failed)
        inventory->live_failure = *err;
    inventory->live_failed = true;
}

static bool ask(struct looking *looking, enum message_kind kind, const char *name,
                const char *value, keeper_reply *reply, struct error *err)
{
    struct inventory *inventory = looking->inventory;
    struct json_object *body = json_object_new_object();
    body_set_string(body, name, value);
    inventory->in_flight++;
    if (keeper_ask(inventory->keeper, kind, &body, reply, looking, err))
        return true;
    inventory->in_flight--;
    return false;
}

/* False when nobody wants the answer any more. */
static bool arrived(struct looking *looking)
{
    if (inventory_arrived(looking->inventory))
        return true;
    free(looking);
    return false;
}

static void looked(struct looking *looking, bool good)
{
    struct inventory *inventory = looking->inventory;
    struct facts *facts = &inventory->facts;
    if (good && looking->user < facts->user_count)
        facts_put_live(facts, &facts->list[looking->user], looking->keys, looking->count,
                       looking->at);
    free(looking);
    inventory_look_on(inventory);
}

/* Not to be told when a key was used leaves that open, and the rest as it is. */
static void use_read(void *context, struct json_object *body, const struct error *err,
                     int64_t date)
{
    struct looking *looking = context;
    (void)date;
    if (!arrived(looking))
        return;
    struct fact_key *key = &looking->keys[looking->next++];
    if (body != NULL) {
        int64_t at = body_number(body, "used_at");
        key->use = (struct fact_use){at != 0 ? FACT_YES : FACT_NO, at};
    } else {
        live_failed(looking->inventory, err);
    }
    ask_uses(looking);
}

static void ask_uses(struct looking *looking)
{
    struct error err = {0};
    if (looking->next < looking->kept) {
        if (ask(looking, MESSAGE_READ_LAST_USED, "key", looking->keys[looking->next].id, use_read,
                &err))
            return;
        live_failed(looking->inventory, &err);
    }
    looked(looking, true);
}

static void keys_listed(void *context, struct json_object *body, const struct error *err,
                        int64_t date)
{
    struct looking *looking = context;
    struct json_object *keys = body != NULL ? body_array(body, "keys") : NULL;
    if (!arrived(looking))
        return;
    if (keys == NULL) {
        if (err != NULL && err->code != ERROR_NOT_FOUND)
            live_failed(looking->inventory, err);
        looked(looking, false);
        return;
    }
    looking->at = date;
    looking->count = body_count(keys);
    for (size_t i = 0; i < looking->count && i < FACTS_KEYS_MAX; i++) {
        struct json_object *from = json_object_array_get_idx(keys, i);
        struct fact_key *key = &looking->keys[looking->kept++];
        const char *status = body_string(from, "status");
        text_copy(key->id, sizeof key->id, body_string(from, "id"));
        key->created = body_number(from, "created");
        key->active = strcmp(status, "Active") == 0     ? FACT_YES
                      : strcmp(status, "Inactive") == 0 ? FACT_NO
                                                        : FACT_UNKNOWN;
    }
    ask_uses(looking);
}

static bool look(struct inventory *inventory, size_t user, struct error *err)
{
    struct looking *looking = calloc(1, sizeof *looking);
    if (looking == NULL)
        return error_set(err, ERROR_MEMORY, "looking at keys");
    looking->inventory = inventory;
    looking->user = user;
    if (ask(looking, MESSAGE_LIST_KEYS, "user", inventory->facts.list[user].name, keys_listed, err))
        return true;
    free(looking);
    return false;
}

/* A permission that is missing is missing for everybody: nobody else is asked about then. */
void inventory_look_on(struct inventory *inventory)
{
    const struct facts *facts = &inventory->facts;
    while (inventory->in_flight < AT_ONCE && inventory->live_next < facts->user_count &&
           !inventory->live_failed) {
        const struct fact_user *user = &facts->list[inventory->live_next++];
        struct error err = {0};
        bool meant = (inventory->live_user == NULL ||
                      strcmp(user->name, inventory->live_user) == 0) &&
                     access_selects(&facts->access, inventory->live_selection, user->name);
        if (meant && audit_wants_live_keys(facts, user) &&
            !look(inventory, inventory->live_next - 1, &err))
            live_failed(inventory, &err);
    }
    if (inventory->in_flight == 0)
        inventory_end(inventory, keeper_failure(inventory->keeper));
}
