-- Counts that are kept with each change, so that reading them costs the same however much there is. Claims that are held and
-- dossiers at rest are not kept count of: the former are few, and the latter are all that is left.

-- 1 while the mapping says that the dossier is not sent at its status.
ALTER TABLE dossier ADD COLUMN not_sent BIGINT NOT NULL DEFAULT 0;
UPDATE dossier SET not_sent = 1
    WHERE code IN (SELECT code FROM finding WHERE closed_at IS NULL AND kind = 'not_for_portal');

-- The bin that a dossier is counted in, which says how it stands, in bits: 1-4 its state (0 due, 1 held, 2 not sent, 3 synced with links of somebody else's, 4 leased, 5 synced),
-- 8-16 its lane while it is due or leased, 32-64 its doubt, 128 on the portal, 256 its content accepted, 512 its steps accepted,
-- 1024 not read since it changed, 2048 with links of somebody else's. See crates/ledger/src/bin.rs.
ALTER TABLE dossier ADD COLUMN bin BIGINT NOT NULL GENERATED ALWAYS AS (
    CASE WHEN state = 'synced' THEN CASE WHEN links_unproved > 0 THEN 3 ELSE 5 END
    ELSE CASE state WHEN 'due' THEN lane * 8 WHEN 'leased' THEN lane * 8 + 4 ELSE 1 + not_sent END
        + doubt * 32 + on_portal * 128
        + CASE WHEN touches <> read_touches OR content_wanted IS NULL THEN 1024
            WHEN doubt = 1 OR on_portal = 0 THEN 0
            ELSE CASE WHEN content_wanted IS NOT DISTINCT FROM content_accepted THEN 256 ELSE 0 END
                + CASE WHEN steps_wanted = steps_accepted AND steps_wanted_fp IS NOT DISTINCT FROM steps_accepted_fp
                    THEN 512 ELSE 0 END END
        + CASE WHEN links_unproved > 0 THEN 2048 ELSE 0 END
    END) STORED;

-- Differences to what is counted, to be added up: a row is only ever added, so that nobody waits for anybody, and now and then a
-- writer puts many into one. By unit and bin; bin -1 is all dossiers, and -2 all links of somebody else's.
CREATE TABLE dossier_tally (
    unit     TEXT COLLATE "C" NOT NULL,
    bin BIGINT NOT NULL,
    many     BIGINT NOT NULL
);
INSERT INTO dossier_tally SELECT unit, -1, count(*) FROM dossier GROUP BY unit;
INSERT INTO dossier_tally SELECT unit, -2, sum(links_unproved) FROM dossier WHERE links_unproved <> 0 GROUP BY unit;
INSERT INTO dossier_tally SELECT unit, bin, count(*) FROM dossier WHERE bin & 7 < 4 GROUP BY unit, bin;

-- Puts some hundred rows into one for each count. Rows that another writer is putting together just now are left to it.
CREATE FUNCTION fold_dossier_tally() RETURNS void LANGUAGE sql AS $$
    WITH gone AS (
        DELETE FROM dossier_tally WHERE ctid = ANY (ARRAY(SELECT ctid FROM dossier_tally LIMIT 2000 FOR UPDATE SKIP LOCKED))
        RETURNING unit, bin, many)
    INSERT INTO dossier_tally SELECT unit, bin, sum(many) FROM gone GROUP BY unit, bin HAVING sum(many) <> 0
$$;
CREATE FUNCTION tally_dossiers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO dossier_tally
            SELECT unit, bin, sum(many) FROM (
                SELECT unit, bin, 1 AS many FROM new_rows WHERE bin & 7 < 4
                UNION ALL SELECT unit, bin, -1 FROM old_rows WHERE bin & 7 < 4
                UNION ALL SELECT unit, -1, 1 FROM new_rows
                UNION ALL SELECT unit, -1, -1 FROM old_rows
                UNION ALL SELECT unit, -2, links_unproved FROM new_rows WHERE links_unproved <> 0
                UNION ALL SELECT unit, -2, -links_unproved FROM old_rows WHERE links_unproved <> 0
            ) AS changes GROUP BY unit, bin HAVING sum(many) <> 0;
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO dossier_tally
            SELECT unit, bin, sum(many) FROM (
                SELECT unit, bin, 1 AS many FROM new_rows WHERE bin & 7 < 4
                UNION ALL SELECT unit, -1, 1 FROM new_rows
                UNION ALL SELECT unit, -2, links_unproved FROM new_rows WHERE links_unproved <> 0
            ) AS changes GROUP BY unit, bin HAVING sum(many) <> 0;
    ELSE
        INSERT INTO dossier_tally
            SELECT unit, bin, sum(many) FROM (
                SELECT unit, bin, -1 AS many FROM old_rows WHERE bin & 7 < 4
                UNION ALL SELECT unit, -1, -1 FROM old_rows
                UNION ALL SELECT unit, -2, -links_unproved FROM old_rows WHERE links_unproved <> 0
            ) AS changes GROUP BY unit, bin HAVING sum(many) <> 0;
    END IF;
    IF random() < 0.01 THEN
        PERFORM fold_dossier_tally();
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER dossier_comes AFTER INSERT ON dossier
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tally_dossiers();
CREATE TRIGGER dossier_changes AFTER UPDATE ON dossier
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tally_dossiers();
CREATE TRIGGER dossier_goes AFTER DELETE ON dossier
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION tally_dossiers();

-- Differences to the number of open findings of each kind.
CREATE TABLE finding_tally (
    kind TEXT COLLATE "C" NOT NULL,
    many BIGINT NOT NULL
);
INSERT INTO finding_tally SELECT kind, count(*) FROM finding WHERE closed_at IS NULL GROUP BY kind;

CREATE FUNCTION fold_finding_tally() RETURNS void LANGUAGE sql AS $$
    WITH gone AS (
        DELETE FROM finding_tally WHERE ctid = ANY (ARRAY(SELECT ctid FROM finding_tally LIMIT 2000 FOR UPDATE SKIP LOCKED))
        RETURNING kind, many)
    INSERT INTO finding_tally SELECT kind, sum(many) FROM gone GROUP BY kind HAVING sum(many) <> 0
$$;
CREATE FUNCTION tally_findings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO finding_tally VALUES (NEW.kind, 1);
    ELSE
        INSERT INTO finding_tally VALUES (NEW.kind, -1);
    END IF;
    IF NEW.kind = 'not_for_portal' THEN
        UPDATE dossier SET not_sent = (SELECT least(count(*), 1) FROM finding
            WHERE code = NEW.code AND kind = 'not_for_portal' AND closed_at IS NULL) WHERE code = NEW.code;
    END IF;
    IF random() < 0.01 THEN
        PERFORM fold_finding_tally();
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER finding_opens AFTER INSERT ON finding
    FOR EACH ROW WHEN (NEW.closed_at IS NULL) EXECUTE FUNCTION tally_findings();
CREATE TRIGGER finding_closes AFTER UPDATE OF closed_at ON finding
    FOR EACH ROW WHEN (OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL) EXECUTE FUNCTION tally_findings();

-- Files by unit, state and signature: 0 absent, 1 whole, 2 partial, 3 of files that are no result papers in order.
ALTER TABLE file ADD COLUMN bin BIGINT NOT NULL GENERATED ALWAYS AS (
    CASE state WHEN 'new' THEN 0 WHEN 'ready' THEN 1 WHEN 'announced' THEN 2 WHEN 'arrived' THEN 3 ELSE 4 END * 4
    + CASE WHEN role = 'result' AND sha256 <> '' AND signed IN (0, 1, 2) THEN signed ELSE 3 END) STORED;
-- Differences to the number of files.
CREATE TABLE file_tally (
    unit     TEXT COLLATE "C" NOT NULL,
    bin BIGINT NOT NULL,
    many     BIGINT NOT NULL
);
INSERT INTO file_tally SELECT unit, bin, count(*) FROM file GROUP BY unit, bin;

CREATE FUNCTION fold_file_tally() RETURNS void LANGUAGE sql AS $$
    WITH gone AS (
        DELETE FROM file_tally WHERE ctid = ANY (ARRAY(SELECT ctid FROM file_tally LIMIT 2000 FOR UPDATE SKIP LOCKED))
        RETURNING unit, bin, many)
    INSERT INTO file_tally SELECT unit, bin, sum(many) FROM gone GROUP BY unit, bin HAVING sum(many) <> 0
$$;
CREATE FUNCTION tally_files() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO file_tally
            SELECT unit, bin, sum(many) FROM (
                SELECT unit, bin, 1 AS many FROM new_rows UNION ALL SELECT unit, bin, -1 FROM old_rows
            ) AS changes GROUP BY unit, bin HAVING sum(many) <> 0;
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO file_tally SELECT unit, bin, count(*) FROM new_rows GROUP BY unit, bin;
    ELSE
        INSERT INTO file_tally SELECT unit, bin, -count(*) FROM old_rows GROUP BY unit, bin;
    END IF;
    IF random() < 0.01 THEN
        PERFORM fold_file_tally();
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER file_comes AFTER INSERT ON file
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tally_files();
CREATE TRIGGER file_changes AFTER UPDATE ON file
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tally_files();
CREATE TRIGGER file_goes AFTER DELETE ON file
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION tally_files();
CREATE INDEX file_announced ON file (announced_at) WHERE state = 'announced';

-- The oldest change of each lane that is on its way.
DROP INDEX dossier_unfinished;
CREATE INDEX dossier_unsent ON dossier (lane, unsent_since)
    WHERE state IN ('due', 'leased') AND unsent_since IS NOT NULL;
CREATE INDEX dossier_held ON dossier (code) WHERE state = 'held';
CREATE INDEX dossier_in_doubt ON dossier (changed_at) WHERE doubt = 1;
