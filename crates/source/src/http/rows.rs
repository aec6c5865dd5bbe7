//! Rows made of an answer, in the form in which every engine gives them.

use std::sync::Arc;

use super::expression::{Cell, Row};
use crate::engines::{ColumnKind, FoundColumn, ResultRow};
use crate::value::Value;

/// One row.
#[derive(Debug, Clone)]
pub(crate) struct JsonRow {
    columns: Arc<[FoundColumn]>,
    cells: Vec<Cell>,
}

/// The rows as one result set: each has all columns that any of them has.
pub(super) fn result_set(rows: Vec<Row>) -> Vec<JsonRow> {
    let mut names: Vec<String> = Vec::new();
    for (name, _) in rows.iter().flatten() {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    let column = |name: &String| FoundColumn {
        name: name.clone(),
        kind: Some(ColumnKind::Dynamic),
        type_name: "JSON".to_owned(),
    };
    let columns: Arc<[FoundColumn]> = names.iter().map(column).collect();
    let row = |mut row: Row| {
        let mut take = |name: &String| {
            let place = row.iter().position(|(given, _)| given == name);
            place.map_or(Cell::Null, |place| row.swap_remove(place).1)
        };
        JsonRow { cells: names.iter().map(&mut take).collect(), columns: Arc::clone(&columns) }
    };
    rows.into_iter().map(row).collect()
}

/// The value of one column.
pub(super) fn cell<'r>(row: &'r Row, name: &str) -> Option<&'r Cell> {
    row.iter().find(|(given, _)| given == name).map(|(_, cell)| cell)
}

impl ResultRow for JsonRow {
    fn value(&self, index: usize, _: ColumnKind) -> Value<'_> {
        self.cells.get(index).map_or(Value::Null, Cell::value)
    }

    fn bytes(&self, _: usize) -> Option<Vec<u8>> {
        None
    }

    fn size(&self) -> (usize, usize) {
        let bytes = |cell: &Cell| match cell {
            Cell::Text(text) | Cell::Decimal(text) => text.len(),
            _ => 0,
        };
        (self.cells.len(), self.cells.iter().map(bytes).sum())
    }

    fn found(&self) -> Vec<FoundColumn> {
        self.columns.to_vec()
    }
}
