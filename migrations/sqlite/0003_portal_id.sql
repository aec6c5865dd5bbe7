-- What the portal calls a dossier, in a dialect in which it gives it an identifier of its own (rest: idHoSo). Later calls
-- have to name it. It is no personal data.
ALTER TABLE dossier ADD COLUMN portal_id TEXT;
