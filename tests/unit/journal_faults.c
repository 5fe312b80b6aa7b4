/* The life of a journal, again and again, while its N-th call of a kind fails: for N = 1, 2 and so
 * on until there are no more. A failure says so and with what; what was said to be appended is
 * there, nothing else is, and the journal is sound and takes the next event. */
#include "failing.h"
#include "journal/reports.h"
#include "journal_help.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- the life ----------------------------------------------------------------------------------*/

struct life {
    struct place place;
    struct error err;
    int64_t events; /* appends that returned true */
    struct writing ann, bob;
    char copy[160];
    bool copied;
};

static bool see_row(void *context, int64_t number, const struct rotation_row *row)
{
    (void)number;
    (void)row;
    ++*(int *)context;
    return true;
}

static bool see_event(void *context, const char *id, const struct event *event, const char *detail,
                      const char *hash)
{
    (void)id;
    (void)event;
    (void)detail;
    assert_int_equal(strlen(hash), 64);
    ++*(int *)context;
    return true;
}

static bool begin(struct life *life, struct journal *journal, const char *user,
                  struct writing *writing)
{
    static struct plan plan;
    plan = (struct plan){.account = "123456789012",
                         .partition = "aws",
                         .old_key = "AKIAOLD",
                         .target_count = 1,
                         .targets = {{.spec = "file:/a"}},
                         .test_count = 1,
                         .tests = {"true"}};
    strcpy(plan.user, user);
    struct event event = {.kind = EVENT_OPENED, .actor = "ann", .plan = &plan};
    memset(writing->id, '-', sizeof writing->id);
    if (!journal_begin(journal, &event, writing->id, &life->err)) {
        assert_int_equal(writing->id[0], '-');
        assert_int_equal(event.seq, 0);
        return false;
    }
    writing->journal = journal;
    rotation_init(&writing->state);
    assert_true(rotation_apply(&writing->state, &event, NULL));
    life->events++;
    return true;
}

static bool append(struct life *life, struct writing *writing, struct event event)
{
    bool good = writing_try_append(writing, event, &life->err);
    life->events += good;
    return good;
}

static const struct report_query report_of_account = {.account = "123456789012", .partition = "aws"};

static bool write_report(struct life *life, struct journal *journal)
{
    struct stored_report row = {.account = "123456789012", .partition = "aws", .at = 20, .generated = 10};
    bool good = journal_put_report(journal, &row, "state", "user,arn", &life->err);
    assert_true(good == (row.number != 0));
    return good && journal_mark_notified(journal, row.number, &life->err);
}

static bool write_all(struct life *life, struct journal *journal)
{
    return begin(life, journal, "ann", &life->ann) && begin(life, journal, "bob", &life->bob) &&
           append(life, &life->ann, (struct event){.kind = EVENT_CREATE_INTENDED}) &&
           append(life, &life->ann, (struct event){.kind = EVENT_CREATED, .key = "AKIANEW"}) &&
           journal_set_waiting(journal, life->ann.id, "a while", &life->err) &&
           append(life, &life->bob, (struct event){.kind = EVENT_ABANDONED}) &&
           write_report(life, journal);
}

static bool read_all(struct life *life, struct journal *journal)
{
    struct error *err = &life->err;
    int rows = 0, events = 0;
    int64_t verified = 0;
    static struct rotation rotation;
    struct rotation_row row;
    const struct rotation_filter filter = {
        .text = "AKIA", .account = "123456789012", .user = "ann", .before_number = 99};
    char beginning[ID_SIZE];
    struct text head;
    text_init(&head, 200);
    struct stored_report report;
    struct text state;
    text_init(&state, 200);
    int own = 12; /* characters that begin no other rotation here; the IDs are random */
    while (own < ID_SIZE && strncmp(life->ann.id, life->bob.id, (size_t)own) == 0)
        own++;
    snprintf(beginning, sizeof beginning, "%.*s", own, life->ann.id);
    bool good = journal_rotations(journal, &filter, see_row, &rows, err) &&
                journal_find(journal, beginning, &row, err) &&
                journal_events(journal, NULL, 0, see_event, &events, err) &&
                journal_load(journal, life->ann.id, &rotation, err) &&
                journal_head(journal, &head, err) &&
                journal_verify(journal, head.bytes, &verified, err) &&
                journal_find_report(journal, &report_of_account, &report, &state, err);
    if (good)
        assert_string_equal(state.bytes, "state");
    text_release(&state);
    text_release(&head);
    if (good) {
        assert_int_equal(rows, 1);
        assert_string_equal(row.new_key, "AKIANEW");
        assert_int_equal(events, 5);
        assert_int_equal(rotation.last_seq, 3);
        assert_int_equal(verified, 5);
    }
    return good;
}

static bool live(struct life *life)
{
    struct journal *journal = NULL;
    struct error *err = &life->err;
    bool good = journal_open(life->place.path, JOURNAL_WRITE, &journal, err) &&
                write_all(life, journal) && read_all(life, journal) &&
                journal_backup(journal, life->copy, err);
    life->copied = good;
    if (good)
        journal_unclaim(journal, life->ann.id);
    good = good && journal_claim(journal, life->ann.id, err);
    journal_free(journal);
    journal = NULL;
    good = good && journal_open(life->place.path, JOURNAL_READ, &journal, err) &&
           read_all(life, journal);
    journal_free(journal);
    return good;
}

/* The place afterwards, with all calls working again. */
static void assert_whole(const struct life *life, bool good)
{
    struct life after = *life;
    struct journal *journal = open_journal(&life->place);
    int64_t events = -1;
    struct error err = {0};
    if (!journal_verify(journal, NULL, &events, &err))
        fail_msg("%s", err.text);
    assert_int_equal(events, life->events);
    assert_true(begin(&after, journal, "zed", &after.ann));
    journal_free(journal);
    assert_sound(&life->place, life->events + 1);
    assert_true(life->copied || !good);
    assert_int_equal(access(life->copy, F_OK) == 0, life->copied);
    if (life->copied) {
        struct place copy = life->place;
        snprintf(copy.path, sizeof copy.path, "%s/copy.db", life->place.directory);
        assert_sound(&copy, 5);
        unlink(life->copy);
    }
    static const char *const suffixes[] = {"", "-wal", "-shm", "-lock", "-journal"};
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        char path[200];
        snprintf(path, sizeof path, "%s%s", life->place.path, suffixes[i]);
        unlink(path);
    }
}

static struct life born(const struct place *place)
{
    struct life life = {.place = *place};
    snprintf(life.copy, sizeof life.copy, "%s/copy.db", place->directory);
    return life;
}

/* What has many calls is walked in ever longer steps, unless there is time. */
static int next(int nth, int close)
{
    close = getenv("KEYWRIGHT_VALGRIND") != NULL ? 2 : close;
    return getenv("KEYWRIGHT_LONG") != NULL ? nth + 1 : nth + 1 + nth / close;
}

/* --- our own calls -----------------------------------------------------------------------------*/

struct failure {
    int how;
    enum error_code code;
};

/* Lives through one failure. False when the N-th call was not reached. Without a failure of the
 * whole, the call has to be one of those that may fail. */
static bool survive(const struct place *place, enum failing kind, int nth,
                    const struct failure *failure, const char *may_fail)
{
    struct life life = born(place);
    failing_begin(kind, nth, failure->how, false);
    bool good = live(&life);
    const char *failed = failing_end();
    enum error_code code = failure->code;
    if (failed != NULL && strcmp(failed, "sqlite3_backup_init") == 0)
        code = ERROR_JOURNAL_DAMAGED; /* whose failure is always SQLITE_ERROR */
    if (!good && life.err.code != code && code != ERROR_NONE)
        fail_msg("%s, call %d: %s: %s", failed, nth, error_name(life.err.code), life.err.text);
    if (failed != NULL && good && strstr(may_fail, failed) == NULL)
        fail_msg("%s, call %d: the failure %d was swallowed", failed, nth, failure->how);
    assert_true(good || (life.err.code != ERROR_NONE && life.err.text[0] != '\0'));
    assert_whole(&life, good);
    return failed != NULL;
}

static void no_memory_is_said(void **state)
{
    static const struct failure failure = {0, ERROR_MEMORY};
    int nth = 1;
    while (survive(*state, FAILING_MEMORY, nth, &failure, ""))
        nth++;
    assert_true(nth > 30);
}

/* The end of a read transaction has nothing to lose; a journal that is busy is tried again while it
 * is turned to WAL, and one that cannot be written is read in another way. */
static void database_failures_are_said(void **state)
{
    static const struct failure failures[] = {
        {SQLITE_NOMEM, ERROR_MEMORY},
        {SQLITE_FULL, ERROR_JOURNAL_FULL},
        {SQLITE_CORRUPT, ERROR_JOURNAL_DAMAGED},
        {SQLITE_NOTADB, ERROR_JOURNAL_DAMAGED},
        {SQLITE_BUSY, ERROR_JOURNAL_BUSY},
        {SQLITE_IOERR, ERROR_IO},
        {SQLITE_READONLY, ERROR_JOURNAL_READONLY},
    };
    enum { COUNT = sizeof failures / sizeof failures[0] };
    int nth = 1;
    bool more = true;
    while (more) {
        const struct failure *failure = &failures[nth % COUNT];
        bool again = failure->how == SQLITE_READONLY || failure->how == SQLITE_BUSY;
        const char *may_fail =
            again ? "sqlite3_exec sqlite3_prepare_v2 sqlite3_step sqlite3_open_v2" : "sqlite3_exec";
        more = survive(*state, FAILING_DATABASE, nth, failure, may_fail);
        nth++;
    }
    assert_true(nth > 100);
}

static void failures_of_the_system_are_said(void **state)
{
    static const int failures[] = {EIO, EACCES, ENOSPC, EDQUOT, EROFS, ENOENT};
    enum { COUNT = sizeof failures / sizeof failures[0] };
    for (int turn = 0; turn < 2; turn++) {
        int nth = 0;
        struct failure failure = {0, ERROR_NONE};
        do
            failure.how = failures[(++nth + turn) % COUNT];
        while (survive(*state, FAILING_SYSTEM, nth, &failure, "access stat"));
        assert_true(nth > 10);
    }
}

/* --- SQLite's own calls ------------------------------------------------------------------------*/

static struct {
    int left;
    int sys;
    bool reached;
} inside;

static bool inside_due(void)
{
    if (inside.left == 0 || --inside.left > 0)
        return false;
    inside.reached = true;
    errno = inside.sys;
    return true;
}

static sqlite3_mem_methods memory;

static void *inside_malloc(int size)
{
    return inside.sys == 0 && inside_due() ? NULL : memory.xMalloc(size);
}

static void *inside_realloc(void *old, int size)
{
    return inside.sys == 0 && inside_due() ? NULL : memory.xRealloc(old, size);
}

static ssize_t inside_pwrite(int fd, const void *bytes, size_t size, off_t at)
{
    return inside.sys != 0 && inside_due() ? -1 : pwrite(fd, bytes, size, at);
}

static int inside_ftruncate(int fd, off_t size)
{
    return inside.sys != 0 && inside_due() ? -1 : ftruncate(fd, size);
}

/* Nothing here is about power cuts, and syncing is slow: a sync does nothing, or fails. */
static struct {
    const sqlite3_io_methods *of;
    sqlite3_io_methods methods;
} kinds[4]; /* of files: those that lock, and those that need not */
static int (*open_file)(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                        int *ret_flags);

static int inside_sync(sqlite3_file *file, int flags)
{
    (void)file;
    (void)flags;
    return inside.sys != 0 && inside_due() ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static int inside_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                       int *ret_flags)
{
    int result = open_file(vfs, name, file, flags, ret_flags);
    if (result != SQLITE_OK)
        return result;
    size_t kind = 0;
    while (kinds[kind].of != NULL && kinds[kind].of != file->pMethods)
        assert_true(++kind < sizeof kinds / sizeof kinds[0]);
    kinds[kind].of = file->pMethods;
    kinds[kind].methods = *file->pMethods;
    kinds[kind].methods.xSync = inside_sync;
    file->pMethods = &kinds[kind].methods;
    return SQLITE_OK;
}

static int look_inside(void **state)
{
    (void)state;
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory);
    sqlite3_mem_methods ours = memory;
    ours.xMalloc = inside_malloc;
    ours.xRealloc = inside_realloc;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &ours);
    sqlite3_initialize();
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    vfs->xSetSystemCall(vfs, "pwrite", (sqlite3_syscall_ptr)inside_pwrite);
    vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr)inside_pwrite);
    vfs->xSetSystemCall(vfs, "ftruncate", (sqlite3_syscall_ptr)inside_ftruncate);
    open_file = vfs->xOpen;
    vfs->xOpen = inside_open;
    return 0;
}

/* As `survive`; what SQLite can do without, it does without. */
static bool survive_inside(const struct place *place, int nth, int sys, enum error_code code,
                           int *ret_failures)
{
    struct life life = born(place);
    inside.left = nth;
    inside.sys = sys;
    inside.reached = false;
    bool good = live(&life);
    inside.left = 0;
    if (!good && life.err.code != code)
        fail_msg("call %d, %s: %s: %s", nth, strerror(sys), error_name(life.err.code),
                 life.err.text);
    *ret_failures += !good;
    assert_whole(&life, good);
    return inside.reached;
}

static void no_memory_within_sqlite_is_said(void **state)
{
    int failures = 0;
    for (int nth = 1; survive_inside(*state, nth, 0, ERROR_MEMORY, &failures); nth = next(nth, 16))
        ;
    assert_true(failures > 10);
}

static void disk_that_fails_within_sqlite_is_said(void **state)
{
    static const struct failure ways[] = {
        {ENOSPC, ERROR_JOURNAL_FULL},
        {EDQUOT, ERROR_JOURNAL_FULL},
        {EFBIG, ERROR_JOURNAL_FULL},
        {EROFS, ERROR_JOURNAL_READONLY},
        {EACCES, ERROR_JOURNAL_READONLY},
        {EPERM, ERROR_JOURNAL_READONLY},
        {EIO, ERROR_IO},
    };
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        int failures = 0;
        for (int nth = 1; survive_inside(*state, nth, ways[i].how, ways[i].code, &failures);
             nth = next(nth, 4))
            ;
        assert_true(failures > 5);
    }
}

/* --- one by one --------------------------------------------------------------------------------*/

static void every_result_of_sqlite_has_its_error(void **state)
{
    const struct place *place = *state;
    static const struct failure results[] = {
        {SQLITE_BUSY_SNAPSHOT, ERROR_JOURNAL_BUSY},
        {SQLITE_LOCKED, ERROR_JOURNAL_BUSY},
        {SQLITE_PROTOCOL, ERROR_JOURNAL_BUSY},
        {SQLITE_FULL, ERROR_JOURNAL_FULL},
        {SQLITE_READONLY_DIRECTORY, ERROR_JOURNAL_READONLY},
        {SQLITE_CANTOPEN, ERROR_JOURNAL_READONLY},
        {SQLITE_PERM, ERROR_JOURNAL_READONLY},
        {SQLITE_AUTH, ERROR_JOURNAL_READONLY},
        {SQLITE_CORRUPT_VTAB, ERROR_JOURNAL_DAMAGED},
        {SQLITE_NOTADB, ERROR_JOURNAL_DAMAGED},
        {SQLITE_FORMAT, ERROR_JOURNAL_DAMAGED},
        {SQLITE_ERROR, ERROR_JOURNAL_DAMAGED},
        {SQLITE_MISMATCH, ERROR_JOURNAL_DAMAGED},
        {SQLITE_IOERR_READ, ERROR_IO},
        {SQLITE_NOMEM, ERROR_MEMORY},
        {SQLITE_MISUSE, ERROR_INTERNAL},
        {SQLITE_INTERRUPT, ERROR_INTERNAL},
    };
    struct journal *journal = open_journal(place);
    for (size_t i = 0; i < sizeof results / sizeof results[0]; i++) {
        struct error err = {0};
        struct rotation_row row;
        failing_begin(FAILING_DATABASE, 1, results[i].how, false);
        assert_false(journal_find(journal, "2026", &row, &err));
        assert_string_equal(failing_end(), "sqlite3_prepare_v2");
        assert_int_equal(err.code, results[i].code);
        assert_non_null(strstr(err.text, place->path));
    }
    journal_free(journal);
}

/* SQLite does not wait for another process that turns the file to WAL, too: we do, and not for
 * ever. */
static void one_that_stays_busy_is_given_up(void **state)
{
    const struct place *place = *state;
    struct journal *journal = NULL;
    struct error err = {0};
    failing_begin(FAILING_DATABASE, 9, SQLITE_BUSY, true);
    assert_false(journal_open(place->path, JOURNAL_WRITE, &journal, &err));
    assert_string_equal(failing_end(), "sqlite3_exec");
    assert_int_equal(err.code, ERROR_JOURNAL_BUSY);
    assert_null(journal);
}

/* An empty file is read as no events out of tables in memory, which have to be made. */
static void empty_file_is_read_or_not(void **state)
{
    const struct place *place = *state;
    static const int results[] = {SQLITE_NOMEM, SQLITE_READONLY};
    for (size_t i = 0; i < 2; i++) {
        int failures = 0;
        bool more = true;
        for (int nth = 1; more; nth++) {
            fclose(fopen(place->path, "w"));
            struct journal *journal = NULL;
            struct error err = {0};
            failing_begin(FAILING_DATABASE, nth, results[i], false);
            bool good = journal_open(place->path, JOURNAL_READ, &journal, &err);
            more = failing_end() != NULL;
            if (good)
                assert_true(journal_verify(journal, NULL, &(int64_t){0}, NULL));
            else
                assert_int_equal(err.code, i == 0 ? ERROR_MEMORY : ERROR_JOURNAL_READONLY);
            failures += !good;
            journal_free(journal);
            assert_sound(place, 0);
        }
        assert_true(i != 0 || failures > 8);
    }
}

/* All IDs of the day are taken, as far as the random numbers say. */
static void day_without_free_ids_is_a_limit(void **state)
{
    struct life life = born(*state);
    struct journal *journal = open_journal(&life.place);
    failing_random_is_zero(true);
    assert_true(begin(&life, journal, "ann", &life.ann));
    assert_false(begin(&life, journal, "bob", &life.bob));
    failing_random_is_zero(false);
    assert_int_equal(life.err.code, ERROR_LIMIT);
    assert_true(begin(&life, journal, "bob", &life.bob));
    journal_free(journal);
    assert_sound(*state, 2);
}

/* A directory that cannot be made is a place that cannot be written, or a disk that is full. */
static void directory_that_cannot_be_made_is_said(void **state)
{
    const struct place *place = *state;
    static const struct failure ways[] = {{ENOSPC, ERROR_JOURNAL_FULL},
                                          {EDQUOT, ERROR_JOURNAL_FULL},
                                          {EROFS, ERROR_JOURNAL_READONLY},
                                          {ENOENT, ERROR_JOURNAL_READONLY}};
    char path[200];
    snprintf(path, sizeof path, "%s/a/journal.db", place->directory);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct journal *journal = NULL;
        struct error err = {0};
        failing_begin(FAILING_SYSTEM, 1, ways[i].how, true);
        assert_false(journal_open(path, JOURNAL_WRITE, &journal, &err));
        failing_end();
        assert_int_equal(err.code, ways[i].code);
    }
}

/* Who reads is told what the system said: gone, or not allowed, or that it failed. */
static void file_that_goes_away_is_said(void **state)
{
    const struct place *place = *state;
    static const struct failure ways[] = {
        {ENOENT, ERROR_NOT_FOUND}, {EACCES, ERROR_PERMISSION}, {EIO, ERROR_IO}};
    journal_free(open_journal(place));
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct journal *journal = NULL;
        struct error err = {0};
        failing_begin(FAILING_SYSTEM, 1, ways[i].how, false);
        assert_false(journal_open(place->path, JOURNAL_READ, &journal, &err));
        assert_string_equal(failing_end(), "stat");
        assert_int_equal(err.code, ways[i].code);
    }
}

int main(void)
{
#define IN_A_PLACE(test) cmocka_unit_test_setup_teardown(test, place_make, place_remove)
    const struct CMUnitTest tests[] = {
        IN_A_PLACE(no_memory_is_said),
        IN_A_PLACE(database_failures_are_said),
        IN_A_PLACE(failures_of_the_system_are_said),
        IN_A_PLACE(no_memory_within_sqlite_is_said),
        IN_A_PLACE(disk_that_fails_within_sqlite_is_said),
        IN_A_PLACE(every_result_of_sqlite_has_its_error),
        IN_A_PLACE(one_that_stays_busy_is_given_up),
        IN_A_PLACE(empty_file_is_read_or_not),
        IN_A_PLACE(day_without_free_ids_is_a_limit),
        IN_A_PLACE(directory_that_cannot_be_made_is_said),
        IN_A_PLACE(file_that_goes_away_is_said),
    };
    return cmocka_run_group_tests_name("journal_faults", tests, look_inside, NULL);
}
