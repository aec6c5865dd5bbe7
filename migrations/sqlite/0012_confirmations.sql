-- What has to be sent is claimed before what is only to be looked at once more: each has its own queue.
DROP INDEX dossier_due;
CREATE INDEX dossier_due ON dossier (lane, unit, due_at)
    WHERE state = 'due' AND (doubt <> 2 OR unsent_since IS NOT NULL);
CREATE INDEX dossier_to_confirm ON dossier (lane, unit, due_at)
    WHERE state = 'due' AND doubt = 2 AND unsent_since IS NULL;
