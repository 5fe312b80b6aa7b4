/* What each dialog asks: the texts and buttons, made from the state as it is now. Pure. */
#ifndef KEYWRIGHT_TUI_ASK_H
#define KEYWRIGHT_TUI_ASK_H

#include "tui/state.h"

void ask_describe(const struct app *app, struct dialog_spec *ret_spec);
/* Open one; its key, user, question or gate are set in app->dialog before. */
void ask_open(struct app *app, enum dialog_kind kind);
/* Quiet and soak of the chosen plan, in seconds. */
void ask_plan(const struct dialog *dialog, int64_t *ret_quiet, int64_t *ret_soak);
/* Is the key said to be in wrong hands? */
bool ask_compromised(const struct dialog *dialog);
/* The dialog START begins with what the command line said. */
void ask_given(struct app *app);
/* Where the new key is to go, as --to takes it; "" for what was given at the start. */
void ask_target(const struct app *app, char *ret_target, size_t size);
/* It is known where the key of the dialog START is held. When it is nowhere, `file` is not what is proposed. */
void ask_held(struct app *app, enum dialog_held held, const char *place);

#endif
