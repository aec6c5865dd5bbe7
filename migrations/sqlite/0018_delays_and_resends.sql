-- How long local changes took until the portal accepted them: the last change of each dossier (step 0), and each of its steps by its
-- place (from 1 on). What changed before this ledger began to follow the local system is not in it.
CREATE TABLE delay (
    code        TEXT    NOT NULL,
    step        INTEGER NOT NULL,
    changed_at  INTEGER NOT NULL,  -- by the local system's own time
    accepted_at INTEGER NOT NULL,
    PRIMARY KEY (code, step)
) WITHOUT ROWID;
CREATE INDEX delay_accepted ON delay (accepted_at);

-- All of them by unit, month of the change in Vietnam (year * 12 + month - 1), and bucket. See crates/ledger/src/delays/bucket.rs.
CREATE TABLE delay_tally (
    unit   TEXT    NOT NULL,
    month  INTEGER NOT NULL,
    steps  INTEGER NOT NULL,  -- 1 for steps, 0 for changes
    bucket INTEGER NOT NULL,
    many   INTEGER NOT NULL,
    PRIMARY KEY (unit, month, steps, bucket)
) WITHOUT ROWID;

-- The dossiers that a vendor's bridge is asked to send again, by the order that was given last.
CREATE TABLE resend (
    code      TEXT    NOT NULL PRIMARY KEY,
    place     INTEGER NOT NULL,
    state     TEXT    NOT NULL,            -- waiting, asked, arrived, lacking, held, refused, failed, unreadable
    calls     INTEGER NOT NULL DEFAULT 0,  -- calls that the bridge took
    asked_at  INTEGER,                     -- when it took the last of them
    look_at   INTEGER,                 -- when the portal is to be looked at, until its dossier waits for that
    ended_at  INTEGER,
    said      TEXT    NOT NULL DEFAULT ''  -- the bridge's words, masked
) WITHOUT ROWID;
CREATE INDEX resend_open ON resend (state, place) WHERE state IN ('waiting', 'asked');
