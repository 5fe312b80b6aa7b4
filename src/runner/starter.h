/* The starter: a process that starts keepers for a front which, once caged, may start nothing. It
 * is forked off the front before the cage is closed and starts the keeper's program and nothing
 * else, with the environment and the scope that it was given at its beginning; to the scope it adds
 * commands that the operator allows, whom it asks by itself (allow.h). It ends with the front. A
 * front that needs one keeper only starts it by itself, before it goes into the cage. */
#ifndef KEYWRIGHT_RUNNER_STARTER_H
#define KEYWRIGHT_RUNNER_STARTER_H

#include <sys/types.h>

#include "base/error.h"

struct text;
struct starter;

/* Both are borrowed; environment_fd may be -1, scope NULL. `terminal`: hand the terminal over to the
 * keepers, to show a secret on. There must be no other thread. IO, LIMIT. */
bool starter_new(int environment_fd, const struct text *scope, bool terminal,
                 struct starter **ret_starter, struct error *err) MUST_USE;
void starter_free(struct starter *starter);     /* NULL is fine */
void starter_cleanup(struct starter **starter); /* for CLEANUP() */

/* Have one keeper started: ret_socket is our end of its door. Errors as of start_keeper, and
 * KEEPER_GONE when the starter has ended. */
bool starter_start(struct starter *starter, int *ret_socket, struct error *err) MUST_USE;

/* Have the operator asked whether keepers that are started from now on may hand keys over to this target,
 * "command:CMD"; what is in the scope already is not asked about. The terminal is to be given back before. What is
 * readable on wake_fd (-1 for none) is a no. USAGE for a command that cannot be split or shown, or no terminal;
 * LIMIT, KEEPER_GONE, IO. */
bool starter_allow(struct starter *starter, const char *target, int wake_fd, bool *ret_allowed,
                   struct error *err) MUST_USE;

/* start.c: do it ourselves. Descriptors are borrowed, -1 for none. IO; NOT_FOUND or PERMISSION when
 * the program cannot be executed. For keeper.c and starter.c only. */
bool start_keeper(int environment_fd, int scope_fd, int terminal_fd, int *ret_socket,
                  pid_t *ret_pid, struct error *err) MUST_USE;
/* start.c: the terminal of this process, opened anew, so that what a keeper makes of the descriptor is
 * not ours. The caller's; -1 when there is none. */
int start_terminal(void);

#endif
