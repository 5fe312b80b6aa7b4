/* Rows out of the journal for the screens that list. Failures go to the app. */
#ifndef KEYWRIGHT_TUI_LISTS_H
#define KEYWRIGHT_TUI_LISTS_H

#include "tui/loop.h"

void lists_open(struct loop *loop);
void lists_history(struct loop *loop, const struct wish *wish);
void lists_events(struct loop *loop, const struct wish *wish);
/* The last events of the run, for the rotation screen. */
void lists_recent(struct loop *loop, const char *id, int64_t last_seq);

#endif
