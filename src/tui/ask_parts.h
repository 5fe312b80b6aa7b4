/* What ask_describe is made of: a rotation's dialogs are in ask.c, those that lead to one in ask_start.c, and those
 * of findings in ask_finding.c. */
#ifndef KEYWRIGHT_TUI_ASK_PARTS_H
#define KEYWRIGHT_TUI_ASK_PARTS_H

#include "tui/state.h"

void ask_say(struct dialog_spec *spec, unsigned look, const char *format, ...) FORMAT_LIKE(3, 4);
/* Title, and the buttons after Cancel; `second` NULL for none. */
void ask_buttons(struct dialog_spec *spec, const char *title, const char *first, const char *second);
/* What to type to rotate this key. */
void ask_say_command(const struct app *app, struct dialog_spec *spec, unsigned look, const char *user,
                     const char *key);

void ask_start(const struct app *app, struct dialog_spec *spec);
void ask_changes(const struct app *app, struct dialog_spec *spec);
void ask_users(const struct app *app, struct dialog_spec *spec);
void ask_finding(const struct app *app, struct dialog_spec *spec);

#endif
