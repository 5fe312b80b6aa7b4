#include "journal_help.h"

#include <dirent.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int place_make(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    strcpy(place->directory, "/tmp/keywright-test-XXXXXX");
    assert_non_null(mkdtemp(place->directory));
    snprintf(place->path, sizeof place->path, "%s/journal.db", place->directory);
    *state = place;
    return 0;
}

int place_remove(void **state)
{
    struct place *place = *state;
    DIR *directory = opendir(place->directory);
    assert_non_null(directory);
    chmod(place->directory, 0700);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlinkat(dirfd(directory), entry->d_name, entry->d_type == DT_DIR ? AT_REMOVEDIR : 0);
    closedir(directory);
    int removed = rmdir(place->directory);
    free(place);
    return removed;
}

struct journal *open_journal(const struct place *place)
{
    struct journal *journal = NULL;
    struct error err = {0};
    if (!journal_open(place->path, JOURNAL_WRITE, &journal, &err))
        fail_msg("%s: %s", error_name(err.code), err.text);
    return journal;
}

bool writing_try_begin(struct journal *journal, const char *user, struct writing *ret_writing,
                       struct error *err)
{
    struct plan *plan = calloc(1, sizeof *plan);
    assert_non_null(plan);
    strcpy(plan->account, "123456789012");
    strcpy(plan->partition, "aws");
    strcpy(plan->old_key, "AKIAOLD");
    strcpy(plan->reason, "yearly");
    strcpy(plan->ticket, "OPS-7");
    text_copy(plan->user, sizeof plan->user, user);
    plan->target_count = 1;
    strcpy(plan->targets[0].spec, "file:/home/ann/.aws/credentials");
    struct event event = {.kind = EVENT_OPENED, .at = 1768480496, .actor = "ann", .plan = plan};
    ret_writing->journal = journal;
    bool good = journal_begin(journal, &event, ret_writing->id, err);
    if (good) {
        rotation_init(&ret_writing->state);
        assert_true(rotation_apply(&ret_writing->state, &event, NULL));
        assert_int_equal(event.seq, 1);
        assert_int_equal(event.step, STEP_CREATE_NEW);
    }
    free(plan);
    return good;
}

void writing_begin(struct journal *journal, const char *user, struct writing *ret_writing)
{
    struct error err = {0};
    if (!writing_try_begin(journal, user, ret_writing, &err))
        fail_msg("%s: %s", error_name(err.code), err.text);
}

bool writing_try_append(struct writing *writing, struct event event, struct error *err)
{
    struct rotation after = writing->state;
    assert_true(rotation_apply(&after, &event, NULL));
    if (!journal_append(writing->journal, writing->id, &event, &after, err))
        return false;
    assert_int_equal(event.seq, after.last_seq);
    writing->state = after;
    return true;
}

void writing_append(struct writing *writing, struct event event)
{
    struct error err = {0};
    if (!writing_try_append(writing, event, &err))
        fail_msg("%s: %s", error_name(err.code), err.text);
}

void writing_fill(struct journal *journal, const char *user, int events,
                  struct writing *ret_writing)
{
    writing_begin(journal, user, ret_writing);
    for (int i = 1; i < events; i++) {
        struct event event = {.kind = EVENT_RETRIED, .at = 1768480496 + i, .actor = "ann"};
        snprintf(event.text, sizeof event.text, "%s %d", user, i);
        writing_append(ret_writing, event);
    }
}

void meddle(const struct place *place, const char *sql)
{
    sqlite3 *db = NULL;
    char *said = NULL;
    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    sqlite3_exec(db,
                 "DROP TRIGGER event_is_never_changed; DROP TRIGGER event_is_never_removed;"
                 "DROP TRIGGER rotation_is_never_removed",
                 NULL, NULL, NULL);
    if (sqlite3_exec(db, sql, NULL, NULL, &said) != SQLITE_OK)
        fail_msg("%s: %s", sql, said);
    sqlite3_close(db);
}

void assert_refused_by_file(const struct place *place, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_CONSTRAINT)
        fail_msg("not refused: %s", sql);
    sqlite3_close(db);
}

struct holder *hold_write_lock(const struct place *place)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    return (struct holder *)db;
}

void release_write_lock(struct holder *holder)
{
    assert_int_equal(sqlite3_close((sqlite3 *)holder), SQLITE_OK);
}

static struct journal *open_to_read(const struct place *place)
{
    struct journal *journal = NULL;
    struct error err = {0};
    if (!journal_open(place->path, JOURNAL_READ, &journal, &err))
        fail_msg("%s: %s", error_name(err.code), err.text);
    return journal;
}

void assert_damaged(const struct place *place, const char *saved_head, const char *says)
{
    struct journal *journal = open_to_read(place);
    struct error err = {0};
    int64_t events = -7;
    assert_false(journal_verify(journal, saved_head, &events, &err));
    assert_int_equal(err.code, ERROR_JOURNAL_DAMAGED);
    if (strstr(err.text, says) == NULL)
        fail_msg("'%s' does not say '%s'", err.text, says);
    assert_int_equal(events, -7);
    journal_free(journal);
}

void assert_sound(const struct place *place, int64_t events)
{
    struct journal *journal = open_to_read(place);
    struct error err = {0};
    int64_t seen = 0;
    if (!journal_verify(journal, NULL, &seen, &err))
        fail_msg("%s: %s", error_name(err.code), err.text);
    assert_int_equal(seen, events);
    journal_free(journal);
}
