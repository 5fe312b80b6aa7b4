/* The event history: who called what with which key, as CloudTrail's LookupEvents tells it. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "practice/inside.h"

enum { PAGE_MOST = 50, SPAN = 90 * 86400 };

void account_record(struct account *account, const struct account_event *event)
{
    if (account->event_count < EVENTS_MAXIMUM &&
        !account_grow((void **)&account->events, &account->event_capacity, account->event_count,
                      sizeof *account->events))
        return;
    account->events[account->event_count++ % EVENTS_MAXIMUM] = *event;
}

/* Two a second, an account and region, are answered; this counts those of one region at a time. */
static bool is_too_fast(struct account *account, const char *region, int64_t now)
{
    if (account->lookups_second != now || strcmp(account->lookups_region, region) != 0) {
        account->lookups_second = now;
        text_copy(account->lookups_region, sizeof account->lookups_region, region);
        account->lookups = 0;
    }
    return account->settings.trail_rate > 0 && account->lookups++ >= account->settings.trail_rate;
}

static bool matches(const struct account *account, const struct account_event *event,
                    const struct account_lookup *lookup, int64_t now)
{
    return strcmp(event->region, lookup->region) == 0 && event->at >= lookup->from &&
           event->at <= lookup->until && event->at >= now - SPAN &&
           event->at <= now - account->settings.trail_delay &&
           (lookup->key_id == NULL || strcmp(event->key_id, lookup->key_id) == 0);
}

/* The token is the number of the event that the page before ended with. */
static bool read_token(const struct account *account, const char *token, size_t *ret_below,
                       struct account_refusal *refusal)
{
    *ret_below = account->event_count;
    if (token == NULL)
        return true;
    char *end = NULL;
    unsigned long number = strtoul(token, &end, 10);
    if (token[0] >= '0' && token[0] <= '9' && *end == '\0' && number < account->event_count) {
        *ret_below = number;
        return true;
    }
    return account_refuse(refusal, 400, "InvalidNextTokenException", "bad-token",
                          "The NextToken is not valid.");
}

static bool check_lookup(const struct account_lookup *lookup, struct account_refusal *refusal)
{
    if (lookup->from > lookup->until)
        return account_refuse(refusal, 400, "InvalidTimeRangeException", "bad-range",
                              "The start time is later than the end time.");
    if (lookup->most < 1 || lookup->most > PAGE_MOST)
        return account_refuse(refusal, 400, "InvalidMaxResultsException", "bad-page",
                              "MaxResults is from 1 to 50.");
    return true;
}

bool account_lookup_events(struct account *account, const struct account_call *call,
                           const struct account_lookup *lookup,
                           struct account_event_page *ret_page, struct account_refusal *refusal)
{
    size_t below = 0;
    if (!account_may_read(account, call, "LookupEvents", refusal))
        return false;
    if (is_too_fast(account, lookup->region, call->now))
        return account_refuse(refusal, 400, "Throttling", "too-fast", "Rate exceeded");
    if (!check_lookup(lookup, refusal) || !read_token(account, lookup->token, &below, refusal))
        return false;
    size_t most = (size_t)(lookup->most < account->settings.page_size ? lookup->most
                                                                      : account->settings.page_size);
    size_t oldest =
        account->event_count > EVENTS_MAXIMUM ? account->event_count - EVENTS_MAXIMUM : 0;
    struct account_event_page page = {.count = 0};
    for (size_t i = below; i > oldest; i--) {
        const struct account_event *event = &account->events[(i - 1) % EVENTS_MAXIMUM];
        if (!matches(account, event, lookup, call->now))
            continue;
        if (page.count == most) {
            page.more = true;
            break;
        }
        page.events[page.count++] = event;
        page.next = i - 1;
    }
    *ret_page = page;
    return true;
}
