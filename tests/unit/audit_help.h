/* A report to judge, and what is said of it: for the tests of an audit. */
#ifndef KEYWRIGHT_TESTS_UNIT_AUDIT_HELP_H
#define KEYWRIGHT_TESTS_UNIT_AUDIT_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "audit/judge.h"

/* 2026-11-26T12:00:00Z, and times before it. */
#define NOW INT64_C(1795694400)
#define T_1D "2026-11-25T12:00:00Z"
#define T_10D "2026-11-16T12:00:00+00:00"
#define T_60D "2026-09-27T12:00:00Z"
#define T_100D "2026-08-18T12:00:00Z"

#define HEADER                                                                                     \
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"       \
    "mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,"        \
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date\n"
#define ROOT(password, used, mfa, key)                                                             \
    "<root_account>,arn:aws:iam::111122223333:root," T_100D "," password "," used "," T_100D       \
    "," mfa "," key "\n"
#define NO_KEYS "false,N/A,N/A,false,N/A,N/A"
#define GOOD_ROOT ROOT("true", "no_information", "true", NO_KEYS)
/* Password, its use, MFA, keys. */
#define USER(name, password, used, mfa, keys)                                                      \
    name ",arn:aws:iam::111122223333:user/" name "," T_100D "," password "," used "," T_100D       \
         "," mfa "," keys "\n"
#define ONE(active, made, used) active "," made "," used ",false,N/A,N/A"

struct found {
    const char *check, *resource;
    struct audit_finding finding;
    size_t count, all;
};

static inline void note(void *context, const struct audit_finding *finding)
{
    struct found *found = context;
    found->all++;
    if (strcmp(finding->check->id, found->check) != 0 ||
        (found->resource != NULL && strcmp(finding->resource, found->resource) != 0))
        return;
    found->finding = *finding;
    found->count++;
}

static inline struct audit_finding judged(const struct facts *facts, const char *check,
                                   const char *resource)
{
    struct found found = {.check = check, .resource = resource};
    audit_judge(facts, note, &found);
    if (found.count != 1)
        print_error("%s of %s: %zu findings\n", check, resource != NULL ? resource : "all",
                    found.count);
    assert_int_equal(found.count, 1);
    assert_true(found.finding.detail[0] != '\0');
    return found.finding;
}

static inline void expect(const struct facts *facts, const char *check, const char *resource,
                   enum audit_status status)
{
    struct audit_finding finding = judged(facts, check, resource);
    if (finding.status != status)
        print_error("%s of %s is %s: %s\n", check, resource != NULL ? resource : "all",
                    audit_status_name(finding.status), finding.detail);
    assert_int_equal(finding.status, status);
}

static inline void read_rows(struct facts *facts, const char *rows)
{
    char csv[8192];
    struct error err = {0};
    facts_init(facts);
    facts->now = NOW;
    strcpy(facts->account, "111122223333");
    strcpy(facts->partition, "aws");
    snprintf(csv, sizeof csv, "%s%s", HEADER, rows);
    if (!facts_read_report(facts, csv, strlen(csv), NOW - 60, &err))
        fail_msg("%s", err.text);
}

#endif
