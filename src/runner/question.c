#include "runner/question.h"

#include <errno.h>
#include <json-c/json.h>
#include <poll.h>
#include <stdlib.h>

struct asked {
    bool answered;
    bool given_up; /* nobody waits for it any more */
    struct json_object *body;
    struct error err;
};

static void answered(void *context, struct json_object *body, const struct error *err, int64_t date)
{
    struct asked *asked = context;
    (void)date;
    if (asked->given_up) {
        free(asked);
        return;
    }
    asked->answered = true;
    asked->body = body != NULL ? json_object_get(body) : NULL;
    if (body == NULL)
        asked->err = *err;
}

bool question_ask(struct keeper *keeper, enum message_kind kind, struct json_object **body,
                  struct json_object **ret_reply, struct error *err)
{
    struct asked *asked = calloc(1, sizeof *asked);
    if (asked == NULL)
        return error_set(err, ERROR_MEMORY, "asking the keeper");
    if (!keeper_ask(keeper, kind, body, answered, asked, err)) {
        free(asked);
        return false;
    }
    /* What was answered counts, whatever came after it. */
    bool drained = keeper_drain(keeper, err);
    if (!asked->answered) {
        asked->given_up = true;
        return !drained ? false : error_set(err, ERROR_INTERNAL, "the keeper gave no answer");
    }
    bool good = asked->body != NULL;
    if (good)
        *ret_reply = asked->body;
    else if (err != NULL)
        *err = asked->err;
    free(asked);
    return good;
}

bool question_pause(int milliseconds, struct error *err)
{
    if (poll(NULL, 0, milliseconds) < 0 && errno == EINTR)
        return error_set(err, ERROR_INTERRUPTED, "interrupted");
    return true;
}
