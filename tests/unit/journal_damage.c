/* The hash chain: whatever is done to the journal past its back is found, and where. */
#include "journal_help.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Ten events: ann 1 to 4 are events 1 to 4 of the chain, bob 1 to 3 are 5 to 7, ann's 5 to 7 are 8
 * to 10. Returns the head. */
static void fill(const struct place *place, struct text *head)
{
    struct writing ann, bob;
    struct journal *journal = NULL;
    assert_true(journal_open(place->path, JOURNAL_WRITE, &journal, NULL));
    writing_fill(journal, "ann", 4, &ann);
    writing_fill(journal, "bob", 3, &bob);
    for (int i = 0; i < 3; i++)
        writing_append(&ann,
                       (struct event){.kind = EVENT_RETRIED, .at = 1768480600, .actor = "ann"});
    if (head != NULL)
        assert_true(journal_head(journal, head, NULL));
    journal_free(journal);
    assert_sound(place, 10);
}

static void every_column_is_held_by_the_chain(void **state)
{
    const struct place *place = *state;
    static const char *const columns[][2] = {
        {"rotation", "(SELECT rotation FROM event WHERE number = 5)"},
        {"seq", "99"},
        {"at", "at + 1"},
        {"kind", "'resumed'"},
        {"step", "'delete'"},
        {"actor", "'bob'"},
        {"detail", "replace(detail, 'ann 3', 'ann 9')"},
        {"hash", "zeroblob(32)"},
        {"number", "77"},
    };
    fill(place, NULL);
    char copy[200], sql[400];
    snprintf(copy, sizeof copy, "%s/kept.db", place->directory);
    struct journal *journal = open_journal(place);
    assert_true(journal_backup(journal, copy, NULL));
    journal_free(journal);
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        snprintf(sql, sizeof sql, "UPDATE event SET %s = %s WHERE number = 4", columns[i][0],
                 columns[i][1]);
        meddle(place, sql);
        assert_damaged(place, NULL, "event 4 ");
        unlink(place->path);
        assert_int_equal(rename(copy, place->path), 0);
        assert_sound(place, 10);
        journal = open_journal(place);
        assert_true(journal_backup(journal, copy, NULL));
        journal_free(journal);
    }
}

static void removed_event_is_found(void **state)
{
    fill(*state, NULL);
    meddle(*state, "DELETE FROM event WHERE number = 6");
    assert_damaged(*state, NULL, "event 6 is missing");
}

static void first_event_removed_is_found(void **state)
{
    fill(*state, NULL);
    meddle(*state, "PRAGMA foreign_keys = OFF; DELETE FROM event WHERE number = 1");
    assert_damaged(*state, NULL, "event 1 is missing");
}

/* Numbers closed up after the removal, so that only the hashes tell. */
static void removed_and_renumbered_event_is_found(void **state)
{
    fill(*state, NULL);
    meddle(*state, "DELETE FROM event WHERE number = 6;"
                   "UPDATE event SET number = number - 1 WHERE number > 6;"
                   "UPDATE sqlite_sequence SET seq = 9 WHERE name = 'event'");
    assert_damaged(*state, NULL, "event 6 ");
}

static void reordered_events_are_found(void **state)
{
    fill(*state, NULL);
    meddle(*state, "UPDATE event SET number = -1 WHERE number = 6;"
                   "UPDATE event SET number = 6 WHERE number = 7;"
                   "UPDATE event SET number = 7 WHERE number = -1");
    assert_damaged(*state, NULL, "event 6 ");
}

static void inserted_event_is_found(void **state)
{
    fill(*state, NULL);
    meddle(*state, "UPDATE event SET number = number + 100 WHERE number > 6;"
                   "UPDATE event SET number = number - 99 WHERE number > 6;"
                   "INSERT INTO event SELECT 7, rotation, 50, at, kind, step, actor, detail, hash"
                   " FROM event WHERE number = 6");
    assert_damaged(*state, NULL, "event 7 ");
}

static void appended_event_without_its_hash_is_found(void **state)
{
    fill(*state, NULL);
    meddle(*state, "INSERT INTO event SELECT 11, rotation, 8, at, kind, step, actor, detail, hash"
                   " FROM event WHERE number = 10");
    assert_damaged(*state, NULL, "event 11 ");
}

static void cut_tail_is_found(void **state)
{
    struct text head;
    text_init(&head, 200);
    fill(*state, &head);
    /* By what SQLite remembers. */
    meddle(*state, "DELETE FROM event WHERE number > 8");
    assert_damaged(*state, NULL, "event 9 is missing");
    /* That removed too: by the list of rotations. */
    meddle(*state, "UPDATE sqlite_sequence SET seq = 8 WHERE name = 'event'");
    assert_damaged(*state, NULL, "the list of rotations");
    /* That mended too: only by a head that was saved elsewhere. */
    meddle(*state, "UPDATE rotation SET last_seq = 5 WHERE user = 'ann'");
    assert_sound(*state, 8);
    assert_damaged(*state, head.bytes, "cut off");
    text_release(&head);
}

static void saved_head_of_another_chain_is_found(void **state)
{
    struct text head;
    text_init(&head, 200);
    fill(*state, &head);
    struct journal *journal = open_journal(*state);
    int64_t events = 0;
    assert_true(journal_verify(journal, head.bytes, &events, NULL));
    assert_int_equal(events, 10);
    journal_free(journal);
    char *digit = &head.bytes[head.length - 1];
    *digit = *digit == '0' ? '1' : '0';
    assert_damaged(*state, head.bytes, "event 10 is another one");
    static const char *const bad[] = {"", "10", "10:", "10:zz", ":00", "-1:00", "x"};
    journal = open_journal(*state);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct error err = {0};
        assert_false(journal_verify(journal, bad[i], &events, &err));
        assert_int_equal(err.code, ERROR_USAGE);
    }
    text_append_char(&head, '0');
    assert_false(journal_verify(journal, head.bytes, &events, NULL));
    journal_free(journal);
    text_release(&head);
}

/* The file is there before the first event only when somebody made it. */
static void make_file(const struct place *place)
{
    int fd = open(place->path, O_RDWR | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static void empty_journal_is_sound(void **state)
{
    make_file(*state);
    struct journal *journal = open_journal(*state);
    struct text head;
    text_init(&head, 200);
    assert_true(journal_head(journal, &head, NULL));
    assert_int_equal(head.length, 66);
    assert_int_equal(strncmp(head.bytes, "0:0000", 6), 0);
    assert_true(journal_verify(journal, head.bytes, &(int64_t){0}, NULL));
    journal_free(journal);
    text_release(&head);
    assert_sound(*state, 0);
}

/* A hash that is right says nothing about an event that cannot be: the fold does. */
static void list_that_lies_is_found(void **state)
{
    static const char *const lies[][2] = {
        {"UPDATE rotation SET state = 'done' WHERE user = 'bob'",
         "UPDATE rotation SET state = 'opened' WHERE user = 'bob'"},
        {"UPDATE rotation SET new_key = 'AKIAX' WHERE user = 'bob'",
         "UPDATE rotation SET new_key = '' WHERE user = 'bob'"},
        {"UPDATE rotation SET old_key = 'AKIAX' WHERE user = 'bob'",
         "UPDATE rotation SET old_key = 'AKIAOLD' WHERE user = 'bob'"},
        {"UPDATE rotation SET closed_at = 5 WHERE user = 'bob'",
         "UPDATE rotation SET closed_at = NULL WHERE user = 'bob'"},
        {"UPDATE rotation SET last_seq = 9 WHERE user = 'bob'",
         "UPDATE rotation SET last_seq = 3 WHERE user = 'bob'"},
        {"UPDATE rotation SET user = 'bo' WHERE user = 'bob'",
         "UPDATE rotation SET user = 'bob' WHERE user = 'bo'"},
        {"INSERT INTO rotation SELECT 9, 'X', account, partition, 'zed', old_key, new_key, state,"
         " waiting_for, failed, opened_at, updated_at, 5, reason, ticket, 0 FROM rotation LIMIT 1",
         "DELETE FROM rotation WHERE id = 'X'"},
    };
    fill(*state, NULL);
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        meddle(*state, lies[i][0]);
        assert_damaged(*state, NULL, "rotation");
        meddle(*state, lies[i][1]);
        assert_sound(*state, 10);
    }
}

/* With its triggers on, the file itself refuses. */
static void triggers_refuse_change_and_removal(void **state)
{
    fill(*state, NULL);
    assert_refused_by_file(*state, "UPDATE event SET actor = 'x' WHERE number = 3");
    assert_refused_by_file(*state, "DELETE FROM event WHERE number = 10");
    assert_refused_by_file(*state, "DELETE FROM rotation");
    assert_refused_by_file(*state,
                           "INSERT INTO event SELECT 11, rotation, 7, at, kind, step, actor,"
                           " detail, hash FROM event WHERE number = 10");
    assert_sound(*state, 10);
}

/* Pages overwritten: said, and never a crash, whichever page it is. */
/* A trigger could undo what we write, and a view in a table's place need never end. */
static void what_is_not_ours_is_refused(void **state)
{
    static const char *const statements[] = {
        "CREATE TRIGGER t AFTER INSERT ON event BEGIN DELETE FROM rotation; END",
        "CREATE TABLE other (a)",
        "CREATE VIEW v AS SELECT 1",
        "DROP INDEX rotation_open; DROP INDEX rotation_open_number; DROP INDEX rotation_user;"
        "PRAGMA foreign_keys = OFF; ALTER TABLE rotation RENAME TO old;"
        "CREATE VIEW rotation AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)"
        " SELECT n AS number FROM c",
    };
    struct place *place = *state;
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++) {
        struct journal *journal = NULL;
        struct error err = {0};
        unlink(place->path);
        make_file(place);
        journal = open_journal(place);
        journal_free(journal);
        meddle(place, statements[i]);
        assert_false(journal_open(place->path, JOURNAL_READ, &journal, &err));
        assert_int_equal(err.code, ERROR_JOURNAL_DAMAGED);
        assert_non_null(strstr(err.text, "not keywright's"));
        assert_false(journal_open(place->path, JOURNAL_WRITE, &journal, &err));
        assert_int_equal(err.code, ERROR_JOURNAL_DAMAGED);
    }
}

static void torn_pages_are_said(void **state)
{
    const struct place *place = *state;
    fill(place, NULL);
    struct journal *journal = open_journal(place);
    struct writing writing;
    writing_fill(journal, "cid", 100, &writing);
    journal_free(journal);
    int fd = open(place->path, O_RDWR);
    assert_true(fd >= 0);
    off_t length = lseek(fd, 0, SEEK_END);
    assert_true(length > 8192);
    unsigned char page[4096], noise[4096];
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (unsigned char)(i * 31 + 7);
    for (off_t at = 0; at < length; at += 4096) {
        assert_int_equal(pread(fd, page, sizeof page, at), sizeof page);
        assert_int_equal(pwrite(fd, noise, sizeof noise, at), sizeof noise);
        struct error err = {0};
        journal = NULL;
        int64_t events;
        bool sound = journal_open(place->path, JOURNAL_READ, &journal, &err) &&
                     journal_verify(journal, NULL, &events, &err);
        assert_false(sound);
        assert_int_equal(err.code, ERROR_JOURNAL_DAMAGED);
        journal_free(journal);
        assert_int_equal(pwrite(fd, page, sizeof page, at), sizeof page);
    }
    close(fd);
    assert_sound(place, 110);
}

static void damaged_rotation_is_not_loaded(void **state)
{
    const struct place *place = *state;
    struct writing writing;
    struct journal *journal = open_journal(place);
    writing_fill(journal, "ann", 3, &writing);
    journal_free(journal);
    static const char *const damage[] = {
        "UPDATE event SET kind = 'exploded' WHERE number = 2",
        "UPDATE event SET kind = 'opened', detail = '{\"plan\":{}}' WHERE number = 2",
        "UPDATE event SET kind = 'retried', detail = '{\"text\":5}' WHERE number = 2",
        "UPDATE event SET detail = x'00ff' WHERE number = 2",
    };
    for (size_t i = 0; i < sizeof damage / sizeof damage[0]; i++) {
        meddle(place, damage[i]);
        journal = open_journal(place);
        struct error err = {0};
        static struct rotation rotation;
        rotation.last_seq = -5;
        assert_false(journal_load(journal, writing.id, &rotation, &err));
        assert_int_equal(err.code, ERROR_JOURNAL_DAMAGED);
        assert_int_equal(rotation.last_seq, -5);
        assert_non_null(strstr(err.text, writing.id));
        journal_free(journal);
    }
}

/* An edit that can be folded (here: of a soak) opens no gate. */
static void what_was_changed_is_not_acted_on_but_shown(void **state)
{
    static const struct {
        const char *change, *says;
    } cases[] = {
        {"UPDATE event SET detail = replace(detail, '\"soak\":', '\"soak\":9') WHERE number = 1",
         "event 1 "},
        {"UPDATE event SET at = at + 60 WHERE number = 3", "event 3 "},
        {"UPDATE event SET actor = 'bob' WHERE number = 4", "event 4 "},
        {"DELETE FROM event WHERE number = 4; UPDATE rotation SET last_seq = 3",
         "event 4 is missing"},
        {"UPDATE rotation SET last_seq = 9", "does not say what"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct place *place = *state;
        static struct rotation rotation;
        struct writing writing;
        struct error err = {0};
        unlink(place->path);
        struct journal *journal = open_journal(place);
        writing_fill(journal, "ann", 4, &writing);
        assert_true(journal_load(journal, writing.id, &rotation, NULL));
        journal_free(journal);
        meddle(place, cases[i].change);
        journal = open_journal(place);
        assert_false(journal_load(journal, writing.id, &rotation, &err));
        assert_int_equal(err.code, ERROR_JOURNAL_DAMAGED);
        assert_non_null(strstr(err.text, cases[i].says));
        assert_non_null(strstr(err.text, writing.id));
        assert_true(journal_fold(journal, writing.id, &rotation, NULL));
        journal_free(journal);
    }
}

static void no_rotation_begins_behind_a_cut_tail(void **state)
{
    const struct place *place = *state;
    struct writing writing, next;
    struct error err = {0};
    struct journal *journal = open_journal(place);
    writing_fill(journal, "ann", 4, &writing);
    assert_true(journal_check_end(journal, NULL));
    journal_free(journal);
    meddle(place, "DELETE FROM event WHERE number = 4");
    journal = open_journal(place);
    assert_false(journal_check_end(journal, &err));
    assert_int_equal(err.code, ERROR_JOURNAL_DAMAGED);
    assert_false(writing_try_begin(journal, "bob", &next, &err));
    assert_int_equal(err.code, ERROR_JOURNAL_DAMAGED);
    assert_non_null(strstr(err.text, "event 4 is missing"));
    journal_free(journal);
}

int main(void)
{
#define IN_A_PLACE(test) cmocka_unit_test_setup_teardown(test, place_make, place_remove)
    const struct CMUnitTest tests[] = {
        IN_A_PLACE(every_column_is_held_by_the_chain),
        IN_A_PLACE(removed_event_is_found),
        IN_A_PLACE(first_event_removed_is_found),
        IN_A_PLACE(removed_and_renumbered_event_is_found),
        IN_A_PLACE(reordered_events_are_found),
        IN_A_PLACE(inserted_event_is_found),
        IN_A_PLACE(appended_event_without_its_hash_is_found),
        IN_A_PLACE(cut_tail_is_found),
        IN_A_PLACE(saved_head_of_another_chain_is_found),
        IN_A_PLACE(empty_journal_is_sound),
        IN_A_PLACE(list_that_lies_is_found),
        IN_A_PLACE(triggers_refuse_change_and_removal),
        IN_A_PLACE(what_is_not_ours_is_refused),
        IN_A_PLACE(torn_pages_are_said),
        IN_A_PLACE(damaged_rotation_is_not_loaded),
        IN_A_PLACE(what_was_changed_is_not_acted_on_but_shown),
        IN_A_PLACE(no_rotation_begins_behind_a_cut_tail),
    };
    return cmocka_run_group_tests_name("journal_damage", tests, NULL, NULL);
}
