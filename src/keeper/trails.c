/* Whether CloudTrail records what is done: the trails of a region, those of all regions among them.
 * Of these it is asked, in the region where they are at home, whether they are on and which
 * management events they record. Source: CloudTrail API Reference, DescribeTrails, GetTrailStatus,
 * GetEventSelectors. */
#include <json-c/json.h>
#include <string.h>

#include "keeper/handlers.h"
#include "keeper/signer.h"

static void look_on(struct request *request);

/* The one that is being looked at: the first that is not done with. NULL: all are. */
static struct json_object *current(struct request *request)
{
    struct json_object *list = body_array(request->reply, "trails");
    for (size_t i = 0; i < body_count(list); i++) {
        struct json_object *trail = json_object_array_get_idx(list, i);
        if (!body_bool(trail, "done"))
            return trail;
    }
    return NULL;
}

/* What is not told of one trail is not told; the others may tell enough. */
static void give_up(struct request *request, const struct error *err, int64_t date)
{
    struct json_object *failure = json_object_new_object();
    body_set_error(failure, err, date);
    if (json_object_object_get_ex(request->reply, "failure", NULL))
        json_object_put(failure);
    else
        body_put(request->reply, "failure", failure);
    body_set_bool(current(request), "done", true);
    look_on(request);
}

static void ask(struct request *request, enum aws_action action, const char *member, aws_done *done)
{
    struct json_object *document = json_object_new_object();
    body_set_string(document, member, body_string(current(request), "arn"));
    request_call_document(request, action, document,
                          (struct call_params){.region = body_string(current(request), "home")}, done);
}

/* --- event selectors ---------------------------------------------------------------------------*/

static bool has_string(struct json_object *list, const char *wanted)
{
    for (size_t i = 0; i < body_count(list); i++) {
        const char *string = json_object_get_string(json_object_array_get_idx(list, i));
        if (string != NULL && strcmp(string, wanted) == 0)
            return true;
    }
    return false;
}

/* All management events: they are the category, and nothing but that narrows it. */
static bool advanced_is_all(struct json_object *selector)
{
    struct json_object *fields = body_array(selector, "FieldSelectors");
    struct json_object *only =
        body_count(fields) == 1 ? json_object_array_get_idx(fields, 0) : NULL;
    return strcmp(body_string(only, "Field"), "eventCategory") == 0 &&
           has_string(body_array(only, "Equals"), "Management");
}

static bool basic_is_all(struct json_object *selector)
{
    return strcmp(body_string(selector, "IncludeManagementEvents"), "true") == 0 &&
           strcmp(body_string(selector, "ReadWriteType"), "All") == 0 &&
           body_count(body_array(selector, "ExcludeManagementEventSources")) == 0;
}

static bool any_is(struct json_object *selectors, bool (*is_all)(struct json_object *))
{
    for (size_t i = 0; i < body_count(selectors); i++)
        if (is_all(json_object_array_get_idx(selectors, i)))
            return true;
    return false;
}

static void selectors_read(void *context, const struct aws_reply *reply, const struct error *err,
                           int64_t date)
{
    struct request *request = context;
    if (err != NULL) {
        give_up(request, err, date);
        return;
    }
    struct json_object *basic = body_array(reply->tree, "EventSelectors");
    struct json_object *advanced = body_array(reply->tree, "AdvancedEventSelectors");
    /* Without any, a trail records all of them. */
    bool all = (body_count(basic) == 0 && body_count(advanced) == 0) ||
               any_is(basic, basic_is_all) || any_is(advanced, advanced_is_all);
    body_set_string(current(request), "management", all ? "all" : "some");
    body_set_bool(current(request), "done", true);
    look_on(request);
}

/* --- one trail after the other -----------------------------------------------------------------*/

static void status_read(void *context, const struct aws_reply *reply, const struct error *err,
                        int64_t date)
{
    struct request *request = context;
    if (err != NULL) {
        give_up(request, err, date);
        return;
    }
    body_set_string(current(request), "logging", reply->logging ? "yes" : "no");
    if (reply->logging) {
        ask(request, AWS_GET_EVENT_SELECTORS, "TrailName", selectors_read);
        return;
    }
    body_set_bool(current(request), "done", true);
    look_on(request);
}

/* A trail whose mark could not be set would be looked at for ever. */
static void look_on(struct request *request)
{
    struct error err = {0};
    if (!body_whole(request->reply)) {
        error_set(&err, ERROR_MEMORY, "keeping what CloudTrail said");
        request_fail(request, &err, 0);
    } else if (current(request) != NULL) {
        ask(request, AWS_GET_TRAIL_STATUS, "Name", status_read);
    } else {
        request_reply(request);
    }
}

static void trails_listed(void *context, const struct aws_reply *reply, const struct error *err,
                          int64_t date)
{
    struct request *request = context;
    const char *region = request->context->settings.region;
    if (err != NULL) {
        request_fail(request, err, date);
        return;
    }
    struct json_object *list = body_put_list(request->reply, "trails");
    for (size_t i = 0; i < reply->trail_count; i++) {
        struct json_object *trail = json_object_new_object();
        body_set_string(trail, "arn", reply->trails[i].arn);
        body_set_bool(trail, "multi_region", reply->trails[i].multi_region);
        body_set_string(trail, "home", reply->trails[i].home_region);
        body_set_bool(trail, "done", !reply->trails[i].multi_region);
        body_append(list, trail);
    }
    body_set_string(request->reply, "region", region[0] != '\0' ? region : "us-east-1");
    body_set_number(request->reply, "date", date);
    look_on(request);
}

static void ask_trails(struct request *request)
{
    request_call(request, AWS_DESCRIBE_TRAILS, NULL, trails_listed);
}

void handle_list_trails(struct request *request)
{
    signer_resolve(request, ask_trails);
}
