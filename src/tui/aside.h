/* What is done beside the screen: the terminal is given back for it, as it was before the program, and taken again
 * when the operator says so. */
#ifndef KEYWRIGHT_TUI_ASIDE_H
#define KEYWRIGHT_TUI_ASIDE_H

#include "tui/loop.h"

/* `keywright mfa enroll` for the operator's own user. Not while a request of a rotation is in hand: nothing else
 * goes on meanwhile. */
void aside_enroll(struct loop *loop);
/* The message for a user without MFA, where it can be marked and copied without the frame of a dialog. */
void aside_message(struct loop *loop, const char *user);
/* Have the operator asked whether a command that was typed may be run ("command:CMD"). True when it may; then the
 * keeper in hand is done with, since its scope is what it was when it was started, and the next one can. Otherwise the
 * app is told why not. No reply may be owed to a run. */
bool aside_allow(struct loop *loop, const char *target);

#endif
