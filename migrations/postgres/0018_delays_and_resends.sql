-- How long local changes took until the portal accepted them: the last change of each dossier (step 0), and each of its steps by its
-- place (from 1 on). What changed before this ledger began to follow the local system is not in it.
CREATE TABLE delay (
    code        TEXT COLLATE "C" NOT NULL,
    step        BIGINT NOT NULL,
    changed_at  BIGINT NOT NULL,  -- by the local system's own time
    accepted_at BIGINT NOT NULL,
    PRIMARY KEY (code, step)
);
CREATE INDEX delay_accepted ON delay (accepted_at);

-- All of them by unit, month of the change in Vietnam (year * 12 + month - 1), and bucket; rows are only ever added, and now and then
-- a writer puts many into one. See crates/ledger/src/delays/bucket.rs.
CREATE TABLE delay_tally (
    unit   TEXT COLLATE "C" NOT NULL,
    month  BIGINT NOT NULL,
    steps  BIGINT NOT NULL,  -- 1 for steps, 0 for changes
    bucket BIGINT NOT NULL,
    many   BIGINT NOT NULL
);
CREATE FUNCTION fold_delay_tally() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF random() < 0.01 THEN
        WITH gone AS (
            DELETE FROM delay_tally WHERE ctid = ANY (ARRAY(SELECT ctid FROM delay_tally LIMIT 2000 FOR UPDATE SKIP LOCKED))
            RETURNING unit, month, steps, bucket, many)
        INSERT INTO delay_tally SELECT unit, month, steps, bucket, sum(many) FROM gone GROUP BY unit, month, steps, bucket;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER delay_comes AFTER INSERT ON delay FOR EACH STATEMENT EXECUTE FUNCTION fold_delay_tally();

-- The dossiers that a vendor's bridge is asked to send again, by the order that was given last.
CREATE TABLE resend (
    code      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    place     BIGINT NOT NULL,
    state     TEXT NOT NULL,             -- waiting, asked, arrived, lacking, held, refused, failed, unreadable
    calls     BIGINT NOT NULL DEFAULT 0, -- calls that the bridge took
    asked_at  BIGINT,                    -- when it took the last of them
    look_at   BIGINT,                  -- when the portal is to be looked at, until its dossier waits for that
    ended_at  BIGINT,
    said      TEXT NOT NULL DEFAULT ''   -- the bridge's words, masked
);
CREATE INDEX resend_open ON resend (state, place) WHERE state IN ('waiting', 'asked');
