/* Which of its decisions does a failing seed need? Halves, quarters, ... of them are set to 0 for as long
 * as the same statement breaks (delta debugging, Zeller 1999). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

enum { WORK_MAX = 2000000 /* events in all trials: some seconds */ };

struct shrink {
    struct world *world;
    uint64_t seed;
    const char *what;
    uint8_t *only;
    uint64_t count;
    int trials;
    uint64_t work;
};

static bool still_breaks(struct shrink *shrink)
{
    shrink->trials++;
    world_run(shrink->world, shrink->seed, shrink->only, shrink->count, false);
    shrink->work += shrink->world->event_count + 50;
    return shrink->world->broken != NULL && strcmp(shrink->world->broken, shrink->what) == 0;
}

/* Leave out decisions [from, to). True when that was one at least and it still breaks. */
static bool leave_out(struct shrink *shrink, uint64_t from, uint64_t to)
{
    uint8_t *saved = malloc(shrink->count);
    bool any = memchr(shrink->only + from, 1, to - from) != NULL;
    if (saved == NULL || !any) {
        free(saved);
        return false;
    }
    memcpy(saved, shrink->only, shrink->count);
    memset(shrink->only + from, 0, to - from);
    bool breaks = still_breaks(shrink);
    if (!breaks)
        memcpy(shrink->only, saved, shrink->count);
    free(saved);
    return breaks;
}

static void shrink_decisions(struct shrink *shrink)
{
    bool smaller = true;
    while (smaller && shrink->work < WORK_MAX) {
        smaller = false;
        for (uint64_t size = shrink->count; size > 0; size /= 2)
            for (uint64_t from = 0; from < shrink->count && shrink->work < WORK_MAX; from += size) {
                uint64_t to = from + size < shrink->count ? from + size : shrink->count;
                smaller = leave_out(shrink, from, to) || smaller;
            }
    }
}

static void print_only(const struct shrink *shrink)
{
    const char *comma = "";
    for (uint64_t i = 0; i < shrink->count; i++)
        if (shrink->only[i]) {
            printf("%s%" PRIu64, comma, i);
            comma = ",";
        }
    printf("%s\n", comma[0] == '\0' ? "none" : "");
}

void shrink_and_print(struct world *world, uint64_t seed)
{
    struct shrink shrink = {.world = world, .seed = seed, .what = world->broken};
    uint64_t kept = 0;
    shrink.count = world->position;
    shrink.only = malloc(shrink.count);
    if (shrink.only == NULL)
        return;
    memset(shrink.only, 1, shrink.count);
    shrink_decisions(&shrink);
    for (uint64_t i = 0; i < shrink.count; i++)
        kept += shrink.only[i];
    printf("# shrunk to %" PRIu64 " of %" PRIu64 " decisions in %d runs:\n", kept, shrink.count,
           shrink.trials);
    world_run(world, seed, shrink.only, shrink.count, true);
    printf("# %s\n# replay this: tests/sim/sim --trace --seed %" PRIu64 " --only ", world->broken, seed);
    print_only(&shrink);
    free(shrink.only);
}
