-- The ledger: what the local database wants the portal to show, and what the portal has accepted.
-- Codes, fingerprints, times and states only: no personal data. Times are microseconds since 1970, UTC.

CREATE TABLE dossier (
    code              TEXT    NOT NULL PRIMARY KEY,  -- MaHoSo; '#<local key>' for a local row that has no code yet
    unit              TEXT    NOT NULL,              -- the local unit, for a fair share between units
    state             TEXT    NOT NULL CHECK (state IN ('due', 'leased', 'held', 'synced')),
    lane              INTEGER NOT NULL CHECK (lane IN (0, 1, 2)),  -- 0 live, 1 retry, 2 backfill
    due_at            INTEGER NOT NULL,              -- not claimed before this moment
    changed_at        INTEGER NOT NULL,              -- newest local change heard of, by the local clock
    seen_at           INTEGER NOT NULL,              -- when we first heard of that change, by our clock
    rechecked         INTEGER NOT NULL DEFAULT 0,    -- 1 once read again after the local clock's next tick
    unsent_since      INTEGER,                       -- the oldest change that the portal has not accepted
    touches           INTEGER NOT NULL,              -- rises with every change heard of
    read_touches      INTEGER NOT NULL,              -- `touches` when the dossier was last read and settled
    fence             INTEGER NOT NULL,              -- rises with every claim; every later write must name it
    lease_until       INTEGER,
    lease_owner       TEXT,
    attempts          INTEGER NOT NULL,              -- failures in a row
    doubt             INTEGER NOT NULL CHECK (doubt IN (0, 1, 2)),  -- 1 outcome unknown, 2 to be verified
    on_portal         INTEGER NOT NULL CHECK (on_portal IN (0, 1)),
    status_accepted   TEXT,                          -- national status that the portal accepted last
    content_wanted    TEXT,
    content_accepted  TEXT,
    steps_wanted      INTEGER NOT NULL,
    steps_wanted_fp   TEXT,
    steps_accepted    INTEGER NOT NULL,
    steps_accepted_fp TEXT,
    CHECK ((state = 'leased') = (lease_until IS NOT NULL)),
    CHECK ((state = 'leased') = (lease_owner IS NOT NULL)),
    CHECK (state <> 'synced' OR (on_portal = 1 AND doubt = 0 AND touches = read_touches))
);

-- A claim looks at due rows only, unit by unit, oldest first; its cost does not grow with the rows that are not due.
CREATE INDEX dossier_due ON dossier (lane, unit, due_at) WHERE state = 'due';
CREATE INDEX dossier_leased ON dossier (lease_until) WHERE state = 'leased';
CREATE INDEX dossier_unfinished ON dossier (unsent_since) WHERE state <> 'synced';

-- One row for each claim that ended in a call to the portal. Rows are only ever added.
CREATE TABLE attempt (
    code        TEXT    NOT NULL,
    fence       INTEGER NOT NULL,
    started_at  INTEGER NOT NULL,
    ended_at    INTEGER NOT NULL,
    operations  TEXT    NOT NULL,  -- what was called, in order: 'create,steps'
    outcome     TEXT    NOT NULL,
    http_status INTEGER,
    portal_code TEXT    NOT NULL,
    message     TEXT    NOT NULL,  -- the portal's words, masked
    PRIMARY KEY (code, fence)
) WITHOUT ROWID;

-- What a person has to see to. A finding is closed, never deleted.
CREATE TABLE finding (
    code      TEXT    NOT NULL,
    kind      TEXT    NOT NULL,
    subject   TEXT    NOT NULL,
    detail    TEXT    NOT NULL,
    opened_at INTEGER NOT NULL,
    seen_at   INTEGER NOT NULL,
    closed_at INTEGER
);
CREATE UNIQUE INDEX finding_open ON finding (code, kind, subject) WHERE closed_at IS NULL;
CREATE INDEX finding_open_kind ON finding (kind) WHERE closed_at IS NULL;

-- How far the local database has been read.
CREATE TABLE cursor (
    name TEXT    NOT NULL PRIMARY KEY,
    at   INTEGER NOT NULL
);

-- What dongbo remembers about itself: the mapping in force, the last full sweep.
CREATE TABLE memo (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
