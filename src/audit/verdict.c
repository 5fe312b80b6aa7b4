#include "audit/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/when.h"

FORMAT_LIKE(3, 0)
static void say(struct audit_finding *finding, enum audit_status status, const char *format,
                va_list args)
{
    finding->status = status;
    /* most of what is said has nothing to fill in */
    if (strcmp(format, "%s") == 0)
        text_copy(finding->detail, sizeof finding->detail, va_arg(args, const char *));
    else if (strchr(format, '%') == NULL)
        text_copy(finding->detail, sizeof finding->detail, format);
    else
        vsnprintf(finding->detail, sizeof finding->detail, format, args);
}

void audit_passes(struct audit_finding *finding, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(finding, AUDIT_PASS, format, args);
    va_end(args);
}

void audit_fails(struct audit_finding *finding, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(finding, AUDIT_FAIL, format, args);
    va_end(args);
}

void audit_advises(struct audit_finding *finding, const char *format, ...)
{
    static const char word[] = "advice: ";
    enum { WORD = sizeof word - 1 };
    va_list args;
    va_start(args, format);
    say(finding, AUDIT_PASS, format, args);
    va_end(args);
    finding->detail[sizeof finding->detail - WORD - 1] = '\0';
    memmove(finding->detail + WORD, finding->detail, strlen(finding->detail) + 1);
    memcpy(finding->detail, word, WORD);
    finding->advice = true;
}

void audit_cannot_tell(struct audit_finding *finding, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(finding, AUDIT_UNKNOWN, format, args);
    va_end(args);
}

void audit_begin_finding(struct audit_finding *finding, const struct audit_check *check)
{
    finding->check = check;
    finding->status = AUDIT_UNKNOWN;
    finding->resource[0] = finding->detail[0] = finding->permission[0] = '\0';
    finding->observed_at = 0;
    finding->advice = false;
}

void audit_add(struct audit_finding *finding, const char *string)
{
    size_t used = strlen(finding->detail);
    text_copy(finding->detail + used, sizeof finding->detail - used, string);
}

void audit_add_number(struct audit_finding *finding, uint64_t number)
{
    char digits[21], *at = digits + sizeof digits - 1;
    *at = '\0';
    do
        *--at = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    audit_add(finding, at);
}

bool audit_has(struct audit_finding *finding, const struct fact_source *source)
{
    if (source->have) {
        finding->observed_at = source->at;
        return true;
    }
    text_copy(finding->permission, sizeof finding->permission, source->permission);
    if (source->permission[0] != '\0')
        audit_cannot_tell(finding, "permission %s is missing", source->permission);
    else
        audit_cannot_tell(finding, "%s", source->why[0] != '\0' ? source->why : "it was not read");
    return false;
}

/* --- what it is about --------------------------------------------------------------------------*/

void audit_account_arn(const struct facts *facts, char *buffer, size_t size)
{
    snprintf(buffer, size, "arn:%s:iam::%s:root",
             facts->partition[0] != '\0' ? facts->partition : "aws", facts->account);
}

void audit_tell(const struct judging *judging, const struct audit_finding *finding)
{
    judging->visit(judging->context, finding);
}

bool audit_is_gone(const struct facts *facts, const struct fact_user *user)
{
    return facts->users.have && user->in_report && !user->listed;
}

bool audit_reported(const struct facts *facts, const struct fact_user *user,
                    struct audit_finding *finding)
{
    char when[WHEN_TEXT_SIZE];
    if (!audit_has(finding, &facts->report))
        return false;
    if (!user->in_report)
        audit_cannot_tell(finding, "not yet in the report of %s, which AWS keeps for four hours",
                          when_format(facts->report.at, when));
    return user->in_report;
}
