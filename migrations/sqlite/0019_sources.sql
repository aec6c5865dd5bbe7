-- The local systems that dossiers are read from. What a ledger of one of them holds is of the first, which is called as a [source]
-- without a name is.
CREATE TABLE source (
    id      INTEGER NOT NULL PRIMARY KEY,
    name    TEXT    NOT NULL UNIQUE,
    place   INTEGER NOT NULL,  -- of several that give one dossier it is sent from the one with the lowest
    left_at INTEGER            -- since when the configuration does not name it; NULL while it does
);
INSERT INTO source (id, name, place) VALUES (1, 'motcua', 1);

ALTER TABLE dossier ADD COLUMN source INTEGER NOT NULL DEFAULT 1;  -- the one that it is read from

-- Sources that give a dossier as well that is read from another.
CREATE TABLE other_giver (
    code       TEXT    NOT NULL,
    source     INTEGER NOT NULL,
    unit       TEXT    NOT NULL,
    changed_at INTEGER NOT NULL,
    since      INTEGER NOT NULL,
    PRIMARY KEY (code, source)
) WITHOUT ROWID;

-- Each source has its own workers, which take its due dossiers unit by unit.
DROP INDEX dossier_due;
CREATE INDEX dossier_due ON dossier (lane, source, unit, due_at)
    WHERE state = 'due' AND (doubt <> 2 OR unsent_since IS NOT NULL);
DROP INDEX dossier_to_confirm;
CREATE INDEX dossier_to_confirm ON dossier (lane, source, unit, due_at)
    WHERE state = 'due' AND doubt = 2 AND unsent_since IS NULL;
DROP INDEX dossier_unlisted;
CREATE INDEX dossier_unlisted ON dossier (source, code) WHERE listed = 2;
