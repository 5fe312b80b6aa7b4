/* What each dialog asks: the texts and buttons, made from the state as it is now. Pure. */
#ifndef KEYWRIGHT_TUI_ASK_H
#define KEYWRIGHT_TUI_ASK_H

#include "tui/state.h"

void ask_describe(const struct app *app, struct dialog_spec *ret_spec);
/* Open one; its key, user, question or gate are set in app->dialog before. */
void ask_open(struct app *app, enum dialog_kind kind);
/* Quiet and soak of the chosen plan, in seconds. */
void ask_plan(const struct dialog *dialog, int64_t *ret_quiet, int64_t *ret_soak);

#endif
