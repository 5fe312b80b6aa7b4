/* The writers of base/file.h when the power fails: at every change that they make, in states of the
 * disk that power.h builds. A file that is replaced is the old or the new one, whole; the back-up of
 * the old pair is on the disk before the file is exchanged; what had returned is kept. */
#include "config.h"

#include "power.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

enum { OLD_LENGTH = 3000, NEW_LENGTH = 3001, EDIT_LENGTH = 2500, BACKUP_LENGTH = 700 };
enum { SEEDS_SHORT = 20, SEEDS = 300, SEEDS_LONG = 5000 }; /* a moment */

struct ground {
    char folder[64]; /* recorded */
    char after[80];
    char old[OLD_LENGTH], new[NEW_LENGTH], edit[EDIT_LENGTH], backup[BACKUP_LENGTH];
    size_t made, replaced, removed; /* the moments when the three had returned */
    bool is_short;
    uint64_t seeds;
};

static void fill(char *bytes, size_t length, char with)
{
    for (size_t i = 0; i < length; i++)
        bytes[i] = i % 60 == 59 ? '\n' : (char)(with + (char)(i / 60 % 5));
}

static void path_in(const char *folder, const char *name, char *to, size_t size)
{
    snprintf(to, size, "%s/%s", folder, name);
}

static int set_up(void **state)
{
    struct ground *ground = calloc(1, sizeof *ground);
    assert_non_null(ground);
    strcpy(ground->folder,
           access("/dev/shm", W_OK) == 0 ? "/dev/shm/kw-power-XXXXXX" : "/tmp/kw-power-XXXXXX");
    assert_non_null(mkdtemp(ground->folder));
    snprintf(ground->after, sizeof ground->after, "%s-after", ground->folder);
    fill(ground->old, OLD_LENGTH, 'a');
    fill(ground->new, NEW_LENGTH, 'n');
    fill(ground->edit, EDIT_LENGTH, 'E');
    fill(ground->backup, BACKUP_LENGTH, 'B');
    ground->is_short = getenv("KEYWRIGHT_LONG") == NULL && getenv("KEYWRIGHT_SHORT") != NULL;
    ground->seeds = getenv("KEYWRIGHT_LONG") != NULL ? SEEDS_LONG
                    : ground->is_short               ? SEEDS_SHORT
                                                     : SEEDS;
    *state = ground;
    return 0;
}

static int tear_down(void **state)
{
    struct ground *ground = *state;
    power_without_exchange(false);
    power_forget();
    power_sweep(ground->folder);
    power_sweep(ground->after);
    free(ground);
    return 0;
}

static void put_file(const char *folder, const char *name, const char *bytes, size_t length)
{
    char path[256];
    path_in(folder, name, path, sizeof path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static bool holds(const char *folder, const char *name, const char *bytes, size_t length)
{
    char path[256];
    char *there = NULL;
    size_t there_length = 0;
    struct error err = {0};
    path_in(folder, name, path, sizeof path);
    bool same = file_read(path, 1 << 20, &there, &there_length, &err) && there_length == length &&
                memcmp(there, bytes, length) == 0;
    file_bytes_free(there, there_length);
    return same;
}

/* Every state of every moment. Returns how many. */
static size_t every_state(struct ground *ground,
                          void (*check)(struct ground *ground, size_t moment, const char *at))
{
    char at[96];
    size_t states = 0;
    for (size_t moment = 0; moment <= power_moments(); moment++)
        for (uint64_t seed = 0; seed < ground->seeds + POWER_SEEDED; seed++, states++) {
            enum power_luck luck = seed < POWER_SEEDED ? (enum power_luck)seed : POWER_SEEDED;
            snprintf(at, sizeof at, "moment %zu of %zu, luck %d, seed %llu", moment,
                     power_moments(), (int)luck, (unsigned long long)seed);
            power_build(moment, luck, seed * 1000003 + moment, ground->after);
            check(ground, moment, at);
            power_sweep(ground->after);
        }
    printf("# %zu moments, %zu states of the disk (%llu seeds a moment; KEYWRIGHT_LONG=1: %d)\n",
           power_moments() + 1, states, (unsigned long long)ground->seeds, SEEDS_LONG);
    if (ground->is_short)
        printf("# left out by KEYWRIGHT_SHORT, in the plain build: %d of %d seeds a moment, %zu "
               "states of the disk\n",
               SEEDS - SEEDS_SHORT, SEEDS, (power_moments() + 1) * (SEEDS - SEEDS_SHORT));
    return states;
}

/* --- a hand-over -------------------------------------------------------------------------------*/

static bool no_merge(void *context, const char *now, size_t now_length, char **ret_bytes,
                     size_t *ret_length, struct error *err)
{
    (void)context, (void)now, (void)now_length, (void)ret_bytes, (void)ret_length;
    return error_set(err, ERROR_CHANGED, "nobody edits here");
}

/* What a target does with its file: back-up, exchange, and at the end the back-up's removal. */
static void hand_over(struct ground *ground)
{
    char path[256], backup[256];
    struct error err = {0};
    path_in(ground->folder, "credentials", path, sizeof path);
    path_in(ground->folder, "credentials.keywright-id", backup, sizeof backup);
    put_file(ground->folder, "credentials", ground->old, OLD_LENGTH);
    power_begin(ground->folder);
    if (!file_create_private(backup, ground->backup, BACKUP_LENGTH, &err))
        fail_msg("%s", err.text);
    ground->made = power_moments();
    if (!file_replace(path, ground->old, OLD_LENGTH, ground->new, NEW_LENGTH, no_merge, NULL, &err))
        fail_msg("%s", err.text);
    ground->replaced = power_moments();
    if (!file_remove(backup, &err))
        fail_msg("%s", err.text);
    ground->removed = power_moments();
    power_end();
    assert_true(ground->made > 2 && ground->replaced > ground->made + 2);
}

/* Nothing is left beside the file but, perhaps, the back-up. */
static void check_leftovers(const struct ground *ground, const char *at)
{
    DIR *directory = opendir(ground->after);
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        if (strncmp(entry->d_name, ".credentials.keywright-", 23) == 0)
            fail_msg("%s: %s is left", at, entry->d_name);
    closedir(directory);
}

static void check_hand_over(struct ground *ground, size_t moment, const char *at)
{
    char path[256], backup[256];
    struct error err = {0};
    path_in(ground->after, "credentials", path, sizeof path);
    path_in(ground->after, "credentials.keywright-id", backup, sizeof backup);
    bool old = holds(ground->after, "credentials", ground->old, OLD_LENGTH);
    bool new = holds(ground->after, "credentials", ground->new, NEW_LENGTH);
    bool kept = holds(ground->after, "credentials.keywright-id", ground->backup, BACKUP_LENGTH);
    if (!old && !new)
        fail_msg("%s: the file is neither the old nor the new one", at);
    if (moment < ground->made && new)
        fail_msg("%s: new before anything was replaced", at);
    if (moment <= ground->replaced && new && !kept)
        fail_msg("%s: the file is new and the back-up is not there", at);
    if (moment >= ground->made && moment <= ground->replaced && !kept)
        fail_msg("%s: the back-up had been made", at);
    if (!kept && moment <= ground->replaced && access(backup, F_OK) == 0)
        fail_msg("%s: half a back-up stands under its name", at);
    if (moment >= ground->replaced && !new)
        fail_msg("%s: the new file had been put there", at);
    if (moment >= ground->removed && access(backup, F_OK) == 0)
        fail_msg("%s: the back-up had been removed", at);
    if (!file_replace_recover(path, &err))
        fail_msg("%s: %s", at, err.text);
    check_leftovers(ground, at);
    if (!holds(ground->after, "credentials", old ? ground->old : ground->new,
               old ? OLD_LENGTH : NEW_LENGTH))
        fail_msg("%s: recovering has changed the file", at);
    if (!file_create_private(backup, ground->backup, BACKUP_LENGTH, &err))
        fail_msg("%s: the back-up cannot be made again: %s", at, err.text);
    if (!file_replace(path, old ? ground->old : ground->new, old ? OLD_LENGTH : NEW_LENGTH,
                      ground->new, NEW_LENGTH, no_merge, NULL, &err) ||
        !holds(ground->after, "credentials", ground->new, NEW_LENGTH))
        fail_msg("%s: cannot be replaced again: %s", at, err.text);
}

static void a_replaced_file_is_old_or_new(void **state)
{
    hand_over(*state);
    every_state(*state, check_hand_over);
}

static void the_same_without_exchange(void **state)
{
    power_without_exchange(true);
    hand_over(*state);
    every_state(*state, check_hand_over);
}

/* --- new folders -------------------------------------------------------------------------------*/

static void check_folders(struct ground *ground, size_t moment, const char *at)
{
    bool kept = holds(ground->after, "one/two/three/file", ground->new, NEW_LENGTH);
    if (moment >= ground->made && !kept)
        fail_msg("%s: a file that had been made is lost with its folder", at);
}

static void a_new_folder_keeps_its_files(void **state)
{
    struct ground *ground = *state;
    char path[256];
    struct error err = {0};
    power_begin(ground->folder);
    path_in(ground->folder, "one/two/three", path, sizeof path);
    if (!file_make_directory(path, &err))
        fail_msg("%s", err.text);
    path_in(ground->folder, "one/two/three/file", path, sizeof path);
    if (!file_create_private(path, ground->new, NEW_LENGTH, &err))
        fail_msg("%s", err.text);
    ground->made = power_moments();
    power_end();
    every_state(ground, check_folders);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_replaced_file_is_old_or_new, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_same_without_exchange, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_new_folder_keeps_its_files, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
