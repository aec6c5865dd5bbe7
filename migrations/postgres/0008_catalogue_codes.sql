-- The codes that the portal lists for a procedure, as a JSON array of texts; NULL while it lists none.
ALTER TABLE procedure ADD COLUMN result_codes TEXT;     -- KETQUATHUCHIEN[].MAKETQUA
ALTER TABLE procedure ADD COLUMN component_codes TEXT;  -- THANHPHANHOSO[].GIAYTO[].MAGIAYTO
