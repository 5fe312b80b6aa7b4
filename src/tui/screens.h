/* How each screen takes commands and data: the parts that app_update is made of. */
#ifndef KEYWRIGHT_TUI_SCREENS_H
#define KEYWRIGHT_TUI_SCREENS_H

#include "tui/state.h"

/* A key while a dialog is open. */
void question_key(struct app *app, struct key key, struct wishes *wishes);

/* Ask for the plan of a new rotation; both may be "". Where the key is held is found out meanwhile. */
void start_open(struct app *app, const char *key, const char *user, struct wishes *wishes);
/* It was. */
void start_place(struct app *app, const struct app_message *message);

/* An MFA code is wanted, to look with; and it is asked for when nothing else is. */
void code_wanted(struct app *app, const struct app_message *message);
void code_ask(struct app *app, struct wishes *wishes);

void home_command(struct app *app, enum command command, struct wishes *wishes);
void home_message(struct app *app, const struct app_message *message);

void rotation_command(struct app *app, enum command command, struct wishes *wishes);
void rotation_message(struct app *app, const struct app_message *message, struct wishes *wishes);

/* Show the list from its newest row. */
void history_open(struct app *app, struct wishes *wishes);
void history_command(struct app *app, enum command command, struct wishes *wishes);
/* A key while the filter is typed. */
void history_key(struct app *app, struct key key, struct wishes *wishes);
void history_message(struct app *app, const struct app_message *message);
/* Load the page again, at a new size or on request. */
void history_reload(struct app *app, struct wishes *wishes);

/* Show the findings; the first time they are gathered. */
void findings_open(struct app *app, struct wishes *wishes);
void findings_command(struct app *app, enum command command, struct wishes *wishes);
/* A key while the filter is typed. */
void findings_key(struct app *app, struct key key);
void findings_message(struct app *app, const struct app_message *message);
/* A rotation of this key begins from this screen, and will lead back to it. */
void findings_begun(struct app *app, const char *key);
/* Back from that rotation: the next of the queue is offered. */
void findings_back(struct app *app, struct wishes *wishes);
void findings_release(struct findings *findings);
/* shown_findings.c: by status, then severity: rows of the least come first. */
int findings_rank(const struct audit_check *check, enum audit_status status);
/* Filter and `passed` have changed. What is marked stays so while it is shown. */
void findings_show(struct app *app);
/* Rows have come. The mark of somebody who has moved it does not go from its finding; otherwise it is on what is worst. */
void findings_arrange(struct app *app);

void events_open(struct app *app, const char *id, struct wishes *wishes);
void events_command(struct app *app, enum command command, struct wishes *wishes);
void events_message(struct app *app, const struct app_message *message);
void events_reload(struct app *app, struct wishes *wishes);

#endif
