//! For tests: the way that SQLite takes through an empty ledger for a statement.

use crate::Ledger;
use crate::store::{Sql, Value};

/// The lines of its plan.
pub(crate) async fn plan(of: &Sql, values: Vec<Value<'_>>) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(&folder.path().join("ledger.sqlite")).await.unwrap();
    let lines = ledger.store.read(of.explained(), values).await.unwrap();
    lines.iter().map(|line| line.get("detail").unwrap()).collect()
}
