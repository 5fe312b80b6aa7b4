/* Which rows the audit screen shows, in which order, and where the mark is. */
#include <stdlib.h>
#include <string.h>

#include "tui/screens.h"

/* Groups in the order of the screen. */
static int group_of(enum audit_status status)
{
    static const int groups[] = {[AUDIT_FAIL] = 0, [AUDIT_UNKNOWN] = 1, [AUDIT_PASS] = 2};
    return groups[status];
}

int findings_rank(const struct audit_check *check, enum audit_status status)
{
    return group_of(status) * AUDIT_SEVERITY_COUNT + AUDIT_SEVERITY_COUNT - 1 - (int)audit_severity(check);
}

/* Checks in the order of the catalogue, whichever came first. */
static int compare(const void *a, const void *b)
{
    const struct finding_row *left = a, *right = b;
    int order = left->rank - right->rank;
    if (order == 0)
        order = (left->check > right->check) - (left->check < right->check);
    return order != 0 ? order : (left->order > right->order) - (left->order < right->order);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Whatever the case of ASCII letters. */
static bool contains(const char *string, const char *part)
{
    for (; *string != '\0'; string++) {
        size_t i = 0;
        while (part[i] != '\0' && lower(string[i]) == lower(part[i]))
            i++;
        if (part[i] == '\0')
            return true;
    }
    return false;
}

static bool is_shown(const struct app *app, const struct finding_row *row)
{
    const struct findings *findings = &app->findings;
    const char *part = findings->filter.text;
    if (row->status == AUDIT_PASS && !findings->passed)
        return false;
    return part[0] == '\0' || contains(row->check->title, part) || contains(row->check->id, part) ||
           contains(row->check->severity, part) ||
           contains(app_finding_text(app, row->resource), part) ||
           contains(app_finding_text(app, row->detail), part);
}

/* `marked`: the order of arrival of the row that is marked, while it is shown; otherwise it is the first one. */
static void show_marking(struct app *app, size_t marked)
{
    struct findings *findings = &app->findings;
    size_t at = 0;
    findings->shown_count = 0;
    memset(findings->shown_tally, 0, sizeof findings->shown_tally);
    for (size_t i = 0; i < findings->count; i++) {
        if (!is_shown(app, &findings->rows[i]))
            continue;
        if (findings->rows[i].order == marked)
            at = findings->shown_count;
        findings->shown[findings->shown_count++] = i;
        findings->shown_tally[findings->rows[i].status]++;
    }
    findings->at = at;
}

static size_t marked_order(const struct app *app)
{
    const struct finding_row *marked = app_marked_finding(app);
    return marked != NULL ? marked->order : SIZE_MAX;
}

void findings_show(struct app *app)
{
    show_marking(app, marked_order(app));
}

void findings_arrange(struct app *app)
{
    struct findings *findings = &app->findings;
    size_t marked = findings->held ? marked_order(app) : SIZE_MAX;
    if (findings->count > 0)
        qsort(findings->rows, findings->count, sizeof *findings->rows, compare);
    show_marking(app, marked);
}
