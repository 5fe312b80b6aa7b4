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

const struct dialog_option *dialog_chosen(const struct dialog *dialog, const struct dialog_spec *spec,
                                          size_t choice)
{
    const struct dialog_choice *one = &spec->choices[choice];
    return &one->options[dialog->chosen[choice] < one->count ? dialog->chosen[choice] : 0];
}

bool dialog_types(const struct dialog *dialog, const struct dialog_spec *spec)
{
    return dialog->focus == FOCUS_FIELD ||
           (dialog->focus == FOCUS_CHOICE && dialog->choice < spec->choice_count &&
            dialog_chosen(dialog, spec, dialog->choice)->takes_text);
}

void dialog_open(struct dialog *dialog, enum dialog_kind kind, const struct dialog_spec *spec)
{
    dialog->kind = kind;
    dialog->focus = spec->field_label != NULL  ? FOCUS_FIELD
                    : spec->choice_count > 0 ? FOCUS_CHOICE
                                             : FOCUS_BUTTONS;
    dialog->choice = spec->first;
    dialog->button = dialog->scroll = 0;
    dialog->touched = false;
    memset(dialog->chosen, 0, sizeof dialog->chosen);
    dialog->complaint[0] = '\0';
    field_clear(&dialog->field);
}

/* From the top: the field or the choices, then the buttons, round. */
static void move_focus(struct dialog *dialog, const struct dialog_spec *spec, bool forward)
{
    size_t before = spec->field_label != NULL ? 1 : spec->choice_count;
    size_t places = before + spec->button_count;
    size_t place = dialog->focus == FOCUS_BUTTONS  ? before + dialog->button
                   : dialog->focus == FOCUS_CHOICE ? dialog->choice
                                                   : 0;
    place = (place + (forward ? 1 : places - 1)) % places;
    dialog->focus = place >= before              ? FOCUS_BUTTONS
                    : spec->field_label != NULL ? FOCUS_FIELD
                                                : FOCUS_CHOICE;
    dialog->choice = dialog->focus == FOCUS_CHOICE ? place : dialog->choice;
    dialog->button = place < before ? 0 : place - before;
}

/* Stay, and say why, where it can be mended. */
static enum dialog_result complain(struct dialog *dialog, enum dialog_focus focus, size_t choice,
                                   const char *text)
{
    text_copy(dialog->complaint, sizeof dialog->complaint, text);
    dialog->focus = focus;
    dialog->choice = choice;
    dialog->button = 0;
    return DIALOG_STAYS;
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
        field_clear(&dialog->field);
        return complain(dialog, FOCUS_FIELD, 0, spec->mismatch);
    }
    for (size_t i = 0; i < spec->choice_count; i++) {
        const struct dialog_option *option = dialog_chosen(dialog, spec, i);
        if (option->refusal != NULL)
            return complain(dialog, FOCUS_CHOICE, i, option->refusal);
        if (option->takes_text && typed[0] == '\0')
            return complain(dialog, FOCUS_CHOICE, i, "Type it there first.");
    }
    dialog->button = button;
    return DIALOG_CONFIRMED;
}

static enum dialog_result enter(struct dialog *dialog, const struct dialog_spec *spec)
{
    if (dialog->focus == FOCUS_BUTTONS)
        return confirm(dialog, spec, dialog->button);
    if (dialog->focus == FOCUS_FIELD)
        return confirm(dialog, spec, dialog->field.text[0] == '\0' ? 0 : 1);
    move_focus(dialog, spec, true);
    return DIALOG_STAYS;
}

static void choose(struct dialog *dialog, const struct dialog_spec *spec, bool down)
{
    size_t *chosen = &dialog->chosen[dialog->choice];
    size_t before = *chosen;
    if (down && *chosen + 1 < spec->choices[dialog->choice].count)
        ++*chosen;
    if (!down && *chosen > 0)
        --*chosen;
    if (*chosen == before)
        return;
    dialog->touched = true;
    dialog->complaint[0] = '\0';
    if (spec->choices[dialog->choice].options[before].takes_text)
        field_clear(&dialog->field);
}

static void scroll(struct dialog *dialog, const struct dialog_spec *spec, bool down)
{
    if (!down)
        dialog->scroll -= dialog->scroll > 0;
    else if (dialog->scroll + 1 < spec->line_count)
        dialog->scroll++;
}

/* Up and down: in a choice they choose, elsewhere they scroll the body. */
static void vertical(struct dialog *dialog, const struct dialog_spec *spec, bool down)
{
    if (dialog->focus == FOCUS_CHOICE && dialog->choice < spec->choice_count)
        choose(dialog, spec, down);
    else
        scroll(dialog, spec, down);
}

enum dialog_result dialog_key(struct dialog *dialog, const struct dialog_spec *spec, struct key key)
{
    if (dialog_types(dialog, spec) && field_key(&dialog->field, key)) {
        dialog->complaint[0] = '\0';
        dialog->touched = true;
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
    if (key.press == PRESS_PAGE_DOWN || key.press == PRESS_PAGE_UP)
        scroll(dialog, spec, key.press == PRESS_PAGE_DOWN);
    if (key.press == PRESS_DOWN || letter == 'j')
        vertical(dialog, spec, true);
    if (key.press == PRESS_UP || letter == 'k')
        vertical(dialog, spec, false);
    return DIALOG_STAYS;
}
