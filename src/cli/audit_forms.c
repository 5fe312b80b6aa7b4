/* What the forms of an audit share: which findings there are, and how others call what these are about. */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "audit/meant.h"
#include "audit/remedy.h"
#include "base/text.h"
#include "cli/audit.h"
#include "cli/print.h"

/* --- which findings ----------------------------------------------------------------------------*/

struct selecting {
    const struct audit *audit;
    audit_visit *visit;
    void *context;
};

bool audit_is_meant(const struct audit *audit, const char *user)
{
    return meant_user(audit->facts, audit->user, audit->selection, user);
}

bool audit_is_about(const struct audit *audit, const struct audit_finding *finding)
{
    return meant_finding(audit->facts, audit->user, audit->selection, finding);
}

static void select_finding(void *context, const struct audit_finding *finding)
{
    const struct selecting *selecting = context;
    if (audit_is_about(selecting->audit, finding))
        selecting->visit(selecting->context, finding);
}

void audit_each_of(const struct audit *audit, const struct audit_check *check, audit_visit *visit,
                   void *context)
{
    struct selecting selecting = {audit, visit, context};
    audit_judge_check(audit->facts, check, select_finding, &selecting);
}

void audit_each(const struct audit *audit, audit_visit *visit, void *context)
{
    size_t count;
    const struct audit_check *checks = audit_checks(&count);
    for (size_t i = 0; i < count; i++)
        audit_each_of(audit, &checks[i], visit, context);
}

void audit_tally_add(struct audit_tally *tally, enum audit_status status)
{
    switch (status) {
    case AUDIT_PASS:
        tally->pass++;
        break;
    case AUDIT_FAIL:
        tally->fail++;
        break;
    case AUDIT_UNKNOWN:
        tally->unknown++;
        break;
    }
}

/* "1.2:1.4 5.0:1.13" to "CIS 1.2: 1.4", ... */
struct json_object *audit_controls(const struct audit_check *check)
{
    struct json_object *list = json_object_new_array();
    char control[128];
    for (const char *at = check->cis; *at != '\0' && *at != '-';) {
        size_t length = strcspn(at, " "), version = strcspn(at, ":");
        snprintf(control, sizeof control, "CIS %.*s: %.*s", (int)version, at,
                 (int)(length - version - 1), at + version + 1);
        body_append(list, json_object_new_string(control));
        at += length + (at[length] == ' ');
    }
    const struct {
        const char *label, *value;
    } others[] = {{"Security Hub", check->security_hub}, {"Config", check->config_rule}};
    for (size_t i = 0; i < 2; i++) {
        if (strcmp(others[i].value, "-") == 0)
            continue;
        snprintf(control, sizeof control, "%s: %s", others[i].label, others[i].value);
        body_append(list, json_object_new_string(control));
    }
    return list;
}

void audit_controls_text(const struct audit_check *check, struct text *text)
{
    struct json_object *list = audit_controls(check);
    for (size_t i = 0; i < body_count(list); i++)
        text_appendf(text, "%s%s", i > 0 ? ", " : "",
                     json_object_get_string(json_object_array_get_idx(list, i)));
    if (!body_whole(list))
        text->failed = text->starved = true;
    json_object_put(list);
}

/* --- what they are about -----------------------------------------------------------------------*/

void audit_resource_arn(const struct audit *audit, const struct audit_finding *finding, size_t *seek,
                        char *buffer, size_t size)
{
    const struct facts *facts = audit->facts;
    const char *partition = facts->partition[0] != '\0' ? facts->partition : "aws";
    const struct fact_user *user = audit_user_of(facts, finding, seek);
    if (user != NULL && user->arn[0] != '\0')
        text_copy(buffer, size, user->arn);
    else if (strncmp(finding->resource, "arn:", 4) == 0)
        text_copy(buffer, size, finding->resource);
    else if (finding->resource[0] == '<')
        snprintf(buffer, size, "arn:%s:iam::%s:root", partition, facts->account);
    else
        snprintf(buffer, size, "arn:%s:iam::%s:user/%s", partition, facts->account,
                 finding->resource);
}

void audit_resource_id(const struct audit *audit, const struct audit_finding *finding, size_t *seek,
                       char *buffer, size_t size)
{
    bool user = strcmp(finding->check->scope, "user") == 0 &&
                strncmp(finding->resource, "arn:", 4) != 0;
    if (user || (strcmp(finding->check->scope, "account") == 0 &&
                 strstr(finding->resource, ":root") == NULL))
        audit_resource_arn(audit, finding, seek, buffer, size);
    else
        snprintf(buffer, size, "AWS::::Account:%s", audit->facts->account);
}

const char *audit_resource_type(const char *id)
{
    static const struct {
        const char *part, *type;
    } types[] = {{":user/", "AwsIamUser"},
                 {":group/", "AwsIamGroup"},
                 {":role/", "AwsIamRole"},
                 {":policy/", "AwsIamPolicy"}};
    if (strncmp(id, "arn:", 4) != 0)
        return "AwsAccount";
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strstr(id, types[i].part) != NULL)
            return types[i].type;
    return "Other";
}
