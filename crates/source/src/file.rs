//! Files that stand in a column of the local database, read piece by piece.

use chrono::{DateTime, Utc};

use super::error::SourceError;
use super::mapping::Mapping;
use super::probe::hinted;
use super::raw::Column;
use super::row::{Found, Kind, Layout, RawRow};
use super::session::{Database, Given, Mark, Piece, Session, in_time};
use super::statement::Statement;
use super::value::Value;

/// What a query for files gives: the size of the whole file, when it was last written, and the bytes asked for.
const COLUMNS: [Column; 3] = [
    Column { name: "size", required: true },
    Column { name: "changed", required: false },
    Column { name: BYTES, required: true },
];
const BYTES: &str = "bytes";
/// Where `size` and `changed` stand in [`COLUMNS`].
const SIZE: usize = 0;
const CHANGED: usize = 1;

/// What the database has under one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileRow {
    /// No row, or one without bytes.
    Absent,
    /// One file, as far as it was asked for.
    Piece(FilePiece),
    /// More than one row, so that nobody can tell which is meant.
    Several,
}

/// Some bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePiece {
    /// Bytes of the whole file.
    pub size: u64,
    /// When it was last written, where the mapping gives it.
    pub changed: Option<DateTime<Utc>>,
    /// What was asked for, and less only at the file's end.
    pub bytes: Vec<u8>,
}

/// Reads `piece` with `statement`.
pub(super) async fn read<D: Database>(
    database: &D,
    statement: &Statement,
    mapping: &Mapping,
    piece: Piece<'_>,
) -> Result<FileRow, SourceError> {
    let (since, after) = (Mark::Int(0), Mark::Int(0));
    let given = Given { since: &since, after: &after, limit: 0, codes: &[], piece };
    in_time(database, statement.name, async |connection| {
        let rows = connection.rows(statement, &given).await?;
        match rows.as_slice() {
            [] => Ok(FileRow::Absent),
            [row] => one(statement, row, mapping),
            _ => Ok(FileRow::Several),
        }
    })
    .await
}

fn one<R: RawRow>(statement: &Statement, row: &R, mapping: &Mapping) -> Result<FileRow, SourceError> {
    let (layout, at) = resolve(statement.name, row.found())?;
    let wrong =
        |reason: &str| SourceError::Query { query: statement.name.to_owned(), reason: reason.to_owned() };
    let size = match layout.value(row, SIZE) {
        Value::Null => return Ok(FileRow::Absent),
        Value::Int(size) => u64::try_from(size).map_err(|_| wrong("column \"size\" is less than nothing"))?,
        _ => return Err(wrong("column \"size\" must be a whole number of bytes")),
    };
    let changed = layout.value(row, CHANGED);
    let changed = mapping.dates.read(&changed).map_err(|_| wrong("column \"changed\" is no moment"))?;
    let bytes = row.bytes(at).ok_or_else(|| wrong("column \"bytes\" holds something else than bytes"))?;
    Ok(FileRow::Piece(FilePiece { size, changed, bytes }))
}

/// Where the columns stand, and the place of the bytes, which no other query may give.
fn resolve(query: &str, mut found: Vec<Found>) -> Result<(Layout, usize), SourceError> {
    let mut place = 0;
    for (index, column) in found.iter_mut().enumerate() {
        if column.name.eq_ignore_ascii_case(BYTES) {
            place = index;
            let binary = column.type_name == "BYTEA" || column.kind == Some(Kind::Dynamic);
            column.kind = binary.then_some(Kind::Dynamic);
            if !binary {
                let reason = format!("column \"bytes\" is of type {}, and must be bytea", column.type_name);
                return Err(SourceError::Query { query: query.to_owned(), reason });
            }
        }
    }
    match Layout::resolve(query, &COLUMNS, &found) {
        Ok(layout) => Ok((layout, place)),
        Err(wrong) => Err(SourceError::Several(wrong)),
    }
}

/// What is wrong with `statement` on the live schema; none when nothing is.
pub(super) async fn prove<S: Session>(connection: &mut S, statement: &Statement) -> Vec<SourceError> {
    let after = Mark::Int(0);
    let found = match connection.columns(statement, &after).await {
        Ok(found) => found,
        Err(error) => return vec![hinted(connection, statement, error).await],
    };
    let mut wrong = match resolve(statement.name, found) {
        Ok(_) => Vec::new(),
        Err(SourceError::Several(wrong)) => wrong,
        Err(error) => vec![error],
    };
    // Only running it shows whether the rights suffice. What is made of the empty key may be refused, as by a cast to
    // a number: that says nothing about the query.
    let given = Given {
        since: &after,
        after: &after,
        limit: 0,
        codes: &[],
        piece: Piece { key: "", start: 1, length: 0 },
    };
    match connection.rows(statement, &given).await {
        Ok(_) | Err(SourceError::Data { .. }) => {}
        Err(error) => wrong.push(error),
    }
    wrong
}
