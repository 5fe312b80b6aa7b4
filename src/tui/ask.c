#include "tui/ask.h"

#include <stdio.h>
#include <string.h>

#include "base/when.h"
#include "tui/ask_parts.h"
#include "tui/cell.h"

static void say_used(struct dialog_spec *spec, const struct key_state *key)
{
    char when[WHEN_TEXT_SIZE];
    if (key == NULL || !key->used_read)
        ask_say(spec, LOOK_PLAIN, "Last used  not read in this run");
    else if (key->used_at == 0)
        ask_say(spec, LOOK_PLAIN, "Last used  no use recorded");
    else
        ask_say(spec, LOOK_PLAIN, "Last used  %s, %s, %s", when_format(key->used_at, when),
            key->used_service, key->used_region);
}

static void say_key(struct dialog_spec *spec, const struct app *app, const char *label,
                    const char *id)
{
    const struct key_state *key = app_key_state(app, id);
    ask_say(spec, LOOK_BOLD, "%-9s  %s", label, id);
    if (key != NULL && key->created != 0 && app->now > key->created)
        ask_say(spec, LOOK_PLAIN, "Age        %lld days, %s",
            (long long)((app->now - key->created) / 86400), key_status_name(key->status));
    say_used(spec, key);
}

static void say_owner(struct dialog_spec *spec, const struct app *app)
{
    const struct plan *plan = &app->rotation.state.plan;
    const char *alias = app->rotation.alias;
    ask_say(spec, LOOK_PLAIN, "Account    %s%s%s (%s)", alias, alias[0] != '\0' ? ", " : "", plan->account,
        plan->partition);
    ask_say(spec, LOOK_PLAIN, "User       %s", plan->user);
}

static void describe_create(const struct app *app, struct dialog_spec *spec)
{
    const struct rotation *state = &app->rotation.state;
    const struct plan *plan = &state->plan;
    bool adopts = plan->adopt_key[0] != '\0';
    ask_buttons(spec, adopts ? "Take the other key as the new one?" : "Create the new key?",
            adopts ? "Take" : "Create", NULL);
    say_owner(spec, app);
    ask_say(spec, LOOK_BOLD, "Old key    %s", plan->old_key);
    if (adopts)
        ask_say(spec, LOOK_BOLD, "New key    %s", plan->adopt_key);
    ask_say(spec, LOOK_PLAIN, "Signed by  %s", state->identity_arn);
    for (size_t i = 0; i < plan->target_count; i++)
        ask_say(spec, LOOK_PLAIN, "%s %s", i == 0 ? "Goes to   " : "          ", plan->targets[i].spec);
    for (const char *line = app->warnings; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        ask_say(spec, LOOK_WARN, "Note       %.*s", (int)length, line);
        line += length + (line[length] == '\n');
    }
    ask_say(spec, LOOK_DIM, plan->compromised
                                ? "The old key is off. Until it is deleted, b (roll back) makes it Active again."
                                : "The old key stays as it is. Until it is deleted, b (roll back) undoes all.");
}

static void describe_two_keys(const struct app *app, struct dialog_spec *spec)
{
    const struct rotation *state = &app->rotation.state;
    ask_buttons(spec, "The user has two keys already", "Adopt", "Retire");
    say_owner(spec, app);
    ask_say(spec, LOOK_PLAIN, "AWS allows two. Choose what becomes of the other one.");
    say_key(spec, app, "Old key", state->plan.old_key);
    const char *other = app->rotation.effect.key;
    if (strcmp(other, state->plan.old_key) != 0)
        say_key(spec, app, "Other key", other);
    ask_say(spec, LOOK_DIM, "Adopt: it becomes the new key; a target must hold its pair.");
    ask_say(spec, LOOK_DIM, "Retire: it is removed first, through the same gates.");
}

static void describe_orphan(const struct app *app, struct dialog_spec *spec)
{
    ask_buttons(spec, "Remove the key of an unanswered create?", "Remove", NULL);
    say_owner(spec, app);
    say_key(spec, app, "Key", app->rotation.effect.key);
    ask_say(spec, LOOK_PLAIN, "%s", app->rotation.effect.text);
    ask_say(spec, LOOK_WARN, "Its secret never arrived here. Removing it cannot be undone.");
}

/* A second key that is retired first goes through the same questions as the old one. */
static bool is_old_key(const struct app *app)
{
    return strcmp(app->rotation.effect.key, app->rotation.state.plan.old_key) == 0;
}

static void describe_deactivate(const struct app *app, struct dialog_spec *spec)
{
    bool old = is_old_key(app), stolen = old && app->rotation.state.plan.compromised;
    const char *title = stolen ? "Switch the compromised key off now?"
                        : old  ? "Switch the old key off?"
                               : "Switch the other key off?";
    ask_buttons(spec, title, "Deactivate", NULL);
    say_owner(spec, app);
    say_key(spec, app, "Key", app->rotation.effect.key);
    ask_say(spec, LOOK_PLAIN, "Rotation   %s, %s", app->rotation.id,
        rotation_state_name(app->rotation.state.state));
    if (stolen) {
        ask_say(spec, LOOK_PLAIN, "Signed by  %s", app->rotation.state.identity_arn);
        ask_say(spec, LOOK_WARN, "Whatever uses it stops at once, whoever holds it. A new key is made after "
                                 "that.");
    }
    ask_say(spec, LOOK_GOOD, old ? "This can be undone: b (roll back) makes the old key Active again."
                             : "It is not the key that is rotated. Until it is deleted, it can be made "
                               "Active again.");
}

static void describe_delete(const struct app *app, struct dialog_spec *spec)
{
    const char *key = app->rotation.effect.key;
    size_t length = strlen(key);
    ask_buttons(spec, is_old_key(app) ? "Delete the old key for ever?" : "Delete the other key for ever?",
            "Delete", NULL);
    say_owner(spec, app);
    say_key(spec, app, "Key", key);
    ask_say(spec, LOOK_PLAIN, "Rotation   %s, %s", app->rotation.id,
        rotation_state_name(app->rotation.state.state));
    ask_say(spec, LOOK_BAD | LOOK_BOLD, "This cannot be undone.");
    spec->field_label = "Last four characters of the key";
    spec->mismatch = "These are not the last four characters. Nothing was deleted.";
    text_copy(spec->expect, sizeof spec->expect, length > 4 ? key + length - 4 : "\x7f");
}

static void describe_receipt(const struct app *app, struct dialog_spec *spec)
{
    const struct rotation_pane *pane = &app->rotation;
    int64_t target = pane->effect.target;
    ask_buttons(spec, "Was the new key received?", "Received", "Again");
    if (target >= 0 && (size_t)target < pane->state.plan.target_count)
        ask_say(spec, LOOK_BOLD, "Target     %s", pane->state.plan.targets[target].spec);
    ask_say(spec, LOOK_PLAIN, "New key    %s", pane->state.new_key.id);
    ask_say(spec, LOOK_PLAIN, "It cannot be read back from here: delivered, not read back.");
    ask_say(spec, LOOK_PLAIN, "Again hands it over, or shows it, once more.");
}

static void describe_mfa(const struct app *app, struct dialog_spec *spec)
{
    ask_buttons(spec, "MFA code", "Use", NULL);
    if (app->rotation.state.plan.mfa_serial[0] != '\0')
        ask_say(spec, LOOK_PLAIN, "Device     %s", app->rotation.state.plan.mfa_serial);
    ask_say(spec, LOOK_PLAIN, "%s", app->rotation.effect.text);
    spec->field_label = "Code";
    spec->mismatch = "A code is needed.";
}

static void describe_code(const struct app *app, struct dialog_spec *spec)
{
    const struct error *why = &app->code.why;
    char sentence[160];
    snprintf(sentence, sizeof sentence, "%s", error_sentence(why->code));
    if (sentence[0] >= 'a' && sentence[0] <= 'z')
        sentence[0] = (char)(sentence[0] - 'a' + 'A');
    ask_buttons(spec, "MFA code", "Use", NULL);
    ask_say(spec, LOOK_PLAIN, "Device     %s", app->code.serial);
    if (why->code == ERROR_DENIED)
        ask_say(spec, LOOK_WARN, "AWS denies what is to be looked at, perhaps for want of MFA: %s", why->text);
    else if (why->code == ERROR_USAGE)
        ask_say(spec, LOOK_WARN, "A code has six digits.");
    else if (why->code == ERROR_MFA_NEEDED)
        ask_say(spec, LOOK_PLAIN, "It is wanted before anything can be looked at. The session that is taken with it signs a "
                                  "rotation, too.");
    else
        ask_say(spec, LOOK_WARN, "%s: %s.", sentence, error_remedy(why->code));
    spec->field_label = "Code";
    spec->mismatch = "A code is needed.";
}

static void describe_device(const struct app *app, struct dialog_spec *spec)
{
    char serial[TEXT_SIZE];
    ask_buttons(spec, "Which MFA device gives the code?", "Use", NULL);
    for (size_t i = 1; mfa_device_at(&app->rotation.state, i, serial); i++)
        ask_say(spec, LOOK_PLAIN, "%zu          %s", i, serial);
    spec->field_label = "Its number";
    spec->mismatch = "A number of the list is needed.";
}

static void describe_question(const struct app *app, struct dialog_spec *spec)
{
    switch (app->dialog.question) {
    case QUESTION_CREATE:
        describe_create(app, spec);
        break;
    case QUESTION_TWO_KEYS:
        describe_two_keys(app, spec);
        break;
    case QUESTION_ORPHAN:
        describe_orphan(app, spec);
        break;
    case QUESTION_DEACTIVATE:
        describe_deactivate(app, spec);
        break;
    case QUESTION_DELETE:
        describe_delete(app, spec);
        break;
    case QUESTION_RECEIPT:
        describe_receipt(app, spec);
        break;
    case QUESTION_MFA:
        describe_mfa(app, spec);
        break;
    case QUESTION_DEVICE:
        describe_device(app, spec);
        break;
    case QUESTION_NONE:
    case QUESTION_COUNT:
        ask_buttons(spec, "No question", "Close", NULL);
        break;
    }
}

static void describe_override(const struct app *app, struct dialog_spec *spec)
{
    struct gate gates[GATE_COUNT];
    gates_evaluate(&app->rotation.state, app->now, gates);
    const struct gate *gate = &gates[app->dialog.gate];
    ask_buttons(spec, "Override a gate", "Override", NULL);
    ask_say(spec, LOOK_BOLD, "Gate       %s: %s", gate_name(app->dialog.gate),
        gate_verdict_name(gate->verdict));
    ask_say(spec, LOOK_PLAIN, "It says    %s", gate_says(app->dialog.gate));
    ask_say(spec, LOOK_PLAIN, "Evidence   %s", gate->evidence);
    ask_say(spec, LOOK_WARN, "You take the risk that this gate is there for. Your reason is journalled.");
    spec->field_label = "Reason";
    spec->mismatch = "A reason is needed.";
}

static void say_bystanders(struct dialog_spec *spec, const struct rotation *state)
{
    const struct key_seen *bystanders[KEYS_MAX];
    size_t count = rotation_bystanders(state, bystanders);
    for (size_t i = 0; i < count; i++)
        ask_say(spec, LOOK_PLAIN, "Other key  %s  %s, stays as it is", bystanders[i]->id,
            key_status_name(bystanders[i]->status));
}

static void describe_rollback(const struct app *app, struct dialog_spec *spec)
{
    const struct rotation *state = &app->rotation.state;
    ask_buttons(spec, "Roll back?", "Roll back", NULL);
    say_owner(spec, app);
    if (rotation_rollback_revives(state)) {
        ask_say(spec, LOOK_BAD | LOOK_BOLD, "Old key    %s  becomes Active again", state->plan.old_key);
        ask_say(spec, LOOK_BAD, "It is the compromised key: whoever else holds it can use it at once. To "
                                "leave it off, go on with the rotation, or abandon it (keywright abandon).");
    } else {
        ask_say(spec, LOOK_PLAIN, "Old key    %s  becomes what it was", state->plan.old_key);
    }
    if (state->new_key.id[0] != '\0')
        ask_say(spec, LOOK_PLAIN, "New key    %s  is switched off, and deleted if unused",
            state->new_key.id);
    say_bystanders(spec, state);
    ask_say(spec, LOOK_PLAIN, "The old pair is put back wherever the new one stands.");
}

static void describe_abandon(const struct app *app, struct dialog_spec *spec)
{
    const struct rotation *state = &app->rotation.state;
    ask_buttons(spec, "Abandon the rotation?", "Abandon", NULL);
    say_owner(spec, app);
    ask_say(spec, LOOK_PLAIN, "Old key    %s  %s", state->plan.old_key,
        key_status_name(state->old_key.status));
    if (state->new_key.id[0] != '\0')
        ask_say(spec, LOOK_PLAIN, "New key    %s  %s", state->new_key.id,
            key_status_name(state->new_key.status));
    say_bystanders(spec, state);
    ask_say(spec, LOOK_WARN, "Keys and targets stay as they are now. It cannot be resumed afterwards.");
    spec->field_label = "Reason";
    spec->mismatch = "A reason is needed.";
}

void ask_describe(const struct app *app, struct dialog_spec *ret_spec)
{
    memset(ret_spec, 0, sizeof *ret_spec);
    switch (app->dialog.kind) {
    case DIALOG_NONE:
        break;
    case DIALOG_START:
        ask_start(app, ret_spec);
        break;
    case DIALOG_CHANGES:
        ask_changes(app, ret_spec);
        break;
    case DIALOG_USERS:
        ask_users(app, ret_spec);
        break;
    case DIALOG_FINDING:
        ask_finding(app, ret_spec);
        break;
    case DIALOG_QUESTION:
        describe_question(app, ret_spec);
        break;
    case DIALOG_CODE:
        describe_code(app, ret_spec);
        break;
    case DIALOG_OVERRIDE:
        describe_override(app, ret_spec);
        break;
    case DIALOG_ROLLBACK:
        describe_rollback(app, ret_spec);
        break;
    case DIALOG_ABANDON:
        describe_abandon(app, ret_spec);
        break;
    }
}

void ask_open(struct app *app, enum dialog_kind kind)
{
    struct dialog_spec spec;
    app->dialog.kind = kind;
    ask_describe(app, &spec);
    dialog_open(&app->dialog, kind, &spec);
}
