-- What the indicators need of each dossier: codes, times, marks and counts, nothing that tells whose it is. One row while the local
-- system and the portal have it alike, else one for each side.
CREATE TABLE fact (
    code      TEXT    NOT NULL,
    side      INTEGER NOT NULL CHECK (side IN (0, 1, 2)),  -- 0 on both sides, 1 in the local system, 2 as the portal accepted it
    month     INTEGER NOT NULL,  -- of its receipt, else of its handing in, in Vietnam: year * 12 + month - 1; 0: neither is known
    unit      TEXT    NOT NULL,
    procedure TEXT    NOT NULL,
    facts     TEXT    NOT NULL,  -- see crates/ledger/src/facts/packed.rs
    accepted  TEXT    NOT NULL,  -- when the portal accepted each step: see crates/ledger/src/facts/times.rs
    PRIMARY KEY (month, unit, procedure, code, side)
) WITHOUT ROWID;
CREATE UNIQUE INDEX fact_code ON fact (code, side);

-- Cells in which a fact has changed since they were summed up last: a row is added with each change, and never written again.
CREATE TABLE fact_mark (
    stamp     INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    month     INTEGER NOT NULL,
    unit      TEXT    NOT NULL,
    procedure TEXT    NOT NULL
);

-- What was summed up of each cell, in the words of whoever did.
CREATE TABLE fact_cell (
    month     INTEGER NOT NULL,
    unit      TEXT    NOT NULL,
    procedure TEXT    NOT NULL,
    version   INTEGER NOT NULL,  -- rises with each sum: one that was begun before another was written is not written
    form      TEXT    NOT NULL,  -- the form of both sums
    ours      TEXT    NOT NULL,  -- by the local system
    theirs    TEXT    NOT NULL,  -- by what the portal accepted
    PRIMARY KEY (month, unit, procedure)
) WITHOUT ROWID;
