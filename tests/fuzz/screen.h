/* An app full of somebody else's text, for the harnesses of the screens. */
#ifndef KEYWRIGHT_TESTS_FUZZ_SCREEN_H
#define KEYWRIGHT_TESTS_FUZZ_SCREEN_H

#include "tests/fuzz/fuzz.h"
#include "tui/app.h"
#include "tui/view.h"

/* The locale's encoding becomes UTF-8. False when there is no such locale here. */
bool screen_locale(void);
/* Tell the app things and press keys, as the input says. */
void screen_act(struct app *app, struct feed *feed);
/* The cells hold nothing that a terminal obeys, and their widths fill each row. */
void screen_check_grid(const struct grid *grid);

#endif
