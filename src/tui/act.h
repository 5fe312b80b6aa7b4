/* Carry out what the app has wished for. */
#ifndef KEYWRIGHT_TUI_ACT_H
#define KEYWRIGHT_TUI_ACT_H

#include "tui/loop.h"

/* Everything in the queue, and what that makes the app wish for. */
void act_on_wishes(struct loop *loop);

#endif
