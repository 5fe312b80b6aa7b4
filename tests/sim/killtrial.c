#define _GNU_SOURCE
#include "tests/sim/kill.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

enum {
    TIMEOUT_S = 5,                          /* of one request */
    KEEPER_LIMIT_MS = 3 * TIMEOUT_S * 1000, /* a keeper without a front finishes one effect */
    ARGUMENTS = 24,
};

#define OPTIONS "--yes", "--settle", "0", "--consistency", "1s", "--timeout", "5s"

#define COMMAND(...) ((const char *const[]){__VA_ARGS__, NULL})

/* The end of what the commands printed, on one line. */
static void add_output(const struct world *world, struct trial *trial)
{
    char bytes[701] = "";
    int fd = open(world->output, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    off_t size = lseek(fd, 0, SEEK_END);
    ssize_t count = pread(fd, bytes, sizeof bytes - 1, size > 700 ? size - 700 : 0);
    close(fd);
    bytes[count < 0 ? 0 : count] = '\0';
    for (char *newline = strchr(bytes, '\n'); newline != NULL; newline = strchr(newline, '\n'))
        *newline = '|';
    trial_wrong(trial, "  the commands printed: %s", bytes);
}

/* --- the run that is killed --------------------------------------------------------------------*/

/* From inside: the library learns the point from its variables and says by a byte of a file, which
 * it maps at its start, that it has killed. */
static bool shim_run(struct world *world, const struct kill_point *point,
                     const char *const arguments[], struct kill_run *ret_run)
{
    static const char *const kinds[] = {
#define X(code, name, does) name,
        KILL_CALL_TABLE(X)
#undef X
    };
    char variables[6][WORLD_PATH + 64], mark[WORLD_PATH + 8];
    char byte = 0;
    snprintf(mark, sizeof mark, "%s/mark", world->folder);
    int fd = open(mark, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, &byte, 1) != 1)
        return false;
    snprintf(variables[0], sizeof *variables, "LD_PRELOAD=%s/tests/sim/killshim.so",
             world->programs);
    snprintf(variables[1], sizeof *variables, "KILLSHIM_PROGRAM=%s", point->program);
    snprintf(variables[2], sizeof *variables, "KILLSHIM_CALLS=%s", kinds[point->call]);
    snprintf(variables[3], sizeof *variables, "KILLSHIM_SIDE=%s",
             point->after ? "after" : "before");
    snprintf(variables[4], sizeof *variables, "KILLSHIM_AT=%ld", point->at);
    snprintf(variables[5], sizeof *variables, "KILLSHIM_MARK=%s", mark);
    for (size_t i = 0; i < 6; i++)
        world->environment[WORLD_PLAIN + i] = variables[i];
    int status = world_run(world, arguments);
    world->environment[WORLD_PLAIN] = NULL;
    *ret_run = (struct kill_run){.late = status < 0, .status = status};
    ret_run->reached = pread(fd, &byte, 1, 0) == 1 && byte != 0;
    close(fd);
    return true;
}

static bool run_killed(struct world *world, struct trial *trial, const char *const arguments[])
{
    struct kill_run run = {0};
    char program[WORLD_PATH];
    char *argv[ARGUMENTS];
    world_arguments(world, arguments, program, argv);
    bool good = trial->shim
                    ? shim_run(world, trial->point, arguments, &run)
                    : trace_run(trial->point, argv, world->environment, world->output, &run);
    trial->reached = run.reached;
    trial->twin_call = run.twin_call;
    trial->twin_at = run.twin_at;
    if (!good)
        trial_wrong(trial, "the program cannot be run");
    else if (run.late)
        trial_wrong(trial, "'%s' did not end in %d s", arguments[0], KILL_LIMIT_MS / 1000);
    else if (!run.reached && run.status != 0)
        trial_wrong(trial, "'%s' was not killed and ends with %d", arguments[0], run.status);
    return good;
}

/* One resume must do, while what the killed run left may still be at work. A rollback that was
 * killed before the decision was on the disk has left the rotation waiting as before: it is decided
 * again. */
static void resume(const struct world *world, struct trial *trial, const char *id)
{
    int status = world_run(world, COMMAND("resume", "--yes"));
    if (status == 3 && id != NULL)
        status = world_run(world, COMMAND("rollback", id, "--yes"));
    if (status != 0)
        trial_wrong(trial, "the run that goes on ends with %d", status);
}

/* --- a trial -----------------------------------------------------------------------------------*/

/* The ID of the open rotation; "" when none is. */
static void open_rotation(const struct world *world, char ret_id[64])
{
    ret_id[0] = '\0';
    if (world_run(world, COMMAND("status", "--json")) < 0)
        return;
    char *output CLEANUP(trial_free_text) = world_read(world, "../output");
    const char *id = output == NULL ? NULL : strstr(output, "\"id\":");
    if (id == NULL || sscanf(id, "\"id\": \"%63[^\"]\"", ret_id) != 1)
        ret_id[0] = '\0';
}

bool trial_prepare(struct world *world, enum kill_phase phase, struct trial *trial)
{
    if (phase == KILL_ROTATION) {
        if (world_save(world))
            return true;
        trial_wrong(trial, "the state to begin with cannot be saved");
        return false;
    }
    int status = world_restore(world) ? 0 : -1;
    char *fresh CLEANUP(trial_free_text) = world_read(world, KILL_CREDENTIALS);
    if (status == 0)
        status = world_run(world, COMMAND("rotate", "--quiet", "0", "--soak", "24h", OPTIONS));
    open_rotation(world, world->rotation);
    char original[WORLD_PATH + 16];
    snprintf(original, sizeof original, "%s/original", world->folder);
    int fd = open(original, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool kept =
        fd >= 0 && fresh != NULL && write(fd, fresh, strlen(fresh)) == (ssize_t)strlen(fresh);
    if (fd >= 0)
        close(fd);
    if (status == 3 && world->rotation[0] != '\0' && kept && world_save(world))
        return true;
    trial_wrong(trial, "the rotation to be rolled back ends with %d and not with 3", status);
    add_output(world, trial);
    return false;
}

void trial_run(struct world *world, struct trial *trial)
{
    bool rollback = trial->point->phase == KILL_ROLLBACK;
    trial->length = 0;
    trial->wrong[0] = '\0';
    trial->reached = false;
    trial->twin_at = 0;
    if (!world_restore(world)) {
        trial_wrong(trial, "the state to begin with cannot be put back");
        return;
    }
    char *before CLEANUP(trial_free_text) =
        world_read(world, rollback ? "../original" : KILL_CREDENTIALS);
    char *config_before CLEANUP(trial_free_text) = world_read(world, KILL_CONFIG);
    if (before == NULL || config_before == NULL) {
        trial_wrong(trial, "the files to begin with cannot be read");
        return;
    }
    if (!run_killed(world, trial,
                    rollback ? COMMAND("rollback", world->rotation, "--yes")
                             : COMMAND("rotate", "--plan", "now", OPTIONS)))
        return;
    resume(world, trial, rollback ? world->rotation : NULL);
    trial->left_ms = world_wait_alone(KEEPER_LIMIT_MS);
    if (trial->left_ms < 0)
        trial_wrong(trial, "a process was left that did not end in %d s", KEEPER_LIMIT_MS / 1000);
    trial_check(world, trial, before, config_before);
    if (trial->length > 0)
        add_output(world, trial);
}
