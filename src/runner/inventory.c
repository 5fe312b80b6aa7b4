#include "runner/inventory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "runner/inventory_inside.h"

enum { REPORT_MOST = 32 * 1024 * 1024, PAUSE_MS = 1000 };

static void cut_lanes(struct inventory *inventory)
{
    size_t count;
    const struct source *sources = inventory_sources(&count);
    for (size_t i = 0; i < count; i++) {
        if (!sources[i].follows)
            inventory->lanes[inventory->lane_count++] = (struct lane){inventory, .at = i, .said = i};
        inventory->lanes[inventory->lane_count - 1].end = i + 1;
    }
}

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
    pace_init(&inventory->pace);
    cut_lanes(inventory);
    facts_init(&inventory->facts);
    text_init(&inventory->base64, REPORT_MOST);
    text_init(&inventory->csv, REPORT_MOST);
    *ret_inventory = inventory;
    return true;
}

void inventory_validate(struct inventory *inventory)
{
    inventory->facts.validate = inventory->access_place.keep = true;
}

static void destroy(struct inventory *inventory)
{
    inventory_drop_held(inventory);
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

const struct error *inventory_denied(struct inventory *inventory)
{
    const struct facts *facts = &inventory->facts;
    const struct fact_source *all[] = {&facts->report, &facts->authorizations, &facts->users};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (!inventory->listed || all[i]->have || all[i]->permission[0] == '\0')
            return NULL;
    error_set(&inventory->all_denied, ERROR_DENIED, "the permission %s is missing, and others", facts->users.permission);
    return &inventory->all_denied;
}

bool inventory_listed(const struct inventory *inventory)
{
    return inventory->listed;
}

void inventory_progress(const struct inventory *inventory, size_t *ret_done, size_t *ret_total)
{
    size_t left = 0;
    inventory_sources(ret_total);
    for (size_t i = 0; i < inventory->lane_count; i++)
        left += inventory->lanes[i].end - inventory->lanes[i].at;
    *ret_done = *ret_total - left;
    if (!inventory->listed)
        return;
    *ret_done = inventory->live_next;
    *ret_total = inventory->facts.user_count;
}

void inventory_say(const struct inventory *inventory, const char *what)
{
    if (inventory->say != NULL)
        inventory->say(inventory->say_context, what);
}

/* --- from source to source ---------------------------------------------------------------------*/

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
        return !inventory->over;
    if (inventory->in_flight == 0)
        destroy(inventory);
    return false;
}

bool inventory_throttled(struct inventory *inventory, const struct error *err)
{
    if (err == NULL || err->code != ERROR_THROTTLED) {
        pace_pass(&inventory->pace);
        return false;
    }
    return pace_refuse(&inventory->pace, when_monotonic_ms());
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

static void take_turn(struct lane *lane, enum turn where, const struct error *failure)
{
    switch (where) {
    case TURN_ON:
        lane->at++;
        break;
    case TURN_SKIP:
        lane->at += 2;
        break;
    case TURN_BACK:
        lane->at--;
        break;
    case TURN_AGAIN:
        break;
    case TURN_PAUSE:
        lane->wake = when_monotonic_ms() + PAUSE_MS;
        break;
    case TURN_OVER:
        inventory_end(lane->inventory, failure);
        break;
    }
}

static void answered(void *context, struct json_object *body, const struct error *err,
                     int64_t date)
{
    struct lane *lane = context;
    struct inventory *inventory = lane->inventory;
    struct error failure = {0};
    size_t count;
    (void)date;
    if (!inventory_arrived(inventory))
        return;
    lane->asked = false;
    if (body == NULL)
        failure = *err;
    /* Then there is no use in asking on. */
    if (body == NULL && keeper_failure(inventory->keeper) != NULL) {
        inventory_end(inventory, &failure);
        return;
    }
    const struct source *source = &inventory_sources(&count)[lane->at];
    if (!inventory_throttled(inventory, err)) {
        enum turn where = source->noted != 0 ? take_noted(inventory, source, body, &failure)
                                             : source->take(inventory, body, &failure);
        take_turn(lane, where, &failure);
    }
    inventory_go_on(inventory);
}

static bool ask(struct lane *lane, struct error *err)
{
    size_t count;
    struct inventory *inventory = lane->inventory;
    const struct source *source = &inventory_sources(&count)[lane->at];
    struct json_object *body = keeper_look(inventory->keeper);
    if (source->says != NULL && lane->said <= lane->at)
        inventory_say(inventory, source->says);
    lane->said = lane->at + 1;
    if (source->fill != NULL)
        source->fill(inventory, body);
    if (!keeper_ask(inventory->keeper, source->kind, &body, answered, lane, err))
        return false;
    inventory->in_flight++;
    lane->asked = true;
    lane->wake = 0;
    return true;
}

void inventory_wake_at(struct inventory *inventory, int64_t when, int64_t now)
{
    if (when > now && (inventory->wake < 0 || when < inventory->wake))
        inventory->wake = when;
}

/* The lane's turn, if it is, and when it comes otherwise. True when the lane is over. */
static bool go_along(struct lane *lane, int64_t now)
{
    struct inventory *inventory = lane->inventory;
    struct error err = {0};
    if (lane->at == lane->end)
        return true;
    if (lane->asked)
        return false;
    if (lane->wake > now)
        inventory_wake_at(inventory, lane->wake, now);
    else if (!pace_allows(&inventory->pace, inventory->in_flight, now))
        inventory_wake_at(inventory, inventory->pace.until, now);
    else if (!ask(lane, &err))
        inventory_end(inventory, &err);
    return false;
}

void inventory_go_on(struct inventory *inventory)
{
    int64_t now = when_monotonic_ms();
    struct error err = {0};
    bool listed = true;
    inventory->wake = -1;
    for (size_t i = 0; i < inventory->lane_count && !inventory->over; i++) {
        listed = go_along(&inventory->lanes[i], now) && listed;
        if (i == 0 && !listed) /* who asks is not known yet */
            return;
    }
    if (inventory->over || !listed)
        return;
    if (!inventory->listed && !facts_compare_devices(&inventory->facts, &err)) {
        inventory_end(inventory, &err);
        return;
    }
    if (!inventory->listed)
        inventory_say(inventory, "looking at the keys of those for whom the report may be out of date");
    inventory->listed = true;
    inventory_look_on(inventory, now);
}

bool inventory_begin(struct inventory *inventory, const char *user,
                     const struct access_selection *selection, struct error *err)
{
    inventory->live_user = user;
    inventory->live_selection = selection;
    inventory->facts.now = when_now();
    inventory_say(inventory, "reading the account");
    inventory_go_on(inventory);
    if (inventory->over)
        *err = inventory->failure;
    return !inventory->over;
}

void inventory_advance(struct inventory *inventory)
{
    if (inventory->wake >= 0 && when_monotonic_ms() >= inventory->wake)
        inventory_go_on(inventory);
}

/* --- waited for --------------------------------------------------------------------------------*/

/* For an answer, or until it is time to ask on. */
static bool wait(const struct inventory *inventory, struct error *err)
{
    struct pollfd ready = keeper_pollfd(inventory->keeper);
    int64_t left = inventory->wake - when_monotonic_ms();
    int timeout = inventory->wake < 0 ? -1 : left > 0 ? (int)left : 0;
    if (poll(&ready, 1, timeout) >= 0)
        return keeper_run(inventory->keeper, err);
    if (errno == EINTR)
        return error_set(err, ERROR_INTERRUPTED, "interrupted");
    return error_set_errno(err, ERROR_IO, errno, "waiting for the keeper");
}

static bool gather(struct inventory *inventory, bool all, struct error *err)
{
    while (!inventory->over && (all || !inventory->listed)) {
        if (!wait(inventory, err))
            return false;
        inventory_advance(inventory);
        inventory_say(inventory, NULL);
    }
    if (inventory->failure.code != ERROR_NONE)
        *err = inventory->failure;
    return inventory->failure.code == ERROR_NONE;
}

bool inventory_gather_lists(struct inventory *inventory, const char *user,
                            const struct access_selection *selection, struct error *err)
{
    return inventory_begin(inventory, user, selection, err) && gather(inventory, false, err);
}

bool inventory_gather_keys(struct inventory *inventory, struct error *err)
{
    return gather(inventory, true, err);
}
