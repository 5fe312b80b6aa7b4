/* Dialogs: a question over a screen, with a field, or one or two choices, or neither, and buttons.
 *
 * The first button is always Cancel. Dialogs with a field: Enter in an empty field cancels, Enter in
 * a filled one confirms if the dialog accepts the text (delete: the last four characters of the
 * key, and nothing else). Dialogs without: the focus starts on a choice or on Cancel, and only moving it
 * (Tab, arrows) and pressing Enter confirms. An option may take a text: while it is chosen and has the
 * focus, what is typed goes there. What a dialog says is made whenever it is needed (ask.h), so
 * that it is never older than the screen behind it.
 */
#ifndef KEYWRIGHT_TUI_DIALOG_H
#define KEYWRIGHT_TUI_DIALOG_H

#include "base/text.h"
#include "rotation/rotation.h"
#include "tui/keymap.h"

enum { FIELD_SIZE = 256, DIALOG_LINES = 40, DIALOG_OPTIONS = 5, DIALOG_CHOICES = 3, DIALOG_LINE_SIZE = 768 };

/* A line of input: UTF-8, the cursor at its end. */
struct field {
    char text[FIELD_SIZE];
    size_t length;
};

void field_clear(struct field *field);
/* False when the key is not one that edits. A full field takes no more. */
bool field_key(struct field *field, struct key key);

enum dialog_kind {
    DIALOG_NONE,
    DIALOG_START,    /* a new rotation: key and plan */
    DIALOG_QUESTION, /* EFFECT_ASK */
    DIALOG_OVERRIDE,
    DIALOG_ROLLBACK,
    DIALOG_ABANDON,
    DIALOG_FINDING, /* what is marked on the audit screen, in full */
    DIALOG_CHANGES, /* since the audit before */
    DIALOG_USERS,   /* whom the audit is about */
    DIALOG_CODE     /* an MFA code, to look with */
};

enum dialog_focus { FOCUS_FIELD, FOCUS_CHOICE, FOCUS_BUTTONS };

/* START: is the key in a profile here, so that `file` can take the new one? */
enum dialog_held { HELD_UNKNOWN, HELD_HERE, HELD_NOWHERE };

struct dialog {
    enum dialog_kind kind;
    enum question question; /* QUESTION */
    enum gate_id gate;      /* OVERRIDE */
    char key[KEY_ID_SIZE];  /* START; "" for the one that the profile holds */
    char user[USER_SIZE];
    enum dialog_held held;  /* START */
    char place[TEXT_SIZE];  /* START: where; "" when not known */
    enum dialog_focus focus;
    size_t choice;                  /* CHOICE: which of them has the focus */
    size_t chosen[DIALOG_CHOICES];  /* option of each */
    bool touched;                   /* the operator has chosen something */
    size_t button;
    size_t scroll;          /* first line of the body shown */
    struct field field;
    char complaint[128];
};

struct dialog_line {
    char text[DIALOG_LINE_SIZE];
    unsigned look;
};

struct dialog_option {
    const char *word;
    char says[160];
    bool takes_text;
    const char *refusal; /* why it cannot be chosen; NULL: it can */
};

struct dialog_choice {
    const char *label;
    struct dialog_option options[DIALOG_OPTIONS];
    size_t count;
};

/* What it says. */
struct dialog_spec {
    char title[96];
    struct dialog_line lines[DIALOG_LINES];
    size_t line_count;
    const char *field_label; /* NULL: no field */
    char expect[8];          /* the one text that the field confirms with; "" for any */
    const char *mismatch;    /* complaint about another text */
    struct dialog_choice choices[DIALOG_CHOICES]; /* from the top */
    size_t choice_count;
    size_t first;            /* the choice that has the focus at first */
    const char *buttons[DIALOG_OPTIONS]; /* [0] is Cancel */
    size_t button_count;
};

enum dialog_result { DIALOG_STAYS, DIALOG_CANCELLED, DIALOG_CONFIRMED };

/* Where typed text goes: the field, or the chosen option that has the focus. */
bool dialog_types(const struct dialog *dialog, const struct dialog_spec *spec);
/* The chosen option. */
const struct dialog_option *dialog_chosen(const struct dialog *dialog, const struct dialog_spec *spec,
                                          size_t choice);
/* Open with the focus where Enter cancels, or only moves on. The members of the kind are the caller's to fill. */
void dialog_open(struct dialog *dialog, enum dialog_kind kind, const struct dialog_spec *spec);
/* One key. CONFIRMED: dialog->button says by which button (from 1). Pure. */
enum dialog_result dialog_key(struct dialog *dialog, const struct dialog_spec *spec, struct key key);

#endif
