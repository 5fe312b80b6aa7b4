/* An audit as SARIF 2.1.0 (OASIS): a rule a check, a result a finding. What could not be told is of the kind
 * "open", and advice of the kind "informational", which are SARIF's words for it. */
#include "config.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "base/when.h"
#include "cli/audit.h"
#include "cli/print.h"

static const char *level_of(const struct audit_check *check)
{
    switch (audit_severity(check)) {
    case AUDIT_CRITICAL:
    case AUDIT_HIGH:
        return "error";
    case AUDIT_MEDIUM:
        return "warning";
    case AUDIT_LOW:
    case AUDIT_INFORMATIONAL:
    case AUDIT_SEVERITY_COUNT:
        return "note";
    }
    return "note";
}

static struct json_object *message(const char *text)
{
    struct json_object *object = json_object_new_object();
    json_add_string(object, "text", text);
    return object;
}

static struct json_object *rules(void)
{
    struct json_object *list = json_object_new_array();
    size_t count;
    const struct audit_check *checks = audit_checks(&count);
    for (size_t i = 0; i < count; i++) {
        struct json_object *rule = json_object_new_object();
        struct json_object *level = json_object_new_object();
        struct json_object *properties = json_object_new_object();
        json_add_string(rule, "id", checks[i].id);
        body_put(rule, "shortDescription", message(checks[i].title));
        body_put(rule, "fullDescription", message(checks[i].why));
        body_put(rule, "help", message(checks[i].remedy));
        json_add_string(level, "level", level_of(&checks[i]));
        body_put(rule, "defaultConfiguration", level);
        json_add_string(properties, "severity", checks[i].severity);
        body_put(properties, "tags", audit_controls(&checks[i]));
        body_put(rule, "properties", properties);
        body_append(list, rule);
    }
    return list;
}

static struct json_object *location(const struct audit_finding *finding, const char *arn)
{
    struct json_object *location = json_object_new_object();
    struct json_object *list = json_object_new_array(), *logical = json_object_new_object();
    json_add_string(logical, "name", finding->resource);
    json_add_string(logical, "fullyQualifiedName", arn);
    json_add_string(logical, "kind", "resource");
    body_append(list, logical);
    body_put(location, "logicalLocations", list);
    return location;
}

/* By which a viewer knows a result of an earlier log again: the detail changes from day to day. */
static struct json_object *fingerprints(const struct audit_finding *finding, const char *arn)
{
    char value[800];
    struct json_object *object = json_object_new_object();
    snprintf(value, sizeof value, "%s %s", finding->check->id, arn);
    json_add_string(object, "checkAndResource/v1", value);
    return object;
}

struct results {
    const struct audit *audit;
    size_t count; /* so far */
    size_t seek;  /* of audit_resource_arn */
};

static void print_result(void *context, const struct audit_finding *finding)
{
    static const char *const kinds[] = {
        [AUDIT_PASS] = "pass", [AUDIT_FAIL] = "fail", [AUDIT_UNKNOWN] = "open"};
    struct results *results = context;
    struct json_object *result = json_object_new_object(), *locations = json_object_new_array();
    char text[1400], arn[704];
    size_t count;
    audit_resource_arn(results->audit, finding, &results->seek, arn, sizeof arn);
    snprintf(text, sizeof text, "%s: %s", finding->resource, finding->detail);
    json_add_string(result, "ruleId", finding->check->id);
    json_add_number(result, "ruleIndex", finding->check - audit_checks(&count));
    json_add_string(result, "kind", finding->advice ? "informational" : kinds[finding->status]);
    json_add_string(result, "level",
                    finding->status == AUDIT_FAIL ? level_of(finding->check) : "none");
    body_put(result, "message", message(text));
    body_append(locations, location(finding, arn));
    body_put(result, "locations", locations);
    body_put(result, "partialFingerprints", fingerprints(finding, arn));
    if (results->count++ > 0)
        putchar(',');
    print_json(result);
}

static struct json_object *tool(void)
{
    struct json_object *tool = json_object_new_object(), *driver = json_object_new_object();
    json_add_string(driver, "name", "Keywright");
    json_add_string(driver, "version", PACKAGE_VERSION);
    body_put(driver, "rules", rules());
    body_put(tool, "driver", driver);
    return tool;
}

static struct json_object *invocations(const struct audit *audit)
{
    struct json_object *calls = json_object_new_array(), *call = json_object_new_object();
    json_add_bool(call, "executionSuccessful", true);
    json_add_time(call, "endTimeUtc", audit->facts->now);
    body_append(calls, call);
    return calls;
}

/* One document, but a result a line and none of them kept: of thousands of users there are very many. */
void audit_print_sarif(const struct audit *audit)
{
    struct results results = {audit, 0, 0};
    fputs("{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{\"tool\":", stdout);
    print_json(tool());
    fputs(",\"invocations\":", stdout);
    print_json(invocations(audit));
    fputs(",\"results\":[\n", stdout);
    audit_each(audit, print_result, &results);
    fputs("]}]}\n", stdout);
}
