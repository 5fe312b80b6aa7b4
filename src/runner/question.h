/* One question to the keeper, and the wait for its answer: for programs without a screen. */
#ifndef KEYWRIGHT_RUNNER_QUESTION_H
#define KEYWRIGHT_RUNNER_QUESTION_H

#include "runner/keeper.h"

/* *ret_reply is the reply's body and the caller's to release (json_object_put). Takes over *body. Errors:
 * the keeper's, KEEPER_GONE, INTERRUPTED. */
bool question_ask(struct keeper *keeper, enum message_kind kind, struct json_object **body,
                  struct json_object **ret_reply, struct error *err) MUST_USE;
/* Wait that long. False when a signal ends it: INTERRUPTED. */
bool question_pause(int milliseconds, struct error *err) MUST_USE;

#endif
