/* An audit while the screen goes on: begun, followed and let go of. Its findings go to the app. */
#ifndef KEYWRIGHT_TUI_AUDIT_H
#define KEYWRIGHT_TUI_AUDIT_H

#include "tui/loop.h"

/* Begin one; another that is under way is stopped. Failures go to the app. */
void audit_begin(struct loop *loop);
/* Go on, and tell the app what there is by now. To be called whenever the keeper has run, and when audit_wake
 * says so. */
void audit_follow(struct loop *loop);
/* When it has to be followed, in monotonic milliseconds; -1: when the keeper has run. */
int64_t audit_wake(const struct loop *loop);
/* Stop it, if there is one. */
void audit_stop(struct loop *loop);

#endif
