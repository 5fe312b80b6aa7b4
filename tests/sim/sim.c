/* The core against a simulated world: every effect may fail before or after it took effect, be answered
 * late, twice, wrongly or by a stale replica; the process dies between any two events; others act on the
 * same user; the operator turns back and overrides at random. What must hold is in statements.c, what can
 * happen in the table of world.h.
 *
 *     tests/sim/sim [--seeds N] [--first S] [--seed S [--only LIST]] [--trace] [--quick]
 *
 * One seed is one rotation from opening to its end. Without --seeds: 50,000, with KEYWRIGHT_SHORT=1 in
 * the environment 5,000. A failing seed prints a shrunk history and the command that replays it (--quick:
 * it is not shrunk). TAP. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "world.h"

enum { SEEDS = 50000, SEEDS_SHORT = 5000, DECISIONS_MAX = 1 << 20 };

struct options {
    uint64_t first, seeds;
    bool trace, one, quick;
    uint8_t *only; /* owned by main, NULL for all */
    uint64_t only_count;
};

struct totals {
    uint64_t events, done, undone, abandoned, left, most;
    uint64_t faults[FAULT_COUNT];
};

static double seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void read_only(const char *list, struct options *options)
{
    options->only = calloc(DECISIONS_MAX, 1);
    options->only_count = DECISIONS_MAX;
    for (const char *at = list; options->only != NULL && *at >= '0' && *at <= '9';) {
        char *end;
        uint64_t position = strtoull(at, &end, 10);
        if (position < DECISIONS_MAX)
            options->only[position] = 1;
        at = *end == ',' ? end + 1 : end;
    }
}

static bool read_options(int argc, char **argv, struct options *options)
{
    const char *short_tier = getenv("KEYWRIGHT_SHORT");
    options->first = 1;
    options->seeds = short_tier != NULL && strcmp(short_tier, "1") == 0 ? SEEDS_SHORT : SEEDS;
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--trace") == 0)
            options->trace = true;
        else if (strcmp(argv[i], "--quick") == 0)
            options->quick = true;
        else if (strcmp(argv[i], "--seeds") == 0 && more)
            options->seeds = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--first") == 0 && more)
            options->first = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--seed") == 0 && more) {
            options->first = strtoull(argv[++i], NULL, 10);
            options->seeds = 1;
            options->one = true;
        } else if (strcmp(argv[i], "--only") == 0 && more)
            read_only(argv[++i], options);
        else
            return false;
    }
    return options->only == NULL || options->one;
}

static void add_up(struct totals *totals, const struct world *world)
{
    enum rotation_state state = world->rotation->state;
    totals->events += world->event_count;
    totals->most = world->event_count > totals->most ? world->event_count : totals->most;
    totals->done += state == ROTATION_DONE;
    totals->undone += state == ROTATION_ROLLED_BACK;
    totals->abandoned += state == ROTATION_ABANDONED;
    totals->left += !rotation_closed(world->rotation);
    for (int i = 0; i < FAULT_COUNT; i++)
        totals->faults[i] += world->faults[i];
}

static void print_totals(const struct totals *totals, uint64_t seeds, double took)
{
    uint64_t faults = 0;
    for (int i = 0; i < FAULT_COUNT; i++)
        faults += totals->faults[i];
    printf("# %" PRIu64 " seeds: %" PRIu64 " done, %" PRIu64 " rolled back, %" PRIu64
           " left blocked or waiting with a reason\n",
           seeds, totals->done, totals->undone, totals->left);
    printf("# %" PRIu64 " events (%.1f a seed, at most %" PRIu64 "), %" PRIu64
           " faults and turns (%.1f a seed):\n",
           totals->events, (double)totals->events / (double)seeds, totals->most, faults,
           (double)faults / (double)seeds);
    for (int i = 0; i < FAULT_COUNT; i++)
        printf("#   %8" PRIu64 " %s\n", totals->faults[i], world_fault_name((enum fault)i));
    printf("# %.0f seeds a second of processor time\n", took > 0 ? (double)seeds / took : 0);
}

static void report(struct world *world, uint64_t seed, const struct options *options, uint64_t tried)
{
    printf("not ok 1 - seed %" PRIu64 ": %s\n", seed, world->broken);
    printf("# seeds tried: %" PRIu64 "\n# replay: tests/sim/sim --trace --seed %" PRIu64 "\n", tried,
           seed);
    if (options->only == NULL && !options->trace && !options->quick)
        shrink_and_print(world, seed);
}

int main(int argc, char **argv)
{
    static struct world world;
    static struct totals totals;
    struct options options = {0};
    if (!read_options(argc, argv, &options)) {
        fprintf(stderr, "usage: sim [--seeds N] [--first S] [--seed S [--only LIST]] [--trace] [--quick]\n");
        return 2;
    }
    printf("1..1\n");
    double began = seconds();
    int status = 0;
    for (uint64_t i = 0; i < options.seeds && status == 0; i++) {
        uint64_t seed = options.first + i;
        world_run(&world, seed, options.only, options.only_count, options.trace);
        if (world.broken != NULL) {
            report(&world, seed, &options, i + 1);
            status = 1;
        }
        add_up(&totals, &world);
    }
    free(options.only);
    if (status != 0)
        return status;
    print_totals(&totals, options.seeds, seconds() - began);
    printf("ok 1 - the statements hold in every simulated rotation\n");
    return 0;
}
