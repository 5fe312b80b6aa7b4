/* Calls of our own code that fail when they are told to. A program that links this wraps them with
 * the linker (failing_ldflags of Makefile.am), so that a library's own calls go on as ever. */
#ifndef KEYWRIGHT_TESTS_FAILING_H
#define KEYWRIGHT_TESTS_FAILING_H

#include <stdbool.h>

enum failing {
    FAILING_NOTHING,
    FAILING_MEMORY,   /* malloc, calloc, realloc, strdup, and what makes a tokener, a secret or a
                         part of a JSON object */
    FAILING_DATABASE, /* open, prepare, step, exec and backup of SQLite; `how` is the result */
    FAILING_SYSTEM    /* getrandom, stat, open, access, mkdir, fcntl; `how` is errno */
};

/* The N-th call of this kind from now on fails; with `and_on`, all that follow it, too. */
void failing_begin(enum failing kind, int nth, int how, bool and_on);
/* From now on all calls work. The name of the call that failed last; NULL when none was reached. */
const char *failing_end(void);
/* getrandom gives zeros until this is called with false. */
void failing_random_is_zero(bool zero);

#endif
