/* The rotation screen: one run, its questions and what the operator may do about it. */
#include <stdio.h>
#include <string.h>

#include "tui/ask.h"
#include "tui/screens.h"

static void ask_question(struct app *app)
{
    app->dialog.question = app->rotation.effect.question;
    ask_open(app, DIALOG_QUESTION);
}

static void move_gate(struct rotation_pane *pane, bool down)
{
    enum gate_id ids[GATE_COUNT];
    size_t count = gates_for_state(&pane->state, ids);
    if (down && pane->gate_at + 1 < count)
        pane->gate_at++;
    if (!down && pane->gate_at > 0)
        pane->gate_at--;
    pane->on_gates = count > 0;
}

/* Overriding is offered for the gate that is marked; the runner has the last word. */
static void begin_override(struct app *app)
{
    struct rotation_pane *pane = &app->rotation;
    enum gate_id ids[GATE_COUNT];
    size_t count = gates_for_state(&pane->state, ids);
    enum gate_id gate = pane->gate_at < count ? ids[pane->gate_at] : pane->effect.gate;
    if (gate >= GATE_COUNT) {
        app_notice(app, true, "There is no gate to override here.");
        return;
    }
    if (!gate_overridable(gate)) {
        char text[TEXT_SIZE];
        snprintf(text, sizeof text, "The gate %s cannot be overridden.", gate_name(gate));
        app_notice(app, true, text);
        return;
    }
    app->dialog.gate = gate;
    ask_open(app, DIALOG_OVERRIDE);
}

static void try_again(struct app *app, struct wishes *wishes)
{
    struct rotation_pane *pane = &app->rotation;
    if (pane->status == RUNNER_BLOCKED) {
        wishes_add(wishes, WISH_RETRY);
    } else if (pane->id[0] != '\0') {
        struct wish *wish = wishes_add(wishes, WISH_RESUME);
        text_copy(wish->id, sizeof wish->id, pane->id);
    } else {
        start_open(app, pane->key, pane->user, wishes);
    }
}

static void leave(struct app *app, struct wishes *wishes)
{
    if (app->findings.leads)
        findings_back(app, wishes);
    else
        app->screen = SCREEN_HOME;
}

void rotation_command(struct app *app, enum command command, struct wishes *wishes)
{
    struct rotation_pane *pane = &app->rotation;
    bool up = command == COMMAND_UP || command == COMMAND_SCROLL_UP || command == COMMAND_PAGE_UP;
    bool down =
        command == COMMAND_DOWN || command == COMMAND_SCROLL_DOWN || command == COMMAND_PAGE_DOWN;
    if (up || down)
        move_gate(pane, down);
    else if (command == COMMAND_NEXT)
        pane->on_gates = !pane->on_gates;
    else if (command == COMMAND_TOP)
        pane->gate_at = 0;
    else if (command == COMMAND_BOTTOM)
        pane->gate_at = GATE_COUNT;
    else if (command == COMMAND_ANSWER)
        ask_question(app);
    else if (command == COMMAND_OVERRIDE)
        begin_override(app);
    else if (command == COMMAND_RETRY)
        try_again(app, wishes);
    else if (command == COMMAND_ROLLBACK)
        ask_open(app, DIALOG_ROLLBACK);
    else if (command == COMMAND_ABANDON && pane->id[0] != '\0')
        ask_open(app, DIALOG_ABANDON);
    else if (command == COMMAND_EVENTS && pane->id[0] != '\0')
        events_open(app, pane->id, wishes);
    else if (command == COMMAND_BACK || command == COMMAND_CLOSE)
        leave(app, wishes);
    enum gate_id ids[GATE_COUNT];
    size_t count = gates_for_state(&pane->state, ids);
    if (pane->gate_at >= count)
        pane->gate_at = count > 0 ? count - 1 : 0;
}

/* Mark the gate that stops us, so that `o` is about that one. */
static void mark_gate(struct rotation_pane *pane)
{
    enum gate_id ids[GATE_COUNT];
    size_t count = gates_for_state(&pane->state, ids);
    if (pane->gate_at >= count)
        pane->gate_at = 0;
    pane->on_gates = false;
    for (size_t i = 0; pane->status == RUNNER_BLOCKED && i < count; i++) {
        if (pane->effect.gate != ids[i])
            continue;
        pane->gate_at = i;
        pane->on_gates = true;
    }
}

/* A question that has changed or is gone takes its dialog with it; a new one opens it, once. */
static void follow_question(struct app *app, bool changed, struct wishes *wishes)
{
    struct rotation_pane *pane = &app->rotation;
    struct dialog *dialog = &app->dialog;
    bool asking = pane->status == RUNNER_ASKING;
    if (dialog->kind == DIALOG_QUESTION &&
        (!asking || dialog->question != pane->effect.question || changed))
        dialog->kind = DIALOG_NONE;
    bool put_away = pane->dismissed == pane->effect.question &&
                    pane->dismissed_seq == pane->state.last_seq;
    if (asking && !put_away && dialog->kind == DIALOG_NONE && app->screen == SCREEN_ROTATION &&
        !app->help) {
        ask_question(app);
        wishes_add(wishes, WISH_BELL);
    }
}

/* While something settles, a look and a pause take turns every second: the screen shows them as one. */
static void keep_pause(struct rotation_pane *pane)
{
    const struct effect *effect = &pane->effect;
    bool look = effect->kind == EFFECT_CHECK_TARGET || effect->kind == EFFECT_PROBE_KEY ||
                effect->kind == EFFECT_LIST_KEYS;
    if (pane->status == RUNNER_WAITING && !effect->long_wait)
        text_copy(pane->pause, sizeof pane->pause, effect->text);
    else if (pane->status != RUNNER_BUSY || !look)
        pane->pause[0] = '\0';
}

static void take_run(struct app *app, const struct app_message *message, struct wishes *wishes)
{
    struct rotation_pane *pane = &app->rotation;
    bool other = !pane->present || strcmp(pane->id, message->text) != 0;
    bool stops = message->status == RUNNER_BLOCKED;
    bool moved = stops != (pane->status == RUNNER_BLOCKED) ||
                 (stops && pane->effect.gate != message->effect->gate);
    bool changed = other || strcmp(pane->effect.key, message->effect->key) != 0;
    if (other && pane->id[0] != '\0')
        pane->line_count = 0;
    pane->present = true;
    text_copy(pane->id, sizeof pane->id, message->text);
    pane->status = message->status;
    pane->state = *message->rotation;
    pane->effect = *message->effect;
    pane->error = message->error != NULL ? *message->error : (struct error){0};
    text_copy(pane->leftovers, sizeof pane->leftovers,
              message->leftovers != NULL ? message->leftovers : "");
    text_copy(pane->alias, sizeof pane->alias, message->alias != NULL ? message->alias : "");
    keep_pause(pane);
    if (other || moved)
        mark_gate(pane);
    follow_question(app, changed, wishes);
}

static void take_event(struct rotation_pane *pane, const struct event *event)
{
    if (pane->line_count == LINES_MAX) {
        memmove(pane->lines, pane->lines + 1, (LINES_MAX - 1) * sizeof *pane->lines);
        pane->line_count--;
    }
    event_line_set(&pane->lines[pane->line_count++], event, NULL);
}

/* The run is gone: a new one begins with an empty pane. */
static void end_run(struct app *app, const struct app_message *message)
{
    struct rotation_pane *pane = &app->rotation;
    *pane = (struct rotation_pane){.present = false};
    rotation_init(&pane->state);
    text_copy(pane->key, sizeof pane->key, message->text != NULL ? message->text : "");
    text_copy(pane->user, sizeof pane->user, message->place != NULL ? message->place : "");
    if (app->dialog.kind != DIALOG_START)
        app->dialog.kind = DIALOG_NONE;
    if (message->flag && app->screen == SCREEN_AUDIT)
        findings_begun(app, pane->key);
    if (message->flag)
        app->screen = SCREEN_ROTATION;
    else if (app->screen == SCREEN_ROTATION)
        app->screen = SCREEN_HOME;
}

void rotation_message(struct app *app, const struct app_message *message, struct wishes *wishes)
{
    if (message->kind == TO_APP_ROTATION)
        take_run(app, message, wishes);
    else if (message->kind == TO_APP_EVENT)
        take_event(&app->rotation, message->event);
    else if (message->kind == TO_APP_RUN_ENDED)
        end_run(app, message);
}
