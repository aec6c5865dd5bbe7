-- Counts that are kept with each change, so that reading them costs the same however much there is. Claims that are held and
-- dossiers at rest are not kept count of: the former are few, and the latter are all that is left.

-- 1 while the mapping says that the dossier is not sent at its status.
ALTER TABLE dossier ADD COLUMN not_sent INTEGER NOT NULL DEFAULT 0;
UPDATE dossier SET not_sent = 1
    WHERE code IN (SELECT code FROM finding WHERE closed_at IS NULL AND kind = 'not_for_portal');

-- The bin that a dossier is counted in, which says how it stands, in bits: 1-4 its state (0 due, 1 held, 2 not sent, 3 synced with links of somebody else's, 4 leased, 5 synced),
-- 8-16 its lane while it is due or leased, 32-64 its doubt, 128 on the portal, 256 its content accepted, 512 its steps accepted,
-- 1024 not read since it changed, 2048 with links of somebody else's. See crates/ledger/src/bin.rs.
ALTER TABLE dossier ADD COLUMN bin INTEGER NOT NULL GENERATED ALWAYS AS (
    CASE WHEN state = 'synced' THEN CASE WHEN links_unproved > 0 THEN 3 ELSE 5 END
    ELSE CASE state WHEN 'due' THEN lane * 8 WHEN 'leased' THEN lane * 8 + 4 ELSE 1 + not_sent END
        + doubt * 32 + on_portal * 128
        + CASE WHEN touches <> read_touches OR content_wanted IS NULL THEN 1024
            WHEN doubt = 1 OR on_portal = 0 THEN 0
            ELSE CASE WHEN content_wanted IS content_accepted THEN 256 ELSE 0 END
                + CASE WHEN steps_wanted = steps_accepted AND steps_wanted_fp IS steps_accepted_fp THEN 512 ELSE 0 END END
        + CASE WHEN links_unproved > 0 THEN 2048 ELSE 0 END
    END) VIRTUAL;

-- By unit and bin; bin -1 is all dossiers, and -2 all links of somebody else's.
CREATE TABLE dossier_tally (
    unit     TEXT    NOT NULL,
    bin INTEGER NOT NULL,
    many     INTEGER NOT NULL,
    PRIMARY KEY (unit, bin)
) WITHOUT ROWID;
INSERT INTO dossier_tally SELECT unit, -1, count(*) FROM dossier GROUP BY unit;
INSERT INTO dossier_tally SELECT unit, -2, sum(links_unproved) FROM dossier WHERE links_unproved <> 0 GROUP BY unit;
INSERT INTO dossier_tally SELECT unit, bin, count(*) FROM dossier WHERE bin & 7 < 4 GROUP BY unit, bin;

CREATE TRIGGER dossier_comes AFTER INSERT ON dossier BEGIN
    INSERT INTO dossier_tally VALUES (NEW.unit, -1, 1) ON CONFLICT DO UPDATE SET many = many + 1;
    INSERT INTO dossier_tally SELECT NEW.unit, NEW.bin, 1 WHERE NEW.bin & 7 < 4
        ON CONFLICT DO UPDATE SET many = many + 1;
    INSERT INTO dossier_tally SELECT NEW.unit, -2, NEW.links_unproved WHERE NEW.links_unproved <> 0
        ON CONFLICT DO UPDATE SET many = many + excluded.many;
END;
CREATE TRIGGER dossier_goes AFTER DELETE ON dossier BEGIN
    UPDATE dossier_tally SET many = many - 1
        WHERE unit = OLD.unit AND (bin = -1 OR (bin = OLD.bin AND OLD.bin & 7 < 4));
    UPDATE dossier_tally SET many = many - OLD.links_unproved WHERE unit = OLD.unit AND bin = -2;
END;
CREATE TRIGGER dossier_leaves_bin AFTER UPDATE ON dossier
    WHEN OLD.bin & 7 < 4 AND (NEW.bin <> OLD.bin OR NEW.unit <> OLD.unit) BEGIN
    UPDATE dossier_tally SET many = many - 1 WHERE unit = OLD.unit AND bin = OLD.bin;
END;
CREATE TRIGGER dossier_enters_bin AFTER UPDATE ON dossier
    WHEN NEW.bin & 7 < 4 AND (NEW.bin <> OLD.bin OR NEW.unit <> OLD.unit) BEGIN
    INSERT INTO dossier_tally VALUES (NEW.unit, NEW.bin, 1) ON CONFLICT DO UPDATE SET many = many + 1;
END;
CREATE TRIGGER dossier_moves AFTER UPDATE OF unit ON dossier WHEN NEW.unit <> OLD.unit BEGIN
    UPDATE dossier_tally SET many = many - 1 WHERE unit = OLD.unit AND bin = -1;
    INSERT INTO dossier_tally VALUES (NEW.unit, -1, 1) ON CONFLICT DO UPDATE SET many = many + 1;
END;
CREATE TRIGGER dossier_links AFTER UPDATE OF unit, links_unproved ON dossier
    WHEN (NEW.links_unproved <> OLD.links_unproved OR NEW.unit <> OLD.unit)
        AND (NEW.links_unproved <> 0 OR OLD.links_unproved <> 0) BEGIN
    UPDATE dossier_tally SET many = many - OLD.links_unproved WHERE unit = OLD.unit AND bin = -2;
    INSERT INTO dossier_tally VALUES (NEW.unit, -2, NEW.links_unproved)
        ON CONFLICT DO UPDATE SET many = many + excluded.many;
END;

-- Open findings by kind.
CREATE TABLE finding_tally (
    kind TEXT    NOT NULL PRIMARY KEY,
    many INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO finding_tally SELECT kind, count(*) FROM finding WHERE closed_at IS NULL GROUP BY kind;

CREATE TRIGGER finding_opens AFTER INSERT ON finding WHEN NEW.closed_at IS NULL BEGIN
    INSERT INTO finding_tally VALUES (NEW.kind, 1) ON CONFLICT DO UPDATE SET many = many + 1;
END;
CREATE TRIGGER finding_opens_not_sent AFTER INSERT ON finding
    WHEN NEW.closed_at IS NULL AND NEW.kind = 'not_for_portal' BEGIN
    UPDATE dossier SET not_sent = 1 WHERE code = NEW.code;
END;
CREATE TRIGGER finding_closes AFTER UPDATE OF closed_at ON finding
    WHEN OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL BEGIN
    UPDATE finding_tally SET many = many - 1 WHERE kind = NEW.kind;
END;
CREATE TRIGGER finding_closes_not_sent AFTER UPDATE OF closed_at ON finding
    WHEN OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL AND NEW.kind = 'not_for_portal' BEGIN
    UPDATE dossier SET not_sent = (SELECT min(count(*), 1) FROM finding
        WHERE code = NEW.code AND kind = 'not_for_portal' AND closed_at IS NULL) WHERE code = NEW.code;
END;

-- Files by unit, state and signature: 0 absent, 1 whole, 2 partial, 3 of files that are no result papers in order.
ALTER TABLE file ADD COLUMN bin INTEGER NOT NULL GENERATED ALWAYS AS (
    CASE state WHEN 'new' THEN 0 WHEN 'ready' THEN 1 WHEN 'announced' THEN 2 WHEN 'arrived' THEN 3 ELSE 4 END * 4
    + CASE WHEN role = 'result' AND sha256 <> '' AND signed IN (0, 1, 2) THEN signed ELSE 3 END) VIRTUAL;
CREATE TABLE file_tally (
    unit     TEXT    NOT NULL,
    bin INTEGER NOT NULL,
    many     INTEGER NOT NULL,
    PRIMARY KEY (unit, bin)
) WITHOUT ROWID;
INSERT INTO file_tally SELECT unit, bin, count(*) FROM file GROUP BY unit, bin;

CREATE TRIGGER file_comes AFTER INSERT ON file BEGIN
    INSERT INTO file_tally VALUES (NEW.unit, NEW.bin, 1) ON CONFLICT DO UPDATE SET many = many + 1;
END;
CREATE TRIGGER file_goes AFTER DELETE ON file BEGIN
    UPDATE file_tally SET many = many - 1 WHERE unit = OLD.unit AND bin = OLD.bin;
END;
CREATE TRIGGER file_changes AFTER UPDATE ON file
    WHEN NEW.bin <> OLD.bin OR NEW.unit <> OLD.unit BEGIN
    UPDATE file_tally SET many = many - 1 WHERE unit = OLD.unit AND bin = OLD.bin;
    INSERT INTO file_tally VALUES (NEW.unit, NEW.bin, 1) ON CONFLICT DO UPDATE SET many = many + 1;
END;
CREATE INDEX file_announced ON file (announced_at) WHERE state = 'announced';

-- The oldest change of each lane that is on its way.
DROP INDEX dossier_unfinished;
CREATE INDEX dossier_unsent ON dossier (lane, unsent_since)
    WHERE state IN ('due', 'leased') AND unsent_since IS NOT NULL;
CREATE INDEX dossier_held ON dossier (code) WHERE state = 'held';
CREATE INDEX dossier_in_doubt ON dossier (changed_at) WHERE doubt = 1;
