-- How many result papers the content that the portal accepted last names, for comparing its counts; NULL: not known.
ALTER TABLE dossier ADD COLUMN results_accepted bigint;
