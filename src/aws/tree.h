/* A reply of many parts as one JSON value: an element that holds others is an object, one that holds only
 * elements named "member" or "entry" a list, any other a string. For replies that are too rich for a table
 * of fields. It has nothing secret in it: json-c does not wipe. Private to aws/. */
#ifndef KEYWRIGHT_AWS_TREE_H
#define KEYWRIGHT_AWS_TREE_H

#include <stddef.h>

#include "base/error.h"

struct json_object;

struct tree;
bool tree_new(struct tree **ret_tree, struct error *err) MUST_USE;
void tree_free(struct tree *tree); /* NULL is fine */

/* As the document goes on; `name` is the last part of the path. REPLY for an element that stands twice where
 * one may, that is in a list and has another name, or for more of them than a reply can have. MEMORY. */
bool tree_open(struct tree *tree, const char *name, struct error *err) MUST_USE;
bool tree_text(struct tree *tree, const char *bytes, size_t length, struct error *err) MUST_USE;
bool tree_close(struct tree *tree, struct error *err) MUST_USE;

/* What all replies of the query protocol have, when the root is closed. Borrowed. */
struct tree_page {
    struct json_object *result; /* what stands inside "ActionResult" */
    bool truncated;
    const char *marker;     /* "" for none */
    const char *request_id; /* "" for none */
};
/* All of it, of a service that answers in JSON, when the root is closed. NULL when it is no object. Borrowed. */
struct json_object *tree_whole(const struct tree *tree);
/* REPLY when there is no result. */
bool tree_page(const struct tree *tree, const char *action, struct tree_page *ret_page,
               struct error *err) MUST_USE;

#endif
