#include "journal/schema.h"

#include <string.h>

/* event: what is known, for ever. `hash` is chain_hash over the event and the hash before it.
 *
 * rotation: what lists show. Every column could be made again from the events; they are written in
 * the transaction that appends the event. A user's name is unique in an account without regard to
 * case (IAM), so one open rotation a user means that too. */
static const char version_1[] =
    "CREATE TABLE rotation (\n"
    "    number      INTEGER PRIMARY KEY AUTOINCREMENT,\n"
    "    id          TEXT NOT NULL UNIQUE,\n"
    "    account     TEXT NOT NULL,\n"
    "    partition   TEXT NOT NULL,\n"
    "    user        TEXT NOT NULL COLLATE NOCASE,\n"
    "    old_key     TEXT NOT NULL,\n"
    "    new_key     TEXT NOT NULL,\n"
    "    state       TEXT NOT NULL,\n"
    "    waiting_for TEXT NOT NULL,\n"
    "    failed      INTEGER NOT NULL,\n"
    "    opened_at   INTEGER NOT NULL,\n"
    "    updated_at  INTEGER NOT NULL,\n"
    "    closed_at   INTEGER,\n"
    "    reason      TEXT NOT NULL,\n"
    "    ticket      TEXT NOT NULL,\n"
    "    last_seq    INTEGER NOT NULL\n"
    ");\n"
    "CREATE UNIQUE INDEX rotation_open ON rotation (account, partition, user)\n"
    "    WHERE closed_at IS NULL;\n"
    "CREATE INDEX rotation_open_number ON rotation (number) WHERE closed_at IS NULL;\n"
    "CREATE INDEX rotation_user ON rotation (user, account);\n"
    "CREATE TABLE event (\n"
    "    number   INTEGER PRIMARY KEY AUTOINCREMENT,\n"
    "    rotation TEXT NOT NULL REFERENCES rotation (id),\n"
    "    seq      INTEGER NOT NULL,\n"
    "    at       INTEGER NOT NULL,\n"
    "    kind     TEXT NOT NULL,\n"
    "    step     TEXT NOT NULL,\n"
    "    actor    TEXT NOT NULL,\n"
    "    detail   TEXT NOT NULL,\n"
    "    hash     BLOB NOT NULL CHECK (length(hash) = 32),\n"
    "    UNIQUE (rotation, seq)\n"
    ");\n"
    "CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event\n"
    "    BEGIN SELECT RAISE(ABORT, 'an event is never changed'); END;\n"
    "CREATE TRIGGER event_is_never_removed BEFORE DELETE ON event\n"
    "    BEGIN SELECT RAISE(ABORT, 'an event is never removed'); END;\n"
    "CREATE TRIGGER rotation_is_never_removed BEFORE DELETE ON rotation\n"
    "    BEGIN SELECT RAISE(ABORT, 'a rotation is never removed'); END;\n";

bool schema_knows(const char *sql)
{
    for (size_t i = 0; i < schema_version; i++)
        if (strstr(schema_migrations[i], sql) != NULL)
            return true;
    return false;
}

const char *const schema_migrations[] = {version_1};
const size_t schema_version = sizeof schema_migrations / sizeof schema_migrations[0];
