#include "tui/ask.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/when.h"
#include "tui/cell.h"

static const struct {
    const char *word, *says;
    int64_t quiet, soak;
} plans[] = {
#define X(word, quiet, soak, says) {word, says, quiet, soak},
    PLAN_WORD_TABLE(X)
#undef X
};

void ask_plan(const struct dialog *dialog, int64_t *ret_quiet, int64_t *ret_soak)
{
    size_t plan = dialog->choice < sizeof plans / sizeof *plans ? dialog->choice : 0;
    *ret_quiet = plans[plan].quiet;
    *ret_soak = plans[plan].soak;
}

FORMAT_LIKE(3, 4)
static void say(struct dialog_spec *spec, unsigned look, const char *format, ...)
{
    if (spec->line_count == DIALOG_LINES)
        return;
    struct dialog_line *line = &spec->lines[spec->line_count++];
    line->look = look;
    va_list args;
    va_start(args, format);
    vsnprintf(line->text, sizeof line->text, format, args);
    va_end(args);
}

static void buttons(struct dialog_spec *spec, const char *title, const char *first,
                    const char *second)
{
    snprintf(spec->title, sizeof spec->title, "%s", title);
    spec->buttons[0] = "Cancel";
    spec->buttons[1] = first;
    spec->buttons[2] = second;
    spec->button_count = second != NULL ? 3 : 2;
}

static void say_used(struct dialog_spec *spec, const struct key_state *key)
{
    char when[WHEN_TEXT_SIZE];
    if (key == NULL || !key->used_read)
        say(spec, LOOK_PLAIN, "Last used  not read in this run");
    else if (key->used_at == 0)
        say(spec, LOOK_PLAIN, "Last used  no use recorded");
    else
        say(spec, LOOK_PLAIN, "Last used  %s, %s, %s", when_format(key->used_at, when),
            key->used_service, key->used_region);
}

static void say_key(struct dialog_spec *spec, const struct app *app, const char *label,
                    const char *id)
{
    const struct key_state *key = app_key_state(app, id);
    say(spec, LOOK_BOLD, "%-9s  %s", label, id);
    if (key != NULL && key->created != 0 && app->now > key->created)
        say(spec, LOOK_PLAIN, "Age        %lld days, %s",
            (long long)((app->now - key->created) / 86400), key_status_name(key->status));
    say_used(spec, key);
}

static void say_owner(struct dialog_spec *spec, const struct app *app)
{
    const struct plan *plan = &app->rotation.state.plan;
    const char *alias = app->rotation.alias;
    say(spec, LOOK_PLAIN, "Account    %s%s%s (%s)", alias, alias[0] != '\0' ? ", " : "", plan->account,
        plan->partition);
    say(spec, LOOK_PLAIN, "User       %s", plan->user);
}

static void say_command(const struct app *app, struct dialog_spec *spec, unsigned look,
                        const char *user, const char *key)
{
    struct text command CLEANUP(text_release);
    text_init(&command, DIALOG_LINE_SIZE - 1);
    app_rotate_command(app, user, key, &command);
    say(spec, look, "As a command: %s", command.bytes);
}

/* A part of the queue is said in the title. */
static void name_finding(const struct app *app, struct dialog_spec *spec)
{
    size_t queued;
    bool first = app_queued_finding(app, &queued) != NULL;
    if (first && queued > 1)
        snprintf(spec->title, sizeof spec->title, "Rotate an access key (%zu are marked)", queued);
    say_command(app, spec, LOOK_DIM, app->dialog.user, app->dialog.key);
}

static void describe_start(const struct app *app, struct dialog_spec *spec)
{
    const struct dialog *dialog = &app->dialog;
    buttons(spec, "Rotate an access key", "Start", NULL);
    if (app->home.account[0] != '\0')
        say(spec, LOOK_PLAIN, "Account    %s", app->home.account);
    if (dialog->user[0] != '\0')
        say(spec, LOOK_PLAIN, "User       %s", dialog->user);
    say(spec, LOOK_BOLD, "Key        %s",
        dialog->key[0] != '\0' ? dialog->key : "the one that the profile holds");
    say(spec, LOOK_DIM, "Next, the places that hold the key are looked for and shown. Nothing is "
                        "changed before you confirm that.");
    if (app->screen == SCREEN_AUDIT)
        name_finding(app, spec);
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
        spec->choices[i].word = plans[i].word;
        spec->choices[i].says = plans[i].says;
    }
    spec->choice_count = sizeof plans / sizeof *plans;
}

static void describe_create(const struct app *app, struct dialog_spec *spec)
{
    const struct rotation *state = &app->rotation.state;
    const struct plan *plan = &state->plan;
    bool adopts = plan->adopt_key[0] != '\0';
    buttons(spec, adopts ? "Take the other key as the new one?" : "Create the new key?",
            adopts ? "Take" : "Create", NULL);
    say_owner(spec, app);
    say(spec, LOOK_BOLD, "Old key    %s", plan->old_key);
    if (adopts)
        say(spec, LOOK_BOLD, "New key    %s", plan->adopt_key);
    say(spec, LOOK_PLAIN, "Signed by  %s", state->identity_arn);
    for (size_t i = 0; i < plan->target_count; i++)
        say(spec, LOOK_PLAIN, "%s %s", i == 0 ? "Goes to   " : "          ", plan->targets[i].spec);
    for (const char *line = app->warnings; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        say(spec, LOOK_WARN, "Note       %.*s", (int)length, line);
        line += length + (line[length] == '\n');
    }
    say(spec, LOOK_DIM, "The old key stays as it is. Until it is deleted, b (roll back) undoes all.");
}

static void describe_two_keys(const struct app *app, struct dialog_spec *spec)
{
    const struct rotation *state = &app->rotation.state;
    buttons(spec, "The user has two keys already", "Adopt", "Retire");
    say_owner(spec, app);
    say(spec, LOOK_PLAIN, "AWS allows two. Choose what becomes of the other one.");
    say_key(spec, app, "Old key", state->plan.old_key);
    const char *other = app->rotation.effect.key;
    if (strcmp(other, state->plan.old_key) != 0)
        say_key(spec, app, "Other key", other);
    say(spec, LOOK_DIM, "Adopt: it becomes the new key; a target must hold its pair.");
    say(spec, LOOK_DIM, "Retire: it is removed first, through the same gates.");
}

static void describe_orphan(const struct app *app, struct dialog_spec *spec)
{
    buttons(spec, "Remove the key of an unanswered create?", "Remove", NULL);
    say_owner(spec, app);
    say_key(spec, app, "Key", app->rotation.effect.key);
    say(spec, LOOK_PLAIN, "%s", app->rotation.effect.text);
    say(spec, LOOK_WARN, "Its secret never arrived here. Removing it cannot be undone.");
}

/* A second key that is retired first goes through the same questions as the old one. */
static bool is_old_key(const struct app *app)
{
    return strcmp(app->rotation.effect.key, app->rotation.state.plan.old_key) == 0;
}

static void describe_deactivate(const struct app *app, struct dialog_spec *spec)
{
    bool old = is_old_key(app);
    buttons(spec, old ? "Switch the old key off?" : "Switch the other key off?", "Deactivate", NULL);
    say_owner(spec, app);
    say_key(spec, app, "Key", app->rotation.effect.key);
    say(spec, LOOK_PLAIN, "Rotation   %s, %s", app->rotation.id,
        rotation_state_name(app->rotation.state.state));
    say(spec, LOOK_GOOD, old ? "This can be undone: b (roll back) makes the old key Active again."
                             : "It is not the key that is rotated. Until it is deleted, it can be made "
                               "Active again.");
}

static void describe_delete(const struct app *app, struct dialog_spec *spec)
{
    const char *key = app->rotation.effect.key;
    size_t length = strlen(key);
    buttons(spec, is_old_key(app) ? "Delete the old key for ever?" : "Delete the other key for ever?",
            "Delete", NULL);
    say_owner(spec, app);
    say_key(spec, app, "Key", key);
    say(spec, LOOK_PLAIN, "Rotation   %s, %s", app->rotation.id,
        rotation_state_name(app->rotation.state.state));
    say(spec, LOOK_BAD | LOOK_BOLD, "This cannot be undone.");
    spec->field_label = "Last four characters of the key";
    spec->mismatch = "These are not the last four characters. Nothing was deleted.";
    text_copy(spec->expect, sizeof spec->expect, length > 4 ? key + length - 4 : "\x7f");
}

static void describe_receipt(const struct app *app, struct dialog_spec *spec)
{
    const struct rotation_pane *pane = &app->rotation;
    int64_t target = pane->effect.target;
    buttons(spec, "Was the new key received?", "Received", "Again");
    if (target >= 0 && (size_t)target < pane->state.plan.target_count)
        say(spec, LOOK_BOLD, "Target     %s", pane->state.plan.targets[target].spec);
    say(spec, LOOK_PLAIN, "New key    %s", pane->state.new_key.id);
    say(spec, LOOK_PLAIN, "It cannot be read back from here: delivered, not read back.");
    say(spec, LOOK_PLAIN, "Again hands it over, or shows it, once more.");
}

static void describe_mfa(const struct app *app, struct dialog_spec *spec)
{
    buttons(spec, "MFA code", "Use", NULL);
    if (app->rotation.state.plan.mfa_serial[0] != '\0')
        say(spec, LOOK_PLAIN, "Device     %s", app->rotation.state.plan.mfa_serial);
    say(spec, LOOK_PLAIN, "%s", app->rotation.effect.text);
    spec->field_label = "Code";
    spec->mismatch = "A code is needed.";
}

static void describe_device(const struct app *app, struct dialog_spec *spec)
{
    char serial[TEXT_SIZE];
    buttons(spec, "Which MFA device gives the code?", "Use", NULL);
    for (size_t i = 1; mfa_device_at(&app->rotation.state, i, serial); i++)
        say(spec, LOOK_PLAIN, "%zu          %s", i, serial);
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
        buttons(spec, "No question", "Close", NULL);
        break;
    }
}

static void describe_override(const struct app *app, struct dialog_spec *spec)
{
    struct gate gates[GATE_COUNT];
    gates_evaluate(&app->rotation.state, app->now, gates);
    const struct gate *gate = &gates[app->dialog.gate];
    buttons(spec, "Override a gate", "Override", NULL);
    say(spec, LOOK_BOLD, "Gate       %s: %s", gate_name(app->dialog.gate),
        gate_verdict_name(gate->verdict));
    say(spec, LOOK_PLAIN, "It says    %s", gate_says(app->dialog.gate));
    say(spec, LOOK_PLAIN, "Evidence   %s", gate->evidence);
    say(spec, LOOK_WARN, "You take the risk that this gate is there for. Your reason is journalled.");
    spec->field_label = "Reason";
    spec->mismatch = "A reason is needed.";
}

static void say_bystanders(struct dialog_spec *spec, const struct rotation *state)
{
    const struct key_seen *bystanders[KEYS_MAX];
    size_t count = rotation_bystanders(state, bystanders);
    for (size_t i = 0; i < count; i++)
        say(spec, LOOK_PLAIN, "Other key  %s  %s, stays as it is", bystanders[i]->id,
            key_status_name(bystanders[i]->status));
}

static void describe_rollback(const struct app *app, struct dialog_spec *spec)
{
    const struct rotation *state = &app->rotation.state;
    buttons(spec, "Roll back?", "Roll back", NULL);
    say_owner(spec, app);
    say(spec, LOOK_PLAIN, "Old key    %s  becomes what it was", state->plan.old_key);
    if (state->new_key.id[0] != '\0')
        say(spec, LOOK_PLAIN, "New key    %s  is switched off, and deleted if unused",
            state->new_key.id);
    say_bystanders(spec, state);
    say(spec, LOOK_PLAIN, "The old pair is put back wherever the new one stands.");
}

static void describe_abandon(const struct app *app, struct dialog_spec *spec)
{
    const struct rotation *state = &app->rotation.state;
    buttons(spec, "Abandon the rotation?", "Abandon", NULL);
    say_owner(spec, app);
    say(spec, LOOK_PLAIN, "Old key    %s  %s", state->plan.old_key,
        key_status_name(state->old_key.status));
    if (state->new_key.id[0] != '\0')
        say(spec, LOOK_PLAIN, "New key    %s  %s", state->new_key.id,
            key_status_name(state->new_key.status));
    say_bystanders(spec, state);
    say(spec, LOOK_WARN, "Keys and targets stay as they are now. It cannot be resumed afterwards.");
    spec->field_label = "Reason";
    spec->mismatch = "A reason is needed.";
}

static void say_fix(const struct app *app, const struct finding_row *row, struct dialog_spec *spec)
{
    struct text message CLEANUP(text_release);
    const char *resource = app_finding_text(app, row->resource);
    const char *key = app_finding_text(app, row->key);
    text_init(&message, DIALOG_LINE_SIZE - 1);
    if (row->fix == AUDIT_FIX_ENROLL) {
        audit_ask_for_mfa(app->findings.account, resource, &message);
        say(spec, LOOK_BOLD, "To send to %s:", resource);
        say(spec, LOOK_PLAIN, "%s", message.bytes);
    } else if (row->fix == AUDIT_FIX_ROTATE && key[0] != '\0') {
        say(spec, LOOK_BOLD, "Enter in the list rotates %s.", key);
        say_command(app, spec, LOOK_PLAIN, resource, key);
    } else if (row->fix == AUDIT_FIX_ROTATE) {
        say(spec, LOOK_WARN, "Only the report was read, which has no key IDs. Allow iam:ListAccessKeys and "
                             "look again, or see: keywright keys --user %s", resource);
    }
}

static void describe_finding(const struct app *app, struct dialog_spec *spec)
{
    const struct finding_row *row = app_marked_finding(app);
    spec->buttons[0] = "Close";
    spec->button_count = 1;
    if (row == NULL)
        return;
    snprintf(spec->title, sizeof spec->title, "%s", finding_status_words(row->status));
    say(spec, LOOK_BOLD, "%s", row->check->title);
    say(spec, LOOK_PLAIN, "Check      %s, severity %s", row->check->id, row->check->severity);
    say(spec, LOOK_PLAIN, "About      %s", app_finding_text(app, row->resource));
    say(spec, LOOK_PLAIN, "Seen       %s", app_finding_text(app, row->detail));
    say(spec, LOOK_PLAIN, "Why        %s", row->check->why);
    say(spec, LOOK_PLAIN, "What to do %s", row->check->remedy);
    say_fix(app, row, spec);
    if (app->findings.not_live[0] != '\0')
        say(spec, LOOK_WARN, "Keys are told as the report has them, which can be four hours old: %s",
            app->findings.not_live);
    if (row->check->cis[0] != '-')
        say(spec, LOOK_DIM, "CIS AWS Foundations Benchmark, version:number  %s", row->check->cis);
}

void ask_describe(const struct app *app, struct dialog_spec *ret_spec)
{
    memset(ret_spec, 0, sizeof *ret_spec);
    switch (app->dialog.kind) {
    case DIALOG_NONE:
        break;
    case DIALOG_START:
        describe_start(app, ret_spec);
        break;
    case DIALOG_FINDING:
        describe_finding(app, ret_spec);
        break;
    case DIALOG_QUESTION:
        describe_question(app, ret_spec);
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
