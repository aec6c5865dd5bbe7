-- The last look into the store of a dossier's owner: counts of results, nothing that tells whose they are.
CREATE TABLE owner_store_look (
    code      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    month     BIGINT NOT NULL,  -- of its receipt, as in `fact`
    unit      TEXT COLLATE "C" NOT NULL,
    procedure TEXT COLLATE "C" NOT NULL,
    looked_at BIGINT NOT NULL,
    wanted    BIGINT NOT NULL,  -- results of the dossier, by code
    found     BIGINT NOT NULL   -- of these those that the store has
);
CREATE INDEX owner_store_look_month ON owner_store_look (month, unit);
