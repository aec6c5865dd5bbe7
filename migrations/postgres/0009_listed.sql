-- Whether the local database's queries for changes and for everything give the dossier: 1 when one of them did last, 2 when the
-- sweep that is under way does not, 0 when neither did any more.
ALTER TABLE dossier ADD COLUMN listed bigint NOT NULL DEFAULT 1;
UPDATE dossier SET listed = 0 WHERE code IN (SELECT code FROM finding WHERE kind = 'deleted_locally' AND closed_at IS NULL);
CREATE INDEX dossier_unlisted ON dossier (code) WHERE listed = 2;
