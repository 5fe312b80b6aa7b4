/* The checks about what policies allow, and to whom. */
#include "audit/verdict.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* --- of a user ---------------------------------------------------------------------------------*/

/* NULL, and the finding says why, when this user's policies are not known. */
static const struct access_holder *authorized(const struct facts *facts,
                                              const struct fact_user *user,
                                              struct audit_finding *finding)
{
    if (!audit_has(finding, &facts->authorizations))
        return NULL;
    const struct access_holder *holder = access_holder(&facts->access, ACCESS_USER, user->name);
    if (holder == NULL)
        audit_cannot_tell(finding, "AWS did not list the policies of this user");
    return holder;
}

/* "inline A, attached B" */
static void name_policies(const struct access_holder *holder, struct text *names)
{
    for (size_t i = 0; i < holder->inlines.count; i++)
        text_appendf(names, "%sinline %s", names->length > 0 ? ", " : "",
                     holder->inlines.list[i].name);
    for (size_t i = 0; i < holder->attached.count; i++) {
        const char *arn = holder->attached.list[i], *slash = strrchr(arn, '/');
        text_appendf(names, "%sattached %s", names->length > 0 ? ", " : "",
                     slash != NULL ? slash + 1 : arn);
    }
}

void audit_perms_via_groups(const struct facts *facts, const struct fact_user *user,
                            struct audit_finding *finding)
{
    CLEANUP(text_release) struct text names;
    text_init(&names, 16 * 1024);
    const struct access_holder *holder = authorized(facts, user, finding);
    if (holder == NULL)
        return;
    name_policies(holder, &names);
    if (text_any(&names))
        audit_fails(finding, "policies of its own: %s", names.bytes);
    else
        audit_passes(finding, "no policies of its own");
}

void audit_admin_mfa(const struct facts *facts, const struct fact_user *user,
                     struct audit_finding *finding)
{
    char through[256];
    bool live = user->mfa_at != 0;
    if (user->mfa == FACT_YES && (live || (facts->report.have && user->in_report))) {
        finding->observed_at = live ? user->mfa_at : facts->report.at;
        audit_passes(finding, "has MFA");
        audit_say_mfa_stale(facts, user, finding);
        return;
    }
    const struct access_holder *holder = authorized(facts, user, finding);
    if (holder == NULL)
        return;
    switch (access_is_administrator(&facts->access, holder, through, sizeof through)) {
    case ACCESS_NO:
        audit_passes(finding, "is no administrator");
        break;
    case ACCESS_UNCLEAR:
        audit_cannot_tell(finding, "no MFA is known of, and whether it is an administrator is not "
                                   "certain: %s", through);
        break;
    case ACCESS_YES:
        if (!live && !audit_reported(facts, user, finding))
            break;
        if (live)
            finding->observed_at = user->mfa_at;
        if (user->mfa == FACT_NO)
            audit_fails(finding, "an administrator without MFA: %s", through);
        else
            audit_cannot_tell(finding, "an administrator, and the report does not say whether with "
                                       "MFA: %s", through);
        break;
    }
}

/* --- of policies -------------------------------------------------------------------------------*/

/* What is wrong with one policy: appended to `text`, or nothing when it is good. */
typedef void policy_question(const struct policy_digest *digest, struct text *text);

static void ask_everything(const struct policy_digest *digest, struct text *text)
{
    if (digest->everything != POLICY_NO)
        text_appendf(text, "allows every action on every resource%s",
                     digest->everything == POLICY_UNDER_CONDITION ? " under a condition" : "");
}

static void ask_services(const struct policy_digest *digest, struct text *text)
{
    if (digest->services[0] != '\0')
        text_appendf(text, "allows %s", digest->services);
}

/* Findings about a list of things, of which good ones are not told of. */
struct telling {
    const struct judging *judging;
    const struct audit_check *check;
    size_t asked;
    bool any;
};

static void tell_of(struct telling *telling, const char *resource, enum audit_status status,
                    const char *detail)
{
    struct audit_finding finding = {.check = telling->check,
                                    .observed_at = telling->judging->facts->authorizations.at};
    text_copy(finding.resource, sizeof finding.resource, resource);
    if (detail[0] == '\0')
        detail = AUDIT_NO_WORDS;
    if (status == AUDIT_FAIL)
        audit_fails(&finding, "%s", detail);
    else
        audit_cannot_tell(&finding, "%s", detail);
    telling->any = true;
    audit_tell(telling->judging, &finding);
}

static void tell_end(const struct telling *telling, const char *what)
{
    const struct facts *facts = telling->judging->facts;
    struct audit_finding finding = {.check = telling->check};
    if (telling->any)
        return;
    audit_account_arn(facts, finding.resource, sizeof finding.resource);
    if (audit_has(&finding, &facts->authorizations))
        audit_passes(&finding, "none of %zu %s", telling->asked, what);
    audit_tell(telling->judging, &finding);
}

/* A boundary allows nothing by itself: one that is nothing else is left out, as by Security Hub
 * (excludePermissionBoundaryPolicy). */
static void judge_managed(const struct judging *judging, const struct audit_check *check,
                          policy_question *question)
{
    struct telling telling = {judging, check, 0, false};
    const struct access_policies *policies = &judging->facts->access.managed;
    for (size_t i = 0; i < policies->count; i++) {
        const struct access_policy *policy = &policies->list[i];
        CLEANUP(text_release) struct text text;
        text_init(&text, 1024);
        if (policy->boundaries > 0 && policy->attachments == 0)
            continue;
        telling.asked++;
        question(&policy->digest, &text);
        if (!policy->digest.understood) {
            text_appendf(&text, "it is not understood: %s", policy->digest.why);
            tell_of(&telling, policy->arn, AUDIT_UNKNOWN, text.bytes);
        } else if (text_any(&text)) {
            text_appendf(&text, "; attached %lld time%s", (long long)policy->attachments,
                         policy->attachments == 1 ? "" : "s");
            tell_of(&telling, policy->arn, AUDIT_FAIL, text.bytes);
        }
    }
    tell_end(&telling, "policies of this account does");
}

/* All policies of one holder are one finding. */
static void judge_holder(struct telling *telling, const struct access_holder *holder,
                         policy_question *question)
{
    CLEANUP(text_release) struct text bad, unclear;
    text_init(&bad, 16 * 1024);
    text_init(&unclear, 16 * 1024);
    for (size_t i = 0; i < holder->inlines.count; i++) {
        const struct access_policy *policy = &holder->inlines.list[i];
        CLEANUP(text_release) struct text text;
        text_init(&text, 1024);
        telling->asked++;
        question(&policy->digest, &text);
        if (!policy->digest.understood)
            text_appendf(&unclear, "%sinline policy %s is not understood: %s",
                         unclear.length > 0 ? "; " : "", policy->name, policy->digest.why);
        else if (text_any(&text))
            text_appendf(&bad, "%sinline policy %s %s", bad.length > 0 ? "; " : "", policy->name,
                         text.bytes);
    }
    if (text_any(&bad))
        tell_of(telling, holder->arn, AUDIT_FAIL, bad.bytes);
    else if (text_any(&unclear))
        tell_of(telling, holder->arn, AUDIT_UNKNOWN, unclear.bytes);
}

static void judge_inline(const struct judging *judging, const struct audit_check *check,
                         policy_question *question)
{
    struct telling telling = {judging, check, 0, false};
    const struct access *access = &judging->facts->access;
    for (size_t i = 0; i < access->count; i++)
        judge_holder(&telling, &access->list[i], question);
    tell_end(&telling, "inline policies does");
}

void audit_no_full_admin_policy(const struct judging *judging, const struct audit_check *check)
{
    judge_managed(judging, check, ask_everything);
}

void audit_no_service_wildcards(const struct judging *judging, const struct audit_check *check)
{
    judge_managed(judging, check, ask_services);
}

void audit_no_full_admin_inline(const struct judging *judging, const struct audit_check *check)
{
    judge_inline(judging, check, ask_everything);
}

void audit_no_service_wildcards_inline(const struct judging *judging,
                                       const struct audit_check *check)
{
    judge_inline(judging, check, ask_services);
}
