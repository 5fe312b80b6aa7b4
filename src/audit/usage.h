/* Who used a key: the events of CloudTrail counted by service, event, region, source address and user
 * agent, and what can not be seen there. Pure. */
#ifndef KEYWRIGHT_AUDIT_USAGE_H
#define KEYWRIGHT_AUDIT_USAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* So many rows are kept; events that would be further ones are counted and left out. */
enum { USAGE_ROWS_MOST = 5000 };

struct usage_event {
    int64_t at;         /* seconds of UTC */
    const char *source; /* "s3.amazonaws.com" */
    const char *event;  /* "ListBuckets" */
    const char *region;
    const char *source_ip;
    const char *user_agent;
    bool refused; /* it has an error code */
};

/* What is alike in all five. What is longer than its field is cut, and counts as what it was cut to. */
struct usage_row {
    char service[64]; /* of a service of AWS without its domain: "s3" */
    char event[129];
    char region[64];
    char source_ip[257];
    char user_agent[513];
    int64_t at; /* the latest */
    int64_t count;
    int64_t refused; /* of them */
    uint32_t mark;   /* of the five */
};

struct usage {
    struct usage_row *rows;
    size_t count, capacity;
    int64_t left_out; /* events that found no row */
};

void usage_init(struct usage *usage);
void usage_release(struct usage *usage); /* for CLEANUP() too */
/* MEMORY. */
bool usage_add(struct usage *usage, const struct usage_event *event, struct error *err) MUST_USE;
/* The latest use first; rows of one time by count, then by their words. */
void usage_sort(struct usage *usage);

/* What the event history never shows, whatever is asked and allowed: a sentence each, NULL behind the
 * last. (CloudTrail User Guide, "Viewing events with CloudTrail event history".) */
extern const char *const usage_never_seen[];

#endif
