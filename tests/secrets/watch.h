/* Run a command under ptrace and look into its programs at every moment that counts. */
#ifndef KEYWRIGHT_TESTS_WATCH_H
#define KEYWRIGHT_TESTS_WATCH_H

#include <stdio.h>

#include "tests/secrets/needles.h"

struct watch_options {
    const char *front;  /* name of the program that may never hold a secret */
    const char *keeper; /* of the one that may, in its arena */
    const char *excused; /* beginning of the names of secrets that the keeper may hold anywhere
                            while an answer from the network is awaited; NULL: none */
    FILE *report;
};

/* What is looked at:
 *
 * The front, from the moment on that its environment holds no secret or has been sealed (fcntl
 * F_ADD_SEALS): every byte that a read, a receive or a mapped file brings in; all memory that can
 * change, whenever it is about to wait; all of its memory when it ends.
 *
 * The keeper: all memory that can change when it begins, and all when it ends: nothing may be there;
 * all that can change whenever it is about to wait: nothing outside memory that is left out of core
 * files.
 *
 * Everything that such a program starts is followed, until it becomes another program. Each leak is
 * a line of the report; the last lines, beginning with '#', tell what was looked at, and how the
 * command ended. Returns 0 without leaks, 1 with, 2 when it could not look. */
int watch(struct needles *needles, const struct watch_options *options, char **command);

#endif
