-- The dossiers of one unit in the order of their codes, for lists of which only a page is read. The expression keeps the index from
-- being taken for a statement that has a better one: a unit alone selects too many.
CREATE INDEX dossier_of_unit ON dossier ((unit || ''), code);
