-- Version 1 of the journal; src/journal/schema.h says how versions follow each other. This file is compiled
-- into keywright and never changed once it was released.
--
-- event: what is known, for ever. `hash` is chain_hash over the event and the hash before it.
--
-- rotation: what lists show. Every column could be made again from the events; they are written in the
-- transaction that appends the event. A user's name is unique in an account without regard to case (IAM), so
-- one open rotation a user means that too.
CREATE TABLE rotation (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,
    account     TEXT NOT NULL,
    partition   TEXT NOT NULL,
    user        TEXT NOT NULL COLLATE NOCASE,
    old_key     TEXT NOT NULL,
    new_key     TEXT NOT NULL,
    state       TEXT NOT NULL,
    waiting_for TEXT NOT NULL,
    failed      INTEGER NOT NULL,
    opened_at   INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    closed_at   INTEGER,
    reason      TEXT NOT NULL,
    ticket      TEXT NOT NULL,
    last_seq    INTEGER NOT NULL
);
CREATE UNIQUE INDEX rotation_open ON rotation (account, partition, user)
    WHERE closed_at IS NULL;
CREATE INDEX rotation_open_number ON rotation (number) WHERE closed_at IS NULL;
CREATE INDEX rotation_user ON rotation (user, account);
CREATE TABLE event (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    rotation TEXT NOT NULL REFERENCES rotation (id),
    seq      INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    step     TEXT NOT NULL,
    actor    TEXT NOT NULL,
    detail   TEXT NOT NULL,
    hash     BLOB NOT NULL CHECK (length(hash) = 32),
    UNIQUE (rotation, seq)
);
CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event
    BEGIN SELECT RAISE(ABORT, 'an event is never changed'); END;
CREATE TRIGGER event_is_never_removed BEFORE DELETE ON event
    BEGIN SELECT RAISE(ABORT, 'an event is never removed'); END;
CREATE TRIGGER rotation_is_never_removed BEFORE DELETE ON rotation
    BEGIN SELECT RAISE(ABORT, 'a rotation is never removed'); END;
