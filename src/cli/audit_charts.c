/* The charts of an audit's page: bars as SVG, which needs no script. Each has its numbers beside or
 * inside it, and all of them in words for who does not see it. */
#include <stdio.h>

#include "cli/audit_page.h"

enum { WIDTH = 330, BAR = 18, STEP = 27, LABEL = 112, DIGIT = 9, GAP = 6, PARTS = 3 };

/* A part of a bar: its class in data/audit.css, and what it counts. */
struct part {
    const char *class, *word;
    size_t value;
};
struct bar {
    const char *label;
    size_t part_count;
    struct part parts[PARTS];
};
struct chart {
    const char *id, *caption;
    const char *of; /* between two numbers at the end of a bar, that of its first part and that of
                       all; NULL for one */
    size_t count;
    const struct bar *bars;
    size_t room; /* of the longest bar; set by add_chart */
};

static size_t total(const struct bar *bar)
{
    size_t sum = 0;
    for (size_t i = 0; i < bar->part_count; i++)
        sum += bar->parts[i].value;
    return sum;
}

static size_t digits(size_t value)
{
    return (size_t)snprintf(NULL, 0, "%zu", value);
}

/* For a screen reader: every number of the chart. */
static void add_description(struct page *page, const struct chart *chart)
{
    text_appendf(page->text, "<desc id=\"%s-numbers\">", chart->id);
    for (size_t i = 0; i < chart->count; i++) {
        const struct bar *bar = &chart->bars[i];
        text_appendf(page->text, "%s%s:", i > 0 ? "; " : "", bar->label);
        for (size_t j = 0; j < bar->part_count; j++)
            text_appendf(page->text, "%s %zu %s", j > 0 ? "," : "", bar->parts[j].value,
                         bar->parts[j].word);
    }
    text_append(page->text, "</desc>\n");
}

/* The parts of a bar one after the other, `most` being what the whole width stands for. */
static void add_parts(struct page *page, const struct chart *chart, const struct bar *bar,
                      size_t top, size_t most)
{
    size_t room = chart->room, done = 0;
    for (size_t i = 0; i < bar->part_count; i++) {
        const struct part *part = &bar->parts[i];
        size_t from = done * room / most, width = (done + part->value) * room / most - from;
        done += part->value;
        if (part->value == 0)
            continue;
        width = width < 2 ? 2 : width; /* what is there is seen */
        text_appendf(page->text,
                     "<rect class=\"%s\" x=\"%zu\" y=\"%zu\" width=\"%zu\" height=\"%d\"/>",
                     part->class, LABEL + from, top, width, BAR);
        if (chart->of != NULL && width > (digits(part->value) + 1) * DIGIT)
            text_appendf(page->text, "<text class=\"inside\" x=\"%zu\" y=\"%zu\">%zu</text>",
                         LABEL + from + width / 2, top + 14, part->value);
    }
}

static void add_bar(struct page *page, const struct chart *chart, const struct bar *bar, size_t top,
                    size_t most)
{
    size_t all = total(bar);
    text_appendf(page->text, "<text x=\"0\" y=\"%zu\">%s</text>", top + 14, bar->label);
    text_appendf(page->text,
                 "<rect class=\"track\" x=\"%d\" y=\"%zu\" width=\"%zu\" height=\"%d\"/>", LABEL,
                 top, chart->room, BAR);
    add_parts(page, chart, bar, top, most);
    text_appendf(page->text, "<text x=\"%zu\" y=\"%zu\">", LABEL + chart->room + GAP, top + 14);
    if (chart->of != NULL)
        text_appendf(page->text, "%zu%s", bar->parts[0].value, chart->of);
    text_appendf(page->text, "%zu</text>\n", all);
}

static void add_legend(struct page *page, const struct bar *bar)
{
    text_append(page->text, "<ul class=\"legend\" aria-hidden=\"true\">");
    for (size_t i = 0; i < bar->part_count; i++)
        text_appendf(page->text,
                     "<li><svg viewBox=\"0 0 10 10\"><rect class=\"%s\" width=\"10\" "
                     "height=\"10\"/></svg>%s</li>",
                     bar->parts[i].class, bar->parts[i].word);
    text_append(page->text, "</ul>\n");
}

/* Bars of one part are as long as their numbers are beside the greatest; those of more parts are
 * parts of a whole. */
static void add_chart(struct page *page, struct chart *chart)
{
    size_t most = 1;
    for (size_t i = 0; i < chart->count; i++)
        most = total(&chart->bars[i]) > most ? total(&chart->bars[i]) : most;
    /* The numbers behind it have room: one, or two and what is between them. */
    chart->room = WIDTH - LABEL - GAP - digits(most) * DIGIT * (chart->of != NULL ? 2 : 1) - DIGIT;
    text_appendf(page->text,
                 "<figure>\n<figcaption id=\"%s\">%s</figcaption>\n<svg role=\"img\" "
                 "aria-labelledby=\"%s\" aria-describedby=\"%s-numbers\" viewBox=\"0 0 %d %zu\">",
                 chart->id, chart->caption, chart->id, chart->id, WIDTH,
                 chart->count * STEP - (STEP - BAR));
    add_description(page, chart);
    for (size_t i = 0; i < chart->count; i++) {
        size_t all = total(&chart->bars[i]);
        add_bar(page, chart, &chart->bars[i], i * STEP,
                chart->of == NULL ? most
                : all > 0         ? all
                                  : 1);
    }
    text_append(page->text, "</svg>\n");
    if (chart->of != NULL)
        add_legend(page, &chart->bars[0]);
    text_append(page->text, "</figure>\n");
}

/* --- what they show ----------------------------------------------------------------------------*/

static void chart_checks(struct page *page)
{
    struct bar bars[AUDIT_SEVERITY_COUNT];
    for (int i = 0; i < AUDIT_SEVERITY_COUNT; i++)
        bars[i] =
            (struct bar){audit_severity_name((enum audit_severity)(AUDIT_CRITICAL - i)),
                         3,
                         {{"pass", "pass", 0}, {"unknown", "unknown", 0}, {"fail", "fail", 0}}};
    for (size_t i = 0; i < page->check_count; i++) {
        const struct audit_tally *tally = &page->tallies[i];
        struct bar *bar = &bars[AUDIT_CRITICAL - (int)audit_severity(&page->checks[i])];
        enum audit_status worst = page_worst(tally);
        if (tally->fail + tally->unknown + tally->pass > 0)
            bar->parts[worst == AUDIT_PASS ? 0 : worst == AUDIT_UNKNOWN ? 1 : 2].value++;
    }
    struct chart chart = {
        "chart-checks", "Checks that pass, by severity", "/", AUDIT_SEVERITY_COUNT, bars, 0};
    add_chart(page, &chart);
}

static void chart_ages(struct page *page)
{
    struct bar bars[PAGE_AGES] = {
        {"up to 30 days", 1, {{"age0", "keys", 0}}},  {"31 to 90 days", 1, {{"age1", "keys", 0}}},
        {"91 to 180 days", 1, {{"age2", "keys", 0}}}, {"181 to 365 days", 1, {{"age3", "keys", 0}}},
        {"over 365 days", 1, {{"age4", "keys", 0}}},  {"age not known", 1, {{"age5", "keys", 0}}}};
    for (size_t i = 0; i < PAGE_AGES; i++)
        bars[i].parts[0].value = page->users.ages[i];
    struct chart chart = {"chart-ages", "Age of Active access keys",
                          NULL,         PAGE_AGES - (page->users.ages[PAGE_AGE_UNKNOWN] == 0),
                          bars,         0};
    add_chart(page, &chart);
}

static void chart_mfa(struct page *page)
{
    static const char *const labels[] = {"with a password", "without one", "not known"};
    static const enum fact consoles[] = {FACT_YES, FACT_NO, FACT_UNKNOWN};
    struct bar bars[3];
    for (size_t i = 0; i < 3; i++) {
        const size_t *mfa = page->users.mfa[consoles[i]];
        bars[i] = (struct bar){labels[i],
                               3,
                               {{"pass", "MFA", mfa[FACT_YES]},
                                {"unknown", "not known", mfa[FACT_UNKNOWN]},
                                {"fail", "no MFA", mfa[FACT_NO]}}};
    }
    struct chart chart = {
        "chart-mfa", "MFA of users, by console password", "/", 2 + (total(&bars[2]) > 0), bars, 0};
    add_chart(page, &chart);
}

void page_charts(struct page *page)
{
    text_append(page->text, "<h2>At a glance</h2>\n<div class=\"charts\">\n");
    chart_checks(page);
    chart_ages(page);
    chart_mfa(page);
    text_append(page->text, "</div>\n");
}
