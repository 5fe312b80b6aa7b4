/* An audit as one HTML page: no script, nothing fetched, charts as inline SVG, readable on paper,
 * in the light and in the dark. All text from outside is made safe and escaped. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/safe.h"
#include "base/when.h"
#include "cli/audit_page.h"

/* Room for the findings of some ten thousand users. */
enum { PAGE_MOST = 128 * 1024 * 1024 };

/* Made of data/audit.css, a string a line. */
static const char *const style[] = {
#include "data/audit_css.h"
};

typedef void visit_check(struct page *page, const struct audit_check *check,
                         const struct audit_tally *tally);

/* Those that have findings, the most severe first. */
static void each_check(struct page *page, visit_check *visit)
{
    for (int severity = AUDIT_CRITICAL; severity >= AUDIT_INFORMATIONAL; severity--)
        for (size_t i = 0; i < page->check_count; i++) {
            const struct audit_tally *tally = &page->tallies[i];
            if (audit_severity(&page->checks[i]) == (enum audit_severity)severity &&
                tally->fail + tally->unknown + tally->pass > 0)
                visit(page, &page->checks[i], tally);
        }
}

/* --- what is counted ---------------------------------------------------------------------------*/

static void tally(void *context, const struct audit_finding *finding)
{
    const struct page *page = context;
    struct audit_tally *of_check = &page->tallies[finding->check - page->checks];
    audit_tally_add(of_check, finding->status);
    of_check->advice += finding->advice;
}

static size_t age_of(const struct fact_key *key, int64_t now)
{
    static const int64_t limits[] = {30, 90, 180, 365};
    size_t at = 0;
    while (at < 4 && now - key->created > limits[at] * 86400)
        at++;
    return key->created == 0 ? PAGE_AGE_UNKNOWN : at;
}

static void count_users(struct page *page)
{
    const struct facts *facts = page->audit->facts;
    for (size_t i = 0; i < facts->user_count; i++) {
        const struct fact_user *user = &facts->list[i];
        bool gone = facts->users.have && user->in_report && !user->listed;
        if (gone || !audit_is_meant(page->audit, user->name))
            continue;
        page->users.mfa[user->console][user->mfa]++;
        for (size_t j = 0; j < user->key_count; j++)
            if (user->keys[j].active != FACT_NO)
                page->users.ages[age_of(&user->keys[j], facts->now)]++;
    }
}

/* --- the beginning -----------------------------------------------------------------------------*/

static void add_head(struct page *page)
{
    char when[WHEN_TEXT_SIZE];
    text_append(
        page->text,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n"
        "<meta name=\"generator\" content=\"Keywright " PACKAGE_VERSION "\">\n");
    page_element(page, "<title>Keywright audit of account ", page->audit->facts->account, ", ");
    page_element(page, "", when_format(page->audit->facts->now, when), "</title>\n<style>\n");
    for (size_t i = 0; i < sizeof style / sizeof style[0]; i++)
        text_append(page->text, style[i]);
    text_append(page->text, "</style>\n</head>\n<body>\n");
}

/* An audit that is not of everybody says so. */
static void add_narrowing(struct page *page)
{
    const struct audit *audit = page->audit;
    const struct access_selection *selection = audit->selection;
    const struct {
        const char *lead, *value;
    } parts[] = {{"user ", audit->user},
                 {"members of the group ", selection != NULL ? selection->group : NULL},
                 {"path ", selection != NULL ? selection->path : NULL},
                 {"tag ", selection != NULL ? selection->tag : NULL}};
    size_t count = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i].value == NULL)
            continue;
        text_append(page->text, count++ == 0 ? "<p><strong>Only some users: " : ", ");
        text_append(page->text, parts[i].lead);
        page_element(page, "<bdi>", parts[i].value, "</bdi>");
    }
    if (count > 0)
        text_append(page->text, ".</strong></p>\n");
}

static void add_beginning(struct page *page)
{
    const struct facts *facts = page->audit->facts;
    char when[WHEN_TEXT_SIZE];
    page_element(page, "<header>\n<h1>Audit of account ", facts->account, "</h1>\n");
    page_element(page, "<p class=\"quiet\">Made at ", when_format(facts->now, when), ", asked by ");
    page_element(page, "<bdi>", page->audit->arn, "</bdi>.<br>\n");
    if (facts->report.have)
        page_element(
            page, "Credential report of ", when_format(facts->report.at, when),
            "; AWS keeps one for four hours, so that what changed since is not in it.</p>\n");
    else
        page_element(page, "No credential report: ", facts->report.why, "</p>\n");
    add_narrowing(page);
    text_append(page->text, "</header>\n<main>\n");
}

static void add_tile(struct page *page, enum audit_status status, size_t value, size_t all,
                     const char *words)
{
    text_appendf(page->text,
                 "<li><b class=\"%s\">%zu <span>of %zu</span></b><small>%s</small></li>\n",
                 audit_status_name(status), value, all, words);
}

static void add_tiles(struct page *page)
{
    size_t fail = 0, unknown = 0, checks = 0, keys = 0, old = 0;
    const size_t *console = page->users.mfa[FACT_YES];
    for (size_t i = 0; i < page->check_count; i++) {
        const struct audit_tally *tally = &page->tallies[i];
        checks += tally->fail + tally->unknown + tally->pass > 0;
        fail += page_worst(tally) == AUDIT_FAIL;
        unknown += page_worst(tally) == AUDIT_UNKNOWN;
    }
    for (size_t i = 0; i < PAGE_AGES; i++) {
        keys += page->users.ages[i];
        old += i >= PAGE_OVER_90 && i != PAGE_AGE_UNKNOWN ? page->users.ages[i] : 0;
    }
    text_append(page->text, "<ul class=\"tiles\">\n");
    add_tile(page, fail > 0 ? AUDIT_FAIL : AUDIT_PASS, fail, checks, "checks fail");
    add_tile(page, unknown > 0 ? AUDIT_UNKNOWN : AUDIT_PASS, unknown, checks,
             "checks could not be told");
    add_tile(page, old > 0 ? AUDIT_FAIL : AUDIT_PASS, old, keys,
             "Active keys are over 90 days old");
    add_tile(page, console[FACT_NO] > 0 ? AUDIT_FAIL : AUDIT_PASS, console[FACT_NO],
             console[FACT_NO] + console[FACT_YES] + console[FACT_UNKNOWN],
             "users with a console password have no MFA");
    text_append(page->text, "</ul>\n");
}

/* --- tables ------------------------------------------------------------------------------------*/

static void add_count(struct page *page, enum audit_status status, size_t count)
{
    text_appendf(page->text, "<td class=\"number %s\">%zu</td>",
                 count > 0 ? audit_status_name(status) : "quiet", count);
}

static void add_summary_row(struct page *page, const struct audit_check *check,
                            const struct audit_tally *tally)
{
    const char *status = audit_status_name(page_worst(tally));
    bool linked = page_worst(tally) != AUDIT_PASS || tally->advice > 0;
    text_appendf(page->text, "<tr><td class=\"severity\">%s</td><th scope=\"row\">",
                 check->severity);
    if (linked)
        page_element(page, "<a href=\"#", check->id, "\">");
    page_element(page, "", check->title, linked ? "</a>" : "");
    text_appendf(page->text, "</th><td class=\"word %s\">%s</td>", status, status);
    add_count(page, AUDIT_FAIL, tally->fail);
    add_count(page, AUDIT_UNKNOWN, tally->unknown);
    add_count(page, AUDIT_PASS, tally->pass);
    text_append(page->text, "</tr>\n");
}

static void add_summary(struct page *page)
{
    text_append(
        page->text,
        "<h2>Checks</h2>\n<div class=\"wide\" tabindex=\"0\">\n<table>\n<caption>What is the case "
        "where a check "
        "passes, and how many findings it has</caption>\n<thead><tr><th scope=\"col\">severity</th>"
        "<th scope=\"col\">check</th><th scope=\"col\">result</th>"
        "<th scope=\"col\" class=\"number\">fail</th><th scope=\"col\" "
        "class=\"number\">unknown</th>"
        "<th scope=\"col\" class=\"number\">pass</th></tr></thead>\n<tbody>\n");
    each_check(page, add_summary_row);
    text_append(page->text, "</tbody>\n</table>\n</div>\n");
}

static void add_finding(void *context, const struct audit_finding *finding)
{
    struct page *page = context;
    const char *status = audit_status_name(finding->status);
    if (finding->status == AUDIT_PASS && !finding->advice)
        return;
    text_appendf(page->text, "<tr><td class=\"word %s\">%s</td>", status,
                 finding->advice ? "advice" : status);
    page_element(page, "<th scope=\"row\"><bdi>", finding->resource, "</bdi></th>");
    page_element(page, "<td><bdi>", finding->detail, "</bdi></td></tr>\n");
}

static void add_check(struct page *page, const struct audit_check *check,
                      const struct audit_tally *tally)
{
    struct text controls CLEANUP(text_release);
    text_init(&controls, 1024);
    audit_controls_text(check, &controls);
    page_lacks(page, &controls);
    if (page_worst(tally) == AUDIT_PASS && tally->advice == 0)
        return;
    page_element(page, "<section class=\"finding\" id=\"", check->id, "\">\n");
    page_element(page, "<h3>", check->title, "</h3>\n");
    text_appendf(page->text, "<p><strong>Severity: %s.</strong> ", check->severity);
    page_element(page, "", check->why, "</p>\n");
    page_element(page, "<p><strong>What to do:</strong> ", check->remedy, "</p>\n");
    page_element(page, "<p class=\"quiet\"><small><code>", check->id, "</code>");
    page_element(page, controls.length > 0 ? "; asked for by " : "", controls.bytes,
                 "</small></p>\n");
    text_append(
        page->text,
        "<table>\n<thead><tr><th scope=\"col\">result</th><th scope=\"col\">who or what</th>"
        "<th scope=\"col\">what was seen</th></tr></thead>\n<tbody>\n");
    audit_each_of(page->audit, check, add_finding, page);
    text_append(page->text, "</tbody>\n</table>\n</section>\n");
}

static void add_page(struct page *page)
{
    add_head(page);
    add_beginning(page);
    add_tiles(page);
    page_charts(page);
    add_summary(page);
    text_append(page->text, "<h2>Findings</h2>\n");
    each_check(page, add_check);
    text_append(
        page->text,
        "</main>\n<footer class=\"quiet\">\n<p>What could not be read is unknown, and never "
        "counts as passed.</p>\n<p>Made by Keywright " PACKAGE_VERSION
        ": keywright audit --html.</p>\n</footer>\n</body>\n</html>\n");
}

static bool print_page(const struct text *text, struct error *err)
{
    fwrite(text->bytes, 1, text->length, stdout);
    return fflush(stdout) == 0 || error_set(err, ERROR_IO, "the page could not be written");
}

bool audit_write_html(const struct audit *audit, const char *path, struct error *err)
{
    CLEANUP(text_release) struct text text;
    struct page page = {.text = &text, .audit = audit};
    text_init(&text, PAGE_MOST);
    page.checks = audit_checks(&page.check_count);
    page.tallies = calloc(page.check_count, sizeof *page.tallies);
    if (page.tallies == NULL)
        return error_set(err, ERROR_MEMORY, "writing a page");
    audit_each(audit, tally, &page);
    count_users(&page);
    add_page(&page);
    free(page.tallies);
    if (!text_ok(&text, err))
        return false;
    return strcmp(path, "-") == 0 ? print_page(&text, err)
                                  : file_write(path, text.bytes, text.length, 0600, err);
}
