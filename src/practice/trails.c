#include "practice/trails.h"

#include <stdio.h>
#include <string.h>

#include "practice/json.h"

/* The setting "trail". */
enum { TRAIL_NONE, TRAIL_WHOLE, TRAIL_OFF, TRAIL_PARTIAL, TRAIL_LOCAL, TRAIL_ADVANCED };

bool trails_is_action(const char *action)
{
    return strcmp(action, "DescribeTrails") == 0 || strcmp(action, "GetTrailStatus") == 0 ||
           strcmp(action, "GetEventSelectors") == 0;
}

static void name_trail(char *arn, size_t size, const char *region)
{
    snprintf(arn, size, "arn:aws:cloudtrail:%s:" ACCOUNT_NUMBER ":trail/practice", region);
}

static void describe(int64_t kind, const char *arn, const char *region, struct json_object *reply)
{
    struct json_object *list = json_object_new_array(), *trail = json_object_new_object();
    json_add_text(trail, "Name", "practice");
    json_add_text(trail, "S3BucketName", "practice-trail");
    json_add_text(trail, "TrailARN", arn);
    json_add_text(trail, "HomeRegion", region);
    json_add_bool(trail, "IncludeGlobalServiceEvents", true);
    json_add_bool(trail, "IsMultiRegionTrail", kind != TRAIL_LOCAL);
    json_add_bool(trail, "IsOrganizationTrail", false);
    json_add_bool(trail, "LogFileValidationEnabled", true);
    json_add_bool(trail, "HasCustomEventSelectors",
                  kind == TRAIL_PARTIAL || kind == TRAIL_ADVANCED);
    if (kind != TRAIL_NONE)
        json_object_array_add(list, trail);
    else
        json_object_put(trail);
    json_object_object_add(reply, "trailList", list);
}

/* All management events, or not those that only read. */
static struct json_object *new_basic(bool whole)
{
    struct json_object *list = json_object_new_array(), *selector = json_object_new_object();
    json_add_text(selector, "ReadWriteType", whole ? "All" : "WriteOnly");
    json_add_bool(selector, "IncludeManagementEvents", true);
    json_object_object_add(selector, "DataResources", json_object_new_array());
    json_object_object_add(selector, "ExcludeManagementEventSources", json_object_new_array());
    json_object_array_add(list, selector);
    return list;
}

static struct json_object *new_advanced(void)
{
    struct json_object *list = json_object_new_array(), *selector = json_object_new_object();
    struct json_object *fields = json_object_new_array(), *field = json_object_new_object();
    struct json_object *equals = json_object_new_array();
    json_object_array_add(equals, json_object_new_string("Management"));
    json_add_text(field, "Field", "eventCategory");
    json_object_object_add(field, "Equals", equals);
    json_object_array_add(fields, field);
    json_add_text(selector, "Name", "all management events");
    json_object_object_add(selector, "FieldSelectors", fields);
    json_object_array_add(list, selector);
    return list;
}

static void select_events(int64_t kind, const char *arn, struct json_object *reply)
{
    json_add_text(reply, "TrailARN", arn);
    if (kind == TRAIL_ADVANCED)
        json_object_object_add(reply, "AdvancedEventSelectors", new_advanced());
    else
        json_object_object_add(reply, "EventSelectors", new_basic(kind != TRAIL_PARTIAL));
}

bool trails_perform(struct account *account, const struct account_call *call, const char *region,
                    const struct request *request, struct text *ret_reply,
                    struct account_refusal *refusal)
{
    const char *action = request_field(request, "Action");
    const char *name =
        request_field(request, strcmp(action, "GetTrailStatus") == 0 ? "Name" : "TrailName");
    int64_t kind = account_settings(account)->trail;
    bool describes = strcmp(action, "DescribeTrails") == 0;
    char arn[160];
    name_trail(arn, sizeof arn, region);
    if (!account_may_read(account, call, action, refusal))
        return false;
    if (!describes && (kind == TRAIL_NONE || name == NULL || strcmp(name, arn) != 0))
        return account_refuse(refusal, 400, "TrailNotFoundException", "no-trail",
                              "Unknown trail for the account: " ACCOUNT_NUMBER);
    struct json_object *reply = json_object_new_object();
    if (describes)
        describe(kind, arn, region, reply);
    else if (strcmp(action, "GetTrailStatus") == 0)
        json_add_bool(reply, "IsLogging", kind != TRAIL_OFF);
    else
        select_events(kind, arn, reply);
    json_finish(reply, ret_reply);
    return true;
}
