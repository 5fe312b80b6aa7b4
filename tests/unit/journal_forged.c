/* Journals that somebody else made or changed, with hashes that are right where they can be; and
 * places that are no place for one. */
#include "journal_help.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/chain.h"
#include "journal/codec.h"
#include "journal/json_out.h"

/* --- a chain that is right and events that are not
 * ----------------------------------------------*/

static const char *column(sqlite3_stmt *statement, int at)
{
    const char *string = (const char *)sqlite3_column_text(statement, at);
    return string != NULL ? string : "";
}

/* Hash all events anew, as who knows how the chain is made can do. */
static void chain_anew(const struct place *place)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *read = NULL, *write = NULL;
    struct chain_hash hash = {0}, made;
    struct text scratch;
    text_init(&scratch, 1 << 24);
    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    sqlite3_prepare_v2(db,
                       "SELECT number, rotation, seq, at, kind, step, actor, detail FROM event"
                       " ORDER BY number",
                       -1, &read, NULL);
    sqlite3_prepare_v2(db, "UPDATE event SET hash = ?2 WHERE number = ?1", -1, &write, NULL);
    while (sqlite3_step(read) == SQLITE_ROW) {
        const struct chain_event row = {.number = sqlite3_column_int64(read, 0),
                                        .rotation = column(read, 1),
                                        .seq = sqlite3_column_int64(read, 2),
                                        .at = sqlite3_column_int64(read, 3),
                                        .kind = column(read, 4),
                                        .step = column(read, 5),
                                        .actor = column(read, 6),
                                        .detail = column(read, 7)};
        assert_true(chain_next(&hash, &row, &scratch, &made, NULL));
        hash = made;
        sqlite3_bind_int64(write, 1, row.number);
        sqlite3_bind_blob(write, 2, hash.bytes, CHAIN_HASH_SIZE, SQLITE_STATIC);
        assert_int_equal(sqlite3_step(write), SQLITE_DONE);
        sqlite3_reset(write);
    }
    sqlite3_finalize(read);
    sqlite3_finalize(write);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    text_release(&scratch);
}

static void fill(const struct place *place, struct writing *ret_ann)
{
    struct writing bob;
    struct journal *journal = open_journal(place);
    writing_fill(journal, "ann", 3, ret_ann);
    writing_fill(journal, "bob", 2, &bob);
    journal_free(journal);
    meddle(place, "SELECT 1"); /* takes the triggers off */
    chain_anew(place);
    assert_sound(place, 5); /* our hashes are the journal's */
}

static void event_that_cannot_be_is_found_in_a_right_chain(void **state)
{
    static const char *const forgeries[][2] = {
        {"UPDATE event SET kind = 'exploded' WHERE number = 2", "event 2 "},
        {"UPDATE event SET detail = '[]' WHERE number = 2", "event 2 "},
        {"UPDATE event SET seq = 9 WHERE number = 3", "does not follow"},
        {"UPDATE event SET kind = 'opened', detail = (SELECT detail FROM event WHERE number = 1)"
         " WHERE number = 3",
         "event 3 "},
        {"UPDATE rotation SET state = 'done' WHERE user = (SELECT min(user) FROM rotation)",
         "the list of rotations"},
        {"UPDATE rotation SET state = 'done' WHERE user = (SELECT max(user) FROM rotation)",
         "the list of rotations"},
    };
    struct place *place = *state;
    struct writing ann;
    for (size_t i = 0; i < sizeof forgeries / sizeof forgeries[0]; i++) {
        unlink(place->path);
        fill(place, &ann);
        meddle(place, forgeries[i][0]);
        chain_anew(place);
        assert_damaged(place, NULL, forgeries[i][1]);
    }
}

/* A detail that is longer than any of ours would be, hashed all the same. */
static void event_longer_than_any_is_found(void **state)
{
    struct writing ann;
    fill(*state, &ann);
    meddle(*state, "UPDATE event SET actor = printf('%.3000000c', 'x') WHERE number = 4");
    chain_anew(*state);
    assert_damaged(*state, NULL, "event 4 ");
    meddle(*state, "UPDATE event SET actor = 'ann' WHERE number = 4");
    chain_anew(*state);
    assert_sound(*state, 5);
    meddle(*state, "PRAGMA ignore_check_constraints = ON;"
                   "UPDATE event SET hash = x'00' WHERE number = 5");
    assert_damaged(*state, NULL, "event 5 ");
}

/* The chain cannot see what stands in the lists, nor in SQLite's own pages. */
static void page_that_lies_is_found(void **state)
{
    struct writing ann;
    fill(*state, &ann);
    meddle(*state, "PRAGMA writable_schema = ON; UPDATE sqlite_master SET"
                   " sql = replace(sql, 'reason      TEXT NOT NULL', 'reason TEXT')"
                   " WHERE name = 'rotation'");
    meddle(*state, "UPDATE rotation SET reason = NULL WHERE user = 'bob'");
    meddle(*state, "PRAGMA writable_schema = ON; UPDATE sqlite_master SET"
                   " sql = replace(sql, 'reason TEXT', 'reason      TEXT NOT NULL')"
                   " WHERE name = 'rotation'");
    assert_damaged(*state, NULL, "the file is damaged");
}

static void head_of_nothing_is_found(void **state)
{
    char head[200];
    const struct place *place = *state;
    struct journal *journal;
    FILE *empty = fopen(place->path, "w"); /* as a run leaves it that is killed at once */
    assert_non_null(empty);
    fclose(empty);
    snprintf(head, sizeof head, "0:%064d", 1);
    assert_damaged(*state, head, "event 0 is another one");
    struct error err = {0};
    assert_true(journal_open(place->path, JOURNAL_READ, &journal, &err));
    snprintf(head, sizeof head, "-1:%064d", 1);
    assert_false(journal_verify(journal, head, &(int64_t){0}, &err));
    assert_int_equal(err.code, ERROR_USAGE);
    snprintf(head, sizeof head, "1:%0120d", 1);
    assert_false(journal_verify(journal, head, &(int64_t){0}, NULL));
    journal_free(journal);
}

static bool hear(void *context, const char *id, const struct event *event, const char *detail,
                 const char *hash)
{
    (void)id;
    (void)detail;
    char *last = context;
    assert_int_equal(event->step, event->seq == 2 ? STEP_NONE : STEP_CREATE_NEW);
    strcpy(last, hash);
    return true;
}

static bool never_seen(void *context, int64_t number, const struct rotation_row *row)
{
    (void)context;
    fail_msg("rotation %lld, %s, was listed", (long long)number, row->id);
    return false;
}

/* Whoever only lists or appends does not verify, and is not led astray either. */
static void what_is_read_of_a_damaged_journal(void **state)
{
    const struct place *place = *state;
    struct writing ann, more;
    struct error err = {0};
    struct rotation_row row;
    char hash[80] = "x";
    fill(place, &ann);
    meddle(place, "UPDATE event SET step = 'walk' WHERE seq = 2;"
                  "PRAGMA ignore_check_constraints = ON;"
                  "UPDATE event SET hash = x'00' WHERE number = 5;"
                  "UPDATE rotation SET state = 'lost'");
    struct journal *journal = open_journal(place);
    assert_true(journal_events(journal, NULL, 0, hear, hash, NULL));
    assert_string_equal(hash, ""); /* no hash, no text of one */
    assert_false(journal_rotations(journal, &(struct rotation_filter){0}, never_seen, NULL, &err));
    assert_int_equal(err.code, ERROR_JOURNAL_DAMAGED);
    assert_false(journal_find(journal, ann.id, &row, &err));
    assert_int_equal(err.code, ERROR_JOURNAL_DAMAGED);
    assert_true(journal_claim(journal, ann.id, NULL));
    ann.journal = journal;
    err = (struct error){0};
    assert_false(writing_try_append(&ann, (struct event){.kind = EVENT_RETRIED}, &err));
    assert_int_equal(err.code, ERROR_JOURNAL_DAMAGED);
    assert_non_null(strstr(err.text, "no state that exists"));
    err = (struct error){0};
    assert_false(writing_try_begin(journal, "cid", &more, &err));
    assert_int_equal(err.code, ERROR_JOURNAL_DAMAGED);
    assert_non_null(strstr(err.text, "no hash"));
    journal_free(journal);
}

/* Numbers that SQLite gives as text, and nothing where something should stand. */
static void list_without_its_texts_is_read(void **state)
{
    struct writing ann;
    struct rotation_row row;
    fill(*state, &ann);
    meddle(*state, "PRAGMA writable_schema = ON; UPDATE sqlite_master SET"
                   " sql = replace(sql, 'reason      TEXT NOT NULL', 'reason TEXT')"
                   " WHERE name = 'rotation'");
    meddle(*state, "UPDATE rotation SET reason = NULL");
    meddle(*state, "PRAGMA writable_schema = ON; UPDATE sqlite_master SET"
                   " sql = replace(sql, 'reason TEXT', 'reason      TEXT NOT NULL')"
                   " WHERE name = 'rotation'");
    struct journal *journal = open_journal(*state);
    assert_true(journal_find(journal, ann.id, &row, NULL));
    assert_string_equal(row.reason, "");
    journal_free(journal);
}

/* --- what is asked wrongly
 * ----------------------------------------------------------------------*/

static void rotation_needs_a_plan_that_can_be(void **state)
{
    struct journal *journal = open_journal(*state);
    static struct plan plan = {.account = "1", .user = "ann", .target_count = TARGETS_MAX + 1};
    struct event events[] = {{.kind = EVENT_RETRIED, .plan = &plan},
                             {.kind = EVENT_OPENED},
                             {.kind = EVENT_OPENED, .plan = &plan}};
    char id[ID_SIZE];
    struct error err = {0};
    for (size_t i = 0; i < 3; i++)
        assert_false(journal_begin(journal, &events[i], id, &err));
    plan.target_count = 0;
    strcpy(plan.user, "\xe9");
    assert_false(journal_begin(journal, &events[2], id, &err));
    assert_int_equal(err.code, ERROR_SYNTAX);
    strcpy(plan.user, "ann");
    assert_true(journal_begin(journal, &events[2], id, &err));
    assert_true(events[2].at > 1700000000); /* now */
    journal_free(journal);
    assert_sound(*state, 1);
}

static void endless_search_is_a_limit(void **state)
{
    struct journal *journal = open_journal(*state);
    struct error err = {0};
    char *words = malloc(5001);
    memset(words, 'w', 5000);
    words[5000] = '\0';
    assert_false(journal_rotations(journal, &(struct rotation_filter){.text = words}, never_seen,
                                   NULL, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    free(words);
    journal_free(journal);
}

static void lock_that_cannot_be_opened_is_said(void **state)
{
    const struct place *place = *state;
    struct writing ann;
    struct error err = {0};
    char lock[160];
    fill(place, &ann);
    snprintf(lock, sizeof lock, "%s-lock", place->path);
    unlink(lock);
    assert_int_equal(mkdir(lock, 0755), 0);
    struct journal *journal = open_journal(place);
    struct stat status;
    assert_int_equal(stat(lock, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0755); /* no file of ours: left as it is */
    assert_false(journal_claim(journal, ann.id, &err));
    assert_true(err.code != ERROR_BUSY && err.code != ERROR_NONE);
    assert_false(journal_claim(journal, ann.id, NULL));
    journal_free(journal);
    assert_sound(place, 5);
}

/* --- places ------------------------------------------------------------------------------------*/

static void assert_refused(const char *path, enum journal_mode mode, enum error_code code)
{
    struct journal *journal = NULL;
    struct error err = {0};
    assert_false(journal_open(path, mode, &journal, &err));
    if (err.code != code)
        fail_msg("%s: %s: %s, not %s", path, error_name(err.code), err.text, error_name(code));
    assert_null(journal);
    assert_false(journal_open(path, mode, &journal, NULL));
}

static void what_names_no_file_is_refused(void **state)
{
    (void)state;
    static char name[9000];
    memset(name, 'n', sizeof name - 1);
    name[0] = '/';
    name[5000] = '/';
    assert_refused(name, JOURNAL_WRITE, ERROR_LIMIT);
    assert_refused("/", JOURNAL_WRITE, ERROR_JOURNAL_READONLY);
    assert_refused("/dev/null", JOURNAL_WRITE, ERROR_JOURNAL_DAMAGED);
    assert_refused("/dev/null", JOURNAL_READ, ERROR_JOURNAL_DAMAGED);
    assert_refused("/proc/self/none/x", JOURNAL_WRITE, ERROR_JOURNAL_READONLY);
    assert_refused("", JOURNAL_READ, ERROR_IO);
}

static void relative_name_is_a_journal(void **state)
{
    const struct place *place = *state;
    char before[4096];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(place->directory), 0);
    struct journal *journal = NULL;
    bool good = journal_open("journal.db", JOURNAL_WRITE, &journal, NULL);
    assert_int_equal(chdir(before), 0);
    assert_true(good);
    assert_string_equal(journal_path(journal), place->path);
    journal_free(journal);
}

static void database_that_is_almost_a_journal_is_refused(void **state)
{
    const struct place *place = *state;
    static const char *const almost[] = {
        "PRAGMA user_version = 1",
        "PRAGMA application_id = 1264941399",
        "PRAGMA application_id = 1264941399; PRAGMA user_version = 1",
        "PRAGMA application_id = 1264941399; CREATE TABLE a (b)",
        "PRAGMA application_id = 7; PRAGMA user_version = 1; CREATE TABLE a (b)",
    };
    for (size_t i = 0; i < sizeof almost / sizeof almost[0]; i++) {
        meddle(place, almost[i]);
        assert_refused(place->path, JOURNAL_WRITE, ERROR_JOURNAL_DAMAGED);
        assert_refused(place->path, JOURNAL_READ, ERROR_JOURNAL_DAMAGED);
        unlink(place->path);
    }
}

/* A directory that takes no -shm, in which the log of a crash lies; and a name that a URI would
 * understand otherwise. */
static void read_only_place(const struct place *place, bool with_log)
{
    char path[200], log[220];
    struct journal *journal = NULL;
    struct writing writing;
    struct error err = {0};
    snprintf(path, sizeof path, "%s/a%%?#b", place->directory);
    assert_true(journal_open(path, JOURNAL_WRITE, &journal, NULL));
    writing_fill(journal, "ann", 2, &writing);
    journal_free(journal);
    snprintf(log, sizeof log, "%s-wal", path);
    int fd = open(log, O_WRONLY | O_CREAT, 0444);
    assert_true(fd >= 0);
    if (with_log)
        assert_int_equal(write(fd, "log", 3), 3);
    close(fd);
    chmod(path, 0444);
    chmod(log, 0444);
    chmod(place->directory, 0555);
    if (geteuid() == 0)
        assert_int_equal(seteuid(65534), 0);
    bool opened = journal_open(path, JOURNAL_READ, &journal, &err);
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
    chmod(place->directory, 0700);
    if (opened == with_log)
        fail_msg("%s: %s", error_name(err.code), err.text);
    if (with_log) {
        assert_int_equal(err.code, ERROR_JOURNAL_READONLY);
        assert_non_null(strstr(err.text, "-wal"));
    } else {
        assert_true(journal_verify(journal, NULL, &(int64_t){0}, NULL));
        journal_free(journal);
    }
}

static void journal_without_a_log_is_read_in_a_read_only_place(void **state)
{
    read_only_place(*state, false);
}

static void log_in_a_read_only_place_is_not_passed_over(void **state)
{
    read_only_place(*state, true);
}

static void empty_variables_name_no_place(void **state)
{
    (void)state;
    struct text path;
    text_init(&path, 100);
    setenv("KEYWRIGHT_JOURNAL", "", 1);
    unsetenv("XDG_STATE_HOME");
    setenv("HOME", "here", 1); /* then the user database's counts */
    if (journal_default_path(NULL, &path, NULL))
        assert_int_equal(path.bytes[0], '/');
    setenv("HOME", "/home/ann", 1);
    assert_true(journal_default_path(NULL, &path, NULL));
    assert_string_equal(path.bytes, "/home/ann/.local/state/keywright/journal.db");
    text_release(&path);
}

/* --- JSON --------------------------------------------------------------------------------------*/

/* The rows of Unicode's table 3-7, each at both ends, and just outside of them. */
static void characters_are_those_of_unicode(void **state)
{
    (void)state;
    static const char *const good[] = {"\xc2\x80",         "\xdf\xbf",         "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",     "\xee\x80\x80",     "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf", "\xf3\xbf\xbf\xbf", ""};
    static const char *const bad[] = {"\x80",
                                      "\xc1\xbf",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xe1\x80",
                                      "\xff"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(json_out_is_exact(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(json_out_is_exact(bad[i]));
    struct text text;
    text_init(&text, 100);
    json_out_string(&text, NULL, "a");
    json_out_string(&text, "b", "c");
    assert_string_equal(text.bytes, "\"a\",\"b\":\"c\"");
    text_release(&text);
}

int main(void)
{
#define IN_A_PLACE(test) cmocka_unit_test_setup_teardown(test, place_make, place_remove)
    const struct CMUnitTest tests[] = {
        IN_A_PLACE(event_that_cannot_be_is_found_in_a_right_chain),
        IN_A_PLACE(event_longer_than_any_is_found),
        IN_A_PLACE(page_that_lies_is_found),
        IN_A_PLACE(head_of_nothing_is_found),
        IN_A_PLACE(what_is_read_of_a_damaged_journal),
        IN_A_PLACE(list_without_its_texts_is_read),
        IN_A_PLACE(rotation_needs_a_plan_that_can_be),
        IN_A_PLACE(endless_search_is_a_limit),
        IN_A_PLACE(lock_that_cannot_be_opened_is_said),
        cmocka_unit_test(what_names_no_file_is_refused),
        IN_A_PLACE(relative_name_is_a_journal),
        IN_A_PLACE(database_that_is_almost_a_journal_is_refused),
        IN_A_PLACE(journal_without_a_log_is_read_in_a_read_only_place),
        IN_A_PLACE(log_in_a_read_only_place_is_not_passed_over),
        cmocka_unit_test(empty_variables_name_no_place),
        cmocka_unit_test(characters_are_those_of_unicode),
    };
    return cmocka_run_group_tests_name("journal_forged", tests, NULL, NULL);
}
