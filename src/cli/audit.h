/* What `keywright audit` prints, a file a form. Findings are judged again for each look at them, which is
 * cheaper than keeping them. */
#ifndef KEYWRIGHT_CLI_AUDIT_H
#define KEYWRIGHT_CLI_AUDIT_H

#include <stdio.h>

#include "audit/judge.h"
#include "cli/cli.h"
#include "runner/follow.h"
#include "runner/reveal.h"

struct json_object;

struct audit {
    const struct facts *facts;
    const char *arn;  /* who asked */
    const char *user; /* only findings about this one; NULL for all */
    const struct access_selection *selection; /* or about these; NULL for all */
    const char *region;
    bool lacks_code; /* AWS let nothing be read, and an MFA code might have helped */
};

typedef void audit_visit(void *context, const struct audit_finding *finding);
void audit_each(const struct audit *audit, audit_visit *visit, void *context);
void audit_each_of(const struct audit *audit, const struct audit_check *check, audit_visit *visit,
                   void *context);

/* Is this finding one of those that are asked for? */
bool audit_is_about(const struct audit *audit, const struct audit_finding *finding);
/* Is this user one of those that the findings are to be about? */
bool audit_is_meant(const struct audit *audit, const char *user);

/* How many findings of a status. */
struct audit_tally {
    size_t pass, fail, unknown;
    size_t advice; /* of those that pass; for who counts it */
};
void audit_tally_add(struct audit_tally *tally, enum audit_status status);

/* "CIS 5.0: 1.13", "Security Hub: IAM.3", "Config: ...": an array of strings. */
struct json_object *audit_controls(const struct audit_check *check);
/* The same as one text with commas. */
void audit_controls_text(const struct audit_check *check, struct text *text);
/* The ARN of what a finding is about. *seek is as in audit_user_of. */
void audit_resource_arn(const struct audit *audit, const struct audit_finding *finding, size_t *seek,
                        char *buffer, size_t size);
/* The same as Security Hub has it: "AWS::::Account:ID" where it is the account as a whole, and the kind of thing that
 * such an ID is of: "AwsIamUser", ..., "AwsAccount", "Other". Source: Security Hub User Guide, "Resources". */
void audit_resource_id(const struct audit *audit, const struct audit_finding *finding, size_t *seek,
                       char *buffer, size_t size);
const char *audit_resource_type(const char *id);

/* What was printed of an audit under way. Zero at the beginning. */
struct audit_shown {
    struct reveal reveal;
    bool begun, report;         /* whose account it is, and how old its report */
    bool checks[AUDIT_CHECKS_MAX]; /* as text: those of which all is known */
};

/* What is known by now and was not printed yet; for whoever waits. Rows: each finding as soon as it is known; without an
 * inventory (and `shown`) all of them. Text: each check. */
void audit_print_json(const struct audit *audit, const struct inventory *inventory, struct audit_shown *shown);
void audit_print_csv(const struct audit *audit, const struct inventory *inventory, struct audit_shown *shown);
void audit_print_ocsf(const struct audit *audit, const struct inventory *inventory, struct audit_shown *shown);
void audit_print_text(const struct audit *audit, const struct inventory *inventory, struct audit_shown *shown);
/* When that was all: what is advised of, what passes, and how many checks there were. */
void audit_print_end(const struct audit *audit);
/* All of it. */
void audit_print_sarif(const struct audit *audit);
void audit_print_asff(const struct audit *audit);
/* Words of a text in lines of at most 79 columns, all of them indented; `lead` stands before the first one. */
void audit_print_wrapped(int indent, const char *lead, const char *value);
/* Whose account; and how old what is known of it is. */
void audit_print_account(const struct audit *audit);
void audit_print_report(const struct audit *audit);

/* What changed since an earlier audit, a file of its own. All of it, as text or as NDJSON; of --user only, when that
 * was given. *ret_count: how many there are. MEMORY. */
bool audit_print_changes(const struct audit *audit, const struct follow *follow,
                         const struct followed *since, bool json, size_t *ret_count,
                         struct error *err) MUST_USE;
/* A few lines for the end of an audit: since the last one. */
bool audit_print_news(const struct audit *audit, const struct follow *follow,
                      struct error *err) MUST_USE;
/* NDJSON for a program, of everybody. What is over `most` bytes is left out, and a last line says how many. */
bool audit_write_changes(const struct audit *audit, const struct follow *follow,
                         const struct followed *since, size_t most, struct text *text,
                         size_t *ret_count, struct error *err) MUST_USE;

/* audit_tell.c: run --notify with what changed, if anything did. Exit status. */
int audit_notify(const struct cli *cli, struct keeper *keeper, const struct audit *audit,
                 struct journal *journal, const struct follow *follow) MUST_USE;

/* One page that needs nothing else, into a file, whole or not at all, or on standard output for "-". The errors of
 * file_write, MEMORY, LIMIT (some ten thousand users whom much is told of). */
bool audit_write_html(const struct audit *audit, const char *path, struct error *err) MUST_USE;

#endif
