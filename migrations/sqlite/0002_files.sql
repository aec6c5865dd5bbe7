-- The fourth layer: the files that dongbo delivers itself. A file's key in its store can hold a name, so only its
-- fingerprint is kept.

-- Result papers that travel as a link of somebody else's: nothing proves that the portal gets them.
ALTER TABLE dossier ADD COLUMN links_unproved INTEGER NOT NULL DEFAULT 0;

CREATE TABLE file (
    code         TEXT    NOT NULL,              -- the dossier
    role         TEXT    NOT NULL CHECK (role IN ('result', 'paper')),
    place        TEXT    NOT NULL,              -- fingerprint of the key
    unit         TEXT    NOT NULL,              -- for a fair share between units
    lane         INTEGER NOT NULL CHECK (lane IN (0, 1, 2)),
    state        TEXT    NOT NULL CHECK (state IN ('new', 'ready', 'announced', 'arrived', 'held')),
    due_at       INTEGER,                       -- when the file lane looks at it; while claimed: when the lease ends
    again        INTEGER NOT NULL DEFAULT 0,    -- 1 when its dossier changed while it was claimed
    fence        INTEGER NOT NULL,              -- rises with every claim; every later write must name it
    lease_owner  TEXT,
    attempts     INTEGER NOT NULL,              -- failures, or announcements that nobody answered, in a row
    size         INTEGER,                       -- as the store told of it when it was read
    changed_at   INTEGER,
    tag          TEXT,                          -- fingerprint of the store's own mark of its version
    sha256       TEXT,                          -- of the bytes read then
    signed       INTEGER,                       -- 1: a digital signature was found in it
    announcement INTEGER NOT NULL DEFAULT 0,    -- rises with every link made for it
    link_id      TEXT,                          -- what the link names it by
    reference    TEXT,                          -- what the portal knows it by
    announced_at INTEGER,
    arrived_at   INTEGER,
    PRIMARY KEY (code, role, place),
    CHECK (state IN ('new', 'held') OR (sha256 IS NOT NULL AND reference IS NOT NULL))
);
CREATE INDEX file_due ON file (lane, unit, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX file_open ON file (code) WHERE state <> 'arrived';
CREATE INDEX file_link ON file (link_id) WHERE link_id IS NOT NULL;
