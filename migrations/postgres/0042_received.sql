-- The dossiers of a period, and those whose month of receipt is not known, by unit: counted without a look at all others.
CREATE INDEX dossier_received ON dossier (received_month, unit);
