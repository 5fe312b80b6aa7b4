/* The audit screen: findings, what failed first; and the way from a finding to its fix. */
#include <stdlib.h>
#include <string.h>

#include "tui/ask.h"
#include "tui/screens.h"

/* --- commands ----------------------------------------------------------------------------------*/

void findings_open(struct app *app, struct wishes *wishes)
{
    struct findings *findings = &app->findings;
    app->screen = SCREEN_AUDIT;
    findings->filtering = false;
    if (!findings->whole && !findings->running)
        wishes_add(wishes, WISH_AUDIT);
}

static void leave(struct app *app, struct wishes *wishes)
{
    if (app->findings.running)
        wishes_add(wishes, WISH_AUDIT_STOP);
    app->screen = SCREEN_HOME;
}

static void move(struct findings *findings, long by)
{
    long last = (long)findings->shown_count - 1;
    long at = (long)findings->at + by;
    findings->at = at < 0 || last < 0 ? 0 : at > last ? (size_t)last : (size_t)at;
}

static bool has_key(const struct app *app, const struct finding_row *row)
{
    return row->fix == AUDIT_FIX_ROTATE && app_finding_text(app, row->key)[0] != '\0';
}

static void offer(struct app *app, const struct finding_row *row, struct wishes *wishes)
{
    start_open(app, app_finding_text(app, row->key), app_finding_text(app, row->resource), wishes);
}

/* The queue goes first. */
static void fix(struct app *app, struct wishes *wishes)
{
    size_t queued;
    const struct finding_row *first = app_queued_finding(app, &queued);
    const struct finding_row *row = first != NULL ? first : app_marked_finding(app);
    if (row != NULL && has_key(app, row))
        offer(app, row, wishes);
    else if (row != NULL)
        ask_open(app, DIALOG_FINDING);
}

/* A key has one place in the queue, whatever else is found about it. */
static void queue(struct app *app)
{
    struct findings *findings = &app->findings;
    if (findings->at >= findings->shown_count)
        return;
    struct finding_row *row = &findings->rows[findings->shown[findings->at]];
    if (!has_key(app, row)) {
        app_notice(app, false, "Only failed findings about a key can be marked for rotation.");
        return;
    }
    const char *key = app_finding_text(app, row->key);
    for (size_t i = 0; !row->queued && i < findings->count; i++)
        if (findings->rows[i].queued &&
            strcmp(app_finding_text(app, findings->rows[i].key), key) == 0) {
            app_notice(app, false, "This key is marked already, by another finding.");
            return;
        }
    row->queued = !row->queued;
    move(findings, 1);
}

static void back(struct app *app, struct wishes *wishes)
{
    if (app->findings.filter.text[0] == '\0') {
        leave(app, wishes);
        return;
    }
    field_clear(&app->findings.filter);
    findings_show(app);
}

static void show_changes(struct app *app)
{
    const struct findings *findings = &app->findings;
    if (findings->change_count > 0)
        ask_open(app, DIALOG_CHANGES);
    else
        app_notice(app, false,
                   findings->before_at != 0 ? "Nothing changed since the audit before."
                   : findings->present      ? "No audit before is known: changes are told from the next one on."
                                            : "There is no audit yet.");
}

static void look(struct app *app, enum command command, struct wishes *wishes)
{
    struct findings *findings = &app->findings;
    if (command == COMMAND_OPEN)
        fix(app, wishes);
    else if (command == COMMAND_MARK)
        queue(app);
    else if (command == COMMAND_EXPLAIN && app_marked_finding(app) != NULL)
        ask_open(app, DIALOG_FINDING);
    else if (command == COMMAND_USERS)
        ask_open(app, DIALOG_USERS);
    else if (command == COMMAND_CHANGES)
        show_changes(app);
    else if (command == COMMAND_PASSED) {
        findings->passed = !findings->passed;
        findings_show(app);
    } else if (command == COMMAND_FILTER)
        findings->filtering = true;
    else if (command == COMMAND_REFRESH && !findings->running)
        wishes_add(wishes, WISH_AUDIT);
    else if (command == COMMAND_BACK)
        back(app, wishes);
    else if (command == COMMAND_CLOSE)
        leave(app, wishes);
}

/* Rows to move by, down when positive; 0 when it is no command that moves. */
static long step_of(const struct app *app, enum command command)
{
    long page = (long)app_findings_rows(app);
    const struct {
        enum command up, down;
        long by;
    } moves[] = {{COMMAND_UP, COMMAND_DOWN, 1},
                 {COMMAND_PAGE_UP, COMMAND_PAGE_DOWN, page},
                 {COMMAND_SCROLL_UP, COMMAND_SCROLL_DOWN, page / 2 + 1},
                 {COMMAND_TOP, COMMAND_BOTTOM, FINDINGS_MAX}};
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++)
        if (command == moves[i].up || command == moves[i].down)
            return command == moves[i].up ? -moves[i].by : moves[i].by;
    return 0;
}

void findings_command(struct app *app, enum command command, struct wishes *wishes)
{
    long step = step_of(app, command);
    app->findings.held = app->findings.present;
    if (step != 0)
        move(&app->findings, step);
    else
        look(app, command, wishes);
}

void findings_key(struct app *app, struct key key)
{
    struct findings *findings = &app->findings;
    if (key.press == PRESS_ENTER || key.press == PRESS_TAB || key.press == PRESS_DOWN) {
        findings->filtering = false;
        return;
    }
    if (key.press == PRESS_ESC) {
        findings->filtering = false;
        field_clear(&findings->filter);
    } else if (!field_key(&findings->filter, key)) {
        return;
    }
    findings_show(app);
}

/* --- rotations that begin here -----------------------------------------------------------------*/

static void note_begun(struct app *app, const char *key, bool begun)
{
    struct findings *findings = &app->findings;
    for (size_t i = 0; key[0] != '\0' && i < findings->count; i++) {
        struct finding_row *row = &findings->rows[i];
        if (strcmp(app_finding_text(app, row->key), key) != 0)
            continue;
        row->queued = false;
        row->begun = row->begun || begun;
    }
}

void findings_begun(struct app *app, const char *key)
{
    app->findings.leads = true;
    note_begun(app, key, false);
}

/* What could not be opened has changed nothing. */
void findings_back(struct app *app, struct wishes *wishes)
{
    size_t queued;
    if (app->rotation.id[0] != '\0')
        note_begun(app, app->rotation.state.plan.old_key, true);
    app->findings.leads = false;
    app->screen = SCREEN_AUDIT;
    const struct finding_row *next = app_queued_finding(app, &queued);
    if (next != NULL)
        offer(app, next, wishes);
}

/* --- what arrives ------------------------------------------------------------------------------*/

void findings_release(struct findings *findings)
{
    free(findings->rows);
    free(findings->shown);
    text_release(&findings->pool);
    text_release(&findings->changes);
}

static bool grow(struct findings *findings)
{
    if (findings->count < findings->room)
        return true;
    if (findings->room >= FINDINGS_MAX)
        return false;
    size_t room = findings->room == 0 ? 64 : findings->room * 2;
    struct finding_row *rows = realloc(findings->rows, room * sizeof *rows);
    if (rows == NULL)
        return false;
    findings->rows = rows;
    size_t *shown = realloc(findings->shown, room * sizeof *shown);
    if (shown == NULL)
        return false;
    findings->shown = shown;
    findings->room = room;
    return true;
}

static size_t keep(struct text *pool, const char *string)
{
    size_t offset = pool->length;
    text_append_bytes(pool, string, strlen(string) + 1);
    return offset;
}

/* One that finds no room is counted all the same. */
static void take_finding(struct findings *findings, const struct app_message *message)
{
    const struct audit_finding *finding = message->finding;
    struct error err;
    findings->tally[finding->status]++;
    if (!grow(findings))
        return;
    struct finding_row row = {.check = finding->check,
                              .status = finding->status,
                              .fix = message->fix,
                              .rank = findings_rank(finding->check, finding->status),
                              .order = findings->count,
                              .resource = keep(&findings->pool, finding->resource),
                              .detail = keep(&findings->pool, finding->detail),
                              .permission = keep(&findings->pool, finding->permission),
                              .key = keep(&findings->pool, message->text)};
    if (text_ok(&findings->pool, &err))
        findings->rows[findings->count++] = row;
}

static void clear(struct findings *findings)
{
    findings->present = findings->whole = findings->held = false;
    findings->count = findings->shown_count = findings->at = 0;
    memset(findings->tally, 0, sizeof findings->tally);
    memset(findings->shown_tally, 0, sizeof findings->shown_tally);
    text_clear(&findings->pool);
    text_clear(&findings->changes);
    findings->before_at = findings->report_at = 0;
    findings->change_count = 0;
    findings->no_report[0] = findings->not_live[0] = '\0';
}

static void take_result(struct findings *findings, const struct app_message *message)
{
    clear(findings);
    findings->present = true;
    findings->listed = findings->audience;
    findings->error = (struct error){0};
    text_copy(findings->account, sizeof findings->account, message->account);
}

static void take_report(struct findings *findings, const struct app_message *message)
{
    findings->report_at = message->number;
    text_copy(findings->no_report, sizeof findings->no_report, message->text);
    text_copy(findings->not_live, sizeof findings->not_live,
              message->error != NULL ? message->error->text : "");
}

static bool same_audience(const struct audience *one, const struct audience *other)
{
    return strcmp(one->user, other->user) == 0 && strcmp(one->group, other->group) == 0 &&
           strcmp(one->path, other->path) == 0 && strcmp(one->tag, other->tag) == 0;
}

/* A list that is whole stays until the next one is, but not under the name of others. */
static void begin(struct findings *findings)
{
    if (!findings->whole || !same_audience(&findings->audience, &findings->listed))
        clear(findings);
    findings->running = true;
    findings->doing[0] = '\0';
    findings->progress = (struct inventory_progress){0};
    findings->error = (struct error){0};
    findings->enrolled = false;
}

static void end(struct findings *findings)
{
    findings->running = false;
    findings->whole = true;
}

static void take_progress(struct findings *findings, const struct app_message *message)
{
    if (message->text != NULL)
        text_copy(findings->doing, sizeof findings->doing, message->text);
    findings->progress = *message->progress;
}

/* The first ones, whole lines. */
static void take_change(struct findings *findings, const char *text)
{
    char line[LINE_SIZE];
    text_copy(line, sizeof line, text);
    if (findings->change_count++ < CHANGES_MAX)
        text_appendf(&findings->changes, "%s\n", line);
}

void findings_message(struct app *app, const struct app_message *message)
{
    struct findings *findings = &app->findings;
    if (message->kind == TO_APP_AUDIT_BEGUN) {
        begin(findings);
    } else if (message->kind == TO_APP_AUDIT_PROGRESS) {
        take_progress(findings, message);
    } else if (message->kind == TO_APP_AUDIT_RESULT) {
        take_result(findings, message);
    } else if (message->kind == TO_APP_AUDIT_FINDING) {
        take_finding(findings, message);
    } else if (message->kind == TO_APP_AUDIT_SO_FAR) {
        findings_arrange(app);
    } else if (message->kind == TO_APP_AUDIT_REPORT) {
        take_report(findings, message);
    } else if (message->kind == TO_APP_AUDIT_END) {
        end(findings);
        findings_arrange(app);
    } else if (message->kind == TO_APP_AUDIT_CHANGES) {
        findings->before_at = message->number;
    } else if (message->kind == TO_APP_AUDIT_CHANGE) {
        take_change(findings, message->text);
    } else if (message->kind == TO_APP_ENROLLED) {
        findings->enrolled = true;
    } else if (message->kind == TO_APP_AUDIT_ABOUT) {
        findings->audience = *message->audience;
    } else if (message->kind == TO_APP_AUDIT_FAILED) {
        findings->running = false;
        findings->error = *message->error;
    }
    /* A dialog about a finding that is gone goes with it. */
    if (message->kind == TO_APP_AUDIT_RESULT && app->screen == SCREEN_AUDIT)
        app->dialog.kind = DIALOG_NONE;
}
