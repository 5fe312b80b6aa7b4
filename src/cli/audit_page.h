/* The HTML page of an audit, in parts: audit_html.c makes it, audit_charts.c its figures, of the pieces in
 * audit_page.c. For nobody else. */
#ifndef KEYWRIGHT_CLI_AUDIT_PAGE_H
#define KEYWRIGHT_CLI_AUDIT_PAGE_H

#include "cli/audit.h"

/* How old Active keys are: up to 30, 90, 180 and 365 days, over that, and not known. */
enum { PAGE_AGES = 6, PAGE_OVER_90 = 2, PAGE_AGE_UNKNOWN = 5 };

/* Users (first index) without, with, and perhaps with a console password, who (second) have no MFA,
 * have it, or may have it: each an enum fact. */
struct page_users {
    size_t ages[PAGE_AGES];
    size_t mfa[3][3];
};

struct page {
    struct text *text;
    const struct audit *audit;
    const struct audit_check *checks;
    size_t check_count;
    struct audit_tally *tallies; /* one a check */
    struct page_users users;     /* those that the audit is about */
};

/* A part that could not be made is missing in the page, too. */
void page_lacks(struct page *page, const struct text *part);
/* Text from outside: made safe, and escaped for content and for values of attributes. */
void page_text(struct page *page, const char *value);
/* The same between two pieces of the page's own. */
void page_element(struct page *page, const char *open, const char *value, const char *close);

/* What all findings of a check come to; PASS too when there are none. */
enum audit_status page_worst(const struct audit_tally *tally);

/* The three figures: checks by severity, ages of keys, MFA of users. */
void page_charts(struct page *page);

#endif
