/* Kill everywhere: see kill.h. Walks over all points, or tries a single one:
 *
 *     kill [--phase P] [--program P] [--calls K] [--side S] [--lanes N] [--with tracer|shim]
 *     kill --phase P --program P --calls K --side S --at N [--with tracer|shim] [--keep]
 *
 * Without --at, only the walks of what is named are done; nothing named is everything.
 *
 * A point "after N" is often the very moment "before M" of another call: where the process did
 * nothing between the two that outlives it, and waited for nobody. The tracer sees that in the run
 * that ends it before M, and the moment is not tried once more; the count of these is printed.
 * KEYWRIGHT_LONG=1 tries both.
 */
#define _GNU_SOURCE
#include "tests/sim/kill.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"

/* In a process of its own, as a lane is: the practice account must not be a child of it. */
static int one_trial(const struct kill_settings *settings, struct world *world)
{
    static struct trial trial;
    struct kill_point point = {.phase = (enum kill_phase)settings->phase,
                               .program = kill_programs[settings->program],
                               .call = (enum kill_call)settings->call,
                               .after = settings->side == 1,
                               .at = settings->at};
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    trial = (struct trial){.point = &point, .shim = settings->shim};
    bool good = true;
    for (int phase = 0; good && phase <= settings->phase; phase++)
        good = trial_prepare(world, (enum kill_phase)phase, &trial);
    if (good)
        trial_run(world, &trial);
    printf("%s; %s\n%s", trial.reached ? "killed" : "the point was not reached",
           trial.length == 0 ? "all is well" : "not all is well", trial.wrong);
    printf("processes ended %ld ms after the commands\n", trial.left_ms);
    fflush(stdout);
    return trial.length == 0 ? 0 : 1;
}

static int single_point(struct kill_settings *settings)
{
    static struct world world;
    char folder[WORLD_PATH];
    int status = 0;
    snprintf(folder, sizeof folder, "%s/lane", settings->work);
    if (!world_open(&world, settings->programs, folder))
        return 1;
    pid_t child = fork();
    if (child == 0)
        _exit(one_trial(settings, &world));
    bool good = child > 0 && waitpid(child, &status, 0) == child && status == 0;
    if (settings->keep)
        printf("kept: %s\n", folder);
    else
        world_close(&world);
    return good ? 0 : 1;
}

/* --- the command line --------------------------------------------------------------------------*/

static int usage(void)
{
    fprintf(stderr,
            "usage: kill [--lanes N] [--with tracer|shim] [--work DIR] [what, of the below]\n"
            "       kill --phase rotation|rollback --program keywright|keywright-keeper\n"
            "            --calls changes|sends|receives --side before|after --at N\n"
            "            [--with tracer|shim] [--work DIR] [--keep]\n");
    return 2;
}

/* The place of a word in a list; false when it is not there. */
static bool word(const char *const list[], size_t count, const char *value, int *ret_place)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], value) == 0) {
            *ret_place = (int)i;
            return true;
        }
    return false;
}

static bool read_option(struct kill_settings *settings, int option, const char *value)
{
    static const char *const means[] = {"tracer", "shim"};
    int place = 0;
    bool good = true;
    switch (option) {
    case 'l':
        settings->lanes = atoi(value);
        return settings->lanes >= 1 && settings->lanes <= KILL_LANES;
    case 'w':
        good = word(means, 2, value, &place);
        settings->shim = place == 1;
        return good;
    case 'd':
        settings->work = value;
        return strlen(value) < WORLD_PATH / 2 && value[0] == '/';
    case 'f':
        return word(kill_phases, KILL_PHASE_COUNT, value, &settings->phase);
    case 'p':
        return word(kill_programs, KILL_PROGRAMS, value, &settings->program);
    case 'c':
        return word(kill_calls, KILL_CALL_COUNT, value, &settings->call);
    case 's':
        return word(kill_sides, KILL_SIDES, value, &settings->side);
    case 'a':
        settings->at = atol(value);
        return settings->at > 0;
    case 'k':
        settings->keep = true;
        return true;
    default:
        return false;
    }
}

/* The programs under test are two folders above this one. */
static bool find_programs(char ret_path[WORLD_PATH], const char *self)
{
    char path[WORLD_PATH], real[PATH_MAX];
    const char *slash = strrchr(self, '/');
    int length = slash == NULL ? 0 : (int)(slash - self);
    snprintf(path, sizeof path, "%.*s/../..", slash == NULL ? 1 : length,
             slash == NULL ? "." : self);
    return realpath(path, real) != NULL && text_copy(ret_path, WORLD_PATH / 2, real);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"lanes", required_argument, NULL, 'l'},   {"with", required_argument, NULL, 'w'},
        {"work", required_argument, NULL, 'd'},    {"phase", required_argument, NULL, 'f'},
        {"program", required_argument, NULL, 'p'}, {"calls", required_argument, NULL, 'c'},
        {"side", required_argument, NULL, 's'},    {"at", required_argument, NULL, 'a'},
        {"keep", no_argument, NULL, 'k'},          {NULL, 0, NULL, 0},
    };
    static struct kill_settings settings = {.phase = -1, .program = -1, .call = -1, .side = -1};
    settings.both = getenv("KEYWRIGHT_LONG") != NULL;
    char made[] = "/tmp/keywright-kill-XXXXXX";
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    settings.lanes = processors < 2 ? 4 : processors > 5 ? KILL_LANES : (int)processors * 3;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (!read_option(&settings, option, optarg))
            return usage();
    if (optind < argc || !find_programs(settings.programs, argv[0]))
        return usage();
    bool whole =
        settings.phase >= 0 && settings.program >= 0 && settings.call >= 0 && settings.side >= 0;
    if (settings.at > 0 && !whole)
        return usage();
    bool own = settings.work == NULL;
    if (own && (settings.work = mkdtemp(made)) == NULL)
        return 1;
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!settings.shim && !walk_tracer_permitted(settings.work))
        settings.shim = true;
    int status = settings.at > 0 ? single_point(&settings) : walk_all(&settings);
    if (own && !settings.keep)
        rmdir(settings.work);
    return status;
}
