-- Version 2 of the journal: what audits saw, so that the next one can say what changed. This file is compiled
-- into keywright and never changed once it was released.
--
-- account_state: an account as one audit saw it. `state` is the text of src/audit/state.h: users, their MFA and
-- keys, and what failed. `generated` is when AWS made the credential report below it, NULL for none. `notified`:
-- the changes up to here were told to --notify.
--
-- credential_report: the report as AWS gave it, once for the four hours that AWS gives the same one.
--
-- Neither is an event: rows are removed when they are old (src/journal/reports.h), and no hash is over them.
CREATE TABLE account_state (
    number    INTEGER PRIMARY KEY AUTOINCREMENT,
    account   TEXT NOT NULL,
    partition TEXT NOT NULL,
    at        INTEGER NOT NULL,
    generated INTEGER,
    notified  INTEGER NOT NULL,
    state     TEXT NOT NULL
);
CREATE INDEX account_state_account ON account_state (account, partition, number);
CREATE TABLE credential_report (
    account   TEXT NOT NULL,
    partition TEXT NOT NULL,
    generated INTEGER NOT NULL,
    csv       TEXT NOT NULL,
    PRIMARY KEY (account, partition, generated)
);
