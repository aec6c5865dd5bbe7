-- What the indicators need of each dossier: codes, times, marks and counts, nothing that tells whose it is. One row while the local
-- system and the portal have it alike, else one for each side.
CREATE TABLE fact (
    code      TEXT COLLATE "C" NOT NULL,
    side      BIGINT NOT NULL CHECK (side IN (0, 1, 2)),  -- 0 on both sides, 1 in the local system, 2 as the portal accepted it
    month     BIGINT NOT NULL,  -- of its receipt, else of its handing in, in Vietnam: year * 12 + month - 1; 0: neither is known
    unit      TEXT COLLATE "C" NOT NULL,
    procedure TEXT COLLATE "C" NOT NULL,
    facts     TEXT COLLATE "C" NOT NULL,  -- see crates/ledger/src/facts/packed.rs
    accepted  TEXT COLLATE "C" NOT NULL,  -- when the portal accepted each step: see crates/ledger/src/facts/times.rs
    PRIMARY KEY (code, side)
) WITH (
    -- A change of status writes the row once more; where the page has room, no index is written with it.
    fillfactor = 85,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_cost_delay = 0
);
-- Equal keys share one entry: it takes a few bytes a dossier.
CREATE INDEX fact_place ON fact (month, unit, procedure);

-- Cells in which a fact has changed since they were summed up last: a row is added with each change, and never written again, so that
-- nobody waits for another who changes the same cell.
CREATE TABLE fact_mark (
    stamp     BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    month     BIGINT NOT NULL,
    unit      TEXT COLLATE "C" NOT NULL,
    procedure TEXT COLLATE "C" NOT NULL
);

-- What was summed up of each cell, in the words of whoever did.
CREATE TABLE fact_cell (
    month     BIGINT NOT NULL,
    unit      TEXT COLLATE "C" NOT NULL,
    procedure TEXT COLLATE "C" NOT NULL,
    version   BIGINT NOT NULL,  -- rises with each sum: one that was begun before another was written is not written
    form      TEXT COLLATE "C" NOT NULL,  -- the form of both sums
    ours      TEXT COLLATE "C" NOT NULL,  -- by the local system
    theirs    TEXT COLLATE "C" NOT NULL,  -- by what the portal accepted
    PRIMARY KEY (month, unit, procedure)
);
