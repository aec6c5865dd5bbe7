-- The portal's catalogue of procedures as it was last fetched: a copy, which the next fetch renews.
CREATE TABLE procedure (
    code              TEXT COLLATE "C" NOT NULL PRIMARY KEY,  -- MATTHC
    name              TEXT   NOT NULL,  -- TENTTHC
    field_code        TEXT   NOT NULL,  -- MALINHVUC; '' until details were fetched
    field_name        TEXT   NOT NULL,  -- TENLINHVUC; '' until details were fetched
    returns_paper     BIGINT CHECK (returns_paper IN (0, 1)),
    has_fee           BIGINT CHECK (has_fee IN (0, 1)),
    known             BIGINT NOT NULL CHECK (known IN (0, 1)),  -- 1 when the last whole list has it
    fetched_at        BIGINT NOT NULL,  -- when a whole list had it last
    detail_fetched_at BIGINT
);
