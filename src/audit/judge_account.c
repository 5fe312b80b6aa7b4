/* The checks about root and about the account as a whole. */
#include "audit/verdict.h"

#include <string.h>

#include "base/when.h"

/* Of the report, where it has a row for root. */
static bool has_root(struct audit_finding *finding, const struct facts *facts)
{
    if (!audit_has(finding, &facts->report))
        return false;
    if (!facts->has_root)
        audit_cannot_tell(finding, "the credential report has no row for root");
    return facts->has_root;
}

static size_t root_keys_in_report(const struct facts *facts, bool *ret_known)
{
    size_t active = 0;
    *ret_known = facts->has_root;
    for (size_t i = 0; i < facts->root.key_count; i++) {
        active += facts->root.keys[i].active == FACT_YES;
        *ret_known = *ret_known && facts->root.keys[i].active != FACT_UNKNOWN;
    }
    return active;
}

/* An account whose root was centrally stripped of password and keys. */
static bool root_has_no_credentials(const struct facts *facts)
{
    bool known;
    size_t keys = root_keys_in_report(facts, &known);
    return known && keys == 0 && facts->root.console == FACT_NO && facts->root_keys <= 0;
}

static void no_root_access_key(const struct facts *facts, struct audit_finding *finding)
{
    bool known = false;
    size_t active = facts->report.have ? root_keys_in_report(facts, &known) : 0;
    if (facts->summary.have && facts->root_keys >= 0) {
        finding->observed_at = facts->summary.at;
        if (facts->root_keys == 0)
            audit_passes(finding, "the account summary counts no access keys of root");
        else
            audit_fails(finding, "the account summary says that root has access keys");
    } else if (known) {
        finding->observed_at = facts->report.at;
        if (active == 0)
            audit_passes(finding, "no Active access key of root in the report");
        else
            audit_fails(finding, "%zu Active access key%s of root in the report", active,
                        active == 1 ? "" : "s");
    } else if (audit_has(finding, &facts->summary)) {
        audit_cannot_tell(finding, "neither the account summary nor the report says it");
    }
}

static enum fact root_mfa_state(const struct facts *facts, struct audit_finding *finding)
{
    if (facts->summary.have && facts->root_mfa >= 0) {
        finding->observed_at = facts->summary.at;
        return facts->root_mfa > 0 ? FACT_YES : FACT_NO;
    }
    if (facts->report.have && facts->has_root && facts->root.mfa != FACT_UNKNOWN) {
        finding->observed_at = facts->report.at;
        return facts->root.mfa;
    }
    if (audit_has(finding, &facts->summary))
        audit_cannot_tell(finding, "neither the account summary nor the report says it");
    return FACT_UNKNOWN;
}

static void root_mfa(const struct facts *facts, struct audit_finding *finding)
{
    enum fact mfa = root_mfa_state(facts, finding);
    if (mfa == FACT_YES)
        audit_passes(finding, "root has an MFA device");
    else if (root_has_no_credentials(facts))
        audit_passes(finding, "root has neither password nor keys");
    else if (mfa == FACT_NO)
        audit_fails(finding, "root has no MFA device");
}

/* AWS lists virtual devices only: one that is not among them is hardware. */
static bool has_virtual_device(const struct facts *facts)
{
    for (size_t i = 0; i < facts->device_count; i++) {
        const char *arn = facts->device_list[i].user_arn;
        size_t length = strlen(arn);
        if ((length > 5 && strcmp(arn + length - 5, ":root") == 0) ||
            strstr(facts->device_list[i].serial, ":mfa/root-account-mfa-device") != NULL)
            return true;
    }
    return false;
}

static void root_hardware_mfa(const struct facts *facts, struct audit_finding *finding)
{
    enum fact mfa = root_mfa_state(facts, finding);
    if (root_has_no_credentials(facts))
        audit_passes(finding, "root has neither password nor keys");
    else if (mfa == FACT_NO)
        audit_fails(finding, "root has no MFA device");
    else if (mfa == FACT_YES && audit_has(finding, &facts->devices)) {
        if (has_virtual_device(facts))
            audit_fails(finding, "root has a virtual MFA device");
        else
            audit_passes(finding, "root has an MFA device, and none that is virtual");
    }
}

static void avoid_root_use(const struct facts *facts, struct audit_finding *finding)
{
    const struct fact_user *root = &facts->root;
    char when[WHEN_TEXT_SIZE];
    if (!has_root(finding, facts))
        return;
    bool known = root->password.used != FACT_UNKNOWN || root->console == FACT_NO;
    int64_t last = root->password.at;
    for (size_t i = 0; i < root->key_count; i++) {
        known = known && root->keys[i].use.used != FACT_UNKNOWN;
        last = root->keys[i].use.at > last ? root->keys[i].use.at : last;
    }
    if (last != 0 && facts->now - last < INT64_C(90) * AUDIT_DAY)
        audit_fails(finding, "root was last used at %s", when_format(last, when));
    else if (!known)
        audit_cannot_tell(finding, "the report does not say when root was last used");
    else if (last == 0)
        audit_passes(finding, "no use of root is recorded");
    else
        audit_passes(finding, "root was last used at %s", when_format(last, when));
}

static void password_min_14(const struct facts *facts, struct audit_finding *finding)
{
    if (!audit_has(finding, &facts->password_policy))
        return;
    if (!facts->policy_set)
        audit_fails(finding, "the account has no password policy; AWS's own asks for 8");
    else if (facts->password_length >= 14)
        audit_passes(finding, "at least %lld characters", (long long)facts->password_length);
    else
        audit_fails(finding, "the policy asks for %lld characters",
                    (long long)facts->password_length);
}

static void password_reuse_24(const struct facts *facts, struct audit_finding *finding)
{
    if (!audit_has(finding, &facts->password_policy))
        return;
    if (!facts->policy_set)
        audit_fails(finding, "the account has no password policy; AWS's own allows any reuse");
    else if (facts->password_reuse >= 24)
        audit_passes(finding, "the last %lld are refused", (long long)facts->password_reuse);
    else if (facts->password_reuse == 0)
        audit_fails(finding, "the policy does not look at passwords of before");
    else
        audit_fails(finding, "the policy refuses the last %lld only",
                    (long long)facts->password_reuse);
}

static void support_role(const struct facts *facts, struct audit_finding *finding)
{
    if (!audit_has(finding, &facts->support))
        return;
    if (facts->support_holders > 0)
        audit_passes(finding, "AWSSupportAccess is attached %zu times", facts->support_holders);
    else
        audit_fails(finding, "AWSSupportAccess is attached to no role, group or user");
}

static void no_cloudshell_full(const struct facts *facts, struct audit_finding *finding)
{
    if (!audit_has(finding, &facts->cloudshell))
        return;
    if (facts->cloudshell_holders == 0)
        audit_passes(finding, "AWSCloudShellFullAccess is not attached");
    else
        audit_fails(finding, "AWSCloudShellFullAccess is attached %zu times",
                    facts->cloudshell_holders);
}

static void access_analyzer_enabled(const struct facts *facts, struct audit_finding *finding)
{
    if (!audit_has(finding, &facts->analyzers))
        return;
    if (facts->active_analyzers > 0)
        audit_passes(finding, "an analyzer of external access is active in %s; other regions were "
                              "not asked", facts->analyzers_region);
    else
        audit_fails(finding, "no analyzer of external access is active in %s; other regions were "
                             "not asked", facts->analyzers_region);
}

audit_account_judge *audit_account_judge_of(const char *id)
{
    static const struct {
        const char *id;
        audit_account_judge *judge;
    } judges[] = {
        {"no_root_access_key", no_root_access_key}, {"root_mfa", root_mfa},
        {"root_hardware_mfa", root_hardware_mfa},   {"avoid_root_use", avoid_root_use},
        {"password_min_14", password_min_14},       {"password_reuse_24", password_reuse_24},
        {"support_role", support_role},             {"no_cloudshell_full", no_cloudshell_full},
        {"access_analyzer_enabled", access_analyzer_enabled},
        {"cloudtrail_enabled", audit_cloudtrail_enabled},
    };
    for (size_t i = 0; i < sizeof judges / sizeof judges[0]; i++)
        if (strcmp(judges[i].id, id) == 0)
            return judges[i].judge;
    return NULL;
}
