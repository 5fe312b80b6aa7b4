/* XML as a stream of paths: expat with all of its doors shut. A document type declaration, and with
 * it every entity of one's own, is refused; depth and path length are bounded; the memory in which
 * the document passes is wiped. Namespace prefixes are dropped: "n:Error" reads as "Error". Private
 * to aws/. */
#ifndef KEYWRIGHT_AWS_XML_H
#define KEYWRIGHT_AWS_XML_H

#include "base/error.h"

#include <stddef.h>

/* `path` is that of the element from the root, "Root/Child/Leaf". Text may come in any number of
 * pieces, and between elements. False stops the reading with the error. */
struct xml_events {
    bool (*open)(void *context, const char *path, struct error *err);
    bool (*text)(void *context, const char *bytes, size_t length, struct error *err);
    bool (*close)(void *context, const char *path, struct error *err);
};

struct xml;
bool xml_new(const struct xml_events *events, void *context, struct xml **ret_xml,
             struct error *err) MUST_USE;
void xml_free(struct xml *xml); /* wipes; NULL is fine */

/* The next bytes of the document. After a failure every further call is one. REPLY for what is not
 * well-formed or not allowed. */
bool xml_feed(struct xml *xml, const char *bytes, size_t length, struct error *err) MUST_USE;
/* The document is at its end. */
bool xml_end(struct xml *xml, struct error *err) MUST_USE;

#endif
