-- Each source is sent for or only watched; before, all of a ledger were alike, as a memo told.
ALTER TABLE source ADD COLUMN mode TEXT NOT NULL DEFAULT 'push';  -- push or watch
UPDATE source SET mode = 'watch' WHERE EXISTS (SELECT 1 FROM memo WHERE name = 'mode' AND value = 'watch');
DELETE FROM memo WHERE name = 'mode';

-- Since when a person has accepted that nothing more is sent of a source that was left; NULL while nobody has.
ALTER TABLE source ADD COLUMN let_go_at INTEGER;
