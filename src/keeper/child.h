/* Commands that the keeper runs for the operator (credential_process, --test): without blocking,
 * for a bounded time, in a process group of their own, with bounded output. */
#ifndef KEYWRIGHT_KEEPER_CHILD_H
#define KEYWRIGHT_KEEPER_CHILD_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct children;

struct child_task {
    char *const *words;       /* words[0] is looked up in PATH; NULL ends */
    char *const *environment; /* "NAME=VALUE"; NULL: the keeper's own */
    bool with_errors;         /* read standard error too; else it goes to /dev/null */
    size_t output_max;        /* bytes that are kept */
    bool keep_end;            /* of longer output the end is kept; else it ends the command */
    int64_t limit_ms;
};

struct child_result {
    int status; /* exit status; 128 + number for a signal */
    bool timed_out;
    bool too_long;
    bool cut;     /* the beginning of the output is missing */
    char *output; /* ends with a NUL that is not counted; borrowed, wiped after the call */
    size_t length;
};

typedef void child_done(void *context, const struct child_result *result);

bool children_new(struct children **ret_children, struct error *err) MUST_USE;
/* Kill and collect what still runs; `done` is not called. NULL is fine. */
void children_free(struct children *children);

/* Start. `done` is called once, from within children_run. Nothing of `task` is kept. No descriptor
 * but 0 to 2 reaches the command, and standard input is empty. NOT_FOUND or PERMISSION when it
 * cannot be started, BUSY when sixteen run. */
bool children_start(struct children *children, const struct child_task *task, child_done *done,
                    void *context, struct error *err) MUST_USE;

/* For the loop: descriptors whose reading matters, and milliseconds until something is due
 * (-1: nothing). A SIGCHLD must end the wait as well. */
size_t children_pollfds(const struct children *children, struct pollfd *ret_fds, size_t room);
int children_due_ms(const struct children *children);
/* Read, collect, end what took too long, and tell. */
void children_run(struct children *children);

enum { CHILDREN_MAX = 16 };

#endif
