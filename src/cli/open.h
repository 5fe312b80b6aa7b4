/* Open rotations as the journal holds them. */
#ifndef KEYWRIGHT_CLI_OPEN_H
#define KEYWRIGHT_CLI_OPEN_H

#include <stdio.h>

#include "cli/cli.h"

enum { OPEN_MAX = 1000 };

/* IDs of open rotations, oldest first; those past OPEN_MAX are left for the next run. */
struct open_list {
    size_t count;
    char ids[OPEN_MAX][ID_SIZE];
};

bool open_collect(struct journal *journal, struct open_list *ret_list, struct error *err) MUST_USE;

/* Fold one on the heap (a rotation is large). */
bool open_load(struct journal *journal, const char *id, struct rotation **ret_rotation,
               struct error *err) MUST_USE;
/* The same to show it: what is damaged is said on standard error. */
bool open_read(struct journal *journal, const char *id, struct rotation **ret_rotation,
               struct error *err) MUST_USE;
void open_rotation_cleanup(struct rotation **rotation); /* for CLEANUP() */

/* USAGE when an option says something else than the plan of the rotation; ACCOUNT when it is of another
 * one than --expect-account. */
bool open_conflicts(const struct options *options, const struct plan *plan, const char *id,
                    struct error *err) MUST_USE;

/* Each line of a text, indented and made safe. */
void open_print_lines(FILE *stream, const char *lines);

#endif
