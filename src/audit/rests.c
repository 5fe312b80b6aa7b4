#include "audit/rests.h"

#include <string.h>

static unsigned listed_for(const char *id)
{
    static const struct {
        const char *id;
        unsigned rests;
    } table[] = {
        {"no_root_access_key", RESTS_SUMMARY | RESTS_REPORT},
        {"root_mfa", RESTS_SUMMARY | RESTS_REPORT},
        {"root_hardware_mfa", RESTS_SUMMARY | RESTS_REPORT | RESTS_DEVICES},
        {"avoid_root_use", RESTS_REPORT},
        {"password_min_14", RESTS_PASSWORD_POLICY},
        {"password_reuse_24", RESTS_PASSWORD_POLICY},
        {"perms_via_groups", RESTS_WHO | RESTS_AUTHORIZATIONS},
        {"admin_mfa", RESTS_WHO | RESTS_AUTHORIZATIONS},
        {"no_full_admin_policy", RESTS_AUTHORIZATIONS},
        {"no_full_admin_inline", RESTS_AUTHORIZATIONS},
        {"no_service_wildcards", RESTS_AUTHORIZATIONS},
        {"no_service_wildcards_inline", RESTS_AUTHORIZATIONS},
        {"mfa_unassigned", RESTS_DEVICES},
        {"mfa_shared", RESTS_WHO | RESTS_DEVICES},
        {"support_role", RESTS_SUPPORT},
        {"no_cloudshell_full", RESTS_CLOUDSHELL},
        {"expired_certs", RESTS_CERTIFICATES},
        {"access_analyzer_enabled", RESTS_ANALYZERS},
        {"cloudtrail_enabled", RESTS_TRAILS},
        {"unused_access", RESTS_WHO | RESTS_ANALYZERS | RESTS_UNUSED},
        {"unused_roles", RESTS_ANALYZERS | RESTS_UNUSED},
        {"policy_errors", RESTS_AUTHORIZATIONS | RESTS_VALIDATION},
        {"policy_security", RESTS_AUTHORIZATIONS | RESTS_VALIDATION},
        {"policy_warnings", RESTS_AUTHORIZATIONS | RESTS_VALIDATION},
        {"policy_suggestions", RESTS_AUTHORIZATIONS | RESTS_VALIDATION},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(table[i].id, id) == 0)
            return table[i].rests;
    return RESTS_ALL;
}

unsigned rests_on(const struct facts *facts, const struct audit_check *check)
{
    bool counted = facts->summary.have;
    if (audit_live_of(check) != AUDIT_LIVE_NOT && strcmp(check->id, "admin_mfa") != 0)
        return RESTS_WHO;
    if ((strcmp(check->id, "no_root_access_key") == 0 && counted && facts->root_keys >= 0) ||
        (strcmp(check->id, "root_mfa") == 0 && counted && facts->root_mfa > 0))
        return RESTS_SUMMARY;
    return listed_for(check->id);
}
