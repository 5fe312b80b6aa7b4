/* What audits saw, kept beside the events; and a journal from before it was. */
#include "journal/reports.h"
#include "journal/schema.h"
#include "journal_help.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int64_t put(struct journal *journal, const char *account, int64_t at, int64_t generated,
                   const char *state)
{
    struct stored_report row = {.partition = "aws", .at = at, .generated = generated};
    struct error err = {0};
    text_copy(row.account, sizeof row.account, account);
    if (!journal_put_report(journal, &row, state, generated != 0 ? "user,arn\n" : NULL, &err))
        fail_msg("%s: %s", error_name(err.code), err.text);
    assert_true(row.number > 0);
    return row.number;
}

/* The state that is found; "" for none. */
static const char *find(struct journal *journal, struct report_query query, struct stored_report *ret_row)
{
    static char found[64];
    struct error err = {0};
    struct text state;
    text_init(&state, 1024);
    query.partition = "aws";
    if (journal_find_report(journal, &query, ret_row, &state, &err))
        text_copy(found, sizeof found, state.bytes);
    else
        found[0] = '\0';
    assert_true(found[0] != '\0' || err.code == ERROR_NOT_FOUND);
    text_release(&state);
    return found;
}

static int64_t number_of(const struct place *place, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return number;
}

static void reports_are_found_by_account_number_and_time(void **state)
{
    struct journal *journal = open_journal(*state); /* without a file yet */
    struct stored_report row = {.number = -1};
    assert_string_equal(find(journal, (struct report_query){.account = "1"}, &row), "");
    assert_int_equal(row.number, -1);
    int64_t one = put(journal, "1", 100, 90, "one");
    int64_t two = put(journal, "1", 200, 90, "two");
    put(journal, "2", 150, 0, "other");
    assert_string_equal(find(journal, (struct report_query){.account = "1"}, &row), "two");
    assert_int_equal(row.number, two);
    assert_int_equal(row.at, 200);
    assert_int_equal(row.generated, 90);
    assert_false(row.notified);
    assert_string_equal(row.account, "1");
    assert_string_equal(row.partition, "aws");
    assert_string_equal(find(journal, (struct report_query){.account = "1", .number = one}, &row), "one");
    assert_string_equal(find(journal, (struct report_query){.account = "2", .number = one}, &row), "");
    assert_string_equal(find(journal, (struct report_query){.account = "1", .until = 199}, &row), "one");
    assert_string_equal(find(journal, (struct report_query){.account = "1", .until = 200}, &row), "two");
    assert_string_equal(find(journal, (struct report_query){.account = "1", .until = 99}, &row), "");
    assert_string_equal(find(journal, (struct report_query){.account = "1", .oldest = true}, &row), "one");
    assert_string_equal(find(journal, (struct report_query){.account = "2"}, &row), "other");
    assert_int_equal(row.generated, 0);

    assert_string_equal(find(journal, (struct report_query){.account = "1", .notified = true}, &row), "");
    assert_true(journal_mark_notified(journal, one, NULL));
    assert_string_equal(find(journal, (struct report_query){.account = "1", .notified = true}, &row), "one");
    assert_true(row.notified);
    struct error err = {0};
    assert_true(journal_find_report(journal, &(struct report_query){.account = "1", .partition = "aws"},
                                    &row, NULL, &err));
    struct text small;
    text_init(&small, 2);
    assert_false(journal_find_report(journal, &(struct report_query){.account = "1", .partition = "aws"},
                                     &row, &small, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    text_release(&small);
    journal_free(journal);
    assert_int_equal(number_of(*state, "SELECT count(*) FROM credential_report"), 1);
    assert_sound(*state, 0);
}

static void only_the_last_ones_are_kept(void **state)
{
    struct journal *journal = open_journal(*state);
    struct stored_report row;
    int64_t told = put(journal, "1", 1, 1000, "told");
    assert_true(journal_mark_notified(journal, told, NULL));
    int64_t old = put(journal, "1", 2, 1001, "old");
    int64_t other = put(journal, "2", 3, 1001, "other");
    for (int i = 0; i < REPORTS_KEPT; i++)
        put(journal, "1", 10 + i, 2000 + i / 2, "new");
    assert_string_equal(find(journal, (struct report_query){.account = "1", .number = told}, &row), "told");
    assert_string_equal(find(journal, (struct report_query){.account = "1", .number = old}, &row), "");
    assert_string_equal(find(journal, (struct report_query){.account = "2", .number = other}, &row), "other");
    journal_free(journal);
    assert_int_equal(number_of(*state, "SELECT count(*) FROM account_state WHERE account = '1'"),
                     REPORTS_KEPT + 1);
    assert_int_equal(number_of(*state, "SELECT count(*) FROM credential_report WHERE account = '1'"),
                     REPORTS_KEPT / 2 + 1);
    assert_int_equal(number_of(*state, "SELECT count(*) FROM credential_report WHERE account = '2'"), 1);
    /* A number is never given again: it is an ID that people note. */
    journal = open_journal(*state);
    assert_int_equal(put(journal, "1", 99, 0, "next"), told + REPORTS_KEPT + 3);
    journal_free(journal);
}

static void what_is_read_is_not_written(void **state)
{
    const struct place *place = *state;
    struct journal *journal = open_journal(place);
    struct stored_report row = {.account = "1", .partition = "aws"};
    struct error err = {0};
    put(journal, "1", 1, 0, "one");
    journal_free(journal);
    assert_true(journal_open(place->path, JOURNAL_READ, &journal, NULL));
    assert_false(journal_put_report(journal, &row, "two", NULL, &err));
    assert_int_equal(err.code, ERROR_JOURNAL_READONLY);
    assert_int_equal(row.number, 0);
    err = (struct error){0};
    assert_false(journal_mark_notified(journal, 1, &err));
    assert_int_equal(err.code, ERROR_JOURNAL_READONLY);
    assert_string_equal(find(journal, (struct report_query){.account = "1"}, &row), "one");
    journal_free(journal);
}

static void a_damaged_journal_takes_no_report(void **state)
{
    const struct place *place = *state;
    struct writing writing;
    struct journal *journal = open_journal(place);
    struct stored_report row = {.account = "1", .partition = "aws"};
    struct error err = {0};
    writing_fill(journal, "ann", 3, &writing);
    journal_free(journal);
    meddle(place, "DELETE FROM event WHERE number = 3");
    assert_true(journal_open(place->path, JOURNAL_WRITE, &journal, NULL) ||
                journal_open(place->path, JOURNAL_READ, &journal, NULL));
    assert_false(journal_put_report(journal, &row, "x", NULL, &err));
    assert_true(err.code == ERROR_JOURNAL_DAMAGED || err.code == ERROR_JOURNAL_READONLY);
    journal_free(journal);
    assert_int_equal(number_of(place, "SELECT count(*) FROM account_state"), 0);
}

/* --- a journal of version 1 --------------------------------------------------------------------*/

/* As the first version wrote it: its tables, indices and triggers, nothing else. */
static void make_version_1(const struct place *place, int events)
{
    struct writing writing;
    struct journal *journal = open_journal(place);
    writing_fill(journal, "ann", events, &writing);
    journal_free(journal);
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "DROP TABLE account_state; DROP TABLE credential_report;"
                                  "DELETE FROM sqlite_sequence WHERE name = 'account_state';"
                                  "PRAGMA user_version = 1",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL", -1,
                                        &statement, NULL),
                     SQLITE_OK);
    int count = 0;
    while (sqlite3_step(statement) == SQLITE_ROW) {
        const char *sql = (const char *)sqlite3_column_text(statement, 0);
        count++;
        assert_true(strstr(schema_migrations[0], sql) != NULL || strstr(sql, "sqlite_sequence") != NULL);
    }
    assert_int_equal(count, 9);
    sqlite3_finalize(statement);
    sqlite3_close(db);
}

static void an_older_journal_is_read_as_it_is_and_migrated_to_be_written(void **state)
{
    const struct place *place = *state;
    struct journal *journal = NULL;
    struct error err = {0};
    struct text before, after;
    struct stored_report row;
    text_init(&before, 200);
    text_init(&after, 200);
    make_version_1(place, 4);

    assert_true(journal_open(place->path, JOURNAL_READ, &journal, &err));
    assert_true(journal_head(journal, &before, &err));
    assert_false(journal_find_report(journal, &(struct report_query){.account = "1", .partition = "aws"},
                                     &row, NULL, &err));
    journal_free(journal);
    assert_sound(place, 4);
    assert_int_equal(number_of(place, "PRAGMA user_version"), 1); /* a reader changes nothing */

    journal = open_journal(place);
    assert_true(journal_head(journal, &after, &err));
    assert_string_equal(before.bytes, after.bytes);
    put(journal, "1", 1, 0, "one");
    struct writing writing;
    writing_begin(journal, "bob", &writing);
    journal_free(journal);
    assert_int_equal(number_of(place, "PRAGMA user_version"), (int64_t)schema_version);
    assert_sound(place, 5);

    /* Its back-up is a whole journal too, with what audits saw. */
    char copy[160];
    snprintf(copy, sizeof copy, "%s/copy.db", place->directory);
    assert_true(journal_open(place->path, JOURNAL_READ, &journal, &err));
    assert_true(journal_backup(journal, copy, &err));
    journal_free(journal);
    assert_true(journal_open(copy, JOURNAL_READ, &journal, &err));
    int64_t events = 0;
    assert_true(journal_verify(journal, before.bytes, &events, &err));
    assert_int_equal(events, 5);
    assert_string_equal(find(journal, (struct report_query){.account = "1"}, &row), "one");
    journal_free(journal);
    text_release(&before);
    text_release(&after);
}

static void a_migration_that_cannot_be_done_changes_nothing(void **state)
{
    const struct place *place = *state;
    struct journal *journal = NULL;
    struct error err = {0};
    make_version_1(place, 2);
    meddle(place, "PRAGMA user_version = 1");
    struct holder *holder = hold_write_lock(place);
    assert_false(journal_open(place->path, JOURNAL_WRITE, &journal, &err));
    assert_int_equal(err.code, ERROR_JOURNAL_BUSY);
    release_write_lock(holder);
    assert_int_equal(number_of(place, "PRAGMA user_version"), 1);
    assert_int_equal(number_of(place, "SELECT count(*) FROM sqlite_master WHERE name = 'account_state'"), 0);
}

#define IN_A_PLACE(test) cmocka_unit_test_setup_teardown(test, place_make, place_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_PLACE(reports_are_found_by_account_number_and_time),
        IN_A_PLACE(only_the_last_ones_are_kept),
        IN_A_PLACE(what_is_read_is_not_written),
        IN_A_PLACE(a_damaged_journal_takes_no_report),
        IN_A_PLACE(an_older_journal_is_read_as_it_is_and_migrated_to_be_written),
        IN_A_PLACE(a_migration_that_cannot_be_done_changes_nothing),
    };
    return cmocka_run_group_tests_name("journal: reports", tests, NULL, NULL);
}
