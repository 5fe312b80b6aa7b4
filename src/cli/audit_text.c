/* An audit for people: what fails first, with reason and remedy, in 80 columns. */
#include <string.h>

#include "base/show.h"
#include "base/when.h"
#include "cli/audit.h"
#include "cli/print.h"

enum { WIDTH = 79, INDENT = 9 };

void audit_print_wrapped(int indent, const char *lead, const char *value)
{
    struct text text CLEANUP(text_release);
    text_init(&text, 8192);
    show_append(&text, lead);
    show_append(&text, value);
    if (!print_has_all(&text))
        return;
    size_t column = 0;
    char *rest = text.bytes;
    for (char *word = strtok_r(rest, " ", &rest); word != NULL; word = strtok_r(rest, " ", &rest)) {
        size_t columns = show_columns(word);
        if (column > 0 && column + 1 + columns > WIDTH) {
            putchar('\n');
            column = 0;
        }
        if (column == 0)
            printf("%*s", indent, "");
        else
            putchar(' ');
        column = column == 0 ? (size_t)indent + columns : column + 1 + columns;
        fputs(word, stdout);
    }
    putchar('\n');
}

/* --- one check ---------------------------------------------------------------------------------*/

/* In the order of printing. */
enum section { SECTION_FAIL, SECTION_UNKNOWN, SECTION_ADVICE, SECTION_PASS, SECTIONS };

struct group {
    struct audit_tally tally;
    enum section wanted; /* which findings are to be printed */
};

static enum section section_of(const struct audit_finding *finding)
{
    switch (finding->status) {
    case AUDIT_FAIL:
        return SECTION_FAIL;
    case AUDIT_UNKNOWN:
        return SECTION_UNKNOWN;
    case AUDIT_PASS:
        break;
    }
    return finding->advice ? SECTION_ADVICE : SECTION_PASS;
}

static void tally(void *context, const struct audit_finding *finding)
{
    struct group *group = context;
    audit_tally_add(&group->tally, finding->status);
    group->tally.advice += finding->advice;
}

static void print_finding(void *context, const struct audit_finding *finding)
{
    const struct group *group = context;
    char lead[800];
    if (section_of(finding) != group->wanted)
        return;
    snprintf(lead, sizeof lead, "%s%s: ", finding->status == AUDIT_UNKNOWN ? "? " : "- ",
             finding->resource);
    audit_print_wrapped(INDENT, lead, finding->detail);
}

static enum section worst(const struct group *group)
{
    return group->tally.fail > 0      ? SECTION_FAIL
           : group->tally.unknown > 0 ? SECTION_UNKNOWN
           : group->tally.advice > 0        ? SECTION_ADVICE
                                      : SECTION_PASS;
}

static void print_heading(const struct audit_check *check, const struct group *group)
{
    static const char *const words[] = {
        [SECTION_PASS] = "pass", [SECTION_FAIL] = "FAIL", [SECTION_UNKNOWN] = "UNKNOWN",
        [SECTION_ADVICE] = "advice"};
    const struct audit_tally *tally = &group->tally;
    char lead[64], value[512];
    snprintf(lead, sizeof lead, "%-9s", words[worst(group)]);
    fputs(lead, stdout);
    snprintf(value, sizeof value, "%s (%s; %s: %zu fail, %zu unknown, %zu pass)", check->title,
             check->id, check->severity, tally->fail, tally->unknown, tally->pass);
    if (worst(group) == SECTION_PASS)
        snprintf(value, sizeof value, "%s (%s: %zu)", check->title, check->id, tally->pass);
    if (worst(group) == SECTION_ADVICE)
        snprintf(value, sizeof value, "%s (%s: %zu of %zu)", check->title, check->id, group->tally.advice,
                 tally->pass);
    struct text text CLEANUP(text_release);
    text_init(&text, 1024);
    text_append(&text, value);
    if (!print_has_all(&text))
        return;
    /* The first line has its word already. */
    size_t column = INDENT;
    bool first = true;
    char *rest = text.bytes;
    for (char *word = strtok_r(rest, " ", &rest); word != NULL; word = strtok_r(rest, " ", &rest)) {
        size_t columns = strlen(word);
        if (column + 1 + columns > WIDTH) {
            printf("\n%*s", INDENT, "");
            column = INDENT;
            first = true;
        }
        printf("%s%s", first ? "" : " ", word);
        column += columns + (first ? 0 : 1);
        first = false;
    }
    putchar('\n');
}

static void print_check(const struct audit *audit, const struct audit_check *check,
                        enum section wanted)
{
    struct group group = {.wanted = SECTION_FAIL};
    audit_each_of(audit, check, tally, &group);
    if (group.tally.pass + group.tally.fail + group.tally.unknown == 0 || worst(&group) != wanted)
        return;
    print_heading(check, &group);
    if (wanted == SECTION_PASS)
        return;
    struct text controls CLEANUP(text_release);
    text_init(&controls, 1024);
    audit_controls_text(check, &controls);
    if (wanted != SECTION_UNKNOWN) {
        audit_print_wrapped(INDENT, "why: ", check->why);
        audit_print_wrapped(INDENT, "do: ", check->remedy);
    }
    if (print_has_all(&controls) && controls.length > 0)
        audit_print_wrapped(INDENT, "asked for by: ", controls.bytes);
    for (int section = SECTION_FAIL; section < SECTION_PASS; section++) {
        group.wanted = (enum section)section;
        audit_each_of(audit, check, print_finding, &group);
    }
    putchar('\n');
}

/* --- all of them -------------------------------------------------------------------------------*/

void audit_print_account(const struct audit *audit)
{
    const struct facts *facts = audit->facts;
    print_line(stdout, "account %s (%s), asked by %s", facts->account, facts->partition,
               audit->arn);
}

void audit_print_report(const struct audit *audit)
{
    const struct facts *facts = audit->facts;
    char when[WHEN_TEXT_SIZE], age[DURATION_TEXT_SIZE], line[512];
    if (facts->report.have) {
        int64_t old = facts->now > facts->report.at ? facts->now - facts->report.at : 0;
        snprintf(line, sizeof line,
                 "credential report of %s, %s old; AWS keeps one for four hours, so that what "
                 "changed since is not in it",
                 when_format(facts->report.at, when), duration_format(old, age));
        audit_print_wrapped(0, "", line);
    } else {
        audit_print_wrapped(0, "no credential report: ", facts->report.why);
    }
    putchar('\n');
}

static void print_not_looked_at(const struct facts *facts)
{
    if (facts->analyzers.have && facts->unused_analyzer[0] == '\0')
        audit_print_wrapped(0, "", "What is granted and not used is not told: there is no analyzer of unused "
                                   "access, which costs money for each user and role, in the region that was "
                                   "asked.");
    if (!facts->validate)
        audit_print_wrapped(0, "", "With --validate-policies Access Analyzer is asked about each policy.");
    audit_print_wrapped(0, "", "Not looked at by this version: policies of an organization, and what AWS's own "
                               "policies allow beyond administration.");
}

/* Of all checks, or `only` of these. */
static void print_checks(const struct audit *audit, enum section wanted, const bool *only)
{
    size_t count;
    const struct audit_check *checks = audit_checks(&count);
    for (int severity = AUDIT_CRITICAL; severity >= AUDIT_INFORMATIONAL; severity--)
        for (size_t i = 0; i < count; i++)
            if (audit_severity(&checks[i]) == (enum audit_severity)severity && (only == NULL || only[i]))
                print_check(audit, &checks[i], wanted);
}

void audit_print_end(const struct audit *audit)
{
    size_t totals[SECTIONS] = {0}, count;
    const struct audit_check *checks = audit_checks(&count);
    print_checks(audit, SECTION_ADVICE, NULL);
    print_checks(audit, SECTION_PASS, NULL);
    for (size_t i = 0; i < count; i++) {
        struct group group = {.wanted = SECTION_FAIL};
        audit_each_of(audit, &checks[i], tally, &group);
        if (group.tally.pass + group.tally.fail + group.tally.unknown > 0)
            totals[worst(&group)]++;
    }
    size_t passed = totals[SECTION_PASS] + totals[SECTION_ADVICE];
    size_t failed = totals[SECTION_FAIL], unknown = totals[SECTION_UNKNOWN];
    if (totals[SECTION_PASS] > 0)
        putchar('\n');
    print_line(stdout, "%zu checks: %zu failed, %zu could not be told, %zu passed",
               failed + unknown + passed, failed, unknown, passed);
    print_not_looked_at(audit->facts);
}

/* The report may come later than what it does not tell. */
static void print_beginning(const struct audit *audit, struct audit_shown *shown)
{
    const struct fact_source *report = &audit->facts->report;
    bool known = report->have || report->why[0] != '\0';
    if (!shown->begun)
        audit_print_account(audit);
    if (known && !shown->report)
        audit_print_report(audit);
    else if (!shown->begun)
        putchar('\n');
    shown->begun = true;
    shown->report = known;
}

void audit_print_text(const struct audit *audit, const struct inventory *inventory, struct audit_shown *shown)
{
    size_t count, wanted = 0;
    const struct audit_check *checks = audit_checks(&count);
    bool now[AUDIT_CHECKS_MAX] = {false};
    for (size_t i = 0; i < count; i++) {
        now[i] = !shown->checks[i] && inventory_settled(inventory, &checks[i]);
        shown->checks[i] = shown->checks[i] || now[i];
        wanted += now[i];
    }
    if (wanted == 0)
        return;
    print_beginning(audit, shown);
    print_checks(audit, SECTION_FAIL, now);
    print_checks(audit, SECTION_UNKNOWN, now);
}
