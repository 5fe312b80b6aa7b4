/* Commands that are run for the operator (credential_process, --test, command: targets and their
 * --verify): without blocking, for a bounded time, in a process group of their own, with bounded
 * output. The launcher starts them (launcher.h); this is the keeper's side of it, which holds the
 * other ends of their pipes.
 *
 * Commands are registered first; children_launch starts the launcher with them, if there are any;
 * after that no more can be registered, and only those can be started. */
#ifndef KEYWRIGHT_KEEPER_CHILD_H
#define KEYWRIGHT_KEEPER_CHILD_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"
#include "keeper/launch.h"

struct children;

enum child_errors {
    CHILD_ERRORS_LOST,  /* standard error goes to /dev/null */
    CHILD_ERRORS_MIXED, /* to where standard output goes */
    CHILD_ERRORS_APART,
};

enum child_excess { /* of output beyond output_max */
                    CHILD_EXCESS_ENDS_IT,
                    CHILD_EXCESS_LOSES_BEGINNING,
                    CHILD_EXCESS_LOSES_END,
};

struct child_task {
    bool shell;          /* by /bin/sh -c; else split as shlex does, without a shell */
    const char *command; /* as it was registered */
    enum launch_environment environment;
    struct secret *const
        *variables; /* for LAUNCH_BARE: "NAME=VALUE"; the names that launcher.c has */
    size_t variable_count;
    const struct secret *input; /* at most CHILD_INPUT_MAX on standard input; NULL: nothing */
    const char *text;           /* in its place, what is no secret and of any length; NULL */
    enum child_errors errors;
    enum child_excess excess;
    size_t output_max; /* bytes that are kept of each stream */
    int64_t limit_ms;
};

struct child_output {
    char *bytes; /* ends with a NUL that is not counted; borrowed, wiped after the call */
    size_t length;
    bool cut; /* the beginning is missing */
};

struct child_result {
    int failed; /* errno: it was not started, and the rest says nothing */
    int status; /* exit status; 128 + number for a signal */
    int signal; /* that ended it, or 0 */
    bool timed_out;
    bool too_long;
    struct child_output output, errors;
};

typedef void child_done(void *context, const struct child_result *result);

enum { CHILD_INPUT_MAX = 4096 /* PIPE_BUF: it fits into the pipe at once */ };

bool children_new(struct children **ret_children, struct error *err) MUST_USE;
/* Kill and collect what still runs; `done` is not called. NULL is fine. */
void children_free(struct children *children);

/* Remember a command; the same one twice is one. MEMORY, LIMIT. */
bool children_register(struct children *children, bool shell, const char *command,
                       struct error *err) MUST_USE;
bool children_know(const struct children *children, bool shell, const char *command);
/* Start the launcher, unless nothing was registered. Once. IO. */
bool children_launch(struct children *children, struct error *err) MUST_USE;

/* Start. `done` is called once, from within children_run. Nothing of `task` is kept. No descriptor
 * but 0 to 2 reaches the command. COMMAND for one that was not registered, BUSY when sixteen run,
 * LIMIT. */
bool children_start(struct children *children, const struct child_task *task, child_done *done,
                    void *context, struct error *err) MUST_USE;

/* "the command NAME cannot be started: reason" for a result that failed. Always false. */
bool child_not_started(const struct child_result *result, const char *name, struct error *err);

/* For the loop: descriptors whose reading matters, and milliseconds until something is due
 * (-1: nothing). */
size_t children_pollfds(const struct children *children, struct pollfd *ret_fds, size_t room);
int children_due_ms(const struct children *children);
/* Read, end what took too long, and tell. */
void children_run(struct children *children);

enum { CHILDREN_FDS_MAX = 1 + 2 * LAUNCH_RUNS_MAX };

#endif
