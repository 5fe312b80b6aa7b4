/* A journal file of anybody's. Input: a byte for what is done to it, then the file. Opened for reading it
 * is never written: its bytes are compared afterwards. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/when.h"
#include "journal/journal.h"
#include "tests/fuzz/fuzz.h"

/* Of one input. The journal waits up to 5 s for a lock, which nobody holds here. */
enum { LONGEST_MS = 4000 };

struct seen {
    char ids[8][ID_SIZE];
    size_t count, events;
};

static void put_file(const char *path, const uint8_t *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

static bool is_unchanged(const char *path, const uint8_t *bytes, size_t size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *found = malloc(size + 1);
    CHECK(file != NULL && found != NULL);
    bool same = fread(found, 1, size + 1, file) == size && memcmp(found, bytes, size) == 0;
    fclose(file);
    free(found);
    return same;
}

static bool on_row(void *context, int64_t number, const struct rotation_row *row)
{
    struct seen *seen = context;
    (void)number;
    CHECK(row->state < ROTATION_STATE_COUNT);
    CHECK(memchr(row->user, '\0', sizeof row->user) != NULL);
    CHECK(memchr(row->waiting_for, '\0', sizeof row->waiting_for) != NULL);
    text_copy(seen->ids[seen->count], ID_SIZE, row->id);
    return ++seen->count < 8;
}

static bool on_event(void *context, const char *id, const struct event *event, const char *detail,
                     const char *hash)
{
    struct seen *seen = context;
    CHECK(event->kind < EVENT_COUNT && event->step <= STEP_NONE);
    CHECK(id != NULL && detail != NULL && strlen(hash) == 64);
    return ++seen->events < 2000;
}

static void note(bool good, const struct error *err)
{
    if (!good)
        fuzz_check_error(err);
}

static void read_all(struct journal *journal, unsigned how)
{
    static struct rotation rotation;
    struct seen seen = {.count = 0};
    struct error err = {0};
    struct rotation_filter filter = {.limit = how & 1 ? 8 : 0, .open_only = (how & 2) != 0,
                                     .text = how & 4 ? "al%_'" : NULL};
    int64_t events = 0;
    struct text head CLEANUP(text_release);
    text_init(&head, 200);
    bool whole = journal_verify(journal, NULL, &events, &err);
    note(whole, &err);
    note(journal_rotations(journal, &filter, on_row, &seen, &err), &err);
    for (size_t i = 0; i < seen.count; i++) {
        bool loaded = journal_load(journal, seen.ids[i], &rotation, &err);
        note(loaded, &err);
        note(journal_events(journal, seen.ids[i], 0, on_event, &seen, &err), &err);
        /* What verifies can be read. */
        CHECK(!whole || loaded);
    }
    note(journal_events(journal, NULL, 0, on_event, &seen, &err), &err);
    bool has_head = journal_head(journal, &head, &err);
    note(has_head, &err);
    if (whole && has_head)
        CHECK(journal_verify(journal, head.bytes, &events, &err));
    if (how & 8) {
        char copy[128];
        snprintf(copy, sizeof copy, "%s/copy.db", fuzz_directory());
        note(journal_backup(journal, copy, &err), &err);
        unlink(copy);
    }
}

/* Written to, it may be refused or taken, and stays readable to us. */
static void write_some(const char *path)
{
    struct journal *journal CLEANUP(journal_cleanup) = NULL;
    struct error err = {0};
    struct plan plan = {.account = "111122223333", .partition = "aws", .user = "zoe",
                        .old_key = "AKIAOLDOLDOLDOLD0001"};
    struct event opened = {.kind = EVENT_OPENED, .at = 1768480496, .plan = &plan,
                           .actor = "operator"};
    char id[ID_SIZE];
    if (!journal_open(path, JOURNAL_WRITE, &journal, &err)) {
        fuzz_check_error(&err);
        return;
    }
    note(journal_begin(journal, &opened, id, &err), &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feed feed = {data, size};
    unsigned how = feed_byte(&feed);
    char path[128], name[sizeof path + 8];
    static const char *const beside[] = {"-wal", "-shm", "-lock", "-journal"};
    int64_t begun = when_monotonic_ms();
    snprintf(path, sizeof path, "%s/journal.db", fuzz_directory());
    put_file(path, feed.at, feed.left);
    struct error err = {0};
    struct journal *journal = NULL;
    if (journal_open(path, JOURNAL_READ, &journal, &err))
        read_all(journal, how);
    else
        fuzz_check_error(&err);
    journal_free(journal);
    CHECK(is_unchanged(path, feed.at, feed.left));
    if ((how & 0x30) == 0x30)
        write_some(path);
    CHECK(when_monotonic_ms() - begun < LONGEST_MS);
    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
        snprintf(name, sizeof name, "%s%s", path, beside[i]);
        unlink(name);
    }
    unlink(path);
    return 0;
}
