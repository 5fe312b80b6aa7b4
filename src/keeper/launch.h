/* What the keeper and its launcher say to each other: one packet each on a socket pair of their own
 * (SOCK_SEQPACKET). Both are the same program, so that plain structures will do.
 *
 * The commands come first, as a sealed file (descriptor 4): a row of strings, each ended by a NUL,
 * whose first character says how it is run: LAUNCH_SHELL by /bin/sh -c, LAUNCH_WORDS split as shlex
 * does and without a shell. From then on a command is named by its place in that row.
 */
#ifndef KEYWRIGHT_KEEPER_LAUNCH_H
#define KEYWRIGHT_KEEPER_LAUNCH_H

#include <stdint.h>

enum { LAUNCH_SHELL = 's', LAUNCH_WORDS = 'w' };

enum {
    LAUNCH_SOCKET_FD = 3,
    LAUNCH_COMMANDS_FD = 4,
    LAUNCH_COMMANDS_MAX = 65536,
    LAUNCH_RUNS_MAX = 16,              /* at one time */
    LAUNCH_VARIABLES_SIZE = 64 * 1024, /* bytes of them in one request */
};

enum launch_environment {
    LAUNCH_INHERIT, /* the launcher's own, which has none of the secrets that the front has sealed
                     */
    LAUNCH_CLEAN,   /* the same without whatever names AWS credentials */
    LAUNCH_BARE,    /* PATH, HOME, LANG, LC_ALL, TMPDIR, USER; TERM=dumb; and the variables of the
                       request */
};

enum launch_verb {
    LAUNCH_RUN,    /* with three descriptors: its standard input, output and error */
    LAUNCH_SIGNAL, /* send `signal` to the process group of run `id` */
};

struct launch_request {
    uint32_t verb;
    uint32_t id; /* the keeper's number for this run; not one that is running */
    uint32_t command;
    uint32_t environment;
    int32_t signal;
    uint32_t length; /* of the variables that follow, "NAME=VALUE" each ended by a NUL */
};

/* One for each LAUNCH_RUN, when the command has ended and its process group with it. */
struct launch_reply {
    uint32_t id;
    int32_t failed; /* errno: it was not started. EINVAL: not a request that may be made */
    int32_t status; /* as of waitpid(2) */
};

#endif
