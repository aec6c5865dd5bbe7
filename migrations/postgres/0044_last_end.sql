-- The last month in which a dossier of a cell ended: a period asks for older cells only where one ended in it or later. Until a cell is
-- summed up once more, it may have.
ALTER TABLE fact_cell ADD COLUMN last_end BIGINT NOT NULL DEFAULT 2147483647;
