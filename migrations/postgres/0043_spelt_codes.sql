-- Codes by their letters and digits alone, so that one is found however it is typed. See crates/ledger/src/codes.rs.
CREATE INDEX dossier_spelt ON dossier
    (upper(replace(replace(replace(replace(replace(code, ' ', ''), '.', ''), '-', ''), '/', ''), '_', '')));
