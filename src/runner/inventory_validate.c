/* Access Analyzer's ValidatePolicy, for each policy of the account and each inline one, one after
 * the other. */
#include <stdio.h>
#include <string.h>

#include "runner/inventory_inside.h"

/* The next one, and who has it: NULL for a policy of the account. NULL: there are no more. */
static const struct access_policy *current(const struct inventory *inventory,
                                           const struct access_holder **ret_holder)
{
    const struct validating *at = &inventory->validating;
    const struct access *access = &inventory->facts.access;
    *ret_holder = NULL;
    if (!at->in_holders)
        return at->policy < access->managed.count ? &access->managed.list[at->policy] : NULL;
    if (at->holder >= access->count)
        return NULL;
    *ret_holder = &access->list[at->holder];
    return at->policy < (*ret_holder)->inlines.count ? &(*ret_holder)->inlines.list[at->policy]
                                                     : NULL;
}

/* Over those who have no more. */
static void settle(struct inventory *inventory)
{
    struct validating *at = &inventory->validating;
    const struct access *access = &inventory->facts.access;
    if (!at->in_holders && at->policy >= access->managed.count)
        *at = (struct validating){.in_holders = true};
    while (at->in_holders && at->holder < access->count &&
           at->policy >= access->list[at->holder].inlines.count) {
        at->holder++;
        at->policy = 0;
    }
}

/* `date`: AWS's time, 0 for not known. */
static enum turn next_one(struct inventory *inventory, int64_t date)
{
    const struct access_holder *holder;
    struct facts *facts = &inventory->facts;
    inventory->validating.policy++;
    settle(inventory);
    if (current(inventory, &holder) != NULL)
        return TURN_AGAIN;
    fact_source_have(&facts->validation, date != 0 ? date : facts->now);
    return TURN_ON;
}

bool inventory_begin_validation(struct inventory *inventory)
{
    const struct access_holder *holder;
    struct facts *facts = &inventory->facts;
    if (!facts->validate)
        return false;
    settle(inventory);
    if (current(inventory, &holder) != NULL)
        return true;
    fact_source_have(&facts->validation, facts->authorizations.at);
    return false;
}

void inventory_fill_validation(const struct inventory *inventory, struct json_object *body)
{
    const struct access_holder *holder;
    const struct access_policy *policy = current(inventory, &holder);
    bool kept = policy != NULL && policy->document != NULL;
    body_set_string(body, "document", kept ? policy->document : "");
}

/* "inline policy NAME: CODE: details" */
static bool add(struct inventory *inventory, const char *type, const char *code,
                const char *details, struct error *err)
{
    const struct access_holder *holder;
    const struct access_policy *policy = current(inventory, &holder);
    char text[1024], name[160] = "";
    if (policy == NULL)
        return error_set(err, ERROR_INTERNAL, "no policy was asked about");
    if (holder != NULL)
        snprintf(name, sizeof name, "inline policy %.128s: ", policy->name);
    snprintf(text, sizeof text, "%s%s%s%.700s", name, code, code[0] != '\0' ? ": " : "", details);
    return facts_add_flaw(&inventory->facts, type, holder != NULL ? holder->arn : policy->arn, text,
                          err);
}

/* One policy that is refused does not end it; what would be refused again does. */
static enum turn take_failure(struct inventory *inventory, struct error *err)
{
    char why[512];
    if (err->code != ERROR_AWS) {
        fact_source_fail(&inventory->facts.validation, err);
        return TURN_ON;
    }
    snprintf(why, sizeof why, "it could not be validated: %.400s", err->text);
    return add(inventory, NULL, "", why, err) ? next_one(inventory, 0) : TURN_OVER;
}

enum turn inventory_take_validation(struct inventory *inventory, struct json_object *body,
                                    struct error *err)
{
    struct json_object *list = body_array(body, "findings");
    if (body == NULL)
        return take_failure(inventory, err);
    for (size_t i = 0; i < body_count(list); i++) {
        struct json_object *flaw = json_object_array_get_idx(list, i);
        if (!add(inventory, body_string(flaw, "type"), body_string(flaw, "code"),
                 body_string(flaw, "details"), err))
            return TURN_OVER;
    }
    inventory->facts.validated++;
    return next_one(inventory, body_number(body, "date"));
}
