/* The dialog before a rotation: where the new key goes, and how long is waited. */
#include <stdio.h>
#include <string.h>

#include "base/words.h"
#include "tui/ask.h"
#include "tui/ask_parts.h"
#include "tui/cell.h"

static const struct {
    const char *word, *says;
    int64_t quiet, soak;
} plans[] = {
#define X(word, quiet, soak, says) {word, says, quiet, soak},
    PLAN_WORD_TABLE(X)
#undef X
};

enum { CHOICE_KEY, CHOICE_TARGET, CHOICE_PLAN, CHOICES };

enum { KEY_OURS, KEY_STOLEN };

/* In the order of the dialog; GIVEN is left out when nothing is. */
enum target_option { TARGET_GIVEN, TARGET_FILE, TARGET_PROFILE, TARGET_SHOW, TARGET_COMMAND, TARGET_OPTIONS };

static bool is_given(const struct app *app)
{
    return app->given_to[0] != '\0';
}

static enum target_option target_option(const struct app *app, const struct dialog *dialog)
{
    return (enum target_option)(dialog->chosen[CHOICE_TARGET] + (is_given(app) ? 0 : 1));
}

void ask_plan(const struct dialog *dialog, int64_t *ret_quiet, int64_t *ret_soak)
{
    size_t plan = dialog->chosen[CHOICE_PLAN];
    plan = plan < sizeof plans / sizeof *plans ? plan : 0;
    *ret_quiet = plans[plan].quiet;
    *ret_soak = plans[plan].soak;
}

bool ask_compromised(const struct dialog *dialog)
{
    return dialog->chosen[CHOICE_KEY] == KEY_STOLEN;
}

void ask_given(struct app *app)
{
    app->dialog.chosen[CHOICE_KEY] = app->given_compromised ? KEY_STOLEN : KEY_OURS;
}

void ask_target(const struct app *app, char *ret_target, size_t size)
{
    ret_target[0] = '\0';
    switch (target_option(app, &app->dialog)) {
    case TARGET_GIVEN:
    case TARGET_OPTIONS:
        break;
    case TARGET_FILE:
        text_copy(ret_target, size, "file");
        break;
    case TARGET_PROFILE:
        snprintf(ret_target, size, "file:%s", app->dialog.field.text);
        break;
    case TARGET_SHOW:
        text_copy(ret_target, size, "show");
        break;
    case TARGET_COMMAND:
        snprintf(ret_target, size, "command:%s", app->dialog.field.text);
        break;
    }
}

void ask_held(struct app *app, enum dialog_held held, const char *place)
{
    struct dialog *dialog = &app->dialog;
    dialog->held = held;
    text_copy(dialog->place, sizeof dialog->place, place);
    if (held == HELD_NOWHERE && !dialog->touched && target_option(app, dialog) == TARGET_FILE)
        dialog->chosen[CHOICE_TARGET] += TARGET_SHOW - TARGET_FILE;
}

void ask_say_command(const struct app *app, struct dialog_spec *spec, unsigned look, const char *user,
                     const char *key)
{
    struct text command CLEANUP(text_release);
    text_init(&command, DIALOG_LINE_SIZE - 1);
    app_rotate_command(app, user, key, &command);
    ask_say(spec, look, "As a command: %s", command.bytes);
}

/* --- the choices -------------------------------------------------------------------------------*/

static const char nowhere[] = "No profile here holds the old key: choose where the new one goes.";

/* As the keeper would, before a rotation is begun. That nothing is typed is said by the dialog. */
static const char *refusal_of(const char *command)
{
    char **words = NULL;
    bool splits = words_split(command, &words, NULL);
    words_free(words);
    if (splits || command[0] == '\0')
        return NULL;
    return command[strspn(command, " ")] == '\0' ? "That is only blanks: type a command."
                                                 : "A quote in it is not closed, or a backslash ends it.";
}

static void say_target(const struct app *app, enum target_option target, struct dialog_option *option)
{
    static const char *const words[] = {
        [TARGET_GIVEN] = "given", [TARGET_FILE] = "file", [TARGET_PROFILE] = "profile", [TARGET_SHOW] = "show",
        [TARGET_COMMAND] = "command"};
    const struct dialog *dialog = &app->dialog;
    bool held_nowhere = dialog->held == HELD_NOWHERE;
    bool chosen = target_option(app, dialog) == target;
    const char *says = "";
    option->word = words[target];
    option->takes_text = target == TARGET_PROFILE;
    switch (target) {
    case TARGET_GIVEN:
        says = app->given_to;
        break;
    case TARGET_FILE:
        says = held_nowhere              ? "no profile here holds the old key"
               : dialog->place[0] != '\0' ? dialog->place
                                         : "every profile here that holds the old key";
        option->refusal = held_nowhere ? nowhere : NULL;
        break;
    case TARGET_PROFILE:
        says = held_nowhere ? "no profile here holds the old key" : "only";
        option->takes_text = !held_nowhere;
        option->refusal = held_nowhere ? nowhere : NULL;
        break;
    case TARGET_SHOW:
        says = "this terminal, once, for you to hand on";
        break;
    case TARGET_COMMAND:
        option->takes_text = true;
        says = chosen ? "" : "a program, which reads it from its standard input";
        option->refusal = chosen ? refusal_of(dialog->field.text) : NULL;
        break;
    case TARGET_OPTIONS:
        break;
    }
    text_copy(option->says, sizeof option->says, says);
}

static void say_targets(const struct app *app, struct dialog_choice *choice)
{
    choice->label = "To";
    for (int i = is_given(app) ? TARGET_GIVEN : TARGET_FILE; i < TARGET_OPTIONS; i++)
        say_target(app, (enum target_option)i, &choice->options[choice->count++]);
}

static void say_plans(struct dialog_choice *choice)
{
    choice->label = "Waits";
    choice->count = sizeof plans / sizeof *plans;
    for (size_t i = 0; i < choice->count; i++) {
        choice->options[i].word = plans[i].word;
        text_copy(choice->options[i].says, sizeof choice->options[i].says, plans[i].says);
    }
}

static void say_hands(struct dialog_choice *choice)
{
    static const struct dialog_option options[] = {
        [KEY_OURS] = {"ours", "it works until the new one is proven", false, NULL},
        [KEY_STOLEN] = {"stolen", "compromised: switched off before a new one is made", false, NULL}};
    choice->label = "Key";
    choice->count = sizeof options / sizeof *options;
    memcpy(choice->options, options, sizeof options);
}

/* --- all of it ---------------------------------------------------------------------------------*/

static void say_other_ways(const struct app *app, struct dialog_spec *spec)
{
    const struct dialog *dialog = &app->dialog;
    if (app->screen == SCREEN_AUDIT || dialog->held == HELD_NOWHERE)
        ask_say_command(app, spec, LOOK_DIM, dialog->user, dialog->key);
}

void ask_start(const struct app *app, struct dialog_spec *spec)
{
    const struct dialog *dialog = &app->dialog;
    size_t queued;
    ask_buttons(spec, "Rotate an access key", "Start", NULL);
    if (app->screen == SCREEN_AUDIT && app_queued_finding(app, &queued) != NULL && queued > 1)
        snprintf(spec->title, sizeof spec->title, "Rotate an access key (%zu are marked)", queued);
    if (app->home.account[0] != '\0')
        ask_say(spec, LOOK_PLAIN, "Account    %s", app->home.account);
    if (dialog->user[0] != '\0')
        ask_say(spec, LOOK_PLAIN, "User       %s", dialog->user);
    ask_say(spec, LOOK_BOLD, "Key        %s",
            dialog->key[0] != '\0' ? dialog->key : "the one that the profile holds");
    ask_say(spec, LOOK_DIM, "Next, what is there is looked at and shown. Nothing is changed before you "
                            "confirm that.");
    say_other_ways(app, spec);
    say_hands(&spec->choices[CHOICE_KEY]);
    say_targets(app, &spec->choices[CHOICE_TARGET]);
    say_plans(&spec->choices[CHOICE_PLAN]);
    spec->choice_count = CHOICES;
    spec->first = CHOICE_PLAN;
}
