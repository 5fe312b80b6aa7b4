#include "audit/judge.h"

#include <string.h>

#include "audit/verdict.h"
#include "base/text.h"

const char *audit_status_name(enum audit_status status)
{
    switch (status) {
    case AUDIT_PASS:
        return "pass";
    case AUDIT_FAIL:
        return "fail";
    case AUDIT_UNKNOWN:
        return "unknown";
    }
    return "unknown";
}

/* --- one check ---------------------------------------------------------------------------------*/

audit_user_judge *audit_user_judge_of(const char *id, enum audit_live *ret_live)
{
    static const struct {
        const char *id;
        enum audit_live live;
        audit_user_judge *judge;
    } judges[] = {
        {"console_user_mfa", AUDIT_LIVE_DEVICES, audit_console_user_mfa},
        {"all_user_mfa", AUDIT_LIVE_DEVICES, audit_all_user_mfa},
        {"no_initial_keys", AUDIT_LIVE_KEYS, audit_no_initial_keys},
        {"unused_45_days", AUDIT_LIVE_KEYS, audit_unused_45_days},
        {"unused_90_days", AUDIT_LIVE_KEYS, audit_unused_90_days},
        {"one_active_key", AUDIT_LIVE_KEYS, audit_one_active_key},
        {"key_rotated_90", AUDIT_LIVE_KEYS, audit_key_rotated_90},
        {"key_never_used", AUDIT_LIVE_KEYS, audit_key_never_used},
        {"perms_via_groups", AUDIT_LIVE_NOT, audit_perms_via_groups},
        {"admin_mfa", AUDIT_LIVE_DEVICES, audit_admin_mfa},
        {"unused_access", AUDIT_LIVE_NOT, audit_unused_access},
        {"keys_or_roles", AUDIT_LIVE_KEYS, audit_keys_or_roles},
    };
    *ret_live = AUDIT_LIVE_NOT;
    for (size_t i = 0; i < sizeof judges / sizeof judges[0]; i++)
        if (strcmp(judges[i].id, id) == 0) {
            *ret_live = judges[i].live;
            return judges[i].judge;
        }
    return NULL;
}

static bool judge_user(const struct judging *judging, const struct audit_check *check,
                       audit_user_judge *judge, const struct fact_user *user)
{
    struct audit_finding finding;
    if (audit_is_gone(judging->facts, user))
        return false;
    audit_begin_finding(&finding, check);
    text_copy(finding.resource, sizeof finding.resource, user->name);
    judge(judging->facts, user, &finding);
    audit_tell(judging, &finding);
    return true;
}

static void judge_users(const struct judging *judging, const struct audit_check *check)
{
    const struct facts *facts = judging->facts;
    enum audit_live live;
    bool any = false;
    audit_user_judge *judge = audit_user_judge_of(check->id, &live);
    struct audit_finding finding;
    for (size_t i = 0; judge != NULL && i < facts->user_count; i++)
        any = judge_user(judging, check, judge, &facts->list[i]) || any;
    if (any)
        return;
    audit_begin_finding(&finding, check);
    audit_account_arn(facts, finding.resource, sizeof finding.resource);
    if (judge == NULL)
        audit_cannot_tell(&finding, "this program has no judge for it");
    else if (audit_has(&finding, &facts->report) && (facts->has_root || facts->users.have))
        audit_passes(&finding, "the account has no users");
    else if (facts->report.have) /* which tells of root at least, when it is whole */
        audit_cannot_tell(&finding, "the credential report has no row at all");
    audit_tell(judging, &finding);
}

/* One finding for each device that is nobody's. */
static void judge_devices(const struct judging *judging, const struct audit_check *check)
{
    const struct facts *facts = judging->facts;
    bool any = false;
    for (size_t i = 0; facts->devices.have && i < facts->device_count; i++) {
        struct audit_finding finding = {.check = check, .observed_at = facts->devices.at};
        if (facts->device_list[i].user_arn[0] != '\0')
            continue;
        any = true;
        text_copy(finding.resource, sizeof finding.resource, facts->device_list[i].serial);
        audit_fails(&finding, "the virtual device belongs to nobody");
        audit_tell(judging, &finding);
    }
    struct audit_finding finding = {.check = check};
    if (any)
        return;
    audit_account_arn(facts, finding.resource, sizeof finding.resource);
    if (audit_has(&finding, &facts->devices))
        audit_passes(&finding, "none of %zu virtual devices is without a user", facts->device_count);
    audit_tell(judging, &finding);
}

/* One finding for each device that may be shared: AWS does not tell who holds one. */
static void judge_shared(const struct judging *judging, const struct audit_check *check)
{
    const struct facts *facts = judging->facts;
    bool any = false;
    for (size_t i = 0; facts->devices.have && i < facts->device_count; i++) {
        const struct fact_device *device = &facts->device_list[i];
        struct audit_finding finding = {.check = check, .observed_at = facts->devices.at};
        if (!device->of_another)
            continue;
        any = true;
        text_copy(finding.resource, sizeof finding.resource, device->serial);
        audit_fails(&finding, "named after the user %s, and a device of %s",
                    strrchr(device->serial, '/') + 1, strrchr(device->user_arn, '/') + 1);
        audit_tell(judging, &finding);
    }
    struct audit_finding finding = {.check = check};
    if (any)
        return;
    audit_account_arn(facts, finding.resource, sizeof finding.resource);
    /* Whether a name is a user's is known from either list of them. */
    bool named = facts->report.have || audit_has(&finding, &facts->users);
    if (named && audit_has(&finding, &facts->devices))
        audit_passes(&finding, "none of %zu virtual devices is", facts->device_count);
    audit_tell(judging, &finding);
}

/* One finding for each certificate that has expired. */
static void judge_certificates(const struct judging *judging, const struct audit_check *check)
{
    const struct facts *facts = judging->facts;
    bool any = false;
    for (size_t i = 0; facts->certificates.have && i < facts->certificate_count; i++) {
        const struct fact_certificate *certificate = &facts->certificate_list[i];
        struct audit_finding finding = {.check = check, .observed_at = facts->certificates.at};
        if (certificate->expires > facts->now)
            continue;
        any = true;
        text_copy(finding.resource, sizeof finding.resource, certificate->arn);
        if (certificate->expires == 0)
            audit_cannot_tell(&finding, "AWS does not say when it expires");
        else
            audit_fails(&finding, "expired %lld days ago",
                        (long long)((facts->now - certificate->expires) / AUDIT_DAY));
        audit_tell(judging, &finding);
    }
    struct audit_finding finding = {.check = check};
    if (any)
        return;
    audit_account_arn(facts, finding.resource, sizeof finding.resource);
    if (audit_has(&finding, &facts->certificates))
        audit_passes(&finding, "none of %zu server certificates has expired", facts->certificate_count);
    audit_tell(judging, &finding);
}

static audit_list_judge *list_judge_of(const char *id)
{
    static const struct {
        const char *id;
        audit_list_judge *judge;
    } judges[] = {
        {"mfa_unassigned", judge_devices},
        {"mfa_shared", judge_shared},
        {"expired_certs", judge_certificates},
        {"no_full_admin_policy", audit_no_full_admin_policy},
        {"no_service_wildcards", audit_no_service_wildcards},
        {"no_full_admin_inline", audit_no_full_admin_inline},
        {"no_service_wildcards_inline", audit_no_service_wildcards_inline},
        {"unused_roles", audit_unused_roles},
        {"policy_errors", audit_policy_errors},
        {"policy_security", audit_policy_security},
        {"policy_warnings", audit_policy_warnings},
        {"policy_suggestions", audit_policy_suggestions},
    };
    for (size_t i = 0; i < sizeof judges / sizeof judges[0]; i++)
        if (strcmp(judges[i].id, id) == 0)
            return judges[i].judge;
    return NULL;
}

static void judge_account(const struct judging *judging, const struct audit_check *check)
{
    struct audit_finding finding = {.check = check};
    audit_account_judge *judge = audit_account_judge_of(check->id);
    if (strcmp(check->scope, "root") == 0)
        text_copy(finding.resource, sizeof finding.resource, "<root_account>");
    else
        audit_account_arn(judging->facts, finding.resource, sizeof finding.resource);
    if (judge == NULL)
        audit_cannot_tell(&finding, "this program has no judge for it");
    else
        judge(judging->facts, &finding);
    audit_tell(judging, &finding);
}

bool audit_applies(const struct facts *facts, const struct audit_check *check)
{
    if (strncmp(check->id, "policy_", 7) == 0)
        return facts->validate;
    if (strncmp(check->id, "unused_access", 13) == 0 || strcmp(check->id, "unused_roles") == 0)
        return !facts->analyzers.have || facts->unused_analyzer[0] != '\0';
    return true;
}

void audit_judge_check(const struct facts *facts, const struct audit_check *check,
                       void (*visit)(void *, const struct audit_finding *), void *context)
{
    struct judging judging = {facts, visit, context};
    audit_list_judge *judge = list_judge_of(check->id);
    if (!audit_applies(facts, check))
        return;
    if (strcmp(check->scope, "user") == 0)
        judge_users(&judging, check);
    else if (judge != NULL)
        judge(&judging, check);
    else
        judge_account(&judging, check);
}

void audit_judge(const struct facts *facts, void (*visit)(void *, const struct audit_finding *),
                 void *context)
{
    size_t count;
    const struct audit_check *checks = audit_checks(&count);
    for (size_t i = 0; i < count; i++)
        audit_judge_check(facts, &checks[i], visit, context);
}

void audit_judge_user(const struct facts *facts, const struct audit_check *check, size_t place,
                      void (*visit)(void *, const struct audit_finding *), void *context)
{
    struct judging judging = {facts, visit, context};
    enum audit_live live;
    audit_user_judge *judge = audit_user_judge_of(check->id, &live);
    if (judge != NULL && audit_applies(facts, check))
        (void)judge_user(&judging, check, judge, &facts->list[place]);
}

enum audit_live audit_live_of(const struct audit_check *check)
{
    enum audit_live live;
    (void)audit_user_judge_of(check->id, &live);
    return live;
}

bool audit_wants_live_keys(const struct facts *facts, const struct fact_user *user)
{
    size_t count;
    const struct audit_check *checks = audit_checks(&count);
    if (user->live_at != 0 || audit_is_gone(facts, user))
        return false;
    if (!user->in_report)
        return facts->report.have;
    struct audit_finding finding;
    for (size_t i = 0; i < count; i++) {
        enum audit_live live;
        audit_user_judge *judge = audit_user_judge_of(checks[i].id, &live);
        if (judge == NULL || live != AUDIT_LIVE_KEYS)
            continue;
        audit_begin_finding(&finding, &checks[i]);
        judge(facts, user, &finding);
        if (finding.status == AUDIT_FAIL && user->key_count > 0)
            return true;
    }
    return false;
}

bool audit_wants_use(const struct facts *facts, const struct fact_user *user, const struct fact_key *key)
{
    bool known = false;
    if (key->active == FACT_NO)
        return false;
    for (size_t i = 0; i < user->key_count; i++) {
        const struct fact_key *reported = &user->keys[i];
        if (key->created == 0 || reported->created != key->created)
            continue;
        if (reported->use.used != FACT_YES || facts->now - reported->use.at > INT64_C(45) * AUDIT_DAY)
            return true;
        known = true;
    }
    return !known;
}
