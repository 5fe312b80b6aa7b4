/* What the tests of the journal share: a directory of their own, rotations that are appended to,
 * and SQL past the journal's back. */
#ifndef KEYWRIGHT_TESTS_JOURNAL_HELP_H
#define KEYWRIGHT_TESTS_JOURNAL_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "journal/journal.h"

/* A new directory, whose name ends up in state->directory, and the path of a journal in it. */
struct place {
    char directory[64];
    char path[128];
};
int place_make(void **state);   /* setup */
int place_remove(void **state); /* teardown: with all files */

struct journal *open_journal(const struct place *place);

/* A rotation that is being written, with the state that the journal should come to. */
struct writing {
    struct journal *journal;
    char id[ID_SIZE];
    struct rotation state;
};
bool writing_try_begin(struct journal *journal, const char *user, struct writing *ret_writing,
                       struct error *err);
void writing_begin(struct journal *journal, const char *user, struct writing *ret_writing);
bool writing_try_append(struct writing *writing, struct event event, struct error *err);
void writing_append(struct writing *writing, struct event event);
/* An open rotation of `user` with `events` events altogether. */
void writing_fill(struct journal *journal, const char *user, int events,
                  struct writing *ret_writing);

/* SQL on the file, on a connection of its own, with the triggers taken off first. */
void meddle(const struct place *place, const char *sql);

/* The same with the triggers on: the file refuses. */
void assert_refused_by_file(const struct place *place, const char *sql);

/* A connection that stands still within a write transaction. */
struct holder;
struct holder *hold_write_lock(const struct place *place);
void release_write_lock(struct holder *holder);

/* JOURNAL_DAMAGED with this in its text. */
void assert_damaged(const struct place *place, const char *saved_head, const char *says);
void assert_sound(const struct place *place, int64_t events);

#endif
