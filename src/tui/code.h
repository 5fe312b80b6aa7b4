/* The MFA code for what the screen looks at: home and audit. A rotation asks for its own (run.h), unless one was given
 * here. */
#ifndef KEYWRIGHT_TUI_CODE_H
#define KEYWRIGHT_TUI_CODE_H

#include "tui/loop.h"

/* A look failed, or was denied nearly all: a code may help. */
void code_of_survey(struct loop *loop, const struct error *why);
void code_of_audit(struct loop *loop, const struct error *why);
/* The operator gave one. */
void code_given(struct loop *loop, const char *digits);
/* code_follow.c, once a turn: ask, look again, or say why not. */
void code_follow(struct loop *loop);
/* The keeper was freed. */
void code_forget(struct loop *loop);
/* A run is let go: its session of a role is the keeper's, and good for the next one. */
void code_keep(struct loop *loop, const struct rotation *rotation);
/* For a rotation: the session that is held, or NULL. */
const struct runner_session *code_session(const struct loop *loop);

#endif
