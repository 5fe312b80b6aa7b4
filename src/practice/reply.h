/* Replies of the Query protocol: XML as IAM and STS write it. */
#ifndef KEYWRIGHT_PRACTICE_REPLY_H
#define KEYWRIGHT_PRACTICE_REPLY_H

#include "base/text.h"
#include "practice/refusal.h"

enum { REPLY_MAXIMUM = 4 * 1024 * 1024 };

/* <ActionResponse xmlns="..."> and, when there is one, <ActionResult>. */
void reply_open(struct text *text, const char *service, const char *action, bool result);
void reply_close(struct text *text, const char *action, bool result, const char *request_id);
/* <name>value</name> with the value escaped. */
void reply_element(struct text *text, const char *name, const char *value);
/* The same with a time as "2026-01-15T12:34:56Z". */
void reply_time(struct text *text, const char *name, long long time);
/* A whole <ErrorResponse>. */
void reply_error(struct text *text, const char *service, const struct account_refusal *refusal,
                 const char *request_id);

#endif
