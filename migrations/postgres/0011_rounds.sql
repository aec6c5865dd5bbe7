-- The rounds that a dossier has gone with the portal without coming to rest: how often it was written with one content, and what the
-- portal showed then. JSON with fingerprints, hashes, numbers and times; NULL: none.
ALTER TABLE dossier ADD COLUMN rounds TEXT;
