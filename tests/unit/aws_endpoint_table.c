/* Every row of botocore's own table of endpoints (partition, region, service, variant, host, signing name
 * and region) against the rules. The table is $KEYWRIGHT_SHARED/facts/endpoints.tsv, else that of
 * ../shared beside the checkout. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/endpoint.h"

static FILE *open_table(char *path, size_t size)
{
    const char *shared = getenv("KEYWRIGHT_SHARED");
    const char *top = getenv("srcdir");
    if (shared != NULL)
        snprintf(path, size, "%s/facts/endpoints.tsv", shared);
    else
        snprintf(path, size, "%s/../shared/facts/endpoints.tsv", top != NULL ? top : ".");
    return fopen(path, "r");
}

struct row {
    char partition[32], region[64], service[32], variant[32], host[256], name[64], signing[64];
};

static bool read_row(const char *line, struct row *ret_row)
{
    return line[0] != '#' && strncmp(line, "partition\t", 10) != 0 &&
           sscanf(line, "%31s %63s %31s %31s %255s %63s %63s", ret_row->partition, ret_row->region,
                  ret_row->service, ret_row->variant, ret_row->host, ret_row->name,
                  ret_row->signing) == 7;
}

/* The list of all regions has it; a name of the whole partition is none. */
static bool is_listed(const char *region)
{
    char list[2048], wanted[80];
    snprintf(list, sizeof list, ",%s,", aws_regions(region));
    snprintf(wanted, sizeof wanted, ",%s,", region);
    return strstr(list, wanted) != NULL || strstr(region, "-global") != NULL;
}

static bool holds(const struct row *row)
{
    struct aws_endpoint endpoint = {.url = ""};
    struct error err = {.text = ""};
    bool fips = strstr(row->variant, "fips") != NULL;
    bool dual = strstr(row->variant, "dualstack") != NULL;
    bool found = aws_endpoint_by_rule(row->service, row->region, fips, dual, &endpoint, &err);
    bool good = found && strcmp(endpoint.url + strlen("https://"), row->host) == 0 &&
                strcmp(endpoint.signing_region, row->signing) == 0 &&
                strcmp(row->name, row->service) == 0 &&
                strcmp(aws_partition(row->region), row->partition) == 0 && is_listed(row->region);
    if (!good)
        printf("# %s %s %s: wanted %s for %s, got %s for %s %s\n", row->region, row->service,
               row->variant, row->host, row->signing, endpoint.url, endpoint.signing_region,
               err.text);
    return good;
}

int main(void)
{
    /* The six of our services that are in the table. */
    static const char *const services[] = {"iam",             "sts",            "cloudtrail",
                                           "access-analyzer", "secretsmanager", "ssm"};
    enum { SERVICES = sizeof services / sizeof services[0] };
    int rows[SERVICES] = {0}, wrong[SERVICES] = {0}, strange = 0, failures = 0;
    char path[4096], line[1000];
    struct row row;
    FILE *table = open_table(path, sizeof path);
    if (table == NULL) {
        printf("1..0 # SKIP no table of endpoints at %s\n", path);
        return 0;
    }
    while (fgets(line, sizeof line, table) != NULL) {
        size_t service = 0;
        if (!read_row(line, &row))
            continue;
        while (service < SERVICES && strcmp(services[service], row.service) != 0)
            service++;
        if (service == SERVICES) {
            strange++;
            continue;
        }
        rows[service]++;
        wrong[service] += !holds(&row);
    }
    fclose(table);
    printf("1..%d\n", SERVICES + 1);
    for (int i = 0; i < SERVICES; i++) {
        bool good = wrong[i] == 0 && rows[i] > 100;
        failures += !good;
        printf("%s %d - %s: %d rows, %d wrong\n", good ? "ok" : "not ok", i + 1, services[i], rows[i],
               wrong[i]);
    }
    failures += strange != 0;
    printf("%s %d - no row of a service that is not looked at: %d\n", strange == 0 ? "ok" : "not ok",
           SERVICES + 1, strange);
    return failures == 0 ? 0 : 1;
}
