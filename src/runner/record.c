/* What every part of the runner does: journal an event, ask the keeper, give up. */
#include "runner/internal.h"

#include <stdlib.h>

#include <json-c/json.h>

#include "base/text.h"
#include "base/when.h"
#include "runner/reminder.h"
#include "runner/translate.h"

/* --- recording ---------------------------------------------------------------------------------- */

void runner_fail(struct runner *runner, const struct error *err)
{
    runner->failed = true;
    runner->error = *err;
}

bool runner_record(struct runner *runner, struct event *event, const char *actor, struct error *err)
{
    event->at = when_now();
    event_keep_carried(event);
    text_copy(event->actor, sizeof event->actor, actor != NULL ? actor : "keywright");
    /* Applied to a copy first: the journal stores what follows from the event beside it. */
    struct rotation *after = malloc(sizeof *after);
    if (after == NULL)
        return error_set(err, ERROR_MEMORY, "recording an event");
    *after = runner->rotation;
    bool good = rotation_apply(after, event, err) &&
                journal_append(runner->journal, runner->id, event, after, err);
    if (good) {
        runner->rotation = *after;
        runner->poked = true;
        if (event->kind == EVENT_DELETED ||
            (event->kind == EVENT_STATUS_SET && event->status == KEY_STATUS_INACTIVE))
            reminder_forget(journal_path(runner->journal), event->key);
        if (runner->told != NULL)
            runner->told(runner->told_context, &runner->rotation, event);
    }
    free(after);
    return good;
}

/* --- asking the keeper --------------------------------------------------------------------------- */

bool runner_ask(struct runner *runner, enum message_kind kind, struct json_object *body,
                keeper_reply *reply, struct error *err)
{
    runner->waiting_for_reply = true;
    if (keeper_ask(runner->keeper, kind, &body, reply, runner, err))
        return true;
    runner->waiting_for_reply = false;
    json_object_put(body);
    return false;
}

static void prepared(void *context, struct json_object *body, const struct error *err, int64_t date)
{
    (void)body, (void)date;
    struct runner *runner = context;
    if (err != NULL && err->code != ERROR_KEEPER_GONE)
        runner_fail(runner, err);
}

/* Not waited for: the keeper takes messages in their order. */
bool runner_prepare(struct runner *runner, struct error *err)
{
    struct json_object *body = translate_prepare(&runner->rotation, runner->id);
    if (keeper_ask(runner->keeper, MESSAGE_PREPARE, &body, prepared, runner, err))
        return true;
    json_object_put(body);
    return false;
}
