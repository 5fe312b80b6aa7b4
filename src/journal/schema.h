/* The tables of the journal, and how older ones become newer ones. */
#ifndef KEYWRIGHT_JOURNAL_SCHEMA_H
#define KEYWRIGHT_JOURNAL_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* PRAGMA application_id of a journal: "KeyW". */
#define SCHEMA_APPLICATION INT64_C(0x4b657957)

/* schema_migrations[N] is the SQL that makes version N + 1 out of version N; version 0 is an empty
 * file. A row of this table is never changed once it was released: a new version is a new row.
 * PRAGMA user_version holds the version of a file. Who only reads takes an older file as it is, since versions up
 * to now only add tables, which are not needed to read what was there before. */
extern const char *const schema_migrations[];
extern const size_t schema_version;

/* One of the statements that make our tables, as sqlite_master keeps them. A file of somebody else's
 * may have views and triggers in their place, which run when we read or write. (A migration that alters
 * a table has to say here what the statement is then.) */
bool schema_knows(const char *sql);

#endif
