-- Delays are told by source, too. Of those before, a ledger of several sources cannot say whose they were: they are of source 0.
CREATE TABLE delay_tally_by_source (
    source INTEGER NOT NULL,
    unit   TEXT    NOT NULL,
    month  INTEGER NOT NULL,  -- of the change in Vietnam (year * 12 + month - 1)
    steps  INTEGER NOT NULL,  -- 1 for steps, 0 for changes
    bucket INTEGER NOT NULL,  -- see crates/ledger/src/delays/bucket.rs
    many   INTEGER NOT NULL,
    PRIMARY KEY (unit, month, steps, bucket, source)
) WITHOUT ROWID;
INSERT INTO delay_tally_by_source (source, unit, month, steps, bucket, many)
    SELECT CASE WHEN (SELECT count(*) FROM source) = 1 THEN (SELECT min(id) FROM source) ELSE 0 END, unit, month, steps, bucket, many
    FROM delay_tally;
DROP TABLE delay_tally;
ALTER TABLE delay_tally_by_source RENAME TO delay_tally;
