/* Reading who has which policies, groups, path and tags. */
#ifndef KEYWRIGHT_RUNNER_GRANTED_H
#define KEYWRIGHT_RUNNER_GRANTED_H

#include "audit/access.h"
#include "runner/keeper.h"

struct json_object;

/* Where the reading of it is: the list comes in pages, a page in as many messages as it takes. Zero at the
 * beginning. */
struct granted_place {
    char marker[2048]; /* of the page */
    int64_t offset;    /* in it */
    int pages;
    int64_t date; /* AWS's time */
    bool at_end;  /* all is read, and sorted */
    bool keep;    /* the documents of policies, too */
};

/* The body of the next read_access (wire/message.h), and its reply, which may begin with policies of the holder that
 * was added last. Until `at_end`. When it returns false, what there is is only a part: REPLY for a list that does
 * not end, MEMORY. */
void granted_fill(const struct granted_place *place, struct json_object *body);
bool granted_take(struct granted_place *place, struct access *access, struct json_object *body,
                  struct error *err) MUST_USE;

/* All of it, sorted; release with access_release. It waits. *ret_date is AWS's time. On failure there is
 * nothing, for who is missing in half a list would have no policies: DENIED and its like, REPLY for a list that
 * does not end, KEEPER_GONE, INTERRUPTED. */
bool granted_read(struct keeper *keeper, struct access *ret_access, int64_t *ret_date,
                  struct error *err) MUST_USE;

#endif
