-- The ledger that many daemons share: what the local databases want the portal to show, and what the portal has accepted.
-- Codes, fingerprints, times and states only: no personal data. Times are microseconds since 1970, UTC. Texts compare by
-- their bytes (COLLATE "C"), as on SQLite. Every large table begins with the dossier's code, so that it can be distributed
-- by it.

CREATE TABLE dossier (
    code              TEXT COLLATE "C" NOT NULL PRIMARY KEY,  -- MaHoSo; '#<local key>' for a local row that has no code yet
    unit              TEXT COLLATE "C" NOT NULL,              -- the local unit, for a fair share between units
    state             TEXT COLLATE "C" NOT NULL CHECK (state IN ('due', 'leased', 'held', 'synced')),
    lane              BIGINT NOT NULL CHECK (lane IN (0, 1, 2)),  -- 0 live, 1 retry, 2 backfill
    due_at            BIGINT NOT NULL,              -- not claimed before this moment
    changed_at        BIGINT NOT NULL,              -- newest local change heard of, by the local clock
    seen_at           BIGINT NOT NULL,              -- when we first heard of that change, by our clock
    rechecked         BIGINT NOT NULL DEFAULT 0,    -- 1 once read again after the local clock's next tick
    unsent_since      BIGINT,                       -- the oldest change that the portal has not accepted
    touches           BIGINT NOT NULL,              -- rises with every change heard of
    read_touches      BIGINT NOT NULL,              -- `touches` when the dossier was last read and settled
    fence             BIGINT NOT NULL,              -- rises with every claim; every later write must name it
    lease_until       BIGINT,
    lease_owner       TEXT,
    attempts          BIGINT NOT NULL,              -- failures in a row
    doubt             BIGINT NOT NULL CHECK (doubt IN (0, 1, 2)),  -- 1 outcome unknown, 2 to be verified
    on_portal         BIGINT NOT NULL CHECK (on_portal IN (0, 1)),
    status_accepted   TEXT,                         -- national status that the portal accepted last
    content_wanted    TEXT COLLATE "C",
    content_accepted  TEXT COLLATE "C",
    steps_wanted      BIGINT NOT NULL,
    steps_wanted_fp   TEXT COLLATE "C",
    steps_accepted    BIGINT NOT NULL,
    steps_accepted_fp TEXT COLLATE "C",
    CHECK ((state = 'leased') = (lease_until IS NOT NULL)),
    CHECK ((state = 'leased') = (lease_owner IS NOT NULL)),
    CHECK (state <> 'synced' OR (on_portal = 1 AND doubt = 0 AND touches = read_touches))
) WITH (
    -- Each change writes its row three times (touched, leased, settled). Room in the page keeps the new version beside the
    -- old one, and the dead ones have to go long before they are a fifth of a table of millions.
    fillfactor = 80,
    autovacuum_vacuum_scale_factor = 0.01,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0
);

-- A claim looks at due rows only, unit by unit, oldest first; its cost does not grow with the rows that are not due.
CREATE INDEX dossier_due ON dossier (lane, unit, due_at) WHERE state = 'due';
CREATE INDEX dossier_leased ON dossier (lease_until) WHERE state = 'leased';
CREATE INDEX dossier_unfinished ON dossier (unsent_since) WHERE state <> 'synced';

-- One row for each claim that ended in a call to the portal. Rows are only ever added.
CREATE TABLE attempt (
    code        TEXT COLLATE "C" NOT NULL,
    fence       BIGINT NOT NULL,
    started_at  BIGINT NOT NULL,
    ended_at    BIGINT NOT NULL,
    operations  TEXT NOT NULL,  -- what was called, in order: 'create,steps'
    outcome     TEXT NOT NULL,
    http_status BIGINT,
    portal_code TEXT NOT NULL,
    message     TEXT NOT NULL,  -- the portal's words, masked
    PRIMARY KEY (code, fence)
);

-- What a person has to see to. A finding is closed, never deleted.
CREATE TABLE finding (
    code      TEXT COLLATE "C" NOT NULL,
    kind      TEXT COLLATE "C" NOT NULL,
    subject   TEXT COLLATE "C" NOT NULL,
    detail    TEXT COLLATE "C" NOT NULL,
    opened_at BIGINT NOT NULL,
    seen_at   BIGINT NOT NULL,
    closed_at BIGINT
);
CREATE UNIQUE INDEX finding_open ON finding (code, kind, subject) WHERE closed_at IS NULL;
CREATE INDEX finding_open_kind ON finding (kind) WHERE closed_at IS NULL;
-- SQLite reads a dossier's closed findings by walking the table; with those of many years on a server that is too slow.
CREATE INDEX finding_code ON finding (code);

-- How far the local database has been read.
CREATE TABLE cursor (
    name TEXT   NOT NULL PRIMARY KEY,
    at   BIGINT NOT NULL
);

-- What dongbo remembers about itself: the mapping in force, the last full sweep.
CREATE TABLE memo (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
