#include "tui/dialog.h"

#include <string.h>

void field_clear(struct field *field)
{
    *field = (struct field){0};
}

static void take(struct field *field, uint32_t point)
{
    char bytes[4];
    size_t length = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (point < 0x20 || point == 0x7f || field->length + length >= sizeof field->text)
        return;
    bytes[0] = length == 1 ? (char)point : (char)((0xf00u >> length) | point >> 6 * (length - 1));
    for (size_t i = 1; i < length; i++)
        bytes[i] = (char)(0x80 | (point >> 6 * (length - 1 - i) & 0x3f));
    memcpy(field->text + field->length, bytes, length);
    field->length += length;
    field->text[field->length] = '\0';
}

static void drop(struct field *field)
{
    while (field->length > 0 && (field->text[--field->length] & 0xc0) == 0x80)
        ;
    field->text[field->length] = '\0';
}

bool field_key(struct field *field, struct key key)
{
    if (key.press == PRESS_CHAR) {
        take(field, key.point);
        return true;
    }
    if (key.press != PRESS_BACKSPACE)
        return false;
    drop(field);
    return true;
}

void dialog_open(struct dialog *dialog, enum dialog_kind kind, const struct dialog_spec *spec)
{
    dialog->kind = kind;
    bool body = spec->field_label != NULL || spec->choice_count > 0;
    dialog->focus = body ? FOCUS_BODY : FOCUS_BUTTONS;
    dialog->choice = dialog->button = dialog->scroll = 0;
    dialog->complaint[0] = '\0';
    field_clear(&dialog->field);
}

/* Body first, where there is one to focus, then the buttons, round. */
static void move_focus(struct dialog *dialog, const struct dialog_spec *spec, bool forward)
{
    size_t body = spec->field_label != NULL || spec->choice_count > 0;
    size_t places = body + spec->button_count;
    size_t place = dialog->focus == FOCUS_BODY ? 0 : body + dialog->button;
    place = (place + (forward ? 1 : places - 1)) % places;
    dialog->focus = place < body ? FOCUS_BODY : FOCUS_BUTTONS;
    dialog->button = place < body ? 0 : place - body;
}

static enum dialog_result confirm(struct dialog *dialog, const struct dialog_spec *spec,
                                  size_t button)
{
    dialog->complaint[0] = '\0';
    if (button == 0)
        return DIALOG_CANCELLED;
    const char *typed = dialog->field.text;
    bool wrong = spec->field_label != NULL &&
                 (typed[0] == '\0' || (spec->expect[0] != '\0' && strcmp(typed, spec->expect) != 0));
    if (wrong) {
        text_copy(dialog->complaint, sizeof dialog->complaint, spec->mismatch);
        field_clear(&dialog->field);
        dialog->focus = FOCUS_BODY;
        dialog->button = 0;
        return DIALOG_STAYS;
    }
    dialog->button = button;
    return DIALOG_CONFIRMED;
}

static enum dialog_result enter(struct dialog *dialog, const struct dialog_spec *spec)
{
    if (dialog->focus == FOCUS_BUTTONS)
        return confirm(dialog, spec, dialog->button);
    if (spec->field_label != NULL)
        return confirm(dialog, spec, dialog->field.text[0] == '\0' ? 0 : 1);
    move_focus(dialog, spec, true);
    return DIALOG_STAYS;
}

/* Up and down: in a choice they choose, elsewhere they scroll the body. */
static void vertical(struct dialog *dialog, const struct dialog_spec *spec, bool down)
{
    if (dialog->focus == FOCUS_BODY && spec->choice_count > 0) {
        if (down && dialog->choice + 1 < spec->choice_count)
            dialog->choice++;
        if (!down && dialog->choice > 0)
            dialog->choice--;
        return;
    }
    if (!down)
        dialog->scroll -= dialog->scroll > 0;
    else if (dialog->scroll + 1 < spec->line_count)
        dialog->scroll++;
}

enum dialog_result dialog_key(struct dialog *dialog, const struct dialog_spec *spec, struct key key)
{
    bool in_field = dialog->focus == FOCUS_BODY && spec->field_label != NULL;
    if (in_field && field_key(&dialog->field, key)) {
        dialog->complaint[0] = '\0';
        return DIALOG_STAYS;
    }
    uint32_t letter = key.press == PRESS_CHAR ? key.point : 0;
    if (key.press == PRESS_ESC)
        return DIALOG_CANCELLED;
    if (key.press == PRESS_ENTER)
        return enter(dialog, spec);
    if (key.press == PRESS_TAB || key.press == PRESS_RIGHT || letter == 'l')
        move_focus(dialog, spec, true);
    if (key.press == PRESS_BACKTAB || key.press == PRESS_LEFT || letter == 'h')
        move_focus(dialog, spec, false);
    if (key.press == PRESS_DOWN || key.press == PRESS_PAGE_DOWN || letter == 'j')
        vertical(dialog, spec, true);
    if (key.press == PRESS_UP || key.press == PRESS_PAGE_UP || letter == 'k')
        vertical(dialog, spec, false);
    return DIALOG_STAYS;
}
