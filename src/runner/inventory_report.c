/* The credential report: asked for until AWS has made it, then fetched in parts. */
#include <string.h>

#include "audit/base64.h"
#include "base/when.h"
#include "runner/inventory_inside.h"

enum {
    REPORT_WAIT = 300, /* seconds that AWS may take to make a report */
    TRIES = 3
};

static enum turn unread(struct inventory *inventory, const struct error *failure, enum turn turn)
{
    fact_source_fail(&inventory->facts.report, failure);
    text_release(&inventory->base64);
    return turn;
}

/* A denial is kept: a report of somebody else's asking may be there all the same. */
enum turn inventory_take_made(struct inventory *inventory, struct json_object *body,
                              struct error *err)
{
    int64_t now = when_monotonic_ms();
    bool busy = body == NULL &&
                (err->code == ERROR_THROTTLED || strcmp(err->aws_code, "LimitExceeded") == 0);
    bool first = inventory->until == 0;
    if (first)
        inventory->until = now + REPORT_WAIT * INT64_C(1000);
    bool complete = body != NULL && strcmp(body_string(body, "state"), "COMPLETE") == 0;
    if (complete || (body == NULL && err->code == ERROR_DENIED)) {
        if (!complete)
            inventory->denial = *err;
        inventory->until = 0;
        return TURN_ON;
    }
    if (body == NULL && !busy)
        return unread(inventory, err, TURN_SKIP);
    if (now > inventory->until) {
        error_set(err, ERROR_TIMEOUT, "AWS did not make the report within %d s", REPORT_WAIT);
        return unread(inventory, err, TURN_SKIP);
    }
    if (first)
        inventory_say(inventory, "AWS makes a credential report; it is asked every second");
    return TURN_PAUSE;
}

void inventory_fill_report(const struct inventory *inventory, struct json_object *body)
{
    body_set_number(body, "offset", (int64_t)inventory->base64.length);
}

static bool comes_later(const struct error *err)
{
    return strcmp(err->aws_code, "ReportInProgress") == 0 ||
           strcmp(err->aws_code, "ReportNotPresent") == 0 ||
           strcmp(err->aws_code, "ReportExpired") == 0;
}

/* Between a COMPLETE and the reading a report can expire: then it is made once more. */
static enum turn not_fetched(struct inventory *inventory, const struct error *err)
{
    bool denied = inventory->denial.code != ERROR_NONE;
    if (!comes_later(err))
        return unread(inventory, err, TURN_ON);
    if (denied || ++inventory->tries == TRIES)
        return unread(inventory, denied ? &inventory->denial : err, TURN_ON);
    text_clear(&inventory->base64);
    return TURN_BACK;
}

/* What is wrong with it is then in the facts. */
static enum turn read_whole(struct inventory *inventory, int64_t generated, struct error *err)
{
    struct text *csv = &inventory->csv;
    if (!base64_decode(inventory->base64.bytes, inventory->base64.length, csv, err))
        return unread(inventory, err, TURN_ON);
    (void)!facts_read_report(&inventory->facts, csv->bytes, csv->length, generated, err);
    text_release(&inventory->base64);
    return TURN_ON;
}

/* A part that is empty or too much would never end. */
enum turn inventory_take_report(struct inventory *inventory, struct json_object *body,
                                struct error *err)
{
    if (body == NULL)
        return not_fetched(inventory, err);
    const char *part = body_string(body, "part");
    text_append(&inventory->base64, part);
    if (*part == '\0') {
        error_set(err, ERROR_REPLY, "the report came without content");
        return unread(inventory, err, TURN_ON);
    }
    if (!text_ok(&inventory->base64, err))
        return unread(inventory, err, TURN_ON);
    if ((int64_t)inventory->base64.length < body_number(body, "total"))
        return TURN_AGAIN;
    return read_whole(inventory, body_number(body, "generated"), err);
}
