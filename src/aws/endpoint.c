#include "aws/endpoint.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/rules.h"
#include "base/safe.h"
#include "base/text.h"

#define FIRST_REGION "us-east-1"

/* Where the region is of no partition, which is fine with an endpoint of one's own, it is signed for as
 * in AWS's first one. */
static const struct rules_partition *partition_or_first(const char *region)
{
    const struct rules_partition *partition = rules_partition(region);
    return partition != NULL ? partition : rules_partition(FIRST_REGION);
}

const char *aws_partition(const char *region)
{
    return partition_or_first(region)->name;
}

const char *aws_home_region(const char *region)
{
    return partition_or_first(region)->home;
}

const char *aws_regions(const char *region)
{
    return rules_regions(partition_or_first(region));
}

/* The region becomes a label of a host name, and nothing else. */
static bool is_label(const char *region)
{
    size_t length = strlen(region);
    return length > 0 && length < 64 && region[0] != '-' && region[length - 1] != '-' &&
           strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

bool aws_region_check(const char *region, struct error *err)
{
    char shown[80];
    if (is_label(region) && rules_partition(region) != NULL)
        return true;
    return error_set(err, ERROR_REGION_UNKNOWN,
                     "'%s' is not the name of a region of AWS; check --region, AWS_REGION, "
                     "AWS_DEFAULT_REGION and 'region' of the profile",
                     safe_copy(shown, sizeof shown, region));
}

bool aws_endpoint_by_rule(const char *service, const char *region, bool fips, bool dualstack,
                          struct aws_endpoint *ret_endpoint, struct error *err)
{
    enum rules_variant variant = fips        ? (dualstack ? RULES_BOTH : RULES_FIPS)
                                 : dualstack ? RULES_DUAL
                                             : RULES_STD;
    char host[300];
    const char *signing;
    if (!aws_region_check(region, err))
        return false;
    if (!rules_resolve(rules_partition(region), service, region, variant, host, sizeof host,
                       &signing))
        return error_set(err, ERROR_ENDPOINT, "%s has no such endpoint in region '%s'", service,
                         region);
    snprintf(ret_endpoint->url, sizeof ret_endpoint->url, "https://%s", host);
    text_copy(ret_endpoint->signing_region, sizeof ret_endpoint->signing_region, signing);
    return true;
}

/* For an endpoint of one's own. */
static const char *signing_region(const char *service, const char *region)
{
    char host[300];
    const char *signing = region;
    return rules_resolve(partition_or_first(region), service, region, RULES_STD, host, sizeof host,
                         &signing)
               ? signing
               : region;
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
    const char *name = region == NULL || *region == '\0' ? FIRST_REGION : region;
    if (custom_url == NULL)
        return aws_endpoint_by_rule(aws_service_name(service), name, fips, dualstack, ret_endpoint,
                                    err);
    if (!is_label(name))
        return aws_region_check(name, err);
    if (fips || dualstack)
        return error_set(err, ERROR_ENDPOINT,
                         "FIPS or dual-stack cannot be had together with an endpoint of one's own");
    if (!check_custom(custom_url, &endpoint, err))
        return false;
    text_copy(endpoint.signing_region, sizeof endpoint.signing_region,
              signing_region(aws_service_name(service), name));
    *ret_endpoint = endpoint;
    return true;
}
