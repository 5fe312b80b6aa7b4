/* What `keywright audit` prints, a file a form. Findings are judged again for each look at them, which is
 * cheaper than keeping them. */
#ifndef KEYWRIGHT_CLI_AUDIT_H
#define KEYWRIGHT_CLI_AUDIT_H

#include <stdio.h>

#include "audit/judge.h"
#include "runner/inventory.h"

struct json_object;

struct audit {
    const struct facts *facts;
    const char *arn;  /* who asked */
    const char *user; /* only findings about this one; NULL for all */
    const struct access_selection *selection; /* or about these; NULL for all */
    const char *region;
};

typedef void audit_visit(void *context, const struct audit_finding *finding);
void audit_each(const struct audit *audit, audit_visit *visit, void *context);
void audit_each_of(const struct audit *audit, const struct audit_check *check, audit_visit *visit,
                   void *context);

/* Is this user one of those that the findings are to be about? */
bool audit_is_meant(const struct audit *audit, const char *user);

/* How many findings of a status. */
struct audit_tally {
    size_t pass, fail, unknown;
};
void audit_tally_add(struct audit_tally *tally, enum audit_status status);

/* "CIS 5.0: 1.13", "Security Hub: IAM.3", "Config: ...": an array of strings. */
struct json_object *audit_controls(const struct audit_check *check);
/* The same as one text with commas. */
void audit_controls_text(const struct audit_check *check, struct text *text);
/* The ARN of what a finding is about. */
void audit_resource_arn(const struct audit *audit, const struct audit_finding *finding,
                        char *buffer, size_t size);

void audit_print_text(const struct audit *audit);
void audit_print_json(const struct audit *audit);
void audit_print_csv(const struct audit *audit);
void audit_print_sarif(const struct audit *audit);
void audit_print_asff(const struct audit *audit);
/* One page that needs nothing else. IO when it cannot be written whole. */
bool audit_write_html(const struct audit *audit, const char *path, struct error *err) MUST_USE;

#endif
