/* The things that are asked for, and what becomes of their answers. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "audit/rests.h"
#include "runner/inventory_inside.h"

static const char support_policy[] = "iam::aws:policy/AWSSupportAccess";
static const char cloudshell_policy[] = "iam::aws:policy/AWSCloudShellFullAccess";

static enum turn on_if(bool good)
{
    return good ? TURN_ON : TURN_OVER;
}

/* --- the account -------------------------------------------------------------------------------*/

static enum turn take_identity(struct inventory *inventory, struct json_object *body,
                               struct error *err)
{
    (void)err;
    struct facts *facts = &inventory->facts;
    if (body == NULL)
        return TURN_OVER;
    int64_t date = body_number(body, "date");
    facts->now = date != 0 ? date : facts->now;
    text_copy(facts->account, sizeof facts->account, body_string(body, "account"));
    text_copy(facts->partition, sizeof facts->partition, body_string(body, "partition"));
    text_copy(inventory->arn, sizeof inventory->arn, body_string(body, "arn"));
    return TURN_ON;
}

static enum turn take_summary(struct inventory *inventory, struct json_object *body,
                              struct error *err)
{
    (void)err;
    struct facts *facts = &inventory->facts;
    struct json_object *list = body_array(body, "numbers");
    size_t count = body_count(list);
    for (size_t i = 0; i < count; i++) {
        struct json_object *number = json_object_array_get_idx(list, i);
        const char *name = body_string(number, "name");
        if (strcmp(name, "AccountMFAEnabled") == 0)
            facts->root_mfa = body_number(number, "value");
        else if (strcmp(name, "AccountAccessKeysPresent") == 0)
            facts->root_keys = body_number(number, "value");
    }
    return TURN_ON;
}

static enum turn take_password_policy(struct inventory *inventory, struct json_object *body,
                                      struct error *err)
{
    (void)err;
    struct facts *facts = &inventory->facts;
    facts->policy_set = body_bool(body, "set");
    facts->password_length = body_number(body, "length");
    facts->password_reuse = body_number(body, "reuse");
    return TURN_ON;
}

static enum turn take_devices(struct inventory *inventory, struct json_object *body,
                              struct error *err)
{
    struct json_object *list = body_array(body, "devices");
    size_t count = body_count(list);
    bool good = true;
    for (size_t i = 0; good && i < count; i++) {
        struct json_object *device = json_object_array_get_idx(list, i);
        good = facts_add_device(&inventory->facts, body_string(device, "serial"),
                                body_string(device, "user_arn"), err);
    }
    return on_if(good);
}

static enum turn take_certificates(struct inventory *inventory, struct json_object *body,
                                   struct error *err)
{
    struct json_object *list = body_array(body, "certificates");
    size_t count = body_count(list);
    bool good = true;
    for (size_t i = 0; good && i < count; i++) {
        struct json_object *certificate = json_object_array_get_idx(list, i);
        good = facts_add_certificate(&inventory->facts, body_string(certificate, "arn"),
                                     body_number(certificate, "expires"), err);
    }
    return on_if(good);
}

static void fill_policy(const struct inventory *inventory, struct json_object *body,
                        const char *policy)
{
    char arn[128];
    const char *partition = inventory->facts.partition;
    snprintf(arn, sizeof arn, "arn:%s:%s", *partition != '\0' ? partition : "aws", policy);
    body_set_string(body, "policy", arn);
}

static void fill_support(const struct inventory *inventory, struct json_object *body)
{
    fill_policy(inventory, body, support_policy);
}

static void fill_cloudshell(const struct inventory *inventory, struct json_object *body)
{
    fill_policy(inventory, body, cloudshell_policy);
}

static enum turn take_support(struct inventory *inventory, struct json_object *body,
                              struct error *err)
{
    (void)err;
    inventory->facts.support_holders = body_count(body_array(body, "holders"));
    return TURN_ON;
}

static enum turn take_cloudshell(struct inventory *inventory, struct json_object *body,
                                 struct error *err)
{
    (void)err;
    inventory->facts.cloudshell_holders = body_count(body_array(body, "holders"));
    return TURN_ON;
}

static enum turn take_users(struct inventory *inventory, struct json_object *body,
                            struct error *err)
{
    struct json_object *list = body_array(body, "users");
    size_t count = body_count(list);
    bool good = true;
    for (size_t i = 0; good && i < count; i++) {
        struct json_object *user = json_object_array_get_idx(list, i);
        good = facts_add_listed(&inventory->facts, body_string(user, "name"),
                                body_string(user, "arn"), body_number(user, "created"), err);
    }
    return on_if(good);
}

/* --- what policies allow -----------------------------------------------------------------------*/

static void fill_access(const struct inventory *inventory, struct json_object *body)
{
    granted_fill(&inventory->access_place, body);
}

/* A list that is not whole is none: who is missing in it would have no policies. Whom it tells of is not narrowed:
 * a group's policies are its members'. */
static enum turn take_access(struct inventory *inventory, struct json_object *body,
                             struct error *err)
{
    struct facts *facts = &inventory->facts;
    struct granted_place *place = &inventory->access_place;
    if (body == NULL || !granted_take(place, &facts->access, body, err)) {
        fact_source_fail(&facts->authorizations, err);
        facts->validation = facts->authorizations;
        access_release(&facts->access);
        return TURN_SKIP;
    }
    if (!place->at_end)
        return TURN_AGAIN;
    fact_source_have(&facts->authorizations, place->date != 0 ? place->date : facts->now);
    return inventory_begin_validation(inventory) ? TURN_ON : TURN_SKIP;
}

/* --- the table ---------------------------------------------------------------------------------*/

#define NOTED(member) .noted = offsetof(struct facts, member)

/* The list of users adds those that the report does not know, so it follows it; what an analyzer found follows the list
 * of analyzers, and what is said of policies these: the one before skips it where there is nothing to ask. Calls of
 * other actions do not use up what AWS lets pass of this one: so these are asked beside each other. */
static const struct source table[] = {
    {.kind = MESSAGE_IDENTIFY, .take = take_identity},
    {.kind = MESSAGE_GENERATE_REPORT, .take = inventory_take_made},
    {.kind = MESSAGE_READ_REPORT, .follows = true, .settles = RESTS_REPORT,
     .fill = inventory_fill_report, .take = inventory_take_report},
    {.kind = MESSAGE_LIST_USERS, .follows = true, .settles = RESTS_USERS, NOTED(users), .take = take_users},
    {.kind = MESSAGE_READ_ACCESS, .settles = RESTS_AUTHORIZATIONS, .says = "reading what policies allow", .fill = fill_access,
     .take = take_access},
    {.kind = MESSAGE_VALIDATE_POLICY, .follows = true, .settles = RESTS_VALIDATION,
     .says = "having Access Analyzer validate the policies", .fill = inventory_fill_validation,
     .take = inventory_take_validation},
    {.kind = MESSAGE_READ_SUMMARY, .settles = RESTS_SUMMARY, NOTED(summary), .take = take_summary},
    {.kind = MESSAGE_READ_PASSWORD_POLICY, .settles = RESTS_PASSWORD_POLICY, NOTED(password_policy),
     .take = take_password_policy},
    {.kind = MESSAGE_LIST_DEVICES, .settles = RESTS_DEVICES, NOTED(devices), .take = take_devices},
    {.kind = MESSAGE_LIST_CERTIFICATES, .settles = RESTS_CERTIFICATES, NOTED(certificates),
     .take = take_certificates},
    {.kind = MESSAGE_LIST_HOLDERS, .settles = RESTS_SUPPORT, NOTED(support), .fill = fill_support, .take = take_support},
    {.kind = MESSAGE_LIST_HOLDERS, .follows = true, .settles = RESTS_CLOUDSHELL, NOTED(cloudshell),
     .fill = fill_cloudshell, .take = take_cloudshell},
    {.kind = MESSAGE_LIST_TRAILS, .settles = RESTS_TRAILS, NOTED(trails), .take = inventory_take_trails},
    {.kind = MESSAGE_LIST_ANALYZERS, .settles = RESTS_ANALYZERS, .take = inventory_take_analyzers},
    {.kind = MESSAGE_LIST_UNUSED, .follows = true, .settles = RESTS_UNUSED, .fill = inventory_fill_unused,
     .take = inventory_take_unused},
};
_Static_assert(sizeof table / sizeof *table <= LANES_MAX, "a lane for each source");

const struct source *inventory_sources(size_t *ret_count)
{
    *ret_count = sizeof table / sizeof *table;
    return table;
}
