-- The local systems that dossiers are read from. What a ledger of one of them holds is of the first, which is called as a [source]
-- without a name is.
CREATE TABLE source (
    id      BIGINT NOT NULL PRIMARY KEY,
    name    TEXT COLLATE "C" NOT NULL UNIQUE,
    place   BIGINT NOT NULL,  -- of several that give one dossier it is sent from the one with the lowest
    left_at BIGINT            -- since when the configuration does not name it; NULL while it does
);
INSERT INTO source (id, name, place) VALUES (1, 'motcua', 1);

ALTER TABLE dossier ADD COLUMN source BIGINT NOT NULL DEFAULT 1;  -- the one that it is read from

-- Sources that give a dossier as well that is read from another.
CREATE TABLE other_giver (
    code       TEXT COLLATE "C" NOT NULL,
    source     BIGINT NOT NULL,
    unit       TEXT COLLATE "C" NOT NULL,
    changed_at BIGINT NOT NULL,
    since      BIGINT NOT NULL,
    PRIMARY KEY (code, source)
);

-- Each source has its own workers, which take its due dossiers unit by unit.
DROP INDEX dossier_due;
CREATE INDEX dossier_due ON dossier (lane, source, unit, due_at)
    WHERE state = 'due' AND (doubt <> 2 OR unsent_since IS NOT NULL);
DROP INDEX dossier_to_confirm;
CREATE INDEX dossier_to_confirm ON dossier (lane, source, unit, due_at)
    WHERE state = 'due' AND doubt = 2 AND unsent_since IS NULL;
DROP INDEX dossier_unlisted;
CREATE INDEX dossier_unlisted ON dossier (source, code) WHERE listed = 2;
