/* Where a service is: by rule, from partition and region. Pure. */
#ifndef KEYWRIGHT_AWS_ENDPOINT_H
#define KEYWRIGHT_AWS_ENDPOINT_H

#include "aws/action.h"
#include "base/error.h"

struct aws_endpoint {
    char url[512]; /* "https://iam.amazonaws.com" */
    char signing_region[64];
};

/* "aws", "aws-cn", ...: by the region's exact name, else its form, else "aws". Borrowed for ever.
 */
const char *aws_partition(const char *region);

/* "us-east-1", "cn-north-1", ...: where the partition's IAM is, and is recorded. Borrowed for ever. */
const char *aws_home_region(const char *region);

/* All regions of the partition that this version knows, with commas between. Borrowed for ever. */
const char *aws_regions(const char *region);

/* REGION_UNKNOWN for what can be no region of any partition (aws/rules.h). */
bool aws_region_check(const char *region, struct error *err) MUST_USE;

/* AWS's own, of any service of data/endpoints.rules: "cloudtrail". REGION_UNKNOWN; ENDPOINT when the
 * variant or the service does not exist there. */
bool aws_endpoint_by_rule(const char *service, const char *region, bool fips, bool dualstack,
                          struct aws_endpoint *ret_endpoint, struct error *err) MUST_USE;

/* ENDPOINT when a variant does not exist, or FIPS/dual-stack is asked together with `custom_url`
 * (NULL for none). With it only the signing region is by rule, a region may be of no partition, and plain
 * http is for loopback only. A region "" or NULL is us-east-1. */
bool aws_endpoint_resolve(enum aws_service service, const char *region, bool fips, bool dualstack,
                          const char *custom_url, struct aws_endpoint *ret_endpoint,
                          struct error *err) MUST_USE;

#endif
