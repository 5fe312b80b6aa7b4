/* The first page of the history of a journal of a million events: opened, listed, closed, with the
 * file's pages in the kernel's memory and without. Prints milliseconds; the bound is 10. The
 * journal is filled in one transaction past the room's door, with real events and a real chain,
 * since a million durable appends would take an hour. */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "journal/chain.h"
#include "journal/codec.h"
#include "journal/journal.h"
#include "journal/schema.h"

enum { ROTATIONS = 100000, EVENTS_EACH = 10, OPEN_EACH = 1000, PAGE = 50, RUNS = 21 };

static int fail(const char *what)
{
    printf("journal: %s\n", what);
    return 1;
}

static double milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* --- filling -----------------------------------------------------------------------------------*/

struct filling {
    sqlite3_stmt *rotation;
    sqlite3_stmt *event;
    struct chain_hash head;
    int64_t number;
    struct text scratch;
    char opened[8192]; /* detail of the first event */
};

static bool insert(sqlite3_stmt *statement)
{
    bool good = sqlite3_step(statement) == SQLITE_DONE;
    sqlite3_reset(statement);
    return good;
}

static bool add_event(struct filling *filling, const char *id, int64_t seq)
{
    const struct chain_event row = {.number = ++filling->number,
                                    .rotation = id,
                                    .seq = seq,
                                    .at = 1700000000 + filling->number,
                                    .kind = seq == 1            ? "opened"
                                            : seq < EVENTS_EACH ? "key_probed"
                                                                : "closed",
                                    .step = "create-new",
                                    .actor = "keywright",
                                    .detail = seq == 1 ? filling->opened
                                              : seq < EVENTS_EACH
                                                  ? "{\"date\":\"2023-11-14T22:13:20Z\","
                                                    "\"key\":\"AKIAIOSFODNN7EXAMPLE\","
                                                    "\"verdict\":\"works\",\"count\":3,"
                                                    "\"text\":\"\",\"place\":\"\"}"
                                                  : "{\"text\":\"\"}"};
    if (!chain_next(&filling->head, &row, &filling->scratch, &filling->head, NULL))
        return false;
    sqlite3_stmt *to = filling->event;
    sqlite3_bind_int64(to, 1, row.number);
    sqlite3_bind_text(to, 2, row.rotation, -1, SQLITE_STATIC);
    sqlite3_bind_int64(to, 3, row.seq);
    sqlite3_bind_int64(to, 4, row.at);
    sqlite3_bind_text(to, 5, row.kind, -1, SQLITE_STATIC);
    sqlite3_bind_text(to, 6, row.step, -1, SQLITE_STATIC);
    sqlite3_bind_text(to, 7, row.actor, -1, SQLITE_STATIC);
    sqlite3_bind_text(to, 8, row.detail, -1, SQLITE_STATIC);
    sqlite3_bind_blob(to, 9, filling->head.bytes, CHAIN_HASH_SIZE, SQLITE_STATIC);
    return insert(to);
}

static bool add_rotation(struct filling *filling, int index)
{
    char id[32], user[32];
    bool open = index % OPEN_EACH == 0;
    snprintf(id, sizeof id, "20231114-%06d", index);
    snprintf(user, sizeof user, "user%d", index);
    sqlite3_bind_text(filling->rotation, 1, id, -1, SQLITE_STATIC);
    sqlite3_bind_text(filling->rotation, 2, user, -1, SQLITE_STATIC);
    sqlite3_bind_int(filling->rotation, 3, 1700000000 + index);
    sqlite3_bind_text(filling->rotation, 4, open ? "proving" : "done", -1, SQLITE_STATIC);
    if (open)
        sqlite3_bind_null(filling->rotation, 5);
    else
        sqlite3_bind_int(filling->rotation, 5, 1700000100 + index);
    bool good = insert(filling->rotation);
    for (int64_t seq = 1; good && seq <= EVENTS_EACH; seq++)
        good = add_event(filling, id, seq);
    return good;
}

static bool write_opened(struct filling *filling)
{
    struct plan *plan = calloc(1, sizeof *plan);
    if (plan == NULL)
        return false;
    text_copy(plan->account, sizeof plan->account, "123456789012");
    text_copy(plan->user_arn, sizeof plan->user_arn, "arn:aws:iam::123456789012:user/somebody");
    plan->target_count = 2;
    text_copy(plan->targets[0].spec, TEXT_SIZE, "file:/home/somebody/.aws/credentials");
    text_copy(plan->targets[1].spec, TEXT_SIZE, "secretsmanager:prod/somebody");
    struct event event = {.kind = EVENT_OPENED, .plan = plan};
    bool good = codec_write_detail(&event, &filling->scratch, NULL) &&
                text_copy(filling->opened, sizeof filling->opened, filling->scratch.bytes);
    free(plan);
    return good;
}

static bool fill(const char *path)
{
    sqlite3 *db = NULL;
    struct filling filling = {0};
    text_init(&filling.scratch, 1 << 20);
    bool good =
        sqlite3_open(path, &db) == SQLITE_OK && write_opened(&filling) &&
        sqlite3_exec(db, schema_migrations[0], NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_exec(db, "PRAGMA journal_mode = WAL; PRAGMA application_id = 0x4b657957;"
                         " PRAGMA user_version = 1", NULL, NULL,
                     NULL) == SQLITE_OK &&
        sqlite3_exec(db, "PRAGMA synchronous = OFF; BEGIN", NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(db,
                           "INSERT INTO rotation (id, account, partition, user, old_key, new_key,"
                           " state, waiting_for, failed, opened_at, updated_at, closed_at, reason,"
                           " ticket, last_seq) VALUES (?1, '123456789012', 'aws', ?2,"
                           " 'AKIAIOSFODNN7EXAMPLE', 'AKIAIOSFODNN8EXAMPLE', ?4, '', 0, ?3, ?3, ?5,"
                           " 'yearly rotation', 'OPS-1234', 10)",
                           -1, &filling.rotation, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(db,
                           "INSERT INTO event (number, rotation, seq, at, kind, step, actor,"
                           " detail, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                           -1, &filling.event, NULL) == SQLITE_OK;
    for (int i = 0; good && i < ROTATIONS; i++)
        good = add_rotation(&filling, i);
    good = good && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
    sqlite3_finalize(filling.rotation);
    sqlite3_finalize(filling.event);
    sqlite3_close(db);
    text_release(&filling.scratch);
    return good;
}

/* --- measuring ---------------------------------------------------------------------------------*/

static bool count(void *context, int64_t number, const struct rotation_row *row)
{
    (void)number;
    *(int *)context += row->id[0] != '\0';
    return true;
}

static void drop_from_memory(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
        close(fd);
    }
}

static int by_size(const void *one, const void *two)
{
    double a = *(const double *)one, b = *(const double *)two;
    return (a > b) - (a < b);
}

/* Median milliseconds of open, one page, close; negative when something failed. */
static double measure(const char *path, const struct rotation_filter *filter, bool cold)
{
    double took[RUNS];
    for (int i = 0; i < RUNS; i++) {
        struct journal *journal = NULL;
        int rows = 0;
        if (cold)
            drop_from_memory(path);
        double begun = milliseconds();
        bool good = journal_open(path, JOURNAL_READ, &journal, NULL) &&
                    journal_rotations(journal, filter, count, &rows, NULL) && rows > 0;
        took[i] = milliseconds() - begun;
        journal_free(journal);
        if (!good)
            return -1;
    }
    qsort(took, RUNS, sizeof took[0], by_size);
    return took[RUNS / 2];
}

static int report(const char *path)
{
    const struct rotation_filter first = {.limit = PAGE};
    const struct rotation_filter open_ones = {.limit = PAGE, .open_only = true};
    const struct rotation_filter middle = {.limit = PAGE, .before_number = ROTATIONS / 2};
    const struct rotation_filter user = {.limit = PAGE, .user = "user77"};
    const struct rotation_filter text = {.limit = PAGE, .text = "user77777"};
    double warm = measure(path, &first, false);
    printf("journal: a million events, opened and first page: %.2f ms, file not in memory %.2f ms "
           "(at most 10 ms)\n",
           warm, measure(path, &first, true));
    printf("journal: the open ones %.2f ms, a page in the middle %.2f ms, one user %.2f ms, "
           "a text in one of %d rotations %.2f ms\n",
           measure(path, &open_ones, false), measure(path, &middle, false),
           measure(path, &user, false), ROTATIONS, measure(path, &text, false));
    return warm >= 0 && warm <= 10 ? 0 : 1;
}

static void remove_files(const char *directory, const char *path)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-lock"};
    char name[128];
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        unlink(name);
    }
    rmdir(directory);
}

int main(void)
{
    char directory[] = "/tmp/keywright-bench-XXXXXX";
    char path[64];
    if (mkdtemp(directory) == NULL)
        return fail("no temporary directory");
    snprintf(path, sizeof path, "%s/journal.db", directory);
    int status = fill(path) ? report(path) : fail("it could not be filled");
    remove_files(directory, path);
    return status;
}
