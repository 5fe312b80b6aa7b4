#include "runner/trail.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/when.h"
#include "runner/question.h"

enum {
    PAUSE_MS = 500,    /* AWS answers two LookupEvents a second, an account and region */
    THROTTLED_MS = 3000, /* others ask too: their share is left to them */
    THROTTLED_MOST = 3,
    PAGE = 50,
    PAGES_SPARE = 50,  /* pages that may be short or empty */
    PAGES_TOLD = 10,   /* so often it is said how far it is */
    TOKEN_SIZE = 4096,
    BLIND_MOST = 2 * TRAIL_REGIONS_MAX + 16 /* two of each region, and some of all */
};

struct follower {
    struct keeper *keeper;
    const struct trail_question *question;
    void (*say)(void *, const char *);
    void *say_context;
    struct trail *trail;
    int64_t since, until;
    char regions[TRAIL_REGIONS_MAX][WORD_SIZE];
    size_t region_count;
    /* Where nothing could be read for the same reason: "R, R". */
    char denied[TRAIL_BLIND_SIZE - 256], unknown[TRAIL_BLIND_SIZE - 256];
    char permission[48]; /* that is missing in `denied` */
};

/* One region's list. */
struct list {
    const char *region;
    char token[TOKEN_SIZE];
    int64_t events, undetailed, oldest;
    int pages, throttled;
};

void trail_init(struct trail *trail)
{
    *trail = (struct trail){.used = USED_UNKNOWN};
    usage_init(&trail->usage);
}

void trail_release(struct trail *trail)
{
    usage_release(&trail->usage);
    free(trail->blind_spots);
    trail_init(trail);
}

static void add_blind_spot(struct trail *trail, const char *format, ...) FORMAT_LIKE(2, 3);

static void add_blind_spot(struct trail *trail, const char *format, ...)
{
    va_list args;
    if (trail->blind_count == BLIND_MOST)
        return;
    va_start(args, format);
    vsnprintf(trail->blind_spots[trail->blind_count++], TRAIL_BLIND_SIZE, format, args);
    va_end(args);
}

#define NOT_ALLOWED "%s%s: not allowed without the permission %s"

static void note_denial(struct trail *trail, const struct error *why)
{
    if (why->code == ERROR_DENIED && trail->denial.code == ERROR_NONE)
        trail->denial = *why;
}

/* What was asked for and could not be read. */
static void add_failure(struct trail *trail, const char *what, const struct error *why)
{
    trail->partly = true;
    note_denial(trail, why);
    if (why->code == ERROR_DENIED && why->op[0] != '\0')
        add_blind_spot(trail, NOT_ALLOWED, "", what, why->op);
    else
        add_blind_spot(trail, "%s: %.300s", what, why->text);
}

/* There is no use in asking on. */
static bool is_over(const struct follower *follower, const struct error *failure)
{
    return failure->code == ERROR_INTERRUPTED || failure->code == ERROR_MEMORY ||
           keeper_failure(follower->keeper) != NULL;
}

/* --- who, and when -----------------------------------------------------------------------------*/

static bool identify(struct follower *follower, struct error *err)
{
    struct json_object *body = keeper_look(follower->keeper), *reply = NULL;
    struct trail *trail = follower->trail;
    if (!question_ask(follower->keeper, MESSAGE_IDENTIFY, &body, &reply, err))
        return false;
    int64_t date = body_number(reply, "date");
    text_copy(trail->account, sizeof trail->account, body_string(reply, "account"));
    text_copy(trail->arn, sizeof trail->arn, body_string(reply, "arn"));
    follower->until = date != 0 ? date : when_now();
    follower->since = follower->until - follower->question->span;
    json_object_put(reply);
    return true;
}

static bool read_last_used(struct follower *follower, struct error *err)
{
    struct json_object *body = keeper_look(follower->keeper), *reply = NULL;
    struct trail *trail = follower->trail;
    struct error failure = {0};
    body_set_string(body, "key", follower->question->key);
    if (!question_ask(follower->keeper, MESSAGE_READ_LAST_USED, &body, &reply, &failure)) {
        if (is_over(follower, &failure)) {
            *err = failure;
            return false;
        }
        add_failure(trail, "when the key was last used", &failure);
        return true;
    }
    trail->used_at = body_number(reply, "used_at");
    trail->used = trail->used_at != 0 ? USED_AT : USED_NONE_RECORDED;
    text_copy(trail->user, sizeof trail->user, body_string(reply, "user"));
    text_copy(trail->used_service, sizeof trail->used_service, body_string(reply, "service"));
    text_copy(trail->used_region, sizeof trail->used_region, body_string(reply, "region"));
    json_object_put(reply);
    return true;
}

/* --- where -------------------------------------------------------------------------------------*/

/* Each once. The name of a whole partition is no region that events are in. */
static void add_region(struct follower *follower, const char *region)
{
    size_t length = strlen(region);
    bool whole = length > 7 && strcmp(region + length - 7, "-global") == 0;
    for (size_t i = 0; i < follower->region_count; i++)
        if (strcmp(follower->regions[i], region) == 0)
            return;
    if (length > 0 && !whole && follower->region_count < TRAIL_REGIONS_MAX)
        text_copy(follower->regions[follower->region_count++], WORD_SIZE, region);
}

/* "R,R" */
static void add_regions(struct follower *follower, const char *list)
{
    char region[WORD_SIZE];
    for (size_t length; *list != '\0'; list += length + (list[length] == ',')) {
        length = strcspn(list, ",");
        snprintf(region, sizeof region, "%.*s", (int)length, list);
        add_region(follower, region);
    }
}

static void choose_regions(struct follower *follower)
{
    const struct trail *trail = follower->trail;
    const struct trail_question *question = follower->question;
    add_region(follower, keeper_region(follower->keeper));
    add_region(follower, body_string(keeper_hello(follower->keeper), "home_region"));
    /* "N/A" is none */
    if (trail->used == USED_AT && strchr(trail->used_region, '/') == NULL)
        add_region(follower, trail->used_region);
    for (size_t i = 0; i < question->region_count; i++)
        add_region(follower, question->regions[i]);
    if (question->all_regions)
        add_regions(follower, body_string(keeper_hello(follower->keeper), "regions"));
}

/* --- one region --------------------------------------------------------------------------------*/

static void tell_progress(const struct follower *follower, const struct list *list)
{
    char when[WHEN_TEXT_SIZE], line[256];
    if (follower->say == NULL || list->pages % PAGES_TOLD != 0)
        return;
    snprintf(line, sizeof line, "CloudTrail in %s: %" PRId64 " events so far, back to %s",
             list->region, list->events, when_format(list->oldest, when));
    follower->say(follower->say_context, line);
}

static bool take_events(struct follower *follower, struct list *list, struct json_object *events,
                        struct error *err)
{
    for (size_t i = 0; i < body_count(events) && list->events < follower->question->most; i++) {
        struct json_object *item = json_object_array_get_idx(events, i);
        const char *region = body_string(item, "region");
        const struct usage_event event = {.at = body_number(item, "at"),
                                          .source = body_string(item, "source"),
                                          .event = body_string(item, "name"),
                                          .region = region[0] != '\0' ? region : list->region,
                                          .source_ip = body_string(item, "source_ip"),
                                          .user_agent = body_string(item, "user_agent"),
                                          .refused = body_string(item, "error")[0] != '\0'};
        if (!usage_add(&follower->trail->usage, &event, err))
            return false;
        if (list->events++ == 0 || event.at < list->oldest)
            list->oldest = event.at;
        list->undetailed += !body_bool(item, "detailed");
    }
    return true;
}

/* A page; *ret_failure is why there is none. False when there is no use in asking on. */
static bool ask_page(struct follower *follower, struct list *list, struct json_object **ret_page,
                     struct error *ret_failure, struct error *err)
{
    struct json_object *body = keeper_look(follower->keeper);
    body_set_string(body, "key", follower->question->key);
    body_set_string(body, "region", list->region);
    body_set_number(body, "since", follower->since);
    body_set_number(body, "until", follower->until);
    body_set_string(body, "token", list->token);
    *ret_failure = (struct error){0};
    if (question_ask(follower->keeper, MESSAGE_LOOKUP_EVENTS, &body, ret_page, ret_failure))
        return true;
    *ret_page = NULL;
    if (!is_over(follower, ret_failure))
        return true;
    *err = *ret_failure;
    return false;
}

/* The list's page token for the next page, or why there is no next one: NULL at its end. */
static const char *turn_page(const struct follower *follower, struct list *list, const char *token)
{
    if (token[0] == '\0')
        return NULL;
    if (strcmp(token, list->token) == 0)
        return "AWS gave one page token twice";
    if (list->pages >= follower->question->most / PAGE + PAGES_SPARE)
        return "AWS's list does not end";
    if (!text_copy(list->token, sizeof list->token, token))
        return "AWS's page token is too long";
    return list->events >= follower->question->most ? "there are more; --limit takes them" : "";
}

static void close_list(struct follower *follower, const struct list *list, const char *why)
{
    struct trail *trail = follower->trail;
    char when[WHEN_TEXT_SIZE];
    trail->regions_read++;
    trail->partly = trail->partly || list->undetailed > 0 || why != NULL;
    if (list->undetailed > 0)
        add_blind_spot(trail,
                       "CloudTrail in %s: from where and by what is not known of %" PRId64
                       " events, whose record cannot be read",
                       list->region, list->undetailed);
    if (why != NULL)
        add_blind_spot(trail,
                       "CloudTrail in %s: only the newest %" PRId64 " events were counted%s%s: %s",
                       list->region, list->events, list->events > 0 ? ", back to " : "",
                       list->events > 0 ? when_format(list->oldest, when) : "", why);
}

static void append_name(char *names, size_t size, const char *name)
{
    size_t used = strlen(names);
    snprintf(names + used, size - used, "%s%s", used > 0 ? ", " : "", name);
}

static void give_up(struct follower *follower, const struct list *list,
                    const struct error *failure)
{
    char what[128 + WORD_SIZE], when[WHEN_TEXT_SIZE];
    if (list->events == 0 && failure->code == ERROR_KEY_REFUSED) {
        append_name(follower->unknown, sizeof follower->unknown, list->region);
        return;
    }
    if (list->events == 0 && failure->code == ERROR_DENIED) {
        note_denial(follower->trail, failure);
        append_name(follower->denied, sizeof follower->denied, list->region);
        text_copy(follower->permission, sizeof follower->permission, failure->op);
        return;
    }
    snprintf(what, sizeof what, "CloudTrail in %s%s%s", list->region,
             list->events > 0 ? ", before " : "",
             list->events > 0 ? when_format(list->oldest, when) : "");
    follower->trail->regions_read += list->pages > 0;
    add_failure(follower->trail, what, failure);
}

static bool follow_region(struct follower *follower, const char *region, struct error *err)
{
    struct list list = {.region = region};
    for (const char *more = "";;) {
        struct json_object *page = NULL;
        struct error failure = {0};
        if (!ask_page(follower, &list, &page, &failure, err))
            return false;
        if (page == NULL && failure.code == ERROR_THROTTLED &&
            list.throttled++ < THROTTLED_MOST) {
            if (!question_pause(THROTTLED_MS, err))
                return false;
            continue;
        }
        if (page == NULL) {
            give_up(follower, &list, &failure);
            return true;
        }
        list.pages++;
        bool good = take_events(follower, &list, body_array(page, "events"), err);
        more = turn_page(follower, &list, body_string(page, "token"));
        json_object_put(page);
        if (!good)
            return false;
        if (more == NULL || more[0] != '\0') {
            close_list(follower, &list, more);
            return true;
        }
        tell_progress(follower, &list);
        if (!question_pause(PAUSE_MS, err))
            return false;
    }
}

/* --- all of it ---------------------------------------------------------------------------------*/

static void tell_bounds(struct follower *follower)
{
    struct trail *trail = follower->trail;
    char when[WHEN_TEXT_SIZE], asked[TRAIL_BLIND_SIZE - 256] = "";
    for (size_t i = 0; i < follower->region_count; i++)
        append_name(asked, sizeof asked, follower->regions[i]);
    trail->partly = trail->partly || follower->denied[0] != '\0' || follower->unknown[0] != '\0';
    if (follower->denied[0] != '\0')
        add_blind_spot(trail, NOT_ALLOWED, "CloudTrail in ", follower->denied,
                       follower->permission);
    if (follower->unknown[0] != '\0')
        add_blind_spot(trail,
                       "CloudTrail in %s: the key that asks is not known there, as where a region is "
                       "not enabled for the account",
                       follower->unknown);
    if (trail->usage.left_out > 0) {
        trail->partly = true;
        add_blind_spot(trail, "%" PRId64 " events, of more than %d kinds, have no line",
                       trail->usage.left_out, USAGE_ROWS_MOST);
    }
    add_blind_spot(trail, "regions other than %s were not asked%s", asked,
                   follower->question->all_regions ? "" : "; --regions and --all-regions ask more");
    add_blind_spot(trail, "what happened before %s was not asked for; CloudTrail keeps 90 days",
                   when_format(follower->since, when));
    for (size_t i = 0; usage_never_seen[i] != NULL; i++)
        add_blind_spot(trail, "%s", usage_never_seen[i]);
}

bool trail_follow(struct keeper *keeper, const struct trail_question *question,
                  void (*say)(void *, const char *), void *context, struct trail *ret_trail,
                  struct error *err)
{
    struct follower follower = {.keeper = keeper,
                                .question = question,
                                .say = say,
                                .say_context = context,
                                .trail = ret_trail};
    ret_trail->blind_spots = calloc(BLIND_MOST, sizeof *ret_trail->blind_spots);
    if (ret_trail->blind_spots == NULL)
        return error_set(err, ERROR_MEMORY, "following a key");
    if (!identify(&follower, err) || !read_last_used(&follower, err))
        return false;
    choose_regions(&follower);
    for (size_t i = 0; i < follower.region_count; i++)
        if (!follow_region(&follower, follower.regions[i], err))
            return false;
    usage_sort(&ret_trail->usage);
    tell_bounds(&follower);
    return true;
}
