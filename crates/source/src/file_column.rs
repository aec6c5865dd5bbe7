//! Files that stand in a column of the local database, read piece by piece.

use chrono::{DateTime, Utc};

use crate::engines::{
    Arguments, Column, ColumnKind, Database, FoundColumn, Layout, Piece, ResultRow, Room, Session as _,
    in_time,
};
use crate::error::SourceError;
use crate::mapping::{Mapping, Statement};
use crate::value::Value;

/// The columns of a query for files: the size of the whole file, when it was last written, and the bytes asked for.
const COLUMNS: [Column; 3] = [
    Column { name: "size", required: true },
    Column { name: "changed", required: false },
    Column { name: BYTES, required: true },
];
const BYTES: &str = "bytes";
/// The places of `size` and `changed` in [`COLUMNS`].
const SIZE: usize = 0;
const CHANGED: usize = 1;

/// The result of looking a file up by its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileLookup {
    /// No row, or one without bytes.
    Absent,
    /// One file, as far as it was asked for.
    Piece(FilePiece),
    /// More than one row, so that the key is ambiguous.
    Several,
}

/// Some bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePiece {
    /// Bytes of the whole file.
    pub size: u64,
    /// The time of its last change, if the mapping gives it.
    pub changed: Option<DateTime<Utc>>,
    /// The bytes that were asked for; fewer only at the file's end.
    pub bytes: Vec<u8>,
}

/// Reads `piece` with `statement`.
pub(crate) async fn read<D: Database>(
    database: &D,
    statement: &Statement,
    mapping: &Mapping,
    piece: Piece<'_>,
) -> Result<FileLookup, SourceError> {
    in_time(database, statement.name, async |connection| {
        let room = Room::page();
        let rows = connection.rows(statement, &Arguments::piece(piece).within(&room)).await?;
        match rows.as_slice() {
            [] => Ok(FileLookup::Absent),
            [row] => one(statement, row, mapping),
            _ => Ok(FileLookup::Several),
        }
    })
    .await
}

fn one<R: ResultRow>(statement: &Statement, row: &R, mapping: &Mapping) -> Result<FileLookup, SourceError> {
    let (layout, at) = resolve(statement.name, row.found())?;
    let wrong =
        |reason: &str| SourceError::Query { query: statement.name.to_owned(), reason: reason.to_owned() };
    let size = match layout.value(row, SIZE) {
        Value::Null => return Ok(FileLookup::Absent),
        Value::Int(size) => u64::try_from(size).map_err(|_| wrong("column \"size\" is negative"))?,
        _ => return Err(wrong("column \"size\" must be a whole number of bytes")),
    };
    let changed = layout.value(row, CHANGED);
    let changed = mapping.dates.read(&changed).map_err(|_| wrong("column \"changed\" is not a time"))?;
    let bytes = row.bytes(at).ok_or_else(|| wrong("column \"bytes\" does not hold bytes"))?;
    Ok(FileLookup::Piece(FilePiece { size, changed, bytes }))
}

/// The layout of the columns, and the place of the bytes, which no other query may give.
pub(crate) fn resolve(query: &str, mut found: Vec<FoundColumn>) -> Result<(Layout, usize), SourceError> {
    let mut place = 0;
    for (index, column) in found.iter_mut().enumerate() {
        if column.name.eq_ignore_ascii_case(BYTES) {
            place = index;
            let binary = column.type_name == "BYTEA"
                || matches!(column.kind, Some(ColumnKind::Dynamic | ColumnKind::Bytes));
            column.kind = binary.then_some(ColumnKind::Dynamic);
            if !binary {
                let reason =
                    format!("column \"bytes\" is of type {}, and must be bytea or a blob", column.type_name);
                return Err(SourceError::Query { query: query.to_owned(), reason });
            }
        }
    }
    match Layout::resolve(query, &COLUMNS, &found) {
        Ok(layout) => Ok((layout, place)),
        Err(wrong) => Err(SourceError::Several(wrong)),
    }
}
