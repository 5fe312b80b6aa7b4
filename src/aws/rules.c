#include "aws/rules.h"

#include <string.h>

#include "base/text.h"

/* The lines of data/endpoints.rules, as calls of PARTITION, REGIONS, SERVICE and RULE. */
#define REGIONS(...)
#define PARTITION(name, whole, home, suffix, dual, beginnings)                                     \
    {name, whole, home, suffix, dual, beginnings},
#define SERVICE(...)
#define RULE(...)
static const struct rules_partition partitions[] = {
#include "data/endpoints.h"
};
#undef PARTITION
#undef SERVICE

#define PARTITION(...)
#define SERVICE(name, setting, host) {name, setting, host},
static const struct service {
    const char *name, *setting, *host;
} services[] = {
#include "data/endpoints.h"
};
#undef SERVICE
#undef RULE

#define SERVICE(...)
#define RULE(partition, service, variant, where, host, signing)                                    \
    {partition, service, variant, where, host, signing},
static const struct rule {
    const char *partition, *service, *variant, *where, *host, *signing;
} rules[] = {
#include "data/endpoints.h"
};
#undef RULE
#undef REGIONS

#define RULE(...)
#define REGIONS(partition, names) {partition, names},
static const struct regions {
    const char *partition, *names;
} regions[] = {
#include "data/endpoints.h"
};
#undef PARTITION
#undef SERVICE
#undef RULE
#undef REGIONS

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* "-north-1": a word and a number, and nothing after them. */
static bool is_rest(const char *rest)
{
    if (*rest++ != '-')
        return false;
    size_t word = strspn(rest, "abcdefghijklmnopqrstuvwxyz0123456789");
    if (word == 0 || rest[word] != '-')
        return false;
    const char *number = rest + word + 1;
    return *number != '\0' && strspn(number, "0123456789") == strlen(number);
}

static bool is_region_of(const struct rules_partition *partition, const char *region)
{
    for (const char *at = partition->beginnings; *at != '\0';) {
        size_t length = strcspn(at, ",");
        if (strncmp(region, at, length) == 0 && is_rest(region + length))
            return true;
        at += length + (at[length] == ',');
    }
    return strcmp(region, partition->whole) == 0;
}

const struct rules_partition *rules_partition(const char *region)
{
    for (size_t i = 0; i < COUNT(partitions); i++)
        if (is_region_of(&partitions[i], region))
            return &partitions[i];
    return NULL;
}

static const struct service *find_service(const char *name)
{
    for (size_t i = 0; i < COUNT(services); i++)
        if (strcmp(services[i].name, name) == 0)
            return &services[i];
    return NULL;
}

const char *rules_regions(const struct rules_partition *partition)
{
    for (size_t i = 0; i < COUNT(regions); i++)
        if (strcmp(regions[i].partition, partition->name) == 0)
            return regions[i].names;
    return "";
}

const char *rules_setting(const char *service)
{
    const struct service *found = find_service(service);
    return found != NULL ? found->setting : NULL;
}

static bool fits(const char *wanted, const char *is)
{
    return strcmp(wanted, "*") == 0 || strcmp(wanted, is) == 0;
}

static const struct rule *find_rule(const char *partition, const char *service, const char *variant,
                                    const char *where)
{
    for (size_t i = 0; i < COUNT(rules); i++)
        if (fits(rules[i].partition, partition) && fits(rules[i].service, service) &&
            fits(rules[i].variant, variant) && fits(rules[i].where, where))
            return &rules[i];
    return NULL;
}

/* What a word of a rule stands for; itself when it is none. */
struct words {
    const struct rules_partition *partition;
    const char *service_host, *region;
};

static const char *word(const struct words *words, const char *name, size_t length)
{
    const struct {
        const char *name, *value;
    } all[] = {
        {"{suffix}", words->partition->suffix}, {"{dual}", words->partition->dual},
        {"{home}", words->partition->home},     {"{region}", words->region},
        {"{service}", words->service_host},
    };
    for (size_t i = 0; i < COUNT(all); i++)
        if (strlen(all[i].name) == length && strncmp(all[i].name, name, length) == 0)
            return all[i].value;
    return NULL;
}

static bool put(char *host, size_t size, size_t *at, const char *from, size_t length)
{
    if (length >= size - *at)
        return false;
    memcpy(host + *at, from, length);
    *at += length;
    host[*at] = '\0';
    return true;
}

static bool fill(const struct words *words, const char *form, char *host, size_t size)
{
    size_t at = 0;
    host[0] = '\0';
    while (*form != '\0') {
        size_t plain = strcspn(form, "{");
        if (!put(host, size, &at, form, plain))
            return false;
        form += plain;
        if (*form == '\0')
            break;
        size_t length = strcspn(form, "}") + 1;
        const char *value = word(words, form, length);
        if (value == NULL || !put(host, size, &at, value, strlen(value)))
            return false;
        form += length;
    }
    return true;
}

bool rules_resolve(const struct rules_partition *partition, const char *service,
                   const char *region, enum rules_variant variant, char *ret_host, size_t size,
                   const char **ret_signing_region)
{
    static const char *const variants[] = {
        [RULES_STD] = "std", [RULES_FIPS] = "fips", [RULES_DUAL] = "dual", [RULES_BOTH] = "both"};
    const struct service *known = find_service(service);
    bool whole = strcmp(region, partition->whole) == 0;
    if (known == NULL)
        return false;
    const struct rule *rule =
        find_rule(partition->name, service, variants[variant], whole ? "whole" : "region");
    struct words words = {partition, known->host, region};
    if (rule == NULL || !fill(&words, rule->host, ret_host, size))
        return false;
    const char *signing = word(&words, rule->signing, strlen(rule->signing));
    *ret_signing_region = signing != NULL ? signing : rule->signing;
    return true;
}
