-- Comparing both sides: which of the portal's counts a dossier is in, when it was accepted and last seen to be equal, the
-- differences that were found, and the runs that found them. Personal values are hashes; everything else is a code, a date,
-- a number or a hash.

ALTER TABLE dossier ADD COLUMN agency TEXT;             -- the national code of the unit that handles it
ALTER TABLE dossier ADD COLUMN procedure TEXT;          -- the national code of its procedure
ALTER TABLE dossier ADD COLUMN received_month INTEGER;  -- of its receipt in Vietnam: year * 12 + month - 1
ALTER TABLE dossier ADD COLUMN accepted_at INTEGER;     -- when the portal last accepted something of it
ALTER TABLE dossier ADD COLUMN verified_at INTEGER;     -- when a look-up last showed it equal since; NULL: never

CREATE TABLE difference (
    code        TEXT    NOT NULL,  -- the dossier's, or '@' and the cell of the portal's counts
    kind        TEXT    NOT NULL,
    subject     TEXT    NOT NULL,
    found_by    TEXT    NOT NULL CHECK (found_by IN ('counts', 'ledger', 'look_up')),
    layer       TEXT    NOT NULL,
    agency      TEXT    NOT NULL,
    procedure   TEXT    NOT NULL,
    month       INTEGER NOT NULL,
    cause       TEXT    NOT NULL,
    age         TEXT    NOT NULL CHECK (age IN ('pending', 'late', 'mismatch')),
    mendable    INTEGER NOT NULL CHECK (mendable IN (0, 1)),
    ours        TEXT    NOT NULL,
    theirs      TEXT    NOT NULL,
    ours_raw    TEXT    NOT NULL,
    theirs_raw  TEXT    NOT NULL,
    since       INTEGER NOT NULL,  -- since when both sides should have been equal
    opened_at   INTEGER NOT NULL,
    seen_at     INTEGER NOT NULL,
    repaired_at INTEGER,           -- when it was last sent on its way to be put right
    closed_at   INTEGER
);
CREATE UNIQUE INDEX difference_open ON difference (code, kind, subject, found_by) WHERE closed_at IS NULL;

CREATE TABLE run (
    id         TEXT    NOT NULL PRIMARY KEY,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER NOT NULL,
    summary    TEXT    NOT NULL  -- JSON
);
