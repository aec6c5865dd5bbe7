-- Comparing both sides: which of the portal's counts a dossier is in, when it was accepted and last seen to be equal, the
-- differences that were found, and the runs that found them. Personal values are hashes; everything else is a code, a date,
-- a number or a hash.

ALTER TABLE dossier ADD COLUMN agency TEXT COLLATE "C";             -- the national code of the unit that handles it
ALTER TABLE dossier ADD COLUMN procedure TEXT COLLATE "C";          -- the national code of its procedure
ALTER TABLE dossier ADD COLUMN received_month BIGINT;  -- of its receipt in Vietnam: year * 12 + month - 1
ALTER TABLE dossier ADD COLUMN accepted_at BIGINT;     -- when the portal last accepted something of it
ALTER TABLE dossier ADD COLUMN verified_at BIGINT;     -- when a look-up last showed it equal since; NULL: never

CREATE TABLE difference (
    code        TEXT COLLATE "C" NOT NULL,  -- the dossier's, or '@' and the cell of the portal's counts
    kind        TEXT COLLATE "C" NOT NULL,
    subject     TEXT COLLATE "C" NOT NULL,
    found_by    TEXT COLLATE "C" NOT NULL CHECK (found_by IN ('counts', 'ledger', 'look_up')),
    layer       TEXT COLLATE "C" NOT NULL,
    agency      TEXT COLLATE "C" NOT NULL,
    procedure   TEXT COLLATE "C" NOT NULL,
    month       BIGINT NOT NULL,
    cause       TEXT COLLATE "C" NOT NULL,
    age         TEXT COLLATE "C" NOT NULL CHECK (age IN ('pending', 'late', 'mismatch')),
    mendable    BIGINT NOT NULL CHECK (mendable IN (0, 1)),
    ours        TEXT COLLATE "C" NOT NULL,
    theirs      TEXT COLLATE "C" NOT NULL,
    ours_raw    TEXT COLLATE "C" NOT NULL,
    theirs_raw  TEXT COLLATE "C" NOT NULL,
    since       BIGINT NOT NULL,  -- since when both sides should have been equal
    opened_at   BIGINT NOT NULL,
    seen_at     BIGINT NOT NULL,
    repaired_at BIGINT,           -- when it was last sent on its way to be put right
    closed_at   BIGINT
);
CREATE UNIQUE INDEX difference_open ON difference (code, kind, subject, found_by) WHERE closed_at IS NULL;

CREATE TABLE run (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    started_at BIGINT NOT NULL,
    ended_at   BIGINT NOT NULL,
    summary    TEXT COLLATE "C" NOT NULL  -- JSON
);
