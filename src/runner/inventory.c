#include "runner/inventory.h"

#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "runner/inventory_inside.h"
#include "runner/question.h"

enum { REPORT_MOST = 32 * 1024 * 1024, PAUSE_MS = 1000 };

bool inventory_new(struct keeper *keeper, void (*say)(void *, const char *), void *context,
                   struct inventory **ret_inventory, struct error *err)
{
    struct inventory *inventory = calloc(1, sizeof *inventory);
    if (inventory == NULL)
        return error_set(err, ERROR_MEMORY, "beginning an audit");
    inventory->keeper = keeper;
    inventory->say = say;
    inventory->say_context = context;
    inventory->wake = -1;
    facts_init(&inventory->facts);
    text_init(&inventory->base64, REPORT_MOST);
    text_init(&inventory->csv, REPORT_MOST);
    *ret_inventory = inventory;
    return true;
}

static void destroy(struct inventory *inventory)
{
    facts_release(&inventory->facts);
    text_release(&inventory->base64);
    text_release(&inventory->csv);
    free(inventory);
}

void inventory_free(struct inventory *inventory)
{
    if (inventory == NULL)
        return;
    inventory->left = true;
    if (inventory->in_flight == 0)
        destroy(inventory);
}

void inventory_cleanup(struct inventory **inventory)
{
    inventory_free(*inventory);
}

const struct facts *inventory_facts(const struct inventory *inventory)
{
    return &inventory->facts;
}

const char *inventory_arn(const struct inventory *inventory)
{
    return inventory->arn;
}

const char *inventory_csv(const struct inventory *inventory)
{
    return inventory->facts.report.have ? inventory->csv.bytes : NULL;
}

const struct error *inventory_live_failure(const struct inventory *inventory)
{
    return inventory->live_failed ? &inventory->live_failure : NULL;
}

int64_t inventory_wake(const struct inventory *inventory)
{
    return inventory->wake;
}

bool inventory_finished(const struct inventory *inventory)
{
    return inventory->over;
}

const struct error *inventory_failure(const struct inventory *inventory)
{
    return inventory->failure.code != ERROR_NONE ? &inventory->failure : NULL;
}

void inventory_progress(const struct inventory *inventory, size_t *ret_done, size_t *ret_total)
{
    size_t count;
    inventory_sources(&count);
    bool live = inventory->at >= count;
    *ret_done = live ? inventory->live_next : inventory->at;
    *ret_total = live ? inventory->facts.user_count : count;
}

void inventory_say(const struct inventory *inventory, const char *what)
{
    if (inventory->say != NULL)
        inventory->say(inventory->say_context, what);
}

/* --- from source to source ---------------------------------------------------------------------*/

static void go_on(struct inventory *inventory);

void inventory_end(struct inventory *inventory, const struct error *failure)
{
    if (!inventory->over && failure != NULL)
        inventory->failure = *failure;
    inventory->over = true;
    inventory->wake = -1;
}

bool inventory_arrived(struct inventory *inventory)
{
    inventory->in_flight--;
    if (!inventory->left)
        return true;
    if (inventory->in_flight == 0)
        destroy(inventory);
    return false;
}

/* What may be refused says so in the facts. */
static enum turn take_noted(struct inventory *inventory, const struct source *source,
                            struct json_object *body, struct error *err)
{
    struct fact_source *noted =
        (struct fact_source *)(void *)((char *)&inventory->facts + source->noted);
    if (body == NULL) {
        fact_source_fail(noted, err);
        return TURN_ON;
    }
    int64_t date = body_number(body, "date");
    fact_source_have(noted, date != 0 ? date : inventory->facts.now);
    return source->take(inventory, body, err);
}

static void say_next(const struct inventory *inventory)
{
    size_t count;
    const struct source *sources = inventory_sources(&count);
    const char *says = inventory->at < count
                           ? sources[inventory->at].says
                           : "looking at the keys of those for whom the report may be out of date";
    if (says != NULL)
        inventory_say(inventory, says);
}

static void take_turn(struct inventory *inventory, enum turn where, const struct error *failure)
{
    size_t before = inventory->at;
    switch (where) {
    case TURN_ON:
        inventory->at++;
        break;
    case TURN_SKIP:
        inventory->at += 2;
        break;
    case TURN_BACK:
        inventory->at--;
        break;
    case TURN_AGAIN:
        break;
    case TURN_PAUSE:
        inventory->wake = when_monotonic_ms() + PAUSE_MS;
        return;
    case TURN_OVER:
        inventory_end(inventory, failure);
        return;
    }
    if (inventory->at > before)
        say_next(inventory);
    go_on(inventory);
}

static void answered(void *context, struct json_object *body, const struct error *err,
                     int64_t date)
{
    struct inventory *inventory = context;
    struct error failure = {0};
    size_t count;
    (void)date;
    if (!inventory_arrived(inventory))
        return;
    if (body == NULL)
        failure = *err;
    /* Then there is no use in asking on. */
    if (body == NULL && keeper_failure(inventory->keeper) != NULL) {
        inventory_end(inventory, &failure);
        return;
    }
    const struct source *source = &inventory_sources(&count)[inventory->at];
    enum turn where = source->noted != 0 ? take_noted(inventory, source, body, &failure)
                                         : source->take(inventory, body, &failure);
    take_turn(inventory, where, &failure);
}

static bool ask(struct inventory *inventory, const struct source *source, struct error *err)
{
    struct json_object *body = json_object_new_object();
    if (source->fill != NULL)
        source->fill(inventory, body);
    inventory->in_flight++;
    if (keeper_ask(inventory->keeper, source->kind, &body, answered, inventory, err))
        return true;
    inventory->in_flight--;
    return false;
}

static void go_on(struct inventory *inventory)
{
    struct error err = {0};
    size_t count;
    const struct source *sources = inventory_sources(&count);
    inventory->wake = -1;
    if (inventory->at < count) {
        if (!ask(inventory, &sources[inventory->at], &err))
            inventory_end(inventory, &err);
        return;
    }
    inventory_look_on(inventory);
}

bool inventory_begin(struct inventory *inventory, const char *user,
                     const struct access_selection *selection, struct error *err)
{
    inventory->live_user = user;
    inventory->live_selection = selection;
    inventory->facts.now = when_now();
    inventory_say(inventory, "reading the account");
    go_on(inventory);
    if (inventory->over)
        *err = inventory->failure;
    return !inventory->over;
}

void inventory_advance(struct inventory *inventory)
{
    if (inventory->wake >= 0 && when_monotonic_ms() >= inventory->wake)
        go_on(inventory);
}

/* --- waited for --------------------------------------------------------------------------------*/

static bool wait(const struct inventory *inventory, struct error *err)
{
    int64_t left = inventory->wake - when_monotonic_ms();
    return inventory->wake < 0 || left <= 0 || question_pause((int)left, err);
}

bool inventory_gather(struct inventory *inventory, const char *user,
                      const struct access_selection *selection, struct error *err)
{
    if (!inventory_begin(inventory, user, selection, err))
        return false;
    while (!inventory->over) {
        if (!keeper_drain(inventory->keeper, err) || !wait(inventory, err))
            return false;
        inventory_advance(inventory);
    }
    if (inventory->failure.code != ERROR_NONE)
        *err = inventory->failure;
    return inventory->failure.code == ERROR_NONE;
}
