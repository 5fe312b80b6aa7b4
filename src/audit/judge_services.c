/* The checks that rest on CloudTrail and Access Analyzer. */
#include "audit/verdict.h"

#include <string.h>

#include "base/text.h"

/* --- CloudTrail --------------------------------------------------------------------------------*/

/* "NAME is switched off", or what else a trail of all regions lacks. */
static void tell_trail(const struct fact_trail *trail, struct text *text)
{
    const char *slash = strrchr(trail->arn, '/'), *name = slash != NULL ? slash + 1 : trail->arn;
    if (trail->multi_region)
        text_appendf(text, "%s%s %s", text->length > 0 ? ", " : "", name,
                     trail->logging == FACT_NO ? "is switched off"
                                               : "records only some of the management events");
}

static bool records_all(const struct fact_trail *trail)
{
    return trail->multi_region && trail->logging == FACT_YES && trail->all_management == FACT_YES;
}

/* It fails only where no trail could be the one. */
static bool may_record_all(const struct fact_trail *trail)
{
    return trail->multi_region && trail->logging != FACT_NO && trail->all_management != FACT_NO;
}

void audit_cloudtrail_enabled(const struct facts *facts, struct audit_finding *finding)
{
    CLEANUP(text_release) struct text text;
    text_init(&text, 16 * 1024);
    bool unknown = false;
    if (!audit_has(finding, &facts->trails))
        return;
    for (size_t i = 0; i < facts->trail_count; i++) {
        const struct fact_trail *trail = &facts->trail_list[i];
        if (records_all(trail)) {
            audit_passes(finding, "%s records all regions", trail->arn);
            return;
        }
        unknown = unknown || may_record_all(trail);
        if (!may_record_all(trail))
            tell_trail(trail, &text);
    }
    if (unknown && audit_has(finding, &facts->trail_status))
        audit_cannot_tell(finding, "AWS does not tell what the trail records");
    if (unknown)
        return;
    if (text_any(&text))
        audit_fails(finding, "no trail records all regions: %s", text.bytes);
    else
        audit_fails(finding,
                    facts->trail_count == 0
                        ? "no trail in %s, and none of all regions"
                        : "no trail of all regions; those of %s record that region only",
                    facts->trails_region);
}

/* --- what is not used --------------------------------------------------------------------------*/

static void name_kinds(unsigned kinds, struct text *text)
{
    static const struct {
        unsigned kind;
        const char *name;
    } names[] = {
        {UNUSED_KEY, "an access key"},    {UNUSED_PASSWORD, "the console password"},
        {UNUSED_ROLE, "the role"},        {UNUSED_PERMISSION, "permissions"},
        {UNUSED_OTHER, "something else"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if ((kinds & names[i].kind) != 0)
            text_appendf(text, "%s%s", text->length > 0 ? ", " : "", names[i].name);
}

static void tell_unused(const struct facts *facts, unsigned kinds, struct audit_finding *finding)
{
    CLEANUP(text_release) struct text text;
    text_init(&text, 256);
    const char *slash = strrchr(facts->unused_analyzer, '/');
    const char *name = slash != NULL ? slash + 1 : facts->unused_analyzer;
    name_kinds(kinds, &text);
    if (facts->unused_days > 0)
        audit_fails(finding, "the analyzer %s finds unused for over %lld days: %s", name,
                    (long long)facts->unused_days, text.bytes);
    else
        audit_fails(finding, "the analyzer %s finds unused: %s", name, text.bytes);
}

void audit_unused_access(const struct facts *facts, const struct fact_user *user,
                         struct audit_finding *finding)
{
    if (!audit_has(finding, &facts->unused))
        return;
    unsigned kinds = facts_unused_of_user(facts, user->name);
    if (kinds != 0)
        tell_unused(facts, kinds, finding);
    else
        audit_passes(finding, "Access Analyzer finds nothing unused");
}

void audit_unused_roles(const struct judging *judging, const struct audit_check *check)
{
    const struct facts *facts = judging->facts;
    bool any = false;
    for (size_t i = 0; facts->unused.have && i < facts->unused_count; i++) {
        const struct fact_unused *unused = &facts->unused_list[i];
        struct audit_finding finding = {.check = check, .observed_at = facts->unused.at};
        if (strstr(unused->resource, ":user/") != NULL)
            continue;
        any = true;
        text_copy(finding.resource, sizeof finding.resource, unused->resource);
        tell_unused(facts, unused->kinds, &finding);
        audit_tell(judging, &finding);
    }
    struct audit_finding finding = {.check = check};
    if (any)
        return;
    audit_account_arn(facts, finding.resource, sizeof finding.resource);
    if (audit_has(&finding, &facts->unused))
        audit_passes(&finding, "Access Analyzer finds no role of which anything is unused");
    audit_tell(judging, &finding);
}

/* --- what ValidatePolicy says ------------------------------------------------------------------*/

static void tell_flaws(const struct judging *judging, const struct audit_check *check,
                       enum fact_flaw_kind kind, const char *resource, const char *text)
{
    struct audit_finding finding = {.check = check, .observed_at = judging->facts->validation.at};
    text_copy(finding.resource, sizeof finding.resource, resource);
    if (text[0] == '\0')
        text = AUDIT_NO_WORDS;
    if (kind == FLAW_NOT_VALIDATED)
        audit_cannot_tell(&finding, "%s", text);
    else if (kind == FLAW_SUGGESTION)
        audit_advises(&finding, "%s", text);
    else
        audit_fails(&finding, "%s", text);
    audit_tell(judging, &finding);
}

/* All of one kind about one resource are one finding; they stand one behind the other. */
static size_t judge_resource(const struct judging *judging, const struct audit_check *check,
                             enum fact_flaw_kind kind, size_t begin)
{
    const struct facts *facts = judging->facts;
    const char *resource = facts->flaw_list[begin].resource;
    CLEANUP(text_release) struct text flaws, open;
    text_init(&flaws, 16 * 1024);
    text_init(&open, 16 * 1024);
    size_t i = begin;
    for (; i < facts->flaw_count && strcmp(facts->flaw_list[i].resource, resource) == 0; i++) {
        const struct fact_flaw *flaw = &facts->flaw_list[i];
        struct text *text = flaw->kind == kind                 ? &flaws
                            : flaw->kind == FLAW_NOT_VALIDATED ? &open
                                                               : NULL;
        if (text != NULL)
            text_appendf(text, "%s%s", text->length > 0 ? "; " : "", flaw->text);
    }
    if (text_any(&flaws))
        tell_flaws(judging, check, kind, resource, flaws.bytes);
    else if (text_any(&open))
        tell_flaws(judging, check, FLAW_NOT_VALIDATED, resource, open.bytes);
    return i;
}

static bool has_kind(const struct facts *facts, enum fact_flaw_kind kind)
{
    for (size_t i = 0; i < facts->flaw_count; i++)
        if (facts->flaw_list[i].kind == kind || facts->flaw_list[i].kind == FLAW_NOT_VALIDATED)
            return true;
    return false;
}

static void judge_flaws(const struct judging *judging, const struct audit_check *check,
                        enum fact_flaw_kind kind)
{
    const struct facts *facts = judging->facts;
    struct audit_finding finding = {.check = check};
    for (size_t i = 0; facts->validation.have && i < facts->flaw_count;)
        i = judge_resource(judging, check, kind, i);
    if (facts->validation.have && has_kind(facts, kind))
        return;
    audit_account_arn(facts, finding.resource, sizeof finding.resource);
    if (audit_has(&finding, &facts->validation))
        audit_passes(&finding, "none in %zu polic%s", facts->validated,
                     facts->validated == 1 ? "y" : "ies");
    audit_tell(judging, &finding);
}

void audit_policy_errors(const struct judging *judging, const struct audit_check *check)
{
    judge_flaws(judging, check, FLAW_ERROR);
}

void audit_policy_security(const struct judging *judging, const struct audit_check *check)
{
    judge_flaws(judging, check, FLAW_SECURITY);
}

void audit_policy_warnings(const struct judging *judging, const struct audit_check *check)
{
    judge_flaws(judging, check, FLAW_WARNING);
}

void audit_policy_suggestions(const struct judging *judging, const struct audit_check *check)
{
    judge_flaws(judging, check, FLAW_SUGGESTION);
}
