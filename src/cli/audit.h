/* What `keywright audit` prints, a file a form. Findings are judged again for each look at them, which is
 * cheaper than keeping them. */
#ifndef KEYWRIGHT_CLI_AUDIT_H
#define KEYWRIGHT_CLI_AUDIT_H

#include <stdio.h>

#include "audit/judge.h"
#include "cli/cli.h"
#include "runner/follow.h"
#include "runner/inventory.h"

struct json_object;

/* Findings come in two parts: what the lists tell, as soon as these are read, and what is about keys, which may have to be
 * looked at user by user. */
enum audit_part { AUDIT_ALL, AUDIT_LISTS, AUDIT_KEYS };

struct audit {
    enum audit_part part; /* the findings that are meant */
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
/* The ARN of what a finding is about. */
void audit_resource_arn(const struct audit *audit, const struct audit_finding *finding,
                        char *buffer, size_t size);
/* The same as Security Hub has it: "AWS::::Account:ID" where it is the account as a whole, and the kind of thing that
 * such an ID is of: "AwsIamUser", ..., "AwsAccount", "Other". Source: Security Hub User Guide, "Resources". */
void audit_resource_id(const struct audit *audit, const struct audit_finding *finding,
                       char *buffer, size_t size);
const char *audit_resource_type(const char *id);

/* Each part by itself, AUDIT_LISTS first; or AUDIT_ALL. */
void audit_print_text(const struct audit *audit);
void audit_print_json(const struct audit *audit);
void audit_print_csv(const struct audit *audit);
void audit_print_ocsf(const struct audit *audit);
/* All of it. */
void audit_print_sarif(const struct audit *audit);
void audit_print_asff(const struct audit *audit);
/* Words of a text in lines of at most 79 columns, all of them indented; `lead` stands before the first one. */
void audit_print_wrapped(int indent, const char *lead, const char *value);
/* Whose account, and how old what is known of it is. */
void audit_print_beginning(const struct audit *audit);

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
