/* How a journal comes to its file. For open.c, and for store.c when a journal that was opened before there was a
 * file is written to. Inside journal/ only.
 */
#ifndef KEYWRIGHT_JOURNAL_CONNECT_H
#define KEYWRIGHT_JOURNAL_CONNECT_H

#include "journal/store.h"

/* --- place.c ---------------------------------------------------------------------------------------- */

/* The folder of a journal that is to be written, 0700 where it is made. */
bool place_make_directory(const char *path, struct error *err) MUST_USE;
/* What can be known of a file that is still to be made: whether its folder takes one. */
bool place_check_directory(const char *path, struct error *err) MUST_USE;
/* Make the file, empty and private, or look at the one that is there. */
bool place_prepare(const char *path, bool writing, struct error *err) MUST_USE;

/* --- connect.c -------------------------------------------------------------------------------------- */

/* Open `name` with SQLite's flags, check what is there, and bring the tables up to date when the journal is
 * writable. What was connected before is let go of first. */
bool connect_to(struct journal *journal, const char *name, int flags, struct error *err) MUST_USE;
/* As well as this place allows: with its log, without, or as a file that nobody changes. */
bool connect_for_reading(struct journal *journal, struct error *err) MUST_USE;
/* Tables in memory, for a file that is still to be made, or that a run which was killed before its first event
 * left empty: a journal of no events, which reads as such where nothing may be written. */
bool connect_stand_in(struct journal *journal, struct error *err) MUST_USE;
/* Let go of the database and its statements. */
void connect_end(struct journal *journal);

#endif
