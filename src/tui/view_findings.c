/* The audit screen: what failed, what could not be checked, and on request what passed. */
#include <stdio.h>
#include <string.h>

#include "base/when.h"
#include "tui/views.h"

enum { TOP_ROWS = 3, SEVERITY_COLUMN = 5, TITLE_COLUMN = 15 };

/* --- the top -----------------------------------------------------------------------------------*/

static void report_text(const struct app *app, char *text, size_t size)
{
    const struct findings *findings = &app->findings;
    char when[MOMENT_SIZE], age[DURATION_TEXT_SIZE];
    int64_t old = app->now > findings->report_at ? app->now - findings->report_at : 0;
    int used;
    if (findings->report_at != 0)
        used = snprintf(text, size, "%s of %s UTC, %s old%s",
                        app->columns >= 80 ? "Credential report" : "Report",
                        view_minute(findings->report_at, when),
                        duration_format(old < 60 ? old : old - old % 60, age),
                        findings->not_live[0] == '\0' && findings->change_count == 0 ? "; R asks again" : "");
    else
        used = snprintf(text, size, "No credential report: %s", findings->no_report);
    if (findings->report_at != 0 && findings->not_live[0] != '\0' && (size_t)used < size)
        snprintf(text + used, size - (size_t)used, "; keys as in it: %s", findings->not_live);
    else if (findings->change_count > 0 && (size_t)used < size)
        snprintf(text + used, size - (size_t)used, "; %zu change%s: c shows %s", findings->change_count,
                 findings->change_count == 1 ? "" : "s", findings->change_count == 1 ? "it" : "them");
}

/* "audit of 111122223333, group oncall" */
static void title(const struct app *app, struct text *text)
{
    struct text words CLEANUP(text_release);
    text_init(text, TEXT_SIZE * 4);
    text_init(&words, TEXT_SIZE * 3);
    app_audience_words(app, &words);
    text_append(text, "audit");
    if (app->findings.account[0] != '\0')
        text_appendf(text, " of %s", app->findings.account);
    if (words.length > 0)
        text_appendf(text, ", %s", words.bytes);
}

/* Lists are read beside the users; what is waited for is told of the former. */
static void progress_text(const struct findings *findings, char *text, size_t size)
{
    const struct inventory_progress *progress = &findings->progress;
    const char *doing = findings->doing[0] != '\0' ? findings->doing : "asking AWS";
    if (!progress->looks)
        snprintf(text, size, "%s: %zu of %zu. Esc stops.", doing, progress->listed, progress->lists);
    else if (progress->listed < progress->lists)
        snprintf(text, size, "%zu of %zu lists, %zu of %zu users. Esc stops.", progress->listed,
                 progress->lists, progress->looked, progress->users);
    else
        snprintf(text, size, "Asking about users: %zu of %zu. Esc stops.", progress->looked, progress->users);
}

static void top(const struct app *app, struct grid *grid)
{
    const struct findings *findings = &app->findings;
    char right[96] = "", text[TEXT_SIZE * 3] = "";
    struct text left CLEANUP(text_release);
    size_t queued;
    app_queued_finding(app, &queued);
    int used = 0;
    title(app, &left);
    if (findings->present)
        used = snprintf(right, sizeof right, "%zu failed, %zu unknown", findings->tally[AUDIT_FAIL],
                        findings->tally[AUDIT_UNKNOWN]);
    bool narrowed = strchr(left.bytes, ',') != NULL;
    if (findings->whole && grid->columns >= 80 && !narrowed)
        used += snprintf(right + used, sizeof right - (size_t)used, ", %zu passed",
                         findings->tally[AUDIT_PASS]);
    if (queued > 0)
        snprintf(right + used, sizeof right - (size_t)used, ", %zu marked", queued);
    view_header(grid, left.bytes, right);
    if (findings->running)
        progress_text(findings, text, sizeof text);
    else if (findings->present && !findings->whole)
        snprintf(text, sizeof text, "Stopped: this is not all. R begins again.");
    else if (findings->present)
        report_text(app, text, sizeof text);
    if (text[0] >= 'a' && text[0] <= 'z')
        text[0] = (char)(text[0] - 'a' + 'A');
    bool warn = !findings->running && (!findings->whole || findings->report_at == 0 || findings->not_live[0] != '\0');
    grid_put(grid, 1, 1, grid->columns - 1, warn ? LOOK_WARN : LOOK_PLAIN, text);
    grid_rule(grid, 2, 0, grid->columns, LOOK_DIM);
}

/* --- the list ----------------------------------------------------------------------------------*/

/* The account and what is in it, without what all its ARNs begin with. */
static const char *short_name(const char *resource)
{
    const char *at = resource;
    if (strncmp(resource, "arn:", 4) != 0)
        return resource;
    for (int colons = 0; colons < 5 && at != NULL; colons++) {
        at = strchr(at, ':');
        at = at != NULL ? at + 1 : NULL;
    }
    if (at == NULL || *at == '\0')
        return resource;
    return strcmp(at, "root") == 0 ? "the account" : at;
}

static unsigned severity_look(const struct finding_row *row)
{
    if (row->status != AUDIT_FAIL)
        return LOOK_DIM;
    enum audit_severity severity = audit_severity(row->check);
    return severity >= AUDIT_HIGH     ? LOOK_BAD | LOOK_BOLD
           : severity == AUDIT_MEDIUM ? LOOK_WARN
                                      : LOOK_PLAIN;
}

/* Where the names begin: behind the longest title, as far as there is room for it. */
static int name_column(const struct grid *grid)
{
    size_t count, longest = 0;
    const struct audit_check *checks = audit_checks(&count);
    for (size_t i = 0; i < count; i++)
        longest = strlen(checks[i].title) > longest ? strlen(checks[i].title) : longest;
    int whole = TITLE_COLUMN + (int)longest + 2, most = grid->columns * 3 / 4;
    return whole < most ? whole : most;
}

static void finding_line(const struct app *app, const struct finding_row *row, struct grid *grid,
                         int at)
{
    int column = name_column(grid);
    const char *name = short_name(app_finding_text(app, row->resource));
    grid_put(grid, at, 3, 4, LOOK_BOLD, row->queued ? "*" : row->begun ? "r" : "");
    bool advice = audit_severity(row->check) == AUDIT_INFORMATIONAL;
    grid_put(grid, at, SEVERITY_COLUMN, TITLE_COLUMN - 1, severity_look(row),
             advice ? "advice" : row->check->severity);
    grid_put(grid, at, TITLE_COLUMN, column - 1, LOOK_PLAIN, row->check->title);
    grid_put(grid, at, column, grid->columns - 1, LOOK_PLAIN, name);
}

static void heading(const struct findings *findings, enum audit_status status, struct grid *grid,
                    int at)
{
    char text[96];
    size_t all = findings->tally[status], shown = findings->shown_tally[status];
    bool hidden = status == AUDIT_PASS && findings->whole && !findings->passed;
    if (status == AUDIT_PASS && !findings->whole)
        snprintf(text, sizeof text, "%s: %s", finding_status_words(status),
                 findings->running ? "told at the end" : "not told");
    else if (hidden || shown == all)
        snprintf(text, sizeof text, "%s: %zu", finding_status_words(status), all);
    else
        snprintf(text, sizeof text, "%s: %zu of %zu", finding_status_words(status), shown, all);
    view_heading(grid, at, text);
    grid_put(grid, at, 3 + grid_width(grid, text), grid->columns - 1, LOOK_DIM,
             hidden ? "p shows them" : "");
}

/* Lines of the list: a heading over each group, a blank one under it. */
struct lines {
    struct grid *grid;
    size_t first, rows; /* which are drawn, from TOP_ROWS on */
    size_t count;
    size_t marked;
    bool draws; /* false: they are only counted */
};

/* The row of the screen that the next line is on; -1 when it is not drawn. */
static int next_row(struct lines *lines)
{
    size_t line = lines->count++;
    bool drawn = lines->draws && line >= lines->first && line < lines->first + lines->rows;
    return drawn ? TOP_ROWS + (int)(line - lines->first) : -1;
}

static void walk(const struct app *app, struct lines *lines)
{
    static const enum audit_status order[] = {AUDIT_FAIL, AUDIT_UNKNOWN, AUDIT_PASS};
    const struct findings *findings = &app->findings;
    size_t i = 0;
    for (size_t group = 0; group < sizeof order / sizeof *order; group++) {
        int at = next_row(lines);
        if (at >= 0)
            heading(findings, order[group], lines->grid, at);
        for (; i < findings->shown_count; i++) {
            const struct finding_row *row = &findings->rows[findings->shown[i]];
            if (row->status != order[group])
                break;
            if (i == findings->at)
                lines->marked = lines->count;
            at = next_row(lines);
            if (at < 0)
                continue;
            finding_line(app, row, lines->grid, at);
            if (i == findings->at)
                view_mark(lines->grid, at);
        }
        next_row(lines);
    }
}

static void list(const struct app *app, struct grid *grid)
{
    struct lines lines = {.grid = grid, .rows = app_findings_rows(app)};
    walk(app, &lines);
    size_t count = lines.count - 1, marked = lines.marked;
    lines = (struct lines){.grid = grid,
                           .rows = lines.rows,
                           .first = view_top(marked, count, lines.rows),
                           .draws = true};
    walk(app, &lines);
}

/* --- what is marked, in full -------------------------------------------------------------------*/

static void hint(const struct app *app, const struct finding_row *row, char *text, size_t size)
{
    const char *user = app_finding_text(app, row->resource);
    const char *key = app_finding_text(app, row->key);
    size_t queued;
    if (app_queued_finding(app, &queued) != NULL)
        snprintf(text, size, queued == 1 ? "Enter rotates the marked key."
                                         : "Enter rotates the marked keys, one after the other.");
    else if (row->begun)
        snprintf(text, size, "A rotation of this key was begun here. R looks again.");
    else if (row->fix == AUDIT_FIX_ROTATE && key[0] != '\0')
        snprintf(text, size, "Enter rotates %s of %s.", key, user);
    else if (row->fix == AUDIT_FIX_ENROLL && app_is_self(app, user) && app->findings.enrolled)
        snprintf(text, size, "You have a device by now. R looks again.");
    else if (row->fix == AUDIT_FIX_ENROLL && app_is_self(app, user))
        snprintf(text, size, "Enter leads to the enrolment of a device for you, %s.", user);
    else if (row->fix == AUDIT_FIX_ENROLL)
        snprintf(text, size, "Enter shows a message for %s.", user);
    else if (row->status == AUDIT_PASS)
        text[0] = '\0';
    else
        snprintf(text, size, "Enter shows what to do.");
}

static void detail(const struct app *app, const struct finding_row *row, struct grid *grid)
{
    char text[2048];
    int limit = grid->columns - 1;
    int rows = grid->rows < 20 ? 3 : 4;
    int at = grid->rows - 2 - rows;
    grid_putf(grid, at, 3, limit, LOOK_BOLD, "%s: %s", finding_status_words(row->status),
              row->check->title);
    snprintf(text, sizeof text, "%s: %s", app_finding_text(app, row->resource),
             app_finding_text(app, row->detail));
    at += 1 + grid_wrap(grid, at + 1, 3, limit, rows - 2, LOOK_PLAIN, text);
    hint(app, row, text, sizeof text);
    grid_put(grid, at, 3, limit, LOOK_DIM, text);
}

static const char *nothing(const struct findings *findings)
{
    if (findings->filter.text[0] != '\0')
        return "No finding has this text. Esc shows all.";
    if (!findings->whole)
        return "Nothing has failed so far.";
    return "Nothing failed, and all was checked.";
}

static void draw_failure(const struct error *error, struct grid *grid)
{
    int used = view_error(grid, TOP_ROWS + 1, 5, error);
    grid_put(grid, TOP_ROWS + 2 + used, 3, grid->columns - 1, LOOK_PLAIN, "R tries again, u changes whom it is about.");
}

void view_findings(const struct app *app, struct grid *grid)
{
    const struct findings *findings = &app->findings;
    const struct finding_row *row = app_finding_at(app, app_told(app, findings->at));
    bool failed = findings->error.code != ERROR_NONE;
    top(app, grid);
    grid_cursor(grid, 1, 1);
    if (failed)
        draw_failure(&findings->error, grid);
    else if (findings->present)
        list(app, grid);
    if (!failed && row != NULL)
        detail(app, row, grid);
    else if (!failed && findings->present)
        grid_put(grid, grid->rows - 4, 3, grid->columns - 1, LOOK_PLAIN, nothing(findings));
    size_t held = findings->count, all = findings->tally[AUDIT_FAIL] +
                                         findings->tally[AUDIT_UNKNOWN] + findings->tally[AUDIT_PASS];
    if (held < all)
        grid_putf(grid, grid->rows - 2, 1, grid->columns - 1, LOOK_WARN,
                  "Only %zu of %zu are listed: see 'keywright audit'.", held, all);
    view_filter(grid, grid->rows - 2, &findings->filter, findings->filtering);
}
