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

/* ENDPOINT when a variant does not exist, or FIPS/dual-stack is asked together with `custom_url`
 * (NULL for none; then only the signing region is by rule; plain http on loopback only). */
bool aws_endpoint_resolve(enum aws_service service, const char *region, bool fips, bool dualstack,
                          const char *custom_url, struct aws_endpoint *ret_endpoint,
                          struct error *err) MUST_USE;

#endif
