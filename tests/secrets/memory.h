/* Another process's memory, by /proc. */
#ifndef KEYWRIGHT_TESTS_MEMORY_H
#define KEYWRIGHT_TESTS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "tests/secrets/needles.h"

/* Descriptors of /proc/PID/mem, maps and smaps. Opened while that is allowed (at exec, before the
 * process makes itself undumpable) they go on working, without any privilege. */
struct memory {
    pid_t pid;
    int mem, maps, smaps;
};

bool memory_open(pid_t pid, struct memory *ret_memory); /* errno on failure */
void memory_close(struct memory *memory);

enum memory_what {
    MEMORY_ALL,     /* every mapping that can be read */
    MEMORY_CHANGING /* not those of files that cannot be written to */
};

/* What a hit means. */
struct memory_rule {
    bool arena;             /* locked or not, memory that is left out of core files may hold secrets */
    const char *excused;    /* names that begin so may be anywhere; NULL: none */
    const char *who, *when; /* for the report */
    FILE *report;
};

struct memory_sum {
    size_t bytes;   /* looked at */
    size_t leaks;   /* hits that the rule forbids: each is one line of the report */
    size_t allowed; /* hits that it allows */
};

/* Search; add to *sum. False when the mappings could not be listed. */
bool memory_scan(const struct memory *memory, const struct needles *needles, enum memory_what what,
                 const struct memory_rule *rule, struct memory_sum *sum);

/* Bytes at an address; how many could be read. */
size_t memory_read(const struct memory *memory, unsigned long address, void *ret_bytes,
                   size_t length);

#endif
