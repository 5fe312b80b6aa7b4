/* The fetches of a client, as its loop sees them. Private to aws/. */
#ifndef KEYWRIGHT_AWS_FETCHING_H
#define KEYWRIGHT_AWS_FETCHING_H

#include <curl/curl.h>

#include "aws/fetch.h"

struct fetch;

/* Prepare and hand to the multi handle; put into the list. */
bool fetch_begin(const struct aws_fetch *wanted, const char *ca_bundle, const char *user_agent,
                 CURLM *multi, struct fetch **list, aws_fetch_done *done, void *context,
                 struct error *err) MUST_USE;
/* The handle has ended with this code: true when it belongs to a fetch of the list. */
bool fetch_judge(struct fetch *list, CURL *handle, CURLcode code, CURLM *multi);
/* Give up what still runs. */
void fetch_end_all(struct fetch *list, CURLM *multi);
bool fetch_any_ended(const struct fetch *list);
/* Take one that has ended out of the list and tell of it; false when there is none. `done` may begin
 * others. */
bool fetch_tell_one(struct fetch **list);

#endif
