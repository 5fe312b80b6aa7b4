/* The rules of data/endpoints.rules: which partition a region is of, and where a service is there.
 * Pure. All strings are borrowed for ever. */
#ifndef KEYWRIGHT_AWS_RULES_H
#define KEYWRIGHT_AWS_RULES_H

#include <stdbool.h>
#include <stddef.h>

/* The four forms of a host: as it is, FIPS, dual-stack, both. */
enum rules_variant { RULES_STD, RULES_FIPS, RULES_DUAL, RULES_BOTH };

struct rules_partition {
    const char *name;       /* "aws-cn" */
    const char *whole;      /* the name that stands for all its regions: "aws-cn-global" */
    const char *home;       /* where its IAM is */
    const char *suffix;     /* of hosts */
    const char *dual;       /* of dual-stack hosts */
    const char *beginnings; /* of the names of its regions, with commas between */
};

/* By the name of the whole, else by the form of a region's name, also of one that was not there when
 * the rules were written; NULL for a name of no partition. */
const struct rules_partition *rules_partition(const char *region);

/* The regions of a partition that there were when the rules were written, with commas between. */
const char *rules_regions(const struct rules_partition *partition);

/* The name of a service ("secretsmanager") in variables and [services] sections ("secrets_manager");
 * NULL for a service that no rule is for. */
const char *rules_setting(const char *service);

/* Host and signing region. False when there is no such endpoint: the service is not one of the rules, it
 * is regional and `region` is the partition's name, or the text does not fit. `ret_host` is changed on
 * failure too. */
bool rules_resolve(const struct rules_partition *partition, const char *service,
                   const char *region, enum rules_variant variant, char *ret_host, size_t size,
                   const char **ret_signing_region);

#endif
