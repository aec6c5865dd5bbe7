-- What was closed longest ago goes first, once it is older than ledger.keep_history. Attempts go, too, and need no index: see
-- src/ledger/prune.rs.
CREATE INDEX finding_closed ON finding (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX difference_closed ON difference (closed_at) WHERE closed_at IS NOT NULL;
