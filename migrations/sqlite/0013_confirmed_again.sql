-- A request whose answer was lost may land long after it was looked for: its dossier is confirmed once more when that can be no more.
ALTER TABLE dossier ADD COLUMN lost_at INTEGER;        -- when an answer was lost last, until that was confirmed again
ALTER TABLE dossier ADD COLUMN confirmed_at INTEGER;   -- when a loss was confirmed again
CREATE INDEX dossier_lost ON dossier (lost_at) WHERE lost_at IS NOT NULL;

-- The portal's history of steps where it is no beginning of ours: as it was seen last, and as an operator accepted it. JSON with
-- numbers and a hash; NULL: none.
ALTER TABLE dossier ADD COLUMN history_shown TEXT;
ALTER TABLE dossier ADD COLUMN history_accepted TEXT;

-- `listed` has a further value: 3 when the query for changes gives the dossier and the one for everything does not.
