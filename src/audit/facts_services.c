/* What CloudTrail and Access Analyzer told. */
#include "audit/facts.h"

#include <stdlib.h>
#include <string.h>

#include "audit/grow.h"

static bool no_memory(struct error *err)
{
    return error_set(err, ERROR_MEMORY, "gathering what an audit needs");
}

void facts_release_services(struct facts *facts)
{
    for (size_t i = 0; i < facts->trail_count; i++)
        free(facts->trail_list[i].arn);
    free(facts->trail_list);
    for (size_t i = 0; i < facts->unused_count; i++)
        free(facts->unused_list[i].resource);
    free(facts->unused_list);
    for (size_t i = 0; i < facts->flaw_count; i++) {
        free(facts->flaw_list[i].resource);
        free(facts->flaw_list[i].text);
    }
    free(facts->flaw_list);
}

bool facts_add_trail(struct facts *facts, const char *arn, bool multi_region, enum fact logging,
                     enum fact all_management, struct error *err)
{
    void *list = audit_grown(facts->trail_list, &facts->trail_room, facts->trail_count,
                             sizeof *facts->trail_list, err);
    if (list == NULL)
        return false;
    facts->trail_list = list;
    char *copy = strdup(arn);
    if (copy == NULL)
        return no_memory(err);
    facts->trail_list[facts->trail_count++] =
        (struct fact_trail){copy, multi_region, logging, all_management};
    return true;
}

/* --- unused ------------------------------------------------------------------------------------*/

static unsigned kind_of(const char *type)
{
    static const struct {
        const char *type;
        unsigned kind;
    } kinds[] = {
        {"UnusedIAMUserAccessKey", UNUSED_KEY},
        {"UnusedIAMUserPassword", UNUSED_PASSWORD},
        {"UnusedPermission", UNUSED_PERMISSION},
        {"UnusedIAMRole", UNUSED_ROLE},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].type, type) == 0)
            return kinds[i].kind;
    return UNUSED_OTHER;
}

bool facts_add_unused(struct facts *facts, const char *type, const char *resource,
                      struct error *err)
{
    void *list = audit_grown(facts->unused_list, &facts->unused_room, facts->unused_count,
                             sizeof *facts->unused_list, err);
    if (list == NULL)
        return false;
    facts->unused_list = list;
    char *copy = strdup(resource);
    if (copy == NULL)
        return no_memory(err);
    facts->unused_list[facts->unused_count++] = (struct fact_unused){copy, kind_of(type)};
    return true;
}

/* A user's name is unique whatever its path, so users are found by what follows the last slash. */
static const char *user_of(const char *arn)
{
    const char *user = strstr(arn, ":user/");
    return user != NULL ? strrchr(user, '/') + 1 : NULL;
}

static int compare(const void *a, const void *b)
{
    const struct fact_unused *one = a, *two = b;
    const char *one_user = user_of(one->resource), *two_user = user_of(two->resource);
    if (one_user != NULL && two_user != NULL)
        return strcmp(one_user, two_user);
    if (one_user != NULL || two_user != NULL)
        return one_user != NULL ? -1 : 1;
    return strcmp(one->resource, two->resource);
}

void facts_sort_unused(struct facts *facts)
{
    size_t kept = 0;
    struct fact_unused *list = facts->unused_list;
    if (facts->unused_count > 1)
        qsort(list, facts->unused_count, sizeof *list, compare);
    for (size_t i = 0; i < facts->unused_count; i++) {
        if (kept > 0 && compare(&list[kept - 1], &list[i]) == 0) {
            list[kept - 1].kinds |= list[i].kinds;
            free(list[i].resource);
        } else {
            list[kept++] = list[i];
        }
    }
    facts->unused_count = kept;
}

unsigned facts_unused_of_user(const struct facts *facts, const char *user)
{
    size_t low = 0, high = facts->unused_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct fact_unused *unused = &facts->unused_list[middle];
        const char *name = user_of(unused->resource);
        int order = name != NULL ? strcmp(name, user) : 1; /* users come first */
        if (order == 0)
            return unused->kinds;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

/* --- flaws -------------------------------------------------------------------------------------*/

/* A type that is not known yet is told of all the same. */
static enum fact_flaw_kind flaw_of(const char *type)
{
    static const struct {
        const char *type;
        enum fact_flaw_kind kind;
    } kinds[] = {
        {"ERROR", FLAW_ERROR},
        {"SECURITY_WARNING", FLAW_SECURITY},
        {"SUGGESTION", FLAW_SUGGESTION},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].type, type) == 0)
            return kinds[i].kind;
    return FLAW_WARNING;
}

bool facts_add_flaw(struct facts *facts, const char *type, const char *resource, const char *text,
                    struct error *err)
{
    void *list = audit_grown(facts->flaw_list, &facts->flaw_room, facts->flaw_count,
                             sizeof *facts->flaw_list, err);
    if (list == NULL)
        return false;
    facts->flaw_list = list;
    struct fact_flaw flaw = {.kind = type != NULL ? flaw_of(type) : FLAW_NOT_VALIDATED};
    flaw.resource = strdup(resource);
    flaw.text = strdup(text);
    if (flaw.resource == NULL || flaw.text == NULL) {
        free(flaw.resource);
        free(flaw.text);
        return no_memory(err);
    }
    facts->flaw_list[facts->flaw_count++] = flaw;
    return true;
}
