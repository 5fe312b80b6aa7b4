#include "audit/catalogue.h"

#include <string.h>

/* Made of data/checks.tsv. */
static const struct audit_check checks[] = {
#include "data/checks.h"
};
_Static_assert(sizeof checks / sizeof checks[0] <= AUDIT_CHECKS_MAX, "more checks than there is room for");

static const char *const severities[AUDIT_SEVERITY_COUNT] = {
    [AUDIT_INFORMATIONAL] = "informational",
    [AUDIT_LOW] = "low",
    [AUDIT_MEDIUM] = "medium",
    [AUDIT_HIGH] = "high",
    [AUDIT_CRITICAL] = "critical",
};

const struct audit_check *audit_checks(size_t *ret_count)
{
    *ret_count = sizeof checks / sizeof checks[0];
    return checks;
}

const char *audit_severity_name(enum audit_severity severity)
{
    return severities[severity];
}

bool audit_severity_from_name(const char *name, enum audit_severity *ret_severity)
{
    for (int i = 0; i < AUDIT_SEVERITY_COUNT; i++)
        if (strcmp(severities[i], name) == 0) {
            *ret_severity = (enum audit_severity)i;
            return true;
        }
    return false;
}

enum audit_severity audit_severity(const struct audit_check *check)
{
    enum audit_severity severity = AUDIT_CRITICAL;
    return audit_severity_from_name(check->severity, &severity) ? severity : AUDIT_CRITICAL;
}
