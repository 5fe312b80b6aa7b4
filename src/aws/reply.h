/* What AWS says: its XML, read as it comes in (streaming), or its JSON, read at its end. One table
 * an action tells which elements make up a struct aws_reply; anything else in the document is passed
 * over. A secret goes straight from the parser of XML into a struct secret; no action that is asked in
 * JSON answers with one. Private to aws/. */
#ifndef KEYWRIGHT_AWS_REPLY_H
#define KEYWRIGHT_AWS_REPLY_H

#include "aws/client.h"

struct reply_reader;
bool reply_reader_new(enum aws_action action, struct reply_reader **ret_reader,
                      struct error *err) MUST_USE;
void reply_reader_free(struct reply_reader *reader); /* wipes; NULL is fine */

/* The next bytes of the body. What is wrong with them is told by reply_reader_end. */
void reply_reader_feed(struct reply_reader *reader, const char *bytes, size_t length);

/* The header X-Amzn-ErrorType: with it a body in JSON is an error, whose code this is. */
void reply_reader_error_type(struct reply_reader *reader, const char *type);

/* The body is complete. True when it was a whole reply to the action or a whole ErrorResponse.
 * REPLY when it was anything else: not well-formed, another root, a field that is missing, doubled,
 * too long or not of its type, a truncated list without a marker. */
bool reply_reader_end(struct reply_reader *reader, struct error *err) MUST_USE;

/* After a true end: AWS's error code, or "" for a reply to the action; its message (cut, as sent).
 */
const char *reply_reader_code(const struct reply_reader *reader);
const char *reply_reader_message(const struct reply_reader *reader);
/* The filled part of the reply, and its request ID. Borrowed; the caller fills in the rest. */
struct aws_reply *reply_reader_reply(struct reply_reader *reader);

#endif
