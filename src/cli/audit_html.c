/* An audit as one HTML page: no script, nothing fetched, charts as inline SVG, readable on paper. All text
 * from outside is made safe and escaped. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/safe.h"
#include "base/when.h"
#include "cli/audit.h"

enum { CHART_WIDTH = 420, BAR_HEIGHT = 22, BAR_STEP = 30, LABEL_WIDTH = 130 };

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'\">\n<title>Keywright audit</title>\n<style>\n"
    "body{font:15px/1.45 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;"
    "color:#1b1f24;background:#fff}\n"
    "h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}h3{font-size:1rem;margin:1.4rem 0 "
    ".3rem}\n"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.25rem .6rem;"
    "border-bottom:1px solid #d5dae0;vertical-align:top;overflow-wrap:anywhere}\n"
    ".fail{color:#a30f1d;font-weight:600}.unknown{color:#7a4a00;font-weight:600}"
    ".pass{color:#176639}\n"
    ".charts{display:flex;flex-wrap:wrap;gap:2rem}figure{margin:0}figcaption{font-weight:600}\n"
    "text{font:13px system-ui,sans-serif;fill:#1b1f24}\n"
    "@media print{body{margin:0;max-width:none}h3,tr,figure{break-inside:avoid}}\n"
    "</style>\n</head>\n<body>\n";

static void escaped(FILE *file, const char *value)
{
    struct text text CLEANUP(text_release);
    text_init(&text, 16384);
    safe_append(&text, value);
    for (const char *at = text.bytes; *at != '\0'; at++)
        switch (*at) {
        case '&':
            fputs("&amp;", file);
            break;
        case '<':
            fputs("&lt;", file);
            break;
        case '>':
            fputs("&gt;", file);
            break;
        case '"':
            fputs("&quot;", file);
            break;
        case '\'':
            fputs("&#39;", file);
            break;
        default:
            fputc(*at, file);
        }
}

static void element(FILE *file, const char *open, const char *value, const char *close)
{
    fputs(open, file);
    escaped(file, value);
    fputs(close, file);
}

/* --- charts ------------------------------------------------------------------------------------*/

struct bar {
    const char *label;
    size_t value;
    const char *colour;
};

/* Bars one below the other, each with its number. */
static void write_chart(FILE *file, const char *caption, const struct bar *bars, size_t count)
{
    size_t most = 1;
    for (size_t i = 0; i < count; i++)
        most = bars[i].value > most ? bars[i].value : most;
    element(file, "<figure><figcaption>", caption, "</figcaption>\n");
    fprintf(file, "<svg role=\"img\" width=\"%d\" height=\"%zu\" viewBox=\"0 0 %d %zu\">",
            CHART_WIDTH, count * BAR_STEP, CHART_WIDTH, count * BAR_STEP);
    element(file, "<title>", caption, "</title>\n");
    for (size_t i = 0; i < count; i++) {
        size_t room = CHART_WIDTH - LABEL_WIDTH - 60, top = i * BAR_STEP;
        size_t width = bars[i].value * room / most;
        if (bars[i].value > 0 && width < 2)
            width = 2;
        fprintf(file, "<text x=\"0\" y=\"%zu\">", top + 16);
        element(file, "", bars[i].label, "</text>");
        fprintf(file, "<rect x=\"%d\" y=\"%zu\" width=\"%zu\" height=\"%d\" fill=\"%s\"/>",
                LABEL_WIDTH, top, width, BAR_HEIGHT, bars[i].colour);
        fprintf(file, "<text x=\"%zu\" y=\"%zu\">%zu</text>\n", LABEL_WIDTH + width + 6, top + 16,
                bars[i].value);
    }
    fputs("</svg></figure>\n", file);
}

static bool is_meant(const struct audit *audit, const struct fact_user *user)
{
    bool gone = audit->facts->users.have && user->in_report && !user->listed;
    return !gone && audit_is_meant(audit, user->name);
}

static void chart_ages(FILE *file, const struct audit *audit)
{
    static const int64_t limits[] = {30, 90, 180, 365};
    enum { AGES = 5, UNKNOWN = 5 };
    struct bar bars[] = {{"up to 30 days", 0, "#2f7d4f"}, {"31 to 90 days", 0, "#6fa84f"},
                         {"91 to 180 days", 0, "#d9a520"}, {"181 to 365 days", 0, "#d1652a"},
                         {"over 365 days", 0, "#a30f1d"}, {"age not known", 0, "#8a8f98"}};
    for (size_t i = 0; i < audit->facts->user_count; i++) {
        const struct fact_user *user = &audit->facts->list[i];
        for (size_t j = 0; is_meant(audit, user) && j < user->key_count; j++) {
            const struct fact_key *key = &user->keys[j];
            size_t at = 0;
            if (key->active == FACT_NO)
                continue;
            while (at < 4 && audit->facts->now - key->created > limits[at] * 86400)
                at++;
            bars[key->created == 0 ? UNKNOWN : at].value++;
        }
    }
    write_chart(file, "Age of Active access keys", bars, AGES + (bars[UNKNOWN].value > 0));
}

static void chart_mfa(FILE *file, const struct audit *audit)
{
    struct bar bars[] = {{"console, MFA", 0, "#2f7d4f"},  {"console, none", 0, "#a30f1d"},
                         {"no console, MFA", 0, "#6fa84f"}, {"no console, none", 0, "#d9a520"},
                         {"not known", 0, "#8a8f98"}};
    for (size_t i = 0; i < audit->facts->user_count; i++) {
        const struct fact_user *user = &audit->facts->list[i];
        if (!is_meant(audit, user))
            continue;
        if (user->mfa == FACT_UNKNOWN || user->console == FACT_UNKNOWN)
            bars[4].value++;
        else
            bars[(user->console == FACT_NO) * 2 + (user->mfa == FACT_NO)].value++;
    }
    write_chart(file, "MFA of users", bars, 5);
}

/* --- tables ------------------------------------------------------------------------------------*/

struct page {
    FILE *file;
    const struct audit *audit;
    struct audit_tally tally;
};

static void tally(void *context, const struct audit_finding *finding)
{
    struct page *page = context;
    audit_tally_add(&page->tally, finding->status);
}

static void write_row(void *context, const struct audit_finding *finding)
{
    const struct page *page = context;
    const char *status = audit_status_name(finding->status);
    if (finding->status == AUDIT_PASS)
        return;
    fprintf(page->file, "<tr><td class=\"%s\">%s</td>", status, status);
    element(page->file, "<td>", finding->resource, "</td>");
    element(page->file, "<td>", finding->detail, "</td></tr>\n");
}

static void write_summary(struct page *page)
{
    size_t count;
    const struct audit_check *checks = audit_checks(&count);
    fputs("<h2>Checks</h2>\n<table><thead><tr><th>severity<th>check<th>fail<th>unknown<th>pass"
          "</tr></thead><tbody>\n",
          page->file);
    for (int severity = AUDIT_CRITICAL; severity >= AUDIT_LOW; severity--)
        for (size_t i = 0; i < count; i++) {
            if (audit_severity(&checks[i]) != (enum audit_severity)severity)
                continue;
            page->tally = (struct audit_tally){0};
            audit_each_of(page->audit, &checks[i], tally, page);
            if (page->tally.fail + page->tally.unknown + page->tally.pass == 0)
                continue;
            element(page->file, "<tr><td>", checks[i].severity, "</td>");
            element(page->file, "<td>", checks[i].title, "</td>");
            fprintf(page->file,
                    "<td class=\"%s\">%zu</td><td class=\"%s\">%zu</td><td>%zu</td></tr>\n",
                    page->tally.fail > 0 ? "fail" : "", page->tally.fail,
                    page->tally.unknown > 0 ? "unknown" : "", page->tally.unknown,
                    page->tally.pass);
        }
    fputs("</tbody></table>\n", page->file);
}

static void write_check(struct page *page, const struct audit_check *check)
{
    struct text controls CLEANUP(text_release);
    text_init(&controls, 1024);
    audit_controls_text(check, &controls);
    page->tally = (struct audit_tally){0};
    audit_each_of(page->audit, check, tally, page);
    if (page->tally.fail + page->tally.unknown == 0)
        return;
    element(page->file, "<h3>", check->title, "</h3>\n");
    element(page->file, "<p>", check->why, "<br>");
    element(page->file, "What to do: ", check->remedy, "<br>");
    element(page->file, "<small>", check->id, ", ");
    element(page->file, "", check->severity, controls.length > 0 ? "; " : "");
    element(page->file, "", controls.bytes, "</small></p>\n<table><tbody>\n");
    audit_each_of(page->audit, check, write_row, page);
    fputs("</tbody></table>\n", page->file);
}

static void write_beginning(FILE *file, const struct audit *audit)
{
    char when[WHEN_TEXT_SIZE];
    fputs(head, file);
    element(file, "<h1>Audit of account ", audit->facts->account, "</h1>\n");
    element(file, "<p>Made at ", when_format(audit->facts->now, when), ", asked by ");
    element(file, "", audit->arn, ".<br>");
    if (audit->facts->report.have)
        element(file, "Credential report of ", when_format(audit->facts->report.at, when),
                "; AWS keeps one for four hours, so that what changed since is not in it.</p>\n");
    else
        element(file, "No credential report: ", audit->facts->report.why, "</p>\n");
}

static void write_page(FILE *file, const struct audit *audit)
{
    struct page page = {.file = file, .audit = audit};
    size_t count;
    const struct audit_check *checks = audit_checks(&count);
    write_beginning(file, audit);
    fputs("<div class=\"charts\">\n", file);
    chart_ages(file, audit);
    chart_mfa(file, audit);
    fputs("</div>\n", file);
    write_summary(&page);
    fputs("<h2>Findings</h2>\n", file);
    for (int severity = AUDIT_CRITICAL; severity >= AUDIT_LOW; severity--)
        for (size_t i = 0; i < count; i++)
            if (audit_severity(&checks[i]) == (enum audit_severity)severity)
                write_check(&page, &checks[i]);
    fputs("</body>\n</html>\n", file);
}

bool audit_write_html(const struct audit *audit, const char *path, struct error *err)
{
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return error_set_errno(err, ERROR_IO, errno, "%s", path);
    write_page(file, audit);
    bool good = ferror(file) == 0 && fflush(file) == 0;
    int sys = errno;
    good = fclose(file) == 0 && good;
    return good || error_set_errno(err, ERROR_IO, sys, "%s", path);
}
