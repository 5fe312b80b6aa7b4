/* A key while a dialog is open, and what its confirmation wishes for. */
#include <string.h>

#include "tui/ask.h"
#include "tui/screens.h"

static void answer(struct app *app, struct wishes *wishes)
{
    const struct dialog *dialog = &app->dialog;
    if (dialog->question == QUESTION_RECEIPT && dialog->button == 2) {
        wishes_add(wishes, WISH_RETRY);
        return;
    }
    struct wish *wish = wishes_add(wishes, WISH_ANSWER);
    const char *text = "yes";
    switch (dialog->question) {
    case QUESTION_TWO_KEYS:
        text = dialog->button == 1 ? "adopt" : "retire";
        break;
    case QUESTION_DELETE:
    case QUESTION_MFA:
    case QUESTION_DEVICE:
        text = dialog->field.text;
        break;
    case QUESTION_CREATE:
    case QUESTION_ORPHAN:
    case QUESTION_DEACTIVATE:
    case QUESTION_RECEIPT:
    case QUESTION_NONE:
    case QUESTION_COUNT:
        break;
    }
    text_copy(wish->text, sizeof wish->text, text);
}

static void start(struct app *app, struct wishes *wishes)
{
    const struct dialog *dialog = &app->dialog;
    struct wish *wish = wishes_add(wishes, WISH_START);
    text_copy(wish->key, sizeof wish->key, dialog->key);
    text_copy(wish->user, sizeof wish->user, dialog->user);
    ask_plan(dialog, &wish->quiet, &wish->soak);
}

static void confirmed(struct app *app, struct wishes *wishes)
{
    const struct dialog *dialog = &app->dialog;
    static const enum wish_kind kinds[] = {[DIALOG_OVERRIDE] = WISH_OVERRIDE,
                                           [DIALOG_ROLLBACK] = WISH_ROLLBACK,
                                           [DIALOG_ABANDON] = WISH_ABANDON};
    switch (dialog->kind) {
    case DIALOG_NONE:
    case DIALOG_FINDING:
        break;
    case DIALOG_START:
        start(app, wishes);
        break;
    case DIALOG_QUESTION:
        answer(app, wishes);
        break;
    case DIALOG_OVERRIDE:
    case DIALOG_ROLLBACK:
    case DIALOG_ABANDON: {
        struct wish *wish = wishes_add(wishes, kinds[dialog->kind]);
        wish->gate = dialog->gate;
        text_copy(wish->text, sizeof wish->text, dialog->field.text);
        break;
    }
    }
}

static void cancelled(struct app *app)
{
    struct rotation_pane *pane = &app->rotation;
    if (app->dialog.kind == DIALOG_QUESTION) {
        pane->dismissed = app->dialog.question;
        pane->dismissed_seq = pane->state.last_seq;
        app_notice(app, false, "Nothing was done. Enter asks again.");
    }
}

void question_key(struct app *app, struct key key, struct wishes *wishes)
{
    struct dialog_spec spec;
    ask_describe(app, &spec);
    switch (dialog_key(&app->dialog, &spec, key)) {
    case DIALOG_STAYS:
        return;
    case DIALOG_CANCELLED:
        cancelled(app);
        break;
    case DIALOG_CONFIRMED:
        confirmed(app, wishes);
        break;
    }
    app->dialog.kind = DIALOG_NONE;
    /* An MFA code is not kept longer than it is needed. */
    field_clear(&app->dialog.field);
}
