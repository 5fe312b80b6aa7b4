#define _GNU_SOURCE
#include "tests/sim/kill.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SIDE_WALKS = KILL_PROGRAMS * KILL_CALL_COUNT,
    WALKS = SIDE_WALKS * KILL_SIDES, /* of one phase; those before a call come first */
    MISSES = 2,                      /* a walk ends when so many points were not reached */
    POINTS_MOST = 5000,              /* of one walk; far more than there are */
    FAILURES_SHOWN = 20,
};

const char *const kill_phases[KILL_PHASE_COUNT] = {"rotation", "rollback"};
const char *const kill_programs[KILL_PROGRAMS] = {"keywright", "keywright-keeper"};
const char *const kill_sides[KILL_SIDES] = {"before", "after"};
const char *const kill_calls[KILL_CALL_COUNT] = {
#define X(code, name, does) name,
    KILL_CALL_TABLE(X)
#undef X
};

static const char *const does[] = {
#define X(code, name, text) text,
    KILL_CALL_TABLE(X)
#undef X
};

/* Shared by the lanes, which are processes. */
struct walk {
    atomic_long next;
    atomic_long reached;
    atomic_long missed;
    atomic_long failed;
    atomic_long same; /* of the reached: tried as the moment before another call */
};

struct shared {
    struct walk walks[KILL_PHASE_COUNT][WALKS];
    /* The points after a call that were, in the run of a point before another, the same moment. */
    atomic_bool tried[KILL_PHASE_COUNT][WALKS][POINTS_MOST + 1];
    atomic_long left_ms; /* the longest that a process outlived its front */
};

static struct kill_point point_of(int phase, int walk)
{
    return (struct kill_point){
        .phase = (enum kill_phase)phase,
        .program = kill_programs[walk % SIDE_WALKS / KILL_CALL_COUNT],
        .call = (enum kill_call)(walk % KILL_CALL_COUNT),
        .after = walk >= SIDE_WALKS,
    };
}

static bool is_wanted(const struct kill_settings *settings, int phase, int walk)
{
    int program = walk % SIDE_WALKS / KILL_CALL_COUNT, call = walk % KILL_CALL_COUNT;
    return (settings->phase < 0 || settings->phase == phase) &&
           (settings->program < 0 || settings->program == program) &&
           (settings->call < 0 || settings->call == call) &&
           (settings->side < 0 || settings->side == walk / SIDE_WALKS);
}

/* --- a lane ------------------------------------------------------------------------------------*/

static void tell(const struct kill_settings *settings, int walk, const struct trial *trial)
{
    const struct kill_point *point = trial->point;
    char path[WORLD_PATH], text[TRIAL_WRONG + 256];
    snprintf(path, sizeof path, "%s/failed-%d-%d", settings->work, (int)point->phase, walk);
    int length =
        snprintf(text, sizeof text,
                 "%s  repeat: tests/sim/kill --phase %s --program %s --calls %s --side %s "
                 "--at %ld%s\n",
                 trial->wrong, kill_phases[point->phase], point->program, kill_calls[point->call],
                 kill_sides[point->after], point->at, trial->shim ? " --with shim" : "");
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, text, (size_t)length) != length)
        fprintf(stderr, "%s", text);
    if (fd >= 0)
        close(fd);
}

static void raise_to(atomic_long *most, long value)
{
    long seen = atomic_load(most);
    while (value > seen && !atomic_compare_exchange_weak(most, &seen, value))
        ;
}

/* The walk of the points after calls of this kind, by the same program. */
static int twin_walk(int walk, enum kill_call call)
{
    return SIDE_WALKS + walk % SIDE_WALKS / KILL_CALL_COUNT * KILL_CALL_COUNT + (int)call;
}

/* Take the next point of a walk. False when the walk is over. */
static bool step(const struct kill_settings *settings, struct shared *shared, struct world *world,
                 int phase, int number)
{
    struct walk *walk = &shared->walks[phase][number];
    if (atomic_load(&walk->missed) >= MISSES)
        return false;
    struct kill_point point = point_of(phase, number);
    point.at = atomic_fetch_add(&walk->next, 1) + 1;
    if (point.at > POINTS_MOST)
        return false;
    if (atomic_load(&shared->tried[phase][number][point.at]) && !settings->both) {
        atomic_fetch_add(&walk->reached, 1);
        atomic_fetch_add(&walk->same, 1);
        return true;
    }
    static struct trial trial;
    trial = (struct trial){.point = &point, .shim = settings->shim};
    trial_run(world, &trial);
    atomic_fetch_add(trial.reached ? &walk->reached : &walk->missed, 1);
    if (trial.reached && trial.twin_at > 0 && trial.twin_at <= POINTS_MOST)
        atomic_store(&shared->tried[phase][twin_walk(number, trial.twin_call)][trial.twin_at],
                     true);
    raise_to(&shared->left_ms, trial.left_ms);
    if (trial.length > 0) {
        atomic_fetch_add(&walk->failed, 1);
        tell(settings, number, &trial);
    }
    return true;
}

/* Each lane begins with a walk of its own and then helps the others; first those before a call. */
static int lane(const struct kill_settings *settings, struct shared *shared, struct world *world,
                int number)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (int phase = 0; phase < KILL_PHASE_COUNT; phase++) {
        static struct trial trial;
        trial = (struct trial){.shim = settings->shim};
        if (!trial_prepare(world, (enum kill_phase)phase, &trial)) {
            fprintf(stderr, "kill: %s", trial.wrong);
            return 1;
        }
        for (int k = 0; k < WALKS; k++) {
            int begin = number * SIDE_WALKS / settings->lanes;
            int walk = k / SIDE_WALKS * SIDE_WALKS + (begin + k) % SIDE_WALKS;
            while (is_wanted(settings, phase, walk) && step(settings, shared, world, phase, walk))
                ;
        }
    }
    return 0;
}

/* --- all of it ---------------------------------------------------------------------------------*/

static bool run_lanes(const struct kill_settings *settings, struct shared *shared)
{
    static struct world worlds[KILL_LANES];
    pid_t lanes[KILL_LANES] = {0};
    bool good = true;
    int count = 0;
    for (; count < settings->lanes && good; count++) {
        char folder[WORLD_PATH];
        snprintf(folder, sizeof folder, "%s/lane%d", settings->work, count);
        good = world_open(&worlds[count], settings->programs, folder);
    }
    for (int i = 0; i < count && good; i++) {
        lanes[i] = fork();
        if (lanes[i] == 0)
            _exit(lane(settings, shared, &worlds[i], i));
        good = lanes[i] > 0;
    }
    for (int i = 0; i < count && good; i++) {
        int status = 0;
        good = waitpid(lanes[i], &status, 0) == lanes[i] && status == 0 && good;
    }
    for (int i = 0; i < count; i++)
        world_close(&worlds[i]);
    return good;
}

static void show_failures(const struct kill_settings *settings, int phase, int walk)
{
    char path[WORLD_PATH], line[1024];
    snprintf(path, sizeof path, "%s/failed-%d-%d", settings->work, phase, walk);
    FILE *file = fopen(path, "r");
    int shown = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        printf("# %s", line);
        if (strstr(line, "  repeat: ") != NULL && ++shown == FAILURES_SHOWN) {
            printf("# and so on\n");
            break;
        }
    }
    if (file != NULL)
        fclose(file);
    unlink(path);
}

static int report(const struct kill_settings *settings, struct shared *shared, int *count)
{
    int failures = 0;
    long total = 0, same = 0;
    for (int phase = 0; phase < KILL_PHASE_COUNT; phase++) {
        long of_program[KILL_PROGRAMS] = {0};
        for (int number = 0; number < WALKS; number++) {
            struct walk *walk = &shared->walks[phase][number];
            struct kill_point point = point_of(phase, number);
            if (!is_wanted(settings, phase, number))
                continue;
            bool good = walk->failed == 0 && walk->reached > 0 && walk->missed >= MISSES;
            printf("%sok %d - in a %s, %s is killed %s every call that %s (%ld points",
                   good ? "" : "not ", ++*count, kill_phases[phase], point.program,
                   kill_sides[point.after], does[point.call], walk->reached);
            if (walk->same > 0)
                printf(", %ld of them tried as the moment before another call", walk->same);
            printf(")\n");
            same += walk->same;
            if (!good)
                printf("# %ld of them failed\n", walk->failed);
            show_failures(settings, phase, number);
            failures += !good;
            of_program[number % SIDE_WALKS / KILL_CALL_COUNT] += walk->reached;
        }
        for (int program = 0; program < KILL_PROGRAMS; program++)
            printf("# %s: %ld points of %s\n", kill_phases[phase], of_program[program],
                   kill_programs[program]);
        total += of_program[0] + of_program[1];
    }
    printf("# %ld kill points in all at %ld moments; no process outlived the commands by more than "
           "%ld ms\n",
           total, total - same, shared->left_ms);
    if (same > 0)
        printf("# left to KEYWRIGHT_LONG=1: trying a moment as each of its two points\n");
    return failures;
}

/* The tracer itself: killed before it, a call does not happen; killed after it, it has happened. */
static bool check_tracer(const char *work)
{
    char folder[WORLD_PATH], output[WORLD_PATH];
    char *environment[] = {NULL};
    bool good = true;
    snprintf(folder, sizeof folder, "%s/made", work);
    snprintf(output, sizeof output, "%s/tracer", work);
    for (int after = 0; after < KILL_SIDES; after++) {
        struct kill_point point = {
            .program = "mkdir", .call = KILL_CHANGES, .after = after != 0, .at = 1};
        struct kill_run run = {0};
        struct stat status;
        char *argv[] = {(char *)"/bin/mkdir", folder, NULL};
        good = trace_run(&point, argv, environment, output, &run) && run.reached &&
               run.status == 128 + SIGKILL && (stat(folder, &status) == 0) == point.after && good;
        rmdir(folder);
    }
    unlink(output);
    return good;
}

bool walk_tracer_permitted(const char *work)
{
    char output[WORLD_PATH];
    char *argv[] = {(char *)"/bin/mkdir", (char *)"--help", NULL}, *environment[] = {NULL};
    struct kill_point point = {.program = "nothing"};
    struct kill_run run = {0};
    snprintf(output, sizeof output, "%s/tracer", work);
    bool good = trace_run(&point, argv, environment, output, &run);
    if (!good)
        printf("# ptrace is not permitted here: %s\n", strerror(errno));
    unlink(output);
    return good;
}

int walk_all(const struct kill_settings *settings)
{
    struct shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    long begun = world_now_ms();
    int count = 0, failures = 0;
    if (shared == MAP_FAILED)
        return 1;
    if (settings->shim)
        printf("# by LD_PRELOAD (tests/sim/killshim.so): what a library does without the C "
               "library's functions is not seen\n");
    else {
        bool good = check_tracer(settings->work);
        failures += !good;
        printf("# by ptrace\n%sok %d - a call that is killed before does not happen, one that is "
               "killed after has happened\n",
               good ? "" : "not ", ++count);
    }
    bool ran = run_lanes(settings, shared);
    failures += report(settings, shared, &count);
    printf("# %ld s in %d lanes\n", (world_now_ms() - begun) / 1000, settings->lanes);
    failures += !ran;
    printf("%sok %d - every lane came to its end\n1..%d\n", ran ? "" : "not ", count + 1,
           count + 1);
    return failures == 0 ? 0 : 1;
}
