//! The columns that not every contract of the portal needs.

use dongbo_model::{Contract, Status};

use crate::engines::Column;
use crate::mapping::List;

/// The need that the portal's contract has of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// As the record of the column says.
    Usual,
    /// May be empty.
    Optional,
    /// May be empty at these statuses only.
    OptionalAt(&'static [Status]),
    /// The contract has no field for it: it is not read.
    Unused,
}

/// What the contract of 2020 needs otherwise than the newest one, by table and column.
const GUIDE_2020: [(&str, &str, Need); 9] = [
    ("dossiers", "summary", Need::Optional),
    ("dossiers", "submitted_at", Need::Unused),
    ("dossiers", "received_at", Need::OptionalAt(&[Status::Registered, Status::NotAccepted])),
    ("dossiers", "submitted_to", Need::Unused),
    ("dossiers", "digitised", Need::Unused),
    ("dossiers", "vneid", Need::Unused),
    ("dossiers", "online_payment", Need::Unused),
    (List::Papers.name(), "component_code", Need::Optional),
    (List::Results.name(), "result_code", Need::Unused),
];

/// The need that `contract` has of a column.
pub(super) fn need(contract: Contract, table: &str, column: &str) -> Need {
    let otherwise: &[(&str, &str, Need)] = match contract {
        Contract::Guide2020 => &GUIDE_2020,
        Contract::Guide2024 => &[],
    };
    let found = otherwise.iter().find(|(of, name, _)| (*of, *name) == (table, column));
    found.map_or(Need::Usual, |(_, _, need)| *need)
}

/// The columns that the query of `table` may give, and has to give under `contract`.
pub(super) fn columns_under(contract: Contract, table: &str, columns: &[Column]) -> Vec<Column> {
    let under = |column: &Column| {
        let need = need(contract, table, column.name);
        let required = column.required && matches!(need, Need::Usual | Need::OptionalAt(_));
        Column { required, ..*column }
    };
    columns.iter().map(under).collect()
}
