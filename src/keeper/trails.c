/* Whether CloudTrail records what is done: the trails of a region, those of all regions among them.
 * Of these it is asked, in the region where they are at home, whether they are on and by which selectors
 * they record. Source: CloudTrail API Reference, DescribeTrails, GetTrailStatus,
 * GetEventSelectors. */
#include <json-c/json.h>
#include <string.h>

#include "base/json.h"
#include "keeper/handlers.h"
#include "keeper/signer.h"

enum { LONGEST = 256 * 1024 }; /* bytes of the selectors of a trail */

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

static void selectors_read(void *context, const struct aws_reply *reply, const struct error *err,
                           int64_t date)
{
    struct request *request = context;
    CLEANUP(text_release) struct text answer;
    struct error failure;
    text_init(&answer, LONGEST);
    if (err != NULL) {
        give_up(request, err, date);
        return;
    }
    json_write(reply->tree, &answer);
    if (!text_ok(&answer, &failure)) {
        error_wrap(&failure, "the event selectors of a trail");
        give_up(request, &failure, date);
        return;
    }
    /* What they mean is the audit's to say (audit/selectors.h). */
    body_set_string(current(request), "selectors", answer.bytes);
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
