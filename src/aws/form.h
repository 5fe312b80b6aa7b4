/* The body of a request of the `query` protocol. Private to aws/. */
#ifndef KEYWRIGHT_AWS_FORM_H
#define KEYWRIGHT_AWS_FORM_H

#include "aws/client.h"

/* "Action=...&Version=...&Name=value...", percent-encoded (RFC 3986: all but unreserved
 * characters). A parameter whose value is NULL is left out. Free with scrub_free: an MFA code may
 * be in it. */
bool form_new(const struct aws_action_row *row, const struct aws_param *params, size_t count,
              char **ret_body, size_t *ret_length, struct error *err) MUST_USE;

/* "a=b&c=d", encoded likewise: of a GET. Free with scrub_free. MEMORY. */
bool form_query(const struct aws_param *params, size_t count, char **ret_query,
                struct error *err) MUST_USE;

#endif
