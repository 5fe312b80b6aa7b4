/* What child.c and child_start.c share; for nobody else. */
#ifndef KEYWRIGHT_KEEPER_CHILD_PARTS_H
#define KEYWRIGHT_KEEPER_CHILD_PARTS_H

#include <sys/types.h>

#include "base/text.h"
#include "keeper/child.h"

struct stream {
    int fd; /* -1: closed or never there */
    char *bytes;
    size_t length, room;
    bool cut, too_long;
};

struct child {
    bool running;
    uint32_t id;
    struct stream output, errors;
    enum child_excess excess;
    int64_t deadline; /* monotonic milliseconds: SIGTERM, and GRACE_MS later SIGKILL */
    bool timed_out, killed;
    child_done *done;
    void *context;
};

struct children {
    struct text rows; /* the commands, as launch.h has them */
    bool launched;
    pid_t launcher; /* 0: there is none */
    int socket;     /* -1 */
    uint32_t last_id;
    struct child places[LAUNCH_RUNS_MAX];
};

/* Close and wipe. For CLEANUP() too. */
void child_clear(struct child *child);

#endif
