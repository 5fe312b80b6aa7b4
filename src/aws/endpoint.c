#include "aws/endpoint.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* The four forms of a host: as it is, FIPS, dual-stack, both. */
enum variant { STD, FIPS, DUAL, FIPS_DUAL, VARIANTS };

/* One row a partition, from botocore's partitions and endpoint rules (1.43). IAM is one host a
 * partition; its first labels follow no rule that holds everywhere, so they are written out. */
static const struct partition {
    const char *name;
    const char *prefix;        /* of its region names */
    const char *global;        /* the name that stands for the partition as a whole */
    const char *suffix[2];     /* of hosts; of dual-stack hosts */
    const char *iam[VARIANTS]; /* first labels of IAM's host */
    const char *iam_region[2]; /* signing region; that of the FIPS forms */
    const char *sts_fips;      /* first label of STS's FIPS host without dual-stack */
    const char *sts_global;    /* STS's legacy host, for the global name; NULL for none */
    const char *sts_global_region;
} partitions[] = {
    {"aws",
     "",
     "aws-global",
     {"amazonaws.com", "api.aws"},
     {"iam", "iam-fips", "iam.global", "iam-fips.global"},
     {"us-east-1", "us-east-1"},
     "sts-fips",
     "sts",
     "us-east-1"},
    {"aws-cn",
     "cn-",
     "aws-cn-global",
     {"amazonaws.com.cn", "api.amazonwebservices.com.cn"},
     {"iam.cn-north-1", "iam-fips", "iam.global", "iam-fips"},
     {"cn-north-1", "cn-northwest-1"},
     "sts-fips",
     NULL,
     NULL},
    {"aws-us-gov",
     "us-gov-",
     "aws-us-gov-global",
     {"amazonaws.com", "api.aws"},
     {"iam.us-gov", "iam.us-gov", "iam.us-gov", "iam.us-gov"},
     {"us-gov-west-1", "us-gov-west-1"},
     "sts",
     NULL,
     NULL},
    {"aws-eusc",
     "eusc-",
     "aws-eusc-global",
     {"amazonaws.eu", "api.amazonwebservices.eu"},
     {"iam.eusc-de-east-1", "iam-fips", "iam", "iam-fips"},
     {"eusc-de-east-1", "eusc-de-east-1"},
     "sts-fips",
     NULL,
     NULL},
    {"aws-iso",
     "us-iso-",
     "aws-iso-global",
     {"c2s.ic.gov", "api.aws.ic.gov"},
     {"iam.us-iso-east-1", "iam-fips.us-iso-east-1", "iam", "iam-fips"},
     {"us-iso-east-1", "us-iso-east-1"},
     "sts-fips",
     NULL,
     NULL},
    {"aws-iso-b",
     "us-isob-",
     "aws-iso-b-global",
     {"sc2s.sgov.gov", "api.aws.scloud"},
     {"iam.us-isob-east-1", "iam-fips.us-isob-east-1", "iam", "iam-fips"},
     {"us-isob-east-1", "us-isob-east-1"},
     "sts-fips",
     NULL,
     NULL},
    {"aws-iso-e",
     "eu-isoe-",
     "aws-iso-e-global",
     {"cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
     {"iam.eu-isoe-west-1", "iam-fips", "iam", "iam-fips"},
     {"eu-isoe-west-1", "eu-isoe-west-1"},
     "sts-fips",
     NULL,
     NULL},
    {"aws-iso-f",
     "us-isof-",
     "aws-iso-f-global",
     {"csp.hci.ic.gov", "api.aws.hci.ic.gov"},
     {"iam.us-isof-south-1", "iam-fips", "iam", "iam-fips"},
     {"us-isof-south-1", "us-isof-south-1"},
     "sts-fips",
     NULL,
     NULL},
};

enum { PARTITIONS = sizeof partitions / sizeof partitions[0] };

/* "cn-north-1" for "cn-": letters and digits, a dash, a number. */
static bool has_form(const char *region, const char *prefix)
{
    size_t length = strlen(prefix);
    if (strncmp(region, prefix, length) != 0)
        return false;
    const char *dash = strrchr(region + length, '-');
    if (dash == NULL || dash == region + length || dash[1] == '\0')
        return false;
    return strspn(dash + 1, "0123456789") == strlen(dash + 1);
}

static const struct partition *find_partition(const char *region)
{
    for (size_t i = 1; i < PARTITIONS; i++)
        if (strcmp(region, partitions[i].global) == 0 || has_form(region, partitions[i].prefix))
            return &partitions[i];
    return &partitions[0];
}

const char *aws_partition(const char *region)
{
    return find_partition(region)->name;
}

/* The region becomes a label of a host name, and nothing else. */
static bool is_label(const char *region)
{
    size_t length = strlen(region);
    return length > 0 && length < 64 && region[0] != '-' && region[length - 1] != '-' &&
           strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

static bool resolve_by_rule(const struct partition *partition, enum aws_service service,
                            const char *region, enum variant variant,
                            struct aws_endpoint *ret_endpoint, struct error *err)
{
    bool dual = variant == DUAL || variant == FIPS_DUAL;
    const char *suffix = partition->suffix[dual];
    bool global = strcmp(region, partition->global) == 0;
    char *url = ret_endpoint->url;
    size_t size = sizeof ret_endpoint->url;
    switch (service) {
    case AWS_IAM:
        snprintf(url, size, "https://%s.%s", partition->iam[variant], suffix);
        return true;
    case AWS_STS:
        if (global && (partition->sts_global == NULL || variant != STD))
            return error_set(err, ERROR_ENDPOINT, "sts has no such endpoint in region '%s'",
                             region);
        if (global)
            snprintf(url, size, "https://%s.%s", partition->sts_global, suffix);
        else
            snprintf(url, size, "https://%s.%s.%s",
                     variant == FIPS        ? partition->sts_fips
                     : variant == FIPS_DUAL ? "sts-fips"
                                            : "sts",
                     region, suffix);
        return true;
    case AWS_SSO:
        snprintf(url, size, "https://portal.%s.%s.%s",
                 variant == FIPS || variant == FIPS_DUAL ? "sso-fips" : "sso", region, suffix);
        return true;
    case AWS_SERVICE_COUNT:
        break;
    }
    return error_set(err, ERROR_INTERNAL, "no such service");
}

static const char *signing_region(const struct partition *partition, enum aws_service service,
                                  const char *region, bool fips)
{
    if (service == AWS_IAM)
        return partition->iam_region[fips];
    bool global = strcmp(region, partition->global) == 0 && partition->sts_global_region != NULL;
    return global ? partition->sts_global_region : region;
}

/* 127.0.0.0/8, ::1 and localhost, in exactly these spellings. */
static bool is_loopback(const char *host)
{
    struct in_addr four;
    struct in6_addr six;
    if (inet_pton(AF_INET, host, &four) == 1)
        return (ntohl(four.s_addr) >> 24) == 127;
    if (inet_pton(AF_INET6, host, &six) == 1)
        return IN6_IS_ADDR_LOOPBACK(&six);
    return strcmp(host, "localhost") == 0;
}

/* The host of "host", "host:port" or "[v6]:port", which ends at `end`. */
static bool split_host(const char *at, const char *end, char ret_host[256])
{
    bool bracket = *at == '[';
    const char *stop = at + bracket;
    while (stop < end && *stop != (bracket ? ']' : ':'))
        stop++;
    size_t length = (size_t)(stop - at) - bracket;
    if (length == 0 || length > 255 || (bracket && stop == end))
        return false;
    memcpy(ret_host, at + bracket, length);
    ret_host[length] = '\0';
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    if (strspn(ret_host, bracket ? "0123456789abcdefABCDEF:." : allowed) != length)
        return false;
    stop += bracket;
    if (stop == end)
        return true;
    long port = strtol(stop + 1, NULL, 10);
    return *stop == ':' && end - stop >= 2 && end - stop <= 6 &&
           strspn(stop + 1, "0123456789") == (size_t)(end - stop - 1) && port >= 1 && port <= 65535;
}

static bool check_custom(const char *url, struct aws_endpoint *ret_endpoint, struct error *err)
{
    bool tls = strncasecmp(url, "https://", 8) == 0;
    bool plain = strncasecmp(url, "http://", 7) == 0;
    char host[256];
    if (!tls && !plain)
        return error_set(err, ERROR_ENDPOINT,
                         "an endpoint begins with https:// (or, on loopback, http://)");
    const char *at = url + (tls ? 8 : 7);
    const char *end = at + strcspn(at, "/");
    if (!split_host(at, end, host))
        return error_set(err, ERROR_ENDPOINT, "the endpoint has no usable host and port");
    for (const char *rest = end; *rest != '\0'; rest++)
        if (!isgraph((unsigned char)*rest) || strchr("?#\\\"<>", *rest) != NULL)
            return error_set(err, ERROR_ENDPOINT, "the endpoint has more than a host and a path");
    if (plain && !is_loopback(host))
        return error_set(err, ERROR_ENDPOINT,
                         "http:// is accepted on loopback only; use https:// for %s", host);
    size_t length = strlen(url);
    while (length > (size_t)(end - url) && url[length - 1] == '/')
        length--;
    if (length >= sizeof ret_endpoint->url)
        return error_set(err, ERROR_ENDPOINT, "the endpoint is too long");
    memcpy(ret_endpoint->url, url, length);
    ret_endpoint->url[length] = '\0';
    return true;
}

bool aws_endpoint_resolve(enum aws_service service, const char *region, bool fips, bool dualstack,
                          const char *custom_url, struct aws_endpoint *ret_endpoint,
                          struct error *err)
{
    struct aws_endpoint endpoint;
    const char *name = region == NULL || *region == '\0' ? "us-east-1" : region;
    if (!is_label(name))
        return error_set(err, ERROR_ENDPOINT, "the region has a form that no region has");
    const struct partition *partition = find_partition(name);
    if (custom_url != NULL && (fips || dualstack))
        return error_set(err, ERROR_ENDPOINT,
                         "FIPS or dual-stack cannot be had together with an endpoint of one's own");
    if (custom_url != NULL && !check_custom(custom_url, &endpoint, err))
        return false;
    enum variant variant = fips ? (dualstack ? FIPS_DUAL : FIPS) : dualstack ? DUAL : STD;
    if (custom_url == NULL && !resolve_by_rule(partition, service, name, variant, &endpoint, err))
        return false;
    text_copy(endpoint.signing_region, sizeof endpoint.signing_region,
              signing_region(partition, service, name, fips));
    *ret_endpoint = endpoint;
    return true;
}
