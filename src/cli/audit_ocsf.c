/* An audit as Compliance Findings (class 2003) of the Open Cybersecurity Schema Framework, version 1.3.0 with the profile
 * "cloud": a JSON object a line, which is what loaders of log lakes take. Later versions of OCSF 1 read it: they only add.
 *
 * What could not be checked is OCSF's status "Warning", which that version defines as no result for want of information.
 * Source: schema.ocsf.io/1.3.0, classes compliance_finding and finding, objects compliance, finding_info, metadata,
 * product, analytic, cloud, account, remediation, resource_details. */
#include "config.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/audit.h"
#include "cli/print.h"

enum { VERSION_LONGEST = 31 };

/* A value of an enumeration, which OCSF wants as the number and its caption. */
struct coded {
    int id;
    const char *caption;
};

static struct coded severity_of(const struct audit_finding *finding)
{
    static const struct coded severities[AUDIT_SEVERITY_COUNT] = {
        [AUDIT_INFORMATIONAL] = {1, "Informational"}, [AUDIT_LOW] = {2, "Low"},
        [AUDIT_MEDIUM] = {3, "Medium"},               [AUDIT_HIGH] = {4, "High"},
        [AUDIT_CRITICAL] = {5, "Critical"}};
    bool passed = finding->status == AUDIT_PASS;
    return severities[passed ? AUDIT_INFORMATIONAL : audit_severity(finding->check)];
}

static struct coded status_of(const struct audit_finding *finding)
{
    static const struct coded statuses[] = {
        [AUDIT_PASS] = {1, "Pass"}, [AUDIT_FAIL] = {3, "Fail"}, [AUDIT_UNKNOWN] = {2, "Warning"}};
    return statuses[finding->status];
}

static void add_coded(struct json_object *object, const char *id, const char *name,
                      struct coded value)
{
    json_add_number(object, id, value.id);
    json_add_string(object, name, value.caption);
}

/* timestamp_t: milliseconds. */
static void add_time(struct json_object *object, const char *name, int64_t time)
{
    json_add_number(object, name, time * 1000);
}

/* "1.2:1.4 5.0:1.13" to "CIS AWS Foundations Benchmark v1.2", ...; OCSF wants one at least. */
static struct json_object *standards(const struct audit_check *check)
{
    struct json_object *list = json_object_new_array();
    char standard[96];
    for (const char *at = check->cis; *at != '\0' && *at != '-';) {
        size_t version = strcspn(at, ":");
        snprintf(standard, sizeof standard, "CIS AWS Foundations Benchmark v%.*s",
                 version < VERSION_LONGEST ? (int)version : VERSION_LONGEST, at);
        body_append(list, json_object_new_string(standard));
        at += strcspn(at, " ");
        at += *at == ' ';
    }
    if (strcmp(check->security_hub, "-") != 0)
        body_append(list, json_object_new_string("AWS Security Hub controls"));
    if (body_count(list) == 0)
        body_append(list, json_object_new_string("Keywright checks"));
    return list;
}

/* The control is Security Hub's where there is one, so that what it says itself stands beside ours. */
static struct json_object *compliance(const struct audit_finding *finding)
{
    const struct audit_check *check = finding->check;
    struct json_object *object = json_object_new_object(), *controls = audit_controls(check);
    bool hub = strcmp(check->security_hub, "-") != 0;
    body_put(object, "standards", standards(check));
    json_add_string(object, "control", hub ? check->security_hub : check->id);
    if (body_count(controls) > 0 || !body_whole(controls))
        body_put(object, "requirements", controls);
    else
        json_object_put(controls);
    add_coded(object, "status_id", "status", status_of(finding));
    json_add_string(object, "status_detail", finding->detail);
    return object;
}

static struct json_object *analytic(const struct audit_check *check)
{
    struct json_object *object = json_object_new_object();
    json_add_string(object, "uid", check->id);
    json_add_string(object, "name", check->title);
    json_add_string(object, "desc", check->why);
    add_coded(object, "type_id", "type", (struct coded){1, "Rule"});
    return object;
}

/* The uid is the same for the same check and resource every day. */
static struct json_object *finding_info(const struct audit *audit,
                                        const struct audit_finding *finding, const char *says,
                                        size_t *seek)
{
    struct json_object *object = json_object_new_object(), *types = json_object_new_array();
    int64_t seen = finding->observed_at != 0 ? finding->observed_at : audit->facts->now;
    char arn[704], uid[900];
    audit_resource_arn(audit, finding, seek, arn, sizeof arn);
    snprintf(uid, sizeof uid, "keywright/%s/%s/%s", audit->facts->account, finding->check->id, arn);
    json_add_string(object, "uid", uid);
    json_add_string(object, "title", finding->check->title);
    json_add_string(object, "desc", says);
    add_time(object, "created_time", seen);
    add_time(object, "last_seen_time", seen);
    body_append(types, json_object_new_string("Software and Configuration Checks"));
    body_put(object, "types", types);
    body_put(object, "analytic", analytic(finding->check));
    return object;
}

static struct json_object *metadata(const struct audit_check *check)
{
    struct json_object *object = json_object_new_object(), *product = json_object_new_object();
    struct json_object *profiles = json_object_new_array();
    json_add_string(object, "version", "1.3.0");
    json_add_string(product, "name", "Keywright");
    json_add_string(product, "vendor_name", "Keywright");
    json_add_string(product, "version", PACKAGE_VERSION);
    body_put(object, "product", product);
    body_append(profiles, json_object_new_string("cloud"));
    body_put(object, "profiles", profiles);
    json_add_string(object, "event_code", check->id);
    return object;
}

static struct json_object *cloud(const struct audit *audit)
{
    struct json_object *object = json_object_new_object(), *account = json_object_new_object();
    json_add_string(object, "provider", "AWS");
    json_add_string(account, "uid", audit->facts->account);
    add_coded(account, "type_id", "type", (struct coded){10, "AWS Account"});
    body_put(object, "account", account);
    if (audit->region != NULL && audit->region[0] != '\0')
        json_add_string(object, "region", audit->region);
    return object;
}

/* IAM has no region, so the resource has none. */
static struct json_object *resources(const struct audit *audit, const struct audit_finding *finding,
                                     size_t *seek)
{
    struct json_object *list = json_object_new_array(), *resource = json_object_new_object();
    const char *partition = audit->facts->partition;
    char id[704];
    audit_resource_id(audit, finding, seek, id, sizeof id);
    json_add_string(resource, "uid", id);
    json_add_string(resource, "name", finding->resource);
    json_add_string(resource, "type", audit_resource_type(id));
    json_add_string(resource, "cloud_partition", partition[0] != '\0' ? partition : "aws");
    body_append(list, resource);
    return list;
}

static struct json_object *remediation(const struct audit_check *check)
{
    struct json_object *object = json_object_new_object();
    json_add_string(object, "desc", check->remedy);
    return object;
}

/* What OCSF has no place for. */
static struct json_object *unmapped(const struct audit_finding *finding)
{
    struct json_object *object = json_object_new_object();
    json_add_string(object, "check_severity", finding->check->severity);
    json_add_bool(object, "advice", finding->advice);
    if (finding->permission[0] != '\0')
        json_add_string(object, "missing_permission", finding->permission);
    return object;
}

static void add_class(struct json_object *object)
{
    enum { CATEGORY = 2, CLASS = 2003, CREATE = 1 };
    add_coded(object, "category_uid", "category_name", (struct coded){CATEGORY, "Findings"});
    add_coded(object, "class_uid", "class_name", (struct coded){CLASS, "Compliance Finding"});
    add_coded(object, "activity_id", "activity_name", (struct coded){CREATE, "Create"});
    add_coded(object, "type_uid", "type_name",
              (struct coded){CLASS * 100 + CREATE, "Compliance Finding: Create"});
}

struct rows {
    const struct audit *audit;
    size_t seek; /* of audit_resource_arn */
};

/* Whether somebody works on it is not known here: to Keywright every finding is new. */
static void print_finding(void *context, const struct audit_finding *finding)
{
    struct rows *rows = context;
    const struct audit *audit = rows->audit;
    if (!audit_is_about(audit, finding))
        return;
    struct json_object *object = json_object_new_object();
    char says[1400];
    snprintf(says, sizeof says, "%s: %s", finding->resource, finding->detail);
    add_class(object);
    add_time(object, "time", audit->facts->now);
    add_coded(object, "severity_id", "severity", severity_of(finding));
    add_coded(object, "status_id", "status", (struct coded){1, "New"});
    json_add_string(object, "message", says);
    body_put(object, "metadata", metadata(finding->check));
    body_put(object, "finding_info", finding_info(audit, finding, says, &rows->seek));
    body_put(object, "compliance", compliance(finding));
    body_put(object, "cloud", cloud(audit));
    body_put(object, "resources", resources(audit, finding, &rows->seek));
    body_put(object, "remediation", remediation(finding->check));
    body_put(object, "unmapped", unmapped(finding));
    print_json(object);
}

void audit_print_ocsf(const struct audit *audit, const struct inventory *inventory, struct audit_shown *shown)
{
    struct rows rows = {audit, 0};
    if (inventory == NULL)
        audit_each(audit, print_finding, &rows);
    else
        (void)reveal_next(&shown->reveal, inventory, print_finding, &rows);
}
