-- The last look into the store of a dossier's owner: counts of results, nothing that tells whose they are.
CREATE TABLE owner_store_look (
    code      TEXT    NOT NULL PRIMARY KEY,
    month     INTEGER NOT NULL,  -- of its receipt, as in `fact`
    unit      TEXT    NOT NULL,
    procedure TEXT    NOT NULL,
    looked_at INTEGER NOT NULL,
    wanted    INTEGER NOT NULL,  -- results of the dossier, by code
    found     INTEGER NOT NULL   -- of these those that the store has
) WITHOUT ROWID;
CREATE INDEX owner_store_look_month ON owner_store_look (month, unit);
