/* From messages to handlers. What has come and is not begun waits in order, so that a thousand
 * questions at once do not need a thousand copies of a secret; when the front is gone, what waits
 * is dropped. */
#ifndef KEYWRIGHT_KEEPER_DISPATCH_H
#define KEYWRIGHT_KEEPER_DISPATCH_H

#include "keeper/context.h"

struct dispatch {
    struct message *waiting; /* [first, count) */
    size_t first, count, room;
};

void dispatch_release(struct dispatch *dispatch); /* for CLEANUP() too */

/* Read all that is there. False when the front is gone (KEEPER_GONE) or talks garbage (REPLY). */
bool dispatch_receive(struct dispatch *dispatch, struct context *context,
                      struct error *err) MUST_USE;
/* Begin what waits, as far as there is room in hand. */
void dispatch_begin(struct dispatch *dispatch, struct context *context);

#endif
