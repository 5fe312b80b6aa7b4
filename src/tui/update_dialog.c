/* A key while a dialog is open, and what its confirmation wishes for. */
#include <string.h>

#include "tui/ask.h"
#include "tui/screens.h"

/* --- the start of a rotation ------------------------------------------------------------------*/

static const struct key_row *row_of(const struct home *home, const char *key)
{
    for (size_t i = 0; key[0] != '\0' && i < home->key_count; i++)
        if (strcmp(home->keys[i].survey.key, key) == 0)
            return &home->keys[i];
    return NULL;
}

void start_open(struct app *app, const char *key, const char *user, struct wishes *wishes)
{
    const struct key_row *row = row_of(&app->home, key);
    bool known = row != NULL && row->held != HELD_UNKNOWN;
    text_copy(app->dialog.key, sizeof app->dialog.key, key);
    text_copy(app->dialog.user, sizeof app->dialog.user, user);
    app->dialog.held = HELD_UNKNOWN;
    app->dialog.place[0] = '\0';
    ask_open(app, DIALOG_START);
    ask_given(app);
    if (known)
        ask_held(app, row->held, row->place);
    else if (key[0] != '\0')
        text_copy(wishes_add(wishes, WISH_PLACE)->key, KEY_ID_SIZE, key);
}

void start_place(struct app *app, const struct app_message *message)
{
    if (app->dialog.kind == DIALOG_START && strcmp(app->dialog.key, message->text) == 0)
        ask_held(app, message->flag ? HELD_HERE : HELD_NOWHERE, message->flag ? message->place : "");
}

/* --- an MFA code -------------------------------------------------------------------------------*/

void code_wanted(struct app *app, const struct app_message *message)
{
    app->code.open = true;
    text_copy(app->code.serial, sizeof app->code.serial, message->text);
    app->code.why = *message->error;
    if (app->dialog.kind == DIALOG_CODE)
        app->dialog.kind = DIALOG_NONE;
}

void code_ask(struct app *app, struct wishes *wishes)
{
    bool looks = app->screen == SCREEN_HOME || app->screen == SCREEN_AUDIT;
    if (!app->code.open || !looks || app->help || app->dialog.kind != DIALOG_NONE || app->findings.filtering)
        return;
    app->code.open = false;
    ask_open(app, DIALOG_CODE);
    wishes_add(wishes, WISH_BELL);
}

/* --- what was confirmed ------------------------------------------------------------------------*/

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
    app->code.open = false; /* the rotation asks for its own */
    text_copy(wish->key, sizeof wish->key, dialog->key);
    text_copy(wish->user, sizeof wish->user, dialog->user);
    ask_plan(dialog, &wish->quiet, &wish->soak);
    wish->compromised = ask_compromised(dialog);
    ask_target(app, wish->text, sizeof wish->text);
}

/* The way out of a finding; the row is still marked. */
static void mend(struct app *app, struct wishes *wishes)
{
    const struct finding_row *row = app_marked_finding(app);
    if (row == NULL || row->fix != AUDIT_FIX_ENROLL)
        return;
    const char *user = app_finding_text(app, row->resource);
    struct wish *wish = wishes_add(wishes, app_is_self(app, user) ? WISH_ENROLL : WISH_MESSAGE);
    text_copy(wish->user, sizeof wish->user, user);
}

/* One thing at a time: several together can be given on the command line. */
static void narrow(struct app *app, struct wishes *wishes)
{
    struct audience *audience = &app->findings.audience;
    const char *text = app->dialog.field.text;
    enum audience_kind kind = (enum audience_kind)app->dialog.chosen[0];
    *audience = (struct audience){.user = ""};
    switch (kind) {
    case USERS_ALL:
        break;
    case USERS_ONE:
        text_copy(audience->user, sizeof audience->user, text);
        break;
    case USERS_GROUP:
        text_copy(audience->group, sizeof audience->group, text);
        break;
    case USERS_PATH:
        text_copy(audience->path, sizeof audience->path, text);
        break;
    case USERS_TAG:
        text_copy(audience->tag, sizeof audience->tag, text);
        break;
    }
    wishes_add(wishes, WISH_AUDIT);
}

static void confirmed(struct app *app, struct wishes *wishes)
{
    const struct dialog *dialog = &app->dialog;
    static const enum wish_kind kinds[] = {[DIALOG_OVERRIDE] = WISH_OVERRIDE,
                                           [DIALOG_ROLLBACK] = WISH_ROLLBACK,
                                           [DIALOG_ABANDON] = WISH_ABANDON};
    switch (dialog->kind) {
    case DIALOG_NONE:
    case DIALOG_CHANGES:
        break;
    case DIALOG_FINDING:
        mend(app, wishes);
        break;
    case DIALOG_USERS:
        narrow(app, wishes);
        break;
    case DIALOG_START:
        start(app, wishes);
        break;
    case DIALOG_QUESTION:
        answer(app, wishes);
        break;
    case DIALOG_CODE:
        text_copy(wishes_add(wishes, WISH_CODE)->text, FIELD_SIZE, dialog->field.text);
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
    if (app->dialog.kind == DIALOG_CODE)
        app_notice(app, false, "No code was given. R asks for it again.");
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
