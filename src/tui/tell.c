/* What the app is told by the loop. */
#include <stdio.h>

#include "tui/loop.h"

void loop_tell(struct loop *loop, const struct app_message *message)
{
    struct wishes wishes;
    app_update(loop->app, message, &wishes);
    for (size_t i = 0; i < wishes.count && loop->queued < QUEUE_MAX; i++)
        loop->queue[loop->queued++] = wishes.items[i];
    loop->dirty = true;
}

void loop_notice(struct loop *loop, bool bad, const char *text)
{
    loop_tell(loop, &(struct app_message){.kind = TO_APP_NOTICE, .text = text, .flag = bad});
}

void loop_notice_error(struct loop *loop, const struct error *error)
{
    char text[TEXT_SIZE];
    snprintf(text, sizeof text, "%.250s: %s",
             error->text[0] != '\0' ? error->text : error_sentence(error->code),
             error_remedy(error->code));
    loop_notice(loop, true, text);
}
