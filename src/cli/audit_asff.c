/* An audit in the AWS Security Finding Format. A line is an array of at most 100 findings, which is what one
 * BatchImportFindings takes. Source: Security Hub User Guide, "Required top-level ASFF attributes". */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/when.h"
#include "cli/audit.h"
#include "cli/print.h"

enum { BATCH = 100, ID_LONGEST = 512 };

struct batch {
    const struct audit *audit;
    const char *region;
    struct json_object *list; /* NULL: none begun */
    size_t seek;              /* of audit_resource_arn */
};

static const char *label_of(const struct audit_finding *finding)
{
    if (finding->status == AUDIT_PASS)
        return "INFORMATIONAL";
    switch (audit_severity(finding->check)) {
    case AUDIT_CRITICAL:
        return "CRITICAL";
    case AUDIT_HIGH:
        return "HIGH";
    case AUDIT_MEDIUM:
        return "MEDIUM";
    case AUDIT_LOW:
    case AUDIT_SEVERITY_COUNT:
        return "LOW";
    case AUDIT_INFORMATIONAL:
        return "INFORMATIONAL";
    }
    return "LOW";
}

static struct json_object *severity(const struct audit_finding *finding)
{
    struct json_object *object = json_object_new_object();
    json_add_string(object, "Label", label_of(finding));
    return object;
}

static struct json_object *types(void)
{
    struct json_object *list = json_object_new_array();
    body_append(list,
                          json_object_new_string("Software and Configuration Checks/Industry and "
                                                 "Regulatory Standards/CIS AWS Foundations "
                                                 "Benchmark"));
    return list;
}

static struct json_object *resources(struct batch *batch,
                                     const struct audit_finding *finding)
{
    const struct facts *facts = batch->audit->facts;
    struct json_object *list = json_object_new_array(), *resource = json_object_new_object();
    char id[704];
    audit_resource_id(batch->audit, finding, &batch->seek, id, sizeof id);
    json_add_string(resource, "Type", audit_resource_type(id));
    json_add_string(resource, "Id", id);
    json_add_string(resource, "Partition", facts->partition);
    json_add_string(resource, "Region", batch->region);
    body_append(list, resource);
    return list;
}

static struct json_object *compliance(const struct audit_finding *finding)
{
    static const char *const words[] = {
        [AUDIT_PASS] = "PASSED", [AUDIT_FAIL] = "FAILED", [AUDIT_UNKNOWN] = "NOT_AVAILABLE"};
    struct json_object *object = json_object_new_object();
    struct json_object *controls = audit_controls(finding->check);
    json_add_string(object, "Status", words[finding->status]);
    if (body_count(controls) > 0 || !body_whole(controls))
        body_put(object, "RelatedRequirements", controls);
    else
        json_object_put(controls);
    return object;
}

/* The same for the same check and resource every day. Of a path that is too long the beginning is left out: names, which
 * are at the end, are different without it. */
static void add_id(struct json_object *object, struct batch *batch,
                   const struct audit_finding *finding)
{
    char resource[704], id[ID_LONGEST + 1];
    audit_resource_arn(batch->audit, finding, &batch->seek, resource, sizeof resource);
    int lead = snprintf(id, sizeof id, "keywright/%s/%s/", batch->audit->facts->account,
                        finding->check->id);
    size_t room = sizeof id - 1 - (size_t)lead, length = strlen(resource);
    text_copy(id + lead, room + 1, resource + (length > room ? length - room : 0));
    json_add_string(object, "Id", id);
}

static void add_names(struct json_object *object, struct batch *batch,
                      const struct audit_finding *finding)
{
    const struct facts *facts = batch->audit->facts;
    char text[1500], cut[1024];
    add_id(object, batch, finding);
    snprintf(text, sizeof text, "arn:%s:securityhub:%s:%s:product/%s/default", facts->partition,
             batch->region, facts->account, facts->account);
    json_add_string(object, "ProductArn", text);
    snprintf(text, sizeof text, "keywright/%s", finding->check->id);
    json_add_string(object, "GeneratorId", text);
    json_add_string(object, "AwsAccountId", facts->account);
    json_add_string(object, "Title", finding->check->title);
    snprintf(text, sizeof text, "%s: %s", finding->resource, finding->detail);
    text_copy(cut, sizeof cut, text);
    json_add_string(object, "Description", cut);
}

static struct json_object *remediation(const struct audit_check *check)
{
    struct json_object *object = json_object_new_object(), *text = json_object_new_object();
    json_add_string(text, "Text", check->remedy);
    body_put(object, "Recommendation", text);
    return object;
}

static void print_batch(struct batch *batch)
{
    if (batch->list != NULL)
        print_json(batch->list);
    batch->list = NULL;
}

static void add_finding(void *context, const struct audit_finding *finding)
{
    struct batch *batch = context;
    struct json_object *object = json_object_new_object(), *fields = json_object_new_object();
    int64_t at = finding->observed_at != 0 ? finding->observed_at : batch->audit->facts->now;
    json_add_string(object, "SchemaVersion", "2018-10-08");
    add_names(object, batch, finding);
    json_add_time(object, "CreatedAt", at);
    json_add_time(object, "UpdatedAt", batch->audit->facts->now);
    body_put(object, "Severity", severity(finding));
    body_put(object, "Types", types());
    body_put(object, "Resources", resources(batch, finding));
    body_put(object, "Compliance", compliance(finding));
    body_put(object, "Remediation", remediation(finding->check));
    json_add_string(object, "RecordState", "ACTIVE");
    body_put(fields, "Severity", severity(finding));
    body_put(fields, "Types", types());
    body_put(object, "FindingProviderFields", fields);
    if (batch->list == NULL && (batch->list = json_object_new_array()) == NULL) {
        json_object_put(object);
        print_json(NULL); /* which says so */
        return;
    }
    body_append(batch->list, object);
    if (body_count(batch->list) == BATCH)
        print_batch(batch);
}

void audit_print_asff(const struct audit *audit)
{
    const char *region = audit->region != NULL && audit->region[0] != '\0' ? audit->region
                                                                            : "us-east-1";
    struct batch batch = {audit, region, NULL, 0};
    audit_each(audit, add_finding, &batch);
    print_batch(&batch);
}
