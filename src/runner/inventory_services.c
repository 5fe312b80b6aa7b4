/* What Access Analyzer and CloudTrail tell an audit. */
#include <string.h>

#include "audit/selectors.h"
#include "base/text.h"
#include "runner/inventory_inside.h"

enum { PAGES_MOST = 10000 };

/* --- analyzers ---------------------------------------------------------------------------------*/

static bool is_either(const char *type, const char *one, const char *other)
{
    return strcmp(type, one) == 0 || strcmp(type, other) == 0;
}

/* Those that tell who outside may reach in, and one that tells what is not used; and do so now. */
static void take_analyzer(struct facts *facts, struct json_object *analyzer)
{
    const char *type = body_string(analyzer, "type");
    if (strcmp(body_string(analyzer, "status"), "ACTIVE") != 0)
        return;
    if (is_either(type, "ACCOUNT", "ORGANIZATION"))
        facts->active_analyzers++;
    bool unused = is_either(type, "ACCOUNT_UNUSED_ACCESS", "ORGANIZATION_UNUSED_ACCESS");
    bool own = strcmp(type, "ACCOUNT_UNUSED_ACCESS") == 0;
    if (!unused || (facts->unused_analyzer[0] != '\0' && !own))
        return;
    text_copy(facts->unused_analyzer, sizeof facts->unused_analyzer, body_string(analyzer, "arn"));
    facts->unused_days = body_number(analyzer, "unused_days");
}

enum turn inventory_take_analyzers(struct inventory *inventory, struct json_object *body,
                                   struct error *err)
{
    struct facts *facts = &inventory->facts;
    struct json_object *list = body_array(body, "analyzers");
    if (body == NULL) {
        fact_source_fail(&facts->analyzers, err);
        facts->unused = facts->analyzers;
        return TURN_SKIP;
    }
    int64_t date = body_number(body, "date");
    fact_source_have(&facts->analyzers, date != 0 ? date : facts->now);
    text_copy(facts->analyzers_region, sizeof facts->analyzers_region, body_string(body, "region"));
    for (size_t i = 0; i < body_count(list); i++)
        take_analyzer(facts, json_object_array_get_idx(list, i));
    return facts->unused_analyzer[0] != '\0' ? TURN_ON : TURN_SKIP;
}

/* --- what is not used --------------------------------------------------------------------------*/

void inventory_fill_unused(const struct inventory *inventory, struct json_object *body)
{
    body_set_string(body, "analyzer", inventory->facts.unused_analyzer);
    body_set_string(body, "token", inventory->unused_place.token);
}

/* The analyzer of an organization tells of other accounts, too. */
static bool add_unused(struct facts *facts, struct json_object *list, struct error *err)
{
    for (size_t i = 0; i < body_count(list); i++) {
        struct json_object *finding = json_object_array_get_idx(list, i);
        const char *resource = body_string(finding, "resource");
        bool own = strcmp(body_string(finding, "owner"), facts->account) == 0;
        if (own && resource[0] != '\0' &&
            !facts_add_unused(facts, body_string(finding, "type"), resource, err))
            return false;
    }
    return true;
}

static bool next_page(struct unused_place *place, const char *token, struct error *err)
{
    if (++place->pages == PAGES_MOST || strcmp(place->token, token) == 0 ||
        !text_copy(place->token, sizeof place->token, token))
        return error_set(err, ERROR_REPLY, "a list of unused access from AWS does not end");
    return true;
}

enum turn inventory_take_unused(struct inventory *inventory, struct json_object *body,
                                struct error *err)
{
    struct facts *facts = &inventory->facts;
    const char *token = body_string(body, "token");
    if (body == NULL || !add_unused(facts, body_array(body, "findings"), err) ||
        (token[0] != '\0' && !next_page(&inventory->unused_place, token, err))) {
        fact_source_fail(&facts->unused, err);
        return TURN_ON;
    }
    if (token[0] != '\0')
        return TURN_AGAIN;
    int64_t date = body_number(body, "date");
    facts_sort_unused(facts);
    fact_source_have(&facts->unused, date != 0 ? date : facts->now);
    return TURN_ON;
}

/* --- trails ------------------------------------------------------------------------------------*/

static enum fact fact_of(const char *word, const char *yes)
{
    return word[0] == '\0' ? FACT_UNKNOWN : strcmp(word, yes) == 0 ? FACT_YES : FACT_NO;
}

/* Not known of one whose selectors were not read. */
static enum fact recorded(struct json_object *trail)
{
    const char *selectors = body_string(trail, "selectors");
    return *selectors != '\0' ? selectors_record_all(selectors) : FACT_UNKNOWN;
}

enum turn inventory_take_trails(struct inventory *inventory, struct json_object *body,
                                struct error *err)
{
    struct facts *facts = &inventory->facts;
    struct json_object *list = body_array(body, "trails"), *failure = NULL;
    struct error why = {0};
    text_copy(facts->trails_region, sizeof facts->trails_region, body_string(body, "region"));
    for (size_t i = 0; i < body_count(list); i++) {
        struct json_object *trail = json_object_array_get_idx(list, i);
        if (!facts_add_trail(facts, body_string(trail, "arn"), body_bool(trail, "multi_region"),
                             fact_of(body_string(trail, "logging"), "yes"),
                             recorded(trail), err))
            return TURN_OVER;
    }
    fact_source_have(&facts->trail_status, facts->trails.at);
    if (!json_object_object_get_ex(body, "failure", &failure))
        return TURN_ON;
    body_get_error(failure, &why);
    fact_source_fail(&facts->trail_status, &why);
    return TURN_ON;
}
