/* The findings of an audit under way, each as soon as it is its check's last word, and once: first what rests on one
 * list that is there, and at the end, user by user, what is looked at live. What a check says of users comes in
 * their order; which check comes first is up to AWS. */
#ifndef KEYWRIGHT_RUNNER_REVEAL_H
#define KEYWRIGHT_RUNNER_REVEAL_H

#include "runner/inventory.h"

/* What was told. Zero at the beginning. */
struct reveal {
    size_t users[AUDIT_CHECKS_MAX]; /* of each check: so many of them, from the first one on */
    bool any[AUDIT_CHECKS_MAX];     /* and a finding among them */
    bool done[AUDIT_CHECKS_MAX];    /* all of it */
};

/* Tell what was not told yet, whoever it is about. Returns how many findings that were. */
size_t reveal_next(struct reveal *reveal, const struct inventory *inventory,
                   void (*visit)(void *context, const struct audit_finding *finding), void *context);

#endif
