-- Why a file is not on its way now: its store, or what came of the portal's last request for it. NULL: nothing stands in its way.
ALTER TABLE file ADD COLUMN trouble TEXT;
ALTER TABLE file ADD COLUMN trouble_detail TEXT;    -- codes and statuses, nothing of a file's name
ALTER TABLE file ADD COLUMN troubled_at INTEGER;
CREATE INDEX file_trouble ON file (trouble) WHERE trouble IS NOT NULL;
CREATE INDEX file_ready ON file (code) WHERE state = 'ready';
