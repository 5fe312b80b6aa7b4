#include "runner/inventory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/rests.h"
#include "base/when.h"
#include "runner/inventory_inside.h"

enum { REPORT_MOST = 32 * 1024 * 1024, PAUSE_MS = 1000 };

static void go_on(struct inventory *inventory);

static void cut_lanes(struct inventory *inventory)
{
    size_t count;
    const struct source *sources = inventory_sources(&count);
    for (size_t i = 0; i < count; i++) {
        if (!sources[i].follows)
            inventory->lanes[inventory->lane_count++] = (struct lane){inventory, .at = i, .said = i};
        inventory->lanes[inventory->lane_count - 1].end = i + 1;
    }
    for (size_t i = 0; i < inventory->lane_count; i++)
        pace_init(&inventory->lanes[i].pace);
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
    inventory->go_on = go_on;
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

void inventory_free(struct inventory *inventory)
{
    if (inventory == NULL)
        return;
    inventory->left = true;
    if (inventory->in_flight == 0)
        inventory_destroy(inventory);
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

const struct error *inventory_devices_failure(const struct inventory *inventory)
{
    return inventory->devices_failed ? &inventory->devices_failure : NULL;
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

/* --- what is known by now ----------------------------------------------------------------------*/

/* The bits of what was read, or could not be. */
static unsigned settled(const struct inventory *inventory)
{
    size_t count, lane = 0;
    unsigned bits = 0;
    const struct source *sources = inventory_sources(&count);
    for (size_t i = 0; i < count; i++) {
        while (inventory->lanes[lane].end <= i)
            lane++;
        if (inventory->lanes[lane].at > i)
            bits |= sources[i].settles;
    }
    return bits;
}

static bool has(const struct inventory *inventory, unsigned wanted)
{
    return (settled(inventory) & wanted) == wanted;
}

/* Of the lists without which little can be told of anybody: those that AWS let nobody read so far, and whether that is
 * known of all of them. */
static bool reads_nothing(const struct inventory *inventory, bool *ret_told)
{
    const struct facts *facts = &inventory->facts;
    const struct {
        const struct fact_source *source;
        unsigned settles;
    } all[] = {{&facts->report, RESTS_REPORT},
               {&facts->authorizations, RESTS_AUTHORIZATIONS},
               {&facts->users, RESTS_USERS}};
    *ret_told = true;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (!has(inventory, all[i].settles))
            *ret_told = false;
        else if (all[i].source->have || all[i].source->permission[0] == '\0')
            return false;
    return true;
}

const struct error *inventory_denied(struct inventory *inventory)
{
    bool told;
    if (!reads_nothing(inventory, &told) || !told)
        return NULL;
    error_set(&inventory->all_denied, ERROR_DENIED, "the permission %s is missing, and others",
              inventory->facts.users.permission);
    return &inventory->all_denied;
}

bool inventory_may_read(const struct inventory *inventory)
{
    bool told;
    return !reads_nothing(inventory, &told) || told;
}

/* Who is meant by a group or tag is known from what policies allow. */
static unsigned who(const struct inventory *inventory)
{
    return RESTS_WHO | (inventory->live_selection != NULL ? RESTS_AUTHORIZATIONS : 0U);
}

bool inventory_has_users(const struct inventory *inventory)
{
    return inventory->looks;
}

bool inventory_settled(const struct inventory *inventory, const struct audit_check *check)
{
    enum audit_live live = audit_live_of(check);
    unsigned rests = rests_on(&inventory->facts, check);
    if (inventory->over)
        return true;
    if (strcmp(check->scope, "user") == 0)
        rests |= who(inventory);
    bool looked = inventory->looks && inventory_users_settled(inventory) == inventory->facts.user_count;
    return has(inventory, rests) &&
           (live == AUDIT_LIVE_NOT || looked || (live == AUDIT_LIVE_DEVICES && !inventory->looks_for_devices));
}

bool inventory_settles_by_user(const struct inventory *inventory, const struct audit_check *check)
{
    return audit_live_of(check) != AUDIT_LIVE_NOT && inventory->looks &&
           has(inventory, rests_on(&inventory->facts, check));
}

void inventory_progress(const struct inventory *inventory, struct inventory_progress *ret_progress)
{
    size_t left = 0;
    *ret_progress = (struct inventory_progress){.looks = inventory->looks};
    inventory_sources(&ret_progress->lists);
    for (size_t i = 0; i < inventory->lane_count; i++)
        left += inventory->lanes[i].end - inventory->lanes[i].at;
    ret_progress->listed = ret_progress->lists - left;
    if (!inventory->looks)
        return;
    ret_progress->users = inventory->facts.user_count;
    ret_progress->looked = inventory_users_settled(inventory);
}

/* --- from source to source ---------------------------------------------------------------------*/

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
    if (!inventory_throttled(&lane->pace, err)) {
        enum turn where = source->noted != 0 ? take_noted(inventory, source, body, &failure)
                                             : source->take(inventory, body, &failure);
        take_turn(lane, where, &failure);
    }
    go_on(inventory);
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
    else if (!pace_allows(&lane->pace, 0, now))
        inventory_wake_at(inventory, lane->pace.until, now);
    else if (inventory->in_flight < PACE_MOST && !ask(lane, &err))
        inventory_end(inventory, &err);
    return false;
}

static void go_on(struct inventory *inventory)
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
    if (inventory->over)
        return;
    inventory->listed = listed;
    if (!inventory->compared && has(inventory, RESTS_WHO | RESTS_DEVICES)) {
        inventory->compared = true;
        if (!facts_compare_devices(&inventory->facts, &err)) {
            inventory_end(inventory, &err);
            return;
        }
    }
    if (!inventory->looks && has(inventory, who(inventory)))
        inventory_begin_looking(inventory);
    if (inventory->looks)
        inventory_look_on(inventory, now);
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

/* For an answer, or until then. */
static bool wait(const struct inventory *inventory, int64_t until, struct error *err)
{
    struct pollfd ready = keeper_pollfd(inventory->keeper);
    int64_t left = until - when_monotonic_ms();
    int timeout = until < 0 ? -1 : left > 0 ? (int)left : 0;
    if (poll(&ready, 1, timeout) >= 0)
        return keeper_run(inventory->keeper, err);
    if (errno == EINTR)
        return error_set(err, ERROR_INTERRUPTED, "interrupted");
    return error_set_errno(err, ERROR_IO, errno, "waiting for the keeper");
}

bool inventory_wait(struct inventory *inventory, int64_t until, struct error *err)
{
    int64_t wake = inventory->wake;
    if (!inventory->over) {
        if (!wait(inventory, wake < 0 || (until >= 0 && until < wake) ? until : wake, err))
            return false;
        inventory_advance(inventory);
    }
    if (inventory->failure.code != ERROR_NONE)
        *err = inventory->failure;
    return inventory->failure.code == ERROR_NONE;
}
