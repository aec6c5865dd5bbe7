-- Delays are told by source, too. Of those before, a ledger of several sources cannot say whose they were: they are of source 0.
ALTER TABLE delay_tally ADD COLUMN source BIGINT NOT NULL DEFAULT 0;
ALTER TABLE delay_tally ALTER COLUMN source DROP DEFAULT;
UPDATE delay_tally SET source = (SELECT min(id) FROM source) WHERE (SELECT count(*) FROM source) = 1;

CREATE OR REPLACE FUNCTION fold_delay_tally() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF random() < 0.01 THEN
        WITH gone AS (
            DELETE FROM delay_tally WHERE ctid = ANY (ARRAY(SELECT ctid FROM delay_tally LIMIT 2000 FOR UPDATE SKIP LOCKED))
            RETURNING source, unit, month, steps, bucket, many)
        INSERT INTO delay_tally (source, unit, month, steps, bucket, many)
            SELECT source, unit, month, steps, bucket, sum(many) FROM gone GROUP BY source, unit, month, steps, bucket;
    END IF;
    RETURN NULL;
END
$$;
