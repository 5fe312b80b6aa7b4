/* Things for the screens of the unit test to show. All times are around FIXTURE_NOW. */
#ifndef KEYWRIGHT_TESTS_TUI_FIXTURES_H
#define KEYWRIGHT_TESTS_TUI_FIXTURES_H

#include "tui/app.h"

#define FIXTURE_NOW INT64_C(1768480496) /* 2026-01-15T12:34:56Z */
#define OLD_KEY "AKIAOLDOLDOLDOLD0001"
#define NEW_KEY "AKIANEWNEWNEWNEW0002"

/* Tell the app what the name stands for ("survey", "ask_delete", ...). False when there is no such
 * fixture. What is wished for meanwhile is answered from the fixtures' journal. */
bool fixture_tell(struct app *app, const char *name);
/* Those of the audit screen (tui_findings.c). False when there is no such fixture. */
bool fixture_tell_findings(struct app *app, const char *name);
/* "KEY PLACE": the key was looked for, and found there; "KEY": nowhere. */
void fixture_place(struct app *app, const char *words);
/* Update, and answer the wishes for rows. Wishes that act are counted in *counts by kind. */
void fixture_update(struct app *app, const struct app_message *message, size_t counts[32]);

#endif
