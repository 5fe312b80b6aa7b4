/* The app: what the terminal interface knows, and how it changes.
 *
 *     app_update(app, message, wishes)     a key, a new size, the clock, data that arrived
 *     view(app, grid)                      what it looks like (view.h)
 *
 * app_update acts on nothing: it changes the app and returns wishes, which the loop (tui.c) carries
 * out through the runner. No rule of rotation lives here; what may be done, and what comes next, is
 * what rotation/ and the runner say. Pure: no input or output, no clock, no terminal.
 *
 * A screen is one of enum tui_screen; help and dialogs lie over it. A dialog takes all keys until it is
 * answered or left. In each dialog about something dangerous the focus starts where Enter cancels,
 * so that a key pressed before the dialog was seen confirms nothing.
 */
#ifndef KEYWRIGHT_TUI_APP_H
#define KEYWRIGHT_TUI_APP_H

#include "tui/state.h"

/* Memory for the lists. MEMORY. */
bool app_init(struct app *app, bool unicode, struct error *err) MUST_USE;
void app_release(struct app *app); /* for CLEANUP() too */

/* The one way to change an app. Total. *ret_wishes is what was wished for by this message. */
void app_update(struct app *app, const struct app_message *message, struct wishes *ret_wishes);

#endif
