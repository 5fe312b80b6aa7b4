/* The documents that `keywright policy` prints, as JSON. Pure: no file, no network. */
#ifndef KEYWRIGHT_CLI_POLICY_DOCUMENTS_H
#define KEYWRIGHT_CLI_POLICY_DOCUMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct json_object;

struct policy_document {
    const char *name;    /* "self" */
    const char *kind;    /* where it goes: "iam", "scp" or "cloudformation" */
    const char *summary; /* one line */
    bool about_user;     /* may be made about one user by name */
};

/* All of them, in the order of the list. Borrowed for ever. */
const struct policy_document *policy_documents(size_t *ret_count);
/* NULL when there is none of that name. */
const struct policy_document *policy_document_seek(const char *name);

/* "aws", "aws-cn", ...: the partition of a region by the form of its name, as botocore's rules have it;
 * the name of a partition is taken for itself; "aws" for any other. Borrowed for ever. */
const char *policy_partition(const char *region);

/* Make the document for a partition. `user`: for one that is about_user, the IAM user whose keys it is
 * about; NULL for the signer's own or, for an administrator, all. Caller releases (json_object_put).
 * MEMORY, INTERNAL. */
bool policy_document_make(const struct policy_document *document, const char *partition,
                          const char *user, struct json_object **ret_json,
                          struct error *err) MUST_USE;

#endif
