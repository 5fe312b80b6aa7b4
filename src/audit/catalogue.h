/* The catalogue of checks: data/checks.tsv, compiled in. What a check asks is in judge.c. Pure. */
#ifndef KEYWRIGHT_AUDIT_CATALOGUE_H
#define KEYWRIGHT_AUDIT_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum audit_severity {
    AUDIT_INFORMATIONAL, /* advice */
    AUDIT_LOW,
    AUDIT_MEDIUM,
    AUDIT_HIGH,
    AUDIT_CRITICAL,
    AUDIT_SEVERITY_COUNT
};

/* All strings are borrowed for ever; "-" where there is no such thing. */
struct audit_check {
    const char *id; /* "key_rotated_90" */
    const char *scope; /* "account", "root", "user": what a finding is about */
    const char *severity;
    const char *title;  /* what is the case when it passes */
    const char *why;    /* it matters */
    const char *remedy; /* what to do */
    const char *cis;    /* AWS Foundations Benchmark, VERSION:NUMBER with blanks between */
    const char *security_hub; /* "IAM.3" */
    const char *config_rule;  /* "access-keys-rotated" */
};

enum { AUDIT_CHECKS_MAX = 64 }; /* room for all of them, for who keeps something of each */

/* The checks, in the order of the catalogue. */
const struct audit_check *audit_checks(size_t *ret_count);

enum audit_severity audit_severity(const struct audit_check *check);
const char *audit_severity_name(enum audit_severity severity); /* "medium" */
bool audit_severity_from_name(const char *name, enum audit_severity *ret_severity) MUST_USE;

#endif
