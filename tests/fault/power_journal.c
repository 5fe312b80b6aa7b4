/* The journal when the power fails: at every change that it makes to its files, in states of the disk
 * that power.h builds, it opens, verifies, holds every event whose append had returned, and what it
 * holds is a beginning of what was appended. */
#include "config.h"

#include "power.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "journal/store.h"

enum { EVENTS_MAX = 64, SMALL_LOG = 8 };
enum { SEEDS_SHORT = 1, SEEDS = 6, SEEDS_LONG = 100 }; /* a moment */

/* What was appended, and at which moment each append had returned. */
struct appended {
    size_t count;
    size_t moment[EVENTS_MAX];
    char hash[EVENTS_MAX][80];
};

struct ground {
    char folder[64]; /* recorded */
    char after[80];  /* a state that it may be in after a crash */
    struct appended appended;
};

static int set_up(void **state)
{
    struct ground *ground = calloc(1, sizeof *ground);
    assert_non_null(ground);
    /* in memory where that is to be had: nothing here is to reach a disk */
    strcpy(ground->folder,
           access("/dev/shm", W_OK) == 0 ? "/dev/shm/kw-power-XXXXXX" : "/tmp/kw-power-XXXXXX");
    assert_non_null(mkdtemp(ground->folder));
    snprintf(ground->after, sizeof ground->after, "%s-after", ground->folder);
    *state = ground;
    return 0;
}

static int tear_down(void **state)
{
    struct ground *ground = *state;
    power_forget();
    power_sweep(ground->folder);
    power_sweep(ground->after);
    free(ground);
    return 0;
}

static void path_in(const char *folder, char *to, size_t size)
{
    snprintf(to, size, "%s/state/keywright/journal.db", folder);
}

static struct journal *open_in(const char *folder)
{
    char path[256];
    struct journal *journal = NULL;
    struct error err = {0};
    path_in(folder, path, sizeof path);
    if (!journal_open(path, JOURNAL_WRITE, &journal, &err))
        fail_msg("%s: %s", error_name(err.code), err.text);
    return journal;
}

/* --- what is done ------------------------------------------------------------------------------*/

struct run {
    struct ground *ground;
    struct journal *journal;
    char id[ID_SIZE];
    struct rotation rotation;
};

static void returned(struct run *run)
{
    struct appended *appended = &run->ground->appended;
    assert_true(appended->count < EVENTS_MAX);
    appended->moment[appended->count++] = power_moments();
}

static void begin(struct run *run, const char *user)
{
    struct error err = {0};
    struct plan *plan = calloc(1, sizeof *plan);
    assert_non_null(plan);
    strcpy(plan->account, "123456789012");
    strcpy(plan->partition, "aws");
    strcpy(plan->user, user);
    strcpy(plan->old_key, "AKIAOLD");
    plan->target_count = 1;
    strcpy(plan->targets[0].spec, "file:/home/ann/.aws/credentials");
    struct event event = {.kind = EVENT_OPENED, .at = 1768480496, .actor = "ann", .plan = plan};
    if (!journal_begin(run->journal, &event, run->id, &err))
        fail_msg("%s", err.text);
    rotation_init(&run->rotation);
    assert_true(rotation_apply(&run->rotation, &event, &err));
    free(plan);
    returned(run);
}

static void append(struct run *run, enum event_kind kind, int count)
{
    struct error err = {0};
    for (int i = 0; i < count; i++) {
        struct event event = {.kind = kind, .at = 1768480496 + i, .actor = "ann"};
        snprintf(event.text, sizeof event.text, "the %dth word of %s", i, run->id);
        struct rotation after = run->rotation;
        assert_true(rotation_apply(&after, &event, &err));
        if (!journal_append(run->journal, run->id, &event, &after, &err))
            fail_msg("%s", err.text);
        run->rotation = after;
        returned(run);
    }
}

static bool keep_hash(void *context, const char *id, const struct event *event, const char *detail,
                      const char *hash)
{
    struct appended *appended = context;
    (void)id, (void)event, (void)detail;
    snprintf(appended->hash[appended->count++], sizeof appended->hash[0], "%s", hash);
    return true;
}

/* A journal is made, written to, closed, opened again, written to with a log so short that it is
 * emptied into the database and begun anew every few events, and closed. */
static void record(struct ground *ground)
{
    struct run run = {.ground = ground};
    power_begin(ground->folder);
    run.journal = open_in(ground->folder);
    begin(&run, "ann");
    append(&run, EVENT_RETRIED, 5);
    journal_free(run.journal);
    run.journal = open_in(ground->folder);
    sqlite3_wal_autocheckpoint(run.journal->db, SMALL_LOG);
    begin(&run, "bob");
    append(&run, EVENT_RETRIED, 9);
    append(&run, EVENT_ABANDONED, 1);
    journal_free(run.journal);
    struct error err = {0};
    struct appended all = {0};
    run.journal = open_in(ground->folder);
    assert_true(journal_events(run.journal, NULL, 0, keep_hash, &all, &err));
    journal_free(run.journal);
    power_end();
    assert_int_equal(all.count, ground->appended.count);
    memcpy(ground->appended.hash, all.hash, sizeof all.hash);
}

/* --- what must hold ----------------------------------------------------------------------------*/

static const char *where(size_t moment, enum power_luck luck, uint64_t seed)
{
    static char text[96];
    snprintf(text, sizeof text, "moment %zu of %zu, luck %d, seed %llu", moment, power_moments(),
             (int)luck, (unsigned long long)seed);
    return text;
}

static bool keep_id(void *context, int64_t number, const struct rotation_row *row)
{
    (void)number;
    strcpy(context, row->id);
    return true;
}

/* A resume would go on here. */
static void go_on(struct journal *journal, const char *at)
{
    struct error err = {0};
    struct rotation rotation = {0};
    struct event event = {.kind = EVENT_RETRIED, .actor = "ann"};
    char id[ID_SIZE] = "";
    int64_t events;
    struct rotation_filter open_ones = {.open_only = true, .limit = 1};
    if (!journal_rotations(journal, &open_ones, keep_id, id, &err))
        fail_msg("%s: %s", at, err.text);
    if (id[0] == '\0')
        return;
    if (!journal_claim(journal, id, &err) || !journal_load(journal, id, &rotation, &err))
        fail_msg("%s: %s", at, err.text);
    struct rotation after = rotation;
    assert_true(rotation_apply(&after, &event, &err));
    if (!journal_append(journal, id, &event, &after, &err) ||
        !journal_verify(journal, NULL, &events, &err))
        fail_msg("%s: %s", at, err.text);
}

static void check(struct ground *ground, size_t moment, enum power_luck luck, uint64_t seed)
{
    const struct appended *appended = &ground->appended;
    const char *at = where(moment, luck, seed);
    char path[256];
    size_t returned_count = 0;
    struct error err = {0};
    struct appended found = {0};
    while (returned_count < appended->count && appended->moment[returned_count] <= moment)
        returned_count++;
    power_build(moment, luck, seed, ground->after);
    CLEANUP(journal_cleanup) struct journal *journal = NULL;
    path_in(ground->after, path, sizeof path);
    int64_t events = 0;
    if (!journal_open(path, JOURNAL_READ, &journal, &err)) {
        if (err.code != ERROR_NOT_FOUND || returned_count > 0)
            fail_msg("%s: %zu events are lost: %s", at, returned_count, err.text);
    } else if (!journal_verify(journal, NULL, &events, &err) ||
               !journal_events(journal, NULL, 0, keep_hash, &found, &err)) {
        fail_msg("%s: %s", at, err.text);
    }
    if (found.count < returned_count || found.count > appended->count)
        fail_msg("%s: %zu events, of which %zu had been appended", at, found.count, returned_count);
    for (size_t i = 0; i < found.count; i++)
        if (strcmp(found.hash[i], appended->hash[i]) != 0)
            fail_msg("%s: event %zu is another one", at, i + 1);
    journal_cleanup(&journal);
    if (!journal_open(path, JOURNAL_WRITE, &journal, &err))
        fail_msg("%s: cannot be written: %s", at, err.text);
    go_on(journal, at);
    journal_cleanup(&journal);
    power_sweep(ground->after);
}

static void a_journal_survives_the_power(void **state)
{
    struct ground *ground = *state;
    bool is_short = getenv("KEYWRIGHT_LONG") == NULL && getenv("KEYWRIGHT_SHORT") != NULL;
    uint64_t seeds = getenv("KEYWRIGHT_LONG") != NULL ? SEEDS_LONG : is_short ? SEEDS_SHORT : SEEDS;
    size_t states = 0;
    record(ground);
    for (size_t moment = 0; moment <= power_moments(); moment++) {
        for (int luck = POWER_NOTHING; luck < POWER_SEEDED; luck++, states++)
            check(ground, moment, (enum power_luck)luck, 0);
        for (uint64_t seed = 1; seed <= seeds; seed++, states++)
            check(ground, moment, POWER_SEEDED, seed * 1000003 + moment);
    }
    printf("# %zu appends, %zu moments, %zu states of the disk (%llu seeds a moment; "
           "KEYWRIGHT_LONG=1: %d)\n",
           ground->appended.count, power_moments() + 1, states, (unsigned long long)seeds,
           SEEDS_LONG);
    if (is_short)
        printf("# left out by KEYWRIGHT_SHORT, in the plain build: %d of %d seeds a moment, %zu "
               "states of the disk\n",
               SEEDS - SEEDS_SHORT, SEEDS, (power_moments() + 1) * (SEEDS - SEEDS_SHORT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_journal_survives_the_power, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
