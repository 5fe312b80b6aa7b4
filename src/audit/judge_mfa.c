/* The checks about the MFA of one user. What is told comes from the report, or from ListMFADevices where that was
 * asked: then it wins. */
#include "audit/verdict.h"

#include "base/when.h"

/* Whether the user has MFA is known, whichever way. */
static bool has_mfa(const struct facts *facts, const struct fact_user *user, struct audit_finding *finding)
{
    if (user->mfa_at == 0)
        return audit_reported(facts, user, finding);
    finding->observed_at = user->mfa_at;
    return true;
}

void audit_say_mfa_stale(const struct facts *facts, const struct fact_user *user,
                         struct audit_finding *finding)
{
    char when[WHEN_TEXT_SIZE];
    if (user->mfa_at == 0 || !user->mfa_stale)
        return;
    audit_add(finding, "; seen with ListMFADevices: the report of ");
    audit_add(finding, when_format(facts->report.at, when));
    audit_add(finding, " is out of date here");
}

void audit_console_user_mfa(const struct facts *facts, const struct fact_user *user,
                            struct audit_finding *finding)
{
    if (!has_mfa(facts, user, finding))
        return;
    if (user->mfa == FACT_YES) {
        audit_passes(finding, "has MFA");
        audit_say_mfa_stale(facts, user, finding);
    } else if (!audit_reported(facts, user, finding)) {
        return; /* only the report tells of passwords */
    } else if (user->console == FACT_NO) {
        audit_passes(finding, "no console password");
    } else if (user->console == FACT_UNKNOWN || user->mfa == FACT_UNKNOWN) {
        audit_cannot_tell(finding, "the report does not say");
    } else {
        audit_fails(finding, "console password without MFA");
    }
}

void audit_all_user_mfa(const struct facts *facts, const struct fact_user *user,
                        struct audit_finding *finding)
{
    if (!has_mfa(facts, user, finding))
        return;
    if (user->mfa == FACT_YES)
        audit_passes(finding, "has MFA");
    else if (user->mfa == FACT_NO)
        audit_fails(finding, "no MFA device");
    else
        audit_cannot_tell(finding, "the report does not say");
    audit_say_mfa_stale(facts, user, finding);
}

bool audit_wants_live_devices(const struct facts *facts, const struct fact_user *user)
{
    if (user->mfa_at != 0 || audit_is_gone(facts, user) || !facts->report.have)
        return false;
    return !user->in_report || (user->mfa != FACT_YES && facts->report.at < facts->now);
}
