/* Does a pair work? Several calls at once, because one success proves one replica only. */
#ifndef KEYWRIGHT_KEEPER_PROBE_H
#define KEYWRIGHT_KEEPER_PROBE_H

#include "keeper/request.h"

/* What was seen. Works only if every call was let in; refused only if every one was answered with
 * InvalidClientTokenId; unknown otherwise, with the reason in `text`. */
struct probe_result {
    const char *verdict; /* "works", "refused", "unknown" */
    int64_t count;       /* calls made */
    int64_t refused;
    int64_t date;   /* AWS's latest Date; 0 when none answered */
    char text[256]; /* "" when there is nothing to explain */
};

typedef void probe_done(struct request *request, const struct probe_result *result);

/* Make `count` GetCallerIdentity calls (1 to 32) with `pair` (copied by the calls) and, when
 * in_iam, ListAccessKeys of `user`. Then `done`; a call that cannot be begun fails the request.
 * Uses request->state. */
void probe_start(struct request *request, const struct credentials *pair, int64_t count,
                 const char *user, bool in_iam, probe_done *done);

/* Put it into the reply: verdict, count, refused, date, text. */
void probe_put(struct request *request, const struct probe_result *result);

#endif
