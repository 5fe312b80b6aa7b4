/* What tests/sim/kill is made of: it ends Keywright by SIGKILL at every system call by which it
 * touches the world, and sees that the next run finishes or undoes the work.
 *
 *     kill.c        the command line, and a single point
 *     killwalk.c    the walks over all points, in parallel lanes; TAP
 *     killtrial.c   one point: start from a known state, kill, resume, check
 *     killcheck.c   what must hold at the end
 *     killworld.c   a lane's home and practice account, and the running of programs
 *     killtrace.c   runs a program under ptrace and ends it at a point
 *     killshim.c    the same from inside, by LD_PRELOAD, where ptrace is not permitted
 *
 * A point is: which program, which kind of call, before or after it, the how many-th. A
 * number counts the calls of one kind of one program in one run, so that a kind whose number varies
 * a little with the timing does not shift the points of another.
 */
#ifndef KEYWRIGHT_TESTS_SIM_KILL_H
#define KEYWRIGHT_TESTS_SIM_KILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/types.h>

#include "base/error.h"

/* X(code, name, what the calls of the kind do)
 * CHANGES: write, pwrite, writev, ftruncate, fsync, fdatasync, rename, link, unlink, mkdir, open with
 * O_CREAT, chmod, chown, and their variants. SENDS: send and its variants, and connect. RECEIVES: recv
 * and its variants, and read on a socket; one that would find nothing to receive is not counted. */
#define KILL_CALL_TABLE(X)                                                                         \
    X(CHANGES, "changes", "changes a file or syncs it")                                            \
    X(SENDS, "sends", "sends")                                                                     \
    X(RECEIVES, "receives", "receives")

enum kill_call {
#define X(code, name, does) KILL_##code,
    KILL_CALL_TABLE(X)
#undef X
        KILL_CALL_COUNT
};

enum kill_phase { KILL_ROTATION, KILL_ROLLBACK, KILL_PHASE_COUNT };

struct kill_point {
    enum kill_phase phase;
    const char *program; /* "keywright", "keywright-keeper" */
    enum kill_call call;
    bool after; /* else before: the call does not take place */
    long at;    /* from 1 */
};

/* What came of a run that was to be killed. */
struct kill_run {
    bool reached;  /* the point was reached and the process killed there */
    /* Of a point before a call: the same moment is the one after the twin_at-th call of that kind,
     * since the process did in between nothing that outlives it and waited for nobody. 0: no such
     * twin. */
    enum kill_call twin_call;
    long twin_at;
    bool late;     /* the run did not end in time and was ended */
    int status;    /* exit status of the first program, 128 + signal when it was killed */
};

/* How long one command may take, in milliseconds. */
enum { KILL_LIMIT_MS = 60 * 1000 };

/* --- killtrace.c -------------------------------------------------------------------------------*/

/* Run argv[0] in `environment`, its output appended to the file, and kill the process that reaches the
 * point. Returns when the program has ended; what it started and left behind goes on untraced.
 * False when this cannot be done here; errno says why. */
bool trace_run(const struct kill_point *point, char *const argv[], char *const environment[],
               const char *output, struct kill_run *ret_run);

/* --- killworld.c -------------------------------------------------------------------------------*/

enum { WORLD_PATH = 512, WORLD_PLAIN = 3 /* variables without the library's */ };

/* A lane's own world; all paths are absolute. */
struct world {
    char folder[WORLD_PATH]; /* everything below is in it */
    char home[WORLD_PATH];
    char clean[WORLD_PATH];  /* a copy of the home that each trial begins with */
    char output[WORLD_PATH]; /* what the commands of this trial printed */
    const char *programs;    /* the folder of the programs under test */
    int port;                /* of the practice account */
    pid_t server;
    int server_end; /* closing it ends the server */
    char rotation[64]; /* ID of the one that is to be rolled back */
    char *environment[WORLD_PLAIN + 7];
    char home_variable[WORLD_PATH + 8];
    char path_variable[WORLD_PATH];
};

/* Make the folder and start a practice account in it; messages on standard error. */
bool world_open(struct world *world, const char *programs, const char *folder);
void world_close(struct world *world);

/* Remember home and account as they are; go back to that. */
bool world_save(struct world *world);
bool world_restore(struct world *world);
/* The body of the account's answer to METHOD /practice/PAGE; the caller frees it. NULL on failure. */
char *world_control(const struct world *world, const char *method, const char *page);

/* Send these bytes to the account; the whole answer, which the caller frees, or NULL. */
char *world_exchange(const struct world *world, const char *request);

/* Run `keywright ARGUMENTS...` (a list that ends with NULL), output appended to world->output. Exit
 * status, 128 + signal, or -1 when it did not end within KILL_LIMIT_MS and was killed. */
int world_run(const struct world *world, const char *const arguments[]);
/* Fill argv for the same; argv has room for 24. */
void world_arguments(const struct world *world, const char *const arguments[], char *program,
                     char *argv[]);
/* A whole file below the home as a string; the caller frees it. NULL when it cannot be read. */
char *world_read(const struct world *world, const char *name);
/* Wait until every process that this one started, or that was left to it, has ended. Returns the
 * milliseconds that it took, or -1 when some still ran after `limit_ms` and had to be killed. */
long world_wait_alone(long limit_ms);
long world_now_ms(void);

/* --- killtrial.c -------------------------------------------------------------------------------*/

enum { TRIAL_WRONG = 4096 };

struct trial {
    const struct kill_point *point;
    bool shim;
    bool reached;
    enum kill_call twin_call; /* as in struct kill_run */
    long twin_at;
    long left_ms;  /* how long a process outlived the commands that were started */
    size_t length; /* of wrong */
    char wrong[TRIAL_WRONG]; /* what does not hold, one a line; "" when all is well */
};

void trial_wrong(struct trial *trial, const char *format, ...) FORMAT_LIKE(2, 3);
void trial_free_text(char **text); /* for CLEANUP() */

/* Make the state that the trials of a phase begin with, and save it. False: wrong says why. */
bool trial_prepare(struct world *world, enum kill_phase phase, struct trial *trial);
/* The phase's command is killed at the point, and resumed, once; then everything is looked at. */
void trial_run(struct world *world, struct trial *trial);

/* --- killcheck.c -------------------------------------------------------------------------------*/

#define KILL_CREDENTIALS ".aws/credentials"
#define KILL_CONFIG ".aws/config"

/* However it was ended: the user has one key, it is Active, it is the one in the file, it works;
 * nothing is left beside the file but what was there; the file is byte for byte as before but for the
 * pair, and after a rollback as before the rotation; the journal is whole and nothing is open.
 * `before` is scribbled on. */
void trial_check(const struct world *world, struct trial *trial, char *before,
                 const char *config_before);

/* --- killwalk.c --------------------------------------------------------------------------------*/

enum { KILL_PROGRAMS = 2, KILL_SIDES = 2, KILL_LANES = 16 };

extern const char *const kill_phases[KILL_PHASE_COUNT];
extern const char *const kill_programs[KILL_PROGRAMS];
extern const char *const kill_calls[KILL_CALL_COUNT];
extern const char *const kill_sides[KILL_SIDES];

struct kill_settings {
    int lanes;
    bool shim;
    bool both; /* each moment as the point after one call and as that before the next */
    bool keep;
    const char *work; /* an absolute path */
    int phase, program, call, side; /* -1: all */
    char programs[WORLD_PATH];
    long at; /* 0: all points */
};

/* Whether ptrace works here; says on standard output why not. */
bool walk_tracer_permitted(const char *work);
/* Walk over all points that are wanted, and print TAP. The exit status. */
int walk_all(const struct kill_settings *settings);

#endif
