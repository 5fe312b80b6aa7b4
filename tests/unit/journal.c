/* The journal: append, list, claim, reopen, crash, and every way in which it can be refused. */
#include "base/file.h"
#include "journal_help.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static mode_t mode_of(const char *path)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    return status.st_mode & 07777;
}

static void default_path_is_by_name_then_environment(void **state)
{
    (void)state;
    struct text path;
    struct error err = {0};
    text_init(&path, 4096);
    setenv("HOME", "/home/ann", 1);
    setenv("XDG_STATE_HOME", "/state", 1);
    setenv("KEYWRIGHT_JOURNAL", "/j.db", 1);
    assert_true(journal_default_path("named.db", &path, NULL));
    assert_string_equal(path.bytes, "named.db");
    assert_true(journal_default_path(NULL, &path, NULL));
    assert_string_equal(path.bytes, "/j.db");
    unsetenv("KEYWRIGHT_JOURNAL");
    assert_true(journal_default_path(NULL, &path, NULL));
    assert_string_equal(path.bytes, "/state/keywright/journal.db");
    setenv("XDG_STATE_HOME", "relative", 1);
    assert_true(journal_default_path(NULL, &path, NULL));
    assert_string_equal(path.bytes, "/home/ann/.local/state/keywright/journal.db");
    /* As for the AWS files, the user database has the last word. */
    unsetenv("HOME");
    const struct passwd *user = getpwuid(geteuid());
    assert_int_equal(journal_default_path(NULL, &path, &err), user != NULL);
    if (user != NULL)
        assert_memory_equal(path.bytes, user->pw_dir, strlen(user->pw_dir));
    else
        assert_int_equal(err.code, ERROR_USAGE);
    assert_false(journal_default_path("", &path, NULL));
    text_release(&path);
}

static void files_are_private_whatever_the_umask(void **state)
{
    const struct place *place = *state;
    char directory[80], name[100], path[120];
    snprintf(directory, sizeof directory, "%s/a", place->directory);
    snprintf(name, sizeof name, "%s/journal.db", directory);
    mode_t before = umask(0);
    struct journal *journal = NULL;
    assert_true(journal_open(name, JOURNAL_WRITE, &journal, NULL));
    struct writing writing;
    writing_begin(journal, "ann", &writing);
    umask(before);
    assert_string_equal(journal_path(journal), name);
    assert_int_equal(mode_of(directory), 0700);
    static const char *const suffixes[] = {"", "-wal", "-shm", "-lock"};
    for (int i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s%s", name, suffixes[i]);
        assert_int_equal(mode_of(path), 0600);
        chmod(path, 0644);
    }
    /* A second process finds them looser than they should be. */
    struct journal *second = NULL;
    assert_true(journal_open(name, JOURNAL_READ, &second, NULL));
    for (int i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s%s", name, suffixes[i]);
        assert_int_equal(mode_of(path), 0600);
    }
    journal_free(second);
    journal_free(journal);
    journal_free(NULL);
    for (int i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s%s", name, suffixes[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(directory), 0);
}

struct seen {
    int count;
    int64_t last_number;
    struct rotation_row rows[8];
    int stop_after;
};

static bool see(void *context, int64_t number, const struct rotation_row *row)
{
    struct seen *seen = context;
    if (seen->count > 0)
        assert_true(number < seen->last_number);
    seen->last_number = number;
    if (seen->count < 8)
        seen->rows[seen->count] = *row;
    return ++seen->count != seen->stop_after;
}

static struct seen list(struct journal *journal, struct rotation_filter filter)
{
    struct seen seen = {0};
    struct error err = {0};
    if (!journal_rotations(journal, &filter, see, &seen, &err))
        fail_msg("%s: %s", error_name(err.code), err.text);
    return seen;
}

static struct event created(void)
{
    return (struct event){
        .kind = EVENT_CREATED, .at = 1768480500, .key = "AKIANEW", .actor = "keywright"};
}

static void rotation_is_begun_appended_to_and_closed(void **state)
{
    struct journal *journal = open_journal(*state);
    struct writing writing;
    writing_begin(journal, "ann", &writing);
    assert_int_equal(strlen(writing.id), 13);
    assert_int_equal(strncmp(writing.id, "20260115-", 9), 0);
    assert_int_equal(strspn(writing.id + 9, "23456789abcdefghijkmnpqrstuvwxyz"), 4);

    struct rotation_row row;
    assert_true(journal_find(journal, writing.id, &row, NULL));
    assert_string_equal(row.account, "123456789012");
    assert_string_equal(row.partition, "aws");
    assert_string_equal(row.user, "ann");
    assert_string_equal(row.old_key, "AKIAOLD");
    assert_string_equal(row.new_key, "");
    assert_string_equal(row.reason, "yearly");
    assert_string_equal(row.ticket, "OPS-7");
    assert_int_equal(row.state, ROTATION_OPENED);
    assert_int_equal(row.opened_at, 1768480496);
    assert_int_equal(row.closed_at, 0);

    writing_append(&writing, (struct event){.kind = EVENT_CREATE_INTENDED, .at = 1768480499});
    writing_append(&writing, created());
    writing_append(&writing, (struct event){.kind = EVENT_DELIVER_FAILED,
                                            .at = 1768480501,
                                            .error = "IO",
                                            .text = "disk"});
    assert_true(journal_set_waiting(journal, writing.id, "quiet period until tomorrow", NULL));
    assert_true(journal_find(journal, writing.id, &row, NULL));
    assert_string_equal(row.new_key, "AKIANEW");
    assert_int_equal(row.state, writing.state.state);
    assert_true(row.failed);
    assert_int_equal(row.updated_at, 1768480501);
    assert_string_equal(row.waiting_for, "quiet period until tomorrow");

    writing_append(&writing,
                   (struct event){.kind = EVENT_ABANDONED, .at = 1768480600, .text = "x"});
    assert_true(journal_find(journal, writing.id, &row, NULL));
    assert_int_equal(row.state, ROTATION_ABANDONED);
    assert_int_equal(row.closed_at, 1768480600);
    assert_string_equal(row.waiting_for, "");
    assert_false(row.failed);

    struct event late = {.kind = EVENT_RETRIED};
    struct error err = {0};
    struct rotation after = writing.state;
    after.last_seq++;
    assert_false(journal_append(journal, writing.id, &late, &after, &err));
    assert_int_equal(err.code, ERROR_CHANGED);
    journal_free(journal);
    assert_sound(*state, 5);
}

struct heard {
    int count;
    int64_t seqs[64];
    struct event last;
    char detail[512];
    char hash[128];
    char id[ID_SIZE];
};

static bool hear(void *context, const char *id, const struct event *event, const char *detail,
                 const char *hash)
{
    struct heard *heard = context;
    if (heard->count < 64)
        heard->seqs[heard->count] = event->seq;
    heard->count++;
    heard->last = *event;
    text_copy(heard->detail, sizeof heard->detail, detail);
    text_copy(heard->hash, sizeof heard->hash, hash);
    text_copy(heard->id, sizeof heard->id, id);
    return true;
}

static bool hear_one(void *context, const char *id, const struct event *event, const char *detail,
                     const char *hash)
{
    hear(context, id, event, detail, hash);
    return false;
}

static void events_come_back_in_order(void **state)
{
    struct journal *journal = open_journal(*state);
    struct writing ann, bob;
    writing_fill(journal, "ann", 4, &ann);
    writing_fill(journal, "bob", 3, &bob);
    writing_append(&ann, created());

    struct heard heard = {0};
    assert_true(journal_events(journal, ann.id, 0, hear, &heard, NULL));
    assert_int_equal(heard.count, 5);
    for (int i = 0; i < 5; i++)
        assert_int_equal(heard.seqs[i], i + 1);
    assert_string_equal(heard.id, ann.id);
    assert_int_equal(heard.last.kind, EVENT_CREATED);
    assert_string_equal(heard.last.key, "AKIANEW");
    assert_string_equal(heard.last.actor, "keywright");
    assert_int_equal(heard.last.step, STEP_CREATE_NEW);
    assert_int_equal(heard.last.at, 1768480500);
    assert_string_equal(heard.detail, "{\"date\":null,\"key\":\"AKIANEW\",\"created_at\":null,"
                                      "\"signer\":null}");
    assert_int_equal(strspn(heard.hash, "0123456789abcdef"), 64);

    heard = (struct heard){0};
    assert_true(journal_events(journal, ann.id, 3, hear, &heard, NULL));
    assert_int_equal(heard.count, 2);
    assert_int_equal(heard.seqs[0], 4);
    heard = (struct heard){0};
    assert_true(journal_events(journal, NULL, 0, hear, &heard, NULL));
    assert_int_equal(heard.count, 8);
    heard = (struct heard){0};
    assert_true(journal_events(journal, NULL, 6, hear, &heard, NULL));
    assert_int_equal(heard.count, 2);
    heard = (struct heard){0};
    assert_true(journal_events(journal, NULL, 0, hear_one, &heard, NULL));
    assert_int_equal(heard.count, 1);
    assert_string_equal(heard.last.actor, "ann");
    journal_free(journal);
}

static void reopened_journal_folds_to_the_same_state(void **state)
{
    struct journal *journal = open_journal(*state);
    struct writing writing;
    writing_fill(journal, "ann", 3, &writing);
    writing_append(&writing, created());
    journal_free(journal);

    journal = open_journal(*state);
    struct rotation loaded;
    assert_true(journal_load(journal, writing.id, &loaded, NULL));
    assert_int_equal(loaded.last_seq, 4);
    assert_int_equal(loaded.state, writing.state.state);
    assert_string_equal(loaded.plan.targets[0].spec, "file:/home/ann/.aws/credentials");
    assert_string_equal(loaded.new_key.id, "AKIANEW");

    /* Not claimed by this opening. */
    struct error err = {0};
    writing.journal = journal;
    assert_false(writing_try_append(&writing, created(), &err));
    assert_true(journal_claim(journal, writing.id, NULL));
    assert_true(journal_claim(journal, writing.id, NULL));
    writing_append(&writing, (struct event){.kind = EVENT_RESUMED});
    assert_true(writing.state.last_seq == 5);

    assert_false(journal_load(journal, "20260115-0000", &loaded, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_false(journal_claim(journal, "20260115-0000", &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    journal_free(journal);
    assert_sound(*state, 5);
}

static void stale_state_is_not_appended(void **state)
{
    struct journal *journal = open_journal(*state);
    struct writing writing;
    writing_fill(journal, "ann", 3, &writing);
    struct rotation stale = writing.state;
    writing_append(&writing, (struct event){.kind = EVENT_RETRIED});
    struct event event = {.kind = EVENT_RETRIED, .seq = 77};
    struct error err = {0};
    stale.last_seq++;
    assert_false(journal_append(journal, writing.id, &event, &stale, &err));
    assert_int_equal(err.code, ERROR_CHANGED);
    assert_int_equal(event.seq, 77);
    journal_free(journal);
    assert_sound(*state, 4);
}

/* The file is made by the first rotation, whoever begins it; until then there is nothing to be seen. */
static void nothing_is_made_before_the_first_event(void **state)
{
    const struct place *place = *state;
    struct journal *journal = open_journal(place), *other = open_journal(place), *none = NULL;
    struct writing first, second;
    struct rotation_row row;
    struct error err = {0};
    assert_false(journal_find(journal, "2", &row, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_int_not_equal(access(place->path, F_OK), 0);
    assert_false(journal_open(place->path, JOURNAL_READ, &none, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    writing_begin(other, "ann", &first);
    assert_int_equal(access(place->path, F_OK), 0);
    assert_true(journal_find(journal, first.id, &row, &err));
    writing_begin(journal, "bob", &second);
    journal_free(other);
    journal_free(journal);
    assert_sound(*state, 2);
}

static void one_open_rotation_a_user(void **state)
{
    struct journal *journal = open_journal(*state);
    struct writing first, second;
    struct error err = {0};
    writing_begin(journal, "ann", &first);
    assert_false(writing_try_begin(journal, "ann", &second, &err));
    assert_int_equal(err.code, ERROR_ROTATION_OPEN);
    assert_non_null(strstr(err.text, first.id));
    assert_false(writing_try_begin(journal, "ANN", &second, &err));
    assert_int_equal(err.code, ERROR_ROTATION_OPEN);
    writing_begin(journal, "bob", &second);
    writing_append(&first, (struct event){.kind = EVENT_ABANDONED});
    writing_begin(journal, "ann", &second);
    assert_string_not_equal(first.id, second.id);
    journal_free(journal);
    assert_sound(*state, 4);
}

static void lists_are_filtered_and_paged(void **state)
{
    struct journal *journal = open_journal(*state);
    struct writing writing;
    char first_id[ID_SIZE] = "";
    static const char *const users[] = {"ann", "bob", "c%d", "dan", "eve"};
    for (int i = 0; i < 5; i++) {
        writing_begin(journal, users[i], &writing);
        if (i % 2 == 0)
            writing_append(&writing, (struct event){.kind = EVENT_ABANDONED});
        else if (first_id[0] == '\0')
            memcpy(first_id, writing.id, sizeof first_id);
    }
    struct seen seen = list(journal, (struct rotation_filter){0});
    assert_int_equal(seen.count, 5);
    assert_string_equal(seen.rows[0].user, "eve");
    assert_string_equal(seen.rows[4].user, "ann");
    seen = list(journal, (struct rotation_filter){.limit = 2});
    assert_int_equal(seen.count, 2);
    seen = list(journal, (struct rotation_filter){.limit = 2, .before_number = seen.last_number});
    assert_int_equal(seen.count, 2);
    assert_string_equal(seen.rows[0].user, "c%d");
    seen = list(journal, (struct rotation_filter){.open_only = true});
    assert_int_equal(seen.count, 2);
    assert_string_equal(seen.rows[0].user, "dan");
    seen = list(journal,
                (struct rotation_filter){.open_only = true, .before_number = seen.last_number + 1});
    assert_int_equal(seen.count, 1);
    seen = list(journal, (struct rotation_filter){.user = "bob"});
    assert_int_equal(seen.count, 1);
    seen = list(journal, (struct rotation_filter){.user = "bob", .account = "999"});
    assert_int_equal(seen.count, 0);
    seen = list(journal, (struct rotation_filter){.account = "123456789012"});
    assert_int_equal(seen.count, 5);
    seen = list(journal, (struct rotation_filter){.text = "%"});
    assert_int_equal(seen.count, 1);
    seen = list(journal, (struct rotation_filter){.text = "ops-7"});
    assert_int_equal(seen.count, 5);
    seen = list(journal, (struct rotation_filter){.text = "yearly", .open_only = true});
    assert_int_equal(seen.count, 2);
    seen = list(journal, (struct rotation_filter){.text = first_id});
    assert_int_equal(seen.count, 1);
    seen = list(journal, (struct rotation_filter){.text = "' OR 1 --"});
    assert_int_equal(seen.count, 0);

    struct seen stopped = {.stop_after = 3};
    assert_true(journal_rotations(journal, &(struct rotation_filter){0}, see, &stopped, NULL));
    assert_int_equal(stopped.count, 3);

    struct rotation_row row;
    struct error err = {0};
    assert_true(journal_find(journal, first_id, &row, NULL));
    assert_string_equal(row.user, "bob");
    char longer[ID_SIZE + 1];
    snprintf(longer, sizeof longer, "%sx", first_id);
    assert_false(journal_find(journal, longer, &row, NULL));
    assert_false(journal_find(journal, "2026", &row, &err));
    assert_int_equal(err.code, ERROR_USAGE);
    assert_false(journal_find(journal, "2027", &row, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_false(journal_find(journal, "", &row, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    journal_free(journal);
}

/* --- two processes -----------------------------------------------------------------------------*/

/* Run `act` in a child; returns its exit status, or minus the signal that killed it. */
static int in_child(int (*act)(const struct place *place, const char *id),
                    const struct place *place, const char *id)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(act(place, id));
    int status;
    while (waitpid(pid, &status, 0) < 0)
        assert_int_equal(errno, EINTR);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int try_claim(const struct place *place, const char *id)
{
    struct journal *journal = NULL;
    struct error err = {0};
    if (!journal_open(place->path, JOURNAL_WRITE, &journal, NULL))
        return 100;
    int status = journal_claim(journal, id, &err) ? 0 : (int)err.code;
    journal_free(journal);
    return status;
}

static int claim_and_die(const struct place *place, const char *id)
{
    struct journal *journal = NULL;
    if (!journal_open(place->path, JOURNAL_WRITE, &journal, NULL) ||
        !journal_claim(journal, id, NULL))
        return 100;
    raise(SIGKILL);
    return 101;
}

static void rotation_is_claimed_by_one_process(void **state)
{
    const struct place *place = *state;
    struct writing ann, bob;
    struct journal *journal = open_journal(place);
    writing_begin(journal, "ann", &ann);
    writing_begin(journal, "bob", &bob);
    assert_int_equal(in_child(try_claim, place, ann.id), ERROR_BUSY);
    journal_unclaim(journal, ann.id);
    journal_unclaim(journal, ann.id);
    assert_int_equal(in_child(try_claim, place, ann.id), 0);
    assert_int_equal(in_child(try_claim, place, bob.id), ERROR_BUSY);
    assert_int_equal(in_child(claim_and_die, place, ann.id), -SIGKILL);
    assert_true(journal_claim(journal, ann.id, NULL));

    /* A second opening in the same process is another run, too; under another name of the file. */
    char link[300];
    snprintf(link, sizeof link, "%s/link", place->directory);
    assert_int_equal(symlink(place->path, link), 0);
    struct journal *other = NULL;
    struct error err = {0};
    assert_true(journal_open(link, JOURNAL_WRITE, &other, NULL));
    assert_false(journal_claim(other, ann.id, &err));
    assert_int_equal(err.code, ERROR_BUSY);
    assert_non_null(strstr(err.text, ann.id));
    journal_free(journal);
    assert_true(journal_claim(other, ann.id, NULL));
    journal_free(other);
}

static int append_without_end(const struct place *place, const char *id)
{
    struct journal *journal = NULL;
    static struct writing writing;
    if (!journal_open(place->path, JOURNAL_WRITE, &journal, NULL) ||
        !journal_claim(journal, id, NULL) || !journal_load(journal, id, &writing.state, NULL))
        return 100;
    writing.journal = journal;
    text_copy(writing.id, sizeof writing.id, id);
    char path[300];
    snprintf(path, sizeof path, "%s/count", place->directory);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    for (int i = 0; i < 1000000; i++) {
        if (!writing_try_append(&writing, (struct event){.kind = EVENT_RETRIED}, NULL))
            return 101;
        if (write(fd, "x", 1) != 1) /* said to the outside: from now on it may not be lost */
            return 102;
    }
    return 0;
}

/* Killed at a random moment, again and again: what was said to be appended is there, and the chain
 * is whole. */
static void killed_writer_loses_nothing(void **state)
{
    const struct place *place = *state;
    struct writing writing;
    struct journal *journal = open_journal(place);
    writing_begin(journal, "ann", &writing);
    journal_free(journal);
    int64_t before = 1;
    for (int round = 0; round < 12; round++) {
        char path[300];
        snprintf(path, sizeof path, "%s/count", place->directory);
        unlink(path);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
            _exit(append_without_end(place, writing.id));
        struct stat status = {0};
        for (int i = 0; i < 5000 && (stat(path, &status) != 0 || status.st_size < 3); i++)
            usleep(1000);
        usleep((useconds_t)(round * 317));
        assert_int_equal(kill(pid, SIGKILL), 0);
        int ended;
        assert_int_equal(waitpid(pid, &ended, 0), pid);
        assert_true(WIFSIGNALED(ended));
        assert_int_equal(stat(path, &status), 0);
        assert_true(status.st_size >= 3);

        journal = open_journal(place);
        int64_t events = 0;
        struct error err = {0};
        if (!journal_verify(journal, NULL, &events, &err))
            fail_msg("%s", err.text);
        /* One may have been appended and not yet said. */
        assert_in_range(events - before, status.st_size, status.st_size + 1);
        assert_true(journal_claim(journal, writing.id, NULL));
        before = events;
        journal_free(journal);
    }
}

static int append_many(const struct place *place, const char *user)
{
    struct journal *journal = NULL;
    static struct writing writing;
    if (!journal_open(place->path, JOURNAL_WRITE, &journal, NULL))
        return 100;
    writing_fill(journal, user, 40, &writing);
    journal_free(journal);
    return 0;
}

static void processes_append_to_one_chain(void **state)
{
    const struct place *place = *state;
    static const char *const users[] = {"ann", "bob", "cid"};
    pid_t pids[3];
    for (int i = 0; i < 3; i++) {
        pids[i] = fork(); /* no file yet: all three make it */
        assert_true(pids[i] >= 0);
        if (pids[i] == 0)
            _exit(append_many(place, users[i]));
    }
    for (int i = 0; i < 3; i++) {
        int status;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    assert_sound(place, 120);
}

/* --- refused -----------------------------------------------------------------------------------*/

static void assert_open_fails(const char *path, enum journal_mode mode, enum error_code code)
{
    struct journal *journal = NULL;
    struct error err = {0};
    assert_false(journal_open(path, mode, &journal, &err));
    if (err.code != code)
        fail_msg("%s: %s, not %s", error_name(err.code), err.text, error_name(code));
    if (strstr(err.text, strrchr(path, '/') + 1) == NULL)
        fail_msg("'%s' does not name the path", err.text);
    assert_null(journal);
}

static void write_file(const char *path, const char *content)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static void what_is_no_journal_is_refused(void **state)
{
    const struct place *place = *state;
    assert_open_fails(place->path, JOURNAL_READ, ERROR_NOT_FOUND);
    write_file(place->path,
               "This is a letter to my aunt, and no database at all. It is long enough "
               "to have a header of a hundred bytes and more, which is what counts.");
    assert_open_fails(place->path, JOURNAL_READ, ERROR_JOURNAL_DAMAGED);
    assert_open_fails(place->path, JOURNAL_WRITE, ERROR_JOURNAL_DAMAGED);
    unlink(place->path);
    meddle(place, "CREATE TABLE song (name)");
    assert_open_fails(place->path, JOURNAL_WRITE, ERROR_JOURNAL_DAMAGED);
    assert_open_fails(place->path, JOURNAL_READ, ERROR_JOURNAL_DAMAGED);
    unlink(place->path);
    assert_int_equal(mkdir(place->path, 0700), 0);
    assert_open_fails(place->path, JOURNAL_WRITE, ERROR_JOURNAL_READONLY);
    assert_int_equal(rmdir(place->path), 0);
    write_file(place->path, "");
    struct journal *journal = open_journal(place); /* an empty file becomes one */
    journal_free(journal);
}

/* A run that was killed before its first event leaves this. */
static void empty_file_reads_as_no_events(void **state)
{
    const struct place *place = *state;
    write_file(place->path, "");
    assert_sound(place, 0);
    char *bytes;
    size_t length;
    assert_true(file_read(place->path, 100, &bytes, &length, NULL));
    assert_int_equal(length, 0);
    file_bytes_free(bytes, length);
}

static void newer_journal_is_refused_and_left_alone(void **state)
{
    const struct place *place = *state;
    struct writing writing;
    struct journal *journal = open_journal(place);
    writing_fill(journal, "ann", 3, &writing);
    journal_free(journal);
    meddle(place, "PRAGMA user_version = 99");
    assert_open_fails(place->path, JOURNAL_READ, ERROR_JOURNAL_NEWER);
    assert_open_fails(place->path, JOURNAL_WRITE, ERROR_JOURNAL_NEWER);
    meddle(place, "PRAGMA user_version = 2");
    assert_sound(place, 3);
}

/* Root writes anywhere, so the unwritable places are ones where even root cannot. */
static void unwritable_place_is_refused(void **state)
{
    const struct place *place = *state;
    char path[300];
    assert_open_fails("/proc/self/journal.db", JOURNAL_WRITE, ERROR_JOURNAL_READONLY);
    write_file(place->path, "");
    snprintf(path, sizeof path, "%s/journal.db", place->path); /* a file is no directory */
    assert_open_fails(path, JOURNAL_WRITE, ERROR_JOURNAL_READONLY);
}

static void unprivileged(void)
{
    if (geteuid() == 0)
        assert_int_equal(seteuid(65534), 0);
}

static void privileged(void)
{
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
}

static void journal_in_a_read_only_place_can_be_read(void **state)
{
    const struct place *place = *state;
    struct writing writing;
    struct journal *journal = open_journal(place);
    writing_fill(journal, "ann", 3, &writing);
    journal_free(journal);
    chmod(place->directory, 0555);
    chmod(place->path, 0444);
    unprivileged();
    int64_t events = 0;
    struct rotation_row row;
    struct error err = {0};
    bool opened = journal_open(place->path, JOURNAL_READ, &journal, &err);
    bool verified = opened && journal_verify(journal, NULL, &events, &err);
    bool found = opened && journal_find(journal, writing.id, &row, NULL);
    struct error refused = {0};
    bool claimed = opened && journal_claim(journal, writing.id, &refused);
    struct error written = {0};
    struct journal *writer = NULL;
    bool writes = journal_open(place->path, JOURNAL_WRITE, &writer, &written);
    privileged();
    chmod(place->directory, 0700);
    if (!opened || !verified)
        fail_msg("%s: %s", error_name(err.code), err.text);
    assert_int_equal(events, 3);
    assert_true(found);
    assert_false(claimed);
    assert_int_equal(refused.code, ERROR_JOURNAL_READONLY);
    assert_false(writes);
    assert_int_equal(written.code, ERROR_JOURNAL_READONLY);
    journal_free(journal);
}

static void reader_does_not_write(void **state)
{
    const struct place *place = *state;
    struct writing writing;
    struct journal *journal = open_journal(place);
    writing_fill(journal, "ann", 2, &writing);
    journal_free(journal);
    assert_true(journal_open(place->path, JOURNAL_READ, &journal, NULL));
    struct error err = {0};
    assert_false(journal_claim(journal, writing.id, &err));
    assert_int_equal(err.code, ERROR_JOURNAL_READONLY);
    assert_false(journal_set_waiting(journal, writing.id, "x", &err));
    assert_false(writing_try_begin(journal, "bob", &writing, &err));
    assert_int_equal(err.code, ERROR_JOURNAL_READONLY);
    journal_free(journal);
}

/* The rotation, the event, its index and SQLite's own counter; not the indexes of open rotations. */
static void event_writes_four_pages(void **state)
{
    enum { FRAME = 24 + 4096, PAGES = 4 };
    const struct place *place = *state;
    struct writing writing;
    struct journal *journal = open_journal(place);
    writing_fill(journal, "ann", 2, &writing);
    char wal[sizeof place->path + 8];
    snprintf(wal, sizeof wal, "%s-wal", place->path);
    struct stat before, after;
    assert_int_equal(stat(wal, &before), 0);
    writing_append(&writing, (struct event){.kind = EVENT_RETRIED});
    assert_int_equal(stat(wal, &after), 0);
    assert_int_equal(after.st_size - before.st_size, PAGES * FRAME);
    journal_free(journal);
}

/* Another program holds the write lock for longer than one waits. */
static void locked_journal_is_busy(void **state)
{
    const struct place *place = *state;
    struct writing writing;
    struct journal *journal = open_journal(place);
    writing_fill(journal, "ann", 2, &writing);
    struct holder *holder = hold_write_lock(place);
    struct error err = {0};
    assert_false(writing_try_append(&writing, (struct event){.kind = EVENT_RETRIED}, &err));
    assert_int_equal(err.code, ERROR_JOURNAL_BUSY);
    struct rotation_row row;
    assert_true(journal_find(journal, writing.id, &row, NULL)); /* reading goes on */
    release_write_lock(holder);
    writing_append(&writing, (struct event){.kind = EVENT_RETRIED});
    journal_free(journal);
    assert_sound(place, 3);
}

/* No room: the append fails whole, and goes on when there is room again. */
static void full_disk_loses_nothing(void **state)
{
    const struct place *place = *state;
    struct writing writing;
    struct journal *journal = open_journal(place);
    writing_fill(journal, "ann", 3, &writing);
    struct rlimit before, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 64 * 1024;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    struct error err = {0};
    int appended = 3;
    while (appended < 1000 &&
           writing_try_append(&writing, (struct event){.kind = EVENT_RETRIED}, &err))
        appended++;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_DFL);
    assert_true(appended < 1000);
    assert_int_equal(err.code, ERROR_JOURNAL_FULL);
    assert_non_null(strstr(err.text, "journal.db"));
    writing_append(&writing, (struct event){.kind = EVENT_RETRIED});
    journal_free(journal);
    assert_sound(place, appended + 1);
}

static void backup_is_a_whole_journal(void **state)
{
    const struct place *place = *state;
    struct writing writing;
    struct journal *journal = open_journal(place);
    writing_fill(journal, "ann", 20, &writing);
    struct place copy = *place;
    snprintf(copy.path, sizeof copy.path, "%s/copy.db", place->directory);
    struct error err = {0};
    mode_t mask = umask(0);
    if (!journal_backup(journal, copy.path, &err))
        fail_msg("%s: %s", error_name(err.code), err.text);
    umask(mask);
    assert_int_equal(mode_of(copy.path), 0600);
    writing_append(&writing, (struct event){.kind = EVENT_RETRIED});
    assert_sound(&copy, 20);
    assert_false(journal_backup(journal, copy.path, &err));
    assert_int_equal(err.code, ERROR_USAGE);
    assert_false(journal_backup(journal, "/proc/self/x.db", &err));
    journal_free(journal);
    journal = open_journal(&copy);
    struct text head;
    text_init(&head, 200);
    assert_true(journal_head(journal, &head, NULL));
    assert_int_equal(strncmp(head.bytes, "20:", 3), 0);
    journal_free(journal);
    journal = open_journal(place);
    assert_true(journal_verify(journal, head.bytes, &(int64_t){0}, NULL));
    journal_free(journal);
    text_release(&head);
}

int main(void)
{
#define IN_A_PLACE(test) cmocka_unit_test_setup_teardown(test, place_make, place_remove)
    const struct CMUnitTest tests[] = {
        IN_A_PLACE(files_are_private_whatever_the_umask),
        IN_A_PLACE(rotation_is_begun_appended_to_and_closed),
        IN_A_PLACE(events_come_back_in_order),
        IN_A_PLACE(reopened_journal_folds_to_the_same_state),
        IN_A_PLACE(stale_state_is_not_appended),
        IN_A_PLACE(nothing_is_made_before_the_first_event),
        IN_A_PLACE(one_open_rotation_a_user),
        IN_A_PLACE(lists_are_filtered_and_paged),
        IN_A_PLACE(rotation_is_claimed_by_one_process),
        IN_A_PLACE(killed_writer_loses_nothing),
        IN_A_PLACE(processes_append_to_one_chain),
        IN_A_PLACE(what_is_no_journal_is_refused),
        IN_A_PLACE(empty_file_reads_as_no_events),
        IN_A_PLACE(newer_journal_is_refused_and_left_alone),
        IN_A_PLACE(unwritable_place_is_refused),
        IN_A_PLACE(journal_in_a_read_only_place_can_be_read),
        IN_A_PLACE(reader_does_not_write),
        IN_A_PLACE(event_writes_four_pages),
        IN_A_PLACE(locked_journal_is_busy),
        IN_A_PLACE(full_disk_loses_nothing),
        IN_A_PLACE(backup_is_a_whole_journal),
        cmocka_unit_test(default_path_is_by_name_then_environment),
    };
    return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
